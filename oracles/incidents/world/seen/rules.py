"""Security groups and network ACLs that let a connection, or its answers, not through."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    entry,
    incident,
    java_error,
    node_error,
    open_entries,
    python_error,
)
from oracles.incidents.world.seen._sites import (
    PYMYSQL,
    ioredis_timeout,
    mysql2_timeout,
    psycopg2_error,
    requests_timeout,
    site,
)

BLOCKED = "route-or-rule-blocked"
DARK = "destination-not-answering"
ORDERS = "orders.cluster-cq2x7e1b9zzt.us-east-1.rds.amazonaws.com"


def _blocked(because: str, *says: str) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says)


@incident(
    source="https://www.smplogs.com/patterns/lambda/connection-errors (outbound rules that block the "
    "destination's port)",
    expert=_blocked("the function's group lets out 443 only, and the database listens on 5432", "lambda-egress"),
)
def egress_lacks_the_port_of_the_database(case: CaseFolder) -> None:
    place = site(case)
    group = case.group("lambda-egress", egress=[allow(443, "0.0.0.0/0", note="HTTPS out")])
    own = case.group("orders-db", [allow(5432, group)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [group], timeout=30)
    calls = Traffic(case, "place-order")
    calls.bad(72, 0, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "timeout expired"), seconds=5.1)
    calls.write()
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://www.webuildup.live/2026/04/lambda-connecting-to-private-rds-vpc.html",
    expert=_blocked("the database's group lets in the web servers' group, not the function's", "orders-db"),
)
def database_group_does_not_know_the_function(case: CaseFolder) -> None:
    place = site(case)
    web = case.group("web", [allow(443, "0.0.0.0/0")])
    own = case.group("orders-db", [allow(5432, web, note="from ECS")])
    db = case.database("orders", place.data_a, [own])
    case.interface("web-1", place.private_a, [web], description="arn:aws:ecs:us-east-1:482917306154:attachment/1f0c")
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.bad(60, 0, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "timeout expired"), seconds=5.1)
    calls.write(zeros=False)
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"}, [12.0, 11.0, 12.0, 13.0] * 15,
                stat="Average")  # fmt: skip
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="AWS re:Post: Lambda cannot connect to Aurora PostgreSQL, security group allows MySQL/Aurora (3306)",
    expert=_blocked("the group of the database lets in 3306, and PostgreSQL listens on 5432", "aurora"),
)
def database_group_lets_in_another_port(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("aurora", [allow(3306, place.app, note="MYSQL/Aurora")])
    db = case.database("orders", place.data_b, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], runtime="java21", timeout=30)
    failed = java_error(
        "org.postgresql.util.PSQLException: The connection attempt failed.",
        "org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)",
        causes=("java.net.SocketTimeoutException: Connect timed out",),
    )
    calls = Traffic(case, "place-order")
    calls.bad(54, 0, 60, failed, seconds=10.2)
    calls.write()
    case.without("ec2/addresses")
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/redis/ioredis/issues/1042 (ETIMEDOUT connecting to AWS Elasticache)",
    expert=_blocked("the cache's group lets in only members of itself, and the function is none", "sessions-cache"),
)
def cache_group_lets_in_only_itself(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("sessions-cache")
    own["IpPermissions"] = [allow(6379, own)]
    cache = case.cache("sessions-001", place.data_a, [own])
    case.function("session", [place.private_a], [place.app], runtime="nodejs20.x", timeout=12)
    host = "sessions.x7k2lq.0001.use1.cache.amazonaws.com"
    calls = Traffic(case, "session")
    calls.bad(80, 0, 60, ioredis_timeout(), timeout=12)
    calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=["session"], destinations={
        "sessions": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/lambda-rds-database-timeouts",
    expert=_blocked("it worked until 12:24; the rule that let the function in is not in the database's group "
                    "(any more)",
                    "orders-db"),
)  # fmt: skip
def rule_is_gone_since_the_last_deployment(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(3306, "10.0.12.0/22", note="app subnets")])
    db = case.database("orders", place.data_a, [own], "10.0.20.51")
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.good(48, 0, 23.9, seconds=0.09)
    failed = python_error("OperationalError", f"(2003, \"Can't connect to MySQL server on '{ORDERS}' (timed out)\")",
                          PYMYSQL)  # fmt: skip
    calls.bad(75, 24, 60, failed, seconds=5.1)
    calls.write()
    case.yaml(functions=["place-order"], reported="since the 12:24 deployment of the database stack", destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


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
    source="AWS Docs: Control subnet traffic with network access control lists (a lower rule number comes first)",
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
    source="AWS re:Post: NACL on database subnet blocks return traffic to Lambda (outbound ephemeral ports)",
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


@incident(
    source="https://github.com/jeremydaly/serverless-mysql/issues/132 (connect ETIMEDOUT while connecting "
           "lambda to RDS)",
    expert=Expert((), (BLOCKED, DARK), Headline.OPEN,
                  "all fail from the start, which looks like a rule, but no file tells of the security groups"),
)  # fmt: skip
def security_groups_were_not_collected(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db")
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=20)
    calls = Traffic(case, "place-order")
    calls.bad(52, 0, 60, mysql2_timeout(), seconds=10.0)
    calls.write()
    case.without("ec2/security-groups")
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://www.smplogs.com/patterns/lambda/connection-errors (28 invocations failed with connection errors)",
    expert=Expert((), (BLOCKED, DARK), Headline.OPEN,
                  "only a log: every connect to the provider times out; nothing tells of the way there"),
)  # fmt: skip
def only_a_log_of_timeouts(case: CaseFolder) -> None:
    failed = node_error(
        "timeout of 8000ms exceeded",
        "AxiosError",
        code="ECONNABORTED",
        stack=("RedirectableRequest.handleRequestTimeout (/var/task/node_modules/axios/dist/node/axios.cjs:3254:16)",),
    )
    calls = Traffic(case, "submit-form")
    calls.bad(28, 0, 60, failed, seconds=8.1)
    calls.write(metrics=False)
    case.yaml(functions=["submit-form"], destinations={"forms": {"name": "api.forms.example", "port": 443}})


@incident(
    source="https://newbetuts.com/69415388-accessing-rds-from-lambda (group to group rules)",
    expert=_blocked("the new function has another group than the old one, which the database's group lets in",
                    "orders-db"),
)  # fmt: skip
def new_function_works_not_while_the_old_one_does(case: CaseFolder) -> None:
    place = site(case)
    old = case.group("lambda-v1")
    own = case.group("orders-db", [allow(5432, old, "10.0.1.0/24")])
    db = case.database("orders", place.data_a, [own])
    case.function("orders-v1", [place.private_a, place.private_b], [old], timeout=30)
    case.function("orders-v2", [place.private_a, place.private_b], [place.app], timeout=30)
    before = Traffic(case, "orders-v1")
    before.good(120, 0, 60, seconds=0.07)
    before.write()
    calls = Traffic(case, "orders-v2")
    calls.bad(31, 0, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "timeout expired"), seconds=5.1)
    calls.write()
    case.yaml(functions=["orders-v1", "orders-v2"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
