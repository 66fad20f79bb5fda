"""Limits of the functions themselves: descriptors, concurrency, addresses for interfaces."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    json_log,
    json_report,
    node_error,
)
from oracles.incidents.world.seen.seventh._sites import FILES, SHORTAGE, THROTTLED, named, net, spoke, stack


@incident(
    source="https://github.com/algolia/algoliasearch-client-go/issues/287 (AWS Lambda: socket: too many open files)",
    expert=named(FILES, "the environments have no descriptor left: too many open files, also for the DNS socket"),
)
def bodies_that_nobody_closes(case: CaseFolder) -> None:
    place = stack(case, "Suche", "10.68", nats=1)
    case.function("suchindex-update", place.private, [place.group], runtime="provided.al2023", timeout=60)
    host = "suche.algorithmus.example"
    failed = go_log(
        f'sync: Post "https://{host}/1/indexes/artikel/batch": dial tcp: lookup {host} on '
        f"169.254.100.5:53: "
        "dial udp 169.254.100.5:53: socket: too many open files"
    )
    other = go_log(
        'sync: Get "https://pim.intern.example/v2/artikel": dial tcp 10.68.64.38:443: socket: too many open files'
    )
    calls = Traffic(case, "suchindex-update")
    calls.good(330, 0, 60, go_log("sync: 25 artikel"), seconds=0.3)
    calls.bad(48, 26, 60, failed, seconds=0.01)
    calls.bad(21, 27, 60, other, seconds=0.01)
    calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=["suchindex-update"], destinations={"suche": {"name": host, "port": 443}})


@incident(
    source="https://github.com/DataDog/datadog-lambda-js/issues/113 (getaddrinfo EMFILE "
    "dynamodb.us-east-1.amazonaws.com)",
    expert=named(FILES, "EMFILE: the environment is out of descriptors; the name itself is not the matter"),
)
def a_client_for_every_record(case: CaseFolder) -> None:
    case.region = "us-west-2"
    host = "dynamodb.us-west-2.amazonaws.com"
    failed = json_log(
        "ERROR",
        f"getaddrinfo EMFILE {host}",
        errorType="Error",
        code="EMFILE",
        errno=-24,
        syscall="getaddrinfo",
        hostname=host,
        stackTrace=["GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)"],
    )
    calls = Traffic(case, "loyalty-stream")
    calls.good(140, 0, 60, json_report("success", 0.9), seconds=0.9)
    calls.bad(35, 41, 60, failed, json_report("error", 0.2, errorType="Error"), seconds=0.2)
    calls.write(json=True, zeros=False)
    case.yaml(functions=["loyalty-stream"], destinations={"dynamo": {"name": host, "port": 443}})


@incident(
    source="composed: reserved concurrency of 20 on a function that a shop calls (Rate Exceeded, "
    "TooManyRequestsException)",
    expert=named(
        THROTTLED, "its reserved concurrency of 20 is used up, and further invocations are throttled", "pricing-api"
    ),
)
def reserved_concurrency_of_twenty(case: CaseFolder) -> None:
    place = spoke(case, "price-prod", "10.224", "us-west-2")
    case.function(
        "pricing-api", place.app, [place.group], runtime="nodejs22.x", timeout=10, ReservedConcurrentExecutions=20
    )
    case.function("shop-bff", place.app, [place.group], runtime="nodejs22.x", timeout=10)
    metadata: dict[str, Any] = {"$metadata": {"httpStatusCode": 429, "attempts": 3, "totalRetryDelay": 312}}
    failed = node_error(
        "Rate Exceeded.",
        "TooManyRequestsException",
        stack=(
            (
                "de_TooManyRequestsExceptionRes "
                "(/var/runtime/node_modules/@aws-sdk/client-lambda/dist-cjs/index.js:3501:21)"
            ),
        ),
        Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
        Type="User",
        name="TooManyRequestsException",
        **metadata,
    )
    calls = Traffic(case, "shop-bff")
    calls.good(380, 0, 60, seconds=0.3)
    calls.bad(141, 20, 44, failed, seconds=0.5)
    calls.write()
    inv = about(900, 20) + about(2_360, 24, 0.03) + about(880, 16)
    case.function_metrics(
        "pricing-api",
        invocations=inv,
        errors=[0.0] * 60,
        throttles=[0.0] * 20 + about(610, 24, 0.3) + [0.0] * 16,
        concurrent=about(11, 20) + [20.0] * 24 + about(10, 16),
        duration=about(900, 60),
    )
    case.without("ec2/network-interfaces", "ec2/network-acls")
    case.yaml(functions=["shop-bff", "pricing-api"])


@incident(
    source="composed: GetFunctionConfiguration's SubnetOutOfIPAddresses with two /28 subnets that a cluster filled",
    expert=named(SHORTAGE, "the function's subnets have no free address, and Lambda says so: no interface can be made"),
)
def two_small_subnets_full_of_pods(case: CaseFolder) -> None:
    place = spoke(case, "tools-prod", "10.228")
    tiny = [
        net(
            case,
            f"tools-prod-lambda-{az}",
            f"10.228.130.{16 * n}/28",
            az=az,
            table=place.tables[f"app-{az}"],
            AvailableIpAddressCount=0,
        )
        for n, az in enumerate("ab")
    ]
    own = case.group("tools-prod-rechnungen", [], [allow(443, "0.0.0.0/0")])
    case.function("rechnung-versenden", tiny, [own], enis=False, timeout=60)
    case.function_configuration(
        "rechnung-versenden",
        State="Failed",
        StateReasonCode="SubnetOutOfIPAddresses",
        StateReason="Lambda was not able to create an ENI in the VPC of the Lambda function because one of "
        "the configured "
        "subnets has no available IP addresses.",
    )
    case.function_metrics("rechnung-versenden", invocations=[None] * 60, errors=[None] * 60)
    case.quotas("lambda", **{"L-9FEE3D26": 500})
    case.yaml(functions=["rechnung-versenden"], reported="Funktion lässt sich seit dem Deployment nicht aufrufen")
