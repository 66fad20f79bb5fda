"""What looks like a fault of connections and is none, what is over, and what the evidence does not settle."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Headline,
    Moment,
    Traffic,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    json_log,
    json_report,
    node_error,
    node_log,
    python_error,
    python_log,
    times,
)
from oracles.incidents.world.seen.sixth._places import BLOCKED, SILENT, cdk, ruby_error, spoke, unnamed

EITHER, OPEN, CLEAR = Headline.EITHER, Headline.OPEN, Headline.CLEAR


@incident(
    source="composed: a missing index, and PostgreSQL's statement timeout",
    expert=unnamed(EITHER, "the database takes connections and cancels slow statements: no fault of the path"),
)
def statement_timeout(case: CaseFolder) -> None:
    place = cdk(case, "SeasonStack", "10.85", nats=1)
    own = case.group("SeasonStack-DbSg", [allow(5432, place.group)])
    db = case.database("season", place.isolated[0], [own])
    name = "SeasonStack-RankFn2C8B4E70-v6CxZa1s"
    case.function(name, place.private, [place.group], runtime="nodejs22.x", timeout=29)
    failed = node_error("canceling statement due to statement timeout", "error", code="57014", severity="ERROR",
                        routine="ProcessInterrupts")  # fmt: skip
    calls = Traffic(case, name)
    calls.good(80, 0, 60, seconds=6)
    calls.bad(41, 12, 59.6, failed, seconds=20.8)
    calls.write()
    dims = {"DBInstanceIdentifier": "season"}
    case.metric("AWS/RDS", "CPUUtilization", dims, [*about(38, 12), *about(97, 48, 0.02)], stat="Average")
    case.metric("AWS/RDS", "DatabaseConnections", dims, about(31, 60), stat="Average")
    case.yaml(functions=[name], destinations={
        "season": {"name": "season.c2kdd81qpl0a.us-east-2.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a vendor that limits requests, with the text of Faraday",
    expert=unnamed(EITHER, "the vendor answers with 429: it is reached, and limits requests"),
)
def vendor_says_429(case: CaseFolder) -> None:
    case.region = "ap-southeast-2"
    case.function("lamby-sync", runtime="ruby3.3", timeout=30)
    calls = Traffic(case, "lamby-sync")
    calls.good(40, 0, 60, seconds=0.5)
    calls.bad(
        52, 9, 60, ruby_error("the server responded with status 429", "Faraday::TooManyRequestsError"), seconds=0.4
    )
    calls.write()
    case.yaml(functions=["lamby-sync"], destinations={"crm": {"name": "api.crmbase.example", "port": 443}})


@incident(
    source="composed: an image library at its memory limit",
    expert=unnamed(EITHER, "the runtime is killed at 512 MB: memory, and nothing of connections"),
)
def killed_at_512(case: CaseFolder) -> None:
    place = cdk(case, "PosterStack", "10.86", region="ap-southeast-2", nats=1)
    name = "PosterStack-ComposeFn7A0E3D19-w2SxEd5c"
    case.function(name, place.private, [place.group], runtime="nodejs20.x", timeout=60)

    def killed(moment: Moment) -> str:
        return f"RequestId: {moment.request} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"

    calls = Traffic(case, name)
    calls.good(66, 0, 60, node_log("INFO", "poster 4k composed, uploaded"), seconds=3)
    log = case.log(name)
    for number, at in enumerate(times(19, 6, 59)):
        calls.bad(1, at / 60, at / 60 + 0.00001, seconds=5.1, logged=False)
        log.invocation(at, killed, seconds=5.1, used=512, stream=20 + number,
                       status="Status: error\tError Type: Runtime.ExitError")  # fmt: skip
    calls.write()
    case.without("ec2/network-acls", "ec2/dhcp-options")
    case.yaml(functions=[name], reported="uploads break, connection issue?", destinations={
        "cdn": {"name": "origin.posters.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: a rotated password, with the text of pgx",
    expert=unnamed(EITHER, "the database answers, and refuses the password since 12:25"),
)
def password_was_rotated(case: CaseFolder) -> None:
    place = spoke(case, "consent", "10.59")
    own = case.group("consent-db", [allow(5432, place.group)])
    db = case.database("consent", place.data[0], [own])
    address = db["PrivateIpAddress"]
    case.function("consent-api", place.apps, [place.group], runtime="provided.al2023", timeout=10)
    host = "consent.c6zz1x2c3v4b.ap-southeast-2.rds.amazonaws.com"
    failed = go_log(
        f"failed to connect to `user=consent database=consent`: {address}:5432 ({host}): failed SASL auth: "
        f"FATAL: password "
        'authentication failed for user "consent" (SQLSTATE 28P01)'
    )
    calls = Traffic(case, "consent-api")
    calls.good(80, 0, 25, seconds=0.03)
    calls.bad(110, 25.1, 60, failed, seconds=0.02)
    calls.write(tail=True)
    case.yaml(functions=["consent-api"], destinations={"db": {"name": host, "port": 5432, "addresses": [address]}})


@incident(
    source="composed: a moderation function that logs what players write",
    expert=unnamed(CLEAR, "nothing fails: warnings of retries that succeed, and players' words about timeouts"),
)
def players_talk_of_timeouts(case: CaseFolder) -> None:
    place = cdk(case, "ModStack", "10.87", nats=1)
    name = "ModStack-ReviewFn4E1C7B82-q9AzWs3e"
    case.function(name, place.private, [place.group], timeout=30, LoggingConfig={"LogFormat": "JSON"})
    calls = Traffic(case, name)
    for number, text in enumerate(("lobby EU: connection timed out AGAIN, fix your servers", ("ECONNREFUSED lol "
            "nice game"),
                                   "too many connections error when I join my guild", "gg")):  # fmt: skip
        calls.good(44 + number, 0, 60, json_log("INFO", "message reviewed", text=text, verdict="ok"),
                   json_report("success", 0.21), seconds=0.21)  # fmt: skip
    calls.good(4, 10, 50, json_log("WARN", "classifier slow, retrying attempt 1 of "
                                           "3"), json_log("INFO", "message reviewed",
               text="hi", verdict="ok"), json_report("success", 1.3), seconds=1.3)  # fmt: skip
    calls.write(json=True)
    case.nat_metrics(place.nats[0], active=about(70, 60), errors=[0.0] * 60)
    case.yaml(functions=[name], destinations={"classifier": {"name": "api.toxiscore.example", "port": 443}})


@incident(
    source="composed: a partner's certificate that ran out at noon",
    expert=unnamed(EITHER, "the partner is reached, and its certificate has expired: no fault of the path"),
)
def certificate_ran_out(case: CaseFolder) -> None:
    failed = dotnet_error(
        "System.Net.Http.HttpRequestException: The SSL connection could not be established, see inner exception.",
        "System.Net.Http.ConnectHelper.EstablishSslConnectionAsync(SslClientAuthenticationOptions sslOptions)",
        inner="System.Security.Authentication.AuthenticationException: The remote certificate is invalid "
        "because of errors "
        "in the certificate chain: NotTimeValid",
    )
    calls = Traffic(case, "pharmacy-eprescribe")
    calls.bad(47, 0.2, 59.9, failed, seconds=0.3)
    calls.write()
    case.yaml(functions=["pharmacy-eprescribe"], destinations={
        "gateway": {"name": "erx.scriptnet.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: a log that begins the day before, with an outage that is over",
    expert=unnamed(EITHER, "the timeouts are of the evening before; what fails in the window is an answer of 403"),
)
def yesterdays_outage(case: CaseFolder) -> None:
    place = cdk(case, "HighlightStack", "10.88", nats=1)
    name = "HighlightStack-CutFn1D5F9E36-x7DcRf4v"
    case.function(name, place.private, [place.group], timeout=30)
    log = case.log(name, tail=True)
    old = python_error("ConnectTimeout", "HTTPSConnectionPool(host='media.leaguefeed.example', port=443): Max "
                                         "retries exceeded "
                       "with url: /clips (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at "
                       "0x7f11aa2b3c40>, 'Connection to media.leaguefeed.example timed out. (connect "
                       "timeout=5)'))")  # fmt: skip
    for number in range(14):
        log.invocation(-58_000 + 61 * number, old, seconds=5.1)
    calls = Traffic(case, name)
    calls.good(50, 0, 60, python_log("INFO", "clip cut"), seconds=0.8)
    calls.bad(23, 15, 60, python_error("HTTPError", "403 Client Error: Forbidden for url: "
                                                    "https://media.leaguefeed.example/clips"),
              seconds=0.2)  # fmt: skip
    calls.write(tail=True)
    case.yaml(functions=[name], destinations={"feed": {"name": "media.leaguefeed.example", "port": 443}})


@incident(
    source="https://github.com/redis/ioredis/issues/1042 (ETIMEDOUT); composed: nothing but a log was collected",
    expert=unnamed(OPEN, "a private address does not answer from the first line on: a rule, a route or the host itself",
                   BLOCKED, SILENT),
)  # fmt: skip
def only_a_log_of_timeouts(case: CaseFolder) -> None:
    case.region = "us-east-2"
    log = case.log("inventory-sync")
    failed = node_error("connect ETIMEDOUT 10.31.7.18:6379", errno=-110, code="ETIMEDOUT", syscall="connect",
                        address="10.31.7.18", port=6379,
                        stack=("TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)",))  # fmt: skip
    for number in range(23):
        log.invocation(60 + 143 * number, failed, seconds=131.1, report=False)
    case.yaml(functions=["inventory-sync"])


@incident(
    source="composed: a dashboard, and no log group",
    expert=unnamed(
        OPEN, "invocations run into the timeout of 30 s; what they wait for is not to be seen", BLOCKED, SILENT
    ),
)
def only_durations_at_thirty(case: CaseFolder) -> None:
    case.region = "ap-southeast-2"
    case.function_metrics("xray-upload", period=300, invocations=about(420, 12),
                          errors=[None, None, None, *about(110, 9)],
                          duration=[2_100.0, 2_300.0, 1_900.0, *([30_000.0] * 9)],
                          average=[410.0, 430.0, 400.0, *about(8_100, 9)])  # fmt: skip
    case.yaml(functions=["xray-upload"], reported="uploads hang since quarter past")


@incident(
    source="https://github.com/prisma/orm/issues/19820 (Timed out fetching a new connection from the connection pool)",
    expert=unnamed(
        EITHER, "the client's own pool of one connection is busy: the database has 14 of hundreds and answers"
    ),
)
def pool_of_one(case: CaseFolder) -> None:
    place = cdk(case, "ClanStack", "10.89", nats=1)
    own = case.group("ClanStack-DbSg", [allow(5432, place.group)])
    db = case.database("clan", place.isolated[1], [own])
    name = "ClanStack-FeedFn9C3A5D08-t5GbHn2m"
    case.function(name, place.private, [place.group], runtime="nodejs20.x", timeout=29)
    failed = node_error(
        "\nInvalid `prisma.post.findMany()` invocation:\n\n\nTimed out fetching a new connection from the "
        "connection pool. More "
        "info: http://pris.ly/d/connection-pool (Current connection pool timeout: 10, connection limit: 1)",
        "PrismaClientKnownRequestError", code="P2024", clientVersion="5.22.0", meta={"modelName": "Post",
        "connection_limit": 1, "timeout": 10}, stack=(("In.request "
                                                      "(/var/task/node_modules/@prisma/client/runtime/library.js:121)"),)
    )  # fmt: skip
    calls = Traffic(case, name)
    calls.good(170, 0, 60, seconds=2)
    calls.bad(12, 0, 60, failed, seconds=10.4)
    calls.write(period=300)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "clan"}, about(14, 60), stat="Maximum")
    case.without("ec2/network-acls")
    case.yaml(functions=[name], destinations={
        "clan": {"name": "clan.c2kdd81qpl0a.us-east-2.rds.amazonaws.com", "port": 5432,
                 "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: large numbers that are in order",
    expert=unnamed(
        CLEAR, "114,000 connections of three gateways with four addresses each, no error, no drop, no failure"
    ),
)
def large_numbers_and_no_fault(case: CaseFolder) -> None:
    place = cdk(case, "EdgeStack", "10.91", zones="abc", nats=3, addresses=4)
    name = "EdgeStack-WebhookFn6F8B0C24-y3UjMk7i"
    case.function(name, place.private, [place.group], runtime="java21", timeout=30, memory=1024)
    case.function_metrics(name, invocations=about(44_000, 60), errors=[0.0] * 60, throttles=[0.0] * 60,
                          concurrent=about(810, 60), duration=about(2_400, 60))  # fmt: skip
    for nat in place.nats:
        case.nat_metrics(nat, active=about(38_000, 60, 0.05), errors=[0.0] * 60, drops=[0.0] * 60, idle=about(300, 60),
                         attempts=about(15_000, 60), established=about(15_600, 60))  # fmt: skip
    calls = Traffic(case, name)
    calls.good(60, 0, 60, lambda moment: f"{moment.time} WARN  Webhook - subscriber 77 answered 202 after 840 ms\n",
               seconds=0.9)  # fmt: skip
    calls.write(metrics=False)
    case.yaml(functions=[name], reported="capacity review before the launch")


@incident(
    source="composed: a function that waits for a job, up to its timeout",
    expert=unnamed(
        EITHER, "each poll is answered at once; the job that it waits for is slow, and the function times out"
    ),
)
def waits_for_a_slow_job(case: CaseFolder) -> None:
    place = cdk(case, "DubStack", "10.92", region="ap-southeast-2", nats=1)
    name = "DubStack-WaitFn3B7E9F15-l1OpIk6u"
    case.function(name, place.private, [place.group], timeout=120)
    log = case.log(name)
    polls = python_log("INFO", "GET /jobs/8812 200 status=QUEUED, sleeping 15 s")
    for number in range(18):
        start = 20 + 190 * number
        request = log.invocation(start, timeout=120)
        for step in range(8):
            log.say(start + 1 + 15.2 * step, polls, 0, request)
    began = {(20 + 190 * number) // 60 for number in range(18)}
    once = [1.0 if minute in began else None for minute in range(60)]
    case.function_metrics(name, invocations=once, errors=once, duration=[one and 120_000.0 for one in once])
    case.yaml(functions=[name], destinations={"dub": {"name": "api.dubworks.example", "port": 443}})
