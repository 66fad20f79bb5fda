"""Destinations that have all the connections that they take."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    java_error,
    node_error,
    python_error,
    python_log,
    ramp,
    share,
    times,
)
from oracles.incidents.world.seen.sixth._places import FULL, NAT_PORTS, cdk, default_vpc, named, ruby_error, spoke

LEADER = "leader.cluster-c0d1e2f3g4h5.us-east-2.rds.amazonaws.com"


@incident(
    source="https://github.com/brianc/node-postgres/issues/3016 (Lambda and Pool); composed: 53300 during a tournament",
    expert=named(FULL, "the database says that it has no slots left, and its connections stand at 405"),
)
def tournament_takes_every_slot(case: CaseFolder) -> None:
    place = cdk(case, "TourneyStack", "10.70", nats=1)
    own = case.group("TourneyStack-AuroraSg", [allow(5432, place.group)])
    db = case.database("leader-1", place.isolated[0], [own])
    name = "TourneyStack-JoinFn0B7745AC-hP2vNc9s"
    case.function(name, place.private, [place.group], runtime="nodejs22.x", timeout=29)
    failed = node_error(
        "remaining connection slots are reserved for roles with the SUPERUSER attribute", "error", length=124,
        stack=("Parser.parseErrorMessage (/var/task/node_modules/pg-protocol/dist/parser.js:283:98)",),
        severity="FATAL", code="53300", file="postinit.c", line="846", routine="InitPostgres",
    )  # fmt: skip
    calls = Traffic(case, name)
    calls.good(70, 0, 20, seconds=0.06)
    calls.good(180, 20, 42, seconds=0.4)
    calls.bad(160, 23, 42, failed, seconds=0.02)
    calls.good(60, 42, 60, seconds=0.06)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "leader-1"},
                [*about(96, 20), *ramp(140, 400, 3), *([405.0] * 19), *about(110, 18)], stat="Maximum")  # fmt: skip
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "leader-1"},
                [*about(22, 20), *about(61, 22), *about(25, 18)], stat="Average")  # fmt: skip
    case.without("ec2/network-acls")
    case.yaml(functions=[name], destinations={
        "leader": {"name": LEADER, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


PROXY = "titles.proxy-c5f6g7h8i9j0.ap-southeast-2.rds.amazonaws.com"


@incident(
    source="https://database-connection-pooling.com/.../diagnosing-rds-proxy-borrow-timeouts (borrow timeouts of RDS "
    "Proxy)",
    expert=named(
        FULL, "the proxy has no connection of its database left: all 90 of 90 are borrowed, most of them pinned"
    ),
)
def proxy_has_none_to_lend(case: CaseFolder) -> None:
    place = spoke(case, "vod", "10.47")
    own = case.group("vod-proxy", [allow(3306, place.group)])
    ends = [case.interface(f"proxy-{n}", place.data[n], [own], description="Network interface for DBProxy titles",
                           requester="amazon-rds") for n in (0, 1, 2)]  # fmt: skip
    case.function("title-search", place.apps, [place.group], runtime="java21", timeout=150, memory=2048)
    failed = java_error(
        "java.sql.SQLException: Timed-out waiting to acquire database connection",
        "com.mysql.cj.jdbc.exceptions.SQLError.createSQLException(SQLError.java:129)",
        "com.mysql.cj.jdbc.ConnectionImpl.connectOneTryOnly(ConnectionImpl.java:962)",
        "java.sql/java.sql.DriverManager.getConnection(DriverManager.java:681)",
    )
    calls = Traffic(case, "title-search")
    calls.good(150, 0, 16, seconds=0.3)
    calls.good(120, 16, 55, seconds=20)
    calls.bad(54, 16, 55, failed, seconds=124)
    calls.write(memory=2048)
    proxy = {"ProxyName": "titles", "Target": "db:titles-1"}
    series = {"DatabaseConnections": [*about(24, 15), 61.0, 84.0, *([90.0] * 43)],
              "DatabaseConnectionsCurrentlySessionPinned": [*about(3, 15), 40.0, 66.0, *about(84, 43, 0.05)],
              "MaxDatabaseConnectionsAllowed": [90.0] * 60,
              "DatabaseConnectionsBorrowLatency": [*about(310, 15), 9e6, 4.1e7,
                                                   *about(118_000_000, 43, 0.02)]}  # fmt: skip
    for metric, values in series.items():
        case.metric("AWS/RDS", metric, proxy, values, stat="Maximum", file="titles-proxy")
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses", "ec2/internet-gateways")
    case.yaml(functions=["title-search"], destinations={
        "proxy": {"name": PROXY, "port": 3306, "addresses": [one["PrivateIpAddress"] for one in ends]}})  # fmt: skip


@incident(
    source="composed: MemoryDB's own limit of clients, from Ruby's redis gem",
    expert=named(
        FULL, "the cluster says that its number of clients is reached, and it stands at its 65,000 connections"
    ),
)
def presence_store_at_its_clients(case: CaseFolder) -> None:
    place = spoke(case, "presence", "10.48")
    own = case.group("presence-memorydb", [allow(6379, place.group)])
    node = case.interface("memorydb-1", place.data[1], [own], description="MemoryDB presence-0001-001",
                          requester="amazon-memorydb")  # fmt: skip
    case.function("heartbeat", place.apps, [place.group], runtime="ruby3.2", timeout=10)
    failed = ruby_error("ERR max number of clients reached", "RedisClient::CommandError")
    calls = Traffic(case, "heartbeat")
    calls.good(260, 0, 60, seconds=0.02, logged=False)
    calls.bad(140, 31, 60, failed, seconds=0.03)
    calls.write(report=False, period=300)
    dims = {"ClusterName": "presence", "NodeName": "presence-0001-001"}
    case.metric("AWS/MemoryDB", "CurrConnections", dims, [*ramp(41_000, 64_300, 31, 0.01), *([65_000.0] * 29)],
                stat="Maximum", file="memorydb-presence")  # fmt: skip
    case.metric("AWS/MemoryDB", "NewConnections", dims, about(900, 60), file="memorydb-presence")
    case.without("ec2/network-acls", "ec2/dhcp-options")
    case.yaml(functions=["heartbeat"], destinations={
        "presence": {"name": "clustercfg.presence.k2m9vd.memorydb.ap-southeast-2.amazonaws.com", "port": 6379,
                     "addresses": [node["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: PgBouncer on an instance, with max_client_conn at its default of 100, seen from Django",
    expert=named(FULL, "PgBouncer answers and says that it takes no more clients than max_client_conn"),
)
def bouncer_takes_a_hundred(case: CaseFolder) -> None:
    subnets = default_vpc(case)
    group = case.group("zappa-prod", Description="zappa")
    own = case.group("pgbouncer-ec2", [allow(6432, group), allow(22, "198.18.0.0/15")])
    host = case.interface("pgbouncer", subnets[0], [own], description="Primary network interface")
    case.function("clinicportal-prod", subnets, [group], timeout=30)
    failed = python_error(
        "OperationalError", f'connection to server at "pgb.clinicportal.internal" ({host["PrivateIpAddress"]}), '
                            f'port 6432 '
        "failed: FATAL:  no more connections allowed (max_client_conn)\n",
        ("/var/task/django/db/backends/postgresql/base.py", 275, "get_new_connection",
         "connection = self.Database.connect(**conn_params)"),
    )  # fmt: skip
    calls = Traffic(case, "clinicportal-prod")
    calls.good(200, 0, 60, python_log("INFO", "[INFO] GET /api/patients 200"), seconds=0.3)
    calls.bad(37, 8, 14, failed, seconds=0.02)
    calls.bad(29, 44, 48, failed, seconds=0.02)
    calls.write(zeros=False)
    case.without("ec2/internet-gateways", "ec2/network-acls", "ec2/route-tables")
    case.yaml(functions=["clinicportal-prod"])


@incident(
    source="https://github.com/jmaver-plume/kafkajs-msk-iam-authentication-mechanism/issues/40 (3000 connections per "
    "broker with IAM)",
    expert=Expert((FULL,), (FULL,), Headline.OPEN, "both brokers' IAM connections stand at exactly 3,000 while the "
                  "broker ends new ones during authentication; the log alone would leave it open"),
)  # fmt: skip
def brokers_flat_at_three_thousand(case: CaseFolder) -> None:
    place = spoke(case, "playdata", "10.49")
    case.function("session-events", place.apps, [place.group], runtime="java17", timeout=60, memory=1024)
    broker = "b-2.playdata.m4x7yd.c4.kafka.ap-southeast-2.amazonaws.com"
    warn = ("[kafka-producer-network-thread | producer-1] WARN org.apache.kafka.clients.NetworkClient - [Producer "
            f"clientId=producer-1] Connection to node -2 ({broker}/10.49.65.20:9098) terminated during authentication. "
            "This may happen due to any of the following reasons: (1) Authentication failed due to invalid credentials "
            "with brokers older than 1.0.0, (2) Firewall blocking Kafka TLS traffic (eg it may only allow HTTPS "
            "traffic), (3) Transient network issue.\n")  # fmt: skip
    failed = java_error("org.apache.kafka.common.errors.TimeoutException: Topic play-events not present in metadata "
                        "after 15000 ms.", "com.play.Events.handleRequest(Events.java:71)")  # fmt: skip
    calls = Traffic(case, "session-events")
    calls.good(240, 0, 60, seconds=0.03, logged=False)
    calls.bad(66, 24, 59.7, warn, warn, failed, seconds=15.6)
    calls.write(report=False)
    for id in ("1", "2"):
        case.metric("AWS/Kafka", "ClientConnectionCount", {"Cluster Name": "playdata", "Broker ID": id,
                    "Client Authentication": "IAM"}, [*ramp(2100, 2960, 23, 0.01), *([3000.0] * 37)], stat="Maximum",
                    file=f"playdata-broker-{id}")  # fmt: skip
    case.without("ec2")
    case.yaml(functions=["session-events"], destinations={"broker": {"name": broker, "port": 9098}})


@incident(
    source="composed: two narrow places in one evening, each with an error of its own",
    expert=Expert((NAT_PORTS, FULL), (NAT_PORTS, FULL), Headline.NAMED, "the database refuses with 1040 from "
            "12:10 on, and "
                  "the NAT gateway could not allocate ports from 12:30 on"),
)  # fmt: skip
def premiere_night(case: CaseFolder) -> None:
    place = cdk(case, "PremiereStack", "10.71", region="ap-southeast-2", nats=1)
    nat = place.nats[0]
    own = case.group("PremiereStack-DbSg", [allow(3306, place.group)])
    db = case.database("entitlements", place.isolated[0], [own])
    names = ["PremiereStack-EntitleFn31C0DD52-yQ8wLx3f", "PremiereStack-DrmFn9E41B7A0-c5RnTz7k"]
    for one in names:
        case.function(one, place.private, [place.group], timeout=30)
    host = "entitlements.c8x2kq1m0aaa.ap-southeast-2.rds.amazonaws.com"
    refused = python_error("OperationalError", '(1040, "Too many connections")',
                           ("/opt/python/pymysql/connections.py", 716, "connect", "raise exc"))  # fmt: skip
    shown = case.log(names[0])
    for number, at in enumerate(times(60, 10, 60)):
        shown.invocation(at, refused, seconds=0.02, stream=number, report=False)
    calls = about(7_000, 60)
    case.function_metrics(names[0], invocations=calls, errors=[*([0.0] * 10), *share(calls[10:], 0.2)],
                          duration=about(6_600, 60), concurrent=[*ramp(220, 660, 10), *about(700, 50)])  # fmt: skip
    timed_out = python_error(
        "ConnectTimeout", "HTTPSConnectionPool(host='license.widecast.example', port=443): Max retries exceeded "
                          "with url: "
        "/cenc/getlicense (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at "
        "0x7f9b30a1c7c0>, "
        "'Connection to license.widecast.example timed out. (connect timeout=6)'))",
        ("/var/task/requests/adapters.py", 665, "send", "raise ConnectTimeout(e, request=request)"),
    )  # fmt: skip
    shown = case.log(names[1])
    for number, at in enumerate(times(60, 30, 60)):
        shown.invocation(at, timed_out, seconds=6.1, stream=number, report=False)
    calls = about(19_000, 60)
    case.function_metrics(names[1], invocations=calls, errors=[*([0.0] * 30), *share(calls[30:], 0.05)],
                          duration=[*about(2_300, 30), *about(6_150, 30, 0.01)],
                          concurrent=[*ramp(300, 640, 30), *about(900, 30)])  # fmt: skip
    case.nat_metrics(nat, active=[*ramp(21_000, 54_000, 30), *about(55_000, 30, 0.004)],
                     errors=[*([0.0] * 30), *about(1_900, 30, 0.3)])  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "entitlements"},
                [*ramp(220, 640, 10), *([648.0] * 50)], stat="Maximum")  # fmt: skip
    case.yaml(functions=names, destinations={
        "entitlements": {"name": host, "port": 3306, "addresses": [db["PrivateIpAddress"]]},
        "license": {"name": "license.widecast.example", "port": 443, "addresses": ["151.101.194.31"]}})  # fmt: skip
