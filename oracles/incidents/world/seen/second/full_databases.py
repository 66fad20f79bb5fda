"""Databases, and what stands before them, that take no more connections and say so."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, python, structured
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import Net, about, route, rule, usual
from oracles.incidents.world.seen.second.verdicts import FULL, named


def _with_database(seed: str, region: str, port: int, what: str = "RDSNetworkInterface") -> Net:
    net = usual(seed, region)
    net.group("db", into=[rule(port, net["app"])])
    net.interface("data-a", "10.20.51.23", what, ["db"])
    return net


@incident(
    source="spreaker/poduptime 20: remaining connection slots are reserved (Lambdas in bursts)",
    expert=named(
        FULL, "PostgreSQL itself says that its last connection slots are reserved: max_connections is used up"
    ),
)
def only_superuser_slots_are_left(case: CaseFolder) -> None:
    net = _with_database("seats", "us-east-1", 5432)
    net.function("hold-seat", ["private-a", "private-b"], timeout=15)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-27T17:00", "2026-11-27T17:30"),
        ["hold-seat"],
        "timeouts at ticket launch",
        seats="name: seats.cexample.us-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-27T17:00", "hold-seat", 30, 60_000, (4, 0.0), (26, 0.22), failing_ms=900, ms=310, busy=420)
    log = Log("hold-seat", "2026-11-27T17:00")
    log.every(
        250,
        1790,
        14,
        python(
            "OperationalError",
            'connection to server at "seats.cexample.us-east-1.rds.amazonaws.com" (10.20.51.23), port '
            "5432 failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute\n",
            'File "/var/task/seats.py", line 22, in handler',
        ),
        ms=88,
        envs=60,
    )
    log.every(5, 1790, 11, "[INFO]\t<t>\t<r>\theld seat 14C\n", envs=50)
    log.events(case)


@incident(
    source="prisma/prisma-client-js 305: sorry, too many clients already (mobc)",
    expert=named(FULL, "the query engine reports SqlState 53300, too many clients already"),
)
def too_many_clients_through_an_orm(case: CaseFolder) -> None:
    log = Log("graphql", "2026-11-09T19:00")
    about(case, "eu-west-1", ("2026-11-09T19:00", "2026-11-09T19:20"), ["graphql"])
    bad = (
        "<t>\t<r>\tERROR\tprisma:error \nInvalid `prisma.user.findMany()` invocation:\n\n\nError querying the "
        "database: "
        "FATAL: sorry, too many clients already\n"
    )
    log.every(3, 1190, 9, bad, ms=420, envs=30)
    log.every(1, 1190, 7, "<t>\t<r>\tINFO\tquery users 200\n", ms=60, envs=30)
    log.tail(case)


@incident(
    source="sidorares/node-mysql2 1915: AWS Lambda - ER_CON_COUNT_ERROR",
    expert=named(FULL, "MySQL answers ER_CON_COUNT_ERROR and the instance's DatabaseConnections stand flat at 66"),
)
def the_smallest_instance_takes_66_connections(case: CaseFolder) -> None:
    net = _with_database("blog", "ap-south-1", 3306)
    net.function("comments", ["private-a", "private-b"], runtime="nodejs18.x", timeout=10)
    net.write(case, "addresses", "network-acls")
    about(
        case,
        "ap-south-1",
        ("2026-11-13T08:00", "2026-11-13T09:00"),
        ["comments"],
        db="name: blog.cexample.ap-south-1.rds.amazonaws.com, port: 3306, addresses: [10.20.51.23]",
    )
    db = Metrics("2026-11-13T08:00")
    db.add(
        "AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "blog"}, "Maximum", steps("r", (20, 41)) + [66] * 40
    )
    db.write(case, "rds")
    calls(case, "2026-11-13T08:00", "comments", 60, 36_000, (20, 0.0), (40, 0.15), failing_ms=210, ms=120, busy=78)
    log = Log("comments", "2026-11-13T08:00", json_format=True)
    log.every(
        1210,
        3590,
        31,
        structured(
            "ERROR",
            "Too many connections",
            errorType="Error",
            code="ER_CON_COUNT_ERROR",
            errno=1040,
            sqlState="08004",
            fatal=True,
            stack=[
                "Error: Too many connections",
                "    at Packet.asError (/var/task/node_modules/mysql2/lib/packets/packet.js:738:17)",
            ],
        ),
        ms=70,
        envs=20,
    )
    log.events(case)


@incident(
    source="aws/aws-lambda-dotnet 490: Lambda RDS MySQL connection count issue (70 connections for one user)",
    expert=named(
        FULL, "MySQL answers 1226: the account's own limit of connections is used up, whatever the server has"
    ),
)
def the_account_has_its_own_limit(case: CaseFolder) -> None:
    net = _with_database("tenants", "eu-west-2", 3306)
    net.function("tenant-api", ["private-a", "private-b"], runtime="dotnet8", timeout=20)
    net.write(case)
    about(
        case,
        "eu-west-2",
        ("2026-11-05T12:00", "2026-11-05T12:40"),
        ["tenant-api"],
        db="name: tenants.cexample.eu-west-2.rds.amazonaws.com, port: 3306, addresses: [10.20.51.23]",
    )
    log = Log("tenant-api", "2026-11-05T12:00")
    log.every(
        9,
        2390,
        26,
        (
            "<t>\t<r>\tfail\tMySqlConnector.MySqlException (0x80004005): User 'app' has exceeded the "
            "'max_user_connections' "
            "resource (current value: 50)\n   at MySqlConnector.Core.ServerSession.ConnectAsync(ConnectionSettings "
            "cs)\n"
            "   at Tenants.Function.Get(APIGatewayProxyRequest request) in /src/Function.cs:line 51\n"
        ),
        ms=120,
        envs=30,
    )
    log.every(2, 2390, 20, "<t>\t<r>\tinfo\tGET /tenants/acme 200\n", ms=85, envs=30)
    log.query(case)


@incident(
    source="AWS docs: RDS Proxy, Timed-out waiting to acquire database connection",
    expert=named(FULL, "RDS Proxy says that it waited for a database connection in vain: its pool is borrowed up"),
)
def the_proxy_has_no_connection_to_lend(case: CaseFolder) -> None:
    net = _with_database("rides", "us-east-2", 5432)
    net.interface("data-b", "10.20.52.40", "Network interface for DBProxy rides-proxy", ["db"])
    net.function("dispatch", ["private-a", "private-b"], runtime="java21", timeout=180, memory=1024)
    net.write(case)
    about(
        case,
        "us-east-2",
        ("2026-11-14T22:00", "2026-11-14T22:30"),
        ["dispatch"],
        rides="name: rides-proxy.proxy-cexample.us-east-2.rds.amazonaws.com, port: 5432, addresses: [10.20.52.40]",
    )
    proxy = Metrics("2026-11-14T22:00")
    proxy.add(
        "AWS/RDS",
        "DatabaseConnectionsCurrentlyBorrowed",
        {"ProxyName": "rides-proxy"},
        "Maximum",
        steps("t", (6, 60)) + [90] * 24,
    )
    proxy.write(case, "rds-proxy")
    log = Log("dispatch", "2026-11-14T22:00", memory=1024)
    log.every(
        380,
        1650,
        19,
        (
            "org.postgresql.util.PSQLException: FATAL: Timed-out waiting to acquire database connection\n"
            "\tat org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:693)\n"
            "\tat com.rides.Dispatch.handleRequest(Dispatch.java:39)\n"
        ),
        ms=120_300,
        envs=60,
    )
    log.events(case)


@incident(
    source="jackc/pgx issue: no more connections allowed (max_client_conn), PgBouncer",
    expert=named(FULL, "PgBouncer, reached over a peering connection, says that no more clients are allowed"),
)
def the_pooler_takes_no_more_clients(case: CaseFolder) -> None:
    net = usual("notify", "eu-west-1")
    net.record("route-tables", "private")["Routes"].append(route("10.90.0.0/16", "pcx-0aa11bb22cc33dd44"))
    net.function("fan-out", ["private-a", "private-b"], runtime="provided.al2023", timeout=15)
    net.write(case, "security-groups")
    about(
        case,
        "eu-west-1",
        ("2026-11-12T18:00", "2026-11-12T18:30"),
        ["fan-out"],
        pooler="name: pgbouncer.shared.internal, port: 6432, addresses: [10.90.7.7]",
    )
    log = Log("fan-out", "2026-11-12T18:00", memory=128)
    log.every(
        2,
        1790,
        12,
        (
            '{"time":"<t>","level":"ERROR","msg":"connect","error":"failed to connect to `user=fan database=notify`: '
            "10.90.7.7:6432 (pgbouncer.shared.internal): server error: FATAL: no more connections allowed "
            "(max_client_conn) "
            '(SQLSTATE 08P01)"}\n'
        ),
        ms=33,
        envs=50,
    )
    log.every(6, 1790, 15, '{"time":"<t>","level":"INFO","msg":"sent","count":120}\n', envs=40)
    log.tail(case)


@incident(
    source="Stack Overflow: ORA-12519, TNS:no appropriate service handler found from many Lambda functions",
    expert=named(
        FULL,
        "ORA-12519 after ORA-00020: the instance has no process left for another session, although the "
        "listener words it as a refusal",
    ),
)
def the_oracle_instance_is_out_of_processes(case: CaseFolder) -> None:
    net = _with_database("claims-ora", "us-gov-west-1", 1521)
    net.function("file-claim", ["private-a", "private-b"], runtime="java17", timeout=30, memory=1024)
    net.write(case)
    about(
        case,
        "us-gov-west-1",
        ("2026-11-03T15:00", "2026-11-03T15:30"),
        ["file-claim"],
        ora="name: claims.cexample.us-gov-west-1.rds.amazonaws.com, port: 1521, addresses: [10.20.51.23]",
    )
    log = Log("file-claim", "2026-11-03T15:00", memory=1024)
    log.every(
        5,
        1790,
        28,
        (
            "java.sql.SQLRecoverableException: Listener refused the connection with the following error:\n"
            "ORA-12519, TNS:no appropriate service handler found\n \n"
            "\tat oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:854)\n"
            "\tat claims.File.handleRequest(File.java:33)\n"
            "Caused by: oracle.net.ns.NetException: Listener refused the connection with the following error:\n"
            "ORA-12519, TNS:no appropriate service handler found\n"
        ),
        ms=240,
        envs=25,
    )
    log.every(60, 1790, 300, "ORA-00020: maximum number of processes (150) exceeded\n", ms=240, envs=2)
    log.every(8, 1790, 25, "filed claim\n", ms=340, envs=25)
    log.events(case)


@incident(
    source="Stack Overflow: Resource ID : 1. The request limit / session limit for the database is 300 and has been "
    "reached (10928) from AWS Lambda",
    expert=named(FULL, "the database service answers 10928: its own limit of sessions is reached"),
)
def the_cloud_database_counts_sessions(case: CaseFolder) -> None:
    log = Log("loyalty-export", "2026-11-16T23:00")
    about(
        case,
        "eu-west-1",
        ("2026-11-16T23:00", "2026-11-16T23:30"),
        ["loyalty-export"],
        sql="name: acme.database.windows.net, port: 1433",
    )
    log.every(
        4,
        1790,
        22,
        (
            "<t>\t<r>\tfail\tMicrosoft.Data.SqlClient.SqlException (0x80131904): Resource ID : 2. The session limit "
            "for the "
            "database is 300 and has been reached. See 'http://go.microsoft.com/fwlink/?LinkId=267637' for "
            "assistance.\n"
            "   at Microsoft.Data.SqlClient.SqlInternalConnection.OnError(SqlException exception, Boolean "
            "breakConnection)\n"
            "Error Number:10928,State:1,Class:20\n"
        ),
        ms=190,
        envs=40,
    )
    log.every(9, 1790, 30, "<t>\t<r>\tinfo\texported 500 rows\n", ms=800, envs=30)
    log.tail(case)
