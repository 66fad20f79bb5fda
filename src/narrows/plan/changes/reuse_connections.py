"""``reuse-connections``: fewer connections for each execution environment, kept open and used again."""

from __future__ import annotations

from dataclasses import replace

from narrows.demand import Connections, FunctionDemand, Hold, HoldKind
from narrows.listing import counted
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.scenario import Scenario


def kept(connections: tuple[Connections, ...], destination: str, each: int) -> tuple[Connections, ...]:
    """Connections with those to a destination replaced by ``each`` that are kept."""
    first = next(use for use in connections if use.to == destination)
    reused = replace(first, per_environment=each, hold=Hold())
    return tuple(reused if use is first else use for use in connections if use is first or use.to != destination)


def reuse_connections(scenario: Scenario, function: str, destination: str, per_environment: int) -> Step:
    """Let each environment of a function keep ``per_environment`` connections to a destination open."""
    asked, change = reused(scenario.demand.functions[function], function, destination, per_environment)
    functions = {**scenario.demand.functions, function: asked}
    return Step(replace(scenario, demand=replace(scenario.demand, functions=functions)), change)


def reused(
    asked: FunctionDemand, function: str, destination: str, per_environment: int
) -> tuple[FunctionDemand, Change]:
    """The same for what one function asks: thousands of them need no new scenario for each."""
    before = sum(use.per_environment for use in asked.connections if use.to == destination)
    churning = any(use.to == destination and use.hold.kind is not HoldKind.UNTIL_RECYCLED for use in asked.connections)
    connections = kept(asked.connections, destination, per_environment)
    change = Change(
        Action.REUSE_CONNECTIONS,
        f"{function} -> {destination}",
        before - per_environment,
        0,
        f"keep {counted(per_environment, 'connection')} to {destination} in each environment of {function} instead of "
        f"{before}" + (", opened once and used again" if churning else ""),
        f"{per_environment} instead of {before} connections to {destination} from {function}"
        if per_environment < before
        else f"connections to {destination} from {function} kept open",
        before=before,
        after=per_environment,
        risks=(Risk.CODE_CHANGE,),
        needs=(f"the client of {function} does its work over {counted(per_environment, 'connection')}",),
    )
    return replace(asked, connections=connections), change
