"""Connections that were idle, and are found dead at their next use."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Line,
    Moment,
    Traffic,
    allow,
    dotnet_error,
    incident,
    java_error,
    node_error,
    node_log,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.sixth._places import IDLE, cdk, default_vpc, named, spoke, tracing


@incident(
    source="composed: Connector/J's text for a pooled connection that the server dropped, in a job that runs "
    "each half hour",
    expert=named(
        IDLE, "each half-hourly run finds the connection of the last one dead: the last packet is half an hour old"
    ),
)
def half_hourly_billing(case: CaseFolder) -> None:
    case.minutes = 360
    place = spoke(case, "billing", "10.53")
    own = case.group("billing-db", [allow(3306, place.group)])
    db = case.database("billing", place.data[0], [own])
    case.function("invoice-runner", place.apps, [place.group], runtime="java17", timeout=120, memory=1024)
    calls = Traffic(case, "invoice-runner")
    calls.good(1, 0.5, 0.51, seconds=4)
    for number in range(1, 12):
        ago = f"1,{795 if number == 1 else 729},{201 + 7 * number}"
        failed = java_error(
            "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\nThe last packet "
            f"successfully received from the server was {ago} milliseconds ago. The last packet sent "
            f"successfully to the "
            f"server was {ago} milliseconds ago.",
            "com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:165)",
            causes=("com.mysql.cj.exceptions.CJCommunicationsException: Communications link failure",
                    "java.net.SocketException: Connection reset"),
        ).replace("connect(NioSocketImpl.java:592)", "implRead(NioSocketImpl.java:318)")  # fmt: skip
        calls.bad(1, 30 * number + 0.5, 30 * number + 0.51, failed, seconds=0.02)
        calls.good(1, 30 * number + 1.6, 30 * number + 1.7, seconds=4)
    calls.write(memory=1024)
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses", "ec2/internet-gateways")
    case.yaml(functions=["invoice-runner"], destinations={
        "billing": {"name": "billing.c6zz1x2c3v4b.ap-southeast-2.rds.amazonaws.com", "port": 3306,
                    "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/StackExchange/StackExchange.Redis/issues/1269 (Using StackExchange.Redis inside "
    "a Lambda)",
    expert=named(
        IDLE, "after minutes without load the first operations find their sockets reset, and then all is fine"
    ),
)
def redis_multiplexer_wakes_up(case: CaseFolder) -> None:
    place = cdk(case, "GuildStack", "10.75", nats=1)
    name = "GuildStack-RosterFn4B8E2F60-o9TgHd5a"
    case.function(name, place.private, [place.group], runtime="dotnet8", timeout=15)
    host = "guild.k2m9vd.0001.use2.cache.amazonaws.com:6379"

    def failed(ago: int) -> Line:
        return dotnet_error(
            "StackExchange.Redis.RedisConnectionException: No connection is available to service this operation: "
            "HGETALL roster:4411; SocketClosed (WriteSocketError/ConnectionReset, last-recv: 0) on "
            f"{host}/Interactive, "
            f"Flushing/MarkProcessed, last: HGETALL, origin: ReadFromPipe, outstanding: 2, last-read: {ago}s ago, "
            "last-write: 0s ago, keep-alive: 60s, state: ConnectedEstablished, mgr: 9 of 10 available, in: 0, "
            "in-pipe: 0, out-pipe: 0, "
            f"last-heartbeat: {ago}s ago, last-mbeat: 0s ago, global: 0s ago, v: 2.8.16.12844",
            "StackExchange.Redis.ConnectionMultiplexer.ExecuteSyncImpl[T](Message message, ResultProcessor`1 "
            "processor, ServerEndPoint server, T defaultValue)",
        )

    calls = Traffic(case, name)
    for start, ago in ((2, 611), (14, 497), (27, 553), (41, 612), (52, 434)):
        calls.bad(3, start, start + 0.05, failed(ago), seconds=0.03)
        calls.good(30, start + 0.1, start + 4, seconds=0.02, logged=False)
    calls.write(report=False)
    case.without("ec2/network-acls", "ec2/network-interfaces")
    case.yaml(functions=[name], reported="a handful of 500s whenever traffic comes back after a lull")


@incident(
    source="https://github.com/hyperium/hyper/issues/2136 (IncompleteMessage: connection closed before message "
    "completed)",
    expert=named(
        IDLE, "only the first requests after quiet minutes fail, on pooled connections that the peer had closed"
    ),
)
def hyper_takes_a_closed_connection(case: CaseFolder) -> None:
    place = cdk(case, "AdStack", "10.76", region="ap-southeast-2", nats=1)
    name = "AdStack-DecisionFn7F5D1C28-e3VbNm6y"
    case.function(name, place.private, [place.group], runtime="provided.al2023", timeout=10, memory=256)
    failed = tracing("ERROR", "decision failed", "ad_decision", error="error sending request for url "
            "(https://ads.bidhouse."
                     "example/openrtb2/auction): client error (SendRequest): connection closed before message "
                     "completed")  # fmt: skip
    calls = Traffic(case, name)
    calls.good(2, -8, -7.98, tracing("INFO", "won"), seconds=2.5)
    for start in (1, 12, 23, 35, 47):
        calls.bad(2, start, start + 0.04, failed, seconds=0.004)
        calls.good(40, start + 0.1, start + 5, tracing("INFO", "won"), seconds=0.07)
    calls.write(memory=256)
    case.nat_metrics(place.nats[0], active=[3.0, 6.0, 6.0, 5.0, 4.0, 3.0] * 10, errors=[0.0] * 60)
    case.yaml(functions=[name], destinations={
        "bidhouse": {"name": "ads.bidhouse.example", "port": 443, "addresses": ["151.101.66.90"]}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection (IdleTimeoutCount); "
    "axios' texts",
    expert=named(
        IDLE, "calls six minutes and more after the last one are reset, and the NAT gateway counts idle timeouts"
    ),
)
def kept_alive_past_350_seconds(case: CaseFolder) -> None:
    case.minutes = 180
    place = cdk(case, "RxStack", "10.77", nats=1)
    name = "RxStack-EligibilityFn5A0C66E8-b7YhJu4d"
    case.function(name, place.private, [place.group], runtime="nodejs20.x", timeout=30)
    hang_up = node_error("socket hang up", "Error", code="ECONNRESET", stack=(
        "Function.AxiosError.from (/var/task/node_modules/axios/dist/node/axios.cjs:863:14)",))  # fmt: skip
    reset = node_error("read ECONNRESET", "Error", code="ECONNRESET", errno=-104, syscall="read",
                       stack=("TLSWrap.onStreamRead (node:internal/stream_base_commons:217:20)",))  # fmt: skip
    calls = Traffic(case, name)
    calls.good(1, -6, -5.99, node_log("INFO", "271 eligible"), seconds=0.5)
    idle: list[float | None] = [None] * 180
    for number, start in enumerate(range(3, 178, 9)):
        calls.bad(1, start, start + 0.02, reset if number % 3 else hang_up, seconds=0.01)
        calls.good(4, start + 0.2, start + 1.5, node_log("INFO", "271 eligible"), seconds=0.5)
        if start + 7 < 180:
            idle[start + 7] = 1.0
    calls.write(tail=True)
    case.nat_metrics(place.nats[0], idle=idle, errors=[0.0] * 180)
    case.without("ec2/network-acls")
    case.yaml(functions=[name], destinations={"payer": {"name": "x12.payerhub.example", "port": 443}})


@incident(
    source="composed: ActiveRecord's text for a connection that RDS Proxy closed after its idle client timeout; "
           "retried",
    expert=Expert((IDLE,), (IDLE,), Headline.EITHER, "connections that were idle are found closed and are "
                                                     "opened anew at "
                  "once: a warning, and each invocation ends well"),
)  # fmt: skip
def reconnects_by_itself(case: CaseFolder) -> None:
    case.minutes = 240
    subnets = default_vpc(case, "ap-southeast-2")
    case.function("lamby-portal", subnets, [case.security_groups[0]], runtime="ruby3.3", timeout=30)

    def text(moment: Moment) -> str:
        return (f"W, [{moment.time[:-1]}000 #8]  WARN -- : ActiveRecord::ConnectionFailed: PG::UnableToSend: "
                f"SSL SYSCALL "
                "error: EOF detected, reconnecting\n")  # fmt: skip

    calls = Traffic(case, "lamby-portal")
    calls.good(1, -42, -41.9, "I, INFO -- : Completed 200 OK in 20ms\n", seconds=0.04)
    for start in (4, 49, 97, 141, 188):
        calls.good(1, start, start + 0.02, text, "I, INFO -- : Completed 200 OK in 84ms\n", seconds=0.12)
        calls.good(9, start + 0.1, start + 4, "I, INFO -- : Completed 200 OK in 21ms\n", seconds=0.04)
    calls.write()
    case.without("ec2/network-acls", "ec2/network-interfaces", "ec2/security-groups")
    case.yaml(functions=["lamby-portal"])


@incident(
    source="composed: SQLAlchemy without pool_pre_ping, after the night",
    expert=named(IDLE, "the first request of each environment after each of two pauses fails, and no other does"),
)
def first_request_of_the_morning(case: CaseFolder) -> None:
    failed = python_error(
        "OperationalError", "(psycopg2.OperationalError) server closed the connection unexpectedly\n\tThis "
                            "probably means "
        "the server terminated abnormally\n\tbefore or while processing the request.\n\n[SQL: SELECT rosters.id FROM "
        "rosters WHERE rosters.ward = %(ward)s]\n(Background on this error at: https://sqlalche.me/e/20/e3q8)",
        ("/opt/python/sqlalchemy/engine/default.py", 943, "do_execute", "cursor.execute(statement, parameters)"),
    )  # fmt: skip
    log = case.log("ward-roster", tail=True)
    case.region = "ap-southeast-2"
    for number in range(3):
        log.invocation(-2600 + 3 * number, python_log("INFO", "roster read"), seconds=0.1, stream=number)
        log.invocation(900 + 7 * number, failed, seconds=0.03, stream=number)
        for later in range(6):
            log.invocation(
                960 + 131 * later + 9 * number, python_log("INFO", "roster read"), seconds=0.1, stream=number
            )
        log.invocation(3060 + 7 * number, failed, seconds=0.03, stream=number)
        for later in range(4):
            log.invocation(3110 + 113 * later + 9 * number, python_log("INFO", "roster read"), seconds=0.1,
                           stream=number)  # fmt: skip
    case.yaml(functions=["ward-roster"], destinations={"db": {"name": "rosters.internal", "port": 5432}})
