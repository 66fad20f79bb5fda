"""Subnets that leave by another NAT gateway, and the route tables that lead there."""

from __future__ import annotations

import copy

from narrows.patch.cloudformation.making import Making, carry_over, number_of, tags_like, wait_for
from narrows.patch.cloudformation.templates import Found, Object, Template
from narrows.plan.edits import Rerouted


def rerouted(making: Making, edit: Rerouted) -> None:
    """Lead a subnet to another NAT gateway."""
    gateway = making.finder.made.get(edit.after) or making.finder.nat_gateway(edit.after)
    subnet = making.finder.subnet(edit.subnet)
    if gateway is None or subnet is None:
        making.ask(
            f"no template declares the subnet {edit.subnet}: lead its default route to {edit.after}, with a copy of "
            "its route table and 'aws ec2 replace-route-table-association'"
        )
        if gateway is not None:
            table_to(making, None, edit.after, gateway.template)
        return
    association = making.finder.association_of(subnet)
    table = making.finder.table_of(subnet)
    making.before[subnet] = table
    if association is not None and table is None:
        way = ("Resources", association.name, "Properties", "RouteTableId")
        making.ask(
            f"the route table of {subnet.name} comes from elsewhere: lead its default route to {gateway.name} "
            f"(for {edit.subnet})",
            association.template.place(*way),
        )
        return
    if table is not None and making.finder.leads_to(table, gateway):
        making.keep(subnet)
        making.tables[table, edit.after] = table
        return
    if table is not None and _moves_as_a_whole(making, table, edit):
        _repoint(making, table, edit.after, gateway)
        making.risk(f"{subnet.name}: the default route of {table.name} moves to {gateway.name}: open connections drop")
        return
    if table is None:
        target = table_to(making, None, edit.after, subnet.template, subnet)
        resource = {"SubnetId": subnet.ref, "RouteTableId": making.carried(target, subnet.template)}
        kind = "AWS::EC2::SubnetRouteTableAssociation"
        added = subnet.template.add(f"{subnet.name}Routes", {"Type": kind, "Properties": resource})
        _after_its_route(making, added, target)
        making.risk(f"{subnet.name}: it leaves by {gateway.name} then: open connections drop")
        return
    assert association is not None
    target = table_to(making, table, edit.after, table.template, subnet)
    association.properties["RouteTableId"] = making.carried(target, association.template)
    _after_its_route(making, association, target)
    making.risk(
        f"{subnet.name}: its association {association.name} is replaced, for RouteTableId is create-only: open "
        "connections drop; should AWS say that the subnet is associated already, 'aws ec2 "
        "replace-route-table-association' does the same before the update"
    )


def _after_its_route(making: Making, association: Found, table: Found) -> None:
    """A subnet gets a new route table when that leads somewhere, not before."""
    if table in making.first and table.template is association.template:
        wait_for(association, making.first[table])


def _moves_as_a_whole(making: Making, table: Found, edit: Rerouted) -> bool:
    """Whether all subnets of a route table get the same other gateway."""
    moved = {subnet for name in making.moved_to(edit.after) if (subnet := making.finder.subnet(name)) is not None}
    associated = set()
    for association in making.finder.referring("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId", table):
        associated.add(making.folder.resolved(association.template, association.known.get("SubnetId")))
    stays = any(
        new.subnet.route == edit.before
        and (copied := making.finder.subnet(new.copy_of)) is not None
        and making.table_today(copied) == table
        for new in making.new_subnets()
    )
    routes = [route for route in making.finder.routes_of(table) if "NatGatewayId" in route.known]
    together = all(route.template is table.template for route in routes)
    return bool(routes) and together and not stays and associated <= moved


def _repoint(making: Making, table: Found, after: str, gateway: Found) -> None:
    if (table, after) in making.tables:
        return
    for route in making.finder.routes_of(table):
        if "NatGatewayId" in route.known:
            route.properties["NatGatewayId"] = making.carried(gateway, route.template)
    making.tables[table, after] = table


def table_for(making: Making, copied: Found | None, route: str, before: str, template: Template) -> Found | None:
    """The route table of a new subnet: that of the one it is made after, or the one of its own NAT gateway."""
    table = None if copied is None else making.table_today(copied)
    if (table, route) in making.tables:
        return making.tables[table, route]
    if copied is not None and route == before:
        return table
    if route in making.plan.network.nat_gateways:
        return table_to(making, table, route, template if table is None else table.template, copied)
    return table


def table_to(making: Making, table: Found | None, after: str, template: Template, near: Found | None = None) -> Found:
    """The route table that leads to a NAT gateway in the place of another table: its copy, made if need be."""
    key = table, after
    if key in making.tables:
        return making.tables[key]
    gateway = making.finder.made.get(after) or making.finder.nat_gateway(after)
    base = f"{gateway.name if gateway is not None else after}RouteTable"
    earlier = template.earlier(base, "AWS::EC2::RouteTable")
    taken = earlier in making.tables.values()  # in the place of another table
    if earlier is not None and not taken and gateway is not None and making.finder.leads_to(earlier, gateway):
        making.keep(earlier)
        making.tables[key] = earlier
        return earlier
    to = making.given("id", after) if gateway is None else making.carried(gateway, template)
    suffix = number_of(gateway.name if gateway is not None else after)
    if table is None:
        vpc = None if near is None else making.moved_value(near.known.get("VpcId"), near.template, template)
        properties: Object = {"VpcId": vpc if vpc is not None else making.vpc_of(template, after)}
    else:
        properties = carry_over(table.known, "VpcId") | {"Tags": tags_like(table.known, suffix)}
    new = template.add(
        base, {"Type": "AWS::EC2::RouteTable", "Properties": {key: value for key, value in properties.items() if value}}
    )
    making.tables[key] = new
    routes = [] if table is None else making.finder.routes_of(table)
    for route in routes:
        if route.template is not template:
            making.ask(f"{new.name} needs a copy of the route {route.name} too", route.place)
            continue
        copied = copy.deepcopy(route.resource)
        name = f"{new.name}Route"
        copied_properties = copied["Properties"]
        assert isinstance(copied_properties, dict)
        copied_properties["RouteTableId"] = new.ref
        if "NatGatewayId" in copied_properties:
            copied_properties["NatGatewayId"] = to
            name = f"{new.name}Default"
        copied.pop("Metadata", None)
        added = template.add(name, copied)
        if "NatGatewayId" in copied_properties:
            making.first.setdefault(new, added.name)
    if not any("NatGatewayId" in route.known for route in routes):
        default: Object = {"RouteTableId": new.ref, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": to}
        added = template.add(f"{new.name}Default", {"Type": "AWS::EC2::Route", "Properties": default})
        making.first[new] = added.name
    if table is not None:
        _endpoints_too(making, table, new)
    return new


def _endpoints_too(making: Making, table: Found, new: Found) -> None:
    """List a new table wherever the one that it copies is listed: in gateway endpoints and VPN route propagations."""
    for endpoint in making.folder.of("AWS::EC2::VPCEndpoint"):
        tables = endpoint.known.get("RouteTableIds")
        if isinstance(tables, list):
            if any(making.folder.resolved(endpoint.template, named) == table for named in tables):
                endpoint.properties["RouteTableIds"] = [*tables, making.carried(new, endpoint.template)]
        elif tables is not None:
            making.ask(f"RouteTableIds of {endpoint.name} come from elsewhere: add {new.name} to them", endpoint.place)
    for propagation in making.folder.of("AWS::EC2::VPNGatewayRoutePropagation"):
        tables, template = propagation.known.get("RouteTableIds"), propagation.template
        if isinstance(tables, list) and any(making.folder.resolved(template, named) == table for named in tables):
            propagation.properties["RouteTableIds"] = [*tables, making.carried(new, template)]
