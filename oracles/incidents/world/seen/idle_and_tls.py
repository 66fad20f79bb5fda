"""Connections that sat idle too long, and handshakes that nobody ends."""

from __future__ import annotations

from typing import Any

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    java_error,
    node_error,
    node_log,
    python_error,
)
from oracles.incidents.world.seen._sites import PYMYSQL, site

ORDERS = "orders.cx91mmz2aa4k.us-east-1.rds.amazonaws.com"
SDK: dict[str, Any] = {"$metadata": {"attempts": 1, "totalRetryDelay": 0}}
"""What the AWS SDK for JavaScript adds to an error."""


def _named(cause: str, because: str, *says: str) -> Expert:
    return Expert((cause,), (cause,), Headline.NAMED, because, says)


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/3624 (NAT gateway forgets after 350 seconds)",
    expert=_named("idle-timeout-reset", "resets come at the first call after a pause of more than 350 s, and "
                                        "the gateway "
                                        "counts idle timeouts"),
)  # fmt: skip
def gateway_forgets_idle_connections(case: CaseFolder) -> None:
    place = site(case)
    case.function("device-state", [place.private_a], [place.app], runtime="nodejs20.x", timeout=30)
    failed = node_error("read ECONNRESET", errno=-104, code="ECONNRESET", syscall="read",
                        stack=("TLSWrap.onStreamRead (node:internal/stream_base_commons:218:20)",))  # fmt: skip
    calls = Traffic(case, "device-state")
    for pause in range(0, 60, 10):
        calls.bad(1 if pause else 0, pause + 0.1, pause + 0.2, failed, seconds=0.03)
        calls.good(6, pause + 0.3, pause + 2.5, seconds=0.09)
    calls.write()
    beats = ([1.0] + [0.0] * 9) * 6
    case.nat_metrics(place.nat, errors=[0.0] * 60, idle=([0.0] * 8 + [1.0, 0.0]) * 6, attempts=beats, established=beats,
                     active=([1.0] * 8 + [0.0, 0.0]) * 6)  # fmt: skip
    case.yaml(functions=["device-state"], destinations={
        "iot": {"name": "api.devices.example", "port": 443, "addresses": ["18.232.5.140"]}})  # fmt: skip


@incident(
    source="https://github.com/brianc/node-postgres/issues/2112 (idle for 10 minutes: Connection terminated "
           "unexpectedly)",
    expert=_named("idle-timeout-reset", "a pooled connection was closed while the environment was frozen; the "
                                        "next attempt "
                                        "works"),
)  # fmt: skip
def pooled_connection_is_stale(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(5432, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("nightly", [place.private_a], [place.app], runtime="nodejs22.x", timeout=30)
    failed = node_error("Connection terminated unexpectedly", stack=(
        "Connection.<anonymous> (/var/task/node_modules/pg/lib/client.js:136:73)", ("Socket.<anonymous> "
        "(/var/task/node_modules/pg/lib/connection.js:62:12)")))  # fmt: skip
    calls = Traffic(case, "nightly")
    for pause in range(0, 60, 12):
        calls.bad(1 if pause else 0, pause + 0.1, pause + 0.2, failed, seconds=0.02)
        calls.good(3, pause + 0.4, pause + 1, seconds=0.08)
    calls.write()
    case.yaml(functions=["nightly"], destinations={
        "orders": {"name": ORDERS, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://dev.to/jayesh_shinde/the-silent-connection-killer-mysql2-and-aws-lambdas-freezethaw-problem-1pek",
    expert=_named("idle-timeout-reset", "2006 and 2013 at the first query of an environment that was long idle"),
)
def mysql_has_gone_away(case: CaseFolder) -> None:
    place = site(case)
    own = case.group("orders-db", [allow(3306, place.app)])
    db = case.database("orders", place.data_a, [own])
    case.function("points", [place.private_a, place.private_b], [place.app], timeout=30)
    lost = python_error("OperationalError", "(2013, 'Lost connection to MySQL server during query')", PYMYSQL)
    gone = python_error("OperationalError", "(2006, \"MySQL server has gone away (BrokenPipeError(32, 'Broken "
                                            "pipe'))\")",
                        PYMYSQL)  # fmt: skip
    calls = Traffic(case, "points")
    for pause in range(0, 60, 15):
        calls.bad(1 if pause else 0, pause + 0.1, pause + 0.2, lost, seconds=0.02)
        calls.bad(1 if pause else 0, pause + 0.25, pause + 0.3, gone, seconds=0.02)
        calls.good(5, pause + 0.5, pause + 3, seconds=0.05)
    calls.write()
    case.yaml(functions=["points"], destinations={
        "orders": {"name": ORDERS, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-sdk-js-v3/issues/1196 (ECONNRESET when the container is reused: socket hang up)",
    expert=_named("idle-timeout-reset", "a kept-alive connection is reused after the peer closed it"),
)
def socket_hang_up_on_reuse(case: CaseFolder) -> None:
    failed = node_log("ERROR", "Error: socket hang up\n    at connResetException (node:internal/errors:787:14)\n    at "
                      "TLSSocket.socketOnEnd (node:_http_client:519:23) {\n  code: 'ECONNRESET',\n  "
                      "'$metadata': { attempts: "
                      "1, totalRetryDelay: 0 }\n}")  # fmt: skip
    calls = Traffic(case, "on-upload")
    for pause in range(0, 60, 7):
        calls.bad(1 if pause else 0, pause + 0.1, pause + 0.2, failed, seconds=0.05)
        calls.good(4, pause + 0.3, pause + 1, seconds=0.2)
    calls.write()
    case.function("on-upload", runtime="nodejs18.x")
    case.yaml(functions=["on-upload"], destinations={"s3": {"name": "s3.us-east-1.amazonaws.com", "port": 443}})


@incident(
    source="https://github.com/appleboy/gorush/issues/347 (Running in AWS Lambda: net/http: TLS handshake timeout)",
    expert=_named("tls-handshake-timeout", "the connects are all answered; the handshake behind them is not"),
)
def tls_handshake_times_out_in_go(case: CaseFolder) -> None:
    place = site(case)
    case.function("push", [place.private_a, place.private_b], [place.app], runtime="provided.al2023", timeout=30)
    text = 'Post "https://push.mobile.example/v1/send": net/http: TLS handshake timeout'
    calls = Traffic(case, "push")
    calls.good(90, 0, 24, go_log("sent"), seconds=0.3)
    calls.bad(120, 24, 60, go_log(text), seconds=10.0)
    calls.write()
    reached = about(4, 60)
    case.nat_metrics(place.nat, attempts=reached, established=reached, errors=[0.0] * 60, drops=[0.0] * 60)
    case.yaml(functions=["push"], destinations={
        "push": {"name": "push.mobile.example", "port": 443, "addresses": ["64.233.180.95"]}})  # fmt: skip


@incident(
    source="https://github.com/ostrolucky/Bulk-Bing-Image-downloader/issues/23 (The handshake operation timed out)",
    expert=_named("tls-handshake-timeout", "the handshake, not the connect, is what times out"),
)
def tls_handshake_times_out_in_python(case: CaseFolder) -> None:
    failed = python_error(
        "URLError",
        "<urlopen error _ssl.c:1000: The handshake operation timed out>",
        ("/var/lang/lib/python3.12/urllib/request.py", 1347, "do_open", "raise URLError(err)"),
    )
    calls = Traffic(case, "transfer")
    calls.good(70, 0, 60)
    calls.bad(38, 9, 47, failed, seconds=30.2)
    calls.write(tail=True, metrics=False)
    case.yaml(functions=["transfer"], destinations={"bank": {"name": "legacy.bank.example", "port": 443}})


@incident(
    source="https://github.com/redisson/redisson/issues/4940 (a firewall forgets idle connections silently)",
    expert=_named(
        "idle-timeout-reset", "resets after pauses at an on-premises database, at which connects work at once"
    ),
)
def firewall_resets_idle_connections(case: CaseFolder) -> None:
    failed = java_error("java.sql.SQLRecoverableException: IO Error: Connection reset",
                        "oracle.jdbc.driver.T4CPreparedStatement.executeForDescribe(T4CPreparedStatement.java:789)",
                        causes=("java.net.SocketException: Connection reset",))  # fmt: skip
    calls = Traffic(case, "ledger")
    for pause in range(2, 55, 14):
        calls.bad(1 if pause > 2 else 0, pause, pause + 0.1, failed, seconds=0.04)
        calls.good(8, pause + 0.2, pause + 4, seconds=0.3)
    calls.write()
    case.function("ledger", runtime="java17")
    case.yaml(functions=["ledger"], destinations={"oracle": {"name": "ora1.corp.example", "port": 1521}})
