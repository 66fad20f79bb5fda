"""What goes wrong, in each service's own shape and words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, PaginationError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from tests.aws.clients import call, client, error_of, every
from tests.aws.server import AwsServer, Faults

_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "cloudwatch": ("list_metrics", {}),
    "ec2": ("describe_subnets", {}),
    "elasticache": ("describe_cache_clusters", {}),
    "elbv2": ("describe_load_balancers", {}),
    "lambda": ("list_functions", {}),
    "logs": ("filter_log_events", {"logGroupName": "/aws/lambda/storefront"}),
    "memorydb": ("describe_clusters", {}),
    "opensearch": ("list_domain_names", {}),
    "rds": ("describe_db_instances", {}),
    "s3": ("list_objects_v2", {"Bucket": "narrows-flow-logs"}),
    "service-quotas": ("list_service_quotas", {"ServiceCode": "vpc"}),
    "sts": ("get_caller_identity", {}),
}
"""A call of each service."""

_REFUSED = {
    "cloudwatch": ("cloudwatch:ListMetrics", "AccessDenied"),
    "ec2": ("ec2:DescribeSubnets", "UnauthorizedOperation"),
    "elasticache": ("elasticache:DescribeCacheClusters", "AccessDenied"),
    "elbv2": ("elasticloadbalancing:DescribeLoadBalancers", "AccessDenied"),
    "lambda": ("lambda:ListFunctions", "AccessDeniedException"),
    "logs": ("logs:FilterLogEvents", "AccessDeniedException"),
    "memorydb": ("memorydb:DescribeClusters", "AccessDeniedException"),
    "opensearch": ("es:ListDomainNames", "AccessDeniedException"),
    "rds": ("rds:DescribeDBInstances", "AccessDenied"),
    "s3": ("s3:ListBucket", "AccessDenied"),
    "service-quotas": ("servicequotas:ListServiceQuotas", "AccessDeniedException"),
    "sts": ("sts:GetCallerIdentity", "AccessDenied"),
}


@pytest.fixture(scope="module")
def server(simulated: Path) -> Any:
    """One server, whose faults each test sets."""
    with AwsServer(simulated) as running:
        yield running


@pytest.fixture(autouse=True)
def without_faults(server: AwsServer) -> None:
    server.faults = Faults()
    server.calls.clear()


def codes(server: AwsServer, *services: str) -> dict[str, str]:
    """The code of the error that each service answers its call with."""
    return {one: error_of(server, one, _CALLS[one][0], **_CALLS[one][1])[0] for one in services or _CALLS}


def test_what_no_policy_allows_is_refused_in_each_services_shape(server: AwsServer) -> None:
    for service, (action, code) in _REFUSED.items():
        server.faults = Faults(denied=frozenset({action}))
        operation, parameters = _CALLS[service]
        refused = error_of(server, service, operation, **parameters)
        assert refused[0] == code, service
        assert "User: arn:aws:sts::123456789012:assumed-role/" in refused[1]
        assert f"is not authorized to perform: {action} on resource: " in refused[1]
        assert refused[1].endswith(f"because no identity-based policy allows the {action} action")
        assert server.calls[-1].action == action
        assert server.calls[-1].error == code


def test_one_action_is_refused_and_the_others_are_not(server: AwsServer) -> None:
    server.faults = Faults(denied=frozenset({"ec2:DescribeSubnets"}))
    assert codes(server, "ec2") == {"ec2": "UnauthorizedOperation"}
    assert call(server, "ec2", "describe_vpcs")["Vpcs"]
    server.faults = Faults(denied=frozenset({"ec2:*"}))
    assert error_of(server, "ec2", "describe_vpcs")[0] == "UnauthorizedOperation"


def test_too_many_calls_are_throttled_in_each_services_words(server: AwsServer) -> None:
    server.faults = Faults(throttle_every=1)
    assert codes(server) == {
        "cloudwatch": "Throttling",
        "ec2": "RequestLimitExceeded",
        "elasticache": "Throttling",
        "elbv2": "Throttling",
        "lambda": "TooManyRequestsException",
        "logs": "ThrottlingException",
        "memorydb": "ThrottlingException",
        "opensearch": "ThrottlingException",
        "rds": "Throttling",
        "s3": "SlowDown",
        "service-quotas": "TooManyRequestsException",
        "sts": "Throttling",
    }


def test_a_client_that_tries_again_gets_through(simulated: Path) -> None:
    with AwsServer(simulated, faults=Faults(throttle_every=2)) as server:
        client(server, "ec2", attempts=3).describe_vpcs()
        client(server, "ec2", attempts=3).describe_vpcs()
        assert [one.error for one in server.calls] == [None, "RequestLimitExceeded", None]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("expired", {"ec2": "RequestExpired", "sts": "ExpiredToken", "cloudwatch": "ExpiredToken",
                     "lambda": "ExpiredTokenException", "logs": "ExpiredTokenException", "s3": "ExpiredToken"}),
        ("invalid", {"ec2": "AuthFailure", "sts": "InvalidClientTokenId", "lambda": "UnrecognizedClientException",
                     "service-quotas": "UnrecognizedClientException", "s3": "InvalidAccessKeyId"}),
        ("skewed", {"ec2": "RequestExpired", "sts": "SignatureDoesNotMatch", "logs": "InvalidSignatureException",
                    "s3": "RequestTimeTooSkewed"}),
        ("region-off", {"ec2": "OptInRequired", "lambda": "UnrecognizedClientException",
                        "logs": "UnrecognizedClientException", "sts": "InvalidClientTokenId"}),
    ],
)  # fmt: skip
def test_credentials_that_are_not_good(server: AwsServer, kind: str, expected: dict[str, str]) -> None:
    server.faults = Faults(credentials=kind)
    assert codes(server, *expected) == expected


def test_the_connection_ends_after_so_many_calls_for_ever(simulated: Path) -> None:
    with AwsServer(simulated, faults=Faults(dies_after=2)) as server:
        call(server, "ec2", "describe_vpcs")
        call(server, "ec2", "describe_subnets")
        for _ in range(2):
            with pytest.raises(ConnectionClosedError):
                call(server, "ec2", "describe_vpcs")
        assert [one.status for one in server.calls] == [200, 200, 0, 0]


@pytest.mark.parametrize(
    ("service", "operation", "member"),
    [
        ("ec2", "describe_network_interfaces", "NetworkInterfaces"),
        ("lambda", "list_functions", "Functions"),
        ("cloudwatch", "list_metrics", "Metrics"),
    ],
)
def test_a_page_that_leads_to_itself(server: AwsServer, service: str, operation: str, member: str) -> None:
    name = "".join(word.title() for word in operation.split("_"))
    server.faults = Faults(repeats_page=frozenset({name}))
    with pytest.raises(PaginationError, match="same next token was received twice"):
        every(server, service, operation, member)
    assert len(server.calls) == 2


def test_an_answer_of_xml_that_ends_in_the_middle_cannot_be_read(server: AwsServer) -> None:
    server.faults = Faults(breaks_page=frozenset({"DescribeSubnets"}))
    with pytest.raises(ResponseParserError):
        call(server, "ec2", "describe_subnets")


def test_an_answer_of_json_that_ends_in_the_middle_looks_to_boto3_like_one_without_members(server: AwsServer) -> None:
    """Which a client has to notice by itself: no function is there, and nothing was raised."""
    server.faults = Faults(breaks_page=frozenset({"ListFunctions", "ListServiceQuotas", "ListMetrics"}))
    for service in ("lambda", "service-quotas", "cloudwatch"):
        operation, parameters = _CALLS[service]
        assert call(server, service, operation, **parameters) == {}
    server.faults = Faults()
    assert call(server, "lambda", "list_functions")["Functions"]


def test_an_answer_may_take_its_time(server: AwsServer) -> None:
    server.faults = Faults(slow=5.0)
    with pytest.raises(ReadTimeoutError):
        client(server, "sts", timeout=0.2).get_caller_identity()


def test_a_token_of_another_call_is_refused(server: AwsServer) -> None:
    server.faults = Faults(page=1)
    token = call(server, "ec2", "describe_subnets")["NextToken"]
    assert "1" not in token.rstrip("="), "a token says nothing"
    assert error_of(server, "ec2", "describe_vpcs", NextToken=token)[0] == "InvalidNextToken"
    assert error_of(server, "ec2", "describe_vpcs", NextToken="2")[0] == "InvalidNextToken"
    assert error_of(server, "lambda", "list_functions", Marker=token)[0] == "InvalidParameterValueException"
    assert error_of(server, "service-quotas", "list_service_quotas", ServiceCode="vpc", NextToken=token)[0] == (
        "InvalidPaginationTokenException"
    )
