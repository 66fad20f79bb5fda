"""EC2's operations that change an account, as strict as AWS documents them; everything is done at once."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from narrows.limits import (
    ELASTIC_IPS_PER_REGION,
    INTERFACE_ENDPOINTS_PER_VPC,
    NAT_ADDRESSES,
    NAT_ELASTIC_IPS_QUOTA,
    NAT_GATEWAYS_PER_AZ,
    PRIVATE_NAT_ADDRESSES,
    REGIONAL_NAT_ADDRESSES,
    Limit,
)
from tests.aws.account import Account, Record
from tests.aws.asked import Asked, Handler
from tests.aws.errors import AwsError

_TARGETS = (
    "NatGatewayId", "EgressOnlyInternetGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "GatewayId",
    "NetworkInterfaceId", "VpcEndpointId", "InstanceId", "LocalGatewayId", "CarrierGatewayId",
)  # fmt: skip
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_RULE_PARTS = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")


def new_id(account: Account, prefix: str) -> str:
    """An id that nothing has: the same for the same calls in the same order."""
    made = account.once("made ids", lambda: [0])
    made[0] += 1
    return f"{prefix}-{0xABCD:x}{made[0]:013x}"


def find(account: Account, member: str, id: str, value: Any, code: str) -> Record:
    """The resource with an id. Raises ``AwsError``."""
    found = next((one for one in account.ec2[member] if one.get(id) == value), None)
    if found is None:
        raise AwsError(code, f"'{value}' does not exist")
    return found


def quota(account: Account, limit: Limit) -> int:
    """What the account may have."""
    for document in account.documents("."):
        for one in document.data.get("Quotas") or ():
            if one.get("QuotaCode") == limit.quota_code:
                return int(one["Value"])
    return limit.value


def vpc_of(asked: Asked, member: str = "VpcId") -> Record:
    return find(asked.account, "Vpcs", "VpcId", asked.parameters.get(member), "InvalidVpcID.NotFound")


def subnet_of(asked: Asked, id: Any) -> Record:
    return find(asked.account, "Subnets", "SubnetId", id, "InvalidSubnetID.NotFound")


def table_of(asked: Asked, id: Any) -> Record:
    return find(asked.account, "RouteTables", "RouteTableId", id, "InvalidRouteTableID.NotFound")


def gateway_of(asked: Asked) -> Record:
    id = asked.parameters.get("NatGatewayId")
    found = find(asked.account, "NatGateways", "NatGatewayId", id, "NatGatewayNotFound")
    if found["State"] != "available":
        raise AwsError("NatGatewayNotFound", f"{id} is {found['State']}")
    return found


def blocks(record: Record, version: int) -> Iterator[Any]:
    """The blocks of a VPC or a subnet."""
    if version == 6:
        listed = [one["Ipv6CidrBlock"] for one in record.get("Ipv6CidrBlockAssociationSet") or ()]
    else:
        listed = [one["CidrBlock"] for one in record.get("CidrBlockAssociationSet") or ()] or [record["CidrBlock"]]
    yield from map(ipaddress.ip_network, listed)


def tags(asked: Asked, kind: str) -> list[Record]:
    """The tags of something new."""
    found: list[Record] = []
    for one in asked.parameters.get("TagSpecifications") or ():
        if one["ResourceType"] != kind:
            raise AwsError("InvalidParameterValue", f"'{one['ResourceType']}' is not a valid taggable resource type")
        found += one["Tags"]
    return found


# Addresses


def _allocate(asked: Asked) -> Record:
    account = asked.account
    present = account.ec2["Addresses"]
    if len(present) >= quota(account, ELASTIC_IPS_PER_REGION):
        raise AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
    id = new_id(account, "eipalloc")
    taken = {one["PublicIp"] for one in present}
    public = next(f"192.0.2.{n}" if n < 256 else f"198.51.{n >> 8}.{n & 255}" for n in range(1, 65536)
                  if (f"192.0.2.{n}" if n < 256 else f"198.51.{n >> 8}.{n & 255}") not in taken)  # fmt: skip
    record = {"AllocationId": id, "PublicIp": public, "Domain": "vpc", "NetworkBorderGroup": account.region}
    present.append(record)
    return {"AllocationId": id, "PublicIp": public, "Domain": "vpc"}


def _address(asked: Asked, id: Any, *, free: bool) -> Record:
    found = find(asked.account, "Addresses", "AllocationId", id, "InvalidAllocationID.NotFound")
    if free and "AssociationId" in found:
        raise AwsError("Resource.AlreadyAssociated", f"resource {id} is already associated")
    return found


def _release(asked: Asked) -> Record:
    found = _address(asked, asked.parameters.get("AllocationId"), free=False)
    if "AssociationId" in found:
        raise AwsError("InvalidIPAddress.InUse", f"Address {found['PublicIp']} is in use.")
    asked.account.ec2["Addresses"].remove(found)
    return {}


# NAT gateways


def _associated(asked: Asked, id: str, place: Record) -> Record:
    """An address as a NAT gateway lists it once it has it."""
    address = _address(asked, id, free=True)
    address["AssociationId"] = new_id(asked.account, "eipassoc")
    return {
        "AllocationId": id, "PublicIp": address["PublicIp"], "AssociationId": address["AssociationId"],
        "Status": "succeeded", **place,
    }  # fmt: skip


def _private_address(asked: Asked, subnet: Record) -> str:
    taken = {
        address.get("PrivateIp") for one in asked.account.ec2["NatGateways"] for address in one["NatGatewayAddresses"]
    }
    taken |= {one.get("PrivateIpAddress") for one in asked.account.ec2["NetworkInterfaces"]}
    hosts = list(next(blocks(subnet, 4)).hosts())[3:]
    return next(str(one) for one in reversed(hosts) if str(one) not in taken)


def _check_count(gateway: Record, account: Account) -> None:
    listed = gateway["NatGatewayAddresses"]
    if gateway.get("AvailabilityMode") == "regional":
        zones = [one["AvailabilityZone"] for one in listed]
        if any(zones.count(zone) > REGIONAL_NAT_ADDRESSES.value for zone in zones):
            raise AwsError("InvalidParameterValue", "too many addresses in an Availability Zone")
        return
    private = gateway["ConnectivityType"] == "private"
    most = quota(account, PRIVATE_NAT_ADDRESSES if private else NAT_ELASTIC_IPS_QUOTA)
    if not private:
        most = min(most, NAT_ADDRESSES.value)
    if len(listed) > most:
        code = "PrivateIpAddressLimitExceeded" if private else "NatGatewayEipLimitExceeded"
        raise AwsError(code, f"{gateway['NatGatewayId']} can have {most} addresses")


def _create_gateway(asked: Asked) -> Record:
    given, account = asked.parameters, asked.account
    gateway: Record = {
        "NatGatewayId": new_id(account, "nat"), "State": "available", "CreateTime": asked.now.isoformat(),
        "ConnectivityType": given.get("ConnectivityType", "public"), "Tags": tags(asked, "natgateway"),
        "AvailabilityMode": given.get("AvailabilityMode", "zonal"), "NatGatewayAddresses": [],
    }  # fmt: skip
    if gateway["AvailabilityMode"] == "regional":
        if "SubnetId" in given or "AllocationId" in given or gateway["ConnectivityType"] != "public":
            raise AwsError("InvalidParameterCombination", "not of a regional NAT gateway")
        gateway["VpcId"] = vpc_of(asked)["VpcId"]
        for one in given.get("AvailabilityZoneAddresses") or ():
            _zone(asked, one["AvailabilityZone"], gateway["VpcId"])
            place = {"AvailabilityZone": one["AvailabilityZone"]}
            gateway["NatGatewayAddresses"] += [_associated(asked, id, place) for id in one["AllocationIds"]]
    else:
        subnet = subnet_of(asked, given.get("SubnetId"))
        _check_gateways_in(asked, subnet["AvailabilityZone"])
        private = gateway["ConnectivityType"] == "private"
        if private == ("AllocationId" in given):
            raise AwsError("MissingParameter" if not private else "InvalidParameterCombination", "AllocationId")
        gateway |= {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
        place = {"PrivateIp": _private_address(asked, subnet), "IsPrimary": True,
                 "NetworkInterfaceId": new_id(account, "eni")}  # fmt: skip
        gateway["NatGatewayAddresses"] = [
            {"Status": "succeeded", **place} if private else _associated(asked, given["AllocationId"], place)
        ]
    _check_count(gateway, account)
    account.ec2["NatGateways"].append(gateway)
    return {"NatGateway": {**gateway, "State": "pending"}}


def _zone(asked: Asked, zone: Any, vpc: str) -> None:
    zones = {one["AvailabilityZone"] for one in asked.account.ec2["Subnets"] if one["VpcId"] == vpc}
    if zone not in zones:
        raise AwsError("InvalidParameterValue", f"Value ({zone}) for parameter availabilityZone is invalid.")


def _check_gateways_in(asked: Asked, zone: str) -> None:
    places = {one["SubnetId"]: one["AvailabilityZone"] for one in asked.account.ec2["Subnets"]}
    here = [
        one for one in asked.account.ec2["NatGateways"]
        if one["State"] == "available" and places.get(one.get("SubnetId")) == zone
    ]  # fmt: skip
    if len(here) >= quota(asked.account, NAT_GATEWAYS_PER_AZ):
        raise AwsError("NatGatewayLimitExceeded", f"{zone} has as many NAT gateways as it may")


def _associate(asked: Asked) -> Record:
    gateway, given = gateway_of(asked), asked.parameters
    if gateway["ConnectivityType"] != "public":
        raise AwsError("InvalidParameter", "a private NAT gateway has no Elastic IP addresses")
    regional = gateway.get("AvailabilityMode") == "regional"
    if regional != ("AvailabilityZone" in given):
        raise AwsError("InvalidParameterCombination", "availabilityZone is for regional NAT gateways")
    before = list(gateway["NatGatewayAddresses"])
    for id in given["AllocationIds"]:
        _address(asked, id, free=True)
    if regional:
        _zone(asked, given["AvailabilityZone"], gateway["VpcId"])
        gateway["NatGatewayAddresses"] += [
            {"AvailabilityZone": given["AvailabilityZone"]} for _ in given["AllocationIds"]
        ]
    else:
        gateway["NatGatewayAddresses"] += [{} for _ in given["AllocationIds"]]
    try:
        _check_count(gateway, asked.account)
    finally:
        gateway["NatGatewayAddresses"] = before
    for id in given["AllocationIds"]:
        if regional:
            place: Record = {"AvailabilityZone": given["AvailabilityZone"]}
        else:
            subnet = subnet_of(asked, gateway["SubnetId"])
            place = {"PrivateIp": _private_address(asked, subnet), "IsPrimary": False,
                     "NetworkInterfaceId": gateway["NatGatewayAddresses"][0]["NetworkInterfaceId"]}  # fmt: skip
        gateway["NatGatewayAddresses"] = [*gateway["NatGatewayAddresses"], _associated(asked, id, place)]
    # As AWS's own example has it: what is on its way has no association and no address yet.
    new = [{"AllocationId": id, "IsPrimary": False, "Status": "associating"} for id in given["AllocationIds"]]
    return {"NatGatewayId": gateway["NatGatewayId"], "NatGatewayAddresses": new}


def _disassociate(asked: Asked) -> Record:
    gateway = gateway_of(asked)
    for id in asked.parameters["AssociationIds"]:
        one = next((one for one in gateway["NatGatewayAddresses"] if one.get("AssociationId") == id), None)
        if one is None:
            raise AwsError("InvalidAssociationID.NotFound", f"'{id}' does not exist")
        if one.get("IsPrimary"):
            raise AwsError("InvalidParameter", "the primary address cannot be disassociated")
        gateway["NatGatewayAddresses"].remove(one)
        _address(asked, one["AllocationId"], free=False).pop("AssociationId")
    return {"NatGatewayId": gateway["NatGatewayId"], "NatGatewayAddresses": []}


def _assign(asked: Asked) -> Record:
    gateway = gateway_of(asked)
    if gateway["ConnectivityType"] != "private":
        raise AwsError("InvalidParameter", "a public NAT gateway has no such addresses")
    subnet, count = subnet_of(asked, gateway["SubnetId"]), asked.parameters["PrivateIpAddressCount"]
    for _ in range(count):
        gateway["NatGatewayAddresses"].append(
            {"Status": "succeeded", "PrivateIp": _private_address(asked, subnet), "IsPrimary": False,
             "NetworkInterfaceId": gateway["NatGatewayAddresses"][0]["NetworkInterfaceId"]}
        )  # fmt: skip
    _check_count(gateway, asked.account)
    return {"NatGatewayId": gateway["NatGatewayId"], "NatGatewayAddresses": [{"Status": "assigning"}] * count}


def _unassign(asked: Asked) -> Record:
    gateway = gateway_of(asked)
    for address in asked.parameters["PrivateIpAddresses"]:
        one = next((one for one in gateway["NatGatewayAddresses"] if one.get("PrivateIp") == address), None)
        if one is None or one.get("IsPrimary"):
            raise AwsError("InvalidParameter", f"{address} cannot be unassigned")
        gateway["NatGatewayAddresses"].remove(one)
    return {"NatGatewayId": gateway["NatGatewayId"], "NatGatewayAddresses": []}


def _delete_gateway(asked: Asked) -> Record:
    gateway = gateway_of(asked)
    gateway["State"] = "deleted"
    for one in gateway["NatGatewayAddresses"]:
        if "AllocationId" in one:
            _address(asked, one["AllocationId"], free=False).pop("AssociationId")
    for table in asked.account.ec2["RouteTables"]:
        for route in table["Routes"]:
            if route.get("NatGatewayId") == gateway["NatGatewayId"]:
                route["State"] = "blackhole"
    return {"NatGatewayId": gateway["NatGatewayId"]}


# Subnets


def _create_subnet(asked: Asked) -> Record:
    given, account, vpc = asked.parameters, asked.account, vpc_of(asked)
    block = _new_block(asked, vpc, given["CidrBlock"], 4)
    if not 16 <= block.prefixlen <= 28:
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    zone = given.get("AvailabilityZone")
    _zone(asked, zone, vpc["VpcId"])
    subnet: Record = {
        "SubnetId": new_id(account, "subnet"), "VpcId": vpc["VpcId"], "CidrBlock": str(block),
        "AvailabilityZone": zone, "State": "available", "Tags": tags(asked, "subnet"),
        "AvailableIpAddressCount": block.num_addresses - 5, "Ipv6CidrBlockAssociationSet": [],
    }  # fmt: skip
    if "Ipv6CidrBlock" in given:
        _add_ipv6(asked, subnet, vpc)
    account.ec2["Subnets"].append(subnet)
    default = next(one for one in account.ec2["NetworkAcls"] if one["IsDefault"] and one["VpcId"] == vpc["VpcId"])
    default["Associations"].append(
        {"NetworkAclAssociationId": new_id(account, "aclassoc"), "NetworkAclId": default["NetworkAclId"],
         "SubnetId": subnet["SubnetId"]}
    )  # fmt: skip
    return {"Subnet": subnet}


def _new_block(asked: Asked, vpc: Record, text: str, version: int) -> Any:
    try:
        block = ipaddress.ip_network(text)
    except ValueError:
        raise AwsError("InvalidParameterValue", f"'{text}' is not a valid block") from None
    if not any(block.version == one.version and block.subnet_of(one) for one in blocks(vpc, version)):
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{text}' is invalid.")
    for one in asked.account.ec2["Subnets"]:
        if one["VpcId"] == vpc["VpcId"] and any(block.overlaps(other) for other in blocks(one, version)):
            raise AwsError("InvalidSubnet.Conflict", f"The CIDR '{text}' conflicts with another subnet")
    return block


def _add_ipv6(asked: Asked, subnet: Record, vpc: Record) -> Record:
    block = _new_block(asked, vpc, asked.parameters["Ipv6CidrBlock"], 6)
    association = {
        "AssociationId": new_id(asked.account, "subnet-cidr-assoc"), "Ipv6CidrBlock": str(block),
        "Ipv6CidrBlockState": {"State": "associated"},
    }  # fmt: skip
    subnet["Ipv6CidrBlockAssociationSet"] = [association]
    return association


def _associate_block(asked: Asked) -> Record:
    subnet = subnet_of(asked, asked.parameters["SubnetId"])
    if subnet.get("Ipv6CidrBlockAssociationSet"):
        raise AwsError("InvalidParameterValue", "the subnet has an IPv6 block")
    vpc = find(asked.account, "Vpcs", "VpcId", subnet["VpcId"], "InvalidVpcID.NotFound")
    return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": _add_ipv6(asked, subnet, vpc)}


def _disassociate_block(asked: Asked) -> Record:
    id = asked.parameters["AssociationId"]
    for subnet in asked.account.ec2["Subnets"]:
        for one in subnet.get("Ipv6CidrBlockAssociationSet") or ():
            if one["AssociationId"] == id:
                subnet["Ipv6CidrBlockAssociationSet"].remove(one)
                return {"SubnetId": subnet["SubnetId"], "Ipv6CidrBlockAssociation": one}
    raise AwsError("InvalidSubnetCidrBlockAssociationID.NotFound", f"'{id}' does not exist")


def _delete_subnet(asked: Asked) -> Record:
    account = asked.account
    subnet = subnet_of(asked, asked.parameters["SubnetId"])
    id = subnet["SubnetId"]
    stands = any(one.get("SubnetId") == id and one["State"] == "available" for one in account.ec2["NatGateways"])
    ends = any(id in (one.get("SubnetIds") or ()) for one in account.ec2["VpcEndpoints"])
    from tests.aws.functions import functions

    used = any(id in one.get("VpcConfig", {}).get("SubnetIds", ()) for one in functions(account))
    if stands or ends or used:
        raise AwsError("DependencyViolation", f"The subnet '{id}' has dependencies and cannot be deleted.")
    account.ec2["Subnets"].remove(subnet)
    for member in ("RouteTables", "NetworkAcls"):
        for one in account.ec2[member]:
            one["Associations"] = [link for link in one["Associations"] if link.get("SubnetId") != id]
    return {}


def _replace_acl(asked: Asked) -> Record:
    given, account = asked.parameters, asked.account
    acl = find(account, "NetworkAcls", "NetworkAclId", given["NetworkAclId"], "InvalidNetworkAclID.NotFound")
    for one in account.ec2["NetworkAcls"]:
        for link in one["Associations"]:
            if link["NetworkAclAssociationId"] == given["AssociationId"]:
                one["Associations"].remove(link)
                new = new_id(account, "aclassoc")
                acl["Associations"].append(
                    {**link, "NetworkAclAssociationId": new, "NetworkAclId": acl["NetworkAclId"]}
                )
                return {"NewAssociationId": new}
    raise AwsError("InvalidAssociationID.NotFound", f"'{given['AssociationId']}' does not exist")


# Route tables


def _create_table(asked: Asked) -> Record:
    vpc = vpc_of(asked)
    routes = [
        {"DestinationCidrBlock": str(one), "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
        for one in blocks(vpc, 4)
    ]
    table: Record = {
        "RouteTableId": new_id(asked.account, "rtb"), "VpcId": vpc["VpcId"], "Associations": [],
        "PropagatingVgws": [], "Routes": routes, "Tags": tags(asked, "route-table"),
    }  # fmt: skip
    asked.account.ec2["RouteTables"].append(table)
    return {"RouteTable": table}


def _delete_table(asked: Asked) -> Record:
    table = table_of(asked, asked.parameters["RouteTableId"])
    if table["Associations"]:
        raise AwsError("DependencyViolation", f"The routeTable '{table['RouteTableId']}' has dependencies")
    asked.account.ec2["RouteTables"].remove(table)
    for one in asked.account.ec2["VpcEndpoints"]:
        one["RouteTableIds"] = [id for id in one.get("RouteTableIds") or () if id != table["RouteTableId"]]
    return {}


def _link(asked: Asked, table: Record, subnet: str) -> str:
    id = new_id(asked.account, "rtbassoc")
    table["Associations"].append(
        {"Main": False, "RouteTableAssociationId": id, "RouteTableId": table["RouteTableId"], "SubnetId": subnet,
         "AssociationState": {"State": "associated"}}
    )  # fmt: skip
    return id


def _associate_table(asked: Asked) -> Record:
    given = asked.parameters
    table, subnet = table_of(asked, given["RouteTableId"]), subnet_of(asked, given["SubnetId"])
    for one in asked.account.ec2["RouteTables"]:
        if any(link.get("SubnetId") == subnet["SubnetId"] for link in one["Associations"]):
            raise AwsError("Resource.AlreadyAssociated", "the association conflicts with an existing one")
    if table["VpcId"] != subnet["VpcId"]:
        raise AwsError("InvalidParameterValue", "the route table is of another VPC")
    return {"AssociationId": _link(asked, table, subnet["SubnetId"])}


def _unlink(asked: Asked, id: str) -> Record:
    for table in asked.account.ec2["RouteTables"]:
        for link in table["Associations"]:
            if link["RouteTableAssociationId"] == id:
                if link.get("Main"):
                    raise AwsError("InvalidParameterValue", "cannot disassociate the main route table")
                table["Associations"].remove(link)
                return dict(link)
    raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{id}' does not exist")


def _disassociate_table(asked: Asked) -> Record:
    _unlink(asked, asked.parameters["AssociationId"])
    return {}


def _replace_association(asked: Asked) -> Record:
    table = table_of(asked, asked.parameters["RouteTableId"])
    link = _unlink(asked, asked.parameters["AssociationId"])
    return {"NewAssociationId": _link(asked, table, link["SubnetId"])}


def _route(asked: Asked) -> tuple[Record, Record | None, Record]:
    """(The table, its route to the same destination, the route that is asked for)."""
    given = asked.parameters
    table = table_of(asked, given["RouteTableId"])
    to = {name: given[name] for name in _DESTINATIONS if name in given}
    if len(to) != 1:
        raise AwsError("MissingParameter", "one destination")
    there = next((one for one in table["Routes"] if all(one.get(key) == value for key, value in to.items())), None)
    by = {name: given[name] for name in _TARGETS if name in given}
    if asked.operation != "DeleteRoute":
        if len(by) != 1:
            raise AwsError("InvalidParameterCombination", "one target")
        if "NatGatewayId" in by and gateway_of(asked)["VpcId"] != table["VpcId"]:
            raise AwsError("InvalidParameterValue", "the NAT gateway is of another VPC")
        if str(by.get("GatewayId", "")).startswith("vpce-"):
            raise AwsError("InvalidParameterValue", "routes to gateway endpoints come with the endpoint")
        eigw = by.get("EgressOnlyInternetGatewayId")
        if eigw is not None and eigw not in _egress_only(asked.account):
            raise AwsError("InvalidGatewayID.NotFound", f"'{eigw}' does not exist")
    return table, there, {**to, **by, "Origin": "CreateRoute", "State": "active"}


def _create_route(asked: Asked) -> Record:
    table, there, route = _route(asked)
    if there is not None:
        raise AwsError("RouteAlreadyExists", "The route already exists.")
    table["Routes"].append(route)
    return {"Return": True}


def _replace_route(asked: Asked) -> Record:
    table, there, route = _route(asked)
    if there is None:
        raise AwsError("InvalidParameterValue", "There is no route to replace")
    table["Routes"][table["Routes"].index(there)] = route
    return {}


def _delete_route(asked: Asked) -> Record:
    table, there, _ = _route(asked)
    if there is None:
        raise AwsError("InvalidRoute.NotFound", "no route with that destination")
    table["Routes"].remove(there)
    return {}


def _egress_only(account: Account) -> set[str]:
    """Those that were made, and those that routes of the case lead to."""
    made = account.once("egress-only gateways", set[str])
    named = {
        route["EgressOnlyInternetGatewayId"] for table in account.ec2["RouteTables"] for route in table["Routes"]
        if "EgressOnlyInternetGatewayId" in route
    }  # fmt: skip
    return made | named


def _create_egress_only(asked: Asked) -> Record:
    id = new_id(asked.account, "eigw")
    asked.account.once("egress-only gateways", set[str]).add(id)
    attachment = {"State": "attached", "VpcId": vpc_of(asked)["VpcId"]}
    return {"EgressOnlyInternetGateway": {"EgressOnlyInternetGatewayId": id, "Attachments": [attachment]}}


def _delete_egress_only(asked: Asked) -> Record:
    asked.account.once("egress-only gateways", set[str]).remove(asked.parameters["EgressOnlyInternetGatewayId"])
    return {"ReturnCode": True}


# Security groups


def _create_group(asked: Asked) -> Record:
    given, account, vpc = asked.parameters, asked.account, vpc_of(asked)
    name = given["GroupName"]
    if name.startswith("sg-") or len(name) > 255:
        raise AwsError("InvalidParameterValue", f"Invalid value '{name}' for groupName.")
    if any(one["GroupName"] == name and one["VpcId"] == vpc["VpcId"] for one in account.ec2["SecurityGroups"]):
        raise AwsError("InvalidGroup.Duplicate", f"The security group '{name}' already exists")
    out = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    if list(blocks(vpc, 6)):
        out.append({"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]})
    group: Record = {
        "GroupId": new_id(account, "sg"), "GroupName": name, "Description": given["Description"],
        "VpcId": vpc["VpcId"], "IpPermissions": [], "IpPermissionsEgress": out, "Tags": [],
    }  # fmt: skip
    account.ec2["SecurityGroups"].append(group)
    return {"GroupId": group["GroupId"]}


def _group(asked: Asked, id: Any) -> Record:
    return find(asked.account, "SecurityGroups", "GroupId", id, "InvalidGroup.NotFound")


def _single(rules: Iterable[Record]) -> Iterator[Record]:
    """Each rule by itself, for one peer."""
    for rule in rules:
        plain = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if rule.get(key) is not None}
        for part in _RULE_PARTS:
            for peer in rule.get(part) or ():
                named = {
                    key: value
                    for key, value in peer.items()
                    if key in ("CidrIp", "CidrIpv6", "GroupId", "PrefixListId")
                }
                yield {**plain, part: [named]}


def _authorize(member: str) -> Handler:
    def handler(asked: Asked) -> Record:
        group = _group(asked, asked.parameters["GroupId"])
        there, new = list(_single(group[member])), list(_single(asked.parameters["IpPermissions"]))
        for one in new:
            if one in there:
                raise AwsError("InvalidPermission.Duplicate", "the specified rule already exists")
            for pair in one.get("UserIdGroupPairs") or ():
                _group(asked, pair["GroupId"])
        if not new:
            raise AwsError("MissingParameter", "no rule")
        group[member] = [*there, *new]
        return {"Return": True, "SecurityGroupRules": []}

    return handler


def _revoke(member: str) -> Handler:
    def handler(asked: Asked) -> Record:
        group = _group(asked, asked.parameters["GroupId"])
        there = list(_single(group[member]))
        for one in _single(asked.parameters["IpPermissions"]):
            if one not in there:
                raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist")
            there.remove(one)
        group[member] = there
        return {"Return": True}

    return handler


def _delete_group(asked: Asked) -> Record:
    from tests.aws.functions import functions

    account, group = asked.account, _group(asked, asked.parameters["GroupId"])
    id = group["GroupId"]
    used = any(id in one.get("VpcConfig", {}).get("SecurityGroupIds", ()) for one in functions(account))
    used |= any(id == one["GroupId"] for end in account.ec2["VpcEndpoints"] for one in end.get("Groups") or ())
    used |= any(
        {"GroupId": id} in (rule.get("UserIdGroupPairs") or ())
        for one in account.ec2["SecurityGroups"] if one is not group
        for rule in _single([*one["IpPermissions"], *one["IpPermissionsEgress"]])
    )  # fmt: skip
    if used:
        raise AwsError("DependencyViolation", f"resource {id} has a dependent object")
    account.ec2["SecurityGroups"].remove(group)
    return {}


# Endpoints


def _create_endpoint(asked: Asked) -> Record:
    given, account, vpc = asked.parameters, asked.account, vpc_of(asked)
    endpoint: Record = {
        "VpcEndpointId": new_id(account, "vpce"), "VpcId": vpc["VpcId"], "ServiceName": given["ServiceName"],
        "VpcEndpointType": given["VpcEndpointType"], "State": "available", "RouteTableIds": [], "SubnetIds": [],
        "Groups": [], "PrivateDnsEnabled": bool(given.get("PrivateDnsEnabled")), "NetworkInterfaceIds": [],
        "DnsEntries": [], "CreationTimestamp": asked.now.isoformat(),
    }  # fmt: skip
    if given["VpcEndpointType"] == "Gateway":
        if not given["ServiceName"].endswith((".s3", ".dynamodb")):
            raise AwsError("InvalidServiceName", f"'{given['ServiceName']}' has no gateway endpoint")
        for id in given.get("RouteTableIds") or ():
            _join(asked, endpoint, id)
    else:
        interfaces = [one for one in account.ec2["VpcEndpoints"] if one["VpcEndpointType"] == "Interface"]
        if len(interfaces) >= quota(account, INTERFACE_ENDPOINTS_PER_VPC):
            raise AwsError("VpcEndpointLimitExceeded", "as many interface endpoints as the VPC may have")
        zones = [subnet_of(asked, id)["AvailabilityZone"] for id in given["SubnetIds"]]
        if len(set(zones)) < len(zones):
            raise AwsError("DuplicateSubnetsInSameZone", "one subnet of each Availability Zone")
        groups = [_group(asked, id) for id in given["SecurityGroupIds"]]
        named = [{"GroupId": one["GroupId"], "GroupName": one["GroupName"]} for one in groups]
        endpoint |= {"SubnetIds": list(given["SubnetIds"]), "Groups": named}
    account.ec2["VpcEndpoints"].append(endpoint)
    return {"VpcEndpoint": endpoint}


def _list_of(account: Account, service: str) -> str:
    """The prefix list of a service."""
    known = [one["PrefixListId"] for one in account.ec2["PrefixLists"] if one.get("PrefixListName") == service]
    if known:
        return str(known[0])
    id = new_id(account, "pl")
    account.ec2["PrefixLists"].append({"PrefixListId": id, "PrefixListName": service, "Cidrs": []})
    return id


def _join(asked: Asked, endpoint: Record, id: str) -> None:
    table, listed = table_of(asked, id), _list_of(asked.account, endpoint["ServiceName"])
    if any(one.get("DestinationPrefixListId") == listed for one in table["Routes"]):
        raise AwsError("RouteAlreadyExists", f"route table {id} already has a route with destination-prefix-list-id")
    table["Routes"].append(
        {"DestinationPrefixListId": listed, "GatewayId": endpoint["VpcEndpointId"], "State": "active",
         "Origin": "CreateRoute"}
    )  # fmt: skip
    endpoint["RouteTableIds"] = [*(endpoint.get("RouteTableIds") or ()), id]


def _part(asked: Asked, endpoint: Record, id: str) -> None:
    table = table_of(asked, id)
    if id not in endpoint["RouteTableIds"]:
        raise AwsError("InvalidRouteTableId.NotFound", f"{id} is not of the endpoint")
    table["Routes"] = [one for one in table["Routes"] if one.get("GatewayId") != endpoint["VpcEndpointId"]]
    endpoint["RouteTableIds"] = [one for one in endpoint["RouteTableIds"] if one != id]


def _endpoint(asked: Asked, id: Any) -> Record:
    return find(asked.account, "VpcEndpoints", "VpcEndpointId", id, "InvalidVpcEndpointId.NotFound")


def _modify_endpoint(asked: Asked) -> Record:
    endpoint = _endpoint(asked, asked.parameters["VpcEndpointId"])
    for id in asked.parameters.get("AddRouteTableIds") or ():
        _join(asked, endpoint, id)
    for id in asked.parameters.get("RemoveRouteTableIds") or ():
        _part(asked, endpoint, id)
    return {"Return": True}


def _delete_endpoints(asked: Asked) -> Record:
    for id in asked.parameters["VpcEndpointIds"]:
        endpoint = _endpoint(asked, id)
        for table in list(endpoint.get("RouteTableIds") or ()):
            _part(asked, endpoint, table)
        asked.account.ec2["VpcEndpoints"].remove(endpoint)
    return {"Unsuccessful": []}


OPERATIONS: Mapping[str, Handler] = {
    "AllocateAddress": _allocate,
    "AssignPrivateNatGatewayAddress": _assign,
    "AssociateNatGatewayAddress": _associate,
    "AssociateRouteTable": _associate_table,
    "AssociateSubnetCidrBlock": _associate_block,
    "AuthorizeSecurityGroupEgress": _authorize("IpPermissionsEgress"),
    "AuthorizeSecurityGroupIngress": _authorize("IpPermissions"),
    "CreateEgressOnlyInternetGateway": _create_egress_only,
    "CreateNatGateway": _create_gateway,
    "CreateRoute": _create_route,
    "CreateRouteTable": _create_table,
    "CreateSecurityGroup": _create_group,
    "CreateSubnet": _create_subnet,
    "CreateVpcEndpoint": _create_endpoint,
    "DeleteEgressOnlyInternetGateway": _delete_egress_only,
    "DeleteNatGateway": _delete_gateway,
    "DeleteRoute": _delete_route,
    "DeleteRouteTable": _delete_table,
    "DeleteSecurityGroup": _delete_group,
    "DeleteSubnet": _delete_subnet,
    "DeleteVpcEndpoints": _delete_endpoints,
    "DisassociateNatGatewayAddress": _disassociate,
    "DisassociateRouteTable": _disassociate_table,
    "DisassociateSubnetCidrBlock": _disassociate_block,
    "ModifyVpcEndpoint": _modify_endpoint,
    "ReleaseAddress": _release,
    "ReplaceNetworkAclAssociation": _replace_acl,
    "ReplaceRoute": _replace_route,
    "ReplaceRouteTableAssociation": _replace_association,
    "RevokeSecurityGroupEgress": _revoke("IpPermissionsEgress"),
    "RevokeSecurityGroupIngress": _revoke("IpPermissions"),
    "UnassignPrivateNatGatewayAddress": _unassign,
}
