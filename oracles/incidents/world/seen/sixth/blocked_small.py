"""Small set-ups whose packets have no way: console, SAM and CDK."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    dotnet_error,
    incident,
    node_log,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.seen.sixth._places import (
    BLOCKED,
    cdk,
    default_vpc,
    gateway_endpoint,
    hangs,
    named,
    table_of,
)


@incident(
    source="https://www.webuildup.live/2026/05/why-your-lambda-times-out-inside-vpc.html (public subnet without NAT)",
    expert=named(BLOCKED, "the default subnets lead to an internet gateway, and a function has no public address"),
)
def digest_in_the_default_vpc(case: CaseFolder) -> None:
    subnets = default_vpc(case)
    case.function("weather-digest", subnets, [case.security_groups[0]], runtime="nodejs20.x", timeout=3, memory=128)
    calls = Traffic(case, "weather-digest")
    hangs(case, calls, "weather-digest", 34, 0, 59.5,
          node_log("INFO",
                   "GET https://api.met-feed.example/v3/forecast?lat=40.0&lon=-83.0"),
          timeout=3, memory=128)  # fmt: skip
    calls.write()
    case.without("ec2/network-acls", "ec2/addresses", "ec2/vpc-endpoints", "ec2/dhcp-options")
    case.yaml(functions=["weather-digest"], reported="works when I remove the VPC, but then it cannot reach the DB",
              destinations={"met": {"name": "api.met-feed.example", "port": 443}})  # fmt: skip


CATALOG = "catalog.c8x2kq1m0aaa.ap-southeast-2.rds.amazonaws.com"


@incident(
    source="https://github.com/PyMySQL/PyMySQL (2003, timed out); composed: the database lets in the old function's "
    "group",
    expert=named(BLOCKED, "the database's group lets only the group of the replaced function in, not this one's"),
)
def database_knows_the_old_group(case: CaseFolder) -> None:
    subnets = default_vpc(case, "ap-southeast-2")
    old = case.group("catalog-lambda-sg", Description="created from console")
    new = case.group("launch-wizard-lambda-v2", Description="launch-wizard-lambda-v2 created 2026-11-19")
    own = case.group("rds-ec2-1", [allow(3306, old), allow(3306, "121.45.88.13/32", note="Priya home")],
                     Description="Security group attached to catalog")  # fmt: skip
    db = case.database("catalog", subnets[1], [own])
    case.function("CatalogApiV2", subnets, [new], timeout=15)
    failed = python_error(
        "OperationalError", f"(2003, \"Can't connect to MySQL server on '{CATALOG}' (timed out)\")",
        ("/var/task/pymysql/connections.py", 716, "connect", "raise exc"),
    )  # fmt: skip
    calls = Traffic(case, "CatalogApiV2")
    calls.bad(57, 0, 60, python_log("INFO", "GET /titles?genre=thriller"), failed, seconds=10.4)
    calls.write(tail=True)
    case.without("ec2/internet-gateways", "ec2/nat", "ec2/addresses", "ec2/dhcp", "cloudwatch")
    case.yaml(functions=["CatalogApiV2"], destinations={
        "catalog": {"name": CATALOG, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


SESSIONS = "master.arcade-sessions.k2m9vd.use2.cache.amazonaws.com"
_IOREDIS = (
    "[ioredis] Unhandled error event: Error: connect ETIMEDOUT\n"
    "    at TLSSocket.<anonymous> (/var/task/node_modules/ioredis/built/Redis.js:170:41)\n"
    "    at Object.onceWrapper (node:events:633:28)\n    at TLSSocket._onTimeout (node:net:604:8)"
)


@incident(
    source="https://github.com/redis/ioredis/issues/1042 (ETIMEDOUT connecting to AWS Elasticache)",
    expert=named(BLOCKED, "the functions' own group lets only 443 out, and the cache listens on 6379"),
)
def outbound_only_443(case: CaseFolder) -> None:
    place = cdk(case, "ArcadeStack", "10.60", nats=1, allow_all=False)
    place.group["IpPermissionsEgress"] = [allow(443, "0.0.0.0/0", note="https out")]
    own = case.group("ArcadeStack-CacheSg", [allow(6379, place.group, note="from ArcadeStackFn:6379")])
    node = case.cache("arcade-sessions-001", place.isolated[0], [own])
    name = "ArcadeStack-ProfileFn4C1F9D2A-x8KqLwPz0R1t"
    case.function(name, place.private, [place.group], runtime="nodejs22.x", timeout=29)
    calls = Traffic(case, name)
    calls.bad(48, 0, 60, node_log("ERROR", _IOREDIS), node_log("WARN", "cache miss path, reading profile from dynamo"),
              seconds=10.4, error=False)  # fmt: skip
    calls.write()
    case.without("ec2/network-acls")
    case.yaml(functions=[name], reported="profile calls take ten seconds since the CDK upgrade", destinations={
        "sessions": {"name": SESSIONS, "port": 6379, "addresses": [node["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection (composed: the NAT gateway was "
    "made in a private subnet)",
    expert=named(BLOCKED, "the NAT gateway stands in a subnet whose own default route leads back to the gateway"),
)
def gateway_in_a_private_subnet(case: CaseFolder) -> None:
    case.region = "ap-southeast-2"
    case.vpc("clinic-vpc", "10.20.0.0/16")
    igw = case.internet_gateway("clinic-igw")
    case.subnet("clinic-public1-2a", "10.20.0.0/24", [route("0.0.0.0/0", igw)], AvailabilityZoneId="apse2-az1")
    one = case.subnet("clinic-private1-2a", "10.20.10.0/24", [], AvailabilityZoneId="apse2-az1")
    two = case.subnet("clinic-private2-2b", "10.20.11.0/24", az="b", AvailabilityZoneId="apse2-az2")
    nat = case.nat("clinic-nat", two)
    table_of(case, one)["Routes"].append(route("0.0.0.0/0", nat))
    case.associate(table_of(case, one), two)
    app = case.group("clinic-lambda")
    case.function("AppointmentReminder", [one, two], [app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured "
        "HttpClient.Timeout of 20 seconds elapsing.",
        "System.Net.Http.HttpClient.HandleFailure(Exception e, Boolean telemetryStarted, HttpResponseMessage response, "
        "CancellationTokenSource cts, CancellationToken cancellationToken, CancellationTokenSource "
        "pendingRequestsCts)",
        "Reminder.Function.Send(Appointment appointment) in /src/Reminder/Function.cs:line 63",
        inner="System.TimeoutException: A task was canceled.",
    )
    calls = Traffic(case, "AppointmentReminder")
    calls.bad(22, 0, 60, failed, seconds=20.8)
    calls.write(period=300)
    case.yaml(functions=["AppointmentReminder"], destinations={
        "sms": {"name": "api.sms-carrier.example", "port": 443, "addresses": ["151.101.66.77"]}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-sdk-js/issues/1086 (Lambda Timeout when using DynamoDB)",
    expert=named(BLOCKED, "no route leads out, and of the endpoints only S3's is there: DynamoDB cannot be reached"),
)
def dynamodb_without_its_endpoint(case: CaseFolder) -> None:
    place = cdk(case, "PatchNotesStack", "10.61", nats=0)
    gateway_endpoint(case, "s3", place.isolated)
    name = "PatchNotesStack-PublishFn0E6B12C3-aYt77Qm2"
    case.function(name, place.isolated, [place.group], runtime="python3.13", timeout=15)
    calls = Traffic(case, name)
    hangs(case, calls, name, 26, 0, 59.5, python_log("INFO", "read s3://patch-notes/2026-11-20.md, 18211 bytes"),
              python_log("INFO", "put_item PatchNotes id=2026-11-20"), timeout=15)  # fmt: skip
    calls.write()
    case.without("ec2/network-acls", "ec2/nat-gateways", "ec2/addresses")
    case.yaml(functions=[name], destinations={
        "table": {"name": "dynamodb.us-east-2.amazonaws.com", "port": 443}})  # fmt: skip
