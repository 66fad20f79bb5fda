"""A gateway at its bandwidth or packets, one that only drops a few; and invocations that Lambda throttles."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    every,
    incident,
    java_error,
    node_log,
    python_error,
    python_log,
    ramp,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen._sites import BOTOCORE, URLLIB3, requests_timeout, site

BANDWIDTH = "nat-bandwidth"
DARK = "destination-not-answering"
THROTTLED = "lambda-throttling"
GUIDE = "https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection"


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@incident(
    source=f"{GUIDE} (bandwidth limitation), with reads that time out",
    expert=_named(BANDWIDTH, "the gateway stands at 100 Gbit/s and drops packets, in the minutes in which downloads "
                             "stall; every connect is answered", "nat-a"),
)  # fmt: skip
def downloads_stall_at_the_gateways_bandwidth(case: CaseFolder) -> None:
    place = site(case)
    case.function("unpack", [place.private_a, place.private_b], [place.app], timeout=300, memory=3008)
    failed = python_error("ReadTimeoutError", 'Read timeout on endpoint URL: "https://data.storage.example/tiles/7/'
                          '41.tar"', BOTOCORE)  # fmt: skip
    peak = [*about(6.2e9, 24), *about(12.45e9, 22, 0.004), *about(5.8e9, 14)]
    case.nat_metrics(place.nat, peak_bytes=peak, bytes_in=[one * 52 for one in peak], errors=[0.0] * 60,
                     peak_packets=[round(one / 1_400) for one in peak],
                     packets_in=[round(one / 27) for one in peak], packets_out=[round(one / 60) for one in peak],
                     drops=[0.0] * 24 + about(2_600_000, 22) + [0.0] * 14,
                     attempts=about(2_100, 60), established=about(2_100, 60), active=about(5_200, 60))  # fmt: skip
    case.function_metrics("unpack", invocations=about(2_000, 60), errors=[0.0] * 24 + about(240, 22) + [0.0] * 14,
                          duration=[*about(61_000, 24), *about(180_000, 22), *about(60_000, 14)])  # fmt: skip
    log = case.log("unpack")
    for index in range(90):
        log.invocation(60 * 24.3 + index * 14.2, failed, seconds=121.0, stream=index, memory=3008)
    case.yaml(functions=["unpack"], destinations={
        "data": {"name": "data.storage.example", "port": 443, "addresses": ["146.75.30.11"]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/solutions/latest/prebid-server-deployment-on-aws/nat-gateway.html (only above "
           "0.01 % of all packets)",
    expert=Expert((), (), Headline.EITHER,
                  "two or three packets of a million are dropped, which is nothing; the provider answers slowly, and "
                  "the client stops waiting"),
)  # fmt: skip
def a_few_dropped_packets_mean_nothing(case: CaseFolder) -> None:
    place = site(case)
    case.function("score", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error("ReadTimeout", "HTTPSConnectionPool(host='api.score.example', port=443): Read timed out. "
                          "(read timeout=10)", URLLIB3)  # fmt: skip
    calls = Traffic(case, "score")
    calls.good(500, 0, 60, seconds=7.0, logged=False)
    calls.bad(64, 12, 55, failed, seconds=10.2)
    calls.write()
    reached = about(9, 60, 0.2)
    case.nat_metrics(place.nat, drops=[0.0, 0.0, 3.0, 0.0, 2.0, 0.0] * 10, packets_in=about(1_100_000, 60),
                     packets_out=about(700_000, 60), peak_bytes=about(41e6, 60, 0.3), peak_packets=about(31_000, 60),
                     errors=[0.0] * 60, attempts=reached, established=reached, active=about(40, 60))  # fmt: skip
    case.yaml(functions=["score"], destinations={
        "score": {"name": "api.score.example", "port": 443, "addresses": ["3.92.107.45"]}})  # fmt: skip


@incident(
    source="https://github.com/chime/terraform-aws-alternat/issues/108 (packets per second; lambda bursts)",
    expert=_named(BANDWIDTH, "ten million packets a second is what a gateway takes: it stands there, at 2 GB/s only, "
                             "and drops what is above", "nat-a"),
)  # fmt: skip
def small_packets_at_the_gateways_packet_limit(case: CaseFolder) -> None:
    place = site(case)
    case.function("telemetry", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=30)
    packets = [*about(5.5e6, 30), *about(9.97e6, 20, 0.003), *about(5.1e6, 10)]
    reached = about(3_000, 60)
    case.nat_metrics(place.nat, peak_packets=packets, peak_bytes=[one * 210 for one in packets], errors=[0.0] * 60,
                     packets_out=[round(one * 31) for one in packets], packets_in=[round(one * 28) for one in packets],
                     drops=unsaid_zeros([0.0] * 30 + about(4_100_000, 20) + [0.0] * 10), active=about(21_000, 60),
                     attempts=reached, established=reached)  # fmt: skip
    case.function_metrics("telemetry", invocations=about(120_000, 60), errors=[0.0] * 30 + about(2_900, 20) + [0.0] *
                          10, duration=[*about(800, 30), *([30_000.0] * 20), *about(800, 10)])  # fmt: skip
    log = case.log("telemetry")
    for index in range(100):
        log.invocation(60 * 30.2 + index * 11.6, node_log("WARN", "collector: no acknowledgement after 5000 ms, sending"
                       " again"), timeout=30, stream=index)  # fmt: skip
    case.yaml(functions=["telemetry"], destinations={
        "collector": {"name": "collect.stats.example", "port": 4317, "addresses": ["151.101.1.10"]}})  # fmt: skip


@incident(
    source=f"{GUIDE} (bandwidth limitation), by five minutes",
    expert=_named(BANDWIDTH, "while a batch job fills the gateway to 100 Gbit/s, answers come late and packets are "
                             "dropped; when it ends, so does the trouble of the others", "nat-a"),
)  # fmt: skip
def batch_job_takes_the_bandwidth_of_others(case: CaseFolder) -> None:
    place = site(case)
    case.minutes = 120
    case.function("checkout", [place.private_a], [place.app], runtime="java21", timeout=30)
    case.function("nightly-copy", [place.private_b], [place.app], timeout=900, memory=10240)
    failed = java_error(
        "java.net.SocketTimeoutException: Read timed out",
        "java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)",
        "okhttp3.internal.http1.Http1ExchangeCodec.readResponseHeaders(Http1ExchangeCodec.kt:180)",
    )
    calls = Traffic(case, "checkout")
    calls.good(900, 0, 120, seconds=0.4, logged=False)
    calls.bad(130, 40, 75, failed, seconds=10.1)
    calls.write(period=300, zeros=False)
    copying = [2.0] * 40 + about(880, 35) + [0.0] * 45
    case.function_metrics("nightly-copy", period=300, concurrent=[max(copying[at : at + 5]) for at in
                          range(0, 120, 5)], invocations=unsaid_zeros(every(copying, 5)))  # fmt: skip
    peak = [*about(0.3e9, 8), *about(12.48e9, 7, 0.003), *about(0.3e9, 9)]
    case.nat_metrics(place.nat, period=300, peak_bytes=peak, bytes_in=[one * 270 for one in peak], errors=[None] * 24,
                     packets_in=[round(one / 5) for one in peak], packets_out=[round(one / 11) for one in peak],
                     drops=[None] * 8 + about(17_000_000, 7) + [None] * 9)  # fmt: skip
    case.yaml(functions=["checkout"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="composed: a gateway that was at its bandwidth an hour before anything failed",
    expert=_named(DARK, "the gateway's drops ended at 12:15; the provider is silent from 12:41 on, with the gateway at "
                        "ease"),
)  # fmt: skip
def bandwidth_was_short_before_the_outage(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(160, 0, 41, seconds=0.5)
    calls.bad(90, 41.2, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    peak = [*about(12.4e9, 15, 0.004), *about(0.2e9, 45)]
    case.nat_metrics(place.nat, peak_bytes=peak, drops=[*about(1_200_000, 15), *([0.0] * 45)], errors=[0.0] * 60,
                     packets_in=[round(one / 27) for one in peak], packets_out=[round(one / 60) for one in peak],
                     attempts=about(4.4, 60), established=[*about(4, 41), *([0.0] * 19)])  # fmt: skip
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/lambda-troubleshoot-throttling (another function takes the account's "
           "concurrency)",
    expert=_named(THROTTLED, "the function has few environments and throttles all the same: the account's 1,000 are "
                             "taken, mostly by the import", "api"),
)  # fmt: skip
def the_accounts_concurrency_is_used_up(case: CaseFolder) -> None:
    place = site(case)
    case.function("api", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    case.function("import", [place.private_a, place.private_b], [place.app], timeout=900)
    case.function_metrics("api", invocations=[*about(900, 20), *about(540, 30), *about(920, 10)], errors=[0.0] * 60,
                          throttles=[0.0] * 20 + about(370, 30) + [0.0] * 10, duration=about(310, 60),
                          concurrent=[*about(9, 20), *about(5, 30), *about(9, 10)])  # fmt: skip
    case.function_metrics("import", invocations=[*about(20, 20), *about(480, 30), *about(10, 10)],
                          concurrent=[*about(30, 20), *about(993, 30, 0.001), *about(25, 10)], throttles=[0.0] * 20 +
                          about(51, 30) + [0.0] * 10)  # fmt: skip
    case.metric("AWS/Lambda", "ConcurrentExecutions", {}, [*about(40, 20), *([1_000.0] * 30), *about(36, 10)],
                stat="Maximum", file="lambda-account")  # fmt: skip
    case.file("lambda/account-settings.json", {"AccountLimit": {"ConcurrentExecutions": 1000,
              "UnreservedConcurrentExecutions": 1000, "TotalCodeSize": 80530636800}, "AccountUsage":
              {"FunctionCount": 41}})  # fmt: skip
    case.yaml(functions=["api"], reported="5xx from API Gateway: TooManyRequestsException, Rate Exceeded")


@incident(
    source="https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html (1,000 environments in 10 s)",
    expert=_named(THROTTLED, "all throttles fall into the first minute of the push, while the function scales out as "
                             "fast as Lambda lets it", "fan-in"),
)  # fmt: skip
def scales_out_as_fast_as_it_may(case: CaseFolder) -> None:
    place = site(case)
    case.function("fan-in", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = [*about(300, 30), 41_000.0, *about(52_000, 29)]
    case.function_metrics("fan-in", invocations=calls, errors=unsaid_zeros([0.0] * 60),
                          throttles=unsaid_zeros([0.0] * 30 + [9_480.0, 212.0] + [0.0] * 28), duration=about(2_300, 60),
                          concurrent=[*about(4, 30), 5_870.0, *about(2_050, 29)])  # fmt: skip
    case.quotas("lambda", **{"L-B99A9384": 10_000})
    case.yaml(functions=["fan-in"], reported="429 for a minute when the push notification goes out")


@incident(
    source="composed: throttles of another function beside a provider that is down",
    expert=_named(DARK, "the throttles are of a function that nobody asks about; the one in question loses its "
                        "provider at 12:19", "payments"),
)  # fmt: skip
def throttles_are_of_another_function(case: CaseFolder) -> None:
    place = site(case)
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    case.function("thumbnails", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(90, 0, 18.8, python_log("INFO", "charged"), seconds=0.5)
    calls.bad(200, 19, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    case.function_metrics("charge", throttles=[0.0] * 60)
    case.function_metrics("thumbnails", invocations=about(2_800, 60), throttles=about(900, 60), errors=[0.0] * 60,
                          concurrent=[50.0] * 60)  # fmt: skip
    case.nat_metrics(place.nat, attempts=about(5, 60), established=[*about(5, 19), *([None] * 41)],
                     errors=[None] * 60)  # fmt: skip
    case.yaml(functions=["charge"], destinations={
        "payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html (reserved concurrency below the "
           "pollers)",
    expert=_named(THROTTLED, "a reserved concurrency of ten, at which it stands while it throttles; nothing that runs "
                             "fails"),
)  # fmt: skip
def reserved_concurrency_below_the_pollers(case: CaseFolder) -> None:
    place = site(case)
    case.minutes = 120
    case.function("settle", [place.private_a], [place.app], runtime="dotnet8", timeout=60)
    case.file("lambda/function-settle.json", {"Configuration": {**case.functions[0], "State": "Active",
              "LastUpdateStatus": "Successful"}, "Concurrency": {"ReservedConcurrentExecutions": 10}})  # fmt: skip
    throttled = share([3_000.0] * 15, 0.4)
    case.function_metrics("settle", period=300, invocations=about(2_900, 24, 0.02), errors=[None] * 24,
                          throttles=[None] * 6 + throttled + [None] * 3, duration=about(9_000, 24),
                          concurrent=[*ramp(4, 9, 6, 0.0), *([10.0] * 15), *ramp(9, 6, 3, 0.0)])  # fmt: skip
    case.without("ec2", "cloudwatch/nat")
    case.yaml(functions=["settle"], reported="messages reach the dead-letter queue without ever having been tried")
