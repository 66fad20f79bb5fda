"""Network ACLs that drop a connection, or its answers."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    entry,
    incident,
    open_entries,
    python_error,
)
from oracles.incidents.world.seen._sites import (
    mysql2_timeout,
    psycopg2_error,
    requests_timeout,
    site,
)

BLOCKED = "route-or-rule-blocked"
ORDERS = "orders.cluster-cq2x7e1b9zzt.us-east-1.rds.amazonaws.com"


def _blocked(because: str, *says: str) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says)


@incident(
    source="https://docs.amazonaws.cn/vpc/latest/userguide/nacl-ephemeral-ports.html (Lambda functions use 1024-65535)",
    expert=_blocked("its subnet's network ACL lets answers in on 32768-60999 only: more than half of them are dropped",
                    "private-a"),
)  # fmt: skip
def own_acl_lets_in_half_of_the_answers(case: CaseFolder) -> None:
    place = site(case)
    case.acl("private", [
        entry(100, "out", "allow", None, "0.0.0.0/0", "all"),
        entry(100, "in", "allow", 443, "10.0.0.0/16"),
        entry(110, "in", "allow", (32768, 60999), "0.0.0.0/0"),
    ], [place.private_a])  # fmt: skip
    case.function("webhook", [place.private_a], [place.app], timeout=15)
    calls = Traffic(case, "webhook")
    # 28,232 of the 64,512 ports get an answer: 44 %.
    calls.good(79, 0, 60)
    calls.bad(101, 0, 60, requests_timeout("events.partner.example", "/hook"), seconds=10.1)
    calls.write()
    reached = [3.0] * 60
    case.nat_metrics(place.nat, attempts=reached, established=reached, errors=[0.0] * 60)
    case.yaml(functions=["webhook"], destinations={"partner": {"name": "events.partner.example", "port": 443,
                                                               "addresses": ["35.171.92.14"]}})  # fmt: skip


@incident(
    source="https://www.repost.aws/questions/QUXCMnwMMtSU2FxazvMv5rKQ/nat-gateway-network-acl-inbound-outbound-rule",
    expert=_blocked("the network ACL of the NAT gateway's subnet lets no answers in: ports 1024 to 65535 are missing",
                    "public"),
)  # fmt: skip
def acl_of_the_nat_gateways_subnet_lets_no_answers_in(case: CaseFolder) -> None:
    place = site(case)
    case.acl("public", [
        entry(100, "out", "allow", None, "0.0.0.0/0", "all"),
        entry(100, "in", "allow", 80, "0.0.0.0/0"),
        entry(110, "in", "allow", 443, "0.0.0.0/0"),
    ], [place.public_a, place.public_b])  # fmt: skip
    case.function("webhook", [place.private_a, place.private_b], [place.app], timeout=15)
    calls = Traffic(case, "webhook")
    calls.bad(58, 0, 60, requests_timeout("events.partner.example", "/hook"), seconds=10.1)
    calls.write()
    case.nat_metrics(place.nat, attempts=[1.0] * 58 + [0.0] * 2, established=[0.0] * 60, errors=[0.0] * 60)
    case.yaml(functions=["webhook"], destinations={"partner": {"name": "events.partner.example", "port": 443,
                                                               "addresses": ["35.171.92.14"]}})  # fmt: skip


@incident(
    source="https://goatwu1993.github.io/blog/posts/aws/vpc-nacl (stateless rules of the other subnet)",
    expert=_blocked("the network ACL of the database's subnet lets in 5432 from private-b, not from private-a",
                    "data-a"),
)  # fmt: skip
def acl_of_the_databases_subnet(case: CaseFolder) -> None:
    place = site(case)
    case.acl("data", [
        entry(100, "in", "allow", 5432, "10.0.11.0/24"),
        entry(100, "out", "allow", (1024, 65535), "10.0.0.0/16"),
    ], [place.data_a, place.data_b])  # fmt: skip
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.bad(66, 0, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "timeout expired"), seconds=5.1)
    calls.write(period=300)
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://megabyteland.blogspot.com/2019/04/aws-network-access-control-list-acl.html (the order of rules)",
    expert=_blocked("rule 90 of its subnet's network ACL denies 6379 before rule 100 allows everything", "private-a"),
)
def own_acl_denies_the_port_first(case: CaseFolder) -> None:
    place = site(case)
    case.acl("hardened", [entry(90, "out", "deny", 6379, "0.0.0.0/0"), *open_entries()],
             [place.private_a, place.private_b])  # fmt: skip
    own = case.group("cache", [allow(6379, place.app)])
    cache = case.cache("rates-001", place.data_a, [own])
    case.function("price", [place.private_a], [place.app], timeout=6)
    host = "rates.x7k2lq.ng.0001.use1.cache.amazonaws.com"
    failed = python_error(
        "TimeoutError",
        "Timeout connecting to server",
        ("/var/task/redis/connection.py", 385, "connect", 'raise TimeoutError("Timeout connecting to server")'),
    )
    calls = Traffic(case, "price")
    calls.bad(95, 0, 60, failed, seconds=5.1)
    calls.write()
    case.yaml(functions=["price"], destinations={
        "rates": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://www.repost.aws/questions/QUXCMnwMMtSU2FxazvMv5rKQ/nat-gateway-network-acl-inbound-outbound-rule",
    expert=_blocked("the answers of the database cannot leave its subnet: the outbound rules allow 443 only", "data-b"),
)
def answers_cannot_leave_the_databases_subnet(case: CaseFolder) -> None:
    place = site(case)
    case.acl("data-b", [
        entry(100, "in", "allow", 3306, "10.0.0.0/16"),
        entry(100, "out", "allow", 443, "0.0.0.0/0"),
    ], [place.data_b])  # fmt: skip
    own = case.group("orders-db", [allow(3306, "10.0.0.0/16")])
    db = case.database("orders", place.data_b, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=20)
    calls = Traffic(case, "place-order")
    calls.bad(52, 0, 60, mysql2_timeout(), seconds=10.0)
    calls.write(tail=True, zeros=False)
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
