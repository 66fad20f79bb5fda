"""Failures that are no fault of a connection."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    json_log,
    node_log,
    python_log,
    times,
    unsaid_zeros,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import (
    destination,
    estate,
    function,
    ruby_error,
    slog,
)


def _none(headline: Headline, because: str, *true: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((), true, headline, because, lacks=lacks)


@incident(
    source="https://github.com/prisma/orm/issues/19820 (P2024, connection limit: 1, in Lambda; the database is "
    "far from full)",
    expert=_none(
        Headline.EITHER,
        "Prisma's own pool of one connection is busy with the function's own queries; the database "
        "has few connections and other queries are answered",
    ),
)
def a_pool_of_one(case: CaseFolder) -> None:
    place = estate(case, "fernway", "10.39", zones="ab")
    own = case.group("fernway-aurora", [allow(5432, place.app)])
    db = case.database("fernway", place.data[0], [own])
    function(case, "graphql", place.private, [place.app], runtime="nodejs22.x", timeout=29, memory=1024)
    said = (
        "\nInvalid `prisma.booking.findMany()` invocation:\n\n\nTimed out fetching a new connection from the "
        "connection pool. "
        "More info: http://pris.ly/d/connection-pool (Current connection pool timeout: 10, connection limit: 1)"
    )
    failed = node_error(
        said,
        "PrismaClientKnownRequestError",
        code="P2024",
        clientVersion="6.5.0",
        meta={"modelName": "Booking", "connection_limit": 1, "timeout": 10},
        stack=("Rr.handleRequestError (/var/task/node_modules/@prisma/client/runtime/library.js:121:7765)",),
    )
    slow = node_log("WARN", "prisma:query took 9412 ms", {"model": "Report", "rows": 48112})
    calls = Traffic(case, "graphql")
    calls.good(360, 0, 60, seconds=0.2)
    calls.bad(29, 4, 58, slow, failed, seconds=10.4)
    calls.write(memory=1024)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBClusterIdentifier": "fernway"}, about(17, 60), stat="Maximum")
    case.metric("AWS/RDS", "CPUUtilization", {"DBClusterIdentifier": "fernway"}, about(31, 60), stat="Average")
    case.yaml(
        functions=["graphql"],
        destinations={
            "fernway": destination("fernway.cluster-ck20.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])
        },
    )


@incident(
    source="composed: an API's 429 with Retry-After, as axios prints it",
    expert=_none(
        Headline.EITHER, "the API answers at once, with 429: a rate limit of its own, and no fault of the network"
    ),
)
def the_api_says_slow_down(case: CaseFolder) -> None:
    place = estate(case, "sweetspot", "10.71", zones="ab")
    function(case, "crm-sync", place.private, [place.app], runtime="nodejs20.x", timeout=60)
    failed = node_error(
        "Request failed with status code 429",
        "AxiosError",
        code="ERR_BAD_REQUEST",
        status=429,
        stack=("settle (/var/task/node_modules/axios/dist/node/axios.cjs:2019:12)",),
    )
    calls = Traffic(case, "crm-sync")
    calls.good(80, 0, 60, seconds=1.2)
    calls.bad(
        64,
        10,
        55,
        node_log("WARN", "rate limited, retry-after", {"seconds": 30, "limit": "100 requests per connected app"}),
        failed,
        seconds=0.4,
    )
    calls.write()
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=about(9, 60))
    case.yaml(
        functions=["crm-sync"],
        destinations={"crm": destination("api.crmhub.example", 443, "34.160.113.99")},
        reported="calls to the CRM fail, too many connections?",
    )


@incident(
    source="composed: Runtime.ExitError, signal: killed, right after a line about an open connection",
    expert=_none(
        Headline.EITHER,
        "the function is killed at 1,769 of 1,769 MB: memory, not the connection that it had just opened",
    ),
)
def killed_with_an_open_connection(case: CaseFolder) -> None:
    place = estate(case, "paperless", "10.83", zones="ab")
    function(case, "pdf-merge", place.private, [place.app], runtime="provided.al2023", timeout=120, memory=1769)
    log = case.log("pdf-merge")
    invocations, errors = [0.0] * 60, [0.0] * 60
    for index, at in enumerate(times(70, 0, 57)):
        broken = index % 4 == 1
        invocations[int(at // 60)] += 1
        errors[int(at // 60)] += broken
        lines = [
            slog("INFO", "connected", addr="10.83.110.17:5432"),
            slog("INFO", "download", pages=1_200 if broken else 40),
        ]
        if broken:
            lines.append(
                lambda moment: (
                    f"RequestId: {moment.request} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
                )
            )
        log.invocation(
            at,
            *lines,
            seconds=18.4 if broken else 2.1,
            stream=index,
            cold=0.31,
            memory=1769,
            used=1769 if broken else 640,
            status="Status: error\tError Type: Runtime.ExitError" if broken else "",
        )
    case.function_metrics("pdf-merge", invocations=invocations, errors=errors)
    case.without("ec2/network-acls")
    case.yaml(functions=["pdf-merge"], reported="connection to the database breaks off in the middle of a job")


@incident(
    source="composed: the pg gem's 'connection to server ... failed: FATAL:  password authentication failed'",
    expert=_none(
        Headline.EITHER,
        "the database answers, and does not accept the password since the rotation",
    ),
)
def the_password_was_rotated(case: CaseFolder) -> None:
    place = estate(case, "tillroll", "10.23", zones="ab")
    own = case.group("tillroll-pg", [allow(5432, place.app)])
    db = case.database("tillroll", place.data[0], [own])
    address = db["PrivateIpAddress"]
    function(case, "receipts", place.private, [place.app], runtime="ruby3.3", timeout=20)
    host = "tillroll.cq88.us-east-1.rds.amazonaws.com"
    failed = ruby_error(
        "PG::ConnectionBad",
        f'connection to server at "{host}" ({address}), port 5432 failed: FATAL:  password authentication failed '
        f"for user "
        f'"receipts"\nconnection to server at "{host}" ({address}), port 5432 failed: FATAL:  no pg_hba.conf '
        f"entry for host "
        '"10.23.4.71", user "receipts", database "tillroll", no encryption\n',
        "/var/task/vendor/bundle/ruby/3.3.0/gems/pg-1.5.9/lib/pg/connection.rb:709:in "
        "'PG::Connection.async_connect_or_reset'",
    )
    calls = Traffic(case, "receipts")
    calls.good(90, 0, 30, seconds=0.05)
    calls.bad(97, 30.1, 60, failed, seconds=0.06)
    calls.write(period=300)
    case.yaml(functions=["receipts"], destinations={"tillroll": destination(host, 5432, address)})


@incident(
    source="composed: Go's 'x509: certificate has expired or is not yet valid' of an inner service",
    expert=_none(
        Headline.EITHER, "the service answers with a certificate that has expired: no time-out of the handshake"
    ),
)
def the_certificate_has_expired(case: CaseFolder) -> None:
    text = (
        'Get "https://policy.internal.suretybond.example:8443/v2/rules": tls: failed to verify certificate: '
        "x509: certificate "
        "has expired or is not yet valid: current time 2026-11-20T12:{:02d}:07Z is after 2026-11-20T12:00:00Z"
    )
    log = case.log("underwrite")
    for minute in range(1, 60, 2):
        log.invocation(
            60.0 * minute + 6.9,
            slog("ERROR", "rules not loaded", err=text.format(minute)),
            seconds=0.1,
            stream=minute % 3,
        )
    case.yaml(
        functions=["underwrite"], destinations={"policy": {"name": "policy.internal.suretybond.example", "port": 8443}}
    )


@incident(
    source="composed: a function that polls an Athena query until its own timeout ends it",
    expert=_none(
        Headline.EITHER,
        "it polls a query that is still RUNNING, and each poll is answered: it waits for Athena's "
        "work, not for a connection",
    ),
)
def it_waits_for_a_query(case: CaseFolder) -> None:
    place = estate(case, "metricly", "10.15", zones="ab")
    function(case, "daily-kpis", place.private, [place.app], runtime="python3.12", timeout=300)
    log = case.log("daily-kpis")
    began = [60.0 * minute + 4 for minute in range(0, 54, 7)]
    for index, at in enumerate(began):
        request = log.invocation(at, timeout=300.0, stream=index % 2)
        for poll in range(29):
            state = "QUEUED" if poll < 2 else "RUNNING"
            said = python_log("INFO", f"GetQueryExecution 5f0c-{index} {state} (poll {poll + 1})")
            log.say(at + 1.2 + 10.1 * poll, said, index % 2, request)
    counts = [float(sum(int(at // 300) == period for at in began)) for period in range(12)]
    case.function_metrics(
        "daily-kpis",
        period=300,
        invocations=unsaid_zeros(counts),
        errors=counts,
        duration=[300_000.0 if one else None for one in counts],
    )
    case.nat_metrics(place.nats[0], errors=[0.0] * 12, active=about(4, 12), period=300)
    case.yaml(
        functions=["daily-kpis"],
        destinations={"athena": destination("athena.us-east-1.amazonaws.com", 443)},
        reported="times out since the data grew",
    )


@incident(
    source="composed: 'canceling statement due to statement timeout' (57014), as node-postgres prints it, in JSON",
    expert=_none(
        Headline.EITHER, "Postgres itself ends a slow statement after five seconds: it was reached and answers"
    ),
)
def statements_that_take_too_long(case: CaseFolder) -> None:
    place = estate(case, "harbour", "10.92", zones="ab")
    own = case.group("harbour-pg", [allow(5432, place.app)])
    db = case.database("harbour", place.data[0], [own])
    function(
        case,
        "berth-report",
        place.private,
        [place.app],
        runtime="nodejs22.x",
        timeout=30,
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/berth-report"},
    )
    failed = json_log(
        "ERROR",
        "canceling statement due to statement timeout",
        errorType="error",
        code="57014",
        routine="ProcessInterrupts",
        severity="ERROR",
        xRay=None,
        stackTrace=["error: canceling statement due to statement timeout", "    at Parser.parseErrorMessage"],
    )
    log = case.log("berth-report")
    errors = [0.0] * 60
    for index, at in enumerate(times(55, 0, 59)):
        errors[int(at // 60)] += 1
        log.invocation(at, failed, seconds=5.1, stream=index % 5, report=False)
    case.function_metrics(
        "berth-report",
        invocations=[one + 6 for one in errors],
        errors=errors,
        duration=[5_110.0 if one else 2_800.0 for one in errors],
    )
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "harbour"}, about(21, 60), stat="Average")
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "harbour"}, about(88, 60, 0.05), stat="Average")
    case.yaml(
        functions=["berth-report"],
        destinations={"harbour": destination("harbour.cz7.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])},
    )
