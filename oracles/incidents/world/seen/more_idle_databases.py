"""Connections to databases, caches and load balancers that were closed while they sat in a pool."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    dotnet_error,
    incident,
    java_error,
    node_error,
    node_log,
    python_error,
    python_log,
)
from oracles.incidents.world.seen._sites import PSYCOPG2, psycopg2_error, site

IDLE = "idle-timeout-reset"
REFUSING = "destination-refusing"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _idle(because: str, *says: str) -> Expert:
    return Expert((IDLE,), (IDLE,), Headline.NAMED, because, says)


@incident(
    source="https://github.com/OriginTrail/dkg-engine/issues/2021 (disconnected by the server because of inactivity)",
    expert=_idle("MySQL says itself that it disconnected the client for its inactivity"),
)
def mysql_disconnects_for_inactivity(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(3306, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("coupons", [place.private_a], [place.app], runtime="nodejs22.x", timeout=10)
    failed = node_error(
        "The client was disconnected by the server because of inactivity. See wait_timeout and interactive_timeout "
        "for configuring this behavior.", code="ER_CLIENT_INTERACTION_TIMEOUT", errno=4031, sqlState="HY000",
        stack=("Packet.asError (/var/task/node_modules/mysql2/lib/packets/packet.js:740:17)",),
    )  # fmt: skip
    calls = Traffic(case, "coupons")
    for start in range(0, 60, 11):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, failed, seconds=0.01)
        calls.good(3, start + 0.3, start + 1, seconds=0.05)
    calls.write(period=300)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                ([2.0] * 6 + [1.0] * 5) * 5 + [2.0] * 5, stat="Average")  # fmt: skip
    case.yaml(functions=["coupons"], destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://dev.to/jayesh_shinde/the-silent-connection-killer-mysql2-and-aws-lambdas-freezethaw-problem-1pek "
           "(PROTOCOL_CONNECTION_LOST)",
    expert=_idle("mysql's client finds on thawing that the server closed the connection; the environment ends, the "
                 "next one connects at once"),
)  # fmt: skip
def mysql_connection_was_lost_while_frozen(case: CaseFolder) -> None:
    failed = node_error(
        "Connection lost: The server closed the connection.", kind="Uncaught Exception", fatal=True,
        code="PROTOCOL_CONNECTION_LOST",
        stack=("Protocol.end (/var/task/node_modules/mysql/lib/protocol/Protocol.js:112:13)",
               "Socket.<anonymous> (/var/task/node_modules/mysql/lib/Connection.js:94:28)"),
    )  # fmt: skip
    calls = Traffic(case, "badge")
    for start in range(0, 60, 13):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, failed, seconds=0.01,
                  status="Status: error\tError Type: Runtime.ExitError")  # fmt: skip
        calls.good(6, start + 0.4, start + 2, node_log("INFO", "badge made"), seconds=0.05)
    calls.write(tail=True, metrics=False)
    case.function("badge", runtime="nodejs18.x")
    case.yaml(functions=["badge"], destinations={"db": {"name": "db1.host.example", "port": 3306}})


@incident(
    source="https://github.com/aws-samples/dify-self-hosted-on-aws/issues/5 (SSL connection closed: idle_session_"
           "timeout)",
    expert=_idle("PostgreSQL says in some of the errors that its idle-session timeout ended the connection"),
)  # fmt: skip
def postgresql_ends_idle_sessions(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_b, [own])
    case.function("export", [place.private_a, place.private_b], [place.app], timeout=60)
    first = python_error("IdleSessionTimeout", "terminating connection due to idle-session timeout\nSSL connection "
                         "has been closed unexpectedly\n",
                         ("/var/task/app.py", 58, "rows", "cursor.execute(SQL)"))  # fmt: skip
    second = python_error("OperationalError", "SSL connection has been closed unexpectedly\n",
                          ("/var/task/app.py", 58, "rows", "cursor.execute(SQL)"))  # fmt: skip
    calls = Traffic(case, "export")
    for start in range(0, 60, 7):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, first if start % 2 else second, seconds=0.01)
        calls.good(4, start + 0.3, start + 2, seconds=0.3)
    calls.write()
    case.without("ec2/network-acls", "ec2/vpc-endpoints")
    case.yaml(functions=["export"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/langchain-ai/langgraph/issues/3716 (RDS Proxy's idle timeout of 1,800 s)",
    expert=_idle("runs each 40 minutes through RDS Proxy, whose idle client timeout is 1,800 s: the first statement of "
                 "each fails on the connection of the run before"),
)  # fmt: skip
def rds_proxy_closes_idle_clients(case: CaseFolder) -> None:
    case.minutes = 240
    place = site(case)
    own = case.group("proxy", [allow(5432, place.app)])
    address = case.interface("proxy", place.data_a, [own], description="Network interface for DBProxy orders",
                             requester="amazon-rds")["PrivateIpAddress"]  # fmt: skip
    case.function("stock-report", [place.private_a], [place.app], runtime="java21", timeout=120)
    failed = java_error(
        "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
        "org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:398)",
        causes=("java.io.EOFException",),
    )
    calls = Traffic(case, "stock-report")
    for start in range(0, 240, 40):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, failed, seconds=0.02)
        calls.good(3, start + 0.5, start + 3, seconds=4.0)
    calls.write(period=300, zeros=False)
    case.metric("AWS/RDS", "ClientConnections", {"ProxyName": "orders"},
                ([1.0] * 7 + [0.0]) * 6, stat="Maximum", period=300)  # fmt: skip
    case.yaml(functions=["stock-report"], destinations={
        "proxy": {"name": "orders.proxy-cx91mmz2aa4k.us-east-1.rds.amazonaws.com", "port": 5432,
                  "addresses": [address]}})  # fmt: skip


@incident(
    source="https://github.com/redis/redis-py/issues/1140 (Error while reading from socket: Connection closed by "
           "server.)",
    expert=_idle("the cache closes clients that are silent for 300 s; each failure is the first command after a pause"),
)  # fmt: skip
def redis_closes_idle_clients(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("cache", [allow(6379, place.app)])
    cache = case.cache("flags-001", place.data_a, [own])
    case.function("flags", [place.private_a, place.private_b], [place.app], timeout=5)
    failed = python_error("ConnectionError", "Connection closed by server.",
                          ("/var/task/redis/_parsers/socket.py", 65, "_read_from_socket",
                           "raise ConnectionError(SERVER_CLOSED_CONNECTION_ERROR)"))  # fmt: skip
    calls = Traffic(case, "flags")
    for start in range(0, 60, 8):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, failed, seconds=0.01)
        calls.good(9, start + 0.3, start + 2.5, seconds=0.01)
    calls.write()
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "flags-001"},
                ([4.0] * 6 + [3.0, 3.0]) * 7 + [4.0] * 4, stat="Average")  # fmt: skip
    case.yaml(functions=["flags"], destinations={
        "flags": {"name": "flags-001.x7k2lq.0001.use1.cache.amazonaws.com", "port": 6379,
                  "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/momentohq/client-sdk-javascript/issues/113 (NLB: 350 s idle close while frozen)",
    expert=_idle("the network load balancer resets flows that it forgot after 350 s: resets of clients are counted at "
                 "the first call after each pause"),
)  # fmt: skip
def network_load_balancer_forgets_flows(case: CaseFolder) -> None:
    place = site(case)
    lb = case.interface("nlb", place.data_a, [], description="ELB net/sql/77aa0b3c5d2e9f10",
                        type="network_load_balancer", requester="amazon-elb")  # fmt: skip
    case.function("invoice", [place.private_a], [place.app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "Npgsql.NpgsqlException (0x80004005): Exception while reading from stream",
        "Npgsql.Internal.NpgsqlReadBuffer.<Ensure>g__EnsureLong|55_0(NpgsqlReadBuffer buffer, Int32 count, Boolean "
        "async, Boolean readingNotifications)",
        inner="System.IO.IOException: Unable to read data from the transport connection: Connection reset by peer.",
    )
    calls = Traffic(case, "invoice")
    for start in range(0, 60, 10):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, failed, seconds=0.02)
        calls.good(5, start + 0.3, start + 2, seconds=0.1)
    calls.write()
    resets = ([1.0] + [0.0] * 9) * 6
    resets[0] = 0.0
    case.metric("AWS/NetworkELB", "TCP_ELB_Reset_Count", {"LoadBalancer": "net/sql/77aa0b3c5d2e9f10"}, resets,
                file="nlb")  # fmt: skip
    case.yaml(functions=["invoice"], destinations={
        "sql": {"name": "sql-77aa0b3c5d2e9f10.elb.us-east-1.amazonaws.com", "port": 5432,
                "addresses": [lb["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/brettwooldridge/HikariCP/issues/514 (failover under traffic)",
    expert=Expert((REFUSING,), (REFUSING,), Headline.NAMED,
                  "the server says that an administrator ends its sessions, and refuses for a minute: it restarts "
                  "under traffic; nothing sat idle"),
)  # fmt: skip
def administrator_ends_all_sessions(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    address = db["PrivateIpAddress"]
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    ended = python_error(
        "AdminShutdown",
        "terminating connection due to administrator command\nSSL connection has been closed unexpectedly\n",
        ("/var/task/app.py", 44, "store", "cursor.execute(SQL)"),
    )
    refused = psycopg2_error(ORDERS, address, "Connection refused")
    calls = Traffic(case, "place-order")
    calls.good(1_300, 0, 40, python_log("INFO", "stored"), seconds=0.3)
    calls.bad(12, 40.02, 40.2, ended, seconds=0.1)
    calls.bad(41, 40.2, 41.2, refused, seconds=0.02)
    calls.good(640, 41.3, 60, python_log("INFO", "stored"), seconds=0.3)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                [12.0, 11.0, 12.0, 12.0] * 10 + [0.0, 7.0] + [11.0, 12.0] * 9, stat="Average")  # fmt: skip
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://github.com/psycopg/psycopg2/issues/1330 (AWS Lambda: SSL SYSCALL error at random)",
    expert=Expert((), (IDLE,), Headline.OPEN,
                  "twelve connections broke at moments that no pause explains: the log has only the errors, so that "
                  "an idle timeout cannot be told from a peer that drops connections"),
)  # fmt: skip
def broken_connections_of_which_only_the_errors_are_known(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("audit", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error("OperationalError", "SSL SYSCALL error: EOF detected\n", PSYCOPG2)
    calls = Traffic(case, "audit")
    calls.good(2_900, 0, 60, seconds=0.6, logged=False)
    calls.bad(12, 0, 60, failed, seconds=0.2)
    calls.write(report=False)
    case.yaml(functions=["audit"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
