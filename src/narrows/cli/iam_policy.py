"""``narrows iam-policy``: the permissions that a live account has to give."""

from __future__ import annotations

from typing import Annotated

import typer

from narrows.aws.policy import Use
from narrows.gate import print_json


def iam_policy(
    use: Annotated[Use, typer.Option("--for", help="What the permissions are for.")] = Use.COLLECT,
    bucket: Annotated[
        list[str] | None,
        typer.Option("--bucket", help="Only this bucket of flow logs. Several may be named.", show_default=False),
    ] = None,
    no_flow_logs: Annotated[bool, typer.Option("--no-flow-logs", help="Without access to S3.")] = False,
    partition: Annotated[str, typer.Option(help="aws, aws-cn, aws-us-gov, ...")] = "aws",
) -> None:
    """The least privilege that narrows needs in a live account, as an IAM policy: it reads, and writes nothing."""
    from narrows.aws.policy import policy

    buckets = () if no_flow_logs else tuple(bucket) if bucket else None
    print_json(policy(use, buckets=buckets, partition=partition))
