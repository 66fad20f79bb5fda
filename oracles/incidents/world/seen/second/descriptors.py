"""Environments out of file descriptors, and the words that libraries have for it."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, usual
from oracles.incidents.world.seen.second.verdicts import DESCRIPTORS, named


@incident(
    source="aws/aws-sdk-js-v3 3279: Leaking file descriptors when generating too many http requests",
    expert=named(
        DESCRIPTORS,
        "the same environments report EMFILE at connect, at getaddrinfo and at home directory: "
        "descriptors, whatever the call; the name and the address are innocent",
    ),
)
def emfile_at_connect_and_at_name_lookup(case: CaseFolder) -> None:
    net = usual("fanout", "eu-west-1")
    net.function("replay", ["private-a", "private-b"], runtime="nodejs18.x", timeout=300)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-11T13:00", "2026-11-11T13:40"),
        ["replay"],
        table="name: dynamodb.eu-west-1.amazonaws.com, port: 443",
    )
    nat = Metrics("2026-11-11T13:00", zeros=True)
    nat.nat(net["nat"], ActiveConnectionCount=steps("a", (40, 7_900)), ErrorPortAllocation=[0] * 40)
    nat.write(case, "nat")
    calls(case, "2026-11-11T13:00", "replay", 40, 12, (40, 0.6), failing_ms=44_500, busy=8)
    log = Log("replay", "2026-11-11T13:00")
    log.every(
        3,
        2300,
        80,
        node(
            "Error",
            "connect EMFILE 52.94.5.100:443 - Local (undefined:undefined)",
            "    at internalConnect (node:net:953:16)",
            errno=-24,
            code="EMFILE",
            syscall="connect",
            address="52.94.5.100",
            port=443,
        ),
        ms=44_000,
        envs=8,
    )
    log.every(
        30,
        2300,
        110,
        node(
            "Error",
            "getaddrinfo EMFILE dynamodb.eu-west-1.amazonaws.com",
            "    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:107:26)",
            errno=-24,
            code="EMFILE",
            syscall="getaddrinfo",
            hostname="dynamodb.eu-west-1.amazonaws.com",
        ),
        ms=44_000,
        envs=8,
    )
    log.every(
        50,
        2300,
        150,
        node(
            "SystemError",
            "A system error occurred: uv_os_homedir returned EMFILE (too many open files)",
            "    at getHomeDir (/var/task/node_modules/@smithy/shared-ini-file-loader/dist-cjs/getHomeDir.js:14:29)",
            code="ERR_SYSTEM_ERROR",
        ),
        ms=44_000,
        envs=8,
    )
    log.events(case)


@incident(
    source="Stack Overflow: OSError: [Errno 24] Too many open files in AWS Lambda, requests sessions never closed",
    expert=named(
        DESCRIPTORS, "urllib3 cannot open a socket: errno 24, too many open files, in long-lived environments"
    ),
)
def sessions_that_nobody_closes(case: CaseFolder) -> None:
    about(case, "us-east-1", ("2026-11-07T11:00", "2026-11-07T12:00"), ["crawl"], "works for an hour after a deploy")
    calls(case, "2026-11-07T11:00", "crawl", 60, 25, (41, 0.0), (19, 0.5), failing_ms=700)
    log = Log("crawl", "2026-11-07T11:00", memory=1024)
    log.every(
        2470,
        3590,
        17,
        python(
            "ConnectionError",
            "HTTPSConnectionPool(host='news.example', port=443): Max retries exceeded with url: /rss (Caused "
            "by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f30b4>: Failed to establish a new "
            "connection: [Errno 24] Too many open files'))",
        ),
        ms=240,
        envs=4,
    )
    log.every(5, 3590, 45, "[INFO]\t<t>\t<r>\t31 items\n", envs=9)
    log.tail(case)


@incident(
    source="Go issue: dial tcp: socket: too many open files in Lambda, response bodies not closed",
    expert=named(DESCRIPTORS, "Go cannot make a socket at all: too many open files; no SYN ever left"),
)
def response_bodies_left_open(case: CaseFolder) -> None:
    net = usual("thumb2", "ap-southeast-2")
    net.function("probe-links", ["private-a", "private-b"], runtime="provided.al2023", timeout=60)
    net.write(case, "network-acls")
    about(case, "ap-southeast-2", ("2026-11-19T00:00", "2026-11-19T00:30"), ["probe-links"])
    log = Log("probe-links", "2026-11-19T00:00", memory=256, json_format=True)
    log.every(
        8,
        1790,
        21,
        '{"time":"<t>","level":"ERROR","msg":"probe failed","err":"Head \\"https://a.example/\\": dial '
        'tcp 203.0.113.9:443: socket: too many open files"}',
        ms=300,
        envs=5,
    )
    log.events(case)
