"""Environments without a descriptor left, now or the night before."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    every,
    incident,
    python_error,
    python_log,
    times,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import Call, destination, estate, function, play, slog

PORTS, ENI, DESCRIPTORS = "nat-port-exhaustion", "hyperplane-eni-exhaustion", "descriptor-exhaustion"
FULL, BANDWIDTH = "destination-connection-limit", "nat-bandwidth"


def _named(cause: str, because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says, lacks)


METADATA: dict[str, Any] = {"$metadata": {"attempts": 1, "totalRetryDelay": 0}}
"""What the SDK adds to its errors."""


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/5774 (getaddrinfo EMFILE in Lambda)",
    expert=_named(DESCRIPTORS, "EMFILE: the environment has no descriptor left, even for a look-up", lacks=("dns",)),
)
def getaddrinfo_without_a_descriptor(case: CaseFolder) -> None:
    place = estate(case, "atlas-maps", "10.64", zones="abc")
    function(case, "tile-merge", place.private, [place.app], runtime="nodejs18.x", timeout=120, memory=3008)
    failed = node_error(
        "getaddrinfo EMFILE s3.us-east-1.amazonaws.com",
        stack=(
            "GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:107:26)",
            "GetAddrInfoReqWrap.callbackTrampoline (node:internal/async_hooks:128:17)",
        ),
        errno=-24,
        code="EMFILE",
        syscall="getaddrinfo",
        hostname="s3.us-east-1.amazonaws.com",
        **METADATA,
    )
    calls = []
    for index, at in enumerate(times(60, 0, 58)):
        broken = index >= 35
        calls.append(Call(60.0 * index, (failed,) if broken else (), 2.2 if broken else 17.0 + at % 3, 0, broken))
    play(case, "tile-merge", calls)
    case.without("ec2/network-acls", "ec2/route-tables", "cloudwatch/nat")
    case.yaml(functions=["tile-merge"], reported="works after each deployment, then breaks after half an hour")


@incident(
    source="https://github.com/awslabs/aws-sdk-rust/issues/632 (1,024 descriptors on Lambda), in Go's words",
    expert=_named(DESCRIPTORS, "'socket: too many open files': the function leaks its descriptors"),
)
def too_many_open_files_in_go(case: CaseFolder) -> None:
    text = (
        'Post "https://ingest.statsbay.example/api/v1/series": dial tcp 34.160.113.201:443: socket: too many open files'
    )
    log = case.log("metric-relay", tail=True)
    for stream, began in ((0, 1_150.0), (1, 1_420.0), (2, 2_900.0)):
        for step in range(24):
            log.invocation(
                began + 6.5 * step,
                slog("ERROR", "flush failed", err=text, queued=812 + 37 * step),
                seconds=0.01,
                stream=stream,
                report=False,
            )
    case.yaml(functions=["metric-relay"], destinations={"statsbay": {"name": "ingest.statsbay.example", "port": 443}})


@incident(
    source="composed: descriptors ran out last night (events before the window), today MySQL has too many connections",
    expert=_named(
        FULL,
        "what fails in the window is MySQL's 1040; the EMFILE lines are of the night before",
        lacks=("descriptor", "open files"),
    ),
)
def last_nights_descriptors(case: CaseFolder) -> None:
    place = estate(case, zones="ab")
    own = case.group("acme-prod-legacy-mysql", [allow(3306, place.app)])
    db = case.database("legacy", place.data[1], [own])
    function(case, "legacy-bridge", place.private, [place.app], timeout=20)
    old = python_log("ERROR", "cannot open socket: [Errno 24] Too many open files")
    log = case.log("legacy-bridge")
    for at in times(25, -760, -700):
        log.invocation(at, old, seconds=0.02, stream=40)
    failed = python_error(
        "OperationalError",
        "(pymysql.err.OperationalError) (1040, 'Too many connections')\n(Background on this error at: "
        "https://sqlalche.me/e/20/e3q8)",
        (
            "/var/task/sqlalchemy/engine/base.py",
            2344,
            "_handle_dbapi_exception_noconnection",
            "raise sqlalchemy_exception",
        ),
    )
    calls = Traffic(case, "legacy-bridge")
    calls.good(260, 0, 60, seconds=0.1)
    calls.bad(88, 20, 44, failed, seconds=0.03)
    calls.write(period=300)
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "legacy"},
        every([12.0, 14.0, 13.0, 18.0, 66.0, 66.0, 66.0, 66.0, 66.0, 21.0, 14.0, 13.0], 1),
        stat="Maximum",
        period=300,
    )
    case.yaml(
        functions=["legacy-bridge"],
        destinations={
            "legacy": destination("legacy.c1x8fm2w0aab.us-east-1.rds.amazonaws.com", 3306, db["PrivateIpAddress"])
        },
    )
