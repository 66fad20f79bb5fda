"""Paths of platform teams that lead nowhere: endpoints, transit gateways, peerings and ACLs."""

from __future__ import annotations

import json

from oracles.incidents.world import (
    CaseFolder,
    Traffic,
    allow,
    entry,
    go_log,
    incident,
    java_error,
    node_log,
    python_error,
    python_log,
    route,
)
from oracles.incidents.world.seen.sixth._places import (
    BLOCKED,
    cdk,
    gateway_endpoint,
    named,
    ruby_error,
    spoke,
    table_of,
)

_BOTOCORE = ("/var/runtime/botocore/httpsession.py", 497, "send",
             "raise ConnectTimeoutError(endpoint_url=request.url, error=e)")  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/secretsmanager rotation-function-network-access (composed: the endpoint's "
    "group lets only the first CIDR block in)",
    expert=named(
        BLOCKED, "the endpoint's group lets 10.44.0.0/16 in, and this function's subnets are of 100.64.0.0/16"
    ),
)
def secondary_block_and_endpoint(case: CaseFolder) -> None:
    place = spoke(case, "wards", "10.44", default=False)
    place.vpc["CidrBlockAssociationSet"].append(
        {"AssociationId": "vpc-cidr-assoc-0c41d7a2be90f3316", "CidrBlock": "100.64.0.0/16",
         "CidrBlockState": {"State": "associated"}})  # fmt: skip
    wide = [case.subnet(f"wards-wide-{az}", f"100.64.{64 * n}.0/18", table=place.table, az=az,
                    AvailabilityZoneId=f"apse2-az{n + 1}")
            for n, az in enumerate("ab")]  # fmt: skip
    for table in case.route_tables:
        table["Routes"].insert(1, route("100.64.0.0/16", "local"))
    vpce = case.group("wards-vpce", [allow(443, "10.44.0.0/16")])
    case.interface_endpoint("secretsmanager", place.data, [vpce])
    case.function("bed-census", place.apps, [place.group], timeout=30)
    case.function("bed-census-v3", wide, [place.group], timeout=30)
    failed = python_error(
        "ConnectTimeoutError",
        'Connect timeout on endpoint URL: "https://secretsmanager.ap-southeast-2.amazonaws.com/"', _BOTOCORE,
    )  # fmt: skip
    calls = Traffic(case, "bed-census")
    calls.good(88, 0, 60, python_log("INFO", "census written"), seconds=0.4)
    calls.write()
    calls = Traffic(case, "bed-census-v3")
    calls.bad(31, 0, 60, failed, seconds=15.9)
    calls.write()
    case.without("ec2/internet-gateways", "ec2/nat", "ec2/addresses")
    case.yaml(functions=["bed-census", "bed-census-v3"], destinations={
        "secrets": {"name": "secretsmanager.ap-southeast-2.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/aws/aws-sdk-go/issues/2632 (no SQS message from a Lambda in a VPC); composed: an "
    "endpoint "
    "without private DNS",
    expert=named(BLOCKED, "the SQS endpoint has no private DNS, so that the name leads outside, where no route leads"),
)
def queue_endpoint_without_private_dns(case: CaseFolder) -> None:
    place = cdk(case, "LootStack", "10.62", nats=0)
    vpce = case.group("LootStack-VpcSqsEndpointSecurityGroup", [allow(443, "10.62.0.0/16")])
    case.interface_endpoint("sqs", place.isolated, [vpce], private_dns=False)
    name = "LootStack-DropFn9B0D44E1-kPq03sXv"
    case.function(name, place.isolated, [place.group], runtime="provided.al2023", timeout=30)
    failed = go_log(
        "drop 88121: operation error SQS: SendMessage, exceeded maximum number of attempts, 3, https response error "
        'StatusCode: 0, RequestID: , request send failed, Post "https://sqs.us-east-2.amazonaws.com/": dial tcp '
        "3.141.102.44:443: i/o timeout"
    )
    calls = Traffic(case, name)
    calls.bad(64, 0, 60, failed, seconds=15.8)
    calls.write(tail=True)
    case.without("ec2/network-acls", "cloudwatch")
    case.yaml(functions=[name], destinations={"queue": {"name": "sqs.us-east-2.amazonaws.com", "port": 443}})


SCORES = "scores.c2kdd81qpl0a.us-east-2.rds.amazonaws.com"


@incident(
    source="https://repost.aws/knowledge-center/vpc-troubleshoot-nat-gateway-connection (ephemeral ports in an ACL)",
    expert=named(BLOCKED, "the ACL of the functions' subnets lets answers in on 32768-60999 only; functions connect "
                 "from 1024-65535"),
)  # fmt: skip
def acl_of_somebodys_ephemeral_ports(case: CaseFolder) -> None:
    place = cdk(case, "ScoreStack", "10.63", nats=1)
    case.acl("hardened-private", [
        entry(100, "in", "allow", (32768, 60999), "0.0.0.0/0"), entry(110, "in", "allow", 443, "10.63.0.0/16"),
        entry(100, "out", "allow", None, "0.0.0.0/0", "all")], place.private, Tags=[
            {"Key": "Name", "Value": "hardened-private"}, {"Key": "ticket", "Value": "SEC-1183"}])  # fmt: skip
    own = case.group("ScoreStack-DbSg", [allow(5432, place.group)])
    db = case.database("scores", place.isolated[1], [own])
    address = db["PrivateIpAddress"]
    name = "ScoreStack-SubmitFnA81C00D7-Lz1bQ90p"
    case.function(name, place.private, [place.group], timeout=20)
    failed = python_error(
        "OperationalError", f'connection to server at "{SCORES}" ({address}), port 5432 failed: timeout expired\n',
        ("/opt/python/psycopg2/__init__.py", 122, "connect",
         "conn = _connect(dsn, connection_factory=connection_factory, **kwasync)"),
    )  # fmt: skip
    calls = Traffic(case, name)
    calls.good(58, 0, 60, python_log("INFO", "score accepted"), seconds=0.05)
    calls.bad(72, 0, 60, failed, seconds=5.2)
    calls.write()
    case.yaml(functions=[name], reported="about half of the score submissions fail, retrying helps sometimes",
              destinations={"scores": {"name": SCORES, "port": 5432, "addresses": [address]}})  # fmt: skip


@incident(
    source="composed: the transit gateway's attachment was rebuilt, and a route stayed behind as a blackhole",
    expert=named(BLOCKED, "the way to the hospital's network is a blackhole in the functions' route table"),
)
def blackhole_towards_the_hospital(case: CaseFolder) -> None:
    place = spoke(case, "lab", "10.45", default=False)
    place.table["Routes"].append(route("172.20.0.0/14", "tgw-0b1e7c55ad09f2238", state="blackhole"))
    case.function("lab-results", place.apps, [place.group], runtime="java21", timeout=60, memory=1024)
    failed = java_error(
        "java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection "
        "(CONNECTION_ID=7yzQm0c4T9mXb1x3Yx2b8g==)",
        "oracle.jdbc.driver.T4CConnection.handleLogonNetException(T4CConnection.java:893)",
        "oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:698)",
        causes=(("oracle.net.ns.NetException: The Network Adapter could not establish the connection "
                "(CONNECTION_ID=7yzQm0c4T9mXb1x3Yx2b8g==)"), "java.net.SocketTimeoutException: Connect timed out"),
    )  # fmt: skip
    calls = Traffic(case, "lab-results")
    calls.bad(40, 0, 60, failed, seconds=20.8)
    calls.write(period=300, memory=1024)
    case.without("ec2/network-acls", "ec2/internet-gateways", "ec2/nat", "ec2/addresses")
    case.yaml(functions=["lab-results"], destinations={
        "lis": {"name": "lis-scan.hospital.internal", "port": 1521, "addresses": ["172.21.6.14"]}})  # fmt: skip


@incident(
    source="https://github.com/Automattic/mongoose/issues/8511 (Server selection timed out after 30000 ms); "
    "composed: a "
    "peering without a way back",
    expert=named(BLOCKED, "the peering's other side has no route back to the functions' VPC"),
)
def peering_without_a_way_back(case: CaseFolder) -> None:
    place = cdk(case, "MatchStack", "10.64", nats=1)
    other = case.vpc("shared-data", "10.100.0.0/16")
    link = case.peering("match-to-shared-data", "10.100.0.0/16", other)
    for one in place.private:
        table_of(case, one)["Routes"].append(route("10.100.0.0/16", link))
    far = case.subnet(
        "shared-docdb-a",
        "10.100.4.0/24",
        [route("10.60.0.0/16", "pcx-0aa1e2d3c4b5f6789")],
        vpc=other,
        AvailabilityZoneId="use2-az1",
    )
    own = case.group("shared-docdb", [allow(27017, "10.60.0.0/16", "10.64.0.0/16")], vpc=other)
    node = case.database("shared-docdb-1", far, [own])
    host = "shared-docdb.cluster-c9aaq0m1xyz1.us-east-2.docdb.amazonaws.com"
    name = "MatchStack-HistoryFn77D1E0AB-0cXw5TzN"
    case.function(name, place.private, [place.group], runtime="nodejs20.x", timeout=60)
    error = {
        "errorType": "MongooseServerSelectionError", "errorMessage": "Server selection timed out after 30000 ms",
        "reason": {"type": "ReplicaSetNoPrimary", "servers": {}, "stale": False, "compatible": True,
                   "heartbeatFrequencyMS": 10000, "localThresholdMS": 15, "setName": "rs0"},
        "stack": ["MongooseServerSelectionError: Server selection timed out after 30000 ms",
                  "    at _handleConnectionErrors (/var/task/node_modules/mongoose/lib/connection.js:909:11)"],
    }  # fmt: skip
    calls = Traffic(case, name)
    calls.bad(38, 0, 60, node_log("ERROR", "Invoke Error ", error), seconds=31.2)
    calls.write()
    case.yaml(functions=[name], destinations={
        "docdb": {"name": host, "port": 27017, "addresses": [node["PrivateIpAddress"]]}})  # fmt: skip


@incident(
    source="AWS documentation, access denied error messages (no VPC endpoint policy allows the s3:PutObject action)",
    expert=named(BLOCKED, "the S3 endpoint's policy does not let PutObject into the new bucket through"),
)
def endpoint_policy_knows_one_bucket(case: CaseFolder) -> None:
    place = cdk(case, "ClipStack", "10.65", nats=1)
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"],
         "Resource": "arn:aws:s3:::clips-prod/*"}]}  # fmt: skip
    gateway_endpoint(case, "s3", place.private, policy=json.dumps(policy))
    name = "ClipStack-ThumbnailFn10AA7D6E-ff9zL1Qe"
    case.function(name, place.private, [place.group], runtime="ruby3.3", timeout=30)
    failed = ruby_error(
        f"User: arn:aws:sts::482917306154:assumed-role/{name}-role/{name} is not authorized to perform: s3:PutObject "
        'on resource: "arn:aws:s3:::clips-thumbs-prod/2026/11/20/a81.webp" because no VPC endpoint policy allows the '
        "s3:PutObject action", "Aws::S3::Errors::AccessDenied")  # fmt: skip
    calls = Traffic(case, name)
    calls.bad(70, 0, 60, failed, seconds=0.31)
    calls.write()
    case.without("ec2/network-acls", "ec2/dhcp-options")
    case.yaml(functions=[name], destinations={
        "bucket": {"name": "clips-thumbs-prod.s3.us-east-2.amazonaws.com", "port": 443}})  # fmt: skip
