"""Destinations that take no more connections."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    java_error,
    node_error,
    python_error,
    python_log,
    ramp,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen.fifth._platform import FULL, failing_lines, named, ruby_error, spoke


@incident(
    source="https://hivebrain.dev/entry/899 (remaining connection slots are reserved; Lambda direct to RDS)",
    expert=named(
        FULL,
        because="Postgres itself says that its slots are taken (53300), and its connections stand flat at the top "
        "while two functions scale",
    ),
)
def reserved_slots_while_two_functions_scale(case: CaseFolder) -> None:
    place = spoke(case, "orders", "10.64")
    own = case.group("orders-aurora", [allow(5432, place.app)], vpc=place.vpc)
    db = case.database("orders-1", place.data[0], [own])
    for name in ("order-api", "order-events"):
        case.function(name, place.workload, [place.app], runtime="nodejs22.x", timeout=30)
    failed = node_error(
        "remaining connection slots are reserved for roles with the SUPERUSER attribute", "error",
        stack=("Parser.parseErrorMessage (/var/task/node_modules/pg-protocol/dist/parser.js:285:98)",
               "Parser.handlePacket (/var/task/node_modules/pg-protocol/dist/parser.js:122:29)"),
        length=127, severity="FATAL", code="53300", file="postinit.c", line="846", routine="InitPostgres",
    )  # fmt: skip
    busy = [*about(900, 22), *about(2600, 20), *about(950, 18)]
    case.function_metrics("order-api", invocations=busy, concurrent=[*about(70, 22), *about(420, 20), *about(74, 18)],
                          errors=[*[0.0] * 22, *about(610, 20), *[0.0] * 18])  # fmt: skip
    case.function_metrics("order-events", invocations=about(400, 60), concurrent=[*about(31, 22), *about(60, 20),
                          *about(30, 18)], errors=[*[0.0] * 22, *about(90, 20), *[0.0] * 18])  # fmt: skip
    failing_lines(case, "order-api", [1323 + 7.3 * number for number in range(60)], failed, seconds=0.04)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders-1"},
                [*about(131, 22), *[402.0, 405.0] * 10, *about(140, 18)], stat="Maximum", file="orders-1")  # fmt: skip
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "orders-1"},
                [*about(28, 22), *about(55, 20), *about(30, 18)], stat="Average", file="orders-1")  # fmt: skip
    case.yaml(functions=["order-api", "order-events"], destinations={
        "orders": {"name": "orders.cluster-c1m4tz7wq0xe.us-east-1.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}},
        reported="12:22 campaign push; lines are the first 60 of order-api")  # fmt: skip


@incident(
    source="https://bot.dharman.net/reports.php?id=1986590 (RDS Proxy: it requests more connections than the database "
    "can take; error 9501 Timed-out waiting to acquire database connection)",
    expert=named(
        FULL,
        because="the proxy answers and cannot borrow a connection within two minutes: its connections to the database "
        "stand at the allowed 270",
    ),
)
def proxy_cannot_borrow_a_connection(case: CaseFolder) -> None:
    place = spoke(case, "stock", "10.76")
    own = case.group("stock-proxy", [allow(3306, place.app)], vpc=place.vpc)
    doors = [case.interface(f"proxy-{number}", one, [own], description="Network interface for DBProxy stock-proxy",
             requester="amazon-rds") for number, one in enumerate(place.data)]  # fmt: skip
    host = "stock-proxy.proxy-c7ew0pjt3knd.us-east-1.rds.amazonaws.com"
    case.function("reserve-stock", place.workload, [place.app], timeout=180)
    failed = python_error(
        "OperationalError", "(9501, 'Timed-out waiting to acquire database connection')",
        ("/opt/python/pymysql/connections.py", 365, "__init__", "self.connect()"),
        ("/opt/python/pymysql/err.py", 150, "raise_mysql_exception", "raise errorclass(errno, errval)"),
    )  # fmt: skip
    calls = Traffic(case, "reserve-stock")
    calls.good(190, 0, 30, python_log("INFO", "reserved"), seconds=0.3)
    calls.bad(160, 30, 46, failed, seconds=120.4)
    calls.good(70, 49, 60, python_log("INFO", "reserved"), seconds=0.5)
    calls.write(report=False)
    proxy = {"ProxyName": "stock-proxy"}
    case.metric("AWS/RDS", "ClientConnections", proxy, [*about(40, 30), *ramp(90, 330, 18), *about(60, 12)],
                file="stock-proxy", stat="Maximum")  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", proxy, [*about(22, 30), *[270.0] * 18, *about(41, 12)],
                file="stock-proxy", stat="Maximum")  # fmt: skip
    case.metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", proxy, [270.0] * 60, file="stock-proxy", stat="Maximum")
    case.metric("AWS/RDS", "DatabaseConnectionsCurrentlySessionPinned", proxy, [*about(3, 30), *about(251, 18),
                *about(4, 12)], file="stock-proxy", stat="Maximum")  # fmt: skip
    case.yaml(functions=["reserve-stock"], destinations={
        "stock": {"name": host, "port": 3306, "addresses": [one["PrivateIpAddress"] for one in doors]}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-msk-iam-auth/issues/28 (failed authentication due to: Too many connects)",
    expert=named(
        FULL,
        because="the brokers themselves turn connections away ('Too many connects') and count them in "
        "IAMTooManyConnections: the IAM listener takes only so many a second",
    ),
)
def brokers_say_too_many_connects(case: CaseFolder) -> None:
    place = spoke(case, "clicks", "10.68")
    own = case.group("msk-clicks", [allow(9098, place.app)], vpc=place.vpc)
    brokers = [case.interface(f"msk-{number}", one, [own], description="DO NOT DELETE - Amazon MSK network interface "
               "for cluster clicks", requester="amazon-msk") for number, one in enumerate(place.data)]  # fmt: skip
    addresses = [one["PrivateIpAddress"] for one in brokers]
    hosts = [f"b-{number}.clicks.9w2kfa.c6.kafka.us-east-1.amazonaws.com" for number in (1, 2, 3)]
    case.function("click-sink", place.workload, [place.app], runtime="java17", timeout=60, memory=1024)
    lines = [
        f"[kafka-producer-network-thread | producer-1] ERROR org.apache.kafka.clients.NetworkClient - [Producer "
        f"clientId=producer-1] Connection to node -{number + 1} ({hosts[number]}/{addresses[number]}:9098) failed "
        f"authentication due to: [0c9f4d0b-7a41-4f0e-9d1c-6b1f5a0e77c{number}]: Too many connects\n"
        for number in range(3)
    ]
    failed = java_error(
        "org.apache.kafka.common.errors.SaslAuthenticationException: [0c9f4d0b-7a41-4f0e-9d1c-6b1f5a0e77c2]: Too many "
        "connects",
        "com.acme.clicks.Sink.flush(Sink.java:88)",
    )
    calls = Traffic(case, "click-sink")
    calls.good(200, 0, 60, seconds=0.2, logged=False)
    calls.bad(75, 8, 15, *lines, failed, seconds=1.9)
    calls.bad(64, 38, 44, *lines[:1], failed, seconds=1.7)
    calls.write(report=False, memory=1024)
    refused = [*[0.0] * 8, *about(140, 7), *[0.0] * 23, *about(120, 6), *[0.0] * 16]
    for number in (1, 2, 3):
        dimensions = {"Cluster Name": "clicks", "Broker ID": str(number)}
        case.metric("AWS/Kafka", "IAMTooManyConnections", dimensions, unsaid_zeros(refused), file="msk-clicks")
        case.metric("AWS/Kafka", "ConnectionCount", dimensions, about(820 + 9 * number, 60), file="msk-clicks",
                    stat="Maximum")  # fmt: skip
    case.yaml(functions=["click-sink"], destinations={
        "clicks": {"name": hosts[0], "port": 9098, "addresses": addresses}})  # fmt: skip


@incident(
    source="https://quangpao-dev.pages.dev elasticache-singleton (a client per invocation: 65,000 connections), as "
    "told in reference/aws-facts.md",
    expert=named(
        FULL,
        because="the node's connections stand flat at 65,000, which is all it takes, and it cuts each new one",
    ),
)
def memory_db_node_at_sixty_five_thousand(case: CaseFolder) -> None:
    place = spoke(case, "sessions", "10.84")
    own = case.group("memorydb-sessions", [allow(6379, "10.84.0.0/16")], vpc=place.vpc)
    nodes = [case.interface(f"mdb-{number}", one, [own], description="MemoryDB sessions-0001-00" + str(number + 1),
             requester="amazon-memorydb") for number, one in enumerate(place.data[:2])]  # fmt: skip
    host = "clustercfg.sessions.u1mkxw.memorydb.us-east-1.amazonaws.com"
    case.function("session-touch", place.workload, [place.app], runtime="ruby3.3", timeout=10)
    failed = ruby_error(
        "RedisClient::CannotConnectError", f"Connection reset by peer (rediss://{host}:6379)",
        "/var/task/vendor/bundle/ruby/3.3.0/gems/redis-client-0.22.2/lib/redis_client.rb:769:in `connect'",
        "/var/task/vendor/bundle/ruby/3.3.0/gems/redis-client-0.22.2/lib/redis_client.rb:722:in `raw_connection'",
    )  # fmt: skip
    calls = about(5200, 60)
    case.function_metrics("session-touch", invocations=calls, concurrent=about(96, 60),
                          errors=[*[0.0] * 19, *share(calls[19:], 0.7)], throttles=[0.0] * 60)  # fmt: skip
    failing_lines(case, "session-touch", [1150 + 11.9 * number for number in range(80)], failed, seconds=0.03)
    node = {"ClusterName": "sessions", "NodeName": "sessions-0001-001"}
    case.metric("AWS/MemoryDB", "CurrConnections", node, [*ramp(21_000, 63_800, 19), *[65_000.0] * 41],
                stat="Maximum", file="sessions-0001-001")  # fmt: skip
    case.metric("AWS/MemoryDB", "NewConnections", node, [*about(5150, 19), *about(1490, 41)], file="sessions-0001-001")
    case.metric("AWS/MemoryDB", "EngineCPUUtilization", node, about(34, 60), stat="Average", file="sessions-0001-001")
    case.yaml(functions=["session-touch"], destinations={
        "sessions": {"name": host, "port": 6379, "addresses": [one["PrivateIpAddress"] for one in nodes]}},
        reported="sessions lost since the 11:40 release; the web tier on ECS gets resets too")  # fmt: skip


@incident(
    source="composed: PgBouncer's own words, 'no more connections allowed (max_client_conn)', through Npgsql",
    expert=named(FULL, because="PgBouncer answers that it takes no more clients: its own max_client_conn"),
)
def bouncer_takes_no_more_clients(case: CaseFolder) -> None:
    place = spoke(case, "billing", "10.92", zones="ab")
    own = case.group("pgbouncer-nlb", [allow(6432, "10.92.0.0/16")], vpc=place.vpc)
    door = case.interface("nlb-0", place.data[0], [own], type="network_load_balancer", requester="amazon-elb",
                          description="ELB net/pgbouncer/0b77d1e29c4a5f68")  # fmt: skip
    case.function("invoice-lines", place.workload, [place.app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "Npgsql.PostgresException (0x80004005): 08P01: no more connections allowed (max_client_conn)",
        "Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async, DataRowLoadingMode dataRowLoadingMode, Boolean "
        "readingNotifications, Boolean isReadingPrependedMessage)",
        "Npgsql.Internal.NpgsqlConnector.Open(NpgsqlTimeout timeout, Boolean async, CancellationToken ct)",
        "Billing.Lines.Function.Handle(SQSEvent batch) in /src/Lines/Function.cs:line 57",
    )
    calls = Traffic(case, "invoice-lines")
    calls.good(420, 0, 60, seconds=0.25, logged=False)
    calls.bad(130, 3, 11, failed, seconds=0.07)
    calls.bad(95, 33, 41, failed, seconds=0.06)
    calls.write(report=False, period=300)
    case.without("ec2", "lambda")
    case.yaml(functions=["invoice-lines"], destinations={
        "bouncer": {"name": "pgbouncer.billing.internal", "port": 6432, "addresses": [door["PrivateIpAddress"]]}},
        reported="month end")  # fmt: skip
