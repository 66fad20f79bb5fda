"""Operations of EC2 that change addresses and NAT gateways, as strict as AWS documents them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narrows.limits import (
    ELASTIC_IPS_PER_REGION,
    NAT_ADDRESSES,
    NAT_ELASTIC_IPS_QUOTA,
    NAT_GATEWAYS_PER_AZ,
    PRIVATE_NAT_ADDRESSES,
    REGIONAL_NAT_ADDRESSES,
)
from tests.aws.account import Account, Record
from tests.aws.asked import Asked, Handler
from tests.aws.changes import blocks, check_zone, find, gateway_of, new_id, quota, subnet_of, tags, vpc_of
from tests.aws.errors import AwsError


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
            check_zone(asked, one["AvailabilityZone"], gateway["VpcId"])
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
        check_zone(asked, given["AvailabilityZone"], gateway["VpcId"])
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


OPERATIONS: Mapping[str, Handler] = {
    "AllocateAddress": _allocate,
    "AssignPrivateNatGatewayAddress": _assign,
    "AssociateNatGatewayAddress": _associate,
    "CreateNatGateway": _create_gateway,
    "DeleteNatGateway": _delete_gateway,
    "DisassociateNatGatewayAddress": _disassociate,
    "ReleaseAddress": _release,
    "UnassignPrivateNatGatewayAddress": _unassign,
}
