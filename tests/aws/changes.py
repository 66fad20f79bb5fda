"""What every operation of EC2 needs that changes an account: ids, quotas, resources by their ids, tags."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from narrows.limits import (
    Limit,
)
from tests.aws.account import Account, Record
from tests.aws.asked import Asked
from tests.aws.errors import AwsError


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


def check_zone(asked: Asked, zone: Any, vpc: str) -> None:
    """Raise ``AwsError`` for a zone in which the VPC has no subnet: the account shows no others."""
    zones = {one["AvailabilityZone"] for one in asked.account.ec2["Subnets"] if one["VpcId"] == vpc}
    if zone not in zones:
        raise AwsError("InvalidParameterValue", f"Value ({zone}) for parameter availabilityZone is invalid.")
