"""Pooled connections to databases that sat too long and are found dead."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node
from oracles.incidents.world.seen.second.shapes import about, rule, usual
from oracles.incidents.world.seen.second.verdicts import IDLE, named


@incident(
    source="brianc/node-postgres 2243 and 2112: Connection terminated unexpectedly, pool in warm Lambda",
    expert=named(
        IDLE,
        "pooled PostgreSQL connections end by themselves between invocations, after pauses: the pool holds "
        "on to dead connections",
    ),
)
def pooled_database_connections_die_between_invocations(case: CaseFolder) -> None:
    net = usual("cms", "us-east-1")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("save-page", ["private-a", "private-b"], runtime="nodejs20.x", timeout=15)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-05T06:00", "2026-11-05T09:00"),
        ["save-page"],
        db="name: cms.cexample.us-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    log = Log("save-page", "2026-11-05T06:00")
    for number in range(9):
        second = number * 1150.0
        log.invoke(
            second,
            node(
                "Error",
                "Connection terminated unexpectedly",
                "    at Connection.<anonymous> (/var/task/node_modules/pg/lib/client.js:136:73)",
                level="Uncaught Exception",
            ),
            ms=11,
            env=number % 2,
        )
        log.invoke(second + 20, "<t>\t<r>\tINFO\tsaved page 12\n", ms=65, env=number % 2)
        log.invoke(second + 43, "<t>\t<r>\tINFO\tsaved page 13\n", ms=31, env=number % 2)
    log.tail(case)


@incident(
    source="npgsql/npgsql 1164 and 3955: Exception while reading from stream after idle time behind RDS Proxy",
    expert=named(
        IDLE,
        "the first statement after 30 idle minutes finds the stream at its end: the proxy closed the idle "
        "client connection (IdleClientTimeout 1,800 s)",
    ),
)
def the_proxy_closed_the_idle_client(case: CaseFolder) -> None:
    net = usual("quotes3", "eu-west-2")
    net.group("proxy", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.90", "Network interface for DBProxy quotes-proxy", ["proxy"])
    net.function("price-list", ["private-a", "private-b"], runtime="dotnet8", timeout=30)
    net.write(case)
    about(
        case,
        "eu-west-2",
        ("2026-11-09T00:00", "2026-11-09T08:00"),
        ["price-list"],
        "once an hour, at night",
        db="name: quotes-proxy.proxy-cexample.eu-west-2.rds.amazonaws.com, port: 5432, addresses: [10.20.51.90]",
    )
    log = Log("price-list", "2026-11-09T00:00")
    for number in range(8):
        log.invoke(
            number * 3600.0 + 3,
            (
                "<t>\t<r>\tfail\tNpgsql.NpgsqlException (0x80004005): Exception while reading from stream\n"
                " ---> System.IO.EndOfStreamException: Attempted to read past the end of the stream.\n"
                "   at Npgsql.Internal.NpgsqlReadBuffer.<Ensure>g__EnsureLong|55_0(NpgsqlReadBuffer buffer, Int32 "
                "count, "
                "Boolean async, Boolean readingNotifications)\n"
            ),
            ms=26,
        )
        log.invoke(number * 3600.0 + 64, "<t>\t<r>\tinfo\tprice list of 812 items\n", ms=140)
    log.events(case)


@incident(
    source="brianmario/mysql2: MySQL server has gone away, wait_timeout, Ruby on Lambda",
    expert=named(
        IDLE,
        "error 2006 on the first query after a pause: the server closed the connection that had been idle "
        "longer than its wait_timeout",
    ),
)
def mysql_has_gone_away_after_pauses(case: CaseFolder) -> None:
    about(case, "us-east-2", ("2026-11-03T10:00", "2026-11-03T13:00"), ["badge"])
    log = Log("badge", "2026-11-03T10:00", memory=256)
    ruby = (
        'Error raised from handler method\n{\n  "errorMessage": "MySQL server has gone away",\n  "errorType": '
        '"Function<Mysql2::Error::ConnectionError>",\n  "stackTrace": [\n    "/opt/ruby/gems/3.3.0/gems/'
        'mysql2-0.5.6/lib/mysql2/client.rb:151:in `_query\'",\n    "/var/task/badge.rb:19:in `handler\'"\n  ]\n}'
    )
    for number in range(14):
        log.invoke(number * 760.0 + 5, ruby, ms=14)
        log.invoke(number * 760.0 + 9, "I, [<t> #8]  INFO -- : badge printed\n", ms=90)
        log.invoke(number * 760.0 + 31, "I, [<t> #8]  INFO -- : badge printed\n", ms=50)
    log.events(case)


@incident(
    source="brettwooldridge/HikariCP on Lambda: Failed to validate connection, last packet 1,204,338 milliseconds ago",
    expert=named(
        IDLE,
        "the driver says it: the last packet came twenty minutes ago; the pool offers connections that the "
        "server has closed",
    ),
)
def the_pool_offers_twenty_minute_old_connections(case: CaseFolder) -> None:
    net = usual("tax", "ca-central-1")
    net.function("file-return", ["private-a", "private-b"], runtime="java21", timeout=60, memory=2048)
    net.write(case, "network-acls")
    about(
        case,
        "ca-central-1",
        ("2026-11-12T14:00", "2026-11-12T17:00"),
        ["file-return"],
        db="name: tax.cluster-cexample.ca-central-1.rds.amazonaws.com, port: 3306, addresses: [10.20.51.70]",
    )
    log = Log("file-return", "2026-11-12T14:00", memory=2048)
    bad = (
        "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\nThe last packet "
        "successfully received from the server was 1,204,338 milliseconds ago. The last packet sent successfully to "
        "the "
        "server was 1,204,341 milliseconds ago.\n\tat com.mysql.cj.jdbc.exceptions.SQLError."
        "createCommunicationsException(SQLError.java:165)\n\tat tax.File.handleRequest(File.java:80)\n"
        "Caused by: java.io.EOFException: Can not read response from server. Expected to read 4 bytes, read 0 bytes "
        "before connection was unexpectedly lost.\n"
    )
    for number in range(9):
        log.invoke(number * 1210.0 + 2, bad, ms=33)
        log.invoke(number * 1210.0 + 15, "return filed\n", ms=410)
    log.events(case)


@incident(
    source="quarkusio/quarkus 31401: Lambda Snapstart database connection",
    expert=named(
        IDLE, "the failures come right after RESTORE: the snapshot holds a pooled connection that no longer exists"
    ),
)
def the_snapshot_holds_a_dead_connection(case: CaseFolder) -> None:
    about(case, "eu-central-1", ("2026-11-20T07:00", "2026-11-20T08:00"), ["plan-tour"], "since SnapStart is on")
    log = Log("plan-tour", "2026-11-20T07:00", memory=2048)
    for number in range(16):
        log.invoke(
            number * 220.0 + 3,
            "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.\n"
            "\tat org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:398)\n"
            "\tat tour.Plan.handleRequest(Plan.java:64)\nCaused by: java.net.SocketException: Connection reset\n"
            "\tat java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:328)\n",
            ms=95,
            env=number,
            before="RESTORE_REPORT Restore Duration: 431.20 ms\n",
        )
        log.invoke(number * 220.0 + 30, "tour of 14 stops\n", ms=210, env=number)
        log.invoke(number * 220.0 + 70, "tour of 9 stops\n", ms=190, env=number)
    log.events(case)
