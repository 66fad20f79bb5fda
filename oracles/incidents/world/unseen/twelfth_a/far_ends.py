"""Destinations at their own limit, destinations that fall silent, and nothing wrong at all."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    aws_id,
    go_log,
    incident,
    java_error,
    json_log,
    json_report,
    node_error,
    node_log,
    node_socket_error,
    python_error,
    python_log,
    ramp,
    route,
    unsaid_zeros,
)
from oracles.incidents.world.unseen.twelfth_a._sites import (
    CDK,
    LIMIT,
    SILENT,
    named,
    place,
    psycopg2_fatal,
    requests_timeout,
    settle,
)


@incident(
    source="https://stackoverflow.com/questions/11847144 (remaining connection slots are reserved)",
    expert=named(LIMIT, "Postgres says that it has no slot left, and stands at its 79 connections", "orders"),
)
def a_small_postgres_and_a_friday_sale(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    site = place(case, "OrdersStack", "10.21", "54.77.203.11", names=CDK)
    own = case.group("OrdersStack-DbSecurityGroup", [allow(5432, site.app)])
    db = case.database("orders", site.data_a, [own])
    host = "orders.c1x8pq2r.eu-west-1.rds.amazonaws.com"
    name = "OrdersStack-CreateOrderFn6E0D-kX2p"
    case.function(name, [site.private_a, site.private_b], [site.app], timeout=15)
    calls = Traffic(case, name)
    calls.good(520, 0, 60, seconds=0.22)
    calls.bad(96, 33, 51, psycopg2_fatal(host, db["PrivateIpAddress"], "remaining connection slots are reserved for "
              "non-replication superuser connections"), seconds=0.05)  # fmt: skip
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "orders"},
                [*ramp(31, 77, 33), *[79.0] * 18, *ramp(70, 38, 9)], stat="Maximum")  # fmt: skip
    case.yaml(functions=[name], destinations={
        "orders": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
    settle(case)


@incident(
    source="https://github.com/go-sql-driver/mysql/issues/1361 (Error 1040 (08004): Too many connections)",
    expert=named(LIMIT, "MySQL answers 1040, too many connections"),
)
def players_came_back_after_the_patch(case: CaseFolder) -> None:
    case.region = "ap-northeast-1"
    site = place(case, "inventory", "10.37", "13.230.71.22")
    own = case.group("inventory-aurora", [allow(3306, "10.37.10.0/23")])
    writer = case.database("inventory-writer", site.data_a, [own])
    case.database("inventory-reader", site.data_b, [own])
    subnets = [site.private_a, site.private_b]
    for name in ("grant-item", "trade-item", "craft-item"):
        case.function(name, subnets, [site.app], runtime="provided.al2023", timeout=10)
    failed = go_log("tx: begin: Error 1040 (08004): Too many connections")
    for name, good, bad in (("grant-item", 480, 74), ("trade-item", 260, 39), ("craft-item", 190, 21)):
        calls = Traffic(case, name)
        calls.good(good, 0, 60, seconds=0.08)
        calls.bad(bad, 12, 29, failed, seconds=0.02)
        calls.write(zeros=False, tail=name == "craft-item")
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "inventory-writer"},
                [*about(640, 12), *[1000.0] * 17, *ramp(960, 700, 31)], stat="Maximum")  # fmt: skip
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "inventory-reader"}, about(120, 60),
                stat="Maximum")  # fmt: skip
    case.nat_metrics(site.nat, errors=[0.0] * 60, active=about(300, 60), attempts=about(90, 60),
                     established=about(90, 60))  # fmt: skip
    case.yaml(functions=["grant-item", "trade-item", "craft-item"], destinations={
        "inventory": {"name": "inventory.cluster-cy7p0d.ap-northeast-1.rds.amazonaws.com", "port": 3306,
                      "addresses": [writer["PrivateIpAddress"]]}})  # fmt: skip
    settle(case)


@incident(
    source="https://github.com/redis/ioredis/issues/1140 (ReplyError: ERR max number of clients reached)",
    expert=named(LIMIT, "the cache answers that the maximum of clients is reached"),
)
def lobby_cache_takes_no_more_clients(case: CaseFolder) -> None:
    site = place(case, "lobby", "10.39", "52.201.88.140")
    own = case.group("lobby-cache", [allow(6379, site.app)])
    case.cache("lobby-0001-001", site.data_a, [own])
    subnets = [site.private_a, site.private_b]
    case.function("lobby-join", subnets, [site.app], runtime="nodejs20.x", timeout=8)
    case.function("lobby-chat", subnets, [site.app], runtime="nodejs20.x", timeout=8)
    failed = node_error("ERR max number of clients reached", "ReplyError", command={"name": "info", "args": []}, stack=(
        "parseError (/var/task/node_modules/redis-parser/lib/parser.js:179:12)",
        "parseType (/var/task/node_modules/redis-parser/lib/parser.js:302:14)"))  # fmt: skip
    for name, good, bad in (("lobby-join", 410, 88), ("lobby-chat", 520, 61)):
        calls = Traffic(case, name)
        calls.good(good, 0, 60, seconds=0.03)
        calls.bad(bad, 40, 60, failed, seconds=0.04)
        calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=["lobby-join", "lobby-chat"])


@incident(
    source="https://stackoverflow.com/questions/13288098 (ORA-12516: listener could not find available handler)",
    expert=named(LIMIT, "the listener has no handler and the instance says that its processes are at their maximum"),
)
def the_core_system_has_no_process_left(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    case.vpc("limits-prod", "10.57.0.0/16")
    tgw = aws_id("tgw", "bank-core-fra")
    table = case.table("limits-app", [route("10.0.0.0/8", tgw), route("172.16.0.0/12", tgw)])
    left = case.subnet("limits-app-a", "10.57.1.0/24", table=table)
    right = case.subnet("limits-app-b", "10.57.2.0/24", table=table, az="b")
    case.transit_attachment("limits-prod", [left, right], TransitGatewayId=tgw)
    app = case.group("limits-lambda", egress=[allow(1521, "172.16.0.0/12"), allow(443, "10.0.0.0/8")])
    case.function("limit-check", [left, right], [app], runtime="java17", timeout=30)
    frames = ("oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:854)",
              "com.zaxxer.hikari.pool.PoolBase.newConnection(PoolBase.java:359)")  # fmt: skip
    refused = java_error(
        "java.sql.SQLException: Listener refused the connection with the following error:\nORA-12516, TNS:listener "
        "could not find available handler with matching protocol stack\n ",
        *frames,
        causes=(("oracle.net.ns.NetException: Listener refused the connection with the following error:\nORA-12516, "
                "TNS:listener could not find available handler with matching protocol stack"),),
    )  # fmt: skip
    full = java_error("java.sql.SQLException: ORA-00020: maximum number of processes (600) exceeded\n", *frames)
    calls = Traffic(case, "limit-check")
    calls.good(330, 0, 60, seconds=0.14)
    calls.bad(49, 24, 44, refused, seconds=0.35)
    calls.bad(12, 24, 44, full, seconds=0.41)
    calls.write(period=300)
    case.yaml(functions=["limit-check"], destinations={
        "core": {"name": "orap3.dc1.bank.local", "port": 1521, "addresses": ["172.20.8.41"]}})  # fmt: skip
    settle(case)


@incident(
    source="composed: a payment partner that is down, beside others that are not",
    expert=named(SILENT, "from 12:14 on the acquirer answers no SYN, while all else goes well through the same gateway",
                 "acquirer"),
)  # fmt: skip
def the_acquirer_is_dark(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    site = place(case, "checkout", "10.62", "3.9.144.51")
    subnets = [site.private_a, site.private_b]
    case.function("authorise", subnets, [site.app], timeout=30)
    case.function("fraud-score", subnets, [site.app], timeout=30)
    calls = Traffic(case, "authorise")
    calls.good(54, 0, 14, python_log("INFO", "authorised"), seconds=0.4)
    calls.bad(151, 14, 60, requests_timeout("gw.acquirepay.co.uk", "/v2/auth"), seconds=10.4)
    calls.write()
    calls = Traffic(case, "fraud-score")
    calls.good(340, 0, 60, python_log("INFO", "score from api.fraudlens.com"), seconds=0.3)
    calls.write()
    made = [*about(12, 14), *about(9, 46)]
    case.nat_metrics(site.nat, errors=[0.0] * 60, active=about(31, 60), established=made,
                     attempts=[*made[:14], *[one + 3 for one in made[14:]]], drops=[0.0] * 60)  # fmt: skip
    case.yaml(functions=["authorise", "fraud-score"], destinations={
        "acquirer": {"name": "gw.acquirepay.co.uk", "port": 443, "addresses": ["18.170.12.88"]},
        "fraud": {"name": "api.fraudlens.com", "port": 443}})  # fmt: skip
    settle(case)


@incident(
    source="composed: one of three nodes of an inner service hangs, and clients pick one at random",
    expert=named(SILENT, "one of three equal nodes answers no SYN; the two others do, under the same group and ACL"),
)
def one_chat_node_of_three_hangs(case: CaseFolder) -> None:
    site = place(case, "chat", "10.41", "34.195.70.16")
    own = case.group("chat-nodes", [allow(9092, site.app)])
    nodes = [
        case.interface(f"chat-{index}", site.data_b, [own], description="Primary network interface")
        for index in range(3)
    ]
    addresses = [one["PrivateIpAddress"] for one in nodes]
    case.function("chat-post", [site.private_a, site.private_b], [site.app], runtime="nodejs18.x", timeout=150)
    calls = Traffic(case, "chat-post")
    calls.good(61, 0, 60, node_log("INFO", f"posted to {addresses[0]}:9092"), seconds=0.03)
    calls.good(58, 0, 60, node_log("INFO", f"posted to {addresses[2]}:9092"), seconds=0.03)
    calls.bad(57, 0, 60, node_socket_error("ETIMEDOUT", address=addresses[1], port=9092), seconds=131)
    calls.write()
    case.yaml(functions=["chat-post"], destinations={
        "chat": {"name": "nodes.chat.internal", "port": 9092, "addresses": addresses}})  # fmt: skip


@incident(
    source="composed: a deployment of an inner service that accepts and never answers",
    expert=named(
        SILENT, "since risk v2.0.0 was deployed at 12:31 it accepts connections and answers no request", "risk"
    ),
)
def since_the_release_risk_says_nothing(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    site = place(case, "credit", "10.63", "3.122.57.180")
    own = case.group("credit-risk", [allow(8080, site.app)])
    host = case.interface("credit-risk-task", site.private_b, [own], description="arn:aws:ecs:eu-central-1:"
                          "482917306154:attachment/6f0e2c1b-5a77-4f0a-9a41-2be0d7f1c5aa")  # fmt: skip
    case.function("score-loan", [site.private_a, site.private_b], [site.app], timeout=30)
    failed = python_error(
        "ReadTimeout",
        "HTTPConnectionPool(host='risk.credit.internal', port=8080): Read timed out. (read timeout=8)",
        ("/var/task/requests/adapters.py", 713, "send", "raise ReadTimeout(e, request=request)"),
    )
    calls = Traffic(case, "score-loan")
    calls.good(142, 0, 30.9, python_log("INFO", "risk 1.9.4 answered"), seconds=0.2)
    calls.bad(118, 31.1, 60, python_log("INFO", "connected to risk.credit.internal:8080, request sent"), failed,
              seconds=8.4)  # fmt: skip
    calls.write()
    case.file("callers/risk-deploy.log", (
        "2026-11-20T12:30:41Z deploy: service credit-risk: new task definition credit-risk:88 (image risk:2.0.0)\n"
        "2026-11-20T12:30:58Z deploy: service credit-risk: deployment completed\n"))  # fmt: skip
    case.yaml(functions=["score-loan"], destinations={
        "risk": {"name": "risk.credit.internal", "port": 8080, "addresses": [host["PrivateIpAddress"]]}})  # fmt: skip
    settle(case)


@incident(
    source="composed: a busy evening of a healthy fan-out with talkative libraries",
    expert=Expert((), (), Headline.CLEAR, "all invocations succeed, the gateway counts no errors and is far from full"),
)
def a_busy_evening_with_talkative_libraries(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    site = place(case, "events", "10.43", "52.208.14.99", "52.208.14.150")
    case.function("event-fanout", [site.private_a, site.private_b], [site.app], timeout=60)
    calls = Traffic(case, "event-fanout")
    calls.good(700, 0, 60, python_log("WARNING", "Connection pool is full, discarding connection: hooks.gamehub.io. "
               "Connection pool size: 10"), python_log("INFO", "delivered 200 of 200"), seconds=2.4)  # fmt: skip
    calls.good(300, 20, 50, python_log("DEBUG", "Starting new HTTPS connection (1): hooks.gamehub.io:443"), seconds=1.8)
    calls.write()
    made = about(21_000, 60)
    case.nat_metrics(site.nat, errors=[0.0] * 60, active=about(28_000, 60), established=made, attempts=made,
                     drops=[0.0] * 60, idle=about(260, 60))  # fmt: skip
    case.yaml(functions=["event-fanout"], destinations={
        "hooks": {"name": "hooks.gamehub.io", "port": 443, "addresses": ["54.220.61.7", "54.220.61.30"]}})  # fmt: skip
    settle(case)


@incident(
    source="composed: the ticket came an hour after it was over",
    expert=Expert(
        (), (), Headline.CLEAR, "the timeouts all lie more than an hour before the window; in it, all is well"
    ),
)
def the_ticket_came_too_late(case: CaseFolder) -> None:
    case.region = "us-west-2"
    site = place(case, "billing", "10.45", "54.185.20.131")
    case.function("sync-subscriptions", [site.private_a, site.private_b], [site.app], timeout=30)
    calls = Traffic(case, "sync-subscriptions")
    calls.bad(31, -95, -72, requests_timeout("api.billfold.com", "/v1/subscriptions"), seconds=10.4)
    calls.good(120, -68, 60, python_log("INFO", "synced"), seconds=0.5)
    calls.write()
    made = about(8, 60)
    case.nat_metrics(site.nat, errors=[0.0] * 60, active=about(10, 60), established=made, attempts=made,
                     drops=[0.0] * 60)  # fmt: skip
    case.yaml(functions=["sync-subscriptions"], destinations={
        "billfold": {"name": "api.billfold.com", "port": 443}})  # fmt: skip
    settle(case)


@incident(
    source="composed: a schema change of the caller, and a partner's rate limit",
    expert=Expert((), (), Headline.EITHER, "the handler fails on a missing key and on 429; each connection is made"),
)
def a_renamed_field_and_a_rate_limit(case: CaseFolder) -> None:
    site = place(case, "import", "10.47", "44.195.60.23")
    case.function("import-catalog", [site.private_a, site.private_b], [site.app], timeout=30,
                  LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
                                 "LogGroup": "/aws/lambda/import-catalog"})  # fmt: skip
    missing = json_log("ERROR", "'sku_id'", errorType="KeyError", stackTrace=[
        '  File "/var/task/app.py", line 31, in lambda_handler\n    return handle(event)\n',
        '  File "/var/task/app.py", line 58, in handle\n    sku = item["sku_id"]\n'])  # fmt: skip
    limited = json_log("ERROR", "429 Client Error: Too Many Requests for url: https://api.shopgrid.com/v2/items",
                       errorType="HTTPError")  # fmt: skip
    calls = Traffic(case, "import-catalog")
    calls.good(260, 0, 60, json_log("INFO", "imported", items=20), json_report("success", 0.4), seconds=0.4)
    calls.bad(71, 18, 60, missing, json_report("error", 0.09), seconds=0.09)
    calls.bad(24, 30, 60, limited, json_report("error", 0.3), seconds=0.3)
    calls.write(json=True)
    made = about(9, 60)
    case.nat_metrics(site.nat, errors=unsaid_zeros([0.0] * 60), active=about(12, 60), established=made, attempts=made)
    case.yaml(functions=["import-catalog"], destinations={"shopgrid": {"name": "api.shopgrid.com", "port": 443}})
