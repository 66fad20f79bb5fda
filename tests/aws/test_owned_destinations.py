"""Destinations that the account owns: their nodes, limits and metrics are in the case, asked for by their names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from narrows.case import Case, read_case
from narrows.collect.hosts import hosts_of
from narrows.collect.run import Summary
from narrows.diagnose import Diagnosis, diagnose
from narrows.limits import ELASTICACHE_CONNECTIONS
from tests.aws.collecting import collected, window_of
from tests.aws.owned_accounts import (
    APPLICATION,
    AURORA,
    BROKER,
    FULL_FROM,
    MEMORY_DB,
    MINUTES,
    NETWORK,
    POSTGRES,
    PROXY,
    QUEUE,
    REDIS,
    SEARCH,
    account,
    cache,
    count,
    databases,
    instance,
    interface,
    rising,
    series,
)
from tests.aws.server import AwsServer, Faults
from tests.unit.diagnose.by_hand import interfaces

pytestmark = pytest.mark.usefixtures("credentials", "no_dns")


@pytest.fixture
def no_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine outside the VPC, whose DNS knows none of these names."""
    monkeypatch.setattr("narrows.collect.run.with_addresses", tuple)


def collect(served: Path, into: Path, host: str, **faults: Any) -> tuple[Case, Diagnosis, Summary, list[Any]]:
    """Collect what tells of connects to a host: the case, its diagnosis, what was missed, and the calls."""
    with AwsServer(served, faults=Faults(**faults)) as server:
        summary = collected(server, into, ("storefront",), window_of(served), hosts=hosts_of([f"{host}:5432"]))
        calls = list(server.calls)
    case = read_case(into)
    return case, diagnose(case), summary, calls


def asked(calls: list[Any]) -> list[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Every metric of a destination that was asked for, as often as it was."""
    stats = [one["MetricStat"] for call in calls if call.operation == "GetMetricData"
             for one in call.parameters["MetricDataQueries"]]  # fmt: skip
    found = []
    for one in stats:
        metric = one["Metric"]
        dimensions = frozenset((part["Name"], part["Value"]) for part in metric["Dimensions"])
        if metric["Namespace"] not in ("AWS/Lambda", "AWS/NATGateway"):
            found.append((metric["Namespace"], metric["MetricName"], dimensions))
    return found


def test_a_database_that_is_full_is_the_narrows(tmp_path: Path) -> None:
    served = account(tmp_path / "served", POSTGRES, databases("100", instance("orders", "orders-pg16")), count(100))
    case, found, summary, calls = collect(served, tmp_path / "case", POSTGRES)
    assert case.owned.databases["orders"].max_connections == 100
    cause = found.cause("destination-connection-limit")
    assert (found.narrows, cause.status) == ("destination-connection-limit", "confirmed")
    assert cause.limit is not None
    assert (cause.limit.id, cause.limit.value) == ("rds-max-connections", 100)
    assert cause.observed is not None
    assert cause.observed.low == 100
    assert "peaked at 100 of 100" in cause.evidence[0].text
    assert "rds/db-parameters-orders-pg16.json" in cause.evidence[0].source
    assert not summary.missed
    assert len(asked(calls)) == len(set(asked(calls))) == 1
    assert b"wumpus" not in b"".join(one.read_bytes() for one in (tmp_path / "case" / "rds").iterdir())
    # Only max_connections is kept of some hundred parameters.
    kept = json.loads((tmp_path / "case" / "rds" / "db-parameters-orders-pg16.json").read_text())
    assert [one["ParameterName"] for one in kept["Parameters"]] == ["max_connections"]


def test_a_second_run_asks_for_none_of_it_again(tmp_path: Path) -> None:
    served = account(tmp_path / "served", POSTGRES, databases("100", instance("orders", "orders-pg16")), count(100))
    collect(served, tmp_path / "case", POSTGRES)
    calls = collect(served, tmp_path / "case", POSTGRES)[-1]
    assert [call.operation for call in calls] == ["GetCallerIdentity"]


def test_a_database_with_room_is_not_the_narrows(tmp_path: Path) -> None:
    served = account(tmp_path / "served", POSTGRES, databases("100", instance("orders", "orders-pg16")), count(40))
    cause = collect(served, tmp_path / "case", POSTGRES)[1].cause("destination-connection-limit")
    assert any("peaked at 40 of 100" in one.text and one.weight < 0 for one in cause.evidence)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "status", "note"),
    [
        ("LEAST({DBInstanceClassMemory/9531392},5000)", "in-sync", "gives no number by itself"),
        ("100", "pending-reboot", "which max_connections is in effect is not known"),
    ],
    ids=["formula", "pending"],
)
def test_a_limit_that_is_no_number_or_not_in_effect_is_said_and_not_used(
    tmp_path: Path, value: str, status: str, note: str
) -> None:
    rds = databases(value, instance("orders", "orders-pg16", status=status))
    case, found, _, _ = collect(account(tmp_path / "served", POSTGRES, rds, count(100)), tmp_path / "case", POSTGRES)
    assert case.owned.databases["orders"].max_connections is None
    assert any(note in one.text for one in case.notes)
    assert found.cause("destination-connection-limit").status != "confirmed"


def test_the_instances_of_a_cluster_are_asked_by_the_clusters_name(tmp_path: Path) -> None:
    names = ("first", "second")
    listed = [*(instance(name, "orders-pg16", "ledger") for name in names), instance("other", "orders-pg16", "else")]
    metrics = [("AWS/RDS", "DatabaseConnections", "Maximum", {"DBInstanceIdentifier": name}, rising(100))
               for name in names]  # fmt: skip
    served = account(tmp_path / "served", AURORA, databases("100", *listed), series(*metrics))
    case, found, _, calls = collect(served, tmp_path / "case", AURORA)
    assert set(case.owned.databases) == set(names)
    assert found.cause("destination-connection-limit").status == "confirmed"
    assert {dimensions for _, _, dimensions in asked(calls)} == {
        frozenset({("DBClusterIdentifier", "ledger")}), *(frozenset({("DBInstanceIdentifier", name)}) for name in names)
    }  # fmt: skip


def test_one_full_instance_of_a_cluster_is_no_proof(tmp_path: Path) -> None:
    listed = [instance(name, "orders-pg16", "ledger") for name in ("first", "second")]
    tops = {"first": 100.0, "second": 10.0}
    metrics = [("AWS/RDS", "DatabaseConnections", "Maximum", {"DBInstanceIdentifier": name}, rising(top))
               for name, top in tops.items()]  # fmt: skip
    served = account(tmp_path / "served", AURORA, databases("100", *listed), series(*metrics))
    cause = collect(served, tmp_path / "case", AURORA)[1].cause("destination-connection-limit")
    assert cause.status == "possible"
    assert any("Whether connects went to it" in one.text for one in cause.evidence)


def test_the_nodes_of_a_cache_are_found_by_its_group(tmp_path: Path) -> None:
    most = ELASTICACHE_CONNECTIONS.value
    case, found, summary, calls = collect(account(tmp_path / "served", REDIS, *cache(most)), tmp_path / "case", REDIS)
    assert case.owned.nodes == {"sessions": ("sessions-001", "sessions-002")}
    assert found.narrows == "destination-connection-limit"
    assert f"peaked at {most:,} of {most:,}" in found.cause("destination-connection-limit").evidence[0].text
    assert not summary.missed
    assert len(asked(calls)) == len(set(asked(calls)))
    assert {dict(dimensions)["CacheClusterId"] for _, _, dimensions in asked(calls)} == {"sessions-001", "sessions-002"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("host", "action", "parts"),
    [
        (POSTGRES, "rds:DescribeDBInstances", [databases("100", instance("orders", "orders-pg16")), count(100)]),
        (POSTGRES, "rds:DescribeDBParameters", [databases("100", instance("orders", "orders-pg16")), count(100)]),
        (REDIS, "elasticache:DescribeReplicationGroups", cache(ELASTICACHE_CONNECTIONS.value)),
    ],
    ids=["instances", "parameters", "groups"],
)
def test_without_a_permission_no_other_cause_is_named(
    tmp_path: Path, host: str, action: str, parts: list[dict[str, Any]]
) -> None:
    served = account(tmp_path / "served", host, *parts)
    case, found, summary, _ = collect(served, tmp_path / "case", host, denied=frozenset({action}))
    assert found.narrows in (None, "destination-connection-limit")
    assert {one.permission for one in summary.missed} == {action}
    assert any(f"not allowed: {action} is missing" in note.text for note in case.notes)


def test_without_the_group_the_nodes_are_those_that_interfaces_are_described_as(tmp_path: Path) -> None:
    served = account(tmp_path / "served", REDIS, *cache(9), interfaces(interface("ElastiCache sessions-001")))
    denied = frozenset({"elasticache:DescribeReplicationGroups"})
    calls = collect(served, tmp_path / "case", REDIS, denied=denied)[-1]
    assert [dimensions for _, _, dimensions in asked(calls)] == [frozenset({("CacheClusterId", "sessions-001")})]


ENDPOINT = {
    "VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "available",
    "ServiceName": "com.amazonaws.us-east-1.sqs", "PrivateDnsEnabled": True, "SubnetIds": ["subnet-1"],
    "NetworkInterfaceIds": ["eni-60"], "DnsEntries": [{"DnsName": QUEUE}], "Groups": [],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("host", "described", "expected"),
    [
        (NETWORK, (), {
            ("AWS/NetworkELB", metric, frozenset({("LoadBalancer", "net/Gate/0123456789abcdef")}))
            for metric in ("ActiveFlowCount", "ActiveFlowCount_TCP", "RejectedFlowCount")}),
        (APPLICATION, ("ELB app/Front/fedcba9876543210",), {
            ("AWS/ApplicationELB", "RejectedConnectionCount",
             frozenset({("LoadBalancer", "app/Front/fedcba9876543210")}))}),
        (APPLICATION, (), set()),
        (SEARCH, (), {
            ("AWS/ES", "ClusterStatus.red", frozenset({("DomainName", "catalog"), ("ClientId", "123456789012")}))}),
        (BROKER, (), {
            ("AWS/Kafka", "ClientConnectionCount", frozenset(
                {("Cluster Name", "events"), ("Broker ID", "2"), ("Client Authentication", "IAM")})),
            ("AWS/Kafka", "IAMTooManyConnections", frozenset({("Cluster Name", "events"), ("Broker ID", "2")}))}),
        (PROXY, (), {
            ("AWS/RDS", metric, frozenset({("ProxyName", "pool")}))
            for metric in ("ClientConnections", "DatabaseConnections")}),
        (MEMORY_DB, (), {("AWS/MemoryDB", "CurrConnections", frozenset({("ClusterName", "carts")}))}),
        (QUEUE, (), {
            ("AWS/PrivateLinkEndpoints", "ActiveConnections", frozenset(
                {("VPC Id", "vpc-1"), ("VPC Endpoint Id", "vpce-1"), ("Endpoint Type", "Interface"),
                 ("Service Name", "com.amazonaws.us-east-1.sqs")}))}),
        (POSTGRES.replace("us-east-1", "eu-west-1"), (), set()),
    ],
    ids=["nlb", "alb", "alb-unknown", "opensearch", "msk", "proxy", "memorydb", "endpoint", "elsewhere"],
)  # fmt: skip
def test_each_kind_is_asked_by_the_dimensions_that_aws_records_it_by(
    tmp_path: Path, host: str, described: tuple[str, ...], expected: set[Any]
) -> None:
    own = interfaces(*map(interface, described))
    endpoints = {"ec2/vpc-endpoints.json": {"VpcEndpoints": [ENDPOINT] if host == QUEUE else []}}
    counts = series(*((namespace, metric, "Maximum", dict(dimensions), [1.0] * MINUTES)
                      for namespace, metric, dimensions in expected))  # fmt: skip
    case, _, _, calls = collect(account(tmp_path / "served", host, own, endpoints, counts), tmp_path / "case", host)
    assert set(asked(calls)) == expected
    assert len(asked(calls)) == len(expected)
    there = {(one.namespace, one.metric, frozenset(one.dimensions.items())) for one in case.metrics.series}
    assert expected <= there


def test_a_load_balancer_that_rejects_is_the_narrows(tmp_path: Path) -> None:
    rejected = [0.0] * FULL_FROM + [3.0] * (MINUTES - FULL_FROM)
    of = {"LoadBalancer": "net/Gate/0123456789abcdef"}
    served = account(tmp_path / "served", NETWORK, series(("AWS/NetworkELB", "RejectedFlowCount", "Sum", of, rejected)))
    found = collect(served, tmp_path / "case", NETWORK)[1]
    assert found.narrows == "destination-connection-limit"
    assert "RejectedFlowCount of net/Gate/0123456789abcdef was 33" in found.cause(found.narrows).evidence[0].text


def test_a_domain_without_the_account_is_asked_by_the_account_of_the_functions(tmp_path: Path) -> None:
    served = account(tmp_path / "served", SEARCH)
    calls = collect(served, tmp_path / "case", SEARCH, denied=frozenset({"sts:GetCallerIdentity"}))[-1]
    (only,) = asked(calls)
    assert ("ClientId", "111122223333") in only[2]
