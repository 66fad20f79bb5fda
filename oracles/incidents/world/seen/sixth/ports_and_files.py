"""Ports and descriptors that run out: of NAT gateways, of Hyperplane ENIs, of an environment."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    every,
    go_log,
    incident,
    java_error,
    node_error,
    ramp,
    share,
    times,
    unsaid_zeros,
)
from oracles.incidents.world.seen.sixth._places import ENI_PORTS, FILES, NAT_PORTS, cdk, named, spoke, tracing


@incident(
    source="https://repost.aws/knowledge-center/vpc-resolve-port-allocation-errors (ErrorPortAllocation); "
    "composed: of two "
    "gateways one",
    expert=named(NAT_PORTS, "one of the two NAT gateways could not allocate ports, in the minutes of the timeouts"),
)
def one_of_two_gateways(case: CaseFolder) -> None:
    place = cdk(case, "SpawnStack", "10.78", nats=2)
    name = "SpawnStack-ValidateFn2D7E9A10-r4CfGt1z"
    case.function(name, place.private, [place.group], runtime="nodejs22.x", timeout=10)
    failed = node_error("fetch failed", "TypeError", cause={
        "name": "ConnectTimeoutError", "code": "UND_ERR_CONNECT_TIMEOUT", "message": "Connect Timeout Error (attempted "
        "address: receipts.storefront.example:443, timeout: 8000ms)"},
        stack=("node:internal/deps/undici/undici:13510:13",))  # fmt: skip
    log = case.log(name)
    for number, at in enumerate(times(50, 26, 47)):
        log.invocation(at, failed, seconds=8.0, stream=number, report=False)
    calls = [*about(14_000, 25), *about(31_000, 22), *about(15_000, 13)]
    case.function_metrics(name, invocations=calls, concurrent=[*about(190, 25), *about(760, 22), *about(200, 13)],
                          errors=[*([0.0] * 26), *share(calls[26:47], 0.07), *([0.0] * 13)],
                          duration=[*about(900, 26), *about(8_010, 21, 0.004), *about(900, 13)])  # fmt: skip
    full, fine = place.nats
    case.nat_metrics(full, active=[*about(30_000, 26), *about(55_010, 21, 0.003), *about(29_000, 13)],
                     errors=unsaid_zeros([*([0.0] * 26), *about(2_400, 21, 0.4), *([0.0] * 13)]))  # fmt: skip
    case.nat_metrics(fine, active=[*about(12_000, 26), *about(24_000, 21), *about(12_500, 13)], errors=[0.0] * 60)
    case.without("ec2/network-acls")
    case.yaml(functions=[name], destinations={
        "receipts": {"name": "receipts.storefront.example", "port": 443, "addresses": ["18.160.99.20"]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/solutions prebid-server, NAT gateway alarms (ErrorPortAllocation > 0)",
    expert=named(NAT_PORTS, "only metrics: ports could not be allocated in the very periods in which calls failed"),
)
def dashboards_only(case: CaseFolder) -> None:
    case.region = "ap-southeast-2"
    case.minutes = 120
    nat = "nat-0c5f1e7a9b3d20486"
    calls = every(about(8_400, 120), 5)
    failing = [index in (9, 10, 11, 12, 17, 18) for index in range(24)]
    case.function_metrics("bid-request", period=300, invocations=calls,
                          errors=unsaid_zeros([round(n * 0.04) * bad for n, bad in zip(calls, failing, strict=True)]),
                          duration=[5_020.0 if bad else 410.0 + 10 * n for n, bad in enumerate(failing)])  # fmt: skip
    case.nat_metrics(nat, period=300, active=[55_300.0 if bad else 46_000.0 + 130 * n for n, bad in enumerate(failing)],
                     errors=unsaid_zeros([4_200.0 if bad else 0 for bad in failing]))  # fmt: skip
    case.yaml(functions=["bid-request"])


@incident(
    source="composed: the old text of AWS, about 900 connections a second to one destination; a client without "
    "keep-alive",
    expert=named(NAT_PORTS, "the gateway failed to allocate ports: 60,000 new connections a minute to one address"),
)
def connection_for_every_frame(case: CaseFolder) -> None:
    place = spoke(case, "vision", "10.54")
    public = case.subnet("vision-egress-a", "10.54.250.0/24", [{"DestinationCidrBlock": "0.0.0.0/0",
                         "GatewayId": case.internet_gateway("vision")["InternetGatewayId"], "Origin": "CreateRoute",
                         "State": "active"}], AvailabilityZoneId="apse2-az1")  # fmt: skip
    nat = case.nat("vision-egress", public)
    place.table["Routes"][-1] = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat["NatGatewayId"],
                                 "Origin": "CreateRoute", "State": "active"}  # fmt: skip
    case.function("frame-tagger", place.apps, [place.group], runtime="provided.al2023", timeout=15)
    log = case.log("frame-tagger", tail=True)
    for number, at in enumerate(times(44, 12, 58)):
        log.invocation(at, go_log('tag: Post "https://vision.modelhost.example/v1/tag": dial tcp '
                                  '151.101.195.6:443: i/o '
                                  "timeout"), seconds=5.0, stream=number, report=False)  # fmt: skip
    calls = [*about(21_000, 11), *about(62_000, 49)]
    case.function_metrics("frame-tagger", invocations=calls, errors=[*([None] * 11), *share(calls[11:], 0.015)],
                          concurrent=[*about(60, 11), *about(240, 49)])  # fmt: skip
    case.nat_metrics(nat, active=[*about(1_300, 11), *about(4_900, 49)],
                     attempts=[*about(21_000, 11), *about(63_000, 49)],
                     errors=[*([0.0] * 11), *about(940, 49, 0.3)])  # fmt: skip
    case.without("ec2/network-acls", "ec2/addresses")
    case.yaml(functions=["frame-tagger"], destinations={
        "vision": {"name": "vision.modelhost.example", "port": 443, "addresses": ["151.101.195.6"]}})  # fmt: skip


@incident(
    source="https://www.gomomento.com/blog/how-to-fix-connection-timeout-issues-with-aws-lambda-in-vpcs/",
    expert=named(ENI_PORTS, "active connections are flat below 65,000 while one subnet and one group make one "
                            "ENI, and the "
                 "NAT gateway with eight addresses has no error"),
)  # fmt: skip
def matchmaker_flat_top(case: CaseFolder) -> None:
    place = cdk(case, "QueueStack", "10.79", zones="a", nats=1, addresses=8)
    name = "QueueStack-MatchmakerFn6E3A90BC-k8LpQw2v"
    case.function(name, place.private, [place.group], runtime="provided.al2023", timeout=60)
    failed = tracing("ERROR", "ticket not queued", "matchmaker", error="error sending request for url "
            "(https://realtime."
                     "matchgrid.example/tickets): client error (Connect): tcp connect error: deadline has "
                     "elapsed")  # fmt: skip
    log = case.log(name)
    for number, at in enumerate(times(60, 31, 58)):
        log.invocation(at, failed, seconds=30.0, stream=number, report=False)
    calls = [*about(9_000, 30), *about(26_000, 30)]
    case.function_metrics(name, invocations=calls, errors=[*([0.0] * 31), *share(calls[31:], 0.04)],
                          concurrent=[*about(700, 30), *ramp(1_500, 2_600, 30)],
                          duration=[*about(5_900, 31), *about(30_050, 29, 0.002)])  # fmt: skip
    active = [*ramp(18_000, 63_000, 31, 0.01), *[64_990.0, 64_996.0, 64_988.0, 64_999.0, 64_993.0] * 5, *[64_991.0] * 4]
    case.nat_metrics(place.nats[0], active=active, errors=[0.0] * 60, drops=[0.0] * 60,
                     attempts=[*about(9_400, 30), *about(14_000, 30)])  # fmt: skip
    case.yaml(functions=[name], destinations={
        "matchgrid": {"name": "realtime.matchgrid.example", "port": 443, "addresses": ["151.101.3.52"]}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/5774 (getaddrinfo EMFILE *.*.amazonaws.com)",
    expert=named(FILES, "the environment has no descriptor left; that it shows while resolving is by chance"),
)
def a_client_for_each_record(case: CaseFolder) -> None:
    place = cdk(case, "IngestStack", "10.80", region="ap-southeast-2", nats=1)
    name = "IngestStack-ExplodeFn1B6D8F33-s5XdCv9n"
    case.function(name, place.private, [place.group], runtime="nodejs20.x", timeout=120, memory=1024)
    lookup = node_error("getaddrinfo EMFILE s3.ap-southeast-2.amazonaws.com", errno=-24, code="EMFILE",
                        syscall="getaddrinfo", hostname="s3.ap-southeast-2.amazonaws.com",
                        stack=("GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:111:26)",))  # fmt: skip
    connect = node_error("connect EMFILE 52.95.133.30:443 - Local (undefined:undefined)", errno=-24, code="EMFILE",
                         syscall="connect", address="52.95.133.30", port=443,
                         stack=("internalConnect (node:net:1087:16)",))  # fmt: skip
    calls = Traffic(case, name)
    calls.good(60, 0, 60, seconds=6)
    calls.bad(17, 4, 60, lookup, seconds=9)
    calls.bad(6, 10, 60, connect, seconds=9)
    calls.write(memory=1024)
    case.without("ec2/network-acls", "ec2/dhcp-options")
    case.yaml(functions=[name], destinations={"s3": {"name": "s3.ap-southeast-2.amazonaws.com", "port": 443}})


@incident(
    source="composed: AWS SDK for Java v2, Unable to execute HTTP request: Too many open files",
    expert=named(FILES, "the environments run out of open files after some hundred invocations each"),
)
def clients_that_nobody_closes(case: CaseFolder) -> None:
    failed = java_error(
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Too many open files "
        "(SDK Attempt Count: 4)",
        "software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:130)",
        causes=("java.net.SocketException: Too many open files",),
    )
    case.region = "ap-southeast-2"
    calls = Traffic(case, "studio-transcribe")
    calls.good(210, 0, 60, lambda moment: f"{moment.time} INFO  Transcribe - segment done\n", seconds=0.7)
    calls.bad(38, 33, 60, failed, seconds=0.9)
    calls.write(zeros=False)
    case.yaml(
        functions=["studio-transcribe"], destinations={"sqs": {"name": "sqs.ap-southeast-2.amazonaws.com", "port": 443}}
    )
