"""Where the connections of functions go, worked out once for what is alike.

``Network.path`` decides; this remembers. Subnets with the same route, Availability Zone and rules lead to the same
place, and a change to a network leaves most of its parts the same objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from narrows.network import Function, HopKind, NatKind, Network, OtherClient

if TYPE_CHECKING:
    from narrows.plan.peak import Peak
    from narrows.plan.tables import Filling

Pool = tuple[str, str | None]
"""A NAT gateway, and for a regional one the Availability Zone: the addresses that one client's connections share."""


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

    def pools(self, network: Network) -> dict[Pool, int]:
        """How many of the subnets share each pool of addresses."""
        found: dict[Pool, int] = {}
        for gateway, az, subnets in self.through:
            pool = pool_of(network, gateway, az)
            found[pool] = found.get(pool, 0) + len(subnets)
        return found


class Routing:
    """Ways that were worked out before; one for each plan that is made."""

    def __init__(self) -> None:
        self._ways: dict[object, Way] = {}
        self._of_functions: dict[object, Ways] = {}
        self._enis: dict[int, int] = {}
        self._through: dict[object, dict[str, dict[tuple[str, str], list[str]]]] = {}
        self._ports: dict[tuple[int, tuple[str, ...]], object] = {}
        self._groups: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.fillings: dict[object, list[Filling]] = {}
        """What was put into tables before, for ``tables.fillings``."""
        self._kept: list[object] = []
        """Keeps alive what stands in the keys by its identity."""
        self._known: set[int] = set()

    def security_groups(self, function: Function) -> tuple[str, ...]:
        """A function's security-group set."""
        found = self._groups.get(function.security_groups)
        if found is None:
            found = self._groups[function.security_groups] = function.security_group_set
        return found

    def count_enis(self, network: Network) -> int:
        """Hyperplane ENIs: as many as ``Network.hyperplane_enis`` lists, without listing them."""
        key = self.identity(network.functions)
        if key not in self._enis:
            pairs = {
                (subnets, groups)
                for function in network.functions.values()
                for subnets, groups in ((function.subnets, function.security_groups), *function.versions)
            }
            self._enis[key] = len({(subnet, frozenset(groups)) for subnets, groups in pairs for subnet in subnets})
        return self._enis[key]

    def ways(self, network: Network, function: Function, destination: str) -> Ways:
        """Where a function's connections to a destination go."""
        rules = self._rules(network, function)
        self.identity(network.subnets)
        places = network.subnets
        key = (
            tuple([id(places.get(name)) for name in function.subnets]),
            self.identity(network.endpoints),
            function.subnets,
            rules,
            function.dual_stack,
            destination,
        )
        found = self._of_functions.get(key)
        if found is None:
            found = self._of_functions[key] = self._work_out(network, function, destination, rules)
        return found

    def through(self, network: Network, peak: Peak) -> dict[str, dict[tuple[str, str], list[str]]]:
        """For each NAT gateway, the uses (function, destination) that lead through it, and the subnets of each."""
        parts = (network.subnets, network.functions, network.endpoints, peak)
        key = tuple(self.identity(part) for part in parts)
        if key not in self._through:
            found: dict[str, dict[tuple[str, str], list[str]]] = {}
            uses = {(load.client, load.destination) for moment in peak.moments for load in moment.functions}
            for client, destination in sorted(uses):
                for gateway, _, subnets in self.ways(network, network.functions[client], destination).through:
                    found.setdefault(gateway, {}).setdefault((client, destination), []).extend(subnets)
            self._through[key] = found
        return self._through[key]

    def _work_out(self, network: Network, function: Function, destination: str, rules: object) -> Ways:
        free: list[str] = []
        through: dict[tuple[str, str], list[str]] = {}
        reuse = 1
        for subnet in function.subnets:
            way = self._way(network, function, subnet, destination, rules)
            if way.blocked:
                continue
            free.append(subnet)
            if way.kind is HopKind.NAT_GATEWAY:
                through.setdefault((way.name, network.subnets[subnet].az), []).append(subnet)
            elif way.kind is HopKind.PROXY:
                reuse = max(reuse, network.endpoints[way.name].reuse)
        parts = tuple((gateway, az, tuple(names)) for (gateway, az), names in through.items())
        return Ways(tuple(free), parts, reuse)

    def _way(self, network: Network, function: Function, subnet: str, destination: str, rules: object) -> Way:
        place = network.subnets.get(subnet)
        alike = subnet if place is None else (place.route, place.az, place.ipv6, place.denied_ports)
        key = (self.identity(network.endpoints), alike, rules, function.dual_stack, destination)
        found = self._ways.get(key)
        if found is None:
            path = network.path(function.name, destination, subnet)
            after = path.hops[2] if len(path.hops) > 2 else path.hops[-1]
            found = self._ways[key] = Way(path.blocked is not None, after.kind, after.name)
        return found

    def _rules(self, network: Network, function: Function) -> object:
        """What decides which ports a function's security groups let out."""
        key = self.identity(network.security_groups), function.security_groups
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
