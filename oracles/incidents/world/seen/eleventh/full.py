"""Databases, caches and proxies that take no more connections."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Moment,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    node_error,
    python_error,
    python_log,
    ramp,
)
from oracles.incidents.world.seen.eleventh._sites_b import calm_gateway, named, town

LIMIT = "destination-connection-limit"


@incident(
    source="composed: after reports to npgsql/npgsql (53300: sorry, too many clients already, from Lambda)",
    expert=named(LIMIT, "the database says that it has too many clients, at 81 connections of all who use it"),
)
def small_database_in_a_sale(case: CaseFolder) -> None:
    place = town(case, "tickets", "10.36", "54.157.33.208")
    web = case.group("tickets-web", vpc=place.vpc)
    own = case.group("tickets-pg", [allow(5432, place.lambdas, web)])
    db = case.database("tickets", place.db_a, [own])
    case.function("reserve-seat", place.apps, [place.lambdas], runtime="dotnet8", memory=1024, timeout=30)
    full = dotnet_error(
        "Npgsql.PostgresException (0x80004005): 53300: sorry, too many clients already",
        "Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async, DataRowLoadingMode dataRowLoadingMode, Boolean "
        "readingNotifications, Boolean isReadingPrependedMessage)",
        "Npgsql.Internal.NpgsqlConnector.Authenticate(String username, NpgsqlTimeout timeout, Boolean async, "
        "CancellationToken cancellationToken)",
        "Npgsql.Internal.NpgsqlConnector.Open(NpgsqlTimeout timeout, Boolean async, CancellationToken "
        "cancellationToken)",
        "Tickets.Function.Reserve(Request request) in /src/Tickets/Function.cs:line 57",
    )
    calls = Traffic(case, "reserve-seat")
    calls.good(230, 0, 30, seconds=0.4)
    calls.good(330, 30, 35, seconds=14.0)
    calls.bad(146, 31.2, 35.4, full, seconds=0.05)
    calls.good(190, 35.6, 60, seconds=0.4)
    calls.write(memory=1024)
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "tickets"},
        [*about(44, 30, 0.04), 66.0, 81.0, 81.0, 81.0, 81.0, 81.0, *ramp(74, 46, 24)],
        stat="Maximum",
    )
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "tickets"},
                [*about(22, 30), 71.0, 88.0, 92.0, 90.0, 86.0, 60.0, *about(25, 24)], stat="Average")  # fmt: skip
    calm_gateway(case, place.nat, 40)
    case.yaml(functions=["reserve-seat"], destinations={"tickets": {
        "name": "tickets.ckq02mmv71za.us-east-1.rds.amazonaws.com", "port": 5432,
        "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: after reports to redis/ioredis (socket disconnected before secure TLS; ElastiCache maxclients)",
    expert=named(
        LIMIT,
        "CurrConnections of the cache stands at exactly 65,000, its maxclients, in just the minutes in which new TLS "
        "connections are cut; only those that find a place just left go through",
        true=("tls-handshake-timeout",),
    ),
)
def cache_at_a_round_number(case: CaseFolder) -> None:
    place = town(case, "social", "10.81", "34.233.7.161")
    pods = case.group("eks-nodes", vpc=place.vpc)
    own = case.group("feed-cache", [allow(6379, place.lambdas, pods)])
    cache = case.cache("feed-001", place.db_a, [own])
    case.cache("feed-002", place.db_b, [own])
    case.function("feed-read", place.apps, [place.lambdas], runtime="nodejs20.x", timeout=10)
    said = (
        "[ioredis] Unhandled error event: Error: Client network socket disconnected before secure TLS connection was "
        "established\n    at TLSSocket.onConnectEnd (node:_tls_wrap:1732:19)\n"
        "    at TLSSocket.emit (node:events:530:35)\n    at endReadableNT (node:internal/streams/readable:1698:12)"
    )

    def cut(moment: Moment) -> str:
        return f"{moment.time}\t{moment.request}\tERROR\t{said}\n"

    spent = node_error(
        'Reached the max retries per request limit (which is 3). Refer to "maxRetriesPerRequest" option for details.',
        "MaxRetriesPerRequestError",
        stack=("TLSSocket.<anonymous> (/var/task/node_modules/ioredis/built/redis/event_handler.js:182:37)",),
    )
    calls = Traffic(case, "feed-read")
    calls.good(500, 0, 38, seconds=0.02)
    calls.good(240, 38, 49, seconds=0.3)
    calls.bad(61, 38.3, 48.8, cut, cut, cut, cut, spent, seconds=0.6)
    calls.good(180, 49, 60, seconds=0.02)
    calls.write(zeros=False)
    current = (
        ramp(41_200, 63_900, 37, 0.0) + [64_871.0] + [65_000.0] * 11 + [58_214.0, 49_077.0] + ramp(44_000, 42_500, 9)
    )
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "feed-001"}, current, stat="Maximum")
    case.metric("AWS/ElastiCache", "NewConnections", {"CacheClusterId": "feed-001"}, about(610, 38) + about(3_900, 11)
                + about(580, 11))  # fmt: skip
    case.metric("AWS/ElastiCache", "EngineCPUUtilization", {"CacheClusterId": "feed-001"},
                about(17, 38) + about(24, 11) + about(18, 11), stat="Average")  # fmt: skip
    case.without("ec2/network-acls")
    case.yaml(
        functions=["feed-read"],
        destinations={
            "feed": {
                "name": "master.feed.q1w7ru.use1.cache.amazonaws.com",
                "port": 6379,
                "addresses": [cache["PrivateIpAddress"]],
            }
        },
    )


@incident(
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.troubleshooting.html",
    expert=named(LIMIT, "the proxy has no connection to the database left to lend, and says so after its 20 s"),
)
def proxy_has_nothing_to_lend(case: CaseFolder) -> None:
    place = town(case, "loyalty", "10.29", "100.27.118.62")
    front = case.group("loyalty-proxy", [allow(3306, place.lambdas)])
    own = case.group("loyalty-mysql", [allow(3306, front)])
    proxy = case.interface(
        "proxy-a",
        place.db_a,
        [front],
        description="Network interface for DBProxy prx-0d31a9e5c7b20",
        requester="amazon-rds",
    )
    other = case.interface(
        "proxy-b",
        place.db_b,
        [front],
        description="Network interface for DBProxy prx-0d31a9e5c7b20",
        requester="amazon-rds",
    )
    case.database("loyalty", place.db_a, [own])
    case.function("points-post", place.apps, [place.lambdas], timeout=40)
    case.function("points-expire", place.apps, [place.lambdas], timeout=900)
    waited = python_error(
        "OperationalError",
        "(9501, 'Timed-out waiting to acquire database connection')",
        ("/opt/python/pymysql/connections.py", 825, "_read_query_result", "result.read()"),
        ("/opt/python/pymysql/err.py", 143, "raise_mysql_exception", "raise errorclass(errno, errval)"),
    )
    posts = Traffic(case, "points-post")
    posts.good(210, 0, 20, python_log("INFO", "posted"), seconds=0.06)
    posts.bad(88, 20.4, 29.8, waited, seconds=20.02)
    posts.good(280, 31.5, 60, python_log("INFO", "posted"), seconds=0.06)
    posts.write(period=300)
    expiry = Traffic(case, "points-expire")
    expiry.good(40, 20.0, 20.3, python_log("INFO", "SET SESSION; expired 4000 points in one transaction"), seconds=640)
    expiry.write(period=300)
    case.metric("AWS/RDS", "DatabaseConnections", {"ProxyName": "loyalty-proxy"},
                [*about(6, 20, 0.2), *[40.0] * 11, 27.0, *about(7, 28, 0.2)], stat="Maximum")  # fmt: skip
    case.metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", {"ProxyName": "loyalty-proxy"}, [40.0] * 60, stat="Maximum")
    case.metric("AWS/RDS", "ClientConnections", {"ProxyName": "loyalty-proxy"},
                [*about(8, 20, 0.2), *about(45, 11, 0.05), 22.0, *about(9, 28, 0.2)], stat="Maximum")  # fmt: skip
    case.yaml(functions=["points-post", "points-expire"], destinations={"proxy": {
        "name": "loyalty-proxy.proxy-cb7t1xxu9aqe.us-east-1.rds.amazonaws.com", "port": 3306,
        "addresses": [proxy["PrivateIpAddress"], other["PrivateIpAddress"]]}})  # fmt: skip
