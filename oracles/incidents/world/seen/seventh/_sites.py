"""The VPCs that these incidents stand in, before anything is wrong with them, and errors as libraries print them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Frame,
    Headline,
    Moment,
    Record,
    Traffic,
    node_error,
    python_error,
    route,
)

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
PORTS = "nat-port-exhaustion"
ENI = "hyperplane-eni-exhaustion"
FILES = "descriptor-exhaustion"
DNS = "dns-failure"
IDLE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
SHORTAGE = "eni-quota-or-address-shortage"

ZONES = {
    "eu-central-1": {"a": "euc1-az2", "b": "euc1-az3", "c": "euc1-az1"},
    "us-west-2": {"a": "usw2-az1", "b": "usw2-az2", "c": "usw2-az3"},
}


def named(cause: str, because: str, *says: str, lacks: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Expert:
    """One cause is what binds; ``also`` are others at work, or likely."""
    return Expert((cause,), (cause, *also), Headline.NAMED, because, says, lacks)


def unsettled(because: str, *true: str) -> Expert:
    """The evidence cannot tell."""
    return Expert((), true, Headline.OPEN, because)


def no_connection_fault(because: str, headline: Headline = Headline.EITHER) -> Expert:
    """What fails, or is only noise, is no matter of connections."""
    return Expert((), (), headline, because)


def _vpc(case: CaseFolder, name: str, cidr: str, **more: Any) -> Record:
    made = case.vpc(name, cidr, **more)
    case.dhcp_options[-1]["DhcpConfigurations"][0]["Values"][0]["Value"] = f"{case.region}.compute.internal"
    return made


def net(
    case: CaseFolder, name: str, cidr: str, routes: Sequence[Record] | None = None, az: str = "a", **more: Any
) -> Record:
    """A subnet with the id that its zone has in the case's region."""
    made = case.subnet(name, cidr, routes, az=az, **more)
    made["AvailabilityZoneId"] = ZONES[case.region][az]
    return made


@dataclass(frozen=True)
class Console:
    """The default VPC of an account, and its default security group."""

    vpc: Record
    igw: Record
    subnets: list[Record]
    group: Record


def default_vpc(case: CaseFolder, region: str = "eu-central-1", block: str = "172.31") -> Console:
    """What every account begins with: three public subnets of the main route table, no Name tags."""
    case.region = region
    vpc = _vpc(case, "default", f"{block}.0.0/16", IsDefault=True, Tags=[])
    igw = case.internet_gateway("default")
    igw["Tags"] = []
    case.main_table()["Routes"].append(route("0.0.0.0/0", igw))
    subnets = [
        net(
            case,
            f"default-{az}",
            f"{block}.{16 * number}.0/20",
            az=az,
            Tags=[],
            DefaultForAz=True,
            MapPublicIpOnLaunch=True,
        )
        for number, az in enumerate("abc")
    ]
    return Console(vpc, igw, subnets, case.security_groups[0])


@dataclass(frozen=True)
class Stack:
    """What the CDK makes of ``maxAzs: 2``: public, private and isolated subnets, a NAT gateway in each zone."""

    vpc: Record
    igw: Record
    public: list[Record]
    nats: list[Record]
    private: list[Record]
    isolated: list[Record]
    tables: list[Record]
    """Of the private subnets."""
    group: Record


def stack(
    case: CaseFolder,
    name: str = "Lager",
    block: str = "10.42",
    region: str = "eu-central-1",
    *,
    nats: int = 2,
    addresses: int = 1,
) -> Stack:
    """A VPC by the CDK, in which everything works."""
    case.region = region
    vpc = _vpc(case, f"{name}Stack/Vpc", f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}Stack/Vpc")
    public = [
        net(
            case,
            f"{name}Stack/Vpc/PublicSubnet{n + 1}",
            f"{block}.{n}.0/24",
            [route("0.0.0.0/0", igw)],
            az,
            MapPublicIpOnLaunch=True,
        )
        for n, az in enumerate("ab")
    ]
    gateways = [case.nat(f"{name}Nat{n + 1}", public[n], addresses) for n in range(nats)]
    tables = [
        case.table(f"{name}Stack/Vpc/PrivateSubnet{n + 1}", [route("0.0.0.0/0", gateways[min(n, nats - 1)])])
        for n in range(2)
    ]
    private = [
        net(case, f"{name}Stack/Vpc/PrivateSubnet{n + 1}", f"{block}.{64 + 16 * n}.0/20", az=az, table=tables[n])
        for n, az in enumerate("ab")
    ]
    isolated = [
        net(case, f"{name}Stack/Vpc/IsolatedSubnet{n + 1}", f"{block}.{200 + n}.0/24", [], az)
        for n, az in enumerate("ab")
    ]
    group = case.group(f"{name}Stack-FnSecurityGroup", Description="Automatic security group for Lambda Function")
    return Stack(vpc, igw, public, gateways, private, isolated, tables, group)


@dataclass(frozen=True)
class Spoke:
    """A workload's VPC of a platform team: no way to the internet of its own, all else by a transit gateway."""

    vpc: Record
    tgw: str
    app: list[Record]
    data: list[Record]
    endpoints: list[Record]
    tables: dict[str, Record] = field(default_factory=dict)
    group: Record = field(default_factory=dict)


def spoke(case: CaseFolder, name: str = "wl-prod", block: str = "10.180", region: str = "eu-central-1") -> Spoke:
    """Three zones; each app subnet has a route table of its own, whose default leads to the transit gateway."""
    case.region = region
    vpc = _vpc(
        case,
        name,
        f"{block}.0.0/16",
        EncryptionControl={"Mode": "monitor"},
        Tags=[{"Key": "Name", "Value": name}, {"Key": "kostenstelle", "Value": "4711"}],
    )
    attach = [
        net(case, f"{name}-tgw-{az}", f"{block}.255.{16 * n}/28", [], az, AvailableIpAddressCount=10)
        for n, az in enumerate("abc")
    ]
    tgw = case.transit_attachment(f"{name}-tgw", attach)
    tables = {f"app-{az}": case.table(f"{name}-app-{az}", [route("0.0.0.0/0", tgw)]) for az in "abc"}
    app = [
        net(case, f"{name}-app-{az}", f"{block}.{16 * n}.0/20", az=az, table=tables[f"app-{az}"])
        for n, az in enumerate("abc")
    ]
    tables["data"] = case.table(f"{name}-data", [])
    data = [
        net(case, f"{name}-data-{az}", f"{block}.{100 + n}.0/24", az=az, table=tables["data"])
        for n, az in enumerate("abc")
    ]
    ends = [net(case, f"{name}-vpce-{az}", f"{block}.{120 + n}.0/24", [], az) for n, az in enumerate("abc")]
    return Spoke(vpc, tgw, app, data, ends, tables, case.group(f"{name}-lambda"))


def gone(case: CaseFolder, nat: Record) -> None:
    """A NAT gateway that was deleted: its interface went with it, and its addresses are free."""
    case.nat_gateways.remove(nat)
    enis = {one["NetworkInterfaceId"] for one in nat["NatGatewayAddresses"]}
    case.network_interfaces[:] = [one for one in case.network_interfaces if one["NetworkInterfaceId"] not in enis]
    for one in case.addresses:
        if one.get("NetworkInterfaceId") in enis:
            for member in ("AssociationId", "NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress"):
                del one[member]


class BySubnet(Traffic):
    """Traffic of which no environment is in two subnets: set ``subnet`` before what is added."""

    subnet = 0

    def _add(self, *args: Any) -> None:
        before = len(self._invocations)
        super()._add(*args)
        placed = self.__dict__.setdefault("_placed", {})
        placed.update((id(one), self.subnet) for one in self._invocations[before:])

    def _write_log(self, ordered: list[Any], tail: bool, report: bool, memory: int) -> None:
        written = self._case.log(self._function, tail=tail)
        placed = self.__dict__.get("_placed", {})
        environments: list[tuple[int, float]] = []
        for one in ordered:
            here = placed[id(one)]
            free = [
                (ends, number)
                for number, (subnet, ends) in enumerate(environments)
                if subnet == here and ends <= one.at
            ]
            number = max(free)[1] if free else len(environments)
            if not free:
                environments.append((here, 0.0))
            environments[number] = (here, one.at + one.seconds + 0.01)
            if one.logged:
                written.invocation(
                    one.at,
                    *one.lines,
                    seconds=one.seconds,
                    timeout=one.timeout,
                    stream=number,
                    report=report,
                    cold=None if free else 0.412,
                    memory=memory,
                    status=one.status,
                )


def at_moments(
    traffic: Traffic, moments: Sequence[float], *lines: Any, bad: bool = False, seconds: float = 0.1
) -> None:
    """One invocation at each of these minutes."""
    for one in moments:
        (traffic.bad if bad else traffic.good)(1, one, one + 0.001, *lines, seconds=seconds)


AXIOS = (
    "AxiosError.from (/var/task/node_modules/axios/dist/node/axios.cjs:863:14)",
    "RedirectableRequest.handleRequestError (/var/task/node_modules/axios/dist/node/axios.cjs:3188:25)",
    "RedirectableRequest.emit (node:events:524:28)",
)


AXIOS_TIMEOUT = (
    "RedirectableRequest.handleRequestTimeout (/var/task/node_modules/axios/dist/node/axios.cjs:3211:16)",
    "RedirectableRequest.emit (node:events:524:28)",
    "Timeout.<anonymous> (/var/task/node_modules/follow-redirects/index.js:221:12)",
)
AXIOS_STATUS = (
    "settle (/var/task/node_modules/axios/dist/node/axios.cjs:2049:12)",
    "IncomingMessage.handleStreamEnd (/var/task/node_modules/axios/dist/node/axios.cjs:3166:11)",
    "IncomingMessage.emit (node:events:536:35)",
)


def axios_error(message: str, code: str, *, stack: Sequence[str] = AXIOS, **more: Any) -> Callable[[Moment], str]:
    """An error of axios that left the handler."""
    return node_error(message, "AxiosError", stack=stack, code=code, **more)


BOTO: Frame = (
    "/var/runtime/botocore/httpsession.py",
    497,
    "send",
    "raise ConnectTimeoutError(endpoint_url=request.url, error=e)",
)
PYMYSQL: Frame = ("/opt/python/pymysql/connections.py", 716, "connect", "raise exc")


def boto_connect_timeout(url: str) -> str:
    """What botocore says of a connect that nobody answered."""
    return python_error("ConnectTimeoutError", f'Connect timeout on endpoint URL: "{url}"', BOTO)


def requests_connect_timeout(host: str, path: str, seconds: int) -> str:
    """What Python's requests says of the same."""
    return python_error(
        "ConnectTimeout",
        f"HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded with url: {path} (Caused by "
        f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f8d1c6e3f50>, 'Connection to {host} "
        f"timed out. (connect timeout={seconds})'))",
        ("/var/task/requests/adapters.py", 688, "send", "raise ConnectTimeout(e, request=request)"),
    )


def php_log(text: str) -> Callable[[Moment], str]:
    """What Monolog writes of an error under Bref."""
    return lambda moment: f"[{moment.time[:-1]}000+00:00] production.ERROR: {text}\n"
