"""What looks like a connection fault and is none, what is healthy, and what this evidence cannot settle."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
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
    request_id,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen.fifth._platform import DARK, Moments, egress, named, spoke, unnamed, zones_with_nat


@incident(
    source="https://github.com/npgsql/npgsql/issues/5167 (a statement that is too slow, on Lambda and RDS Proxy)",
    expert=unnamed(
        Headline.EITHER,
        "the database is reached and busy: statements are cancelled at their own limit while its CPU stands at 99 %",
    ),
)
def statements_are_too_slow(case: CaseFolder) -> None:
    place = spoke(case, "reports", "10.64", zones="ab")
    own = case.group("reports-db", [allow(5432, place.app)], vpc=place.vpc)
    db = case.database("reports", place.data[0], [own])
    case.function("daily-report", place.workload, [place.app], runtime="dotnet8", timeout=120, memory=1024)
    failed = dotnet_error(
        "Npgsql.PostgresException (0x80004005): 57014: canceling statement due to statement timeout",
        "Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async, DataRowLoadingMode dataRowLoadingMode, Boolean "
        "readingNotifications, Boolean isReadingPrependedMessage)",
        "Npgsql.NpgsqlDataReader.NextResult(Boolean async, Boolean isConsuming, CancellationToken cancellationToken)",
        "Reports.Daily.Function.Run(ScheduledEvent e) in /src/Function.cs:line 90",
    )
    calls = Traffic(case, "daily-report")
    calls.good(60, 0, 60, seconds=21.0)
    calls.bad(33, 14, 51, failed, seconds=60.2)
    calls.write(memory=1024)
    instance = {"DBInstanceIdentifier": "reports"}
    case.metric("AWS/RDS", "CPUUtilization", instance, [*about(41, 14), *[99.0, 98.0, 99.0] * 12, 97.0, *about(44, 9)],
                stat="Average", file="reports-db")  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", instance, about(14, 60), stat="Maximum", file="reports-db")
    case.yaml(functions=["daily-report"], destinations={
        "reports": {"name": "reports.ce7kq2wz0xhn.us-east-1.rds.amazonaws.com", "port": 5432,
                    "addresses": [db["PrivateIpAddress"]]}}, reported="timeouts to the reporting DB")  # fmt: skip


@incident(
    source="composed: a vendor's 429s with backoff, and errors of the last attempt",
    expert=unnamed(Headline.EITHER, "the vendor answers, with 429: its rate limit is no fault of a connection"),
)
def vendor_says_too_many_requests(case: CaseFolder) -> None:
    place = zones_with_nat(case, "crm", "10.20", zones="ab")
    case.function("contact-sync", place.private, [place.app], runtime="nodejs22.x", timeout=60)
    retry = node_log("WARN", "attempt 3 failed (429), retry in 4000 ms: connection to api.mail-suite.example kept")
    failed = node_error(
        "Request failed with status code 429", "AxiosError",
        stack=("settle (/var/task/node_modules/axios/dist/node/axios.cjs:2090:12)",
               "IncomingMessage.handleStreamEnd (/var/task/node_modules/axios/dist/node/axios.cjs:3207:11)"),
        code="ERR_BAD_REQUEST", status=429,
    )  # fmt: skip
    calls = Traffic(case, "contact-sync")
    calls.good(140, 0, 60, retry, seconds=5.1)
    calls.good(160, 0, 60, seconds=0.6)
    calls.bad(70, 9, 50, retry, failed, seconds=15.2)
    calls.write()
    for seed, nat in enumerate(place.nats):
        case.nat_metrics(nat, active=about(12, 60, 0.3, seed), errors=[0.0] * 60, idle=about(3, 60, 0.6, seed))
    case.yaml(functions=["contact-sync"], destinations={"mail": {"name": "api.mail-suite.example", "port": 443}})


@incident(
    source="composed: Lambda's own lines of a process that was killed for its memory",
    expert=unnamed(Headline.EITHER, "it is killed at 512 of 512 MB; the bucket is reached through a gateway endpoint"),
)
def killed_for_its_memory(case: CaseFolder) -> None:
    place = spoke(case, "imaging", "10.64", zones="ab")
    case.gateway_endpoint("s3", [place.workload_table])
    case.function("tiff-split", place.workload, [place.app], runtime="provided.al2023", timeout=120, memory=512)
    log = case.log("tiff-split")
    for number in range(40):
        at = 12.0 + 88 * number
        dies = number % 3 == 1
        request = log.invocation(
            at, go_log("GET s3://acme-scans/in 200"), seconds=19.4 if dies else 6.2, used=512 if dies else 377,
            status="Status: error\tError Type: Runtime.ExitError" if dies else "",
        )  # fmt: skip
        if dies:
            log.say(at + 19.402, f"RequestId: {request} Error: Runtime exited with error: signal: killed\n"
                    "Runtime.ExitError\n")  # fmt: skip
    case.without("cloudwatch")
    case.yaml(functions=["tiff-split"], destinations={"scans": {"name": "acme-scans.s3.us-east-1.amazonaws.com",
              "port": 443}}, reported="connection drops in the middle of large files")  # fmt: skip


@incident(
    source="composed: a rotated password and a pool that starts with the old one (HikariCP and pgjdbc's texts)",
    expert=unnamed(Headline.EITHER, "the database answers, and does not accept the password: the way is open"),
)
def password_was_rotated(case: CaseFolder) -> None:
    place = spoke(case, "members", "10.64", zones="ab")
    own = case.group("members-db", [allow(5432, place.app)], vpc=place.vpc)
    db = case.database("members", place.data[0], [own])
    case.function("member-card", place.workload, [place.app], runtime="java21", timeout=30, memory=1024)
    failed = java_error(
        "com.zaxxer.hikari.pool.HikariPool$PoolInitializationException: Failed to initialize pool: FATAL: password "
        'authentication failed for user "member_app"',
        "com.zaxxer.hikari.pool.HikariPool.throwPoolInitializationException(HikariPool.java:596)",
        "com.zaxxer.hikari.HikariDataSource.getConnection(HikariDataSource.java:111)",
        "com.acme.members.CardHandler.handleRequest(CardHandler.java:44)",
    )
    calls = Traffic(case, "member-card")
    calls.good(120, 0, 31, seconds=0.05)
    calls.bad(109, 31.5, 60, failed, seconds=1.2)
    calls.write(memory=1024, tail=True)
    case.without("ec2/network-acls", "cloudwatch")
    case.yaml(functions=["member-card"], destinations={
        "members": {"name": "members.cb4zx8whq0kn.us-east-1.rds.amazonaws.com", "port": 5432,
                    "addresses": [db["PrivateIpAddress"]]}}, reported="cannot connect to DB since 12:31")  # fmt: skip


@incident(
    source="composed: an internal certificate that ran out at half past twelve; Node's CERT_HAS_EXPIRED",
    expert=unnamed(
        Headline.EITHER, "the handshake is answered at once, and the client refuses a certificate that is past its date"
    ),
)
def certificate_ran_out_at_half_past(case: CaseFolder) -> None:
    place = spoke(case, "docs", "10.64", zones="ab")
    case.function("pdf-sign", place.workload, [place.app], runtime="nodejs20.x", timeout=30)
    failed = node_error("certificate has expired", code="CERT_HAS_EXPIRED", stack=(
        "TLSSocket.onConnectSecure (node:_tls_wrap:1679:34)", "TLSSocket.emit (node:events:524:28)",
        "TLSSocket._finishInit (node:_tls_wrap:1078:8)"))  # fmt: skip
    calls = Traffic(case, "pdf-sign")
    calls.good(77, 0, 29.9, seconds=0.4)
    calls.bad(81, 30.1, 60, failed, seconds=0.05)
    calls.write(zeros=False)
    case.yaml(functions=["pdf-sign"], destinations={"hsm": {"name": "hsm-front.corp.example", "port": 8443}},
              reported="TLS connection errors to the HSM")  # fmt: skip


@incident(
    source="composed: support texts in a log, and SDK retries that succeed",
    expert=unnamed(
        Headline.CLEAR,
        "no invocation fails: 'connection timed out' is what customers write, and the retried warnings end well",
    ),
)
def customers_write_of_timeouts(case: CaseFolder) -> None:
    place = zones_with_nat(case, "helpdesk", "10.12", zones="ab")
    case.function("ticket-triage", place.private, [place.app], timeout=60, LoggingConfig={
        "LogFormat": "JSON", "LogGroup": "/aws/lambda/ticket-triage"})  # fmt: skip
    calls = Traffic(case, "ticket-triage")
    for number, text in enumerate(
        (
            "Subject: Connection timed out!! Your app says ETIMEDOUT since yesterday, refund please",
            "Subject: router says 'connection refused' when I open the portal",
            "Subject: too many connections?? my smart plug is offline, ECONNRESET in its log",
        )
    ):
        calls.good(40 + number, 0, 60, json_log("INFO", "ticket received", text=text, tenant="acme-home"),
                   json_log("INFO", "triaged", queue="tier-1", score=0.93), seconds=0.8)  # fmt: skip
    calls.good(6, 0, 60, json_log("WARNING", "retrying classify after 503 from api.text-model.example (try 2 of 4)"),
               json_log("INFO", "triaged", queue="tier-2", score=0.71), seconds=2.4)  # fmt: skip
    calls.write(json=True)
    for seed, nat in enumerate(place.nats):
        case.nat_metrics(nat, active=about(7, 60, 0.4, seed), errors=[0.0] * 60, drops=[0.0] * 60)
    case.yaml(functions=["ticket-triage"], destinations={"model": {"name": "api.text-model.example", "port": 443}},
              reported="dashboard widget counts 'timed out' in this log group: 40/h")  # fmt: skip


@incident(
    source="composed: metrics of a platform's review; many connections, spread over vendors, and nothing fails",
    expert=unnamed(
        Headline.CLEAR, "no error, no throttle, no port error, no drop: 41,000 connections to five vendors are a load"
    ),
)
def many_connections_and_nothing_fails(case: CaseFolder) -> None:
    place = zones_with_nat(case, "gateway", "10.16", zones="ab", addresses=2)
    case.function("api-fanout", place.private, [place.app], runtime="java21", timeout=20, memory=2048)
    case.function_metrics("api-fanout", invocations=about(44_000, 60), errors=[0.0] * 60, throttles=[0.0] * 60,
                          concurrent=about(1_450, 60), duration=about(7_900, 60), average=about(1_900, 60))  # fmt: skip
    for seed, nat in enumerate(place.nats):
        attempts = about(6_300, 60, 0.1, seed)
        case.nat_metrics(nat, active=about(20_500, 60, 0.03, seed), errors=[0.0] * 60, drops=[0.0] * 60,
                         attempts=attempts, established=attempts, idle=about(40, 60, 0.4, seed))  # fmt: skip
    case.yaml(functions=["api-fanout"], destinations={
        name: {"name": f"api.{name}.example", "port": 443} for name in ("cards", "geo", "tax", "mail", "risk")
    }, reported="quarterly review, alarm threshold question")  # fmt: skip


@incident(
    source="composed: a function that waits for a query in another service until its own timeout",
    expert=unnamed(
        Headline.EITHER, "it polls, is answered each time, and runs into its timeout while the query still runs"
    ),
)
def waits_for_a_query_until_it_times_out(case: CaseFolder) -> None:
    place = spoke(case, "finance", "10.64", zones="ab")
    shared = case.group("finance-vpce", [allow(443, place.app)], vpc=place.vpc)
    case.interface_endpoint("athena", place.endpoints, [shared])
    case.function("close-books", place.workload, [place.app], timeout=300)
    calls = Moments(case, "close-books")
    for number in range(7):
        calls.at(40 + 420 * number, timeout=300, error=True)
        for waited in range(30, 300, 30):
            case.log("close-books").say(
                40 + 420 * number + waited,
                python_log("INFO", f"query 5c1e0f0a-7d42-4c83-9b1e-{number:012x} is RUNNING, waited {waited} s"),
                request=request_id("close-books", number + 1),
            )
    calls.at(3100, python_log("INFO", "query 77b0c2d4 SUCCEEDED"), took=61)
    calls.write()
    case.yaml(functions=["close-books"], destinations={
        "athena": {"name": "athena.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="composed: what an on-call engineer had at hand, which was metrics",
    expert=unnamed(
        Headline.OPEN,
        "every tenth call fails after the full timeout, and no line says what it waited for; gateway and database look "
        "as always",
    ),
)
def only_metrics_of_calls_that_hang(case: CaseFolder) -> None:
    place = zones_with_nat(case, "checkout", "10.8", zones="ab")
    case.function("authorize", place.private, [place.app], timeout=15)
    calls = about(600, 60)
    case.function_metrics(
        "authorize",
        invocations=calls,
        errors=[*unsaid_zeros([0.0] * 33), *share(calls[33:], 0.1)],
        duration=[*about(1_100, 33), *[15_000.0] * 27],
        concurrent=[*about(5, 33), *about(21, 27)],
    )
    for seed, nat in enumerate(place.nats):
        case.nat_metrics(nat, active=about(19, 60, 0.3, seed), errors=[0.0] * 60)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "checkout"}, about(24, 60), stat="Average",
                file="checkout-db")  # fmt: skip
    case.yaml(functions=["authorize"], reported="10 % errors since 12:33, logs are in the other account")


@incident(
    source="composed: 'Task timed out', a list of functions, and nothing else",
    expert=unnamed(
        Headline.OPEN, "some invocations run into their timeout, and the evidence has neither a destination nor a route"
    ),
)
def some_task_timeouts_and_half_a_network(case: CaseFolder) -> None:
    place = spoke(case, "assets", "10.64")
    case.function("asset-meta", place.workload, [place.app], runtime="ruby3.3", timeout=30)
    calls = Traffic(case, "asset-meta")
    calls.good(260, 0, 60, seconds=0.3)
    calls.bad(31, 12, 49, timeout=30)
    calls.write(tail=True, metrics=False)
    case.without("ec2/route", "ec2/network-a", "ec2/security", "ec2/transit", "ec2/nat", "ec2/vpc", "ec2/network-i")
    case.yaml(functions=["asset-meta"], reported="sporadic")


@incident(
    source="composed: a port exhaustion that was over before the window, and a vendor that is silent in it",
    expert=named(
        DARK,
        because="the gateways' port errors ended at 11:52, forty minutes before the connects time out; in their time "
        "the gateways count none, another vendor answers through them, and payments.example answers no one",
    ),
)
def old_port_errors_and_then_a_silent_vendor(case: CaseFolder) -> None:
    place = spoke(case, "billing", "10.64", zones="ab")
    nats = egress(case)
    case.function("charge-card", place.workload, [place.app], timeout=45)
    fine = python_log("INFO", "fraud score from api.fraud-check.example: 0.02")
    late = python_error(
        "ConnectTimeout",
        "HTTPSConnectionPool(host='api.payments.example', port=443): Max retries exceeded with url: /v1/charges "
        "(Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f3bd40c1f90>, 'Connection to "
        "api.payments.example timed out. (connect timeout=10)'))",
        ("/opt/python/requests/adapters.py", 665, "send", "raise ConnectTimeout(e, request=request)"),
    )
    log = case.log("charge-card")
    for number in range(6):
        log.invocation(-1200 + 90 * number, fine, late, seconds=10.4, stream=40 + number)
    calls = Traffic(case, "charge-card")
    calls.good(130, 0, 31.8, fine, python_log("INFO", "charged"), seconds=0.5)
    calls.bad(82, 32.1, 54, fine, late, seconds=10.4)
    calls.good(24, 54.3, 60, fine, python_log("INFO", "charged"), seconds=0.5)
    calls.write()
    for seed, nat in enumerate(nats):
        case.nat_metrics(nat, first=-30, active=[*about(55_000, 22, 0.004, seed), *about(2_100, 68, 0.1, seed)],
                         errors=[*about(900, 22, 0.4, seed), *[0.0] * 68])  # fmt: skip
    case.yaml(functions=["charge-card"], destinations={
        "payments": {"name": "api.payments.example", "port": 443},
        "fraud": {"name": "api.fraud-check.example", "port": 443}})  # fmt: skip
