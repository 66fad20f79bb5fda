"""Big cases in AWS's own shapes: an account of thousands of functions, as AWS's command line tells of it.

Every function has metrics, callers' outcomes and connects that time out; what differs is how many there are.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
_ACCOUNT = "111122223333"
_VPC = "vpc-0d8f1b3c5e7a29460"
_PUBLIC = 1_000_000
"""From here on the numbers of the subnets that NAT gateways stand in."""
_OPEN = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [],
         "UserIdGroupPairs": []}  # fmt: skip
_NAT_METRICS = (("ErrorPortAllocation", "Sum"), ("ActiveConnectionCount", "Maximum"),
                ("ConnectionAttemptCount", "Sum"), ("ConnectionEstablishedCount", "Sum"), ("IdleTimeoutCount", "Sum"),
                ("PacketsDropCount", "Sum"))  # fmt: skip
_FUNCTION_METRICS = (("Throttles", "Sum"), ("ConcurrentExecutions", "Maximum"), ("Invocations", "Sum"))


@dataclass(frozen=True)
class BigCase:
    """How big a case is; ``write`` puts it into a folder."""

    functions: int = 5_000
    named: int = 0
    """So many functions are in question; 0 for all, as where ``case.yaml`` names none."""
    subnets: int = 200
    subnets_each: int = 4
    """Of a function."""
    security_groups: int = 50
    nat_gateways: int = 40
    destinations: int = 5
    minutes: int = 10
    callers: str = "parquet"
    """``parquet``, ``logs`` (one file for each function) or ``none``."""
    blocked: int = 0
    """So many security groups let no port out."""
    metrics: bool = True
    states: bool = False
    """ListFunctions says no state of a function; with it, everybody's is there, as GetFunction says it."""

    def write(self, folder: Path) -> Path:
        """Write the case, and give its folder back."""
        rng = random.Random(7)
        for part in ("lambda", "ec2", "cloudwatch", "callers"):
            (folder / part).mkdir(parents=True)
        functions = [self._function(rng, index) for index in range(self.functions)]
        _dump(folder / "lambda/functions.json", {"Functions": functions})
        _dump(folder / "ec2/subnets.json", {"Subnets": [_subnet(one) for one in range(self.subnets)]})
        _dump(folder / "ec2/route-tables.json", {"RouteTables": [self._routes(one) for one in range(self.subnets)]})
        _dump(folder / "ec2/network-acls.json", {"NetworkAcls": [self._acl()]})
        _dump(folder / "ec2/nat-gateways.json", {"NatGateways": [_nat(one) for one in range(self.nat_gateways)]})
        groups = [_group(one, closed=one < self.blocked) for one in range(self.security_groups)]
        _dump(folder / "ec2/security-groups.json", {"SecurityGroups": groups})
        _dump(folder / "ec2/vpc-endpoints.json", {"VpcEndpoints": []})
        _dump(folder / "ec2/network-interfaces.json", {"NetworkInterfaces": _interfaces(functions)})
        if self.metrics:
            self._metrics(folder / "cloudwatch")
        if self.callers == "parquet":
            self._outcomes(rng, folder / "callers/outcomes.parquet")
        elif self.callers == "logs":
            self._logs(folder / "callers")
        (folder / "case.yaml").write_text(self._about(), encoding="utf-8")
        return folder

    def _about(self) -> str:
        end = START + timedelta(minutes=self.minutes)
        lines = ["schema: 1", "region: us-east-1", f"window: [{_moment(START)}, {_moment(end)}]"]
        if self.named:
            lines.append(f"functions: [{', '.join(function_name(one) for one in range(self.named))}]")
        lines.append("destinations:")
        for one in range(self.destinations):
            name, address = destination_name(one), f"198.18.{one // 250}.{one % 250 + 1}"
            lines.append(f"  {name}: {{name: {name}.example.com, port: 443, addresses: [{address}]}}")
        return "\n".join([*lines, "reported: connects time out under load", ""])

    def _function(self, rng: random.Random, index: int) -> dict[str, Any]:
        """Functions come in teams: those of one security group share its subnets."""
        group = index % self.security_groups
        team = random.Random(group)
        subnets = team.sample(range(self.subnets), min(self.subnets, self.subnets_each))
        state = {"State": "Active", "LastUpdateStatus": "Successful"} if self.states else {}
        return {
            "FunctionName": function_name(index),
            "FunctionArn": f"arn:aws:lambda:us-east-1:{_ACCOUNT}:function:{function_name(index)}",
            "Version": "$LATEST",
            "Timeout": rng.choice([3, 30, 60]),
            "VpcConfig": {
                "SubnetIds": [_id("subnet", one) for one in subnets],
                "SecurityGroupIds": [_id("sg", group)],
                "VpcId": _VPC,
                "Ipv6AllowedForDualStack": False,
            },
            **state,
        }

    def _routes(self, index: int) -> dict[str, Any]:
        return {
            "RouteTableId": _id("rtb", index),
            "VpcId": _VPC,
            "Associations": [{"Main": False, "SubnetId": _id("subnet", index), "RouteTableId": _id("rtb", index)}],
            "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "State": "active"},
                {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": _id("nat", index % self.nat_gateways),
                 "State": "active"},
            ],
        }  # fmt: skip

    def _acl(self) -> dict[str, Any]:
        return {
            "NetworkAclId": _id("acl", 0),
            "VpcId": _VPC,
            "IsDefault": True,
            "Associations": [
                {"SubnetId": _id("subnet", one)}
                for one in (*range(self.subnets), *range(_PUBLIC, _PUBLIC + self.nat_gateways))
            ],
            "Entries": [
                {"CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": action,
                 "RuleNumber": number}
                for egress in (True, False)
                for action, number in (("allow", 100), ("deny", 32767))
            ],
        }  # fmt: skip

    def _metrics(self, folder: Path) -> None:
        gateways = [(_id("nat", one), *metric) for one in range(self.nat_gateways) for metric in _NAT_METRICS]
        self._series(folder, "nat-gateways", "AWS/NATGateway", "NatGatewayId", gateways)
        functions = [(function_name(one), *metric) for one in range(self.functions) for metric in _FUNCTION_METRICS]
        self._series(folder, "functions", "AWS/Lambda", "FunctionName", functions)

    def _series(
        self, folder: Path, name: str, namespace: str, dimension: str, asked: list[tuple[str, str, str]]
    ) -> None:
        moments = [_moment(START + timedelta(minutes=one)) for one in range(self.minutes)]
        zero = ("ErrorPortAllocation", "Throttles", "IdleTimeoutCount", "PacketsDropCount")
        queries, results = [], []
        for index, (resource, metric, stat) in enumerate(asked):
            of = {"Namespace": namespace, "MetricName": metric,
                  "Dimensions": [{"Name": dimension, "Value": resource}]}  # fmt: skip
            queries.append({"Id": f"m{index}", "MetricStat": {"Metric": of, "Period": 60, "Stat": stat}})
            values = [0.0 if metric in zero else 10.0 * (one + 1) for one in range(self.minutes)]
            results.append({"Id": f"m{index}", "Timestamps": moments, "Values": values, "StatusCode": "Complete"})
        _dump(folder / f"{name}.queries.json", queries)
        _dump(folder / f"{name}.results.json", {"MetricDataResults": results})

    def _outcomes(self, rng: random.Random, file: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = [
            (START + timedelta(minutes=minute, seconds=rng.randrange(60)), function_name(one), minute,
             destination_name((one + minute) % self.destinations), "timed_out" if minute >= 6 else "established")
            for one in range(self.functions)
            for minute in range(min(self.minutes, 8))
        ]  # fmt: skip
        time, function, environment, destination, outcome = (list(column) for column in zip(*rows, strict=True))
        table = pa.table({
            "time": pa.array(time, pa.timestamp("us", tz="UTC")), "function": function, "environment": environment,
            "destination": destination, "outcome": outcome, "seconds": [0.1] * len(rows),
        })  # fmt: skip
        pq.write_table(table, file)

    def _logs(self, folder: Path) -> None:
        for index in range(self.functions):
            name = function_name(index)
            lines = []
            for minute in range(6, min(self.minutes, 8)):
                moment = (START + timedelta(minutes=minute)).isoformat(timespec="microseconds")
                stream = f"2026/11/20/[$LATEST]{index:016x}{minute:016x}"
                host = f"{destination_name(index % self.destinations)}.example.com"
                lines.append(f"{moment} {stream} [ERROR] ConnectTimeoutError: Connection to {host} timed out.")
            (folder / f"{name}.log").write_text("\n".join([*lines, ""]), encoding="utf-8")


def function_name(index: int) -> str:
    """The name of a function."""
    return f"orders-{index:06d}"


def destination_name(index: int) -> str:
    """The key of a destination in ``case.yaml``."""
    return f"service-{index}"


def _subnet(index: int) -> dict[str, Any]:
    return {
        "SubnetId": _id("subnet", index),
        "VpcId": _VPC,
        "AvailabilityZone": ZONES[index % len(ZONES)],
        "CidrBlock": f"10.{index // 256 % 256}.{index % 256}.0/24",
        "AvailableIpAddressCount": 200,
        "Tags": [{"Key": "Name", "Value": f"private-{index}"}],
    }


def _nat(index: int) -> dict[str, Any]:
    return {
        "NatGatewayId": _id("nat", index),
        "VpcId": _VPC,
        "State": "available",
        "ConnectivityType": "public",
        "SubnetId": _id("subnet", _PUBLIC + index),
        "NatGatewayAddresses": [{
            "NetworkInterfaceId": _id("eni", 9_000_000 + index),
            "PrivateIp": f"10.200.{index // 250}.{index % 250 + 1}",
            "PublicIp": f"198.51.100.{index % 250 + 1}", "IsPrimary": True, "Status": "succeeded",
        }],
        "Tags": [{"Key": "Name", "Value": f"nat-{index}"}],
    }  # fmt: skip


def _group(index: int, closed: bool) -> dict[str, Any]:
    return {
        "GroupId": _id("sg", index),
        "GroupName": f"team-{index}",
        "VpcId": _VPC,
        "IpPermissionsEgress": [] if closed else [_OPEN],
    }


def _interfaces(functions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One Hyperplane ENI for each subnet and security-group set."""
    pairs = {
        (subnet, group): one["FunctionName"]
        for one in functions
        for subnet in one["VpcConfig"]["SubnetIds"]
        for group in one["VpcConfig"]["SecurityGroupIds"]
    }
    return [
        {
            "NetworkInterfaceId": _id("eni", index),
            "InterfaceType": "lambda",
            "Description": f"AWS Lambda VPC ENI-{name}-b4b1f6a2-5d8e-4b7c-9f3a-27c10e5d8b46",
            "Groups": [{"GroupId": group}],
            "SubnetId": subnet,
            "Status": "in-use",
            "PrivateIpAddress": f"10.{index // 65536 % 256}.{index // 256 % 256}.{index % 256}",
        }
        for index, ((subnet, group), name) in enumerate(pairs.items())
    ]


def _id(kind: str, index: int) -> str:
    return f"{kind}-0{index:016x}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _dump(file: Path, content: object) -> None:
    file.write_text(json.dumps(content), encoding="utf-8")
