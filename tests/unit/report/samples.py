"""A case in memory and a diagnosis of it, for the tests of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from narrows.case.cloudwatch_names import LAMBDA_METRICS, NAT_METRICS
from narrows.case.model import (
    CallerCount,
    CallerOutcome,
    Callers,
    Case,
    KnownDestination,
    Metrics,
    Series,
    Topology,
)
from narrows.diagnose.causes import CAUSES
from narrows.diagnose.model import (
    BoundLimit,
    CauseResult,
    Diagnosis,
    Evidence,
    Missing,
    Need,
    NextNarrows,
    Observed,
    Reason,
    Status,
)
from narrows.flowlogs.creating import flow_log_request
from narrows.limits import LIMITS
from narrows.network import Destination, EniKey, Function, NatGateway, Network, Resource, SecurityGroup, Subnet

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST = int(START.timestamp())
MINUTES = 15
EVIL = "<script>alert(1)</script>"
"""A name that a page must show and never run."""


def series(metric: str, resource: str, values: Sequence[float]) -> Series:
    """A metric by the minute from the start of the window, with the statistic that means something."""
    nat = metric in NAT_METRICS
    return Series(
        namespace="AWS/NATGateway" if nat else "AWS/Lambda",
        metric=metric,
        dimensions={"NatGatewayId" if nat else "FunctionName": resource},
        stat=(NAT_METRICS if nat else LAMBDA_METRICS)[metric].stat,
        period=60,
        times=np.array([FIRST + 60 * minute for minute in range(len(values))], dtype=np.int64),
        values=np.array(values, dtype=np.float64),
        source=f"cloudwatch/{resource}.results.json, {metric.lower()}",
    )


def ramp(top: float) -> list[float]:
    """Two minutes up, and then flat."""
    return [min(top, top * 0.6 * minute) for minute in range(MINUTES)]


def network(
    *,
    subnets: int = 1,
    addresses: int = 1,
    security_group: str = "sg-app",
    function: str = "storefront",
    destination: str = "cache",
) -> Network:
    """A function, its subnets behind one NAT gateway, one destination."""
    names = [f"subnet-{chr(97 + index)}" for index in range(subnets)]
    return Network(
        region="us-east-1",
        subnets={name: Subnet(name, f"us-east-1{name[-1]}", "nat-0a1b2c3d") for name in names},
        nat_gateways={"nat-0a1b2c3d": NatGateway("nat-0a1b2c3d", addresses=addresses)},
        destinations={destination: Destination(destination, 443, ("203.0.113.10",), host=f"{destination}.example.com")},
        functions={function: Function(function, tuple(names), (security_group,))},
        security_groups={security_group: SecurityGroup(security_group)},
    )


def make_case(
    built: Network | None = None,
    *,
    active: float | None = 55_000,
    errors: Sequence[float] = (0, 0, 21_000, 48_000, 11_000),
    timed_out: int = 35_000,
    names: Mapping[str, str] | None = None,
    folder: Path = Path("launch-day"),
) -> Case:
    """A case of the incident's first act, with metrics and callers' outcomes."""
    built = built or network()
    known = {
        name: KnownDestination(name, one.host, one.port, one.addresses) for name, one in built.destinations.items()
    }
    function = next(iter(built.functions))
    metrics = [series("ConcurrentExecutions", function, ramp(9000))]
    if active is not None:
        for gateway in built.nat_gateways:
            metrics += [
                series("ActiveConnectionCount", gateway, ramp(active)),
                series("ErrorPortAllocation", gateway, [*errors, *[0] * (MINUTES - len(errors))]),
                series("ConnectionAttemptCount", gateway, [30_000.0, 40_000.0, 20_000.0, *[0.0] * (MINUTES - 3)]),
                series("ConnectionEstablishedCount", gateway, [30_000.0, 25_000.0, *[0.0] * (MINUTES - 2)]),
            ]
    destination = next(iter(built.destinations))
    opened, source = round(active or 0), "callers/outcomes.parquet"
    counts = (
        CallerCount(FIRST, function, destination, CallerOutcome.ESTABLISHED, opened // 2, source),
        CallerCount(FIRST + 60, function, destination, CallerOutcome.ESTABLISHED, opened - opened // 2, source),
        CallerCount(FIRST + 120, function, destination, CallerOutcome.TIMED_OUT, timed_out, source),
    )
    return Case(
        folder=folder,
        region="us-east-1",
        window=(START, START + timedelta(minutes=MINUTES)),
        functions=(function,),
        destinations=known,
        reported="connect timeouts since 12:03 under load",
        topology=Topology(
            built,
            frozenset({"functions", "subnets", "route-tables", "nat-gateways", "network-interfaces", "vpc-endpoints"}),
            names=names or {"nat-0a1b2c3d": "nat-a", "subnet-a": "private-a", "subnet-b": "private-b"},
        ),
        quotas={},
        metrics=Metrics(tuple(metrics)),
        callers=Callers(tuple(one for one in counts if one.count), (source,), complete=True),
    )


def cause(
    id: str,
    status: str = "ruled-out",
    *,
    resource: Resource | None = None,
    limit: str | None = None,
    observed: tuple[float, float | None, str] | None = None,
    mechanism: str | None = None,
    evidence: Sequence[tuple[bool, str, str]] = (),
) -> CauseResult:
    """One cause."""
    return CauseResult(
        id,
        Status(status),
        mechanism,
        resource,
        BoundLimit.of(LIMITS[limit]) if limit else None,
        Observed(*observed) if observed else None,
        tuple(Evidence(*one) for one in evidence),
    )


def make_diagnosis(
    *causes: CauseResult,
    narrows: str | None = None,
    next_narrows: NextNarrows | None = None,
    failures: int | None = None,
    nothing_failed: bool = False,
) -> Diagnosis:
    """A diagnosis with these causes, and the others ruled out."""
    given = {one.id for one in causes}
    return Diagnosis(
        narrows=narrows,
        nothing_failed=nothing_failed,
        causes=(*causes, *(cause(id) for id in CAUSES if id not in given)),
        next_narrows=next_narrows,
        missing=(
            Missing(
                Need.FLOW_LOGS,
                "VPC flow logs of the Hyperplane ENIs",
                (flow_log_request("NetworkInterface", ["eni-0"]),),
                (Reason("they show how many connections each ENI had", "hyperplane-eni-exhaustion"),),
            ),
        ),
        assumptions=(
            {
                "id": "nat_connections_per_address",
                "value": "55,000",
                "default": "55,000",
                "meaning": "connections that one address takes",
                "source": "Amazon VPC User Guide",
                "certainty": "inferred",
            },
        ),
        failures=failures,
    )


def first_act() -> Diagnosis:
    """The diagnosis of the incident's first act."""
    return make_diagnosis(
        cause(
            "nat-port-exhaustion",
            "confirmed",
            resource="nat-0a1b2c3d",
            limit="nat-connections-per-destination",
            observed=(55_000, 55_000, "connections"),
            mechanism="concurrency",
            evidence=[
                (True, "ErrorPortAllocation rose to 48,000 at 12:03.", "cloudwatch/nat.results.json, errors"),
                (False, "Others may be behind the gateway.", "ec2/network-interfaces.json"),
            ],
        ),
        cause("dns-failure", "unknown"),
        failures=35_000,
        narrows="nat-port-exhaustion",
        next_narrows=NextNarrows("hyperplane-eni-exhaustion", EniKey("subnet-a", ("sg-app",)), 65_000),
    )
