"""One connection, walked: its SYN as far as the configuration shows, then the answer all the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from narrows.addresses import Block, is_private
from narrows.reachability.answers import Answer, Obstacle, Reach
from narrows.reachability.answers import Block as Blocked
from narrows.reachability.configuration import Configuration, Gateway, Leads, Nic, Place, Route, RoutesOf, Service
from narrows.reachability.rules import (
    EPHEMERAL,
    EVERY_PORT,
    Ports,
    SecurityRule,
    covers,
    crossed,
)

_FORWARDS = ("network_load_balancer", "gateway_load_balancer", "gateway_load_balancer_endpoint", "transit_gateway")
"""Interfaces of what only hands on: what lies behind is not here."""
_GONE = ("deleted", "deleting", "failed", "pending")
_MOST_GROUPS = 5
"""Security groups in a reason: a function has five unless a quota was raised."""
_LISTS = "prefix-lists"
"""No answer of a case says what is in a prefix list."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one connection goes."""

    name: str
    block: Block
    """Its address; where that is not known, the block in which it lies."""
    port: int
    """0 where it is not known."""
    protocol: str
    gateway_endpoint: Service | None = None
    """The gateway endpoint whose service it belongs to."""
    groups: tuple[str, ...] | None = None
    """The security groups at its end, where they are known without its network interface (of a VPC endpoint)."""
    outside: bool = False
    """It is taken to be a public address, though it is not known which."""

    @property
    def ports(self) -> tuple[int, int]:
        """Its port, or all."""
        return (self.port, self.port) if self.port else EVERY_PORT

    @property
    def is_private(self) -> bool:
        """Whether no internet gateway carries packets to it."""
        return is_private(self.block)


class _StopError(Exception):
    """The connection ends here: it is blocked, or nothing more is known."""


@dataclass(slots=True)
class _Port:
    """A source port that answers come back to: those that are let through for sure, and those that perhaps are."""

    sure: Ports = (EPHEMERAL,)
    perhaps: Ports = (EPHEMERAL,)


@dataclass(slots=True)
class Walk:
    """A connection from a function's subnet on its way."""

    config: Configuration
    place: str
    groups: tuple[str, ...]
    source: Block
    target: Target
    blocked: Blocked | None = None
    partly: Blocked | None = None
    beyond: str | None = None
    missing: set[str] = field(default_factory=set)
    _back: list[Callable[[], None]] = field(default_factory=list)
    _client: _Port = field(default_factory=_Port)
    _translated: _Port = field(default_factory=_Port)

    def answer(self) -> Answer:
        """Walk it."""
        try:
            self._let_out()
            self._leave()
        except _StopError:
            pass
        if self.blocked is None:
            # The answer meets what the SYN met last first, and what it met first last.
            for step in reversed(self._back):
                step()
                if self.blocked is not None:
                    break
        missing = frozenset(self.missing)
        if self.blocked is not None:
            return Answer(Reach.BLOCKED, self.blocked)
        if missing:
            return Answer(Reach.UNKNOWN, None, self.beyond, missing)
        if self.partly is not None:
            return Answer(Reach.PARTLY, self.partly, self.beyond)
        return Answer(Reach.OPEN if self.beyond is None else Reach.BEYOND, None, self.beyond)

    def _block(self, kind: Obstacle, text: str, resource: str) -> None:
        if self.blocked is None:
            self.blocked = Blocked(kind, text, resource)

    def _end(self, kind: Obstacle, text: str, resource: str) -> None:
        self._block(kind, text, resource)
        raise _StopError

    def _lost(self, *kinds: str) -> None:
        """Nothing more is known of the way."""
        self.missing.update(kinds)
        raise _StopError

    # Security groups

    def _let_out(self) -> None:
        """Egress of the function's security groups: what one of them lets out, no other takes back."""
        found, missing = self._any_rule(self.groups, ingress=False)
        if found is False:
            port = f" port {self.target.port}" if self.target.port else " anything"
            groups = ", ".join(self.groups[:_MOST_GROUPS])
            text = f"no security group of {{function}} ({groups}) lets out{port} to {self.target.name}"
            self._end(Obstacle.EGRESS, text, self.groups[0])
        if found is None:
            self.missing |= missing

    def _let_in(self, groups: tuple[str, ...], owner: str) -> None:
        """Ingress of the security groups at the destination."""
        found, missing = self._any_rule(groups, ingress=True)
        if found is False:
            port = f" on {self.target.port}" if self.target.port else ""
            several = "groups" if len(groups) > 1 else "group"
            text = (
                f"the security {several} of {owner} ({', '.join(groups)}) let{'' if len(groups) > 1 else 's'} nothing "
                f"in from {self.groups[0] if self.groups else self.place}{port}"
            )
            self._end(Obstacle.INGRESS, text, groups[0])
        if found is None:
            self.missing |= missing

    def _any_rule(self, groups: tuple[str, ...], ingress: bool) -> tuple[bool | None, set[str]]:
        missing: set[str] = set()
        for name in groups:
            group = self.config.groups.get(name)
            rules = None if group is None else group.ingress if ingress else group.egress
            if rules is None:
                missing.add("security-groups")
                continue
            for rule in rules:
                takes = rule.takes(self.target.protocol, self.target.ports)
                names = False if takes is False else self._names(rule, ingress, missing)
                if takes and names:
                    return True, set()
                if takes is None and names is not False:
                    missing.add("case.yaml")
        if not groups:
            missing.add("functions" if not ingress else "network-interfaces")
        return (None, missing) if missing else (False, missing)

    def _names(self, rule: SecurityRule, ingress: bool, missing: set[str]) -> bool | None:
        """Whether a rule names the other end: its address, its security group, a prefix list that it is in."""
        peer = self.source if ingress else self.target.block
        found: bool | None = False
        for block in rule.blocks:
            within = covers(block, peer)
            if within:
                return True
            if within is None:
                found = None
                missing.add("network-interfaces")
        if rule.groups:
            others = self.groups if ingress else self._groups_there(rule.groups)
            if others is None:
                found = None
                missing.add("network-interfaces")
            elif rule.groups.intersection(others):
                return True
        if rule.prefix_lists:
            inside = None if ingress else self._in_lists(rule.prefix_lists)
            if inside:
                return True
            if inside is None:
                found = None
                missing.add(_LISTS)
        return found

    def _groups_there(self, asked: frozenset[str]) -> tuple[str, ...] | None:
        """The security groups at the destination; None where they are not known."""
        if self.target.groups is not None:
            return self.target.groups
        here = self._place(self.place).vpc
        for vpc in (here, *(one for one in self.config.vpcs if one != here)):
            nic = self._nic(vpc)
            if nic is not None:
                return nic.groups
        if self.target.outside or not self._exact or not asked <= self.config.groups.keys():
            return None
        if "route-tables" not in self.config.known or any(covers(one, self.target.block) for one in self.config.inside):
            return None
        # Groups of this case are on interfaces in its VPCs, and it is in none of them.
        return None if any(self._standing(vpc) for vpc in self.config.vpcs) else ()

    def _in_lists(self, lists: frozenset[str]) -> bool | None:
        """Whether the destination is in one of some prefix lists: those of gateway endpoints hold what they are for."""
        mine = self.target.gateway_endpoint
        unknown = False
        for name in lists:
            services = self.config.services_of_list.get(name, ())
            if mine is not None and mine.id in services:
                return True
            unknown = unknown or not services
        return None if unknown else False

    @property
    def _exact(self) -> bool:
        return self.target.block.first == self.target.block.last

    def _nic(self, vpc: str | None) -> Nic | None:
        one = self.target.block
        return self.config.nics.get((vpc, one.version, one.first)) if vpc and self._exact else None

    # Network ACLs

    def _acl(self, subnet: str, egress: bool, peer: Block) -> None:
        """The SYN passes the network ACL of a subnet."""
        acl = self.config.acl_of.get(subnet)
        if acl is None:
            self.missing.add("network-acls")
            return
        sure, perhaps = acl.allowed(egress, peer, self.target.ports, self.target.protocol)
        if not perhaps:
            port = f" port {self.target.port}" if self.target.port else " every port"
            way = "" if subnet == self.place else " to what comes in" if not egress else " to what goes out"
            self._end(Obstacle.ACL, f"the network ACL of {subnet} denies{port}{way}", subnet)
        if sure != (self.target.ports,):
            self.missing.add("network-interfaces" if self.target.port else "case.yaml")

    def _answers(self, subnet: str, egress: bool, peer: Block, port: _Port) -> None:
        """The answer passes the network ACL of a subnet, once the SYN has arrived."""
        self._back.append(lambda: self._answer_passes(subnet, egress, peer, port))

    def _answer_passes(self, subnet: str, egress: bool, peer: Block, port: _Port) -> None:
        acl = self.config.acl_of.get(subnet)
        if acl is None:
            self.missing.add("network-acls")
            return
        sure, perhaps = acl.allowed(egress, peer, EPHEMERAL, self.target.protocol)
        port.sure, port.perhaps = crossed(port.sure, sure), crossed(port.perhaps, perhaps)
        way = "out" if egress else "in"
        low, high = EPHEMERAL
        if not port.perhaps:
            self._block(Obstacle.ACL, f"{subnet}'s network ACL lets no answers {way} on {low}-{high}", subnet)
        elif port.sure != port.perhaps:
            self.missing.add("network-interfaces")
        elif port.sure != (EPHEMERAL,) and self.partly is None:
            only = ", ".join(f"{one}-{other}" if one != other else f"{one}" for one, other in port.sure[:3])
            text = f"{subnet}'s network ACL lets answers {way} on {only} of {low}-{high} only"
            self.partly = Blocked(Obstacle.ACL, text, subnet)

    # Routes

    def _place(self, subnet: str) -> Place:
        return self.config.places.get(subnet) or Place(subnet, None, ())

    def _table(self, subnet: str) -> RoutesOf:
        table = self.config.table_of.get(subnet)
        if table is None:
            self._lost("route-tables", *(() if subnet in self.config.places else ("subnets",)))
        assert table is not None
        return table

    def _service(self, id: str | None) -> Service | None:
        return self.config.services_by_id.get(id)

    def _route(self, table: RoutesOf, to: Block) -> Route | None:
        """The route that packets take; None where there is none."""
        if not self.target.outside and table.parts(to):
            self._lost("case.yaml" if to == self.target.block else "network-interfaces")
        found = table.to(to)
        for route in table.by_list if to == self.target.block else ():
            service = self._service(route.target) if route.leads is Leads.ENDPOINT else None
            if route.leads is Leads.ENDPOINT and (service is None or service is not self.target.gateway_endpoint):
                # Its list holds the addresses of a service of AWS that is not the destination.
                continue
            specific = found is not None and found.block is not None and found.block.prefix > 0
            if service is None or specific:
                if found is not None and found.leads is Leads.LOCAL:
                    continue
                self._lost(_LISTS)
            return route
        return found

    def _leave(self) -> None:
        """Out of the function's subnet."""
        here, to = self._place(self.place), self.target.block
        own = here.block(to.version)
        if own is None or self.target.outside or covers(own, to) is False:
            self._acl(self.place, True, to)
            self._answers(self.place, False, to, self._client)
        elif covers(own, to) is None:
            self._lost("network-interfaces")
        self._follow(*self._past_firewalls(self.place))

    def _past_firewalls(self, subnet: str) -> tuple[Route | None, str]:
        """(The route that leaves a subnet, the subnet that it leaves): what a firewall's endpoint lets through goes on
        from the subnet that the endpoint stands in."""
        passed: list[str | None] = []
        while True:
            route = self._route(self._table(subnet), self.target.block)
            if route is None or route.leads is not Leads.ENDPOINT or route.block is None or route.blackhole:
                return route, subnet
            standing = self.config.firewalls.get(route.target or "")
            if standing is None or route.target in passed:
                return route, subnet
            passed.append(route.target)
            self.beyond, subnet = route.target, standing

    def _follow(self, route: Route | None, subnet: str) -> None:
        name, to = self.target.name, self.target.block
        if route is None:
            if to.version == 6:
                self._end(Obstacle.NO_IPV6, f"{subnet} has no route to {name} over IPv6", subnet)
            self._end(Obstacle.NO_ROUTE, f"{subnet} has no route to {name}", subnet)
            return
        if route.blackhole:
            what = route.target or "something"
            self._end(Obstacle.BLACKHOLE, f"{subnet}'s route to {name} is a blackhole: {what} is gone", subnet)
        match route.leads:
            case Leads.LOCAL:
                self._deliver(self._place(subnet).vpc)
            case Leads.NAT:
                self._translate(route.target or "", subnet)
            case Leads.INTERNET if to.version == 4:
                text = f"{subnet} leads to an internet gateway, and a function's ENI has no public address"
                self._end(Obstacle.PUBLIC_SUBNET, text, subnet)
            case Leads.INTERNET | Leads.EGRESS_ONLY:
                if self.target.is_private:
                    self._end(Obstacle.NO_ROUTE, f"{subnet} sends {name}, a private address, to the internet", subnet)
            case Leads.PEERING:
                self._peer(route.target or "")
            case Leads.FAR:
                self.beyond = route.target
            case Leads.ENDPOINT if route.block is None:
                pass
            case _:
                self._lost("vpc-endpoints" if route.leads is Leads.ENDPOINT else "appliance")

    # What lies on the way

    def _translate(self, name: str, subnet: str) -> None:
        """Through a NAT gateway, in the subnet that it stands in."""
        gateway = self.config.gateways.get(name)
        if gateway is None:
            self._lost("nat-gateways")
            return
        state = gateway.state
        if state in _GONE:
            self._end(Obstacle.NAT_STATE, f"{name}, to which {subnet} leads, is {state}", name)
        if self.target.block.version == 6:
            self._lost("appliance")
        if gateway.regional:
            self._regional(gateway)
            return
        if gateway.subnet is None:
            self._lost("nat-gateways")
            return
        there, to = gateway.subnet, self.target.block
        if there != subnet:
            self._acl(there, False, self.source)
            self._answers(there, True, self.source, self._client)
        self._acl(there, True, to)
        self._answers(there, False, to, self._translated)
        self._from_gateway(gateway, self._past_firewalls(there)[0], there)

    def _from_gateway(self, gateway: Gateway, route: Route | None, there: str) -> None:
        name, to = gateway.id, self.target.name
        if route is None:
            self._end(Obstacle.NAT_SUBNET, self._no_internet(gateway, there), name)
            return
        if route.blackhole:
            text = f"{name} stands in {there}, whose route to {to} is a blackhole: {route.target} is gone"
            self._end(Obstacle.BLACKHOLE, text, there)
        if route.leads is Leads.INTERNET:
            if self.target.is_private:
                text = f"{to} has a private address, and {name} sends it out into the internet"
                self._end(Obstacle.PRIVATE_ADDRESS, text, self.place)
            if gateway.private:
                self._end(
                    Obstacle.PRIVATE_NAT, f"{name} is a private NAT gateway, which leads to no public address", name
                )
        elif route.leads is Leads.NAT and route.target == name:
            self._end(
                Obstacle.NAT_SUBNET, f"{self._no_internet(gateway, there)}: its default route leads back to it", name
            )
        elif route.leads is Leads.FAR:
            self.beyond = route.target
        else:
            # AWS documents neither a NAT gateway behind another nor one in front of a peering connection.
            self._lost("appliance")

    @staticmethod
    def _no_internet(gateway: Gateway, there: str) -> str:
        return f"{gateway.id} stands in {there}, which has no route to an internet gateway"

    def _regional(self, gateway: Gateway) -> None:
        """A regional NAT gateway has a route table of its own, that AWS makes with a route to an internet gateway."""
        if self.target.is_private:
            self._lost("appliance")
        if gateway.table is None:
            return
        table = self.config.tables.get(gateway.table)
        if table is None:
            self._lost("route-tables")
            return
        route = self._route(table, self.target.block)
        if route is None or route.leads is not Leads.INTERNET:
            text = f"{gateway.id}'s route table {gateway.table} has no route to an internet gateway"
            if route is None or route.blackhole:
                self._end(Obstacle.NAT_SUBNET, text, gateway.id)
            self._lost("appliance")

    def _peer(self, connection: str) -> None:
        """Over a peering connection, as far as the VPC at its other end is here: it has a route over it, too."""
        here = self._place(self.place).vpc
        sides = self.config.sides_of.get(connection, set()) - {here}
        there = next(iter(sides)) if len(sides) == 1 else None
        if there is None or self._standing(there) is None:
            self.beyond = connection
            return
        self._deliver(there, connection)

    def _standing(self, vpc: str | None) -> Place | None:
        """The subnet of a VPC that the destination is in."""
        to = self.target.block
        return next(
            (one for one in self.config.places_of.get(vpc, ()) if any(covers(block, to) for block in one.blocks)),
            None,
        )

    def _deliver(self, vpc: str | None, connection: str | None = None) -> None:
        """To a network interface in a VPC, and the answer back out of its subnet."""
        place = self._standing(vpc) if vpc else None
        if place is None:
            self._lost("subnets")
            return
        if place.id != self.place:
            self._acl(place.id, False, self.source)
            self._back.append(lambda: self._route_back(place.id, connection))
            self._answers(place.id, True, self.source, self._client)
        nic = self._nic(vpc)
        if nic is None:
            if self.target.groups is None:
                self._lost("network-interfaces")
            self._let_in(self.target.groups or (), self.target.name)
        elif nic.kind in _FORWARDS:
            if nic.groups:
                self._let_in(nic.groups, self.target.name)
            self.beyond = nic.id
        elif not nic.groups:
            self._lost("network-interfaces")
        else:
            self._let_in(nic.groups, self.target.name)

    def _route_back(self, subnet: str, connection: str | None) -> None:
        """The answer's way back from another subnet or VPC."""
        try:
            table = self._table(subnet)
            route = self._route(table, self.source)
        except _StopError:
            return
        if connection is None:
            # The local route is always there; a more specific one leads through an appliance.
            if route is not None and route.leads is not Leads.LOCAL:
                self.missing.add("appliance")
        elif route is None or route.blackhole or route.target != connection:
            if route is not None and not route.blackhole and route.leads in (Leads.FAR, Leads.INTERFACE, Leads.OTHER):
                self.missing.add("appliance")
                return
            text = f"{subnet}, in which {self.target.name} stands, has no route back to {self.place} over {connection}"
            self._block(Obstacle.NO_ROUTE_BACK, text, subnet)
