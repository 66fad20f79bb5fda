"""What becomes of AWS's answers: members say what their values are."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from narrows.case.cloudwatch_names import LAMBDA_METRICS, NAT_METRICS
from narrows.redact.documents import Documents
from narrows.redact.mapping import Mapping


def redacted(document: Any) -> Any:
    """The image of a document that was met as a whole before."""
    redactor = Mapping(b"k" * 32).redactor()
    documents = Documents(redactor)
    documents.image(document)
    redactor.settle()
    return documents.image(document)


def test_the_values_of_environment_variables_go_whatever_they_are() -> None:
    image = redacted({"Environment": {"Variables": {"DB_PASSWORD": "4711", "STAGE": "prod", "ON": "true"}}})
    values = image["Environment"]["Variables"]
    assert set(values.values()) == {"redacted"}
    assert len(values) == 3
    assert "DB_PASSWORD" not in values


def test_tags_lose_their_keys_and_values_but_for_awss_own_keys_and_name() -> None:
    tags = [{"Key": "Name", "Value": "wumpus-a"}, {"Key": "costcentre", "Value": "globex"},
            {"Key": "aws:cloudformation:stack-name", "Value": "globex-net"}]  # fmt: skip
    image = redacted({"Tags": tags})["Tags"]
    assert image[0]["Key"] == "Name"
    assert image[2]["Key"].startswith("aws:cloudformation:")
    assert not re.search("wumpus|globex|costcentre", json.dumps(image))
    assert image[2]["Value"].split("-")[0] == image[1]["Value"], "the same word in two values is the same"


def test_tags_as_lambda_writes_them_are_replaced_too() -> None:
    image = redacted({"Tags": {"team": "globex", "aws:cloudformation:logical-id": "Wumpus"}})
    assert not re.search("globex|wumpus", json.dumps(image), re.IGNORECASE)


@pytest.mark.parametrize("text", [
    "AWS Lambda VPC ENI-{}-2f0c9b1e-5f0f-4bd0-9b43-0a7b6e2d9c11", "ELB app/{}/50dc6c495c0c9188", "ElastiCache {}-001",
    "ELB net/{}/50dc6c495c0c9188", "ES {}", "{} security group", "Created by {}",
])  # fmt: skip
def test_a_description_keeps_what_aws_wrote_and_loses_the_name(text: str) -> None:
    image = redacted({"Description": text.format("gateway-wumpus"), "GroupName": "gateway-wumpus"})
    assert "gateway-wumpus" not in image["Description"]
    before, _, _ = text.partition("{}")
    assert image["Description"].startswith(before)
    assert image["GroupName"] in image["Description"]


@pytest.mark.parametrize("text", [
    "Interface for NAT Gateway nat-0a1b2c3d4e5f60718", "RDSNetworkInterface",
    "VPC Endpoint Interface vpce-0a1b2c3d4e5f60718",
    "EFS mount target for fs-0a1b2c3d4e5f60718 (fsmt-0a1b2c3d4e5f60718)",
])  # fmt: skip
def test_a_description_of_ids_keeps_every_word(text: str) -> None:
    shape = re.escape(re.sub(r"-[0-9a-f]{17}", "-ID", text)).replace(r"\-ID", "-[0-9a-f]{17}")
    image = redacted({"Description": text})["Description"]
    assert re.fullmatch(shape, image)
    assert "0a1b2c3d4e5f60718" not in image


def test_numbers_times_and_states_stay() -> None:
    document = {
        "State": "available", "InterfaceType": "network_load_balancer", "Timeout": 30, "Value": 0.25, "On": True,
        "CreateTime": "2026-11-20T12:00:00+00:00", "Runtime": "python3.12", "Nothing": None, "IpProtocol": "tcp",
        "Status": "in-use", "ConnectivityType": "public", "Origin": "EnableVgwRoutePropagation",
        "QuotaCode": "L-B99A9384", "AvailabilityZone": "us-east-1a", "Version": "$LATEST",
        "ServiceName": "com.amazonaws.us-east-1.sqs", "CidrBlock": "0.0.0.0/0", "GatewayId": "local",
        "LastUpdateStatusReasonCode": "SubnetOutOfIPAddresses", "Architectures": ["arm64"],
    }  # fmt: skip
    assert redacted(document) == document


@pytest.mark.parametrize("metric", sorted({*LAMBDA_METRICS, *NAT_METRICS}))
def test_the_metrics_that_narrows_reads_keep_their_names(metric: str) -> None:
    about = {"Metric": {"Namespace": "AWS/NATGateway", "MetricName": metric, "Dimensions": []}}
    assert redacted(about) == about
    answer = {"Label": metric, "Datapoints": [{"Timestamp": "2026-11-20T12:00:00Z", "Sum": 3.0, "Unit": "Count"}]}
    assert redacted(answer) == answer


def test_ids_that_people_wrote_by_hand_are_replaced_as_ids() -> None:
    image = redacted({"SubnetId": "subnet-globex", "SubnetIds": ["subnet-globex", "subnet-1"], "VpcId": "vpc-x"})
    assert re.fullmatch(r"subnet-[0-9a-f]{6}", image["SubnetId"])
    assert image["SubnetIds"][0] == image["SubnetId"] != image["SubnetIds"][1]


def test_members_that_aws_has_no_word_for_are_replaced() -> None:
    image = redacted({"GlobexInternalNote": "call jdoe", "Ipv6AllowedForDualStack": False})
    assert not re.search("globex|jdoe", json.dumps(image), re.IGNORECASE)
    assert image["Ipv6AllowedForDualStack"] is False


def test_links_with_signatures_are_left_out() -> None:
    assert redacted({"Code": {"Location": "https://x.s3.amazonaws.com/y?X-Amz-Signature=abc"}}) == {
        "Code": {"Location": "redacted"}
    }
