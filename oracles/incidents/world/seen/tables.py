"""Tables on the way that fill: the NAT gateway's ports, its bandwidth, and the Hyperplane ENI's connections."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    incident,
    java_error,
    python_error,
    python_log,
    ramp,
    share,
    unsaid_zeros,
)
from oracles.incidents.world.seen._sites import BOTOCORE, requests_timeout, site

PORTS = "nat-port-exhaustion"
ENI = "hyperplane-eni-exhaustion"
BANDWIDTH = "nat-bandwidth"
SHORTAGE = "eni-quota-or-address-shortage"


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@incident(
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors",
    expert=_named(PORTS, "ErrorPortAllocation counts while the active connections stand at 55,000", "nat-a"),
)
def ports_run_out_by_concurrency(case: CaseFolder) -> None:
    place = site(case)
    case.function("feed", [place.private_a, place.private_b], [place.app], timeout=60, memory=1024)
    concurrent = [*ramp(600, 5_300, 15), *about(5_900, 35, 0.02), *ramp(4_000, 700, 10)]
    calls = [round(one * 1.9) for one in concurrent]
    failed = [0.0] * 16 + share(calls[16:50], 0.11) + [0.0] * 10
    case.function_metrics("feed", invocations=calls, errors=failed, concurrent=concurrent,
                          duration=[*about(21_000, 16), *([60_000.0] * 34), *about(20_000, 10)])  # fmt: skip
    active = [
        *ramp(6_000, 53_000, 15),
        *([55_000.0, 55_012.0, 54_996.0, 55_000.0, 55_007.0] * 7),
        *ramp(41_000, 7_000, 10),
    ]
    errors = [0.0] * 15 + [2_120.0, *about(3_900, 33), 700.0] + [0.0] * 10
    attempts = [round(one * 2.1) for one in concurrent]
    case.nat_metrics(
        place.nat,
        active=active,
        errors=errors,
        attempts=attempts,
        established=[max(one - round(error / 4), 0) for one, error in zip(attempts, errors, strict=True)],
    )
    log = case.log("feed")
    for index in range(120):
        log.invocation(60 * 16 + index * 17.0, requests_timeout("stream.market.example", "/sub", 20), seconds=20.4,
                       stream=index, memory=1024)  # fmt: skip
    case.yaml(functions=["feed"], destinations={
        "market": {"name": "stream.market.example", "port": 443, "addresses": ["52.21.40.118"]}})  # fmt: skip


@incident(
    source="https://hivebook.wiki/wiki/aws-nat-gateway-snat-port-exhaustion-errorportallocation-and-fixes (churn)",
    expert=_named(PORTS, "few at a time, but a new connection for each call: closed ones hold their ports; the errors "
                         "say that they ran out", "nat-a"),
)  # fmt: skip
def ports_run_out_by_churn_seen_by_metrics_alone(case: CaseFolder) -> None:
    place = site(case)
    case.function("pixel", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    calls = [*about(32_000, 22), *about(61_500, 25, 0.02), *about(30_000, 13)]
    errors = [0.0] * 22 + about(5_200, 25) + [0.0] * 13
    case.function_metrics("pixel", invocations=calls, errors=unsaid_zeros([round(one / 4) for one in errors]),
                          concurrent=[*about(190, 22), *about(900, 25), *about(180, 13)],
                          duration=[*about(900, 22), *([10_000.0] * 25), *about(900, 13)])  # fmt: skip
    case.nat_metrics(place.nat, attempts=[*about(32_000, 22), *about(61_500, 25, 0.02), *about(30_000, 13)],
                     established=[*about(32_000, 22), *about(55_900, 25, 0.01), *about(30_000, 13)],
                     errors=unsaid_zeros(errors), active=[*about(33_000, 22), *about(55_000, 25, 0.002),
                                                          *about(31_000, 13)])  # fmt: skip
    case.without("ec2/network-acls", "ec2/security-groups")
    case.yaml(functions=["pixel"], reported="calls to the tracker time out at peak")


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/",
    expert=_named(ENI, "connects stop flat at 65,000 behind one ENI; the NAT gateway has ports for 440,000 and "
                       "counts no "
                       "errors; the service is healthy", "private-a"),
)  # fmt: skip
def one_eni_is_full(case: CaseFolder) -> None:
    place = site(case, nat_addresses=8)
    case.function("load-test", [place.private_a], [place.app], runtime="java21", timeout=120, memory=1024)
    concurrent = [10.0, *ramp(900, 9_000, 10, 0.0), *([9_000.0] * 19)]
    case.minutes = 30
    open_ones = [min(round(one * 10), 65_000) for one in concurrent]
    arriving = [max(after - before, 0) for before, after in zip([0, *open_ones], open_ones, strict=False)]
    case.nat_metrics(place.nat, errors=[0.0] * 30, active=open_ones, attempts=arriving, established=arriving)
    lost = [0.0] * 8 + [1_200.0, 3_100.0, 4_800.0, *about(5_000, 19)]
    case.function_metrics("load-test", invocations=about(9_000, 30), errors=lost, concurrent=concurrent,
                          duration=[*about(40_000, 8), *([120_000.0] * 22)])  # fmt: skip
    failed = java_error(
        "io.grpc.StatusRuntimeException: UNAVAILABLE: io exception",
        "io.grpc.stub.ClientCalls.toStatusRuntimeException(ClientCalls.java:268)",
        causes=(("io.netty.channel.ConnectTimeoutException: connection timed out after 20000 ms: "
                "cell-1.cache.example/3.218.44.90:443"),),
    )  # fmt: skip
    log = case.log("load-test")
    for index in range(150):
        log.invocation(60 * 8.2 + index * 7.5, failed, seconds=20.4, stream=index, memory=1024)
    case.yaml(functions=["load-test"], destinations={
        "cache": {"name": "cell-1.cache.example", "port": 443, "addresses": ["3.218.44.90"]}})  # fmt: skip


@incident(
    source="https://aws.plainenglish.io/dealing-with-you-have-exceeded-the-maximum-limit-for-hyperplane-enis-for-your-account-223147e7ab64",
    expert=_named(SHORTAGE, "Lambda says of the function that it can make no further interface: the limit is reached"),
)  # fmt: skip
def no_further_hyperplane_eni(case: CaseFolder) -> None:
    place = site(case)
    case.function("tenant-381", [place.private_a, place.private_b], [place.app], enis=False)
    case.function_configuration(
        "tenant-381", State="Failed", StateReasonCode="EniLimitExceeded",
        StateReason="You have exceeded the maximum limit for HyperPlane ENIs for your account.",
        LastUpdateStatus="Failed", LastUpdateStatusReasonCode="EniLimitExceeded",
    )  # fmt: skip
    for index in range(60):
        own = case.group(f"tenant-{index}")
        case.lambda_eni(f"tenant-{index}", place.private_a, [own])
    case.yaml(functions=["tenant-381"], reported="the new tenant's function cannot be invoked")


@incident(
    source="https://agentbeck.bot/report/38075 (SubnetOutOfIPAddresses despite low concurrency)",
    expert=_named(SHORTAGE, "the function's last update failed for want of addresses, and its subnet has none left"),
)
def subnet_out_of_addresses(case: CaseFolder) -> None:
    place = site(case)
    case.subnets[2]["AvailableIpAddressCount"] = 0
    case.function("resize", [place.private_a], [place.app], enis=False)
    case.function_configuration(
        "resize", State="Active", LastUpdateStatus="Failed", LastUpdateStatusReasonCode="SubnetOutOfIPAddresses",
        LastUpdateStatusReason="Lambda was not able to create an ENI in the VPC of the Lambda function because the "
        "subnet is out of IP addresses.",
    )  # fmt: skip
    failed = python_error("ClientError", "An error occurred (SubnetIPAddressLimitReachedException) when calling "
                                         "the Invoke "
                          "operation: Lambda was not able to set up VPC access for the Lambda function because "
                          "one or more "
                          "configured subnets has no available IP addresses.", BOTOCORE)  # fmt: skip
    case.function("dispatch", [place.private_b], [place.app])
    calls = Traffic(case, "dispatch")
    calls.bad(31, 0, 60, failed, seconds=0.3)
    calls.write()
    case.yaml(functions=["resize", "dispatch"])


@incident(
    source="https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection (bandwidth limitation)",
    expert=_named(BANDWIDTH, "the gateway stands at 100 Gbit/s and drops packets, while its ports suffice", "nat-a"),
)
def gateway_at_its_bandwidth(case: CaseFolder) -> None:
    place = site(case)
    case.function("mirror", [place.private_a, place.private_b], [place.app], timeout=300, memory=3008)
    peak = [*about(4.1e9, 20), *about(12.4e9, 25, 0.005), *about(4e9, 15)]
    case.nat_metrics(
        place.nat,
        peak_bytes=peak,
        bytes_in=[one * 51 for one in peak],
        drops=[0.0] * 20 + about(310_000, 25) + [0.0] * 15,
        errors=[0.0] * 60,
        active=about(3_900, 60),
        attempts=about(1_300, 60),
        established=about(1_300, 60, 0.12),
        peak_packets=[*about(3.1e6, 20), *about(8.9e6, 25, 0.01), *about(3e6, 15)],
    )
    calls = about(1_250, 60)
    case.function_metrics("mirror", invocations=calls, errors=[0.0] * 20 + about(90, 25) + [0.0] * 15,
                          duration=[*about(40_000, 20), *([300_000.0] * 25), *about(40_000, 15)],
                          concurrent=[*about(700, 20), *about(2_600, 25), *about(700, 15)])  # fmt: skip
    log = case.log("mirror")
    for index in range(60):
        log.invocation(
            60 * 20 + index * 24.0,
            python_log("INFO", "part 7 of 40 after 211 s"),
            timeout=300,
            stream=index,
            memory=3008,
        )
    case.yaml(functions=["mirror"], destinations={
        "bucket": {"name": "mirror.storage.example", "port": 443, "addresses": ["146.75.30.11"]}})  # fmt: skip


@incident(
    source="composed: port exhaustion and throttles under one peak",
    expert=Expert(
        (PORTS,),
        (PORTS, "lambda-throttling"),
        Headline.NAMED,
        "connects fail by the ports; besides, some invocations are throttled at the account's limit",
        ("nat-a",),
    ),
)
def ports_run_out_and_invocations_are_throttled(case: CaseFolder) -> None:
    place = site(case)
    case.function("feed", [place.private_a, place.private_b], [place.app], timeout=30)
    concurrent = [*ramp(2_000, 9_900, 20), *([10_000.0] * 40)]
    calls = [one * 2 for one in concurrent]
    case.function_metrics(
        "feed",
        invocations=calls,
        errors=[0.0] * 18 + share(calls[18:], 0.2),
        concurrent=concurrent,
        throttles=[0.0] * 20 + about(640, 40),
        duration=[*about(9_000, 18), *([30_000.0] * 42)],
    )
    case.nat_metrics(place.nat, active=[*ramp(11_000, 54_000, 18), *about(55_000, 42, 0.0005)],
                     errors=[0.0] * 18 + about(7_000, 42))  # fmt: skip
    log = case.log("feed")
    for index in range(90):
        log.invocation(60 * 18.5 + index * 26.0, requests_timeout("stream.market.example", "/sub", 8), seconds=8.3,
                       stream=index)  # fmt: skip
    case.yaml(functions=["feed"], destinations={
        "market": {"name": "stream.market.example", "port": 443, "addresses": ["52.21.40.118"]}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/lambda-troubleshoot-throttling",
    expert=_named("lambda-throttling", "the function stands at its 50 environments, and invocations are "
                                       "throttled; none "
                                       "that runs fails", "thumbnails"),
)  # fmt: skip
def invocations_are_throttled(case: CaseFolder) -> None:
    place = site(case)
    case.function("thumbnails", [place.private_a, place.private_b], [place.app], timeout=30)
    case.file("lambda/function-thumbnails.json", {
        "Configuration": {**case.functions[0], "State": "Active", "LastUpdateStatus": "Successful"},
        "Concurrency": {"ReservedConcurrentExecutions": 50}})  # fmt: skip
    case.function_metrics("thumbnails", invocations=[*about(700, 25), *about(2_900, 35, 0.02)], errors=[0.0] * 60,
                          throttles=unsaid_zeros([0.0] * 25 + about(1_150, 35)),
                          concurrent=[*about(13, 25), *([50.0] * 35)], duration=about(1_900, 60))  # fmt: skip
    case.nat_metrics(
        place.nat, errors=[0.0] * 60, active=about(120, 60), attempts=about(60, 60), established=about(60, 60)
    )
    case.yaml(functions=["thumbnails"], reported="uploads arrive late, the callers see 429 Rate Exceeded")
