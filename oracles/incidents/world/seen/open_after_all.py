"""Routes and rules that look as if they blocked, and do not: what fails is something else."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    aws_id,
    entry,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    open_entries,
    python_error,
    route,
)
from oracles.incidents.world.seen._sites import BOTOCORE, inner, psycopg2_error, requests_timeout, site, table_of

FULL = "destination-connection-limit"
DARK = "destination-not-answering"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@incident(
    source="https://newbetuts.com/69415388-accessing-rds-from-lambda (instances of the same security group)",
    expert=_named(
        FULL, "the group lets in its own members, and the function is one; Redis itself says that it is full"
    ),
)
def function_shares_the_group_of_the_cache(case: CaseFolder) -> None:
    place = site(case)
    shared = case.group("shared")
    shared["IpPermissions"] = [allow(6379, shared)]
    cache = case.cache("queue-001", place.data_a, [shared])
    case.function("enqueue", [place.private_a, place.private_b], [shared], runtime="nodejs20.x", timeout=10)
    failed = node_log(
        "ERROR",
        "ReplyError: ERR max number of clients reached\n    at parseError "
        "(/var/task/node_modules/redis-parser/lib/parser.js:179:12)",
    )
    calls = Traffic(case, "enqueue")
    calls.good(300, 0, 60, seconds=0.05)
    calls.bad(64, 20, 31, failed, seconds=0.1)
    calls.write()
    host = "queue-001.x7k2lq.0001.use1.cache.amazonaws.com"
    case.yaml(
        functions=["enqueue"],
        destinations={"queue": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}},
    )


@incident(
    source="https://megabyteland.blogspot.com/2019/04/aws-network-access-control-list-acl.html (the order of rules)",
    expert=_named(
        "destination-refusing", "rule 200 denies what rule 100 has let through before; the database's port refuses"
    ),
)
def deny_stands_behind_the_allow(case: CaseFolder) -> None:
    place = site(case)
    late = [entry(200, way, "deny", 5432, "0.0.0.0/0") for way in ("in", "out")]
    case.acl("hardened", [*open_entries(), *late], [place.private_a, place.private_b, place.data_a])
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.good(90, 0, 41, seconds=0.06)
    calls.bad(33, 41.2, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "Connection refused"), seconds=0.02)
    calls.write()
    case.yaml(
        functions=["place-order"],
        destinations={"orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="https://docs.amazonaws.cn/vpc/latest/userguide/nacl-ephemeral-ports.html (rules that suffice)",
    expert=_named(DARK, "the network ACLs let 443 out and answers in on 1024-65535; from 12:18 on nobody answers"),
)
def acls_of_a_careful_team(case: CaseFolder) -> None:
    place = site(case)
    answers = entry(110, "in", "allow", (1024, 65535), "0.0.0.0/0")
    case.acl("private", [entry(100, "out", "allow", 443, "0.0.0.0/0"), answers], [place.private_a, place.private_b])
    case.acl(
        "public",
        [
            entry(100, "in", "allow", 443, "10.0.0.0/16"),
            answers,
            entry(100, "out", "allow", 443, "0.0.0.0/0"),
            entry(110, "out", "allow", (1024, 65535), "10.0.0.0/16"),
        ],
        [place.public_a, place.public_b],
    )
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(80, 0, 17.8, seconds=0.4)
    calls.bad(180, 18, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    reached = about(4.4, 60)
    case.nat_metrics(place.nat, attempts=reached, established=[*reached[:18], *([0.0] * 42)], errors=[0.0] * 60)
    case.yaml(
        functions=["charge"],
        destinations={"payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}},
    )


@incident(
    source="composed: S3's Slow Down, beside a subnet without the endpoint",
    expert=Expert(
        (), (), Headline.EITHER, "S3 answers, and says Slow Down; the subnet without the endpoint is not its"
    ),
)
def endpoint_misses_a_subnet_that_is_not_used(case: CaseFolder) -> None:
    place = inner(case)
    case.gateway_endpoint("s3", [table_of(case, "private-a")])
    case.function("archive", [place.private_a], [place.app], timeout=30)
    failed = python_error(
        "ClientError",
        "An error occurred (SlowDown) when calling the PutObject operation (reached max retries: 4): Please reduce "
        "your request rate.",
        BOTOCORE,
    )
    calls = Traffic(case, "archive")
    calls.good(400, 0, 60, seconds=0.2)
    calls.bad(41, 22, 30, failed, seconds=3.0)
    calls.write()
    host = "shop-archive.s3.us-east-1.amazonaws.com"
    case.yaml(functions=["archive"], destinations={"archive": {"name": host, "port": 443}})


@incident(
    source="https://github.com/leafo/pgmoon/issues/47 (a database behind a peering connection that works)",
    expert=_named(FULL, "routes of both sides lead through the peering connection; PostgreSQL says that it is full"),
)
def database_behind_a_peering_is_full(case: CaseFolder) -> None:
    place = site(case)
    other = site(case, "data", "10.40")
    peer = case.peering("shop-to-data", "10.40.0.0/16", other.vpc)
    for name in ("private-a", "private-b"):
        table_of(case, name)["Routes"].append(route("10.40.0.0/16", peer))
    for table in case.route_tables:
        if table["VpcId"] == other.vpc["VpcId"]:
            table["Routes"].append(route("10.0.0.0/16", peer))
    own = case.group("warehouse-db", [allow(5432, "10.0.0.0/16")], vpc=other.vpc)
    db = case.database("warehouse", other.data_a, [own])
    case.function("report", [place.private_a, place.private_b], [place.app], timeout=30)
    full = "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute"
    calls = Traffic(case, "report")
    calls.good(130, 0, 60)
    calls.bad(37, 25, 50, psycopg2_error(ORDERS, db["PrivateIpAddress"], full), seconds=0.05)
    calls.write()
    case.yaml(
        functions=["report"],
        destinations={"warehouse": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="composed: a provider's outage, beside the blackhole of a peering connection that is gone",
    expert=_named(DARK, "the blackhole is of another range; the provider, behind the NAT gateway, stops answering"),
)
def blackhole_of_another_range(case: CaseFolder) -> None:
    place = site(case)
    for name in ("private-a", "private-b"):
        table_of(case, name)["Routes"].append(route("10.77.0.0/16", aws_id("pcx", "gone"), "blackhole"))
    case.function("charge", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "charge")
    calls.good(98, 0, 23.9, seconds=0.4)
    calls.bad(150, 24, 60, requests_timeout("api.payments.example"), seconds=10.1)
    calls.write()
    case.without("ec2/vpc-peering-connections")
    case.yaml(
        functions=["charge"],
        destinations={"payments": {"name": "api.payments.example", "port": 443, "addresses": ["34.203.18.77"]}},
    )


@incident(
    source="composed: an endpoint that is asked by its own name, and a service that throttles",
    expert=Expert(
        (), (), Headline.EITHER, "the endpoint's own name needs no private DNS; the service answers, and throttles"
    ),
)
def private_dns_is_off_and_not_needed(case: CaseFolder) -> None:
    place = inner(case)
    guard = case.group("vpce-guard", [allow(443, place.app)])
    made = case.interface_endpoint("secretsmanager", [place.private_a, place.private_b], [guard], private_dns=False)
    own = made["DnsEntries"][0]["DnsName"]
    case.function("rotate", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error(
        "ClientError",
        "An error occurred (ThrottlingException) when calling the GetSecretValue operation (reached max retries: 4): "
        "Rate exceeded",
        BOTOCORE,
    )
    calls = Traffic(case, "rotate")
    calls.good(350, 0, 60, seconds=0.1)
    calls.bad(52, 12, 16, failed, seconds=4.0)
    calls.write()
    case.function_metrics("rotate", throttles=[0.0] * 60)
    case.yaml(functions=["rotate"], destinations={"secrets": {"name": own, "port": 443}})


@incident(
    source="https://github.com/localstack/localstack/issues/7155 (beside an endpoint that nobody calls)",
    expert=_named(
        "dns-failure", "the closed endpoint is of a service that is not called; the API's name is not resolved"
    ),
)
def closed_endpoint_of_another_service(case: CaseFolder) -> None:
    place = site(case)
    guard = case.group("vpce-guard", [allow(443, "10.0.99.0/24")])
    case.interface_endpoint("ssm", [place.private_a, place.private_b], [guard])
    host = "api.partner.example"
    case.function("poll", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=20)
    failed = node_error(
        f"getaddrinfo EAI_AGAIN {host}", errno=-3001, code="EAI_AGAIN", syscall="getaddrinfo", hostname=host
    )
    calls = Traffic(case, "poll")
    calls.good(120, 0, 60)
    calls.bad(34, 30, 36, failed, seconds=5.1)
    calls.write()
    case.yaml(functions=["poll"], destinations={"partner": {"name": host, "port": 443}})


@incident(
    source="https://github.com/appleboy/gorush/issues/347 (egress of 443 only, which suffices)",
    expert=_named("tls-handshake-timeout", "443 is let out and the connects are answered; the handshakes are not"),
)
def egress_of_443_suffices(case: CaseFolder) -> None:
    place = site(case)
    group = case.group("lambda-egress", egress=[allow(443, "0.0.0.0/0"), allow(443, "pl-63a5400a")])
    case.function("push", [place.private_a, place.private_b], [group], runtime="provided.al2023", timeout=30)
    text = 'Post "https://push.mobile.example/v1/send": net/http: TLS handshake timeout'
    calls = Traffic(case, "push")
    calls.good(210, 0, 60, go_log("sent"), seconds=0.3)
    calls.bad(70, 15, 38, go_log(text), seconds=10.0)
    calls.write()
    case.yaml(
        functions=["push"],
        destinations={"push": {"name": "push.mobile.example", "port": 443, "addresses": ["64.233.180.95"]}},
    )


@incident(
    source="https://github.com/brianc/node-postgres/issues/2112 (rules by address, one for each subnet)",
    expert=_named(
        "idle-timeout-reset", "each subnet has its own rule in the database's group; pooled connections went stale"
    ),
)
def rules_by_the_blocks_of_the_subnets(case: CaseFolder) -> None:
    place = site(case)
    own = case.group(
        "orders-db", [allow(5432, "10.0.10.0/24", note="private-a"), allow(5432, "10.0.11.0/24", note="private-b")]
    )
    db = case.database("orders", place.data_b, [own])
    case.function("nightly", [place.private_a, place.private_b], [place.app], runtime="java17", timeout=30)
    failed = java_error(
        "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.",
        "org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:398)",
        causes=("java.net.SocketException: Connection reset",),
    )
    calls = Traffic(case, "nightly")
    for pause in range(0, 55, 11):
        calls.bad(1 if pause else 0, pause + 0.1, pause + 0.2, failed, seconds=0.02)
        calls.good(4, pause + 0.4, pause + 1, "stored\n", seconds=0.08)
    calls.write()
    case.yaml(
        functions=["nightly"],
        destinations={"orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )
