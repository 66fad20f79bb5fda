"""Tables of ports that are full, and a NAT gateway at its bandwidth."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    every,
    go_log,
    incident,
    node_error,
    node_log,
    python_log,
    ramp,
    share,
)
from oracles.incidents.world.seen.seventh._sites import (
    BANDWIDTH,
    ENI,
    PORTS,
    named,
    php_log,
    requests_connect_timeout,
    spoke,
    stack,
)


@incident(
    source="composed: the first narrows of gomomento.com, how to fix connection timeouts; by reference/aws-facts.md",
    expert=named(
        PORTS,
        "the first of two NAT gateways cannot allocate ports while the connects fail; the second has room",
        "VersandNat1",
        lacks=("VersandNat2",),
    ),
)
def one_of_two_gateways_without_ports(case: CaseFolder) -> None:
    place = stack(case, "Versand", "10.52")
    case.function("push-benachrichtigung", place.private[:1], [place.group], runtime="nodejs22.x", timeout=30)
    failed = node_log(
        "ERROR",
        "push failed TypeError: fetch failed\n    at node:internal/deps/undici/undici:13510:13\n    at async handler "
        "(/var/task/index.mjs:31:17) {\n  [cause]: ConnectTimeoutError: Connect Timeout Error (attempted address: "
        "push.mobil.example:443, timeout: 10000ms)\n      at onConnectTimeout "
        "(node:internal/deps/undici/undici:2602:28) {\n"
        "    code: 'UND_ERR_CONNECT_TIMEOUT'\n  }\n}",
    )
    left = node_error("fetch failed", "TypeError", stack=("node:internal/deps/undici/undici:13510:13",))
    calls = Traffic(case, "push-benachrichtigung")
    calls.bad(190, 21, 47, failed, left, seconds=10.4)
    calls.write(report=False, metrics=False)
    load = about(42_000, 21) + about(71_000, 26) + about(40_000, 13)
    lost = [0.0] * 21 + [one or 0.0 for one in share(load[21:47], 0.12)] + [0.0] * 13
    case.function_metrics(
        "push-benachrichtigung",
        invocations=load,
        errors=lost,
        concurrent=about(810, 21) + about(2_700, 26) + about(830, 13),
        duration=about(2_100, 21) + about(10_700, 26, 0.01) + about(2_200, 13),
    )
    active = (
        ramp(20_000, 52_000, 21)
        + [54_980.0, 55_012.0, 54_996.0, 55_003.0] * 6
        + [55_001.0, 54_990.0]
        + about(38_000, 13)
    )
    case.nat_metrics(
        place.nats[0], active=active, attempts=about(52_000, 60), errors=[0.0] * 21 + about(8_200, 26, 0.3) + [0.0] * 13
    )
    case.nat_metrics(place.nats[1], active=about(310, 60), errors=[0.0] * 60)
    case.yaml(
        functions=["push-benachrichtigung"],
        destinations={"push": {"name": "push.mobil.example", "port": 443, "addresses": ["185.60.112.140"]}},
    )


@incident(
    source="composed: as Bedrock Streaming tells in 2021 (PHP cannot reuse connections); by reference/aws-facts.md",
    expert=named(
        PORTS, "errors of port allocation in just the minutes of the failed connects: closed ports are held a minute"
    ),
)
def php_churns_through_the_ports(case: CaseFolder) -> None:
    place = stack(case, "Angebot", "10.56", "us-west-2", nats=1)
    case.function("price-feed", place.private, [place.group], runtime="provided.al2023", timeout=28)
    failed = php_log(
        "cURL error 28: Failed to connect to feed.priceradar.example port 443 after 5003 ms: Timeout was reached (see "
        "https://curl.haxx.se/libcurl/c/libcurl-errors.html) for https://feed.priceradar.example/v1/ean/4006381333931"
    )
    calls = Traffic(case, "price-feed")
    calls.bad(144, 10, 33, failed, seconds=5.2, error=False)
    calls.write(report=False, metrics=False)
    load = about(31_000, 10) + about(66_000, 23) + about(28_000, 27)
    case.function_metrics(
        "price-feed",
        invocations=load,
        errors=[None] * 60,
        duration=about(700, 10) + about(5_350, 23, 0.01) + about(700, 27),
    )
    case.nat_metrics(
        place.nats[0],
        attempts=about(31_000, 10) + about(57_000, 23, 0.03) + about(28_000, 27),
        active=about(2_900, 10) + about(5_100, 23) + about(2_700, 27),
        errors=[None] * 10 + about(3_900, 23, 0.3) + [None] * 27,
    )
    case.without("ec2/network-interfaces")
    case.yaml(
        functions=["price-feed"],
        destinations={"feed": {"name": "feed.priceradar.example", "port": 443, "addresses": ["185.60.114.7"]}},
    )


@incident(
    source="composed: metrics alone, 300 s apart, of a night's stock export through one gateway",
    expert=named(PORTS, "the gateway's ErrorPortAllocation and the function's errors rise and fall together"),
)
def port_errors_in_five_minute_sums(case: CaseFolder) -> None:
    case.minutes = 120
    case.region = "eu-central-1"
    calls = about(5_200, 120)
    bad = [0.0] * 50 + [one or 0.0 for one in share(calls[50:85], 0.2)] + [0.0] * 35
    longest = about(1_400, 10) + about(29_900, 7, 0.003) + about(1_500, 7)
    case.function_metrics(
        "bestandsexport", period=300, invocations=every(calls, 5), errors=every(bad, 5), duration=longest
    )
    failing = [0.0] * 50 + about(1_900, 35, 0.4) + [0.0] * 35
    case.nat_metrics(
        "nat-0c51b2a77d90e4f13",
        period=300,
        errors=every(failing, 5),
        active=about(31_000, 10) + about(55_000, 7, 0.001) + about(29_000, 7),
    )
    case.yaml(functions=["bestandsexport"])


@incident(
    source="composed: the second narrows of gomomento.com, how to fix connection timeouts; by reference/aws-facts.md",
    expert=named(
        ENI,
        "one subnet and group, a flat top just below 65,000, four addresses on the NAT gateway and no error "
        "of it: the ENI",
    ),
)
def four_addresses_and_a_flat_top(case: CaseFolder) -> None:
    place = stack(case, "Live", "10.60", nats=1, addresses=4)
    case.function("live-ticker", place.private[:1], [place.group], runtime="provided.al2023", timeout=20)
    failed = go_log(
        'ticker: publish: Post "https://cache.momentan.example/v1/topics": dial tcp 185.60.112.61:443: i/o timeout'
    )
    calls = Traffic(case, "live-ticker")
    calls.bad(
        170, 24, 52, go_log("ticker: resolved cache.momentan.example to 185.60.112.61 in 2ms"), failed, seconds=10.4
    )
    calls.write(report=False, metrics=False)
    load = about(30_000, 24) + about(58_000, 28) + about(30_000, 8)
    lost = [0.0] * 24 + [one or 0.0 for one in share(load[24:52], 0.17)] + [0.0] * 8
    case.function_metrics(
        "live-ticker",
        invocations=load,
        errors=lost,
        concurrent=about(900, 24) + about(3_100, 28) + about(1_000, 8),
        duration=about(2_900, 24) + about(10_700, 28, 0.01) + about(3_000, 8),
    )
    flat = [64_911.0, 64_934.0, 64_920.0, 64_928.0] * 7
    case.nat_metrics(
        place.nats[0],
        active=ramp(15_000, 62_000, 24) + flat + ramp(61_000, 44_000, 8),
        errors=[0.0] * 60,
        attempts=ramp(9_000, 21_000, 24) + about(8_000, 28) + about(9_000, 8),
    )
    case.yaml(
        functions=["live-ticker"],
        destinations={"cache": {"name": "cache.momentan.example", "port": 443, "addresses": ["185.60.112.61"]}},
    )


@incident(
    source="composed: PrivateLink's ActiveConnections flat at 65,000 behind one subnet and group (no public "
    "report of just this)",
    expert=named(ENI, "the endpoint's connections stand flat at 65,000, and all come from one Hyperplane ENI"),
)
def flat_top_before_a_private_endpoint(case: CaseFolder) -> None:
    place = spoke(case, "event-prod", "10.220", "us-west-2")
    guard = case.group("vendor-vpce", [allow(443, place.group)])
    end = case.interface_endpoint(
        "com.amazonaws.vpce.us-west-2.vpce-svc-0d8c1f7a93b2e4560", place.endpoints, [guard], private_dns=False
    )
    own = [
        one["PrivateIpAddress"]
        for one in case.network_interfaces
        if one["NetworkInterfaceId"] in end["NetworkInterfaceIds"]
    ]
    case.function("ingest-scan", place.app[:1], [place.group], timeout=15)
    text = requests_connect_timeout("ingest.scanvendor.example", "/events", 6)
    calls = Traffic(case, "ingest-scan")
    calls.bad(130, 30, 59.8, python_log("INFO", "pool: new session 25 of 25"), text, seconds=6.3)
    calls.write(report=False, metrics=False)
    load = about(40_000, 30) + about(62_000, 30)
    case.function_metrics(
        "ingest-scan",
        invocations=load,
        errors=[0.0] * 30 + [x or 0.0 for x in share(load[30:], 0.09)],
        concurrent=ramp(700, 2_500, 30) + about(3_100, 30),
    )
    case.metric(
        "AWS/PrivateLinkEndpoints",
        "ActiveConnections",
        {"VPC Endpoint Id": end["VpcEndpointId"]},
        ramp(16_000, 62_000, 30) + [64_980.0, 65_000.0, 64_997.0, 64_990.0, 65_000.0] * 6,
        stat="Maximum",
    )
    case.metric("AWS/PrivateLinkEndpoints", "RstPacketsReceived", {"VPC Endpoint Id": end["VpcEndpointId"]}, [0.0] * 60)
    case.yaml(
        functions=["ingest-scan"],
        destinations={"vendor": {"name": "ingest.scanvendor.example", "port": 443, "addresses": own}},
    )


@incident(
    source="composed: a NAT gateway at its bandwidth, with the metrics that AWS documents",
    expert=named(BANDWIDTH, "the gateway drops packets in the minutes in which it stands at 100 Gbit/s, and only then"),
)
def video_export_at_a_hundred_gigabits(case: CaseFolder) -> None:
    place = stack(case, "Medien", "10.64", nats=1, addresses=2)
    case.function("produktvideo-export", place.private, [place.group], timeout=120, memory=3008)
    failed = requests_connect_timeout("upload.cdnpartner.example", "/ingest", 5)
    calls = Traffic(case, "produktvideo-export")
    calls.bad(92, 18, 39, failed, seconds=5.2)
    calls.write(report=False, metrics=False)
    load = about(9_000, 18) + about(21_000, 21) + about(8_000, 21)
    case.function_metrics(
        "produktvideo-export",
        invocations=load,
        errors=[0.0] * 18 + [one or 0.0 for one in share(load[18:39], 0.06)] + [0.0] * 21,
        duration=about(9_000, 18) + about(88_000, 21) + about(9_200, 21),
    )
    full = [12.48e9, 12.5e9, 12.5e9] * 7
    case.nat_metrics(
        place.nats[0],
        errors=[0.0] * 60,
        active=about(9_100, 60),
        drops=[0.0] * 18 + about(2_600_000, 21, 0.2) + [0.0] * 21,
        peak_bytes=about(4e9, 18) + full + about(3.8e9, 21),
        peak_packets=about(2.9e6, 18) + about(8.8e6, 21, 0.02) + about(2.7e6, 21),
        packets_out=about(0.95e8, 18) + about(3.2e8, 21) + about(0.9e8, 21),
        packets_in=about(0.45e8, 18) + about(1.4e8, 21) + about(0.4e8, 21),
    )
    case.yaml(
        functions=["produktvideo-export"], destinations={"cdn": {"name": "upload.cdnpartner.example", "port": 443}}
    )
