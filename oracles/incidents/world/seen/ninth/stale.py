"""Connections that lay idle, were cut, and are found dead at their next use."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    dotnet_error,
    incident,
    json_log,
    node_error,
    python_log,
    python_traceback,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import IDLE, fleet, named, now_and_then, startup


@incident(
    source="https://github.com/npgsql/npgsql/issues/3559 (two invocations ten minutes apart, connection reset by peer)",
    expert=named(IDLE, "only the first call after eight and more minutes of rest fails, on a connection of the "
                       "pool; the "
                       "next a few seconds later is well"),
)  # fmt: skip
def npgsql_after_ten_minutes(case: CaseFolder) -> None:
    place = startup(case, "vetapp", "10.37")
    own = case.group("vetapp-db", [allow(5432, place.app)])
    db = case.database("vetapp", place.private[1], [own])
    case.function("vetapp-appointments", place.private[:1], [place.app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "Npgsql.NpgsqlException (0x80004005): Exception while reading from stream",
        "Npgsql.Internal.NpgsqlReadBuffer.<Ensure>g__EnsureLong|55_0(NpgsqlReadBuffer buffer, Int32 count, "
        "Boolean async, "
        "Boolean readingNotifications)",
        "Npgsql.NpgsqlCommand.ExecuteReader(Boolean async, CommandBehavior behavior, CancellationToken "
        "cancellationToken)",
        "VetApp.Appointments.Get(APIGatewayProxyRequest request) in /src/Appointments.cs:line 33",
        inner="System.IO.IOException: Unable to read data from the transport connection: Connection reset by "
              "peer.\n ---> "
              "System.Net.Sockets.SocketException (104): Connection reset by peer")  # fmt: skip
    calls = Traffic(case, "vetapp-appointments")
    now_and_then(calls, (1.0, 1.3, 2.2, 11.2, 11.5, 12.7, 24.1, 24.9, 39.4, 39.9, 41.0, 52.3), seconds=0.08)
    now_and_then(calls, (11.0, 23.9, 39.2, 52.1), failed, fails=True, seconds=0.02)
    calls.write()
    case.yaml(functions=["vetapp-appointments"], destinations={"db": {
        "name": "vetapp.cluster-c1a.us-east-1.rds.amazonaws.com", "port": 5432,
        "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/brianc/node-postgres/issues/2112 (Connection terminated unexpectedly after idle "
           "minutes)",
    expert=named(IDLE, "the pooled connection to the database outside goes idle at the NAT gateway, which counts "
                       "it, and "
                       "the next call finds it dead"),
)  # fmt: skip
def pooled_connection_through_nat(case: CaseFolder) -> None:
    place = startup(case, "quizzy", "10.38")
    case.function("quizzy-score", place.private[:1], [place.app], runtime="nodejs22.x", timeout=15)
    failed = node_error(
        "Connection terminated unexpectedly",
        stack=("Connection.<anonymous> (/var/task/node_modules/pg/lib/client.js:136:73)",
               "Object.onceWrapper (node:events:638:28)", "Connection.emit (node:events:524:28)",
               "TLSSocket.<anonymous> (/var/task/node_modules/pg/lib/connection.js:62:12)"))  # fmt: skip
    calls = Traffic(case, "quizzy-score")
    now_and_then(calls, (0.6, 0.9, 8.4, 9.3, 17.9, 18.1, 28.2, 29.0, 46.6, 47.5), seconds=0.15)
    now_and_then(calls, (8.2, 17.6, 28.0, 46.3), failed, fails=True, seconds=0.01)
    calls.write(zeros=False)
    idle: list[float | None] = [None] * 60
    for minute in (6, 15, 23, 34, 53):
        idle[minute] = 1.0
    held = {*range(7), *range(8, 16), *range(17, 24), *range(28, 35), *range(46, 54)}
    case.nat_metrics(place.nat, idle=idle, active=[float(minute in held) for minute in range(60)], errors=[0.0] * 60)
    case.without("ec2/network-acls", "ec2/dhcp")
    case.yaml(
        functions=["quizzy-score"],
        destinations={
            "neon": {"name": "ep-calm-sun-a5.us-east-1.aws.neon.tech", "port": 5432, "addresses": ["3.218.140.61"]}
        },
    )


@incident(
    source="https://github.com/hyperium/hyper/issues/2136 (connection closed before message completed)",
    expert=named(IDLE, "a request on a kept-alive connection meets its end after a rest; repeated at once on a "
                       "new one it "
                       "goes through"),
)  # fmt: skip
def hyper_reuses_a_closed_connection(case: CaseFolder) -> None:
    place = fleet(case, "meter", "10.79")
    case.function("meter-readings", place.apps[:1], [place.app], runtime="provided.al2023", timeout=10,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/platform/meter"})  # fmt: skip
    url = "https://tariffs.gridco.example/v2/current"
    retried = json_log(
        "WARN", "attempt 1 failed, retrying on a fresh connection", target="meter::tariffs",
        error=f"error sending request for url ({url}): client error (SendRequest): connection closed before message "
              "completed")  # fmt: skip
    fine = json_log("INFO", "tariff fetched", target="meter::tariffs")
    calls = Traffic(case, "meter-readings")
    now_and_then(calls, (0.3, 0.5, 0.7, 14.3, 14.6, 22.5, 31.3, 45.2, 45.6), fine, seconds=0.08)
    now_and_then(calls, (7.6, 14.2, 22.3, 31.1, 38.4, 45.0, 54.9), retried, fine, seconds=0.21)
    calls.write(json=True)
    case.yaml(functions=["meter-readings"], reported="WARNs only, but on-call wants to know why")


@incident(
    source="https://github.com/polarsource/polar/pull/13859 (frozen between executions: pool_pre_ping)",
    expert=named(IDLE, "each scheduled run a quarter of an hour after the last meets a dead connection, and the "
                       "repetition "
                       "a minute later is well"),
)  # fmt: skip
def gone_away_every_quarter_of_an_hour(case: CaseFolder) -> None:
    log = case.log("nightly-rollup", tail=True)
    failed = python_traceback(
        "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (2006, \"MySQL server has gone away "
        "(ConnectionResetError(104, 'Connection reset by peer'))\")\n[SQL: SELECT id, state FROM rollup WHERE due < "
        "%(now)s]\n(Background on this error at: https://sqlalche.me/e/20/e3q8)",
        ("/opt/python/pymysql/connections.py", 844, "_execute_command", "self._write_bytes(packet)"),
        chained=("ConnectionResetError: [Errno 104] Connection reset by peer",))  # fmt: skip
    log.invocation(3.0, python_log("INFO", "rollup done rows=118"), seconds=1.9, cold=0.9)
    for run in (1, 2, 3):
        log.invocation(900.0 * run + 3, failed, seconds=0.05)
        log.invocation(900.0 * run + 64, python_log("INFO", f"rollup done rows={90 + 7 * run}"), seconds=1.8)
    case.yaml(functions=["nightly-rollup"])
