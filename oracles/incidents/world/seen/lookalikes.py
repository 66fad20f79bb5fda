"""What looks like a connection that fails, and is none; what nobody can tell; and two causes at once."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    node_log,
    python_error,
    python_log,
)
from oracles.incidents.world.seen._sites import psycopg2_error, requests_timeout, site

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _none(headline: Headline, because: str) -> Expert:
    return Expert((), (), headline, because)


@incident(
    source="composed: all is well, with the unevenness that metrics have",
    expert=_none(Headline.CLEAR, "all calls end well, nothing drops or times out: nothing is wrong here"),
)
def healthy_but_noisy(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(420, 0, 60, python_log("INFO", "charged"), seconds=0.4)
    calls.write()
    case.function_metrics("charge", throttles=[0.0] * 60)
    reached = about(7, 60, 0.3)
    case.nat_metrics(
        place.nat,
        attempts=reached,
        established=reached,
        errors=[0.0] * 60,
        drops=[0.0] * 60,
        idle=[1.0, 0.0, 2.0, 0.0, 0.0, 1.0] * 10,
        active=about(31, 60, 0.2),
        peak_bytes=about(2.1e6, 60, 0.4),
    )
    case.function_configuration("charge")
    case.yaml(functions=["charge"], reported="just checking before the sale", destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="composed: a provider's 429, as requests prints it",
    expert=_none(
        Headline.EITHER, "the provider answers, and says 429: no connection fails, and Lambda throttles nothing"
    ),
)
def provider_says_429(case: CaseFolder) -> None:
    place = site(case)
    case.function("crawl", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error(
        "HTTPError",
        "429 Client Error: Too Many Requests for url: https://api.social.example/2/search",
        ("/var/task/requests/models.py", 1024, "raise_for_status", "raise HTTPError(http_error_msg)"),
    )
    calls = Traffic(case, "crawl")
    calls.good(120, 0, 60)
    calls.bad(140, 8, 60, failed, seconds=0.2)
    calls.write()
    case.function_metrics("crawl", throttles=[0.0] * 60)
    case.yaml(functions=["crawl"], destinations={"social": {"name": "api.social.example", "port": 443}})


@incident(
    source="https://github.com/awslabs/amazon-s3-find-and-forget/pull/283 (Runtime exited with error: signal: killed)",
    expert=_none(Headline.EITHER, "the environments run out of memory; no connection is part of it"),
)
def out_of_memory(case: CaseFolder) -> None:
    place = site(case)
    case.function("render", [place.private_a, place.private_b], [place.app], timeout=60)
    killed = (
        '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 5e1a1e2c Error: Runtime exited with error: '
        "signal: "
        'killed"}'
    )
    calls = Traffic(case, "render")
    calls.good(88, 0, 60, seconds=4.0)
    calls.bad(24, 5, 58, killed, seconds=6.0, status="Status: error\tError Type: Runtime.OutOfMemory")
    calls.write()
    case.yaml(functions=["render"])


@incident(
    source="https://linden.consulting/en/blog/lambda-vpc-timeout (not every timeout is the network's)",
    expert=_none(
        Headline.OPEN, "all that is known is that invocations take too long: a slow query, a lock or a connect"
    ),
)
def only_task_timed_out(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("close-books", [place.private_a, place.private_b], [place.app], timeout=60)
    calls = Traffic(case, "close-books")
    calls.good(140, 0, 60, seconds=3.0)
    calls.bad(38, 12, 59, timeout=60)
    calls.write()
    case.yaml(functions=["close-books"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: PostgreSQL's statement_timeout, as psycopg2 prints it",
    expert=_none(Headline.EITHER, "the connection stands; the database ends a statement that takes too long"),
)
def slow_statement(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("close-books", [place.private_a, place.private_b], [place.app], timeout=60)
    failed = python_error("QueryCanceled", "canceling statement due to statement timeout\n",
                          ("/var/task/app.py", 77, "totals", "cursor.execute(SQL, (month,))"))  # fmt: skip
    calls = Traffic(case, "close-books")
    calls.good(200, 0, 60, seconds=2.0)
    calls.bad(31, 12, 59, failed, seconds=30.2)
    calls.write()
    case.yaml(functions=["close-books"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a support desk's function, whose tickets quote the errors of customers",
    expert=_none(Headline.EITHER, "the words stand in a customer's text; the function itself is well"),
)
def customers_text_tells_of_timeouts(case: CaseFolder) -> None:
    place = site(case)
    case.function("tickets", [place.private_a, place.private_b], [place.app])
    ticket = python_log("INFO", "ticket 88121 created, subject='Connection timed out when I connect to your "
                                "API', body='I get "
                        "ECONNREFUSED since yesterday, please help', customer=4411")  # fmt: skip
    calls = Traffic(case, "tickets")
    calls.good(90, 0, 60, python_log("INFO", "ticket stored"), seconds=0.1)
    calls.good(14, 0, 60, ticket, seconds=0.1)
    calls.write()
    case.function_metrics("tickets", throttles=[0.0] * 60)
    case.yaml(functions=["tickets"])


@incident(
    source="composed: a function that prints its configuration",
    expert=_none(Headline.EITHER, "the retryable codes of a configuration are no failures"),
)
def configuration_names_the_codes(case: CaseFolder) -> None:
    place = site(case)
    case.function("relay", [place.private_a], [place.app], runtime="nodejs22.x")
    dump = node_log(
        "INFO",
        "config",
        {"retry": {"codes": ["ETIMEDOUT", "ECONNRESET", "EMFILE", "ENOTFOUND"], "attempts": 3}, "connectTimeout": 5000},
    )
    calls = Traffic(case, "relay")
    calls.good(60, 0, 60, dump, seconds=0.1)
    calls.write()
    case.function_metrics("relay", throttles=[0.0] * 60)
    case.yaml(functions=["relay"])


@incident(
    source="composed: a library's own error, which says nothing of what happened beneath",
    expert=_none(Headline.OPEN, "something fails upstream, and the words do not say what"),
)
def error_that_nobody_knows(case: CaseFolder) -> None:
    place = site(case)
    case.function("edge", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=20)
    failed = node_log("ERROR", "UpstreamGone: channel 7 went away (code 1107)\n    at Mux.read "
                      "(/var/task/node_modules/@acme/mux/dist/mux.js:41:9)")  # fmt: skip
    calls = Traffic(case, "edge")
    calls.good(180, 0, 60)
    calls.bad(44, 16, 44, failed, seconds=4.0)
    calls.write()
    case.yaml(functions=["edge"], destinations={"mux": {"name": "mux.acme.example", "port": 7443}})


@incident(
    source="https://github.com/numerique-gouv/ami-notifications-api/issues/375 (QueuePool limit of size 5 overflow 10)",
    expert=_none(
        Headline.EITHER, "the pool in the function itself is empty: threads keep its connections; none was tried"
    ),
)
def pool_of_the_function_is_empty(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("batch", [place.private_a, place.private_b], [place.app], timeout=120)
    failed = python_error(
        "TimeoutError",
        "QueuePool limit of size 5 overflow 10 reached, connection timed out, "
        "timeout 30.00 "
        "(Background on this error at: https://sqlalche.me/e/20/3o7r)",
        ("/opt/python/sqlalchemy/pool/impl.py", 166, "_do_get", "raise exc.TimeoutError("),
    )
    calls = Traffic(case, "batch")
    calls.good(40, 0, 60, seconds=20.0)
    calls.bad(22, 3, 55, failed, seconds=31.0)
    calls.write()
    case.yaml(functions=["batch"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a provider's outage, and a database that was never reachable",
    expert=Expert((BLOCKED, DARK), (BLOCKED, DARK), Headline.NAMED,
                  "the database's group lacks the function from the start; besides, the provider goes dark at 12:30"),
)  # fmt: skip
def rule_and_outage_at_once(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("ledger-db", [allow(5432, "10.0.40.0/24")])
    db = case.database("ledger", place.data_a, [own])
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    booking = psycopg2_error(
        "ledger.cx91mmz2aa4k.us-east-1.rds.amazonaws.com", db["PrivateIpAddress"], "timeout expired"
    )
    calls = Traffic(case, "charge")
    calls.good(100, 0, 29.8, seconds=0.4)
    calls.bad(45, 0, 60, booking, seconds=5.1)
    calls.bad(99, 30, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    case.nat_metrics(
        place.nat, attempts=about(3.4, 60), established=[*about(3.4, 30), *([0.0] * 30)], errors=[0.0] * 60
    )
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]},
        "ledger": {"name": "ledger.cx91mmz2aa4k.us-east-1.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: an exported log that begins a day too early",
    expert=_none(Headline.EITHER, "the errors are of the day before; in the window everything ends well"),
)
def errors_are_of_the_day_before(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.bad(55, -1_440, -1_400, requests_timeout("api.payments.example"), seconds=10.1)
    calls.good(300, 0, 60, python_log("INFO", "charged"), seconds=0.4)
    calls.write()
    case.function_metrics("charge", throttles=[0.0] * 60)
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip
