"""Routes that lead nowhere, and NAT gateways where they are of no use."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    dotnet_error,
    incident,
    java_error,
    python_error,
    python_log,
    route,
    times,
)
from oracles.incidents.world.log_lines import node_error
from oracles.incidents.world.seen.third._estate import (
    Call,
    bref_error,
    destination,
    estate,
    function,
    play,
    slog,
    steady,
    table_of,
)

BLOCKED = "route-or-rule-blocked"


def _blocked(because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says, lacks)


@incident(
    source="composed: a third zone was added, and the module's one_nat_gateway_per_az left its table without a route",
    expert=_blocked(
        "environments in the subnet of zone c have no route out, those in a and b work", "acme-prod-private-us-east-1c"
    ),
)
def the_third_zone_has_no_default_route(case: CaseFolder) -> None:
    place = estate(case, zones="abc", nats="ab")
    table_of(case, place.private[2])["Routes"].pop()
    function(case, "label-printer", place.private, [place.app], runtime="provided.al2023", timeout=20)
    text = 'Post "https://api.shipmule.example/v2/labels": dial tcp 34.160.113.44:443: i/o timeout'
    calls = [
        Call(
            at,
            (slog("ERROR", "create label", error=text, attempt=1),) if index % 3 == 2 else (),
            stream=index % 3,
            seconds=5.02 if index % 3 == 2 else 0.27,
            error=index % 3 == 2,
        )
        for index, at in enumerate(float(second) for second in range(12, 3588, 24))
    ]
    play(case, "label-printer", calls)
    for nat in place.nats:
        case.nat_metrics(nat, errors=[0.0] * 60, active=[2.0, 3.0, 2.0, 1.0] * 15)
    case.yaml(
        functions=["label-printer"],
        destinations={"shipmule": destination("api.shipmule.example", 443, "34.160.113.44")},
    )


@incident(
    source="https://github.com/brefphp/bref/issues/873 ('your app is deployed in a VPC'), and AWS's "
    "troubleshooting guide",
    expert=_blocked("the NAT gateway stands in a private subnet, whose own default route leads back to it", "egress"),
)
def the_gateway_stands_in_a_private_subnet(case: CaseFolder) -> None:
    place = estate(case, "tribune-staging", "10.200", nats="", stage="staging")
    nat = case.nat("egress", place.private[0])
    for one in place.private:
        table_of(case, one)["Routes"].append(route("0.0.0.0/0", nat))
    function(
        case,
        "tribune-staging-artisan",
        place.private,
        [place.app],
        runtime="provided.al2",
        timeout=28,
        Layers=[{"Arn": "arn:aws:lambda:us-east-1:534081306603:layer:php-83:44", "CodeSize": 30512840}],
    )
    said = (
        "cURL error 28: Connection timed out after 5001 milliseconds (see https://curl.haxx.se/libcurl/c/libcurl-"
        "errors.html) for https://api.mailpost.example/v3/messages"
    )
    calls = Traffic(case, "tribune-staging-artisan")
    calls.bad(17, 1, 58, bref_error("GuzzleHttp\\Exception\\ConnectException", said), seconds=5.2)
    calls.write(tail=True)
    case.nat_metrics(nat, errors=[0.0] * 60, active=[0.0] * 60)
    case.yaml(
        functions=["tribune-staging-artisan"],
        destinations={"mail": destination("api.mailpost.example", 443, "34.160.113.90", via="nat")},
        reported="new staging VPC",
    )


@incident(
    source="composed: undici (UND_ERR_CONNECT_TIMEOUT): a function in public subnets",
    expert=_blocked(
        "the function's only subnets are public: their route leads to the internet gateway, and a function has "
        "no public address",
        "public",
    ),
)
def fetch_from_public_subnets(case: CaseFolder) -> None:
    place = estate(case, "hobby", "172.31", stage="dev")
    function(case, "hobby-bot", place.public, [place.app], runtime="nodejs22.x", timeout=20, memory=128)
    failed = node_error(
        "fetch failed",
        "TypeError",
        stack=(
            "node:internal/deps/undici/undici:13510:13",
            "process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
            "async post (file:///var/task/index.mjs:14:15)",
        ),
        cause={
            "errorType": "ConnectTimeoutError",
            "code": "UND_ERR_CONNECT_TIMEOUT",
            "errorMessage": "Connect Timeout Error (attempted address: discord.example:443, timeout: 10000ms)",
        },
    )
    calls = Traffic(case, "hobby-bot")
    calls.bad(9, 0, 60, failed, seconds=10.6)
    calls.write(memory=128, zeros=False)
    case.without("ec2/network-acls", "ec2/internet-gateways")
    case.yaml(functions=["hobby-bot"])


@incident(
    source="https://github.com/Automattic/mongoose/issues/12259 (Server selection timed out after 30000 ms), with an "
    "Atlas peering as in ordina-jworks.github.io pull request 587",
    expert=_blocked(
        "the peering connection is active, and no table sends 192.168.248.0/21 to it: the packets go to the NAT gateway"
    ),
)
def atlas_peering_without_a_route(case: CaseFolder) -> None:
    place = estate(case, "quill", "10.33")
    case.peering("atlas-quill", "192.168.248.0/21")
    function(case, "quill-notes", place.private, [place.app], runtime="nodejs20.x", timeout=40)
    host = "quill-shard-00-00-pri.x7rkq.mongodb.net"
    failed = node_error(
        "Server selection timed out after 30000 ms",
        "MongoServerSelectionError",
        stack=(
            "Timeout._onTimeout (/var/task/node_modules/mongodb/lib/sdam/topology.js:278:38)",
            "listOnTimeout (node:internal/timers:581:17)",
        ),
        reason={
            "type": "ReplicaSetNoPrimary",
            "servers": {},
            "stale": False,
            "compatible": True,
            "heartbeatFrequencyMS": 10000,
            "localThresholdMS": 15,
            "setName": "atlas-p1z0-shard-0",
            "maxElectionId": None,
        },
        cause={"name": "MongoNetworkTimeoutError", "message": f"connection timed out ({host}:27017)"},
    )
    calls = Traffic(case, "quill-notes")
    calls.bad(24, 0, 59.3, failed, seconds=31.1)
    calls.write()
    case.nat_metrics(place.nats[0], errors=[0.0] * 60, active=[float(4 + at % 5) for at in range(60)])
    case.yaml(
        functions=["quill-notes"], destinations={"atlas": destination(host, 27017, "192.168.248.12", via="peering")}
    )


@incident(
    source="composed: SqlClient's error 40 when the transit gateway's attachment was deleted",
    expert=_blocked("the route to 172.20.0.0/14 is a blackhole: the transit gateway is not attached any more"),
)
def the_transit_route_is_a_blackhole(case: CaseFolder) -> None:
    place = estate(case, "northwind", "10.60", zones="ab")
    for one in place.private:
        table_of(case, one)["Routes"].append(route("172.20.0.0/14", "tgw-0aa31b5c88e0d4f17", "blackhole"))
    function(case, "erp-sync", place.private, [place.app], runtime="dotnet8", timeout=60, memory=1024)
    function(case, "erp-notify", place.private, [place.app], runtime="dotnet8", timeout=15)
    failed = dotnet_error(
        "Microsoft.Data.SqlClient.SqlException (0x80131904): A network-related or instance-specific error "
        "occurred while "
        "establishing a connection to SQL Server. The server was not found or was not accessible. Verify that the "
        "instance name is correct and that SQL Server is configured to allow remote connections. (provider: TCP "
        "Provider, error: 40 - Could not open a connection to SQL Server: Could not open a connection to SQL Server)",
        "Microsoft.Data.SqlClient.SqlInternalConnection.OnError(SqlException exception, Boolean breakConnection)",
        "Erp.Sync.Run() in /src/Erp/Sync.cs:line 112",
        inner="System.ComponentModel.Win32Exception (110): Connection timed out",
    )
    calls = Traffic(case, "erp-sync")
    calls.good(33, 0, 21.4, seconds=1.9)
    calls.bad(58, 21.6, 59, failed, seconds=15.6)
    calls.write(memory=1024, period=300)
    steady(case, "erp-notify", 74, seconds=0.4, period=300)
    case.yaml(
        functions=["erp-sync", "erp-notify"],
        destinations={"erp": destination("sql01.corp.northwind.example", 1433, "172.21.4.30", via="transit gateway")},
        reported="ERP unreachable from 12:21",
    )


@incident(
    source="composed: a NAT gateway was replaced by Terraform, its route was not; httpx.ConnectTimeout from then on",
    expert=_blocked(
        "from 12:23 the default route is a blackhole: the NAT gateway that it names is deleted, while the "
        "database inside the VPC still answers"
    ),
)
def the_route_to_a_gateway_that_was_replaced(case: CaseFolder) -> None:
    place = estate(case, "acme-eu", "10.77")
    place.nats[0]["CreateTime"] = "2026-11-20T12:20:31+00:00"
    old = case.nat("acme-eu-nat-old", place.public[0], State="deleted", DeleteTime="2026-11-20T12:22:48+00:00")
    case.network_interfaces.pop()
    case.addresses.pop()
    for one in place.private:
        table = table_of(case, one)
        table["Routes"] = [table["Routes"][0], route("0.0.0.0/0", old, "blackhole")]
    own = case.group("acme-eu-postgres", [allow(5432, place.app)])
    db = case.database("ledger", place.data[0], [own])
    function(case, "fx-rates", place.private, [place.app], runtime="python3.13", timeout=30)
    function(case, "ledger-read", place.private, [place.app], runtime="python3.13", timeout=30)
    failed = python_error(
        "ConnectTimeout",
        "",
        (
            "/var/task/httpx/_transports/default.py",
            118,
            "map_httpcore_exceptions",
            "raise mapped_exc(message) from exc",
        ),
    )
    calls = Traffic(case, "fx-rates")
    calls.good(
        70,
        0,
        22.7,
        python_log("INFO", 'HTTP Request: GET https://rates.fxhub.example/latest "HTTP/1.1 200 OK"'),
        seconds=0.4,
    )
    calls.bad(112, 22.9, 59.8, failed, seconds=5.2)
    calls.write()
    steady(case, "ledger-read", 230, seconds=0.03)
    case.yaml(
        functions=["fx-rates", "ledger-read"],
        destinations={
            "rates": destination("rates.fxhub.example", 443, "34.160.113.150"),
            "ledger": destination("ledger.c9q2.us-east-1.rds.amazonaws.com", 5432, db["PrivateIpAddress"]),
        },
    )


@incident(
    source="composed: aws-sdk-java (Connect to dynamodb.us-east-1.amazonaws.com failed: connect timed out): "
    "a gateway endpoint that one table of two lacks",
    expert=_blocked(
        "the subnet in zone b has neither a route to a NAT gateway nor the DynamoDB endpoint's, the one in zone "
        "a has the endpoint's",
        "us-east-1b",
    ),
)
def dynamodb_endpoint_in_one_table_of_two(case: CaseFolder) -> None:
    place = estate(case, "vault-prod", "10.12", nats="")
    case.gateway_endpoint("dynamodb", [table_of(case, place.private[0])])
    function(case, "token-store", place.private, [place.app], runtime="java21", timeout=30, memory=1024)
    failed = java_error(
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to "
        "dynamodb.us-east-1.amazonaws.com:443 [dynamodb.us-east-1.amazonaws.com/3.218.182.112] failed: Connect timed "
        "out (SDK Attempt Count: 3)",
        "software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:130)",
        causes=(
            (
                "org.apache.http.conn.ConnectTimeoutException: Connect to dynamodb.us-east-1.amazonaws.com:443 "
                "[dynamodb.us-east-1.amazonaws.com/3.218.182.112] failed: Connect timed out"
            ),
            "java.net.SocketTimeoutException: Connect timed out",
        ),
    )
    moments = times(120, 0, 59)
    calls = [
        Call(at, (failed,) if index % 2 else (), 6.4 if index % 2 else 0.05, index % 2, bool(index % 2))
        for index, at in enumerate(moments)
    ]
    # An environment takes one at a time: those that would overlap are left out.
    free = [-1.0, -1.0]
    kept = []
    for one in calls:
        if one.at > free[one.stream]:
            kept.append(one)
            free[one.stream] = one.at + one.seconds + 0.05
    play(case, "token-store", kept)
    case.yaml(
        functions=["token-store"], destinations={"dynamodb": destination("dynamodb.us-east-1.amazonaws.com", 443)}
    )
