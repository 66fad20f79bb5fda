"""Too little evidence, or evidence that fits several causes: an expert asks for more before naming anything."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import calls
from oracles.incidents.world.seen.second.shapes import Record, about, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, ENI, NAT, SILENT, left_open, named, no_name


@incident(
    source="Stack Overflow: psycopg2 timeout expired from Lambda to RDS (nothing but the log)",
    expert=left_open(
        "every connect has been unanswered since the log begins, and there is nothing else: a rule, a route or a "
        "database that is down, one cannot tell them apart from here",
        BLOCKED,
        SILENT,
    ),
)
def nothing_but_a_log_of_connects_without_answers(case: CaseFolder) -> None:
    host = "app.cexample.us-east-1.rds.amazonaws.com"
    about(
        case,
        "us-east-1",
        ("2026-11-09T18:00", "2026-11-09T18:30"),
        ["signup"],
        db=f"name: {host}, port: 5432, addresses: [10.0.21.14]",
    )
    log = Log("signup", "2026-11-09T18:00")
    failed = python(
        "OperationalError", f'connection to server at "{host}" (10.0.21.14), port 5432 failed: timeout expired\n'
    )
    log.every(2, 1790, 60, failed, ms=5_010, envs=2)
    log.events(case)


@incident(
    source="jeremydaly/serverless-mysql 132: Error: connect ETIMEDOUT (while connecting lambda to RDS), 2 % of the "
    "time",
    expert=left_open(
        "two connects in a hundred get no answer at any load, all others do; routes and groups are right, so it is "
        "nothing that stands in a table of rules, and what drops them the evidence does not show",
        SILENT,
    ),
)
def two_connects_in_a_hundred_get_no_answer(case: CaseFolder) -> None:
    net = usual("aurora", "ap-south-1")
    net.group("db", into=[rule(3306, "10.20.0.0/16")])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("api", ["private-a", "private-b"], runtime="nodejs20.x", timeout=30)
    net.write(case)
    host = "aurora.cluster-cexample.ap-south-1.rds.amazonaws.com"
    about(
        case,
        "ap-south-1",
        ("2026-11-14T06:00", "2026-11-14T07:00"),
        ["api"],
        db=f"name: {host}, port: 3306, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-14T06:00", "api", 60, 150, (60, 0.02), failing_ms=10_200)
    log = Log("api", "2026-11-14T06:00")
    frame = "    at Connection._handleConnectTimeout (/var/task/node_modules/mysql/lib/Connection.js:409:13)"
    more: Record = {"code": "ETIMEDOUT", "errorno": "ETIMEDOUT", "syscall": "connect", "fatal": True}
    for number in range(150):
        if number % 50 == 17:
            log.invoke(number * 24.0, node("Error", "connect ETIMEDOUT", frame, **more), ms=10_030, env=number % 6)
        else:
            log.invoke(number * 24.0, "<t>\t<r>\tINFO\t200 /orders\n", ms=70, env=number % 6)
    log.events(case)


@incident(
    source="AWS re:Post: connect timeouts at peak from 3,000 concurrent Lambdas through one NAT gateway (no NAT "
    "metrics)",
    expert=left_open(
        "with 3,000 environments, a few sockets each and one address, the gateway's ports, the interfaces and the peer "
        "are all in question; nobody collected the gateway's metrics, which would settle it",
        NAT,
        ENI,
        SILENT,
    ),
)
def timeouts_at_the_peak_without_the_gateways_metrics(case: CaseFolder) -> None:
    net = usual("raffle", "us-east-1", "a")
    net.function("enter", ["private-a"], runtime="nodejs20.x", timeout=30)
    net.write(case, "network-acls")
    about(
        case,
        "us-east-1",
        ("2026-11-28T17:00", "2026-11-28T17:30"),
        ["enter"],
        store="name: store.kvhouse.example, port: 443, addresses: [203.0.113.95]",
    )
    calls(case, "2026-11-28T17:00", "enter", 30, 30_000, (5, 0.0), (25, 0.2), failing_ms=10_300, busy=3_000)
    log = Log("enter", "2026-11-28T17:00")
    failed = node(
        "TimeoutError",
        "Timeout awaiting 'connect' for 10000ms",
        "    at ClientRequest.<anonymous> (/var/task/node_modules/got/dist/source/core/timed-out.js:151:31)",
        code="ETIMEDOUT",
        event="connect",
    )
    log.every(305, 1790, 9, failed, ms=10_060, envs=100)
    log.every(4, 1790, 12, "<t>\t<r>\tINFO\tentered\n", ms=5_000, envs=100)
    log.events(case)


@incident(
    source="opensearch-project/opensearch-py 723: ConnectionTimeout caused by ReadTimeoutError under load",
    expert=no_name(
        "all failures are answers that do not come within ten seconds on connections that stand: a slow search "
        "cluster, "
        "not a connection that fails"
    ),
)
def the_search_cluster_answers_too_late(case: CaseFolder) -> None:
    net = usual("shopsearch", "ap-south-1")
    net.group("search", into=[rule(443, net["app"])])
    net.interface("data-a", "10.20.51.44", "ES shopsearch", ["search"])
    net.function("suggest", ["private-a", "private-b"], timeout=30)
    net.write(case)
    host = "vpc-shopsearch-abcdefgh.ap-south-1.es.amazonaws.com"
    about(
        case,
        "ap-south-1",
        ("2026-11-13T12:00", "2026-11-13T12:40"),
        ["suggest"],
        search=f"name: {host}, port: 443, addresses: [10.20.51.44]",
    )
    calls(case, "2026-11-13T12:00", "suggest", 40, 300, (10, 0.0), (30, 0.25), failing_ms=10_900, ms=900)
    log = Log("suggest", "2026-11-13T12:00")
    failed = python(
        "ConnectionTimeout",
        f"ConnectionTimeout caused by - ReadTimeoutError(HTTPSConnectionPool(host='{host}', port=443): Read timed out. "
        "(read timeout=10))",
    )
    log.every(605, 2380, 16, failed, ms=10_400, envs=20)
    log.every(3, 2380, 20, "[INFO]\t<t>\t<r>\ttook 812 ms\n", ms=830, envs=20)
    log.events(case)


@incident(
    source="AWS CLI: describe-route-tables with a filter, the functions' own table is not in the answer",
    expert=left_open(
        "all connects time out, and of all files the one that would tell is cut: neither the subnet's own route table "
        "nor the main one is in it",
        BLOCKED,
        SILENT,
    ),
)
def the_route_table_in_question_was_filtered_out(case: CaseFolder) -> None:
    net = usual("survey2", "us-east-2", "a")
    net.function("submit", ["private-a"], timeout=20)
    net.of["route-tables"] = [net.record("route-tables", "public"), net.record("route-tables", "data")]
    net.write(case, "network-acls")
    about(
        case,
        "us-east-2",
        ("2026-11-17T11:00", "2026-11-17T11:40"),
        ["submit"],
        forms="name: api.formhouse.example, port: 443, addresses: [203.0.113.112]",
    )
    calls(case, "2026-11-17T11:00", "submit", 40, 4, (40, 1.0), failing_ms=10_300)
    log = Log("submit", "2026-11-17T11:00")
    failed = python(
        "ConnectTimeout",
        "HTTPSConnectionPool(host='api.formhouse.example', port=443): Max retries exceeded with url: /v1 (Caused by "
        "ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to api.formhouse.example "
        "timed out. (connect timeout=10)'))",
    )
    log.every(4, 2380, 80, failed, ms=10_090, envs=2)
    log.events(case)


@incident(
    source="prisma/orm 19820: Inappropriate Connection Pool Timeout Error (pool timeout 10, limit 1) in AWS Lambda",
    expert=left_open(
        "the client's own pool of one connection was busy for ten seconds: a slow query, a lost connection or a "
        "connect "
        "that hangs beneath it; the words do not say which"
    ),
)
def the_clients_own_pool_was_busy(case: CaseFolder) -> None:
    net = usual("gql", "eu-west-1")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("graphql-api", ["private-a", "private-b"], runtime="nodejs20.x", timeout=20)
    net.write(case, "network-acls")
    host = "gql.cexample.eu-west-1.rds.amazonaws.com"
    about(
        case,
        "eu-west-1",
        ("2026-11-20T16:00", "2026-11-20T17:00"),
        ["graphql-api"],
        db=f"name: {host}, port: 5432, addresses: [10.20.51.23]",
    )
    log = Log("graphql-api", "2026-11-20T16:00")
    failed = node(
        "PrismaClientKnownRequestError",
        "\nInvalid `prisma.order.findMany()` invocation:\n\n\nTimed out fetching a new connection from the connection "
        "pool. More info: http://pris.ly/d/connection-pool (Current connection pool timeout: 10, connection limit: 1)",
        "    at ai.handleRequestError (/var/task/node_modules/@prisma/client/runtime/library.js:122:6877)",
        code="P2024",
        clientVersion="5.13.0",
    )
    log.every(100, 3500, 310, failed, ms=10_400, envs=7)
    log.every(2, 3500, 30, "<t>\t<r>\tINFO\torders 200\n", ms=80, envs=7)
    log.events(case)


@incident(
    source="prisma/orm: P1001 Can't reach database server, now and then, database scales to zero at night",
    expert=named(
        SILENT,
        "for two minutes at 04:00 every connect waited five seconds in vain, and before and after it the database "
        "answered: it paused, restarted or was out of reach; no rule comes and goes like that",
    ),
)
def the_database_could_not_be_reached_for_two_minutes(case: CaseFolder) -> None:
    host = "night.cluster-cexample.eu-west-1.rds.amazonaws.com"
    about(
        case,
        "eu-west-1",
        ("2026-11-21T03:30", "2026-11-21T04:30"),
        ["night-report"],
        db=f"name: {host}, port: 5432, addresses: [10.20.51.23]",
    )
    log = Log("night-report", "2026-11-21T03:30")
    failed = node(
        "PrismaClientInitializationError",
        f"\nInvalid `prisma.report.create()` invocation:\n\n\nCan't reach database server at `{host}:5432`\n\nPlease "
        f"make "
        f"sure your database server is running at `{host}:5432`.",
        "    at t (/var/task/node_modules/@prisma/client/runtime/library.js:112:2488)",
        errorCode="P1001",
        clientVersion="5.13.0",
    )
    log.every(5, 1790, 90, "<t>\t<r>\tINFO\treport stored\n", ms=300)
    log.every(1802, 1920, 9, failed, ms=5_100)
    log.every(1960, 3590, 90, "<t>\t<r>\tINFO\treport stored\n", ms=300)
    log.events(case)


@incident(
    source="Java HikariPool: Connection is not available, request timed out after 30000ms (total=10, active=10, "
    "waiting=3)",
    expert=no_name(
        "all ten connections of the pool are established and in use, three threads wait for one: the code holds them "
        "too long or leaks them, nothing on the path refuses anything"
    ),
)
def the_pool_is_used_up_by_the_code_itself(case: CaseFolder) -> None:
    net = usual("claims3", "eu-central-1")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-b", "10.20.52.19", "RDSNetworkInterface", ["db"])
    net.function("merge-claims", ["private-a", "private-b"], runtime="java21", timeout=60, memory=2048)
    net.write(case)
    host = "claims.cexample.eu-central-1.rds.amazonaws.com"
    about(
        case,
        "eu-central-1",
        ("2026-11-05T09:00", "2026-11-05T10:00"),
        ["merge-claims"],
        db=f"name: {host}, port: 5432, addresses: [10.20.52.19]",
    )
    calls(case, "2026-11-05T09:00", "merge-claims", 60, 6, (60, 0.3), failing_ms=31_100, ms=8_000)
    log = Log("merge-claims", "2026-11-05T09:00", memory=2048)
    failed = (
        "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after "
        "30001ms (total=10, active=10, idle=0, waiting=3)\n"
        "\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)\n"
        "\tat claims.Merge.handleRequest(Merge.java:57)\n"
    )
    log.every(8, 3500, 120, failed, ms=30_400, envs=2)
    log.every(70, 3500, 100, "merged 12 claims\n", ms=7_900, envs=2)
    log.events(case)


@incident(
    source="Node.js: socket hang up in the middle of steady traffic, no pauses, peer behind a load balancer",
    expert=left_open(
        "connections in steady use are closed by the peer's side, some four in a hundred requests: not idle ones, and "
        "why it closes them (a deployment, a crash, a limit) only the peer can say"
    ),
)
def the_peer_hangs_up_in_steady_traffic(case: CaseFolder) -> None:
    net = usual("scores2", "us-west-2")
    net.function("push-score", ["private-a", "private-b"], runtime="nodejs20.x", timeout=10)
    net.write(case, "network-acls")
    about(
        case,
        "us-west-2",
        ("2026-11-22T21:00", "2026-11-22T21:20"),
        ["push-score"],
        board="name: board.gamehost.example, port: 443, addresses: [203.0.113.19]",
    )
    calls(case, "2026-11-22T21:00", "push-score", 20, 75, (20, 0.04), failing_ms=420, ms=90)
    log = Log("push-score", "2026-11-22T21:00")
    frame = "    at TLSSocket.socketOnEnd (node:_http_client:524:23)"
    for number in range(300):
        failed = number % 25 == 11
        line = node("Error", "socket hang up", frame, code="ECONNRESET") if failed else "<t>\t<r>\tINFO\tpushed\n"
        log.invoke(number * 0.8, line, ms=390 if failed else 80, env=number % 2)
    log.events(case)
