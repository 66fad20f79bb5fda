"""What looks like a narrow place and is none, or cannot be told."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    json_log,
    node_error,
    node_log,
    python_error,
    python_log,
    ramp,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import (
    FULL,
    SILENT,
    fleet,
    no_fault_of_the_path,
    startup,
    unsettled,
)  # fmt: skip


@incident(
    source="composed: psycopg after a rotation of the secret (password authentication failed)",
    expert=no_fault_of_the_path(
        "the database answers at once, and does not accept the password", lacks=("security group",)
    ),
)
def rotated_password(case: CaseFolder) -> None:
    place = startup(case, "clinico", "10.47")
    own = case.group("clinico-db", [allow(5432, place.app)])
    db = case.database("clinico", place.private[0], [own])
    host = "clinico.ca77.us-east-1.rds.amazonaws.com"
    case.function("clinico-slots", place.private, [place.app], timeout=15)
    failed = python_error(
        "OperationalError", f'connection failed: connection to server at "{db["PrivateIpAddress"]}", port 5432 failed: '
        'FATAL:  password authentication failed for user "clinico_app"',
        ("/opt/python/psycopg/connection.py", 117, "connect", "raise last_ex.with_traceback(None)"))  # fmt: skip
    calls = Traffic(case, "clinico-slots")
    calls.good(70, 0, 29.6, seconds=0.06)
    calls.bad(63, 30, 60, failed, seconds=0.05)
    calls.write()
    case.yaml(functions=["clinico-slots"], destinations={
        "db": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: an LLM's API answers 429, its client retries and prints what it waits for",
    expert=no_fault_of_the_path("the API is reached and says 429: its rate limit, no fault of a connection"),
)
def rate_limited_model(case: CaseFolder) -> None:
    place = fleet(case, "botly", "10.86")
    case.function("botly-reply", place.apps, [place.app], runtime="python3.13", timeout=60)
    retried = python_log("INFO", "Retrying request to /chat/completions in 0.913774 seconds")
    limited = python_log("INFO", 'HTTP Request: POST https://api.llm.example/v1/chat/completions "HTTP/1.1 429 '
                                 'Too Many '
                                 'Requests"')  # fmt: skip
    failed = python_error(
        "RateLimitError", "Error code: 429 - {'error': {'message': 'Rate limit reached for organization org-x9 "
                          "on tokens "
        "per min (TPM): Limit 30000, Used 29411, Requested 1204. Please try again in 1.23s.', 'type': 'tokens', "
        "'code': "
        "'rate_limit_exceeded'}}", ("/var/task/openai/_base_client.py", 1047, "request",
                                    "raise self._make_status_error_from_response(err.response) from None"))  # fmt: skip
    calls = Traffic(case, "botly-reply")
    calls.good(90, 0, 60, seconds=4.0)
    calls.good(30, 10, 50, limited, retried, seconds=6.0)
    calls.bad(28, 10, 50, limited, retried, limited, retried, limited, failed, seconds=3.2)
    calls.write(zeros=False)
    for nat in place.nats:
        case.nat_metrics(nat, errors=[None] * 60, active=about(14, 60))
    case.yaml(functions=["botly-reply"])


@incident(
    source="composed: sharp in 512 MB (Runtime exited with error: signal: killed)",
    expert=no_fault_of_the_path("the processes are killed at their memory's limit: Max Memory Used is Memory Size"),
)
def killed_for_memory(case: CaseFolder) -> None:
    place = startup(case, "snappy", "10.48")
    case.function("snappy-resize", place.private, [place.app], runtime="nodejs20.x", timeout=60)
    log = case.log("snappy-resize", tail=True)
    calls, errors = [0.0] * 12, [0.0] * 12
    for number in range(30):
        at = 40 + 115.0 * number
        calls[int(at // 300)] += 1
        errors[int(at // 300)] += number % 3 == 0
        if number % 3:
            log.invocation(at, node_log("INFO", "resized in 2100ms"), seconds=2.3, used=402)
        else:
            request = log.invocation(at, node_log("INFO", "fetched 41MB from s3, connection "
                                                          "kept"), seconds=5.2, used=512,
                                     status="Status: error\tError Type: Runtime.ExitError")  # fmt: skip
            log.say(
                at + 5.21, f"RequestId: {request} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
            )
    case.function_metrics("snappy-resize", period=300, invocations=calls, errors=errors)
    case.yaml(functions=["snappy-resize"], reported="S3 connections drop?")


@incident(
    source="composed: Npgsql's 57014 (canceling statement due to statement timeout) under a missing index",
    expert=no_fault_of_the_path("the database answers: it cancels the query itself after its statement_timeout, "
                                "and it is "
                                "at 100 % of its processor", lacks=("nat gateway", "security group")),
)  # fmt: skip
def report_without_an_index(case: CaseFolder) -> None:
    case.region = "ap-northeast-1"
    place = startup(case, "keiri", "10.49")
    own = case.group("keiri-db", [allow(5432, place.app)])
    db = case.database("keiri", place.private[0], [own])
    case.function("keiri-report", place.private, [place.app], runtime="dotnet8", timeout=60)
    failed = dotnet_error(
        "Npgsql.PostgresException (0x80004005): 57014: canceling statement due to statement timeout",
        "Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async, DataRowLoadingMode dataRowLoadingMode, Boolean "
        "readingNotifications, Boolean isReadingPrependedMessage)",
        "Keiri.Report.Monthly(Int32 month) in /src/Report.cs:line 140")  # fmt: skip
    calls = Traffic(case, "keiri-report")
    calls.good(20, 0, 60, seconds=1.1)
    calls.bad(31, 6, 60, failed, seconds=30.0)
    calls.write()
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "keiri"}, [*about(30, 6), *[100.0] * 54],
                stat="Average")  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "keiri"}, about(24, 60), stat="Maximum")
    case.yaml(
        functions=["keiri-report"],
        destinations={
            "db": {
                "name": "keiri.c1.ap-northeast-1.rds.amazonaws.com",
                "port": 5432,
                "addresses": [db["PrivateIpAddress"]],
            }
        },
    )


@incident(
    source="composed: a help desk's function that logs what customers write",
    expert=no_fault_of_the_path("no invocation fails; the frightening words are the customers'", Headline.CLEAR),
)
def customers_write_frightening_words(case: CaseFolder) -> None:
    place = startup(case, "helpio", "10.50")
    case.function("helpio-triage", place.private, [place.app], runtime="nodejs22.x", timeout=20,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/helpio-triage"})  # fmt: skip
    calls = Traffic(case, "helpio-triage")
    calls.good(150, 0, 60, json_log("INFO", "ticket classified", label="billing"), seconds=0.4)
    for number, text in enumerate((
        "Our store shows ETIMEDOUT and 'too many connections' since the update, please help!!",
        "my bank REFUSED the connection of the card, error, error, timeout",
        "ECONNRESET in your widget. Is the NAT gateway full or what?")):  # fmt: skip
        calls.good(
            6 + number, 0, 60, json_log("INFO", "ticket received", subject=text, customer=f"c-{number}41"), seconds=0.3
        )
    calls.good(4, 0, 60, json_log("WARN", "cache miss, slow path"), seconds=1.9)
    calls.write(json=True)
    case.nat_metrics(
        place.nat, errors=[0.0] * 60, active=about(33, 60), attempts=about(50, 60), established=about(50, 60)
    )
    case.yaml(functions=["helpio-triage"], reported="alarm 'ERROR keyword' fired, is anything wrong?")


@incident(
    source="composed: a port exhaustion of the night before, and a partner's certificate that ran out today",
    expert=no_fault_of_the_path("the gateway's errors ended hours before the window; what fails now is a "
                                "certificate that "
                                "has expired", lacks=("port allocation",)),
)  # fmt: skip
def expired_certificate_after_a_bad_night(case: CaseFolder) -> None:
    place = startup(case, "tradeo", "10.51")
    case.function("tradeo-quotes", place.private, [place.app], runtime="nodejs20.x", timeout=15)
    failed = node_error(
        "certificate has expired", code="CERT_HAS_EXPIRED",
        stack=("TLSSocket.onConnectSecure (node:_tls_wrap:1679:34)", "TLSSocket.emit (node:events:524)"))  # fmt: skip
    calls = Traffic(case, "tradeo-quotes")
    calls.good(48, 0, 17.9, seconds=0.2)
    calls.bad(95, 18, 60, failed, seconds=0.06)
    calls.write()
    case.nat_metrics(place.nat, first=-240, errors=[2_100.0, 3_944.0, 880.0] * 10 + [0.0] * 270,
                     active=[55_007.0] * 30 + [float(one) for one in ramp(9_000, 60, 30)] + about(48, 240))  # fmt: skip
    case.yaml(functions=["tradeo-quotes"], destinations={
        "quotes": {"name": "quotes.partnerbank.example", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/prisma/orm/issues/6898 (\"Timed out fetching a new connection from the pool\" is "
           "misleading)",
    expert=unsettled("Prisma's own pool of one gives no connection within 10 s: a query that holds it, a full "
                     "database and an "
                     "unreachable one all look like this", FULL, SILENT),
)  # fmt: skip
def prisma_pool_of_one(case: CaseFolder) -> None:
    failed = node_error(
        "\nInvalid `prisma.booking.findMany()` invocation:\n\n\nTimed out fetching a new connection from the "
        "connection "
        "pool. More info: http://pris.ly/d/connection-pool (Current connection pool timeout: 10, connection limit: 1)",
        "PrismaClientKnownRequestError", code="P2024", clientVersion="5.22.0",
        meta={"modelName": "Booking", "connection_limit": 1, "timeout": 10},
        stack=("$n.handleRequestError (/var/task/node_modules/@prisma/client/runtime/library.js:121)",))  # fmt: skip
    calls = Traffic(case, "bookings-resolver")
    calls.good(140, 0, 60, seconds=0.1)
    calls.bad(22, 0, 60, failed, seconds=10.2)
    calls.write(metrics=False)
    case.yaml(functions=["bookings-resolver"])
