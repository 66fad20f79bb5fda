"""VPC endpoints that admit nobody, answer to no name, or have a policy."""

from __future__ import annotations

import json

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Traffic,
    allow,
    incident,
    python_error,
    python_log,
)
from oracles.incidents.world.seen.third._estate import destination, estate, function, ruby_error, table_of, tracing

BLOCKED = "route-or-rule-blocked"


def _blocked(because: str, *says: str, lacks: tuple[str, ...] = ()) -> Expert:
    return Expert((BLOCKED,), (BLOCKED,), Headline.NAMED, because, says, lacks)


@incident(
    source="https://github.com/awslabs/aws-sdk-rust/issues/905 (secret store on lambda: DispatchFailure, connect "
    "timeout)",
    expert=_blocked(
        "Secrets Manager's name leads to the interface endpoint, whose group admits the ECS tasks only, so the "
        "way over the NAT gateway is not taken",
        "acme-prod-vpce",
    ),
)
def secrets_endpoint_admits_the_tasks_only(case: CaseFolder) -> None:
    place = estate(case)
    tasks = case.group("acme-prod-ecs-tasks")
    doors = case.group("acme-prod-vpce", [allow(443, tasks, note="ecs")])
    case.interface_endpoint("secretsmanager", place.private, [doors])
    case.interface_endpoint("ecr.dkr", place.private, [doors])
    function(
        case, "rotate-keys", place.private, [place.app], runtime="provided.al2023", timeout=30, Architectures=["arm64"]
    )
    text = (
        "DispatchFailure(DispatchFailure { source: ConnectorError { kind: Timeout, source: hyper::Error(Connect, "
        'HttpTimeoutError { kind: "HTTP connect", duration: 3.1s }), connection: Unknown } })'
    )
    calls = Traffic(case, "rotate-keys")
    calls.bad(
        12,
        2,
        58,
        tracing("INFO", "reading secret", secret="prod/pg/main"),
        tracing("ERROR", "secret not read", error=text),
        seconds=10.2,
    )
    calls.write()
    case.without("cloudwatch/nat")
    case.yaml(
        functions=["rotate-keys"], destinations={"secrets": destination("secretsmanager.us-east-1.amazonaws.com", 443)}
    )


@incident(
    source="https://github.com/aws/aws-sdk-ruby/issues/2516 (Seahorse::Client::NetworkingError: execution "
    "expired), with "
    "an endpoint without private DNS",
    expert=_blocked(
        "nothing leads out of this VPC, and the SSM endpoint has no private DNS, so that the name leads to "
        "public addresses",
        "ssm",
    ),
)
def the_endpoint_does_not_answer_to_the_name(case: CaseFolder) -> None:
    place = estate(case, "pci-enclave", "10.250", nats="", stage="pci")
    doors = case.group("pci-enclave-endpoints", [allow(443, "10.250.0.0/16")])
    case.interface_endpoint("ssm", place.private, [doors], private_dns=False)
    case.interface_endpoint("kms", place.private, [doors])
    case.interface_endpoint("logs", place.private, [doors])
    function(case, "card-tokenizer", place.private, [place.app], runtime="ruby3.3", timeout=25, memory=1024)
    failed = ruby_error(
        "Seahorse::Client::NetworkingError",
        "Failed to open TCP connection to ssm.us-east-1.amazonaws.com:443 (execution expired)",
        "/opt/ruby/gems/3.3.0/gems/aws-sdk-core-3.211.0/lib/seahorse/client/net_http/handler.rb:90:in 'call'",
    )
    calls = Traffic(case, "card-tokenizer")
    calls.bad(18, 0, 60, failed, seconds=20.8)
    calls.write(memory=1024, period=300)
    case.yaml(functions=["card-tokenizer"], destinations={"ssm": destination("ssm.us-east-1.amazonaws.com", 443)})


@incident(
    source="composed: IAM's texts (access denied: 'because no VPC endpoint policy allows')",
    expert=_blocked(
        "S3 answers at once: the gateway endpoint's policy does not allow the bucket that the function reads"
    ),
)
def no_endpoint_policy_allows_the_bucket(case: CaseFolder) -> None:
    place = estate(case, "acme-data", "10.18")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyOurs",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::acme-data-lake", "arn:aws:s3:::acme-data-lake/*"],
            }
        ],
    }
    case.gateway_endpoint("s3", [table_of(case, one) for one in place.private], policy=json.dumps(policy))
    function(case, "partner-import", place.private, [place.app], timeout=60, memory=2048)
    failed = python_error(
        "ClientError",
        "An error occurred (AccessDenied) when calling the GetObject operation: User: "
        "arn:aws:sts::482917306154:assumed-"
        'role/partner-import-role/partner-import is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::'
        'partner-drop-7/in/2026-11-20.csv" because no VPC endpoint policy allows the s3:GetObject action',
        (
            "/var/lang/lib/python3.12/site-packages/botocore/client.py",
            1023,
            "_make_api_call",
            "raise error_class(parsed_response, operation_name)",
        ),
    )
    calls = Traffic(case, "partner-import")
    calls.bad(13, 0, 60, python_log("INFO", "importing s3://partner-drop-7/in/2026-11-20.csv"), failed, seconds=0.6)
    calls.write(memory=2048)
    case.without("ec2/network-acls", "ec2/addresses")
    case.yaml(
        functions=["partner-import"],
        destinations={"drop": destination("partner-drop-7.s3.us-east-1.amazonaws.com", 443)},
    )
