"""Destinations that are full: small databases, free plans and proxies."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    incident,
    java_error,
    json_log,
    json_report,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.fourth._sites import (
    FULL,
    database,
    default_vpc,
    european,
    laravel,
    named,
    pg_error,
    ruby_error,
    to,
    wizard,
)


@incident(
    source="https://github.com/prisma/prisma1/issues/4496 (remaining connection slots are reserved, 53300)",
    expert=named(FULL, "PostgreSQL answers that its connection slots are taken, and they stand flat at 81"),
)
def micro_postgres_is_full(case: CaseFolder) -> None:
    home = default_vpc(case)
    db = database(case, "school", home.subnets[0], 5432, home.default)
    case.function("enrol", home.subnets, [home.default], runtime="nodejs20.x", timeout=10)
    said = "remaining connection slots are reserved for roles with the SUPERUSER attribute"
    calls = Traffic(case, "enrol")
    calls.good(310, 0, 60, seconds=0.08)
    calls.bad(120, 17, 41, pg_error(said, "53300", file="postinit.c", line="846", routine="InitPostgres"), seconds=0.04)
    calls.write()
    used = [22.0, 24.0, 31.0, 35.0] * 4 + [74.0] + [81.0, 81.0, 80.0, 81.0] * 6 + [66.0, 51.0, 40.0] + [33.0, 30.0] * 8
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "school"}, used, stat="Maximum")
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses")
    case.yaml(functions=["enrol"], destinations={
        "school": to("school.c9q8w7e6r5t4.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])})  # fmt: skip


@incident(
    source="composed: Laravel under Bref and a small MySQL (SQLSTATE[HY000] [1040] Too many connections)",
    expert=named(FULL, "MySQL refuses with 1040: it has as many connections as it takes"),
)
def laravel_and_too_many_connections(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    said = (
        "SQLSTATE[HY000] [1040] Too many connections (Connection: mysql, SQL: select * from `sessions` where `id` "
        "= x limit 1)"
    )
    calls = Traffic(case, "bookings-prod-web")
    calls.good(140, 0, 60, seconds=0.22)
    calls.bad(77, 30, 48, laravel(said, "Illuminate\\Database\\QueryException", 1040), seconds=0.03, error=False)
    calls.write(tail=True, metrics=False, memory=1024)
    case.yaml(functions=["bookings-prod-web"], reported="500 errors when the newsletter goes out")


@incident(
    source="https://github.com/brettwooldridge/HikariCP/issues/2349 (HikariCP and RDS Proxy); text of RDS Proxy's "
    "own answer",
    expert=named(
        FULL,
        "RDS Proxy lends all 45 connections that it may open and says that the wait for one timed out",
        lacks=("security group",),
    ),
)
def proxy_lends_all_it_has(case: CaseFolder) -> None:
    place = wizard(case, "tickets")
    own = case.group("tickets-proxy")
    proxy = case.interface(
        "tickets-proxy",
        place.private[0],
        [own],
        description="Network interface for DBProxy tickets",
        requester="amazon-rds",
    )
    own["IpPermissions"] = [
        {
            "IpProtocol": "tcp",
            "FromPort": 3306,
            "ToPort": 3306,
            "IpRanges": [],
            "Ipv6Ranges": [],
            "PrefixListIds": [],
            "UserIdGroupPairs": [{"GroupId": place.group["GroupId"]}],
        }
    ]
    case.function("reserve-seat", place.private, [place.group], runtime="java21", timeout=150, memory=1024)
    text = "java.sql.SQLNonTransientConnectionException: (conn=1738) Timed-out waiting to acquire database connection"
    calls = Traffic(case, "reserve-seat")
    calls.good(900, 0, 60, seconds=0.9)
    calls.bad(61, 12, 33, java_error(
        text, "org.mariadb.jdbc.export.ExceptionFactory.createException(ExceptionFactory.java:294)",
        "com.example.Reserve.handleRequest(Reserve.java:58)",
        causes=("java.sql.SQLException: Timed-out waiting to acquire database connection",)), seconds=124)  # fmt: skip
    calls.write(memory=1024)
    name = {"ProxyName": "tickets", "TargetGroup": "default"}
    lent = [9.0, 11.0, 14.0] * 4 + [45.0] * 21 + [31.0, 22.0] + [12.0] * 25
    case.metric("AWS/RDS", "DatabaseConnectionsCurrentlyBorrowed", name, lent, stat="Maximum", file="proxy")
    case.metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", name, [45.0] * 60, stat="Maximum", file="proxy")
    case.yaml(
        functions=["reserve-seat"],
        destinations={
            "proxy": to("tickets.proxy-cabc12de3fgh.us-east-1.rds.amazonaws.com", 3306, proxy["PrivateIpAddress"])
        },
    )


@incident(
    source="composed: a free Redis plan of 30 connections, and Sidekiq's client (ERR max number of clients reached)",
    expert=named(FULL, "the Redis answers that it has its greatest number of clients"),
)
def free_redis_of_thirty_clients(case: CaseFolder) -> None:
    case.function("enqueue-job", runtime="ruby3.3", timeout=15)
    text = "ERR max number of clients reached (redis://redis-14211.c13.us-east-1-3.ec2.redns.redis-cloud.com:14211)"
    calls = Traffic(case, "enqueue-job")
    calls.good(260, 0, 60, seconds=0.05)
    calls.bad(88, 20, 50, ruby_error("RedisClient::CommandError", text,
              "/var/task/vendor/bundle/ruby/3.3.0/gems/redis-client-0.22.2/lib/redis_client.rb:761:in `connect'"),
              seconds=0.04)  # fmt: skip
    calls.write(zeros=False)
    case.yaml(functions=["enqueue-job"], destinations={
        "redis": to("redis-14211.c13.us-east-1-3.ec2.redns.redis-cloud.com", 14211)})  # fmt: skip


@incident(
    source="composed: Supabase's pooler in session mode (MaxClientsInSessionMode), from Python with JSON logs",
    expert=named(FULL, "the pooler says that it has as many clients as its pool has places"),
)
def pooler_in_session_mode(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    place = wizard(case, "notes")
    case.function("notes-api", place.private, [place.group], timeout=20,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/notes-api",
                                 "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"})  # fmt: skip
    said = (
        'connection to server at "aws-0-eu-west-1.pooler.supabase.com" (52.212.78.31), port 5432 failed: FATAL:  '
        "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size\n"
    )
    trace = ['  File "/var/task/app.py", line 12, in lambda_handler\n    with psycopg2.connect(DSN) as conn:\n']
    failed = json_log("ERROR", said, errorType="OperationalError", stackTrace=trace,
                      location="/var/task/app.py:lambda_handler:12")  # fmt: skip
    calls = Traffic(case, "notes-api")
    calls.good(180, 0, 60, json_log("INFO", "ok", notes=3), json_report("success", 0.11), seconds=0.11)
    calls.bad(93, 25, 60, failed, json_report("error", 0.31, errorType="OperationalError"), seconds=0.31)
    calls.write(json=True)
    european(case)
    case.without("ec2/network-acls", "ec2/network-interfaces", "ec2/addresses")
    case.yaml(functions=["notes-api"], destinations={"pooler": to("aws-0-eu-west-1.pooler.supabase.com", 5432)})


@incident(
    source="https://github.com/jmaver-plume/kafkajs-msk-iam-authentication-mechanism/issues/40 (3,000 connections a "
    "broker with IAM); "
    "in Python: composed",
    expert=named(FULL, "the broker's connections stand at 3,000, its limit with IAM, and it closes those beyond"),
)
def broker_with_iam_is_full(case: CaseFolder) -> None:
    place = wizard(case, "events")
    own = case.group(
        "msk",
        [
            {
                "IpProtocol": "tcp",
                "FromPort": 9098,
                "ToPort": 9098,
                "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
                "UserIdGroupPairs": [],
            }
        ],
    )
    host = "b-1.events.k3x9qa.c4.kafka.us-east-1.amazonaws.com"
    broker = case.interface(
        "msk-1", place.private[0], [own], description="DO NOT DELETE - Amazon MSK network interface for cluster events"
    )
    case.function("emit-event", place.private, [place.group], timeout=30)
    address = broker["PrivateIpAddress"]
    lost = python_log(
        "ERROR",
        f"<BrokerConnection client_id=kafka-python-2.2.3, node_id=bootstrap-0 host={host}:9098 <authenticating> "
        f"[IPv4 ('{address}', 9098)]>: socket disconnected",
    )
    failed = python_error("NoBrokersAvailable", "NoBrokersAvailable",
                          ("/var/task/kafka/producer/kafka.py", 481, "__init__", "self._client = client"))  # fmt: skip
    calls = Traffic(case, "emit-event")
    calls.good(700, 0, 60, seconds=0.2)
    calls.bad(150, 31, 60, lost, failed, seconds=2.1)
    calls.write()
    about = {"Cluster Name": "events", "Broker ID": "1", "Client Authentication": "IAM"}
    open_ones = [1800.0 + 40 * minute for minute in range(30)] + [2999.0, 3000.0, 3000.0] * 10
    case.metric("AWS/Kafka", "ClientConnectionCount", about, open_ones, stat="Maximum", file="msk")
    case.yaml(functions=["emit-event"], destinations={"broker": to(host, 9098, address)})
