"""Logs in which nothing stands but that time ran out."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log
from oracles.incidents.world.seen.second.metrics import calls
from oracles.incidents.world.seen.second.shapes import about, usual
from oracles.incidents.world.seen.second.verdicts import (
    BLOCKED,
    SILENT,
    left_open,
    named,
)


@incident(
    source="brefphp/bref 873: PHP lambda timing out (95 % of timeouts: a VPC without internet access); "
    "linden.consulting: Lambda Task Timed Out",
    expert=named(
        BLOCKED,
        "the log says only that time ran out, but the function's subnets have no route to the public "
        "address that it calls",
    ),
)
def only_timeouts_and_no_route(case: CaseFolder) -> None:
    net = usual("bot", "us-east-1", nat=False)
    net.function("post-message", ["private-a", "private-b"], timeout=30)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-16T20:00", "2026-11-16T20:40"),
        ["post-message"],
        chat="name: chat.talkhouse.example, port: 443, addresses: [203.0.113.131]",
    )
    calls(case, "2026-11-16T20:00", "post-message", 40, 6, (40, 1.0), failing_ms=30_000)
    log = Log("post-message", "2026-11-16T20:00", memory=128)
    log.every(3, 2300, 90, ms=30_000, status="timeout")
    log.events(case)


@incident(
    source="Stack Overflow: AWS Lambda Task timed out, no other error, VPC fine",
    expert=left_open(
        "a third of the invocations runs into the timeout and says nothing of why; routes and groups are "
        "right, so it may be the callee, the code or the size of the work",
        SILENT,
    ),
)
def only_timeouts_in_a_sound_vpc(case: CaseFolder) -> None:
    net = usual("mailsort", "eu-central-1")
    net.acl("default", [f"{kind}-{zone}" for kind in ("private", "public", "data") for zone in "ab"], default=True)
    net.function("sort-mail", ["private-a", "private-b"], timeout=60)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-10T08:00", "2026-11-10T09:00"),
        ["sort-mail"],
        imap="name: imap.mailhost.example, port: 993, addresses: [203.0.113.143]",
    )
    calls(case, "2026-11-10T08:00", "sort-mail", 60, 9, (60, 0.33), failing_ms=60_000, ms=9_000)
    log = Log("sort-mail", "2026-11-10T08:00")
    for number in range(40):
        log.invoke(
            number * 87.0,
            ms=60_000 if number % 3 == 0 else 8_100 + number * 30,
            env=number % 4,
            status="timeout" if number % 3 == 0 else "",
        )
    log.events(case)


@incident(
    source="AWS re:Post: Task timed out after 3.00 seconds (that is all I have)",
    expert=left_open(
        "nothing but eleven timeouts of three seconds: no configuration, no metric, no word of a connection"
    ),
)
def eleven_timeouts_and_nothing_else(case: CaseFolder) -> None:
    about(case, "us-east-1", None, [], "please help")
    log = Log("my-function", "2026-11-01T11:00", memory=128)
    log.every(2, 1000, 95, ms=3_000, envs=1, status="timeout")
    log.tail(case)
