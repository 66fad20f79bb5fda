"""A peer that says itself that it closed a connection for its idleness."""

from __future__ import annotations

from pathlib import Path

from narrows.diagnose import Status
from tests.unit.diagnose.by_hand import bare, cause_of, log

ID = "idle-timeout-reset"
SAYS = "[ERROR] OperationalError: (4031, 'The client was disconnected by the server because of inactivity.')"


def test_a_peer_that_says_so_twice_proves_it(tmp_path: Path) -> None:
    cause = cause_of(bare(tmp_path, log(SAYS, SAYS)), ID)
    assert (cause.status, cause.mechanism, cause.explains) == (Status.CONFIRMED, "stale-pooled-connection", 2)
    assert cause.evidence[0].text == (
        "2 times it is said of a connection that it was closed because nothing used it, the first at 12:05."
    )


def test_said_once_it_is_likely(tmp_path: Path) -> None:
    assert cause_of(bare(tmp_path, log(SAYS)), ID).status is Status.LIKELY


def test_resets_that_follow_no_pause_are_not_explained_by_it(tmp_path: Path) -> None:
    resets = ["[ERROR] ConnectionResetError: [Errno 104] Connection reset by peer"] * 7
    cause = cause_of(bare(tmp_path, log(SAYS, SAYS, *resets)), ID)
    assert (cause.status, cause.explains) == (Status.CONFIRMED, 2)


def test_one_line_does_not_stop_resets_from_being_weighed(tmp_path: Path) -> None:
    resets = ["[ERROR] ConnectionResetError: [Errno 104] Connection reset by peer"] * 7
    cause = cause_of(bare(tmp_path, log(SAYS, *resets)), ID)
    assert cause.status is Status.POSSIBLE
    assert any(one.text.startswith("7 of the 7 came within two minutes") for one in cause.evidence)
