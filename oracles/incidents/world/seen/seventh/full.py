"""Destinations that are full: their own limits of connections, or of new connections."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    java_error,
    python_error,
    python_log,
    ramp,
    share,
)
from oracles.incidents.world.seen.seventh._sites import FULL, default_vpc, named, php_log, spoke, stack


@incident(
    source="composed: PostgreSQL's 53300 in the Black Week (remaining connection slots are reserved)",
    expert=named(FULL, "the database says that its connection slots are used up, and its count stands at the limit"),
)
def slots_reserved_in_black_week(case: CaseFolder) -> None:
    place = stack(case, "Shop", "10.20")
    own = case.group("shop-aurora", [allow(5432, place.group)])
    db = case.database("shop-writer", place.isolated[0], [own])
    host = "shop.cluster-c8r2m1xxq0pl.eu-central-1.rds.amazonaws.com"
    case.function("bestand-reservieren", place.private, [place.group], timeout=15)
    failed = python_error(
        "OperationalError",
        f'connection failed: connection to server at "{host}" ({db["PrivateIpAddress"]}), port 5432 failed: FATAL:  '
        "remaining connection "
        "slots are reserved for roles with the SUPERUSER attribute\n",
        ("/opt/python/psycopg/connection.py", 119, "connect", "raise last_ex.with_traceback(None)"),
    )
    retried = python_log("WARNING", "db connect failed, retrying in 0.4 s: FATAL:  sorry, too many clients already")
    calls = Traffic(case, "bestand-reservieren")
    calls.good(420, 0, 60, seconds=0.05)
    calls.good(46, 31, 60, retried, seconds=0.62)
    calls.bad(133, 31, 60, failed, seconds=0.09)
    calls.write()
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "shop-writer"},
        ramp(210, 402, 31) + [403.0, 405.0, 404.0, 405.0, 405.0, 404.0] * 4 + [405.0] * 5,
        stat="Maximum",
    )
    case.yaml(
        functions=["bestand-reservieren"],
        destinations={"aurora": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="https://github.com/brefphp/bref/issues/256 (RDS from Bref), MySQL's 1040 as PDO prints it; "
    "situation composed",
    expert=named(FULL, "MySQL answers 1040 Too many connections: its own limit"),
)
def laravel_sixty_connections(case: CaseFolder) -> None:
    failed = php_log(
        "SQLSTATE[HY000] [1040] Too many connections (Connection: mysql, SQL: select * from `kunden` where "
        '`kundennummer` = 4711 limit 1) {"exception":"[object] (Illuminate\\\\Database\\\\QueryException(code: 1040): '
        "SQLSTATE[HY000] [1040] Too many connections at /var/task/vendor/laravel/framework/src/Illuminate/Database/"
        'Connection.php:829)"}'
    )
    case.region = "eu-central-1"
    calls = Traffic(case, "kundenportal-web")
    calls.good(260, 0, 60, seconds=0.12)
    calls.bad(58, 17, 41, failed, seconds=0.06, error=False)
    calls.write(tail=True, metrics=False)
    case.yaml(functions=["kundenportal-web"], reported="Fehlerseite für Kunden zwischen 12:17 und 12:41, db.t4g.micro")


@incident(
    source="https://github.com/npgsql/npgsql/issues/4532 (Lambda with RDS Proxy, 200 runs at once); the "
    "proxy's own text",
    expert=named(
        FULL,
        "the proxy has no database connection to lend: its database connections stand at the maximum it allows itself",
        lacks=("security group",),
    ),
)
def proxy_that_has_nothing_to_lend(case: CaseFolder) -> None:
    place = spoke(case, "order-prod", "10.196")
    own = case.group("order-proxy", [allow(5432, place.group)])
    case.interface("order-proxy-a", place.data[0], [own], description="RDSNetworkInterface", requester="amazon-rds")
    case.function("order-splitter", place.app, [place.group], runtime="dotnet8", timeout=180, memory=1024)
    failed = dotnet_error(
        "Npgsql.PostgresException (0x80004005): 08000: Timed-out waiting to acquire database connection",
        "Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async, DataRowLoadingMode dataRowLoadingMode)",
        "Orders.Splitter.Persist(Order order) in /src/Orders/Splitter.cs:line 88",
    )
    calls = Traffic(case, "order-splitter")
    calls.good(300, 0, 24, seconds=0.4)
    calls.good(180, 24, 58, seconds=38.0)
    calls.bad(90, 25, 57, failed, seconds=124.0)
    calls.write(memory=1024, zeros=False)
    proxy = {"ProxyName": "order-proxy"}
    case.metric("AWS/RDS", "DatabaseConnections", proxy, about(31, 24, 0.2) + [90.0] * 36, stat="Maximum")
    case.metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", proxy, [90.0] * 60, stat="Maximum")
    case.metric("AWS/RDS", "ClientConnections", proxy, about(40, 24) + ramp(60, 240, 36), stat="Maximum")
    case.metric(
        "AWS/RDS", "DatabaseConnectionsBorrowLatency", proxy, about(900, 24) + ramp(4e6, 1.2e8, 36), stat="Average"
    )
    case.yaml(
        functions=["order-splitter"],
        destinations={"proxy": {"name": "order-proxy.proxy-c8r2m1xxq0pl.eu-central-1.rds.amazonaws.com", "port": 5432}},
    )


@incident(
    source="https://github.com/aws/aws-msk-iam-auth/issues/28 (Failed Authentication: Too many connects)",
    expert=named(FULL, "the brokers refuse further connections at IAM's limit of new ones: Too many connects"),
)
def brokers_say_too_many_connects(case: CaseFolder) -> None:
    place = spoke(case, "track-prod", "10.200", "us-west-2")
    own = case.group("msk-track", [allow((9092, 9098), place.group)])
    brokers = [
        case.interface(
            f"b-{n + 1}",
            place.data[n],
            [own],
            description=f"DO NOT DELETE - Amazon MSK network interface for cluster track broker {n + 1}",
            requester="amazon-msk",
        )
        for n in range(3)
    ]
    host = "b-2.track.q0w8ee.c8.kafka.us-west-2.amazonaws.com"
    case.function("parcel-events", place.app, [place.group], runtime="java17", timeout=60, memory=2048)
    failed = java_error(
        "org.apache.kafka.common.errors.SaslAuthenticationException: [5be1f3c2-0c0e-41c4-8f3a-7c2f0a1f9d11]: Too many "
        "connects",
    )
    noise = (
        "[kafka-producer-network-thread | producer-1] ERROR org.apache.kafka.clients.NetworkClient - [Producer "
        f"clientId=producer-1] Connection to node -1 ({host}/{brokers[1]['PrivateIpAddress']}:9098) "
        f"failed authentication due to: "
        "[5be1f3c2-0c0e-41c4-8f3a-7c2f0a1f9d11]: Too many connects\n"
    )
    calls = Traffic(case, "parcel-events")
    calls.good(240, 0, 60, seconds=0.3)
    calls.bad(66, 12, 19, noise, failed, seconds=1.1)
    calls.bad(52, 44, 50, noise, failed, seconds=1.1)
    calls.write(memory=2048)
    case.yaml(
        functions=["parcel-events"],
        destinations={"track": {"name": host, "port": 9098, "addresses": [brokers[1]["PrivateIpAddress"]]}},
    )


@incident(
    source="composed: an ElastiCache node at 65,000 clients, as in the singleton report of "
    "reference/aws-facts.md; metrics only",
    expert=named(
        FULL,
        "the node's connections stand flat at 65,000, an ElastiCache node's own limit, while the function fails",
        "preiscache",
    ),
)
def node_at_sixty_five_thousand(case: CaseFolder) -> None:
    place = stack(case, "Preis", "10.24")
    second = case.group("PreisStack-BatchSecurityGroup")
    own = case.group("preis-cache", [allow(6379, place.group, second)])
    cache = case.cache("preiscache-001", place.isolated[0], [own])
    case.function("preis-lesen", place.private, [place.group], runtime="nodejs22.x", timeout=6)
    case.function("preis-batch", place.private, [second], runtime="nodejs22.x", timeout=60)
    node = {"CacheClusterId": "preiscache-001", "CacheNodeId": "0001"}
    full = [64_998.0, 65_000.0, 65_000.0, 64_999.0, 65_000.0] * 7
    case.metric(
        "AWS/ElastiCache", "CurrConnections", node, ramp(21_000, 62_500, 25) + full, stat="Maximum", file="cache"
    )
    case.metric("AWS/ElastiCache", "EngineCPUUtilization", node, about(22, 60, 0.2), stat="Average", file="cache")
    for name, level in (("preis-lesen", 9_000), ("preis-batch", 2_200)):
        calls = about(level, 60)
        failing = [0.0] * 25 + [one or 0.0 for one in share(calls[25:], 0.31)]
        case.function_metrics(name, invocations=calls, errors=failing, duration=about(900, 25) + about(1_400, 35))
    case.without("ec2/network-acls")
    case.yaml(
        functions=["preis-lesen", "preis-batch"],
        destinations={
            "preiscache": {
                "name": "preiscache.p4w1ab.ng.0001.euc1.cache.amazonaws.com",
                "port": 6379,
                "addresses": [cache["PrivateIpAddress"]],
            }
        },
    )


@incident(
    source="composed: PgBouncer's no more connections allowed (max_client_conn), as psycopg2 prints it",
    expert=named(FULL, "PgBouncer refuses clients beyond its max_client_conn"),
)
def bouncer_at_max_client_conn(case: CaseFolder) -> None:
    place = default_vpc(case, "us-west-2")
    own = case.group("pgbouncer", [allow(6432, place.group)])
    box = case.interface("pgbouncer", place.subnets[0], [own], description="Primary network interface")
    address = box["PrivateIpAddress"]
    case.function("pick-list", place.subnets, [place.group], timeout=30)
    failed = python_error(
        "OperationalError",
        f'connection to server at "{address}", port 6432 failed: FATAL:  no more connections allowed '
        f"(max_client_conn)\n"
        f'connection to server at "{address}", port 6432 failed: FATAL:  no more connections allowed '
        f"(max_client_conn)\n",
        (
            "/opt/python/psycopg2/__init__.py",
            122,
            "connect",
            "conn = _connect(dsn, connection_factory=connection_factory)",
        ),
    )
    calls = Traffic(case, "pick-list")
    calls.bad(77, 8, 52, failed, seconds=0.06)
    calls.write(report=False, metrics=False)
    case.without("ec2/network-interfaces")
    case.yaml(functions=["pick-list"], destinations={"db": {"name": address, "port": 6432, "addresses": [address]}})
