"""Kept HTTP connections that are reset, or forgotten on the way, while nothing is said on them."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls
from oracles.incidents.world.seen.second.shapes import about, rule, usual
from oracles.incidents.world.seen.second.verdicts import IDLE, named


@incident(
    source="psf/requests 4506: Closed keep-alive connections cause exception on re-use (AWS Lambda, Salesforce)",
    expert=named(
        IDLE,
        "resets come on the first request after pauses of more than ten minutes, and the gateway counts "
        "idle timeouts: a kept connection was forgotten after 350 s",
    ),
)
def the_first_request_after_a_long_pause_is_reset(case: CaseFolder) -> None:
    net = usual("crm2", "eu-west-1")
    net.function("push-deal", ["private-a", "private-b"], timeout=20)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-16T08:00", "2026-11-16T11:00"),
        ["push-deal"],
        crm="name: acme.my.crmforce.example, port: 443, addresses: [203.0.113.140]",
    )
    nat = Metrics("2026-11-16T08:00", 300)
    opened = [sum(at <= number * 800 + 30 < at + 300 for number in range(13)) for at in range(0, 10_800, 300)]
    idle = [sum(at <= number * 800 + 405 < at + 300 for number in range(13)) for at in range(0, 10_800, 300)]
    nat.nat(
        net["nat"],
        IdleTimeoutCount=idle,
        ConnectionAttemptCount=opened,
        ConnectionEstablishedCount=opened,
        ActiveConnectionCount=[min(one + two, 1) for one, two in zip(opened, idle, strict=True)],
    )
    nat.write(case, "nat")
    log = Log("push-deal", "2026-11-16T08:00")
    reset = python(
        "ConnectionError",
        "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        'File "/var/task/simple_salesforce/api.py", line 721, in _call_salesforce',
    )
    for number in range(13):
        second = number * 800.0
        log.invoke(second + 4, reset if number else "[INFO]\t<t>\t<r>\tdeal pushed\n", ms=210)
        log.invoke(second + 30, "[INFO]\t<t>\t<r>\tdeal pushed\n", ms=480)
        log.invoke(second + 55, "[INFO]\t<t>\t<r>\tdeal pushed\n", ms=120)
    log.events(case)


@incident(
    source="hyperium/hyper 2136: IncompleteMessage, connection closed before message completed",
    expert=named(
        IDLE,
        "hyper takes kept connections that the load balancer has just closed after 60 idle seconds: the "
        "failures follow pauses of about a minute and come back within milliseconds",
    ),
)
def the_load_balancer_closed_the_kept_connection(case: CaseFolder) -> None:
    net = usual("shipping", "eu-north-1")
    net.group("alb", into=[rule(443, net["app"])])
    net.interface("data-a", "10.20.51.200", "ELB app/rates/50dc6c495c0c9188", ["alb"])
    net.function("rate", ["private-a", "private-b"], runtime="provided.al2023", timeout=10)
    net.write(case)
    about(
        case,
        "eu-north-1",
        ("2026-11-08T10:00", "2026-11-08T11:00"),
        ["rate"],
        rates="name: rates.shipping.internal, port: 443, addresses: [10.20.51.200]",
    )
    calls(case, "2026-11-08T10:00", "rate", 60, 3, (60, 0.3), failing_ms=30, ms=40)
    log = Log("rate", "2026-11-08T10:00", memory=128)
    for number in range(28):
        second = number * 125.0
        log.invoke(
            second + 1, '{"timestamp":"<t>","level":"INFO","fields":{"message":"rate 12.40"},"target":"rate"}\n', ms=35
        )
        log.invoke(
            second + 61.2,
            (
                '{"timestamp":"<t>","level":"ERROR","fields":{"message":"error sending request for url '
                "(https://rates.shipping.internal/quote): connection closed before message completed"
                '"},"target":"rate"}\n'
            ),
            ms=6,
        )
    log.events(case)


@incident(
    source="openraven.com: Using Lambda in AWS? There's Something You Should Know About VPC NAT Timeouts",
    expert=named(
        IDLE,
        "only calls that wait longer than 350 s for their answer are lost, shorter ones come back, and the "
        "gateway counts one idle timeout for each: it forgot the silent connection",
    ),
)
def the_answer_comes_after_350_silent_seconds(case: CaseFolder) -> None:
    net = usual("scanner", "us-east-1")
    net.function("orchestrate", ["private-a", "private-b"], timeout=900)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-17T10:00", "2026-11-17T13:00"),
        ["orchestrate"],
        "long scans never return although the worker finishes",
        invoke="name: lambda.us-east-1.amazonaws.com, port: 443, addresses: [198.18.20.20]",
    )
    nat = Metrics("2026-11-17T10:00", 300, zeros=True)
    nat.nat(
        net["nat"],
        IdleTimeoutCount=[*[0, 1, 0, 0] * 8, 0, 0, 0, 0],
        ErrorPortAllocation=[0] * 36,
        ActiveConnectionCount=[3] * 36,
    )
    nat.write(case, "nat")
    log = Log("orchestrate", "2026-11-17T10:00")
    for number in range(8):
        start = number * 1200.0
        log.invoke(start, "[INFO]\t<t>\t<r>\tscan of small bucket returned after 211 s\n", ms=212_000)
        log.invoke(
            start + 230,
            "[INFO]\t<t>\t<r>\tstill waiting for the scan of a large bucket\n",
            python(
                "ReadTimeoutError",
                'Read timeout on endpoint URL: "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/'
                'worker/invocations"',
            ),
            ms=843_000,
            env=1,
        )
    log.events(case)


@incident(
    source="momentohq/client-sdk-javascript 113: gRPC channel idle while the environment is frozen",
    expert=named(
        IDLE,
        "after pauses of many minutes the first call ends with a reset on the kept HTTP/2 connection and "
        "the next one works at once",
    ),
)
def the_grpc_channel_slept_with_the_environment(case: CaseFolder) -> None:
    net = usual("flags", "us-west-2")
    net.function("evaluate", ["private-a", "private-b"], runtime="nodejs20.x", timeout=10)
    net.write(case, "network-acls", "addresses")
    about(
        case,
        "us-west-2",
        ("2026-11-14T03:00", "2026-11-14T07:00"),
        ["evaluate"],
        flags="name: grpc.flaghouse.example, port: 443, addresses: [203.0.113.66]",
    )
    log = Log("evaluate", "2026-11-14T03:00")
    for number in range(15):
        second = number * 930.0
        log.invoke(
            second + 2,
            node(
                "Error",
                "14 UNAVAILABLE: read ECONNRESET",
                "    at callErrorFromStatus (/var/task/node_modules/@grpc/grpc-js/build/src/call.js:31:19)",
                code=14,
                details="read ECONNRESET",
            ),
            ms=40,
        )
        log.invoke(second + 6, "<t>\t<r>\tINFO\tflag new-checkout = true\n", ms=110)
        log.invoke(second + 40, "<t>\t<r>\tINFO\tflag new-checkout = true\n", ms=9)
    log.events(case)
