"""The networks of this set's accounts, answers of experts, and what libraries print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Line,
    Moment,
    Record,
    Traffic,
    node_error,
    python_error,
    route,
    tags,
)  # fmt: skip

BLOCKED = "route-or-rule-blocked"
SILENT = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
PORTS = "nat-port-exhaustion"
HYPERPLANE = "hyperplane-eni-exhaustion"
DESCRIPTORS = "descriptor-exhaustion"
DNS = "dns-failure"
IDLE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
NO_ENI = "eni-quota-or-address-shortage"


def named(
    cause: str, because: str, *says: str, lacks: Sequence[str] = (), also: Sequence[str] = ()
) -> Expert:  # fmt: skip
    """One cause binds; ``also`` are others that are at work or may be."""
    return Expert((cause,), (cause, *also), Headline.NAMED, because, says, tuple(lacks))


def unsettled(because: str, *true: str) -> Expert:
    """The evidence cannot tell."""
    return Expert((), true, Headline.OPEN, because)


def no_fault_of_the_path(because: str, headline: Headline = Headline.EITHER, lacks: Sequence[str] = ()) -> Expert:
    """Failures, or none, that no connection fault is the reason of."""
    return Expert((), (), headline, because, (), tuple(lacks))


def _zones(case: CaseFolder) -> None:
    if case.region == "ap-northeast-1":
        for one in case.subnets:
            one["AvailabilityZoneId"] = str(one["AvailabilityZoneId"]).replace("use1", "apne1")


@dataclass(frozen=True)
class Startup:
    """What a start-up's Pulumi program makes: two zones, one NAT gateway, one table for all that is private."""

    vpc: Record
    igw: Record
    public: list[Record]
    nat: Record
    private: list[Record]
    private_table: Record
    app: Record


def startup(case: CaseFolder, name: str = "acme-prod", block: str = "10.30", nat_addresses: int = 1) -> Startup:
    """A small VPC in which everything works."""
    vpc = case.vpc(f"{name}-vpc-5d1f0a2", f"{block}.0.0/16")
    vpc["Tags"] = tags(f"{name}-vpc-5d1f0a2", **{"pulumi:stack": "prod", "pulumi:project": name})
    igw = case.internet_gateway(f"{name}-vpc-igw", vpc)
    outer = case.table(f"{name}-vpc-public", [route("0.0.0.0/0", igw)], vpc=vpc)
    public = [
        case.subnet(f"{name}-public-{number}", f"{block}.{16 * number}.0/22", table=outer, az=az, vpc=vpc)
        for number, az in ((1, "a"), (2, "c"))
    ]
    nat = case.nat(f"{name}-nat-1", public[0], nat_addresses)
    inner = case.table(f"{name}-vpc-private", [route("0.0.0.0/0", nat)], vpc=vpc)
    private = [
        case.subnet(f"{name}-private-{number}", f"{block}.{128 + 16 * number}.0/20", table=inner, az=az, vpc=vpc)
        for number, az in ((1, "a"), (2, "c"))
    ]
    _zones(case)
    app = case.group(f"{name}-lambda-sg-81c2e07", vpc=vpc, Description="Managed by Pulumi")
    return Startup(vpc, igw, public, nat, private, inner, app)


@dataclass(frozen=True)
class Fleet:
    """What a platform team's Terraform makes: three zones, each with its own NAT gateway and tables."""

    vpc: Record
    igw: Record
    edge: list[Record]
    nats: list[Record]
    apps: list[Record]
    data: list[Record]
    tables: list[Record]
    """Of the subnets of the functions."""
    app: Record


def fleet(case: CaseFolder, name: str = "plat", block: str = "10.64", nat_addresses: int = 1) -> Fleet:
    """A VPC of a platform team in which everything works."""
    vpc = case.vpc(f"{name}-live", f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}-live-igw", vpc)
    outer = case.table(f"{name}-edge", [route("0.0.0.0/0", igw)], vpc=vpc)
    edge, nats, apps, data, tables = [], [], [], [], []
    for number, az in enumerate("abc"):
        edge.append(case.subnet(f"{name}-edge-{az}", f"{block}.{number}.0/24", table=outer, az=az, vpc=vpc))
        nats.append(case.nat(f"{name}-nat-{az}", edge[-1], nat_addresses))
        tables.append(case.table(f"{name}-apps-{az}", [route("0.0.0.0/0", nats[-1])], vpc=vpc))
        apps.append(case.subnet(f"{name}-apps-{az}", f"{block}.{32 + 16 * number}.0/20", table=tables[-1], az=az,
                                vpc=vpc))  # fmt: skip
        data.append(case.subnet(f"{name}-data-{az}", f"{block}.{128 + number}.0/24", [], az=az, vpc=vpc))
    _zones(case)
    app = case.group(f"{name}-functions", vpc=vpc)
    return Fleet(vpc, igw, edge, nats, apps, data, tables, app)


def undici_timeout(host: str, address: str) -> Callable[[Moment], str]:
    """What ``fetch`` of Node.js says after ten seconds."""
    return node_error(
        "fetch failed", "TypeError", stack=("node:internal/deps/undici/undici:13510:13",
        "process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
        "async Runtime.handler (file:///var/task/index.mjs:18:15)"),
        cause={"name": "ConnectTimeoutError", "code": "UND_ERR_CONNECT_TIMEOUT",
               "message": f"Connect Timeout Error (attempted address: {host}:443, timeout: 10000ms)",
               "address": address},
    )  # fmt: skip


def requests_error(host: str, path: str, problem: str, type: str = "ConnectTimeout", port: int = 443) -> str:
    """What Python's requests says; ``problem`` is what stands after ``Caused by``."""
    scheme = "HTTPSConnectionPool" if port in (443, 8443) else "HTTPConnectionPool"
    return python_error(
        type, f"{scheme}(host='{host}', port={port}): Max retries exceeded with url: {path} (Caused by {problem})",
        ("/opt/python/requests/sessions.py", 703, "send", "r = adapter.send(request, **kwargs)"),
    )  # fmt: skip


def now_and_then(
    calls: Traffic, minutes: Sequence[float], *lines: Line, fails: bool = False, seconds: float = 0.2
) -> None:
    """One invocation at each of these minutes."""
    for minute in minutes:
        if fails:
            calls.bad(1, minute, minute + 0.01, *lines, seconds=seconds)
        else:
            calls.good(1, minute, minute + 0.01, *lines, seconds=seconds)


class Apart(Traffic):
    """Traffic whose environments are told apart: what fails runs in others than what works.

    An environment stays in one subnet; with ``spent`` the ones that served until then (in minutes) are those that fail.
    """

    def __init__(self, case: CaseFolder, function: str, spent: float = 0) -> None:
        super().__init__(case, function)
        self._spent = 60 * spent

    def _write_log(self, ordered: Sequence[Any], tail: bool, report: bool, memory: int) -> None:
        written = self._case.log(self._function, tail=tail)
        pools: dict[bool, dict[int, float]] = {True: {}, False: {}}
        for one in ordered:
            pool = pools[one.error or one.at < self._spent]
            free = [(ends, number) for number, ends in pool.items() if ends <= one.at]
            number = max(free)[1] if free else sum(map(len, pools.values()))
            pool[number] = one.at + one.seconds + 0.01
            written.invocation(
                one.at, *one.lines, seconds=one.seconds, timeout=one.timeout, stream=number, report=report,
                cold=None if free else 0.412, memory=memory, status=one.status,
            )  # fmt: skip
