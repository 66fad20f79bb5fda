"""Destinations that take no more connections."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    node_error,
    node_log,
    python_error,
    python_log,
    ramp,
)
from oracles.incidents.world.seen._sites import PYMYSQL, ioredis_timeout, psycopg2_error, requests_timeout, site

FULL = "destination-connection-limit"
BLOCKED = "route-or-rule-blocked"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _full(because: str, *says: str) -> Expert:
    return Expert((FULL,), (FULL,), Headline.NAMED, because, says)


def _orders(address: str, port: int) -> dict[str, object]:
    return {"orders": {"name": ORDERS, "port": port, "addresses": [address]}}


@incident(
    source="https://github.com/leafo/pgmoon/issues/47 (postgresql says too many clients already)",
    expert=_full("PostgreSQL itself says that it has too many clients, and its metric stands at its 81"),
)
def postgresql_has_too_many_clients(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = psycopg2_error(ORDERS, db["PrivateIpAddress"], "FATAL:  sorry, too many clients already")
    calls = Traffic(case, "place-order")
    calls.good(110, 0, 20)
    calls.good(150, 20, 60, seconds=0.9)
    calls.bad(95, 20, 60, failed, seconds=0.03)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                [*ramp(31, 79, 20), *([81.0, 80.0, 81.0, 81.0] * 10)], stat="Maximum")  # fmt: skip
    case.yaml(functions=["place-order"], destinations=_orders(db["PrivateIpAddress"], 5432))


@incident(
    source="https://github.com/porsager/postgres/issues/42 (remaining connection slots are reserved)",
    expert=_full("53300: only the slots that are kept for superusers are left"),
)
def postgresql_keeps_its_last_slots(case: CaseFolder) -> None:
    failed = node_error(
        "remaining connection slots are reserved for non-replication superuser connections", "error",
        stack=("Parser.parseErrorMessage (/var/task/node_modules/pg-protocol/dist/parser.js:283:98)",),
        length=133, name="error", severity="FATAL", code="53300", file="postinit.c", line="846", routine="InitPostgres",
    )  # fmt: skip
    calls = Traffic(case, "api")
    calls.good(300, 0, 60, seconds=0.12, logged=False)
    calls.bad(57, 14, 51, failed, seconds=0.04)
    calls.write(metrics=False, report=False)
    case.function("api", runtime="nodejs20.x")
    case.functions[0]["VpcConfig"] = {"SubnetIds": ["subnet-0a1b2c3d4e5f60718"], "VpcId": "vpc-0a9b8c7d6e5f40312",
                                      "SecurityGroupIds": ["sg-0123456789abcdef0"]}  # fmt: skip
    case.yaml(functions=["api"], destinations={"db": {"name": ORDERS, "port": 5432}})


@incident(
    source="https://github.com/sidorares/node-mysql2/issues/1915 (AWS Lambda - ER_CON_COUNT_ERROR)",
    expert=_full("MySQL says 1040: its max_connections are all taken"),
)
def mysql_has_too_many_connections(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(3306, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("import", [place.private_a, place.private_b], [place.app], timeout=60)
    failed = python_error("OperationalError", "(1040, 'Too many connections')", PYMYSQL)
    calls = Traffic(case, "import")
    calls.good(200, 0, 60, seconds=12.0)
    calls.bad(66, 8, 55, failed, seconds=0.05)
    calls.write(zeros=False)
    case.without("ec2/network-acls", "ec2/addresses")
    case.yaml(functions=["import"], destinations=_orders(db["PrivateIpAddress"], 3306))


@incident(
    source="https://help.pythonanywhere.com/pages/ManagingDatabaseConnections (1226: max_user_connections)",
    expert=_full("MySQL says 1226: this user may have no more connections"),
)
def mysql_user_has_its_limit(case: CaseFolder) -> None:
    failed = python_log("ERROR", "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1226, \"User 'app' "
                        "has exceeded the 'max_user_connections' resource (current value: 30)\")")  # fmt: skip
    calls = Traffic(case, "sync")
    calls.good(120, 0, 60)
    calls.bad(48, 0, 60, failed, seconds=0.05, error=False)
    calls.write(tail=True)
    case.yaml(functions=["sync"], destinations={"db": {"name": "mysql.host.example", "port": 3306}})


@incident(
    source="https://github.com/shalvah/DownloadThisVideo/issues/11 (ERR max number of clients reached)",
    expert=_full("Redis answers that it has its maximum of clients"),
)
def redis_has_its_clients(case: CaseFolder) -> None:
    failed = node_log("ERROR", "Redis error ReplyError: ERR max number of clients reached\n    at parseError "
                      "(/var/task/node_modules/redis-parser/lib/parser.js:179:12)\n    at parseType "
                      "(/var/task/node_modules/redis-parser/lib/parser.js:302:14) {\n  command: { name: 'info', args: "
                      "[] }\n}")  # fmt: skip
    calls = Traffic(case, "download")
    calls.good(900, 0, 60, seconds=2.0, logged=False)
    calls.bad(73, 3, 9, failed, seconds=0.2)
    calls.write()
    case.function("download", runtime="nodejs18.x")
    case.yaml(functions=["download"], destinations={"redis": {"name": "redis-11.c1.cloud.example", "port": 11034}})


@incident(
    source="https://github.com/pgbouncer/pgbouncer/issues/293 (no more connections allowed)",
    expert=_full("PgBouncer says that max_client_conn is reached"),
)
def pgbouncer_takes_no_more(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("pgbouncer", [allow(6432, place.app)])
    host = case.interface("pgbouncer", place.data_a, [own], description="Primary network interface")
    address = host["PrivateIpAddress"]
    case.function("search", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = psycopg2_error("pgbouncer.internal.example", address,
                            "FATAL:  no more connections allowed (max_client_conn)", 6432)  # fmt: skip
    calls = Traffic(case, "search")
    calls.good(240, 0, 60, seconds=0.4)
    calls.bad(61, 22, 48, failed, seconds=0.02)
    calls.write()
    case.yaml(functions=["search"], destinations={
        "pool": {"name": "pgbouncer.internal.example", "port": 6432, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://github.com/NASA-IMPACT/veda-backend/pull/649 (RDS Proxy: MaxConnectionsPercent)",
    expert=_full("RDS Proxy waits for a connection of the database in vain: its share of them is all borrowed"),
)
def rds_proxy_has_none_to_lend(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("proxy", [allow(5432, place.app)])
    address = case.interface("proxy", place.data_a, [own], description="Network interface for DBProxy orders",
                             requester="amazon-rds")["PrivateIpAddress"]  # fmt: skip
    host = "orders.proxy-cx91mmz2aa4k.us-east-1.rds.amazonaws.com"
    case.function("tiles", [place.private_a, place.private_b], [place.app], runtime="dotnet8", timeout=180)
    failed = dotnet_error(
        "Npgsql.PostgresException (0x80004005): 08006: Timed-out waiting to acquire database connection",
        "Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async, DataRowLoadingMode dataRowLoadingMode, Boolean "
        "readingNotifications, Boolean isReadingPrependedMessage)",
    )
    calls = Traffic(case, "tiles")
    calls.good(280, 0, 60, seconds=6.0)
    calls.bad(52, 25, 55, failed, seconds=120.1)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnectionsCurrentlyBorrowed", {"ProxyName": "orders"},
                [*about(20, 25), *([90.0] * 32), *about(24, 3)], stat="Maximum")  # fmt: skip
    case.metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", {"ProxyName": "orders"}, [90.0] * 60, stat="Maximum")
    case.yaml(functions=["tiles"], destinations={
        "proxy": {"name": host, "port": 5432, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: ElastiCache's CurrConnections at the 65,000 connections that a node takes",
    expert=_full("the cache's CurrConnections stand flat at 65,000 just while connects to it time out"),
)
def cache_node_is_full(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("cache", [allow(6379, place.app)])
    cache = case.cache("sessions-001", place.data_a, [own])
    host = "sessions-001.x7k2lq.0001.use1.cache.amazonaws.com"
    case.function("session", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=15)
    calls = Traffic(case, "session")
    calls.good(240, 0, 60, seconds=0.05, logged=False)
    calls.bad(84, 21, 52, ioredis_timeout(), seconds=10.1)
    calls.write()
    level = [*ramp(48_000, 64_600, 20), *([65_000.0] * 33), *ramp(64_000, 52_000, 7)]
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "sessions-001"}, level, stat="Maximum")
    case.yaml(functions=["session"], destinations={
        "sessions": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: RejectedConnectionCount of an Application Load Balancer",
    expert=_full("the load balancer rejects connections, in the very minutes in which connects to it fail"),
)
def load_balancer_rejects(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("alb", [allow(443, "10.0.0.0/16")])
    lb = case.interface("alb", place.private_a, [own], description="ELB app/internal-api/5d0f3b1c2e4a6978",
                        requester="amazon-elb")  # fmt: skip
    host = "internal-api-1372810426.us-east-1.elb.amazonaws.com"
    case.function("gateway", [place.private_a, place.private_b], [place.app], timeout=29)
    calls = Traffic(case, "gateway")
    calls.good(700, 0, 60, seconds=0.3, logged=False)
    calls.bad(120, 30, 44, requests_timeout(host, "/v1/items", 3), seconds=3.1)
    calls.write()
    name = {"LoadBalancer": "app/internal-api/5d0f3b1c2e4a6978"}
    rejected = [None] * 30 + [18.0, 25.0, 31.0, 22.0, 27.0, 30.0, 24.0] * 2 + [None] * 16
    case.metric("AWS/ApplicationELB", "RejectedConnectionCount", name, rejected, file="alb")
    level = [*about(9_000, 30), *([99_800.0, 100_000.0] * 7), *about(12_000, 16)]
    case.metric("AWS/ApplicationELB", "ActiveConnectionCount", name, level, file="alb")
    case.yaml(functions=["gateway"], destinations={
        "api": {"name": host, "port": 443, "addresses": [lb["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/redis/ioredis/issues/1183 (which cluster of the account was full?)",
    expert=Expert((BLOCKED,), (BLOCKED,), Headline.NAMED,
                  "the full cluster is another one: this cache's group does not let the function in", ("carts-cache",)),
)  # fmt: skip
def another_cache_is_full(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("carts-cache", [allow(6379, "10.0.40.0/24")])
    cache = case.cache("carts-001", place.data_a, [own])
    host = "carts-001.x7k2lq.0001.use1.cache.amazonaws.com"
    case.function("cart", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=15)
    calls = Traffic(case, "cart")
    calls.bad(84, 0, 60, ioredis_timeout(), seconds=10.1)
    calls.write()
    case.metric(
        "AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "analytics-001"}, [65_000.0] * 60, stat="Maximum"
    )
    case.metric(
        "AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "carts-001"}, about(6, 60, 0.3), stat="Maximum"
    )
    case.yaml(functions=["cart"], destinations={
        "carts": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip
