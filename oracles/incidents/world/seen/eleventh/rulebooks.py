"""Groups, network ACLs, endpoints and their policies that let a connection not through."""

from __future__ import annotations

import json

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    about,
    allow,
    dotnet_error,
    entry,
    incident,
    java_error,
    json_log,
    node_log,
    open_entries,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.eleventh._sites_a import (
    BLOCKED,
    BOTOCORE,
    Fleet,
    insights,
    localize,
    mysql2_timeout,
    neighbours,
    place,
    psycopg2_error,
    python_json_error,
    requests_timeout,
    summed,
)


def _blocked(because: str, *says: str) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says)


@incident(
    source="Stack Overflow, a usual question (Lambda security group: outbound rules, requests hang)",
    expert=_blocked(
        "neither of the function's groups lets 443 out to the internet: 443 only to the VPC and to S3", "fraud"
    ),
)
def two_groups_with_narrow_ways_out(case: CaseFolder) -> None:
    site = place(case, "shop", "10.8", "abc", publics=(("54.88.19.203",), ("34.226.101.9",), ("3.93.70.44",)))
    neighbours(case, "analytics", "legacy", "partners", "sandbox")
    data = case.group("shop-aurora", [])
    orders = case.group("place-order", egress=[allow(5432, data), allow(443, "pl-63a5400a")])
    common = case.group("lambda-common", egress=[allow(443, "10.8.0.0/16", note="endpoints")])
    data["IpPermissions"] = [allow(5432, orders)]
    db = case.database("shop-aurora-1", site.data[0], [data])
    case.gateway_endpoint("s3", site.tables)
    case.function("place-order", site.private, [orders, common], timeout=15)
    case.function("shop-catalog", site.private, [site.app], runtime="nodejs20.x", enis=True)
    calls = Fleet(case, "place-order")
    loaded = python_log("INFO", "cart loaded from aurora")
    calls.bad(77, 0, 60, loaded, requests_timeout("score.fraudcheck.example", "/v3/score", 5), seconds=5.2)
    calls.write()
    for one, seed in zip(site.nats, (1, 2, 3), strict=True):
        busy = about(140, 60, seed=seed)
        case.nat_metrics(one, attempts=busy, established=busy, errors=[0.0] * 60)
    case.yaml(functions=["place-order"], destinations={
        "fraud": {"name": "score.fraudcheck.example", "port": 443},
        "aurora": {"name": "shop-aurora.cluster-c8d2kx.us-east-1.rds.amazonaws.com", "port": 5432,
                   "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="AWS Knowledge Center, secrets from Lambda in a VPC (the group of the interface endpoint must allow 443)",
    expert=_blocked(
        "the endpoint's group lets in 10.4.10.0/24 only: environments in private-b cannot fetch the secret"
    ),
)
def every_second_environment(case: CaseFolder) -> None:
    site = place(case, "vault", "10.4", publics=())
    ends = case.group("vpce-secrets", [allow(443, "10.4.10.0/24", note="private-a")])
    case.interface_endpoint("secretsmanager", site.private, [ends])
    case.function("rotate-keys", site.private, [site.app], runtime="python3.11", timeout=20)
    url = "https://secretsmanager.us-east-1.amazonaws.com/"
    failed = python_error("ConnectTimeoutError", f'Connect timeout on endpoint URL: "{url}"', BOTOCORE)
    calls = Fleet(case, "rotate-keys")
    calls.good(57, 0, 60, python_log("INFO", "rotated"), seconds=0.33)
    calls.bad(49, 0, 59.8, failed, seconds=12.4, zone=1)
    calls.write()
    case.yaml(functions=["rotate-keys"], destinations={
        "secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="Stack Overflow, a usual question (network ACL: a deny of lower number wins over the allow)",
    expert=_blocked(
        "entry 50 of the private subnets' ACL denies 10.0.0.0/8 before entry 100 allows: no way to the ledger"
    ),
)
def entry_fifty(case: CaseFolder) -> None:
    site = place(case, "pay", "10.9", publics=(("52.2.118.70",),))
    own = case.group("ledger-mysql", [allow(3306, site.app)])
    db = case.database("ledger", site.data[1], [own])
    case.acl("restrict-lateral", [entry(50, "out", "deny", None, "10.0.0.0/8", "all"), *open_entries()], site.private)
    case.function("book-payment", site.private, [site.app], runtime="nodejs20.x", timeout=30)
    calls = Fleet(case, "book-payment")
    charged = node_log("INFO", "charged", {"psp": "ok"})
    calls.good(70, 0, 34, charged, node_log("INFO", "booked"), seconds=0.45)
    calls.bad(51, 34.2, 59.7, charged, mysql2_timeout(), seconds=10.4)
    calls.write()
    out = summed(calls.started(), about(16, 60))
    case.nat_metrics(site.nats[0], attempts=out, established=out, errors=[0.0] * 60)
    case.yaml(functions=["book-payment"], destinations={
        "ledger": {"name": "ledger.c2m81kq0vdta.us-east-1.rds.amazonaws.com", "port": 3306,
                   "addresses": [db["PrivateIpAddress"]]},
        "psp": {"name": "api.psp-gate.example", "port": 443}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html (Lambda uses ports 1024-65535)",
    expert=_blocked(
        "the ACL of the data subnets lets answers out to 32768-65535 only, Lambda connects from 1024-65535: about half "
        "of the connects get no answer, in every environment"
    ),
)
def about_half_of_the_connects(case: CaseFolder) -> None:
    site = place(case, "book", "10.7", publics=(("44.207.3.88",),))
    own = case.group("book-pg", [allow(5432, site.app)])
    db = case.database("book", site.data[0], [own])
    case.acl(
        "data-tier",
        [entry(100, "in", "allow", 5432, "10.7.0.0/16"), entry(100, "out", "allow", (32768, 65535), "10.7.0.0/16")],
        site.data,
    )
    case.function("reserve-seat", site.private, [site.app], timeout=15)
    host = "book.cw0v6t3hh2rb.us-east-1.rds.amazonaws.com"
    calls = Fleet(case, "reserve-seat")
    calls.good(62, 0, 60, python_log("INFO", "seat reserved"), seconds=0.09)
    calls.bad(58, 0, 60, psycopg2_error(host, db["PrivateIpAddress"], "timeout expired"), seconds=5.06)
    calls.write()
    case.metric("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": "book"}, about(3, 60, 0.4), stat="Average")
    case.yaml(functions=["reserve-seat"], destinations={
        "book": {"name": host, "port": 5432, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html (endpoint policy)",
    expert=_blocked("the endpoint's policy allows only secrets below prod/, the function also reads staging/: denied"),
)
def secrets_below_another_path(case: CaseFolder) -> None:
    site = place(case, "tenants", "10.5", publics=())
    ends = case.group("endpoints", [allow(443, "10.5.0.0/16")])
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        "Resource": "arn:aws:secretsmanager:us-east-1:482917306154:secret:prod/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    case.interface_endpoint("secretsmanager", site.private, [ends], policy=policy)
    case.function("tenant-sync", site.private, [site.app], timeout=30,
                  LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
                                 "LogGroup": "/aws/lambda/tenant-sync"})  # fmt: skip
    said = (
        "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: User: arn:aws:sts::"
        "482917306154:assumed-role/tenant-sync-role/tenant-sync is not authorized to perform: secretsmanager:"
        "GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:482917306154:secret:staging/crm-Jd83kq because "
        "no VPC endpoint policy allows the secretsmanager:GetSecretValue action"
    )
    frames = (
        '  File "/var/task/app.py", line 22, in lambda_handler\n    secret = read(name)\n',
        (
            '  File "/var/runtime/botocore/client.py", line 1023, in _make_api_call\n'
            "    raise error_class(parsed_response, operation_name)\n"
        ),
    )
    calls = Fleet(case, "tenant-sync")
    calls.good(55, 0, 60, json_log("INFO", "synced", logger="root", tenant="prod/crm"), seconds=0.21)
    calls.bad(27, 0, 60, python_json_error("ClientError", said, *frames), seconds=0.11)
    calls.write(form="json")
    case.yaml(functions=["tenant-sync"], destinations={
        "secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="re:Post, SQS from Lambda in a VPC (private DNS of the endpoint is off)",
    expert=_blocked(
        "the endpoint for SQS has its private DNS off: the name leads to a public address, and from these subnets "
        "there is no route to it"
    ),
)
def queue_at_its_public_address(case: CaseFolder) -> None:
    case.region = "eu-west-1"
    site = place(case, "claims", "10.33", publics=())
    ends = case.group("endpoints", [allow(443, "10.33.0.0/16")])
    case.interface_endpoint("sqs", site.private, [ends], private_dns=False)
    case.interface_endpoint("kms", site.private, [ends])
    case.function("claim-intake", site.private, [site.app], runtime="java17", timeout=40, memory=1024)
    failed = java_error(
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to "
        "sqs.eu-west-1.amazonaws.com:443 [sqs.eu-west-1.amazonaws.com/54.239.35.170] failed: Connect timed out "
        "(SDK Attempt Count: 4)",
        "software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:130)",
        "com.example.claims.Handler.handleRequest(Handler.java:57)",
        causes=(("org.apache.http.conn.ConnectTimeoutException: Connect to sqs.eu-west-1.amazonaws.com:443 "
                 "[sqs.eu-west-1.amazonaws.com/54.239.35.170] failed: Connect timed out"),
                "java.net.SocketTimeoutException: Connect timed out"),
    )  # fmt: skip
    calls = Fleet(case, "claim-intake")
    calls.bad(43, 0, 60, failed, seconds=9.1)
    calls.write(memory=1024, zeros=False)
    localize(case, "euw1")
    case.yaml(functions=["claim-intake"], destinations={"queue": {"name": "sqs.eu-west-1.amazonaws.com", "port": 443}})


@incident(
    source="Stack Overflow, a usual question (Lambda to RDS: connect timeout, the groups)",
    expert=Expert(
        (BLOCKED,),
        (BLOCKED,),
        Headline.OPEN,
        "the database is up and serves others and the route is local: a rule most likely, but neither groups nor ACLs "
        "are collected",
    ),
)
def rules_nobody_collected(case: CaseFolder) -> None:
    site = place(case, "fleet", "10.16", publics=(("18.214.90.31",),))
    own = case.group("fleet-mysql", [])
    db = case.database("fleet", site.data[0], [own])
    host = "fleet.cd0s8vvk2mwe.us-east-1.rds.amazonaws.com"
    case.function("track-vehicle", site.private, [site.app], runtime="dotnet8", timeout=30)
    failed = dotnet_error(
        "MySqlConnector.MySqlException (0x80004005): Connect Timeout expired.",
        "MySqlConnector.Core.ServerSession.ConnectAsync(ConnectionSettings cs, MySqlConnection connection, "
        "Int64 startingTimestamp, ILoadBalancer loadBalancer, Activity activity, IOBehavior ioBehavior, "
        "CancellationToken cancellationToken) in /_/src/MySqlConnector/Core/ServerSession.cs:line 456",
        "Fleet.Function.Handler(TrackRequest request, ILambdaContext context) in /src/Fleet/Function.cs:line 38",
    )
    calls = Fleet(case, "track-vehicle")
    calls.good(39, 0, 12.5, seconds=0.07)
    calls.bad(96, 12.6, 60, failed, seconds=15.02)
    calls.write()
    insights(case, "track-vehicle")
    of = {"DBInstanceIdentifier": "fleet"}
    case.metric("AWS/RDS", "DatabaseConnections", of, about(24, 60), stat="Average")
    case.metric("AWS/RDS", "CPUUtilization", of, about(11, 60, 0.3), stat="Average")
    case.without("ec2/security-groups", "ec2/network-acls")
    case.yaml(functions=["track-vehicle"], destinations={
        "fleet": {"name": host, "port": 3306, "addresses": [db["PrivateIpAddress"]]}})  # fmt: skip
