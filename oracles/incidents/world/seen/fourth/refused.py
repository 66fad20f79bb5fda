"""Destinations that answer, and refuse."""

from __future__ import annotations

from collections.abc import Callable

from oracles.incidents.world import (
    CaseFolder,
    Moment,
    Traffic,
    allow,
    dotnet_error,
    incident,
    node_error,
    node_log,
    node_socket_error,
)
from oracles.incidents.world.seen.fourth._sites import (
    PUNYCODE,
    REFUSING,
    database,
    default_vpc,
    named,
    pg_error,
    to,
    wizard,
)


@incident(
    source="composed: a minor upgrade of RDS (ECONNREFUSED, then 57P03 the database system is starting up)",
    expert=named(REFUSING, "for six minutes the database refuses and then says that it starts up: it was upgraded"),
)
def minor_upgrade_of_postgres(case: CaseFolder) -> None:
    home = default_vpc(case)
    db = database(case, "crm", home.subnets[2], 5432, home.default)
    address = db["PrivateIpAddress"]
    case.function("crm-api", home.subnets, [home.default], runtime="nodejs22.x", timeout=10)
    calls = Traffic(case, "crm-api")
    calls.good(101, 0, 22.9, seconds=0.05)
    calls.bad(19, 23.1, 28, node_socket_error("ECONNREFUSED", address=address, port=5432), seconds=0.02)
    starting = pg_error("the database system is starting up", "57P03", file="postmaster.c", line="2409",
                        routine="ProcessStartupPacket")  # fmt: skip
    calls.bad(4, 28.2, 29, starting, seconds=0.03)
    calls.good(133, 29.3, 60, PUNYCODE, seconds=0.06)
    calls.write()
    case.without("ec2/network-acls", "ec2/addresses", "ec2/nat")
    case.yaml(functions=["crm-api"], destinations={
        "crm": to("crm.c9q8w7e6r5t4.us-east-1.rds.amazonaws.com", 5432, address)})  # fmt: skip


@incident(
    source="https://github.com/dpkp/kafka-python/issues/2116 (Lambda to Kafka on EC2); kafkajs's texts: "
    "tulios/kafkajs#1409",
    expert=named(REFUSING, "nobody listens on 9092 at that address: the host resets each connection at once"),
)
def kafka_listens_on_localhost(case: CaseFolder) -> None:
    home = default_vpc(case)
    own = case.group("launch-wizard-1", [allow(9092, "0.0.0.0/0"), allow(22, "0.0.0.0/0")])
    host = case.interface("kafka", home.subnets[0], [own])
    address = host["PrivateIpAddress"]
    case.function("publish", home.subnets[:1], [home.default], runtime="nodejs20.x", timeout=60)

    def said(message: str, **more: object) -> Callable[[Moment], str]:
        return lambda moment: node_log("ERROR", {
            "level": "ERROR", "timestamp": moment.time, "logger": "kafkajs",
            "message": f"{message}: connect ECONNREFUSED {address}:9092", **more})(moment)  # fmt: skip

    broker = said("[Connection] Connection error", broker=f"{address}:9092", clientId="my-app")
    seed = said("[BrokerPool] Failed to connect to seed broker, trying another broker from the list",
                retryCount=4, retryTime=4800)  # fmt: skip
    failed = node_error(f"Connection error: connect ECONNREFUSED {address}:9092", "KafkaJSNumberOfRetriesExceeded",
                        name="KafkaJSNumberOfRetriesExceeded", retriable=False)  # fmt: skip
    calls = Traffic(case, "publish")
    calls.bad(17, 3, 57, broker, seed, failed, seconds=9.4)
    calls.write()
    case.yaml(functions=["publish"], destinations={"kafka": to(address, 9092, address)},
              reported="kafka-console-producer works on the instance")  # fmt: skip


@incident(
    source="composed: a partner's SFTP server after its firewall was changed (text of ssh2-sftp-client)",
    expert=named(
        REFUSING,
        "the partner's server refuses port 22 at once from 12:10 on; until then uploads passed through the same NAT "
        "gateway",
    ),
)
def partner_refuses_sftp(case: CaseFolder) -> None:
    place = wizard(case, "edi")
    assert place.nat
    case.function("upload-edi", place.private, [place.group], runtime="nodejs20.x", timeout=60, memory=256)
    text = "getConnection: connect ECONNREFUSED 185.76.64.140:22"
    stack = ("fmtError (/var/task/node_modules/ssh2-sftp-client/src/utils.js:53:20)",)
    calls = Traffic(case, "upload-edi")
    calls.good(9, 0, 9.5, node_log("INFO", "uploaded ORDERS_8812.edi"), seconds=2.2)
    calls.bad(47, 10, 60, node_error(text, stack=stack, code="ECONNREFUSED", custom=True), seconds=1.1)
    calls.write(period=300, memory=256)
    case.nat_metrics(place.nat, period=300, active=[2.0, 1.0, 2.0, 2.0] * 3, errors=[0.0] * 12)
    case.without("ec2/network-interfaces")
    case.yaml(functions=["upload-edi"], destinations={"sftp": to("sftp.partner-logistik.example", 22, "185.76.64.140")})


@incident(
    source="composed: one of two tasks behind a name refuses (text of .NET's HttpClient)",
    expert=named(
        REFUSING, "one of the service's two addresses refuses 8080, the other answers: about half of the calls fail"
    ),
)
def one_of_two_tasks_refuses(case: CaseFolder) -> None:
    place = wizard(case, "pdf")
    own = case.group("pdf-service", [allow(8080, place.group)])
    tasks = [case.interface(f"task-{at}", one, [own], description="arn:aws:ecs:us-east-1:482917306154:attachment/"
             f"3f9a{at}c1e-77aa-4f0e-9d0c-2b7a1d1f6c0{at}") for at, one in enumerate(place.private)]  # fmt: skip
    good, dead = (one["PrivateIpAddress"] for one in tasks)
    case.function("render-pdf", place.private, [place.group], runtime="dotnet8", timeout=30, memory=512)
    calls = Traffic(case, "render-pdf")
    calls.good(70, 0, 60, seconds=0.8)
    calls.bad(64, 0, 60, dotnet_error(
        f"System.Net.Http.HttpRequestException: Connection refused ({dead}:8080)",
        "System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port, HttpRequestMessage request)",
        inner="System.Net.Sockets.SocketException (111): Connection refused"), seconds=0.05)  # fmt: skip
    calls.write()
    case.yaml(functions=["render-pdf"], destinations={"pdf": to("pdf.internal.example", 8080, good, dead)})
