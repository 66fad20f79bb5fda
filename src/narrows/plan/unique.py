"""Unique destinations: how the connections to a name spread over the addresses behind it.

A NAT gateway counts per address, port and protocol, whatever name stands before them: two destinations of a scenario
that share an address share its tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from narrows.assumptions import Assumptions
from narrows.network import Destination, Network
from narrows.plan.spread import largest_share


@dataclass(frozen=True, slots=True, eq=False)
class Unique:
    """One address, port and protocol; it stands for every other one that the same destinations reach.

    Compared by identity: there is one of each for a network.
    """

    label: str
    """``203.0.113.10:443``, or the destination's name where no address is known."""
    shares: tuple[tuple[str, int], ...]
    """(destination, how many addresses it has, of which this is one)."""


class UniqueDestinations:
    """The unique destinations of a network, those that are alike once."""

    def __init__(self, network: Network, assumed: Assumptions) -> None:
        self._random = assumed.address_choice == "random"
        reached: dict[tuple[str, int, str], list[tuple[str, int]]] = {}
        for destination in network.destinations.values():
            addresses = _used(destination, self._random)
            for address in addresses:
                key = (address, destination.port, destination.protocol)
                reached.setdefault(key, []).append((destination.name, len(addresses)))
        alike: dict[tuple[tuple[str, int], ...], str] = {}
        for (address, port, _), shares in reached.items():
            alike.setdefault(tuple(shares), f"{address}:{port}" if port else address)
        self.all = tuple(Unique(label, shares) for shares, label in alike.items())
        self._of: dict[str, list[int]] = {}
        for number, unique in enumerate(self.all):
            for name, _ in unique.shares:
                self._of.setdefault(name, []).append(number)

    def fullest(self, connections: Mapping[str, float]) -> dict[Unique, float]:
        """Of so many connections to each destination, those that the fullest of each unique destination gets."""
        found = {}
        # In the order of ``all``: which of several is named does not depend on who asks.
        for number in sorted({number for name in connections for number in self._of.get(name, ())}):
            unique = self.all[number]
            total = 0.0
            for name, many in unique.shares:
                count = connections.get(name, 0.0)
                total += count if many == 1 else largest_share(count, 1, many, random=self._random)
            if total > 0:
                found[unique] = total
        return found


def _used(destination: Destination, random: bool) -> tuple[str, ...]:
    if not destination.addresses:
        return (destination.name,)
    return destination.addresses if random else destination.addresses[:1]
