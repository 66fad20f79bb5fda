"""What these incidents share: VPCs as beginners have them, errors as their libraries print them, and answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Moment,
    Record,
    allow,
    node_error,
    node_log,
    python_error,
    route,
)
from oracles.incidents.world.ids import digits

BLOCKED = "route-or-rule-blocked"
SILENT = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
PORTS = "nat-port-exhaustion"
HYPERPLANE = "hyperplane-eni-exhaustion"
FILES = "descriptor-exhaustion"
DNS = "dns-failure"
IDLE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
ADDRESSES = "eni-quota-or-address-shortage"


def named(
    cause: str, because: str, *says: str, lacks: tuple[str, ...] = (), also: tuple[str, ...] = ()
) -> Expert:  # fmt: skip
    """What an expert says who can name the cause."""
    return Expert((cause,), (cause, *also), Headline.NAMED, because, says, lacks)


def unnamed(headline: Headline, because: str, *true: str, lacks: tuple[str, ...] = ()) -> Expert:
    """What an expert says who names none."""
    return Expert((), true, headline, because, (), lacks)


@dataclass(frozen=True)
class Home:
    """The default VPC of a Region: public subnets, all of them, and a group that trusts itself."""

    vpc: Record
    igw: Record
    subnets: list[Record]
    default: Record
    """The default security group."""


def default_vpc(case: CaseFolder, zones: str = "abc") -> Home:
    """As it comes with an account."""
    vpc = case.vpc("default", "172.31.0.0/16", IsDefault=True, Tags=[])
    igw = case.internet_gateway("default")
    igw["Tags"] = []
    main = case.main_table()
    main["Tags"] = []
    main["Routes"].append(route("0.0.0.0/0", igw))
    subnets = [
        case.subnet(f"default-{zone}", f"172.31.{16 * index}.0/20", az=zone, DefaultForAz=True,
                    MapPublicIpOnLaunch=True, Tags=[], EnableLniAtDeviceIndex=0)
        for index, zone in enumerate(zones)
    ]  # fmt: skip
    return Home(vpc, igw, subnets, case.security_groups[0])


@dataclass(frozen=True)
class Wizard:
    """What the console's "VPC and more" makes."""

    vpc: Record
    igw: Record
    public: list[Record]
    private: list[Record]
    nat: Record | None
    group: Record
    """Of the functions."""


def wizard(case: CaseFolder, project: str, *, nat: bool = True, addresses: int = 1, group: str = "lambda-sg") -> Wizard:
    """Two zones, a table for each private subnet, and one NAT gateway if it was ticked."""
    vpc = case.vpc(f"{project}-vpc", "10.0.0.0/16")
    igw = case.internet_gateway(f"{project}-igw")
    out = case.table(f"{project}-rtb-public", [route("0.0.0.0/0", igw)])
    public, private = [], []
    for index, zone in enumerate("ab"):
        name = f"{project}-subnet-public{index + 1}-{case.region}{zone}"
        public.append(case.subnet(name, f"10.0.{16 * index}.0/20", az=zone, table=out))
    gateway = case.nat(f"{project}-nat-public1-{case.region}a", public[0], addresses) if nat else None
    for index, zone in enumerate("ab"):
        table = case.table(
            f"{project}-rtb-private{index + 1}-{case.region}{zone}", [route("0.0.0.0/0", gateway)] if gateway else []
        )
        name = f"{project}-subnet-private{index + 1}-{case.region}{zone}"
        private.append(case.subnet(name, f"10.0.{128 + 16 * index}.0/20", az=zone, table=table))
    own = case.group(group, Description="Created by Lambda console")
    own["Tags"].append({"Key": "aws:cloudformation:stack-name", "Value": f"{project}-dev"})
    return Wizard(vpc, igw, public, private, gateway, own)


def table_of(case: CaseFolder, subnet: Record) -> Record:
    """The route table of a subnet that has its own."""
    return next(
        one
        for one in case.route_tables
        if any(each.get("SubnetId") == subnet["SubnetId"] for each in one["Associations"])
    )


def database(
    case: CaseFolder, name: str, subnet: Record, port: int, *peers: Record | str, group: str = "rds-launch-wizard"
) -> Record:
    """An RDS instance's interface, with a group that lets these in."""
    return case.database(name, subnet, [case.group(group, [allow(port, *peers)], Description=f"{name} access")])


def european(case: CaseFolder) -> None:
    """Names as eu-west-1 has them, for a case of that Region."""
    for one in case.subnets:
        one["AvailabilityZoneId"] = one["AvailabilityZoneId"].replace("use1", "euw1")
    for one in case.network_interfaces:
        one["PrivateDnsName"] = one["PrivateDnsName"].replace("ec2.internal", "eu-west-1.compute.internal")
    for one in case.dhcp_options:
        for known in one["DhcpConfigurations"]:
            for value in known["Values"]:
                value["Value"] = value["Value"].replace("ec2.internal", "eu-west-1.compute.internal")


def early(case: CaseFolder, function: str, *lines: Callable[[Moment], str], tail: bool = False) -> None:
    """Put lines right after each START of a written log: what a function says before it waits."""
    log = case.log(function, tail=tail)
    for at, stream, text in list(log._events):
        if text.startswith("START"):
            for index, line in enumerate(lines):
                when = at + 0.03 + index / 100
                log._events.append((when, stream, line(Moment(log._time(when), text.split()[2]))))


def apart(case: CaseFolder, function: str, word: str, *, later: bool = False) -> None:
    """Environments that either work or fail, in a written log: what fails with this word gets streams of its own.

    With ``later`` it is the good ones after a stream's first bad one that do: an environment that fails stays so.
    """
    log = case.log(function)
    ordered = sorted(log._events, key=lambda one: one[0])
    invocations: list[list[tuple[float, str, str]]] = []
    last: dict[str, list[tuple[float, str, str]]] = {}
    for one in ordered:
        if one[2].startswith("START"):
            last[one[1]] = []
            invocations.append(last[one[1]])
        last[one[1]].append(one)
    failed, begun = set[str](), set[str]()
    log._events.clear()
    for each in invocations:
        stream = each[0][1]
        bad = any(word in text for _, _, text in each)
        failed |= {stream} if bad else set()
        if not (bad if not later else stream in failed and not bad):
            log._events += each
            continue
        other = stream[:-32] + digits("apart", stream, length=32)
        cold = "" if other in begun or "Init Duration" in each[-1][2] else "Init Duration: 407.31 ms\t"
        begun.add(other)
        log._events += [
            (at, other, text.replace("\n", f"{cold}\n") if text.startswith("REPORT") else text) for at, _, text in each
        ]


def pymysql(host: str, problem: str = "timed out") -> str:
    """What PyMySQL says of a connect that fails."""
    return python_error(
        "OperationalError",
        f"(2003, \"Can't connect to MySQL server on '{host}' ({problem})\")",
        ("/var/task/pymysql/connections.py", 361, "__init__", "self.connect()"),
        ("/var/task/pymysql/connections.py", 716, "connect", "raise exc"),
    )


def psycopg(host: str, address: str, problem: str, port: int = 5432) -> str:
    """An error of psycopg2 at connect."""
    return python_error(
        "OperationalError",
        f'connection to server at "{host}" ({address}), port {port} failed: {problem}\n',
        ("/opt/python/psycopg2/__init__.py", 122, "connect",
         "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)"),
    )  # fmt: skip


def ruby_error(type: str, message: str, *frames: str) -> str:
    """What the Ruby runtime writes of an error that left the handler."""
    about = {"errorMessage": message, "errorType": f"Function<{type}>",
             "stackTrace": list(frames or ("/var/task/function.rb:17:in `handler'",))}  # fmt: skip
    return "Error raised from handler method\n" + json.dumps(about, indent=2) + "\n"


def laravel(message: str, type: str, code: int = 0) -> Callable[[Moment], str]:
    """What Laravel writes to stderr under Bref."""
    name = type.replace("\\", "\\\\")
    return lambda moment: (
        f"[{moment.time[:10]} {moment.time[11:19]}] production.ERROR: {message} "
        f'{{"exception":"[object] ({name}(code: {code}): {message} at '
        f'/var/task/vendor/laravel/framework/src/Illuminate/Database/Connection.php:829)"}}\n'
    )


def connect_timeout(library: str) -> Callable[[Moment], str]:
    """What mysql2 and ioredis say when their ``connectTimeout`` of ten seconds is over."""
    stack = {
        "mysql2": ("Connection._handleTimeoutError (/var/task/node_modules/mysql2/lib/connection.js:205:17)",
                   "listOnTimeout (node:internal/timers:581:17)"),
        "ioredis": ("Socket.<anonymous> (/var/task/node_modules/ioredis/built/Redis.js:170:41)",
                    "Socket._onTimeout (node:net:595:8)"),
    }[library]  # fmt: skip
    return node_error("connect ETIMEDOUT", stack=stack, errorno="ETIMEDOUT", code="ETIMEDOUT", syscall="connect")


PUNYCODE = node_log(
    "WARN",
    "(node:8) [DEP0040] DeprecationWarning: The `punycode` module is deprecated. Please use a userland alternative "
    "instead.",
)
"""Noise of a new Node.js."""


def pg_error(message: str, code: str, **more: str) -> Callable[[Moment], str]:
    """An answer of PostgreSQL as node-postgres throws it."""
    stack = ("Parser.parseErrorMessage (/var/task/node_modules/pg-protocol/dist/parser.js:285:98)",
             "Socket.<anonymous> (/var/task/node_modules/pg-protocol/dist/index.js:11:42)")  # fmt: skip
    return node_error(message, "error", stack=stack, length=len(message) + 66, severity="FATAL", code=code, **more)


def axios_error(message: str, code: str, stack: Sequence[str] = ()) -> Callable[[Moment], str]:
    """An AxiosError that left the handler."""
    where = stack or (
        "AxiosError.from (/var/task/node_modules/axios/dist/node/axios.cjs:863:14)",
        "RedirectableRequest.handleRequestError (/var/task/node_modules/axios/dist/node/axios.cjs:3187:25)",
    )
    return node_error(message, "AxiosError", stack=where, name="AxiosError", code=code)


def to(name: str, port: int, *addresses: str) -> Record:
    """A destination as a user types it."""
    return {"name": name, "port": port, **({"addresses": list(addresses)} if addresses else {})}
