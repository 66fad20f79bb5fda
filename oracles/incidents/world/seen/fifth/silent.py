"""Destinations that say nothing."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    java_error,
    node_socket_error,
    python_error,
    python_log,
    route,
    unsaid_zeros,
)
from oracles.incidents.world.seen.fifth._platform import BLOCKED, CORE, DARK, named, spoke


@incident(
    source="composed: a vendor behind PrivateLink has an outage; its endpoint stays available",
    expert=named(
        DARK,
        says=("scoring",),
        because="for seventeen minutes the vendor behind the endpoint answers no SYN, before and after all is well, "
        "and the endpoint's groups and subnets are open",
    ),
)
def vendor_behind_private_link_goes_dark(case: CaseFolder) -> None:
    place = spoke(case, "lending", "10.64")
    shared = case.group("lending-vpce", [allow(443, "10.64.0.0/16")], vpc=place.vpc)
    vendor = case.interface_endpoint("com.amazonaws.vpce.us-east-1.vpce-svc-0f2c1a7788d0b3e41", place.endpoints,
                                     [shared], private_dns=False)  # fmt: skip
    vendor["DnsEntries"].append({"DnsName": "scoring.bureau-link.example", "HostedZoneId": "Z06194521X8K2M7Q0AB3C"})
    vendor["Tags"] = [{"Key": "Name", "Value": "bureau-scoring"}, {"Key": "cost-center", "Value": "4410"}]
    case.interface_endpoint("dynamodb", place.endpoints, [shared])
    addresses = [one["PrivateIpAddress"] for one in case.network_interfaces
                 if one["NetworkInterfaceId"] in vendor["NetworkInterfaceIds"]]  # fmt: skip
    case.function("credit-check", place.workload, [place.app], runtime="nodejs22.x", timeout=180)
    calls = Traffic(case, "credit-check")
    calls.good(140, 0, 20.9, seconds=0.31)
    for number, one in enumerate(addresses):
        calls.bad(31, 21.1 + 0.01 * number, 36, node_socket_error("ETIMEDOUT", address=one, port=443), seconds=134.2)
    calls.good(148, 38.2, 60, seconds=0.3)
    calls.write()
    link = {"VPC Id": place.vpc["VpcId"], "VPC Endpoint Id": vendor["VpcEndpointId"], "Endpoint Type": "Interface",
            "Service Name": vendor["ServiceName"]}  # fmt: skip
    case.metric("AWS/PrivateLinkEndpoints", "NewConnections", link, unsaid_zeros([*about(7, 21), *[0.0] * 17,
                *about(7, 22)]), file="bureau-scoring")  # fmt: skip
    case.metric("AWS/PrivateLinkEndpoints", "BytesProcessed", link, [*about(41_000, 21), *about(2_400, 17),
                *about(40_500, 22)], file="bureau-scoring")  # fmt: skip
    case.yaml(functions=["credit-check"], destinations={
        "scoring": {"name": "scoring.bureau-link.example", "port": 443, "addresses": addresses}})  # fmt: skip


@incident(
    source="composed: post-mortem of a Direct Connect that went down; names made up",
    expert=named(
        DARK, BLOCKED,
        because="from 12:14, when the Direct Connect link is down, neither host of the data centre answers, while the "
        "routes of the VPC stand: no answer from there, or no way to there",
    ),
)  # fmt: skip
def direct_connect_is_down(case: CaseFolder) -> None:
    place = spoke(case, "plants", "10.64", zones="ab")
    place.workload_table["Routes"].append(route("172.16.0.0/12", CORE))
    for name in ("mes-orders", "label-print"):
        case.function(name, place.workload, [place.app], timeout=60)
    waits = python_log("WARNING", "opc.tcp connect to mes01.plants.corp:4840 still pending after 59 s")
    label = python_error(
        "TimeoutError", "timed out", ("/var/task/labels.py", 20, "send", "printer.connect((PRINTER, 9100))")
    )
    first = Traffic(case, "mes-orders")
    first.good(60, 0, 13.8, python_log("INFO", "order confirmed by MES"), seconds=0.7)
    first.bad(170, 14.2, 57.5, waits, timeout=60)
    first.write(report=False)
    second = Traffic(case, "label-print")
    second.good(20, 0, 13.6, seconds=0.2)
    second.bad(64, 14.4, 59.8, label, seconds=10.02)
    second.write(tail=True)
    link = {"ConnectionId": "dxcon-fh6ayw0c"}
    case.metric("AWS/DX", "ConnectionState", link, [*[1.0] * 14, *[0.0] * 46], stat="Minimum", file="dxcon-fh6ayw0c")
    case.metric("AWS/DX", "ConnectionBpsEgress", link, [*about(48_000_000, 14), *[0.0] * 46], stat="Average",
                file="dxcon-fh6ayw0c")  # fmt: skip
    case.yaml(functions=["mes-orders", "label-print"], destinations={
        "mes": {"name": "mes01.plants.corp", "port": 4840, "addresses": ["172.18.4.21"]},
        "printer": {"name": "zebra-07.plants.corp", "port": 9100, "addresses": ["172.18.9.107"]}})  # fmt: skip


@incident(
    source="https://github.com/wazuh/wazuh/issues/30806 and "
    "https://github.com/opensearch-project/data-prepper/issues/1601 (timeout on connection http-outgoing [ACTIVE])",
    expert=named(
        DARK,
        because="the domain accepts connections and answers nothing from 12:17 on, not even a ping: it is red, and "
        "its nodes are gone from the count",
    ),
)
def search_domain_is_red_and_answers_nothing(case: CaseFolder) -> None:
    place = spoke(case, "support", "10.64")
    own = case.group("opensearch-tickets", [allow(443, place.app)], vpc=place.vpc)
    nodes = [case.interface(f"os-{number}", one, [own], description="ES tickets", requester="amazon-elasticsearch")
             for number, one in enumerate(place.data)]  # fmt: skip
    host = "vpc-tickets-t5bq2kz6wlhcne4yxdr7smvu3i.us-east-1.es.amazonaws.com"
    case.function("ticket-index", place.workload, [place.app], runtime="java21", timeout=90, memory=1024)
    failed = java_error(
        "java.net.SocketTimeoutException: 30,000 milliseconds timeout on connection http-outgoing-0 [ACTIVE]",
        "org.opensearch.client.RestClient.extractAndWrapCause(RestClient.java:1075)",
        "org.opensearch.client.RestHighLevelClient.ping(RestHighLevelClient.java:420)",
        "com.acme.tickets.IndexHandler.handleRequest(IndexHandler.java:52)",
        causes=("java.net.SocketTimeoutException: 30,000 milliseconds timeout on connection http-outgoing-0 [ACTIVE]",),
    )
    calls = Traffic(case, "ticket-index")
    calls.good(75, 0, 16.8, seconds=0.2)
    calls.bad(160, 17.2, 59, failed, seconds=30.3)
    calls.write(memory=1024, zeros=False)
    domain = {"DomainName": "tickets", "ClientId": "482917306154"}
    case.metric("AWS/ES", "ClusterStatus.red", domain, [*[0.0] * 17, *[1.0] * 43], stat="Maximum", file="tickets")
    case.metric("AWS/ES", "Nodes", domain, [*[6.0] * 17, 4.0, 2.0, *[1.0] * 41], stat="Minimum", file="tickets")
    case.metric("AWS/ES", "JVMMemoryPressure", domain, [*about(78, 10), *[91.0, 94.0, 96.0, 97.0, 98.0, 99.0, 99.0],
                *[None] * 43], stat="Maximum", file="tickets")  # fmt: skip
    case.metric("AWS/ES", "SearchableDocuments", domain, [*[18_400_210.0] * 17, *[None] * 43], stat="Average",
                file="tickets")  # fmt: skip
    case.yaml(functions=["ticket-index"], destinations={
        "tickets": {"name": host, "port": 443, "addresses": [one["PrivateIpAddress"] for one in nodes]}})  # fmt: skip


@incident(
    source="composed: one MSK broker is lost; https://github.com/confluentinc/confluent-kafka-dotnet/issues/2164 has "
    "the kinder sister",
    expert=named(
        DARK,
        says=("b-2",),
        because="only the second broker of three answers no connect, with the same group, routes and listener as the "
        "others, and its metrics end as the errors begin",
    ),
)
def one_broker_of_three_is_gone(case: CaseFolder) -> None:
    place = spoke(case, "metering", "10.68")
    own = case.group("msk-metering", [allow(9098, place.app)], vpc=place.vpc)
    addresses = [case.interface(f"msk-{number}", one, [own], description="DO NOT DELETE - Amazon MSK network interface "
                 "for cluster metering", requester="amazon-msk")["PrivateIpAddress"]
                 for number, one in enumerate(place.data)]  # fmt: skip
    hosts = [f"b-{number}.metering.p0d7zz.c19.kafka.us-east-1.amazonaws.com" for number in (1, 2, 3)]
    case.function("meter-read", place.workload, [place.app], runtime="provided.al2023", timeout=60)
    dead = go_log(f"[Sarama] Failed to connect to broker {hosts[1]}:9098: dial tcp {addresses[1]}:9098: i/o timeout")
    lost = go_log("ERROR publish reading: kafka: client has run out of available brokers to talk to: "
                  f"dial tcp {addresses[1]}:9098: i/o timeout")  # fmt: skip
    kept = go_log(f"[Sarama] Connected to broker at {hosts[0]}:9098 (registered as #1)")
    calls = Traffic(case, "meter-read")
    calls.good(96, 0, 28, kept, seconds=0.05)
    calls.good(70, 28.4, 60, kept, seconds=0.06)
    third = go_log(f"[Sarama] Connected to broker at {hosts[2]}:9098 (registered as #3)")
    calls.good(64, 28.3, 60, third, seconds=0.05)
    calls.bad(48, 28.2, 59, dead, lost, seconds=30.04)
    calls.write(tail=True)
    loads: list[list[float | None]] = [[*about(22, 60)], [*about(21, 28), *[None] * 32], [*about(23, 60)]]
    for number, values in enumerate(loads, 1):
        case.metric("AWS/Kafka", "CpuUser", {"Cluster Name": "metering", "Broker ID": str(number)}, values,
                    stat="Average", file="msk-metering")  # fmt: skip
    for number in (1, 3):
        case.metric("AWS/Kafka", "UnderReplicatedPartitions", {"Cluster Name": "metering", "Broker ID": str(number)},
                    unsaid_zeros([*[0.0] * 28, *about(96, 32)]), stat="Maximum", file="msk-metering")  # fmt: skip
    case.file(
        "ec2/transit-gateways.json",
        {
            "TransitGateways": [
                {
                    "TransitGatewayId": CORE,
                    "State": "available",
                    "OwnerId": "771390284415",
                    "Description": "core",
                    "Tags": [{"Key": "aws:ram", "Value": "shared"}],
                }
            ]
        },
    )
    case.yaml(functions=["meter-read"], destinations={
        f"b-{number}": {"name": host, "port": 9098, "addresses": [address]}
        for number, (host, address) in enumerate(zip(hosts, addresses, strict=True), 1)})  # fmt: skip
