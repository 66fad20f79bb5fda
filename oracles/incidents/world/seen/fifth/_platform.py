"""The networks of a platform team: spokes on a transit gateway, central egress, zones with a NAT gateway each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from oracles.incidents.world import CaseFolder, Expert, Headline, Line, Moment, Record, Traffic, aws_id, route
from oracles.incidents.world.traffic import _Invocation

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
NAT_PORTS = "nat-port-exhaustion"
ENI_FULL = "hyperplane-eni-exhaustion"
DESCRIPTORS = "descriptor-exhaustion"
DNS = "dns-failure"
STALE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
NAT_BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
NO_ADDRESSES = "eni-quota-or-address-shortage"

CORE = aws_id("tgw", "core")
"""The transit gateway of the network account."""


def named(
    *causes: str, because: str, says: Sequence[str] = (), lacks: Sequence[str] = (), also: Sequence[str] = ()
) -> Expert:
    """An expert who names one of these causes; ``also`` are at work or likely beside them."""
    return Expert(causes, (*causes, *also), Headline.NAMED, because, tuple(says), tuple(lacks))


def unnamed(headline: Headline, because: str, *likely: str) -> Expert:
    """An expert who names no cause."""
    return Expert((), likely, headline, because)


@dataclass(frozen=True)
class Spoke:
    """A VPC whose way out is the transit gateway."""

    vpc: Record
    workload: list[Record]
    data: list[Record]
    endpoints: list[Record]
    workload_table: Record
    data_table: Record
    app: Record
    """The security group of most functions."""


def spoke(
    case: CaseFolder, name: str = "settlement", block: str = "10.64", zones: str = "abc", default: bool = True
) -> Spoke:
    """Workload, data and endpoint subnets in each zone; ``default``: 0.0.0.0/0 leads to the transit gateway."""
    vpc = case.vpc(f"{name}-prod", f"{block}.0.0/16")
    attached = [
        case.subnet(f"{name}-tgw-{zone}", f"{block}.255.{16 * number}/28", [], az=zone, vpc=vpc)
        for number, zone in enumerate(zones)
    ]
    case.transit_attachment(f"{name}-prod-to-core", attached, TransitGatewayId=CORE)
    workload_table = case.table(f"{name}-workload", [route("0.0.0.0/0", CORE)] if default else [], vpc=vpc)
    data_table = case.table(f"{name}-data", [], vpc=vpc)
    workload, data, endpoints = [], [], []
    for number, zone in enumerate(zones):
        workload.append(case.subnet(f"{name}-workload-{zone}", f"{block}.{16 * (number + 1)}.0/20",
                                    table=workload_table, az=zone, vpc=vpc))  # fmt: skip
        data.append(case.subnet(f"{name}-data-{zone}", f"{block}.{96 + number}.0/24", table=data_table, az=zone,
                                vpc=vpc))  # fmt: skip
        endpoints.append(case.subnet(f"{name}-vpce-{zone}", f"{block}.{112 + number}.0/26", table=data_table, az=zone,
                                     vpc=vpc))  # fmt: skip
    app = case.group(f"{name}-lambda", vpc=vpc)
    return Spoke(vpc, workload, data, endpoints, workload_table, data_table, app)


def egress(case: CaseFolder, zones: str = "ab", addresses: int = 1) -> list[Record]:
    """The VPC of the network account, through which the spokes go out: a NAT gateway in each zone."""
    vpc = case.vpc("central-egress", "10.254.0.0/16")
    igw = case.internet_gateway("central-egress", vpc)
    public = case.table("egress-public", [route("0.0.0.0/0", igw), route("10.0.0.0/8", CORE)], vpc=vpc)
    attached, nats = [], []
    for number, zone in enumerate(zones):
        outer = case.subnet(f"egress-public-{zone}", f"10.254.{number}.0/24", table=public, az=zone, vpc=vpc)
        nats.append(case.nat(f"egress-nat-{zone}", outer, addresses))
        attached.append(case.subnet(f"egress-tgw-{zone}", f"10.254.255.{16 * number}/28",
                                    [route("0.0.0.0/0", nats[-1])], az=zone, vpc=vpc))  # fmt: skip
    case.transit_attachment("central-egress-to-core", attached, TransitGatewayId=CORE)
    return nats


@dataclass(frozen=True)
class Zones:
    """A VPC with a NAT gateway for each zone, and everything named after the zone's id."""

    vpc: Record
    igw: Record
    public: list[Record]
    nats: list[Record]
    private: list[Record]
    data: list[Record]
    app: Record
    tables: list[Record] = field(default_factory=list)
    """Of the private subnets."""


def zones_with_nat(
    case: CaseFolder, name: str = "media", block: str = "10.32", zones: str = "abc", addresses: int = 1
) -> Zones:
    """A VPC in which everything works."""
    vpc = case.vpc(f"{name}-vpc", f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}-igw", vpc)
    outer = case.table(f"{name}-public", [route("0.0.0.0/0", igw)], vpc=vpc)
    inner = case.table(f"{name}-data", [], vpc=vpc)
    found = Zones(vpc, igw, [], [], [], [], case.group(f"{name}-functions", vpc=vpc))
    for number, zone in enumerate(zones):
        id = f"use1-az{'abcdef'.index(zone) + 1}"
        found.public.append(case.subnet(f"public-{id}", f"{block}.{number}.0/26", table=outer, az=zone, vpc=vpc))
        found.nats.append(case.nat(f"nat-{id}", found.public[-1], addresses))
        found.tables.append(case.table(f"private-{id}", [route("0.0.0.0/0", found.nats[-1])], vpc=vpc))
        found.private.append(case.subnet(f"private-{id}", f"{block}.{32 + 8 * number}.0/21", table=found.tables[-1],
                                         az=zone, vpc=vpc))  # fmt: skip
        found.data.append(case.subnet(f"data-{id}", f"{block}.{128 + number}.0/24", table=inner, az=zone, vpc=vpc))
    return found


class Moments(Traffic):
    """Invocations at moments that the writer chooses: pauses matter to connections that are kept."""

    def at(
        self, seconds: float, *lines: Line, took: float = 0.06, error: bool = False, timeout: float | None = None
    ) -> None:
        """One, at so many seconds after the window's start."""
        long = took if timeout is None else timeout
        self._invocations.append(_Invocation(seconds, lines, long, timeout, error, True, ""))


class Sides(Traffic):
    """An environment stays in its subnet: those that fail are not those that work."""

    def _write_log(self, ordered: list[_Invocation], tail: bool, report: bool, memory: int) -> None:
        written = self._case.log(self._function, tail=tail)
        free_from: dict[bool, list[float]] = {False: [], True: []}
        for one in ordered:
            side = free_from[one.error]
            free = [number for number, ends in enumerate(side) if ends <= one.at]
            number = max(free, key=lambda at: side[at]) if free else len(side)
            if not free:
                side.append(0.0)
            side[number] = one.at + one.seconds + 0.01
            if one.logged:
                written.invocation(
                    one.at, *one.lines, seconds=one.seconds, timeout=one.timeout, stream=number + 500 * one.error,
                    report=report, cold=None if free else 0.412, memory=memory, status=one.status,
                )  # fmt: skip


def failing_lines(
    case: CaseFolder, function: str, moments: Sequence[float], line: Line, *, seconds: float, tail: bool = False
) -> None:
    """The answer of a bounded query: each line from an environment of its own, without Lambda's own lines."""
    log = case.log(function, tail=tail)
    for number, at in enumerate(moments):
        log.invocation(at, line, seconds=seconds, stream=number, report=False)


def bref_error(type: str, message: str, file: str = "/var/task/src/Handler.php(52)") -> Callable[[Moment], str]:
    """An exception that left the handler of a Bref function."""
    about = {"errorType": type, "errorMessage": message, "stack": [f"#0 {file}: App\\Handler->call()", "#1 {main}"]}
    said = json.dumps(about, separators=(",", ":")).replace("/", "\\/")
    return lambda moment: f"{moment.request}\tInvoke Error\t{said}\n"


def ruby_error(type: str, message: str, *stack: str) -> str:
    """What the Ruby runtime prints of an exception that left the handler."""
    about: dict[str, Any] = {
        "errorMessage": message,
        "errorType": f"Function<{type}>",
        "stackTrace": list(stack) or ["/var/task/function.rb:27:in `handler'"],
    }
    return f"Error raised from handler method\n{json.dumps(about)}\n"


def rust_log(level: str, text: str) -> Callable[[Moment], str]:
    """A line of Rust's tracing as lambda_runtime sets it up."""
    return lambda moment: (
        f'{moment.time[:-1]}417Z {level:>5} Lambda runtime invoke{{requestId="{moment.request}"}}: bootstrap: {text}\n'
    )


def dotnet_http_timeout(seconds: int) -> tuple[str, ...]:
    """Lines of an HttpClient that waited for its connection, as far as they follow the exception's own."""
    canceled = "The request was canceled due to the configured"
    what = (
        "String host, Int32 port, HttpRequestMessage initialRequest, Boolean async, CancellationToken cancellationToken"
    )
    asked = "HttpRequestMessage request, Boolean async, CancellationToken cancellationToken"
    return (
        f"System.Threading.Tasks.TaskCanceledException: {canceled} HttpClient.Timeout of {seconds} seconds elapsing.",
        f"System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync({what})",
        f"System.Net.Http.HttpConnectionPool.ConnectAsync({asked})",
        "System.Net.Http.HttpClient.HandleFailure(Exception e, Boolean telemetryStarted, HttpResponseMessage response)",
    )
