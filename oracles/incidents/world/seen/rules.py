"""Security groups that let a connection not through."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    incident,
    java_error,
    node_error,
    python_error,
)
from oracles.incidents.world.seen._sites import (
    PYMYSQL,
    ioredis_timeout,
    mysql2_timeout,
    psycopg2_error,
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
    source="https://github.com/aws/aws-lambda-dotnet/issues/288 (security group related)",
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
    source="https://github.com/binxio/cfn-mysql-user-provider/issues/11 (grant the group of the lambda access)",
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
