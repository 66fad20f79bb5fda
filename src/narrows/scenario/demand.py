"""The demand of a scenario: from what is written to curves and connections."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.demand import Curve, Demand, FunctionDemand, HoldKind, OtherConnections
from narrows.errors import InputError, did_you_mean, shown
from narrows.opening import open_inside
from narrows.scenario.trace import ENVIRONMENTS, INVOCATIONS, Trace, read_trace
from narrows.yaml_source import YamlSource

if TYPE_CHECKING:
    from narrows.scenario import shape

_Place = tuple[str | int, ...]


def demand(source: YamlSource, part: shape.ScenarioPart, folder: Path) -> Demand:
    """What is asked.

    Args:
        folder: where trace files are looked for.

    Raises:
        InputError: a name is unknown, a curve goes back in time, a trace file cannot be used.
    """
    from narrows.scenario.fields import made
    from narrows.scenario.shape import DemandPart

    curves = _Curves(source, folder)
    for name in part.demand:
        if name not in part.functions:
            raise _unknown(source, ("demand", name), "function", name, part.functions)
    functions: dict[str, FunctionDemand] = {}
    for name, function in part.functions.items():
        for index, use in enumerate(function.connections):
            _check_destination(source, ("functions", name, "connections", index, "to"), use.to, part)
        asked = part.demand.get(name, DemandPart())
        place = ("demand", name, "environments")
        environments = curves.read(asked.environments, place, ENVIRONMENTS)
        rate = curves.beside(asked.environments, place)
        if asked.invocations_per_second is not None:
            rate = curves.read(asked.invocations_per_second, ("demand", name, INVOCATIONS), INVOCATIONS)
        functions[name] = made(
            asked,
            FunctionDemand,
            connections=function.connections,
            environments=environments,
            invocations_per_second=rate,
        )
    others = {name: tuple(_other(source, name, other, part, curves)) for name, other in part.others.items()}
    return Demand(part.duration, functions, others, part.seed)


def _other(
    source: YamlSource, name: str, other: shape.OtherPart, part: shape.ScenarioPart, curves: _Curves
) -> Iterator[OtherConnections]:
    from narrows.scenario.fields import made

    for index, use in enumerate(other.connections):
        place = ("others", name, "connections", index)
        _check_destination(source, (*place, "to"), use.to, part)
        if (use.count is None) == (use.per_second is None):
            raise source.error(place, "write either 'count' or 'per_second'")
        if use.hold.kind is HoldKind.INVOCATION:
            raise source.error((*place, "hold"), "only functions have invocations", "write a duration, such as 30s")
        if use.count is None and use.hold.kind is HoldKind.UNTIL_RECYCLED:
            raise source.error(place, "connections that come per second need a hold that ends", "such as hold: 30s")
        count = None if use.count is None else curves.read(use.count, (*place, "count"), ENVIRONMENTS)
        rate = None if use.per_second is None else curves.read(use.per_second, (*place, "per_second"), INVOCATIONS)
        yield made(use, OtherConnections, count=count, per_second=rate)


def _check_destination(source: YamlSource, place: _Place, name: str, part: shape.ScenarioPart) -> None:
    if name not in part.destinations:
        raise _unknown(source, place, "destination", name, part.destinations)


def _unknown(source: YamlSource, place: _Place, what: str, name: str, known: Mapping[str, object]) -> InputError:
    return source.error(place, f"there is no {what} {shown(name)}", did_you_mean(name, known))


class _Curves:
    """Curves as a scenario writes them."""

    def __init__(self, source: YamlSource, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.traces: dict[Path, Trace] = {}

    def read(self, part: Any, place: _Place, column: str) -> Curve:
        """The curve; of a trace file, the one in ``column``."""
        from narrows.scenario.shape import PointsPart, RampPart, StepsPart, TracePart

        if isinstance(part, TracePart):
            return self._trace(part, place).curve(column)
        if isinstance(part, StepsPart):
            return self._steps(part, place)
        if isinstance(part, PointsPart):
            return self._points(part, place)
        if isinstance(part, RampPart):
            return self._ramp(part, place)
        return Curve.constant(float(part))

    def beside(self, part: Any, place: _Place) -> Curve | None:
        """The invocations per second that a trace file has beside the environments."""
        from narrows.scenario.shape import TracePart

        return self._trace(part, place).curves.get(INVOCATIONS) if isinstance(part, TracePart) else None

    def _trace(self, part: shape.TracePart, place: _Place) -> Trace:
        file = self.folder / part.trace
        if file not in self.traces:
            try:
                # A scenario of somebody else reads nothing that stands elsewhere.
                stream = open_inside(self.folder, file, "stands outside the scenario's folder", "copy it there")
            except InputError as error:
                problem = f"{shown(part.trace)}: {error.problem}"
                raise self.source.error((*place, "trace"), problem, error.advice) from None
            with stream:
                self.traces[file] = read_trace(file, stream)
        return self.traces[file]

    def _ramp(self, ramp: shape.RampPart, place: _Place) -> Curve:
        if (ramp.per_10s is None) == (ramp.over is None):
            raise self.source.error(place, "a ramp has either 'per_10s' or 'over'", "such as over: 90s")
        rise = abs(ramp.to - ramp.start)
        seconds = ramp.over if ramp.over is not None else rise / (ramp.per_10s or 1.0) * 10.0
        if not math.isfinite(seconds):
            raise self.source.error((*place, "per_10s"), "a ramp as slow as this never ends")
        return Curve(((ramp.at, ramp.start), (ramp.at + seconds, ramp.to)))

    def _steps(self, part: shape.StepsPart, place: _Place) -> Curve:
        points: list[tuple[float, float]] = [(0.0, 0.0)]
        for index, step in enumerate(part.steps):
            if index and step.at <= part.steps[index - 1].at:
                raise self.source.error((*place, "steps", index, "at"), "steps must come in order of time")
            points += [(step.at, points[-1][1]), (step.at, step.to)]
        return Curve(tuple(points))

    def _points(self, part: shape.PointsPart, place: _Place) -> Curve:
        for index, (at, _) in enumerate(part.points):
            if index and at < part.points[index - 1][0]:
                raise self.source.error((*place, "points", index), "points must come in order of time")
        return Curve(tuple(part.points))
