"""Hosts that are away, that come back in two steps, and that listen elsewhere."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Line,
    Traffic,
    allow,
    entry,
    go_log,
    incident,
    json_log,
    json_report,
    python_error,
    python_log,
    tags,
    times,
)
from oracles.incidents.world.seen.eleventh._sites_b import Diary, calm_gateway, named, town

DARK = "destination-not-answering"
REFUSING = "destination-refusing"


def _slog(level: str, text: str, **more: str) -> Line:
    return json_log(level, text, **more)


@incident(
    source="composed: after reports to redis/go-redis (dial tcp: i/o timeout, then connection refused, on reboot)",
    expert=named(
        DARK,
        "the host of the cache is away for two minutes and then refuses for one until its service is up: a reboot",
        "sessions",
        also=(REFUSING,),
    ),
)
def cache_host_boots(case: CaseFolder) -> None:
    place = town(case, "arcade", "10.18", "44.196.12.80")
    own = case.group("redis-ec2", [allow(6379, place.lambdas), allow(22, "10.18.0.0/25")])
    host = case.interface("redis-ec2", place.db_a, [own], description="", TagSet=tags("redis-1"))
    address = host["PrivateIpAddress"]
    case.function("player-state", place.apps, [place.lambdas], runtime="provided.al2023", timeout=15)
    lost = go_log("get player: EOF")
    away = go_log(f"get player: dial tcp {address}:6379: i/o timeout")
    refused = go_log(f"get player: dial tcp {address}:6379: connect: connection refused")
    calls = Traffic(case, "player-state")
    calls.good(300, 0, 22.0, seconds=0.01)
    calls.bad(1, 22.02, 22.1, lost, seconds=0.01)
    calls.bad(36, 22.15, 24.3, away, seconds=5.01)
    calls.bad(17, 24.42, 25.4, refused, seconds=0.01)
    calls.good(470, 25.5, 60, seconds=0.01)
    calls.write()
    case.metric("AWS/EC2", "CPUUtilization", {"InstanceId": "i-0c41d7b2a9e6f0133"},
                [4.1, 4.4, 4.0, 4.2, 19.7, 5.0, 4.1, 4.3, 4.2, 4.0, 4.1, 4.2], stat="Average", period=300)  # fmt: skip
    case.yaml(functions=["player-state"], destinations={
        "sessions": {"name": "redis-1.arcade.local", "port": 6379, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: after questions on re:Post (Multi-AZ failover: time-outs until DNS points to the standby)",
    expert=named(
        DARK,
        "the old primary's address does not answer until the name points to the standby, two minutes later",
        "claims",
    ),
)
def primary_lost_until_the_name_moves(case: CaseFolder) -> None:
    place = town(case, "insure", "10.52", "52.71.201.9")
    own = case.group("claims-pg", [allow(5432, place.lambdas)])
    old = case.database("claims-a", place.db_a, [own])["PrivateIpAddress"]
    new = case.database("claims-b", place.db_b, [own])["PrivateIpAddress"]
    name = "claims.cqv8e2jdk1ya.us-east-1.rds.amazonaws.com"
    case.function("file-claim", place.apps, [place.lambdas], timeout=20)
    where = (
        "/opt/python/psycopg2/__init__.py",
        135,
        "connect",
        "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)",
    )
    away = python_error("OperationalError", f'connection to server at "{name}" ({old}), port 5432 failed: timeout '
                        "expired\n", where)  # fmt: skip
    early = python_error("OperationalError", f'connection to server at "{name}" ({new}), port 5432 failed: FATAL:  the '
                         "database system is starting up\n", where)  # fmt: skip
    calls = Traffic(case, "file-claim")
    calls.good(170, 0, 31.1, python_log("INFO", f"claim stored via {old}"), seconds=0.07)
    calls.bad(26, 31.2, 33.1, away, seconds=5.05)
    calls.bad(3, 33.2, 33.4, early, seconds=0.04)
    calls.good(149, 33.5, 60, python_log("INFO", f"claim stored via {new}"), seconds=0.07)
    calls.write()
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "claims"},
        [2.0, 1.0, 2.0] * 10 + [1.0, None, None, 1.0] + [2.0, 2.0, 1.0] * 8 + [2.0, 1.0],
        stat="Maximum",
    )
    case.file("rds/events.json", {"Events": [
        {"SourceIdentifier": "claims", "SourceType": "db-instance", "EventCategories": ["failover"],
         "Message": "Multi-AZ instance failover started.", "Date": "2026-11-20T12:31:38.114000+00:00"},
        {"SourceIdentifier": "claims", "SourceType": "db-instance", "EventCategories": ["failover"],
         "Message": "Multi-AZ instance failover completed", "Date": "2026-11-20T12:33:21.560000+00:00"}]})  # fmt: skip
    case.yaml(functions=["file-claim"], destinations={
        "claims": {"name": name, "port": 5432, "addresses": [new]}})  # fmt: skip


@incident(
    source="composed: after questions on StackOverflow (pika: AMQPConnectorSocketConnectError, connection refused)",
    expert=named(
        REFUSING,
        "from 12:25 on the broker's host refuses on 5672, while the same host takes TLS on 5671 from the other "
        "function: the plain listener was switched off",
    ),
)
def plain_listener_switched_off(case: CaseFolder) -> None:
    place = town(case, "press", "10.27", "18.233.90.55")
    own = case.group("rabbit", [allow((5671, 5672), place.lambdas), allow(15672, "10.27.0.0/16")])
    host = case.interface("rabbit-1", place.db_b, [own], description="", TagSet=tags("rabbit-1", Team="platform"))
    address = host["PrivateIpAddress"]
    # An ACL of its own that lets the broker's ports in and answers out.
    case.acl("press-db", [entry(100, "in", "allow", (5671, 5672), "10.27.0.0/16"),
                          entry(110, "in", "allow", 5432, "10.27.0.0/16"),
                          entry(120, "in", "allow", (1024, 65535), "10.27.0.0/16"),
                          entry(100, "out", "allow", (1024, 65535), "10.27.0.0/16")],
             [place.db_a, place.db_b])  # fmt: skip
    case.function("article-publish", place.apps, [place.lambdas], timeout=30)
    case.function("push-notify", place.apps, [place.lambdas], timeout=30)
    tried = python_log("ERROR", "Socket failed to connect: <socket.socket fd=9, family=2, type=1, proto=6, "
                       "laddr=('169.254.100.6', 41872)>; error=111 (Connection refused)")  # fmt: skip
    failed = python_log("ERROR", "AMQP connection workflow failed: AMQPConnectionWorkflowFailed: 1 exceptions in all; "
                        "last exception - AMQPConnectorSocketConnectError: ConnectionRefusedError(111, 'Connection "
                        "refused'); first exception - None.")  # fmt: skip
    raised = python_error(
        "AMQPConnectionError",
        "",
        ("/var/task/pika/adapters/blocking_connection.py", 360, "__init__", "self._impl = self._create_connection("),
    ).replace("AMQPConnectionError: ", "AMQPConnectionError", 1)
    calls = Traffic(case, "article-publish")
    calls.good(75, 0, 25, python_log("INFO", "article queued on rabbit-1:5672"), seconds=0.09)
    calls.bad(101, 25.1, 60, tried, failed, raised, seconds=0.05)
    calls.write(period=300)
    others = Traffic(case, "push-notify")
    others.good(140, 0, 60, python_log("INFO", "push queued on rabbit-1:5671"), seconds=0.12)
    others.write(period=300)
    case.yaml(functions=["article-publish", "push-notify"], destinations={
        "broker": {"name": "rabbit-1.press.local", "port": 5672, "addresses": [address]},
        "broker-tls": {"name": "rabbit-1.press.local", "port": 5671, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: one of three search nodes is dead and still in the weighted records of its name",
    expert=named(DARK, "one of the three nodes behind the name answers no SYN, the other two do", "search"),
)
def dead_node_behind_a_shared_name(case: CaseFolder) -> None:
    place = town(case, "market", "10.64", "3.92.118.40")
    own = case.group("opensearch-ec2", [allow(9200, place.lambdas, "10.64.16.0/22", "10.64.20.0/22")])
    hosts = [case.interface(f"search-{at}", subnet, [own], description="", TagSet=tags(f"search-{at}"))
             for at, subnet in enumerate((place.db_a, place.db_b, place.db_b))]  # fmt: skip
    addresses = [one["PrivateIpAddress"] for one in hosts]
    case.function("product-search", place.apps, [place.lambdas], runtime="provided.al2023", timeout=10,
                  LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
                                 "LogGroup": "/aws/lambda/product-search"})  # fmt: skip
    diary = Diary(case, "product-search")
    dark = addresses[1]
    gone = f'search: Post "http://search.market.local:9200/products/_search": dial tcp {dark}:9200: i/o timeout'
    busy = [0.0] * 12
    for number, at in enumerate(times(420, 0.1, 59.5)):
        stream = next(one for one in range(12) if busy[one] <= at)
        turn = number * 7 % 3 if number * 7 % 5 else number % 2 * 2
        bad = turn == 1
        line = _slog("ERROR", gone) if bad else _slog("INFO", "hits", node=f"{addresses[turn]}:9200")
        took = 3.02 if bad else 0.03
        busy[stream] = at + took + 0.05
        diary.run(at, line, json_report("error" if bad else "success", took), seconds=took, stream=stream, error=bad)
    diary.write(report=False)
    calm_gateway(case, place.nat, 30)
    case.yaml(functions=["product-search"], destinations={
        "search": {"name": "search.market.local", "port": 9200, "addresses": addresses}})  # fmt: skip
