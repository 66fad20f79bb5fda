"""How uneven an even spread gets: the fullest of several places, with a stated margin where the choice is random."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from narrows.assumptions import Assumptions
from narrows.network import Destination, Network


@dataclass(frozen=True, slots=True, eq=False)
class Unique:
    """One address, port and protocol; it stands for every other one that the same destinations reach.

    Compared by identity: there is one of each for a network.
    """

    label: str
    """``203.0.113.10:443``, or the destination's name where no address is known."""
    shares: tuple[tuple[str, int], ...]
    """(destination, how many addresses it has, of which this is one)."""
    names: tuple[str, ...]
    """The destinations that reach it."""


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
            known = any(address in network.destinations[name].addresses for name, _ in shares)
            label = address if known else shares[0][0]
            alike.setdefault(tuple(shares), f"{label}:{port}" if port and known else label)
        self.all = tuple(Unique(label, shares, tuple(name for name, _ in shares)) for shares, label in alike.items())
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
    addresses = destination.addresses
    if not addresses:
        # As many as are proved; nobody knows which, and all are alike.
        addresses = tuple(f"{destination.name}#{number}" for number in range(destination.unique_at_least))
    return addresses if random else addresses[:1]


QUANTILE = 0.9999
"""Where a choice is random, the share that one table must hold is this quantile of it."""

_Z = 3.719016485455709
"""The same quantile of the normal distribution."""


def largest_share(count: float, part: int, whole: int, *, random: bool) -> float:
    """The most of ``count`` things that stand in ``part`` of ``whole`` places.

    Dealt out in turn, some places have one more than others, and these may be the ones. Placed at random, each by
    itself, their number is binomial: its quantile (Cornish-Fisher, which is exact enough for small numbers too), and
    never more than there are.
    """
    if part >= whole or count <= 0:
        return max(0.0, count)
    if not random:
        each, left = divmod(math.ceil(count - 1e-9), whole)
        return min(count, float(part * each + min(part, left)))
    share = part / whole
    mean = count * share
    margin = _Z * math.sqrt(mean * (1.0 - share)) + (_Z * _Z - 1.0) * (1.0 - 2.0 * share) / 6.0
    return min(count, float(math.ceil(mean + max(0.0, margin) - 1e-9)))


def dealt_share(environments: int, entries: float, grain: float, part: int, whole: int, *, random: bool) -> float:
    """The most of ``entries`` that stand in ``part`` of ``whole`` places, where their environments are dealt out.

    Args:
        grain: entries more than the mean of its environments that one place may have at the cost of another: not every
            environment has the same, and those that took the place of others were dealt out anew.
    """
    if part >= whole:
        return entries
    if random:
        share = largest_share(environments, part, whole, random=True)
    else:
        each, left = divmod(environments, whole)
        share = part * each + (part if part < left else left)
    dealt = entries / environments * share + grain * min(part, whole - part)
    return dealt if dealt < entries else entries


def poisson_margin(mean: float) -> float:
    """How far the same quantile of a Poisson number lies above its mean."""
    return _Z * math.sqrt(mean) + (_Z * _Z - 1.0) / 6.0 if mean > 0 else 0.0
