"""Two causes at once, logs that only say that time ran out, and errors that no tool knows."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    incident,
    java_error,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    ramp,
)
from oracles.incidents.world.seen._sites import psycopg2_error, requests_timeout, site

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
FULL = "destination-connection-limit"
PORTS = "nat-port-exhaustion"
FILES = "descriptor-exhaustion"
IDLE = "idle-timeout-reset"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


@incident(
    source="composed: a provider's outage in which held-up invocations use up the database's connections",
    expert=Expert((DARK, FULL), (DARK, FULL), Headline.NAMED,
                  "the provider is silent from 12:20 on; the invocations that wait for it hold their connections to "
                  "the database, which is full five minutes later"),
)  # fmt: skip
def outage_fills_the_database(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("checkout", [place.private_a, place.private_b], [place.app], timeout=60)
    calls = Traffic(case, "checkout")
    calls.good(2_400, 0, 19.9, seconds=0.6, logged=False)
    calls.bad(4_600, 20, 60, seconds=45.4, logged=False)
    calls.bad(290, 20, 60, requests_timeout("api.payments.example", seconds=45), seconds=45.4)
    calls.bad(170, 25.2, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "FATAL:  sorry, too many clients already"),
              seconds=0.05)  # fmt: skip
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                [*about(24, 20), 38.0, 52.0, 64.0, 73.0, *([79.0, 79.0, 78.0] * 12)], stat="Maximum")  # fmt: skip
    case.nat_metrics(place.nat, attempts=[*about(120, 20), *about(122, 40)], errors=[0.0] * 60,
                     established=[*about(120, 20), *([0.0] * 40)])  # fmt: skip
    case.yaml(functions=["checkout"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]},
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: a rule that was never right, and a gateway out of ports, for two destinations of one function",
    expert=Expert((BLOCKED, PORTS), (BLOCKED, PORTS), Headline.NAMED,
                  "the cache's group never lets the function in; the market's timeouts begin with the gateway's errors "
                  "of allocation"),
)  # fmt: skip
def closed_cache_and_ports_that_run_out(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("cache", [allow(6379, "10.0.99.0/24")])
    cache = case.cache("quotes-001", place.data_a, [own])
    case.function("feed", [place.private_a, place.private_b], [place.app], timeout=90)
    concurrent = [*ramp(600, 5_300, 20), *about(5_900, 40, 0.02)]
    case.function_metrics("feed", invocations=concurrent, concurrent=concurrent,
                          errors=[0.0] * 20 + about(610, 40), duration=about(61_000, 60))  # fmt: skip
    case.nat_metrics(place.nat, active=[*ramp(6_000, 54_000, 20), *about(55_000, 40, 0.001)],
                     errors=[0.0] * 20 + about(4_100, 40))  # fmt: skip
    without_cache = python_log("WARNING", "cache: Timeout connecting to server quotes-001.x7k2lq.0001.use1.cache."
                               "amazonaws.com:6379, going on without it")  # fmt: skip
    log = case.log("feed")
    for index in range(80):
        log.invocation(3 + index * 14.8, without_cache, seconds=55.0, stream=index)
    for index in range(120):
        log.invocation(60 * 20.1 + index * 18.8, without_cache, requests_timeout("stream.market.example", "/sub", 20),
                       seconds=25.4, stream=100 + index)  # fmt: skip
    case.yaml(functions=["feed"], destinations={
        "market": {"name": "stream.market.example", "port": 443, "addresses": ["52.21.40.118"]},
        "quotes": {"name": "quotes-001.x7k2lq.0001.use1.cache.amazonaws.com", "port": 6379,
                   "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/3019 (EMFILE in warm functions), beside stale connections",
    expert=Expert((FILES, IDLE), (FILES, IDLE), Headline.NAMED,
                  "the environments leak descriptors until connect says EMFILE; apart from that, the first call after "
                  "each pause meets a stale connection"),
)  # fmt: skip
def leak_of_descriptors_and_stale_connections(case: CaseFolder) -> None:
    place = site(case)
    case.function("sync", [place.private_a], [place.app], runtime="nodejs20.x", timeout=30)
    stale = node_log("ERROR", "Error: socket hang up\n    at TLSSocket.socketOnEnd (node:_http_client:524:23) {\n  "
                              "code: 'ECONNRESET'\n}")  # fmt: skip
    leaked = node_socket_error("EMFILE", address="52.44.201.9", port=443)
    calls = Traffic(case, "sync")
    for start in range(0, 60, 10):
        calls.bad(1 if start else 0, start + 0.1, start + 0.15, stale, seconds=0.03)
        calls.good(12, start + 0.3, start + 2.5, seconds=0.4)
    calls.bad(9, 52.6, 53.2, leaked, seconds=0.02)
    calls.write()
    case.yaml(functions=["sync"], destinations={
        "mail": {"name": "api.mail.example", "port": 443, "addresses": ["52.44.201.9"]}})  # fmt: skip


@incident(
    source="https://linden.consulting/en/blog/lambda-vpc-timeout (not every timeout is the network's)",
    expert=Expert((), (), Headline.EITHER,
                  "every connect is answered as before, and the invocations run into their timeout: something after "
                  "the connect takes too long, and the log does not say what"),
)  # fmt: skip
def task_timed_out_though_connects_are_answered(case: CaseFolder) -> None:
    place = site(case)
    case.function("render", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=15)
    calls = Traffic(case, "render")
    calls.good(500, 0, 60, seconds=1.2, logged=False)
    calls.bad(74, 22, 50, timeout=15)
    calls.write()
    reached = about(10, 60, 0.2)
    case.nat_metrics(place.nat, attempts=reached, established=reached, errors=[0.0] * 60, drops=[0.0] * 60)
    case.yaml(functions=["render"], destinations={
        "fonts": {"name": "fonts.cdn.example", "port": 443, "addresses": ["151.101.2.10"]}})  # fmt: skip


@incident(
    source="https://www.tech-reader.blog/2025/12/aws-lambda-error-task-timed-out-after.html",
    expert=Expert((), (BLOCKED,), Headline.OPEN,
                  "all that there is are lines of timeouts after three seconds, of a function of which nothing else is "
                  "known"),
)  # fmt: skip
def task_timed_out_after_three_seconds(case: CaseFolder) -> None:
    calls = Traffic(case, "hello")
    calls.bad(31, 0, 60, timeout=3)
    calls.write(tail=True, metrics=False, memory=128)
    case.yaml(functions=["hello"], reported="it does not work since we put it into the VPC")


@incident(
    source="composed: a terminal emulator's gateway to a mainframe, with words of its own",
    expert=Expert((), (), Headline.OPEN,
                  "a session could not be made, and only the vendor knows what its codes mean"),
)  # fmt: skip
def words_of_a_mainframe_gateway(case: CaseFolder) -> None:
    place = site(case)
    case.function("policy", [place.private_a, place.private_b], [place.app], runtime="java17", timeout=60)
    failed = java_error("com.hostlink.tn.SessionException: HLK4419E LU pool PRD07: bind not completed, sense 08570003",
                        "com.hostlink.tn.Session.open(Session.java:611)",
                        causes=("com.hostlink.tn.TransportException: HLK4402E line state 0x1F",))  # fmt: skip
    calls = Traffic(case, "policy")
    calls.good(210, 0, 60, seconds=1.1, logged=False)
    calls.bad(57, 18, 46, failed, seconds=20.3)
    calls.write()
    case.yaml(functions=["policy"], destinations={"host": {"name": "tn.corp.example", "port": 992}})


@incident(
    source="composed: a client of one's own, which says that it waited and not for what",
    expert=Expert((), (), Headline.OPEN,
                  "the client waited in vain for something: a connect, a handshake or an answer; nothing else in the "
                  "case tells which"),
)  # fmt: skip
def own_client_waited_for_something(case: CaseFolder) -> None:
    place = site(case)
    case.function("ledger", [place.private_a, place.private_b], [place.app], timeout=60)
    failed = python_error(
        "UpstreamUnavailable",
        "core-banking gave no result within 12000 ms (attempt 3 of 3)",
        ("/opt/python/acme_http/client.py", 210, "call", "raise UpstreamUnavailable(name, ms)"),
    )
    calls = Traffic(case, "ledger")
    calls.good(260, 0, 60, seconds=0.9, logged=False)
    calls.bad(66, 31, 58, failed, seconds=36.1)
    calls.write(period=300)
    case.without("cloudwatch/nat", "ec2/network-acls")
    case.yaml(functions=["ledger"], destinations={
        "core": {"name": "core.bank.example", "port": 443, "addresses": ["194.12.80.40"]}})  # fmt: skip
