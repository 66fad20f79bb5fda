"""One connection, walked: its SYN as far as the configuration shows, then the answer all the way back."""

from __future__ import annotations

from dataclasses import dataclass

from narrows.addresses import Block
from narrows.reachability.answers import SMTP, Answer, Obstacle, Reach
from narrows.reachability.answers import Block as Blocked
from narrows.reachability.configuration import Gateway, Leads, Route, RoutesOf
from narrows.reachability.passing import LISTS, Passing, StopError
from narrows.reachability.rules import covers
from narrows.reachability.transit import barrier

_FORWARDS = ("network_load_balancer", "gateway_load_balancer", "gateway_load_balancer_endpoint", "transit_gateway")
"""Interfaces of what only hands on: what lies behind is not here."""
ATTACHMENTS = "transit-gateway-attachments"
"""The kind of answer that says where a VPC is attached to a transit gateway."""
_GONE = ("deleted", "deleting", "failed", "pending")


@dataclass(slots=True)
class Walk(Passing):
    """A connection from a function's subnet on its way."""

    outside: bool = False
    """Whether it gets out into the internet."""
    far_side: tuple[int, frozenset[str]] | None = None
    """Where what leads out of the VPC leads to another that is here: steps of the way back on this side of it, and what
    was missing there. What is missing on the far side leaves open only what is open anyway: what lies between."""

    def answer(self) -> Answer:
        """Walk it."""
        try:
            self._let_out()
            self._leave()
        except StopError:
            pass
        if self.blocked is None:
            # The answer meets what the SYN met last first, and what it met first last.
            for number, step in reversed([*enumerate(self._back)]):
                if self.far_side is not None and number < self.far_side[0]:
                    self._come_back()
                step()
                if self.blocked is not None:
                    break
            self._come_back()
        if self.outside and self.target.port == SMTP and self.target.protocol == "tcp":
            text = f"Lambda lets nothing out on port {SMTP} to public addresses, unless AWS has lifted that"
            self._block(Obstacle.PORT_25, text, self.place)
        missing = frozenset(self.missing)
        if self.blocked is not None:
            return Answer(Reach.BLOCKED, self.blocked)
        if missing:
            return Answer(Reach.UNKNOWN, None, self.beyond, missing)
        if self.partly is not None:
            return Answer(Reach.PARTLY, self.partly, self.beyond)
        return Answer(Reach.OPEN if self.beyond is None else Reach.BEYOND, None, self.beyond)

    def _table(self, subnet: str) -> RoutesOf:
        table = self.config.table_of.get(subnet)
        if table is None:
            self._lost("route-tables", *(() if subnet in self.config.places else ("subnets",)))
        return table

    def _route(self, table: RoutesOf, to: Block) -> Route | None:
        """The route that packets take; None where there is none."""
        if not self.target.outside and table.parts(to):
            self._lost("case.yaml" if to == self.target.block else "network-interfaces")
        found = table.to(to)
        standing = -1 if found is None or found.block is None else found.block.prefix
        for route in table.by_list if to == self.target.block else ():
            inside = self._in_list(route.prefix_list)
            if inside is False or (route.leads is Leads.ENDPOINT and not inside):
                # An endpoint's list holds the addresses of a service of AWS, which is not known to be the destination.
                continue
            listed = self.config.lists.get(route.prefix_list or "")
            prefix = None if listed is None else listed.prefix(to)
            if prefix is None:
                if not inside or standing > 0:
                    if found is not None and found.leads is Leads.LOCAL:
                        continue
                    self._lost(LISTS)
                return route
            tied = found if prefix == standing else None
            if tied is not None and tied.prefix_list is not None and tied.target != route.target:
                self._lost(LISTS)  # AWS takes either one
            if prefix > standing or (tied is not None and tied.propagated):
                # The longest prefix first; of two of one length a static route, one to a list, a propagated one.
                found, standing = route, prefix
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
            if route is None or route.leads is not Leads.ENDPOINT or route.blackhole:
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
                self._end(Obstacle.NO_IPV6, f"{subnet} has no route to {name} over IPv6", subnet, "route-tables")
            self._end(Obstacle.NO_ROUTE, f"{subnet} has no route to {name}", subnet)
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
                self._out(subnet)
            case Leads.PEERING:
                self._peer(route.target or "")
            case Leads.FAR:
                self._far(route.target, subnet)
            case Leads.ENDPOINT if route.block is None and self._service(route.target) is not None:
                pass
            case _:
                self._lost("vpc-endpoints" if route.leads is Leads.ENDPOINT else "appliance")

    # What lies on the way

    def _translate(self, name: str, subnet: str) -> None:
        """Through a NAT gateway, in the subnet that it stands in."""
        gateway = self.config.gateways.get(name)
        if gateway is None:
            self._lost("nat-gateways")
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
        there, to = gateway.subnet, self.target.block
        if there != subnet:
            self._acl(there, False, self.source)
            self._answers(there, True, self.source, self._client)
        self._acl(there, True, to)
        self._answers(there, False, to, self._translated)
        self._from_gateway(gateway, self._past_firewalls(there)[0], there)

    def _from_gateway(self, gateway: Gateway, route: Route | None, there: str) -> None:
        name, to = gateway.id, self.target.name
        if gateway.private and not self.target.is_private and (route is None or route.leads is Leads.INTERNET):
            text = f"{name} is a private NAT gateway, which leads to no public address"
            self._end(Obstacle.PRIVATE_NAT, text, name)
        if route is None:
            self._end(Obstacle.NAT_SUBNET, self._no_internet(gateway, there), name)
        if route.blackhole:
            text = f"{name} stands in {there}, whose route to {to} is a blackhole: {route.target} is gone"
            self._end(Obstacle.BLACKHOLE, text, there)
        if route.leads is Leads.INTERNET:
            if self.target.is_private:
                text = (
                    f"{to} has a private address, and no route leads to it but the one to {name}, which sends it out "
                    "into the internet"
                )
                self._end(Obstacle.PRIVATE_ADDRESS, text, self.place)
            self._out(there)
        elif route.leads is Leads.NAT and route.target == name:
            self._end(
                Obstacle.NAT_SUBNET, f"{self._no_internet(gateway, there)}: its default route leads back to it", name
            )
        elif route.leads is Leads.FAR:
            self._far(route.target, there, translated=True)
        else:
            # AWS documents neither a NAT gateway behind another nor one in front of a peering connection.
            self._lost("appliance")

    def _out(self, subnet: str) -> None:
        """Into the internet, unless VPC Block Public Access keeps a subnet's packets from it. Where it only keeps out
        what comes from there, AWS lets NAT gateways and egress-only internet gateways work."""
        if self._place(subnet).shut:
            text = f"VPC Block Public Access lets nothing of {subnet} through an internet gateway (block-bidirectional)"
            self._end(Obstacle.PUBLIC_ACCESS, text, subnet)
        self.outside = True

    @staticmethod
    def _no_internet(gateway: Gateway, there: str) -> str:
        return f"{gateway.id} stands in {there}, which has no route to an internet gateway"

    def _regional(self, gateway: Gateway) -> None:
        """A regional NAT gateway has a route table of its own, that AWS makes with a route to an internet gateway."""
        if self.target.is_private:
            self._lost("appliance")
        self.outside = True
        if gateway.table is None:
            return
        table = self.config.tables.get(gateway.table)
        if table is None:
            self._lost("route-tables")
        route = self._route(table, self.target.block)
        if route is None or route.leads is not Leads.INTERNET:
            text = f"{gateway.id}'s route table {gateway.table} has no route to an internet gateway"
            if route is None or route.blackhole:
                self._end(Obstacle.NAT_SUBNET, text, gateway.id)
            self._lost("appliance")

    def _far(self, target: str | None, subnet: str, *, translated: bool = False) -> None:
        """Out of the VPC by what lies at its edge: a transit gateway where the VPC is attached to it. Where it leads to
        a VPC that is here, the rules there hold, and the answer needs a way back; not that of an address of a NAT
        gateway's."""
        config, place = self.config, self._place(subnet)
        if ATTACHMENTS in config.known and target is not None and target.startswith("tgw-"):
            attached = config.attachments.get((target, place.vpc or ""), ())
            found = barrier(target, place.vpc, place.zone, attached, place.shared)
            if isinstance(found, Blocked):
                self._end(found.kind, found.text, found.resource)
            if found is not None:
                self.missing.add(found)
        self.beyond = target
        if target is not None and target.startswith("tgw-") and not translated:
            self._cross(place.vpc, target)
            self._by_central_gateways(place.vpc, target)

    def _cross(self, here: str | None, by: str) -> None:
        """To the other VPC of the case in which the destination stands, where there is one: nothing says that this is
        where it leads, but for the address. Its rules hold, and the answer needs a way back."""
        there = [one for one in self.config.vpcs if one != here and self._standing(one)] if self._exact else []
        if len(there) == 1:
            self.far_side = len(self._back), frozenset(self.missing)
            self._deliver(there[0], by)

    def _by_central_gateways(self, here: str | None, transit: str) -> None:
        """Into the internet through NAT gateways of another VPC on the transit gateway, where there are any that others
        use so: their answers come back by the routes of the subnet that the NAT gateway stands in."""
        if self.target.is_private or ATTACHMENTS not in self.config.known or self.far_side is not None:
            return
        ends = []
        for gateway in self.config.gateways.values():
            place = self.config.places.get(gateway.subnet or "")
            attached = place is not None and place.vpc != here and (transit, place.vpc or "") in self.config.attachments
            if place is None or not attached or gateway.private or gateway.state in _GONE:
                continue
            table = self.config.table_of.get(place.id)
            if table is None or table.by_list:
                return
            back = table.to(self.source)
            if back is not None and back.target == transit:
                return
            if any(route.target == transit for route in table.routes):
                ends.append((gateway, place.id))
        if ends:
            gateway, there = ends[0]
            text = f"{there}, in which {gateway.id} stands, has no route back to {self.place} by {transit}"
            self._end(Obstacle.NO_ROUTE_BACK, text, there)

    def _come_back(self) -> None:
        """To this side of what leads there."""
        if self.far_side is not None:
            self.missing = set(self.far_side[1])
            self.far_side = None

    def _peer(self, connection: str) -> None:
        """Over a peering connection, as far as the VPC at its other end is here: it has a route over it, too."""
        here = self._place(self.place).vpc
        sides = self.config.sides_of.get(connection, set()) - {here}
        there = next(iter(sides)) if len(sides) == 1 else None
        if there is None or self._standing(there) is None:
            self.beyond = connection
            self._cross(here, connection)
            return
        self._deliver(there, connection)

    def _deliver(self, vpc: str | None, connection: str | None = None) -> None:
        """To a network interface in a VPC, and the answer back out of its subnet."""
        place = self._standing(vpc) if vpc else None
        if place is None:
            self._lost("subnets")
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
        except StopError:
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
