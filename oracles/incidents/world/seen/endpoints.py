"""VPC endpoints: not there, not for this subnet, not by this name, not for this group."""

from __future__ import annotations

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    incident,
    java_error,
    json_log,
    python_error,
    route,
)
from oracles.incidents.world.seen._sites import boto_timeout, inner, site, table_of

BLOCKED = "route-or-rule-blocked"
SECRETS = "https://secretsmanager.us-east-1.amazonaws.com/"


def _blocked(because: str, *says: str) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says)


@incident(
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html",
    expert=_blocked("the endpoint's group lets in 443 from the servers' group, not from the function's"),
)
def endpoint_group_lets_the_function_not_in(case: CaseFolder) -> None:
    place = inner(case)
    servers = case.group("servers")
    guard = case.group("vpce-guard", [allow(443, servers)])
    case.interface_endpoint("secretsmanager", [place.private_a, place.private_b], [guard])
    case.function("rotate", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "rotate")
    calls.bad(40, 0, 60, boto_timeout(SECRETS), seconds=15.3)
    calls.write()
    case.yaml(functions=["rotate"],
              destinations={"secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotation-network-rqmts.html",
    expert=_blocked("private DNS is off at the endpoint: the name leads outside, and no way does"),
)
def private_dns_is_off(case: CaseFolder) -> None:
    place = inner(case)
    guard = case.group("vpce-guard", [allow(443, "10.0.0.0/16")])
    case.interface_endpoint("secretsmanager", [place.private_a, place.private_b], [guard], private_dns=False)
    case.function("rotate", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "rotate")
    calls.bad(37, 0, 60, boto_timeout(SECRETS), seconds=15.3)
    calls.write(zeros=False)
    case.yaml(functions=["rotate"],
              destinations={"secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html (endpoint policies)",
    expert=_blocked("the service answers, and says that the endpoint's policy does not allow the call"),
)
def endpoint_policy_denies(case: CaseFolder) -> None:
    place = inner(case)
    guard = case.group("vpce-guard", [allow(443, "10.0.0.0/16")])
    policy = ('{"Statement":[{"Action":"secretsmanager:DescribeSecret","Effect":"Allow","Principal":"*",'
              '"Resource":"*"}]}')  # fmt: skip
    case.interface_endpoint("secretsmanager", [place.private_a, place.private_b], [guard], policy=policy)
    case.function("rotate", [place.private_a, place.private_b], [place.app], timeout=30)
    failed = python_error(
        "ClientError",
        (
            "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: User: "
            "arn:aws:sts::482917306154:assumed-role/rotate-role/rotate is not authorized to perform: "
            "secretsmanager:GetSecretValue on resource: prod/orders because no VPC endpoint policy allows the "
            "secretsmanager:GetSecretValue action"
        ),
        (
            "/var/runtime/botocore/client.py",
            1023,
            "_make_api_call",
            ("raise error_class(parsed_response, operation_name)"),
        ),
    )
    calls = Traffic(case, "rotate")
    calls.bad(45, 0, 60, failed, seconds=0.2)
    calls.write()
    case.yaml(functions=["rotate"],
              destinations={"secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://think-with-tech.blogspot.com/2025/11/how-lambda-accesses-dynamodb-from.html",
    expert=_blocked("no endpoint for DynamoDB and no NAT gateway: nothing leads there"),
)
def no_endpoint_for_dynamodb(case: CaseFolder) -> None:
    place = inner(case)
    case.gateway_endpoint("s3", [table_of(case, "private-a"), table_of(case, "private-b")])
    case.function("cart", [place.private_a, place.private_b], [place.app], timeout=60)
    calls = Traffic(case, "cart")
    calls.bad(43, 0, 60, boto_timeout("https://dynamodb.us-east-1.amazonaws.com/"), seconds=25.4)
    calls.write()
    case.yaml(functions=["cart"],
              destinations={"table": {"name": "dynamodb.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html (a target in your route table)",
    expert=_blocked("the S3 endpoint has a route in private-a's table only; half of the environments are in private-b",
                    "private-b"),
)  # fmt: skip
def s3_endpoint_misses_one_route_table(case: CaseFolder) -> None:
    place = inner(case)
    case.gateway_endpoint("s3", [table_of(case, "private-a")])
    case.function("thumbnails", [place.private_a, place.private_b], [place.app], runtime="java21", timeout=20)
    failed = java_error(
        "software.amazon.awssdk.core.exception.SdkClientException: Unable to execute HTTP request: Connect to "
        "shop-images.s3.us-east-1.amazonaws.com:443 [shop-images.s3.us-east-1.amazonaws.com/52.217.98.12] failed: "
        "Connect timed out (SDK Attempt Count: 4)",
        "software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:130)",
        causes=(("org.apache.http.conn.ConnectTimeoutException: Connect to shop-images.s3.us-east-1.amazonaws.com:443 "
                "[shop-images.s3.us-east-1.amazonaws.com/52.217.98.12] failed: Connect timed out"),
                "java.net.SocketTimeoutException: Connect timed out"),
    )  # fmt: skip
    calls = Traffic(case, "thumbnails")
    calls.good(61, 0, 60, seconds=0.7)
    calls.bad(58, 0, 60, failed, seconds=9.0)
    calls.write()
    case.yaml(functions=["thumbnails"],
              destinations={"images": {"name": "shop-images.s3.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="https://github.com/aws-samples/toolkit-for-aws-transfer-family/pull/51 (which PrivateLink endpoints "
    "it needs)",
    expert=_blocked("there are endpoints for two services, but none for SQS, and no other way out"),
)
def no_endpoint_for_sqs(case: CaseFolder) -> None:
    place = inner(case)
    guard = case.group("vpce-guard", [allow(443, "10.0.0.0/16")])
    case.interface_endpoint("secretsmanager", [place.private_a, place.private_b], [guard])
    case.interface_endpoint("logs", [place.private_a, place.private_b], [guard])
    case.function("fan-out", [place.private_a, place.private_b], [place.app], timeout=30,
                  LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/fan-out"})  # fmt: skip
    failed = json_log(
        "ERROR", 'Connect timeout on endpoint URL: "https://sqs.us-east-1.amazonaws.com/"',
        errorType="ConnectTimeoutError", stackTrace=[
            ('  File "/var/task/app.py", line 19, in lambda_handler\n    queue.send_message(QueueUrl=URL, '
            'MessageBody=body)\n'),
            ('  File "/var/runtime/botocore/httpsession.py", line 497, in send\n    raise '
            'ConnectTimeoutError(endpoint_url='
            'request.url, error=e)\n')],
    )  # fmt: skip
    calls = Traffic(case, "fan-out")
    calls.bad(39, 0, 60, failed, seconds=15.2)
    calls.write(json=True)
    case.yaml(functions=["fan-out"], destinations={
        "secrets": {"name": "secretsmanager.us-east-1.amazonaws.com", "port": 443},
        "queue": {"name": "sqs.us-east-1.amazonaws.com", "port": 443}})  # fmt: skip


@incident(
    source="composed: an endpoint to a provider's service in the state pendingAcceptance",
    expert=_blocked("the endpoint to the provider's service still waits to be accepted: nothing goes through it"),
)
def endpoint_waits_to_be_accepted(case: CaseFolder) -> None:
    place = site(case)
    guard = case.group("vpce-guard", [allow(443, "10.0.0.0/16")])
    name = "com.amazonaws.vpce.us-east-1.vpce-svc-0b7c1f2de4a59c3a1"
    made = case.interface_endpoint(name, [place.private_a, place.private_b], [guard], private_dns=False,
                                   State="pendingAcceptance")  # fmt: skip
    for eni in case.network_interfaces:
        if eni["NetworkInterfaceId"] in made["NetworkInterfaceIds"]:
            eni["Status"] = "in-use"
    own = made["DnsEntries"][0]["DnsName"]
    addresses = [one["PrivateIpAddress"] for one in case.network_interfaces
                 if one["NetworkInterfaceId"] in made["NetworkInterfaceIds"]]  # fmt: skip
    case.function("score", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "score")
    calls.bad(36, 0, 60, boto_timeout(f"https://{own}/v1/score"), seconds=10.2)
    calls.write()
    case.yaml(functions=["score"],
              destinations={"scoring": {"name": own, "port": 443, "addresses": addresses}})  # fmt: skip


@incident(
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-endpoints-s3.html (rules must allow traffic to S3)",
    expert=_blocked("the function's group lets out to the VPC only: S3's addresses are not in it, prefix list or not",
                    "lambda-inner"),
)  # fmt: skip
def egress_lacks_the_prefix_list_of_s3(case: CaseFolder) -> None:
    place = inner(case)
    table = table_of(case, "private-a")
    case.gateway_endpoint("s3", [table])
    group = case.group("lambda-inner", egress=[allow(None, "10.0.0.0/16", protocol="-1")])
    case.function("archive", [place.private_a], [group], timeout=30)
    calls = Traffic(case, "archive")
    calls.bad(35, 0, 60, boto_timeout("https://shop-archive.s3.us-east-1.amazonaws.com/2026/11/20.json"), seconds=15.1)
    calls.write()
    case.yaml(functions=["archive"], destinations={
        "archive": {"name": "shop-archive.s3.us-east-1.amazonaws.com", "port": 443,
                    "addresses": ["52.217.121.90", "3.5.28.117"]}})  # fmt: skip


@incident(
    source="composed: central egress through a transit gateway and an inspection VPC",
    expert=Expert((), (BLOCKED, "destination-not-answering"), Headline.OPEN,
                  "the way leads through a transit gateway to an inspection VPC that no file tells of"),
)  # fmt: skip
def egress_through_an_inspection_vpc(case: CaseFolder) -> None:
    place = inner(case)
    hub = case.transit_attachment("egress-hub", [place.private_a, place.private_b])
    for name in ("private-a", "private-b"):
        table_of(case, name)["Routes"].append(route("0.0.0.0/0", hub))
    case.function("poll", [place.private_a, place.private_b], [place.app], timeout=30)
    calls = Traffic(case, "poll")
    calls.bad(42, 0, 60, boto_timeout("https://api.partner.example/v2/jobs"), seconds=10.1)
    calls.write()
    case.yaml(functions=["poll"], destinations={"partner": {"name": "api.partner.example", "port": 443,
                                                            "addresses": ["18.204.77.31"]}})  # fmt: skip
