"""The table of fields of a scenario file: the key of each, its type, its default, an example, and how it is written.

Reading (``model.py``, ``demand.py``) and writing (``writing.py``) follow it, and so do the JSON Schema, the reference
of keys and ``narrows init``: a new field is one line here with its docstring, and one in the dataclass that holds it.
What is in the VPC stands in ``shape_vpc.py``, connections and curves in ``shape_use.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from narrows.bounds import EARLIEST_YEAR, LATEST_YEAR
from narrows.demand import Hold
from narrows.scenario.fields import (
    AS_COUNT,
    ByteRate,
    Example,
    FunctionName,
    Name,
    Names,
    NoneOrMore,
    Part,
    PositiveDuration,
    RegionName,
    WrittenAs,
    Zone,
)
from narrows.scenario.shape_use import USES, CurvePart, HoldField, curve_example
from narrows.scenario.shape_use import ConnectionsPart as ConnectionsPart
from narrows.scenario.shape_use import HoldPart as HoldPart
from narrows.scenario.shape_use import PointsPart as PointsPart
from narrows.scenario.shape_use import RampPart as RampPart
from narrows.scenario.shape_use import RetriesPart as RetriesPart
from narrows.scenario.shape_use import StepsPart as StepsPart
from narrows.scenario.shape_use import TracePart as TracePart
from narrows.scenario.shape_vpc import DestinationPart as DestinationPart
from narrows.scenario.shape_vpc import EndpointPart as EndpointPart
from narrows.scenario.shape_vpc import NatGatewayPart as NatGatewayPart
from narrows.scenario.shape_vpc import SecurityGroupPart as SecurityGroupPart
from narrows.scenario.shape_vpc import SubnetPart as SubnetPart
from narrows.scenario.shape_vpc import VpcPart as VpcPart


class VersionPart(Part):
    """functions.NAME.versions[]

    A published version with subnets or security groups of its own: it has Hyperplane ENIs of its own, too.
    """

    subnets: Annotated[Names, Example(["private-a"])] = ()
    """Its subnets."""
    security_groups: Annotated[Names, Example(["sg-old"])] = ()
    """Its security groups."""


_Version = Annotated[
    tuple[tuple[str, ...], tuple[str, ...]],
    WrittenAs(
        VersionPart,
        lambda part: (part.subnets, part.security_groups),
        lambda version: VersionPart.of(None, subnets=version[0], security_groups=version[1]).written(),
    ),
]


class FunctionPart(Part):
    """functions.NAME

    A Lambda function: its VPC configuration, and the connections of each of its execution environments.
    """

    subnets: Annotated[Names, Example(["private-a"])] = ()
    """Its subnets. Environments spread over them; without any it is not in the VPC."""
    security_groups: Annotated[Names, Example(["sg-app"])] = ()
    """Its security groups. Functions with the same set share the Hyperplane ENI of a subnet."""
    versions: Annotated[tuple[_Version, ...], Example([{"subnets": ["private-a"], "security_groups": ["sg-old"]}])] = ()
    """Published versions with other subnets or groups. Each pair of both has Hyperplane ENIs of its own."""
    connections: Annotated[tuple[USES, ...], Example([{"to": "cache", "per_environment": 10}])] = ()
    """What each of its environments connects to."""
    reserved_concurrency: Annotated[NoneOrMore | None, Example(500, "environments")] = None
    """Environments it may have at once. By default as many as the account allows."""
    dual_stack: Annotated[bool, Example(False)] = False
    """Ipv6AllowedForDualStack. It goes to destinations with ``ipv6`` over IPv6; all its subnets must have ``ipv6``."""
    timeout: Annotated[PositiveDuration, Example("60s")] = 60.0
    """How long an invocation may take."""


class InvocationPart(Part):
    """demand.NAME.invocation

    An invocation.
    """

    duration: Annotated[PositiveDuration, Example("1s")] = 1.0
    """How long one takes. With ``hold: invocation`` it is how long a connection is open."""


_ALWAYS, _RISES = "as many all the time", "a straight line"
_ENVIRONMENTS = curve_example(
    {"from": 0, "to": 9000, "over": "90s"}, (500, _ALWAYS), low=100, high=2000, unit="environments"
)
_RATE = curve_example(
    500, ({"from": 0, "to": 500, "over": "90s"}, _RISES), low=100, high=2000, unit="invocations a second"
)
_CONNECTIONS = curve_example(
    2000, ({"from": 0, "to": 2000, "over": "90s"}, _RISES), low=100, high=2000, unit="connections"
)
_NEW = curve_example(20, ({"from": 0, "to": 20, "over": "90s"}, _RISES), low=5, high=20, unit="connections a second")


class DemandPart(Part):
    """demand.NAME

    What is asked of a function: a number, or a curve over time.
    """

    environments: Annotated[CurvePart, _ENVIRONMENTS] = 0
    """Execution environments needed at a time. Lambda adds at most 1,000 in ten seconds, whatever is asked."""
    invocations_per_second: Annotated[CurvePart | None, _RATE] = None
    """Invocations of all environments together. By default each is busy all the time, one invocation after the
    other. It matters where connections end with an invocation (``hold: invocation``)."""
    invocation_duration: Annotated[
        float,
        Field(alias="invocation"),
        WrittenAs(InvocationPart, lambda part: part.duration, lambda seconds: {"duration": seconds}),
        Example({"duration": "1s"}),
    ] = 1.0
    """How long an invocation takes."""


class OtherConnectionsPart(Part):
    """others.NAME.connections[]

    Connections of another client to one destination: ``count`` or ``per_second``.
    """

    to: Annotated[Name, Example("cache")]
    """The destination, by its name."""
    count: Annotated[CurvePart | None, _CONNECTIONS] = None
    """Connections kept open. Either this or ``per_second``."""
    per_second: Annotated[CurvePart | None, _NEW] = None
    """New connections a second. At random moments (a Poisson process); they need a ``hold`` that ends."""
    hold: Annotated[
        HoldField,
        Example("30s", others=(("until_recycled", "to the end"),)),
    ] = Hold()
    """How long one stays open. ``until_recycled``: to the end; or a duration."""
    connect_timeout: Annotated[PositiveDuration, Example("10s")] = 10.0
    """Time until the client gives up. From the first SYN."""
    bytes_per_second: Annotated[ByteRate, Example(20_000, "bytes a second")] = 0.0
    """Bytes over one open connection. A second, sent and received together."""


class OtherPart(Part):
    """others.NAME

    Something else behind a NAT gateway, which shares its table: containers, instances, another account's functions.
    """

    route: Annotated[Name, Example("nat-a")]
    """The NAT gateway that it goes through."""
    az: Annotated[Zone | None, Example("us-east-1a")] = None
    """Its Availability Zone. Of one behind a regional NAT gateway."""
    kind: Annotated[Name, Example("instances")] = "instances"
    """What it is, in a word."""
    connections: Annotated[tuple[OtherConnectionsPart, ...], Example([{"to": "cache", "count": 2000}])] = ()
    """What it connects to."""


def _moment(value: datetime) -> datetime:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"a scenario starts between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class ScenarioPart(Part):
    """The whole file

    A network, what is asked of it, and what is assumed.
    """

    name: Annotated[Name, Example("my-launch")]
    """What it is called."""
    region: Annotated[RegionName, Example("us-east-1")] = "us-east-1"
    """The AWS Region. Prices are its own, and Availability Zones belong to it."""
    start: Annotated[datetime, AfterValidator(_moment), Example("2026-11-20T12:00:00Z")] = datetime.fromisoformat(
        "2026-11-20T12:00:00+00:00"
    )
    """The moment of second 0. In UTC, unless it says otherwise."""
    vpc: VpcPart = VpcPart()
    """What is in the VPC."""
    destinations: dict[Name, DestinationPart]
    """What functions connect to, by name."""
    functions: dict[FunctionName, FunctionPart] = Field({})
    """Lambda functions, by name."""
    others: dict[Name, OtherPart] = Field({})
    """What else goes through the NAT gateways, by name."""
    demand: dict[Name, DemandPart] = Field({})
    """What is asked of each function, by its name."""
    duration: Annotated[PositiveDuration, Example("5m")] = 300.0
    """How long a run takes."""
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True), AS_COUNT, Example(7)] = 0
    """Of the random numbers. The same seed gives the same run."""
    assumptions: dict[str, Any] = Field({})
    """What AWS does not document, where you know better. Whatever is not here has its default; every answer prints
    what it assumed."""
