"""boto3 and AWS's command line, pointed at the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.aws.server import AwsServer

_CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@cache
def _session() -> boto3.Session:
    """Reads each model once."""
    return boto3.Session(**_CREDENTIALS)


_OPEN: dict[tuple[str, str, str, int, float], Any] = {}


def client(server: AwsServer, service: str, region: str | None = None, attempts: int = 1, timeout: float = 60.0) -> Any:
    """A client of boto3, in the case's Region where none is named, that tries so often and waits so long (seconds)."""
    place = region or server.account.region
    key = (server.url, service, place, attempts, timeout)
    if key not in _OPEN:
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=timeout)
        _OPEN[key] = _session().client(service, region_name=place, endpoint_url=server.url, config=config)
    return _OPEN[key]


def close_clients() -> None:
    """Close the connections of every client."""
    while _OPEN:
        _OPEN.popitem()[1].close()


def call(server: AwsServer, service: str, operation: str, region: str | None = None, **parameters: Any) -> Any:
    """The answer of one call: ``call(server, "ec2", "describe_subnets")``."""
    answer = getattr(client(server, service, region), operation)(**parameters)
    answer.pop("ResponseMetadata")
    return answer


def every(server: AwsServer, service: str, operation: str, member: str, **parameters: Any) -> list[Any]:
    """The items of every page."""
    pages = client(server, service).get_paginator(operation).paginate(**parameters)
    return [one for page in pages for one in page.get(member, ())]


def error_of(server: AwsServer, service: str, operation: str, **parameters: Any) -> tuple[str, str]:
    """The code and the message of the error that a call ends with."""
    try:
        call(server, service, operation, **parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{operation} is answered")


def bare(server: AwsServer, signed_as: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Any:
    """The JSON of an answer to a bare request, of which no model leaves anything out."""
    scope = f"Credential=testing/20261120/{server.account.region}/{signed_as}/aws4_request"
    asked = urllib.request.Request(server.url + path, body, {"Authorization": scope, **headers})
    with urllib.request.urlopen(asked) as answer:
        return json.loads(answer.read())


def command_line(server: AwsServer, *words: str) -> Any:
    """What ``aws ...`` prints, read as JSON."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": server.account.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }
    program = Path(sys.executable).with_name("aws")
    ran = subprocess.run(
        [program, "--endpoint-url", server.url, "--output", "json", *words],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def plain(value: Any) -> Any:
    """A value with each time in seconds, however it is written, and without what says nothing."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return value
    return value


def file(case: Path, name: str) -> Any:
    """The content of a JSON file of a case."""
    return json.loads((case / name).read_text())
