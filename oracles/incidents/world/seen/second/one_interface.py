"""A Hyperplane ENI whose 65,000 are used up, which no metric of AWS shows."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, fetch_failed, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import Net, about, rule, usual
from oracles.incidents.world.seen.second.verdicts import ENI, named


def _net(seed: str, region: str, function: str, runtime: str, addresses: int = 1, zones: str = "ab") -> Net:
    net = usual(seed, region, zones, addresses=addresses)
    net.function(function, [f"private-{zone}" for zone in zones], runtime=runtime, timeout=30)
    return net


@incident(
    source="gomomento.com: How to fix connection timeout issues with AWS Lambda in VPCs (second narrows)",
    expert=named(
        ENI,
        "eight addresses, ErrorPortAllocation asked for and zero, and the connections of the only subnet and group "
        "stand flat at 65,000 while connects time out and names resolve",
    ),
)
def with_eight_addresses_it_stops_at_65000(case: CaseFolder) -> None:
    net = _net("launch", "us-west-2", "storefront", "nodejs20.x", 8, "a")
    net.interface("private-a", "10.20.1.44", "AWS Lambda VPC ENI-storefront-9c", ["app"], kind="lambda")
    net.write(case)
    about(
        case,
        "us-west-2",
        ("2026-11-23T17:00", "2026-11-23T17:30"),
        ["storefront"],
        cache="name: cache.cell-us-west-2.example, port: 443, addresses: [198.18.1.1, 198.18.1.2]",
    )
    nat = Metrics("2026-11-23T17:00", zeros=True)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0] * 30,
        PacketsDropCount=[0] * 30,
        ActiveConnectionCount=[9_000, 21_000, 34_000, 48_000, 60_000, *steps("s", (25, 64_950), noise=0.0015)],
        ConnectionAttemptCount=steps("t", (5, 13_000), (25, 420)),
        ConnectionEstablishedCount=steps("t", (5, 13_000), (25, 420)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-23T17:00", "storefront", 30, 90_000, (5, 0.0), (25, 0.2), failing_ms=30_000, busy=9_000)
    log = Log("storefront", "2026-11-23T17:00")
    log.every(
        305,
        1790,
        6,
        "<t>\t<r>\tINFO\tresolved cache.cell-us-west-2.example to 198.18.1.2 in 2 ms\n",
        node(
            "Error",
            "4 DEADLINE_EXCEEDED: Deadline exceeded after 29.998s,name resolution: 0.004s,metadata filters: "
            "0.001s,Waiting for LB pick",
            "    at callErrorFromStatus (/var/task/node_modules/@grpc/grpc-js/build/src/call.js:31:19)",
            code=4,
            details="Deadline exceeded after 29.998s,name resolution: 0.004s,metadata filters: 0.001s,Waiting for LB "
            "pick",
        ),
        fetch_failed("cache.cell-us-west-2.example"),
        ms=29_600,
        envs=100,
    )
    log.events(case)


@incident(
    source="quangpao-dev.pages.dev and the Momento report: a cluster of caches, one subnet, one group",
    expert=named(
        ENI,
        "six cache nodes have 10,800 clients each, far from their own limit, but their sum stands flat at 65,000: that "
        "is the one interface of the only subnet; no NAT gateway is on the way",
    ),
)
def six_cache_nodes_sum_up_to_one_interface(case: CaseFolder) -> None:
    net = usual("feeds", "us-east-1", "a", nat=False)
    net.group("cache", into=[rule(6379, net["app"])])
    for at in range(6):
        net.interface("data-a", f"10.20.51.{20 + at}", f"ElastiCache feeds-000{at + 1}-001", ["cache"])
    net.interface("private-a", "10.20.1.45", "AWS Lambda VPC ENI-render-feed-1b", ["app"], kind="lambda")
    net.function("render-feed", ["private-a"], runtime="java21", timeout=15, memory=2048)
    net.write(case)
    nodes = ", ".join(f"10.20.51.{20 + at}" for at in range(6))
    about(
        case,
        "us-east-1",
        ("2026-11-25T21:00", "2026-11-25T21:30"),
        ["render-feed"],
        feeds=f"name: feeds.abc.clustercfg.use1.cache.amazonaws.com, port: 6379, addresses: [{nodes}]",
    )
    cache = Metrics("2026-11-25T21:00")
    for at in range(6):
        cache.add(
            "AWS/ElastiCache",
            "CurrConnections",
            {"CacheClusterId": f"feeds-000{at + 1}-001"},
            "Maximum",
            [*steps(f"u{at}", (3, 3_000), (4, 8_100)), *steps(f"v{at}", (23, 10_820), noise=0.003)],
        )
    cache.write(case, "cache")
    calls(case, "2026-11-25T21:00", "render-feed", 30, 40_000, (7, 0.0), (23, 0.12), failing_ms=10_200, busy=3_300)
    log = Log("render-feed", "2026-11-25T21:00", memory=2048)
    log.every(
        425,
        1790,
        9,
        (
            "redis.clients.jedis.exceptions.JedisConnectionException: Failed to connect to any host resolved for DNS "
            "name.\n\tat redis.clients.jedis.DefaultJedisSocketFactory.connectToFirstSuccessfulHost"
            "(DefaultJedisSocketFactory.java:78)\n\tat feeds.Render.handleRequest(Render.java:52)\n"
            "\tSuppressed: java.net.SocketTimeoutException: Connect timed out\n"
        ),
        ms=10_060,
        envs=100,
    )
    log.events(case)


@incident(
    source="gomomento.com: functions that share a subnet and a group share one interface",
    expert=named(
        ENI,
        "both functions share one interface (one subnet, one group); four addresses without ErrorPortAllocation; all "
        "connections together stand flat at 65,000, and the small function's connects time out with them",
    ),
)
def a_small_neighbour_suffers_on_the_same_interface(case: CaseFolder) -> None:
    net = _net("games", "eu-west-1", "matchmake", "provided.al2023", 4, "a")
    net.function("friend-list", ["private-a"], timeout=15)
    net.interface("private-a", "10.20.1.46", "AWS Lambda VPC ENI-matchmake-7e", ["app"], kind="lambda")
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-1",
        ("2026-11-28T19:00", "2026-11-28T19:40"),
        ["friend-list", "matchmake"],
        presence="name: presence.gamehost.example, port: 443, addresses: [203.0.113.15]",
        lobby="name: lobby.gamehost.example, port: 443, addresses: [203.0.113.16]",
    )
    nat = Metrics("2026-11-28T19:00", zeros=True)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0] * 40,
        ActiveConnectionCount=[*steps("w", (8, 40_000), (4, 58_000)), *steps("x", (28, 64_980), noise=0.001)],
        ConnectionAttemptCount=steps("y", (12, 5_600), (28, 700)),
        ConnectionEstablishedCount=steps("y", (12, 5_600), (28, 700)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-28T19:00", "matchmake", 40, 50_000, (12, 0.0), (28, 0.1), failing_ms=8_100, busy=6_500)
    calls(case, "2026-11-28T19:00", "friend-list", 40, 300, (12, 0.0), (28, 0.4), failing_ms=6_200)
    log = Log("friend-list", "2026-11-28T19:00")
    log.every(
        725,
        2390,
        19,
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='lobby.gamehost.example', port=443): Max retries exceeded with url: "
            "/friends (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7fa1>, "
            "'Connection to "
            "lobby.gamehost.example timed out. (connect timeout=6)'))",
        ),
        ms=6_100,
        envs=8,
    )
    log.events(case)
    big = Log("matchmake", "2026-11-28T19:00", memory=128)
    big.every(725, 2390, 9, "<g> presence: dial tcp 203.0.113.15:443: i/o timeout\n", ms=8_030, envs=100)
    big.events(case)
