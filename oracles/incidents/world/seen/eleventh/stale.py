"""Connections that lay silent, and a burst that only looks like it."""

from __future__ import annotations

import json

from oracles.incidents.world import (
    ACCOUNT,
    CaseFolder,
    about,
    allow,
    incident,
    java_error,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.eleventh._sites_b import Diary, calm_gateway, left_open, named, town

IDLE = "idle-timeout-reset"


@incident(
    source="composed: after reports to psf/requests (Connection reset by peer on a kept session in Lambda)",
    expert=named(
        IDLE,
        "each reset is the first use of the kept session after more than 350 s of silence, the gateway counts an idle "
        "timeout before each, and shorter pauses and the retry half a minute later go well",
    ),
)
def kept_session_after_a_quiet_spell(case: CaseFolder) -> None:
    case.minutes = 120
    place = town(case, "freight", "10.12", "52.21.140.77")
    case.function("label-request", place.apps, [place.lambdas], timeout=60)
    reset = python_error(
        "ConnectionError",
        "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        ("/var/task/requests/sessions.py", 703, "send", "r = adapter.send(request, **kwargs)"),
        ("/var/task/requests/adapters.py", 682, "send", "raise ConnectionError(err, request=request)"),
    )
    diary = Diary(case, "label-request")
    idle = [0.0] * 120
    gaps = [95, 210, 300, 402, 180, 41, 318, 511, 240, 77, 150, 388, 290, 62, 120, 204, 467, 33, 260, 275, 701, 118,
            90, 44, 365, 199, 240, 53, 420]  # fmt: skip
    diary.run(-130.0, python_log("INFO", "session opened"), seconds=0.61, cold=0.533)
    diary.run(-22.0, python_log("INFO", "label 200"), seconds=0.31)
    at = -22.0
    for gap in gaps:
        last, at = at, at + gap
        if gap < 350:
            diary.run(at, python_log("INFO", "label 200"), seconds=0.29)
            continue
        idle[int((last + 350.4) // 60)] += 1
        diary.run(at, reset, seconds=0.04, error=True)
        at += 31
        diary.run(at, python_log("INFO", "label 200"), seconds=0.44)
    diary.write()
    calm_gateway(case, place.nat, 9, idle=idle, active=6)
    case.yaml(functions=["label-request"], destinations={"carrier": {"name": "ship.parcelhub.io", "port": 443}})


@incident(
    source="composed: after questions on StackOverflow (4031: disconnected by the server because of inactivity)",
    expert=named(IDLE, "the server itself says that it closed the connection for inactivity", "stock"),
)
def server_hangs_up_on_a_sleeper(case: CaseFolder) -> None:
    case.minutes = 120
    place = town(case, "retail", "10.44", "18.205.66.31")
    own = case.group("stock-mysql", [allow(3306, place.lambdas)])
    db = case.database("stock", place.db_b, [own])
    case.function("stock-level", place.apps, [place.lambdas], runtime="python3.11", timeout=15)
    gone = python_error(
        "OperationalError",
        "(4031, 'The client was disconnected by the server because of inactivity. See wait_timeout and "
        "interactive_timeout for configuring this behavior.')",
        ("/opt/python/MySQLdb/cursors.py", 179, "execute", "res = self._query(mogrified_query)"),
        ("/opt/python/MySQLdb/cursors.py", 330, "_query", "db.query(q)"),
        ("/opt/python/MySQLdb/connections.py", 261, "query", "_mysql.connection.query(self, query)"),
    )
    fine = python_log("INFO", "stock read")
    diary = Diary(case, "stock-level")
    for stream in range(4):
        diary.run(-700.0 + 0.01 * stream, fine, seconds=0.4, stream=stream, cold=0.377)
    # The shop is open until 12:40, then a mobile client or two look now and then.
    for number in range(-60, 240):
        diary.run(number // 4 * 40.0 + number % 4 * 0.01, fine, seconds=0.05, stream=number % 4)
    at = 2405.0
    for gap in (140, 222, 355, 81, 190, 470, 60, 240, 402, 118, 233, 512, 95, 266, 371, 44, 205, 150):
        at += gap
        diary.run(at, gone if gap > 300 else fine, seconds=0.03 if gap > 300 else 0.05, error=gap > 300)
    # Now and then the second environment gets one, and it has slept much longer.
    for at in (3204.0, 4610.0, 6002.0):
        diary.run(at, gone, seconds=0.03, stream=1, error=True)
    diary.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "stock"},
                [*about(9, 41, 0.1), 9.0, 9.0, 8.0, 7.0, 7.0, *about(6, 74, 0.15)], stat="Average")  # fmt: skip
    case.file(
        "rds/db-parameters-retail-mysql80.json",
        {
            "Parameters": [
                {
                    "ParameterName": "wait_timeout",
                    "ParameterValue": "300",
                    "Source": "user",
                    "ApplyType": "dynamic",
                    "DataType": "integer",
                    "IsModifiable": True,
                    "ApplyMethod": "immediate",
                },
                {
                    "ParameterName": "max_connections",
                    "ParameterValue": "{DBInstanceClassMemory/12582880}",
                    "Source": "engine-default",
                    "ApplyType": "dynamic",
                    "DataType": "integer",
                    "IsModifiable": True,
                },
            ]
        },
    )
    case.yaml(functions=["stock-level"], destinations={"stock": {
        "name": "stock.c3kd82hfqpxz.us-east-1.rds.amazonaws.com", "port": 3306,
        "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/lambda-vpc-troubleshoot-timeout (long invoke through a NAT gateway)",
    expert=named(
        IDLE,
        "the invoked function ends well after 6 to 9 minutes, but its caller never hears of it: nothing crosses the "
        "NAT gateway for more than 350 s; whatever takes less than that comes back",
    ),
)
def answer_that_comes_after_six_minutes(case: CaseFolder) -> None:
    case.minutes = 180
    place = town(case, "ledger", "10.90", "34.198.20.119")
    case.function("month-close", [place.app_a], [place.lambdas], timeout=900, memory=256)
    case.function("statement-builder", timeout=900, memory=3008, runtime="python3.12")
    url = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/statement-builder/invocations"
    silent = python_error(
        "ReadTimeoutError",
        f'Read timeout on endpoint URL: "{url}"',
        (
            "/var/runtime/botocore/httpsession.py",
            501,
            "send",
            "raise ReadTimeoutError(endpoint_url=request.url, error=e)",
        ),
    )
    caller, callee = Diary(case, "month-close", 256), Diary(case, "statement-builder", 3008)
    idle = [0.0] * 180
    free = [0.0, 0.0, 0.0]
    took = (212, 187, 391, 240, 318, 455, 201, 166, 529, 298, 411, 232, 140, 377, 254, 305)
    for number, seconds in enumerate(took):
        at = 120.0 + 600.0 * number
        late = seconds > 350
        builder = next(one for one, ends in enumerate(free) if ends <= at)
        free[builder] = at + seconds + 1
        callee.run(at + 0.12, python_log("INFO", f"statement of tenant {118 + number} written"), seconds=seconds + 0.31,
                   stream=builder, used=1904, cold=2.1 if number == 0 else None)  # fmt: skip
        if late:
            idle[int((at + 350.6) // 60)] += 1
        stream = number % 2
        caller.run(
            at,
            silent if late else python_log("INFO", f"tenant {118 + number} closed"),
            seconds=720.4 if late else seconds + 0.6,
            stream=stream,
            error=late,
            cold=0.41 if number < 2 else None,
        )
    caller.write(period=300)
    callee.write(period=300)
    calm_gateway(case, place.nat, 5, idle=idle, active=4)
    case.yaml(
        functions=["month-close", "statement-builder"],
        destinations={"lambda-api": {"name": "lambda.us-east-1.amazonaws.com", "port": 443}},
    )


@incident(
    source="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-best-practices.html (connections after a restore)",
    expert=named(
        IDLE,
        "only the first query after each restore fails, on the connection that the snapshot kept from its making",
    ),
)
def connection_kept_in_a_snapshot(case: CaseFolder) -> None:
    place = town(case, "policy", "10.71", "3.220.14.201")
    own = case.group("policy-pg", [allow(5432, place.lambdas)])
    db = case.database("policy", place.db_a, [own])
    case.function("rate-policy", place.apps, [place.lambdas], runtime="java21", memory=1024, timeout=20,
                  SnapStart={"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}, Version="14")  # fmt: skip
    broken = java_error(
        "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
        "org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:399)",
        "org.postgresql.jdbc.PgStatement.executeInternal(PgStatement.java:502)",
        "org.postgresql.jdbc.PgPreparedStatement.executeQuery(PgPreparedStatement.java:137)",
        "io.policyrate.RateHandler.handleRequest(RateHandler.java:61)",
        causes=("java.net.SocketException: Broken pipe",),
    ).replace("NioSocketImpl.connect(NioSocketImpl.java:592)", "NioSocketImpl.implWrite(NioSocketImpl.java:425)")
    diary = Diary(case, "rate-policy", 1024)
    log = case.log("rate-policy")
    for stream, begins in enumerate((35.0, 260.2, 940.3, 1620.3, 2266.2, 2912.2)):
        log.say(begins - 0.9, "RESTORE_START Runtime Version: java:21.v37\tRuntime Version ARN: "
                "arn:aws:lambda:us-east-1::runtime:4f9d1b0fd1e2\n", stream)  # fmt: skip
        log.say(begins - 0.1, "RESTORE_REPORT Restore Duration: 742.18 ms\n", stream)
        diary.run(begins, broken, seconds=0.19, stream=stream, error=True, used=231,
                  status="Restore Duration: 742.18 ms\tBilled Restore Duration: 261 ms")  # fmt: skip
        last = begins + 640.0 if stream else 3590.0
        at = begins + 4.0
        while at < min(last, 3590.0):
            diary.run(at, "rated policy in zone 4\n", seconds=0.8, stream=stream, used=238)
            at += 17.0 + stream
    diary.write()
    written = json.dumps(log.content()).replace("$LATEST", "14")
    case.file("callers/rate-policy.json", json.loads(written))
    case.yaml(functions=["rate-policy"], destinations={"policy-db": {
        "name": "policy.cluster-c1qzr0w7mm2s.us-east-1.rds.amazonaws.com", "port": 5432,
        "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: after reports to pgbouncer/pgbouncer (clients are dropped when PgBouncer is restarted)",
    expert=left_open(
        "every pooled connection dies at the same moment, though each was used seconds before: somebody restarted the "
        "pooler or cut its clients; new connections are taken at once, and nothing in the evidence says who did it"
    ),
)
def pooled_connections_die_together(case: CaseFolder) -> None:
    place = town(case, "booking", "10.33", "54.80.191.14")
    own = case.group("pgbouncer", [allow(6432, place.lambdas)])
    host = case.interface(
        "pgbouncer-1",
        place.db_a,
        [own],
        description=f"arn:aws:ecs:us-east-1:{ACCOUNT}:attachment/0a7be0a8-31cb-4d56-a1a1-7c9dc9ddf1a2",
        TagSet=[{"Key": "Name", "Value": "pgbouncer"}],
    )
    case.function("seat-hold", place.apps, [place.lambdas], timeout=10)
    dropped = python_error(
        "OperationalError",
        "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n"
        "\tbefore or while processing the request.\n",
        ("/var/task/holds.py", 88, "hold", "cur.execute(HOLD, (seat, until))"),
    )
    diary = Diary(case, "seat-hold")
    for stream in range(18):
        dead = False
        for number in range(-10, 180):
            at = round(number * 20.0 + stream * 0.002, 3)
            if at > 3595:
                break
            first = not dead and at >= 2261.0
            dead = dead or first
            diary.run(at, dropped if first else python_log("INFO", "held"), seconds=0.02 if first else 0.04,
                      stream=stream, error=first, cold=0.35 if number == -10 else None)  # fmt: skip
    diary.write(tail=True)
    case.yaml(functions=["seat-hold"], destinations={"pooler": {
        "name": "pgbouncer.booking.local", "port": 6432, "addresses": [host["PrivateIpAddress"]]}})  # fmt: skip
