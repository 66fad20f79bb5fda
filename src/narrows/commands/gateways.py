"""More addresses for a NAT gateway, and new NAT gateways. One that is there is never deleted or replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from narrows.aws.requests import Variable
from narrows.aws_ids import NAT_GATEWAY, SUBNET
from narrows.commands.context import Context
from narrows.commands.known import Value
from narrows.listing import counted
from narrows.network import NatKind
from narrows.plan.changes.edits import zones
from narrows.plan.edits import MoreAddresses, NewNatGateway
from narrows.plan.steps import Command, Mark

_DRAINED = "sleep 360"
"""Longer than the 350 seconds for which connections through an address are drained (NAT gateway API reference,
MaxDrainDurationSeconds)."""


def more_addresses(context: Context, edit: MoreAddresses) -> None:
    """Commands for more addresses of a NAT gateway."""
    name, kind = edit.gateway.name, edit.gateway.kind
    gateway = context.known.id(NAT_GATEWAY, name)
    if kind is NatKind.PRIVATE:
        _assign_private(context, gateway, name, edit.more)
        return
    wanted: list[tuple[str | None, int]] = [(None, edit.more)]
    if kind is NatKind.REGIONAL:
        wired = context.known.wiring.gateways.get(name)
        present = Counter(zone for zone, _ in wired.addresses) if wired else Counter()
        own = zones(context.today, name) or ("",)
        wanted = [(zone, edit.after - present.get(zone, edit.gateway.addresses)) for zone in own]
    for zone, count in wanted:
        if count > 0:
            allocated = _allocate(context, count, f"{name} in {zone}" if zone else name)
            _associate(context, gateway, name, allocated, zone)


def new_gateway(context: Context, edit: NewNatGateway) -> None:
    """Commands for a NAT gateway that is not there yet."""
    if edit.gateway.kind is NatKind.REGIONAL:
        _regional(context, edit)
    else:
        _zonal(context, edit)


def _zonal(context: Context, edit: NewNatGateway) -> None:
    known, recorder, gateway = context.known, context.recorder, edit.gateway
    wired = known.wiring.gateways.get(edit.beside)
    beside = f"of {edit.beside}"
    subnet = known.id(SUBNET, (wired and wired.subnet) or beside, f"the id of the subnet {beside}")
    public = gateway.kind is NatKind.ZONAL
    allocated = _allocate(context, gateway.addresses, gateway.name) if public else []
    parameters: dict[str, object] = {"SubnetId": subnet}
    parameters |= {"AllocationId": allocated[0]} if public else {"ConnectivityType": "private"}
    made = _create(context, edit, parameters)
    if public:
        _associate(context, made, gateway.name, allocated[1:], None, is_new=True)
    elif gateway.addresses > 1:
        what = f"assign {counted(gateway.addresses - 1, 'more private address', 'more private addresses')}"
        parameters = {"NatGatewayId": made, "PrivateIpAddressCount": gateway.addresses - 1}
        recorder.run(recorder.make(what, "ec2 AssignPrivateNatGatewayAddress", parameters))


def _regional(context: Context, edit: NewNatGateway) -> None:
    gateway = edit.gateway
    places = []
    for zone in edit.zones or ("",):
        allocated = _allocate(context, gateway.addresses, f"{gateway.name} in {zone or 'its Availability Zone'}")
        places.append({"AvailabilityZone": context.zone(zone, gateway.name), "AllocationIds": allocated})
    # With addresses given by hand it neither adds any of its own, nor zones.
    _create(
        context,
        edit,
        {
            "AvailabilityMode": "regional",
            "VpcId": context.known.vpc(gateways=[edit.beside]),
            "AvailabilityZoneAddresses": places,
        },
    )
    context.recorder.by_hand(
        f"{edit.beside} stays: once nothing uses it any more, delete it with aws ec2 delete-nat-gateway and release "
        "its addresses"
    )
    others = [other.name for other in context.today.others.values() if other.route == edit.beside]
    if others:
        context.recorder.by_hand(
            f"{', '.join(others)}: the default route of their subnets leads to {edit.beside}, unless it is among "
            f"those below; lead it to {gateway.name}"
        )


def _create(context: Context, edit: NewNatGateway, parameters: dict[str, object]) -> Variable:
    recorder, name = context.recorder, edit.gateway.name
    label = context.name(name)
    made = context.known.made(NAT_GATEWAY, name, label)
    gateway = {"NatGatewayIds": [made]}
    recorder.run(
        recorder.make(
            f"create NAT gateway {label}", "ec2 CreateNatGateway", {**parameters, **context.tags("natgateway", name)},
            Mark.COSTS, keeps=made, query="NatGateway.NatGatewayId", makes=name,
        ),
        recorder.make(f"delete {label}", "ec2 DeleteNatGateway", {"NatGatewayId": made}),
        recorder.make(f"until {label} is gone", "ec2 DescribeNatGateways", gateway, waits="nat-gateway-deleted"),
    )  # fmt: skip
    recorder.run(
        recorder.make(f"until {label} works", "ec2 DescribeNatGateways", gateway, waits="nat-gateway-available")
    )
    return made


def _allocate(context: Context, count: int, where: str) -> list[Variable]:
    """Elastic IP addresses, and what they are: whoever keeps an allow-list must have them first."""
    recorder = context.recorder
    allocated = []
    for _ in range(count):
        allocation = context.known.variable("ALLOCATION")
        allocated.append(allocation)
        recorder.run(
            recorder.make(
                f"allocate {counted(count, 'Elastic IP address', 'Elastic IP addresses')} for {where}",
                "ec2 AllocateAddress", {"Domain": "vpc"}, Mark.COSTS, keeps=allocation, query="AllocationId",
            ),
            recorder.make("release the addresses", "ec2 ReleaseAddress", {"AllocationId": allocation}),
        )  # fmt: skip
    recorder.run(
        recorder.make(
            "the new addresses: allow-lists must have them before they carry traffic",
            "ec2 DescribeAddresses", {"AllocationIds": allocated}, query="Addresses[].PublicIp",
        )
    )  # fmt: skip
    return allocated


def _associate(
    context: Context,
    gateway: Value,
    name: str,
    allocated: Sequence[Variable],
    zone: str | None,
    *,
    is_new: bool = False,
) -> None:
    """Give a gateway addresses. One that is new is deleted with them."""
    if not allocated:
        return
    recorder = context.recorder
    where = {} if zone is None else {"AvailabilityZone": context.zone(zone, name)}
    undo: list[Command] = []
    associations = []
    for allocation in allocated:
        association = context.known.variable("ASSOCIATION")
        associations.append(association)
        undo.append(
            recorder.make(
                f"the association of each new address of {name}", "ec2 DescribeAddresses",
                {"AllocationIds": [allocation]},
                keeps=association, query="Addresses[0].AssociationId",
            )
        )  # fmt: skip
    undo.append(
        recorder.make(
            f"take {counted(len(allocated), 'address', 'addresses')} from {name}: open connections have 350 seconds",
            "ec2 DisassociateNatGatewayAddress",
            {"NatGatewayId": gateway, "AssociationIds": associations},
            Mark.INTERRUPTS,
            Mark.EGRESS,
        )
    )
    undo.append(Command("until their connections are drained", _DRAINED))
    recorder.run(
        recorder.make(
            f"give {name} {counted(len(allocated), 'more address', 'more addresses')}",
            "ec2 AssociateNatGatewayAddress",
            {"NatGatewayId": gateway, "AllocationIds": list(allocated), **where},
            Mark.EGRESS,
        ),
        *(() if is_new else undo),
    )


def _assign_private(context: Context, gateway: Value, name: str, count: int) -> None:
    recorder, wired = context.recorder, context.known.wiring.gateways.get(name)
    present = [address for _, address in wired.addresses if address] if wired else []
    listed = ",".join(f'"{address}"' for address in present)
    lookups, addresses = [], []
    for number in range(count):
        address = context.known.variable("PRIVATE")
        addresses.append(address)
        new = f"[?!contains(`[{listed}]`, PrivateIp)]" if present else "[?IsPrimary==`false`]"
        lookups.append(
            recorder.make(
                f"which addresses of {name} are the new ones", "ec2 DescribeNatGateways", {"NatGatewayIds": [gateway]},
                keeps=address, query=f"NatGateways[0].NatGatewayAddresses{new}.PrivateIp | [{number}]",
            )
        )  # fmt: skip
    recorder.run(
        recorder.make(
            f"give {name} {counted(count, 'more private address', 'more private addresses')}",
            "ec2 AssignPrivateNatGatewayAddress",
            {"NatGatewayId": gateway, "PrivateIpAddressCount": count},
        ),
        *lookups,
        recorder.make(
            f"take {counted(count, 'address', 'addresses')} from {name}: open connections have 350 seconds",
            "ec2 UnassignPrivateNatGatewayAddress",
            {"NatGatewayId": gateway, "PrivateIpAddresses": addresses},
            Mark.INTERRUPTS,
        ),
    )
