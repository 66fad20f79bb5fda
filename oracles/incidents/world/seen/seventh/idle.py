"""Connections that were idle, were cut, and are found dead at their next use."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    java_error,
    json_log,
    json_report,
    node_error,
    node_log,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.seventh._sites import IDLE, at_moments, default_vpc, named, spoke, stack


@incident(
    source="https://github.com/npgsql/npgsql/issues/3559 (Connection reset by peer, ten minutes between two "
    "invocations)",
    expert=named(IDLE, "each first call after a pause of more than six minutes is reset, the one after it works"),
)
def first_call_after_ten_minutes(case: CaseFolder) -> None:
    place = stack(case, "Fahrer", "10.44", nats=1)
    own = case.group("fahrer-db", [allow(5432, place.group)])
    db = case.database("fahrer", place.isolated[0], [own])
    host = "fahrer.cluster-c3p0r2d2bb8x.eu-central-1.rds.amazonaws.com"
    case.function("fahrtenbuch", place.private, [place.group], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "Npgsql.NpgsqlException (0x80004005): Exception while reading from stream",
        "Npgsql.Internal.NpgsqlReadBuffer.<Ensure>g__EnsureLong|55_0(NpgsqlReadBuffer buffer, Int32 count, "
        "Boolean async)",
        "Npgsql.NpgsqlDataReader.NextResult(Boolean async, Boolean isConsuming, CancellationToken cancellationToken)",
        inner="System.IO.IOException: Unable to read data from the transport connection: Connection reset by peer.\n"
        " ---> System.Net.Sockets.SocketException (104): Connection reset by peer",
    )
    calls = Traffic(case, "fahrtenbuch")
    at_moments(calls, [0.5, 0.9, 1.4, 12.2, 12.6, 24.4, 24.9, 25.5, 38.2, 51.0, 51.3], seconds=0.06)
    at_moments(calls, [12.0, 24.1, 37.9, 50.8], failed, bad=True, seconds=0.03)
    calls.write()
    case.yaml(
        functions=["fahrtenbuch"],
        destinations={"db": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="https://github.com/brianc/node-postgres/issues/2112 (Connection terminated unexpectedly, idle "
    "for 10 minutes)",
    expert=named(IDLE, "a pooled connection that lay idle for a quarter of an hour is found dead at its next use"),
)
def export_every_quarter_of_an_hour(case: CaseFolder) -> None:
    case.minutes = 180
    failed = node_error(
        "Connection terminated unexpectedly",
        stack=(
            "Connection.<anonymous> (/var/task/node_modules/pg/lib/client.js:136:73)",
            "Socket.<anonymous> (/var/task/node_modules/pg/lib/connection.js:62:12)",
            "Socket.emit (node:events:530:35)",
        ),
    )
    case.region = "us-west-2"
    calls = Traffic(case, "export-orders")
    at_moments(
        calls, [1.0, 16.6, 46.0, 76.0, 91.5, 121.0, 151.0], node_log("INFO", "exported", 212, "orders"), seconds=1.9
    )
    at_moments(
        calls,
        [16.0, 31.0, 61.0, 91.0, 106.0, 136.0, 166.0],
        node_log("INFO", "reusing pool, idle 1"),
        failed,
        bad=True,
        seconds=0.02,
    )
    calls.write(period=300, zeros=False)
    case.yaml(
        functions=["export-orders"],
        reported="scheduled every 15 minutes; fails, a manual retry works",
        destinations={"aurora": {"name": "orders.cluster-cz0x1y2w3v4u.us-west-2.rds.amazonaws.com", "port": 5432}},
    )


@incident(
    source="composed: requests' ConnectionResetError(104) and the NAT gateway's 350 s, with its IdleTimeoutCount",
    expert=named(IDLE, "sessions kept for more than 350 s are reset by the NAT gateway when they are used again"),
)
def sessions_older_than_the_nat_keeps_them(case: CaseFolder) -> None:
    place = stack(case, "Zoll", "10.48", nats=1)
    case.function("zollanmeldung", place.private, [place.group], timeout=60, runtime="python3.11")
    failed = python_error(
        "ConnectionError",
        "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        ("/var/task/requests/adapters.py", 682, "send", "raise ConnectionError(err, request=request)"),
    )
    calls = Traffic(case, "zollanmeldung")
    at_moments(
        calls,
        [0.2, 0.9, 2.1, 9.4, 9.9, 17.4, 18.0, 27.5, 36.9, 37.3, 38.0, 46.2, 46.9, 55.4],
        python_log("INFO", "Anmeldung angenommen"),
        seconds=0.8,
    )
    at_moments(calls, [9.2, 17.1, 27.2, 36.6, 46.0, 55.1], failed, bad=True, seconds=0.05)
    calls.write()
    idle: list[float | None] = [None] * 60
    for minute in (7, 15, 23, 33, 43, 52):
        idle[minute] = 1.0
    case.nat_metrics(place.nats[0], idle=idle, active=about(3, 60, 0.4), errors=[0.0] * 60)
    case.yaml(
        functions=["zollanmeldung"], destinations={"zoll": {"name": "atlas-schnittstelle.zoll.example", "port": 443}}
    )


@incident(
    source="https://github.com/aws/aws-sdk-java/issues/2517 (The target server failed to respond), an ALB's "
    "60 s composed",
    expert=named(
        IDLE,
        "the first request after a pause of more than a minute uses a connection that the load balancer has closed "
        "for being idle; the next succeed",
    ),
)
def pool_that_outlives_the_load_balancer(case: CaseFolder) -> None:
    place = spoke(case, "crm-prod", "10.216")
    case.function("kundenakte", place.app, [place.group], runtime="java21", timeout=30, memory=2048)
    failed = java_error(
        "org.apache.http.NoHttpResponseException: crm-alb.intern.example:443 failed to respond",
        "org.apache.http.impl.conn.DefaultHttpResponseParser.parseHead(DefaultHttpResponseParser.java:141)",
        "org.apache.http.impl.conn.CPoolProxy.receiveResponseHeader(CPoolProxy.java:157)",
    )
    retried = (
        "2026-11-20 INFO o.a.h.i.e.RetryExec - I/O exception "
        "(org.apache.http.NoHttpResponseException) caught when "
        "processing request to {s}->https://crm-alb.intern.example:443: The target server failed to "
        "respond\n"
    )
    calls = Traffic(case, "kundenakte")
    for number in range(29):
        first = 0.3 + 2.05 * number
        if number % 3 == 1:
            at_moments(calls, [first], retried, failed, bad=True, seconds=0.03)
        else:
            at_moments(calls, [first], *([retried] if number else []), seconds=0.35)
        at_moments(calls, [first + after for after in (0.08, 0.17, 0.3, 0.42)], seconds=0.2)
    calls.write(memory=2048)
    case.without("ec2")
    case.yaml(functions=["kundenakte"], destinations={"crm": {"name": "crm-alb.intern.example", "port": 443}})


@incident(
    source="composed: Ruby's mysql2 (MySQL server has gone away) with a wait_timeout of 300 s",
    expert=named(
        IDLE, "each first query after a pause of more than seven minutes finds the server gone; the next one works"
    ),
)
def server_has_gone_away_after_a_pause(case: CaseFolder) -> None:
    place = default_vpc(case)
    own = case.group("rds-ec2-1", [allow(3306, place.group)])
    db = case.database("gutschein", place.subnets[0], [own])
    case.function(
        "gutschein-pruefen",
        place.subnets,
        [place.group],
        runtime="ruby3.3",
        timeout=10,
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
            "LogGroup": "/aws/lambda/gutschein-pruefen",
        },
    )
    failed = json_log(
        "ERROR",
        "Mysql2::Error::ConnectionError: MySQL server has gone away",
        errorType="Function<Mysql2::Error::ConnectionError>",
        stackTrace=["/var/task/vendor/bundle/ruby/3.3.0/gems/mysql2-0.5.6/lib/mysql2/client.rb:151:in `_query'"],
    )
    calls = Traffic(case, "gutschein-pruefen")
    at_moments(
        calls,
        [0.3, 1.1, 2.0, 9.3, 9.6, 17.2, 25.9, 26.4, 41.4, 42.0, 58.2],
        json_log("INFO", "ok"),
        json_report("success", 0.03),
        seconds=0.03,
    )
    at_moments(calls, [9.0, 16.9, 25.6, 41.2, 57.9], failed, json_report("error", 0.02), bad=True, seconds=0.02)
    calls.write(json=True)
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "gutschein"},
        about(3, 12, 0.3),
        period=300,
        stat="Average",
    )
    case.yaml(
        functions=["gutschein-pruefen"],
        destinations={
            "db": {
                "name": "gutschein.c3p0r2d2bb8x.eu-central-1.rds.amazonaws.com",
                "port": 3306,
                "addresses": [db["PrivateIpAddress"]],
            }
        },
    )
