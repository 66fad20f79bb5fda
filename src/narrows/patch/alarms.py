"""The alarms that go with a plan: each tells of a table that fills, before or when it is full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from narrows.case.cloudwatch_names import (
    LAMBDA_DIMENSION,
    LAMBDA_METRICS,
    LAMBDA_NAMESPACE,
    NAT_DIMENSION,
    NAT_METRICS,
    NAT_NAMESPACE,
    NAT_OPEN,
    NAT_PORT_ERRORS,
    PERIOD,
)
from narrows.network import HopKind
from narrows.plan.filling import fillings
from narrows.plan.loads import Load
from narrows.plan.model import Plan
from narrows.plan.peak import Peak
from narrows.plan.routing import Routing
from narrows.scenario import Scenario
from narrows.words import percent


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
    active = _active(plan.scenario, peak)
    for name in plan.network.nat_gateways:
        refused, opened = NAT_METRICS[NAT_PORT_ERRORS], NAT_METRICS[NAT_OPEN]
        yield Alarm(
            "port-allocation", name, NAT_NAMESPACE, refused.name, refused.stat, NAT_DIMENSION, 0, 1,
            f"{name} has no port left for a unique destination: connections fail",
        )  # fmt: skip
        of_gateway = [table for table in tables if table.kind is HopKind.NAT_GATEWAY and table.resource == name]
        fullest = max(of_gateway, key=lambda table: table.peak / table.capacity, default=None)
        if fullest is not None and fullest.peak and active.get(name):
            filled = fullest.peak / fullest.capacity
            threshold = round(active[name] * (1 - plan.headroom_wanted) / filled)
            yield Alarm(
                "connections", name, NAT_NAMESPACE, opened.name, opened.stat, NAT_DIMENSION, threshold, 1,
                f"{name} has so many connections open that less than {percent(plan.headroom_wanted)} of its fullest "
                f"table is free, where they are spread as in the plan: {fullest.capacity:,} to "
                f"{fullest.destinations[0]}",
            )  # fmt: skip
    concurrency = LAMBDA_METRICS["ConcurrentExecutions"]
    functions = plan.today.network.functions
    for name, environments in peak.environments().items():
        if name in functions and functions[name].subnets:
            yield Alarm(
                "concurrency", name, LAMBDA_NAMESPACE, concurrency.name, concurrency.stat, LAMBDA_DIMENSION,
                environments, 1, f"{name} runs in more than the {environments:,} execution environments of the plan",
            )  # fmt: skip


def _active(scenario: Scenario, peak: Peak) -> dict[str, float]:
    """The most connections open at once through each NAT gateway, to all destinations together: what
    ActiveConnectionCount counts."""
    moments = tuple(
        replace(moment, functions=_open(moment.functions), others=_open(moment.others)) for moment in peak.moments
    )
    most: dict[str, float] = {}
    for filling in fillings(scenario.network, replace(peak, moments=moments), scenario.assumptions, Routing()):
        together: dict[str, float] = {}
        for pool in {**filling.pools, **filling.pool_others}:
            together[pool[0]] = together.get(pool[0], 0.0) + sum(filling.together(pool).values())
        for gateway, count in together.items():
            most[gateway] = max(most.get(gateway, 0.0), count)
    return most


def _open(loads: tuple[Load, ...]) -> tuple[Load, ...]:
    """Without what is closed and not forgotten yet: a table counts it, the metric does not."""
    return tuple(replace(load, nat=load.open, nat_grain=0.0) for load in loads)
