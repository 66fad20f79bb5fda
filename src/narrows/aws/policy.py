"""The least privilege that narrows needs, from the table of operations that it calls: nothing in it writes."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypedDict

from narrows.aws.operations import OPERATIONS, PRINTED_ONLY, Operation
from narrows.errors import InputError, shown

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PARTITION = re.compile(r"aws(?:-[a-z]+){0,3}")


class Use(StrEnum):
    """What a policy is for."""

    COLLECT = "collect"
    """``narrows collect`` and ``narrows incident``"""


class Statement(TypedDict):
    """A statement of an IAM policy."""

    Sid: str
    Effect: str
    Action: list[str]
    Resource: list[str]


class Policy(TypedDict):
    """An IAM policy."""

    Version: str
    Statement: list[Statement]


def policy(use: Use = Use.COLLECT, *, buckets: tuple[str, ...] | None = None, partition: str = "aws") -> Policy:
    """The permissions that a use of narrows needs; with fewer, it collects less.

    Args:
        buckets: those that hold flow logs; any where it is None, and no access to S3 where it is empty.
        partition: ``aws``, ``aws-cn``, ``aws-us-gov``, ...

    Raises:
        InputError: a bucket or the partition has no valid name.
    """
    if not _PARTITION.fullmatch(partition):
        raise InputError(f"{shown(partition)} is not a partition", advice="write aws, aws-cn or aws-us-gov")
    for bucket in buckets or ():
        if not _BUCKET.fullmatch(bucket):
            raise InputError(f"{shown(bucket)} is not the name of a bucket", place="--bucket")
    grouped: dict[tuple[str, ...], list[Operation]] = {}
    for operation in needed(use):
        resources = _resources(operation, buckets, partition)
        if resources:
            grouped.setdefault(resources, []).append(operation)
    return Policy(
        Version="2012-10-17",
        Statement=[
            Statement(
                Sid=f"Narrows{use.value.capitalize()}{number}",
                Effect="Allow",
                Action=sorted({one.action for one in operations}),
                Resource=list(resources),
            )
            for number, (resources, operations) in enumerate(grouped.items(), 1)
        ],
    )


def needed(use: Use) -> tuple[Operation, ...]:
    """The operations that a use of narrows calls: today, collecting calls them all."""
    assert use is Use.COLLECT
    return tuple(one for one in OPERATIONS.values() if one.name not in PRINTED_ONLY)


def _resources(operation: Operation, buckets: tuple[str, ...] | None, partition: str) -> tuple[str, ...]:
    whole = operation.resources.format(partition=partition)
    if operation.service != "s3" or buckets is None:
        return (whole,)
    before, _, path = whole.partition(":::*")
    # Where the flow log names no prefix, AWSLogs stands at the beginning of a key.
    ends = (path, f"/*{path}") if path else ("",)
    return tuple(f"{before}:::{bucket}{end}" for bucket in buckets for end in ends)
