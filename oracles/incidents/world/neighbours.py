"""A case folder with one more function, that works: in AWS's own shapes, from files to files."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from oracles.incidents.world.alter import QUERIES, RESULTS, Files, about_of, window_of, yaml_of
from oracles.incidents.world.ids import Record, digits

NEIGHBOUR = "weather-widget"
"""A function that works."""


class Shares(StrEnum):
    """What a neighbour shares with the first function in question."""

    NOTHING = "sharing nothing"
    """It has a subnet of the main route table and the default ACL, a security group and an ENI of its own."""
    ROUTES = "sharing the route table"
    """As above, but for the route table, and so the NAT gateway."""
    SUBNETS = "sharing subnets and groups"
    """And so the Hyperplane ENIs."""


def with_neighbour(files: Mapping[str, Any], shares: Shares, *, asked: bool = False) -> Files:
    """One more function of the account, that is invoked and of which nothing fails.

    Args:
        asked: it is in question as well, and its log is there: nothing but Lambda's own lines.
    """
    altered: Files = copy.deepcopy(dict(files))
    about = about_of(files)
    listed: list[Record] = altered.get("lambda/functions.json", {}).get("Functions", [])
    like = next((one for one in listed if one["FunctionName"] == about["functions"][0]), None)
    if like is not None:
        listed.append(_function_like(like, None if shares is Shares.SUBNETS else _own_place(altered, like, shares)))
    altered |= _healthy_metrics(files)
    if asked:
        altered["case.yaml"] = yaml_of({**about, "functions": [*about["functions"], NEIGHBOUR]})
        if any(path.startswith("callers/") for path in files):
            altered[f"callers/{NEIGHBOUR}.json"] = {"events": [*_healthy_events(files)], "searchedLogStreams": []}
    return altered


def _function_like(like: Record, place: Record | None) -> Record:
    made: Record = json.loads(json.dumps(like).replace(f'{like["FunctionName"]}"', f'{NEIGHBOUR}"'))
    name = like["FunctionName"]
    made |= {"FunctionName": NEIGHBOUR, "FunctionArn": str(like["FunctionArn"]).replace(f":{name}", f":{NEIGHBOUR}")}
    made["Role"] = str(like.get("Role", "")).replace(f"/{name}-", f"/{NEIGHBOUR}-")
    made.pop("ReservedConcurrentExecutions", None)
    if place is not None and made.get("VpcConfig"):
        made["VpcConfig"] |= place
    return made


def _own_place(files: Files, like: Record, shares: Shares) -> Record | None:
    """A subnet, a security group and a Hyperplane ENI as those of a function, as far as the case tells of such."""
    config = like.get("VpcConfig") or {}
    if not config.get("SubnetIds"):
        return None
    subnet = f"subnet-0{digits('neighbour', 'subnet')}"
    group = f"sg-0{digits('neighbour', 'group')}"

    def list_of(name: str, member: str) -> list[Record]:
        found = files.get(f"ec2/{name}.json", {}).get(member)
        return found if isinstance(found, list) else []

    subnets = list_of("subnets", "Subnets")
    mine = next((one for one in subnets if one["SubnetId"] in config["SubnetIds"]), None)
    if mine is not None:
        base = ".".join(str(mine["CidrBlock"]).split(".")[:2])
        own = {"SubnetId": subnet, "CidrBlock": f"{base}.240.0/24", "AvailableIpAddressCount": 250, "Tags": []}
        subnets.append({**mine, **own, "SubnetArn": str(mine["SubnetArn"]).replace(mine["SubnetId"], subnet)})
    vpc = config.get("VpcId") or (mine or {}).get("VpcId")
    for acl in list_of("network-acls", "NetworkAcls"):
        if acl.get("IsDefault") and acl.get("VpcId") == vpc:
            about = {"NetworkAclAssociationId": f"aclassoc-0{digits('neighbour')}", "SubnetId": subnet}
            acl["Associations"].append({**about, "NetworkAclId": acl["NetworkAclId"]})
    if shares is Shares.ROUTES:
        for table in list_of("route-tables", "RouteTables"):
            if any(one.get("SubnetId") in config["SubnetIds"] for one in table["Associations"]):
                associated = {"Main": False, "RouteTableId": table["RouteTableId"], "SubnetId": subnet}
                table["Associations"].append(
                    {**associated, "RouteTableAssociationId": f"rtbassoc-0{digits('neighbour')}"}
                )
                break
    groups = list_of("security-groups", "SecurityGroups")
    other = next((one for one in groups if one["GroupId"] in config["SecurityGroupIds"]), None)
    if other is not None:
        anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []}
        outwards = [{**anywhere, "Ipv6Ranges": [], "PrefixListIds": []}]
        rules: Record = {"IpPermissions": [], "IpPermissionsEgress": outwards}
        named = {"GroupId": group, "GroupName": NEIGHBOUR, "Description": NEIGHBOUR, "Tags": []}
        groups.append({**other, **named, **rules})
    interfaces = list_of("network-interfaces", "NetworkInterfaces")
    eni = next(
        (
            one
            for one in interfaces
            if one.get("InterfaceType") == "lambda" and mine is not None and one["SubnetId"] == mine["SubnetId"]
        ),
        None,
    )
    if eni is not None and mine is not None:
        address = str(mine["CidrBlock"]).split(".")
        private = f"{address[0]}.{address[1]}.240.17"
        interfaces.append(
            {
                **eni,
                "NetworkInterfaceId": f"eni-0{digits('neighbour', 'eni')}",
                "SubnetId": subnet,
                "Groups": [{"GroupId": group, "GroupName": NEIGHBOUR}],
                "Description": f"AWS Lambda VPC ENI-{NEIGHBOUR}-2f0c9b1e-5f0f-4bd0-9b43-0a7b6e2d9c11",
                "PrivateIpAddress": private,
                "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": private}],
                "PrivateDnsName": f"ip-{private.replace('.', '-')}.ec2.internal",
            }
        )
    return {"SubnetIds": [subnet], "SecurityGroupIds": [group]}


def _minutes(files: Mapping[str, Any]) -> Iterator[datetime]:
    start, end = window_of(files)
    while start < end:
        yield start
        start += timedelta(minutes=1)


def _healthy_metrics(files: Mapping[str, Any]) -> Files:
    """Invoked throughout the window, without an error."""
    minutes = [one.isoformat() for one in _minutes(files)][::-1]
    series = {("Invocations", "Sum"): 120.0, ("Errors", "Sum"): 0.0, ("ConcurrentExecutions", "Maximum"): 3.0}
    queries, results = [], []
    for index, ((metric, stat), value) in enumerate(series.items()):
        of = {
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": NEIGHBOUR}],
        }
        values = [value + (minute % 5 if value else 0) for minute in range(len(minutes))]
        measured = {"Metric": of, "Period": 60, "Stat": stat}
        queries.append({"Id": f"m{index}", "MetricStat": measured, "ReturnData": True})
        about = {"Id": f"m{index}", "Label": metric, "StatusCode": "Complete"}
        results.append({**about, "Timestamps": minutes, "Values": values})
    name = f"cloudwatch/{NEIGHBOUR}"
    return {f"{name}{QUERIES}": queries, f"{name}{RESULTS}": {"MetricDataResults": results, "Messages": []}}


def _healthy_events(files: Mapping[str, Any]) -> Iterator[Record]:
    """An invocation a minute."""
    for number, minute in enumerate(_minutes(files)):
        request = f"5d1c7f0e-0000-4000-a000-{number:012x}"
        report = "Duration: 84.11 ms\tBilled Duration: 85 ms\tMemory Size: 512 MB\tMax Memory Used: 91 MB\t"
        for offset, text in (
            (0, f"START RequestId: {request} Version: $LATEST\n"),
            (84, f"END RequestId: {request}\n"),
            (84, f"REPORT RequestId: {request}\t{report}\n"),
        ):
            at = round(minute.timestamp() * 1000) + 7_000 + offset
            yield {
                "logStreamName": f"{minute:%Y/%m/%d}/[$LATEST]{digits('neighbour', length=32)}",
                "timestamp": at,
                "message": text,
                "ingestionTime": at + 4127,
                "eventId": f"3{number:050}{offset:05}",
            }
