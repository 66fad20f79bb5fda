"""How many environments there are, busy, invoked and throttled: against a recount by hand."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from narrows.scenario import Scenario, parse_scenario
from narrows.simulate import simulate_scenario
from narrows.simulate.compile import compile_scenario
from narrows.simulate.lifecycle import Change
from narrows.simulate.population import count_environments
from narrows.simulate.run import streams
from narrows.simulate.schedule import Schedule
from tests.simulate.random_scenarios import scenarios

SECOND = 1_000_000


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_against_a_recount(scenario: Scenario) -> None:
    model = compile_scenario(scenario)
    schedule = Schedule(scenario, model, streams(scenario.demand.seed, 0)[0])
    seconds = int(np.ceil(scenario.demand.duration))
    counted = count_environments(scenario, model, schedule, seconds)
    for number, client in enumerate(model.clients):
        alive, busy = recounted(schedule, number, client.is_function)
        ends = [SECOND * (n + 1) - 1 for n in range(seconds)]
        assert counted.alive[number].tolist() == [alive.at(end) for end in ends]
        assert counted.busy[number].tolist() == [busy.most(end - SECOND + 1, end) for end in ends]
        if client.is_function:
            asked = scenario.demand.functions[client.name]
            worked = busy.integral(SECOND * seconds) / SECOND
            waited = sum(to - since for who, since, to in schedule.lifecycle.throttled if who == number) / SECOND
            if asked.invocations_per_second is None:
                each = 1 / asked.invocation_duration
            elif worked + waited == 0:
                each = 0.0
            else:
                continue
            assert counted.invocations[number].sum() == pytest.approx(worked * each, abs=1.01)
            assert counted.throttles[number].sum() == pytest.approx(waited * each, abs=1.01)
        else:
            assert not counted.invocations[number].any()
            assert not counted.throttles[number].any()


class Recount:
    """A number over time, from its changes in order."""

    def __init__(self, changes: list[tuple[int, int]]) -> None:
        self.moments = [at for at, _ in changes]
        self.values = list(accumulate(change for _, change in changes))

    def at(self, moment: int) -> int:
        index = bisect_right(self.moments, moment)
        return self.values[index - 1] if index else 0

    def most(self, first: int, last: int) -> int:
        inside = self.values[bisect_right(self.moments, first) : bisect_right(self.moments, last)]
        return max([self.at(first), *inside])

    def integral(self, end: int) -> int:
        ends = [*self.moments, end][1:]
        return sum(
            v * (min(to, end) - at) for at, to, v in zip(self.moments, ends, self.values, strict=True) if at < end
        )


def recounted(schedule: Schedule, number: int, is_function: bool) -> tuple[Recount, Recount]:
    own = sorted(one[:2] for one in schedule.lifecycle.changes if schedule.lifecycle.clients[one[2]] == number)
    there = {Change.START: 1, Change.END: -1}
    working = {Change.START: 1, Change.THAW: 1, Change.FREEZE if is_function else Change.END: -1}
    return (
        Recount([(at, there.get(Change(kind), 0)) for at, kind in own]),
        Recount([(at, working.get(Change(kind), 0)) for at, kind in own]),
    )


def demand(text: str, extra: str = "") -> Scenario:
    return parse_scenario(
        f"name: x\ndestinations: {{cache: {{port: 443}}}}\nfunctions: {{app: {{connections: [{{to: cache}}]}}}}\n"
        f"duration: 60s\ndemand:\n  app: {{{text}}}\n{extra}"
    )


def test_busy_is_never_above_the_accounts_concurrency() -> None:
    """One freezes and another takes its place at the same moment: both were busy in that second, not at a time."""
    up_and_down = "{steps: [{at: 0s, to: 5}, {at: 10500ms, to: 1}, {at: 20500ms, to: 5}]}"
    text = (
        "name: x\ndestinations: {cache: {port: 443}}\nfunctions: {a: {}, b: {}}\nduration: 60s\n"
        f"demand: {{a: {{environments: {up_and_down}}}, b: {{environments: 5}}}}\n"
        "assumptions: {account_concurrency: 6}\n"
    )
    found = simulate_scenario(parse_scenario(text)).functions
    together = found["a"].busy + found["b"].busy
    assert found["b"].busy[9:12].tolist() == [1, 5, 5]
    assert np.delete(together, [10]).max() == 6
    assert found["a"].busy[10] == 5  # within the second, before they froze


def test_without_a_rate_every_environment_is_busy_all_the_time() -> None:
    found = simulate_scenario(demand("environments: 10, invocation: {duration: 200ms}")).functions["app"]
    assert found.invocations.tolist() == [50] * 60
    assert found.busy.tolist() == [10] * 60
    assert found.throttles.sum() == 0


def test_a_rate_is_spread_over_those_that_are_needed() -> None:
    found = simulate_scenario(demand("environments: 10, invocations_per_second: 25")).functions["app"]
    assert found.invocations.sum() == 25 * 60


def test_a_low_rate_is_not_rounded_away() -> None:
    found = simulate_scenario(demand("environments: 10, invocations_per_second: 0.25")).functions["app"]
    assert found.invocations.sum() == 15
    assert found.invocations.max() == 1


def test_a_rate_without_environments_invokes_nothing() -> None:
    assert (
        simulate_scenario(demand("environments: 0, invocations_per_second: 5")).functions["app"].invocations.sum() == 0
    )


def test_what_is_throttled_and_what_is_invoked_is_what_was_asked() -> None:
    limited = demand("environments: 10, invocations_per_second: 100", "assumptions: {account_concurrency: 4}")
    found = simulate_scenario(limited).functions["app"]
    assert found.busy.max() == 4
    assert found.invocations.sum() == 40 * 60
    assert found.throttles.sum() == 60 * 60


def test_environments_that_start_within_a_second_count_for_the_rest_of_it() -> None:
    found = simulate_scenario(demand("environments: {steps: [{at: 10750ms, to: 8}]}, invocation: {duration: 1s}"))
    assert found.functions["app"].invocations[9:13].tolist() == [0, 2, 8, 8]


def test_a_run_may_end_within_a_second() -> None:
    scenario = parse_scenario(
        "name: x\ndestinations: {cache: {port: 443}}\nfunctions: {app: {connections: [{to: cache}]}}\n"
        "duration: 2500ms\ndemand: {app: {environments: 3}}\n"
    )
    found = simulate_scenario(scenario)
    assert found.seconds == 3
    assert found.functions["app"].environments.tolist() == [3, 3, 3]


def test_a_trace_with_invocations_per_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"{second},{5 + second % 3},{10 * (second % 4)}\n" for second in range(60))
    trace = tmp_path / "trace.csv"
    trace.write_text(f"seconds,environments,invocations_per_second\n{rows}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = simulate_scenario(demand("environments: {trace: trace.csv}")).functions["app"]
    # Straight lines between the rows: the middle of each second is its mean.
    asked = [10 * (second % 4 + (second + 1) % 4) / 2 for second in range(59)]
    assert found.invocations[:59].sum() == pytest.approx(sum(asked), abs=1)
    assert np.abs(found.invocations[:59] - asked).max() <= 1
    assert found.environments.max() == 7
