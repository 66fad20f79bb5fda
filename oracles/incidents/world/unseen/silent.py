"""Destinations that say nothing, and destinations that refuse."""

from __future__ import annotations

from datetime import datetime

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    java_error,
    node_log,
    python_log,
    python_traceback,
)
from oracles.incidents.world.unseen._land import (
    DARK,
    REFUSING,
    begin,
    named,
    node_text,
    small,
    spoke,
    stamped,
    to,
)


@incident(
    source="composed: a vendor's outage, seen behind a NAT gateway that carries others well",
    expert=named(DARK, "only the vendor's host is silent for 18 minutes, another one works over the same gateway",
                 "plagscan",
                 lacks=("postmark",)),
)  # fmt: skip
def plagiarism_vendor_outage(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 2, 10)
    place = small(case, "abgabe", "10.33")
    case.function("check-abgabe", [place.one, place.two], [place.fn], timeout=45)
    bad = python_traceback(
        "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='api.plagscan.eu', port=443): "
        "Max retries exceeded with "
        "url: /v3/documents (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection "
        "object at 0x7f6a1b2c7d30>, "
        "'Connection to api.plagscan.eu timed out. (connect timeout=8)'))",
    )
    sent = python_log("INFO", "POST https://api.postmarkapp.com/email 200")
    calls = Traffic(case, "check-abgabe")
    calls.good(130, 0, 21.8, python_log("INFO", "POST https://api.plagscan.eu/v3/documents 202"), sent, seconds=0.9)
    calls.bad(104, 22, 40, bad, sent, seconds=8.4, error=False)
    calls.good(120, 40.2, 60, python_log("INFO", "POST https://api.plagscan.eu/v3/documents 202"), sent, seconds=0.9)
    calls.write()
    case.nat_metrics(place.nat, errors=[0.0] * 60, active=about(24, 60), drops=[None] * 60)
    case.yaml(functions=["check-abgabe"], destinations={
        "plagscan": to("api.plagscan.eu", 443, "185.21.102.44"),
        "postmark": to("api.postmarkapp.com", 443)})  # fmt: skip


@incident(
    source="composed: pgjdbc's text, a database whose host is gone for three minutes",
    expert=named(
        DARK, "the way is open before, after and by its rules; for three minutes the database's host is silent"
    ),
)
def database_host_lost(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 3, 3)
    place = small(case, "tarife", "10.46")
    own = case.group("tarife-db", [allow(5432, place.fn)])
    db = case.database("tarife", place.two, [own])
    host = "tarife.cluster-ckd81.eu-central-1.rds.amazonaws.com"
    case.function("tarif-mailer", [place.two], [place.fn], runtime="nodejs22.x")
    mailer = Traffic(case, "tarif-mailer")
    mailer.good(90, 0, 60, node_log("INFO", "queue empty"), seconds=0.1)
    mailer.write(log=False)
    case.function("tarif-rechner", [place.one, place.two], [place.fn], runtime="java17", timeout=29)
    bad = java_error(
        "org.postgresql.util.PSQLException: The connection attempt failed.",
        "org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)",
        causes=("java.net.SocketTimeoutException: Connect timed out",),
    )
    calls = Traffic(case, "tarif-rechner")
    calls.good(200, 0, 30.9, seconds=0.11)
    calls.bad(38, 31, 34, bad, seconds=10.03)
    calls.good(170, 34.3, 60, seconds=0.12)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "tarife"},
                [*about(11, 31), None, None, None, *about(9, 26)], stat="Average")  # fmt: skip
    case.yaml(
        functions=["tarif-rechner", "tarif-mailer"], destinations={"aurora": to(host, 5432, db["PrivateIpAddress"])}
    )


@incident(
    source="composed: opensearch-py's text; the domain takes connections and answers nothing",
    expert=named(
        DARK, "connections are taken, and not even the ping is answered in ten seconds until the domain is back"
    ),
)
def search_accepts_and_is_mute(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 4, 15)
    place = spoke(case, "busca", "10.170")
    own = case.group("busca-os", [allow(443, place.fn)])
    node = case.interface("os1", place.data[1], [own], description="ES busca-cursos", requester="amazon-elasticsearch")
    host = "vpc-busca-cursos-w2.sa-east-1.es.amazonaws.com"
    case.function("busca", place.compute, [place.fn], runtime="python3.11", timeout=30)
    read = f"ReadTimeoutError(HTTPSConnectionPool(host='{host}', port=443): Read timed out. (read timeout=10))"
    lines = (
        python_log("WARNING", "HEAD https://" + host + ":443/ [status:N/A request:10.009s]"),
        python_traceback(f"opensearchpy.exceptions.ConnectionTimeout: ConnectionTimeout caused by - {read}"),
    )
    calls = Traffic(case, "busca")
    calls.good(300, 0, 14.7, seconds=0.06)
    calls.bad(350, 14.9, 44, *lines, seconds=20.2)
    calls.good(300, 44.5, 60, seconds=0.06)
    calls.write()
    case.metric("AWS/ES", "Nodes", {"DomainName": "busca-cursos", "ClientId": "482917306154"},
                [*[3.0] * 15, *[None] * 29, *[3.0] * 16], stat="Minimum")  # fmt: skip
    case.metric("AWS/ES", "CPUUtilization", {"DomainName": "busca-cursos", "ClientId": "482917306154"},
                [*about(22, 15), *[None] * 29, *about(31, 16)], stat="Maximum")  # fmt: skip
    case.yaml(functions=["busca"], destinations={"search": to(host, 443, node["PrivateIpAddress"])})


@incident(
    source="composed: reqwest's text; a vendor's PrivateLink endpoint that nobody answers behind",
    expert=named(
        DARK, "the endpoint's interface and rules are open and worked until 08:30, then nothing answers behind it"
    ),
)
def privatelink_vendor(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 28, 8)
    place = spoke(case, "strom", "10.180")
    doors = case.group("strom-vpce-vendor", [allow(443, place.fn)])
    door = case.interface_endpoint("com.amazonaws.vpce.eu-central-1.vpce-svc-0a61c7e2d9f3b5a84", place.compute, [doors],
                                   private_dns=False)  # fmt: skip
    host = door["DnsEntries"][0]["DnsName"]
    case.function("spot-preise", place.compute, [place.fn], runtime="provided.al2023", timeout=30)
    bad = stamped(
        f"ERROR spot_preise: error sending request for url (https://{host}/prices/de-lu): client error "
        "(Connect): operation timed out"
    )
    calls = Traffic(case, "spot-preise")
    calls.good(95, 0, 15, stamped(" INFO spot_preise: 96 prices"), seconds=0.08)
    calls.bad(230, 15.1, 60, bad, seconds=5.02)
    calls.write(period=300)
    case.without("ec2/vpcs", "ec2/dhcp")
    case.yaml(functions=["spot-preise"], destinations={"preise": to(host, 443)})


@incident(
    source="composed: go-redis' text while a node restarts, retried",
    expert=named(REFUSING, "for two minutes the cache's host refuses connections, before and after it works"),
)
def redis_patch_night(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 29, 1)
    place = small(case, "quizlive", "10.55")
    own = case.group("quizlive-redis", [allow(6379, place.fn)])
    cache = case.cache("quizlive-001", place.one, [own])
    address = cache["PrivateIpAddress"]
    case.function("live-score", [place.one, place.two], [place.fn], runtime="provided.al2023", timeout=6)
    calls = Traffic(case, "live-score")
    calls.bad(3, -52, -50, go_log(f"publish: dial tcp {address}:6379: i/o timeout"), seconds=5.0)
    calls.good(240, 0, 26.9, go_log("ok"), seconds=0.01)
    calls.bad(29, 27, 29, go_log(f"WARN retrying: dial tcp {address}:6379: connect: connection refused"),
              go_log(f"publish: dial tcp {address}:6379: connect: connection refused"), seconds=1.6)  # fmt: skip
    calls.good(280, 29.1, 60, go_log("ok"), seconds=0.01)
    calls.write(tail=True)
    case.yaml(functions=["live-score"], destinations={
        "redis": to("quizlive.z1k.0001.euc1.cache.amazonaws.com", 6379, address)})  # fmt: skip


@incident(
    source="https://github.com/confluentinc/confluent-kafka-dotnet/issues/1731 (like it; librdkafka's text)",
    expert=named(REFUSING, "the broker tells its clients to come to localhost:9092, where nobody listens"),
)
def advertised_listener(case: CaseFolder) -> None:
    begin(case, "eu-central-1", 30, 13, 30)
    bad = dotnet_error(
        "Confluent.Kafka.ProduceException`2[System.String,System.String]: Local: Message timed out",
        "Confluent.Kafka.Producer`2.ProduceAsync(TopicPartition topicPartition, Message`2 message)",
    )
    said = lambda moment: (  # noqa: E731
        f"%3|{datetime.fromisoformat(moment.time).timestamp():.3f}|FAIL|rdkafka#producer-1| "
        "[thrd:localhost:9092/1]: localhost:9092/1: "
        "Connect to ipv4#127.0.0.1:9092 "
        "failed: Connection refused (after 0ms in state CONNECT, 30 identical error(s) suppressed)\n"
    )
    calls = Traffic(case, "event-writer")
    calls.bad(15, 0, 30, said, bad, seconds=30.1)
    calls.write()
    case.yaml(functions=["event-writer"])


@incident(
    source="composed: undici's text; an ECS service in deployment behind Cloud Map",
    expert=Expert((REFUSING,), (REFUSING,), Headline.NAMED,
                  "one of two addresses of the inner service refuses, the other works; NAT errors "
                  "are of the hour before",
                  (), ("NAT gateway",)),
)  # fmt: skip
def ecs_task_gone(case: CaseFolder) -> None:
    begin(case, "sa-east-1", 12, 12)
    place = small(case, "campanha", "10.77")
    own = case.group("campanha-ecs", [allow(8080, place.fn)])
    tasks = [case.interface(f"task{n}", place.two, [own],
                            description="arn:aws:ecs:sa-east-1:482917306154:attachment/7d")
             for n in (1, 2)]  # fmt: skip
    gone = tasks[1]["PrivateIpAddress"]
    case.function("campanha-bff", [place.one, place.two], [place.fn], runtime="nodejs22.x", timeout=10)
    bad = node_text(
        "TypeError: fetch failed\n    at node:internal/deps/undici/undici:13502:13 {\n  [cause]: "
        "Error: connect ECONNREFUSED "
        f"{gone}:8080\n      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) "
        f"{{\n    errno: -111,\n    code: "
        f"'ECONNREFUSED',\n    syscall: 'connect',\n    address: '{gone}',\n    port: 8080\n  }}\n}}"
    )
    calls = Traffic(case, "campanha-bff")
    calls.good(300, 0, 60, node_log("INFO", "GET campaigns.local:8080/v1 200"), seconds=0.05)
    calls.bad(110, 18, 37, bad, seconds=0.03, error=False)
    calls.write(zeros=False)
    case.nat_metrics(place.nat, first=-60, errors=[*[812.0, 1_420.0, 377.0], *[0.0] * 117], active=about(900, 120))
    case.yaml(functions=["campanha-bff"], destinations={
        "campaigns": to("campaigns.local", 8080, tasks[0]["PrivateIpAddress"], gone)})  # fmt: skip
