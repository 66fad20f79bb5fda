"""Functions that are well, and logs and metrics that look as if they were not."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, structured
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import Net, about, usual
from oracles.incidents.world.seen.second.verdicts import all_clear, no_name


def _healthy(case: CaseFolder, net: Net, start: str, function: str, minutes: int, per_minute: float) -> None:
    """Metrics of a function and of its gateway in which nothing is wrong; zeros are written out."""
    told = Metrics(start, zeros=True)
    told.function(
        function,
        Invocations=steps(function, (minutes, per_minute)),
        Errors=[0] * minutes,
        Throttles=[0] * minutes,
        Duration=steps("d", (minutes, 420)),
        ConcurrentExecutions=steps("e", (minutes, 5)),
    )
    told.write(case, "lambda")
    nat = Metrics(start, zeros=True)
    attempts = steps("n", (minutes, per_minute))
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0] * minutes,
        ActiveConnectionCount=steps("c", (minutes, 90)),
        ConnectionAttemptCount=attempts,
        ConnectionEstablishedCount=[one + at % 3 for at, one in enumerate(attempts)],
        PacketsDropCount=[0] * minutes,
        IdleTimeoutCount=[at % 4 == 0 for at in range(minutes)],
    )
    nat.write(case, "nat")


@incident(
    source="Support desk: ticket texts with ETIMEDOUT and EMFILE in INFO lines",
    expert=all_clear(
        "the words stand in texts of customers that the function logs; all invocations succeed and the path is free"
    ),
)
def customers_write_about_their_own_timeouts(case: CaseFolder) -> None:
    net = usual("helpdesk", "eu-west-1")
    net.acl("default", [f"{kind}-{zone}" for kind in ("private", "public", "data") for zone in "ab"], default=True)
    net.function("classify", ["private-a", "private-b"], runtime="nodejs20.x", timeout=30)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-21T09:00", "2026-11-21T10:00"),
        ["classify"],
        model="name: api.textmodel.example, port: 443, addresses: [203.0.113.38]",
    )
    _healthy(case, net, "2026-11-21T09:00", "classify", 60, 40)
    log = Log("classify", "2026-11-21T09:00", json_format=True)
    log.every(
        4,
        3590,
        60,
        structured(
            "INFO",
            "ticket 8812: 'your app says connect ETIMEDOUT 10.0.0.1:443 and sometimes "
            "EMFILE, too many open files. please help!' -> class=network",
        ),
        ms=380,
        envs=5,
    )
    log.every(24, 3590, 45, structured("INFO", "ticket 8813: 'I want my money back' -> class=refund"), ms=330, envs=5)
    log.events(case)


@incident(
    source="GitHub issue: start-up log dumps the configuration: errorsToRetry ECONNRESET, EAI_AGAIN, too many "
    "connections",
    expert=all_clear(
        "what looks like errors is a dump of the retry settings at start; every invocation returns in good "
        "time and no metric shows anything"
    ),
)
def the_retry_settings_are_logged_at_start(case: CaseFolder) -> None:
    net = usual("gateway2", "us-west-2")
    net.acl("default", [f"{kind}-{zone}" for kind in ("private", "public", "data") for zone in "ab"], default=True)
    net.function("bff", ["private-a", "private-b"], runtime="nodejs22.x", timeout=10)
    net.write(case)
    about(
        case,
        "us-west-2",
        ("2026-11-26T15:00", "2026-11-26T15:45"),
        ["bff"],
        core="name: core.acme.example, port: 443, addresses: [203.0.113.39]",
    )
    _healthy(case, net, "2026-11-26T15:00", "bff", 45, 600)
    log = Log("bff", "2026-11-26T15:00")
    log.every(
        2,
        2690,
        120,
        '<t>\t<r>\tINFO\tconfig {"retry":{"limit":2,"errorCodes":["ETIMEDOUT","ECONNRESET","EADDRINUSE",'
        '"ECONNREFUSED","EPIPE","ENOTFOUND","ENETUNREACH","EAI_AGAIN"]},"alerts":["too many connections","EMFILE"]}\n',
        "<t>\t<r>\tINFO\tGET /home 200 61ms\n",
        ms=90,
        envs=7,
    )
    log.every(9, 2690, 30, "<t>\t<r>\tINFO\tGET /home 200 55ms\n", ms=70, envs=7)
    log.tail(case)


@incident(
    source="AWS docs: ConnectionEstablishedCount may exceed ConnectionAttemptCount, IdleTimeoutCount is normal",
    expert=all_clear(
        "more established than attempted and some idle timeouts are normal; no invocation fails and the "
        "gateway is nearly empty"
    ),
)
def the_gateways_metrics_look_odd_but_are_fine(case: CaseFolder) -> None:
    net = usual("news", "ap-southeast-1", "abc")
    net.acl("default", [f"{kind}-{zone}" for kind in ("private", "public", "data") for zone in "abc"], default=True)
    for name in ("fetch-a", "fetch-b", "fetch-c", "rank", "publish", "mail", "push", "prune", "search", "stats"):
        net.function(name, ["private-a", "private-b", "private-c"], timeout=60)
    net.write(case)
    about(
        case,
        "ap-southeast-1",
        ("2026-11-25T04:00", "2026-11-25T05:00"),
        ["fetch-a", "fetch-b", "fetch-c"],
        "NAT dashboards look wrong, is anything broken?",
        feeds="name: feeds.newswire.example, port: 443, addresses: [203.0.113.180]",
    )
    _healthy(case, net, "2026-11-25T04:00", "fetch-a", 60, 800)
    for name in ("fetch-b", "fetch-c"):
        calls(case, "2026-11-25T04:00", name, 60, 300, (60, 0.0), ms=900)
    log = Log("fetch-a", "2026-11-25T04:00")
    log.every(2, 3590, 40, "[INFO]\t<t>\t<r>\t18 articles\n", ms=320, envs=5)
    log.events(case)


@incident(
    source="GitHub issue: one retry in fifty thousand (ECONNRESET, retried, fine)",
    expert=no_name("two resets in an hour, both retried with success, and no invocation fails: noise of the internet"),
)
def two_retries_in_an_hour_are_noise(case: CaseFolder) -> None:
    net = usual("ads", "eu-west-1")
    net.function("bid", ["private-a", "private-b"], runtime="nodejs20.x", timeout=5)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-19T12:00", "2026-11-19T13:00"),
        ["bid"],
        exchange="name: bid.adhouse.example, port: 443, addresses: [203.0.113.60]",
    )
    _healthy(case, net, "2026-11-19T12:00", "bid", 60, 900)
    log = Log("bid", "2026-11-19T12:00")
    log.every(2, 3590, 30, "<t>\t<r>\tINFO\tbid 0.42\n", ms=80, envs=5)
    for second in (733.0, 2904.0):
        log.invoke(
            second,
            "<t>\t<r>\tWARN\tattempt 1 failed (read ECONNRESET), retrying\n",
            "<t>\t<r>\tINFO\tbid 0.40\n",
            ms=160,
        )
    log.events(case)
