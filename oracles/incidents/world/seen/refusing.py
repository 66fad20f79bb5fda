"""Destinations that answer at once, and refuse."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    go_log,
    incident,
    java_error,
    node_socket_error,
    python_error,
    python_log,
)
from oracles.incidents.world.seen._sites import psycopg2_error, site

REFUSING = "destination-refusing"
ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"


def _refusing(because: str, *says: str) -> Expert:
    return Expert((REFUSING,), (REFUSING,), Headline.NAMED, because, says)


@incident(
    source="https://github.com/voxpelli/node-connect-pg-simple/issues/270 (ECONNREFUSED when the RDS is restarted)",
    expert=_refusing("for four minutes the host answers, and nobody listens on the port: the database restarts"),
)
def database_restarts(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = psycopg2_error(ORDERS, db["PrivateIpAddress"], "Connection refused")
    calls = Traffic(case, "place-order")
    calls.good(66, 0, 29.8, seconds=0.06)
    calls.bad(14, 30.2, 34, failed, seconds=0.02)
    calls.good(58, 34.3, 60, seconds=0.07)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                [7.0, 8.0, 7.0, 7.0, 9.0] * 6 + [None] * 4 + [2.0, 5.0] + [7.0, 8.0] * 12, stat="Average")  # fmt: skip
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://www.smplogs.com/patterns/lambda/connection-errors (ECONNREFUSED: the host refused actively)",
    expert=_refusing("the database's host answers each SYN with a reset: nothing listens on 5433"),
)
def the_wrong_port(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow((5432, 5433), place.app)])
    db = case.database("orders", place.data_b, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], runtime="nodejs22.x", timeout=10)
    calls = Traffic(case, "place-order")
    calls.bad(90, 0, 60, node_socket_error("ECONNREFUSED", address=db["PrivateIpAddress"], port=5433), seconds=0.03)
    calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5433, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/redis/redis-py/issues/2744 (Error 111 connecting to localhost:6379. Connection refused)",
    expert=_refusing("it connects to the cache on localhost, where nobody listens: REDIS_HOST is not set", "localhost"),
)
def cache_on_localhost(case: CaseFolder) -> None:
    place = site(case)
    case.function("feature-flags", [place.private_a], [place.app], timeout=5)
    failed = python_error(
        "ConnectionError",
        "Error 111 connecting to localhost:6379. Connection refused.",
        ("/var/task/redis/connection.py", 391, "connect", "raise ConnectionError(self._error_message(e))"),
    )
    calls = Traffic(case, "feature-flags")
    calls.bad(110, 0, 60, failed, seconds=0.01)
    calls.write()
    case.without("ec2", "cloudwatch/nat")
    case.yaml(functions=["feature-flags"])


@incident(
    source="https://www.smplogs.com/patterns/lambda/connection-errors (ECONNREFUSED: the service is down)",
    expert=_refusing("the inner service behind 8080 refuses from 12:40 on, all others are fine"),
)
def inner_service_crashes(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("pricing", [allow(8080, "10.0.0.0/16")])
    host = case.interface("pricing-1", place.private_b, [own], description="Primary network interface",
                          TagSet=[{"Key": "Name", "Value": "pricing"}])  # fmt: skip
    address = host["PrivateIpAddress"]
    case.function("quote", [place.private_a, place.private_b], [place.app], runtime="provided.al2023", timeout=10)
    text = f'Post "http://pricing.internal.example:8080/v1/price": dial tcp {address}:8080: connect: connection refused'
    calls = Traffic(case, "quote")
    calls.good(160, 0, 39.9, go_log("priced"), seconds=0.04)
    calls.bad(84, 40, 60, go_log(text), seconds=0.01)
    calls.write(tail=True)
    case.yaml(functions=["quote"], destinations={
        "pricing": {"name": "pricing.internal.example", "port": 8080, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://github.com/redisson/redisson/issues/4844 (a node is replaced)",
    expert=_refusing("during the failover the old node refuses for a minute; the handler retries and mostly succeeds"),
)
def cache_failover(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("cache", [allow(6379, place.app)])
    cache = case.cache("sessions-001", place.data_a, [own])
    host = "master.sessions.x7k2lq.use1.cache.amazonaws.com"
    address = cache["PrivateIpAddress"]
    case.function("session", [place.private_a, place.private_b], [place.app], runtime="java17", timeout=15)
    failed = java_error(
        f"io.lettuce.core.RedisConnectionException: Unable to connect to {host}/<unresolved>:6379",
        "io.lettuce.core.RedisConnectionException.create(RedisConnectionException.java:78)",
        causes=((f"io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: "
                f"{host}/{address}:6379"),
                "java.net.ConnectException: Connection refused"),
    )  # fmt: skip
    calls = Traffic(case, "session")
    calls.good(140, 0, 17, seconds=0.02)
    calls.bad(11, 17.1, 18.6, failed, seconds=0.9)
    calls.good(320, 18.7, 60, seconds=0.02)
    calls.write(period=300, zeros=False)
    case.yaml(functions=["session"], destinations={
        "sessions": {"name": host, "port": 6379, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: a port exhaustion that is over, and a database that refuses half an hour later",
    expert=_refusing(
        "the NAT gateway's errors ended half an hour before the first refusal, which came from the database"
    ),
)
def refused_long_after_a_port_exhaustion(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("place-order", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "place-order")
    calls.good(96, 0, 41.5, python_log("INFO", "order stored"), seconds=0.06)
    calls.bad(40, 41.6, 60, psycopg2_error(ORDERS, db["PrivateIpAddress"], "Connection refused"), seconds=0.02)
    calls.write()
    # A nightly job of other clients behind the same gateway.
    active = [52_100.0, 55_020.0, 55_060.0, 55_040.0, 31_000.0, 9_000.0, 800.0] + [35.0, 41.0, 38.0, 36.0] * 13 + [37.0]
    errors = [0.0, 2_214.0, 4_870.0, 1_903.0] + [0.0] * 56
    case.nat_metrics(place.nat, active=active, errors=errors)
    case.yaml(functions=["place-order"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
