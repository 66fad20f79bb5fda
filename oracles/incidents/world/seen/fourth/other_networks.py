"""Destinations in another network, gateways that were deleted to save money, and rules that forget a port."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    dotnet_error,
    incident,
    java_error,
    node_error,
    node_log,
    route,
)
from oracles.incidents.world.seen.fourth._sites import (
    BLOCKED,
    apart,
    database,
    default_vpc,
    early,
    named,
    table_of,
    to,
    wizard,
)


@incident(
    source="composed: one of two route tables got the route to the transit gateway (text of mssql-jdbc)",
    expert=named(
        BLOCKED,
        "the second private subnet has no route to 10.50.0.0/16: what runs there goes to the NAT gateway and is lost",
        "private2",
    ),
)
def transit_route_in_one_table(case: CaseFolder) -> None:
    place = wizard(case, "erp")
    gateway = case.transit_attachment("hq", place.private)
    table_of(case, place.private[0])["Routes"].append(route("10.50.0.0/16", gateway))
    case.function("sync-articles", place.private, [place.group], runtime="java21", timeout=60, memory=1024)
    text = (
        "com.microsoft.sqlserver.jdbc.SQLServerException: The TCP/IP connection to the host 10.50.3.20, port 1433 has "
        'failed. Error: "connect timed out. Verify the connection properties. Make sure that an instance of SQL Server '
        "is running on the host and accepting TCP/IP connections at the port. Make sure that TCP connections to the "
        "port "
        'are not blocked by a firewall.".'
    )
    frames = (
        "com.microsoft.sqlserver.jdbc.SQLServerException.makeFromDriverError(SQLServerException.java:242)",
        "com.microsoft.sqlserver.jdbc.SQLServerConnection.connectHelper(SQLServerConnection.java:3782)",
    )
    calls = Traffic(case, "sync-articles")
    calls.good(48, 0, 60, "WARNING: SLF4J: No SLF4J providers were found.\n", seconds=0.9)
    calls.bad(52, 0, 60, java_error(text, *frames), seconds=15.6)
    calls.write(memory=1024)
    apart(case, "sync-articles", "has failed. Error")
    case.yaml(functions=["sync-articles"], destinations={"sqlserver": to("10.50.3.20", 1433, "10.50.3.20")},
              reported="fails about every second time since we gave it two subnets")  # fmt: skip


@incident(
    source="https://github.com/brefphp/bref/issues/873 (PHP lambda timing out); the deleted NAT gateway: composed",
    expert=named(
        BLOCKED,
        "the NAT gateway was deleted at 12:20 and the default route is a blackhole since, when the timeouts begin",
    ),
)
def nat_gateway_deleted_to_save_money(case: CaseFolder) -> None:
    place = wizard(case, "laravel", group="laravel-vapor")
    assert place.nat
    place.nat.update(State="deleted", DeleteTime="2026-11-20T12:20:11+00:00")
    case.addresses.clear()
    case.network_interfaces[:] = [one for one in case.network_interfaces if one["InterfaceType"] != "nat_gateway"]
    for one in place.private:
        table_of(case, one)["Routes"][-1]["State"] = "blackhole"
    case.function("laravel-prod-web", place.private, [place.group], runtime="provided.al2", timeout=28, memory=1024)
    calls = Traffic(case, "laravel-prod-web")
    calls.good(120, 0, 20.1, seconds=0.3)
    calls.bad(143, 20.4, 60, timeout=28)
    calls.write(memory=1024, period=300)
    early(case, "laravel-prod-web", lambda moment: "NOTICE: PHP message: POST https://api.mailgun.net/v3/messages\n")
    case.yaml(functions=["laravel-prod-web"], destinations={"mailgun": to("api.mailgun.net", 443)})


@incident(
    source="https://github.com/jkehler/awslambda-psycopg2/issues/41 (a function outside its database's VPC); "
    "text: HikariCP issues 963 and 1019",
    expert=named(
        BLOCKED,
        "the database is in the default VPC, the function in another, and neither peering nor route joins the two",
    ),
)
def database_in_the_default_vpc(case: CaseFolder) -> None:
    home = default_vpc(case)
    db = database(case, "orders", home.subnets[1], 5432, "0.0.0.0/0")
    vpc = case.vpc("sam-app", "10.0.0.0/16")
    igw = case.internet_gateway("sam-app", vpc)
    public = case.subnet("PublicSubnet1", "10.0.0.0/24", [route("0.0.0.0/0", igw)], vpc=vpc)
    nat = case.nat("NatGateway", public)
    private = case.subnet("PrivateSubnet1", "10.0.1.0/24", [route("0.0.0.0/0", nat)], vpc=vpc)
    own = case.group("sam-app-LambdaSG-QX81", vpc=vpc)
    case.function("sam-app-OrdersFunction-K2", [private], [own], runtime="java17", timeout=60, memory=2048)
    text = ("java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out "
            "after 30001ms (total=0, active=0, idle=0, waiting=0)")  # fmt: skip
    calls = Traffic(case, "sam-app-OrdersFunction-K2")
    calls.bad(26, 0, 59, java_error(
        text, "com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)",
        "com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:179)",
        causes=("org.postgresql.util.PSQLException: The connection attempt failed.",
                "java.net.SocketTimeoutException: Connect timed out")), seconds=31.2)  # fmt: skip
    calls.write(memory=2048)
    case.without("ec2/network-acls")
    case.yaml(functions=["sam-app-OrdersFunction-K2"], destinations={
        "orders": to("orders.cabc12de3fgh.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])})  # fmt: skip


@incident(
    source="https://github.com/StackExchange/StackExchange.Redis/issues/1825 (Lambda to ElastiCache, UnableToConnect)",
    expert=named(
        BLOCKED,
        "the cache has the default group, which trusts itself alone; cart-write, which works, is in it, cart-read is "
        "not",
        "cart-read",
    ),
)
def cache_trusts_the_default_group_alone(case: CaseFolder) -> None:
    home = default_vpc(case)
    cache = case.cache("cart-001", home.subnets[0], [home.default])
    own = case.group("cart-read-sg-1", Description="2026-11-20T10:52:11.309Z")
    host = "cart.x1y2z3.ng.0001.use1.cache.amazonaws.com"
    case.function("cart-write", home.subnets, [home.default], runtime="dotnet8", timeout=15)
    case.function("cart-read", home.subnets, [own], runtime="dotnet8", timeout=15)
    text = (
        "StackExchange.Redis.RedisConnectionException: It was not possible to connect to the redis server(s). "
        "ConnectTimeout"
    )
    calls = Traffic(case, "cart-read")
    calls.bad(47, 0, 60, dotnet_error(
        text, "StackExchange.Redis.ConnectionMultiplexer.ConnectImpl(ConfigurationOptions configuration, ILogger log)",
        "Cart.Read.Function.FunctionHandler(APIGatewayProxyRequest request) in /src/Cart.Read/Function.cs:line 27"),
        seconds=5.3)  # fmt: skip
    calls.write()
    works = Traffic(case, "cart-write")
    works.good(70, 0, 60, seconds=0.01)
    works.write(log=False)
    case.without("ec2/nat-gateways", "ec2/addresses")
    case.yaml(functions=["cart-read", "cart-write"], destinations={"redis": to(host, 6379, cache["PrivateIpAddress"])})


@incident(
    source="composed: nodemailer behind a group that lets out 443 and 5432 (texts: nodemailer/nodemailer#1469 and "
    "its sources)",
    expert=named(BLOCKED, "the function's group lets nothing out to 587", "587"),
)
def mail_port_not_in_the_egress_rules(case: CaseFolder) -> None:
    place = wizard(case, "invoices")
    place.group["IpPermissionsEgress"] = [allow(443, "0.0.0.0/0"), allow(5432, "10.0.0.0/16")]
    case.function("send-invoice", place.private, [place.group], runtime="nodejs20.x", timeout=180)
    stack = (
        "SMTPConnection._formatError (/var/task/node_modules/nodemailer/lib/smtp-connection/index.js:798:19)",
        "SMTPConnection._onConnectionTimeout (/var/task/node_modules/nodemailer/lib/smtp-connection/index.js:238:20)",
    )
    calls = Traffic(case, "send-invoice")
    calls.bad(
        9,
        1,
        55,
        node_log("INFO", "invoice 2026-1182 rendered, uploaded to s3"),
        node_error("Connection timeout", stack=stack, code="ETIMEDOUT", command="CONN"),
        seconds=124,
    )
    calls.write()
    case.yaml(functions=["send-invoice"], destinations={"smtp": to("email-smtp.us-east-1.amazonaws.com", 587)})
