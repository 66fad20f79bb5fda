"""Names of AWS's services, and of what is somebody's own."""

from __future__ import annotations

import pytest

from narrows.service_names import answers_to, host_of, service_of


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("sqs.us-east-1.amazonaws.com", "sqs"),
        ("SQS.us-east-1.amazonaws.com.", "sqs"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "ecr.dkr"),
        ("files.s3.us-east-1.amazonaws.com", "s3"),
        ("a.dotted.bucket.s3.amazonaws.com", "s3"),
        ("dynamodb.us-east-1.amazonaws.com", "dynamodb"),
        # DynamoDB Streams has no gateway endpoint.
        ("streams.dynamodb.us-east-1.amazonaws.com", None),
        ("sqs.eu-west-1.amazonaws.com", None),
        ("x.abc.ng.0001.use1.cache.amazonaws.com", None),
        ("orders.cluster-c0ffee.us-east-1.docdb.amazonaws.com", None),
        ("search-logs-c0ffee.us-east-1.es.amazonaws.com", None),
        ("warehouse.c0ffee.us-east-1.redshift.amazonaws.com", None),
        ("sqs.us-east-1.amazonaws.com.example.com", None),
        ("us-east-1.amazonaws.com", None),
        (None, None),
    ],
)
def test_the_service_of_a_name(host: str | None, service: str | None) -> None:
    assert service_of(host, "us-east-1") == service


def test_the_service_of_a_name_in_china() -> None:
    assert service_of("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1") == "sqs"


def test_only_a_gateway_endpoint_answers_to_a_name_without_a_region() -> None:
    assert answers_to("s3", "us-east-1", "files.s3.amazonaws.com", gateway=True)
    assert not answers_to("s3", "us-east-1", "files.s3.amazonaws.com")


@pytest.mark.parametrize(
    ("service", "host"),
    [
        ("s3", "mine.s3-us-east-1.amazonaws.com"),
        ("s3", "mine.s3.dualstack.us-east-1.amazonaws.com"),
        ("dynamodb", "111122223333.ddb.us-east-1.amazonaws.com"),
    ],
)
def test_only_a_gateway_endpoint_carries_the_other_names_of_its_service(service: str, host: str) -> None:
    assert answers_to(service, "us-east-1", host, gateway=True)
    assert not answers_to(service, "us-east-1", host)


@pytest.mark.parametrize("host", ["mine.s3.eu-west-1.amazonaws.com", "streams.dynamodb.us-east-1.amazonaws.com"])
def test_no_gateway_endpoint_carries_another_region_or_service(host: str) -> None:
    assert not any(answers_to(one, "us-east-1", host, gateway=True) for one in ("s3", "dynamodb"))


@pytest.mark.parametrize(
    ("service", "host", "expected"),
    [
        ("kinesis-streams", "kinesis.us-east-1.amazonaws.com", True),
        ("kinesis-firehose", "firehose.us-east-1.amazonaws.com", True),
        ("codeartifact.repositories", "us-111122223333.d.codeartifact.us-east-1.amazonaws.com", True),
        ("sqs", "x.sqs.us-east-1.amazonaws.com", False),
        ("appsync-api", "appsync-api.us-east-1.amazonaws.com", False),
    ],
)
def test_the_names_of_private_dns(service: str, host: str, expected: bool) -> None:
    assert answers_to(service, "us-east-1", host) is expected


@pytest.mark.parametrize(
    "service", ["sqs", "kms", "ecr.api", "ecr.dkr", "execute-api", "appsync-api", "kinesis-streams"]
)
def test_a_name_of_a_service_is_one_that_its_endpoint_answers_to(service: str) -> None:
    assert answers_to(service, "eu-west-1", host_of(service, "eu-west-1"))


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_a_name_of_a_service_is_in_the_list_of_its_gateway_endpoint(service: str) -> None:
    assert answers_to(service, "eu-west-1", host_of(service, "eu-west-1", gateway=True), gateway=True)
