"""Warnings prove nothing, and over several of them no diagnosis says that all is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.assumptions import Assumptions
from narrows.diagnose.visible import visible_symptoms
from narrows.evidence.facts import Facts
from tests.unit.diagnose.by_hand import bare, log

WARNING = "[WARNING] attempt 1 of 3: aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected"


def _visible(folder: Path, *lines: str) -> tuple[str, ...]:
    return visible_symptoms(Facts(bare(folder, log(*lines)), Assumptions()))


def test_several_warnings_that_name_no_place_are_seen(tmp_path: Path) -> None:
    assert _visible(tmp_path, *[WARNING] * 5) == ("5 lines tell of resets.",)


@pytest.mark.parametrize(
    "lines",
    [
        [WARNING] * 4,
        ["[WARNING] ConnectionResetError: localhost:6379: Connection reset by peer"] * 5,
        ["[INFO] pool: Connection reset by peer"] * 5,
        ["[WARNING] review: 'connection refused all day'"] * 5,
    ],
    ids=["few", "of the environment itself", "below a warning", "quoted"],
)
def test_few_of_another_place_or_in_passing_are_not(tmp_path: Path, lines: list[str]) -> None:
    assert _visible(tmp_path, *lines) == ()
