"""Accounts by hand in which a function connects to something that the account owns, and these connects time out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.case.cases import case_at, small
from tests.unit.diagnose.by_hand import START, interfaces, log, rules

ABOUT = """\
schema: 1
region: us-east-1
window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]
functions: [storefront]
"""
MINUTES = 15
FULL_FROM = 4
"""The minute from which on connects fail, and what is full is full."""
VPC = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "State": "available"}
POSTGRES = "orders.c1a2b3d4e5f6.us-east-1.rds.amazonaws.com"
AURORA = "ledger.cluster-c1a2b3d4e5f6.us-east-1.rds.amazonaws.com"
PROXY = "pool.proxy-c1a2b3d4e5f6.us-east-1.rds.amazonaws.com"
REDIS = "master.sessions.k3xw9q.use1.cache.amazonaws.com"
MEMORY_DB = "clustercfg.carts.a1b2c3.memorydb.us-east-1.amazonaws.com"
NETWORK = "Gate-0123456789abcdef.elb.us-east-1.amazonaws.com"
APPLICATION = "internal-front-1234567890.us-east-1.elb.amazonaws.com"
SEARCH = "vpc-catalog-abcdefghijklmnopqrstuvwxyz.us-east-1.es.amazonaws.com"
BROKER = "b-2.events.a1b2c3.c4.kafka.us-east-1.amazonaws.com"
QUEUE = "sqs.us-east-1.amazonaws.com"
Dimensions = dict[str, str]


def rising(top: float) -> list[float]:
    """A count that reaches ``top`` when connects begin to fail, and stays there."""
    return [top * (minute + 1) / (FULL_FROM + 1) for minute in range(FULL_FROM)] + [top] * (MINUTES - FULL_FROM)


def series(*of: tuple[str, str, str, Dimensions, list[float]]) -> dict[str, Any]:
    """The files of metrics: namespace, metric, statistic, dimensions and a value for each minute."""
    queries, results = [], []
    for number, (namespace, metric, stat, dimensions, values) in enumerate(of):
        listed = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        about = {"Namespace": namespace, "MetricName": metric, "Dimensions": listed}
        queries.append({"Id": f"m{number}", "MetricStat": {"Metric": about, "Period": 60, "Stat": stat}})
        times = [START.format(minute) for minute in range(len(values))]
        results.append({"Id": f"m{number}", "Label": metric, "Timestamps": times, "Values": values})
    return {"cloudwatch/own.queries.json": queries, "cloudwatch/own.results.json": {"MetricDataResults": results}}


def account(folder: Path, host: str, *parts: dict[str, Any]) -> Path:
    """An account in which connects of a function to a host time out."""
    lines = [f"[ERROR] ConnectTimeoutError: Connection to {host} timed out. (connect timeout=3)"] * 30
    files = small() | rules() | interfaces() | log(*lines, minute=FULL_FROM) | {"ec2/vpcs.json": {"Vpcs": [VPC]}}
    for part in parts:
        files |= part
    return case_at(folder, files, ABOUT)


def interface(description: str, number: int = 50) -> dict[str, Any]:
    """An interface of a service of AWS."""
    return {
        "NetworkInterfaceId": f"eni-{number}", "InterfaceType": "interface", "SubnetId": "subnet-1", "Groups": [],
        "Status": "in-use", "PrivateIpAddress": f"10.0.2.{number}", "Description": description,
        "AvailabilityZone": "us-east-1a", "VpcId": "vpc-1",
    }  # fmt: skip


def instance(name: str, group: str, cluster: str | None = None, status: str = "in-sync") -> dict[str, Any]:
    """One DB instance of DescribeDBInstances."""
    of_cluster = {"DBClusterIdentifier": cluster} if cluster else {}
    groups = [{"DBParameterGroupName": group, "ParameterApplyStatus": status}]
    return {
        "DBInstanceIdentifier": name, "Engine": "postgres", "DBParameterGroups": groups, "MasterUsername": "wumpus",
        **of_cluster,
    }  # fmt: skip


def databases(value: str, *instances: dict[str, Any], group: str = "orders-pg16") -> dict[str, Any]:
    """What RDS has."""
    others = [{"ParameterName": "shared_buffers", "ParameterValue": "{DBInstanceClassMemory/32768}"}]
    parameters = [*others, {"ParameterName": "max_connections", "ParameterValue": value}]
    return {
        "rds/instances.json": {"DBInstances": list(instances)},
        "rds/parameters.json": {"DBParameterGroupName": group, "Parameters": parameters},
    }


def count(top: float, name: str = "orders") -> dict[str, Any]:
    """``DatabaseConnections`` of an instance."""
    return series(("AWS/RDS", "DatabaseConnections", "Maximum", {"DBInstanceIdentifier": name}, rising(top)))


def cache(top: float) -> list[dict[str, Any]]:
    """A replication group of two nodes."""
    nodes = ("sessions-001", "sessions-002")
    group = {"ReplicationGroupId": "sessions", "Status": "available", "MemberClusters": list(nodes)}
    counts = [("AWS/ElastiCache", "CurrConnections", "Maximum", {"CacheClusterId": name}, rising(top if not at else 7))
              for at, name in enumerate(nodes)]  # fmt: skip
    return [{"elasticache/groups.json": {"ReplicationGroups": [group]}}, series(*counts)]
