"""Destinations that do not answer, and such that refuse."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.seen.sixth._places import (
    BLOCKED,
    REFUSING,
    SILENT,
    cdk,
    default_vpc,
    monolog,
    named,
    spoke,
    tracing,
)


@incident(
    source="composed: a push vendor's outage, while another vendor behind the same NAT gateway answers",
    expert=named(SILENT, "from 12:22 to 12:49 only push.gateway.example does not answer; others do by the same way",
                 "push"),
)  # fmt: skip
def push_vendor_is_down(case: CaseFolder) -> None:
    place = cdk(case, "NotifyStack", "10.72", nats=2)
    name = "NotifyStack-FanoutFn2A0C771D-u1XbWm5e"
    case.function(name, place.private, [place.group], runtime="python3.13", timeout=60)
    failed = python_log("ERROR", "push failed player=77120 httpx.ConnectTimeout: timed out "
                                 "url=https://push.gateway.example"
                                 "/v1/send")  # fmt: skip
    fine = python_log("INFO", "mail sent via api.mailer.example 202")
    calls = Traffic(case, name)
    calls.good(90, 0, 22, python_log("INFO", "push sent"), fine, seconds=0.3)
    calls.bad(101, 22.1, 49, failed, fine, seconds=5.4, error=False)
    calls.good(44, 49.2, 60, python_log("INFO", "push sent"), fine, seconds=0.3)
    calls.write()
    for number, nat in enumerate(place.nats):
        case.nat_metrics(nat, active=about(40 + 9 * number, 60), errors=[0.0] * 60,
                         attempts=[*about(9, 22), *about(13, 27), *about(9, 11)],
                         established=[*about(9, 22), *about(5, 27), *about(9, 11)])  # fmt: skip
    case.yaml(functions=[name], destinations={
        "push": {"name": "push.gateway.example", "port": 443, "addresses": ["151.101.2.188"]},
        "mail": {"name": "api.mailer.example", "port": 443, "addresses": ["18.160.41.9"]}})  # fmt: skip


@incident(
    source="composed: an OpenSearch domain that lost nodes takes connections and answers none (text of opensearch-py)",
    expert=named(SILENT, "the domain takes connections and does not answer within ten seconds since it lost two nodes"),
)
def search_domain_goes_red(case: CaseFolder) -> None:
    place = spoke(case, "guide", "10.50")
    host = "vpc-guide-a1b2c3d4e5f6g7h8i9j0k1l2m3.ap-southeast-2.es.amazonaws.com"
    case.function("guide-search", place.apps, [place.group], runtime="python3.12", timeout=30)
    failed = python_error(
        "ConnectionTimeout", f"ConnectionTimeout caused by - "
                             f"ReadTimeoutError(HTTPSConnectionPool(host='{host}', port=443): "
        "Read timed out. (read timeout=10))",
        ("/opt/python/opensearchpy/connection/http_requests.py", 215, "perform_request",
         'raise ConnectionTimeout("TIMEOUT", str(e), e)'),
    )  # fmt: skip
    calls = Traffic(case, "guide-search")
    calls.good(130, 0, 27, seconds=0.08)
    calls.bad(140, 27.2, 59.8, failed, seconds=10.45)
    calls.write()
    dims = {"DomainName": "guide", "ClientId": "482917306154"}
    case.metric("AWS/ES", "Nodes", dims, [3.0] * 27 + [1.0] * 33, stat="Minimum", file="es-guide")
    case.metric("AWS/ES", "ClusterStatus.red", dims, [0.0] * 27 + [1.0] * 33, stat="Maximum", file="es-guide")
    case.metric("AWS/ES", "SearchRate", dims, [*about(420, 27), *([0.0] * 33)], stat="Average", file="es-guide")
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses", "ec2/internet-gateways", "ec2/dhcp-options")
    case.yaml(functions=["guide-search"], destinations={"guide": {"name": host, "port": 443}})


RECORDS = "records.c6qq7w8e9r0t.us-east-2.rds.amazonaws.com"


@incident(
    source="composed: a single-zone RDS instance whose host failed",
    expert=named(SILENT, "for thirteen minutes the database does not answer, and has no metrics either"),
)
def database_host_fails(case: CaseFolder) -> None:
    place = cdk(case, "RecordsStack", "10.73", nats=1)
    own = case.group("RecordsStack-DbSg", [allow(5432, place.group)])
    db = case.database("records", place.isolated[0], [own])
    address = db["PrivateIpAddress"]
    name = "RecordsStack-ChartFn88D0E3B1-i4ZpYk6w"
    case.function(name, place.private, [place.group], timeout=20)
    failed = python_error("OperationalError", f'connection to server at "{RECORDS}" ({address}), port 5432 failed: '
                          "timeout expired\n")  # fmt: skip
    calls = Traffic(case, name)
    calls.good(90, 0, 30.8, seconds=0.05)
    calls.bad(9, 31, 33, python_log("INFO", "loading chart"), timeout=20)
    calls.bad(33, 33, 43.6, failed, seconds=10.4)
    calls.good(52, 44, 60, seconds=0.06)
    calls.write()
    dims = {"DBInstanceIdentifier": "records"}
    case.metric("AWS/RDS", "DatabaseConnections", dims, [*about(11, 31), *([None] * 13), *about(8, 16)], stat="Average")
    case.metric("AWS/RDS", "CPUUtilization", dims, [*about(14, 31), *([None] * 13), *about(35, 16)], stat="Average")
    case.yaml(functions=[name], destinations={
        "records": {"name": RECORDS, "port": 5432, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: one of two listeners in a hospital's network falls silent",
    expert=named(SILENT, "10.190.4.21 does not answer since 12:12, and 10.190.4.30 in the same network does by "
                         "the same "
                 "route", also=(BLOCKED,)),
)  # fmt: skip
def hl7_listener_falls_silent(case: CaseFolder) -> None:
    place = spoke(case, "interop", "10.51")
    place.table["Routes"].append(route("10.190.0.0/16", place.tgw))
    case.function("hl7-forwarder", place.apps, [place.group], runtime="provided.al2023", timeout=30)
    calls = Traffic(case, "hl7-forwarder")
    radiology = go_log("sent ORU^R01 to 10.190.4.30:2575 ack=AA")
    calls.good(40, 0, 12, go_log("sent ADT^A08 to 10.190.4.21:2575 ack=AA"), radiology, seconds=0.2)
    calls.bad(130, 12.1, 60, radiology, go_log("send ADT^A08: dial tcp 10.190.4.21:2575: i/o timeout"), seconds=8.4)
    calls.write(tail=True)
    case.without("ec2/network-acls", "ec2/addresses", "ec2/internet-gateways", "cloudwatch")
    case.yaml(functions=["hl7-forwarder"], reported="ADT feed stopped a bit after noon UTC", destinations={
        "adt": {"name": "mirth-a.hospital.internal", "port": 2575, "addresses": ["10.190.4.21"]},
        "radiology": {"name": "mirth-b.hospital.internal", "port": 2575, "addresses": ["10.190.4.30"]}})  # fmt: skip


@incident(
    source="composed: Symfony Mailer's text of a refused connection, under Bref; the relay listens on 587 only",
    expert=named(REFUSING, "the relay refuses each connection to port 465", "relay.medimail.example"),
)
def relay_without_port_465(case: CaseFolder) -> None:
    text = ('Connection could not be established with host "ssl://relay.medimail.example:465": stream_socket_client(): '
            "Unable to connect to ssl://relay.medimail.example:465 (Connection refused) "
            '{"exception":"[object] (Symfony\\\\Component\\\\Mailer\\\\Exception\\\\TransportException(code: '
            '0)"}')  # fmt: skip
    calls = Traffic(case, "portal-prod-worker")
    calls.bad(
        44, 0, 60, monolog("INFO", "Processing: App\\Jobs\\SendVisitSummary"), monolog("ERROR", text), seconds=0.2
    )
    calls.write(metrics=False)
    case.region = "ap-southeast-2"
    case.yaml(functions=["portal-prod-worker"])


@incident(
    source="composed: an Amazon MQ broker's maintenance, with the text of pika",
    expert=named(REFUSING, "for six minutes the broker refuses connections on 5671, before and after it takes them"),
)
def broker_maintenance(case: CaseFolder) -> None:
    subnets = default_vpc(case)
    group = case.group("orders-sam-LambdaSecurityGroup-4JQ1")
    own = case.group("rabbit", [allow(5671, group)])
    broker = case.interface("mq", subnets[1], [own], description="Amazon MQ network interface for broker b-9f1c",
                            requester="amazon-mq")  # fmt: skip
    address = broker["PrivateIpAddress"]
    host = "b-9f1c22aa-0b1c-4d2e-8f3a-5b6c7d8e9f00.mq.us-east-2.amazonaws.com"
    case.function("asset-publish", subnets, [group], runtime="python3.11", timeout=30)
    lines = (
        python_log("ERROR", "Socket failed to connect: <socket.socket fd=9, family=AddressFamily.AF_INET, "
                            "type=1, proto=6>; "
                            "error=111 (Connection refused)"),
        python_log("ERROR", "AMQPConnector - reporting failure: AMQPConnectorSocketConnectError: "
                            "ConnectionRefusedError(111, 'Connection refused')"),
        python_error("AMQPConnectionError", "", ("/var/task/pika/adapters/blocking_connection.py", 452,
                     "_create_connection", "raise self._reap_last_connection_workflow_error(error)")),
    )  # fmt: skip
    calls = Traffic(case, "asset-publish")
    calls.good(100, 0, 27, seconds=0.1)
    calls.bad(31, 27.1, 33, *lines, seconds=2.2)
    calls.good(90, 33.2, 60, seconds=0.1)
    calls.write(period=300)
    case.without("ec2/internet-gateways", "ec2/network-acls", "ec2/dhcp-options")
    case.yaml(functions=["asset-publish"], destinations={
        "rabbit": {"name": host, "port": 5671, "addresses": [address]}})  # fmt: skip


@incident(
    source="https://github.com/dotnet/runtime (SocketException (111): Connection refused); composed: an NLB "
    "whose targets "
    "are all unhealthy",
    expert=named(
        REFUSING, "behind the load balancer no target is healthy since 12:35, and connections are refused at once"
    ),
)
def no_healthy_target(case: CaseFolder) -> None:
    place = spoke(case, "wallet", "10.52")
    nodes = [case.interface(f"nlb-{n}", place.data[n], [], description="ELB net/wallet-api/5d1f0c2b7a9e4488",
                            requester="amazon-elb", type="network_load_balancer") for n in (0, 1)]  # fmt: skip
    host = "wallet-api-5d1f0c2b7a9e4488.elb.ap-southeast-2.amazonaws.com"
    case.function("purchase-gems", place.apps, [place.group], runtime="dotnet8", timeout=15)
    failed = dotnet_error(
        f"System.Net.Http.HttpRequestException: Connection refused ({host}:8443)",
        "System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port, HttpRequestMessage "
        "initialRequest, Boolean async, CancellationToken cancellationToken)",
        inner="System.Net.Sockets.SocketException (111): Connection refused",
    )
    calls = Traffic(case, "purchase-gems")
    calls.good(120, 0, 35, seconds=0.09)
    calls.bad(88, 35.1, 60, failed, seconds=0.04)
    calls.write()
    nlb = {"TargetGroup": "targetgroup/wallet-api/77aa0b1c2d3e4f50", "LoadBalancer": "net/wallet-api/5d1f0c2b7a9e4488"}
    for metric, values, stat in (("HealthyHostCount", [4.0] * 35 + [0.0] * 25, "Minimum"),
                                 ("UnHealthyHostCount", [0.0] * 35 + [4.0] * 25, "Maximum")):  # fmt: skip
        case.metric("AWS/NetworkELB", metric, nlb, values, stat=stat, file="nlb-wallet")
    case.metric("AWS/NetworkELB", "TCP_Target_Reset_Count", {"LoadBalancer": nlb["LoadBalancer"]},
                [*([None] * 35), *about(4, 25)], file="nlb-wallet")  # fmt: skip
    case.without("ec2/network-acls", "ec2/nat", "ec2/addresses")
    case.yaml(functions=["purchase-gems"], destinations={
        "wallet": {"name": host, "port": 8443, "addresses": [one["PrivateIpAddress"] for one in nodes]}})  # fmt: skip


@incident(
    source="composed: a game server's fleet moved to another port with a release, seen from Rust's AWS-free client",
    expert=named(REFUSING, "from the release at 12:18 on the inner service refuses on 7001, at each of its addresses"),
)
def fleet_moved_to_another_port(case: CaseFolder) -> None:
    place = cdk(case, "LobbyStack", "10.74", nats=1)
    own = case.group("LobbyStack-FleetSg", [allow((7000, 7100), place.group)])
    hosts = [case.interface(f"fleet-{n}", place.private[n], [own],
             description="arn:aws:ecs:us-east-2:482917306154:attachment/0c1d2e3f-fleet") for n in (0, 1)]  # fmt: skip
    name = "LobbyStack-AssignFn0D9A3C77-mW2sKq8x"
    case.function(name, place.private, [place.group], runtime="provided.al2023", timeout=10)
    calls = Traffic(case, name)
    calls.good(110, 0, 18, tracing("INFO", "assigned"), seconds=0.03)
    for number, host in enumerate(hosts):
        text = f"tcp connect error: Connection refused (os error 111), {host['PrivateIpAddress']}:7001"
        calls.bad(80 + number, 18.1, 60, tracing("ERROR", "assign failed", error=text), seconds=0.01)
    calls.write()
    case.yaml(functions=[name])
