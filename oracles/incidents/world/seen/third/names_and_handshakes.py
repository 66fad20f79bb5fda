"""Names that are not resolved, handshakes that do not end, and what Lambda itself has too little of."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    incident,
    node_log,
    python_error,
    python_log,
    route,
    times,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import (
    destination,
    estate,
    function,
    java_trace,
    kafkajs,
    slog,
    steady,
    table_of,
)

DNS, TLS = "dns-failure", "tls-handshake-timeout"
THROTTLED, SHORT = "lambda-throttling", "eni-quota-or-address-shortage"


def _named(cause: str, because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says, lacks)


FAULT: dict[str, Any] = {"$fault": "server", "$metadata": {"httpStatusCode": 502}}
"""What the SDK adds to its errors."""


@incident(
    source="https://github.com/localstack/localstack/issues/7155 (getaddrinfo EAI_AGAIN for any API), in a VPC "
    "with its own "
    "name servers",
    expert=_named(
        DNS, "no name at all is resolved from 12:18 to 12:44; the VPC asks name servers of the company's network"
    ),
)
def the_companys_name_servers_are_silent(case: CaseFolder) -> None:
    place = estate(case, "meridian", "10.170", zones="ab")
    gateway = case.transit_attachment("meridian-corp", place.private)
    for one in place.private:
        table_of(case, one)["Routes"].append(route("192.168.0.0/16", gateway))
    case.dhcp_options[0]["DhcpConfigurations"] = [
        {"Key": "domain-name", "Values": [{"Value": "corp.meridian.example"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "192.168.10.53"}, {"Value": "192.168.11.53"}]},
    ]
    function(case, "claims-intake", place.private, [place.app], runtime="nodejs20.x", timeout=30)
    calls = Traffic(case, "claims-intake")
    calls.good(108, 0, 17.8, seconds=0.4)
    for host in ("api.docuscan.example", "claims.corp.meridian.example", "sqs.us-east-1.amazonaws.com"):
        calls.bad(
            44,
            18,
            44,
            node_error(
                f"getaddrinfo EAI_AGAIN {host}",
                stack=("GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)",),
                errno=-3001,
                code="EAI_AGAIN",
                syscall="getaddrinfo",
                hostname=host,
            ),
            seconds=20.8,
        )
    calls.good(95, 44.5, 60, seconds=0.4)
    calls.write()
    case.yaml(
        functions=["claims-intake"],
        destinations={
            "docuscan": {"name": "api.docuscan.example", "port": 443},
            "claims": {"name": "claims.corp.meridian.example", "port": 8443},
        },
    )


@incident(
    source="composed: java.net.UnknownHostException of one private name, after its zone lost its association",
    expert=_named(
        DNS,
        "one private name is not known any more, while the same function reaches others by theirs",
        "loyalty-db",
    ),
)
def a_private_name_nobody_knows(case: CaseFolder) -> None:
    host = "loyalty-db.internal.acme.example"
    failed = java_trace(
        "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
        "com.mysql.cj.jdbc.ConnectionImpl.createNewIO(ConnectionImpl.java:819)",
        causes=(
            (
                "com.mysql.cj.exceptions.CJCommunicationsException: Communications link failure",
                "com.mysql.cj.protocol.a.NativeSocketConnection.connect(NativeSocketConnection.java:80)",
            ),
            (
                f"java.net.UnknownHostException: {host}: Name or service not known",
                "java.base/java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)",
            ),
        ),
    )
    calls = Traffic(case, "loyalty-points")
    calls.good(60, 0, 25, "INFO  PointsHandler - partner balance read from api.partnerclub.example\n", seconds=0.3)
    calls.bad(
        82, 25.2, 60, "INFO  PointsHandler - partner balance read from api.partnerclub.example\n", failed, seconds=0.2
    )
    calls.write(tail=True)
    case.yaml(functions=["loyalty-points"], destinations={"loyalty-db": {"name": host, "port": 3306}})


@incident(
    source="https://github.com/cisagov/cyhy-system/issues/22 (Lambda's name resolution fails under load), "
    "Python's words",
    expert=_named(DNS, "look-ups of several names fail now and then, and only in the bursts"),
)
def lookups_fail_in_bursts(case: CaseFolder) -> None:
    log = case.log("link-checker", tail=True)
    hosts = ["www.ruralnews.example", "shop.tealeaf.example", "blog.kiteworks.example", "static.fernbank.example"]
    for index, at in enumerate([*times(70, 10, 12), *times(64, 25, 27), *times(75, 40, 42)]):
        host = hosts[index % 4]
        text = (
            f"HEAD https://{host}/ failed: HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded "
            f"with url: / "
            f'(Caused by NameResolutionError("<urllib3.connection.HTTPSConnection object at '
            f"0x7fa1c04d{index:04x}>: Failed "
            f"to resolve '{host}' ([Errno -3] Temporary failure in name resolution)\"))"
        )
        log.invocation(at, python_log("WARNING", text), seconds=8.0, stream=index % 31, report=False)
    case.function_metrics(
        "link-checker",
        invocations=[40.0] * 10 + ([900.0, 910.0] + [40.0] * 13) * 3 + [40.0] * 5,
        concurrent=[6.0] * 10 + ([131.0, 134.0] + [6.0] * 13) * 3 + [6.0] * 5,
    )
    case.yaml(functions=["link-checker"])


@incident(
    source="https://github.com/tulios/kafkajs/issues/1435 (Confluent: disconnected before secure TLS connection was "
    "established)",
    expert=_named(TLS, "the TCP connection stands, and is cut before TLS is up, for some of the producer's calls"),
)
def confluent_cuts_the_handshake(case: CaseFolder) -> None:
    place = estate(case, "agentdesk", "10.41", zones="ab")
    function(case, "call-metrics-producer", place.private, [place.app], runtime="nodejs18.x", timeout=30)
    host = "pkc-4r087.us-east-1.aws.confluent.example:9092"
    said = (
        "[Connection] Connection error: Client network socket disconnected before secure TLS connection was established"
    )
    stack = (
        "Error: Client network socket disconnected before secure TLS connection was established\n    at "
        "connResetException (node:internal/errors:720:14)\n    at TLSSocket.onConnectEnd (node:_tls_wrap:1714:19)"
    )
    final = node_error(
        "Client network socket disconnected before secure TLS connection was established",
        "KafkaJSConnectionError",
        broker=host,
        code="ECONNRESET",
        retriable=True,
    )
    calls = Traffic(case, "call-metrics-producer")
    calls.good(310, 0, 60, kafkajs("INFO", "[Producer] connected"), seconds=0.5)
    calls.bad(
        47, 5, 57, kafkajs("ERROR", said, broker=host, clientId="agents-call-data", stack=stack), final, seconds=2.2
    )
    calls.write()
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, drops=[0.0] * 60, active=about(22, 60))
    case.yaml(
        functions=["call-metrics-producer"],
        destinations={"confluent": destination("pkc-4r087.us-east-1.aws.confluent.example", 9092, "44.212.61.7")},
    )


@incident(
    source="composed: go (net/http: TLS handshake timeout): a partner's API gateway",
    expert=_named(
        TLS,
        "connections to the clearing house are opened, and the TLS handshake hangs for ten seconds, while "
        "another destination over the same gateway works",
    ),
)
def the_clearing_house_does_not_shake_hands(case: CaseFolder) -> None:
    place = estate(case, "remit", "10.58", zones="ab", nats="ab")
    function(case, "settle", place.private, [place.app], runtime="provided.al2023", timeout=30)
    function(case, "fx-cache", place.private, [place.app], runtime="provided.al2023", timeout=10)
    text = 'Post "https://gw.clearhouse.example/iso20022/pacs008": net/http: TLS handshake timeout'
    calls = Traffic(case, "settle")
    calls.good(65, 0, 31, slog("INFO", "settled"), seconds=0.6)
    calls.bad(73, 31.2, 59.8, slog("ERROR", "settle", err=text), seconds=10.4)
    calls.write(period=300)
    steady(case, "fx-cache", 180, slog("INFO", "refreshed"), seconds=0.2)
    case.without("ec2/network-acls", "ec2/vpc-endpoints")
    case.yaml(
        functions=["settle", "fx-cache"],
        destinations={
            "clearing": destination("gw.clearhouse.example", 443, "91.198.174.4"),
            "fx": destination("rates.fxhub.example", 443, "34.160.113.150"),
        },
    )


@incident(
    source="composed: TooManyRequestsException of Invoke, and a function with five reserved executions",
    expert=_named(
        THROTTLED,
        "the second function stands at its five executions and Lambda counts throttles, which is what "
        "the first one's 'Rate Exceeded' says",
        "thumbnailer",
    ),
)
def five_reserved_executions(case: CaseFolder) -> None:
    place = estate(case, "snapfolio", "10.27", zones="ab")
    function(case, "upload-done", place.private, [place.app], timeout=60)
    function(case, "thumbnailer", place.private, [place.app], timeout=30, memory=1769)
    case.functions[-1]["ReservedConcurrentExecutions"] = 5
    failed = python_error(
        "TooManyRequestsException",
        "An error occurred (TooManyRequestsException) when calling the Invoke operation (reached max retries: 4): Rate "
        "Exceeded.",
        (
            "/var/lang/lib/python3.12/site-packages/botocore/client.py",
            1023,
            "_make_api_call",
            "raise error_class(parsed_response, operation_name)",
        ),
    )
    calls = Traffic(case, "upload-done")
    calls.good(340, 0, 60, seconds=1.4)
    calls.bad(150, 20, 50, failed, seconds=6.1)
    calls.write()
    taken = [*about(20, 20), *about(148, 30), *about(21, 10)]
    case.function_metrics(
        "thumbnailer",
        invocations=taken,
        errors=[0.0] * 60,
        duration=about(2_200, 60),
        concurrent=[2.0, 3.0] * 10 + [5.0] * 30 + [2.0, 3.0] * 5,
        throttles=[0.0] * 20 + about(41, 30, 0.3) + [0.0] * 10,
    )
    case.without("ec2/network-acls")
    case.yaml(functions=["upload-done", "thumbnailer"])


@incident(
    source="composed: SubnetIPAddressLimitReachedException, in a /28 that EKS nodes share",
    expert=_named(
        SHORT,
        "Lambda says itself that the subnet has no address left for an interface, and EC2 shows none free",
        "tight-a",
    ),
)
def a_subnet_without_an_address(case: CaseFolder) -> None:
    place = estate(case, "kiosk", "10.240", zones="ab")
    tight = case.subnet(
        "kiosk-tight-a", "10.240.130.0/28", [route("0.0.0.0/0", place.nats[0])], AvailableIpAddressCount=0
    )
    case.function("print-ticket", [tight], [place.app], runtime="dotnet8", timeout=15, enis=False)
    function(case, "kiosk-front", place.private, [place.app], runtime="nodejs22.x", timeout=20)
    said = (
        "Lambda was not able to set up VPC access for the Lambda function because one or more configured subnets "
        "has no "
        "available IP addresses."
    )
    case.function_configuration(
        "print-ticket",
        State="Inactive",
        StateReason=said,
        StateReasonCode="SubnetOutOfIPAddresses",
        LastUpdateStatus="Failed",
        LastUpdateStatusReason=said,
        LastUpdateStatusReasonCode="SubnetOutOfIPAddresses",
    )
    calls = Traffic(case, "kiosk-front")
    calls.bad(
        38,
        0,
        60,
        node_log("INFO", "printing ticket"),
        node_error(said, "SubnetIPAddressLimitReachedException", **FAULT),
        seconds=1.1,
    )
    calls.write()
    case.yaml(functions=["print-ticket", "kiosk-front"])
