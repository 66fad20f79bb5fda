"""What the evidence of a case says about the demand: figures with their place in the case, nothing concluded yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from narrows.case.model import CallerOutcome, Case, Series
from narrows.network import Egress


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and where it was read."""

    value: float
    source: str


@dataclass(frozen=True)
class Evidence:
    """The evidence about some functions of a case, and the NAT gateways that they leave by."""

    case: Case
    functions: tuple[str, ...]

    @cached_property
    def gateways(self) -> tuple[str, ...]:
        """The NAT gateways of the functions' subnets."""
        network = self.case.topology.network
        routes = (
            network.subnets[subnet].route
            for name in self.functions
            for subnet in network.functions[name].subnets
            if subnet in network.subnets
        )
        return tuple(dict.fromkeys(route for route in routes if route not in set(Egress)))

    def concurrency(self, function: str) -> Series | None:
        """ConcurrentExecutions of a function."""
        return self._metric("ConcurrentExecutions", "Maximum", "FunctionName", function)

    @cached_property
    def active(self) -> Figure | None:
        """The most connections active on the gateways at once; None where one of them was not measured."""
        return self._together("ActiveConnectionCount", "Maximum", most=True)

    @cached_property
    def active_seconds(self) -> float:
        """Connection-seconds: active connections over all minutes."""
        series = self._all("ActiveConnectionCount", "Maximum") or []
        return sum(one.total() * one.period for one in series)

    @cached_property
    def attempts(self) -> Figure | None:
        """First SYNs at the gateways, all together."""
        return self._together("ConnectionAttemptCount", "Sum", most=False)

    @cached_property
    def attempts_per_second(self) -> Figure | None:
        """First SYNs a second at the gateways, in the busiest period."""
        found = self._together("ConnectionAttemptCount", "Sum", most=True)
        series = self._all("ConnectionAttemptCount", "Sum")
        return None if found is None or not series else Figure(found.value / series[0].period, found.source)

    @cached_property
    def port_errors(self) -> Figure | None:
        """ErrorPortAllocation, all together."""
        return self._together("ErrorPortAllocation", "Sum", most=False)

    def callers(self, *outcomes: CallerOutcome, function: str | None = None, destination: str | None = None) -> int:
        """How many callers saw one of these outcomes. Rows without a name count for the only one."""
        wanted = set(outcomes)
        if destination is None:
            return sum(self._counted[outcome, function] for outcome in wanted)
        nameless = len(self.case.destinations) <= 1
        return sum(
            self._counted_to[outcome, function, destination]
            + (self._counted_to[outcome, function, None] if nameless else 0)
            for outcome in wanted
        )

    @cached_property
    def _counted_to(self) -> Counter[tuple[CallerOutcome, str | None, str | None]]:
        """By outcome, function (None: of all) and destination (None: of those that name none)."""
        alone = self.functions[0] if len(self.functions) == 1 else None
        ours = frozenset(self.functions)
        found: Counter[tuple[CallerOutcome, str | None, str | None]] = Counter()
        for one in self.case.callers.counts:
            function = alone if one.function is None else one.function
            if function in ours:
                found[one.outcome, function, one.destination] += one.count
                found[one.outcome, None, one.destination] += one.count
        return found

    @cached_property
    def _counted(self) -> Counter[tuple[CallerOutcome, str | None]]:
        """By outcome and function (None: of all)."""
        found: Counter[tuple[CallerOutcome, str | None]] = Counter()
        for (outcome, function, _), count in self._counted_to.items():
            found[outcome, function] += count
        return found

    @cached_property
    def callers_source(self) -> str:
        """Where the callers' outcomes are."""
        return ", ".join(self.case.callers.sources) or "callers/"

    @cached_property
    def before_trouble(self) -> tuple[int, int] | None:
        """(minute, connections established until its end): the last one that is surely free of failing attempts.

        An attempt that fails is seen when it gives up, minutes after it began: three are left out before the first.
        """
        callers = self.case.callers
        failed = [one.minute for one in callers.counts if one.outcome.about.never_opened and one.minute >= 0]
        if not callers.complete or not failed:
            return None
        until = min(failed) - 3 * 60
        clean = [one for one in callers.counts if one.outcome is CallerOutcome.ESTABLISHED and 0 <= one.minute <= until]
        return (max(one.minute for one in clean), sum(one.count for one in clean)) if clean else None

    def _metric(self, metric: str, stat: str, dimension: str, resource: str) -> Series | None:
        found = self.case.metrics.find(metric, stat, **{dimension: resource})
        return found if found is not None and len(found.values) else None

    def _all(self, metric: str, stat: str) -> list[Series] | None:
        found = [self._metric(metric, stat, "NatGatewayId", name) for name in self.gateways]
        known = [one for one in found if one is not None]
        return known if known and len(known) == len(found) else None

    def _together(self, metric: str, stat: str, *, most: bool) -> Figure | None:
        series = self._all(metric, stat)
        if series is None:
            return None
        source = ", ".join(dict.fromkeys(one.source for one in series))
        if not most:
            return Figure(sum(one.total() for one in series), source)
        at: dict[int, float] = {}
        for one in series:
            for moment, value in zip(one.times.tolist(), one.values.tolist(), strict=True):
                at[moment] = at.get(moment, 0.0) + value
        return Figure(max(at.values()), source)


def shares(weights: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    """Parts of a whole in proportion to weights; equal ones where there are none."""
    every = list(names)
    total = sum(weights.get(name, 0.0) for name in every)
    if total <= 0:
        return dict.fromkeys(every, 1.0 / len(every))
    return {name: weights.get(name, 0.0) / total for name in every}
