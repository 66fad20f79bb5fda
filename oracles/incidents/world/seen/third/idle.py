"""Connections that were cut while the function was frozen or paused, and are found dead at the next use."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    allow,
    dotnet_error,
    incident,
    python_error,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import Call, destination, estate, function, java_trace, play, tracing

IDLE = "idle-timeout-reset"


def _idle(because: str, *says: str) -> Expert:
    return Expert((IDLE,), (IDLE,), Headline.NAMED, because, says)


@incident(
    source="https://github.com/npgsql/npgsql/issues/3559 (Lambda: wait for ten minutes, then Connection reset by peer)",
    expert=_idle(
        "only the first call after a pause of ten minutes finds the pooled connection reset, the next one works"
    ),
)
def npgsql_after_ten_minutes(case: CaseFolder) -> None:
    case.minutes = 120
    place = estate(case, "logbook", "10.140")
    own = case.group("logbook-aurora", [allow(5432, place.app)])
    db = case.database("logbook", place.data[0], [own])
    function(case, "drive-logs", place.private, [place.app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "Npgsql.NpgsqlException (0x80004005): Exception while reading from stream",
        "Npgsql.Internal.NpgsqlReadBuffer.<Ensure>g__EnsureLong|41_0(NpgsqlReadBuffer buffer, Int32 count, "
        "Boolean async)",
        "Microsoft.EntityFrameworkCore.Storage.RelationalCommand.ExecuteReaderAsync(RelationalCommandParameter p)",
        inner="System.IO.IOException: Unable to read data from the transport connection: Connection reset by peer.\n"
        " ---> System.Net.Sockets.SocketException (104): Connection reset by peer",
    )
    calls = []
    for burst in range(9):
        began = 90.0 + burst * 770
        calls.append(Call(began, (failed,) if burst else (), 0.09 if burst else 0.6, error=bool(burst)))
        calls += [Call(began + after, (), 0.05) for after in (3.1, 9.4, 31.0)]
    play(case, "drive-logs", calls)
    case.yaml(
        functions=["drive-logs"],
        destinations={
            "logbook": destination("logbook.cluster-cqq1.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])
        },
    )


@incident(
    source="https://github.com/grpc/grpc-node/issues/692 (Firestore on Lambda: 14 UNAVAILABLE after five minutes)",
    expert=_idle("each failure is the first call of an environment after more than six minutes without one"),
)
def firestore_channel_after_a_freeze(case: CaseFolder) -> None:
    case.minutes = 90
    place = estate(case, "pollster", "10.44", zones="ab")
    function(case, "vote", place.private, [place.app], runtime="nodejs20.x", timeout=20)
    failed = node_error(
        "14 UNAVAILABLE: read ECONNRESET",
        stack=(
            "callErrorFromStatus (/var/task/node_modules/@grpc/grpc-js/build/src/call.js:32:19)",
            "Object.onReceiveStatus (/var/task/node_modules/@grpc/grpc-js/build/src/client.js:193:76)",
        ),
        code=14,
        details="read ECONNRESET",
        metadata={},
        note="Exception occurred in retry method that was not classified as transient",
    )
    calls = []
    for burst, stream in enumerate((0, 1, 0, 1, 0, 1, 0, 1, 0, 1)):
        began = 40.0 + burst * 520
        calls.append(Call(began, (failed,) if burst > 1 else (), 0.07 if burst > 1 else 0.9, stream, burst > 1))
        calls += [Call(began + 2.5 * step, (), 0.12, stream) for step in range(1, 7)]
    play(case, "vote", calls, period=300, zeros=False)
    idle = [0.0] * 18
    # 350 seconds after the last call of each burst.
    for at in (1, 3, 4, 6, 8, 10, 11, 13, 15, 16):
        idle[at] = 1.0
    case.nat_metrics(place.nats[0], idle=idle, errors=[0.0] * 18, period=300)
    case.yaml(functions=["vote"], destinations={"firestore": destination("firestore.googleapis.com", 443)})


@incident(
    source="https://github.com/hyperium/hyper/issues/2136 (connection closed before message completed), in Lambda",
    expert=_idle("a pooled connection that stood unused for minutes is closed when the next request is sent on it"),
)
def hyper_reuses_a_closed_connection(case: CaseFolder) -> None:
    case.minutes = 120
    text = (
        'reqwest::Error { kind: Request, url: "https://geo.mapsmith.example/v1/geocode", source: hyper_util::client::'
        "legacy::Error(SendRequest, hyper::Error(IncompleteMessage)) }: connection closed before message completed"
    )
    good = tracing("INFO", "geocoded")
    calls = []
    for burst in range(10):
        began = 30.0 + burst * 690
        line = tracing("ERROR", "geocode failed", error=text) if burst else good
        calls.append(Call(began, (line,), 0.03 if burst else 0.4, error=bool(burst)))
        calls += [Call(began + 1.7 * step, (good,), 0.11) for step in range(1, 4)]
    play(case, "geocode", calls, tail=True, metrics=False)
    case.yaml(functions=["geocode"])


@incident(
    source="https://github.com/polarsource/polar/pull/13859 (pool_pre_ping on Lambda: paused between "
    "executions), asyncpg",
    expert=_idle(
        "a run every quarter of an hour reuses a connection that nobody used for fifteen minutes, and is closed "
        "in the operation"
    ),
)
def asyncpg_between_two_schedules(case: CaseFolder) -> None:
    case.minutes = 180
    place = estate(case, "meters", "10.61", zones="abc")
    own = case.group("meters-db", [allow(5432, place.app)])
    db = case.database("meters", place.data[1], [own])
    function(case, "close-billing-period", place.private, [place.app], runtime="python3.12", timeout=60)
    failed = python_error(
        "InterfaceError",
        "(sqlalchemy.dialects.postgresql.asyncpg.InterfaceError) <class 'asyncpg.exceptions._base.InterfaceError'>: "
        "connection is closed\n[SQL: SELECT id, state FROM periods WHERE state = $1]\n(Background on this error at: "
        "https://sqlalche.me/e/20/rvf5)",
        ("/var/task/sqlalchemy/dialects/postgresql/asyncpg.py", 797, "_handle_exception", "raise translated_error"),
    )
    reset = python_error(
        "ConnectionDoesNotExistError",
        "connection was closed in the middle of operation",
        ("/var/task/asyncpg/connection.py", 350, "execute", "result = await self._protocol.query(query, timeout)"),
    )
    # EventBridge asks every quarter of an hour, and Lambda repeats what failed after a minute.
    calls = [Call(20.0, (), 1.9)]
    for quarter in range(1, 12):
        began = 20.0 + 900 * quarter
        calls += [Call(began, (reset if quarter % 3 else failed,), 0.04, error=True), Call(began + 61, (), 0.8)]
    play(case, "close-billing-period", calls)
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses")
    case.yaml(
        functions=["close-billing-period"],
        destinations={"meters": destination("meters.cm3k.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])},
    )


@incident(
    source="https://github.com/brettwooldridge/HikariCP/issues/1304 (Serverless compatibility), and Hikari's warning",
    expert=_idle(
        "after pauses of eleven minutes Hikari finds its connections closed, and the one that it does not test "
        "breaks in the query"
    ),
)
def hikari_finds_them_closed(case: CaseFolder) -> None:
    case.minutes = 90
    place = estate(case, "acme-ops", "10.48", zones="ab")
    own = case.group("acme-ops-pg", [allow(5432, place.app)])
    db = case.database("ops", place.data[0], [own])
    function(case, "audit-trail", place.private, [place.app], runtime="java21", timeout=30, memory=1024)
    warned = (
        "WARN  HikariPool-1 - Failed to validate connection org.postgresql.jdbc.PgConnection@5c7bfdc1 (This "
        "connection has "
        "been closed.). Possibly consider using a shorter maxLifetime value.\n"
    )
    failed = java_trace(
        "org.springframework.dao.DataAccessResourceFailureException: could not execute statement [An I/O error "
        "occurred "
        "while sending to the backend.]",
        "org.springframework.orm.jpa.vendor.HibernateJpaDialect.convertHibernateAccessException(HibernateJpaDialect.java:"
        "275)",
        causes=(
            (
                "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
                "org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:399)",
            ),
            (
                "java.net.SocketException: Connection reset",
                "java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:318)",
            ),
        ),
    )
    calls = [Call(15.0, (), 2.4)]
    for burst in range(1, 8):
        began = 15.0 + burst * 672
        broken = burst % 2 == 1
        calls.append(Call(began, (warned, failed) if broken else (warned,), 0.4, error=broken))
        calls += [Call(began + 4.0 * step, (), 0.06) for step in range(1, 5)]
    play(case, "audit-trail", calls, period=300)
    case.yaml(
        functions=["audit-trail"],
        destinations={"ops": destination("ops.cm3k.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])},
    )
