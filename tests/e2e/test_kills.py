"""Commands that are ended at some moment of their run leave nothing (``bench/kills.py`` has all of them, 200 times)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.kills import SIGNALS, Room, rooms


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with rooms(1) as free:
        yield free.get()


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("command", ["diagnose", "simulate"])
def test_nothing_is_left_of_a_command_that_was_ended(room: Room, command: str, name: str) -> None:
    (kill,) = room.kills(command, name, [0])
    # How long it takes to end is for the bench to say: other tests run here at the same time.
    assert [one for one in kill.left if not one.endswith(" s to end")] == []
    assert kill.seconds < 30
