"""EC2's Describe operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.aws.account import Account, Record
from tests.aws.asked import Asked, Handler
from tests.aws.ec2_filters import FILTERS, check, matches
from tests.aws.errors import AwsError
from tests.aws.protocol import get_model

_PAGE = 1000
"""Resources of an answer, where the call asks for no other number."""


@dataclass(frozen=True)
class Describe:
    """An operation that lists resources."""

    member: str
    """Of the answer."""
    id: str
    prefix: str
    """Of ids."""
    ids: str
    """The parameter that takes them."""
    unknown: str
    """The error for an id that nothing has."""
    message: str
    """Its words."""
    filters: str = "Filters"
    """The parameter that takes filters."""
    ids_or_page: bool = False
    """Whether ids and MaxResults together are refused."""


DESCRIBES = {
    "DescribeVpcs": Describe(
        "Vpcs", "VpcId", "vpc", "VpcIds", "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"
    ),
    "DescribeSubnets": Describe(
        "Subnets", "SubnetId", "subnet", "SubnetIds", "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"
    ),
    "DescribeSecurityGroups": Describe(
        "SecurityGroups", "GroupId", "sg", "GroupIds", "InvalidGroup.NotFound",
        "The security group '{}' does not exist",
    ),
    "DescribeNetworkAcls": Describe(
        "NetworkAcls", "NetworkAclId", "acl", "NetworkAclIds", "InvalidNetworkAclID.NotFound",
        "The networkAcl ID '{}' does not exist",
    ),
    "DescribeRouteTables": Describe(
        "RouteTables", "RouteTableId", "rtb", "RouteTableIds", "InvalidRouteTableID.NotFound",
        "The routeTable ID '{}' does not exist",
    ),
    "DescribeNatGateways": Describe(
        "NatGateways", "NatGatewayId", "nat", "NatGatewayIds", "NatGatewayNotFound", "NAT gateway {} was not found",
        filters="Filter",
    ),
    "DescribeAddresses": Describe(
        "Addresses", "AllocationId", "eipalloc", "AllocationIds", "InvalidAllocationID.NotFound",
        "The allocation ID '{}' does not exist",
    ),
    "DescribeNetworkInterfaces": Describe(
        "NetworkInterfaces", "NetworkInterfaceId", "eni", "NetworkInterfaceIds", "InvalidNetworkInterfaceID.NotFound",
        "The networkInterface ID '{}' does not exist", ids_or_page=True,
    ),
    "DescribeVpcEndpoints": Describe(
        "VpcEndpoints", "VpcEndpointId", "vpce", "VpcEndpointIds", "InvalidVpcEndpointId.NotFound",
        "The Vpc Endpoint Id '{}' does not exist",
    ),
    "DescribeTransitGatewayVpcAttachments": Describe(
        "TransitGatewayVpcAttachments", "TransitGatewayAttachmentId", "tgw-attach", "TransitGatewayAttachmentIds",
        "InvalidTransitGatewayAttachmentID.NotFound", "Transit Gateway Attachment {} was deleted or does not exist.",
    ),
    "DescribeVpcPeeringConnections": Describe(
        "VpcPeeringConnections", "VpcPeeringConnectionId", "pcx", "VpcPeeringConnectionIds",
        "InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '{}' does not exist",
    ),
    "DescribePrefixLists": Describe(
        "PrefixLists", "PrefixListId", "pl", "PrefixListIds", "InvalidPrefixListId.NotFound",
        "The prefix list ID '{}' does not exist",
    ),
    "DescribeManagedPrefixLists": Describe(
        "PrefixLists", "PrefixListId", "pl", "PrefixListIds", "InvalidPrefixListID.NotFound",
        "The prefix list ID '{}' does not exist",
    ),
    "DescribeFlowLogs": Describe(
        "FlowLogs", "FlowLogId", "fl", "FlowLogIds", "InvalidFlowLogId.NotFound",
        "The flow log ID '{}' does not exist", filters="Filter",
    ),
}  # fmt: skip


def _describe(one: Describe, listed: Callable[[Account], list[Record]]) -> Handler:
    def handler(asked: Asked) -> dict[str, Any]:
        given = asked.parameters
        ids = list(given.get(one.ids, ()))
        size = _size(asked)
        if ids and one.ids_or_page and "MaxResults" in given:
            raise AwsError(
                "InvalidParameterCombination",
                f"The parameter {one.ids} cannot be used with the parameter maxResults",
            )
        records = _named(asked, one, listed(asked.account), ids)
        wanted = given.get(one.filters, ())
        paths = FILTERS[asked.operation]
        check(wanted, paths)
        found = [record for record in records if matches(record, wanted, paths)]
        if "NextToken" not in get_model("ec2").operation_model(asked.operation).output_shape.members:
            return {one.member: found}
        part, following = asked.cut(found, given.get("NextToken"), size)
        return {one.member: list(part), "NextToken": following}

    return handler


def _size(asked: Asked) -> int:
    """How many resources a page holds. Raises ``AwsError`` where AWS takes no such number."""
    size = asked.parameters.get("MaxResults")
    if size is None:
        return _PAGE
    members = get_model("ec2").operation_model(asked.operation).input_shape.members
    limits = members["MaxResults"].metadata
    least, most = limits.get("min", 1), limits.get("max", 1000)
    if not least <= size <= most:
        raise AwsError(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between {least} and {most}.",
        )
    return int(size)


def _named(asked: Asked, one: Describe, records: list[Record], ids: list[str]) -> list[Record]:
    """The resources with these ids, or all where none is given. Raises ``AwsError`` for one that is not there."""
    by_id = {record.get(one.id): record for record in records}
    for id in ids:
        if not re.fullmatch(rf"{one.prefix}-[0-9a-z-]+", id):
            raise AwsError(f"{one.unknown.partition('.')[0]}.Malformed", f'Invalid id: "{id}"')
        if id not in by_id:
            raise AwsError(one.unknown, one.message.format(id))
    found = [by_id[id] for id in dict.fromkeys(ids)] if ids else records
    for parameter, member, code, message in (
        ("PublicIps", "PublicIp", "InvalidAddress.NotFound", "Address '{}' not found."),
        ("GroupNames", "GroupName", "InvalidGroup.NotFound", "The security group '{}' does not exist in default VPC"),
    ):
        names = asked.parameters.get(parameter, ())
        for name in names:
            if all(record.get(member) != name for record in records):
                raise AwsError(code, message.format(name))
        if names:
            found = [record for record in found if record.get(member) in names]
    return found


def _of_aws(account: Account) -> list[Record]:
    """DescribePrefixLists: the lists of AWS's services alone."""
    return [one for one in account.ec2["PrefixLists"] if str(one.get("PrefixListName")).startswith("com.amazonaws.")]


def _managed(account: Account) -> list[Record]:
    """DescribeManagedPrefixLists: all of them, with what that operation says of each."""
    return [
        {
            "AddressFamily": "IPv4",
            "State": "create-complete",
            "PrefixListArn": f"arn:aws:ec2:{account.region}:aws:prefix-list/{one.get('PrefixListId')}",
            "OwnerId": "AWS" if str(one.get("PrefixListName")).startswith("com.amazonaws.") else account.id,
            **one,
        }
        for one in account.ec2["PrefixLists"]
    ]


def _entries(asked: Asked) -> dict[str, Any]:
    """GetManagedPrefixListEntries: from a file that names the list, or from the addresses of the list itself."""
    account, id = asked.account, asked.parameters.get("PrefixListId")
    size = min(_size(asked), 100)
    known = next((one for one in account.ec2["PrefixLists"] if one.get("PrefixListId") == id), None)
    if known is None:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{id}' does not exist")
    own = [one.data["Entries"] for one in account.documents("ec2") if "Entries" in one.data and str(id) in one.stem]
    entries = [entry for part in own for entry in part] or [{"Cidr": one} for one in known.get("Cidrs", ())]
    part, following = asked.cut(entries, asked.parameters.get("NextToken"), size)
    return {"Entries": list(part), "NextToken": following}


def _block_public_access(asked: Asked) -> dict[str, Any]:
    account = asked.account
    own = [one.data for one in account.documents("ec2") if "VpcBlockPublicAccessOptions" in one.data]
    if own:
        return own[0]
    options = {
        "AwsAccountId": account.id,
        "AwsRegion": account.region,
        "State": "default-state",
        "InternetGatewayBlockMode": "off",
        "ManagedBy": "account",
        "ExclusionsAllowed": "allowed",
    }
    return {"VpcBlockPublicAccessOptions": options}


def _member(member: str) -> Callable[[Account], list[Record]]:
    return lambda account: account.ec2[member]


def flow_logs(account: Account) -> list[Record]:
    """DescribeFlowLogs: the case's own; where it has none and has their files, one that delivers to a bucket."""
    own = account.ec2["FlowLogs"]
    if own or not account.files("flow-logs", ""):
        return own
    vpcs = [one["VpcId"] for one in (account.ec2["Vpcs"] or account.ec2["Subnets"]) if "VpcId" in one]
    return [
        {
            "FlowLogId": "fl-0a1b2c3d4e5f60718",
            "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": "SUCCESS",
            "ResourceId": vpcs[0] if vpcs else "vpc-0a1b2c3d4e5f60718",
            "TrafficType": "ALL",
            "LogDestinationType": "s3",
            "LogDestination": "arn:aws:s3:::narrows-flow-logs",
            "MaxAggregationInterval": 60,
            "CreationTime": account.end.replace(day=1).isoformat(),
        }
    ]


_LISTED = {"DescribePrefixLists": _of_aws, "DescribeManagedPrefixLists": _managed, "DescribeFlowLogs": flow_logs}

OPERATIONS: Mapping[str, Handler] = {
    **{name: _describe(one, _LISTED.get(name, _member(one.member))) for name, one in DESCRIBES.items()},
    "GetManagedPrefixListEntries": _entries,
    "DescribeVpcBlockPublicAccessOptions": _block_public_access,
}
