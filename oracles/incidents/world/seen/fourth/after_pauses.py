"""Connections that were idle for too long, and are found dead at the next use."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    incident,
    java_error,
    node_error,
    node_log,
    python_error,
    times,
)
from oracles.incidents.world.seen.fourth._sites import (
    IDLE,
    axios_error,
    database,
    default_vpc,
    early,
    european,
    named,
    to,
    wizard,
)


@incident(
    source="https://github.com/jeremydaly/serverless-mysql/issues/69 and 110 (EPIPE, ECONNRESET when an idle "
    "connection is used)",
    expert=named(
        IDLE, "only the first call after a pause of more than ten minutes fails, at once, with a reset on a read"
    ),
)
def first_call_after_a_pause(case: CaseFolder) -> None:
    case.minutes = 180
    home = default_vpc(case)
    db = database(case, "gym", home.subnets[0], 3306, home.default)
    case.function("gym-dev-classes", home.subnets, [home.default], runtime="nodejs20.x", timeout=6)
    stack = ("PromisePool.query (/var/task/node_modules/mysql2/promise.js:356:22)",)
    failed = node_error("read ECONNRESET", stack=stack, errno=-104, code="ECONNRESET", syscall="read", fatal=True)
    log = case.log("gym-dev-classes")
    invocations, errors = [0.0] * 180, [0.0] * 180
    at = 4 * 60.0
    for index in range(36):
        pause = 14 * 60.0 if index % 6 == 0 and index else 41.0 + index
        at += pause
        dead = pause > 600
        log.invocation(at, *([failed] if dead else []), seconds=0.02 if dead else 0.06,
                       cold=0.61 if index == 0 else None)  # fmt: skip
        invocations[int(at // 60)] += 1
        errors[int(at // 60)] += dead
    case.function_metrics(
        "gym-dev-classes",
        invocations=[one or None for one in invocations],
        errors=[error if count else None for count, error in zip(invocations, errors, strict=True)],
    )
    case.without("ec2/network-acls")
    case.yaml(functions=["gym-dev-classes"], destinations={
        "gym": to("gym.c9q8w7e6r5t4.us-east-1.rds.amazonaws.com", 3306, db["PrivateIpAddress"])})  # fmt: skip


@incident(
    source="https://github.com/coleifer/peewee/issues/489 (2006 and 2013 after wait_timeout), SQLAlchemy's form of "
    "it: composed",
    expert=named(
        IDLE, "a connection kept in a global is dead after more than an hour's pause: MySQL server has gone away"
    ),
)
def gone_away_after_lunch(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    text = (
        "(pymysql.err.OperationalError) (2006, \"MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))\")\n"
        "[SQL: SELECT users.id, users.email FROM users WHERE users.id = %(id_1)s]\n"
        "[parameters: {'id_1': 4}]\n(Background on this error at: https://sqlalche.me/e/20/e3q8)"
    )
    failed = python_error("OperationalError", text, ("/var/task/sqlalchemy/engine/default.py", 945, "do_execute",
                          "cursor.execute(statement, parameters)"))  # fmt: skip
    log = case.log("profile", tail=True)
    log.invocation(-75 * 60.0, seconds=0.09, stream=1, cold=1.12)
    log.invocation(-75 * 60.0 + 44, seconds=0.03, stream=1)
    log.invocation(-75 * 60.0 + 95, seconds=0.03, stream=2, cold=1.09)
    log.invocation(130.0, failed, seconds=0.01, stream=1)
    log.invocation(171.0, failed, seconds=0.01, stream=2)
    for at in times(22, 4, 59):
        log.invocation(at, seconds=0.03, stream=2)
    case.yaml(functions=["profile"], reported="first requests after lunch give 500, then fine")


@incident(
    source="https://github.com/rusoto/rusoto/issues/1686 and https://github.com/hyperium/hyper/issues/2136 "
    "(a pooled connection that is dead); with a reset: composed",
    expert=named(
        IDLE,
        "what fails is the first request on a pooled connection after more than six minutes, while the NAT gateway's "
        "idle "
        "timeouts count up",
    ),
)
def rust_client_behind_a_nat_gateway(case: CaseFolder) -> None:
    case.minutes = 120
    place = wizard(case, "meter")
    assert place.nat
    case.function("report-usage", place.private, [place.group], runtime="provided.al2023", timeout=10, memory=128)
    text = ("\x1b[31mERROR\x1b[0m report: error sending request for url (https://api.lago.example/api/v1/events): "
            "client error (SendRequest): connection error: Connection reset by peer (os error 104)\n")  # fmt: skip
    log = case.log("report-usage")
    invocations, errors, idle = [0.0] * 120, [0.0] * 120, [0.0] * 120
    at, gaps = (
        75.0,
        [30, 55, 480, 20, 70, 640, 35, 420, 25, 15, 900, 60, 510, 40, 30, 700, 20, 380, 45, 600, 30, 20, 480],
    )
    for gap in [0, *gaps]:
        at += gap
        dead = gap > 350
        log.invocation(at, *([text] if dead else []), seconds=0.004 if dead else 0.09, memory=128,
                       cold=0.031 if gap == 0 else None)  # fmt: skip
        minute = int(at // 60)
        invocations[minute] += 1
        errors[minute] += dead
        if dead:
            idle[int((at - gap + 350) // 60)] += 1
    case.function_metrics("report-usage", period=60, invocations=[one or None for one in invocations],
                          errors=[one or None for one in errors])  # fmt: skip
    case.nat_metrics(place.nat, idle=idle, errors=[0.0] * 120)
    case.yaml(functions=["report-usage"], destinations={"lago": to("api.lago.example", 443)})


@incident(
    source="composed: Apache's HttpClient and a server that closes idle connections (NoHttpResponseException)",
    expert=named(
        IDLE,
        "only calls that come after a pause of minutes meet a connection that the server has closed; the next call "
        "works",
    ),
)
def no_http_response_after_a_pause(case: CaseFolder) -> None:
    place = wizard(case, "claims")
    own = case.group("scoring-alb", [allow(443, "10.0.0.0/16")])
    load = case.interface("scoring", place.private[1], [own], description="ELB app/scoring/6c1e2f7a90bb41d3",
                          requester="amazon-elb")  # fmt: skip
    case.function("claims-score", place.private, [place.group], runtime="java17", timeout=30, memory=1024)
    host = "scoring.internal.example"
    failed = java_error(
        f"org.apache.http.NoHttpResponseException: {host}:443 failed to respond",
        "org.apache.http.impl.conn.DefaultHttpResponseParser.parseHead(DefaultHttpResponseParser.java:141)",
        "org.apache.http.impl.execchain.MainClientExec.execute(MainClientExec.java:272)",
    )
    log = case.log("claims-score")
    invocations, errors = [0.0] * 60, [0.0] * 60
    at = 20.0
    for gap in (
        0,
        9,
        14,
        22,
        210,
        11,
        31,
        18,
        305,
        8,
        12,
        195,
        26,
        30,
        17,
        400,
        12,
        28,
        260,
        35,
        21,
        16,
        350,
        10,
        44,
        290,
    ):
        at += gap
        dead = gap > 100
        log.invocation(at, *([failed] if dead else []), seconds=0.012 if dead else 0.21, memory=1024,
                       cold=2.9 if gap == 0 else None)  # fmt: skip
        invocations[int(at // 60)] += 1
        errors[int(at // 60)] += dead
    case.function_metrics("claims-score", invocations=invocations, errors=errors)
    case.yaml(functions=["claims-score"], destinations={"scoring": to(host, 443, load["PrivateIpAddress"])})


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/3710 (a client hangs past the NAT timeout); with a reset: "
    "composed",
    expert=named(
        IDLE,
        "each call that waits silently for longer than 350 s is reset at its next byte, and the NAT gateway counts an "
        "idle "
        "timeout for each",
    ),
)
def silent_for_six_minutes(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    case.minutes = 120
    place = wizard(case, "reports")
    assert place.nat
    case.function("export-report", place.private, [place.group], runtime="nodejs22.x", timeout=900, memory=1024)
    stack = ("AxiosError.from (/var/task/node_modules/axios/dist/node/axios.cjs:863:14)",)
    calls = Traffic(case, "export-report")
    begun = node_log("INFO", "POST https://bi.metrik.example/export (no progress until it is done)")
    calls.good(19, 0, 105, node_log("INFO", "export done"), seconds=214)
    calls.bad(8, 5, 108, axios_error("read ECONNRESET", "ECONNRESET", stack), seconds=377)
    calls.write(memory=1024)
    early(case, "export-report", begun)
    ended = [int((one.at + 350) // 60) for one in calls._invocations if one.error]
    case.nat_metrics(place.nat, idle=[float(ended.count(minute)) for minute in range(120)], errors=[0.0] * 120)
    european(case)
    case.without("ec2/network-acls", "ec2/network-interfaces")
    case.yaml(functions=["export-report"], destinations={"bi": to("bi.metrik.example", 443)})
