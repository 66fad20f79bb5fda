"""Destinations that are full: they say so themselves, or a metric of theirs stands at its limit."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    go_log,
    incident,
    node_error,
    node_log,
    ramp,
    times,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import FULL, TLS, fleet, named, startup


@incident(
    source="https://github.com/brianc/node-postgres/issues/2718 (idle clients stay in frozen environments, RDS "
    "fills up)",
    expert=named(FULL, "PostgreSQL says itself that its slots are taken, and its connections stand at 79"),
)
def frozen_pools_fill_postgres(case: CaseFolder) -> None:
    place = startup(case, "bookd", "10.31")
    own = case.group("bookd-db-sg", [allow(5432, place.app)])
    db = case.database("bookd-db", place.private[0], [own])
    case.function("bookd-api", place.private, [place.app], runtime="nodejs20.x", timeout=29)
    full = node_error(
        "remaining connection slots are reserved for roles with the SUPERUSER attribute", "error",
        stack=("Parser.parseErrorMessage (/var/task/node_modules/pg-protocol/dist/parser.js:283:98)",
               "Parser.handlePacket (/var/task/node_modules/pg-protocol/dist/parser.js:122:29)"),
        length=142, severity="FATAL", code="53300", file="postinit.c", line="846", routine="InitPostgres")  # fmt: skip
    calls = Traffic(case, "bookd-api")
    calls.good(150, 0, 34, node_log("WARN", "(node:8) Warning: pool waiting clients: 3"), seconds=0.09)
    calls.good(80, 34, 60, seconds=0.1)
    calls.bad(66, 34.4, 60, full, seconds=0.03)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "bookd-db"},
                [*ramp(31, 77, 34), *[79.0] * 26], stat="Maximum")  # fmt: skip
    case.without("ec2/network-acls", "ec2/dhcp")
    case.yaml(functions=["bookd-api"], destinations={"postgres": {
        "name": "bookd-db.cm2u8xq1.us-east-1.rds.amazonaws.com", "port": 5432,
        "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/laravel/framework/issues/52447 (SQLSTATE[08004] [1040] Too many connections)",
    expert=named(FULL, "MySQL answers 1040: it has no connection left"),
)
def bref_meets_1040(case: CaseFolder) -> None:
    text = (
        '{"message":"SQLSTATE[08004] [1040] Too many connections (Connection: mysql, SQL: select * from `carts` where '
        "`token` = 5kQ2x limit "
        '1)","context":{"exception":{"class":"Illuminate\\\\Database\\\\QueryException","message":'
        '"SQLSTATE[08004] [1040] Too many connections","code":1040,"file":"/var/task/vendor/laravel/framework/src/'
        'Illuminate/Database/Connection.php:825"}},"level":400,"level_name":"ERROR","channel":"production"}\n'
    )
    log = case.log("shop-prod-web")
    for number, at in enumerate(times(41, 18, 33)):
        log.invocation(at, text, seconds=0.04, stream=number % 13, report=False)
    case.yaml(functions=["shop-prod-web"], reported="?filter-pattern ERROR, during the drop at 12:20")


@incident(
    source="https://github.com/prisma/orm/issues/15334 (FATAL: no more connections allowed (max_client_conn))",
    expert=named(FULL, "PgBouncer refuses further clients at its max_client_conn"),
)
def pgbouncer_is_full(case: CaseFolder) -> None:
    place = fleet(case, "fares", "10.72")
    own = case.group("fares-pgbouncer", [allow(6432, "10.72.0.0/16")])
    host = case.interface("pgb", place.data[0], [own], description="")
    failed = (
        'level=error msg="quote failed" err="failed to connect to `user=fares database=fares`: '
        f"{host['PrivateIpAddress']}:6432 (pgb.fares.internal): server error: FATAL: no more connections allowed "
        '(max_client_conn) (SQLSTATE 08P01)"'
    )
    for name, bad in (("fares-quote", 60), ("fares-hold", 19)):
        case.function(name, place.apps, [place.app], runtime="provided.al2023", timeout=10)
        calls = Traffic(case, name)
        calls.good(120, 0, 60, go_log("level=info msg=ok"), seconds=0.05)
        calls.bad(bad, 11, 47, go_log(failed), seconds=0.02, error=False)
        calls.write(tail=True, zeros=False)
    case.yaml(functions=["fares-quote", "fares-hold"], destinations={
        "pgbouncer": {"name": "pgb.fares.internal", "port": 6432,
                      "addresses": [host["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/jmaver-plume/kafkajs-msk-iam-authentication-mechanism/issues/40 (3000 connections "
           "a broker)",
    expert=Expert(
        (FULL, TLS), (FULL, TLS), Headline.NAMED,
        "each broker stands at 3,000 connections, MSK's limit for IAM, and cuts what comes on top before TLS is up",
    ),
)  # fmt: skip
def msk_at_three_thousand(case: CaseFolder) -> None:
    place = fleet(case, "pings", "10.74")
    brokers = case.group("pings-msk", [allow(9098, place.app)])
    hosts = [case.interface(f"msk-{n}", subnet, [brokers], description="DO NOT DELETE - Amazon MSK network interface",
                            requester="amazon-msk") for n, subnet in enumerate(place.data)]  # fmt: skip
    case.function("pings-produce", place.apps, [place.app], runtime="nodejs20.x", timeout=30)
    host = "b-{}.pings.a81xzz.c4.kafka.us-east-1.amazonaws.com"
    text = "Client network socket disconnected before secure TLS connection was established"
    line = node_log("ERROR", {"level": "ERROR", "logger": "kafkajs", "message": f"[Connection] Connection error: "
                                                                                f"{text}",
                              "broker": f"{host.format(2)}:9098", "clientId": "pings"})  # fmt: skip
    end = node_error(text, "KafkaJSNumberOfRetriesExceeded", retriable=False, retryCount=5,
                     stack=("/var/task/node_modules/kafkajs/src/retry/index.js:55:18",))  # fmt: skip
    calls = Traffic(case, "pings-produce")
    calls.good(190, 0, 26, seconds=0.08)
    calls.good(90, 26, 60, seconds=0.3)
    calls.bad(84, 26.3, 60, line, end, seconds=9.8)
    calls.write()
    for n in (1, 2, 3):
        case.metric("AWS/Kafka", "ClientConnectionCount",
                    {"Cluster Name": "pings", "Broker ID": str(n), "Client Authentication": "IAM"},
                    [*ramp(1850 + 40 * n, 2960, 26), *[3000.0] * 34], stat="Maximum", file="msk-pings")  # fmt: skip
    case.yaml(functions=["pings-produce"], destinations={
        f"b{n}": {"name": host.format(n), "port": 9098, "addresses": [one["PrivateIpAddress"]]}
        for n, one in enumerate(hosts, 1)})  # fmt: skip


@incident(
    source="composed: redis-rb's text (Redis::CommandError: ERR max number of clients reached), with "
           "ElastiCache's metric",
    expert=named(FULL, "the cache says that it has its maximum of clients, and CurrConnections is flat at 65,000",
                 lacks=("nat gateway",)),
)  # fmt: skip
def cache_at_its_clients(case: CaseFolder) -> None:
    case.region = "ap-northeast-1"
    place = startup(case, "tokidoki", "10.33")
    own = case.group("tokidoki-redis", [allow(6379, place.app)])
    cache = case.cache("tokidoki-redis-0001-001", place.private[0], [own])
    host = "tokidoki-redis.9ab3cd.ng.0001.apne1.cache.amazonaws.com"
    case.function("tokidoki-feed", place.private, [place.app], runtime="ruby3.3", timeout=10)
    failed = (
        '{"errorMessage":"ERR max number of clients reached","errorType":"Function<Redis::CommandError>","stackTrace":'
        '["/var/task/vendor/bundle/ruby/3.3.0/gems/redis-client-0.22.2/lib/redis_client/connection_mixin.rb:71:in '
        '`call_pipelined\'","/var/task/feed.rb:14:in `handler\'"]}\n'
    )
    calls = Traffic(case, "tokidoki-feed")
    calls.good(130, 0, 60, seconds=0.03)
    calls.bad(88, 8, 60, failed, seconds=0.02)
    calls.write(period=300)
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "tokidoki-redis-0001-001"},
                [*ramp(60_100, 62_900, 8), *[65_000.0] * 52], stat="Maximum")  # fmt: skip
    case.metric("AWS/ElastiCache", "NewConnections", {"CacheClusterId": "tokidoki-redis-0001-001"},
                [float(one) for one in about(5_400, 60)])  # fmt: skip
    case.yaml(functions=["tokidoki-feed"], destinations={
        "redis": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}})  # fmt: skip
