"""Connections that are refused: nobody listens there."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log, node, python
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import about, rule, usual
from oracles.incidents.world.seen.second.verdicts import REFUSING, named


@incident(
    source="Stack Overflow: connect ECONNREFUSED 127.0.0.1:5432 in AWS Lambda, environment variable missing",
    expert=named(
        REFUSING, "the function connects to 127.0.0.1, itself, where no database listens: its host is not set"
    ),
)
def the_database_host_is_not_set(case: CaseFolder) -> None:
    net = usual("todo", "us-east-1")
    net.function("todo-api", ["private-a", "private-b"], runtime="nodejs20.x", timeout=10)
    net.write(case)
    about(
        case,
        "us-east-1",
        ("2026-11-11T09:00", "2026-11-11T09:30"),
        ["todo-api"],
        db="name: todo.cexample.us-east-1.rds.amazonaws.com, port: 5432",
    )
    calls(case, "2026-11-11T09:00", "todo-api", 30, 20, (30, 1.0), failing_ms=90, ms=60)
    log = Log("todo-api", "2026-11-11T09:00")
    log.every(
        3,
        1790,
        40,
        node(
            "Error",
            "connect ECONNREFUSED 127.0.0.1:5432",
            "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)",
            errno=-111,
            code="ECONNREFUSED",
            syscall="connect",
            address="127.0.0.1",
            port=5432,
        ),
        ms=18,
    )
    log.events(case)


@incident(
    source="AWS re:Post: connection refused for 90 seconds during RDS failover, Lambda with Go",
    expert=named(
        REFUSING,
        "for about a minute and a half the database refused, before and after it answered: a restart or failover",
    ),
)
def the_database_restarted_for_ninety_seconds(case: CaseFolder) -> None:
    net = usual("stock", "eu-west-1")
    net.group("db", into=[rule(3306, net["app"])])
    net.interface("data-a", "10.20.51.23", "RDSNetworkInterface", ["db"])
    net.function("reserve", ["private-a", "private-b"], runtime="provided.al2023", timeout=10)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-20T02:00", "2026-11-20T03:00"),
        ["reserve"],
        "errors at 02:31",
        db="name: stock.cexample.eu-west-1.rds.amazonaws.com, port: 3306, addresses: [10.20.51.23]",
    )
    calls(case, "2026-11-20T02:00", "reserve", 60, 90, (31, 0.0), (2, 0.8), (27, 0.0), failing_ms=140, ms=70)
    log = Log("reserve", "2026-11-20T02:00", memory=128)
    log.every(2, 1860, 30, "<g> reserved sku=4711\n", ms=40)
    log.every(1862, 1950, 2, "<g> reserve: dial tcp 10.20.51.23:3306: connect: connection refused\n", ms=9)
    log.every(1960, 3590, 30, "<g> reserved sku=4711\n", ms=40)
    log.events(case)


@incident(
    source="localstack/localstack 10349 and serverless/serverless 11456: Parameters and Secrets extension on "
    "localhost:2773",
    expert=named(
        REFUSING,
        "nobody listens on localhost:2773: the extension's layer is missing or not yet ready; the "
        "network is not involved",
    ),
)
def the_secrets_extension_is_not_there(case: CaseFolder) -> None:
    net = usual("quotes2", "ap-southeast-1")
    net.function("quote", ["private-a", "private-b"], timeout=10)
    net.write(case, "network-acls")
    about(case, "ap-southeast-1", ("2026-11-18T05:00", "2026-11-18T05:30"), ["quote"])
    log = Log("quote", "2026-11-18T05:00")
    log.every(
        3,
        1790,
        50,
        python(
            "ConnectionError",
            "HTTPConnectionPool(host='localhost', port=2773): Max retries exceeded with url: "
            "/secretsmanager/get?secretId=quotes (Caused by NewConnectionError('<urllib3.connection.HTTPConnection "
            "object at "
            "0x7f5a3a5f9d90>: Failed to establish a new connection: [Errno 111] Connection refused'))",
        ),
        ms=31,
    )
    log.tail(case)


@incident(
    source="pika issue: AMQPConnectorSocketConnectError ConnectionRefusedError(111) against Amazon MQ / EC2 RabbitMQ",
    expert=named(REFUSING, "the broker's host answers at once with a refusal, from 14:10 on and until the end"),
)
def the_broker_process_is_down(case: CaseFolder) -> None:
    net = usual("events", "eu-central-1")
    net.group("rabbit", into=[rule((5671, 5672), net["app"])])
    net.interface("data-b", "10.20.52.60", "", ["rabbit"])
    net.function("publish", ["private-a", "private-b"], timeout=10)
    net.write(case)
    about(
        case,
        "eu-central-1",
        ("2026-11-06T14:00", "2026-11-06T14:40"),
        ["publish"],
        broker="name: rabbit-1.events.internal, port: 5672, addresses: [10.20.52.60]",
    )
    calls(case, "2026-11-06T14:00", "publish", 40, 33, (10, 0.0), (30, 1.0), failing_ms=180, ms=60)
    log = Log("publish", "2026-11-06T14:00")
    log.every(
        605,
        2390,
        35,
        (
            "[ERROR]\t<t>\t<r>\tAMQPConnector - reporting failure: AMQPConnectorSocketConnectError: "
            "ConnectionRefusedError(111, 'Connection refused')"
        ),
        python(
            "AMQPConnectionError",
            "",
            'File "/var/task/pika/adapters/blocking_connection.py", line 451, in _create_connection',
            "\u00a0\u00a0raise self._reap_last_connection_workflow_error(error)",
        ),
        ms=40,
    )
    log.events(case)


@incident(
    source="Stack Overflow: System.Net.Sockets.SocketException (111): Connection refused, service moved to another "
    "port",
    expert=named(
        REFUSING, "a public API refuses port 8080; the NAT gateway is healthy and its other connections get through"
    ),
)
def the_partner_moved_its_port(case: CaseFolder) -> None:
    net = usual("printshop", "us-east-2")
    net.function("order-print", ["private-a", "private-b"], runtime="dotnet8", timeout=20)
    net.write(case)
    about(
        case,
        "us-east-2",
        ("2026-11-25T13:00", "2026-11-25T14:00"),
        ["order-print"],
        printer="name: api.printhouse.example, port: 8080, addresses: [203.0.113.12]",
        address_check="name: api.addresses.example, port: 443, addresses: [203.0.113.13]",
    )
    nat = Metrics("2026-11-25T13:00", zeros=True)
    nat.nat(
        net["nat"],
        ConnectionAttemptCount=steps("o", (60, 24)),
        ConnectionEstablishedCount=steps("i", (60, 12)),
        ActiveConnectionCount=steps("j", (60, 8)),
        ErrorPortAllocation=[0] * 60,
    )
    nat.write(case, "nat")
    log = Log("order-print", "2026-11-25T13:00")
    log.every(
        3,
        3590,
        60,
        (
            "<t>\t<r>\tfail\tSystem.Net.Http.HttpRequestException: Connection refused (api.printhouse.example:8080)\n"
            " ---> System.Net.Sockets.SocketException (111): Connection refused\n"
            "   at System.Net.Sockets.Socket.AwaitableSocketAsyncEventArgs.ThrowException(SocketError error, "
            "CancellationToken cancellationToken)\n"
        ),
        ms=90,
    )
    log.events(case)


@incident(
    source="seanmonstar/reqwest: tcp connect error: Connection refused (os error 111), one of several backends",
    expert=named(REFUSING, "one of the three addresses behind the name refuses, so about a third of the calls fail"),
)
def one_of_three_hosts_refuses(case: CaseFolder) -> None:
    net = usual("routing", "eu-west-1")
    net.group("osrm", into=[rule(5000, net["app"])])
    for zone, address in (("a", "10.20.51.11"), ("b", "10.20.52.11"), ("b", "10.20.52.12")):
        net.interface(f"data-{zone}", address, "", ["osrm"])
    net.function("eta", ["private-a", "private-b"], runtime="provided.al2023", timeout=10)
    net.write(case)
    about(
        case,
        "eu-west-1",
        ("2026-11-08T16:00", "2026-11-08T16:40"),
        ["eta"],
        osrm="name: osrm.routing.internal, port: 5000, addresses: [10.20.51.11, 10.20.52.11, 10.20.52.12]",
    )
    calls(case, "2026-11-08T16:00", "eta", 40, 150, (40, 0.33), failing_ms=60, ms=45)
    log = Log("eta", "2026-11-08T16:00", memory=128)
    bad = (
        '{"timestamp":"<t>","level":"ERROR","fields":{"message":"route failed","error":"error sending request for url '
        "(http://osrm.routing.internal:5000/route): error trying to connect: tcp connect error: Connection refused "
        '(os error 111)"},"target":"eta"}\n'
    )
    for number in range(75):
        log.invoke(
            number * 31.0,
            bad
            if number % 3 == 1
            else '{"timestamp":"<t>","level":"INFO","fields":{"message":"eta 14 min"},"target":"eta"}\n',
            ms=12,
            env=number % 5,
        )
    log.events(case)


@incident(
    source="Stack Overflow: Redis connection refused after restart, redis-py Error 111 connecting",
    expert=named(REFUSING, "the cache host refuses (111) from its reboot on, with few clients: nothing listens there"),
)
def the_self_hosted_cache_did_not_come_back(case: CaseFolder) -> None:
    about(
        case,
        "us-east-1",
        ("2026-11-02T07:00", "2026-11-02T07:30"),
        ["session"],
        "after the host was patched",
        cache="name: redis.infra.internal, port: 6379, addresses: [10.0.9.9]",
    )
    calls(case, "2026-11-02T07:00", "session", 30, 12, (6, 0.0), (24, 1.0), failing_ms=60, ms=30)
    log = Log("session", "2026-11-02T07:00")
    log.every(
        362,
        1790,
        28,
        python(
            "ConnectionError",
            "Error 111 connecting to redis.infra.internal:6379. Connection refused.",
            'File "/opt/python/redis/connection.py", line 363, in connect',
        ),
        ms=20,
    )
    log.tail(case)
