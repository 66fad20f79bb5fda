"""Lambda itself: concurrency, and addresses for its interfaces."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, Traffic, about, incident, python_error, python_log, share
from oracles.incidents.world.seen.fifth._platform import NO_ADDRESSES, THROTTLED, failing_lines, named, spoke

CLIENT = ("/var/runtime/botocore/client.py", 1078, "_make_api_call", "raise error_class(parsed_response, operation)")


@incident(
    source="composed: a fan-out that invokes a function with reserved concurrency; botocore's text of a throttle",
    expert=named(
        THROTTLED,
        says=("score-batch",),
        because="score-batch stands flat at its reserved 200 and is throttled thousands of times a minute; the "
        "caller's only error is 'Rate Exceeded'",
    ),
)
def reserved_concurrency_throttles_the_fan_out(case: CaseFolder) -> None:
    place = spoke(case, "scoring", "10.64")
    case.function("dispatch-batch", place.workload, [place.app], timeout=300)
    case.function("score-batch", place.workload, [place.app], timeout=60, memory=2048)
    case.file("lambda/score-batch-concurrency.json", {"ReservedConcurrentExecutions": 200})
    failed = python_error(
        "TooManyRequestsException",
        "An error occurred (TooManyRequestsException) when calling the Invoke operation (reached max retries: 4): Rate "
        "Exceeded.",
        CLIENT,
    )
    busy = [*about(2_000, 20), *about(11_900, 25, 0.01), *about(2_100, 15)]
    case.function_metrics(
        "score-batch", invocations=busy, errors=[0.0] * 60, duration=about(1_400, 60),
        concurrent=[*about(36, 20), *[200.0] * 25, *about(37, 15)],
        throttles=[*[0.0] * 20, *about(6_300, 25), *[0.0] * 15],
    )  # fmt: skip
    calls = about(90, 60)
    case.function_metrics("dispatch-batch", invocations=calls, concurrent=about(14, 60), throttles=[0.0] * 60,
                          errors=[*[0.0] * 20, *share(calls[20:45], 0.6), *[0.0] * 15])  # fmt: skip
    failing_lines(case, "dispatch-batch", [1210 + 18 * number for number in range(80)], failed, seconds=9.4)
    case.yaml(functions=["dispatch-batch", "score-batch"], reported="fan-out errors out at noon batch")


@incident(
    source="https://github.com/foremast/foremast/pull/407 (a group of its own for each function, times three subnets) "
    "and AWS's text of SubnetIPAddressLimitReachedException",
    expert=named(
        NO_ADDRESSES,
        because="the subnet has no free address, the last update of the function failed with SubnetOutOfIPAddresses, "
        "and its callers are told so",
    ),
)
def subnet_has_no_address_left(case: CaseFolder) -> None:
    place = spoke(case, "returns", "10.64", zones="ab")
    small = case.subnet("returns-legacy-a", "10.64.240.0/28", table=place.workload_table, vpc=place.vpc,
                        AvailableIpAddressCount=0)  # fmt: skip
    for number in range(4, 15):  # all that AWS leaves of a /28
        case.interface(f"legacy-{number}", small, [place.app], address=f"10.64.240.{number}",
                       description="Primary network interface")  # fmt: skip
    own = case.group("returns-label", vpc=place.vpc)
    case.function("returns-api", place.workload, [place.app], timeout=29)
    case.function("returns-label", [small], [own], timeout=60, enis=False)
    case.function_configuration(
        "returns-label", State="Failed", StateReasonCode="SubnetOutOfIPAddresses", LastUpdateStatus="Failed",
        StateReason="Lambda was not able to set up VPC access for the Lambda function because one or more configured "
        "subnets has no available IP addresses.", LastUpdateStatusReasonCode="SubnetOutOfIPAddresses",
    )  # fmt: skip
    failed = python_error(
        "SubnetIPAddressLimitReachedException",
        "An error occurred (SubnetIPAddressLimitReachedException) when calling the Invoke operation (reached max "
        "retries: 4): Lambda was not able to set up VPC access for the Lambda function because one or more configured "
        "subnets has no available IP addresses.",
        CLIENT,
    )
    calls = Traffic(case, "returns-api")
    calls.good(90, 0, 60, python_log("INFO", "no label wanted"), seconds=0.1)
    calls.bad(48, 0, 60, failed, seconds=6.2)
    calls.write()
    case.yaml(functions=["returns-api", "returns-label"], reported="label function was away for three weeks, now dead")
