"""Destinations that answer at once, and refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from oracles.incidents.world import (
    CaseFolder,
    Moment,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    node_socket_error,
    python_error,
    python_log,
    unsaid_zeros,
)
from oracles.incidents.world.seen.fifth._platform import REFUSING, named, rust_log, spoke


def _rdkafka(text: str) -> Callable[[Moment], str]:
    """A line that librdkafka writes itself."""
    return lambda moment: f"%3|{datetime.fromisoformat(moment.time).timestamp():.3f}|FAIL|rdkafka#producer-1| {text}\n"


@incident(
    source="https://github.com/confluentinc/confluent-kafka-dotnet/issues/2164 (MSK security patches: Connect to "
    "ipv4#... failed: Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed))",
    expert=named(
        REFUSING,
        because="one broker after the other refuses for a few minutes on 9094 while the cluster is patched",
    ),
)
def brokers_are_patched_one_by_one(case: CaseFolder) -> None:
    place = spoke(case, "parcels", "10.68")
    own = case.group("msk-parcels", [allow(9094, place.app)], vpc=place.vpc)
    addresses = [case.interface(f"msk-{number}", one, [own], description="DO NOT DELETE - Amazon MSK network interface "
                 "for cluster parcels", requester="amazon-msk")["PrivateIpAddress"]
                 for number, one in enumerate(place.data)]  # fmt: skip
    hosts = [f"b-{number}.parcels.8hq3nd.c17.kafka.us-east-1.amazonaws.com" for number in (1, 2, 3)]
    case.function("parcel-scan", place.workload, [place.app], runtime="dotnet8", timeout=45)
    calls = Traffic(case, "parcel-scan")
    calls.good(300, 0, 60, seconds=0.08)
    for number, (first, last) in enumerate(((11, 15), (19, 23.5), (28, 32))):
        short = f"[thrd:ssl://b-{number + 1}.parcels.8hq3nd.c17.kafka.us-east-1.amazonaw]"
        said = _rdkafka(
            f"{short}: ssl://{hosts[number]}:9094/{number + 1}: Connect to ipv4#{addresses[number]}:9094 failed: "
            "Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed)"
        )
        calls.bad(9, first, last, said, dotnet_error(
            "Confluent.Kafka.ProduceException`2[System.String,System.Byte[]]: Local: Message timed out",
            "Confluent.Kafka.Producer`2.ProduceAsync(TopicPartition topicPartition, Message`2 message, "
            "CancellationToken cancellationToken)", "Parcels.Scan.Handler.Run(SQSEvent e) in /src/Handler.cs:line 66",
        ), seconds=30.1)  # fmt: skip
    calls.write()
    for number in (1, 2, 3):
        gap = {1: (11, 15), 2: (19, 24), 3: (28, 32)}[number]
        values = [None if gap[0] <= minute < gap[1] else 21.0 + minute % 4 for minute in range(60)]
        case.metric("AWS/Kafka", "CpuUser", {"Cluster Name": "parcels", "Broker ID": str(number)}, values,
                    stat="Average", file="msk-parcels")  # fmt: skip
    case.yaml(functions=["parcel-scan"], destinations={
        f"broker-{number}": {"name": host, "port": 9094, "addresses": [address]}
        for number, (host, address) in enumerate(zip(hosts, addresses, strict=True), 1)})  # fmt: skip


@incident(
    source="composed: a deployment replaces every target of an NLB before the new ones listen",
    expert=named(
        REFUSING,
        because="from 12:33 to 12:41 each connect through the balancer meets a reset: the target group has no "
        "healthy target, so that it passes connects on to all (fails open), and the targets' resets count so",
    ),
)
def deployment_leaves_the_balancer_without_targets(case: CaseFolder) -> None:
    place = spoke(case, "routing", "10.64", zones="ab")
    own = case.group("nlb-geocode", [allow(8443, "10.64.0.0/16")], vpc=place.vpc)
    doors = [case.interface(f"nlb-{number}", one, [own], type="network_load_balancer", requester="amazon-elb",
                            description="ELB net/geocode/c2f7ae1903d85b46")["PrivateIpAddress"]
             for number, one in enumerate(place.data)]  # fmt: skip
    case.function("plan-route", place.workload, [place.app], runtime="nodejs22.x", timeout=15)
    calls = Traffic(case, "plan-route")
    calls.good(230, 0, 32.8, seconds=0.12)
    calls.bad(30, 33, 41, node_socket_error("ECONNREFUSED", address=doors[0], port=8443), seconds=0.02)
    calls.bad(27, 33, 41, node_socket_error("ECONNREFUSED", address=doors[1], port=8443), seconds=0.02)
    calls.good(120, 41.1, 60, seconds=0.13)
    calls.write(zeros=False)
    balancer = {"LoadBalancer": "net/geocode/c2f7ae1903d85b46"}
    group = {"TargetGroup": "targetgroup/geocode-8443/77b1d0c94e2fa638", **balancer}
    case.metric("AWS/NetworkELB", "HealthyHostCount", group, [*[3.0] * 33, *[0.0] * 8, *[3.0] * 19], stat="Minimum",
                file="nlb-geocode")  # fmt: skip
    case.metric("AWS/NetworkELB", "UnHealthyHostCount", group, [*[0.0] * 33, *[3.0] * 8, *[0.0] * 19], stat="Maximum",
                file="nlb-geocode")  # fmt: skip
    case.metric("AWS/NetworkELB", "TCP_Target_Reset_Count", balancer, unsaid_zeros([*[0.0] * 33, *about(8, 8),
                *[0.0] * 19]), file="nlb-geocode")  # fmt: skip
    case.yaml(functions=["plan-route"], destinations={
        "geocode": {"name": "geocode.routing.internal", "port": 8443, "addresses": doors}})  # fmt: skip


@incident(
    source="composed: central egress by explicit proxy; the text is that of requests and urllib3 (ProxyError, [Errno "
    "111] Connection refused)",
    expert=named(
        REFUSING,
        says=("proxy",),
        because="it is the proxy on 3128 that refuses, not the API behind it",
    ),
)
def egress_proxy_refuses(case: CaseFolder) -> None:
    place = spoke(case, "tax", "10.64", zones="ab")
    case.function("tax-rate", place.workload, [place.app], timeout=30)
    failed = python_error(
        "ProxyError",
        "HTTPSConnectionPool(host='api.tax-rates.example', port=443): Max retries exceeded with url: "
        "/v1/rates?zip=10011 (Caused by ProxyError('Unable to connect to proxy', NewConnectionError("
        "'<urllib3.connection.HTTPSConnection object at 0x7f83c02e7a10>: Failed to establish a new connection: "
        "[Errno 111] Connection refused')))",
        ("/opt/python/requests/adapters.py", 671, "send", "raise ProxyError(e, request=request)"),
    )
    calls = Traffic(case, "tax-rate")
    calls.good(130, 0, 30.9, python_log("INFO", "via http://proxy.egress.internal:3128"), seconds=0.3)
    calls.bad(24, 31, 36, python_log("INFO", "via http://proxy.egress.internal:3128"), failed, seconds=0.03)
    calls.good(110, 36.1, 60, python_log("INFO", "via http://proxy.egress.internal:3128"), seconds=0.3)
    calls.write(tail=True)
    case.yaml(functions=["tax-rate"], destinations={
        "proxy": {"name": "proxy.egress.internal", "port": 3128},
        "tax": {"name": "api.tax-rates.example", "port": 443}},
        reported="squid fleet got a config push around 12:30")  # fmt: skip


@incident(
    source="composed: an Aurora failover, with sqlx's text (Connection refused (os error 111))",
    expert=named(
        REFUSING,
        because="for not quite two minutes the writer refuses, and its uptime begins anew at 12:27: it restarted",
    ),
)
def aurora_writer_restarts(case: CaseFolder) -> None:
    place = spoke(case, "wallet", "10.72")
    own = case.group("wallet-aurora", [allow(5432, place.app)], vpc=place.vpc)
    db = case.database("wallet-1", place.data[0], [own])
    case.database("wallet-2", place.data[1], [own])
    case.function("wallet-debit", place.workload, [place.app], runtime="provided.al2023", timeout=10)
    failed = rust_log("ERROR", "debit failed: error communicating with database: Connection refused (os error 111)")
    calls = Traffic(case, "wallet-debit")
    calls.good(200, 0, 25.6, seconds=0.02, logged=False)
    calls.bad(61, 25.7, 27.4, failed, seconds=0.01)
    calls.good(260, 27.5, 60, seconds=0.02, logged=False)
    calls.write(report=False)
    writer = {"DBInstanceIdentifier": "wallet-1"}
    case.metric("AWS/RDS", "EngineUptime", writer, [*[1_209_600.0 + 60 * minute for minute in range(26)], None,
                *[20.0 + 60 * minute for minute in range(33)]], stat="Average", file="wallet-1")  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", writer, [*about(38, 26), 0.0, *about(36, 33)], stat="Average",
                file="wallet-1")  # fmt: skip
    case.metric("AWS/RDS", "FreeableMemory", writer, [*[9.1e8] * 20, *[3.2e8] * 5, 4.1e7, None, *[4.4e9] * 33],
                stat="Minimum", file="wallet-1")  # fmt: skip
    case.yaml(functions=["wallet-debit"], destinations={
        "wallet": {"name": "wallet.cluster-c0ba4xwq7mzn.us-east-1.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
