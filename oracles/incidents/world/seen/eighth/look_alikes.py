"""Failures that are none of the connection, noise, and old events."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Headline,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    java_error,
    json_log,
    json_report,
    node_error,
    node_log,
    python_error,
    python_log,
)  # fmt: skip
from oracles.incidents.world.seen.eighth._sites import none, tiers


@incident(
    source="composed: PostgreSQL's statement_timeout as psycopg2 prints it",
    expert=none("the statement is too slow and the server cancels it: the connection itself is fine"),
)
def statement_timeout(case: CaseFolder) -> None:
    place = tiers(case, "gov3-prd", 73, "ca-central-1")
    own = case.group("gov3-prd-sg-pg", [allow(5432, place.fn)])
    db = case.database("gov3-tax", place.data[0], [own])
    case.function("gov3-prd-fn-taxreport", place.app, [place.fn], timeout=60)
    calls = Traffic(case, "gov3-prd-fn-taxreport")
    calls.good(80, 0, 60, python_log("INFO", "report written"), seconds=8)
    calls.bad(22, 9, 55, python_error(
        "QueryCanceled", "canceling statement due to statement timeout\n",
        ("/var/task/reports.py", 88, "run", "cur.execute(YEARLY, params)")), seconds=30.1)  # fmt: skip
    calls.write()
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "gov3-tax"}, about(88, 60), stat="Average")
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "gov3-tax"}, about(14, 60), stat="Average")
    case.yaml(functions=["gov3-prd-fn-taxreport"], reported="timeouts on the database", destinations={
        "tax": {"name": "gov3-tax.c2.ca-central-1.rds.amazonaws.com", "port": 5432,
                "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a partner's rate limit; axios's text of 429, with retries",
    expert=none("the API answers, with 429: its rate limit, and no connection fails"),
)
def partner_says_429(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    calls = Traffic(case, "trv-stg-carhire")
    calls.good(60, 0, 60, node_log("WARN", "retry 1/3: Request failed with status code 429"), seconds=1.3)
    calls.bad(37, 20, 50, node_log("WARN", "retry 3/3: Request failed with status code 429"), node_error(
        "Request failed with status code 429", "AxiosError", code="ERR_BAD_REQUEST", status=429, stack=(
            "settle (/var/task/node_modules/axios/dist/node/axios.cjs:2026:12)",)), seconds=4.4)  # fmt: skip
    calls.write(tail=True, period=300)
    case.yaml(functions=["trv-stg-carhire"], destinations={"cars": {"name": "api.carhire.example", "port": 443}})


@incident(
    source="composed: a password that was rotated; the PostgreSQL JDBC driver's text behind HikariCP",
    expert=none("the database answers and rejects the password, whatever the pool's timeout says"),
)
def rotated_password(case: CaseFolder) -> None:
    place = tiers(case, "bk9-prd", 74)
    own = case.group("bk9-prd-sg-pg", [allow(5432, place.fn)])
    db = case.database("bk9-pg", place.data[0], [own])
    case.function("bk9-prd-fn-disputes", place.app, [place.fn], runtime="java21", timeout=40, memory=1024)
    calls = Traffic(case, "bk9-prd-fn-disputes")
    calls.good(40, 0, 26, seconds=0.2)
    calls.bad(50, 26.1, 60, java_error(
        "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after "
        "30000ms (total=0, active=0, idle=0, waiting=0)",
        "com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)") +
        'Caused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user "disputes_rw"\n'
        "\tat org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:693)\n",
        seconds=30.3)  # fmt: skip
    calls.write(memory=1024)
    case.yaml(functions=["bk9-prd-fn-disputes"], destinations={
        "pg": {"name": "bk9-pg.c5.eu-west-2.rds.amazonaws.com", "port": 5432,
               "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a Node.js function that is killed for its memory",
    expert=none("the function runs out of memory and is killed; nothing tells of a connection that fails"),
)
def killed_for_its_memory(case: CaseFolder) -> None:
    case.region = "ca-central-1"
    log = case.log("passenger-manifest")
    for index in range(36):
        dead = index % 3 == 2
        lines = [node_log("INFO", "loading manifest", {"rows": 18_000 if dead else 900})]
        if dead:
            lines.append(
                lambda moment: f"RequestId: {moment.request} Error: Runtime exited with error: signal: killed\n"
            )
        log.invocation(30 + 95 * index, *lines, seconds=7.8 if dead else 0.6, memory=256, used=256 if dead else 181,
                       status="Status: error\tError Type: Runtime.OutOfMemory" if dead else "")  # fmt: skip
    case.yaml(functions=["passenger-manifest"], reported="connection drops in the middle of uploads")


@incident(
    source="composed: a chat assistant of a bank, with customers' words and retries that succeed",
    expert=none("no invocation fails; the scary words are the customers', and the one retry succeeds", Headline.CLEAR),
)
def customers_scary_words(case: CaseFolder) -> None:
    place = tiers(case, "bk1-prd", 75)
    name = "bk1-prd-fn-helpdesk"
    case.function(name, place.app, [place.fn], runtime="nodejs22.x", timeout=30,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{name}"})  # fmt: skip
    calls = Traffic(case, name)
    done = json_report("success", 0.4)
    calls.good(120, 0, 60, json_log("INFO", "ticket stored", queue="cards"), done, seconds=0.4)
    calls.good(
        14,
        3,
        57,
        json_log("INFO", "ticket stored", text="your app says connection timed out, then ECONNREFUSED?? fix it"),
        done,
        seconds=0.4,
    )
    calls.good(
        9,
        5,
        50,
        json_log("INFO", "ticket stored", text="card declined abroad, error: too many connections, please help"),
        done,
        seconds=0.4,
    )
    calls.good(3, 20, 40, json_log("WARN", "classify: try 1 answered 503, try 2 answered 200"), done, seconds=0.9)
    calls.write(json=True)
    case.nat_metrics(place.nats[0], active=about(31, 60), errors=[0.0] * 60, drops=[0.0] * 60)
    case.nat_metrics(place.nats[1], active=about(28, 60), errors=[0.0] * 60, drops=[0.0] * 60)
    case.yaml(functions=[name], reported="is it us? support sees many tickets about timeouts", destinations={
        "classifier": {"name": "api.classifier.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: port errors of an hour before, and now a partner's certificate that has expired (Go)",
    expert=none("the certificate has expired: the partner answers; the gateway's errors ended before the window"),
)
def expired_certificate_after_old_errors(case: CaseFolder) -> None:
    place = tiers(case, "gov2-prd", 76, gateways=1)
    case.function("gov2-prd-fn-gazette", place.app, [place.fn], runtime="provided.al2023", timeout=30)
    calls = Traffic(case, "gov2-prd-fn-gazette")
    calls.good(70, 0, 29.9, go_log("published"), seconds=0.3)
    calls.bad(66, 30, 60, lambda moment: go_log(
        'publish: Post "https://press.partner.example/v1/notices": tls: failed to verify '
        'certificate: x509: certificate '
        f"has expired or is not yet valid: current time {moment.time[:19]}Z is after 2026-11-20T12:30:00Z")(moment),
        seconds=0.2)  # fmt: skip
    calls.write()
    before = [*about(54_990, 8, 0.002), *about(20_000, 12), *about(40, 40), *about(38, 60)]
    case.nat_metrics(place.nats[0], first=-60, active=before, errors=[*about(2_900, 8), *[0.0] * 112])
    log = case.log("gov2-prd-fn-gazette")
    for at in (-3_420, -3_391, -3_277):
        log.invocation(at, go_log('publish: Post "https://press.partner.example/v1/notices": dial tcp '
                       "203.0.113.201:443: i/o timeout"), seconds=29.1, stream=7)  # fmt: skip
    case.yaml(functions=["gov2-prd-fn-gazette"], destinations={
        "press": {"name": "press.partner.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: a function that polls a document job until its own timeout",
    expert=none("each poll is answered: it waits for a job that takes longer than the function's timeout"),
)
def polls_until_its_timeout(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    polls = [python_log("INFO", f"GetDocumentAnalysis 200 JobStatus=IN_PROGRESS (poll {n})") for n in (60,)]
    calls = Traffic(case, "mortgage-ocr-01")
    calls.good(20, 0, 55, python_log("INFO", "GetDocumentAnalysis 200 JobStatus=SUCCEEDED (poll 12)"), seconds=60.5)
    calls.bad(11, 2, 52, *polls, timeout=300)
    calls.write(zeros=False)
    case.function("mortgage-ocr-01", timeout=300)
    case.yaml(functions=["mortgage-ocr-01"])
