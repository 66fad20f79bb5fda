"""The tables that a diagnosis has as full, and the demands that fill them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from narrows.diagnose import Diagnosis, Status
from narrows.diagnose.causes import CAUSES
from narrows.evidence.demand.model import CLOSING, LIVE, OTHERS, Demand, Unknown
from narrows.evidence.facts import Facts
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.network import HopKind, Network, Resource
from narrows.plan.worlds import World

_JUST_OVER = 1e-3
"""Of a full table so much more is taken to have been wanted, at the least."""


class FullTables:
    """The tables on the path that a diagnosis has as confirmed or likely to have been full."""

    def __init__(self, facts: Facts, evidence: Demand, network: Network, diagnosis: Diagnosis) -> None:
        self.facts, self.evidence, self.network = facts, evidence, network
        causes = [
            cause
            for cause in diagnosis.causes
            if CAUSES[cause.id].table is not None and cause.status.reaches(Status.LIKELY)
        ]
        self.causes = tuple(cause.id for cause in causes)
        self.resources: list[Resource] = []
        for cause in causes:
            # Each gateway counted errors of its own; of a group of ENIs one may have been full.
            several = CAUSES[cause.id].table is HopKind.NAT_GATEWAY
            self.resources += cause.resources if several else filter(None, (cause.resource,))

    def filled_by_none(self, worlds: Sequence[World]) -> Iterator[tuple[Resource, World]]:
        """Each resource with a full table that no world fills, and the world nearest to it, made to fill it."""
        for resource in self.resources:
            share, world = max(((self._filled(resource, world), world) for world in worlds), key=lambda pair: pair[0])
            if 0 < share <= 1:
                yield resource, _times(world, (1 + _JUST_OVER) / share)

    def just_filled(self, worlds: Sequence[World]) -> list[World]:
        """For each table that was full, the smallest demand that fills it: so much was wanted for certain."""
        smallest: list[World] = []
        for resource in self.resources:
            filling = [(self._filled(resource, world), world) for world in worlds]
            smaller = [_times(world, (1 + _JUST_OVER) / share) for share, world in filling if share > 1]
            smallest += [min(smaller, key=lambda world: sum(world.values()))] if smaller else []
        return smallest

    def _filled(self, of: Resource, world: World) -> float:
        """The share of the fullest table of a resource that a world fills."""
        resource = str(of)
        assumed, evidence = self.facts.assumptions, self.evidence
        ports: dict[str, float] = {}
        for use, passing in evidence.passing.items():
            if resource in passing:
                live, closing = (world.get(Unknown(kind, *use), 0.0) for kind in (LIVE, CLOSING))
                load = passing[resource] * (live + assumed.nat_hold_after_close * closing)
                ports[use[1]] = ports.get(use[1], 0.0) + load / self.network.destinations[use[1]].unique
        for name, count in world.items():
            if name.kind == OTHERS and name.who == resource:
                unique = self.network.destinations[name.destination].unique
                ports[name.destination] = ports.get(name.destination, 0.0) + count / unique
        room = assumed.nat_connections_per_address * self.facts.ways.addresses(resource)
        if ports and room:
            return max(ports.values()) / room
        for key, uses in evidence.on_eni.items():
            if str(key) == resource:
                entries = sum(share * world.get(Unknown(LIVE, *use), 0.0) for use, share in uses.items())
                return entries / HYPERPLANE_ENI_CONNECTIONS.value
        return 0.0


def _times(world: World, factor: float) -> World:
    return {name: value * factor for name, value in world.items()}
