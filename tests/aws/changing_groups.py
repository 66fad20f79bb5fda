"""Operations of EC2 that change security groups and VPC endpoints, as strict as AWS documents them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from narrows.limits import (
    INTERFACE_ENDPOINTS_PER_VPC,
)
from tests.aws.account import Account, Record
from tests.aws.asked import Asked, Handler
from tests.aws.changes import blocks, find, new_id, quota, subnet_of, table_of, vpc_of
from tests.aws.errors import AwsError

_RULE_PARTS = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")


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
    "AuthorizeSecurityGroupEgress": _authorize("IpPermissionsEgress"),
    "AuthorizeSecurityGroupIngress": _authorize("IpPermissions"),
    "CreateSecurityGroup": _create_group,
    "CreateVpcEndpoint": _create_endpoint,
    "DeleteSecurityGroup": _delete_group,
    "DeleteVpcEndpoints": _delete_endpoints,
    "ModifyVpcEndpoint": _modify_endpoint,
    "RevokeSecurityGroupEgress": _revoke("IpPermissionsEgress"),
    "RevokeSecurityGroupIngress": _revoke("IpPermissions"),
}
