"""What most incidents share: their VPCs, before anything is wrong with them, lines of their logs, and an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oracles.incidents.world import CaseFolder, Expert, Frame, Headline, Moment, Record, node_error, route
from oracles.incidents.world.log_lines import python_error

DARK = "destination-not-answering"


def dark(because: str, *says: str) -> Expert:
    """What an expert says where one destination does not answer and all else is shown to be open."""
    return Expert((DARK,), (DARK,), Headline.NAMED, because, says)


@dataclass(frozen=True)
class Site:
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
    """The security group of the functions."""


def site(case: CaseFolder, name: str = "shop", block: str = "10.0", nat_addresses: int = 1) -> Site:
    """A VPC in which everything works."""
    vpc = case.vpc(name, f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}-igw", vpc)
    public = case.table("public", [route("0.0.0.0/0", igw)], vpc=vpc)
    public_a = case.subnet("public-a", f"{block}.0.0/24", table=public, vpc=vpc, MapPublicIpOnLaunch=True)
    public_b = case.subnet("public-b", f"{block}.1.0/24", table=public, az="b", vpc=vpc, MapPublicIpOnLaunch=True)
    nat = case.nat("nat-a", public_a, nat_addresses)
    private_a = case.subnet("private-a", f"{block}.10.0/24", [route("0.0.0.0/0", nat)], vpc=vpc)
    private_b = case.subnet("private-b", f"{block}.11.0/24", [route("0.0.0.0/0", nat)], az="b", vpc=vpc)
    data = case.table("data", [], vpc=vpc)
    data_a = case.subnet("data-a", f"{block}.20.0/24", table=data, vpc=vpc)
    data_b = case.subnet("data-b", f"{block}.21.0/24", table=data, az="b", vpc=vpc)
    app = case.group("lambda-app", vpc=vpc)
    return Site(vpc, igw, public_a, public_b, nat, private_a, private_b, data_a, data_b, app)


def inner(case: CaseFolder, name: str = "shop", block: str = "10.0") -> Site:
    """A VPC from which no way leads out: no NAT gateway, and an internet gateway only for the public subnets."""
    found = site(case, name, block)
    for one in (found.private_a, found.private_b):
        table = next(
            table
            for table in case.route_tables
            if any(entry.get("SubnetId") == one["SubnetId"] for entry in table["Associations"])
        )
        table["Routes"] = table["Routes"][:1]
    case.nat_gateways.clear()
    case.addresses.clear()
    case.network_interfaces.clear()
    return found


URLLIB3: Frame = ("/var/task/urllib3/connectionpool.py", 843, "urlopen", "retries = retries.increment(")
REQUESTS: Frame = ("/var/task/requests/adapters.py", 665, "send", "raise ConnectTimeout(e, request=request)")
BOTOCORE: Frame = (
    "/var/runtime/botocore/httpsession.py",
    497,
    "send",
    "raise ConnectTimeoutError(endpoint_url=request.url, error=e)",
)
PSYCOPG2: Frame = (
    "/opt/python/psycopg2/__init__.py",
    122,
    "connect",
    "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)",
)
PYMYSQL: Frame = ("/opt/python/pymysql/connections.py", 716, "connect", "raise exc")


def requests_timeout(host: str, path: str = "/v1/charges", seconds: int = 10) -> str:
    """What Python's requests says of a connect that nobody answered."""
    return python_error(
        "ConnectTimeout",
        f"HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded with url: {path} (Caused by "
        f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f1f9c2f4a90>, 'Connection to {host} "
        f"timed out. (connect timeout={seconds})'))",
        URLLIB3,
        REQUESTS,
    )


def boto_timeout(url: str) -> str:
    """What botocore says of the same."""
    return python_error("ConnectTimeoutError", f'Connect timeout on endpoint URL: "{url}"', BOTOCORE)


def psycopg2_error(host: str, address: str, problem: str, port: int = 5432) -> str:
    """An ``OperationalError`` of psycopg2."""
    more = "\n\tIs the server running on that host and accepting TCP/IP connections?\n"
    ending = more if problem.startswith("Connection") else "\n"
    message = f'connection to server at "{host}" ({address}), port {port} failed: {problem}{ending}'
    return python_error("OperationalError", message, PSYCOPG2)


def mysql2_timeout() -> Callable[[Moment], str]:
    """What mysql2 says after its ``connectTimeout`` of ten seconds."""
    stack = ("Connection._handleTimeoutError (/var/task/node_modules/mysql2/lib/connection.js:202:17)",)
    return node_error(
        "connect ETIMEDOUT", stack=stack, errorno="ETIMEDOUT", code="ETIMEDOUT", syscall="connect", fatal=True
    )


def ioredis_timeout() -> Callable[[Moment], str]:
    """What ioredis logs after its ``connectTimeout`` of ten seconds; the handler goes on without the cache."""
    said = (
        "[ioredis] Unhandled error event: Error: connect ETIMEDOUT\n"
        "    at TLSSocket.<anonymous> (/var/task/node_modules/ioredis/built/Redis.js:170:41)\n"
        "    at Object.onceWrapper (node:events:633:28)\n"
        "    at TLSSocket._onTimeout (node:net:604:8)"
    )
    return lambda moment: f"{moment.time}\t{moment.request}\tERROR\t{said}\n"


def table_of(case: CaseFolder, name: str) -> Record:
    """The route table with this Name tag."""
    return next(one for one in case.route_tables if one["Tags"] and one["Tags"][0]["Value"] == name)
