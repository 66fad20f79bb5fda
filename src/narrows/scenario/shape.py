"""The table of fields of a scenario file: the key of each, its type, its default, and how it is written.

Reading (``model.py``, ``demand.py``) and writing (``writing.py``) both follow it: a new field is one line here, and one
in the dataclass that holds it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from narrows.bounds import EARLIEST_YEAR, LATEST_YEAR
from narrows.demand import Connections, Curve, Distribution, Hold, HoldKind, Jitter, Retries
from narrows.errors import shown
from narrows.limits import FILE_DESCRIPTORS
from narrows.network import Endpoint, HopKind, NatGateway, NatKind, SecurityGroup, Subnet, WhenFull
from narrows.scenario.fields import (
    LONGEST_SECONDS,
    ByteRate,
    Count,
    Duration,
    FunctionName,
    Level,
    Name,
    Names,
    NoneOrMore,
    Part,
    Port,
    Ports,
    PositiveDuration,
    RegionName,
    WrittenAs,
    Zone,
    as_part,
    by_name,
    positive,
)
from narrows.units import parse_duration


class SubnetPart(Part):
    """vpc.subnets.NAME"""

    az: Zone
    route: Name = "none"
    free_addresses: NoneOrMore = 4091
    denied_ports: Ports = frozenset()
    ipv6: bool = False


class NatGatewayPart(Part):
    """vpc.nat_gateways.NAME"""

    addresses: Count = 1
    kind: NatKind = NatKind.ZONAL
    az: Zone | None = None


class SecurityGroupPart(Part):
    """vpc.security_groups.NAME"""

    egress_ports: Ports | None = None


_ENDPOINT_KINDS = {
    "interface": HopKind.INTERFACE_ENDPOINT,
    "gateway": HopKind.GATEWAY_ENDPOINT,
    "proxy": HopKind.PROXY,
}
_WORD_OF_KIND = {kind: word for word, kind in _ENDPOINT_KINDS.items()}


class EndpointPart(Part):
    """vpc.endpoints.NAME"""

    kind: Annotated[
        HopKind,
        WrittenAs(Literal["interface", "gateway", "proxy"], _ENDPOINT_KINDS.__getitem__, _WORD_OF_KIND.__getitem__),
    ] = HopKind.INTERFACE_ENDPOINT
    destinations: Annotated[Names, Field(alias="to", min_length=1)]
    azs: tuple[Zone, ...] = ()
    reuse: Count = 1


class VpcPart(Part):
    """vpc"""

    subnets: Annotated[Mapping[str, Subnet], by_name(SubnetPart, Subnet)] = {}
    nat_gateways: Annotated[Mapping[str, NatGateway], by_name(NatGatewayPart, NatGateway)] = {}
    security_groups: Annotated[Mapping[str, SecurityGroup], by_name(SecurityGroupPart, SecurityGroup)] = {}
    endpoints: Annotated[Mapping[str, Endpoint], by_name(EndpointPart, Endpoint)] = {}


def _addresses(value: Any) -> Any:
    if isinstance(value, list):
        for address in value:
            try:
                ipaddress.ip_address(str(address))
            except ValueError:
                raise ValueError(f"{shown(address)} is not an IP address") from None
        if not value:
            raise ValueError("a destination has at least one address")
        if len(set(map(str, value))) != len(value):
            raise ValueError("an address is named twice")
        return tuple(map(str, value))
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 4096:
        return value
    raise ValueError("write how many addresses there are (1 to 4096), or a list of them")


class DestinationPart(Part):
    """destinations.NAME"""

    port: Port
    addresses: Annotated[int | tuple[str, ...], BeforeValidator(_addresses)] = 1
    protocol: Literal["tcp", "udp"] = "tcp"
    host: Name | None = None
    max_connections: Count | None = None
    when_full: WhenFull = WhenFull.REFUSE
    accepts_per_second: Count | None = None
    answers: Literal["yes", "no", "refuses"] = "yes"
    round_trip: PositiveDuration = 0.001
    local: bool = False
    ipv6: bool = False


class HoldPart(Part):
    """A hold that is drawn: {mean: 30s, distribution: exponential}"""

    mean: PositiveDuration
    distribution: Distribution = Distribution.EXPONENTIAL
    sigma: Annotated[float, Field(gt=0, le=10, strict=True)] = 1.0


def _hold(value: Any) -> Any:
    if value in ("until_recycled", "invocation") or isinstance(value, dict):
        return value
    try:
        return {"mean": positive(parse_duration(value)), "distribution": "constant"}
    except ValueError:
        named = "nothing" if value is None else shown(value)
        raise ValueError(
            f"{named} is not a hold: write until_recycled, invocation, a duration such as 30s, or "
            "{mean: 30s, distribution: exponential}"
        ) from None


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
        Annotated[HoldPart | Literal["until_recycled", "invocation"], BeforeValidator(_hold)], _read_hold, _write_hold
    ),
]


class RetriesPart(Part):
    """retries"""

    most: Annotated[int, Field(ge=0, le=100, strict=True)] = 0
    backoff: Duration = 1.0
    jitter: Jitter = Jitter.NONE


class ConnectionsPart(Part):
    """functions.NAME.connections[]"""

    to: Name
    per_environment: Annotated[int, Field(ge=1, le=FILE_DESCRIPTORS.value * 4, strict=True)] = 1
    hold: HoldField = Hold()
    connect_timeout: PositiveDuration = 10.0
    retries: Annotated[Retries, as_part(RetriesPart, Retries)] = Retries()
    bytes_per_second: ByteRate = 0.0


class VersionPart(Part):
    """functions.NAME.versions[]"""

    subnets: Names = ()
    security_groups: Names = ()


_Version = Annotated[
    tuple[tuple[str, ...], tuple[str, ...]],
    WrittenAs(
        VersionPart,
        lambda part: (part.subnets, part.security_groups),
        lambda version: VersionPart.of(None, subnets=version[0], security_groups=version[1]).written(),
    ),
]


class FunctionPart(Part):
    """functions.NAME"""

    subnets: Names = ()
    security_groups: Names = ()
    versions: tuple[_Version, ...] = ()
    connections: tuple[Annotated[Connections, as_part(ConnectionsPart, Connections)], ...] = ()
    reserved_concurrency: NoneOrMore | None = None
    dual_stack: bool = False
    timeout: PositiveDuration = 60.0


class RampPart(Part):
    """A straight line: {from: 0, to: 9000, per_10s: 1000} or {from: 0, to: 9000, over: 90s}"""

    start: Annotated[Level, Field(alias="from")] = 0
    to: Level
    per_10s: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)] | None = None
    over: Duration | None = None
    at: Duration = 0.0


class StepPart(Part):
    """One of {steps: [...]}: from this moment on, this many."""

    at: Duration
    to: Level


class StepsPart(Part):
    """{steps: [{at: 0s, to: 100}, {at: 60s, to: 2000}]}"""

    steps: Annotated[list[StepPart], Field(min_length=1)]


class PointsPart(Part):
    """{points: [[0s, 0], [90s, 9000]]}: straight lines between them. Two at one moment make a step."""

    points: Annotated[list[tuple[Duration, Level]], Field(min_length=1, max_length=50_000)]


class TracePart(Part):
    """{trace: FILE.csv}: columns seconds, environments, and invocations_per_second if known. A rate takes the last."""

    trace: Name


def _curve(value: Any) -> Any:
    if isinstance(value, dict):
        if "steps" in value:
            return StepsPart.model_validate(value)
        if "points" in value:
            return PointsPart.model_validate(value)
        if "trace" in value:
            return TracePart.model_validate(value)
        return RampPart.model_validate(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
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


class InvocationPart(Part):
    """demand.NAME.invocation"""

    duration: PositiveDuration = 1.0


class DemandPart(Part):
    """demand.NAME"""

    environments: CurvePart = 0
    invocations_per_second: CurvePart | None = None
    invocation_duration: Annotated[
        float,
        Field(alias="invocation"),
        WrittenAs(InvocationPart, lambda part: part.duration, lambda seconds: {"duration": seconds}),
    ] = 1.0


class OtherConnectionsPart(Part):
    """others.NAME.connections[]"""

    to: Name
    count: CurvePart | None = None
    per_second: CurvePart | None = None
    hold: HoldField = Hold()
    connect_timeout: PositiveDuration = 10.0
    bytes_per_second: ByteRate = 0.0


class OtherPart(Part):
    """others.NAME"""

    route: Name
    az: Zone | None = None
    kind: Name = "instances"
    connections: tuple[OtherConnectionsPart, ...] = ()


def _moment(value: datetime) -> datetime:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"a scenario starts between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class ScenarioPart(Part):
    """The whole file."""

    name: Name
    region: RegionName = "us-east-1"
    start: Annotated[datetime, AfterValidator(_moment)] = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    vpc: VpcPart = VpcPart()
    destinations: dict[Name, DestinationPart]
    functions: dict[FunctionName, FunctionPart] = Field({})
    others: dict[Name, OtherPart] = Field({})
    demand: dict[Name, DemandPart] = Field({})
    duration: PositiveDuration = 300.0
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 0
    assumptions: dict[str, Any] = Field({})
