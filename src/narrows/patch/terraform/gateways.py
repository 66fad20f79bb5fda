"""New NAT gateways beside those that are there, and the way of subnets to them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrows.declared.model import Resource
from narrows.declared.terraform.hcl import Block
from narrows.network import NatKind
from narrows.patch.terraform import layout
from narrows.patch.terraform.addresses import new_addresses
from narrows.patch.terraform.copying import copied
from narrows.patch.terraform.editing import attribute_value
from narrows.patch.terraform.layout import Body
from narrows.patch.terraform.versions import ASSOCIATION, REGIONAL, TOO_OLD
from narrows.patch.terraform.work import Made, Site, Work, label_suffix, suffix_of
from narrows.plan.edits import NewNatGateway, Rerouted

_TABLE_ASSOCIATION = "AWS::EC2::SubnetRouteTableAssociation"
_ZONE_ID = re.compile(r"[a-z]+\d-az\d+")
_DEFAULT_ROUTES = ("0.0.0.0/0",)


def new_gateway(work: Work, edit: NewNatGateway, what: str) -> None:
    """A NAT gateway with its addresses, after the one that it stands beside."""
    site = work.find("AWS::EC2::NatGateway", edit.beside)
    if site is None or not work.editable(site, what):
        return
    suffix = suffix_of(edit.gateway.name, edit.beside)
    label = site.module.fresh("aws_nat_gateway", f"{site.address.label}{label_suffix(suffix)}")
    if edit.gateway.kind is NatKind.REGIONAL:
        made = _regional(work, edit, site, label, suffix)
    elif edit.gateway.kind is NatKind.PRIVATE:
        made = _private(work, edit, site, label, suffix)
    else:
        made = _zonal(work, edit, site, label, suffix)
    if made:
        work.made[edit.gateway.name] = Made(site.module, f"aws_nat_gateway.{label}")


def _zonal(work: Work, edit: NewNatGateway, site: Site, label: str, suffix: str) -> bool:
    count = edit.gateway.addresses
    addresses = new_addresses(
        work, site, count, 1, f"{site.address.label}{label_suffix(suffix)}", suffix, edit.gateway.name
    )
    changes: dict[str, str | None] = {
        "allocation_id": f"aws_eip.{addresses}[0].id",
        "secondary_allocation_ids": None,
        "private_ip": None,
    }
    body = copied(site.placed.block, site.instance, changes=changes, suffix=suffix)
    site.edited.insert_after(site.placed.block.node, layout.resource("aws_nat_gateway", label, body))
    if count > 1:
        work.wants(ASSOCIATION, "aws_nat_gateway_eip_association", TOO_OLD)
        association = site.module.fresh("aws_nat_gateway_eip_association", label)
        secondary = Body().set(
            count=str(count - 1),
            allocation_id=f"aws_eip.{addresses}[count.index + 1].id",
            nat_gateway_id=f"aws_nat_gateway.{label}.id",
        )
        text = layout.resource("aws_nat_gateway_eip_association", association, secondary)
        site.edited.insert_after(site.placed.block.node, text)
    return True


def _private(work: Work, edit: NewNatGateway, site: Site, label: str, suffix: str) -> bool:
    count = edit.gateway.addresses - 1
    changes: dict[str, str | None] = {
        "private_ip": None,
        "secondary_private_ip_addresses": None,
        "secondary_private_ip_address_count": str(count) if count else None,
    }
    body = copied(site.placed.block, site.instance, changes=changes, suffix=suffix)
    site.edited.insert_after(site.placed.block.node, layout.resource("aws_nat_gateway", label, body))
    return True


def _regional(work: Work, edit: NewNatGateway, site: Site, label: str, suffix: str) -> bool:
    work.wants(REGIONAL, "a regional NAT gateway", TOO_OLD)
    vpc = vpc_of(work, site)
    if vpc is None:
        work.say(f"{edit.gateway.name}: which VPC {edit.beside} is in is not said in the files", site.place)
        return False
    per_zone = edit.gateway.addresses
    zones = edit.zones
    addresses = new_addresses(
        work,
        site,
        per_zone * len(zones),
        1,
        f"{site.address.label}{label_suffix(suffix)}",
        suffix,
        edit.gateway.name,
    )
    body = Body().set(availability_mode='"regional"', vpc_id=vpc)
    for place, zone in enumerate(zones):
        ids = ", ".join(
            f"aws_eip.{addresses}[{number}].id" for number in range(place * per_zone, (place + 1) * per_zone)
        )
        name = "availability_zone_id" if _ZONE_ID.fullmatch(zone) else "availability_zone"
        body.block("availability_zone_address", Body().set(**{name: layout.text(zone), "allocation_ids": f"[{ids}]"}))
    if site.resource.name is not None:
        body.blank().set(tags=f'{{\n    Name = "{layout.text(site.resource.name)[1:-1]}{suffix}"\n  }}')
    depends = site.value("depends_on")
    if depends is not None:
        body.blank().set(depends_on=depends)
    site.edited.insert_after(site.placed.block.node, layout.resource("aws_nat_gateway", label, body))
    work.say(
        f"{site.expression} stays, with its addresses: remove it when nothing leaves by it any more (its metric "
        "ActiveConnectionCount is 0), in a change of its own",
        site.place,
    )
    return True


def vpc_of(work: Work, site: Site) -> str | None:
    """What the VPC of a NAT gateway is called in its module."""
    subnet = work.declared.referred(site.resource.properties.get("SubnetId"))
    place = None if subnet is None else work.site(subnet)
    if place is not None and place.module is site.module:
        return place.value("vpc_id")
    return site.value("vpc_id")


def reroute(work: Work, edits: Sequence[Rerouted], what: str) -> None:
    """Subnets of today that leave by another NAT gateway, those of one change together."""
    tables: dict[str, list[tuple[Rerouted, Site, Site | None]]] = {}
    for edit in edits:
        subnet = work.find("AWS::EC2::Subnet", edit.subnet)
        if subnet is None:
            continue
        table, association = route_table(work, subnet)
        if table is None:
            work.say(f"{what}: no route table of {edit.subnet} is in the files", subnet.place)
            continue
        tables.setdefault(table.resource.address, []).append((edit, table, association))
    for address, moved in tables.items():
        _reroute(work, address, moved, what)


def _reroute(work: Work, address: str, moved: list[tuple[Rerouted, Site, Site | None]], what: str) -> None:
    edit, table, _ = moved[0]
    associations = work.referring(_TABLE_ASSOCIATION, "RouteTableId", address)
    gateway = work.made.get(edit.after)
    if gateway is None or not work.editable(table, what):
        return
    target = work.seen_from(table.module, gateway.module, gateway.id, gateway.expression)
    if target is None:
        work.say(f"{what}: {gateway.expression} cannot be referred to from there", table.place)
        return
    after = work.plan.network.nat_gateways.get(edit.after)
    # Everything behind a zonal one goes to the regional one that takes its place.
    all_go = len(associations) <= len(moved) and address not in work.kept
    if all_go or (after is not None and after.kind is NatKind.REGIONAL):
        if _redirected(work, table, edit, target):
            work.tables[address, edit.after] = Made(table.module, table.expression)
        else:
            work.say(f"{what}: no default route of {table.expression} to {edit.before} is in the files", table.place)
        return
    made = table_to(work, table, edit.before, edit.after)
    for edit, _, association in moved:
        if association is None or made is None:
            work.say(f"{what}: the subnet {edit.subnet} has no association with a route table of its own", table.place)
            continue
        value = attribute_value(association.placed.block, "route_table_id")
        new = work.seen_from(association.module, made.module, made.id, made.expression)
        if value is None or new is None or not work.editable(association, what):
            work.say(f"{what}: give {edit.subnet} the route table {made.expression}", association.place)
            continue
        association.edited.choose(value, association.condition, new)


def _redirected(work: Work, table: Site, edit: Rerouted, target: str) -> bool:
    """Let the default route of a table, in place, lead to another gateway; False where none could be changed."""
    done = False
    for route in _default_routes(work, table, edit.before):
        site = work.site(route)
        if site is None or site.uncounted:
            continue
        if site.address.type == "aws_route":
            value = attribute_value(site.placed.block, "nat_gateway_id")
            if value is not None:
                site.edited.choose(value, site.condition, target)
                done = True
            continue
        for inner in site.placed.block.blocks:
            value = attribute_value(inner, "nat_gateway_id")
            if inner.type == "route" and value is not None and _is_default(inner):
                site.edited.choose(value, site.condition, target)
                done = True
    return done


def _is_default(block: Block) -> bool:
    value = attribute_value(block, "cidr_block")
    return value is not None and (value.text or b"").decode().strip('"') in _DEFAULT_ROUTES


def _default_routes(work: Work, table: Site, gateway: str) -> list[Resource]:
    resource = work.resource("AWS::EC2::NatGateway", gateway)
    routes = work.referring("AWS::EC2::Route", "RouteTableId", table.resource.address)
    default = [route for route in routes if route.properties.get("DestinationCidrBlock") in _DEFAULT_ROUTES]
    if resource is None:
        return default
    return [route for route in default if work.refers(route.properties.get("NatGatewayId"), resource.address)]


def route_table(work: Work, subnet: Site) -> tuple[Site | None, Site | None]:
    """The route table of a subnet and its association with it, as far as they can be edited."""
    for associated in work.referring(_TABLE_ASSOCIATION, "SubnetId", subnet.resource.address):
        resource = work.declared.referred(associated.properties.get("RouteTableId"))
        table, association = None if resource is None else work.site(resource), work.site(associated)
        if table is not None and table.uncounted:
            table = None
        return table, None if association is not None and association.uncounted else association
    return None, None


def table_to(work: Work, table: Site, before: str, after: str) -> Made | None:
    """A route table like another, whose default route leads to a new gateway; made once."""
    key = table.resource.address, after
    if key in work.tables:
        return work.tables[key]
    gateway = work.made.get(after)
    if gateway is None:
        return None
    target = work.seen_from(table.module, gateway.module, gateway.id, gateway.expression)
    if target is None:
        return None
    suffix = suffix_of(after, before)
    label = table.module.fresh("aws_route_table", f"{table.address.label}{label_suffix(suffix)}")
    made = work.tables[key] = Made(table.module, f"aws_route_table.{label}")
    body = copied(
        table.placed.block, table.instance, changes={}, suffix=suffix, inner={"route": {"nat_gateway_id": target}}
    )
    blocks = [layout.resource("aws_route_table", label, body)]
    for route in work.referring("AWS::EC2::Route", "RouteTableId", table.resource.address):
        site = work.site(route)
        if site is None or site.address.type != "aws_route" or site.module is not table.module:
            continue
        if site.uncounted:
            work.say(f"give {made.expression} this route too: the count or for_each is not known", site.place)
            continue
        changes: dict[str, str | None] = {"route_table_id": made.id}
        if site.placed.block.attribute("nat_gateway_id") is not None:
            changes["nat_gateway_id"] = target
        name = table.module.fresh("aws_route", f"{site.address.label}{label_suffix(suffix)}")
        blocks.append(layout.resource("aws_route", name, copied(site.placed.block, site.instance, changes=changes)))
    table.edited.insert_after(table.placed.block.node, layout.joined(blocks))
    _gateway_endpoints(work, table, made)
    return made


def _gateway_endpoints(work: Work, table: Site, made: Made) -> None:
    """A new route table has the gateway endpoints of its original: else their traffic would go through NAT."""
    address = table.resource.address
    for endpoint in work.referring("AWS::EC2::VPCEndpoint", "RouteTableIds", address):
        site = work.site(endpoint)
        value = None if site is None else attribute_value(site.placed.block, "route_table_ids")
        new = None if site is None else work.seen_from(site.module, made.module, made.id, made.expression)
        if site is None:
            work.say(f"add {made.expression} to the route tables of {endpoint.address}", str(endpoint.place))
        elif value is not None and new is not None and site.address.key is None:
            site.edited.extend(value, [new])
        elif value is not None:
            work.say(f"add {made.expression} to the route tables of {site.expression}", site.place)
        for key, placed in (table.module.resources if site is not None else {}).items():
            if key[0] != "aws_vpc_endpoint_route_table_association":
                continue
            value = attribute_value(placed.block, "route_table_id")
            if value is not None and (value.text or b"").decode() == table.id:
                label = table.module.fresh(key[0], f"{key[1]}_2")
                body = copied(placed.block, table.instance, changes={"route_table_id": made.id})
                table.module.files[placed.file].insert_after(placed.block.node, layout.resource(key[0], label, body))
