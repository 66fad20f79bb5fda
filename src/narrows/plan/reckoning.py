"""A demand that the evidence leaves possible, as a scenario has it: environments over time, each with connections."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from narrows.demand import Connections, Curve, Demand, Distribution, FunctionDemand, Hold, HoldKind, OtherConnections
from narrows.evidence.demand.model import CLOSING, LIVE, OTHERS, Unknown
from narrows.evidence.demand.model import Demand as Evidence
from narrows.evidence.facts import Facts
from narrows.evidence.metrics import PEAK
from narrows.limits import FILE_DESCRIPTORS, SCALE_UP_ENVIRONMENTS, SCALE_UP_SECONDS
from narrows.plan.worlds import SAME, World

_CONNECT_TIMEOUT = 10.0
_SHORTEST = 300.0
_LONGEST = 6 * 3600.0
_USUAL_ENVIRONMENTS = 1000.0
"""Where nothing says how many there are; only the shape of the proof's ramp depends on it."""
_BRIEFLY = 0.001
"""Seconds that connections are held which are never open together."""
_SLOWEST = 1e-9
"""Closes a second below which connections are kept."""


class Reckoning:
    """How the functions of a case hold the connections of a world."""

    def __init__(self, facts: Facts, evidence: Evidence) -> None:
        self.facts, self.evidence = facts, evidence
        self._curves: dict[tuple[str, float], Curve] = {}
        self.destinations_of: dict[str, list[str]] = {}
        for function, to in evidence.uses:
            self.destinations_of.setdefault(function, []).append(to)

    def demand(self, world: World, zones: Mapping[str, str]) -> Demand:
        """A demand to reckon with: to the connection, whatever that makes of each environment.

        Args:
            zones: in which Availability Zone the others behind each regional NAT gateway are.
        """
        functions = {}
        for name in self.evidence.environments:
            uses = self._uses(world, name)
            environments = self._environments(name, sum(live for _, live, _ in uses))
            connections = []
            for to, live, hold in uses:
                each = live / environments
                needed = self.evidence.needed.get((name, to))
                connections.append(
                    Connections(
                        to,
                        max(1, round(each)),
                        hold,
                        _CONNECT_TIMEOUT,
                        on_average=each,
                        needed=None if needed is None else round(needed.high),
                    )
                )
            functions[name] = FunctionDemand(tuple(connections), self._curve(name, environments))
        ends = [asked.environments.points[-1][0] + 2 * _CONNECT_TIMEOUT for asked in functions.values()]
        return Demand(min(max(_SHORTEST, *ends), _LONGEST), functions, _connections_of_others(world, zones))

    def _environments(self, function: str, connections: float) -> float:
        figure = self.evidence.environments[function]
        if math.isfinite(figure.high) and figure.high > 0:
            return figure.high
        return min(_USUAL_ENVIRONMENTS, max(1.0, connections))

    def _uses(self, world: World, function: str) -> list[tuple[str, float, Hold]]:
        """(Destination, connections open at once, how they are held)."""
        uses = []
        for to in self.destinations_of[function]:
            live = world.get(Unknown(LIVE, function, to), 0.0)
            closing = world.get(Unknown(CLOSING, function, to), 0.0)
            kept = closing <= _SLOWEST
            if not kept and live <= 0:
                # Opened and closed at once: only the ports that they keep count.
                live = closing * _BRIEFLY
            hold = Hold() if kept else Hold(HoldKind.DURATION, live / closing, Distribution.EXPONENTIAL)
            uses.append((to, live, hold))
        return uses

    def _curve(self, function: str, highest: float) -> Curve:
        """Environments over time: the shape of ConcurrentExecutions, else Lambda's own scale-up rate."""
        if (function, highest) not in self._curves:
            # Every demand asks for it again, and most have the same number of environments.
            self._curves[function, highest] = self._worked_out(function, highest)
        return self._curves[function, highest]

    def _worked_out(self, function: str, highest: float) -> Curve:
        reading = self.facts.function_metric("ConcurrentExecutions", function, PEAK)
        if reading is None or reading.largest <= 0:
            rate = SCALE_UP_ENVIRONMENTS.value / SCALE_UP_SECONDS
            return Curve(((0.0, 0.0), (max(1.0, highest / rate), highest)))
        start = reading.start
        if self.facts.window:
            start = min(start, self.facts.window[0])
        factor = highest / reading.largest
        # A maximum of a period is drawn at its end, where a rise has it.
        points = [(float(at - start + reading.period), value * factor) for at, value in reading.points]
        return Curve(((0.0, 0.0), *points))


def _connections_of_others(world: World, zones: Mapping[str, str]) -> dict[str, tuple[OtherConnections, ...]]:
    others: dict[str, list[OtherConnections]] = {}
    for name, count in world.items():
        if name.kind == OTHERS:
            uses = others.setdefault(others_behind(name.who, zones.get(name.who)), [])
            uses.append(OtherConnections(name.destination, Curve.constant(count)))
    return {name: tuple(uses) for name, uses in others.items()}


def others_behind(gateway: str, az: str | None = None) -> str:
    return f"others behind {gateway}" if az is None else f"others behind {gateway} in {az}"


def playable(demand: Demand) -> Demand:
    """A demand that is reckoned with as it can be played: whole connections of each environment, and as many
    environments as that makes."""
    functions = {}
    for name, asked in demand.functions.items():
        environments = asked.environments.largest(demand.duration)
        uses = [use for use in asked.connections if use.each > 0]
        whole = tuple(
            use
            if use.on_average is None
            else replace(use, per_environment=_whole(use.each * environments, environments), on_average=None)
            for use in uses
        )
        wanted, made = sum(use.each for use in uses), sum(use.per_environment for use in whole)
        curve = asked.environments.scaled(wanted / made if made else 0.0)
        functions[name] = replace(asked, connections=whole, environments=curve)
    return replace(demand, functions=functions, worlds=())


def _whole(connections: float, environments: float) -> int:
    """Whole connections to open in each environment: so many that no more environments are needed than were seen, and
    that whole environments make up the total, where a number near by does."""
    least = max(1, min(FILE_DESCRIPTORS.value, math.ceil(connections / environments - SAME)))
    total = round(connections)
    near = range(least, min(2 * least, FILE_DESCRIPTORS.value) + 1)
    return next((each for each in near if total % each == 0), least)
