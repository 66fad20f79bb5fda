"""Two causes at once."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, fetch_failed, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import Net, about, route, rule, usual
from oracles.incidents.world.seen.second.verdicts import (
    BLOCKED,
    DESCRIPTORS,
    FULL,
    NAT,
    REFUSING,
    either_of,
)


@incident(
    source="Post-mortem: launch night, NAT ports and max_connections at the same time",
    expert=either_of(
        "two faults on two ways: the gateway is out of ports to the payment API, and PostgreSQL, inside the "
        "VPC, takes no more clients",
        NAT,
        FULL,
    ),
)
def ports_and_database_slots_run_out_together(case: CaseFolder) -> None:
    net = usual("drop", "us-east-1")
    net.group("db", into=[rule(5432, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("buy", ["private-a", "private-b"], timeout=30)
    net.write(case, "network-acls")
    about(
        case,
        "us-east-1",
        ("2026-11-27T20:00", "2026-11-27T20:30"),
        ["buy"],
        pay="name: api.payfast.example, port: 443, addresses: [198.18.44.10]",
        db="name: drop.cexample.us-east-1.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    nat = Metrics("2026-11-27T20:00")
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[*[0] * 4, *steps("a", (26, 9_000), noise=0.3)],
        ActiveConnectionCount=[4_000, 17_000, 33_000, 50_000, *steps("b", (26, 55_090), noise=0.002)],
        ConnectionAttemptCount=steps("c", (30, 30_000)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-27T20:00", "buy", 30, 30_000, (4, 0.0), (26, 0.4), failing_ms=8_300, busy=3_000)
    log = Log("buy", "2026-11-27T20:00")
    log.every(
        245,
        1790,
        14,
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='api.payfast.example', port=443): Max retries exceeded with url: "
            "/v1/charges (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, "
            "'Connection to "
            "api.payfast.example timed out. (connect timeout=8)'))",
        ),
        ms=8_060,
        envs=90,
    )
    log.every(
        250,
        1790,
        15,
        python(
            "OperationalError",
            'connection to server at "drop.cexample.us-east-1.rds.amazonaws.com" (10.20.51.23), port 5432 '
            "failed: FATAL:  sorry, too many clients already\n",
        ),
        ms=60,
        envs=90,
    )
    log.events(case)


@incident(
    source="AWS re:Post: one AZ without a route and a service that is down, both after the same deployment",
    expert=either_of(
        "private-b has no way out, so its half of the environments times out at the public API; and the "
        "internal service refuses everybody",
        BLOCKED,
        REFUSING,
    ),
)
def one_subnet_is_cut_off_and_the_service_is_down(case: CaseFolder) -> None:
    net = Net("tours", "eu-west-1", "10.33.0.0/16")
    for at, zone in enumerate("ab"):
        net.subnet(f"private-{zone}", f"10.33.{at + 1}.0/24", zone)
    net.subnet("public-a", "10.33.101.0/24")
    net.table("rt-a", [route("0.0.0.0/0", net.nat("nat", "public-a"))], ["private-a"])
    net.table("rt-b", [], ["private-b"])
    net.table("rt-public", [route("0.0.0.0/0", net.igw)], ["public-a"], main=True)
    net.group("app")
    net.group("svc", into=[rule(8080, net["app"])])
    net.interface("private-a", "10.33.1.80", "", ["svc"])
    net.function("offer", ["private-a", "private-b"], runtime="nodejs20.x", timeout=30)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-12T11:00", "2026-11-12T11:40"),
        ["offer"],
        maps="name: api.mapsource.example, port: 443, addresses: [203.0.113.111]",
        stock="name: stock.tours.internal, port: 8080, addresses: [10.33.1.80]",
    )
    calls(case, "2026-11-12T11:00", "offer", 40, 30, (40, 1.0), failing_ms=10_400)
    log = Log("offer", "2026-11-12T11:00")
    for number in range(50):
        if number % 2:
            log.invoke(
                number * 47.0,
                fetch_failed("api.mapsource.example"),
                ms=10_100,
                env=1,
            )
        else:
            log.invoke(
                number * 47.0,
                "<t>\t<r>\tINFO\tmap ok\n",
                node(
                    "Error",
                    "connect ECONNREFUSED 10.33.1.80:8080",
                    errno=-111,
                    code="ECONNREFUSED",
                    syscall="connect",
                    address="10.33.1.80",
                    port=8080,
                ),
                ms=140,
            )
    log.events(case)


@incident(
    source="GitHub issue: two functions, one leaks sockets (EMFILE), the other meets max number of clients at the "
    "cache",
    expert=either_of(
        "the exporter leaks clients until its environments are out of descriptors (EMFILE); seventy of them fill "
        "the cache, which turns the second function away in its own words",
        DESCRIPTORS,
        FULL,
    ),
)
def a_leak_in_one_function_fills_the_cache_of_both(case: CaseFolder) -> None:
    net = usual("social", "us-east-2")
    net.group("cache", into=[rule(6379, net["app"])])
    net.interface("data-a", "10.20.51.61", "ElastiCache social-001", ["cache"])
    net.function("export-graph", ["private-a", "private-b"], timeout=300)
    net.function("timeline", ["private-a", "private-b"], timeout=10)
    net.write(case)
    about(
        case,
        "us-east-2",
        ("2026-11-07T18:00", "2026-11-07T18:40"),
        ["export-graph", "timeline"],
        cache="name: social.abc.0001.use2.cache.amazonaws.com, port: 6379, addresses: [10.20.51.61]",
    )
    log = Log("export-graph", "2026-11-07T18:00")
    log.every(
        5,
        2300,
        30,
        python(
            "ConnectionError",
            "Error 24 connecting to social.abc.0001.use2.cache.amazonaws.com:6379. Too many open files.",
        ),
        ms=80_000,
        envs=70,
    )
    log.events(case)
    other = Log("timeline", "2026-11-07T18:00")
    other.every(
        9,
        2390,
        25,
        python(
            "ConnectionError",
            "max number of clients reached",
            'File "/opt/python/redis/connection.py", line 524, in read_response',
        ),
        ms=15,
        envs=30,
    )
    other.events(case)
