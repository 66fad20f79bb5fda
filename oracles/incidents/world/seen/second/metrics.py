"""CloudWatch's answers as the second writer's incidents need them: what GetMetricData says, zeros left out or not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from oracles.incidents.world import CaseFolder
from oracles.incidents.world.seen.second.shapes import Record, moment, put


def steps(seed: str, *parts: tuple[int, float], noise: float = 0.06) -> list[float]:
    """Values for a metric: ``(how many, level)`` one after the other, whole numbers that scatter about the level."""
    dice = random.Random(seed)
    return [round(level * dice.uniform(1 - noise, 1 + noise)) for count, level in parts for _ in range(count)]


class Metrics:
    """What CloudWatch answers to GetMetricData."""

    def __init__(self, start: str, period: int = 60, zeros: bool = False) -> None:
        self._start, self._period, self._zeros = moment(start), period, zeros
        self._queries: list[Record] = []
        self._results: list[Record] = []

    def add(self, namespace: str, metric: str, where: dict[str, str], stat: str, values: Sequence[float]) -> None:
        """One series; a zero has no datapoint unless the whole answer has zeros."""
        name = f"m{len(self._queries)}"
        asked = {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": key, "Value": value} for key, value in where.items()],
        }
        self._queries.append({"Id": name, "MetricStat": {"Metric": asked, "Period": self._period, "Stat": stat}})
        times = [self._start + timedelta(seconds=self._period * at) for at in range(len(values))]
        told = [(time, value) for time, value in zip(times, values, strict=True) if value or self._zeros][::-1]
        self._results.append(
            {
                "Id": name,
                "Label": metric,
                "Timestamps": [time.isoformat() for time, _ in told],
                "Values": [float(value) for _, value in told],
                "StatusCode": "Complete",
            }
        )

    def function(self, name: str, **series: Sequence[float]) -> None:
        """Metrics of a function by their names."""
        stats = {"Duration": "Maximum", "ConcurrentExecutions": "Maximum"}
        for metric, values in series.items():
            self.add("AWS/Lambda", metric, {"FunctionName": name}, stats.get(metric, "Sum"), values)

    def nat(self, name: str, **series: Sequence[float]) -> None:
        """Metrics of a NAT gateway by their names."""
        for metric, values in series.items():
            stat = "Maximum" if metric.startswith(("Active", "Peak")) else "Sum"
            self.add("AWS/NATGateway", metric, {"NatGatewayId": name}, stat, values)

    def write(self, case: CaseFolder, name: str) -> None:
        """Write the queries and the answer to them."""
        put(case, f"cloudwatch/{name}.queries.json", {"MetricDataQueries": self._queries})
        put(case, f"cloudwatch/{name}.results.json", {"MetricDataResults": self._results, "Messages": []})


def calls(
    case: CaseFolder,
    start: str,
    function: str,
    minutes: int,
    per_minute: float,
    *parts: tuple[int, float],
    failing_ms: float = 10_060,
    ms: float = 240,
    busy: float | None = None,
    period: int = 60,
) -> None:
    """A function's metrics: ``parts`` are minutes, one after the other, with the share of invocations that fail.

    Where ``busy`` is not given, as many environments run as the calls and their durations ask for.
    """
    called = steps(f"{function}{start}", (minutes, per_minute))
    shares = [share for length, share in parts or ((minutes, 0.0),) for _ in range(length)]
    shares += [shares[-1]] * (minutes - len(shares))
    failed = [round(one * share) for one, share in zip(called, shares, strict=True)]
    dice = random.Random(function)
    well = [_well(ms, failing_ms, share, busy, one) for share, one in zip(shares, called, strict=True)]
    # A round number is the function's timeout, which always comes at the same time.
    failing = [failing_ms * (dice.uniform(0.985, 1) if failing_ms % 1000 else 1) if share else 0 for share in shares]
    spread = 1.7 if busy is None else 1.05
    longest = [max(one, other * dice.uniform(0.97, 1) * spread) for one, other in zip(failing, well, strict=True)]
    working = [share * failing_ms + (1 - share) * one for share, one in zip(shares, well, strict=True)]
    running = [busy or 1 + one / 60 * time / 1000 for one, time in zip(called, working, strict=True)]
    every = max(period // 60, 1)
    starts = range(0, minutes, every)
    made = Metrics(start, period)
    made.function(
        function,
        Invocations=[sum(called[at : at + every]) for at in starts],
        Errors=[sum(failed[at : at + every]) for at in starts],
        Duration=[round(max(longest[at : at + every]), 2) for at in starts],
        ConcurrentExecutions=[round(max(running[at : at + every]) * dice.uniform(0.95, 1.05)) for at in starts],
    )
    made.write(case, f"lambda-{function}")


def _well(ms: float, failing_ms: float, share: float, busy: float | None, per_minute: float) -> float:
    """How long, in milliseconds, what does not fail takes, so that ``busy`` environments do ``per_minute`` calls."""
    if busy is None or share >= 1:
        return ms
    return max(ms, (busy * 60_000 / per_minute - share * failing_ms) / (1 - share))
