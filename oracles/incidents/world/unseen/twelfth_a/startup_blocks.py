"""A start-up of one VPC, made with CDK and SAM: its ways are shut here and there."""

from __future__ import annotations

import json

from oracles.incidents.world import (
    ACCOUNT,
    CaseFolder,
    Traffic,
    about,
    allow,
    dotnet_error,
    go_log,
    incident,
    node_error,
    node_log,
    python_error,
    python_log,
    route,
    unsaid_zeros,
)
from oracles.incidents.world.unseen.twelfth_a._sites import (
    BLOCKED,
    CDK,
    Fleet,
    boto_timeout,
    gateway,
    insights,
    named,
    place,
    requests_timeout,
    settle,
    table_of,
)


@incident(
    source="https://repost.aws/knowledge-center/nat-gateway-vpc-private-subnet (NAT gateway made in a private subnet)",
    expert=named(BLOCKED, "the NAT gateway stands in a private subnet, whose default route is the gateway itself"),
)
def gateway_stands_in_a_private_subnet(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    site = place(case, "CheckoutStack", "10.20", "3.120.44.81", names=CDK, nat_inside=True)
    name = "CheckoutStack-ChargeFn7C1D2A4E-q8ZkWn2LxT0v"
    case.function(name, [site.private_a, site.private_b], [site.app], timeout=30)
    calls = Traffic(case, name)
    calls.bad(52, 0, 60, python_log("INFO", "charging order"),
              requests_timeout("api.stripe.com", "/v1/payment_intents"), seconds=10.4)  # fmt: skip
    calls.write()
    case.nat_metrics(site.nat, attempts=unsaid_zeros(about(1, 60)), errors=[0.0] * 60, active=about(1, 60))
    case.yaml(functions=[name], destinations={"stripe": {"name": "api.stripe.com", "port": 443}})
    settle(case)


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html (route is a blackhole)",
    expert=named(BLOCKED, "the NAT gateway of zone b was deleted at 12:22, and that subnet's route is a blackhole"),
)
def one_zone_lost_its_gateway(case: CaseFolder) -> None:
    vpc = case.vpc("prod", "10.31.0.0/16")
    igw = case.internet_gateway("prod")
    out = case.table("prod-public", [route("0.0.0.0/0", igw)])
    privates, nats = [], []
    for index, az in enumerate("abc"):
        public = case.subnet(f"prod-public-1{az}", f"10.31.{index}.0/24", table=out, az=az)
        gone = {"State": "deleted", "DeleteTime": "2026-11-20T12:22:09+00:00"} if az == "b" else {}
        nat = gateway(case, f"prod-nat-1{az}", public, f"34.203.{17 + 40 * index}.{112 + index}", **gone)
        state = "blackhole" if gone else "active"
        privates.append(
            case.subnet(f"prod-private-1{az}", f"10.31.{16 + index}.0/24", [route("0.0.0.0/0", nat, state)], az=az)
        )
        nats.append(nat)
    case.network_interfaces[:] = [
        one for one in case.network_interfaces if nats[1]["NatGatewayId"] not in one["Description"]
    ]
    case.addresses.pop(1)
    app = case.group("prod-sms-lambda", vpc=vpc)
    case.function("send-sms", privates, [app], runtime="provided.al2023", timeout=20)
    failed = 'send: Post "https://api.twilio.com/2010-04-01/Accounts/AC5f1/Messages.json": dial tcp 54.172.60.2:443: i/o timeout'  # noqa: E501
    sent = (go_log("sms accepted"),)
    fleet = Fleet(case, "send-sms")
    for number in range(9):
        if number % 3 == 1:
            fleet.environment((0, 21.8, 35, 0.3, "good", sent), (22.3, 60, 60, 10.4, "error", (go_log(failed),)))
        else:
            fleet.environment((0, 60, 35, 0.3, "good", sent))
    fleet.write()
    for nat in (nats[0], nats[2]):
        seen = about(6, 60, seed=len(nat["Tags"]))
        case.nat_metrics(nat, attempts=seen, established=seen, errors=[0.0] * 60, active=about(9, 60))
    case.nat_metrics(nats[1], attempts=about(6, 22), established=about(6, 22), active=about(9, 22))
    case.yaml(functions=["send-sms"], destinations={
        "twilio": {"name": "api.twilio.com", "port": 443, "addresses": ["54.172.60.2"]}})  # fmt: skip


@incident(
    source="https://stackoverflow.com/questions/46211563 (Lambda in a VPC cannot reach ElastiCache, group's egress)",
    expert=named(BLOCKED, "the function's group lets out 443 and 5432 only, not the cache's 6379", "sessions"),
)
def egress_forgot_the_cache(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    site = place(case, "live", "10.22", "52.48.190.33")
    db_group = case.group("live-db")
    narrow = case.group("live-session-fn", egress=[allow(443, "0.0.0.0/0"), allow(5432, db_group)])
    db_group["IpPermissions"] = [allow(5432, narrow, site.app)]
    cache_group = case.group("live-cache", [allow(6379, narrow, site.app)])
    db = case.database("live", site.data_a, [db_group])
    cache = case.cache("live-sessions-0001-001", site.data_b, [cache_group])
    host = "master.live-sessions.k3v9ab.euw1.cache.amazonaws.com"
    name = "live-SessionFunction-9XkQpL2mVb1c"
    other = "live-ProfileFunction-Zw07TtYb3kPd"
    subnets = [site.private_a, site.private_b]
    case.function(name, subnets, [narrow], runtime="nodejs20.x", timeout=10)
    case.function(other, subnets, [narrow], runtime="nodejs20.x", timeout=10)
    case.function("live-ReportFunction-a81PqMz0Lr5n", subnets, [site.app], timeout=60)
    failed = node_error("Connection timeout", stack=(
        "Socket.<anonymous> (/var/task/node_modules/@redis/client/dist/lib/client/socket.js:177:124)",
        "Object.onceWrapper (node:events:632:28)", "Socket.emit (node:events:518:28)",
        "Socket._onTimeout (node:net:595:8)"))  # fmt: skip
    calls = Traffic(case, name)
    calls.bad(74, 0, 60, node_log("INFO", "redis connect", {"host": host, "port": 6379}), failed, seconds=5.2)
    calls.write()
    calls = Traffic(case, other)
    calls.good(130, 0, 60, node_log("INFO", "profile loaded"), seconds=0.05)
    calls.write()
    case.yaml(functions=[name, other], destinations={
        "sessions": {"name": host, "port": 6379, "addresses": [cache["PrivateIpAddress"]]},
        "live-db": {"name": "live.c1x8pq2r.eu-west-1.rds.amazonaws.com", "port": 5432,
                    "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
    settle(case)


@incident(
    source="https://stackoverflow.com/questions/39779962 (access S3 through a VPC endpoint: its policy)",
    expert=named(BLOCKED, "S3 says that no VPC endpoint policy allows it, and the policy names another bucket only"),
)
def policy_knows_another_bucket(case: CaseFolder) -> None:
    site = place(case, "InvoiceStack", "10.24", "44.207.61.5", names=CDK)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::acme-artifacts", "arn:aws:s3:::acme-artifacts/*",
                     "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]}]})  # fmt: skip
    tables = [table_of(case, site.private_a), table_of(case, site.private_b)]
    case.gateway_endpoint("s3", tables, policy=policy)
    name = "InvoiceStack-RenderFnB1E0A77C-5TgHn2mKqW8z"
    case.function(name, [site.private_a, site.private_b], [site.app], timeout=60, memory=1024)
    failed = python_error(
        "ClientError",
        "An error occurred (AccessDenied) when calling the PutObject operation: User: "
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}-role/{name} is not authorized to perform: s3:PutObject on "
        'resource: "arn:aws:s3:::acme-invoices-prod/2026/11/20/inv-88120.pdf" because no VPC endpoint policy allows '
        "the s3:PutObject action",
        (
            "/var/runtime/botocore/client.py",
            1078,
            "_make_api_call",
            "raise error_class(parsed_response, operation_name)",
        ),
    )
    calls = Traffic(case, name)
    calls.bad(38, 0, 60, python_log("INFO", "rendered 2 pages"), failed, seconds=1.4)
    calls.write(memory=1024)
    case.nat_metrics(site.nat, attempts=about(3, 60), established=about(3, 60), errors=[0.0] * 60)
    case.yaml(functions=[name], destinations={
        "invoices": {"name": "acme-invoices-prod.s3.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/vpc-interface-configure-dns (private DNS of an endpoint is not on)",
    expert=named(BLOCKED, "no way leads out, and the endpoint's private DNS is off: the name means the public SQS"),
)
def endpoint_without_its_public_name(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    case.vpc("jobs", "10.26.0.0/16")
    left = case.subnet("jobs-isolated-a", "10.26.1.0/24", [])
    right = case.subnet("jobs-isolated-b", "10.26.2.0/24", [], az="b")
    app = case.group("jobs-fn")
    door = case.group("jobs-vpce", [allow(443, app)])
    case.interface_endpoint("sqs", [left, right], [door], private_dns=False)
    case.gateway_endpoint("dynamodb", [table_of(case, left), table_of(case, right)])
    case.function("jobs-EnqueueFunction-u2Yp", [left, right], [app], runtime="python3.13", timeout=20)
    calls = Traffic(case, "jobs-EnqueueFunction-u2Yp")
    calls.bad(44, 0, 60, python_log("INFO", "job stored in table, now to the queue"),
              boto_timeout("https://sqs.eu-west-1.amazonaws.com/"), seconds=5.3)  # fmt: skip
    calls.write(tail=True)
    case.yaml(functions=["jobs-EnqueueFunction-u2Yp"], destinations={
        "queue": {"name": "sqs.eu-west-1.amazonaws.com", "port": 443}})  # fmt: skip
    settle(case)


@incident(
    source="https://repost.aws/questions/QUEpcjVPqtSEOvT-eOLPp8qQ (VPC peering: one side's table has no route back)",
    expert=named(BLOCKED, "the far VPC's table of the ClickHouse subnet has no route back over the peering"),
)
def the_way_back_over_the_peering_is_missing(case: CaseFolder) -> None:
    case.region = "us-west-2"
    site = place(case, "app", "10.20", "35.164.92.207")
    far = case.vpc("analytics", "10.70.0.0/16")
    link = case.peering("app-analytics", "10.70.0.0/16", far)
    for one in (site.private_a, site.private_b):
        table_of(case, one)["Routes"].append(route("10.70.0.0/16", link))
    far_igw = case.internet_gateway("analytics", far)
    home = case.subnet("analytics-a", "10.70.3.0/24", [route("0.0.0.0/0", far_igw)], vpc=far)
    case.subnet("analytics-b", "10.70.4.0/24", [route("10.20.0.0/16", link)], vpc=far, az="b")
    own = case.group("clickhouse", [allow((8123, 9440), "10.20.0.0/16", "10.70.0.0/16")], vpc=far)
    host = case.interface("clickhouse-1", home, [own], description="Primary network interface")
    case.function("track-events", [site.private_a, site.private_b], [site.app], timeout=30)
    failed = python_error(
        "OperationalError",
        "Error HTTPSConnectionPool(host='ch.int.acme.dev', port=8443): Max retries exceeded with url: "
        "/?wait_end_of_query=1 (Caused by ConnectTimeoutError(<urllib3.connection.HTTPSConnection object at "
        "0x7f2b5c0d1a90>, 'Connection to ch.int.acme.dev timed out. (connect timeout=10)')) executing HTTP request "
        "attempt 1 (https://ch.int.acme.dev:8443)",
        ("/var/task/clickhouse_connect/driver/httpclient.py", 430, "_raw_request", "raise OperationalError("),
    )
    calls = Traffic(case, "track-events")
    calls.bad(88, 0, 60, failed, seconds=10.4)
    calls.write(period=300)
    case.nat_metrics(
        site.nat, attempts=about(14, 60), established=about(14, 60), errors=[0.0] * 60, active=about(22, 60)
    )
    case.yaml(functions=["track-events"], destinations={
        "clickhouse": {"name": "ch.int.acme.dev", "port": 8443, "addresses": [host["PrivateIpAddress"]]}})  # fmt: skip
    settle(case)


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html (bidirectional stops NAT gateways)",
    expert=named(BLOCKED, "Block Public Access was set to block both ways at 12:18, and there is no exclusion"),
)
def the_account_shut_its_internet_gateways(case: CaseFolder) -> None:
    case.region = "eu-west-2"
    site = place(case, "mailer", "10.28", "18.132.77.140")
    for one in case.subnets:
        one["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": "block-bidirectional"}
    case.file("ec2/vpc-block-public-access-options.json", {"VpcBlockPublicAccessOptions": {
        "AwsAccountId": ACCOUNT, "AwsRegion": case.region, "State": "update-complete",
        "InternetGatewayBlockMode": "block-bidirectional", "Reason": "",
        "LastUpdateTimestamp": "2026-11-20T12:18:02.511000+00:00", "ManagedBy": "account",
        "ExclusionsAllowed": "allowed"}})  # fmt: skip
    case.file("ec2/vpc-block-public-access-exclusions.json", {"VpcBlockPublicAccessExclusions": []})
    case.function("mail-out", [site.private_a, site.private_b], [site.app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
        "HttpClient.Timeout of 10 seconds elapsing.",
        "System.Net.Http.HttpConnectionPool.ConnectToTcpHostAsync(String host, Int32 port, HttpRequestMessage "
        "initialRequest, Boolean async, CancellationToken cancellationToken)",
        "System.Net.Http.HttpClient.<SendAsync>g__Core|83_0(HttpRequestMessage request, HttpCompletionOption "
        "completionOption, CancellationTokenSource cts)",
        "SendGrid.SendGridClient.MakeRequest(HttpRequestMessage request, CancellationToken cancellationToken)",
        inner="System.TimeoutException: The operation was canceled.",
    )
    calls = Traffic(case, "mail-out")
    calls.good(90, 0, 18, seconds=0.24)
    calls.bad(130, 18.1, 60, failed, seconds=10.4)
    calls.write()
    before = about(5, 18)
    case.nat_metrics(site.nat, attempts=[*before, *about(3, 42)], established=unsaid_zeros([*before, *[0.0] * 42]),
                     errors=[0.0] * 60, active=about(6, 60))  # fmt: skip
    insights(case, "mail-out")
    case.yaml(functions=["mail-out"], destinations={"sendgrid": {"name": "api.sendgrid.com", "port": 443}})
    settle(case)


@incident(
    source="https://github.com/nodejs/node/issues/47644 (connect ENETUNREACH of an IPv6 address, Local (:::0))",
    expert=named(
        BLOCKED, "from 12:35 the name has an IPv6 address only, and the function and its subnets have no IPv6"
    ),
)
def the_partner_left_the_old_protocol(case: CaseFolder) -> None:
    case.region = "eu-central-1"
    site = place(case, "ParcelStack", "10.29", "18.196.205.71", names=CDK)
    name = "ParcelStack-LabelFn0F33C91B-mB4vXs7RtYq2"
    case.function(name, [site.private_a, site.private_b], [site.app], runtime="nodejs22.x", timeout=15)
    address = "2a01:4f8:1c17:5d3a::1"
    failed = node_error(
        f"connect ENETUNREACH {address}:443 - Local (:::0)", errno=-101, code="ENETUNREACH", syscall="connect",
        address=address, port=443, stack=("internalConnect (node:net:1110:16)",
        "GetAddrInfoReqWrap.emitLookup [as callback] (node:net:1521:9)",
        "GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:132:8)"),
    )  # fmt: skip
    calls = Traffic(case, name)
    calls.good(105, 0, 34.9, node_log("INFO", "label printed"), seconds=0.31)
    calls.bad(77, 35, 60, failed, seconds=0.03)
    calls.write()
    case.nat_metrics(site.nat, attempts=[*about(7, 35), *about(4, 25)], established=[*about(7, 35), *about(4, 25)],
                     errors=[0.0] * 60, active=about(8, 60))  # fmt: skip
    case.yaml(functions=[name], destinations={
        "parcel": {"name": "api.parcelpoint.dev", "port": 443, "addresses": [address]}})  # fmt: skip
    settle(case)
