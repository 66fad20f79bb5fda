"""New subnets, made after one that is there: its zone, route table and network ACL, and addresses that are free."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import NamedTuple

from narrows.patch.cloudformation.endpoints import give_ipv6
from narrows.patch.cloudformation.finding import SUBNET
from narrows.patch.cloudformation.making import Making, another, carry_over, number_of, planned_number, tags_like
from narrows.patch.cloudformation.nodes import Json, same
from narrows.patch.cloudformation.routes import table_for
from narrows.patch.cloudformation.templates import Found, Object
from narrows.plan.edits import NewSubnet

_MOST_BLOCKS = 256
"""That ``Fn::Cidr`` makes."""
_SMALLEST = 26
"""Length of the prefix of the smallest block that is taken for functions, where there is none as large as the one
copied: 59 addresses, of which each set of security groups needs one."""
_ALIKE = ("EnableDns64", "PrivateDnsNameOptionsOnLaunch", "MapPublicIpOnLaunch")


def new_subnet(making: Making, edit: NewSubnet) -> None:
    """Add a subnet, made after an existing one."""
    copied = making.finder.subnet(edit.copy_of)
    today = making.plan.today.network.subnets.get(edit.copy_of)
    before = "" if today is None else today.route
    if copied is None:
        _in_module(making, edit, before)
        return
    template = copied.template
    name = another(copied.name, planned_number(edit.subnet.name, edit.copy_of))
    earlier = template.earlier(name, SUBNET[0])
    if earlier is not None and _is_its_copy(making, earlier, copied, edit, before):
        _kept(making, earlier, edit)
        return
    new = template.add(name, {"Type": "AWS::EC2::Subnet", **carry_over(copied.resource, "Condition")})
    making.finder.made[edit.subnet.name] = new
    properties = carry_over(copied.known, "VpcId")
    properties["CidrBlock"] = _block(making, copied, new)
    properties |= carry_over(copied.known, "AvailabilityZone", "AvailabilityZoneId", *_ALIKE)
    tags = tags_like(copied.known, number_of(new.name))
    new.resource["Properties"] = properties | ({"Tags": tags} if tags else {})
    table = table_for(making, copied, edit.subnet.route, before, template)
    if table is not None:
        _associated(making, new, making.carried(table, template), making.first.get(table))
    else:
        association = making.finder.association_of(copied)
        value = None if association is None else association.known.get("RouteTableId")
        if association is not None and value is not None:
            _associated(making, new, making.moved_value(value, association.template, template), None)
    for association in making.finder.referring("AWS::EC2::SubnetNetworkAclAssociation", "SubnetId", copied):
        acl = making.moved_value(association.known.get("NetworkAclId"), association.template, template)
        properties = {"SubnetId": new.ref, "NetworkAclId": acl}
        template.add(f"{new.name}Acl", {"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": properties})
        break
    if edit.subnet.ipv6:
        give_ipv6(making, new, edit.subnet.name)
    elif "Ipv6CidrBlock" in copied.known:
        making.ask(f"{copied.name} has IPv6 addresses, {new.name} none: give it an Ipv6CidrBlock", copied.place)


def _is_its_copy(making: Making, earlier: Found, copied: Found, edit: NewSubnet, before: str) -> bool:
    """Whether a subnet is what the plan adds: in the place of the one that it copies, with the plan's way out."""
    if any(
        not same(earlier.known.get(key), copied.known.get(key))
        for key in ("VpcId", "AvailabilityZone", "AvailabilityZoneId")
    ):
        return False
    table = making.finder.table_of(earlier)
    gateway = making.finder.made.get(edit.subnet.route) or making.finder.nat_gateway(edit.subnet.route)
    if table is not None and gateway is not None:
        return making.finder.leads_to(table, gateway)
    return edit.subnet.route == before and table == making.table_today(copied)


def _kept(making: Making, earlier: Found, edit: NewSubnet) -> None:
    making.keep(earlier)
    making.finder.made[edit.subnet.name] = earlier
    association = making.finder.association_of(earlier)
    if association is not None and association.template is earlier.template:
        making.routes[earlier] = association.name
    if edit.subnet.ipv6:
        give_ipv6(making, earlier, edit.subnet.name)


def _associated(making: Making, new: Found, table: Json, route: str | None) -> None:
    if table is None:
        making.ask(f"associate {new.name} with the route table of the one that it is made after", new.template.path)
        return
    like = carry_over(new.resource, "Condition")
    resource: Object = {"Type": "AWS::EC2::SubnetRouteTableAssociation", **like}
    if route is not None and route in new.template.resources:
        resource["DependsOn"] = route
    properties: Object = {"SubnetId": new.ref, "RouteTableId": table}
    making.routes[new] = new.template.add(f"{new.name}Routes", {**resource, "Properties": properties}).name


def _in_module(making: Making, edit: NewSubnet, before: str) -> None:
    template = making.module
    new = template.add(edit.subnet.name, {"Type": "AWS::EC2::Subnet"})
    making.finder.made[edit.subnet.name] = new
    new.resource["Properties"] = {
        "VpcId": making.vpc_of(template, edit.copy_of),
        "CidrBlock": _asked(making, new),
        **making.zone(edit.subnet.az, None, template),
        "Tags": [{"Key": "Name", "Value": edit.subnet.name}],
    }
    made = None if edit.subnet.route == before else table_for(making, None, edit.subnet.route, before, template)
    table = making.given("Route table", edit.copy_of) if made is None else made.ref
    _associated(making, new, table, None if made is None else making.first.get(made))
    output = template.fresh(f"{new.name}Id")
    template.section("Outputs")[output] = {"Description": "A new subnet for functions", "Value": new.ref}
    making.ask(
        f"no template declares the subnet {edit.copy_of}: associate {new.name} with its network ACL, where that is not "
        "the VPC's own",
        template.path,
    )


# Addresses.


def _block(making: Making, copied: Found, new: Found) -> Json:
    """A block of addresses that is free in the VPC as far as the templates show; a parameter where they do not."""
    vpc = making.folder.resolved(copied.template, copied.known.get("VpcId"))
    cidr_copied = copied.known.get("CidrBlock")
    others = list(_blocks(making, copied, vpc, new))
    taken = [block for cidr in others if (block := literal(cidr)) is not None]
    block_copied = literal(cidr_copied)
    wholes = [] if vpc is None else [literal(cidr) for cidr in _blocks_of_vpc(making, vpc)]
    known = [whole for whole in wholes if whole is not None]
    full = False
    asked = [made.known.get("CidrBlock") for made in making.finder.made.values() if made.type in SUBNET]
    unsaid = [cidr for cidr in others if literal(cidr) is None and not (cidr in asked and _is_parameter(cidr))]
    if block_copied is not None and known and not unsaid:
        free = _free(known, taken, block_copied.prefixlen)
        if free is not None:
            making.ask(f"{new.name} takes {free}: free as far as the templates show", copied.place)
            return str(free)
        full = len(known) == len(wholes)
    by_function = _next_block(cidr_copied, others)
    if by_function is not None:
        text = f"{new.name} takes the next block of Fn::Cidr: the VPC must have room for it"
        making.ask(text, copied.place)
        return by_function
    return _asked(making, new, ", ".join(map(str, known)) if full else "")


def _free(wholes: list[IPv4Network], taken: list[IPv4Network], length: int) -> IPv4Network | None:
    """A block that overlaps none that is taken: of that length, else as large as there is room for."""
    for prefix in range(length, max(length, _SMALLEST) + 1):
        for whole in wholes:
            blocks = whole.subnets(new_prefix=prefix) if prefix >= whole.prefixlen else ()
            free = next((block for block in blocks if not any(map(block.overlaps, taken))), None)
            if free is not None:
                return free
    return None


def _blocks_of_vpc(making: Making, vpc: Found) -> Iterator[Json]:
    yield vpc.known.get("CidrBlock")
    for cidr_block in making.finder.referring("AWS::EC2::VPCCidrBlock", "VpcId", vpc):
        if "CidrBlock" in cidr_block.known:
            yield cidr_block.known["CidrBlock"]


def _blocks(making: Making, copied: Found, vpc: Found | None, new: Found) -> Iterator[Json]:
    for subnet in making.folder.of(*SUBNET):
        if subnet == new:
            continue
        where = subnet.known.get("VpcId")
        same_text = subnet.template is copied.template and where == copied.known.get("VpcId")
        if same_text or (vpc is not None and making.folder.resolved(subnet.template, where) == vpc):
            yield subnet.known.get("CidrBlock")


def _is_parameter(value: Json) -> bool:
    return isinstance(value, dict) and list(value) == ["Ref"]


def _asked(making: Making, new: Found, full: str = "") -> Json:
    """A parameter for the block of a subnet.

    Args:
        full: the blocks of the VPC, where its subnets have all their addresses.
    """
    text = f"A block of IPv4 addresses for {new.name} that is free in the VPC, such as 10.0.32.0/20"
    if full:
        text = f"A block of IPv4 addresses for {new.name}, outside of {full}: there is no room for a subnet"
    value = new.template.parameter(f"{new.name}Cidr", "String", text)
    if full:
        making.ask(
            f"{full}, all that the VPC has, is taken by its subnets: associate another block with it first "
            f"(AWS::EC2::VPCCidrBlock), then say what {making.named(value)} is: a part of it for {new.name}",
            new.template.path,
        )
        return value
    making.ask(f"say what {making.named(value)} is: a free block of IPv4 addresses for {new.name}", new.template.path)
    return value


def literal(value: Json) -> IPv4Network | None:
    """A block of addresses that is written out."""
    if not isinstance(value, str):
        return None
    try:
        return IPv4Network(value, strict=False)
    except ValueError:
        return None


class _Selected(NamedTuple):
    """``!Select [place, !Cidr [whole, blocks, bits]]``."""

    place: int
    whole: Json
    blocks: int
    bits: Json


def _next_block(copied: Json, others: list[Json]) -> Json:
    """The block after the last one, where all are made by the same ``Fn::Cidr``."""
    first = _selected(copied)
    if first is None:
        return None
    place, blocks = first.place, first.blocks
    for cidr in others:
        selected = _selected(cidr)
        if selected is None or selected.whole != first.whole or selected.bits != first.bits:
            return None
        place, blocks = max(place, selected.place), max(blocks, selected.blocks)
    place += 1
    if place >= _MOST_BLOCKS:
        return None
    arguments: list[Json] = [copy.deepcopy(first.whole), max(blocks, place + 1), copy.deepcopy(first.bits)]
    return {"Fn::Select": [place, {"Fn::Cidr": arguments}]}


def _selected(value: Json) -> _Selected | None:
    """The block that a value selects of those that ``Fn::Cidr`` makes; None of another value."""
    select = value.get("Fn::Select") if isinstance(value, dict) else None
    if not isinstance(select, list) or len(select) != 2 or not isinstance(select[1], dict):
        return None
    arguments = select[1].get("Fn::Cidr")
    if not isinstance(arguments, list) or len(arguments) != 3:
        return None
    place, (whole, blocks, bits) = select[0], arguments
    if not str(place).isdigit() or not str(blocks).isdigit():
        return None
    return _Selected(int(str(place)), whole, int(str(blocks)), bits)
