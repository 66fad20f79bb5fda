"""What the sources of demand share: who uses what, what was read so far, and how to count outcomes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import NEVER_OPENED
from narrows.evidence.demand.model import Figure, Unknown
from narrows.evidence.facts import Facts
from narrows.evidence.metrics import Reading
from narrows.evidence.paths import UNNAMED
from narrows.evidence.polytope import Bound
from narrows.network import EniKey, HopKind

WANTED = (CallerOutcome.ESTABLISHED, *NEVER_OPENED)
"""What an attempt ends in that was one wanted connection at most. A reset ends one that was established before."""


class Draft:
    """What has been read so far: the sources add their bounds to it, one after the other."""

    def __init__(self, facts: Facts, seen: bool) -> None:
        self.facts, self.seen = facts, seen
        self.counted = (CallerOutcome.ESTABLISHED,) if seen else WANTED
        self.failed = () if seen else NEVER_OPENED
        self.symptoms = facts.symptoms
        self.shares: dict[tuple[str, str], dict[str, float]] = {}
        """For each use the share of its connections that passes each NAT gateway."""
        self.on_eni: dict[EniKey, dict[tuple[str, str], float]] = {}
        """For each ENI the uses that leave by it, each with the share of its connections that does."""
        ways = [way for way in facts.ways.ways if way.subnet is not None and not way.blocked]
        for way in ways:
            use = way.function, way.destination
            passing = self.shares.setdefault(use, {})
            if way.kind is HopKind.NAT_GATEWAY and way.resource:
                passing[way.resource] = passing.get(way.resource, 0.0) + way.share
            if way.eni is not None:
                uses = self.on_eni.setdefault(way.eni, {})
                uses[use] = uses.get(use, 0.0) + way.share
        self.uses = tuple(self.shares)
        self.behind: dict[str, dict[tuple[str, str], float]] = {}
        """For each NAT gateway the uses that pass it, each with the share of its connections that does."""
        self.uses_of: dict[str, list[tuple[str, str]]] = {}
        for use, passing in self.shares.items():
            self.uses_of.setdefault(use[0], []).append(use)
            for gateway, share in passing.items():
                self.behind.setdefault(gateway, {})[use] = share
        self.surely_passing = frozenset(use for use in self.uses if self._surely_passes(use))
        """Uses that pass the NAT gateways that their subnets lead to."""
        self.enis_before: dict[str, set[EniKey]] = {}
        for way in ways:
            if way.kind is HopKind.NAT_GATEWAY and way.resource and way.eni is not None:
                self.enis_before.setdefault(way.resource, set()).add(way.eni)
        self.gateways = tuple(self.behind)
        self.others = {name for name in self.gateways if facts.ways.strangers(name) != ()}
        self.environments: dict[str, Figure] = {}
        """Execution environments that each function had at once, at its peak."""
        self.bounds: list[Bound[Unknown]] = []
        self.passed: dict[str, tuple[float, str]] = {}
        """Of each NAT gateway the connections that were wanted through it, at most, and the metric's place."""
        self.counted_enis: set[EniKey] = set()
        """ENIs of which flow logs lack no record."""
        self.least: dict[tuple[str, str], Figure] = {}
        self.needed: dict[tuple[str, str], Figure] = {}
        """Connections that one invocation works over, at the most."""
        self.unbounded: dict[str, None] = {}
        self.missing: dict[str, None] = {}
        self.readings: list[Figure] = []
        self._nowhere: dict[tuple[CallerOutcome, ...], int] = {}

    def _surely_passes(self, use: tuple[str, str]) -> bool:
        """One to a destination of unknown addresses may stay inside the VPC. The only destination that there is does
        not, where a gateway has connections."""
        destination = self.facts.ways.network.destinations[use[1]]
        if destination.addresses or destination.name == UNNAMED:
            return True
        return all(to == use[1] for gateway in self.shares[use] for _, to in self.behind[gateway])

    def total(self, outcomes: Sequence[CallerOutcome], function: str, destination: str) -> int:
        """Outcomes of a use: of any destination, where the case names none."""
        to = None if destination == UNNAMED else destination
        return self.symptoms.total(*outcomes, function=function, destination=to) if outcomes else 0

    @property
    def _unnamed(self) -> bool:
        """The case names no destination: what callers saw is of the one that stands in for it."""
        return UNNAMED in self.facts.ways.network.destinations

    def nowhere(self, outcomes: Sequence[CallerOutcome]) -> int:
        """Outcomes that name no function, or no destination where the case names some: they may be of any."""
        kinds = tuple(outcomes)
        if kinds not in self._nowhere:
            self._nowhere[kinds] = sum(
                one.count
                for one in self.symptoms.counts
                if one.outcome in kinds and not (one.function and (one.destination or self._unnamed))
            )
        return self._nowhere[kinds]

    def whole(self, reading: Reading) -> bool:
        """Whether a metric has a datapoint for every period of the window; without a window, from its first on."""
        span = self.facts.window or (reading.start, reading.end)
        return reading.covers(span)

    def active(self, gateway: str) -> Reading | None:
        """``ActiveConnectionCount`` of a NAT gateway; None where it lacks a period."""
        active = self.facts.nat(gateway).active
        return active if active is not None and self.whole(active) else None

    def open_before(self, gateway: str) -> float:
        """Connections through a gateway that the first period cannot account for, as nothing was tried then."""
        nat = self.facts.nat(gateway)
        if nat.active is None:
            return 0.0
        start, first = nat.active.points[0]
        if nat.attempts is not None:
            begun = nat.attempts.at(start) or 0.0
        else:
            minutes = self.symptoms.by_minute(CallerOutcome.ESTABLISHED)
            begun = float(sum(count for minute, count in minutes.items() if minute < start + nat.active.period))
        return max(0.0, first - begun)

    def destinations_behind(self, gateway: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(to for _, to in self.behind[gateway]))

    def at_least(self, use: tuple[str, str], low: float, text: str, source: str) -> None:
        before = self.least.get(use)
        if low > 0 and (before is None or low > before.low):
            self.least[use] = Figure(low, math.inf, text, source)
