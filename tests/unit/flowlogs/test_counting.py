"""What a few records say of one table: each rule of counting by hand, in seconds after noon."""

from __future__ import annotations

import math
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
    """Write records as text of an ENI with one destination, with one to another in every minute, so that none can be
    missing, and late enough to end the time that the logs cover; count what is open to the destination."""
    flagged = all(flags is not None for *_, flags in sent)
    fields = "interface-id srcaddr dstaddr srcport dstport protocol start end action log-status"
    lines = [fields + (" tcp-flags" if flagged else "")]
    steady: list[Row] = [(9, at, at, 0 if flagged else None) for at in range(60, 1801, 60)]
    for rows, forward in ((sent, True), (answers, False), (steady, True)):
        for port, first, last, flags in rows:
            sides = f"{ENI} {SERVER} {40_000 + port} 443" if forward else f"{SERVER} {ENI} 443 {40_000 + port}"
            if rows is steady:
                sides = f"{ENI} 203.0.113.99 {40_000 + port} 443"
            words = f"eni-0a {sides} 6 {NOON + first} {NOON + last} ACCEPT OK"
            lines.append(words if flags is None else f"{words} {flags}")
    (folder / "flow.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (key,) = [one for one in count_connections([folder], assumed=assumed).keys if one.destination == SERVER]
    return key


def interval(key: Key) -> tuple[int, float]:
    return key.low, key.most


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
    """Four SYNs at 0, 1, 3 and 7 s, each forgotten after a second: 5 s after the first there is no entry. Those between
    the first and the last may not have found room, so the two attempts need not have had an entry at once."""
    unanswered: list[Row] = [(port, port, port + 7, SYN) for port in range(1, 3)]
    key = count(tmp_path, unanswered)
    assert interval(key) == (1, 2)
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
    assert key.most <= 1 + CHANCE


def test_a_port_that_is_given_out_again_had_no_connection_left(tmp_path: Path) -> None:
    """One record may hold two connections, the second killed: unless the port is another's within the idle timeout."""
    busy: list[Row] = [(1, start, start + 55, SYN | FIN) for start in range(0, 240, 60)]
    key = count(tmp_path, busy, [(*row[:3], SYN_ACK | FIN) for row in busy])
    assert key.low <= 1 <= key.most
    assert key.most <= 1 + CHANCE


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


# ---- records that are missing

FIELDS = "interface-id srcaddr dstaddr srcport dstport protocol start end action log-status"


def lines_of(rows: Sequence[Row], answers: Sequence[Row] = ()) -> list[str]:
    lines = []
    for some, forward in ((rows, True), (answers, False)):
        for port, first, last, flags in some:
            sides = f"{ENI} {SERVER} {40_000 + port} 443" if forward else f"{SERVER} {ENI} 443 {40_000 + port}"
            words = f"eni-0a {sides} 6 {NOON + first} {NOON + last} ACCEPT OK"
            lines.append(words if flags is None else f"{words} {flags}")
    return lines


def steady(port: int, begin: int, end: int, flags: int | None = 0) -> list[Row]:
    """A connection that sends all the time, in records of a minute."""
    return [(port, at, at + 50, flags) for at in range(begin, end, 60)]


def counted(folder: Path, lines: Sequence[str], window: tuple[int, int] | None = None, fields: str = "") -> Key:
    (folder / "flow.log").write_text("\n".join([fields or f"{FIELDS} tcp-flags", *lines]) + "\n", encoding="utf-8")
    within = None if window is None else (NOON + window[0], NOON + window[1])
    (key,) = count_connections([folder], window=within).keys
    return key


def test_while_records_are_missing_nothing_is_known_to_stay_open_and_no_most_is_said(tmp_path: Path) -> None:
    """Ten connections begin before five minutes without a record; after it one goes on, and nine may be gone."""
    begun = [row for port in range(10) for row in ((port, 0, 50, SYN), (port, 60, 110, 0), (port, 120, 170, 0))]
    key = counted(tmp_path, lines_of([*begun, *steady(0, 420, 1800)], [(port, 0, 0, SYN_ACK) for port in range(10)]))
    assert interval(key) == (10, math.inf)
    band = {minute - NOON: (low, high) for minute, low, high in key.band(NOON, NOON + 1800)}
    assert band[0] == (10, 10)
    assert band[300] == (0, None)
    assert band[480] == (1, None)
    # An idle timeout after the gap whatever was open in it, and is silent, is forgotten.
    assert band[900] == (1, 1)


def test_an_interface_without_traffic_lacks_no_record(tmp_path: Path) -> None:
    idle = [f"eni-0a - - - - - {NOON + at} {NOON + at + 59} - NODATA -" for at in range(60, 600, 60)]
    rows: list[Row] = [(1, 0, 50, SYN | FIN), (2, 600, 650, SYN | FIN), (3, 660, 700, SYN | FIN)]
    key = counted(tmp_path, [*lines_of(rows, [(port, at, at, SYN_ACK) for port, at, *_ in rows]), *idle])
    assert interval(key) == (1, 1)


def test_lost_records_take_the_most_away_and_leave_the_rest_of_the_time(tmp_path: Path) -> None:
    """SKIPDATA for a minute: before it and well after it the flags still count."""
    lost = f"eni-0a - - - - - {NOON + 600} {NOON + 659} - SKIPDATA -"
    rows: list[Row] = [(port, 0, 50, SYN) for port in range(1, 6)]
    rows += [(port, at, at + 50, FIN if at == 300 else 0) for port in range(1, 6) for at in range(60, 301, 60)]
    key = counted(tmp_path, [*lines_of([*rows, *steady(0, 0, 1800)], [(p, 0, 0, SYN_ACK) for p in range(1, 6)]), lost])
    assert interval(key) == (6, math.inf)
    band = {minute - NOON: (low, high) for minute, low, high in key.band(NOON, NOON + 1800)}
    assert band[180] == (6, 6)
    assert band[600] == (1, None)
    assert band[1320] == (1, 1)


def test_what_the_time_asked_for_begins_without_is_missing(tmp_path: Path) -> None:
    lines = lines_of([(1, 600, 650, SYN), *steady(1, 660, 1200)], [(1, 600, 600, SYN_ACK)])
    assert interval(counted(tmp_path, lines, (540, 1260))) == (1, 1)
    assert interval(counted(tmp_path, lines, (0, 1260))) == (1, math.inf)
    assert interval(counted(tmp_path, lines, (540, 1800))) == (1, math.inf)


def test_the_last_records_of_600_s_of_one_interface_may_be_missing(tmp_path: Path) -> None:
    """The other's reach to the end. Its own ended eleven minutes before that, and it still has a connection."""
    mine: list[Row] = [(1, at, at + 590, 0 if at else SYN) for at in (0, 600)]
    spans = ((0, 99), (100, 699), (700, 1299), (1300, 1799))
    others = [f"eni-0b 10.0.2.9 {SERVER} 5000 443 6 {NOON + at} {NOON + to} ACCEPT OK 0" for at, to in spans]
    for end, most in ((1800, math.inf), (1260, 1)):
        lines = [f"{FIELDS} tcp-flags", *lines_of(mine, [(1, 0, 0, SYN_ACK)]), *others]
        (tmp_path / "flow.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (key,) = [k for k in count_connections([tmp_path], window=(NOON, NOON + end)).keys if k.interface == "eni-0a"]
        assert interval(key) == (1, most)


def test_a_wave_of_ports_that_are_given_out_again_may_lie_between_two_borders(tmp_path: Path) -> None:
    """A hundred are closed at 315 s and opened again at 345 s, and fifty others are open between: no more than a
    hundred at once, though each of the hundred has one record from 305 s to 355 s."""
    rows: list[Row] = [(port, at, at + 50, 0 if at else SYN) for port in range(100) for at in range(0, 300, 60)]
    rows += [(port, 305, 355, SYN | FIN) for port in range(100)]
    rows += [(port, at, at + 50, 0) for port in range(100) for at in range(360, 900, 60)]
    rows += [(port, 320, 340, SYN | FIN) for port in range(100, 150)]
    answers = [
        (port, first, last, SYN_ACK | ((flags or 0) & FIN)) for port, first, last, flags in rows if (flags or 0) & SYN
    ]
    key = counted(tmp_path, lines_of([*rows, *steady(200, 0, 900)], answers))
    assert key.low <= 101 <= key.most


def test_a_refused_attempt_is_no_connection(tmp_path: Path) -> None:
    """Forty attempts in one second, each answered with RST: nothing is open for certain."""
    refused: list[Row] = [(port, 30, 30, SYN) for port in range(1, 41)]
    rows, answers = [*steady(0, 0, 600), *refused], [(port, 30, 30, RST) for port in range(1, 41)]
    key = counted(tmp_path, lines_of(rows, answers))
    assert key.low == 1
    assert key.most == 41


def test_the_time_before_a_new_flow_log_with_flags_still_counts(tmp_path: Path) -> None:
    """The old flow log has no tcp-flags, and goes on beside the new one: nothing is lost, and nothing counts twice."""
    old = [row for port in range(20) for row in steady(port, 0, 1800, None)]
    new = [row for port in range(5) for row in steady(port, 1200, 1800)]
    (tmp_path / "old.log").write_text("\n".join([FIELDS, *lines_of(old)]) + "\n", encoding="utf-8")
    (tmp_path / "new.log").write_text("\n".join([f"{FIELDS} tcp-flags", *lines_of(new)]) + "\n", encoding="utf-8")
    (key,) = count_connections([tmp_path]).keys
    band = {minute - NOON: (low, high) for minute, low, high in key.band(NOON, NOON + 1800)}
    assert band[600] == (20, 20)
    assert band[1680][0] == 5
    assert max(low for low, _ in band.values()) == 20
