"""What these incidents share: a start-up's, a bank's and a game company's VPCs, and lines of their logs."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from oracles.incidents.world import CaseFolder, Expert, Frame, Headline, Line, Record, python_error, route, unsaid_zeros

BLOCKED = "route-or-rule-blocked"
PORTS = "nat-port-exhaustion"
ENI = "hyperplane-eni-exhaustion"
BANDWIDTH = "nat-bandwidth"
LIMIT = "destination-connection-limit"
SILENT = "destination-not-answering"

_ZONES = {"us-east-1": "use1", "us-west-2": "usw2", "eu-west-1": "euw1", "eu-west-2": "euw2", "eu-central-1": "euc1",
          "ap-northeast-1": "apne1", "ap-southeast-1": "apse1"}  # fmt: skip
_LISTS = {"eu-west-1": ("pl-6da54004", "pl-6fa54006"), "eu-central-1": ("pl-6ea54007", "pl-66a5400f"),
          "eu-west-2": ("pl-7ca54015", "pl-b3a742da"), "ap-northeast-1": ("pl-61a54008", "pl-78a54011"),
          "ap-southeast-1": ("pl-6fa54006", "pl-67a5400e"), "us-west-2": ("pl-68a54001", "pl-00a54069")}  # fmt: skip

CDK = ("Public1", "Public2", "Private1", "Private2", "Isolated1", "Isolated2")
PLAIN = ("public-a", "public-b", "private-a", "private-b", "data-a", "data-b")


def named(cause: str, because: str, *says: str) -> Expert:
    """The evidence settles one cause."""
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@dataclass(frozen=True)
class Place:
    """Two zones, each with a public, a private and a data subnet, and one NAT gateway."""

    vpc: Record
    igw: Record
    public_a: Record
    public_b: Record
    nat: Record
    private_a: Record
    private_b: Record
    data_a: Record
    data_b: Record
    app: Record


def gateway(case: CaseFolder, name: str, subnet: Record, *publics: str, **more: object) -> Record:
    """A NAT gateway with these public addresses."""
    made = case.nat(name, subnet, len(publics), **more)  # type: ignore[arg-type]
    for listed, public in zip(made["NatGatewayAddresses"], publics, strict=True):
        listed["PublicIp"] = public
        for one in case.addresses:
            if one["AllocationId"] == listed["AllocationId"]:
                one["PublicIp"] = public
    return made


def place(
    case: CaseFolder,
    name: str,
    block: str,
    *publics: str,
    names: tuple[str, ...] = PLAIN,
    nat_inside: bool = False,
) -> Place:
    """A VPC in which everything works; ``nat_inside``: but its NAT gateway stands in the first private subnet."""
    before = f"{name}/Vpc/" if names is CDK else ""
    called = [f"{before}{one}" for one in names]
    vpc = case.vpc(name, f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}-igw", vpc)
    out = case.table(f"{before}public", [route("0.0.0.0/0", igw)], vpc=vpc)
    public_a = case.subnet(called[0], f"{block}.0.0/24", table=out, vpc=vpc, MapPublicIpOnLaunch=True)
    public_b = case.subnet(called[1], f"{block}.1.0/24", table=out, az="b", vpc=vpc, MapPublicIpOnLaunch=True)
    private_a = case.subnet(called[2], f"{block}.10.0/24", [], vpc=vpc)
    private_b = case.subnet(called[3], f"{block}.11.0/24", [], az="b", vpc=vpc)
    nat = gateway(case, f"{name}-nat", private_a if nat_inside else public_a, *publics)
    for one in (private_a, private_b):
        table_of(case, one)["Routes"].append(route("0.0.0.0/0", nat))
    data = case.table(f"{before}data", [], vpc=vpc)
    data_a = case.subnet(called[4], f"{block}.20.0/24", table=data, vpc=vpc)
    data_b = case.subnet(called[5], f"{block}.21.0/24", table=data, az="b", vpc=vpc)
    app = case.group(f"{name}-lambda", vpc=vpc)
    return Place(vpc, igw, public_a, public_b, nat, private_a, private_b, data_a, data_b, app)


def table_of(case: CaseFolder, subnet: Record) -> Record:
    """The route table that a subnet is associated with."""
    return next(
        one for one in case.route_tables if any(a.get("SubnetId") == subnet["SubnetId"] for a in one["Associations"])
    )


def settle(case: CaseFolder) -> None:
    """Give zones, names and prefix lists the form of the case's region."""
    if case.region == "us-east-1":
        return
    for subnet in case.subnets:
        subnet["AvailabilityZoneId"] = subnet["AvailabilityZoneId"].replace("use1", _ZONES[case.region])
    for eni in case.network_interfaces:
        eni["PrivateDnsName"] = eni["PrivateDnsName"].replace("ec2.internal", f"{case.region}.compute.internal")
    for options in case.dhcp_options:
        options["DhcpConfigurations"][0]["Values"][0]["Value"] = f"{case.region}.compute.internal"
    s3, dynamodb = _LISTS[case.region]
    known = {"pl-63a5400a": s3, "pl-02cd2c6b": dynamodb}
    for table in case.route_tables:
        for one in table["Routes"]:
            if one.get("DestinationPrefixListId") in known:
                one["DestinationPrefixListId"] = known[one["DestinationPrefixListId"]]


def insights(case: CaseFolder, function: str) -> None:
    """Its log as ``aws logs get-query-results`` answers of Logs Insights, the latest first."""
    events = case.log(function).content()["events"]
    rows = [
        [
            {"field": "@timestamp",
             "value": datetime.fromtimestamp(one["timestamp"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]},
            {"field": "@message", "value": one["message"]},
            {"field": "@logStream", "value": one["logStreamName"]},
            {"field": "@ptr", "value": f"CmEKJgoi{one['eventId'][:40]}"},
        ]
        for one in reversed(events)
    ]  # fmt: skip
    scanned = float(sum(len(one["message"]) for one in events))
    case.file(f"callers/{function}.json", {
        "queryLanguage": "CWLI", "results": rows,
        "statistics": {"recordsMatched": float(len(rows)), "recordsScanned": float(len(rows)), "bytesScanned": scanned},
        "status": "Complete"})  # fmt: skip


class Fleet:
    """A function environment by environment: each is a log stream, and stays in one subnet."""

    def __init__(self, case: CaseFolder, function: str) -> None:
        self._case = case
        self._function = function
        self._log = case.log(function)
        self._streams = 0
        self._done: list[tuple[float, float, bool]] = []

    def environment(self, *parts: tuple[float, float, float, float, str, tuple[Line, ...]]) -> None:
        """Parts of its life: first and last minute, seconds between calls, seconds of a call, how it ends, lines.

        It ends ``good``, in ``error``, or in ``timeout``.
        """
        dice = random.Random(f"{self._function}/{self._streams}")
        cold: float | None = 0.48
        free = -1e9
        for first, last, gap, seconds, ending, lines in parts:
            at = max(first * 60 + dice.uniform(0, gap), free)
            while at < last * 60:
                took = seconds if ending == "timeout" else seconds * dice.uniform(0.97, 1.03)
                self._log.invocation(at, *lines, seconds=took, stream=self._streams, cold=cold,
                                     timeout=seconds if ending == "timeout" else None)  # fmt: skip
                self._done.append((at, took, ending != "good"))
                cold = None
                free = at + took + 0.05
                at += took + dice.uniform(0.6, 1.4) * gap
        self._streams += 1

    def write(self) -> None:
        """Its metrics."""
        minutes = self._case.minutes
        calls, errors, longest = [0.0] * minutes, [0.0] * minutes, [0.0] * minutes
        running = [0] * minutes
        for at, took, failed in self._done:
            minute = int(at // 60)
            if 0 <= minute < minutes:
                calls[minute] += 1
                errors[minute] += failed
                longest[minute] = max(longest[minute], round(took * 1000, 2))
        steps = sorted([(at, 1) for at, _, _ in self._done] + [(at + took, -1) for at, took, _ in self._done])
        now = 0
        for at, step in steps:
            now += step
            minute = int(at // 60)
            if 0 <= minute < minutes:
                running[minute] = max(running[minute], now, 1)
        self._case.function_metrics(self._function, invocations=unsaid_zeros(calls), errors=errors,
                                    duration=unsaid_zeros(longest), concurrent=unsaid_zeros(running))  # fmt: skip


_URLLIB3: Frame = ("/var/task/urllib3/connectionpool.py", 841, "urlopen", "retries = retries.increment(")
_REQUESTS: Frame = ("/var/task/requests/adapters.py", 688, "send", "raise ConnectTimeout(e, request=request)")
_BOTOCORE: Frame = ("/var/runtime/botocore/httpsession.py", 506, "send", "raise ConnectTimeoutError(endpoint_url=request.url, error=e)")  # fmt: skip  # noqa: E501
_PSYCOPG2: Frame = ("/opt/python/psycopg2/__init__.py", 122, "connect", "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)")  # fmt: skip  # noqa: E501


def requests_timeout(host: str, path: str, seconds: int = 10, port: int = 443) -> str:
    """What Python's requests says of a connect that nobody answered."""
    return python_error(
        "ConnectTimeout",
        f"HTTPSConnectionPool(host='{host}', port={port}): Max retries exceeded with url: {path} (Caused by "
        f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f3c1a5d2e10>, 'Connection to {host} "
        f"timed out. (connect timeout={seconds})'))",
        _URLLIB3,
        _REQUESTS,
    )


def boto_timeout(url: str) -> str:
    """What botocore says of the same."""
    return python_error("ConnectTimeoutError", f'Connect timeout on endpoint URL: "{url}"', _BOTOCORE)


def psycopg2_fatal(host: str, address: str, said: str) -> str:
    """What psycopg2 says of a server that answers with FATAL."""
    message = f'connection to server at "{host}" ({address}), port 5432 failed: FATAL:  {said}\n'
    return python_error("OperationalError", message, _PSYCOPG2)
