"""The alarms that go with a plan: each tells of a table that fills, before or when it is full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from narrows.case.cloudwatch_names import (
    LAMBDA_DIMENSION,
    LAMBDA_METRICS,
    LAMBDA_NAMESPACE,
    NAT_DIMENSION,
    NAT_METRICS,
    NAT_NAMESPACE,
    PERIOD,
)
from narrows.network import HopKind
from narrows.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of CloudWatch, on one metric of one resource."""

    key: str
    """A short name of what it watches for, without the resource's: ``port-allocation``."""
    resource: str
    """The NAT gateway or function, as the plan calls it."""
    namespace: str
    metric: str
    stat: str
    dimension: str
    threshold: float
    """It fires above this."""
    periods: int
    """Minutes in a row."""
    why: str
    """One line for its description."""
    period: int = PERIOD


def alarms_of(plan: Plan) -> tuple[Alarm, ...]:
    """The alarms of a plan, in the network after its changes."""
    return tuple(_alarms(plan))


def _alarms(plan: Plan) -> Iterator[Alarm]:
    tables = plan.tables if plan.best is None else plan.best.tables
    peak = plan.peak if plan.best is None else plan.best.peak
    for name in plan.network.nat_gateways:
        refused, active = NAT_METRICS["ErrorPortAllocation"], NAT_METRICS["ActiveConnectionCount"]
        yield Alarm(
            "port-allocation", name, NAT_NAMESPACE, refused.name, refused.stat, NAT_DIMENSION, 0, 1,
            f"{name} has no port left for a unique destination: connections fail",
        )  # fmt: skip
        capacities = [one.capacity for one in tables if one.kind is HopKind.NAT_GATEWAY and one.resource == name]
        if capacities:
            threshold = round(min(capacities) * (1 - plan.headroom_wanted))
            yield Alarm(
                "connections", name, NAT_NAMESPACE, active.name, active.stat, NAT_DIMENSION, threshold, 1,
                f"{name} has more connections open than {plan.headroom_wanted:.0%} headroom leaves: its limit to one "
                f"unique destination is {min(capacities):,}",
            )  # fmt: skip
    concurrency = LAMBDA_METRICS["ConcurrentExecutions"]
    functions = plan.today.network.functions
    for name, environments in peak.environments().items():
        if name in functions and functions[name].subnets:
            yield Alarm(
                "concurrency", name, LAMBDA_NAMESPACE, concurrency.name, concurrency.stat, LAMBDA_DIMENSION,
                environments, 1, f"{name} runs in more than the {environments:,} execution environments of the plan",
            )  # fmt: skip
