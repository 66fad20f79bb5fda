"""A few hundred changed files for every reader, and those on which one failed once: read, or refused in one line."""

from __future__ import annotations

import os
import random

import pytest

from tests.fuzz.readers import READERS
from tests.fuzz.watch import campaign

SEED = 20_261_120 if os.environ.get("CI") else random.SystemRandom().randrange(1 << 40)
"""CI must not fail on an input that the change at hand did not bring: there, the same inputs every time."""


@pytest.mark.parametrize("name", READERS)
def test_a_reader_reads_or_refuses_whatever_it_is_given(name: str) -> None:
    wanted = READERS[name]().quick // 2
    report = campaign(name, SEED, wanted)
    said = "\n".join(f"{one.kind}: {one.what}\n  repeat: {one.repeat}\n{one.text}" for one in report.findings)
    assert not report.findings, said
    assert report.done >= wanted
