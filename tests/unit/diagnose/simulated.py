"""Simulated incidents with known truth, one for each cause that the simulator can bring about, and confounders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from narrows.scenario import Scenario, parse_scenario


@dataclass(frozen=True)
class Incident:
    """A scenario, and what is true of it."""

    name: str
    document: Mapping[str, Any]
    causes: frozenset[str]
    """Every cause that is at work."""
    narrows: str | None
    """What the diagnosis must name with the whole case before it."""

    def scenario(self) -> Scenario:
        return parse_scenario(yaml.safe_dump(self.document), self.name)


def _document(
    *,
    addresses: int = 1,
    subnets: int = 1,
    environments: Any = None,
    connections: Mapping[str, Any] | None = None,
    destination: Mapping[str, Any] | None = None,
    duration: str = "5m",
    **more: Any,
) -> dict[str, Any]:
    names = [f"private-{letter}" for letter in "abcdefgh"[:subnets]]
    demand: dict[str, Any] = {"environments": environments or {"from": 0, "to": 9000, "per_10s": 1000}}
    demand |= more.pop("demand", {})
    document: dict[str, Any] = {
        "name": "incident",
        "vpc": {
            "subnets": {name: {"az": f"us-east-1{name[-1]}", "route": "nat-a"} for name in names},
            "nat_gateways": {"nat-a": {"addresses": addresses}},
        },
        "destinations": {"cache": {"port": 443, **(destination or {})}},
        "functions": {
            "storefront": {
                "subnets": names,
                "security_groups": ["sg-app"],
                "connections": [{"to": "cache", "per_environment": 10, **(connections or {})}],
                **more.pop("function", {}),
            }
        },
        "demand": {"storefront": demand},
        "duration": duration,
        "seed": 7,
    }
    for key, value in more.items():
        if key == "vpc":
            for part, content in value.items():
                document["vpc"].setdefault(part, {}).update(content)
        elif isinstance(value, dict) and key in document:
            document[key] |= value
        else:
            document[key] = value
    return document


def _incident(name: str, causes: str, narrows: str | None, **document: Any) -> Incident:
    return Incident(name, _document(**document), frozenset(causes.split()), narrows)


NAT, ENI, LIMIT = "nat-port-exhaustion", "hyperplane-eni-exhaustion", "destination-connection-limit"
SILENT, REFUSES, BLOCKED = "destination-not-answering", "destination-refusing", "route-or-rule-blocked"
IDLE, FILES, THROTTLED = "idle-timeout-reset", "descriptor-exhaustion", "lambda-throttling"
DNS, PACKETS, SHORTAGE = "dns-failure", "nat-bandwidth", "eni-quota-or-address-shortage"

_FEW = {"from": 0, "to": 300, "per_10s": 1000}
_RETRY = {"retries": {"most": 3, "backoff": 5, "jitter": "full"}}

INCIDENTS = (
    _incident("nat, one address", NAT, NAT, connections={"connect_timeout": 30}),
    _incident("eni, eight addresses", ENI, ENI, addresses=8, connections={"connect_timeout": 30}),
    _incident("healthy, second subnet", "", None, addresses=2, subnets=2),
    _incident("healthy, few", "", None, environments=_FEW),
    _incident(
        "nat, churn",
        NAT,
        NAT,
        environments={"from": 0, "to": 700, "per_10s": 1000},
        connections={"per_environment": 2, "hold": "invocation"},
        demand={"invocations_per_second": 690},
    ),
    _incident(
        "nat, filled by others",
        NAT,
        NAT,
        environments={"from": 0, "to": 1000, "per_10s": 500},
        others={"workers": {"route": "nat-a", "kind": "containers", "connections": [{"to": "cache", "count": 50000}]}},
    ),
    _incident(
        "eni, others behind the gateway",
        ENI,
        ENI,
        addresses=8,
        others={"workers": {"route": "nat-a", "kind": "containers", "connections": [{"to": "cache", "count": 30000}]}},
    ),
    _incident(
        "eni, retries and held for half a minute",
        ENI,
        ENI,
        addresses=8,
        connections={"hold": {"mean": "60s"}, **_RETRY},
    ),
    _incident(
        "eni, scales out late",
        ENI,
        ENI,
        addresses=8,
        connections={"connect_timeout": 5, "retries": {"most": 20, "backoff": 5}},
        assumptions={"eni_scale_out_delay": "2m"},
    ),
    _incident("eni, two subnets", ENI, ENI, addresses=8, subnets=2, environments={"to": 15000, "per_10s": 1000}),
    _incident(
        "limit, refuses, and refused connects use up the ports",
        f"{LIMIT} {NAT}",
        LIMIT,
        destination={"max_connections": 20000},
    ),
    _incident("limit, refuses", LIMIT, LIMIT, addresses=2, destination={"max_connections": 20000}),
    _incident(
        "limit, ignores, and unanswered connects use up the ports",
        f"{LIMIT} {NAT}",
        LIMIT,
        destination={"max_connections": 20000, "when_full": "ignore"},
    ),
    _incident(
        "limit, ignores",
        LIMIT,
        LIMIT,
        addresses=2,
        destination={"max_connections": 20000, "when_full": "ignore"},
    ),
    _incident(
        "limit, ignores, and unanswered connects fill the eni",
        f"{LIMIT} {ENI}",
        ENI,
        addresses=8,
        destination={"max_connections": 64000, "when_full": "ignore"},
        connections={"retries": {"most": 6, "backoff": 20}},
    ),
    _incident(
        "limit, refuses, churn",
        LIMIT,
        LIMIT,
        addresses=8,
        destination={"max_connections": 20000},
        connections={"hold": "30s", **_RETRY},
    ),
    _incident(
        "limit, local cache",
        LIMIT,
        LIMIT,
        subnets=2,
        destination={"max_connections": 65000, "local": True, "port": 6379, "addresses": ["10.0.250.9"]},
    ),
    _incident("silent, from the start", SILENT, SILENT, environments=_FEW, destination={"answers": "no"}),
    _incident(
        "silent, accepts few a second",
        SILENT,
        SILENT,
        addresses=2,
        environments={"to": 4000, "per_10s": 1000},
        destination={"accepts_per_second": 400},
        connections={"connect_timeout": 5, "retries": {"most": 5, "backoff": 2}},
    ),
    _incident("refuses, from the start", REFUSES, REFUSES, environments=_FEW, destination={"answers": "refuses"}),
    _incident(
        "blocked, no route",
        BLOCKED,
        BLOCKED,
        environments=_FEW,
        vpc={"subnets": {"private-a": {"az": "us-east-1a", "route": "none"}}},
    ),
    _incident(
        "blocked, internet gateway in one of two subnets",
        BLOCKED,
        BLOCKED,
        subnets=2,
        environments=_FEW,
        vpc={"subnets": {"private-b": {"az": "us-east-1b", "route": "internet-gateway"}}},
    ),
    _incident(
        "blocked, security group",
        BLOCKED,
        BLOCKED,
        environments=_FEW,
        vpc={"security_groups": {"sg-app": {"egress_ports": [5432]}}},
    ),
    _incident(
        "blocked, network ACL in one of two subnets",
        BLOCKED,
        BLOCKED,
        subnets=2,
        environments=_FEW,
        vpc={"subnets": {"private-b": {"az": "us-east-1b", "route": "nat-a", "denied_ports": [443]}}},
    ),
    _incident(
        "idle",
        IDLE,
        IDLE,
        duration="20m",
        environments={"points": [[0, 300], [60, 300], [60, 0], [540, 0], [540, 300]]},
        assumptions={"environment_idle_lifetime": "15m"},
    ),
    _incident(
        "descriptors",
        FILES,
        FILES,
        addresses=8,
        environments={"to": 20, "per_10s": 100},
        connections={"per_environment": 1200},
    ),
    _incident(
        "throttled by reserved concurrency",
        THROTTLED,
        THROTTLED,
        environments={"to": 2000, "per_10s": 1000},
        function={"reserved_concurrency": 500},
    ),
    _incident(
        "throttled by the account",
        THROTTLED,
        THROTTLED,
        environments={"to": 2000, "per_10s": 1000},
        assumptions={"account_concurrency": 1000},
    ),
    _incident(
        "dns",
        DNS,
        DNS,
        addresses=2,
        assumptions={"resolver_packets_per_second": 200},
    ),
    _incident(
        "packets dropped",
        PACKETS,
        PACKETS,
        addresses=8,
        environments={"to": 5000, "per_10s": 1000},
        connections={"bytes_per_second": 500000, "connect_timeout": 3},
    ),
    _incident(
        "nat, and throttled",
        f"{NAT} {THROTTLED}",
        NAT,
        function={"reserved_concurrency": 8000},
    ),
    _incident(
        "nat, and a second destination that refuses",
        f"{NAT} {REFUSES}",
        NAT,
        destinations={"cache": {"port": 443}, "audit": {"port": 8443, "answers": "refuses"}},
        function={
            "connections": [
                {"to": "cache", "per_environment": 10},
                {"to": "audit", "per_environment": 1},
            ]
        },
    ),
    _incident(
        "eni full through a local destination too",
        ENI,
        ENI,
        addresses=2,
        destinations={
            "cache": {"port": 443},
            "store": {"port": 6379, "local": True, "addresses": ["10.0.250.9"]},
        },
        function={
            "connections": [
                {"to": "cache", "per_environment": 5},
                {"to": "store", "per_environment": 5},
            ]
        },
    ),
    _incident(
        "limit of a second destination, first one well",
        LIMIT,
        LIMIT,
        addresses=8,
        environments={"to": 3000, "per_10s": 1000},
        destinations={
            "cache": {"port": 443},
            "api": {"port": 8443, "max_connections": 9000, "when_full": "ignore"},
        },
        function={
            "connections": [
                {"to": "cache", "per_environment": 5, "hold": {"mean": "20s"}},
                {"to": "api", "per_environment": 5, "retries": {"most": 6, "backoff": 20}},
            ]
        },
    ),
)
