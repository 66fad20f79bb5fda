"""When environments start, freeze, thaw and end; and that Lambda's limits hold at every moment."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.demand import Curve
from narrows.simulate.crossings import crossings
from narrows.simulate.lifecycle import EXPIRE_ENI, EXPIRE_NAT, Change, Lifecycle, Needs
from narrows.simulate.lifecycle_plan import plan_lifecycle

SECOND = 1_000_000
START, FREEZE, THAW, END, EXPIRE = Change.START, Change.FREEZE, Change.THAW, Change.END, Change.EXPIRE


def plan(
    *needs: Needs,
    until: float = 100.0,
    account: int | None = None,
    idle: float = 600.0,
    eni: float = 350.0,
    nat: float = 350.0,
    scale_up: int = 1_000,
) -> Lifecycle:
    return plan_lifecycle(
        list(needs),
        until,
        account_concurrency=account,
        idle_lifetime=idle,
        eni_idle_timeout=eni,
        nat_idle_timeout=nat,
        scale_up=scale_up,
    )


def steps(*points: tuple[float, float]) -> Curve:
    """From each moment on, this many."""
    flat: list[tuple[float, float]] = [(0.0, 0.0)]
    for at, value in points:
        flat += [(at, flat[-1][1]), (at, value)]
    return Curve(tuple(flat))


def history(found: Lifecycle, environment: int = 0) -> list[tuple[float, str]]:
    own = sorted(one for one in found.changes if one[2] == environment)
    return [(at / SECOND, Change(kind).name + (f" {mask}" if mask else "")) for at, kind, _, mask in own]


def moments(found: Lifecycle, kind: Change, client: int = 0) -> list[float]:
    return sorted(at / SECOND for at, one, env, _ in found.changes if one == kind and found.clients[env] == client)


def waited(found: Lifecycle, client: int = 0) -> float:
    return sum(end - start for who, start, end in found.throttled if who == client) / SECOND


class TestScaleUp:
    """1,000 environments at once, then 100 a second."""

    def test_a_thousand_at_once_then_a_hundred_a_second(self) -> None:
        found = plan(Needs(Curve.constant(3_000)))
        starts = moments(found, START)
        assert starts[:1_000] == [0.0] * 1_000
        assert starts[1_000:] == pytest.approx([(n + 1) / 100 for n in range(2_000)])
        assert waited(found) == pytest.approx(sum((n + 1) / 100 for n in range(2_000)))

    def test_what_does_not_come_until_the_end_waits_until_the_end(self) -> None:
        found = plan(Needs(Curve.constant(3_000)), until=10.0)
        # The environment that would come at the end of the tenth second does not come.
        assert len(found.clients) == 1_999
        assert waited(found) == pytest.approx(sum((n + 1) / 100 for n in range(999)) + 1_001 * 10)

    @pytest.mark.parametrize("top", [900, 9_000, 30_000])
    def test_a_ramp_at_the_limit_is_not_throttled(self, top: int) -> None:
        seconds = top / 100
        found = plan(Needs(Curve(((0.0, 0.0), (seconds, top)))), until=seconds + 10)
        assert found.throttled == []
        assert len(found.clients) == top

    def test_a_faster_ramp_is_throttled_when_the_burst_is_used_up(self) -> None:
        # 200 a second wanted and 100 allowed: the thousand are gone after ten seconds.
        found = plan(Needs(Curve(((0.0, 0.0), (50.0, 10_000.0)))), until=200.0)
        first = min(start for _, start, _ in found.throttled) / SECOND
        assert first == pytest.approx(10.0, abs=0.02)
        assert moments(found, START)[-1] == pytest.approx(90.0, abs=0.02)

    def test_the_allowance_comes_back_but_not_more_than_a_thousand(self) -> None:
        found = plan(Needs(steps((0, 1_000), (5, 1_500), (60, 3_500))), until=200.0)
        starts = moments(found, START)
        assert starts[1_000:1_500] == [5.0] * 500
        assert starts[1_500:2_500] == [60.0] * 1_000
        assert starts[2_500:] == pytest.approx([60 + (n + 1) / 100 for n in range(1_000)])

    def test_waiting_uses_nothing_up(self) -> None:
        """A spike that was throttled does not throttle what comes later."""
        spike = plan(Needs(steps((0, 50_000), (1, 0), (20, 500))), until=60.0, idle=1.0)
        assert moments(spike, START)[-500:] == [20.0] * 500
        assert len(spike.clients) == 1_000 + 99 + 500

    def test_a_warm_environment_needs_no_allowance(self) -> None:
        found = plan(Needs(steps((0, 1_000), (1, 0), (2, 1_000))))
        assert moments(found, THAW) == [2.0] * 1_000
        assert found.throttled == []

    def test_each_function_has_its_own(self) -> None:
        found = plan(Needs(Curve.constant(1_000)), Needs(Curve.constant(1_000)))
        assert found.throttled == []

    def test_clients_that_are_no_functions_scale_freely(self) -> None:
        found = plan(Needs(steps((0, 5_000), (50, 0)), scales_freely=True), account=1)
        assert moments(found, START) == [0.0] * 5_000
        assert moments(found, END) == [50.0] * 5_000
        assert {kind for _, kind, _, _ in found.changes} == {START, END}


class TestConcurrency:
    """Reserved concurrency, and what the account allows over all functions."""

    def test_reserved_concurrency(self) -> None:
        found = plan(Needs(steps((0, 5), (10, 2), (20, 5)), most=3), until=30.0)
        assert len(found.clients) == 3
        assert waited(found) == 2 * 10 + 2 * 10

    def test_nothing_reserved_is_nothing_allowed(self) -> None:
        found = plan(Needs(Curve.constant(2), most=0), until=30.0)
        assert found.changes == []
        assert waited(found) == 60

    def test_functions_share_the_account(self) -> None:
        found = plan(Needs(steps((0, 6), (10, 1))), Needs(steps((5, 7))), until=20.0, account=8)
        assert moments(found, START, 1) == [5.0] * 2 + [10.0] * 5
        assert waited(found, 1) == 5 * 5
        assert waited(found, 0) == 0

    def test_who_waited_longest_comes_first(self) -> None:
        found = plan(
            Needs(steps((0, 2), (10, 1), (11, 0))), Needs(steps((2, 1))), Needs(steps((1, 1))), until=20.0, account=2
        )
        assert moments(found, START, 2) == [10.0]
        assert moments(found, START, 1) == [11.0]

    def test_reserved_concurrency_is_taken_out_of_the_account(self) -> None:
        found = plan(Needs(Curve.constant(20)), Needs(steps((5, 9)), most=4), until=10.0, account=10)
        assert len(moments(found, START, 0)) == 6
        assert moments(found, START, 1) == [5.0] * 4

    def test_who_waits_for_the_scale_up_rate_takes_no_room(self) -> None:
        # 1,100 of the first function run after a second, and thousands wait.
        found = plan(Needs(Curve.constant(5_000)), Needs(steps((1, 50))), until=2.0, account=1_200)
        assert moments(found, START, 1) == [1.0] * 50

    def test_room_that_comes_late_is_given_to_who_was_delayed(self) -> None:
        # Both have their allowance back long before there is room: the account is full from the fifth second on.
        found = plan(Needs(steps((0, 4), (50, 0))), Needs(steps((1, 4))), until=60.0, account=5, scale_up=2)
        assert moments(found, START, 0) == [0.0, 0.0, 5.0]
        assert moments(found, START, 1) == [1.0, 1.0, 50.0, 50.0]

    def test_what_was_held_back_thaws_when_there_is_room(self) -> None:
        found = plan(Needs(steps((0, 1), (1, 0), (3, 1))), Needs(steps((2, 1), (4, 0))), until=10.0, account=1)
        assert history(found, 0) == [(0, "START"), (1, "FREEZE"), (4, "THAW")]
        assert waited(found, 0) == 1.0

    def test_what_was_held_back_too_long_starts_cold(self) -> None:
        found = plan(
            Needs(steps((0, 1), (1, 0), (3, 1))), Needs(steps((2, 1), (40, 0))), until=50.0, account=1, idle=10.0
        )
        assert history(found, 0) == [(0, "START"), (1, "FREEZE"), (11, "END")]
        assert moments(found, START, 0) == [0.0, 40.0]


class TestOneEnvironment:
    """Frozen, thawed, recycled, and forgotten by the tables."""

    @pytest.mark.parametrize(
        ("needed", "events"),
        [
            (
                ((0, 1), (20, 0), (200, 1), (210, 0)),
                "0 START, 20 FREEZE, 200 THAW, 210 FREEZE, 510 EXPIRE 1, 560 EXPIRE 2, 810 END",
            ),
            (((0, 1), (20, 0), (330, 1)), "0 START, 20 FREEZE, 320 EXPIRE 1, 330 THAW"),
            (((0, 1), (20, 0), (500, 1)), "0 START, 20 FREEZE, 320 EXPIRE 1, 370 EXPIRE 2, 500 THAW"),
            (((0, 1), (20, 0), (700, 1)), "0 START, 20 FREEZE, 320 EXPIRE 1, 370 EXPIRE 2, 620 END"),
            (((0, 1), (20, 0), (620, 1)), "0 START, 20 FREEZE, 320 EXPIRE 1, 370 EXPIRE 2, 620 END"),
            (((0, 1), (800, 0)), "0 START, 800 FREEZE"),
            (((5, 1),), "5 START"),
        ],
    )
    def test_history(self, needed: tuple[tuple[float, float], ...], events: str) -> None:
        found = plan(Needs(steps(*needed)), until=1_000.0, eni=300.0, nat=350.0)
        assert ", ".join(f"{at:g} {what}" for at, what in history(found)) == events
        assert (EXPIRE_ENI, EXPIRE_NAT) == (1, 2)

    def test_another_one_comes_when_it_was_recycled(self) -> None:
        found = plan(Needs(steps((0, 1), (20, 0), (700, 1))), until=1_000.0)
        assert history(found, 1) == [(700, "START")]
        assert found.ordinals == [0, 1]

    def test_the_end_may_come_before_the_tables_forget(self) -> None:
        found = plan(Needs(steps((0, 1), (20, 0))), until=1_000.0, idle=60.0)
        assert history(found) == [(0, "START"), (20, "FREEZE"), (80, "END"), (370, "EXPIRE 1"), (370, "EXPIRE 2")]

    def test_no_patience_at_all_is_a_microsecond(self) -> None:
        found = plan(Needs(steps((0, 1), (20, 0))), idle=0.0, eni=0.0)
        assert [what for _, what in history(found)] == ["START", "FREEZE", "END", "EXPIRE 1"]

    def test_needed_for_no_time_is_not_needed(self) -> None:
        needle = Curve(((0.0, 1.0), (5.0, 1.0), (5.0, 9.0), (5.0, 1.0), (10.0, 1.0)))
        assert len(plan(Needs(needle)).clients) == 1

    def test_not_needed_for_no_time_is_frozen_and_thawed(self) -> None:
        notch = Curve(((0.0, 2.0), (5.0, 2.0), (5.0, 1.0), (5.0, 2.0)))
        assert history(plan(Needs(notch)), 1) == [(0, "START"), (5, "FREEZE"), (5, "THAW")]


LEVELS = st.one_of(st.integers(0, 6), st.floats(0, 6).map(lambda value: round(value, 2)))
CURVES = st.lists(st.tuples(st.integers(0, 60), LEVELS), min_size=1, max_size=7).map(
    lambda points: Curve(tuple((float(at), float(value)) for at, value in sorted(points, key=lambda one: one[0])))
)
NEEDS = st.builds(Needs, CURVES, st.none() | st.integers(0, 4), st.sampled_from([False, False, False, True]))
UNTIL = 70.0


@given(CURVES, st.floats(0, UNTIL - 0.001))
def test_as_many_are_needed_as_the_curve_says(curve: Curve, moment: float) -> None:
    needed = 0
    last = -1
    for at, _, up in crossings(curve, UNTIL):
        assert last <= at < UNTIL * SECOND
        last = at
        if at > moment * SECOND:
            break
        needed += 1 if up else -1
    # Within a microsecond of a crossing either is right.
    around = [curve.at(max(0.0, moment + shift)) for shift in (-2e-6, 0.0, 2e-6)]
    assert math.ceil(min(around)) <= needed <= math.ceil(max(around))


@settings(max_examples=200)
@given(
    st.lists(NEEDS, min_size=1, max_size=4),
    st.none() | st.integers(0, 8),
    st.sampled_from([0.0, 3.0, 600.0]),
    st.sampled_from([1, 5, 1_000]),
)
def test_every_limit_holds_at_every_moment(needs: list[Needs], account: int | None, idle: float, scale_up: int) -> None:
    found = plan(*needs, until=UNTIL, account=account, idle=idle, eni=2.0, nat=5.0, scale_up=scale_up)
    check_histories(found, needs)
    pool = None if account is None else max(0, account - sum(one.most or 0 for one in needs))
    check_busy(found, needs, pool)
    check_rate(found, needs, scale_up)
    check_waiting(found, needs)
    check_nobody_waits_in_vain(found, needs, pool, scale_up)


def check_histories(found: Lifecycle, needs: list[Needs]) -> None:
    """Each environment's changes alternate, in the order in which the kernel will see them."""
    letters = {START: "s", FREEZE: "f", THAW: "t", END: "e", EXPIRE: "x"}
    for environment, client in enumerate(found.clients):
        own = sorted(one[:2] for one in found.changes if one[2] == environment)
        text = "".join(letters[Change(kind)] for _, kind in own)
        free = needs[client].scales_freely
        assert re.fullmatch("se?" if free else "s(fx?x?t)*(fx?x?(ex?x?)?)?", text), text
        assert all(0 <= at <= UNTIL * SECOND for at, _ in own)
    for client in range(len(needs)):
        own_ordinals = [n for who, n in zip(found.clients, found.ordinals, strict=True) if who == client]
        assert own_ordinals == list(range(len(own_ordinals)))


def check_busy(found: Lifecycle, needs: list[Needs], pool: int | None) -> None:
    busy = [0] * len(needs)
    for at, kind, environment, _ in sorted(found.changes):
        client = found.clients[environment]
        stops = (FREEZE, END) if needs[client].scales_freely else (FREEZE,)
        busy[client] += (kind in (START, THAW)) - (kind in stops)
        most = needs[client].most
        if most is not None and not needs[client].scales_freely:
            assert busy[client] <= most
        shared = [n for n, one in zip(busy, needs, strict=True) if one.most is None and not one.scales_freely]
        assert pool is None or sum(shared) <= pool, at


def check_rate(found: Lifecycle, needs: list[Needs], scale_up: int) -> None:
    """No window holds more cold starts than the burst and what comes back in it."""
    for client, one in enumerate(needs):
        starts = [] if one.scales_freely else moments(found, START, client)
        for first, start in enumerate(starts):
            for count, end in enumerate(starts[first:], 1):
                assert count <= scale_up + (end - start) * scale_up / 10 + 1e-4


def check_waiting(found: Lifecycle, needs: list[Needs]) -> None:
    """What is needed is either busy or throttled, to the microsecond."""
    end = int(UNTIL * SECOND)
    for client, one in enumerate(needs):
        needed = integral([(at, 1 if up else -1) for at, _, up in crossings(one.curve, UNTIL)], end)
        stops = (FREEZE, END) if one.scales_freely else (FREEZE,)
        changes = [
            (at, (kind in (START, THAW)) - (kind in stops))
            for at, kind, environment, _ in found.changes
            if found.clients[environment] == client
        ]
        throttled = sum(to - since for who, since, to in found.throttled if who == client)
        assert all(0 <= since < to <= end for who, since, to in found.throttled if who == client)
        assert needed == integral(changes, end) + throttled


def integral(changes: Iterable[tuple[int, int]], end: int) -> int:
    total = value = 0
    for (at, change), (following, _) in pairwise([*sorted(changes), (end, 0)]):
        value += change
        total += value * (following - at)
    return total


def check_nobody_waits_in_vain(found: Lifecycle, needs: list[Needs], pool: int | None, scale_up: int) -> None:
    """Whoever waits lacks room in the account, or the scale-up rate forbids a cold start."""
    interval = 10 * SECOND / scale_up
    shares = [one.most is None and not one.scales_freely for one in needs]
    changes = [(at, kind, found.clients[environment]) for at, kind, environment, _ in sorted(found.changes)]
    for client, since, to in found.throttled:
        if not shares[client]:
            continue
        for moment in (since + (to - since) // 2, to - 1):
            before = [(at, kind, who) for at, kind, who in changes if at <= moment]
            busy = sum((kind in (START, THAW)) - (kind == FREEZE) for _, kind, who in before if shares[who])
            due = 0.0
            for at, kind, who in before:
                if kind == START and who == client:
                    due = max(float(at), due) + interval
            assert (pool is not None and busy >= pool) or due - 10 * SECOND + interval > moment
