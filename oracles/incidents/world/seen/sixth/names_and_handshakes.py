"""Names that do not resolve, handshakes that do not end, packets that are dropped, and functions that may not run."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Line,
    Traffic,
    about,
    go_log,
    incident,
    node_error,
    node_log,
    python_error,
    python_log,
    ramp,
    share,
    times,
    unsaid_zeros,
)
from oracles.incidents.world.seen.sixth._places import (
    BANDWIDTH,
    BLOCKED,
    DNS,
    NO_ROOM,
    SILENT,
    THROTTLED,
    TLS,
    cdk,
    kafkajs,
    named,
    spoke,
)


@incident(
    source="https://github.com/localstack/localstack/issues/7155 (text of EAI_AGAIN); composed: resolvers of the DHCP "
    "options that do not answer",
    expert=named(
        DNS,
        "no name resolves since 12:15, and the VPC uses the two resolvers of its DHCP options",
        also=(SILENT, BLOCKED),
    ),
)
def resolvers_of_the_head_office(case: CaseFolder) -> None:
    place = spoke(case, "newsroom", "10.55")
    case.dhcp_options[0]["DhcpConfigurations"] = [
        {"Key": "domain-name", "Values": [{"Value": "corp.newsgroup.example"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "10.90.0.10"}, {"Value": "10.90.1.10"}]}]  # fmt: skip
    case.function("wire-import", place.apps, [place.group], runtime="nodejs22.x", timeout=60)

    def failed(host: str) -> Line:
        return node_error(f"getaddrinfo EAI_AGAIN {host}", errno=-3001, code="EAI_AGAIN", syscall="getaddrinfo",
                          hostname=host, stack=(("GetAddrInfoReqWrap.onlookupall [as oncomplete] "
                                                "(node:dns:120:26)"),))  # fmt: skip

    calls = Traffic(case, "wire-import")
    calls.good(30, 0, 15, node_log("INFO", "imported 12 stories"), seconds=1.2)
    calls.bad(50, 15.1, 60, failed("wire.pressagency.example"), seconds=20.8)
    calls.bad(32, 15.4, 60, failed("cms.corp.newsgroup.example"), seconds=20.8)
    calls.write()
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses", "ec2/internet-gateways")
    case.yaml(functions=["wire-import"], destinations={
        "wire": {"name": "wire.pressagency.example", "port": 443},
        "cms": {"name": "cms.corp.newsgroup.example", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/cisagov/cyhy-system/issues/22 (lookups fail at the limit of 1024 a second)",
    expert=named(DNS, "a part of the lookups fails for the time at which a thousand environments run at once"),
)
def lookups_by_the_thousand(case: CaseFolder) -> None:
    place = cdk(case, "CrawlStack", "10.81", zones="a", nats=1, addresses=2)
    name = "CrawlStack-FetchFn3F7C2E55-a1QwEr8t"
    case.function(name, place.private, [place.group], timeout=30)
    log = case.log(name)
    for number, at in enumerate(times(58, 18, 36)):
        host = f"www.studio{int(at) % 9}.example"
        log.invocation(at, python_log("WARNING", "no keep-alive: new session"), python_error(
            "ConnectionError", f"HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded with url: "
                               f"/press (Caused "
            f"by NameResolutionError(\"<urllib3.connection.HTTPSConnection object at 0x7fd2a1b0c3e0>: Failed to "
            f"resolve "
            f"'{host}' ([Errno -3] Temporary failure in name resolution)\"))"), seconds=10.45,
                        stream=number, report=False)  # fmt: skip
    calls = [*about(2_000, 18), *about(58_000, 18), *about(2_000, 24)]
    case.function_metrics(name, invocations=calls, errors=[*([0.0] * 18), *share(calls[18:36], 0.03), *([0.0] * 24)],
                          concurrent=[*about(40, 18), *about(990, 18, 0.01), *about(40, 24)])  # fmt: skip
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=[*about(900, 18), *about(17_000, 18), *about(900, 24)])
    case.without("ec2/network-acls")
    case.yaml(functions=[name])


@incident(
    source="composed: a private hosted zone that nobody associated with the new VPC, from Go's resolver",
    expert=named(DNS, "the inner name does not exist for this VPC: no such host, from the first call", "ledger"),
)
def zone_without_this_vpc(case: CaseFolder) -> None:
    place = spoke(case, "claims-new", "10.56")
    case.function("claims-post", place.apps, [place.group], runtime="provided.al2023", timeout=10)
    calls = Traffic(case, "claims-post")
    calls.bad(58, 0, 60, go_log('post claim: Post "https://ledger.core.medix.internal/v1/entries": dial tcp: lookup '
              "ledger.core.medix.internal on 169.254.78.1:53: no such host"), seconds=0.02)  # fmt: skip
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/network-interfaces", "cloudwatch")
    case.yaml(functions=["claims-post"], destinations={
        "ledger": {"name": "ledger.core.medix.internal", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/tulios/kafkajs/issues/1435 (Client network socket disconnected before secure TLS "
    "connection "
    "was established)",
    expert=named(TLS, "the connections are made, and cut before the TLS handshake ends, about one in five"),
)
def broker_cuts_handshakes(case: CaseFolder) -> None:
    place = cdk(case, "AchieveStack", "10.82", nats=2)
    name = "AchieveStack-EmitFn0C4D6B98-z3MnBv7c"
    case.function(name, place.private, [place.group], runtime="nodejs20.x", timeout=30)
    broker = "pkc-4r3n1.us-east-2.aws.confluent.example:9092"
    error = "Client network socket disconnected before secure TLS connection was established"
    stack = f"Error: {error}\n    at connResetException (node:internal/errors:787:14)"
    lines = (kafkajs(f"[Connection] Connection error: {error}", broker, stack=stack),
             kafkajs(f"[BrokerPool] Failed to connect to seed broker, trying another broker from the list: {error}",
                     retryCount=5, retryTime=9_300),
             node_error("Connection error: " + error, "KafkaJSNumberOfRetriesExceeded"))  # fmt: skip
    calls = Traffic(case, name)
    calls.good(120, 0, 60, seconds=0.4)
    calls.bad(31, 5, 57, *lines, seconds=12.1)
    calls.write()
    for nat in place.nats:
        case.nat_metrics(nat, active=about(130, 60), errors=[0.0] * 60)
    case.yaml(
        functions=[name],
        destinations={
            "kafka": {"name": "pkc-4r3n1.us-east-2.aws.confluent.example", "port": 9092, "addresses": ["3.19.201.44"]}
        },
    )


@incident(
    source="composed: Go's TLS handshake timeout behind an inspecting firewall of a central egress VPC",
    expert=named(TLS, "the handshake with one host hangs for ten seconds since 12:30, other hosts are fine"),
)
def firewall_swallows_one_handshake(case: CaseFolder) -> None:
    place = spoke(case, "sports", "10.57")
    case.function("odds-feed", place.apps, [place.group], runtime="provided.al2023", timeout=30)
    calls = Traffic(case, "odds-feed")
    fine = go_log("GET https://scores.statshub.example/live 200")
    calls.good(60, 0, 30, fine, go_log("GET https://odds.bookfeed.example/v4 200"), seconds=0.4)
    calls.bad(61, 30.1, 60, fine, go_log('Get "https://odds.bookfeed.example/v4": net/http: TLS handshake timeout'),
              seconds=10.4)  # fmt: skip
    calls.write(tail=True, period=300)
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses", "ec2/internet-gateways", "ec2/dhcp-options")
    case.yaml(functions=["odds-feed"], reported="firewall team enabled decryption for category gambling today",
              destinations={"odds": {"name": "odds.bookfeed.example", "port": 443},
                            "scores": {"name": "scores.statshub.example", "port": 443}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/solutions prebid-server, NAT gateway alarms (PacketsDropCount > 0.01 %)",
    expert=named(
        BANDWIDTH, "the gateway moves 100 Gbps and drops packets, in the minutes of the read timeouts; it has ports"
    ),
)
def masters_through_the_gateway(case: CaseFolder) -> None:
    place = cdk(case, "TranscodeStack", "10.83", region="ap-southeast-2", nats=1)
    name = "TranscodeStack-PullFn5B9E1D47-d8FgHj2k"
    case.function(name, place.private, [place.group], timeout=300, memory=3008)
    failed = python_error(
        "ConnectionError", "HTTPSConnectionPool(host='masters.studiovault.example', port=443): Read timed out.",
        ("/var/task/requests/models.py", 826, "generate", "raise ConnectionError(e)"),
    )  # fmt: skip
    log = case.log(name)
    for number, at in enumerate(times(40, 20, 52)):
        log.invocation(at, failed, seconds=110, stream=number, report=False)
    calls = [*about(400, 20), *about(1_500, 32), *about(420, 8)]
    case.function_metrics(name, invocations=calls, errors=[*([0.0] * 20), *share(calls[20:52], 0.12), *([0.0] * 8)],
                          concurrent=[*about(210, 20), *about(980, 32, 0.02), *about(220, 8)])  # fmt: skip
    busy = [False] * 20 + [True] * 32 + [False] * 8
    case.nat_metrics(
        place.nats[0],
        errors=[0.0] * 60,
        active=[2_900.0 if one else 800.0 for one in busy],
        peak_bytes=[12.49e9 if one else 3.1e9 for one in busy],
        peak_packets=[9.6e6 if one else 2.4e6 for one in busy],
        bytes_in=[6.9e11 if one else 1.6e11 for one in busy],
        packets_in=[4.9e8 if one else 1.2e8 for one in busy],
        packets_out=[5.1e7 if one else 1.4e7 for one in busy],
        drops=[610_000.0 if one else 0.0 for one in busy],
    )
    case.yaml(functions=[name], destinations={
        "vault": {"name": "masters.studiovault.example", "port": 443, "addresses": ["151.101.67.200"]}})  # fmt: skip


@incident(
    source="composed: a reserved concurrency of 25, and a caller that sees TooManyRequestsException",
    expert=named(
        THROTTLED, "the function stands at its reserved concurrency of 25 and is throttled; what runs, ends well"
    ),
)
def reserved_twenty_five(case: CaseFolder) -> None:
    place = cdk(case, "RenderStack", "10.84", nats=1)
    name = "RenderStack-AvatarFn8D2F5A61-n4BvCx9z"
    case.function(name, place.private, [place.group], timeout=30, ReservedConcurrentExecutions=25)
    case.function("RenderStack-RouterFn", (), (), timeout=29)
    case.function_metrics(name, invocations=[*about(300, 22), *about(760, 38)], errors=[0.0] * 60,
                          throttles=unsaid_zeros([*([0.0] * 22), *about(310, 38, 0.3)]),
                          concurrent=[*about(11, 22), *([25.0] * 38)], duration=about(2_300, 60))  # fmt: skip
    calls = Traffic(case, "RenderStack-RouterFn")
    calls.bad(50, 22, 60, python_error("TooManyRequestsException", "An error occurred "
            "(TooManyRequestsException) when calling "
              "the Invoke operation (reached max retries: 4): Rate Exceeded."), seconds=6.2)  # fmt: skip
    calls.write(metrics=False, report=False)
    case.without("ec2")
    case.yaml(functions=[name, "RenderStack-RouterFn"])


@incident(
    source="AWS Lambda API, StateReasonCode SubnetOutOfIPAddresses; composed: a /28 that ECS tasks filled",
    expert=named(NO_ROOM, "the function cannot get its interface: its subnet has no free address"),
)
def subnet_filled_by_tasks(case: CaseFolder) -> None:
    place = spoke(case, "imaging", "10.58")
    small = case.subnet("imaging-small-a", "10.58.200.0/28", table=place.table, AvailableIpAddressCount=0,
                        AvailabilityZoneId="apse2-az1")  # fmt: skip
    for number in range(11):
        case.interface(f"task-{number}", small, [], address=f"10.58.200.{4 + number}", requester="amazon-ecs",
                       description="arn:aws:ecs:ap-southeast-2:482917306154:attachment/"
                       f"5e2c90{number:02}-imaging")  # fmt: skip
    case.function("dicom-index", [small], [place.group], runtime="dotnet8", timeout=60, enis=False)
    case.function_configuration("dicom-index", State="Failed", StateReasonCode="SubnetOutOfIPAddresses", StateReason=(
        "Lambda was not able to set up VPC ENI access for the function because one or more of the configured "
        "subnets has "
        "no available IP addresses."))  # fmt: skip
    case.function_metrics("dicom-index", invocations=[None] * 60, errors=[None] * 60)
    case.metric("ECS/ContainerInsights", "RunningTaskCount", {"ClusterName": "imaging"}, ramp(11, 11, 60, 0),
                stat="Average")  # fmt: skip
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses")
    case.yaml(functions=["dicom-index"], reported="deploy says the function is in state Failed")
