"""Ways that platform teams own: transit gateways, peerings, endpoints and their policies."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    incident,
    json_log,
    node_error,
    node_log,
    python_error,
    route,
)  # fmt: skip
from oracles.incidents.world.seen.ninth.places import BLOCKED, Apart, fleet, named, requests_error, startup


@incident(
    source="composed: the attachment to the transit gateway was recreated, its routes are black holes",
    expert=named(BLOCKED, "the route to the data centre's 10.200.0.0/16 is a black hole in the functions' tables",
                 lacks=("peering",)),
)  # fmt: skip
def transit_routes_are_black_holes(case: CaseFolder) -> None:
    place = fleet(case, "erp", "10.64")
    for table in place.tables:
        table["Routes"].append(route("10.200.0.0/16", "tgw-0c4e8a1f2b9d77310", "blackhole"))
    case.function("erp-stock-sync", place.apps, [place.app], runtime="dotnet8", timeout=60)
    failed = dotnet_error(
        "Microsoft.Data.SqlClient.SqlException (0x80131904): A network-related or instance-specific error occurred "
        "while establishing a connection to SQL Server. The server was not found or was not accessible. Verify that "
        "the instance name is correct and that SQL Server is configured to allow remote connections. (provider: TCP "
        "Provider, error: 40 - Could not open a connection to SQL Server)",
        "Microsoft.Data.ProviderBase.DbConnectionPool.TryGetConnection(DbConnection owningObject, UInt32 "
        "waitForMultipleObjectsTimeout, Boolean allowCreate, Boolean onlyOneCheckConnection, DbConnectionOptions "
        "userOptions, DbConnectionInternal& connection)",
        "Erp.Stock.Sync.RunAsync() in /src/Erp.Stock/Sync.cs:line 52",
        inner="System.ComponentModel.Win32Exception (110): Connection timed out")  # fmt: skip
    calls = Traffic(case, "erp-stock-sync")
    calls.bad(12, 0, 60, failed, seconds=15.2)
    calls.write(period=300)
    case.yaml(functions=["erp-stock-sync"], destinations={
        "sqlserver": {"name": "sql01.corp.erpco.example", "port": 1433, "addresses": ["10.200.8.15"]}})  # fmt: skip


@incident(
    source="https://github.com/Automattic/mongoose/issues/13988 (Server selection timed out after 30000 ms)",
    expert=named(BLOCKED, "only the table of zone a has the route to the peering of Atlas; from b and c "
                          "192.168.248.0/21 "
                          "goes to a NAT gateway and is lost"),
)  # fmt: skip
def peering_route_in_one_table_of_three(case: CaseFolder) -> None:
    place = fleet(case, "fitly", "10.64")
    peer = case.peering("atlas-peering", "192.168.248.0/21")
    place.tables[0]["Routes"].append(route("192.168.248.0/21", peer))
    case.function("fitly-workouts", place.apps, [place.app], runtime="nodejs20.x", timeout=45)
    hosts = ["ac-fx3kd2p-shard-00-00.q1zzy.mongodb.net:27017", "ac-fx3kd2p-shard-00-01.q1zzy.mongodb.net:27017"]
    failed = node_error(
        "Server selection timed out after 30000 ms", "MongoServerSelectionError",
        stack=("Topology.selectServer (/var/task/node_modules/mongodb/lib/sdam/topology.js:321:38)",
               "async Topology._connect (/var/task/node_modules/mongodb/lib/sdam/topology.js:200:28)"),
        reason={"type": "ReplicaSetNoPrimary", "setName": "atlas-9qk-shard-0", "stale": False,
                "servers": {host: {"type": "Unknown", "error": "MongoNetworkTimeoutError: connection timed out"}
                            for host in hosts}})  # fmt: skip
    calls = Apart(case, "fitly-workouts")
    calls.good(33, 0, 60, node_log("INFO", "workout saved"), seconds=0.12)
    calls.bad(69, 0, 60, failed, seconds=30.1)
    calls.write()
    case.without("ec2/network-acls", "ec2/addresses")
    case.yaml(functions=["fitly-workouts"], destinations={
        "atlas": {"name": "fitly.q1zzy.mongodb.net", "port": 27017, "addresses": ["192.168.248.20"]}})  # fmt: skip


@incident(
    source="composed: a gateway endpoint's policy that lists buckets; the text is IAM's own for endpoint policies",
    expert=named(BLOCKED, "S3 answers, and says itself that the endpoint's policy does not allow the new bucket",
                 lacks=("security group", "nat gateway")),
)  # fmt: skip
def endpoint_policy_forgets_a_bucket(case: CaseFolder) -> None:
    place = startup(case, "lumen", "10.41")
    policy = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":'
              '["arn:aws:s3:::lumen-uploads","arn:aws:s3:::lumen-uploads/*"]}]}')  # fmt: skip
    case.gateway_endpoint("s3", [place.private_table], policy=policy)
    case.function("lumen-render", place.private, [place.app], timeout=60)
    failed = python_error(
        "ClientError",
        "An error occurred (AccessDenied) when calling the GetObject operation: User: arn:aws:sts::482917306154:"
        "assumed-role/lumen-render-role/lumen-render is not authorized to perform: s3:GetObject on resource: "
        '"arn:aws:s3:::lumen-fonts/Inter.ttf" because no VPC endpoint policy allows the s3:GetObject action',
        (
            "/var/runtime/botocore/client.py",
            1021,
            "_make_api_call",
            "raise error_class(parsed_response, operation_name)",
        ),
    )
    calls = Traffic(case, "lumen-render")
    calls.good(40, 0, 22, seconds=1.4)
    calls.bad(71, 22.5, 60, failed, seconds=0.3)
    calls.write()
    case.yaml(functions=["lumen-render"], reported="AccessDenied since the fonts bucket was split off")


@incident(
    source="https://github.com/tulios/kafkajs/issues/1409 (Failed to connect to seed broker ... Connection timeout)",
    expert=named(
        BLOCKED,
        "the function's group lets out 443 and 9092 only; the brokers listen for IAM on 9098",
        "telemetry-egress",
    ),
)
def group_lets_out_the_wrong_broker_port(case: CaseFolder) -> None:
    place = fleet(case, "telemetry", "10.80")
    brokers = case.group("telemetry-msk", [allow((9092, 9098), "10.80.0.0/16")])
    hosts = [case.interface(f"msk-{az}", subnet, [brokers], description="DO NOT DELETE - Amazon MSK network interface "
                            "for cluster telemetry", requester="amazon-msk")
             for az, subnet in zip("abc", place.data, strict=True)]  # fmt: skip
    tight = case.group("telemetry-egress", egress=[allow(443, "0.0.0.0/0"), allow(9092, "10.80.128.0/22")])
    case.function("telemetry-ingest", place.apps, [tight], runtime="nodejs22.x", timeout=30, memory=1024)
    name = "b-{}.telemetry.k3vq9a.c21.kafka.us-east-1.amazonaws.com"
    lines = [node_log("ERROR", {"level": "ERROR", "logger": "kafkajs",
                                "message": "[Connection] Connection timeout", "broker": f"{name.format(n)}:9098",
                                "clientId": "telemetry-ingest"}) for n in (1, 2)]  # fmt: skip
    end = node_error("Connection timeout", "KafkaJSNonRetriableError",
                     stack=("/var/task/node_modules/kafkajs/src/network/connection.js:221:23",),
                     retryCount=5, retriable=False)  # fmt: skip
    calls = Traffic(case, "telemetry-ingest")
    calls.bad(48, 0, 60, *lines, end, seconds=13.3)
    calls.write(memory=1024, zeros=False)
    case.yaml(functions=["telemetry-ingest"], destinations={
        f"broker-{n}": {"name": name.format(n), "port": 9098, "addresses": [host["PrivateIpAddress"]]}
        for n, host in enumerate(hosts, 1)})  # fmt: skip


@incident(
    source="composed: a subnet that was added to a function, and an endpoint's group with the blocks of the old ones",
    expert=named(BLOCKED, "the SQS endpoint's group admits the ranges of zones a and b only: what starts in zone c "
                          "gets no answer"),
)  # fmt: skip
def endpoint_group_knows_two_zones(case: CaseFolder) -> None:
    place = fleet(case, "ledger", "10.66")
    door = case.group("ledger-vpce", [allow(443, "10.66.32.0/20", "10.66.48.0/20", note="apps a, b")])
    endpoint = case.interface_endpoint("sqs", place.data, [door])
    address = next(one["PrivateIpAddress"] for one in case.network_interfaces
                   if one["NetworkInterfaceId"] == endpoint["NetworkInterfaceIds"][1])  # fmt: skip
    case.function("ledger-post", place.apps, [place.app], runtime="provided.al2023", timeout=60)
    text = ('{"level":"error","msg":"enqueue failed","error":"operation error SQS: SendMessage, exceeded maximum '
            'number '
            'of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post '
            '\\"https://sqs.us-east-1.amazonaws.com/\\": dial tcp ' + f'{address}:443: i/o timeout"}}')  # fmt: skip
    calls = Apart(case, "ledger-post")
    calls.good(110, 0, 60, '{"level":"info","msg":"posted"}\n', seconds=0.04)
    calls.bad(52, 0, 60, text + "\n", seconds=15.4)
    calls.write(tail=True)
    case.yaml(functions=["ledger-post"], destinations={
        "sqs": {"name": "sqs.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="composed: a NAT gateway that a clean-up deleted; nobody saved a log",
    expert=named(BLOCKED, "from 12:19 on each invocation runs into the 60 s timeout, and the default route leads "
                          "to a NAT "
                          "gateway deleted at 12:18"),
)  # fmt: skip
def metrics_after_the_nat_was_deleted(case: CaseFolder) -> None:
    place = startup(case, "parcel", "10.90")
    place.nat.update(State="deleted", DeleteTime="2026-11-20T12:18:31+00:00", NatGatewayAddresses=[])
    place.private_table["Routes"][1]["State"] = "blackhole"
    case.network_interfaces.clear()
    case.addresses.clear()
    case.function("parcel-carrier-rates", place.private, [place.app], runtime="java21", timeout=60, enis=True)
    calls = [float(one) for one in about(24, 60)]
    case.function_metrics("parcel-carrier-rates", invocations=calls, errors=[0.0] * 18 + [11.0] + calls[19:],
                          duration=[float(one) for one in about(820, 18)] + [60_000.0] * 42,
                          concurrent=[2.0, 3.0, 2.0] * 6 + [13.0] + [25.0, 26.0, 24.0] * 13 + [25.0] * 2)  # fmt: skip
    case.yaml(functions=["parcel-carrier-rates"], reported="all carrier quotes time out since about 12:20")


@incident(
    source="composed: a vendor's PrivateLink, the connection was never accepted",
    expert=named(BLOCKED, "the endpoint to the vendor's service still waits for acceptance: it carries nothing",
                 lacks=("nat gateway",)),
)  # fmt: skip
def vendor_endpoint_pending(case: CaseFolder) -> None:
    place = fleet(case, "risk", "10.70")
    door = case.group("risk-vendor-vpce", [allow(443, place.app)])
    one = case.interface_endpoint("com.amazonaws.vpce.us-east-1.vpce-svc-0a7d1f3c9be4420e1", place.data[:2], [door],
                                  private_dns=False, State="pendingAcceptance")  # fmt: skip
    host = one["DnsEntries"][0]["DnsName"]
    case.function("risk-score", place.apps[:2], [place.app], timeout=20)
    failed = requests_error(
        host, "/v2/score", f"ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at 0x7f3b2c>, 'Connection "
        f"to {host} timed out. (connect timeout=5)')")  # fmt: skip
    calls = Traffic(case, "risk-score")
    calls.bad(44, 0, 60, json_log("INFO", "scoring", decline_reason="none"), failed, seconds=5.1)
    calls.write()
    case.yaml(functions=["risk-score"], destinations={"vendor": {"name": host, "port": 443}})
