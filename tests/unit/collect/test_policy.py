"""The permissions that narrows asks for: all it calls, nothing that writes."""

from __future__ import annotations

import re

import pytest

from narrows.aws.operations import OPERATIONS, PRINTED_ONLY, operation
from narrows.aws.policy import Use, needed, policy
from narrows.errors import InputError
from tests.unit.case.aws_shapes import service


def test_every_operation_is_one_of_the_service_and_only_reads() -> None:
    for one in OPERATIONS.values():
        assert one.name in service(one.service).operation_names
        if one.name not in PRINTED_ONLY:
            assert re.match(r"Describe|List|Get|Filter", one.name), one


def test_nothing_in_the_policy_writes() -> None:
    actions = [action for statement in policy()["Statement"] for action in statement["Action"]]
    assert all(re.fullmatch(r"[a-z0-9-]+:(Describe|List|Get|Filter)[A-Za-z]+", action) for action in actions)
    assert sorted(actions) == sorted({one.action for one in needed(Use.COLLECT)})
    assert not any("*" in action for action in actions)


def test_access_to_s3_is_to_the_buckets_that_are_named() -> None:
    resources = {
        action: statement["Resource"]
        for statement in policy(buckets=("logs-1", "logs-2"), partition="aws-cn")["Statement"]
        for action in statement["Action"]
    }
    assert resources["s3:ListBucket"] == ["arn:aws-cn:s3:::logs-1", "arn:aws-cn:s3:::logs-2"]
    assert resources["s3:GetObject"] == [
        f"arn:aws-cn:s3:::logs-{number}{prefix}/AWSLogs/*vpcflowlogs/*" for number in (1, 2) for prefix in ("", "/*")
    ]
    assert not any("s3:" in str(statement) for statement in policy(buckets=())["Statement"])


@pytest.mark.parametrize("bucket", ["*", "a/*", "A", "x" * 64, "", "a b"])
def test_a_bucket_is_no_pattern(bucket: str) -> None:
    with pytest.raises(InputError, match="is not the name of a bucket"):
        policy(buckets=(bucket,))


def test_what_is_not_in_the_table_is_never_called() -> None:
    with pytest.raises(KeyError):
        operation("ec2", "TerminateInstances")
