"""Ways that lead nowhere, in networks of platform teams: transit gateways, peerings, endpoints, brokers, groups."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Line,
    Traffic,
    allow,
    dotnet_error,
    entry,
    go_log,
    incident,
    java_error,
    node_error,
    open_entries,
    python_log,
    route,
)
from oracles.incidents.world.seen.seventh._sites import (
    BLOCKED,
    BySubnet,
    boto_connect_timeout,
    named,
    net,
    spoke,
    stack,
)


@incident(
    source="https://github.com/tulios/kafkajs/issues/1409 (BrokerPool, Connection timeout, MSK and Lambda)",
    expert=named(BLOCKED, "the brokers' group lets 9092 and 9094 in, and the producer uses IAM's port 9098", "msk"),
)
def brokers_without_the_iam_port(case: CaseFolder) -> None:
    place = spoke(case, "logistik-prod", "10.180")
    own = case.group("msk-lieferkette", [allow(9092, place.group), allow(9094, place.group), allow(2181, place.group)])
    brokers = [
        case.interface(
            f"b-{n + 1}",
            place.data[n],
            [own],
            description=f"DO NOT DELETE - Amazon MSK network interface for cluster lieferkette broker {n + 1}",
            requester="amazon-msk",
        )
        for n in range(3)
    ]
    host = "b-1.lieferkette.9xk2c1.c4.kafka.eu-central-1.amazonaws.com"
    case.function("sendungsereignis", place.app, [place.group], runtime="nodejs22.x", timeout=60)

    def kafka(number: int) -> Line:
        name = host.replace("b-1", f"b-{number}")
        return lambda moment: (
            f'{moment.time}\t{moment.request}\tERROR\t{{"level":"ERROR","timestamp":"{moment.time}","logger":"kafkajs",'
            f'"message":"[Connection] Connection timeout","broker":"{name}:9098","clientId":"sendungen"}}\n'
        )

    left = node_error(
        "Connection timeout",
        "KafkaJSNumberOfRetriesExceeded",
        retriable=False,
        retryCount=5,
        stack=("Connection.onTimeout (/var/task/node_modules/kafkajs/src/network/connection.js:223:23)",),
    )
    calls = Traffic(case, "sendungsereignis")
    lines = [kafka(1), kafka(3), kafka(2), left]
    calls.bad(40, 0, 59, *lines, seconds=11.2)
    calls.write()
    case.yaml(
        functions=["sendungsereignis"],
        destinations={"msk": {"name": host, "port": 9098, "addresses": [one["PrivateIpAddress"] for one in brokers]}},
    )


@incident(
    source="composed: a spoke's route table of the third zone that was forgotten (transit gateway, on-premises)",
    expert=named(
        BLOCKED,
        "of the three app subnets the third has no route to the warehouse's 192.168.88.0/24: a third of the "
        "calls is lost",
        "app-c",
    ),
)
def third_zone_without_the_warehouse(case: CaseFolder) -> None:
    place = spoke(case, "wms-prod", "10.184")
    for az in "abc":
        table = place.tables[f"app-{az}"]
        table["Routes"] = [table["Routes"][0], route("10.0.0.0/8", place.tgw)]
        if az != "c":
            table["Routes"].append(route("192.168.0.0/16", place.tgw))
    case.function("lagerbestand-sync", place.app, [place.group], runtime="provided.al2023", timeout=30)
    failed = go_log(
        'level=error msg="wms: call failed" err="Get \\"http://192.168.88.14:8080/bestand?werk=0300\\": '
        'dial tcp 192.168.88.14:8080: i/o timeout"'
    )
    calls = BySubnet(case, "lagerbestand-sync")
    for calls.subnet in (0, 1):
        calls.good(85, 0, 60, go_log('level=info msg="wms: ok"'), seconds=0.07)
    calls.subnet = 2
    calls.bad(81, 0, 60, failed, seconds=5.2)
    calls.write(zeros=False)
    case.without("ec2/nat-gateways", "ec2/addresses", "ec2/internet-gateways")
    case.yaml(
        functions=["lagerbestand-sync"],
        reported="sporadisch, etwa jeder dritte Aufruf",
        destinations={"wms": {"name": "192.168.88.14", "port": 8080, "addresses": ["192.168.88.14"], "via": "tgw"}},
    )


@incident(
    source="composed: a peering of which only one side was given its route (pgjdbc's text: The connection "
    "attempt failed.)",
    expert=named(BLOCKED, "the database's subnet in the peer VPC has no route back to the function's VPC"),
)
def peering_with_a_route_one_way(case: CaseFolder) -> None:
    place = stack(case, "Retouren", "10.42", "eu-central-1", nats=1)
    other = case.vpc("erp", "10.90.0.0/16")
    peer = case.peering("retouren-erp", "10.90.0.0/16", other)
    for table in place.tables:
        table["Routes"].append(route("10.90.0.0/16", peer))
    erp = net(case, "erp-db-a", "10.90.8.0/24", [], vpc=other)
    own = case.group("erp-postgres", [allow(5432, "10.42.0.0/16", "10.90.0.0/16")], vpc=other)
    db = case.database("erp", erp, [own])
    host = "erp.c1v9w3kq0zzt.eu-central-1.rds.amazonaws.com"
    case.function("retoure-buchen", place.private, [place.group], runtime="java21", timeout=40, memory=1536)
    failed = java_error(
        "org.postgresql.util.PSQLException: The connection attempt failed.",
        "org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:364)",
        "org.postgresql.jdbc.PgConnection.<init>(PgConnection.java:273)",
        "de.retouren.Handler.handleRequest(Handler.java:61)",
        causes=("java.net.SocketTimeoutException: Connect timed out",),
    )
    calls = Traffic(case, "retoure-buchen")
    calls.bad(36, 0, 60, failed, seconds=10.4)
    calls.write(memory=1536)
    case.yaml(
        functions=["retoure-buchen"],
        destinations={"erp": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}},
    )


@incident(
    source="https://docs.amazonaws.cn/en_us/secretsmanager/latest/userguide/rotation-function-network-access.html",
    expert=named(
        BLOCKED,
        "the group of the Secrets Manager endpoint lets only the old functions' group in: the new one gets no answer",
        "secrets",
    ),
)
def endpoint_that_knows_only_the_old_group(case: CaseFolder) -> None:
    place = spoke(case, "pos-prod", "10.188", "us-west-2")
    old = case.group("pos-prod-lambda-v1")
    guard = case.group("pos-prod-endpoints", [allow(443, old)])
    case.interface_endpoint("secretsmanager", place.endpoints, [guard])
    case.interface_endpoint("logs", place.endpoints, [guard])
    case.function("rotate-store-pin", place.app, [old], timeout=30)
    case.function("open-store", place.app, [place.group], timeout=30)
    failed = boto_connect_timeout("https://secretsmanager.us-west-2.amazonaws.com/")
    calls = Traffic(case, "open-store")
    calls.bad(38, 0, 60, python_log("INFO", "Found credentials in environment variables."), failed, seconds=10.6)
    calls.write()
    olds = Traffic(case, "rotate-store-pin")
    olds.good(14, 0, 60, python_log("INFO", "rotated"), seconds=0.4)
    olds.write(period=300)
    case.yaml(
        functions=["open-store", "rotate-store-pin"],
        destinations={"secrets": {"name": "secretsmanager.us-west-2.amazonaws.com", "port": 443}},
    )


@incident(
    source="composed: an interface endpoint made with private DNS off (a question that re:Post has in many forms)",
    expert=named(
        BLOCKED,
        "the SQS endpoint has private DNS off, so the usual name is the public address, to which the "
        "subnets have no way",
        "sqs",
    ),
)
def endpoint_without_private_dns(case: CaseFolder) -> None:
    place = stack(case, "Filialnetz", "10.66", nats=1)
    guard = case.group("filialnetz-vpce", [allow(443, "10.66.0.0/16")])
    case.interface_endpoint("sqs", place.isolated, [guard], private_dns=False)
    case.function("bon-archivieren", place.isolated, [place.group], runtime="dotnet8", timeout=45)
    failed = dotnet_error(
        "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
        "HttpClient.Timeout of 10 seconds elapsing.",
        "System.Net.Http.HttpClient.HandleFailure(Exception e, Boolean telemetryStarted, HttpResponseMessage response)",
        "Amazon.Runtime.HttpWebRequestMessage.GetResponseAsync(CancellationToken cancellationToken)",
        "Amazon.Runtime.Internal.HttpHandler`1.InvokeAsync[T](IExecutionContext executionContext)",
        inner="System.TimeoutException: A task was canceled.\n ---> System.Net.Sockets.SocketException "
        "(125): Operation "
        "canceled\n   at System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port)",
    )
    calls = Traffic(case, "bon-archivieren")
    calls.bad(26, 0, 60, failed, seconds=42.0)
    calls.write()
    case.yaml(
        functions=["bon-archivieren"], destinations={"sqs": {"name": "sqs.eu-central-1.amazonaws.com", "port": 443}}
    )


@incident(
    source="https://github.com/Automattic/mongoose/issues/12259 (Server selection timed out), with Atlas "
    "behind PrivateLink",
    expert=named(
        BLOCKED,
        "the function's group only lets 443 and 5432 out, and Atlas' PrivateLink listens on 1024 and above",
        "checkout-egress",
    ),
)
def egress_group_before_atlas(case: CaseFolder) -> None:
    place = spoke(case, "checkout-prod", "10.192")
    tight = case.group("checkout-egress", [], [allow(443, "0.0.0.0/0"), allow(5432, "10.0.0.0/8")])
    guard = case.group("atlas-vpce", [allow((1024, 65535), "10.192.0.0/16")])
    end = case.interface_endpoint(
        "com.amazonaws.vpce.eu-central-1.vpce-svc-0a9d2c7714be0f3d5", place.endpoints, [guard], private_dns=False
    )
    own = [
        one["PrivateIpAddress"]
        for one in case.network_interfaces
        if one["NetworkInterfaceId"] in end["NetworkInterfaceIds"]
    ]
    host = "pl-0-eu-central-1.k3x9q.mongodb.net"
    case.function("warenkorb-laden", place.app, [tight], runtime="nodejs20.x", timeout=40)
    failed = node_error(
        "Server selection timed out after 30000 ms",
        "MongooseServerSelectionError",
        stack=("_handleConnectionErrors (/var/task/node_modules/mongoose/lib/connection.js:1165:11)",),
        reason={
            "type": "ReplicaSetNoPrimary",
            "setName": "atlas-9k1x-shard-0",
            "stale": False,
            "servers": {},
            "heartbeatFrequencyMS": 10000,
        },
    )
    calls = Traffic(case, "warenkorb-laden")
    calls.bad(47, 2, 59, failed, seconds=31.0)
    calls.write()
    case.yaml(functions=["warenkorb-laden"], destinations={"atlas": {"name": host, "port": 1026, "addresses": own}})


@incident(
    source="composed: a deny entry numbered before the allow (go-redis' text: dial tcp ...: i/o timeout)",
    expert=named(
        BLOCKED,
        "entry 90 of the data subnets' ACL denies the second private subnet's block, before 100 lets all of the VPC in",
        "data-nacl",
    ),
)
def acl_entry_ninety(case: CaseFolder) -> None:
    place = stack(case, "Tour", "10.73", "us-west-2")
    denied = entry(90, "in", "deny", None, "10.73.80.0/20", "all")
    case.acl(
        "data-nacl", [denied, entry(100, "in", "allow", None, "10.73.0.0/16", "all"), open_entries()[0]], place.isolated
    )
    own = case.group("tour-cache", [allow(6379, place.group)])
    cache = case.cache("tour-cache-001", place.isolated[0], [own])
    host = "tour-cache.p4w1ab.0001.usw2.cache.amazonaws.com"
    case.function("route-next-stop", place.private, [place.group], runtime="provided.al2023", timeout=10)
    failed = go_log(
        f"redis: connection pool: failed to dial after 3 attempts: dial tcp "
        f"{cache['PrivateIpAddress']}:6379:"
        " i/o timeout"
    )
    calls = BySubnet(case, "route-next-stop")
    calls.good(111, 0, 60, seconds=0.02)
    calls.subnet = 1
    calls.bad(98, 0, 60, failed, seconds=5.2, status="Status: error\tError Type: wrapError")
    calls.write(tail=True)
    case.without("ec2/vpc-endpoints", "ec2/addresses")
    case.yaml(
        functions=["route-next-stop"],
        destinations={"cache": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]}},
    )
