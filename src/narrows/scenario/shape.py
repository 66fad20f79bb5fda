"""The shape of a scenario file: what may be written where. ``scenario.py`` makes a network and a demand of it."""

from __future__ import annotations

import ipaddress
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from narrows.aws_ids import FUNCTION, REGION, ZONE, Pattern
from narrows.bounds import EARLIEST_YEAR, LATEST_YEAR, SCENARIO_DAYS
from narrows.demand import Distribution, Jitter
from narrows.errors import shown
from narrows.limits import FILE_DESCRIPTORS
from narrows.network import NatKind, WhenFull
from narrows.units import parse_duration

_LONGEST_SECONDS = SCENARIO_DAYS * 86400.0


def _bounded(seconds: float) -> float:
    if seconds > _LONGEST_SECONDS:
        raise ValueError(f"longer than the {SCENARIO_DAYS} days that a scenario may take")
    return seconds


def _positive(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError("it must be more than zero")
    return seconds


def _name(text: Any) -> str:
    if isinstance(text, int | float | date):
        raise ValueError(f"{shown(text)} is not a name as it stands: put it in quotes")
    if not isinstance(text, str) or not text.strip() or len(text) > 128 or not text.isprintable():
        raise ValueError("a name is printable text of 1 to 128 characters")
    return text


def _as(pattern: Pattern) -> AfterValidator:
    """What a simulation writes into a case, which reads only what AWS gives."""

    def check(text: str) -> str:
        if not pattern.fits(text):
            raise ValueError(f"{shown(text)} is not {pattern.what}; {pattern.rule}")
        return text

    return AfterValidator(check)


def _moment(value: datetime) -> datetime:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"a scenario starts between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


Duration = Annotated[float, BeforeValidator(parse_duration), AfterValidator(_bounded)]
PositiveDuration = Annotated[
    float, BeforeValidator(parse_duration), AfterValidator(_bounded), AfterValidator(_positive)
]
Name = Annotated[str, BeforeValidator(_name)]
FunctionName = Annotated[Name, _as(FUNCTION)]
Zone = Annotated[Name, _as(ZONE)]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Count = Annotated[int, Field(ge=1, le=10_000_000, strict=True)]
Level = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False, strict=True)]
ByteRate = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SubnetPart(_Part):
    """vpc.subnets.NAME"""

    az: Zone
    route: Name = "none"
    free_addresses: Annotated[int, Field(ge=0, strict=True)] = 4091
    denied_ports: list[Port] = []
    ipv6: bool = False


class NatGatewayPart(_Part):
    """vpc.nat_gateways.NAME"""

    addresses: Count = 1
    kind: NatKind = NatKind.ZONAL
    az: Zone | None = None


class SecurityGroupPart(_Part):
    """vpc.security_groups.NAME"""

    egress_ports: list[Port] | None = None


class EndpointPart(_Part):
    """vpc.endpoints.NAME"""

    kind: Literal["interface", "gateway", "proxy"] = "interface"
    to: Annotated[list[Name], Field(min_length=1)]
    azs: list[Zone] = []
    reuse: Count = 1


class VpcPart(_Part):
    """vpc"""

    subnets: dict[Name, SubnetPart] = {}
    nat_gateways: dict[Name, NatGatewayPart] = {}
    security_groups: dict[Name, SecurityGroupPart] = {}
    endpoints: dict[Name, EndpointPart] = {}


def _addresses(value: Any) -> Any:
    if isinstance(value, list):
        for one in value:
            try:
                ipaddress.ip_address(str(one))
            except ValueError:
                raise ValueError(f"{shown(one)} is not an IP address") from None
        if not value:
            raise ValueError("a destination has at least one address")
        if len(set(map(str, value))) != len(value):
            raise ValueError("an address is named twice")
        return [str(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 4096:
        return value
    raise ValueError("write how many addresses there are (1 to 4096), or a list of them")


class DestinationPart(_Part):
    """destinations.NAME"""

    port: Port
    addresses: Annotated[int | list[str], BeforeValidator(_addresses)] = 1
    protocol: Literal["tcp", "udp"] = "tcp"
    host: Name | None = None
    max_connections: Count | None = None
    when_full: WhenFull = WhenFull.REFUSE
    accepts_per_second: Count | None = None
    answers: Literal["yes", "no", "refuses"] = "yes"
    round_trip: PositiveDuration = 0.001
    local: bool = False
    ipv6: bool = False


class HoldPart(_Part):
    """A hold that is drawn: {mean: 30s, distribution: exponential}"""

    mean: PositiveDuration
    distribution: Distribution = Distribution.EXPONENTIAL
    sigma: Annotated[float, Field(gt=0, le=10, strict=True)] = 1.0


def _hold(value: Any) -> Any:
    if value in ("until_recycled", "invocation") or isinstance(value, dict):
        return value
    try:
        return {"mean": _positive(parse_duration(value)), "distribution": "constant"}
    except ValueError:
        named = "nothing" if value is None else shown(value)
        raise ValueError(
            f"{named} is not a hold: write until_recycled, invocation, a duration such as 30s, or "
            "{mean: 30s, distribution: exponential}"
        ) from None


Hold = Annotated[HoldPart | Literal["until_recycled", "invocation"], BeforeValidator(_hold)]


class RetriesPart(_Part):
    """retries"""

    most: Annotated[int, Field(ge=0, le=100, strict=True)] = 0
    backoff: Duration = 1.0
    jitter: Jitter = Jitter.NONE


class ConnectionsPart(_Part):
    """functions.NAME.connections[]"""

    to: Name
    per_environment: Annotated[int, Field(ge=1, le=FILE_DESCRIPTORS.value * 4, strict=True)] = 1
    hold: Hold = "until_recycled"
    connect_timeout: PositiveDuration = 10.0
    retries: RetriesPart = RetriesPart()
    bytes_per_second: ByteRate = 0.0


class VersionPart(_Part):
    """functions.NAME.versions[]"""

    subnets: list[Name] = []
    security_groups: list[Name] = []


class FunctionPart(_Part):
    """functions.NAME"""

    subnets: list[Name] = []
    security_groups: list[Name] = []
    versions: list[VersionPart] = []
    connections: list[ConnectionsPart] = []
    reserved_concurrency: Annotated[int, Field(ge=0, strict=True)] | None = None
    dual_stack: bool = False
    timeout: PositiveDuration = 60.0


class RampPart(_Part):
    """A straight line: {from: 0, to: 9000, per_10s: 1000} or {from: 0, to: 9000, over: 90s}"""

    start: Annotated[Level, Field(alias="from")] = 0
    to: Level
    per_10s: Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)] | None = None
    over: Duration | None = None
    at: Duration = 0.0


class StepPart(_Part):
    """One of {steps: [...]}: from this moment on, this many."""

    at: Duration
    to: Level


class StepsPart(_Part):
    """{steps: [{at: 0s, to: 100}, {at: 60s, to: 2000}]}"""

    steps: Annotated[list[StepPart], Field(min_length=1)]


class PointsPart(_Part):
    """{points: [[0s, 0], [90s, 9000]]}: straight lines between them. Two at one moment make a step."""

    points: Annotated[list[tuple[Duration, Level]], Field(min_length=1, max_length=50_000)]


class TracePart(_Part):
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


CurvePart = Annotated[Level | RampPart | StepsPart | PointsPart | TracePart, BeforeValidator(_curve)]


class InvocationPart(_Part):
    """demand.NAME.invocation"""

    duration: PositiveDuration = 1.0


class DemandPart(_Part):
    """demand.NAME"""

    environments: CurvePart = 0
    invocations_per_second: CurvePart | None = None
    invocation: InvocationPart = InvocationPart()


class OtherConnectionsPart(_Part):
    """others.NAME.connections[]"""

    to: Name
    count: CurvePart | None = None
    per_second: CurvePart | None = None
    hold: Hold = "until_recycled"
    connect_timeout: PositiveDuration = 10.0
    bytes_per_second: ByteRate = 0.0


class OtherPart(_Part):
    """others.NAME"""

    route: Name
    az: Zone | None = None
    kind: Name = "instances"
    connections: list[OtherConnectionsPart] = []


class ScenarioPart(_Part):
    """The whole file."""

    name: Name
    region: Annotated[Name, _as(REGION)] = "us-east-1"
    start: Annotated[datetime, AfterValidator(_moment)] = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    vpc: VpcPart = VpcPart()
    destinations: dict[Name, DestinationPart]
    functions: dict[FunctionName, FunctionPart] = {}
    others: dict[Name, OtherPart] = {}
    demand: dict[Name, DemandPart] = {}
    duration: PositiveDuration = 300.0
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 0
    assumptions: dict[str, Any] = {}
