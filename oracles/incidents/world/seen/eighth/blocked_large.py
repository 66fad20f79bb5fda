"""No way for the packets: platform teams."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    java_error,
    python_error,
    route,
)  # fmt: skip
from oracles.incidents.world.seen.eighth._sites import BLOCKED, named, tiers, write_apart, zone


@incident(
    source="composed: an old NAT gateway deleted by Terraform; the text is of AWS SDK for Java 2 (Apache client)",
    expert=named(BLOCKED, "the default route of one app subnet points at a NAT gateway that is gone: a blackhole",
                 "bk1-prd-app-02"),
)  # fmt: skip
def half_is_a_blackhole(case: CaseFolder) -> None:
    place = tiers(case)
    gone = place.nats[1]
    gone["State"] = "deleted"
    gone["DeleteTime"] = "2026-11-20T12:21:40+00:00"
    place.tables[1]["Routes"][-1]["State"] = "blackhole"
    case.network_interfaces[:] = [one for one in case.network_interfaces
                                  if gone["NatGatewayId"] not in one["Description"]]  # fmt: skip
    case.function("bk1-prd-fn-fxrates-03", place.app, [place.fn], runtime="java21", timeout=30, memory=1024)
    first, second = (Traffic(case, "bk1-prd-fn-fxrates-03") for _ in place.app)
    first.good(132, 0, 60, seconds=0.21)
    second.good(50, 0, 21.5, seconds=0.21)
    second.bad(79, 22, 60, java_error(
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to "
        "api.fx-feed.example:443 [api.fx-feed.example/18.168.20.9] failed: Connect timed out",
        causes=(("org.apache.http.conn.ConnectTimeoutException: Connect to api.fx-feed.example:443 "
                 "[api.fx-feed.example/18.168.20.9] failed: Connect timed out"),
                "java.net.SocketTimeoutException: Connect timed out")), seconds=8.2)  # fmt: skip
    write_apart(case, "bk1-prd-fn-fxrates-03", first, second, memory=1024)
    case.without("ec2/network-acls", "ec2/addresses")
    case.yaml(functions=["bk1-prd-fn-fxrates-03"], destinations={
        "fx": {"name": "api.fx-feed.example", "port": 443, "addresses": ["18.168.20.9"]}})  # fmt: skip


@incident(
    source="https://github.com/brefphp/bref/issues/256 (RDS from Bref); composed: a peering without a route",
    expert=named(BLOCKED, "the peering is active, but the app subnets' tables have no route for 10.90.0.0/16"),
)
def peering_without_a_route(case: CaseFolder) -> None:
    place = tiers(case, "trv-uat", 45, gateways=1)
    pcx = case.peering("trv-uat-to-dwh", "10.90.0.0/16")
    case.main_table()["Routes"].append(route("10.90.0.0/16", pcx))
    case.function(
        "trv-uat-fn-loyalty",
        place.app,
        [place.fn],
        runtime="provided.al2023",
        timeout=28,
        Layers=[{"Arn": "arn:aws:lambda:eu-west-2:534081306603:layer:php-83-fpm:41", "CodeSize": 1}],
    )
    calls = Traffic(case, "trv-uat-fn-loyalty")
    calls.bad(25, 0, 60, lambda moment: "NOTICE: PHP message: "
              f"[{moment.time[:10]} {moment.time[11:19]}] uat.ERROR: SQLSTATE[HY000] [2002] Connection "
              "timed out (Connection: dwh, SQL: select * from `tiers` where `member` = 8812 limit 1) "
              '{"exception":"[object] (Illuminate\\\\Database\\\\QueryException(code: 2002): SQLSTATE[HY000] [2002] '
              'Connection timed out at /var/task/vendor/laravel/framework/src/Illuminate/Database/Connection.php:829)"'
              "}\n", seconds=20.1, error=False)  # fmt: skip
    calls.good(30, 0, 60, seconds=0.1)
    calls.write()
    case.yaml(functions=["trv-uat-fn-loyalty"], destinations={
        "dwh": {"name": "dwh-mysql.trv.internal", "port": 3306, "addresses": ["10.90.4.31"]}})  # fmt: skip


@incident(
    source="composed: AWS docs, 'How transit gateways work': a zone without an attachment subnet cannot reach it",
    expert=named(BLOCKED, "the transit gateway's attachment has subnets in zones a and b only: zone c has no way",
                 "min4-app-c"),
)  # fmt: skip
def attachment_without_a_zone(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    case.vpc("min4-spoke-17", "10.117.0.0/20")
    ends = [
        case.subnet(f"min4-tgw-{az}", f"10.117.15.{16 * i}/28", [], az=az, AvailabilityZoneId=zone(case, az))
        for i, az in enumerate("ab")
    ]
    tgw = case.transit_attachment("min4-core", ends)
    table = case.table("min4-app", [route("0.0.0.0/0", tgw)])
    apps = [
        case.subnet(f"min4-app-{az}", f"10.117.{i}.0/24", table=table, az=az, AvailabilityZoneId=zone(case, az))
        for i, az in enumerate("abc")
    ]
    group = case.group("min4-fn")
    case.function("min4-casework-api", apps, [group], runtime="python3.13", timeout=25)
    others, third = (Traffic(case, "min4-casework-api") for _ in range(2))
    others.good(121, 0, 60, seconds=0.4)
    third.bad(
        58,
        0,
        60,
        python_error(
            "ConnectTimeout",
            "HTTPSConnectionPool(host='identity.min4.internal', port=443): Max retries exceeded with "
            "url: /oauth2/token (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at "
            "0x7f6f3c1b2d10>, 'Connection to identity.min4.internal timed out. (connect timeout=5)'))",
        ),
        seconds=5.1,
    )
    write_apart(case, "min4-casework-api", others, third)
    case.yaml(functions=["min4-casework-api"], reported="one third of the calls fail since we added the third AZ",
              destinations={"identity": {"name": "identity.min4.internal", "port": 443, "addresses": ["10.20.3.18"],
                                         "via": "tgw"}})  # fmt: skip


@incident(
    source="composed: S3's text of a VPC endpoint policy (IAM troubleshooting access denied messages)",
    expert=named(BLOCKED, "S3 answers, and says that no VPC endpoint policy allows it"),
)
def endpoint_policy_denies(case: CaseFolder) -> None:
    place = tiers(case, "bk2-prd", 46, "ca-central-1")
    case.gateway_endpoint(
        "s3",
        place.tables,
        policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bk2-*/*"}]}',
    )
    case.function("bk2-prd-fn-statements", place.app, [place.fn], timeout=60)
    calls = Traffic(case, "bk2-prd-fn-statements")
    calls.bad(33, 0, 60, python_error(
        "ClientError", "An error occurred (AccessDenied) when calling the PutObject operation: User: "
        "arn:aws:sts::123456789012:assumed-role/bk2-prd-fn-statements-role/bk2-prd-fn-statements is not authorized to "
        'perform: s3:PutObject on resource: "arn:aws:s3:::bk2-statements-out/2026/11/s-4471.pdf" because no VPC '
        "endpoint policy allows the s3:PutObject action"), seconds=0.5)  # fmt: skip
    calls.write()
    case.yaml(functions=["bk2-prd-fn-statements"], destinations={
        "s3": {"name": "s3.ca-central-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="composed: an interface endpoint without private DNS; .NET's text of HttpClient",
    expert=named(BLOCKED, "the KMS endpoint has no private DNS, so its public name has no way out of these subnets"),
)
def private_dns_is_off(case: CaseFolder) -> None:
    place = tiers(case, "hmx-prd", 47, gateways=0)
    inner = case.group("hmx-prd-sg-vpce", [allow(443, "10.47.0.0/18")])
    case.interface_endpoint("kms", place.app, [inner], private_dns=False)
    case.interface_endpoint("sqs", place.app, [inner])
    case.function("hmx-prd-fn-vault", place.app, [place.fn], runtime="dotnet8", timeout=40)
    calls = Traffic(case, "hmx-prd-fn-vault")
    calls.bad(
        22,
        0,
        60,
        dotnet_error(
            "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
            "HttpClient.Timeout of 30 seconds elapsing.",
            "System.Net.Http.HttpClient.HandleFailure(Exception e, Boolean telemetryStarted, "
            "HttpResponseMessage response, "
            "CancellationTokenSource cts, CancellationToken cancellationToken, "
            "CancellationTokenSource pendingRequestsCts)",
            "System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port, "
            "HttpRequestMessage request)",
            inner="System.TimeoutException: The operation was canceled.",
        ),
        seconds=30.2,
    )
    calls.write()
    case.without("ec2/network-acls", "ec2/internet")
    case.yaml(functions=["hmx-prd-fn-vault"], destinations={
        "kms": {"name": "kms.eu-west-2.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="composed: an endpoint's security group; Go's text of net.Dial in aws-sdk-go-v2",
    expert=named(BLOCKED, "the endpoint's group lets 443 in only from another group", "sg-vpce-legacy-09"),
)
def endpoint_group_is_closed(case: CaseFolder) -> None:
    place = tiers(case, "air5-prd", 48, "ca-central-1")
    old = case.group("air5-prd-sg-fn-legacy")
    guard = case.group("air5-prd-sg-vpce-legacy-09", [allow(443, old)])
    vpce = case.interface_endpoint("sqs", place.app, [guard])
    eni = next(one for one in case.network_interfaces if one["NetworkInterfaceId"] in vpce["NetworkInterfaceIds"])
    address = eni["PrivateIpAddress"]
    for name, group in (("air5-prd-fn-seatmap", place.fn), ("air5-prd-fn-bags", old)):
        case.function(name, place.app, [group], runtime="provided.al2023", timeout=45)
    calls = Traffic(case, "air5-prd-fn-seatmap")
    calls.bad(40, 0, 60, go_log(
        "enqueue: operation error SQS: SendMessage, exceeded maximum number of attempts, 3, https response error "
        'StatusCode: 0, RequestID: , request send failed, Post "https://sqs.ca-central-1.amazonaws.com/": dial tcp '
        f"{address}:443: i/o timeout"), seconds=31.5)  # fmt: skip
    calls.write(metrics=True)
    case.function_metrics("air5-prd-fn-bags", invocations=about(90, 60), errors=[0.0] * 60)
    case.yaml(functions=["air5-prd-fn-seatmap"], destinations={
        "sqs": {"name": "sqs.ca-central-1.amazonaws.com", "port": 443, "addresses": [address]}})  # fmt: skip
