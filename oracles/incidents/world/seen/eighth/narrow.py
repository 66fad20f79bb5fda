"""NAT gateways, Hyperplane ENIs, descriptors and Lambda's own limits."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    every,
    go_log,
    incident,
    java_error,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    ramp,
    request_id,
    share,
    times,
    unsaid_zeros,
)  # fmt: skip
from oracles.incidents.world.seen.eighth._sites import (
    BANDWIDTH,
    DESCRIPTORS,
    FULL,
    HYPERPLANE,
    PORTS,
    SHORTAGE,
    THROTTLED,
    named,
    tiers,
)  # fmt: skip


@incident(
    source="composed: re:Post, ErrorPortAllocation alarm; metrics and nothing else",
    expert=named(PORTS, "the gateway itself counts allocations that failed, at 55,000 connections"),
)
def only_the_gateways_metrics(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    nat = "nat-0b7d2f11c9e4a6d30"
    case.nat_metrics(
        nat,
        active=[*about(30_000, 22), *ramp(35_000, 54_900, 6), *about(55_000, 14, 0.002), *about(33_000, 18)],
        errors=[*[None] * 28, *about(3_100, 14, 0.3), *[None] * 18],
        attempts=about(41_000, 60),
    )
    case.yaml(reported="alarm NatErrorPortAllocation-prod fired")


@incident(
    source="composed: churn without keep-alive; AWS re:Post 'resolve port allocation errors'",
    expert=named(PORTS, "port allocations fail throughout the peak: new connections come at 70,000 a minute"),
)
def churn_without_keep_alive(case: CaseFolder) -> None:
    place = tiers(case, "trv-prd", 58, gateways=1)
    case.function("trv-prd-fn-farecrawl", place.app, [place.fn], runtime="nodejs20.x", timeout=20)
    calls = [*about(9_000, 25), *about(34_000, 20), *about(9_000, 15)]
    failed = [*[0.0] * 25, *share(about(34_000, 20), 0.04), *[0.0] * 15]
    case.function_metrics(
        "trv-prd-fn-farecrawl",
        period=300,
        invocations=every(calls, 5),
        errors=unsaid_zeros(every(failed, 5)),
        concurrent=[*about(70, 5), *about(420, 4), *about(70, 3)],
    )
    case.nat_metrics(
        place.nats[0],
        period=300,
        active=[*about(9_000, 5), *about(31_000, 4), *about(9_000, 3)],
        attempts=[*about(95_000, 5), *about(352_000, 4), *about(95_000, 3)],
        errors=[*[None] * 5, *about(8_900, 4, 0.2), *[None] * 3],
    )
    log = case.log("trv-prd-fn-farecrawl")
    for at in times(60, 25.5, 44.5):
        log.say(
            at,
            node_log(
                "ERROR",
                "ConnectTimeoutError: Connect Timeout Error (attempted address: "
                "fares.gds-one.example:443, timeout: 10000ms)",
            ),
            request=request_id("crawl", round(at)),
        )
    case.yaml(functions=["trv-prd-fn-farecrawl"], destinations={
        "gds": {"name": "fares.gds-one.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: two faults in one hour of a load test; texts of psycopg2 and requests",
    expert=Expert(
        (PORTS, FULL), (PORTS, FULL), Headline.NAMED,
        "the one function's connects time out as the gateway's allocations fail; the other's database is full by its "
        "own words", lacks=("ngw-02",),
    ),
)  # fmt: skip
def two_functions_two_limits(case: CaseFolder) -> None:
    place = tiers(case, "bk5-perf", 59)
    own = case.group("bk5-perf-sg-pg", [allow(5432, place.fn)])
    db = case.database("bk5-perf-pg", place.data[0], [own])
    case.function("bk5-perf-fn-screen", place.app[:1], [place.fn], timeout=30)
    case.function("bk5-perf-fn-book", place.app, [place.fn], timeout=30)
    screen = Traffic(case, "bk5-perf-fn-screen")
    screen.good(150, 0, 60, seconds=0.6)
    screen.bad(70, 30, 45, python_error(
        "ConnectTimeout", "HTTPSConnectionPool(host='api.screening.example', port=443): Max retries exceeded with url: "
        "/v1/name (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f1f9c2f4a90>, "
        "'Connection to api.screening.example timed out. (connect timeout=10)'))"), seconds=10.1)  # fmt: skip
    screen.write()
    book = Traffic(case, "bk5-perf-fn-book")
    book.good(190, 0, 60, seconds=0.2)
    address = db["PrivateIpAddress"]
    book.bad(64, 31, 46, python_error(
        "OperationalError", f'connection to server at "bk5-perf-pg.c0.eu-west-2.rds.amazonaws.com" ({address}), port '
        "5432 failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute\n"),
        seconds=0.03)  # fmt: skip
    book.write()
    case.nat_metrics(place.nats[0], active=[*about(21_000, 29), *about(54_950, 16, 0.003), *about(20_000, 15)],
                     errors=[*[0.0] * 29, *about(2_300, 16), *[0.0] * 15])  # fmt: skip
    case.nat_metrics(place.nats[1], active=about(210, 60), errors=[0.0] * 60)
    case.yaml(
        functions=["bk5-perf-fn-screen", "bk5-perf-fn-book"],
        destinations={
            "screening": {"name": "api.screening.example", "port": 443},
            "pg": {"name": "bk5-perf-pg.c0.eu-west-2.rds.amazonaws.com", "port": 5432, "addresses": [address]},
        },
    )


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/ (second act)",
    expert=named(HYPERPLANE, "connects time out while the gateway, with four addresses, has no error and is flat just "
                 "under 65,000: one subnet, one ENI"),
)  # fmt: skip
def flat_below_65_000(case: CaseFolder) -> None:
    place = tiers(case, "air6-prd", 60, "ca-central-1", gateways=1, eips=4)
    case.function("air6-prd-fn-pricing", place.app[:1], [place.fn], runtime="java21", timeout=60, memory=2048)
    busy = [*about(600, 20), *ramp(650, 1_290, 5), *about(1_340, 20, 0.04), *about(610, 15)]
    calls = [one * 9 for one in busy]
    case.function_metrics(
        "air6-prd-fn-pricing",
        invocations=calls,
        concurrent=busy,
        errors=[*[0.0] * 26, *share(calls[26:45], 0.05), *[0.0] * 15],
    )
    case.nat_metrics(place.nats[0], active=[*about(30_000, 20), *ramp(33_000, 62_500, 6), *about(64_920, 19, 0.0008),
                                            *about(30_500, 15)],
                     attempts=[*about(1_500, 20), *about(6_900, 6), *about(900, 19), *about(1_400, 15)],
                     errors=[0.0] * 60,
                     drops=[0.0] * 60)  # fmt: skip
    log = case.log("air6-prd-fn-pricing")
    for at in times(110, 26.2, 44.8):
        log.say(at - 30, "INFO  c.air6.Dns - resolved cache.pricehub.example to 15.223.40.18 in 2 ms\n")
        log.say(at, java_error(
            "io.grpc.StatusRuntimeException: UNAVAILABLE: io exception",
            "io.grpc.stub.ClientCalls.toStatusRuntimeException(ClientCalls.java:268)",
            causes=(("io.netty.channel.ConnectTimeoutException: connection timed out after 30000 ms: "
                     "cache.pricehub.example/15.223.40.18:443"),)))  # fmt: skip
    case.yaml(functions=["air6-prd-fn-pricing"], destinations={
        "pricehub": {"name": "cache.pricehub.example", "port": 443, "addresses": ["15.223.40.18"]}})  # fmt: skip


@incident(
    source="https://github.com/nodejs/node/issues/3380 (connect EMFILE 10.57.40.160:8983 - Local "
    "(undefined:undefined))",
    expert=named(DESCRIPTORS, "the environment has no descriptor left: EMFILE"),
)
def node_out_of_descriptors(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    calls = Traffic(case, "gov9-search-index")
    calls.good(140, 0, 25, seconds=0.2)
    calls.bad(60, 25.2, 60, node_socket_error(
        "EMFILE", address="10.66.4.12", port=8983, message="connect EMFILE 10.66.4.12:8983 - Local "
        "(undefined:undefined)"),
        seconds=0.02)  # fmt: skip
    calls.good(40, 25.2, 60, seconds=0.2)
    calls.write(tail=True, zeros=False)
    case.yaml(functions=["gov9-search-index"], destinations={
        "solr": {"name": "solr.gov9.internal", "port": 8983, "addresses": ["10.66.4.12"]}})  # fmt: skip


@incident(
    source="composed: a client made for each request in Go, none of them closed",
    expert=named(DESCRIPTORS, "sockets cannot be made: too many open files, also in the resolver's attempts"),
)
def go_client_in_each_request(case: CaseFolder) -> None:
    place = tiers(case, "trv-prd", 61)
    case.function("trv-prd-fn-availability", place.app, [place.fn], runtime="provided.al2023", timeout=20)
    calls = Traffic(case, "trv-prd-fn-availability")
    calls.good(170, 0, 60, seconds=0.15)
    calls.bad(34, 33, 60, go_log('hotel: Get "https://api.hotels.example/v3/offers": dial tcp: lookup '
              "api.hotels.example on 169.254.78.1:53: dial udp 169.254.78.1:53: socket: "
              "too many open files"), seconds=0.01)  # fmt: skip
    calls.bad(31, 33, 60, go_log('hotel: Get "https://api.hotels.example/v3/offers": dial tcp 203.0.113.33:443: '
              "socket: too many open files"), seconds=0.01)  # fmt: skip
    calls.write()
    case.nat_metrics(place.nats[0], active=about(3_900, 60), errors=[0.0] * 60)
    case.yaml(functions=["trv-prd-fn-availability"], destinations={
        "hotels": {"name": "api.hotels.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: a nightly export over a NAT gateway at 100 Gbit/s; metrics of a platform team",
    expert=named(BANDWIDTH, "the gateway's peak stands at 100 Gbit/s and it drops packets while the reads time out"),
)
def export_fills_the_gateway(case: CaseFolder) -> None:
    place = tiers(case, "bk6-prd", 62, gateways=1)
    case.function("bk6-prd-fn-export", place.app, [place.fn], timeout=120, memory=3008)
    calls = Traffic(case, "bk6-prd-fn-export")
    calls.good(120, 0, 60, seconds=9)
    calls.bad(
        66,
        20,
        40,
        python_log("WARNING", "part 17: retry 3"),
        python_error(
            "ReadTimeoutError", 'Read timeout on endpoint URL: "https://uploads.dwh-vendor.example/bk6/part?n=17"'
        ),
        seconds=61,
    )
    calls.write(memory=3008)
    case.nat_metrics(place.nats[0], active=about(2_400, 60), errors=[0.0] * 60,
                     peak_bytes=[*about(4.1e9, 20), *about(1.247e10, 20, 0.002), *about(4.0e9, 20)],
                     packets_out=[*about(1.7e8, 20), *about(5.2e8, 20), *about(1.7e8, 20)],
                     drops=[*[0.0] * 20, *about(2_900_000, 20, 0.3), *[0.0] * 20])  # fmt: skip
    case.yaml(functions=["bk6-prd-fn-export"], destinations={
        "dwh": {"name": "uploads.dwh-vendor.example", "port": 443}})  # fmt: skip


@incident(
    source="composed: reserved concurrency of 20 before a campaign; metrics only",
    expert=named(THROTTLED, "Lambda throttles: concurrency stands at 20, the reserved one, and nothing fails inside"),
)
def reserved_concurrency_of_20(case: CaseFolder) -> None:
    case.region = "ca-central-1"
    case.function("gov7-prd-fn-booking", runtime="python3.12", timeout=29)
    case.function_metrics(
        "gov7-prd-fn-booking", invocations=[*about(300, 15), *about(1_190, 30, 0.02), *about(280, 15)],
                     errors=[0.0] * 60,
        throttles=[*[None] * 15, *about(840, 30, 0.3), *[None] * 15],
        concurrent=[*about(6, 15), *[20.0] * 30, *about(6, 15)], average=about(950, 60))  # fmt: skip
    case.yaml(
        functions=["gov7-prd-fn-booking"],
        reported="citizens see 'connection problem, try later' since 12:15; reserved concurrency is 20",
    )


@incident(
    source="composed: Lambda's text of SubnetIPAddressLimitReachedException, seen by the function that invokes",
    expert=named(SHORTAGE, "the function's subnet has no address left, and Lambda says so"),
)
def a_28_without_addresses(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    case.vpc("hmx-dev", "10.68.0.0/22")
    small = case.subnet("hmx-dev-fn-28", "10.68.0.16/28", [], AvailableIpAddressCount=0, AvailabilityZoneId="euw2-az1")
    group = case.group("hmx-dev-fn")
    for last in range(20, 31):
        case.interface(f"task-{last}", small, [group], address=f"10.68.0.{last}", description="arn:aws:ecs:eu-west-2:"
                       f"123456789012:attachment/5d1f0c{last}-7a41-4c1e-9b0e-3f2a6d8c5e17")  # fmt: skip
    case.function("hmx-dev-fn-extract", [small], [group], timeout=30, enis=False)
    case.function("hmx-dev-fn-driver", runtime="python3.12", timeout=60)
    case.function_configuration(
        "hmx-dev-fn-extract", State="Failed", StateReasonCode="SubnetOutOfIPAddresses",
        StateReason="The subnet has no available IP addresses.")  # fmt: skip
    calls = Traffic(case, "hmx-dev-fn-driver")
    calls.bad(14, 0, 60, python_error(
        "SubnetIPAddressLimitReachedException", "An error occurred (SubnetIPAddressLimitReachedException) when calling "
        "the Invoke operation (reached max retries: 4): Lambda was not able to set up VPC access for "
        "the Lambda function "
        "because one or more configured subnets has no available IP addresses."), seconds=4)  # fmt: skip
    calls.write(metrics=False)
    case.yaml(functions=["hmx-dev-fn-extract", "hmx-dev-fn-driver"])
