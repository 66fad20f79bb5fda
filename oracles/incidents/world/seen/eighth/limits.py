"""The destination is full."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    json_log,
    json_report,
    ramp,
)  # fmt: skip
from oracles.incidents.world.seen.eighth._sites import FULL, named, tiers


@incident(
    source="composed: SQLSTATE 53300 as Npgsql prints it",
    expert=named(FULL, "PostgreSQL itself answers 53300: too many clients"),
)
def postgres_too_many_clients(case: CaseFolder) -> None:
    place = tiers(case, "bk1-prd", 50)
    own = case.group("bk1-prd-sg-pg-04", [allow(5432, place.fn)])
    db = case.database("ledger", place.data[0], [own])
    case.function("bk1-prd-fn-ledger-post", place.app, [place.fn], runtime="dotnet8", timeout=30)
    calls = Traffic(case, "bk1-prd-fn-ledger-post")
    calls.good(300, 0, 60, seconds=0.35)
    calls.bad(61, 31, 46, dotnet_error(
        "Npgsql.PostgresException (0x80004005): 53300: sorry, too many clients already",
        "Npgsql.Internal.NpgsqlConnector.<ReadMessage>g__ReadMessageLong|233_0(NpgsqlConnector connector, Boolean "
        "async, DataRowLoadingMode dataRowLoadingMode, Boolean readingNotifications, Boolean "
        "isReadingPrependedMessage)",
        "Npgsql.Internal.NpgsqlConnector.Open(NpgsqlTimeout timeout, Boolean async, CancellationToken "
        "cancellationToken)"), seconds=0.08)  # fmt: skip
    calls.write()
    case.function("bk1-prd-fn-ledger-read", place.app, [place.fn], runtime="dotnet8", timeout=30, enis=False)
    case.function_metrics("bk1-prd-fn-ledger-read", invocations=about(410, 60), errors=[0.0] * 60)
    used = [*about(84, 29), *ramp(90, 196, 3), *[197.0] * 14, *ramp(170, 90, 4), *about(85, 10)]
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "bk1-prd-ledger"}, used, stat="Maximum")
    case.yaml(functions=["bk1-prd-fn-ledger-post"], destinations={
        "ledger": {"name": "bk1-prd-ledger.c3zz8t1q.eu-west-2.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: Laravel on Bref, MySQL error 1040 as PDO prints it",
    expert=named(FULL, "MySQL answers 1040: too many connections"),
)
def mysql_1040_in_bref(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    calls = Traffic(case, "tickets-prod-web")
    calls.good(210, 0, 60, seconds=0.14, logged=False)
    calls.bad(26, 18, 41, lambda moment: f"NOTICE: PHP message: [{moment.time[:10]} {moment.time[11:19]}] production."
              "ERROR: SQLSTATE[HY000] [1040] Too "
              'many connections {"exception":"[object] (PDOException(code: 1040): SQLSTATE[HY000] [1040] Too many '
              "connections at /var/task/vendor/laravel/framework/src/Illuminate/Database/Connectors/"
              'Connector.php:65)"}\n', seconds=0.06, error=False)  # fmt: skip
    calls.write(report=False, metrics=False)
    case.yaml(functions=["tickets-prod-web"], reported="on-sale day, errors in sentry")


@incident(
    source="composed: redis-rb's text of the server's own answer; ElastiCache maxclients 65,000",
    expert=named(FULL, "the cache answers that its number of clients is reached, and CurrConnections is at 65,000"),
)
def cache_is_full(case: CaseFolder) -> None:
    place = tiers(case, "air5-prd", 51, "ca-central-1")
    own = case.group("air5-prd-sg-redis-02", [allow(6379, place.fn)])
    node = case.cache("air5-fares-001", place.data[1], [own])
    case.function("air5-prd-fn-fares", place.app, [place.fn], runtime="ruby3.3", timeout=12)
    calls = Traffic(case, "air5-prd-fn-fares")
    calls.good(240, 0, 60, seconds=0.05)
    calls.bad(90, 26, 60, '{"errorMessage":"ERR max number of clients reached","errorType":"Function<Redis::'
              'CommandError>","stackTrace":["/var/task/vendor/bundle/ruby/3.3.0/gems/redis-client-0.22.2/lib/'
              'redis_client.rb:729:in `connect\'"]}\n', seconds=0.03)  # fmt: skip
    calls.write(tail=True)
    level = [*ramp(31_000, 62_900, 26), *[65_000.0] * 34]
    case.metric("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "air5-fares-001"}, level, stat="Maximum")
    case.metric("AWS/ElastiCache", "NewConnections", {"CacheClusterId": "air5-fares-001"}, about(2_600, 60))
    case.yaml(functions=["air5-prd-fn-fares"], destinations={
        "fares": {"name": "air5-fares.x0q1ab.0001.cac1.cache.amazonaws.com", "port": 6379,
                  "addresses": [node["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://github.com/twmb/franz-go/issues/109 (MSK IAM: Too many connections)",
    expert=named(FULL, "the broker itself turns the logins away: too many connects"),
)
def broker_too_many_connects(case: CaseFolder) -> None:
    place = tiers(case, "gov7-prd", 62, "ca-central-1")
    own = case.group("gov7-prd-sg-msk", [allow(9098, place.fn)])
    broker = case.interface("msk-1", place.data[0], [own], description="DO NOT DELETE - Amazon MSK network "
        "interface for "
                            "cluster gov7-events")  # fmt: skip
    case.function("gov7-prd-fn-audit", place.app, [place.fn], runtime="provided.al2023", timeout=30)
    calls = Traffic(case, "gov7-prd-fn-audit")
    calls.good(160, 0, 60, go_log("INFO flushed 20 records"), seconds=0.3)
    calls.bad(38, 14, 24, go_log(
        "[ERROR] unable to initialize sasl; broker: 1, err: [74909301-1b7d-44fe-b02e-fe699c66c073]: Too many connects: "
        "SASL_AUTHENTICATION_FAILED: SASL Authentication failed"), seconds=2.2)  # fmt: skip
    calls.write(period=300)
    case.metric(
        "AWS/Kafka",
        "ConnectionCreationRate",
        {"Cluster Name": "gov7-events", "Broker ID": "1"},
        [*about(2, 14), *[20.0] * 10, *about(3, 36)],
        stat="Average",
        file="msk-gov7-events",
    )
    case.yaml(functions=["gov7-prd-fn-audit"], destinations={
        "broker1": {"name": "b-1.gov7events.ab12cd.c3.kafka.ca-central-1.amazonaws.com", "port": 9098,
                    "addresses": [broker["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="composed: RDS Proxy's text of a borrow timeout; a function with JSON logs",
    expert=named(FULL, "the proxy's database connections stand at their maximum, and it says that none was to be had"),
)
def rds_proxy_borrow_timeout(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    calls = Traffic(case, "bk3-prd-cards-auth")
    calls.good(180, 0, 60, json_log("INFO", "authorised", amount="12.40"), json_report("success", 0.09), seconds=0.09)
    calls.bad(47, 22, 50, json_log(
        "ERROR", "OperationalError: (9501, 'Timed-out waiting to acquire database connection')",
        errorType="OperationalError", location="/var/task/db.py:get_connection:44"),
        json_report("error", 10.3), seconds=10.3)  # fmt: skip
    calls.write(json=True)
    proxy = {"ProxyName": "bk3-prd-cards-rdsproxy"}
    held = [*about(61, 20), *ramp(70, 116, 2), *[118.0] * 28, *about(66, 10)]
    case.metric("AWS/RDS", "DatabaseConnections", proxy, held, stat="Maximum")
    case.metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", proxy, [118.0] * 60, stat="Maximum")
    case.metric(
        "AWS/RDS", "ClientConnections", proxy, [*about(90, 20), *about(310, 30), *about(95, 10)], stat="Maximum"
    )
    case.yaml(functions=["bk3-prd-cards-auth"], team="cards-platform", ticket="INC0088213")
