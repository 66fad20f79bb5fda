"""Destinations that do not answer."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    python_log,
    python_traceback,
)
from oracles.incidents.world.seen.third._estate import (
    bref_error,
    destination,
    estate,
    function,
    java_trace,
    slog,
    steady,
)

SILENT, REFUSING = "destination-not-answering", "destination-refusing"


def _silent(because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((SILENT,), (SILENT,), Headline.NAMED, because, says, lacks)


def _refusing(because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((REFUSING,), (REFUSING,), Headline.NAMED, because, says, lacks)


@incident(
    source="composed: pgx's dial error while an RDS instance was out of storage, without any other fault",
    expert=_silent(
        "for eight minutes 5432 does not answer, all rules let it through, and RDS reports nothing meanwhile"
    ),
)
def the_instance_is_gone_for_eight_minutes(case: CaseFolder) -> None:
    place = estate(case, "hearth", "10.22", zones="ab")
    own = case.group("hearth-postgres", [allow(5432, place.app)])
    db = case.database("hearth", place.data[0], [own])
    function(case, "sensor-ingest", place.private, [place.app], runtime="provided.al2023", timeout=15)
    host = "hearth.c2p0ff.us-east-1.rds.amazonaws.com"
    address = db["PrivateIpAddress"]
    text = (
        f"failed to connect to `host={host} user=ingest database=sensors`: dial error (dial tcp {address}:5432: "
        "i/o timeout)"
    )
    calls = Traffic(case, "sensor-ingest")
    calls.good(264, 0, 22, seconds=0.04)
    calls.bad(61, 22.1, 30, slog("ERROR", "store readings", err=text, retryable=True), seconds=5.2)
    calls.good(350, 30.4, 60, seconds=0.05)
    calls.write(tail=True)
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "hearth"},
        [*about(14, 22), *[None] * 9, 2.0, *about(12, 28)],
        stat="Average",
    )
    case.metric(
        "AWS/RDS",
        "FreeStorageSpace",
        {"DBInstanceIdentifier": "hearth"},
        [float(900_000_000 - 40_000_000 * at) for at in range(22)] + [None] * 9 + [52_000_000_000.0] * 29,
        stat="Minimum",
    )
    case.yaml(functions=["sensor-ingest"], destinations={"hearth": destination(host, 5432, address)})


@incident(
    source="composed: a partner's SFTP server, with phpseclib's 'Cannot connect to ... Error 110. Connection "
    "timed out'",
    expert=_silent(
        "the partner's host is silent on 22 from 12:20 on, while another destination is reached over the same "
        "NAT gateway, which reports no error",
        "bank",
    ),
)
def a_partner_does_not_answer(case: CaseFolder) -> None:
    place = estate(case, "ledgerly", "10.151", zones="ab")
    function(case, "ledgerly-export", place.private, [place.app], runtime="provided.al2", timeout=60)
    function(case, "ledgerly-vat", place.private, [place.app], runtime="provided.al2", timeout=20)
    said = "Cannot connect to sftp.bankfile.example:22. Error 110. Connection timed out"
    calls = Traffic(case, "ledgerly-export")
    calls.good(19, 0, 20, seconds=1.9)
    calls.bad(37, 20.3, 59, bref_error("phpseclib3\\Exception\\UnableToConnectException", said), seconds=10.4)
    calls.write(zeros=False)
    steady(case, "ledgerly-vat", 130, seconds=0.7, report=True)
    case.nat_metrics(
        place.nats[0],
        errors=[0.0] * 60,
        drops=[0.0] * 60,
        active=[float(5 + at % 4) for at in range(60)],
        attempts=[4.0, 3.0, 4.0, 5.0] * 15,
        established=[4.0, 3.0, 4.0, 5.0] * 5 + [3.0, 3.0, 4.0, 3.0] * 10,
    )
    case.yaml(
        functions=["ledgerly-export", "ledgerly-vat"],
        destinations={
            "bank": destination("sftp.bankfile.example", 22, "194.33.71.10"),
            "vat": destination("ec.vatcheck.example", 443, "147.67.210.30"),
        },
    )


@incident(
    source="composed: httpx.ReadTimeout of every request to one API, whose status page tells of an outage",
    expert=_silent(
        "connections to the model API are accepted and no byte of an answer comes within 20 seconds, for every "
        "call from 12:14 to 12:41"
    ),
)
def accepted_and_never_answered(case: CaseFolder) -> None:
    place = estate(case, "inkwell", "10.5", zones="ab", nats="ab")
    function(case, "summarize", place.private, [place.app], runtime="python3.13", timeout=60, memory=1024)
    last = "httpx.ReadTimeout: The read operation timed out"
    calls = Traffic(case, "summarize")
    calls.good(
        60,
        0,
        13.6,
        python_log("INFO", 'HTTP Request: POST https://api.wordmill.example/v1/chat "HTTP/1.1 200 OK"'),
        seconds=2.3,
    )
    calls.bad(118, 14, 41, python_log("ERROR", "no summary\n" + python_traceback(last)), seconds=20.8)
    calls.good(
        79,
        41.5,
        60,
        python_log("INFO", 'HTTP Request: POST https://api.wordmill.example/v1/chat "HTTP/1.1 200 OK"'),
        seconds=2.5,
    )
    calls.write(memory=1024, period=300)
    for nat in place.nats:
        case.nat_metrics(nat, errors=[0.0] * 12, active=[float(7 + at % 3) for at in range(12)], period=300)
    case.yaml(functions=["summarize"], destinations={"wordmill": destination("api.wordmill.example", 443)})


@incident(
    source="composed: lettuce (RedisCommandTimeoutException: Command timed out after 1 second(s))",
    expert=_silent(
        "connections stand, commands are sent, and no answer comes from 12:33: the node hangs, and reports "
        "nothing any more"
    ),
)
def the_cache_node_hangs(case: CaseFolder) -> None:
    place = estate(case, "voyager", "10.66", zones="ab")
    own = case.group("voyager-redis", [allow(6379, place.app)])
    node = case.cache("voyager-fares-001", place.data[0], [own])
    function(case, "fare-quote", place.private, [place.app], runtime="java17", timeout=10, memory=2048)
    host = "voyager-fares.x7k2lq.ng.0001.use1.cache.amazonaws.com"
    failed = java_trace(
        "org.springframework.dao.QueryTimeoutException: Redis command timed out",
        "org.springframework.data.redis.connection.lettuce.LettuceExceptionConverter.convert(LettuceExceptionConverter.java"
        ":67)",
        causes=(
            (
                "io.lettuce.core.RedisCommandTimeoutException: Command timed out after 1 second(s)",
                "io.lettuce.core.internal.ExceptionFactory.createTimeoutException(ExceptionFactory.java:59)",
            ),
        ),
    )
    lost = java_trace(
        f"io.lettuce.core.RedisConnectionException: Unable to connect to {host}/<unresolved>:6379",
        "io.lettuce.core.RedisConnectionException.create(RedisConnectionException.java:78)",
        causes=(
            (
                (
                    f"io.netty.channel.ConnectTimeoutException: connection timed out: "
                    f"{host}/{node['PrivateIpAddress']}:6379"
                ),
                "io.netty.channel.nio.AbstractNioChannel$AbstractNioUnsafe$1.run(AbstractNioChannel.java:261)",
            ),
        ),
    )
    calls = Traffic(case, "fare-quote")
    calls.good(260, 0, 32.8, seconds=0.03)
    calls.bad(150, 33, 58, failed, seconds=1.1)
    calls.bad(22, 34, 58, lost, seconds=2.1)
    calls.write(memory=2048)
    case.metric(
        "AWS/ElastiCache",
        "CurrConnections",
        {"CacheClusterId": "voyager-fares-001"},
        [*about(61, 33), *[None] * 27],
        stat="Average",
    )
    case.metric(
        "AWS/ElastiCache",
        "EngineCPUUtilization",
        {"CacheClusterId": "voyager-fares-001"},
        [*about(12, 33), *[None] * 27],
        stat="Average",
    )
    case.without("ec2/vpc-endpoints", "ec2/addresses")
    case.yaml(functions=["fare-quote"], destinations={"fares": destination(host, 6379, node["PrivateIpAddress"])})
