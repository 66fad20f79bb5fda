"""What code inside a function works with is what ``narrows.limits`` says."""

from __future__ import annotations

from narrows.limits import FILE_DESCRIPTORS, NAT_IDLE_TIMEOUT
from narrows_lambda import limits


def test_the_limits_inside_a_function_are_those_of_narrows() -> None:
    assert NAT_IDLE_TIMEOUT.value == limits.TABLE_IDLE_TIMEOUT
    assert FILE_DESCRIPTORS.value == limits.FILE_DESCRIPTORS
