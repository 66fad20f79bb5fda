"""New subnets, and subnets that become dual-stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from narrows.addresses import Block
from narrows.aws.requests import Variable
from narrows.aws_ids import SUBNET
from narrows.commands.blocks import free_block
from narrows.commands.context import Context
from narrows.commands.known import Value
from narrows.commands.tables import Tables
from narrows.plan.edits import DualStack, NewSubnet

_SMALLEST = 28
"""Bits of the prefix of the smallest subnet of a VPC."""
_IPV6 = 64
"""Bits of the prefix of every subnet's IPv6 block."""


def new_subnet(context: Context, tables: Tables, edit: NewSubnet) -> None:
    """A subnet as another is: its size, Availability Zone and network ACL; its route table where it leads there too."""
    known, recorder = context.known, context.recorder
    subnet, original = edit.subnet, edit.copy_of
    wired = known.wiring.subnets.get(original)
    size = next((block.prefix for block in wired.blocks if block.version == 4), None) if wired else None
    parameters: dict[str, object] = {
        "VpcId": known.vpc(original),
        "CidrBlock": _block(context, original, size, 4, subnet.name),
        "AvailabilityZone": context.zone(subnet.az, subnet.name),
    }
    if subnet.ipv6:
        parameters["Ipv6CidrBlock"] = _block(context, original, _IPV6, 6, subnet.name)
    parameters |= context.tags("subnet", subnet.name)
    label = context.name(subnet.name)
    made = known.made(SUBNET, subnet.name, label)
    recorder.run(
        recorder.make(
            f"create subnet {label}",
            "ec2 CreateSubnet",
            parameters,
            keeps=made,
            query="Subnet.SubnetId",
            makes=subnet.name,
        ),
        recorder.make(
            f"delete {label}: Lambda gives its network interface back up to 20 minutes after its last function",
            "ec2 DeleteSubnet",
            {"SubnetId": made},
        ),
    )
    tables.give(made, subnet.name, original)
    _copy_acl(context, made, original)


def dual_stack(context: Context, tables: Tables, edit: DualStack) -> None:
    """An IPv6 block for a subnet, and a route to an egress-only internet gateway."""
    known, recorder = context.known, context.recorder
    subnet = known.id(SUBNET, edit.subnet)
    association = known.variable("IPV6_ASSOCIATION", edit.subnet)
    block = _block(context, edit.subnet, _IPV6, 6, edit.subnet)
    recorder.run(
        recorder.make(
            f"give {edit.subnet} IPv6 addresses", "ec2 AssociateSubnetCidrBlock",
            {"SubnetId": subnet, "Ipv6CidrBlock": block},
            keeps=association, query="Ipv6CidrBlockAssociation.AssociationId",
        ),
        recorder.make(
            f"take the IPv6 addresses of {edit.subnet} back", "ec2 DisassociateSubnetCidrBlock",
            {"AssociationId": association},
        ),
    )  # fmt: skip
    tables.lead_over_ipv6(edit.subnet, _egress_only_gateway(context, edit.subnet))
    recorder.by_hand("the security groups and network ACLs of its functions must let IPv6 out, to ::/0")


def _egress_only_gateway(context: Context, subnet: str) -> Value:
    """The one that the VPC has, or a new one."""
    known, recorder = context.known, context.recorder
    if context.egress_only is not None:
        return context.egress_only
    vpc = known.wiring.subnets[subnet].vpc if subnet in known.wiring.subnets else None
    tables = [table for table in known.wiring.tables.values() if table.vpc == vpc]
    routes = [route.by for table in tables for route in table.routes]
    there = next((value for member, value in routes if member == "EgressOnlyInternetGatewayId"), None)
    if there is not None:
        context.egress_only = there
        return there
    made = context.egress_only = known.variable("EIGW")
    recorder.run(
        recorder.make(
            "create an egress-only internet gateway", "ec2 CreateEgressOnlyInternetGateway",
            {"VpcId": known.vpc(subnet)},
            keeps=made, query="EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
        ),
        recorder.make(
            "delete the egress-only internet gateway", "ec2 DeleteEgressOnlyInternetGateway",
            {"EgressOnlyInternetGatewayId": made},
        ),
    )  # fmt: skip
    return made


def _block(context: Context, original: str, size: int | None, version: int, name: str) -> Value:
    """A free block of a VPC, or one that is asked for."""
    wiring = context.known.wiring
    vpc = wiring.subnets[original].vpc if original in wiring.subnets else None
    wired = wiring.vpcs.get(vpc or "")
    if wired is not None and size is not None:
        for bits in range(size, max(size, _SMALLEST) + 1 if version == 4 else size + 1):
            free = _next_of_all(context, wired.blocks, list(_taken(context, vpc)), bits, version)
            if free is not None:
                context.blocks.append(free)
                return str(free)
    if version == 6:
        what = f"a free /{_IPV6} of the IPv6 block of the VPC, for {name}; give the VPC one first if it has none"
        return context.known.ask("IPV6_CIDR", name, what, "...")
    return context.known.ask("CIDR", context.name(name), f"a free block of the VPC, for {context.name(name)}", "...")


def _next_of_all(
    context: Context, within: Sequence[Block], taken: list[Block], bits: int, version: int
) -> Block | None:
    """A free block, of a size that leaves room for all the subnets that are still to come.

    One that is smaller than the original does too: a function takes one address in it.
    """
    coming = [
        subnet for subnet in context.after.subnets.values()
        if subnet.name not in context.today.subnets and not context.known.is_made(SUBNET, subnet.name)
    ]  # fmt: skip
    first: Block | None = None
    for _ in coming if version == 4 else ("this one",):
        block = free_block(within, taken, bits, version)
        if block is None:
            return None
        taken.append(block)
        first = first or block
    return first


def _taken(context: Context, vpc: str | None) -> Iterator[Block]:
    yield from context.blocks
    for subnet in context.known.wiring.subnets.values():
        if subnet.vpc == vpc:
            yield from subnet.blocks


def _copy_acl(context: Context, subnet: Variable, original: str) -> None:
    """The network ACL of the original, where that is not the one that every new subnet has."""
    wiring, recorder = context.known.wiring, context.recorder
    acl = wiring.acl_of(original)
    if acl is None:
        recorder.by_hand(
            f"the new subnet has the default network ACL of the VPC: give it that of {original}, if it differs"
        )
        return
    if wiring.acls[acl].is_default:
        return
    association = context.known.variable("ACLASSOC")
    recorder.run(
        recorder.make(
            "the network ACL that the new subnet has", "ec2 DescribeNetworkAcls",
            {"Filters": [{"Name": "association.subnet-id", "Values": [subnet]}]},
            keeps=association, about=subnet,
            query="NetworkAcls[].Associations[]|[?SubnetId==`\"{about}\"`].NetworkAclAssociationId|[0]",
        )
    )  # fmt: skip
    recorder.run(
        recorder.make(
            f"give the new subnet the network ACL of {original}", "ec2 ReplaceNetworkAclAssociation",
            {"AssociationId": association, "NetworkAclId": acl},
        )
    )  # fmt: skip
