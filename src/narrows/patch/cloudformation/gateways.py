"""NAT gateways: more addresses, and new ones beside.

What is there is never replaced: a gateway's first address, its subnet and its kind are create-only.
"""

from __future__ import annotations

import copy

from narrows.network import NatKind
from narrows.patch.cloudformation.making import (
    Making,
    another,
    carry_over,
    number_of,
    planned_number,
    tags_like,
)
from narrows.patch.cloudformation.nodes import Json, same
from narrows.patch.cloudformation.templates import Found, Object
from narrows.plan.edits import MoreAddresses, NewNatGateway

_REGIONAL = "regional"


def more_addresses(making: Making, edit: MoreAddresses) -> None:
    """Give an existing NAT gateway more addresses."""
    gateway = making.finder.nat_gateway(edit.gateway.name)
    if gateway is None:
        _associate_by_hand(making, edit)
    elif edit.gateway.kind is NatKind.REGIONAL:
        _more_in_each_zone(making, edit, gateway)
    elif edit.gateway.kind is NatKind.PRIVATE:
        _more_private(making, edit, gateway)
    else:
        _more_public(making, edit, gateway)


def _missing(making: Making, edit: MoreAddresses, gateway: Found, declared: int) -> int:
    """How many addresses the template lacks."""
    name = edit.gateway.name
    if declared >= edit.after:
        making.keep(gateway)
    elif declared != edit.gateway.addresses:
        making.ask(
            f"{gateway.name} has {declared} in the template and {name} {edit.gateway.addresses} in the plan: look "
            f"whether they are the same; it gets {edit.after} in all",
            gateway.place,
        )
    return max(0, edit.after - declared)


def _more_public(making: Making, edit: MoreAddresses, gateway: Found) -> None:
    secondary = gateway.known.get("SecondaryAllocationIds", [])
    if not isinstance(secondary, list):
        making.ask(
            f"SecondaryAllocationIds of {gateway.name} come from elsewhere: give it {edit.more} more Elastic IP "
            f"addresses there ({edit.after} in all)",
            gateway.template.place("Resources", gateway.name, "Properties", "SecondaryAllocationIds"),
        )
        return
    first = making.folder.resolved(gateway.template, gateway.known.get("AllocationId"))
    more = _missing(making, edit, gateway, 1 + len(secondary))
    new = [address(making, gateway, first, 1 + len(secondary) + number) for number in range(1, more + 1)]
    if new:
        gateway.properties["SecondaryAllocationIds"] = [*secondary, *(eip.att("AllocationId") for eip in new)]


def _more_private(making: Making, edit: MoreAddresses, gateway: Found) -> None:
    secondary = gateway.known.get("SecondaryPrivateIpAddresses")
    if secondary is None:
        count = gateway.known.get("SecondaryPrivateIpAddressCount", 0)
        if isinstance(count, (str, int)) and str(count).isdigit():
            if _missing(making, edit, gateway, 1 + int(count)):
                gateway.properties["SecondaryPrivateIpAddressCount"] = edit.after - 1
            return
    elif isinstance(secondary, list):
        listed = list(secondary)
        for _ in range(_missing(making, edit, gateway, 1 + len(secondary))):
            text = f"A free IPv4 address in the subnet of {gateway.name}"
            value = gateway.template.parameter(f"{gateway.name}Address{len(listed) + 2}", "String", text)
            making.ask(
                f"say what {making.named(value)} is: a free address in the subnet of {gateway.name}", gateway.place
            )
            listed.append(value)
        gateway.properties["SecondaryPrivateIpAddresses"] = listed
        return
    text = f"the private addresses of {gateway.name} come from elsewhere: give it {edit.more} more there"
    making.ask(text, gateway.place)


def _more_in_each_zone(making: Making, edit: MoreAddresses, gateway: Found) -> None:
    zones = gateway.known.get("AvailabilityZoneAddresses")
    lists: list[tuple[Object, list[Json]]] = []
    for zone in zones if isinstance(zones, list) else ():
        ids = zone.get("AllocationIds") if isinstance(zone, dict) else None
        if isinstance(zone, dict) and isinstance(ids, list):
            lists.append((zone, ids))
    if not lists or not isinstance(zones, list) or len(lists) < len(zones):
        making.ask(
            f"{gateway.name} gets its addresses from AWS or from elsewhere: it needs {edit.after} in each Availability "
            "Zone, and a gateway in automatic mode takes none that are given to it",
            gateway.place,
        )
        return
    for place, (zone, ids) in enumerate(lists):
        first = making.folder.resolved(gateway.template, ids[0]) if ids else None
        more = _missing(making, edit, gateway, len(ids))
        letter = _letter(place)
        new = [address(making, gateway, first, len(ids) + number, letter) for number in range(1, more + 1)]
        zone["AllocationIds"] = [*ids, *(eip.att("AllocationId") for eip in new)]


def _letter(place: int) -> str:
    """The letter of an Availability Zone in the names of its addresses, by its place in the list."""
    return chr(ord("A") + place) if place < 26 else f"Z{place}"


def address(making: Making, gateway: Found, like: Found | None, number: int, zone: str = "") -> Found:
    """Add an Elastic IP address for a NAT gateway, and the output that says it."""
    template, name = gateway.template, f"{gateway.name}{zone}Eip{number}"
    model = like if like is not None and like.type == "AWS::EC2::EIP" and like.template is template else None
    resource: Object = {"Type": "AWS::EC2::EIP"}
    condition = gateway.resource.get("Condition")
    depends: Json = making.attachment(template)
    properties: Object = {"Domain": "vpc"}
    if model is not None:
        condition = model.resource.get("Condition", condition)
        depends = copy.deepcopy(model.resource.get("DependsOn", depends))
        properties |= carry_over(model.known, "PublicIpv4Pool", "NetworkBorderGroup")
        properties["Tags"] = tags_like(model.known, str(number))
    resource |= {"Condition": condition, "DependsOn": depends}
    new = template.add(name, {**resource, "Properties": {key: value for key, value in properties.items() if value}})
    output = template.fresh(f"{new.name}Address")
    template.section("Outputs")[output] = {
        "Description": f"An egress address of {gateway.name} that is new, for allow-lists",
        **({} if condition is None else {"Condition": condition}),
        "Value": new.att("PublicIp"),
    }
    making.outputs.append(output)
    return new


def _associate_by_hand(making: Making, edit: MoreAddresses) -> None:
    name, gateway = edit.gateway.name, edit.gateway
    if gateway.kind is not NatKind.ZONAL:
        what = "private addresses" if gateway.kind is NatKind.PRIVATE else "addresses in each Availability Zone"
        making.ask(
            f"no template declares the NAT gateway {name}: where it is declared, give it {edit.more} more {what}"
        )
        return
    new = []
    for number in range(gateway.addresses + 1, edit.after + 1):
        eip = making.module.add(f"{name} Eip {number}", {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}})
        output = making.module.fresh(f"{eip.name}Address")
        outputs = making.module.section("Outputs")
        outputs[output] = {"Description": "A new egress address, for allow-lists", "Value": eip.att("PublicIp")}
        outputs[making.module.fresh(f"{eip.name}AllocationId")] = {"Value": eip.att("AllocationId")}
        making.outputs.append(output)
        new.append(eip.name)
    making.ask(
        f"no template declares the NAT gateway {name}, and CloudFormation adds addresses to none that it did not make: "
        f"give it {', '.join(new)} where it is declared, or once with 'aws ec2 associate-nat-gateway-address'",
        making.module.path,
    )


# New gateways.


def new_gateway(making: Making, edit: NewNatGateway) -> None:
    """Add a NAT gateway beside an existing one."""
    beside = making.finder.nat_gateway(edit.beside)
    template = making.module if beside is None else beside.template
    is_regional = edit.gateway.kind is NatKind.REGIONAL
    base = edit.gateway.name
    earlier = None if beside is None else _earlier(edit, beside)
    if earlier is not None:
        making.keep(earlier)
        making.finder.made[edit.gateway.name] = earlier
        return
    if beside is not None:
        base = _base(edit, beside)
        if is_regional:
            text = f"{beside.name} stays, and costs what it costs, until you take it away with its addresses"
            making.ask(f"{text}: once nothing is connected through it", beside.place)
    like = {} if beside is None else carry_over(beside.resource, "Condition", "DependsOn")
    new = template.add(base, {"Type": "AWS::EC2::NatGateway", **like})
    making.finder.made[edit.gateway.name] = new
    new.resource["Properties"] = (_regional if is_regional else _zonal)(making, edit, beside, new)


def _base(edit: NewNatGateway, beside: Found) -> str:
    if edit.gateway.kind is NatKind.REGIONAL:
        return f"{beside.name}Regional"
    return another(beside.name, planned_number(edit.gateway.name, edit.beside))


def _earlier(edit: NewNatGateway, beside: Found) -> Found | None:
    """The gateway that an earlier patch put there: of the same kind, in the same place, with as many addresses."""
    earlier = beside.template.earlier(_base(edit, beside), beside.type)
    if earlier is None:
        return None
    known, wanted = earlier.known, edit.gateway
    if wanted.kind is NatKind.REGIONAL:
        zones = known.get("AvailabilityZoneAddresses")
        lists = (
            [zone.get("AllocationIds") for zone in zones if isinstance(zone, dict)] if isinstance(zones, list) else []
        )
        enough = [isinstance(ids, list) and len(ids) >= wanted.addresses for ids in lists]
        alike = known.get("AvailabilityMode") == _REGIONAL and len(lists) == len(edit.zones) and all(enough)
        return earlier if alike else None
    if not same(known.get("SubnetId"), beside.known.get("SubnetId")):
        return None
    if wanted.kind is NatKind.PRIVATE:
        count = known.get("SecondaryPrivateIpAddressCount", 0)
        alike = known.get("ConnectivityType") == "private" and isinstance(count, int) and count >= wanted.addresses - 1
        return earlier if alike else None
    secondary = known.get("SecondaryAllocationIds", [])
    alike = "AllocationId" in known and isinstance(secondary, list) and len(secondary) >= wanted.addresses - 1
    return earlier if alike else None


def _zonal(making: Making, edit: NewNatGateway, beside: Found | None, new: Found) -> Object:
    suffix = number_of(new.name)
    if beside is None:
        properties: Object = {"SubnetId": making.given("Subnet", edit.beside, "AWS::EC2::Subnet::Id")}
        tags: Json = [{"Key": "Name", "Value": edit.gateway.name}]
    else:
        properties = carry_over(beside.known, "SubnetId", "ConnectivityType", "MaxDrainDurationSeconds")
        tags = tags_like(beside.known, suffix)
    if edit.gateway.kind is NatKind.PRIVATE:
        properties["ConnectivityType"] = "private"
        if edit.gateway.addresses > 1:
            properties["SecondaryPrivateIpAddressCount"] = edit.gateway.addresses - 1
    else:
        first = None if beside is None else making.folder.resolved(beside.template, beside.known.get("AllocationId"))
        ids = [
            address(making, new, first, number).att("AllocationId") for number in range(1, edit.gateway.addresses + 1)
        ]
        properties["AllocationId"] = ids[0]
        if ids[1:]:
            properties["SecondaryAllocationIds"] = ids[1:]
    return properties | ({"Tags": tags} if tags else {})


def _regional(making: Making, edit: NewNatGateway, beside: Found | None, new: Found) -> Object:
    template = new.template
    subnet = None if beside is None else making.folder.resolved(template, beside.known.get("SubnetId"))
    vpc = None if subnet is None else making.moved_value(subnet.known.get("VpcId"), subnet.template, template)
    first = None if beside is None else making.folder.resolved(template, beside.known.get("AllocationId"))
    zones: list[Json] = []
    for place, zone in enumerate(edit.zones):
        behind = [subnet.name for subnet in making.plan.today.network.subnets.values() if subnet.az == zone]
        like = next((declared for name in behind if (declared := making.finder.subnet(name)) is not None), None)
        numbers = range(1, edit.gateway.addresses + 1)
        letter = _letter(place)
        ids = [address(making, new, first, number, letter).att("AllocationId") for number in numbers]
        zones.append({**making.zone(zone, like, template), "AllocationIds": list(ids)})
    properties: Object = {
        "AvailabilityMode": _REGIONAL,
        "VpcId": vpc if vpc is not None else making.vpc_of(template, edit.beside),
        "AvailabilityZoneAddresses": zones,
    }
    tags = None if beside is None else tags_like(beside.known, _REGIONAL)
    return properties | ({"Tags": tags} if tags else {})
