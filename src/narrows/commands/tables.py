"""Route tables while the commands of a plan are written: which one a subnet uses, and a new one where it must differ.

A table that subnets share is changed only where all of them are to lead the new way; else those that are get a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from narrows.aws.requests import Variable
from narrows.aws_ids import NAT_GATEWAY, ROUTE_TABLE
from narrows.case.wiring import WiredTable
from narrows.commands.context import Context
from narrows.commands.known import Value
from narrows.network import Egress
from narrows.plan.edits import Rerouted
from narrows.plan.steps import Command, Mark

_EVERYWHERE = ("DestinationCidrBlock", "0.0.0.0/0")
_EVERYWHERE_6 = "::/0"
_FIREWALL = "vpce-"


@dataclass(frozen=True, slots=True)
class Used:
    """The route table that a subnet uses while the commands are written."""

    table: Value
    wired: str | None
    """The one of today that it is, or is a copy of."""


@dataclass
class Tables:
    """Every subnet's."""

    context: Context
    _used: dict[str, Used] = field(default_factory=dict)
    _copies: dict[tuple[str, str], Variable] = field(default_factory=dict)
    """By the table that was copied and where the copy leads."""
    _changed: set[tuple[str, str]] = field(default_factory=set)
    """Tables of today that were led elsewhere, with where."""
    _over_ipv6: dict[Value, Value] = field(default_factory=dict)
    """Tables that got a route to an egress-only gateway, with that gateway."""
    _endpoints: dict[str, list[Value]] = field(default_factory=dict)
    """New gateway endpoints, by the table of today that they are in."""

    def of(self, subnet: str) -> Used:
        """The table of a subnet, as it is now."""
        if subnet not in self._used:
            wired = self.context.known.wiring.table_of(subnet)
            table: Value = wired or self.context.known.id(ROUTE_TABLE, subnet)
            self._used[subnet] = Used(table, wired)
        return self._used[subnet]

    def lead(self, edit: Rerouted) -> None:
        """Lead a subnet of today elsewhere."""
        used, recorder = self.of(edit.subnet), self.context.recorder
        if used.wired is None:
            gateway, before = self._way(edit.after), self._way(edit.before)
            where = {"RouteTableId": used.table, _EVERYWHERE[0]: _EVERYWHERE[1]}
            what = f"lead {edit.subnet}, and all subnets of its route table, to {edit.after}"
            self._replace_route(what, f"lead {edit.subnet} back", edit.before, where, gateway, before)
            return
        if not self._leads(used.wired, edit.before):
            recorder.by_hand(
                f"no route of {used.wired} itself leads {edit.subnet} to {edit.before}: lead what stands between them "
                f"to {edit.after}"
            )
            return
        if self._changes_whole(used.wired, edit.after):
            self._change(used.wired, edit.before, edit.after)
            return
        copy = self._copy(used.wired, edit.before, edit.after)
        self._move(edit, copy)

    def give(self, subnet: Value, name: str, original: str) -> None:
        """Give a new subnet the table that its way out needs."""
        context = self.context
        route, before = context.after.subnets[name].route, context.today.subnets[original].route
        used = self.of(original)
        if route != before and used.wired is not None and self._leads(used.wired, before):
            if self._changes_whole(used.wired, route):
                self._change(used.wired, before, route)
                table: Value = used.wired
            else:
                table = self._copy(used.wired, before, route)
        elif route != before:
            table = self._new_table(name, original, route)
        else:
            table = used.wired or used.table
        self._used[name] = Used(table, used.wired)
        wired = context.known.wiring.tables.get(used.wired or "")
        if table == used.wired and wired is not None and wired.is_main and original not in wired.associations:
            return  # it has the main table from the beginning, as its original does
        self._associate(subnet, name, table)

    def lead_over_ipv6(self, subnet: str, gateway: Value) -> None:
        """Give the table of a subnet a route to an egress-only internet gateway, unless it has one."""
        used, recorder = self.of(subnet), self.context.recorder
        wired = self.context.known.wiring.tables.get(used.wired or "")
        has = wired is not None and any(route.to[1] == _EVERYWHERE_6 for route in wired.routes)
        if used.table in self._over_ipv6 or has:
            return
        self._over_ipv6[used.table] = gateway
        where = {"RouteTableId": used.table, "DestinationIpv6CidrBlock": _EVERYWHERE_6}
        recorder.run(
            recorder.make(
                f"lead {subnet} out over IPv6", "ec2 CreateRoute", {**where, "EgressOnlyInternetGatewayId": gateway}
            ),
            recorder.make("take the route back", "ec2 DeleteRoute", where),
        )

    def add_endpoint(self, table: Used, endpoint: Value) -> None:
        """Remember a new gateway endpoint, which copies of its tables get too."""
        self._endpoints.setdefault(table.wired or "", []).append(endpoint)

    def _way(self, route: str) -> Value:
        return self.context.known.id(NAT_GATEWAY, route) if route not in set(Egress) else route

    def _leads(self, table: str, way: str) -> bool:
        routes = self.context.known.wiring.tables[table].routes
        return any(route.by == ("NatGatewayId", way) for route in routes)

    def _changes_whole(self, table: str, after: str) -> bool:
        """Whether every subnet that uses a table is to lead there. Who uses a main table is never known for certain."""
        wired, network = self.context.known.wiring.tables[table], self.context.after
        if wired.is_main or any(name not in network.subnets for name in wired.associations):
            return False
        users = [subnet for subnet in network.subnets.values() if (subnet.copy_of or subnet.name) in wired.associations]
        return all(subnet.route == after for subnet in users)

    def _change(self, table: str, before: str, after: str) -> None:
        if (table, after) in self._changed:
            return
        self._changed.add((table, after))
        for route in self.context.known.wiring.tables[table].routes:
            if route.by == ("NatGatewayId", before):
                where = {"RouteTableId": table, route.to[0]: route.to[1]}
                what = f"lead route table {table} to {after}"
                self._replace_route(
                    what, f"lead route table {table} back", before, where, self._way(after), self._way(before)
                )

    def _replace_route(
        self, what: str, back: str, old: str, where: Mapping[str, object], after: Value, before: Value
    ) -> None:
        recorder = self.context.recorder
        recorder.run(
            recorder.make(what, "ec2 ReplaceRoute", {**where, "NatGatewayId": after}, Mark.INTERRUPTS, Mark.EGRESS),
            recorder.make(
                f"{back} to {old}", "ec2 ReplaceRoute", {**where, "NatGatewayId": before},
                Mark.INTERRUPTS, Mark.EGRESS,
            ),
        )  # fmt: skip

    def _copy(self, table: str, before: str, after: str) -> Variable:
        """A copy of a table that leads elsewhere."""
        if (table, after) in self._copies:
            return self._copies[table, after]
        wired = self.context.known.wiring.tables[table]
        copy = self._create(
            f"create a route table as {table} is, but to {self.context.name(after)}",
            f"to-{self.context.name(after)}",
            wired,
        )
        self._copies[table, after] = copy
        for route in wired.routes:
            by: tuple[str, Value] = route.by
            if by == ("NatGatewayId", before):
                by = by[0], self._way(after)
            if route.to[0] == "DestinationPrefixListId" and route.by[1].startswith(_FIREWALL):
                self._join(copy, route.by[1])
            elif route.copied or route.by == ("NatGatewayId", before):
                if by[0] == "GatewayId" and route.by[1].startswith(_FIREWALL):
                    by = "VpcEndpointId", by[1]
                self._create_route(copy, route.to, by)
        for gateway in wired.propagating:
            recorder, named = self.context.recorder, {"GatewayId": gateway, "RouteTableId": copy}
            recorder.run(recorder.make(f"the routes that {gateway} propagates", "ec2 EnableVgwRoutePropagation", named))
        if table in self._over_ipv6:
            gateway_6 = self._over_ipv6[table]
            self._create_route(
                copy, ("DestinationIpv6CidrBlock", _EVERYWHERE_6), ("EgressOnlyInternetGatewayId", gateway_6)
            )
        for endpoint in self._endpoints.get(table, ()):
            self._join(copy, endpoint)
        return copy

    def _new_table(self, name: str, original: str, route: str) -> Variable:
        """A table of which only the default route is known."""
        copy = self._copies.get(("", route))
        if copy is None:
            copy = self._create(
                f"create a route table to {self.context.name(route)}", f"to-{self.context.name(route)}", None
            )
            self._copies["", route] = copy
            self._create_route(copy, _EVERYWHERE, ("NatGatewayId", self._way(route)))
        self.context.recorder.by_hand(f"{name}: add the other routes that the route table of {original} has")
        return copy

    def _create(self, what: str, label: str, wired: WiredTable | None) -> Variable:
        recorder, known = self.context.recorder, self.context.known
        table = known.variable("RTB", label)
        vpc = wired.vpc if wired is not None and wired.vpc else known.vpc(*self.context.today.subnets)
        parameters = {"VpcId": vpc, **self.context.tags("route-table", label)}
        recorder.run(
            recorder.make(what, "ec2 CreateRouteTable", parameters, keeps=table, query="RouteTable.RouteTableId"),
            recorder.make("delete the route table", "ec2 DeleteRouteTable", {"RouteTableId": table}),
        )
        return table

    def _create_route(self, table: Value, to: tuple[str, str], by: tuple[str, Value]) -> None:
        recorder = self.context.recorder
        parameters = {"RouteTableId": table, to[0]: to[1], by[0]: by[1]}
        recorder.run(recorder.make("its routes", "ec2 CreateRoute", parameters))

    def _join(self, table: Value, endpoint: Value) -> None:
        recorder = self.context.recorder
        recorder.run(
            recorder.make(
                "its way to a gateway endpoint", "ec2 ModifyVpcEndpoint",
                {"VpcEndpointId": endpoint, "AddRouteTableIds": [table]},
            ),
            recorder.make(
                "take the table out of the endpoint", "ec2 ModifyVpcEndpoint",
                {"VpcEndpointId": endpoint, "RemoveRouteTableIds": [table]},
            ),
        )  # fmt: skip

    def _associate(self, subnet: Value, name: str, table: Value) -> None:
        recorder, association = self.context.recorder, self.context.known.variable("RTBASSOC")
        recorder.run(
            recorder.make(
                f"{self.context.name(name)} uses the route table", "ec2 AssociateRouteTable",
                {"SubnetId": subnet, "RouteTableId": table}, keeps=association, query="AssociationId",
            ),
            _disassociate(self.context, self.context.name(name), association),
        )  # fmt: skip

    def _move(self, edit: Rerouted, table: Variable) -> None:
        """Let a subnet of today use another table."""
        recorder, known = self.context.recorder, self.context.known
        used = self.of(edit.subnet)
        assert used.wired is not None
        own = known.wiring.tables[used.wired].associations.get(edit.subnet)
        self._used[edit.subnet] = Used(table, used.wired)
        association, back = known.variable("RTBASSOC"), f"lead {edit.subnet} back to {edit.before}"
        what, marks = f"lead {edit.subnet} to {edit.after}", (Mark.INTERRUPTS, Mark.EGRESS)
        if own:
            recorder.run(
                recorder.make(
                    what, "ec2 ReplaceRouteTableAssociation", {"AssociationId": own, "RouteTableId": table}, *marks,
                    keeps=association, query="NewAssociationId",
                ),
                recorder.make(
                    back, "ec2 ReplaceRouteTableAssociation",
                    {"AssociationId": association, "RouteTableId": used.wired}, *marks,
                ),
            )  # fmt: skip
            return
        recorder.run(
            recorder.make(
                what, "ec2 AssociateRouteTable", {"SubnetId": edit.subnet, "RouteTableId": table}, *marks,
                keeps=association, query="AssociationId",
            ),
            recorder.make(back, "ec2 DisassociateRouteTable", {"AssociationId": association}, *marks),
        )  # fmt: skip


def _disassociate(context: Context, subnet: str, association: Variable) -> Command:
    return context.recorder.make(
        f"{subnet} leaves the route table", "ec2 DisassociateRouteTable", {"AssociationId": association}
    )
