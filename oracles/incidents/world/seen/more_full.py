"""Further destinations that take no more connections, in the words of many; and three that only look like it."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    java_error,
    json_log,
    node_error,
    node_log,
    python_error,
    python_log,
    python_traceback,
    ramp,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen._sites import PYMYSQL, URLLIB3, site

FULL = "destination-connection-limit"
REFUSING = "destination-refusing"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _full(because: str, *says: str) -> Expert:
    return Expert((FULL,), (FULL,), Headline.NAMED, because, says)


@incident(
    source="https://iamanuragh.in/blog/2026-02-26-aws-rds-proxy-lambda-killing-your-database (checkout, inventory and "
           "order functions share one instance)",
    expert=_full("three functions share a database that says it has too many clients; the one in question has six "
                 "environments, the others have the rest"),
)  # fmt: skip
def neighbours_fill_the_database(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    for name in ("place-order", "reindex", "mailer"):
        case.function(name, [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=60)
    failed = node_error(
        "sorry, too many clients already",
        "PostgresError",
        code="53300",
        severity="FATAL",
        file="proc.c",
        line="359",
        routine="InitProcess",
        stack=("ErrorResponse (file:///var/task/node_modules/postgres/src/connection.js:794:26)",),
    )
    calls = Traffic(case, "place-order")
    calls.good(300, 0, 60, seconds=0.2, logged=False)
    calls.bad(71, 14, 47, failed, seconds=0.05)
    calls.write()
    case.function_metrics("reindex", invocations=about(190, 60), errors=[0.0] * 60,
                          concurrent=[*about(20, 13), *about(71, 34, 0.02), *about(22, 13)])  # fmt: skip
    case.function_metrics("mailer", invocations=about(30, 60), errors=unsaid_zeros([0.0] * 60),
                          concurrent=about(4, 60))  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                [*about(34, 13), *([81.0, 81.0, 80.0] * 11), 81.0, *about(35, 13)], stat="Maximum")  # fmt: skip
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://solidstudio.io/blog/aws-handle-database-connection (lambdas stop working under load)",
    expert=_full("the database's connections stand flat at 66 while the function's concurrency grows to 190, and the "
                 "errors begin in that minute", "orders"),
)  # fmt: skip
def connections_stand_flat_while_concurrency_grows(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(3306, place.app)])
    db = case.database("orders", place.data_b, [own])
    case.function("book", [place.private_a, place.private_b], [place.app], timeout=30)
    concurrent = [*ramp(12, 64, 20), *ramp(70, 190, 20), *about(190, 10), *ramp(120, 30, 10)]
    calls = [one * 40 for one in concurrent]
    errors: list[float | None] = [None] * 20 + share(calls[20:52], 0.3) + [None] * 8
    case.function_metrics("book", invocations=calls, errors=errors, concurrent=concurrent,
                          duration=about(1_500, 60))  # fmt: skip
    flat = [one if one < 66 else 66.0 for one in concurrent]
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"}, flat, stat="Maximum")
    case.yaml(functions=["book"], reported="db.t3.micro; about a third of the bookings fail at the peak", destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/redis/redis-py/issues/959 (AWS Lambda: connections increase endlessly)",
    expert=_full("a new client in each invocation; the node's connections stand at 65,000, and it says so itself"),
)
def elasticache_says_that_it_is_full(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("cache", [allow(6379, place.app)])
    cache = case.cache("sessions-001", place.data_a, [own])
    case.function("session", [place.private_a, place.private_b], [place.app], timeout=15)
    failed = python_error("ConnectionError", "max number of clients reached",
                          ("/var/task/redis/connection.py", 524, "read_response", "raise response"))  # fmt: skip
    calls = Traffic(case, "session")
    calls.good(1_500, 0, 60, seconds=0.04, logged=False)
    calls.bad(212, 26, 60, failed, seconds=0.02)
    calls.write(period=300, zeros=False)
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "sessions-001"},
                [51_200.0, 54_010.0, 56_870.0, 59_700.0, 62_610.0, *([65_000.0] * 7)], stat="Maximum",
                period=300)  # fmt: skip
    case.yaml(functions=["session"], destinations={
        "sessions": {"name": "sessions-001.x7k2lq.0001.use1.cache.amazonaws.com", "port": 6379,
                     "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://distributedjava.com/lambda-rds-connection-bottleneck.html (100 environments, 50 connections)",
    expert=_full("Go's driver prints MySQL's 1040 while the function scales out"),
)
def scale_out_against_a_small_instance(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(3306, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("vote", [place.private_a, place.private_b], [place.app], runtime="provided.al2023", timeout=10)
    calls = Traffic(case, "vote")
    calls.good(120, 0, 29, go_log("voted"), seconds=0.05)
    calls.good(1_620, 29, 33, go_log("voted"), seconds=9.0, logged=False)
    calls.bad(260, 29.3, 33, go_log("Error 1040 (08004): Too many connections"), seconds=0.04)
    calls.good(120, 34, 60, go_log("voted"), seconds=0.05)
    calls.write(tail=True)
    case.without("ec2/network-acls")
    case.yaml(functions=["vote"], destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/pgbouncer/pgbouncer/issues/293 (clients wait for a server connection)",
    expert=_full("PgBouncer lets the client in and has no server connection for it in 120 s, while others are served: "
                 "its pool to the database is all in use"),
)  # fmt: skip
def pgbouncer_has_no_server_connection(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("pgbouncer", [allow(6432, place.app)])
    host = case.interface("pgbouncer", place.data_a, [own], description="Primary network interface")
    case.function("search", [place.private_a, place.private_b], [place.app], timeout=180)
    failed = python_log("ERROR", python_traceback("asyncpg.exceptions.ProtocolViolationError: query_wait_timeout"))
    calls = Traffic(case, "search")
    calls.good(640, 0, 60, seconds=3.0, logged=False)
    calls.bad(58, 20, 50, failed, seconds=120.1, error=False)
    calls.write()
    case.yaml(
        functions=["search"],
        destinations={
            "pool": {"name": "pgbouncer.internal.example", "port": 6432, "addresses": [host["PrivateIpAddress"]]}
        },
    )


@incident(
    source="https://moabukar.co.uk/blog/rds-proxy-lambda-connection-pooling (a proxy for MySQL, borrow timeout)",
    expert=_full("RDS Proxy for MySQL says 9501: it waits for a database connection in vain; all of its share is lent"),
)
def rds_proxy_for_mysql_has_none_to_lend(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("proxy", [allow(3306, place.app)])
    address = case.interface("proxy", place.data_b, [own], description="Network interface for DBProxy shop",
                             requester="amazon-rds")["PrivateIpAddress"]  # fmt: skip
    case.function("basket", [place.private_a, place.private_b], [place.app], timeout=180)
    failed = python_error("OperationalError", "(9501, 'Timed-out waiting to acquire database connection')", PYMYSQL)
    calls = Traffic(case, "basket")
    calls.good(700, 0, 60, seconds=1.0, logged=False)
    calls.bad(39, 17, 33, failed, seconds=120.2)
    calls.write(period=300)
    case.without("ec2/security-groups", "ec2/addresses")
    case.yaml(functions=["basket"], destinations={
        "proxy": {"name": "shop.proxy-cx91mmz2aa4k.us-east-1.rds.amazonaws.com", "port": 3306,
                  "addresses": [address]}})  # fmt: skip


@incident(
    source="https://github.com/Automattic/mongoose/issues/12219 (extremely many connections on Atlas with lambda)",
    expert=Expert((), (FULL,), Headline.OPEN,
                  "the cluster closes new connections: as it does at its limit of connections, and on other grounds "
                  "as well; nothing here counts them"),
)  # fmt: skip
def atlas_closes_new_connections(case: CaseFolder) -> None:
    place = site(case)
    case.function("profile", [place.private_a, place.private_b], [place.app], runtime="nodejs20.x", timeout=30)
    failed = node_error("connection <monitor> to 54.173.88.20:27017 closed", "MongoServerSelectionError", stack=(
        "Topology.selectServer (/var/task/node_modules/mongodb/lib/sdam/topology.js:303:38)",
        "async MongoClient._connect (/var/task/node_modules/mongodb/lib/mongo_client.js:226:13)"))  # fmt: skip
    calls = Traffic(case, "profile")
    calls.good(420, 0, 60, seconds=0.2, logged=False)
    calls.bad(88, 24, 49, failed, seconds=5.1)
    calls.write()
    case.without("cloudwatch/nat")
    case.yaml(functions=["profile"], destinations={
        "atlas": {"name": "shop-shard-00-00.k2xqa.mongodb.net", "port": 27017,
                  "addresses": ["54.173.88.20", "54.173.91.4", "3.212.7.66"]}})  # fmt: skip


@incident(
    source="https://github.com/shalvah/RemindMeOfThisTweet/issues/12 (Redis Cloud's plan has 30 connections)",
    expert=_full("the hosted Redis answers each further client that it has its maximum"),
)
def redis_plan_has_thirty_clients(case: CaseFolder) -> None:
    case.function("remind", runtime="dotnet8", timeout=20)
    failed = dotnet_error("StackExchange.Redis.RedisServerException: ERR max number of clients reached",
                          "StackExchange.Redis.ConnectionMultiplexer.ConnectImpl(ConfigurationOptions configuration, "
                          "TextWriter writer, Nullable`1 serverType, EndPointCollection endpoints)")  # fmt: skip
    calls = Traffic(case, "remind")
    calls.good(90, 0, 60, seconds=0.1)
    calls.bad(44, 30, 36, failed, seconds=0.3)
    calls.write(period=300)
    case.yaml(functions=["remind"], destinations={
        "redis": {"name": "redis-16379.c8.us-east-1-2.ec2.cloud.redislabs.example", "port": 16379}})  # fmt: skip


@incident(
    source="https://aws.amazon.com/premiumsupport/knowledge-center/opensearch-resolve-429-error/",
    expert=Expert((), (), Headline.EITHER,
                  "the cluster answers 429 to requests, because its write queue is full; every connection works"),
)  # fmt: skip
def opensearch_says_429(case: CaseFolder) -> None:
    place = site(case)
    case.function("index", [place.private_a, place.private_b], [place.app], timeout=60)
    failed = python_error("TransportError", "TransportError(429, '429 Too Many Requests /_bulk')",
                          ("/opt/python/opensearchpy/connection/base.py", 315, "_raise_error",
                           "raise HTTP_EXCEPTIONS.get(status_code, TransportError)("))  # fmt: skip
    calls = Traffic(case, "index")
    calls.good(300, 0, 60, seconds=0.8)
    calls.bad(190, 11, 52, failed, seconds=1.2)
    calls.write()
    case.function_metrics("index", throttles=[0.0] * 60)
    case.yaml(functions=["index"], destinations={
        "search": {"name": "vpc-logs-a1b2c3.us-east-1.es.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://www.michal-drozd.com/en/blog/tcpdump-syn-no-accept-backlog-trap/ (or a fast RST)",
    expert=Expert((REFUSING, FULL), (REFUSING, FULL), Headline.NAMED,
                  "one connect in ten is refused at the peak and none at other times: the service listens, and its "
                  "full backlog answers with resets", ("pricing",)),
)  # fmt: skip
def full_backlog_refuses(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("pricing", [allow(9000, place.app)])
    address = case.interface("pricing", place.data_b, [own], description="Primary network interface",
                             )["PrivateIpAddress"]  # fmt: skip
    case.function("offer", [place.private_a, place.private_b], [place.app], timeout=10,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/offer"})  # fmt: skip
    failed = json_log("ERROR", f"HTTPConnectionPool(host='{address}', port=9000): Max retries exceeded with url: "
                      "/offer (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at "
                      "0x7fb0c2>: Failed to establish a new connection: [Errno 111] Connection refused'))",
                      errorType="ConnectionError")  # fmt: skip
    calls = Traffic(case, "offer")
    calls.good(600, 0, 30, seconds=0.05, logged=False)
    calls.good(1_800, 30, 42, json_log("INFO", "offer made"), seconds=0.4)
    calls.bad(190, 30, 42, failed, seconds=0.02)
    calls.good(400, 42, 60, seconds=0.05, logged=False)
    calls.write(json=True)
    case.yaml(functions=["offer"], destinations={
        "pricing": {"name": "pricing.internal.example", "port": 9000, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://errornotes.dev/en/errors/aws/fix-aws-alb-503-service-unavailable-no-healthy-targets-in-target-group",
    expert=Expert((), (), Headline.EITHER,
                  "the load balancer takes every connection and answers 503: what fails is behind it"),
)  # fmt: skip
def load_balancer_answers_503(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("alb", [allow(443, "10.0.0.0/16")])
    lb = case.interface("alb", place.data_a, [own], description="ELB app/items/5d0f3b1c2e4a6978",
                        requester="amazon-elb")  # fmt: skip
    case.function("gateway", [place.private_a], [place.app], timeout=29)
    host = "internal-items-1372810426.us-east-1.elb.amazonaws.com"
    failed = python_error("HTTPError", f"503 Server Error: Service Temporarily Unavailable for url: https://{host}/v1",
                          URLLIB3)  # fmt: skip
    calls = Traffic(case, "gateway")
    calls.good(410, 0, 60, seconds=0.2)
    calls.bad(122, 20, 41, failed, seconds=0.1)
    calls.write()
    name = {"LoadBalancer": "app/items/5d0f3b1c2e4a6978"}
    case.metric("AWS/ApplicationELB", "TargetConnectionErrorCount", name, [None] * 20 + about(6, 21) + [None] * 19,
                file="alb")  # fmt: skip
    case.metric("AWS/ApplicationELB", "RejectedConnectionCount", name, [None] * 60, file="alb")
    case.yaml(functions=["gateway"], destinations={
        "items": {"name": host, "port": 443, "addresses": [lb["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://dbadataverse.com/tech/letstalkoracle/2026/05/ora-00020-maximum-processes-exceeded",
    expert=_full("Oracle says that its maximum of processes is exceeded: each connection is one of them"),
)
def oracle_has_its_processes(case: CaseFolder) -> None:
    failed = java_error(
        "java.sql.SQLException: ORA-00020: maximum number of processes (300) exceeded",
        "oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:743)",
        causes=(("oracle.net.ns.NetException: Listener refused the connection with the following error:\nORA-12516, "
                "TNS:listener could not find available handler with matching protocol stack"),),
    )  # fmt: skip
    calls = Traffic(case, "ledger")
    calls.good(200, 0, 60, seconds=1.2, logged=False)
    calls.bad(31, 12, 24, failed, seconds=0.3)
    calls.write()
    case.function("ledger", runtime="java17")
    case.yaml(functions=["ledger"], destinations={"oracle": {"name": "ora1.corp.example", "port": 1521}})


@incident(
    source="https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues (10928, 10936)",
    expert=_full("the hosted SQL database says that its session limit of 300 has been reached"),
)
def hosted_sql_has_its_sessions(case: CaseFolder) -> None:
    place = site(case)
    case.function("billing", [place.private_a, place.private_b], [place.app], runtime="dotnet8", timeout=60)
    failed = dotnet_error(
        "Microsoft.Data.SqlClient.SqlException (0x80131904): Resource ID : 2. The session limit for the database is "
        "300 and has been reached. See 'https://docs.microsoft.com/azure/azure-sql/database/resource-limits-logical-"
        "server' for assistance.\nError Number:10928,State:1,Class:20"
    )
    calls = Traffic(case, "billing")
    calls.good(520, 0, 60, seconds=2.0, logged=False)
    calls.bad(66, 41, 59, failed, seconds=0.4)
    calls.write()
    reached = about(10, 60)
    case.nat_metrics(place.nat, attempts=reached, established=reached, errors=[0.0] * 60, active=about(260, 60, 0.04))
    case.yaml(functions=["billing"], destinations={
        "sql": {"name": "shop.database.windows.example", "port": 1433, "addresses": ["40.79.153.12"]}})  # fmt: skip


@incident(
    source="https://errornotes.dev/en/errors/aws/fix-aws-rds-fatal-too-many-connections-for-role-error",
    expert=_full("the database limits one role, and says so to the function that uses it; the other function, with a "
                 "role of its own, goes on"),
)  # fmt: skip
def one_role_has_its_connections(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    address = db["PrivateIpAddress"]
    case.function("export", [place.private_a], [place.app], runtime="provided.al2023", timeout=60)
    case.function("place-order", [place.private_a], [place.app], runtime="nodejs22.x", timeout=10)
    failed = go_log(f"failed to connect to `user=export database=orders`: {address}:5432 ({ORDERS}): server error: "
                    'FATAL: too many connections for role "export" (SQLSTATE 53300)')  # fmt: skip
    calls = Traffic(case, "export")
    calls.good(110, 0, 60, go_log("exported"), seconds=8.0)
    calls.bad(47, 10, 44, failed, seconds=0.03)
    calls.write()
    others = Traffic(case, "place-order")
    others.good(380, 0, 60, node_log("INFO", "stored"), seconds=0.05)
    others.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"}, about(36, 60), stat="Maximum")
    case.yaml(functions=["export", "place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [address]}})  # fmt: skip
