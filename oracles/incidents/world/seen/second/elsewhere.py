"""Events of other resources in the same account, which prove nothing of this incident."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, route, rule, usual
from oracles.incidents.world.seen.second.verdicts import BLOCKED, DNS, SILENT, all_clear, named


@incident(
    source="redis/redis-py 1001: timeout connecting to redis hosted on aws ElastiCache (and another cluster with "
    "20,000 clients)",
    expert=named(
        BLOCKED,
        "the cache of this function lets in only the web group; that some other team's cache stands at "
        "65,000 clients has nothing to do with it",
    ),
)
def another_teams_cache_is_full(case: CaseFolder) -> None:
    net = usual("cart", "us-west-2")
    net.group("web")
    net.group("cart-cache", into=[rule(6379, net["web"])])
    net.interface("data-a", "10.20.51.30", "ElastiCache cart-001", ["cart-cache"])
    net.function("add-item", ["private-a", "private-b"], timeout=10)
    net.write(case)
    about(
        case,
        "us-west-2",
        ("2026-11-13T21:00", "2026-11-13T21:30"),
        ["add-item"],
        cart="name: cart.abc.0001.usw2.cache.amazonaws.com, port: 6379, addresses: [10.20.51.30]",
    )
    cache = Metrics("2026-11-13T21:00")
    cache.add("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "ads-001"}, "Maximum", [65_000] * 30)
    cache.add("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "cart-001"}, "Maximum", steps("e", (30, 140)))
    cache.write(case, "elasticache")
    calls(case, "2026-11-13T21:00", "add-item", 30, 40, (30, 1.0), failing_ms=5_300)
    log = Log("add-item", "2026-11-13T21:00")
    log.every(
        3,
        1790,
        40,
        python(
            "TimeoutError",
            "Timeout connecting to server",
            'File "/opt/python/redis/connection.py", line 357, in connect',
        ),
        ms=5_090,
    )
    log.events(case)


@incident(
    source="Post-mortem: two NAT gateways, errors on the crawler's gateway, outage of the partner on ours",
    expert=named(
        SILENT,
        "the port errors are of the crawler's own gateway, which no subnet of the function uses; on the "
        "function's gateway SYNs go out and nobody answers since 16:05",
    ),
)
def the_errors_are_of_the_crawlers_gateway(case: CaseFolder) -> None:
    net = usual("fares", "eu-central-1")
    net.subnet("crawler-a", "10.20.9.0/24")
    other = net.nat("nat-crawler", "public-b")
    net.table("rt-crawler", [route("0.0.0.0/0", other)], ["crawler-a"])
    net.function("quote-fare", ["private-a", "private-b"], timeout=20)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-19T16:00", "2026-11-19T16:40"),
        ["quote-fare"],
        gds="name: api.gdsystem.example, port: 443, addresses: [192.0.2.18]",
    )
    nat = Metrics("2026-11-19T16:00", zeros=True)
    nat.nat(
        other, ErrorPortAllocation=steps("f", (40, 800)), ActiveConnectionCount=steps("g", (40, 55_000), noise=0.002)
    )
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0] * 40,
        ActiveConnectionCount=steps("h", (5, 60), (35, 2)),
        ConnectionAttemptCount=steps("i", (5, 100), (35, 290)),
        ConnectionEstablishedCount=[*steps("i", (5, 100)), *[0] * 35],
    )
    nat.write(case, "nat")
    calls(case, "2026-11-19T16:00", "quote-fare", 40, 95, (5, 0.0), (35, 1.0), failing_ms=12_400)
    log = Log("quote-fare", "2026-11-19T16:00")
    log.every(
        305,
        2390,
        33,
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='api.gdsystem.example', port=443): Max retries exceeded with url: /fares "
            "(Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f>, 'Connection to "
            "api.gdsystem.example timed out. (connect timeout=4)'))",
        ),
        ms=12_200,
    )
    log.every(3, 300, 40, "[INFO]\t<t>\t<r>\tfare 99.00\n")
    log.events(case)


@incident(
    source="Stack Overflow: EMFILE in one function, ENOTFOUND in another, logs of both in one export",
    expert=named(DNS, "the function in question cannot resolve its host; EMFILE is in the log of another function"),
)
def the_descriptors_are_of_another_function(case: CaseFolder) -> None:
    net = usual("portal", "eu-west-1")
    for name in ("portal-search", "portal-export"):
        net.function(name, ["private-a", "private-b"], runtime="nodejs20.x", timeout=30)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-26T10:00", "2026-11-26T10:40"),
        ["portal-search"],
        index="name: vpc-portal-abcde.eu-west-1.es.amazonaws.com, port: 443",
    )
    log = Log("portal-search", "2026-11-26T10:00")
    log.every(
        4,
        2390,
        50,
        node(
            "ConnectionError",
            "getaddrinfo ENOTFOUND vpc-portal-abcde.eu-west-1.es.amazonaws.com",
            "    at ClientRequest.<anonymous> "
            "(/var/task/node_modules/@opensearch-project/opensearch/lib/Connection.js:133:16)",
            name="ConnectionError",
            meta={"body": None, "statusCode": None},
        ),
        ms=310,
    )
    log.events(case)
    other = Log("portal-export", "2026-11-26T10:00")
    other.every(
        9,
        2390,
        80,
        node(
            "Error",
            "EMFILE: too many open files, open '/tmp/part-0812.csv'",
            errno=-24,
            code="EMFILE",
            syscall="open",
            path="/tmp/part-0812.csv",
        ),
        ms=12_000,
    )
    other.events(case)


@incident(
    source="AWS re:Post: another service's database at its limit, our function healthy, someone asks anyway",
    expert=all_clear(
        "the function in question answers all its invocations; the full database belongs to another service "
        "that it never calls"
    ),
)
def the_full_database_belongs_to_somebody_else(case: CaseFolder) -> None:
    net = usual("catalog2", "us-east-1")
    net.acl("default", [f"{kind}-{zone}" for kind in ("private", "public", "data") for zone in "ab"], default=True)
    net.function("browse", ["private-a", "private-b"], timeout=10)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-20T10:00", "2026-11-20T11:00"),
        ["browse"],
        "are we affected by the orders outage?",
        search="name: search.indexhouse.example, port: 443, addresses: [203.0.113.201]",
    )
    db = Metrics("2026-11-20T10:00")
    db.add("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders-legacy"}, "Maximum", [405] * 60)
    db.write(case, "rds")
    nat = Metrics("2026-11-20T10:00", zeros=True)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0] * 60,
        ActiveConnectionCount=steps("j", (60, 210)),
        ConnectionAttemptCount=steps("k", (60, 330)),
        ConnectionEstablishedCount=steps("k", (60, 331)),
        PacketsDropCount=[0] * 60,
        IdleTimeoutCount=[0, 1, 0] * 20,
    )
    nat.write(case, "nat")
    told = Metrics("2026-11-20T10:00", zeros=True)
    told.function(
        "browse",
        Invocations=steps("l", (60, 1_100)),
        Errors=[0] * 60,
        Throttles=[0] * 60,
        Duration=steps("m", (60, 310)),
        ConcurrentExecutions=steps("n", (60, 6)),
    )
    told.write(case, "lambda")
    log = Log("browse", "2026-11-20T10:00")
    log.every(2, 3590, 25, "[INFO]\t<t>\t<r>\t24 hits in 61 ms\n", ms=95, envs=6)
    log.events(case)
