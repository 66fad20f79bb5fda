"""``reuse-connections``: fewer connections for each execution environment, kept open and used again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from narrows.demand import Connections, FunctionDemand, Hold, HoldKind
from narrows.listing import counted
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.scenario import Scenario


def kept(connections: tuple[Connections, ...], destination: str, each: int) -> tuple[Connections, ...]:
    """Connections with those to a destination replaced by at most ``each`` that are kept."""
    its = [use for use in connections if use.to == destination]
    if not its:
        return connections
    present = sum(use.each for use in its)
    on_average = None if its[0].on_average is None else min(present, float(each))
    reused = replace(its[0], per_environment=each, on_average=on_average, hold=Hold())
    return tuple(reused if use is its[0] else use for use in connections if use is its[0] or use.to != destination)


def reuse_connections(scenario: Scenario, function: str, destination: str, per_environment: int) -> Step:
    """Let each environment of a function keep ``per_environment`` connections to a destination open."""
    its = [use for use in scenario.demand.functions[function].connections if use.to == destination]
    churns = any(use.hold.kind is not HoldKind.UNTIL_RECYCLED for use in its)
    before = sum(use.per_environment for use in its)

    def edit(functions: Mapping[str, FunctionDemand]) -> Mapping[str, FunctionDemand]:
        asked = functions[function]
        return {
            **functions,
            function: replace(asked, connections=kept(asked.connections, destination, per_environment)),
        }

    change = reuse_change(function, destination, before, per_environment, churns=churns)
    return Step(replace(scenario, demand=scenario.demand.edited(edit)), change)


def reuse_change(
    function: str, destination: str, before: int, after: int, *, churns: bool, known: bool = True
) -> Change:
    """What reuse asks of one function.

    Args:
        before, after: connections of each of its environments to the destination.
        churns: they are closed and opened again today.
        known: whether that is how many there are, and not only how many there may be.
    """
    kept_open = counted(after, "connection")
    what = f"keep {kept_open if known else 'at most ' + kept_open} to {destination} in each environment of {function}"
    if after < before and known:
        what += f" instead of {before}"
    if churns:
        what += ", opened once and used again"
    return Change(
        Action.REUSE_CONNECTIONS,
        f"{function} -> {destination}",
        before - after,
        0,
        what,
        (f"{after} instead of {before}" if known else f"at most {after}")
        + f" connections to {destination} from {function}"
        if after < before
        else f"connections to {destination} from {function} kept open",
        before=before,
        after=after,
        risks=(Risk.CODE_CHANGE,),
        needs=(f"the client of {function} does its work over {kept_open}",),
    )
