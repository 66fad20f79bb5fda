"""What is there: functions, subnets, Hyperplane ENIs, NAT gateways, endpoints, destinations, and the path between.

A connection walks hops; some of them are tables of a fixed size. ``Network.path`` gives the hops of one function's
connections to one destination, in order, with the table that each one fills.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION, Limit
from narrows.reachability import Answer, Block, Goal, Obstacle, Reach, Reachability


class HopKind(StrEnum):
    """The kinds of hops that a connection can walk, each with what it is called and what is known of its tables."""

    _value_: str
    heading: str
    holds: str
    """What it holds, in words; empty where numbers say it."""

    def __new__(cls, value: str, heading: str = "", holds: str = "") -> HopKind:
        member = str.__new__(cls, value)
        member._value_, member.heading, member.holds = value, heading, holds
        return member

    @property
    def of_table(self) -> str:
        """What stands before the name of one of its tables: ``Hyperplane ENI``, ``destination``."""
        if self is HopKind.ENVIRONMENT:
            return "file descriptors of"
        return self.heading if any(letter.isupper() for letter in self.heading[1:]) else self.heading.lower()

    ENVIRONMENT = "execution-environment", "Execution environments"
    HYPERPLANE_ENI = "hyperplane-eni", "Hyperplane ENI"
    NAT_GATEWAY = "nat-gateway", "NAT gateway"
    INTERFACE_ENDPOINT = "interface-endpoint", "Interface endpoint", "no connection limit is documented"
    GATEWAY_ENDPOINT = "gateway-endpoint", "Gateway endpoint", "no connection limit is documented"
    EGRESS_ONLY_GATEWAY = "egress-only-internet-gateway", "Egress-only internet gateway", "no table of connections"
    PROXY = "proxy", "Proxy", "it carries them over connections of its own"
    LOCAL = "local", "Inside the VPC or peered", "no table of connections"
    """Straight to the destination inside the VPC, or over a peering connection or transit gateway."""
    DESTINATION = "destination", "Destination"


class NatKind(StrEnum):
    """The kinds of NAT gateways."""

    ZONAL = "zonal"
    REGIONAL = "regional"
    PRIVATE = "private"


class Egress(StrEnum):
    """Where a subnet's default route leads when it is not a NAT gateway."""

    NONE = "none"
    """No default route."""
    INTERNET_GATEWAY = "internet-gateway"
    """Useless to a function: its ENI has no public IPv4 address."""
    LOCAL = "local"
    """A transit gateway, peering or the VPC itself: no NAT."""
    UNKNOWN = "unknown"
    """Only in a network read from a case: no evidence says where, or it is something that is no hop here."""


class WhenFull(StrEnum):
    """What a destination does with a connection above its limit."""

    REFUSE = "refuse"
    """Answers RST."""
    IGNORE = "ignore"
    """Does not answer the SYN."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet that functions or others are attached to."""

    name: str
    az: str
    route: str
    """A NAT gateway's name, or one of ``Egress``."""
    free_addresses: int = 4091
    """IPv4 addresses left in it: each Hyperplane ENI takes one. A /20 by default."""
    denied_ports: frozenset[int] = frozenset()
    """Destination ports that its network ACL denies."""
    ipv6: bool = False
    """Dual-stack, with a route to an egress-only internet gateway."""
    copy_of: str = field(default="", compare=False)
    """The subnet of a case that a plan makes it after, whose rules it has."""


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group, as far as it matters to connections that leave."""

    name: str
    egress_ports: frozenset[int] | None = None
    """Destination ports it lets out; None lets out everything."""


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway."""

    name: str
    kind: NatKind = NatKind.ZONAL
    addresses: int = 1
    """IPv4 addresses; for a regional NAT gateway in each Availability Zone."""
    az: str | None = None
    """Where a zonal or private one stands; None where that does not matter."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A way to destinations that goes past the NAT gateways: a VPC endpoint or a proxy of the user's own."""

    name: str
    kind: HopKind
    """INTERFACE_ENDPOINT, GATEWAY_ENDPOINT or PROXY."""
    destinations: tuple[str, ...]
    """The destinations that are reached through it."""
    azs: tuple[str, ...] = ()
    """Availability Zones it stands in; empty for every one."""
    reuse: int = 1
    """Connections of functions that a proxy carries over one of its own; 1 for endpoints."""


@dataclass(frozen=True, slots=True)
class Destination:
    """What functions connect to: a name, behind it one or more addresses, and a port."""

    name: str
    port: int
    """0 in a network read from a case that does not say."""
    addresses: tuple[str, ...]
    """One unique destination each, together with port and protocol. Empty where a case does not say."""
    protocol: str = "tcp"
    host: str | None = None
    """The DNS name."""
    max_connections: int | None = None
    """Connections that each address takes at once; None for no limit known."""
    when_full: WhenFull = WhenFull.REFUSE
    accepts_per_second: int | None = None
    """New connections a second that each address takes; more are not answered."""
    answers: str = "yes"
    """``yes``, ``no`` (SYNs get no answer) or ``refuses`` (RST): what it does whatever the load."""
    round_trip: float = 0.001
    """Seconds from a SYN to its answer."""
    local: bool = False
    """Inside the VPC or reached over peering or a transit gateway: its connections need no NAT."""
    ipv6: bool = False
    """Reachable over IPv6."""
    unique_at_least: int = 1
    """Of one whose addresses a case does not say: how many there are at least, as its evidence proves."""

    @property
    def unique(self) -> int:
        """How many addresses its connections spread over; at least so many, where they are not known."""
        return len(self.addresses) or self.unique_at_least


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function and its VPC configuration."""

    name: str
    subnets: tuple[str, ...] = ()
    """Empty: not in a VPC."""
    security_groups: tuple[str, ...] = ()
    versions: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """(subnets, security groups) of published versions: each pair has ENIs of its own."""
    reserved_concurrency: int | None = None
    dual_stack: bool = False
    """``Ipv6AllowedForDualStack``."""
    timeout: float = 60.0
    """Seconds an invocation may take."""
    version_numbers: tuple[tuple[str, ...], ...] = field(default=(), compare=False)
    """For each of ``versions`` the versions that have it, as AWS numbers them; empty in a network that people write."""

    @property
    def security_group_set(self) -> tuple[str, ...]:
        """The security groups as AWS compares them: sorted, each once."""
        return tuple(sorted(set(self.security_groups)))


@dataclass(frozen=True, slots=True)
class OtherClient:
    """Something else behind a NAT gateway that shares its table: containers, instances, another account's functions."""

    name: str
    route: str
    """The NAT gateway that it leaves by."""
    az: str | None = None
    """Its Availability Zone: matters behind a regional NAT gateway."""
    kind: str = "instances"
    """What it is, for people: instances, containers, ..."""
    address: str | None = None
    """Its private IPv4 address, where known."""


@dataclass(frozen=True, slots=True, order=True)
class EniKey:
    """What a Hyperplane ENI stands for. ENI ids are no stable keys: Lambda deletes and re-creates ENIs."""

    subnet: str
    security_groups: tuple[str, ...]
    """Sorted, each once."""

    def __str__(self) -> str:
        return f"{self.subnet}/{'+'.join(self.security_groups)}"


Resource = str | EniKey
"""What a table, a cause or a limit is about: an AWS id or a name, or the key of a Hyperplane ENI."""


@dataclass(frozen=True, slots=True)
class HyperplaneEni:
    """The ENI (or ENIs, once Lambda has scaled out) of one subnet and security-group set."""

    key: EniKey
    functions: tuple[str, ...]
    """Every function that has a version with this pair: they share its table."""
    limit: Limit = HYPERPLANE_ENI_CONNECTIONS


@dataclass(frozen=True, slots=True)
class Hop:
    """One stage of a path."""

    kind: HopKind
    name: str
    """The resource: ENI key, NAT gateway, endpoint, destination."""
    limit: Limit | None = None
    """The limit of the table that a connection fills here, where there is one."""
    tables: int = 1
    """How many tables of that size it has for one unique destination (addresses of a NAT gateway); 0 where a case
    does not say."""


@dataclass(frozen=True, slots=True)
class Path:
    """The hops of a connection, in order. A path that is blocked ends where it is."""

    function: str
    destination: str
    subnet: str | None
    hops: tuple[Hop, ...]
    blocked: str | None = None
    """Why no SYN gets through (a route, security group or network ACL), or None."""

    def hop(self, kind: HopKind) -> Hop | None:
        """The hop of that kind, if the path has one."""
        return next((hop for hop in self.hops if hop.kind is kind), None)


class NetworkError(ValueError):
    """A network that does not hold together: an unknown name, a count out of range."""

    def __init__(self, problem: str, *place: str | int, advice: str | None = None) -> None:
        super().__init__(problem)
        self.place = place
        """Where: a path of names as in a scenario, such as ("functions", "storefront", "subnets", 0)."""
        self.advice = advice
        """What to do about it."""


@dataclass(frozen=True)
class Network:
    """Everything that stands between functions and destinations, by name.

    A network read from a case may name subnets, security groups and NAT gateways that it does not hold: the evidence
    did not describe them. ``network_checks.check`` is for networks that people write.
    """

    region: str
    subnets: Mapping[str, Subnet]
    nat_gateways: Mapping[str, NatGateway]
    destinations: Mapping[str, Destination]
    functions: Mapping[str, Function]
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    others: Mapping[str, OtherClient] = field(default_factory=dict)
    reachability: Reachability | None = field(default=None, compare=False, repr=False)
    """Of a network read from a case: what its routes and rules let through. Of others ``Subnet.denied_ports`` and
    ``SecurityGroup.egress_ports`` say it."""

    @cached_property
    def hyperplane_enis(self) -> dict[EniKey, HyperplaneEni]:
        """One per subnet and security-group set, shared by every function and published version with that pair."""
        functions: dict[EniKey, dict[str, None]] = {}
        for function in self.functions.values():
            pairs = [(function.subnets, function.security_groups), *function.versions]
            for subnets, security_groups in pairs:
                groups = tuple(sorted(set(security_groups)))
                for subnet in subnets:
                    functions.setdefault(EniKey(subnet, groups), {})[function.name] = None
        return {key: HyperplaneEni(key, tuple(users)) for key, users in sorted(functions.items())}

    def eni_key(self, function: str, subnet: str) -> EniKey:
        """The Hyperplane ENI of a function in a subnet."""
        return EniKey(subnet, self.functions[function].security_group_set)

    def endpoint(self, destination: str, az: str) -> Endpoint | None:
        """The endpoint that connections from an Availability Zone to a destination go through, if any."""
        serving = self._endpoints_of.get(destination, ())
        return next((one for one in serving if not one.azs or az in one.azs), None)

    @cached_property
    def _endpoints_of(self) -> dict[str, list[Endpoint]]:
        found: dict[str, list[Endpoint]] = {}
        for one in self.endpoints.values():
            for destination in dict.fromkeys(one.destinations):
                found.setdefault(destination, []).append(one)
        return found

    def paths(self, function: str, destination: str) -> tuple[Path, ...]:
        """The paths of a function's connections to a destination: one for each of its subnets."""
        subnets = self.functions[function].subnets
        return tuple(self.path(function, destination, subnet) for subnet in subnets or (None,))

    def path(self, function: str, destination: str, subnet: str | None = None) -> Path:
        """The hops of a connection from a function to a destination, as far as they are known.

        Args:
            function: the name of the caller.
            destination: the name of what it calls.
            subnet: the one that the connection leaves by; the function's first when left out.

        Raises:
            KeyError: the function or the destination is not in this network.
        """
        caller, target = self.functions[function], self.destinations[destination]
        end = Hop(HopKind.DESTINATION, destination)
        start = Hop(HopKind.ENVIRONMENT, function, FILE_DESCRIPTORS)
        if not caller.subnets:
            return Path(function, destination, None, (start, end))
        name = subnet or caller.subnets[0]
        place = self.subnets.get(name)
        key = self.eni_key(function, name)
        hops = [start, Hop(HopKind.HYPERPLANE_ENI, str(key), HYPERPLANE_ENI_CONNECTIONS)]
        if place is None:
            return Path(function, destination, name, (*hops, end))
        way, blocked = self.way_out(caller, place, target)
        if way is not None:
            hops.append(way)
        if blocked is None:
            hops.append(end)
        return Path(function, destination, name, tuple(hops), None if blocked is None else blocked.text)

    def reach(self, caller: Function, subnet: str, target: Destination) -> Answer | None:
        """How far connections get by the routes and rules of a case; None in a network that comes from none, or for a
        subnet that is not in it."""
        engine = self.reachability
        place = self.subnets.get(subnet)
        subnet = (place and place.copy_of) or subnet
        if engine is None or (place is not None and subnet not in engine.config.places):
            return None
        goal = self._goals.get(target.name)
        if goal is None:
            goal = Goal(target.name, target.host, target.port, target.protocol, target.addresses)
            self._goals[target.name] = goal
        return engine.answer(caller.name, caller.security_group_set, subnet, goal, caller.dual_stack)

    @cached_property
    def _goals(self) -> dict[str, Goal]:
        return {}

    def way_out(self, caller: Function, place: Subnet, target: Destination) -> tuple[Hop | None, Block | None]:
        """(The hop between a function's ENI in a subnet and a destination, where known; why no SYN gets through)."""
        answer = self.reach(caller, place.name, target)
        if answer is not None:
            if answer.reach is Reach.BLOCKED:
                return None, answer.block
        elif not self._let_out(caller.security_groups, target.port):
            text = f"no security group of {caller.name} lets out port {target.port}"
            return None, Block(Obstacle.EGRESS, text, caller.security_groups[0])
        # Nothing else of the function matters to its way: thousands of functions share a few.
        key = place.name, target.name, caller.dual_stack
        found = self._ways_out.get(key)
        if found is None:
            found = self._ways_out[key] = self._way_out(caller.dual_stack, place, target)
        return found if answer is None else (found[0], None)

    @cached_property
    def _ways_out(self) -> dict[tuple[str, str, bool], tuple[Hop | None, Block | None]]:
        return {}

    @cached_property
    def _ports_let_out(self) -> dict[tuple[tuple[str, ...], int], bool]:
        return {}

    def nat_addresses(self, nat_gateway: str) -> int:
        """Addresses that share the connections of one client of a NAT gateway (of its zone, for a regional one)."""
        return self.nat_gateways[nat_gateway].addresses

    def _let_out(self, names: tuple[str, ...], port: int) -> bool:
        """Whether one of these security groups lets out a port, or may: a group that is not here is not known."""
        found = self._ports_let_out.get((names, port))
        if found is None:
            groups = [self.security_groups[name] for name in names if name in self.security_groups]
            known = len(groups) == len(names)
            lets_out = any(one.egress_ports is None or port in one.egress_ports for one in groups)
            found = self._ports_let_out[names, port] = lets_out or not known or not groups
        return found

    def _way_out(self, dual_stack: bool, place: Subnet, target: Destination) -> tuple[Hop | None, Block | None]:
        if target.port in place.denied_ports:
            text = f"the network ACL of {place.name} denies port {target.port}"
            return None, Block(Obstacle.ACL, text, place.name)
        endpoint = self.endpoint(target.name, place.az)
        only_ipv6 = bool(target.addresses) and all(":" in address for address in target.addresses)
        if only_ipv6 and endpoint is None and not target.local and not (dual_stack and place.ipv6):
            text = f"{target.name} has IPv6 addresses only, and connections from {place.name} cannot use IPv6"
            return None, Block(Obstacle.NO_IPV6, text, place.name)
        if endpoint is not None:
            return Hop(endpoint.kind, endpoint.name), None
        if target.local:
            return Hop(HopKind.LOCAL, place.name), None
        if target.ipv6 and place.ipv6 and dual_stack:
            return Hop(HopKind.EGRESS_ONLY_GATEWAY, place.name), None
        if place.route == Egress.LOCAL:
            return Hop(HopKind.LOCAL, place.name), None
        if place.route == Egress.UNKNOWN:
            return None, None
        if place.route == Egress.NONE:
            return None, Block(Obstacle.NO_ROUTE, f"{place.name} has no route to {target.name}", place.name)
        if place.route == Egress.INTERNET_GATEWAY:
            text = f"{place.name} leads to an internet gateway, and a function's ENI has no public address"
            return None, Block(Obstacle.PUBLIC_SUBNET, text, place.name)
        nat = self.nat_gateways.get(place.route)
        addresses = 0 if nat is None else nat.addresses
        return Hop(HopKind.NAT_GATEWAY, place.route, NAT_CONNECTIONS_PER_DESTINATION, addresses), None
