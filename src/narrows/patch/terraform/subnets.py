"""New subnets, each made after one that is there."""

from __future__ import annotations

import ipaddress
import re

from narrows.declared.model import Resource, Value
from narrows.patch.terraform import layout
from narrows.patch.terraform.copying import copied
from narrows.patch.terraform.editing import attribute_value
from narrows.patch.terraform.files import Module
from narrows.patch.terraform.gateways import route_table, table_to
from narrows.patch.terraform.ipv6 import ipv6_block
from narrows.patch.terraform.layout import Body
from narrows.patch.terraform.work import Made, Site, Work, label_suffix, suffix_of
from narrows.plan.edits import NewSubnet

_CIDRSUBNET = re.compile(r"cidrsubnet\((.+),\s*(\d+),\s*[^,()]+\)", re.DOTALL)


def new_subnet(work: Work, edit: NewSubnet, what: str) -> None:
    """A subnet with the route table, or a new one, and the network ACL of its original."""
    beside = work.beside("AWS::EC2::Subnet", edit.copy_of)
    if beside is not None:
        _outside(work, edit, beside[0], what)
        return
    site = work.find("AWS::EC2::Subnet", edit.copy_of)
    if site is None or not work.editable(site, what):
        return
    if (standing := _made_earlier(work, edit, site)) is not None:
        work.say(f"{edit.subnet.name} is in the files already, and is taken for the plan's", standing.place)
        work.made[edit.subnet.name] = Made(standing.module, standing.expression)
        return
    suffix = suffix_of(edit.subnet.name, edit.copy_of)
    label = site.module.fresh("aws_subnet", f"{site.address.label}{label_suffix(suffix)}")
    made = Made(site.module, f"aws_subnet.{label}")
    cidr = _cidr(work, site, label)
    changes: dict[str, str | None] = {"cidr_block": cidr, "ipv6_cidr_block": None}
    ipv6 = ipv6_block(work, site) if work.plan.network.subnets[edit.subnet.name].ipv6 else None
    if ipv6 is not None:
        changes["ipv6_cidr_block"] = ipv6
    elif site.placed.block.attribute("ipv6_cidr_block") is not None:
        work.say(
            f"give {made.expression} an ipv6_cidr_block of its own: that of {site.expression} is taken", site.place
        )
    blocks = [
        layout.resource("aws_subnet", label, copied(site.placed.block, site.instance, changes=changes, suffix=suffix))
    ]
    site.edited.insert_after(site.placed.block.node, layout.joined(blocks))
    work.made[edit.subnet.name] = made
    _association(work, edit, site, made, label, what)
    _network_acl(work, site, made, what)


def keep_its_table(work: Work, edit: NewSubnet, _: str) -> None:
    """Note the route table that a new subnet has in common with its original: others that leave it get another."""
    today = work.plan.today.network.subnets
    if edit.copy_of not in today or today[edit.copy_of].route != edit.subnet.route:
        return
    site = (
        work.find("AWS::EC2::Subnet", edit.copy_of) if work.beside("AWS::EC2::Subnet", edit.copy_of) is None else None
    )
    table = None if site is None else route_table(work, site)[0]
    if table is not None:
        work.kept.add(table.resource.address)


def _made_earlier(work: Work, edit: NewSubnet, site: Site) -> Site | None:
    """The subnet itself, where an earlier patch made it: of its name, beside its original, on the same route table."""
    resource = work.resource("AWS::EC2::Subnet", edit.subnet.name)
    standing = None if resource is None else work.site(resource)
    if standing is None or standing.module is not site.module or standing.address == site.address:
        return None
    today = work.plan.today.network.subnets
    table, of_original = route_table(work, standing)[0], route_table(work, site)[0]
    same_route = edit.copy_of in today and today[edit.copy_of].route == edit.subnet.route
    if table is None or of_original is None or not same_route or table.address != of_original.address:
        return None
    return standing


def _association(work: Work, edit: NewSubnet, site: Site, made: Made, label: str, what: str) -> None:
    today = work.plan.today.network.subnets
    before = today[edit.copy_of].route if edit.copy_of in today else edit.subnet.route
    table, association = route_table(work, site)
    target: str | None = None
    if edit.subnet.route != before:
        if table is not None and edit.subnet.route in work.made:
            new_table = table_to(work, table, before, edit.subnet.route)
            target = (
                None
                if new_table is None
                else work.seen_from(site.module, new_table.module, new_table.id, new_table.expression)
            )
        else:
            target = _table_of_route(work, edit.subnet.route, site)
        if target is None:
            work.say(f"{what}: give {made.expression} a route table with a route to {edit.subnet.route}", site.place)
            return
    if association is not None and association.module is site.module:
        name = site.module.fresh("aws_route_table_association", label)
        changes: dict[str, str | None] = {"subnet_id": made.id}
        if target is not None:
            changes["route_table_id"] = target
        body = copied(association.placed.block, association.instance, changes=changes)
        text = layout.resource("aws_route_table_association", name, body)
        association.edited.insert_after(association.placed.block.node, text)
    elif target is not None:
        name = site.module.fresh("aws_route_table_association", label)
        text = layout.resource(
            "aws_route_table_association", name, Body().set(subnet_id=made.id, route_table_id=target)
        )
        site.edited.insert_after(site.placed.block.node, text)
    elif association is not None:
        work.say(f"{what}: associate {made.expression} with the route table of {site.expression}", association.place)
    elif not work.referring("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", site.resource.address):
        work.say(
            f"no file associates {site.expression} with a route table: where something else does, do the same for "
            f"{made.expression}",
            site.place,
        )
    else:
        work.say(f"{what}: associate {made.expression} with the route table of {site.expression}", site.place)


def _table_of_route(work: Work, route: str, site: Site) -> str | None:
    """The route table of another subnet that leaves by a gateway of today."""
    for name, subnet in work.plan.today.network.subnets.items():
        if subnet.route == route:
            subnet_site = work.find("AWS::EC2::Subnet", name)
            table = None if subnet_site is None else route_table(work, subnet_site)[0]
            if table is not None:
                return work.seen_from(site.module, table.module, table.id, table.expression)
    return None


def _network_acl(work: Work, site: Site, made: Made, what: str) -> None:
    """The network ACL that the original is associated with, if not the VPC's own."""
    address = site.resource.address
    for association in work.referring("AWS::EC2::SubnetNetworkAclAssociation", "SubnetId", address):
        acl = work.site(association)
        if acl is None or acl.uncounted:
            work.say(f"{what}: give {made.expression} the network ACL of {site.expression}", str(association.place))
            continue
        if acl.address.type == "aws_network_acl_association" and acl.module is site.module:
            name = acl.module.fresh("aws_network_acl_association", made.expression.removeprefix("aws_subnet."))
            body = copied(acl.placed.block, acl.instance, changes={"subnet_id": made.id})
            text = layout.resource("aws_network_acl_association", name, body)
            acl.edited.insert_after(acl.placed.block.node, text)
            continue
        value = attribute_value(acl.placed.block, "subnet_ids")
        new = work.seen_from(acl.module, made.module, made.id, made.expression)
        if value is None or new is None or acl.address.key is not None:
            work.say(f"{what}: give {made.expression} the network ACL of {site.expression}", acl.place)
        else:
            acl.edited.extend(value, [new])


def _outside(work: Work, edit: NewSubnet, original: Resource, what: str) -> None:
    """After a subnet that a module of the registry makes: beside the module, with its route table."""
    root = work.files.root
    vpc = work.declared.referred(original.properties.get("VpcId"))
    association = next(
        iter(work.referring("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", original.address)), None
    )
    table = None if association is None else work.declared.referred(association.properties.get("RouteTableId"))
    vpc_id = None if vpc is None else work.outside(vpc)
    table_id = None if table is None else work.outside(table)
    today = work.plan.today.network.subnets
    same_route = edit.copy_of not in today or today[edit.copy_of].route == edit.subnet.route
    if vpc_id is None or table_id is None or not same_route:
        work.say(f"{what}: make {edit.subnet.name} like {original.address}, by hand", str(original.place))
        return
    suffix = suffix_of(edit.subnet.name, edit.copy_of)
    name = f"{original.name}{suffix}" if original.name is not None else edit.subnet.name
    label = root.fresh("aws_subnet", re.sub(r"[^A-Za-z0-9_]", "_", name))
    blocks = _free(work, original)
    zone = original.properties.get("AvailabilityZone")
    body = Body().set(
        vpc_id=vpc_id,
        cidr_block=_asked(work, root, label, str(original.place)) if blocks is None else f'"{blocks[1]}"',
        availability_zone=layout.text(zone if isinstance(zone, str) else edit.subnet.az),
    )
    body.blank().set(tags=f"{{\n    Name = {layout.text(name)}\n  }}")
    root.own.append(layout.resource("aws_subnet", label, body))
    body = Body().set(subnet_id=f"aws_subnet.{label}.id", route_table_id=table_id)
    root.own.append(
        layout.resource("aws_route_table_association", root.fresh("aws_route_table_association", label), body)
    )
    work.made[edit.subnet.name] = Made(root, f"aws_subnet.{label}")
    if work.referring("AWS::EC2::SubnetNetworkAclAssociation", "SubnetId", original.address):
        work.say(f"{what}: give aws_subnet.{label} the network ACL of {original.address}", str(original.place))


def _asked(work: Work, module: Module, label: str, place: str) -> str:
    name = module.fresh("variable", f"{label}_cidr_block")
    body = Body().set(
        description=layout.text(f"A free block of addresses of the VPC, for aws_subnet.{label}"), type="string"
    )
    module.own.append(layout.block(f'variable "{name}"', body))
    work.say(f"say which addresses aws_subnet.{label} has: the variable {name}", place)
    return f"var.{name}"


def _cidr(work: Work, site: Site, label: str) -> str:
    """An expression for a free block of addresses as large as the original's; a variable where none is known."""
    blocks = _free(work, site.resource)
    if blocks is None:
        return _asked(work, site.module, label, site.place)
    taken, new = blocks
    written = site.value("cidr_block") or ""
    match = _CIDRSUBNET.fullmatch(written.strip())
    if match is not None:
        bits = int(match[2])
        if bits <= taken.prefixlen:
            base = taken.supernet(bits)
            if new.subnet_of(base):
                number = (int(new.network_address) - int(base.network_address)) // new.num_addresses
                return f"cidrsubnet({match[1]}, {bits}, {number})"
    return f'"{new}"'


def _free(work: Work, subnet: Resource) -> tuple[ipaddress.IPv4Network, ipaddress.IPv4Network] | None:
    """(The original's block, a free one of its size)."""
    properties = subnet.properties
    vpc = work.declared.referred(properties.get("VpcId"))
    original = _network(properties.get("CidrBlock"))
    of_vpc = _network(None if vpc is None else vpc.properties.get("CidrBlock"))
    if vpc is None or original is None or of_vpc is None:
        return None
    rooms = [of_vpc]
    rooms += [
        block
        for association in work.referring("AWS::EC2::VPCCidrBlock", "VpcId", vpc.address)
        if (block := _network(association.properties.get("CidrBlock"))) is not None
    ]
    taken: list[ipaddress.IPv4Network] = list(work.blocks)
    for sibling in work.declared.of("AWS::EC2::Subnet"):
        if work.refers(sibling.properties.get("VpcId"), vpc.address):
            block = _network(sibling.properties.get("CidrBlock"))
            if block is None:
                return None
            taken.append(block)
    free = [
        block
        for room in rooms
        if room.prefixlen <= original.prefixlen
        for block in _free_in(room, original.prefixlen, taken)
    ]
    if not free:
        return None
    chosen = next((block for block in free if block > original), free[0])
    work.blocks.append(chosen)
    return original, chosen


def _free_in(
    room: ipaddress.IPv4Network, length: int, taken: list[ipaddress.IPv4Network]
) -> list[ipaddress.IPv4Network]:
    return [block for block in room.subnets(new_prefix=length) if not any(block.overlaps(used) for used in taken)]


def _network(value: Value) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(value) if isinstance(value, str) else None
    except ValueError:
        return None
