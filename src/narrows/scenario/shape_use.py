"""The table of fields of a scenario file, as far as connections and curves go."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from narrows.demand import Connections, Curve, Distribution, Hold, HoldKind, Jitter, Retries
from narrows.errors import shown
from narrows.limits import FILE_DESCRIPTORS
from narrows.scenario.fields import (
    AS_COUNT,
    LONGEST_SECONDS,
    ByteRate,
    Duration,
    Example,
    Level,
    Name,
    Part,
    PositiveDuration,
    WrittenAs,
    as_part,
    positive,
)
from narrows.units import DURATION_AS_TEXT, parse_count, parse_duration, with_short_units


class HoldPart(Part):
    """hold

    A time that is drawn for each connection: ``{mean: 30s, distribution: exponential}``.
    """

    mean: Annotated[PositiveDuration, Example("30s")]
    """The mean of it."""
    distribution: Annotated[Distribution, Example("exponential")] = Distribution.EXPONENTIAL
    """How it is drawn. ``constant``: always the mean."""
    sigma: Annotated[float, Field(gt=0, le=10, strict=True), AS_COUNT, Example(1.0)] = 1.0
    """Of ``lognormal``: the standard deviation of its logarithm."""


def _hold(value: Any) -> Any:
    if value in ("until_recycled", "invocation") or isinstance(value, dict):
        return value
    try:
        return {"mean": positive(parse_duration(value)), "distribution": "constant"}
    except ValueError:
        named = "nothing" if value is None else shown(value)
        meant = with_short_units(value)
        write = meant or (
            "until_recycled, invocation, a duration such as 30s, or {mean: 30s, distribution: exponential}"
        )
        raise ValueError(f"{named} is not a hold: write {write}") from None


def _read_hold(part: HoldPart | str) -> Hold:
    if isinstance(part, str):
        return Hold(HoldKind(part))
    return Hold(HoldKind.DURATION, part.mean, part.distribution, part.sigma)


def _write_hold(hold: Hold) -> Any:
    if hold.kind is not HoldKind.DURATION:
        return hold.kind.value
    return hold.mean if hold == Hold(HoldKind.DURATION, hold.mean) else HoldPart.of(hold).written()


HoldField = Annotated[
    Hold,
    WrittenAs(
        Annotated[HoldPart | Literal["until_recycled", "invocation"], BeforeValidator(_hold)],
        _read_hold,
        _write_hold,
        also=({"type": "string", "pattern": DURATION_AS_TEXT}, {"type": "number", "exclusiveMinimum": 0}),
    ),
]
_HOLDS = Example(
    "until_recycled",
    others=(
        ("invocation", "closed at the end of each invocation"),
        ("30s", "closed after 30 s, and opened again"),
        ({"mean": "30s", "distribution": "exponential"}, "drawn for each"),
    ),
)


class RetriesPart(Part):
    """functions.NAME.connections[].retries

    What a caller does after a connection attempt failed.
    """

    most: Annotated[int, Field(ge=0, le=100, strict=True), AS_COUNT, Example(3, "attempts")] = 0
    """Further attempts after the first."""
    backoff: Annotated[Duration, Example("1s")] = 1.0
    """Time before the first retry. Doubled for each one after."""
    jitter: Annotated[Jitter, Example("full")] = Jitter.NONE
    """How the back-off is spread. ``full``: drawn between zero and the back-off."""


class ConnectionsPart(Part):
    """functions.NAME.connections[]

    Connections of each execution environment of a function to one destination.
    """

    to: Annotated[Name, Example("cache")]
    """The destination, by its name."""
    per_environment: Annotated[
        int, Field(ge=1, le=FILE_DESCRIPTORS.value * 4, strict=True), AS_COUNT, Example(10, "connections")
    ] = 1
    """Connections of each environment. Opened at once when it starts; with ``hold: invocation`` when an invocation
    starts. A pool's size, times the clients that have one."""
    hold: Annotated[HoldField, _HOLDS] = Hold()
    """How long one stays open. ``until_recycled``: as long as its environment is there. ``invocation``: to the end of
    the invocation, so that each one opens new ones, and closed ones keep their ports for a minute. A duration: closed
    after that time, and opened again."""
    connect_timeout: Annotated[PositiveDuration, Example("10s")] = 10.0
    """Time until the caller gives up. From the first SYN."""
    retries: Annotated[
        Retries, as_part(RetriesPart, Retries), Example({"most": 3, "backoff": "1s", "jitter": "full"})
    ] = Retries()
    """Attempts after one that failed."""
    bytes_per_second: Annotated[ByteRate, Example(20_000, "bytes a second")] = 0.0
    """Bytes over one open connection. A second, sent and received together: what NAT gateways charge for."""


class RampPart(Part):
    """A ramp

    A straight line: ``{from: 0, to: 9000, per_10s: 1000}`` or ``{from: 0, to: 9000, over: 90s}``.
    """

    start: Annotated[Level, Field(alias="from"), Example(0)] = 0
    """Where it begins."""
    to: Annotated[Level, Example(9000)]
    """Where it ends, and stays."""
    per_10s: Annotated[
        Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True), AS_COUNT] | None, Example(1000)
    ] = None
    """How much it rises in ten seconds. Either this or ``over``."""
    over: Annotated[Duration | None, Example("90s")] = None
    """How long it takes."""
    at: Annotated[Duration, Example("0s")] = 0.0
    """When it begins."""


class StepPart(Part):
    """One of {steps: [...]}

    From this moment on, this many.
    """

    at: Annotated[Duration, Example("60s")]
    """From when on."""
    to: Annotated[Level, Example(2000)]
    """How many."""


class StepsPart(Part):
    """Steps

    ``{steps: [{at: 0s, to: 100}, {at: 60s, to: 2000}]}``
    """

    steps: Annotated[list[StepPart], Field(min_length=1), Example([{"at": "0s", "to": 100}, {"at": "60s", "to": 2000}])]
    """In order of time. Before the first it is zero."""


class PointsPart(Part):
    """Points

    ``{points: [[0s, 0], [90s, 9000]]}``: straight lines between them. Two at one moment make a step.
    """

    points: Annotated[
        list[tuple[Duration, Level]], Field(min_length=1, max_length=50_000), Example([["0s", 0], ["90s", 9000]])
    ]
    """In order of time, each a moment and a value."""


class TracePart(Part):
    """A trace

    ``{trace: FILE.csv}``: as it was measured.
    """

    trace: Annotated[Name, Example("trace.csv")]
    """A CSV file in the scenario's folder. Its columns are ``seconds``, ``environments``, and, where that is known,
    ``invocations_per_second``; a rate takes the last."""


def _curve(value: Any) -> Any:
    if isinstance(value, dict):
        if "steps" in value:
            return StepsPart.model_validate(value)
        if "points" in value:
            return PointsPart.model_validate(value)
        if "trace" in value:
            return TracePart.model_validate(value)
        return RampPart.model_validate(value)
    number = parse_count(value)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return number
    raise ValueError(
        "write a number, {from, to, per_10s}, {steps: [{at, to}]}, {points: [[at, value]]} or {trace: FILE.csv}"
    )


def _write_curve(curve: Curve) -> Any:
    """Up to the longest time that a scenario may take: a slow ramp ends after it."""
    if curve == Curve.constant(curve.points[0][1]):
        return curve.points[0][1]
    points = [[at, value] for at, value in curve.points if at <= LONGEST_SECONDS]
    if len(points) < len(curve.points):
        points.append([LONGEST_SECONDS, curve.at(LONGEST_SECONDS)])
    return {"points": points}


CurvePart = Annotated[
    Level | RampPart | StepsPart | PointsPart | TracePart, BeforeValidator(_curve), PlainSerializer(_write_curve)
]
"""Becomes a curve in ``demand.py``, which knows the folder of trace files."""


def curve_example(first: Any, second: tuple[Any, str], low: int, high: int, unit: str) -> Example:
    """A ramp and a number in either order, steps, points and a trace."""
    return Example(
        first,
        unit,
        (
            second,
            ({"steps": [{"at": "0s", "to": low}, {"at": "60s", "to": high}]}, "from each moment on"),
            ({"points": [["0s", low], ["90s", high]]}, "straight lines between"),
            ({"trace": "trace.csv"}, "as it was measured"),
        ),
    )


USES = Annotated[Connections, as_part(ConnectionsPart, Connections)]
"""One of the connections of a function."""
