"""Subnets that become dual-stack, with a way out over IPv6."""

from __future__ import annotations

import re
from collections.abc import Sequence

from narrows.patch.terraform import layout
from narrows.patch.terraform.editing import attribute_value
from narrows.patch.terraform.gateways import route_table
from narrows.patch.terraform.layout import Body
from narrows.patch.terraform.work import Site, Work
from narrows.plan.edits import DualStack

_BLOCK = "ipv6_cidr_block"
_BLOCKS = 256
"""Of /64 in the /56 that AWS gives a VPC."""
_CIDRSUBNET = re.compile(r"\s*cidrsubnet\(\s*([\w.]+)\s*,\s*8\s*,\s*(\d+)\s*\)\s*")


def dual_stack(work: Work, edits: Sequence[DualStack], what: str) -> None:
    """An IPv6 block for the VPC and each of the subnets, an egress-only internet gateway, and routes to it."""
    sites = [site for edit in edits if (site := work.find("AWS::EC2::Subnet", edit.subnet)) is not None]
    sites = [site for site in sites if work.editable(site, what)]
    ways: dict[str, str] = {}
    done: set[tuple[str, str]] = set()
    for subnet in sites:
        vpc = _vpc(work, subnet)
        cidr = None if subnet.address.key is not None else ipv6_block(work, subnet)
        if vpc is None or cidr is None:
            work.say(
                f"{what}: give {subnet.expression} an IPv6 block of the VPC's, and its route table a route of ::/0 to "
                "an egress-only internet gateway",
                subnet.place,
            )
            continue
        if vpc.resource.address not in ways:
            ways[vpc.resource.address] = _way(work, vpc)
        subnet.edited.add_attribute(subnet.placed.block, _BLOCK, cidr)
        table = route_table(work, subnet)[0]
        if table is None or table.address.key is not None:
            work.say(f"{what}: give {subnet.expression} a route of ::/0", subnet.place)
        elif (table.placed.file, table.expression) not in done:
            done.add((table.placed.file, table.expression))
            _route(table, ways[vpc.resource.address])


def ipv6_block(work: Work, subnet: Site) -> str | None:
    """An expression for a free block of addresses of a subnet's VPC, another one each time.

    None where that of another subnet is written in another way: which are free is not worked out then.
    """
    vpc = _vpc(work, subnet)
    if vpc is None:
        return None
    of_vpc = f"{vpc.expression}.{_BLOCK}"
    taken = set(work.ipv6_blocks)
    for sibling in work.declared.of("AWS::EC2::Subnet"):
        if not sibling.properties.get("Ipv6CidrBlock") or not work.refers(
            sibling.properties.get("VpcId"), vpc.resource.address
        ):
            continue
        site = work.site(sibling)
        written = _CIDRSUBNET.fullmatch((None if site is None else site.value(_BLOCK)) or "")
        if written is None or written[1] != of_vpc:
            return None
        taken.add(int(written[2]))
    number = next((candidate for candidate in range(1, _BLOCKS) if candidate not in taken), None)
    if number is None:
        return None
    work.ipv6_blocks.add(number)
    return f"cidrsubnet({of_vpc}, 8, {number})"


def _vpc(work: Work, subnet: Site) -> Site | None:
    resource = work.declared.referred(subnet.resource.properties.get("VpcId"))
    vpc = None if resource is None else work.site(resource)
    if vpc is None or vpc.module is not subnet.module or vpc.address.key is not None or vpc.uncounted:
        return None
    return vpc


def _way(work: Work, vpc: Site) -> str:
    """The egress-only internet gateway of a VPC, made where it has none; and the VPC's IPv6 block."""
    block = vpc.placed.block
    if block.attribute(_BLOCK) is None and block.attribute("ipv6_ipam_pool_id") is None:
        name = "assign_generated_ipv6_cidr_block"
        value = attribute_value(block, name)
        if value is None:
            vpc.edited.add_attribute(block, name, "true")
        else:
            vpc.edited.set_value(value, "true")
    for gateway in work.referring("AWS::EC2::EgressOnlyInternetGateway", "VpcId", vpc.resource.address):
        site = work.site(gateway)
        if site is not None and site.module is vpc.module:
            return site.id
    label = vpc.module.fresh("aws_egress_only_internet_gateway", vpc.address.label)
    text = layout.resource("aws_egress_only_internet_gateway", label, Body().set(vpc_id=vpc.id))
    vpc.edited.insert_after(block.node, text)
    return f"aws_egress_only_internet_gateway.{label}.id"


def _route(table: Site, way: str) -> None:
    if any(block.type in ("route", "dynamic") for block in table.placed.block.blocks):
        body = Body().set(**{_BLOCK: '"::/0"', "egress_only_gateway_id": way})
        table.edited.add_block(table.placed.block, layout.block("route", body))
        return
    label = table.module.fresh("aws_route", f"{table.address.label}_ipv6")
    body = Body().set(route_table_id=table.id, destination_ipv6_cidr_block='"::/0"', egress_only_gateway_id=way)
    table.edited.insert_after(table.placed.block.node, layout.resource("aws_route", label, body))
