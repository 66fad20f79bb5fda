"""Destinations that are full: their own limit of connections."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    node_log,
    ramp,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import destination, estate, function, kafkajs, ruby_error

FULL = "destination-connection-limit"


def _full(because: str, *says: str, also: tuple[str, ...] = ()) -> Expert:
    return Expert((FULL,), (FULL, *also), Headline.NAMED, because, says)


@incident(
    source="composed: node-postgres (53300 'remaining connection slots are reserved')",
    expert=_full(
        "from 12:31 Postgres refuses further sessions (53300), and its connections stand flat at their most", "catalog"
    ),
)
def slots_reserved_for_superusers(case: CaseFolder) -> None:
    place = estate(case, zones="ab")
    own = case.group("acme-prod-catalog-db", [allow(5432, place.app)])
    db = case.database("catalog", place.data[0], [own])
    for name in ("catalog-search", "catalog-import", "catalog-admin"):
        function(case, name, place.private, [place.app], runtime="nodejs22.x", timeout=30)
    failed = node_error(
        "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "error",
        stack=(
            "Parser.parseErrorMessage (/var/task/node_modules/pg-protocol/dist/parser.js:285:98)",
            "Parser.handlePacket (/var/task/node_modules/pg-protocol/dist/parser.js:122:29)",
        ),
        length=119,
        severity="FATAL",
        code="53300",
        file="postinit.c",
        line="846",
        routine="InitPostgres",
    )
    calls = Traffic(case, "catalog-search")
    calls.good(180, 0, 31, seconds=0.06)
    calls.good(96, 31, 60, seconds=0.06)
    calls.bad(141, 31, 60, failed, seconds=0.04)
    calls.write()
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "catalog"},
        [*ramp(41, 104, 31), *([109.0, 109.0, 108.0, 109.0, 109.0] * 6)[:29]],
        stat="Maximum",
    )
    case.metric("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "catalog"}, about(38, 60), stat="Average")
    case.yaml(
        functions=["catalog-search"],
        destinations={
            "catalog": destination("catalog.c1x8fm2w0aab.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"])
        },
    )


@incident(
    source="https://github.com/npgsql/efcore.pg/issues/2848 (RDS Proxy), with MySQL's text of RDS Proxy",
    expert=_full("RDS Proxy takes the connections and finds none to the database to borrow for 120 seconds"),
)
def the_proxy_has_none_to_lend(case: CaseFolder) -> None:
    case.function("seat-map", runtime="dotnet8", timeout=300, memory=1024)
    failed = dotnet_error(
        "MySqlConnector.MySqlException (0x80004005): Timed-out waiting to acquire database connection",
        "MySqlConnector.Core.ServerSession.ReceiveReplyAsync(IOBehavior ioBehavior, CancellationToken "
        "cancellationToken)",
        "MySqlConnector.Core.ResultSet.ReadResultSetHeaderAsync(IOBehavior ioBehavior)",
        "Tickets.SeatMap.Load(String id) in /src/Tickets/SeatMap.cs:line 77",
    )
    calls = Traffic(case, "seat-map")
    calls.good(88, 0, 60, seconds=0.35)
    calls.bad(61, 10, 55, failed, seconds=124.2)
    calls.write(tail=True, report=False)
    proxy = {"ProxyName": "tickets-proxy", "TargetGroup": "default", "TargetRole": "READ_WRITE"}
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        proxy,
        [31.0, 36.0, 40.0, 44.0, 45.0, 45.0] + [45.0] * 54,
        stat="Maximum",
        file="proxy",
    )
    case.metric("AWS/RDS", "MaxDatabaseConnectionsAllowed", proxy, [45.0] * 60, stat="Maximum", file="proxy")
    case.metric(
        "AWS/RDS",
        "DatabaseConnectionsBorrowLatency",
        proxy,
        [2_100.0] * 8 + [119_800_000.0] * 50 + [2_900.0] * 2,
        stat="Maximum",
        file="proxy",
    )
    case.without("lambda")
    case.yaml(
        functions=["seat-map"],
        destinations={
            "tickets": destination("tickets-proxy.proxy-c7d2.us-east-1.rds.amazonaws.com", 3306, via="rds proxy")
        },
    )


@incident(
    source="https://github.com/redis/ioredis/issues/809 (ReplyError: ERR max number of clients reached)",
    expert=_full("the node says that it has its most clients, and CurrConnections stands at 65,000"),
)
def the_node_has_all_its_clients(case: CaseFolder) -> None:
    place = estate(case, zones="abc", nats="abc")
    own = case.group("acme-prod-redis", [allow(6379, place.app)])
    node = case.cache("acme-prod-carts-0001-001", place.data[2], [own])
    function(case, "cart", place.private, [place.app], runtime="nodejs20.x", timeout=10)
    said = "[ioredis] Unhandled error event: ReplyError: ERR max number of clients reached"
    calls = Traffic(case, "cart")
    calls.good(420, 0, 60, seconds=0.02, logged=False)
    calls.bad(
        160,
        26,
        60,
        node_log("ERROR", said),
        node_log("WARN", "cart served from DynamoDB", {"fallback": True}),
        seconds=0.2,
        error=False,
    )
    calls.write(report=False)
    case.metric(
        "AWS/ElastiCache",
        "CurrConnections",
        {"CacheClusterId": "acme-prod-carts-0001-001"},
        [*ramp(30_500, 64_000, 26, spread=0.01), *([65_000.0, 64_998.0, 65_000.0] * 12)[:34]],
        stat="Maximum",
    )
    case.yaml(
        functions=["cart"],
        destinations={
            "carts": destination(
                "master.acme-prod-carts.x7k2lq.use1.cache.amazonaws.com", 6379, node["PrivateIpAddress"]
            )
        },
    )


@incident(
    source="composed: PgBouncer's 'no more connections allowed (max_client_conn)' as the pg gem prints it",
    expert=_full("PgBouncer says itself that it takes no more clients"),
)
def pgbouncer_takes_no_more(case: CaseFolder) -> None:
    case.start = case.start.replace(day=18, hour=8)
    case.minutes = 30
    failed = ruby_error(
        "ActiveRecord::ConnectionNotEstablished",
        'connection to server at "10.14.3.80", port 6432 failed: FATAL:  no more connections allowed '
        "(max_client_conn)\n",
        "/var/task/vendor/bundle/ruby/3.3.0/gems/activerecord-7.2.2/lib/active_record/connection_adapters/"
        "postgresql_adapter.rb:75:in 'rescue in PG.connect'",
    )
    calls = Traffic(case, "grades-api")
    calls.bad(57, 3, 19, failed, seconds=0.03)
    calls.write(metrics=False, report=False)
    case.yaml(functions=["grades-api"], reported="errors at the start of the lesson, over by 8:20")


@incident(
    source="https://github.com/jmaver-plume/kafkajs-msk-iam-authentication-mechanism/issues/40 (IAM: 3000 connections)",
    expert=Expert(
        (FULL,),
        (FULL, "tls-handshake-timeout"),
        Headline.NAMED,
        "the brokers stand at the 3,000 IAM connections that one takes, count those that are too many, and close "
        "further ones before TLS is up",
    ),
)
def broker_at_its_iam_connections(case: CaseFolder) -> None:
    place = estate(case, "ridecast", "10.81", zones="abc")
    msk = case.group("ridecast-msk", [allow((9092, 9098), "10.81.0.0/16")])
    brokers = [
        case.interface(
            f"msk-{one['SubnetId']}",
            one,
            [msk],
            requester="amazon-msk",
            description="DO NOT DELETE - Amazon MSK network interface",
        )
        for one in place.data
    ]
    function(case, "trip-events", place.private, [place.app], runtime="nodejs20.x", timeout=60)
    host = "b-2.ridecast.a1b2c3.c4.kafka.us-east-1.amazonaws.com:9098"
    said = (
        "[Connection] Connection error: Client network socket disconnected before secure TLS connection was established"
    )
    final = node_error(
        "Client network socket disconnected before secure TLS connection was established",
        "KafkaJSNumberOfRetriesExceeded",
        retriable=False,
        broker=host,
        retryCount=5,
    )
    calls = Traffic(case, "trip-events")
    calls.good(210, 0, 60, seconds=0.4)
    calls.bad(66, 17, 59.8, kafkajs("ERROR", said, broker=host, clientId="trips"), final, seconds=9.8)
    calls.write()
    for number, most in ((1, 2_997.0), (2, 3_000.0), (3, 2_999.0)):
        about_ = {"Cluster Name": "ridecast", "Broker ID": str(number)}
        case.metric(
            "AWS/Kafka",
            "ConnectionCount",
            {**about_, "Client Authentication": "IAM"},
            [*ramp(2_150, 2_940, 17, spread=0.004), *[most] * 43],
            stat="Maximum",
            file=f"broker-{number}",
        )
        case.metric(
            "AWS/Kafka",
            "IAMTooManyConnections",
            about_,
            [0.0] * 17 + [float(9 + at % 6) for at in range(43)],
            file=f"broker-{number}",
        )
    case.yaml(
        functions=["trip-events"],
        destinations={
            f"broker-{number + 1}": destination(
                f"b-{number + 1}.ridecast.a1b2c3.c4.kafka.us-east-1.amazonaws.com", 9098, one["PrivateIpAddress"]
            )
            for number, one in enumerate(brokers)
        },
    )
