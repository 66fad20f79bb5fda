"""Which names lead to an interface endpoint whose private DNS is on: those that AWS lists, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.reachability import Obstacle, Reach
from tests.unit.case.ways import answer, endpoints, named

GATEWAY = {"VpcEndpointId": "vpce-2", "VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.us-east-1.s3"}


def interface_endpoint(service: str, **more: Any) -> dict[str, Any]:
    """One whose security group lets nothing in: what leads to it is blocked by that."""
    return {
        "VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "PrivateDnsEnabled": True,
        "ServiceName": f"com.amazonaws.us-east-1.{service}", "SubnetIds": ["subnet-public"],
        "NetworkInterfaceIds": ["eni-5"], "Groups": [{"GroupId": "sg-2", "GroupName": "two"}], **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("service", "host", "leads_to_it"),
    [
        ("execute-api", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", True),  # anybody's, public ones too
        ("execute-api", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com", False),
        ("ecr.dkr", "999988887777.dkr.ecr.us-east-1.amazonaws.com", True),
        ("ecr.api", "api.ecr.us-east-1.amazonaws.com", True),
        ("s3", "mine.s3.us-east-1.amazonaws.com", True),
        ("s3", "mine.s3.eu-west-1.amazonaws.com", False),
        ("lambda", "lambda.us-east-1.amazonaws.com", True),
        ("sts", "sts.us-east-1.amazonaws.com", True),
        ("sts", "sts.amazonaws.com", False),
        ("sqs", "sqs.us-east-1.amazonaws.com", True),
        ("sqs", "us-east-1.queue.amazonaws.com", False),
        ("sqs", "queue.amazonaws.com", False),
        ("kinesis-streams", "kinesis.us-east-1.amazonaws.com", True),
        ("kinesis-streams", "111122223333.data-kinesis.us-east-1.amazonaws.com", True),
        ("kinesis-firehose", "firehose.us-east-1.amazonaws.com", True),
        ("logs", "logs.us-east-1.amazonaws.com", True),
        ("monitoring", "monitoring.us-east-1.amazonaws.com", True),
        ("events", "events.us-east-1.amazonaws.com", True),
        ("secretsmanager", "secretsmanager.us-east-1.amazonaws.com", True),
        ("ssm", "ssm.us-east-1.amazonaws.com", True),
        ("ssm", "ssmmessages.us-east-1.amazonaws.com", False),
        ("dynamodb", "streams.dynamodb.us-east-1.amazonaws.com", False),
    ],
)
def test_names(tmp_path: Path, service: str, host: str, leads_to_it: bool) -> None:
    found = answer(tmp_path, endpoints(interface_endpoint(service)), about=named(host))
    if leads_to_it:
        assert found.block is not None
        assert (found.block.kind, found.block.resource) == (Obstacle.INGRESS, "sg-2")
    else:
        # Out through the NAT gateway, where that name is known to be public.
        assert found.reach is (Reach.UNKNOWN if host.startswith("streams") else Reach.OPEN)


def test_s3_for_premises_only_leaves_the_names_to_the_gateway_endpoint(tmp_path: Path) -> None:
    options = {"DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}}
    entries = {"DnsEntries": [{"DnsName": "*.s3.us-east-1.amazonaws.com", "HostedZoneId": "ZONEIDPENDING"}]}
    host = named("mine.s3.us-east-1.amazonaws.com")
    both = endpoints(interface_endpoint("s3", **options, **entries), GATEWAY)
    assert answer(tmp_path, both, about=host).reach is Reach.OPEN


@pytest.mark.parametrize(
    "host",
    [
        "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "999988887777.dkr.ecr.us-east-1.amazonaws.com",
        "a.dotted.bucket.s3.amazonaws.com",
        "mine.s3.dualstack.us-east-1.amazonaws.com",
    ],
)
def test_without_an_endpoint_they_are_public(tmp_path: Path, host: str) -> None:
    assert answer(tmp_path, about=named(host)).reach is Reach.OPEN
