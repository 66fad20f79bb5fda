"""Ways that are full: ports of NAT gateways and of Hyperplane ENIs, bandwidth."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    every,
    incident,
    java_error,
    node_socket_error,
    python_error,
    python_log,
    ramp,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen.fifth._platform import (
    ENI_FULL,
    FULL,
    NAT_BANDWIDTH,
    NAT_PORTS,
    bref_error,
    egress,
    failing_lines,
    named,
    spoke,
    zones_with_nat,
)


@incident(
    source="https://github.com/gardener/gardener-extension-provider-aws/issues/1263 (more than 55,000 connections to "
    "one endpoint), as told in reference/aws-facts.md",
    expert=named(
        NAT_PORTS,
        says=("egress-nat-b",),
        lacks=("egress-nat-a", "egress-nat-c"),
        because="of three gateways in the central egress only the one of zone b counts port allocation errors, and it "
        "counts them while the connects time out",
    ),
)
def second_gateway_of_the_central_egress_is_full(case: CaseFolder) -> None:
    place = spoke(case, "push", "10.64")
    nats = egress(case, zones="abc")
    case.function("push-fanout", place.workload, [place.app], runtime="nodejs22.x", timeout=150, memory=1024)
    calls = [*about(1800, 25), *about(9400, 16), *about(1750, 19)]
    case.function_metrics("push-fanout", invocations=calls, errors=[*[0.0] * 25, *share(calls[25:41], 0.08),
                          *[0.0] * 19], concurrent=[*about(310, 25), *about(3200, 16), *about(300, 19)],
                          throttles=[0.0] * 60)  # fmt: skip
    failing_lines(case, "push-fanout", [1512 + 9.4 * number for number in range(95)],
                  node_socket_error("ETIMEDOUT", address="44.198.77.31", port=443), seconds=133.9)  # fmt: skip
    quiet = unsaid_zeros([0.0] * 60)
    case.nat_metrics(nats[0], active=[*about(9_800, 25), *about(41_200, 16), *about(9_900, 19)], errors=quiet)
    case.nat_metrics(nats[1], active=[*about(17_000, 25), *ramp(54_400, 56_100, 16, 0.01), *about(18_000, 19)],
                     errors=[*quiet[:25], *about(2_300, 16, 0.4), *quiet[:19]])  # fmt: skip
    case.nat_metrics(nats[2], active=[*about(9_600, 25), *about(39_800, 16), *about(9_700, 19)], errors=quiet)
    case.yaml(functions=["push-fanout"], destinations={
        "push": {"name": "gw.push-vendor.example", "port": 443, "addresses": ["44.198.77.31"]}},
        reported="match day 12:25-12:41; a third of the fleet by AZ?")  # fmt: skip


@incident(
    source="github.com/BedrockStreaming/tech.bedrockstreaming.com, post of 2021-10-18 (PHP reuses no connection: "
    "ErrorPortAllocation), as told in reference/aws-facts.md; the text is that of Guzzle and curl",
    expert=named(
        NAT_PORTS,
        because="ErrorPortAllocation is above zero in the minutes of the failures: 60,000 connects a minute keep the "
        "ports of one address busy, though few connections are open",
    ),
)
def php_opens_a_connection_for_each_call(case: CaseFolder) -> None:
    place = zones_with_nat(case, "streams", "10.60", zones="a")
    case.function("entitlement", place.private, [place.app], runtime="provided.al2023", timeout=28, memory=1024)
    failed = bref_error(
        "GuzzleHttp\\Exception\\ConnectException",
        "cURL error 28: Connection timed out after 5001 milliseconds (see "
        "https://curl.haxx.se/libcurl/c/libcurl-errors.html) for https://rights.media-clearing.example/v3/check",
        "/var/task/vendor/guzzlehttp/guzzle/src/Handler/CurlFactory.php(275)",
    )
    calls = [*about(31_000, 30), *about(59_000, 20), *about(33_000, 10)]
    case.function_metrics("entitlement", period=300, invocations=every(calls, 5),
                          errors=[None] * 6 + [9_820.0, 14_410.0, 13_077.0, 8_204.0] + [None] * 2,
                          concurrent=[61.0, 64, 60, 66, 63, 61, 905, 1_180, 1_122, 840, 70, 66])  # fmt: skip
    failing_lines(case, "entitlement", [1804 + 11 * number for number in range(100)], failed, seconds=5.04, tail=True)
    case.nat_metrics(
        place.nats[0], period=300,
        errors=[None] * 6 + [21_004.0, 40_118.0, 33_960.0, 17_233.0] + [None] * 2,
        attempts=every([*about(31_200, 30), *about(61_500, 20), *about(33_300, 10)], 5),
        active=[412.0, 431, 425, 440, 418, 409, 3_120, 4_410, 4_090, 2_870, 477, 440],
    )  # fmt: skip
    case.yaml(functions=["entitlement"], destinations={
        "rights": {"name": "rights.media-clearing.example", "port": 443, "addresses": ["44.211.8.190"]}},
        reported="evening show starts 12:30 UTC")  # fmt: skip


@incident(
    source="composed: two causes in one load test, each with evidence of its own",
    expert=named(
        NAT_PORTS, FULL,
        because="the gateway counts port allocation errors as connects to the vendor time out, and the database says "
        "1040 to the other function: both bind",
    ),
)  # fmt: skip
def load_test_fills_gateway_and_database(case: CaseFolder) -> None:
    place = zones_with_nat(case, "booking", "10.44", zones="ab")
    own = case.group("booking-db", [allow(3306, place.app)], vpc=place.vpc)
    db = case.database("booking", place.data[0], [own])
    for name in ("hold-seat", "fare-search"):
        case.function(name, place.private, [place.app], timeout=60)
    full = python_error(
        "OperationalError",
        "(1040, 'Too many connections')",
        ("/opt/python/pymysql/err.py", 150, "raise_mysql_exception", "raise errorclass(errno, errval)"),
    )
    late = python_error(
        "ConnectTimeout",
        "HTTPSConnectionPool(host='fares.gds-hub.example', port=443): Max retries exceeded with url: /search (Caused "
        "by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f0d1b7f4c50>, 'Connection to "
        "fares.gds-hub.example timed out. (connect timeout=8)'))",
        ("/opt/python/requests/adapters.py", 665, "send", "raise ConnectTimeout(e, request=request)"),
    )
    for name, level, errors in (("hold-seat", 900, 0.4), ("fare-search", 4000, 0.2)):
        calls = [*about(level / 8, 20), *about(level, 25), *about(level / 8, 15)]
        case.function_metrics(name, invocations=calls, concurrent=[*about(level / 60, 20), *about(level / 2, 25),
                              *about(level / 60, 15)],
                              errors=[*[0.0] * 20, *share(calls[20:45], errors), *[0.0] * 15])  # fmt: skip
    failing_lines(case, "hold-seat", [1216 + 24 * number for number in range(60)], full, seconds=0.05)
    failing_lines(case, "fare-search", [1221 + 24 * number for number in range(60)], late, seconds=8.2)
    case.nat_metrics(place.nats[0], active=[*about(3_000, 20), *about(55_300, 25, 0.01), *about(3_100, 15)],
                     errors=[*[0.0] * 20, *about(640, 25, 0.5), *[0.0] * 15])  # fmt: skip
    case.nat_metrics(place.nats[1], active=[*about(2_900, 20), *about(54_900, 25, 0.01), *about(3_000, 15)],
                     errors=[*[0.0] * 20, *about(410, 25, 0.5), *[0.0] * 15])  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "booking"},
                [*about(40, 20), *[341.0] * 25, *about(44, 15)], stat="Maximum", file="booking-db")  # fmt: skip
    case.yaml(functions=["hold-seat", "fare-search"], destinations={
        "fares": {"name": "fares.gds-hub.example", "port": 443, "addresses": ["44.205.61.12"]},
        "booking": {"name": "booking.cd3xm0aqz8kw.us-east-1.rds.amazonaws.com", "port": 3306,
                    "addresses": [db["PrivateIpAddress"]]}}, reported="load test 12:20-12:45")  # fmt: skip


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/ (the "
    "connections still stop near 65,000), as told in reference/aws-facts.md",
    expert=named(
        ENI_FULL,
        because="the gateway has eight addresses and no port errors, and its open connections stand flat just below "
        "65,000: all come through the one Hyperplane ENI of the only subnet",
    ),
)
def connections_stop_below_sixty_five_thousand(case: CaseFolder) -> None:
    place = zones_with_nat(case, "games", "10.52", zones="a", addresses=8)
    for number, (of, own) in enumerate(zip(place.nats[0]["NatGatewayAddresses"], case.addresses, strict=True)):
        of["PublicIp"] = own["PublicIp"] = f"198.51.100.{24 + number}"
    case.function("leaderboard", place.private, [place.app], runtime="java21", timeout=45, memory=2048)
    case.function_configuration("leaderboard")
    failed = java_error(
        "io.netty.channel.ConnectTimeoutException: connection timed out after 30000 ms: cache.momento-like.example/"
        "44.217.140.10:443",
        "io.netty.channel.nio.AbstractNioChannel$AbstractNioUnsafe$1.run(AbstractNioChannel.java:263)",
        "io.netty.util.concurrent.PromiseTask.runTask(PromiseTask.java:98)",
    )
    calls = [*about(8_000, 18), *about(26_000, 24), *about(7_900, 18)]
    case.function_metrics("leaderboard", invocations=calls, throttles=[0.0] * 60,
                          concurrent=[*about(700, 18), *about(3_900, 24, 0.04), *about(690, 18)],
                          errors=[*[0.0] * 18, *share(calls[18:42], 0.11), *[0.0] * 18])  # fmt: skip
    failing_lines(case, "leaderboard", [1121 + 13.7 * number for number in range(90)], failed, seconds=30.2)
    case.nat_metrics(
        place.nats[0], active=[*about(13_900, 18), 58_000.0, *[64_961.0, 64_977.0, 64_969.0] * 7, 64_970.0, 41_000.0,
                               *about(14_000, 18)],
        errors=[0.0] * 60, drops=[0.0] * 60, attempts=[*about(2_000, 18), *about(9_000, 24), *about(2_000, 18)],
    )  # fmt: skip
    case.yaml(functions=["leaderboard"], destinations={
        "cache": {"name": "cache.momento-like.example", "port": 443, "addresses": ["44.217.140.10"]}})  # fmt: skip


@incident(
    source="composed: the same limit without a NAT gateway, by a vendor's PrivateLink endpoint and its own metric",
    expert=named(
        ENI_FULL,
        because="nothing but the endpoint stands behind the one Hyperplane ENI, and its connections stand flat at "
        "64,99x from 12:31 on, while 3,300 environments with twenty connections each want more",
    ),
)
def private_link_connections_stand_flat(case: CaseFolder) -> None:
    place = spoke(case, "bids", "10.64", zones="a")
    shared = case.group("bids-vpce", [allow(443, place.app)], vpc=place.vpc)
    link = case.interface_endpoint("com.amazonaws.vpce.us-east-1.vpce-svc-0be52f9a31c7d0648", place.endpoints, [shared],
                                   private_dns=False)  # fmt: skip
    link["DnsEntries"].append({"DnsName": "features.store-vendor.example", "HostedZoneId": "Z09382KQ7"})
    address = link["NetworkInterfaceIds"][0]
    eni = next(one for one in case.network_interfaces if one["NetworkInterfaceId"] == address)
    case.function("feature-fetch", place.workload, [place.app], timeout=20, memory=1024, Environment={
        "Variables": {"FEATURES_POOL_SIZE": "20", "LOG_LEVEL": "WARNING"}})  # fmt: skip
    failed = python_error(
        "ConnectTimeout", "timed out",
        ("/opt/python/httpx/_transports/default.py", 101, "map_httpcore_exceptions", "yield"),
        ("/opt/python/httpcore/_backends/sync.py", 207, "connect_tcp", "with map_exceptions(exc_map):"),
    )  # fmt: skip
    calls = [*about(40_000, 30), *about(160_000, 30)]
    case.function_metrics("feature-fetch", invocations=calls, errors=[*[0.0] * 30, *share(calls[30:], 0.02)],
                          concurrent=[*about(800, 30), *about(3_300, 30, 0.03)])  # fmt: skip
    failing_lines(case, "feature-fetch", [1880 + 17 * number for number in range(80)], failed, seconds=5.1)
    about_link = {"VPC Id": place.vpc["VpcId"], "VPC Endpoint Id": link["VpcEndpointId"], "Endpoint Type": "Interface",
                  "Service Name": link["ServiceName"]}  # fmt: skip
    case.metric("AWS/PrivateLinkEndpoints", "ActiveConnections", about_link,
                [*about(16_000, 30), 61_240.0, *[64_991.0, 64_996.0, 64_993.0, 64_995.0] * 7, 64_992.0],
                stat="Maximum", file="store-vendor")  # fmt: skip
    case.metric("AWS/PrivateLinkEndpoints", "RstPacketsReceived", about_link, about(12, 60), file="store-vendor")
    case.yaml(functions=["feature-fetch"], destinations={
        "features": {"name": "features.store-vendor.example", "port": 443, "addresses": [eni["PrivateIpAddress"]]}},
        reported="vendor sees far fewer connections than their limit (200k)")  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/cloudwatch-nat-gateway-bandwidth (PacketsDropCount and "
    "PeakBytesPerSecond: a healthy gateway has zero)",
    expert=named(
        NAT_BANDWIDTH,
        because="the gateway drops packets by the million while its peak stands flat at 12.5 GB/s, the 100 Gbit/s that "
        "it has; downloads stall and time out, and no port error is counted",
    ),
)
def backfill_reaches_a_hundred_gigabit(case: CaseFolder) -> None:
    place = zones_with_nat(case, "lake", "10.36", zones="a", addresses=4)
    case.function("backfill-part", place.private, [place.app], timeout=600, memory=3008)
    failed = python_error(
        "ConnectionError", "HTTPSConnectionPool(host='exports.adtech-lake.example', port=443): Read timed out.",
        ("/opt/python/requests/models.py", 826, "generate", "raise ConnectionError(e)"),
    )  # fmt: skip
    calls = Traffic(case, "backfill-part")
    calls.good(300, 0, 24, python_log("INFO", "part stored, 2.1 GiB"), seconds=58)
    calls.good(210, 24, 48, python_log("WARNING", "slow part: 2.1 GiB"), seconds=201)
    calls.bad(122, 24.5, 48, failed, seconds=160)
    calls.good(90, 51, 58.9, python_log("INFO", "part stored, 2.1 GiB"), seconds=55)
    calls.write(report=False, memory=3008)
    wide = [*about(2.2e11, 24), *about(7.2e11, 27, 0.02), *about(2.4e11, 9)]
    case.nat_metrics(
        place.nats[0], errors=[0.0] * 60, active=[*about(90, 24), *about(390, 27), *about(95, 9)],
        drops=unsaid_zeros([*[0.0] * 24, *about(2_900_000, 27, 0.3), *[0.0] * 9]), bytes_in=wide,
        packets_in=[round(one / 1420) for one in wide], packets_out=[round(one / 9000) for one in wide],
        peak_bytes=[*about(4.4e9, 24), *[12.49e9, 12.5e9, 12.48e9] * 9, *about(4.5e9, 9)],
    )  # fmt: skip
    case.yaml(functions=["backfill-part"], destinations={
        "exports": {"name": "exports.adtech-lake.example", "port": 443}},
        reported="the EMR backfill of the same vendor shares this gateway since 12:24")  # fmt: skip
