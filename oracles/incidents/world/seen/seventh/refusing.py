"""Destinations that answer at once, and refuse."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    node_log,
    node_socket_error,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.seventh._sites import REFUSING, default_vpc, named, spoke, stack


@incident(
    source="https://github.com/valkey-io/valkey-glide/issues/2154 (failover in ElastiCache); redis-rs' text",
    expert=named(REFUSING, "the node refuses for a minute and a half while it is replaced, and then serves again"),
)
def valkey_node_is_replaced(case: CaseFolder) -> None:
    place = stack(case, "Sitzung", "10.36")
    own = case.group("sitzung-valkey", [allow(6379, place.group)])
    cache = case.cache("sitzung-0001-001", place.isolated[1], [own])
    case.function(
        "sitzung-pruefen",
        place.private,
        [place.group],
        runtime="provided.al2023",
        timeout=5,
        Handler="bootstrap",
        Architectures=["arm64"],
    )
    failed = (
        '{"timestamp":"2026-11-20","level":"ERROR","fields":{"message":"session lookup '
        'failed","error":"Connection '
        'refused (os error 111)"},"target":"sitzung::store"}\n'
    )
    calls = Traffic(case, "sitzung-pruefen")
    calls.good(310, 0, 47, seconds=0.01)
    calls.bad(22, 47.1, 48.6, failed, seconds=0.02)
    calls.good(84, 48.7, 60, seconds=0.01)
    calls.write(period=300)
    case.yaml(
        functions=["sitzung-pruefen"],
        destinations={
            "valkey": {
                "name": "master.sitzung.p4w1ab.euc1.cache.amazonaws.com",
                "port": 6379,
                "addresses": [cache["PrivateIpAddress"]],
            }
        },
    )


@incident(
    source="https://www.smplogs.com/patterns/lambda/connection-errors (ECONNREFUSED), an EC2 with the wrong port",
    expert=named(REFUSING, "the host answers each attempt on 6432 with a reset: nothing listens on that port", "db"),
)
def bouncer_listens_elsewhere(case: CaseFolder) -> None:
    place = default_vpc(case)
    own = case.group("launch-wizard-4", [allow((5432, 6432), "172.31.0.0/16"), allow(22, "203.0.113.9/32")])
    box = case.interface("pgbouncer", place.subnets[2], [own], description="")
    address = box["PrivateIpAddress"]
    case.function("tagesumsatz", place.subnets, [place.group], runtime="nodejs18.x", timeout=3)
    calls = Traffic(case, "tagesumsatz")
    calls.bad(
        25,
        0,
        60,
        node_log("INFO", "Umsatz für", "2026-11-19"),
        node_socket_error("ECONNREFUSED", address=address, port=6432),
        seconds=0.05,
    )
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/vpc-endpoints", "ec2/nat-gateways")
    case.yaml(functions=["tagesumsatz"], destinations={"db": {"name": address, "port": 6432, "addresses": [address]}})


@incident(
    source="https://github.com/dpkp/kafka-python/issues/2116 (Kafka on EC2 from Lambda), with advertised "
    "listeners of localhost",
    expert=named(
        REFUSING, "after the bootstrap it connects to the broker as localhost, where nobody listens", "localhost"
    ),
)
def broker_that_calls_itself_localhost(case: CaseFolder) -> None:
    failed = python_error(
        "KafkaTimeoutError",
        "KafkaTimeoutError: Failed to update metadata after 20.0 secs.",
        ("/var/task/kafka/producer/kafka.py", 740, "_wait_on_metadata", "raise Errors.KafkaTimeoutError("),
    )
    good = python_log(
        "INFO",
        "<BrokerConnection node_id=bootstrap-0 host=10.3.1.25:9092 <connecting> [IPv4 "
        "('10.3.1.25', 9092)]>: Connection complete.",
    )
    refused = python_log(
        "ERROR",
        "Connect attempt to <BrokerConnection node_id=1 host=localhost:9092 "
        "<connecting> [IPv4 "
        "('127.0.0.1', 9092)]> returned error 111. Disconnecting.",
    )
    warned = python_log(
        "WARNING",
        "<BrokerConnection node_id=1 host=localhost:9092 <connecting> [IPv4 ('127.0.0.1', "
        "9092)]> connect failed: KafkaConnectionError: 111 ECONNREFUSED",
    )
    case.region = "us-west-2"
    calls = Traffic(case, "publish-receipt")
    calls.bad(29, 3, 57, good, refused, warned, failed, seconds=20.8)
    calls.write(zeros=False)
    case.yaml(functions=["publish-receipt"], destinations={"kafka": {"name": "10.3.1.25", "port": 9092}})


@incident(
    source="composed: targets behind an NLB whose process is not running (NLB metrics, .NET's SocketException 111)",
    expert=named(REFUSING, "the load balancer's targets are all unhealthy and reset each connection from 12:14 on"),
)
def load_balancer_with_unhealthy_targets(case: CaseFolder) -> None:
    place = spoke(case, "filial-prod", "10.212")
    host = "preis.intern.example"
    nlb = [
        case.interface(
            f"nlb-{n}",
            place.data[n],
            [],
            description="ELB net/preis-intern/3f2a9c1e7b6d5a40",
            type="network_load_balancer",
            requester="amazon-elb",
        )
        for n in range(3)
    ]
    case.function("preisabfrage", place.app, [place.group], runtime="dotnet8", timeout=10)
    failed = dotnet_error(
        f"System.Net.Http.HttpRequestException: Connection refused ({host}:8443)",
        "System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port, HttpRequestMessage initial)",
        "Filiale.Preise.Client.GetAsync(String ean) in /src/Preise/Client.cs:line 52",
        inner="System.Net.Sockets.SocketException (111): Connection refused",
    )
    calls = Traffic(case, "preisabfrage")
    calls.good(80, 0, 14, seconds=0.05)
    calls.bad(240, 14.1, 60, failed, seconds=0.04)
    calls.write()
    of = {"TargetGroup": "targetgroup/preis-8443/9b1c", "LoadBalancer": "net/preis-intern/3f2a9c1e7b6d5a40"}
    for name, values, stat in (
        ("HealthyHostCount", [3.0] * 14 + [0.0] * 46, "Minimum"),
        ("UnHealthyHostCount", [0.0] * 14 + [3.0] * 46, "Maximum"),
        ("TCP_Target_Reset_Count", [None] * 14 + about(21, 46, 0.2), "Sum"),
    ):
        case.metric("AWS/NetworkELB", name, of, values, stat=stat, file="nlb")
    case.yaml(
        functions=["preisabfrage"],
        destinations={"preis": {"name": host, "port": 8443, "addresses": [one["PrivateIpAddress"] for one in nlb]}},
    )
