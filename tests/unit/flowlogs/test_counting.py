"""What a few records say of one table: each rule of counting by hand, in seconds after noon."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from narrows.assumptions import Assumptions
from narrows.flowlogs import count_connections
from narrows.flowlogs.keys import Key

NOON = 1_795_176_000
ENI, SERVER = "10.0.1.17", "203.0.113.10"
FIN, SYN, RST, SYN_ACK = 1, 2, 4, 18
CHANCE = 3
"""What the upper bound adds where ports are given out again soon."""
Row = tuple[int, int, int, int | None]
"""(client port, first second, last second, tcp-flags; None for a format without them)"""


def count(folder: Path, sent: list[Row], answers: Sequence[Row] = (), assumed: Assumptions | None = None) -> Key:
    """Write records as text of an ENI with one destination, with one of another port late enough to end the time that
    the logs cover, and count what is open to the destination."""
    flagged = all(flags is not None for *_, flags in sent)
    fields = "interface-id srcaddr dstaddr srcport dstport protocol start end action log-status"
    lines = [fields + (" tcp-flags" if flagged else "")]
    late: Row = (9, 1800, 1800, 0 if flagged else None)
    for rows, forward in ((sent, True), (answers, False), ([late], True)):
        for port, first, last, flags in rows:
            sides = f"{ENI} {SERVER} {40_000 + port} 443" if forward else f"{SERVER} {ENI} 443 {40_000 + port}"
            if rows == [late]:
                sides = f"{ENI} 203.0.113.99 {40_000 + port} 443"
            words = f"eni-0a {sides} 6 {NOON + first} {NOON + last} ACCEPT OK"
            lines.append(words if flags is None else f"{words} {flags}")
    (folder / "flow.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (key,) = [one for one in count_connections([folder], assumed=assumed).keys if one.destination == SERVER]
    return key


def interval(key: Key) -> tuple[int, int]:
    return key.low, key.high


def test_connections_that_overlap_are_open_together(tmp_path: Path) -> None:
    sent: list[Row] = [(1, 0, 30, SYN | FIN), (2, 20, 50, SYN | FIN), (3, 40, 50, SYN | FIN)]
    answers: list[Row] = [(port, first, last, SYN_ACK | FIN) for port, first, last, _ in sent]
    assert interval(count(tmp_path, sent, answers)) == (2, 2)


@pytest.mark.parametrize(("next_one", "open_at_once"), [(100, 2), (372, 1)])
def test_a_killed_connection_stays_for_the_idle_timeout(tmp_path: Path, next_one: int, open_at_once: int) -> None:
    """It fell silent at 20 s without FIN: another at 100 s finds it still in the table, and one at 372 s does not."""
    sent: list[Row] = [(1, 0, 20, SYN), (2, next_one, next_one + 10, SYN | FIN)]
    answers: list[Row] = [(port, first, last, SYN_ACK) for port, first, last, _ in sent]
    assert interval(count(tmp_path, sent, answers)) == (open_at_once, open_at_once)


def test_of_a_connection_that_was_open_before_the_logs_begin(tmp_path: Path) -> None:
    sent: list[Row] = [(1, 5, 50, 0), (1, 65, 100, FIN), (2, 0, 3, SYN | FIN)]
    answers: list[Row] = [(1, 5, 50, 0), (1, 65, 100, FIN), (2, 0, 3, SYN_ACK | FIN)]
    assert interval(count(tmp_path, sent, answers)) == (2, 2)


def test_a_syn_that_nobody_answers_holds_an_entry_for_a_moment_each_time(tmp_path: Path) -> None:
    """Four SYNs at 0, 1, 3 and 7 s, each forgotten after a second: 5 s after the first there is no entry."""
    unanswered: list[Row] = [(port, port, port + 7, SYN) for port in range(1, 3)]
    key = count(tmp_path, unanswered)
    assert interval(key) == (2, 2)
    assert key.unanswered == 2
    (tmp_path / "flow.log").unlink()
    assert interval(count(tmp_path, [(1, 10, 17, SYN), (2, 15, 15, SYN)])) == (1, 1)


def test_unanswered_syns_at_other_times_have_only_outer_bounds(tmp_path: Path) -> None:
    assert interval(count(tmp_path, [(1, 10, 16, SYN), (2, 15, 21, SYN)])) == (0, 2)


def test_the_next_attempt_on_the_port_of_one_that_nobody_answered_is_another(tmp_path: Path) -> None:
    """60 s after the last SYN there is no retransmit: the first attempt held no entry in between."""
    sent: list[Row] = [(1, 0, 7, SYN), (1, 67, 70, SYN | FIN), (2, 30, 40, SYN | FIN)]
    answers: list[Row] = [(1, 67, 70, SYN_ACK | FIN), (2, 30, 40, SYN_ACK | FIN)]
    key = count(tmp_path, sent, answers)
    assert key.low == 1
    assert key.high <= 1 + CHANCE


def test_a_port_that_is_given_out_again_had_no_connection_left(tmp_path: Path) -> None:
    """One record may hold two connections, the second killed: unless the port is another's within the idle timeout."""
    busy: list[Row] = [(1, start, start + 55, SYN | FIN) for start in range(0, 240, 60)]
    key = count(tmp_path, busy, [(*row[:3], SYN_ACK | FIN) for row in busy])
    assert key.low <= 1 <= key.high
    assert key.high <= 1 + CHANCE


def test_without_flags_the_lower_bound_rests_on_the_rest_of_ports(tmp_path: Path) -> None:
    sent: list[Row] = [(port, 0, 50, None) for port in range(1, 11)]
    assert interval(count(tmp_path, sent)) == (10, 10)
    (tmp_path / "flow.log").unlink()
    assert count(tmp_path, sent, assumed=Assumptions(port_rest=0.0)).low == 0


@pytest.mark.parametrize("flagged", [True, False])
def test_records_that_are_there_twice_count_once(tmp_path: Path, flagged: bool) -> None:
    """As where one log is there as an export and from S3, and nothing in the names tells."""
    sent: list[Row] = [(1, 0, 50, SYN | FIN), (2, 20, 58, SYN), (2, 65, 100, FIN), (3, 70, 77, SYN)]
    answers: list[Row] = [(1, 0, 50, SYN_ACK | FIN), (2, 20, 58, SYN_ACK), (2, 65, 100, FIN)]
    if not flagged:
        sent = [(*row[:3], None) for row in sent]
        answers = [(*row[:3], None) for row in answers]
    once = count(tmp_path, sent, answers)
    (tmp_path / "export.log").write_text((tmp_path / "flow.log").read_text(encoding="utf-8"), encoding="utf-8")
    (twice,) = [one for one in count_connections([tmp_path]).keys if one.destination == SERVER]
    assert interval(twice) == interval(once)


def test_the_answer_prints_what_it_assumes(tmp_path: Path) -> None:
    count(tmp_path, [(1, 0, 50, None)])
    printed = count_connections([tmp_path], assumed=Assumptions(port_rest=5.0)).to_json()["assumptions"]
    (rest,) = [one for one in printed if one["id"] == "port_rest"]
    assert (rest["value"], rest["default"]) == ("5s", "1m")
    (tmp_path / "flow.log").unlink()
    count(tmp_path, [(1, 0, 50, SYN | FIN)], [(1, 0, 50, SYN_ACK)])
    assert "port_rest" not in {one["id"] for one in count_connections([tmp_path]).to_json()["assumptions"]}
