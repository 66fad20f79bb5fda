"""Names, handshakes, and Lambda's own limits."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Record,
    Traffic,
    about,
    incident,
    java_error,
    json_log,
    node_error,
    node_log,
    python_error,
    route,
    times,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import (
    DNS,
    NO_ENI,
    THROTTLED,
    TLS,
    fleet,
    named,
    requests_error,
    startup,
)  # fmt: skip


@incident(
    source="https://github.com/stcalica/update-lambda/issues/2 (getaddrinfo EAI_AGAIN), with corporate resolvers "
           "in DHCP",
    expert=named(DNS, "names do not resolve from 12:09 on: the VPC's DHCP options send queries to two resolvers in the "
                      "data centre, and getaddrinfo says EAI_AGAIN for every host", lacks=("security group",)),
)  # fmt: skip
def corporate_resolvers_stop(case: CaseFolder) -> None:
    place = fleet(case, "crm", "10.85")
    tgw = case.transit_attachment("crm-hub", place.data)
    for table in place.tables:
        table["Routes"].append(route("10.200.0.0/16", tgw))
    case.dhcp_options[0]["DhcpConfigurations"] = [
        {"Key": "domain-name", "Values": [{"Value": "corp.example"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "10.200.0.2"}, {"Value": "10.200.0.3"}]}]  # fmt: skip
    case.function("crm-segment-sync", place.apps, [place.app], runtime="nodejs20.x", timeout=60)
    calls = Traffic(case, "crm-segment-sync")
    calls.good(24, 0, 8.9, seconds=0.4)
    for host, count in (("api.segment.io", 50), ("sqs.us-east-1.amazonaws.com", 21)):
        calls.bad(count, 9.1, 60, node_error(
            f"getaddrinfo EAI_AGAIN {host}", errno=-3001, code="EAI_AGAIN", syscall="getaddrinfo", hostname=host,
            stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",)), seconds=20.05)  # fmt: skip
    calls.write()
    case.yaml(functions=["crm-segment-sync"], destinations={
        "segment": {"name": "api.segment.io", "port": 443}})  # fmt: skip


@incident(
    source="composed: urllib3's NameResolutionError for a name of a private zone that this VPC does not know",
    expert=named(DNS, "only the inner name does not exist for this function; other hosts are reached", "inventory"),
)
def private_zone_not_associated(case: CaseFolder) -> None:
    host = "inventory.svc.fabrika.internal"
    failed = requests_error(
        host, "/v1/stock/88121", f"NameResolutionError(\"<urllib3.connection.HTTPConnection object at "
                                 f"0x7f9a1d04>: Failed "
        f"to resolve '{host}' ([Errno -2] Name or service not known)\")", "ConnectionError", 80)  # fmt: skip
    log = case.log("stock-badge", tail=True)
    for at in times(26, 2, 58):
        log.invocation(at, "[INFO] 200 https://cdn.fabrika.example/badge.svg\n", failed, seconds=0.3)
    case.yaml(functions=["stock-badge"], destinations={"inventory": {"name": host, "port": 80}})


@incident(
    source="https://github.com/cisagov/cyhy-system/issues/22 (lookups fail in bursts, resolver 169.254.78.1)",
    expert=named(DNS, "look-ups on the resolver time out in the bursts on the hour's quarters, no connect does"),
)
def lookups_time_out_in_bursts(case: CaseFolder) -> None:
    place = startup(case, "mailscan", "10.43")
    case.function("mailscan-domain", place.private, [place.app], runtime="provided.al2023", timeout=60)
    text = json_log("error", "mx lookup failed", domain="nlfb.example", error="lookup nlfb.example on 169.254.78.1:53: "
                    "read udp 169.254.78.1:47822->169.254.78.1:53: i/o timeout")  # fmt: skip
    calls = Traffic(case, "mailscan-domain")
    calls.good(60, 0, 60, json_log("info", "scanned"), seconds=2.0)
    for quarter in (0, 15, 30, 45):
        calls.good(60, quarter + 0.1, quarter + 1.9, json_log("info", "scanned"), seconds=3.0)
        calls.bad(25, quarter + 0.3, quarter + 1.9, text, seconds=20.2)
    calls.write()
    case.nat_metrics(place.nat, errors=[0.0] * 60, active=about(900, 60), drops=[0.0] * 60)
    case.yaml(functions=["mailscan-domain"])


@incident(
    source="composed: Go's net/http: TLS handshake timeout to a partner whose terminator is overloaded",
    expert=named(TLS, "the connection is there and the handshake takes longer than 10 s"),
)  # fmt: skip
def partner_handshake_times_out(case: CaseFolder) -> None:
    place = startup(case, "dropo", "10.44")
    case.function("dropo-fulfil", place.private, [place.app], runtime="provided.al2023", timeout=30)
    host = "gw.fulfilpartner.example"
    text = json_log("ERROR", "order push failed", err=f'Post "https://{host}/orders": net/http: TLS handshake timeout')
    calls = Traffic(case, "dropo-fulfil")
    calls.good(77, 0, 60, json_log("INFO", "order pushed", ms=812), seconds=0.9)
    calls.bad(41, 5, 60, text, seconds=10.3, error=False)
    calls.write(zeros=False)
    case.nat_metrics(place.nat, attempts=about(8, 60), established=about(8, 60), errors=[0.0] * 60)
    case.yaml(functions=["dropo-fulfil"], destinations={
        "partner": {"name": host, "port": 443, "addresses": ["34.194.12.80"]}})  # fmt: skip


@incident(
    source="https://github.com/airbytehq/airbyte/issues/55749 (SSLHandshakeException: Remote host terminated the "
    "handshake)",
    expert=named(TLS, "the server takes the connection and ends it in the handshake"),
)
def remote_host_terminates_the_handshake(case: CaseFolder) -> None:
    failed = java_error(
        "com.mongodb.MongoTimeoutException: Timed out after 30000 ms while waiting for a server that matches "
        "ReadPreferenceServerSelector{readPreference=primary}. Client view of cluster state is {type=REPLICA_SET, "
        "servers=[{address=ac-9wq-shard-00-00.tt1x.mongodb.net:27017, type=UNKNOWN, state=CONNECTING, exception="
        "{com.mongodb.MongoSocketWriteException: Exception sending message}, caused by "
        "{javax.net.ssl.SSLHandshakeException: Remote host terminated the handshake}, caused by {java.io.EOFException: "
        "SSL peer shut down incorrectly}}]",
        "com.mongodb.internal.connection.BaseCluster.createTimeoutException(BaseCluster.java:425)",
        "com.example.loyalty.Points.handleRequest(Points.java:39)")  # fmt: skip
    calls = Traffic(case, "loyalty-points")
    case.function("loyalty-points", runtime="java21", timeout=60, memory=1024)
    calls.good(50, 0, 14, seconds=0.06)
    calls.bad(66, 14.3, 60, failed, seconds=30.2)
    calls.write(memory=1024)
    case.yaml(functions=["loyalty-points"], destinations={
        "atlas": {"name": "ac-9wq-shard-00-00.tt1x.mongodb.net", "port": 27017}})  # fmt: skip


@incident(
    source="composed: reserved concurrency of 40 in a sale; the callers see 429 TooManyRequestsException",
    expert=named(THROTTLED, "the function stands at its reserved concurrency of 40 and Lambda throttles what "
                            "comes on top; "
                            "what runs, runs well"),
)  # fmt: skip
def reserved_concurrency_in_a_sale(case: CaseFolder) -> None:
    place = startup(case, "flashy", "10.45")
    case.function("flashy-reserve", place.private, [place.app], runtime="dotnet8", timeout=10,
                  ReservedConcurrentExecutions=40)  # fmt: skip
    case.function_metrics(
        "flashy-reserve", invocations=[*about(900, 12), *about(4_750, 33), *about(1_000, 15)], errors=[0.0] * 60,
        throttles=[None] * 12 + [float(one) for one in about(2_600, 33)] + [None] * 15,
        duration=[float(one) for one in about(790, 60)],
        concurrent=[*about(8, 12), *[40.0] * 33, *about(9, 15)])  # fmt: skip
    log = case.log("flashy-bff")
    failed = python_error(
        "TooManyRequestsException",
        "An error occurred (TooManyRequestsException) when calling the Invoke operation (reached "
        "max retries: 4): Rate Exceeded.",
        (
            "/var/runtime/botocore/client.py",
            1021,
            "_make_api_call",
            "raise error_class(parsed_response, operation_name)",
        ),
    )
    for number, at in enumerate(times(40, 12.4, 44.8)):
        log.invocation(at, failed, seconds=3.1, stream=number % 20, report=False)
    case.yaml(functions=["flashy-reserve"], reported="checkout says 'please try again' since the sale began")


@incident(
    source="composed: Lambda's SubnetIPAddressLimitReachedException, a /28 that EKS shares",
    expert=named(NO_ENI, "Lambda cannot set up its interface: the one subnet, a /28, has no address left",
                 lacks=("nat gateway",)),
)  # fmt: skip
def subnet_without_addresses(case: CaseFolder) -> None:
    place = startup(case, "tinynet", "10.46")
    small = case.subnet("tinynet-private-small", "10.46.200.0/28", table=place.private_table,
                        AvailableIpAddressCount=0)  # fmt: skip
    nodes = case.group("tinynet-eks-node")
    for last in range(4, 15):
        case.interface(f"eks-{last}", small, [nodes], address=f"10.46.200.{last}",
                       description=f"aws-K8S-i-0d41b7{last:02}c9e8f7a65")  # fmt: skip
    case.function("tinynet-invite", [small], [place.app], runtime="nodejs22.x", timeout=10, enis=False)
    case.function_configuration(
        "tinynet-invite", State="Failed", StateReasonCode="SubnetOutOfIPAddresses",
        StateReason="Lambda was not able to set up VPC access for the Lambda function because one or more configured "
                    "subnets has no available IP addresses.")  # fmt: skip
    case.function("tinynet-signup", runtime="nodejs22.x", timeout=29)
    more: Record = {"$fault": "server", "$metadata": {"httpStatusCode": 502, "attempts": 3}, "Type": "User"}
    failed = node_error(
        "Lambda was not able to set up VPC access for the Lambda function because one or more configured subnets "
        "has no "
        "available IP addresses.", "SubnetIPAddressLimitReachedException", **more)  # fmt: skip
    calls = Traffic(case, "tinynet-signup")
    calls.bad(19, 3, 58, node_log("INFO", "invoking tinynet-invite"), failed, seconds=0.9)
    calls.write()
    case.yaml(functions=["tinynet-signup", "tinynet-invite"])
