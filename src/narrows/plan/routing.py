"""Where the connections of functions go, worked out once for what is alike.

``Network.path`` decides; this remembers. Subnets with the same route, Availability Zone and rules lead to the same
place, and a change to a network leaves most of its parts the same objects.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narrows.network import Function, HopKind, NatKind, Network, OtherClient
from narrows.reachability import Reach

if TYPE_CHECKING:
    from narrows.plan.peak import Peak

Pool = tuple[str, str | None]
"""A NAT gateway, and for a regional one the Availability Zone: the addresses that one client's connections share."""

Start = tuple[int, int, bool]
"""Numbers of a function's subnets and of its rules, and whether it is dual-stack."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where connections from one subnet to one destination go."""

    blocked: bool
    kind: HopKind
    """Of the hop after the Hyperplane ENI."""
    name: str


@dataclass(frozen=True, slots=True)
class Ways:
    """Where connections of one function to one destination go, over all its subnets."""

    open: tuple[str, ...]
    """The subnets from which they get anywhere."""
    through: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(NAT gateway, Availability Zone, subnets) of those that a NAT gateway carries."""
    reuse: int
    """Connections that a proxy carries over one of its own; 1 without a proxy."""

    def pools(self, regional: Collection[str]) -> dict[Pool, int]:
        """How many of the subnets share each pool of addresses.

        Args:
            regional: the regional NAT gateways.
        """
        found: dict[Pool, int] = {}
        for gateway, az, subnets in self.through:
            pool = gateway, az if gateway in regional else None
            found[pool] = found.get(pool, 0) + len(subnets)
        return found


class Routing:
    """Ways that were worked out before; one for each plan that is made."""

    def __init__(self) -> None:
        self._ways: dict[object, dict[object, Way]] = {}
        self._ways_of: dict[tuple[Start, int], Ways] = {}
        self._starts_of: dict[tuple[int, int, int], Start] = {}
        self._traits_of: dict[tuple[int, int, str], int] = {}
        self._numbers: dict[object, int] = {}
        self._ports: dict[tuple[int, tuple[str, ...]], object] = {}
        self._groups: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._kept: list[object] = []
        """Keeps alive what stands in the keys by its identity."""
        self._known: set[int] = set()

    def security_groups(self, function: Function) -> tuple[str, ...]:
        """A function's security-group set."""
        found = self._groups.get(function.security_groups)
        if found is None:
            found = self._groups[function.security_groups] = function.security_group_set
        return found

    def ways(self, network: Network, function: Function, destination: str) -> Ways:
        """Where a function's connections to a destination go."""
        # What stands in these keys by its id was kept alive when it was put in.
        start = self._starts_of.get((id(network.subnets), id(network.security_groups), id(function)))
        if start is None:
            start = self._start(network, function)
        traits = self._traits_of.get((id(network.endpoints), id(network.destinations), destination))
        if traits is None:
            traits = self._traits(network, destination)
        found = self._ways_of.get((start, traits))
        if found is None:
            known = self._ways.setdefault((*start[1:], traits), {})
            found = self._ways_of[start, traits] = self._work_out(network, function, destination, known)
        return found

    def _start(self, network: Network, function: Function) -> Start:
        """What decides where a function's connections go, whatever their destination."""
        places = network.subnets
        where = function.subnets, tuple([id(places.get(name)) for name in function.subnets])
        found = self._number(where), self._number(self._rules(network, function)), function.dual_stack
        parts = (network.subnets, network.security_groups, function)
        self._starts_of[self.identity(parts[0]), self.identity(parts[1]), self.identity(parts[2])] = found
        return found

    def _traits(self, network: Network, destination: str) -> int:
        """What decides where connections to a destination go, whatever its name."""
        one = network.destinations[destination]
        through = tuple(each for each in network.endpoints.values() if destination in each.destinations)
        found = self._number((one.port, one.local, one.ipv6, through))
        self._traits_of[self.identity(network.endpoints), self.identity(network.destinations), destination] = found
        return found

    def _number(self, what: object) -> int:
        """A number that stands for all that is equal."""
        return self._numbers.setdefault(what, len(self._numbers))

    def through(self, network: Network, peak: Peak) -> dict[str, dict[tuple[str, str], list[str]]]:
        """For each NAT gateway, the uses (function, destination) that lead through it, and the subnets of each."""
        found: dict[str, dict[tuple[str, str], list[str]]] = {}
        for client, destination in sorted(
            {(load.client, load.destination) for moment in peak.moments for load in moment.functions}
        ):
            for gateway, _, subnets in self.ways(network, network.functions[client], destination).through:
                found.setdefault(gateway, {}).setdefault((client, destination), []).extend(subnets)
        return found

    @classmethod
    def _work_out(cls, network: Network, function: Function, destination: str, known: dict[object, Way]) -> Ways:
        free: list[str] = []
        through: dict[tuple[str, str], list[str]] = {}
        reuse = 1
        for subnet in function.subnets:
            place = network.subnets.get(subnet)
            alike: object = subnet
            if place is not None:
                reach = network.reach(function, subnet, network.destinations[destination])
                blocked = reach is not None and reach.reach is Reach.BLOCKED
                alike = place.route, place.az, place.ipv6, place.denied_ports, blocked
            way = known.get(alike)
            if way is None:
                way = known[alike] = cls._way(network, function, subnet, destination)
            if way.blocked:
                continue
            free.append(subnet)
            if way.kind is HopKind.NAT_GATEWAY:
                through.setdefault((way.name, network.subnets[subnet].az), []).append(subnet)
            elif way.kind is HopKind.PROXY:
                reuse = max(reuse, network.endpoints[way.name].reuse)
        parts = tuple((gateway, az, tuple(names)) for (gateway, az), names in through.items())
        return Ways(tuple(free), parts, reuse)

    @staticmethod
    def _way(network: Network, function: Function, subnet: str, destination: str) -> Way:
        path = network.path(function.name, destination, subnet)
        after = path.hops[2] if len(path.hops) > 2 else path.hops[-1]
        return Way(path.blocked is not None, after.kind, after.name)

    def _rules(self, network: Network, function: Function) -> object:
        """What decides which ports a function's security groups let out."""
        key = self.identity(network.security_groups), function.security_groups
        if network.reachability is not None:
            # What lets connections in may look at the groups that they come from.
            return key
        if key not in self._ports:
            known = network.security_groups
            ports = tuple(known[name].egress_ports if name in known else None for name in function.security_groups)
            self._ports[key] = ports if any(one is not None for one in ports) else None
        return self._ports[key]

    def identity(self, part: object) -> int:
        """A key for a part of a network; it is kept alive, so that no other part gets the same."""
        number = id(part)
        if number not in self._known:
            self._known.add(number)
            self._kept.append(part)
        return number


def count_enis(network: Network) -> int:
    """Hyperplane ENIs: as many as ``Network.hyperplane_enis`` lists, without listing them."""
    pairs = {
        (subnets, groups)
        for function in network.functions.values()
        for subnets, groups in ((function.subnets, function.security_groups), *function.versions)
    }
    return len({(subnet, frozenset(groups)) for subnets, groups in pairs for subnet in subnets})


def pool_of(network: Network, gateway: str, az: str | None) -> Pool:
    """The addresses that a client in an Availability Zone shares behind a NAT gateway."""
    nat = network.nat_gateways.get(gateway)
    return gateway, az if nat is not None and nat.kind is NatKind.REGIONAL else None


def pools_of_other(network: Network, other: OtherClient) -> list[Pool]:
    """The addresses that another client may fill.

    Behind a regional NAT gateway, with no Availability Zone known, it could be any: each must have room for it.
    """
    pool = pool_of(network, other.route, other.az)
    nat = network.nat_gateways.get(other.route)
    if nat is None or nat.kind is not NatKind.REGIONAL or other.az is not None:
        return [pool]
    zones = sorted({one.az for one in network.subnets.values() if one.route == other.route})
    return [(other.route, az) for az in zones] or [pool]
