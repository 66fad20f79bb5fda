"""Places, invocations and answers that the incidents of this package share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Frame,
    Line,
    Moment,
    Record,
    allow,
    every,
    json_report,
    node_error,
    python_error,
    route,
    times,
    unsaid_zeros,
)

BLOCKED = "route-or-rule-blocked"
PORTS = "nat-port-exhaustion"
ENI = "hyperplane-eni-exhaustion"
LIMIT = "destination-connection-limit"
SILENT = "destination-not-answering"


@dataclass(frozen=True)
class Place:
    """A VPC with a public, a private and a data subnet in each zone."""

    vpc: Record
    igw: Record
    public: list[Record]
    nats: list[Record]
    private: list[Record]
    tables: list[Record]
    """Of the private subnets."""
    data: list[Record]
    app: Record


def nat(case: CaseFolder, name: str, subnet: Record, *publics: str, **more: Any) -> Record:
    """A NAT gateway with these public addresses."""
    made = case.nat(name, subnet, len(publics), **more)
    for about, public in zip(made["NatGatewayAddresses"], publics, strict=True):
        for known in case.addresses:
            if known["AllocationId"] == about["AllocationId"]:
                known["PublicIp"] = public
        about["PublicIp"] = public
    return made


def place(
    case: CaseFolder,
    name: str,
    block: str,
    zones: str = "ab",
    *,
    publics: Sequence[Sequence[str]] = (("52.21.14.90",),),
) -> Place:
    """A VPC in which everything works: with as many NAT gateways as ``publics`` has, none if it has none."""
    vpc = case.vpc(name, f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}-igw", vpc)
    outside = case.table(f"{name}-public", [route("0.0.0.0/0", igw)], vpc=vpc)
    public = [
        case.subnet(
            f"public-{zone}", f"{block}.{index}.0/24", table=outside, az=zone, vpc=vpc, MapPublicIpOnLaunch=True
        )
        for index, zone in enumerate(zones)
    ]
    nats = [nat(case, f"nat-{zones[index]}", public[index], *some) for index, some in enumerate(publics)]
    private, tables = [], []
    for index, zone in enumerate(zones):
        ways = [route("0.0.0.0/0", nats[min(index, len(nats) - 1)])] if nats else []
        table = case.table(f"private-{zone}", ways, vpc=vpc)
        tables.append(table)
        private.append(case.subnet(f"private-{zone}", f"{block}.{10 + index}.0/24", table=table, az=zone, vpc=vpc))
    inner = case.table(f"{name}-data", [], vpc=vpc)
    data = [
        case.subnet(f"data-{zone}", f"{block}.{20 + index}.0/24", table=inner, az=zone, vpc=vpc)
        for index, zone in enumerate(zones)
    ]
    app = case.group(f"{name}-lambda", vpc=vpc)
    return Place(vpc, igw, public, nats, private, tables, data, app)


def neighbours(case: CaseFolder, *names: str) -> None:
    """Other VPCs of the account with functions, databases, endpoints and gateways of their own: nothing of ours."""
    for index, name in enumerate(names):
        block = f"10.{150 + index}"
        other = place(case, name, block, "abc", publics=((f"54.146.{31 + index}.77",),))
        own = case.group(f"{name}-db", [allow(5432, other.app)], vpc=other.vpc)
        case.database(f"{name}-pg", other.data[0], [own])
        ends = case.group(f"{name}-endpoints", [allow(443, other.vpc["CidrBlock"])], vpc=other.vpc)
        case.interface_endpoint("ssm", other.private, [ends])
        case.group(f"{name}-bastion", [allow(22, "81.34.112.9/32", note="office")], vpc=other.vpc)
        case.function(
            f"{name}-worker", other.private, [other.app], runtime="nodejs20.x", timeout=60, RecursiveLoop="Terminate"
        )
        case.function(f"{name}-authorizer", runtime="nodejs22.x", timeout=5, memory=128)


def localize(case: CaseFolder, short: str) -> None:
    """Zone ids and inner names as another region than us-east-1 has them; last of all."""
    for one in case.subnets:
        one["AvailabilityZoneId"] = one["AvailabilityZoneId"].replace("use1", short)
    for one in case.network_interfaces:
        one["PrivateDnsName"] = one["PrivateDnsName"].replace("ec2.internal", f"{case.region}.compute.internal")
    for one in case.dhcp_options:
        one["DhcpConfigurations"][0]["Values"] = [{"Value": f"{case.region}.compute.internal"}]


@dataclass(frozen=True)
class _Call:
    at: float
    lines: tuple[Line, ...]
    seconds: float
    timeout: float | None
    error: bool
    zone: int
    logged: bool
    status: str


class Fleet:
    """Invocations of a function; an environment stays in its zone, and its log and metrics agree."""

    def __init__(self, case: CaseFolder, function: str) -> None:
        self._case, self._function = case, function
        self._calls: list[_Call] = []

    def good(self, count: int, first: float, last: float, *lines: Line, seconds: float = 0.2, zone: int = 0) -> None:
        """So many between two minutes that end well."""
        self._add(count, first, last, lines, seconds, None, False, zone, "")

    def bad(
        self,
        count: int,
        first: float,
        last: float,
        *lines: Line,
        seconds: float = 10.1,
        timeout: float | None = None,
        zone: int = 0,
        error: bool = True,
        status: str = "",
    ) -> None:
        """So many that fail."""
        self._add(count, first, last, lines, timeout or seconds, timeout, error, zone, status)

    def _add(
        self,
        count: int,
        first: float,
        last: float,
        lines: tuple[Line, ...],
        seconds: float,
        timeout: float | None,
        error: bool,
        zone: int,
        status: str,
    ) -> None:
        for at in times(count, first, last, seed=len(self._calls) + 7):
            took = seconds if timeout else round(seconds * (1 + at % 11 / 240), 4)
            self._calls.append(_Call(at, lines, took, timeout, error, zone, True, status))

    def started(self, failed: bool | None = None) -> list[float]:
        """How many began in each minute: all, or only those that failed (or did not)."""
        found = [0.0] * self._case.minutes
        for one in self._calls:
            if 0 <= one.at // 60 < self._case.minutes and failed in (None, one.error):
                found[int(one.at // 60)] += 1
        return found

    def write(
        self, *, tail: bool = False, form: str = "text", metrics: bool = True, period: int = 60, zeros: bool = True,
        memory: int = 512,
    ) -> None:  # fmt: skip
        """Its log (``form``: text, json, or bare without the platform's own lines) and metrics."""
        ordered = sorted(self._calls, key=lambda one: one.at)
        log = self._case.log(self._function, tail=tail)
        free: dict[int, list[float]] = {}
        for one in ordered:
            busy = free.setdefault(one.zone, [])
            idle = [(ends, number) for number, ends in enumerate(busy) if ends <= one.at]
            number = max(idle)[1] if idle else len(busy)
            if not idle:
                busy.append(0.0)
            busy[number] = one.at + one.seconds + 0.02
            stream = one.zone * 1000 + number
            # What a failing call says before its last step, it says at once; then it waits.
            first = 0 if not one.error else len(one.lines) if one.timeout else len(one.lines) - 1
            lines = list(one.lines[first:])
            if form == "json":
                status = "timeout" if one.timeout else "error" if one.error else "success"
                lines.append(json_report(status, one.seconds))
            request = log.invocation(
                one.at, *lines, seconds=one.seconds, stream=stream, timeout=one.timeout, report=form == "text",
                cold=None if idle else 0.38 + number % 7 * 0.021, memory=memory, used=84 + number % 13,
                status=one.status,
            )  # fmt: skip
            for index, line in enumerate(one.lines[:first]):
                log.say(one.at + min(0.04, one.seconds / 2) + 0.002 * index, line, stream, request)
            if form == "json":
                log.say(one.at, _json_start, stream, request)
        if metrics:
            self._metrics(ordered, period, zeros)

    def _metrics(self, ordered: list[_Call], period: int, zeros: bool) -> None:
        minutes = self._case.minutes
        longest, concurrent = [0.0] * minutes, [0.0] * minutes
        for one in ordered:
            if 0 <= one.at // 60 < minutes:
                longest[int(one.at // 60)] = max(longest[int(one.at // 60)], round(one.seconds * 1000, 2))
            for minute in range(max(int(one.at // 60), 0), min(int((one.at + one.seconds) // 60) + 1, minutes)):
                begun, ended = max(one.at, minute * 60), min(one.at + one.seconds, minute * 60 + 60)
                beside = sum(1 for other in ordered if other.at <= begun < other.at + other.seconds and begun < ended)
                concurrent[minute] = max(concurrent[minute], beside)
        width = period // 60
        peaks = [[max(some[at : at + width]) for at in range(0, minutes, width)] for some in (longest, concurrent)]
        failed = every(self.started(True), width)
        self._case.function_metrics(
            self._function,
            period=period,
            invocations=unsaid_zeros(every(self.started(), width)),
            errors=failed if zeros else unsaid_zeros(failed),
            throttles=[0.0] * (minutes // width) if zeros else unsaid_zeros([0.0] * (minutes // width)),
            duration=unsaid_zeros(peaks[0]),
            concurrent=unsaid_zeros(peaks[1]),
        )


def _json_start(moment: Moment) -> str:
    about = {"requestId": moment.request, "version": "$LATEST"}
    return json.dumps({"time": moment.time, "type": "platform.start", "record": about}, separators=(",", ":")) + "\n"


def summed(*series: Sequence[float]) -> list[float]:
    """Minute by minute."""
    return [sum(some) for some in zip(*series, strict=True)]


def cut_off(case: CaseFolder, function: str) -> None:
    """A log that the answer has only the first page of."""
    token = "Bxkq6kVGFtq2y_MoigeqscPOdhXVbhiVtLoAmXb5jCqI7fXpzkHn5vZ0lQ"
    case.file(f"callers/{function}.json", {**case.log(function).content(), "nextToken": token})


def insights(case: CaseFolder, function: str, limit: int = 10_000) -> None:
    """The log as an answer of CloudWatch Logs Insights, latest first."""
    events = case.log(function).content()["events"]
    rows = []
    for one in events[::-1][:limit]:
        moment = case.start.fromtimestamp(one["timestamp"] / 1000, tz=case.start.tzinfo)
        said = {
            "@timestamp": moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
            "@message": one["message"],
            "@logStream": one["logStreamName"],
            "@ptr": f"CmEKJgoiNDgyOTE3MzA2MTU0Oi9hd3MvbGFtYmRh{one['eventId'][:24]}GAE=",
        }
        rows.append([{"field": field, "value": value} for field, value in said.items()])
    counted = {
        "recordsMatched": float(len(rows)),
        "recordsScanned": float(len(events) + 311),
        "bytesScanned": 918_221.0,
    }
    answer = {"queryLanguage": "CWLI", "results": rows, "statistics": counted, "status": "Complete"}
    case.file(f"callers/{function}.json", answer)


URLLIB3: Frame = ("/var/task/urllib3/connectionpool.py", 841, "urlopen", "retries = retries.increment(")
REQUESTS: Frame = ("/var/task/requests/adapters.py", 688, "send", "raise ConnectTimeout(e, request=request)")
BOTOCORE: Frame = ("/var/runtime/botocore/httpsession.py", 509, "send",
                   "raise ConnectTimeoutError(endpoint_url=request.url, error=e)")  # fmt: skip
PSYCOPG2: Frame = ("/opt/python/psycopg2/__init__.py", 122, "connect",
                   "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)")  # fmt: skip


def requests_timeout(host: str, path: str, seconds: int = 10) -> str:
    """What Python's requests says of a connect without an answer."""
    return python_error(
        "ConnectTimeout",
        f"HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded with url: {path} (Caused by "
        f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f2b6d1c8e50>, 'Connection to {host} "
        f"timed out. (connect timeout={seconds})'))",
        URLLIB3,
        REQUESTS,
    )


def psycopg2_error(host: str, address: str, problem: str) -> str:
    """An ``OperationalError`` of psycopg2."""
    more = "\n\tIs the server running on that host and accepting TCP/IP connections?\n"
    ending = more if problem.startswith("Connection") else "\n"
    said = f'connection to server at "{host}" ({address}), port 5432 failed: {problem}{ending}'
    return python_error("OperationalError", said, PSYCOPG2)


def fetch_timeout(tried: str, milliseconds: int = 10_000) -> Callable[[Moment], str]:
    """What Node's fetch says after undici's connect timeout; ``tried``: address:port."""
    said = f"Connect Timeout Error (attempted addresses: {tried}, timeout: {milliseconds}ms)"
    cause = {"errorType": "ConnectTimeoutError", "errorMessage": said, "code": "UND_ERR_CONNECT_TIMEOUT",
             "name": "ConnectTimeoutError", "message": said,
             "stack": [f"ConnectTimeoutError: {said}",
                       "    at onConnectTimeout (node:internal/deps/undici/undici:2331:28)"]}  # fmt: skip
    stack = ("node:internal/deps/undici/undici:13185:13",
             "process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
             "async Runtime.handler (file:///var/task/index.mjs:18:15)")  # fmt: skip
    return node_error("fetch failed", "TypeError", stack=stack, cause=cause)


def mysql2_timeout() -> Callable[[Moment], str]:
    """What mysql2 says after its ``connectTimeout``."""
    stack = ("Connection._handleTimeoutError (/var/task/node_modules/mysql2/lib/base/connection.js:205:17)",)
    return node_error(
        "connect ETIMEDOUT", stack=stack, errorno="ETIMEDOUT", code="ETIMEDOUT", syscall="connect", fatal=True
    )


def python_json_error(type: str, message: str, *frames: str) -> Callable[[Moment], str]:
    """What the Python runtime writes of an error that left the handler, where the log format is JSON."""
    about = {"errorMessage": message, "errorType": type, "stackTrace": list(frames)}
    return lambda moment: (
        json.dumps({"timestamp": moment.time, "log_level": "ERROR", "requestId": moment.request, **about}) + "\n"
    )
