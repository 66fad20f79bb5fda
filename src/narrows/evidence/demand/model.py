"""How many connections were wanted, as far as the evidence says: bounds of sums over functions and destinations.

The unknowns are, for each function and destination, the connections that it wanted open at once and those that it
closed a second; and for each NAT gateway and destination those that others behind the gateway had open. Every source
speaks of sums of them: callers' outcomes of one function and destination, metrics of all that passes a gateway, flow
logs of all that leaves by an ENI for a destination. A sum is bounded as it was at its highest, whenever that was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from narrows.evidence.polytope import Polytope
from narrows.network import EniKey

UNEVEN = 0.02
"""By how much of its even share of a function's connections more, or less, may leave by a subnet."""
LIVE, CLOSING, OTHERS = "live", "closing", "others"


class Unknown(NamedTuple):
    """Something that the evidence bounds."""

    kind: str
    """``LIVE``: connections wanted open at once. ``CLOSING``: closed a second. ``OTHERS``: others' open connections."""
    who: str
    """A function in question; of ``OTHERS`` a NAT gateway."""
    destination: str


@dataclass(frozen=True, slots=True)
class Figure:
    """An interval, and what says so."""

    low: float
    high: float
    """Infinite where nothing bounds it."""
    text: str = ""
    source: str = ""


@dataclass(frozen=True)
class Demand:
    """What the evidence says of the demand of the functions in question."""

    uses: tuple[tuple[str, str], ...]
    """(Function, destination) of each way that is not blocked."""
    environments: Mapping[str, Figure]
    """Execution environments that each function had at once, at its peak."""
    possible: Polytope[Unknown]
    least: Mapping[tuple[str, str], Figure]
    """Connections that were wanted open at once of each use, at least; no figure where nothing says so."""
    passing: Mapping[tuple[str, str], Mapping[str, float]]
    """For each use the share of its connections that passes each NAT gateway."""
    behind: Mapping[str, Mapping[tuple[str, str], float]]
    """For each NAT gateway the uses that pass it, each with that share."""
    on_eni: Mapping[EniKey, Mapping[tuple[str, str], float]]
    """For each Hyperplane ENI the uses that leave by it, each with the share of its connections that does."""
    open: tuple[tuple[str, str], ...]
    """Uses of which nothing says how many connections they want at the most, but that an environment has no more file
    descriptors."""
    surely_passing: frozenset[tuple[str, str]]
    """Uses that pass the NAT gateways that their subnets lead to: others may stay inside the VPC."""
    hidden: Mapping[tuple[str, str], EniKey]
    """Uses of which more may have been wanted than what bounds them says, each with a Hyperplane ENI that may have been
    full unseen: what it dropped came to no NAT gateway."""
    least_in_all: float
    """Connections wanted open at once of all uses together, at least."""
    unbounded: tuple[str, ...]
    """Why something has no upper bound."""
    missing_for: tuple[str, ...]
    """NAT gateways whose metrics would bound it."""
    needed: Mapping[tuple[str, str], Figure] = field(default_factory=dict)
    """Connections that one invocation of each use works over, at the most; no figure where nothing says so."""
    readings: tuple[Figure, ...] = field(default=())
    """What was read, for people: each with its place in the case."""

    @cached_property
    def alone(self) -> dict[tuple[str, str], float]:
        """Connections of each use open at once, at the most, by what tells of that use alone; infinite where nothing
        does. No spread over subnets is assumed in it."""
        most = dict.fromkeys(self.uses, math.inf)
        for bound in self.possible.bounds:
            for name, factor in bound.terms.items() if len(bound.terms) == 1 else ():
                use = name.who, name.destination
                if name.kind == LIVE and factor == 1.0 and use not in self.open:
                    most[use] = min(most[use], bound.most)
        return most

    @cached_property
    def alone_behind(self) -> dict[str, float]:
        """The sum of ``alone`` over the uses that pass each NAT gateway."""
        return {gateway: sum(self.alone[use] for use in uses) for gateway, uses in self.behind.items()}

    @cached_property
    def live(self) -> dict[tuple[str, str], Figure]:
        """Connections wanted open at once, of each use."""
        wanted = {}
        for use in self.uses:
            name = Unknown(LIVE, *use)
            bound = self.possible.what_bounds(name)
            high = self.possible.highest[name]
            low = self.least.get(use, Figure(0.0, math.inf))
            said = " and ".join(dict.fromkeys(text for text in (low.text, bound.text if bound else "") if text))
            source = ", ".join(dict.fromkeys(one for one in (low.source, bound.source if bound else "") if one))
            wanted[use] = Figure(min(low.low, high), high, said, source)
        return wanted
