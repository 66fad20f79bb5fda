"""Connections that were idle, and are found dead at their next use."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Line,
    Traffic,
    allow,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    python_error,
    python_log,
)  # fmt: skip
from oracles.incidents.world.seen.eighth._sites import IDLE, named, tiers


def _after_pauses(calls: Traffic, starts: list[float], line: Line, good: Line, *, error: bool = True) -> None:
    """Bursts with pauses between them: each but the first begins with a failure."""
    for index, start in enumerate(starts):
        if index:
            calls.bad(1, start, start + 0.01, line, seconds=0.03, error=error)
        calls.good(7, start + 0.1, start + 1.5, good, seconds=0.09)


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/1196 (ECONNRESET exceptions when running in Lambda "
    "environment)",
    expert=named(IDLE, "only the first call after a pause of many minutes fails, with a hang-up on a reused socket"),
)
def hang_up_after_each_pause(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    calls = Traffic(case, "visa-slots-poller")
    _after_pauses(calls, [1, 9.5, 19, 29.5, 38, 48.5], node_error(
        "socket hang up", code="ECONNRESET", stack=(
            "connResetException (node:internal/errors:787:14)", "TLSSocket.socketOnEnd (node:_http_client:519:23)",
            "TLSSocket.emit (node:events:530:35)", "endReadableNT (node:internal/streams/readable:1698:12)")),
        node_log("INFO", "slots: 14 (reused socket: true)"))  # fmt: skip
    calls.write(metrics=False)
    case.yaml(functions=["visa-slots-poller"], reported="every first request after a quiet spell fails")


@incident(
    source="https://github.com/brettwooldridge/HikariCP/issues/1796 (Failed to validate connection ... link failure)",
    expert=named(IDLE, "the pooled connections had been idle for more than 20 minutes when they are found dead"),
)
def hikari_finds_them_dead(case: CaseFolder) -> None:
    case.minutes = 120
    place = tiers(case, "bk4-prd", 56)
    own = case.group("bk4-prd-sg-mysql", [allow(3306, place.fn)])
    db = case.database("bk4-mandates", place.data[0], [own])
    case.function("bk4-prd-fn-mandates", place.app, [place.fn], runtime="java17", timeout=30, memory=1024)
    calls = Traffic(case, "bk4-prd-fn-mandates")
    warn = ("WARN  com.zaxxer.hikari.pool.PoolBase - HikariPool-1 - Failed to validate connection com.mysql.cj.jdbc."
            "ConnectionImpl@38555a5b (No operations allowed after connection closed.). Possibly consider using a "
            "shorter maxLifetime value.\n")  # fmt: skip
    dead = [java_error(
        "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\nThe last packet "
        f"successfully received from the server was {received:,} milliseconds ago. The last packet sent "
        f"successfully to the server was {received + 1:,} milliseconds ago.",
        "com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException"
        "(SQLError.java:174)") + ("Caused by: java.net.SocketException: Connection reset\n"
             "\tat java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:328)\n\t... 21 more\n")
        for received in (1_434_574, 1_443_548, 1_436_719, 1_434_571)]  # fmt: skip
    for index, start in enumerate([2.0, 27.3, 52.6, 77.9, 103.2]):
        if index:
            calls.bad(1, start, start + 0.01, warn, dead[index - 1], seconds=0.2)
        calls.good(6, start + 0.1, start + 1.4, seconds=0.11)
    calls.write(memory=1024, period=300)
    case.without("ec2/network-acls")
    case.yaml(functions=["bk4-prd-fn-mandates"], destinations={
        "mandates": {"name": "bk4-mandates.c88a.eu-west-2.rds.amazonaws.com", "port": 3306,
                     "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: AWS docs, NAT gateway idle timeout of 350 s; Go's text of a reset read",
    expert=named(
        IDLE, "reads on kept connections are reset after quiet spells, as the NAT gateway counts idle timeouts"
    ),
)
def nat_cuts_idle_connections(case: CaseFolder) -> None:
    place = tiers(case, "air5-prd", 57, "ca-central-1", gateways=1)
    case.function("air5-prd-fn-crewsync", place.app[:1], [place.fn], runtime="provided.al2023", timeout=15)
    calls = Traffic(case, "air5-prd-fn-crewsync")
    _after_pauses(calls, [0.5, 8, 15.5, 23, 30.5, 38, 45.5, 53], go_log(
        'sync: Put "https://api.crew-vendor.example/v2/rosters": read tcp 169.254.76.1:41822->203.0.113.91:443: read: '
        "connection reset by peer"), go_log("synced 40 rosters"))  # fmt: skip
    calls.write()
    beats: list[float | None] = [None] * 60
    for start in (8, 16, 23, 31, 38, 46, 53):
        beats[start - 1] = 2.0
    case.nat_metrics(place.nats[0], idle=beats, errors=[None] * 60)
    case.yaml(functions=["air5-prd-fn-crewsync"], destinations={
        "crew": {"name": "api.crew-vendor.example", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/polarsource/polar/pull/13859 (lambda: set pool_pre_ping); SQLAlchemy's text",
    expert=named(IDLE, "the database's session was closed while the environment slept; the next statement finds it so"),
)
def sqlalchemy_without_pre_ping(case: CaseFolder) -> None:
    case.minutes = 180
    case.region = "ca-central-1"
    failed = python_error(
        "OperationalError",
        "(psycopg2.OperationalError) SSL connection has been closed unexpectedly\n\n[SQL: SELECT "
        "claims.id, claims.state FROM claims WHERE claims.id = %(id_1)s]\n(Background on this error at: "
        "https://sqlalche.me/e/20/e3q8)",
        ("/opt/python/sqlalchemy/engine/default.py", 941, "do_execute", "cursor.execute(statement, parameters)"),
    )
    calls = Traffic(case, "benefits-claims-api")
    for index, start in enumerate([4.0, 41.0, 79.0, 116.0, 154.0]):
        said = python_log("INFO", f"last use of this engine: {35 if index else 0} min ago")
        if index:
            calls.bad(1, start, start + 0.01, said, failed, seconds=0.02)
        calls.good(5, start + 0.2, start + 2, seconds=0.04)
    calls.write(tail=True, zeros=False, period=300)
    case.yaml(functions=["benefits-claims-api"])
