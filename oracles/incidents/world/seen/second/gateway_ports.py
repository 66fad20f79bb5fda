"""NAT gateways out of source ports, as their metrics and the callers tell it."""

from __future__ import annotations

import random

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, fetch_failed, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import Net, about, put, usual
from oracles.incidents.world.seen.second.verdicts import NAT, named


def _net(seed: str, region: str, function: str, runtime: str, addresses: int = 1, zones: str = "ab") -> Net:
    net = usual(seed, region, zones, addresses=addresses)
    net.function(function, [f"private-{zone}" for zone in zones], runtime=runtime, timeout=30)
    return net


@incident(
    source="hivebook.wiki: AWS NAT gateway SNAT port exhaustion, ErrorPortAllocation (many connections per "
    "environment)",
    expert=named(
        NAT, "ErrorPortAllocation counts up while the gateway's connections stand flat at 55,000, all to one address"
    ),
)
def forty_sockets_in_each_of_1800_environments(case: CaseFolder) -> None:
    net = _net("prices", "us-east-1", "stream-prices", "nodejs22.x", zones="abc")
    net.write(case, "network-acls")
    about(
        case,
        "us-east-1",
        ("2026-11-24T14:30", "2026-11-24T15:00"),
        ["stream-prices"],
        exchange="name: ws.exchange.example, port: 443, addresses: [203.0.113.5]",
    )
    nat = Metrics("2026-11-24T14:30")
    nat.nat(
        net["nat"],
        ActiveConnectionCount=[4_000, 11_000, 24_100, 39_800, 51_700, *steps("a", (25, 55_060), noise=0.003)],
        ErrorPortAllocation=[*[0] * 5, *steps("b", (25, 1_900), noise=0.4)],
        ConnectionAttemptCount=steps("c", (5, 11_500), (25, 3_100)),
        ConnectionEstablishedCount=steps("d", (5, 11_500), (25, 1_300)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-24T14:30", "stream-prices", 30, 5_300, (5, 0.0), (25, 0.3), failing_ms=10_800, busy=1_800)
    log = Log("stream-prices", "2026-11-24T14:30")
    log.every(
        305,
        1790,
        8,
        "<t>\t<r>\tERROR\tError: Opening handshake has timed out\n    at ClientRequest.<anonymous> "
        "(/var/task/node_modules/ws/lib/websocket.js:873:7)\n",
        ms=10_100,
        envs=90,
    )
    log.every(
        306,
        1790,
        9,
        fetch_failed("ws.exchange.example"),
        ms=10_100,
        envs=90,
    )
    log.events(case)


@incident(
    source="AWS knowledge center: How do I resolve the ErrorPortAllocation error on my NAT gateway (a client per call)",
    expert=named(
        NAT,
        "1,200 new connections a second to one address: ports are held for a while after the close, and the gateway "
        "counts ErrorPortAllocation though few connections are open at once",
    ),
)
def a_new_client_for_every_call_uses_up_the_ports(case: CaseFolder) -> None:
    net = _net("geocode", "eu-west-1", "geocode-batch", "python3.12")
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-21T03:00", "2026-11-21T03:30"),
        ["geocode-batch"],
        "3 % of the calls time out, concurrency is only 300",
        geocoder="name: api.geohost.example, port: 443, addresses: [198.18.60.9]",
    )
    nat = Metrics("2026-11-21T03:00")
    nat.nat(
        net["nat"],
        ActiveConnectionCount=steps("e", (30, 2_450)),
        ErrorPortAllocation=[*[0] * 3, *steps("f", (27, 1_700), noise=0.5)],
        ConnectionAttemptCount=steps("g", (30, 72_000)),
        ConnectionEstablishedCount=steps("g", (30, 70_400)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-21T03:00", "geocode-batch", 30, 7_200, (3, 0.0), (27, 0.03), failing_ms=6_400, busy=300)
    log = Log("geocode-batch", "2026-11-21T03:00")
    log.every(
        190,
        1790,
        7,
        python(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='api.geohost.example', port=443): Max retries exceeded with url: "
            "/v2/geocode?q=1 (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f1c>, "
            "'Connection to api.geohost.example timed out. (connect timeout=6.05)'))",
        ),
        ms=6_090,
        envs=70,
    )
    log.every(2, 1790, 10, "[INFO]\t<t>\t<r>\tgeocoded 10 addresses\n", ms=2_400, envs=60)
    log.events(case)


@incident(
    source="AWS re:Post: intermittent timeouts through NAT gateway, CloudWatch at five-minute periods",
    expert=named(
        NAT, "in five-minute sums ErrorPortAllocation is above zero exactly in the three periods with timeouts"
    ),
)
def five_minute_sums_still_show_the_errors(case: CaseFolder) -> None:
    net = _net("mailing", "eu-central-1", "send-newsletter", "java17")
    net.write(case, "network-acls", "security-groups")
    about(
        case,
        "eu-central-1",
        ("2026-11-18T08:00", "2026-11-18T09:00"),
        ["send-newsletter"],
        esp="name: api.mailsender.example, port: 443, addresses: [192.0.2.130]",
    )
    nat = Metrics("2026-11-18T08:00", 300)
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[0, 0, 0, 0, 3_120, 8_404, 2_977, 0, 0, 0, 0, 0],
        ActiveConnectionCount=[900, 1_400, 8_800, 31_000, 54_900, 55_230, 55_010, 26_000, 4_000, 900, 700, 800],
    )
    nat.write(case, "nat")
    calls(
        case,
        "2026-11-18T08:00",
        "send-newsletter",
        60,
        2_600,
        (20, 0.0),
        (15, 0.18),
        (25, 0.0),
        failing_ms=10_500,
        busy=950,
        period=300,
    )
    log = Log("send-newsletter", "2026-11-18T08:00")
    log.every(
        1215,
        2095,
        12,
        (
            "java.net.SocketTimeoutException: Connect timed out\n\tat java.base/sun.nio.ch.NioSocketImpl."
            "timedFinishConnect(NioSocketImpl.java:551)\n\tat okhttp3.internal.connection.RealConnection.connectSocket"
            "(RealConnection.kt:295)\n\tat news.Send.handleRequest(Send.java:70)\n"
        ),
        ms=10_060,
        envs=80,
    )
    log.events(case)


@incident(
    source="AWS re:Post: small Lambda times out whenever the nightly batch runs behind the same NAT gateway",
    expert=named(
        NAT,
        "login is small, but the batch function behind the same gateway calls the same identity provider "
        "with tens of thousands of connections, and the gateway counts ErrorPortAllocation",
    ),
)
def a_batch_behind_the_same_gateway_takes_the_ports(case: CaseFolder) -> None:
    net = _net("identity", "us-west-2", "login", "nodejs20.x", zones="ab")
    net.group("batch")
    net.function("resync-users", ["private-a", "private-b"], ["batch"], timeout=900)
    net.interface("private-a", "10.20.1.70", "AWS Lambda VPC ENI-login-1", ["app"], kind="lambda")
    net.interface("private-a", "10.20.1.71", "AWS Lambda VPC ENI-resync-users-1", ["batch"], kind="lambda")
    net.interface("private-b", "10.20.2.71", "AWS Lambda VPC ENI-resync-users-2", ["batch"], kind="lambda")
    net.write(case, "network-acls")
    about(
        case,
        "us-west-2",
        ("2026-11-12T01:00", "2026-11-12T02:00"),
        ["login"],
        "logins fail 01:20-01:45",
        idp="name: tenant.idp.example, port: 443, addresses: [203.0.113.88]",
    )
    nat = Metrics("2026-11-12T01:00")
    nat.nat(
        net["nat"],
        ErrorPortAllocation=[*[0] * 20, *steps("h", (25, 6_400), noise=0.3), *[0] * 15],
        ActiveConnectionCount=[
            *steps("i", (15, 900)),
            12_000,
            24_000,
            37_000,
            46_000,
            53_000,
            *steps("j", (25, 55_150), noise=0.002),
            *steps("k", (15, 2_000)),
        ],
        ConnectionAttemptCount=steps("l", (15, 60), (30, 19_000), (15, 60)),
    )
    nat.write(case, "nat")
    calls(case, "2026-11-12T01:00", "login", 60, 60, (20, 0.0), (25, 0.55), (15, 0.0), failing_ms=8_100)
    calls(case, "2026-11-12T01:00", "resync-users", 60, 80, (60, 0.0), ms=500_000, busy=900)
    log = Log("login", "2026-11-12T01:00")
    bad = node(
        "TimeoutError",
        "Timeout awaiting 'connect' for 4000ms",
        "    at ClientRequest.<anonymous> (/var/task/node_modules/got/dist/source/core/timed-out.js:151:31)",
        code="ETIMEDOUT",
        event="connect",
    )
    log.every(1205, 2695, 25, bad, ms=8_060, envs=9)
    log.every(2, 1200, 60, "<t>\t<r>\tINFO\tlogin ok\n")
    log.every(2705, 3590, 60, "<t>\t<r>\tINFO\tlogin ok\n")
    log.events(case)


@incident(
    source="AWS re:Post: NAT gateway ActiveConnectionCount flat at 55,000, connections to one destination fail",
    expert=named(
        NAT,
        "nobody asked for ErrorPortAllocation, but one address, one destination and a flat top at 55,000 connections "
        "while connects time out: the gateway's ports, very likely; the ENI's 65,000 are not reached",
    ),
)
def a_flat_top_at_55000_without_the_error_metric(case: CaseFolder) -> None:
    net = _net("sensors", "ap-northeast-1", "forward", "provided.al2023")
    net.write(case, "network-acls")
    about(
        case,
        "ap-northeast-1",
        ("2026-11-15T09:00", "2026-11-15T09:40"),
        ["forward"],
        hub="name: mqtt.sensorhub.example, port: 8883, addresses: [192.0.2.61]",
    )
    active = [*steps("m", (4, 21_000), (6, 47_000)), *steps("n", (30, 55_020), noise=0.002)]
    told = [
        {"Timestamp": f"2026-11-15T09:{minute:02d}:00+00:00", "Maximum": float(value), "Unit": "Count"}
        for minute, value in enumerate(active)
    ]
    random.Random(7).shuffle(told)  # as aws cloudwatch get-metric-statistics answers
    put(case, "cloudwatch/nat-active.json", {"Label": "ActiveConnectionCount", "Datapoints": told})
    calls(case, "2026-11-15T09:00", "forward", 40, 7_200, (10, 0.0), (30, 0.12), failing_ms=7_200, busy=2_900)
    log = Log("forward", "2026-11-15T09:00", memory=128)
    log.every(
        610,
        2390,
        11,
        "<g> mqtt connect: network Error : dial tcp 192.0.2.61:8883: i/o timeout\n",
        ms=7_040,
        envs=100,
    )
    log.tail(case)


@incident(
    source="BedrockStreaming: increase performance with an egress controller (PHP cannot reuse connections)",
    expert=named(
        NAT,
        "three addresses give 165,000 ports to the one destination, the gateway stands flat there and "
        "counts ErrorPortAllocation, while nine interfaces (three groups, three subnets) have room",
    ),
)
def three_addresses_are_not_enough(case: CaseFolder) -> None:
    net = usual("video", "eu-west-3", "abc", addresses=3)
    for name in ("drm-web", "drm-tv", "drm-mobile"):
        net.group(name)
        net.function(name, ["private-a", "private-b", "private-c"], [name], runtime="provided.al2", timeout=20)
    net.write(case, "network-acls")
    about(
        case,
        "eu-west-3",
        ("2026-11-22T20:00", "2026-11-22T20:40"),
        ["drm-web", "drm-tv", "drm-mobile"],
        drm="name: license.drmhouse.example, port: 443, addresses: [203.0.113.120]",
    )
    nat = Metrics("2026-11-22T20:00", zeros=True)
    nat.nat(
        net["nat"],
        ActiveConnectionCount=[*steps("o", (5, 90_000), (5, 140_000)), *steps("p", (30, 165_300), noise=0.002)],
        ErrorPortAllocation=[*[0] * 10, *steps("q", (30, 4_800), noise=0.3)],
        ConnectionAttemptCount=steps("r", (40, 160_000)),
        ConnectionEstablishedCount=steps("r", (40, 156_000)),
    )
    nat.write(case, "nat")
    for name in ("drm-web", "drm-tv", "drm-mobile"):
        calls(case, "2026-11-22T20:00", name, 40, 54_000, (10, 0.0), (30, 0.03), failing_ms=5_200, busy=3_900)
        log = Log(name, "2026-11-22T20:00")
        log.every(
            610,
            2390,
            33,
            "NOTICE: PHP message: cURL error 28: Connection timed out after 5001 milliseconds (see "
            "https://curl.haxx.se/libcurl/c/libcurl-errors.html) for https://license.drmhouse.example/acquire\n",
            ms=5_080,
            envs=50,
        )
        log.events(case)
