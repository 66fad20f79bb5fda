"""Functions that are well, and evidence that does not settle anything."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    json_log,
    python_log,
    times,
)
from oracles.incidents.world.seen.third._estate import (
    destination,
    estate,
    function,
    monolog,
    steady,
)


def _none(headline: Headline, because: str, *true: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((), true, headline, because, lacks=lacks)


@incident(
    source="composed: urllib3's 'Retrying (Retry(total=2...)) after connection broken by', of a function that is well",
    expert=_none(Headline.EITHER, "a few retried warnings among six hundred calls, none of which failed: noise"),
)
def retried_and_well(case: CaseFolder) -> None:
    place = estate(case, "orchard", "10.29", zones="abc", nats="abc")
    function(case, "stock-levels", place.private, [place.app], runtime="python3.13", timeout=30)
    warned = python_log(
        "WARNING",
        "Retrying (Retry(total=2, connect=None, read=None, redirect=None, status=None)) after connection broken by "
        "'ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f3b91c3e2d0>, 'Connection to "
        "api.grocernet.example timed out. (connect timeout=3)')': /v4/stock",
    )
    calls = Traffic(case, "stock-levels")
    calls.good(610, 0, 60, python_log("INFO", "0 errors, 0 timeouts, 120 levels"), seconds=0.5)
    calls.good(3, 8, 52, warned, python_log("INFO", "0 errors, 0 timeouts, 120 levels"), seconds=3.6)
    calls.write()
    for nat in place.nats:
        case.nat_metrics(nat, errors=[0.0] * 60, active=about(14, 60), drops=[0.0] * 60)
    case.yaml(functions=["stock-levels"], destinations={"grocernet": destination("api.grocernet.example", 443)})


@incident(
    source="composed: a help desk whose customers write of time-outs and refused connections, logged as JSON",
    expert=_none(Headline.CLEAR, "the words stand in customers' tickets; no invocation failed, and the ways are open"),
)
def what_customers_write(case: CaseFolder) -> None:
    place = estate(case, "deskly", "10.68", zones="ab")
    own = case.group("deskly-pg", [allow(5432, place.app)])
    db = case.database("deskly", place.data[0], [own])
    function(
        case,
        "ticket-intake",
        place.private,
        [place.app],
        runtime="python3.12",
        timeout=15,
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
            "LogGroup": "/aws/lambda/ticket-intake",
        },
    )
    texts = (
        "Hello, my app says connect ETIMEDOUT 10.0.0.7:5432, please help",
        "Error: getaddrinfo ENOTFOUND cdn.deskly.example when I open the page",
        "FATAL: sorry, too many clients already - is your database down?",
        "we get 'Connection refused' from your webhook since Monday",
    )
    log = case.log("ticket-intake")
    invocations = [0.0] * 60
    for index, at in enumerate(times(140, 0, 59.5)):
        invocations[int(at // 60)] += 1
        log.invocation(
            at,
            json_log(
                "INFO", "ticket stored", ticket={"id": 88_000 + index, "subject": texts[index % 4], "lang": "en"}, ms=31
            ),
            seconds=0.05,
            stream=index % 2,
            report=False,
        )
    case.function_metrics(
        "ticket-intake",
        invocations=[one or None for one in invocations],
        errors=[0.0 if one else None for one in invocations],
        duration=[most if one else None for one, most in zip(invocations, about(56, 60), strict=True)],
    )
    case.yaml(
        functions=["ticket-intake"],
        destinations={"deskly": destination("deskly.cs1.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])},
    )


@incident(
    source="composed: a log fetched without --start-time: the time-outs are of the day before the window",
    expert=_none(Headline.CLEAR, "all failures lie before the window, in which 300 calls end well; the ways are open"),
)
def yesterday_it_failed(case: CaseFolder) -> None:
    place = estate(case, "bramble", "10.86", zones="ab")
    own = case.group("bramble-mysql", [allow(3306, place.app)])
    db = case.database("bramble", place.data[0], [own])
    function(case, "checkout-totals", place.private, [place.app], runtime="provided.al2", timeout=28)
    old = monolog(
        "ERROR", "SQLSTATE[HY000] [2002] Connection timed out (Connection: mysql, SQL: select * from `carts`)"
    )
    log = case.log("checkout-totals", tail=True)
    for index, at in enumerate(times(31, -1_190, -1_140)):
        log.invocation(at, old, seconds=10.4, stream=77 + index % 4)
    steady(case, "checkout-totals", 300, monolog("INFO", "totals computed"), seconds=0.1, tail=True)
    case.yaml(
        functions=["checkout-totals"],
        destinations={"bramble": destination("bramble.cx0.us-east-1.rds.amazonaws.com", 3306, db["PrivateIpAddress"])},
    )


@incident(
    source="https://github.com/aws/aws-sdk-js/issues/2650 ('my lambda just times out'), with nothing but the log",
    expert=_none(Headline.OPEN, "each call runs into its timeout, and nothing tells what it waited for"),
)
def nothing_but_task_timed_out(case: CaseFolder) -> None:
    calls = Traffic(case, "rds-data-loader")
    calls.bad(26, 0, 59, timeout=60)
    calls.write(metrics=False)
    case.yaml(functions=["rds-data-loader"], reported="it just times out")


@incident(
    source="composed: only metrics: errors, durations at the timeout, and no log",
    expert=_none(
        Headline.OPEN,
        "four of ten calls run for the whole fifteen seconds and fail; what they wait for, no metric says",
    ),
)
def only_metrics(case: CaseFolder) -> None:
    calls = Traffic(case, "recommendations")
    calls.good(240, 0, 60, seconds=0.3)
    calls.bad(160, 0, 60, timeout=15)
    calls.write(log=False, zeros=False, period=300)
    case.yaml(
        functions=["recommendations"], destinations={"features": {"name": "features.internal.example", "port": 8080}}
    )
