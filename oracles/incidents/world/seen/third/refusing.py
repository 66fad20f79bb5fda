"""Destinations that answer at once, with a refusal."""

from __future__ import annotations

from collections.abc import Callable

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Moment,
    Traffic,
    about,
    allow,
    incident,
    java_error,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.third._estate import (
    destination,
    estate,
    function,
    ruby_error,
    tracing,
)

SILENT, REFUSING = "destination-not-answering", "destination-refusing"


def _silent(because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((SILENT,), (SILENT,), Headline.NAMED, because, says, lacks)


def _refusing(because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((REFUSING,), (REFUSING,), Headline.NAMED, because, says, lacks)


@incident(
    source="composed: pika (AMQPConnectorSocketConnectError: ConnectionRefusedError(111)), a wrong port",
    expert=_refusing("the broker's host refuses 5672 from the start: Amazon MQ listens with TLS on 5671"),
)
def the_plain_port_of_a_tls_broker(case: CaseFolder) -> None:
    place = estate(case, "parcelpost", "10.19", zones="ab")
    own = case.group("parcelpost-mq", [allow((5671, 5672), "10.19.0.0/16")])
    broker = case.interface(
        "mq", place.data[0], [own], description="Amazon MQ network interface", requester="amazon-mq"
    )
    address = broker["PrivateIpAddress"]
    function(case, "track-and-trace", place.private, [place.app], timeout=20)
    said = (
        "Socket failed to connect: <socket.socket fd=9, family=2, type=1, proto=6, laddr=('169.254.100.6', 41022)>; "
        "error=111 (Connection refused)"
    )
    final = (
        "AMQPConnectionWorkflow - reporting failure: AMQPConnectionWorkflowFailed: 1 exceptions in all; last "
        "exception - "
        "AMQPConnectorSocketConnectError: ConnectionRefusedError(111, 'Connection refused'); first exception - None"
    )
    calls = Traffic(case, "track-and-trace")
    calls.bad(
        44,
        0,
        60,
        python_log("ERROR", said),
        python_log("ERROR", final),
        python_error(
            "AMQPConnectionError",
            "",
            (
                "/var/task/pika/adapters/blocking_connection.py",
                451,
                "_create_connection",
                "raise self._reap_last_connection_workflow_error",
            ),
        ),
        seconds=0.3,
    )
    calls.write()
    host = "b-6a1f1f5c-52d1-4f37-9d5e-0d1c1ac0b7aa.mq.us-east-1.amazonaws.com"
    case.yaml(functions=["track-and-trace"], destinations={"broker": destination(host, 5672, address)})


@incident(
    source="https://github.com/jeremydaly/serverless-mysql/issues/7 (after an Aurora failover), with mysql2 of Ruby",
    expert=_refusing("for two minutes the writer refuses, and all is well before and after: a failover"),
)
def the_writer_fails_over(case: CaseFolder) -> None:
    place = estate(case, zones="ab")
    own = case.group("acme-prod-aurora-mysql", [allow(3306, place.app)])
    writer = case.database("acme-orders-1", place.data[0], [own])
    case.database("acme-orders-2", place.data[1], [own])
    function(case, "orders-worker", place.private, [place.app], runtime="ruby3.2", timeout=30)
    host = "acme-orders.cluster-c1x8fm2w0aab.us-east-1.rds.amazonaws.com"
    failed = ruby_error(
        "Mysql2::Error::ConnectionError",
        f"Can't connect to MySQL server on '{host}:3306' (111)",
        "/var/task/vendor/bundle/ruby/3.2.0/gems/mysql2-0.5.6/lib/mysql2/client.rb:97:in `connect'",
    )
    calls = Traffic(case, "orders-worker")
    calls.good(210, 0, 36, seconds=0.11)
    calls.bad(17, 36.2, 38.1, failed, seconds=0.02)
    calls.good(140, 38.3, 60, seconds=0.12)
    calls.write(report=False, zeros=False)
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "acme-orders-1"},
        [*about(18, 36), None, None, 1.0, 0.0, *[0.0] * 20],
        stat="Average",
        file="orders-1",
    )
    case.metric(
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": "acme-orders-2"},
        [*[2.0] * 37, 4.0, *about(17, 22)],
        stat="Average",
        file="orders-2",
    )
    case.yaml(functions=["orders-worker"], destinations={"orders": destination(host, 3306, writer["PrivateIpAddress"])})


@incident(
    source="composed: tonic's 'transport error', for one task of three behind a name of Cloud Map",
    expert=_refusing("one of the three addresses refuses 50051 from 12:20 on, the others answer"),
)
def one_task_of_three_refuses(case: CaseFolder) -> None:
    place = estate(case, "mosaic", "10.55", zones="abc")
    own = case.group("mosaic-ecs", [allow(50051, place.app)])
    tasks = [
        case.interface(f"task-{at}", one, [own], description="arn:aws:ecs:us-east-1:482917306154:attachment/4d1c")
        for at, one in enumerate(place.private)
    ]
    addresses = [one["PrivateIpAddress"] for one in tasks]
    function(case, "tile-render", place.private, [place.app], runtime="provided.al2023", timeout=10, memory=1769)
    text = (
        'Status { code: Unavailable, message: "error trying to connect: tcp connect error: Connection refused '
        "(os error "
        '111)", source: Some(tonic::transport::Error(Transport, hyper::Error(Connect, ConnectError("tcp connect '
        'error", Os '
        '{ code: 111, kind: ConnectionRefused, message: "Connection refused" })))) }'
    )
    calls = Traffic(case, "tile-render")
    calls.good(300, 0, 60, seconds=0.2)
    calls.bad(
        71, 20.2, 60, tracing("ERROR", "tile not rendered", error=text, peer=f"{addresses[1]}:50051"), seconds=0.02
    )
    calls.write(memory=1769)
    case.yaml(
        functions=["tile-render"], destinations={"tiles": destination("tiles.mosaic.internal", 50051, *addresses)}
    )


@incident(
    source="composed: opensearch's RestHighLevelClient, 'Connection refused' from a self-run node, amid noise of "
    "warnings",
    expert=_refusing(
        "nothing listens on 9200 of the host from 12:08 on; the warnings about deprecated settings are noise"
    ),
)
def the_search_process_died(case: CaseFolder) -> None:
    failed = java_error(
        "java.net.ConnectException: Connection refused",
        "org.elasticsearch.client.RestClient.extractAndWrapCause(RestClient.java:932)",
        "org.elasticsearch.client.RestClient.performRequest(RestClient.java:300)",
        causes=("java.net.ConnectException: Connection refused",),
    )

    def said(level: str, ending: str) -> Callable[[Moment], str]:
        request = "request [POST http://10.3.4.21:9200/jobs/_search]"
        return lambda moment: f"{moment.time[:10]} {moment.time[11:19]} {level}  RestClient:72 - {request} {ending}\n"

    calls = Traffic(case, "job-search")
    calls.good(32, 0, 8, said("WARN", "returned 1 warnings"), seconds=0.09)
    calls.bad(190, 8.1, 60, said("INFO", "sent"), failed, seconds=0.05)
    calls.write(metrics=False)
    case.yaml(
        functions=["job-search"],
        destinations={"search": {"name": "10.3.4.21", "port": 9200}},
        reported="search is down (timeout?)",
    )
