"""Collecting from the server, in this process: what the command line does, without its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from narrows.case import read_case
from narrows.collect.account import Account
from narrows.collect.run import Examined, Summary, collect
from narrows.collect.target import open_target
from narrows.collect.wanted import Wanted
from narrows.diagnose import diagnose
from tests.aws.server import AwsServer

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "not-a-real-one",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}
"""Of nobody: in the environment of whoever asks the server."""


def window_of(served: Path) -> tuple[int, int]:
    """The window of a case, seconds since 1970."""
    start, end = yaml.safe_load((served / "case.yaml").read_text())["window"]
    return int(start.timestamp()), int(end.timestamp())


def examine(folder: Path) -> Examined:
    """As the command line does."""
    case = read_case(folder)
    return Examined(case, tuple(request for one in diagnose(case).missing for request in one.requests))


def collected(
    server: AwsServer, into: Path, functions: tuple[str, ...], window: tuple[int, int], **more: Any
) -> Summary:
    """Collect from a server into a folder.

    Args:
        more: fields of ``Wanted``; ``account`` to ask by, a new one where left out.
    """
    account = more.pop("account", None) or Account(region="us-east-1", endpoint_url=server.url)
    wanted = Wanted(
        functions=functions, vpcs=more.pop("vpcs", ()), gateways=more.pop("gateways", ()),
        start=window[0], end=window[1], **more,
    )  # fmt: skip
    with open_target(into) as target:
        return collect(
            account,
            target,
            wanted,
            now=server.now,
            examine=examine,
            allow=lambda _count, _size: True,
            say=lambda _line: None,
        )
