"""Places that are full on the way: a NAT gateway's ports, an ENI, a process's descriptors."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    go_log,
    incident,
    node_error,
    python_error,
    ramp,
    share,
)
from oracles.incidents.world.seen.fourth._sites import (
    FILES,
    FULL,
    HYPERPLANE,
    PORTS,
    apart,
    axios_error,
    database,
    named,
    pg_error,
    to,
    wizard,
)


@incident(
    source="reference/aws-facts.md, field report 2 (Bedrock Streaming: ErrorPortAllocation with clients that reuse "
    "nothing); composed",
    expert=named(PORTS, "the NAT gateway counts port errors in the very minutes in which connects time out"),
)
def webhook_blast(case: CaseFolder) -> None:
    place = wizard(case, "hooks")
    assert place.nat
    case.function("deliver-webhook", place.private, [place.group], runtime="nodejs20.x", timeout=30, memory=256)
    failed = axios_error("timeout of 20000ms exceeded", "ECONNABORTED")
    calls = Traffic(case, "deliver-webhook")
    calls.good(260, 0, 60, seconds=0.4)
    calls.bad(180, 22, 37, failed, seconds=20.8)
    calls.write(memory=256, metrics=False)
    asked = about(3_300, 60)
    case.function_metrics(
        "deliver-webhook",
        invocations=asked,
        concurrent=[*about(40, 22), *about(640, 15), *about(45, 23)],
        errors=[*[0.0] * 22, *share(asked[22:37], 0.4), *[0.0] * 23],
    )
    active = [*about(4100, 21), 38_000.0, *[55_010.0 + 30 * (at % 3) for at in range(15)], 21_000.0, *about(4300, 22)]
    case.nat_metrics(place.nat, active=active, errors=[*[0.0] * 22, *about(3_400, 15), *[0.0] * 23])
    case.yaml(functions=["deliver-webhook"], destinations={"tenant": to("hooks.bigtenant.example", 443, "44.217.33.9")},
              reported="the log is a sample: each call sends some 50 hooks")  # fmt: skip


@incident(
    source="composed: two metrics of a dashboard and no log (ErrorPortAllocation with 300 s periods, zeros left out)",
    expert=named(PORTS, "the gateway's port errors come and go with the function's errors"),
)
def dashboard_of_port_errors(case: CaseFolder) -> None:
    place = wizard(case, "scrape", group="scrape-default")
    assert place.nat
    case.function("scrape-page", place.private, [place.group], runtime="provided.al2023", timeout=15)
    calls = about(52_000, 12)
    bad = [None, None, None, 6_120.0, 14_480.0, 15_010.0, 13_900.0, 4_400.0, None, None, None, None]
    case.function_metrics("scrape-page", period=300, invocations=calls, errors=bad)
    errors = [None, None, None, 19_310.0, 48_122.0, 50_903.0, 44_870.0, 13_007.0, None, None, None, None]
    case.nat_metrics(place.nat, period=300, errors=errors)
    case.without("ec2/network-acls", "ec2/network-interfaces", "ec2/addresses", "ec2/internet-gateways")
    case.yaml(functions=["scrape-page"], destinations={"site": to("www.kaufmarkt.example", 443)})


@incident(
    source="composed: a sale that fills a NAT gateway and a small database at once",
    expert=Expert(
        (PORTS, FULL),
        (PORTS, FULL),
        Headline.NAMED,
        "two places are full at once: the NAT gateway's ports on the way to the API, and the database's connections",
    ),
)
def two_places_full_in_a_sale(case: CaseFolder) -> None:
    place = wizard(case, "sale")
    assert place.nat
    db = database(case, "sale", place.private[0], 5432, place.group)
    case.function("checkout", place.private, [place.group], runtime="nodejs22.x", timeout=30)
    calls = Traffic(case, "checkout")
    calls.good(420, 0, 60, seconds=0.3)
    calls.bad(140, 18, 42, axios_error("timeout of 15000ms exceeded", "ECONNABORTED"), seconds=15.6)
    full = pg_error("sorry, too many clients already", "53300", file="proc.c", line="363", routine="InitProcess")
    calls.bad(122, 18, 42, full, seconds=0.03)
    calls.write(metrics=False)
    asked = [*about(700, 17), *about(9_400, 25), *about(800, 18)]
    case.function_metrics("checkout", invocations=asked, concurrent=[*about(12, 17), *about(930, 25), *about(14, 18)],
                          errors=[*[0.0] * 18, *share(asked[18:42], 0.3), *[0.0] * 18])  # fmt: skip
    case.nat_metrics(
        place.nat,
        active=[*about(9_000, 17), *[55_000.0 + 15 * (at % 4) for at in range(25)], *about(8_000, 18)],
        errors=[*[0.0] * 18, *about(2_100, 24), *[0.0] * 18],
    )
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "sale"},
                [*about(60, 17), *[191.0, 190.0, 191.0, 191.0, 191.0] * 5, *about(70, 18)], stat="Maximum")  # fmt: skip
    case.yaml(functions=["checkout"], destinations={
        "fraud": to("api.fraudcheck.example", 443, "52.17.90.4"),
        "db": to("sale.c9q8w7e6r5t4.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])},
        reported="half of the orders fail in the sale (log: a sample)")  # fmt: skip


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/ (in small, "
    "and in Go)",
    expert=named(
        HYPERPLANE,
        "open connections stand flat at 65,000 behind one subnet and one group, and the NAT gateway with three "
        "addresses has "
        "no port error",
    ),
)
def load_test_from_one_subnet(case: CaseFolder) -> None:
    place = wizard(case, "loadtest", addresses=3)
    assert place.nat
    case.function("swarm", place.private[:1], [place.group], runtime="provided.al2023", timeout=300)
    text = "worker 412: dial tcp 34.233.5.71:443: connect: connection timed out"
    calls = Traffic(case, "swarm")
    calls.good(130, 5, 18, go_log("worker: 900 connections open"), seconds=180)
    calls.bad(240, 20, 40, go_log("resolved cache.example.com in 2ms"), go_log(text), seconds=131)
    calls.write(metrics=False)
    case.function_metrics(
        "swarm",
        invocations=[*[None] * 5, *about(24, 35), *[None] * 20],
        duration=[*[None] * 5, *about(180_200, 15), *about(131_100, 20), *[None] * 20],
        concurrent=[*[None] * 5, *ramp(9, 71, 15), *about(78, 22), *[None] * 18],
    )
    active = [
        *[40.0] * 5,
        *ramp(2_000, 63_500, 14),
        *[64_980.0 + (at * 7) % 20 for at in range(24)],
        *ramp(40_000, 50, 17),
    ]
    case.nat_metrics(place.nat, active=active, errors=[0.0] * 60, drops=[0.0] * 60)
    case.yaml(functions=["swarm"], destinations={"cache": to("cache.example.com", 443, "34.233.5.71")},
              reported="the cache took 300,000 connections from a load generator outside AWS; from Lambda it stops "
              "far below (log: a sample of workers)")  # fmt: skip


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/5273 (getaddrinfo EMFILE dynamodb.us-east-1.amazonaws.com)",
    expert=named(
        FILES,
        "the process has no descriptor left: EMFILE, even for a name's look-up",
        lacks=("nat gateway", "security group"),
    ),
)
def emfile_at_dynamodb(case: CaseFolder) -> None:
    case.function("fan-out", runtime="nodejs18.x", timeout=60, memory=1024)
    host = "dynamodb.us-east-1.amazonaws.com"
    about_it: dict[str, Any] = {"$metadata": {"attempts": 1, "totalRetryDelay": 0}}
    stack = ("GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:108:26)",)
    failed = node_error(f"getaddrinfo EMFILE {host}", stack=stack,
                        code="EMFILE", errno=-24, syscall="getaddrinfo", hostname=host,
                        **about_it)  # fmt: skip
    calls = Traffic(case, "fan-out")
    calls.good(410, 0, 60, seconds=1.9)
    calls.bad(93, 8, 52, failed, seconds=3.1)
    calls.write(memory=1024)
    case.yaml(functions=["fan-out"], destinations={"table": to(host, 443)})


@incident(
    source="composed: a session per call that nobody closes (Python: [Errno 24] Too many open files), and old port "
    "errors elsewhere",
    expert=named(
        FILES,
        "one environment after the other runs out of descriptors; the gateway's port errors, of the first three "
        "minutes, ended 40 minutes before and are none of geocode's failures",
        lacks=("nat gateway",),
        also=(PORTS,),
    ),
)
def sessions_that_nobody_closes(case: CaseFolder) -> None:
    place = wizard(case, "geo")
    assert place.nat
    case.function("geocode", place.private, [place.group], timeout=20)
    case.function("nightly-import", place.private, [place.group], timeout=900)
    text = (
        "HTTPSConnectionPool(host='maps.geodata.example', port=443): Max retries exceeded with url: /v1/geocode "
        "(Caused by "
        "NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f0c5c3b1d60>: Failed to establish a new "
        "connection: [Errno 24] Too many open files'))"
    )
    calls = Traffic(case, "geocode")
    calls.good(600, 0, 60, seconds=0.2)
    calls.bad(71, 46, 60, python_error("ConnectionError", text), seconds=0.01)
    calls.write()
    apart(case, "geocode", "Errno 24", later=True)
    active = [55_030.0, 55_020.0, 55_010.0, 48_000.0, 17_000.0, *about(420, 55)]
    case.nat_metrics(place.nat, active=active, errors=[2_900.0, 3_100.0, 1_800.0, *[0.0] * 57])
    case.yaml(functions=["geocode"], destinations={"maps": to("maps.geodata.example", 443)})
