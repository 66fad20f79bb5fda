"""Events of other hours and of other resources in the same account, which prove nothing of this incident."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.unseen.logs import Log, node, python
from oracles.incidents.world.unseen.shapes import Metrics, about, calls, put, route, rule, steps, usual
from oracles.incidents.world.unseen.verdicts import BLOCKED, DNS, IDLE, REFUSING, SILENT, all_clear, named, no_name


@incident(
    source="Post-mortem: nightly batch exhausted NAT ports at 03:00; morning incident was a crashed service",
    expert=named(
        REFUSING,
        "the gateway's port errors ended at 03:10, six hours before; now the one service refuses every "
        "connection, and ports are free",
    ),
)
def the_port_errors_of_the_night_are_over(case: CaseFolder) -> None:
    net = usual("desk", "eu-west-1")
    net.function("print-label", ["private-a", "private-b"], runtime="nodejs20.x", timeout=20)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-1",
        ("2026-11-18T00:00", "2026-11-18T10:00"),
        ["print-label"],
        "labels fail since 09:20",
        labels="name: labels.couriers.example, port: 8443, addresses: [203.0.113.77]",
    )
    nat = Metrics("2026-11-18T00:00", 300)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[*[0] * 36, 2_911, 3_370, *[0] * 82],
        ActiveConnectionCount=[*steps("a", (34, 40)), 31_000, 54_000, 55_100, 55_040, *steps("b", (82, 45))],
        ConnectionAttemptCount=[*steps("c", (34, 200)), 40_000, 80_000, 60_000, 20_000, *steps("d", (82, 210))],
    )
    nat.write(case, "nat")
    calls(case, "2026-11-18T00:00", "print-label", 600, 12, (560, 0.0), (40, 1.0), failing_ms=160, ms=110, period=300)
    log = Log("print-label", "2026-11-18T09:20")
    log.every(
        5,
        2390,
        50,
        node(
            "AggregateError",
            "",
            "    at internalConnectMultiple (node:net:1118:18)",
            code="ECONNREFUSED",
            errors=[{"code": "ECONNREFUSED", "message": "connect ECONNREFUSED 203.0.113.77:8443"}],
        ),
        "<t>\t<r>\tERROR\tconnect ECONNREFUSED 203.0.113.77:8443\n",
        ms=90,
    )
    log.events(case)


@incident(
    source="AWS re:Post: CurrConnections 65000 on one cluster while Lambda cannot reach another cluster",
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


@incident(
    source="AWS re:Post: throttles during the night's import, resets of pooled connections in the morning",
    expert=named(
        IDLE,
        "the throttles were at 01:00 and are over; in the morning the first statement after each long pause "
        "fails on a dead pooled connection",
    ),
)
def the_throttles_of_the_night_are_over(case: CaseFolder) -> None:
    net = usual("clinic", "eu-west-3")
    net.function("book-visit", ["private-a", "private-b"], timeout=15)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-3",
        ("2026-11-27T05:00", "2026-11-27T09:00"),
        ["book-visit"],
        "errors from 06:00 to 09:00",
        db="name: clinic.cexample.eu-west-3.rds.amazonaws.com, port: 5432, addresses: [10.20.51.23]",
    )
    told = Metrics("2026-11-27T00:00", 300)
    told.function(
        "book-visit",
        Throttles=[*[0] * 12, 890, 410, *[0] * 94],
        Invocations=[*[0] * 12, 3_000, 2_900, *[0] * 58, *[2, 0, 0, 0] * 9],
        Errors=[*[0] * 72, *[1, 0, 0, 0] * 9],
    )
    told.write(case, "lambda")
    log = Log("book-visit", "2026-11-27T06:00")
    bad = python(
        "OperationalError",
        "(psycopg2.OperationalError) SSL SYSCALL error: EOF detected\n\n[SQL: SELECT slot.id "
        "FROM slot WHERE slot.day = %(day)s]\n(Background on this error at: https://sqlalche.me/e/20/e3q8)",
    )
    for number in range(9):
        log.invoke(number * 1200.0 + 5, bad, ms=15)
        log.invoke(number * 1200.0 + 9, "[INFO]\t<t>\t<r>\tbooked\n", ms=88)
    log.events(case)


@incident(
    source="GitHub issue: log export holds yesterday's ECONNREFUSED, nothing today",
    expert=no_name("every failure in the log is of the day before the window; in the window all invocations succeed"),
)
def the_failures_in_the_log_are_of_yesterday(case: CaseFolder) -> None:
    net = usual("votes", "us-east-1", "a")
    net.function("count", ["private-a"], runtime="nodejs22.x", timeout=10)
    net.write(case)
    about(case, "us-east-1", ("2026-11-22T08:00", "2026-11-22T09:00"), ["count"])
    calls(case, "2026-11-22T08:00", "count", 60, 30, (60, 0.0))
    log = Log("count", "2026-11-21T08:00")
    log.every(
        5,
        1700,
        40,
        node(
            "Error",
            "connect ECONNREFUSED 10.20.51.23:6379",
            "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
            errno=-111,
            code="ECONNREFUSED",
            syscall="connect",
            address="10.20.51.23",
            port=6379,
        ),
        ms=20,
    )
    log.every(86_405, 89_900, 60, "<t>\t<r>\tINFO\tcounted 12\n", ms=40)
    log.events(case)


@incident(
    source="AWS docs, Lambda function states: Inactive after weeks without invocations",
    expert=no_name(
        "the function was idle for weeks, so Lambda had reclaimed its interface and the first call failed; it is "
        "active again and works"
    ),
)
def the_function_had_gone_to_sleep(case: CaseFolder) -> None:
    net = usual("archive", "eu-west-1")
    net.function("restore-file", ["private-a", "private-b"], timeout=30)
    net.write(case)
    put(case, "lambda/restore-file.json", {**net.functions[0], "State": "Active", "LastUpdateStatus": "Successful"})
    about(
        case,
        "eu-west-1",
        ("2026-11-25T09:00", "2026-11-25T10:00"),
        ["restore-file"],
        "first call of the month failed: "
        "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    )
    calls(case, "2026-11-25T09:00", "restore-file", 60, 2, (60, 0.0))
    log = Log("restore-file", "2026-11-25T09:08")
    log.every(5, 3000, 240, "[INFO]\t<t>\t<r>\trestored 1 file\n", envs=1)
    log.events(case)
