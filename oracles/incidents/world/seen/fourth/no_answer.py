"""Destinations that fall silent."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    go_log,
    incident,
    java_error,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.fourth._sites import SILENT, default_vpc, early, european, named, to, wizard


@incident(
    source="composed: a payment provider's outage seen by httpx, while another API behind the same NAT gateway answers",
    expert=named(
        SILENT,
        "for 25 minutes nobody at the payment provider answers a SYN; the other API behind the same NAT gateway does",
        "payments",
        lacks=("vonage",),
    ),
)
def payment_provider_is_gone(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    place = wizard(case, "parking")
    assert place.nat
    case.function("pay-ticket", place.private, [place.group], runtime="python3.13", timeout=30)
    lost = python_log(
        "ERROR", "payment failed: POST https://payments.nordicpay.example/v2/intents: ConnectTimeout('timed out')"
    )
    failed = python_error(
        "ConnectTimeout",
        "timed out",
        (
            "/var/task/httpx/_transports/default.py",
            118,
            "map_httpcore_exceptions",
            "raise mapped_exc(message) from exc",
        ),
    )
    sent = python_log("INFO", 'HTTP Request: POST https://rest.nexmo.example/sms/json "HTTP/1.1 200 OK"')
    paid = python_log("INFO", 'HTTP Request: POST https://payments.nordicpay.example/v2/intents "HTTP/1.1 201 Created"')
    calls = Traffic(case, "pay-ticket")
    calls.good(60, 0, 19.9, paid, seconds=0.4)
    calls.bad(81, 20, 45, lost, failed, seconds=5.4)
    calls.good(44, 45.1, 60, paid, seconds=0.5)
    calls.write()
    early(case, "pay-ticket", sent)
    case.nat_metrics(place.nat, active=[4.0, 5.0, 6.0] * 20, errors=[0.0] * 60)
    european(case)
    case.yaml(functions=["pay-ticket"], destinations={
        "payments": to("payments.nordicpay.example", 443), "vonage": to("rest.nexmo.example", 443)})  # fmt: skip


@incident(
    source="composed: an API that accepts and then says nothing (Go: Client.Timeout exceeded while awaiting headers)",
    expert=named(SILENT, "from 12:31 on the API accepts each connection and answers none of the requests"),
)
def api_accepts_and_says_nothing(case: CaseFolder) -> None:
    place = wizard(case, "fleet")
    assert place.nat
    case.function("push-position", place.private, [place.group], runtime="provided.al2023", timeout=30, memory=128)
    text = (
        'Post "https://ingest.trackhub.example/v1/positions": context deadline exceeded '
        "(Client.Timeout exceeded while awaiting headers)"
    )
    calls = Traffic(case, "push-position")
    calls.good(210, 0, 30.9, go_log("stored 1 position"), seconds=0.12)
    calls.bad(198, 31, 60, go_log(text), seconds=15.6)
    calls.write(tail=True, memory=128)
    early(case, "push-position", go_log("httptrace: connected, TLS handshake done in 38ms, reused=false"), tail=True)
    active = [6.0, 7.0, 7.0, 6.0, 8.0] * 6 + [3.0 + minute % 4 for minute in range(30)]
    case.nat_metrics(place.nat, active=active, errors=[None] * 60)
    case.without("ec2/network-acls")
    case.yaml(functions=["push-position"], destinations={"trackhub": to("ingest.trackhub.example", 443)})


@incident(
    source="composed: an ElastiCache node that fails without a failover (texts of Jedis 5)",
    expert=named(
        SILENT, "the cache's node says nothing while CloudWatch has no datapoint of it, and nobody else is at fault"
    ),
)
def cache_node_hangs(case: CaseFolder) -> None:
    home = default_vpc(case)
    own = case.group("quiz-redis", [allow(6379, home.default)])
    cache = case.cache("quiz-001", home.subnets[1], [own])
    host = "quiz.m0n1b2.0001.use1.cache.amazonaws.com"
    case.function("score", home.subnets[:2], [home.default], runtime="java21", timeout=10, memory=1024)
    failed = java_error(
        f"redis.clients.jedis.exceptions.JedisConnectionException: Failed to connect to {host}:6379.",
        "redis.clients.jedis.DefaultJedisSocketFactory.connectToFirstSuccessfulHost(DefaultJedisSocketFactory.java:72)",
        "redis.clients.jedis.Connection.connect(Connection.java:228)",
        causes=("java.net.SocketTimeoutException: Connect timed out",),
    )
    calls = Traffic(case, "score")
    calls.good(230, 0, 24.8, seconds=0.03)
    calls.bad(96, 25, 37, failed, seconds=2.1)
    calls.good(190, 37.3, 60, seconds=0.03)
    calls.write(memory=1024)
    about = {"CacheClusterId": "quiz-001", "CacheNodeId": "0001"}
    load = [11.0, 12.5, 11.8, 12.1, 11.4] * 5
    case.metric(
        "AWS/ElastiCache",
        "EngineCPUUtilization",
        about,
        [*load, *[None] * 12, 3.1, *load[:22]],
        stat="Average",
        file="quiz-001",
    )
    case.metric(
        "AWS/ElastiCache",
        "CurrConnections",
        about,
        [*[float(9 + at % 3) for at in range(25)], *[None] * 12, 2.0, *[float(8 + at % 3) for at in range(22)]],
        stat="Maximum",
        file="quiz-001",
    )
    case.yaml(functions=["score"], destinations={"quiz": to(host, 6379, cache["PrivateIpAddress"])})


@incident(
    source="https://github.com/rethinkdb/rethinkdb/issues/6088 (Lambda to a database on EC2 times out); MongoDB and "
    "Go: composed",
    expert=named(
        SILENT, "the instance of the database fails its status check from 12:18 on, and is silent from that minute"
    ),
)
def instance_fails_its_status_check(case: CaseFolder) -> None:
    home = default_vpc(case)
    own = case.group("launch-wizard-3", [allow(27017, "172.31.0.0/16"), allow(22, "0.0.0.0/0")],
                     Description="launch-wizard-3 created 2025-01-07T19:20:51.102Z")  # fmt: skip
    host = case.interface("mongo", home.subnets[0], [own], description="")
    host["Attachment"].update(InstanceId="i-0b1c22aa90d4e7f15", DeviceIndex=0)
    address = host["PrivateIpAddress"]
    case.function("recipes", home.subnets, [home.default], runtime="provided.al2023", timeout=45)
    text = (
        "server selection error: context deadline exceeded, current topology: { Type: Unknown, Servers: "
        f"[{{ Addr: {address}:27017, Type: Unknown, Last error: dial tcp {address}:27017: i/o timeout }}, ] }}"
    )
    calls = Traffic(case, "recipes")
    calls.good(52, 0, 18, seconds=0.02)
    calls.bad(77, 18.4, 60, go_log(text), seconds=31)
    calls.write(zeros=False)
    case.metric("AWS/EC2", "StatusCheckFailed_Instance", {"InstanceId": "i-0b1c22aa90d4e7f15"}, [0.0] * 18 + [1.0] * 42,
                stat="Maximum")  # fmt: skip
    case.metric("AWS/EC2", "CPUUtilization", {"InstanceId": "i-0b1c22aa90d4e7f15"},
                [31.0, 99.6, 100.0, *[100.0] * 9], stat="Average", period=300)  # fmt: skip
    case.yaml(functions=["recipes"], destinations={"mongo": to(address, 27017, address)})
