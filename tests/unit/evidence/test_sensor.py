"""The sum of the sensor's lines: against the plainest way to count, and by hand where time and gaps matter."""

from __future__ import annotations

import json
import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from narrows.case.reading.sensor import SensorReader, Unpacking
from narrows.case.sensor_lines import Peer
from narrows.evidence.sensor import KEPT, LONGEST, Held, is_one_of, stays_inside
from narrows.limits import NAT_IDLE_TIMEOUT
from oracles import sensor
from oracles.sensor import line, use

T = 1_795_176_000.0
"""2026-11-20T12:00:00Z."""


def held(*lines: dict[str, Any], longest: float = LONGEST) -> Held:
    with TemporaryDirectory() as name:
        file = Path(name) / "lines.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in lines))
        reader = SensorReader()
        reader.read(Unpacking(), file, file.name)
        return Held(reader.lines(), lambda _: longest)


def everything(_: str, peer: Peer) -> float:
    return 1.0


def test_the_oracle_forgets_when_the_tables_do() -> None:
    assert sensor.KEPT == KEPT == NAT_IDLE_TIMEOUT.value


LATER = line(T + 1300, environment="later", DescriptorsUsed=1)
"""Of another environment: whatever ran when the others wrote their last line has its own by then."""


def test_a_frozen_environment_says_nothing_and_still_holds_its_entries() -> None:
    curve = held(line(T, use(held=10)), LATER).curve(everything)

    assert curve.at(T - 1) == (0, 0)
    assert curve.at(T + 349) == (10, 10)
    assert curve.at(T + 350) == (0, 0)


def test_two_lines_of_one_environment_are_not_added_up() -> None:
    curve = held(line(T, use(held=10)), line(T + 5, use(held=12), invocation=2)).curve(everything)

    assert curve.peak == 12
    assert curve.by_minute()[0] == (T, 12)


def test_processes_of_one_environment_are_added_up() -> None:
    assert held(line(T, use(held=3)), line(T + 1, use(held=4), process=9)).curve(everything).peak == 7


def test_what_a_line_no_longer_tells_of_is_closed() -> None:
    curve = held(line(T, use(held=10)), line(T + 5, use("8.8.8.8:443", None, held=1), invocation=2)).curve(everything)

    assert curve.at(T + 5) == (1, 1)


def test_what_was_idle_when_the_line_was_written_is_certain_for_less_long() -> None:
    curve = held(line(T, use(held=10, oldestIdle=300.0)), LATER).curve(everything)

    assert curve.at(T + 49) == (10, 10)
    assert curve.at(T + 51) == (0, 10)


def test_connections_that_the_tables_have_forgotten_do_not_count() -> None:
    assert held(line(T, use(held=10, stale=4))).curve(everything).peak == 6


def test_a_line_that_is_missing_leaves_the_figure_open() -> None:
    its = held(line(T, use(held=10)), line(T + 60, use(held=10), invocation=4))
    curve = its.curve(everything)

    assert its.missing == 2
    assert not curve.whole
    assert curve.at(T + 30) == (0, 10)
    assert curve.at(T + 60) == (10, 10)


def test_a_figure_that_could_not_be_read_is_not_taken_for_none() -> None:
    assert not held(line(T, ConnectionsHeld=-1)).curve(everything).whole


def test_ports_of_closed_connections_count_as_long_as_they_are_kept() -> None:
    """One connection for each invocation, each second, none held: a port for each second, and that of the next one."""
    churning = held(*(line(T + n, use(opened=1), invocation=n + 1) for n in range(300)))

    assert churning.curve(everything).peak == 0
    assert churning.ports(everything, 60.0) == 61
    assert churning.totals().reuse == 0


def test_what_the_next_invocation_closed_is_not_certain_until_its_end() -> None:
    """It may have been closed as soon as that began, long before the line of another environment."""
    closed = line(T, use(held=10)), line(T + 300, use(held=0), invocation=2)
    curve = held(*closed, line(T + 200, use(held=10), environment="other")).curve(everything)

    assert curve.at(T + 200) == (10, 20)


def test_after_its_last_line_a_process_may_be_in_an_invocation_that_has_none_yet() -> None:
    """It began no longer ago than an invocation takes, and may have closed everything: the logs end before its end."""
    its = line(T, use(held=10)), line(T + 60, use(held=4), environment="other")

    assert held(*its).curve(everything).at(T + 60) == (4, 14)
    assert held(*its, longest=30.0).curve(everything).at(T + 29) == (10, 10)
    assert held(*its, longest=30.0).curve(everything).at(T + 31) == (0, 10)


def test_where_lines_are_missing_the_one_after_the_last_may_be_too() -> None:
    gap = line(T, use(held=1), environment="gap"), line(T + 60, use(held=1), environment="gap", invocation=3)
    curve = held(line(T, use(held=10)), *gap, LATER).curve(everything)

    assert curve.at(T) == (11, 11)
    assert curve.at(T + 1)[0] == 0


def test_what_the_next_line_still_holds_and_did_not_open_was_there_throughout() -> None:
    replaced = line(T, use(held=10)), line(T + 300, use(held=10, opened=4), invocation=2)

    assert held(*replaced).curve(everything).at(T + 200) == (6, 10)


def test_a_process_closes_nothing_before_its_next_invocation_can_have_begun() -> None:
    curve = held(line(T, use(held=10)), line(T + 1000, use(held=0), invocation=2)).curve(everything)

    assert curve.at(T + 99) == (10, 10)
    assert curve.at(T + 101) == (0, 10)


def test_invocations_that_overlap_hold_what_they_open_at_once() -> None:
    """Their lines come at their ends, ten minutes apart."""
    long = line(T + 900, use(opened=500)), line(T + 1500, use(opened=500), environment="other")

    assert held(*long).ports(everything, 60.0) == 1000


def test_what_a_process_held_before_its_first_line_is_not_known() -> None:
    joined = line(T, use(held=3)), line(T + 100, use(held=5), environment="other", invocation=9)
    curve = held(*joined).curve(everything)

    assert not curve.whole
    assert curve.within(T + 100, T + 200).whole


def test_connections_of_which_the_peer_is_not_known_leave_the_figure_open() -> None:
    one = line(T, use(held=3))
    one["narrows"]["unattributed"] = {"opened": 40, "failed": 0}

    assert not held(one).curve(everything).whole


def test_one_destination_whose_figure_could_not_be_read_leaves_it_open() -> None:
    unread = {name: value for name, value in use("8.8.8.8:443").items() if name != "held"}

    assert not held(line(T, use(held=3), {**unread, "held": -1})).curve(everything).whole


def test_a_destination_is_told_by_name_or_by_address_and_by_port() -> None:
    peer = Peer("203.0.113.10", 443, "cache.example.com")

    assert is_one_of(peer, (), "Cache.example.com.", 443)
    assert is_one_of(peer, ("203.0.113.10",), None, 443)
    assert not is_one_of(peer, ("203.0.113.10",), "cache.example.com", 6379)
    assert not is_one_of(peer, (), None, 443)
    assert stays_inside(Peer("127.0.0.1", 2000, ""))
    assert not stays_inside(peer)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2000), st.integers(0, 3), st.integers(0, 1), st.integers(0, 20), st.integers(0, 20),
        ),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_sum_is_that_of_the_plainest_count(
    drawn: list[tuple[int, int, int, int, int]], shuffled: random.Random
) -> None:
    """Out of order, several processes, gaps of any length."""
    numbers: dict[tuple[int, int], int] = {}
    lines = []
    for after, environment, process, first, second in sorted(drawn):
        numbers[environment, process] = numbers.get((environment, process), 0) + 1
        uses = use(held=first), use("8.8.8.8:443", "other.example.com", held=second, stale=second // 2)
        lines.append(
            line(
                T + after, *uses, environment=str(environment), process=process,
                invocation=numbers[environment, process],
            )
        )  # fmt: skip
    given_order = list(lines)
    shuffled.shuffle(given_order)
    curve = held(*given_order).curve(everything)

    for moment in {T + after + extra for after, *_ in drawn for extra in (-0.5, 0, 0.5, 349.5, 350.5)}:
        assert curve.at(moment)[1] == sensor.held_at(lines, moment)
    assert curve.peak == max(sensor.held_at(lines, T + after) for after, *_ in drawn)
    assert (curve.low <= curve.high).all()
    assert dict(curve.by_minute())[int(curve.times[0] // 60) * 60] <= curve.peak


_INVOCATION = st.tuples(
    st.integers(0, 340),
    st.integers(1, 900),
    st.lists(st.tuples(st.integers(0, 900), st.booleans()), max_size=6),
)
"""Seconds frozen before it, seconds it takes, and when in it a connection is opened (or the oldest one closed)."""


@given(st.lists(st.lists(_INVOCATION, min_size=1, max_size=5), min_size=1, max_size=4))
def test_what_processes_truly_hold_lies_between_what_is_certain_and_the_upper_end(
    processes: list[list[tuple[int, int, list[tuple[int, bool]]]]],
) -> None:
    """Connections come and go within invocations, of which each has one line, at its end."""
    lines, changes = [], []
    for name, invocations in enumerate(processes):
        now, open_now = T, 0
        for number, (frozen, takes, acts) in enumerate(invocations, 1):
            begin, opened = now + frozen, 0
            for after, opens in sorted(acts):
                step = 1 if opens else -min(1, open_now)
                open_now, opened = open_now + step, opened + opens
                changes.append((begin + min(after, takes), step))
            now = begin + takes
            its = use(held=open_now, opened=opened)
            lines.append(line(now, its, environment=str(name), invocation=number))
        changes.append((now + KEPT, -open_now))
    counted = held(*lines)
    curve = counted.curve(everything)

    truth = {moment: sum(step for when, step in changes if when <= moment) for moment, _ in changes}
    assert curve.whole
    # Between the whole seconds, at which several things happen in an order that is not told.
    assert all(curve.at(moment + 0.5)[0] <= sum(step for when, step in changes if when <= moment) for moment in truth)
    assert max(truth.values(), default=0) <= counted.ports(everything, 0.0)
