"""Flow logs from S3, through the real client against a server on loopback."""

from __future__ import annotations

import gzip
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from narrows.errors import InputError
from narrows.flowlogs import count_connections
from narrows.flowlogs.s3 import is_wanted, local_copies
from tests.unit.flowlogs.test_bad_input import HEADER, line

NOON = 1_795_176_000
"""2026-11-20T12:00:00Z"""
PLAIN = "AWSLogs/{account}/vpcflowlogs/{region}/{day:%Y/%m/%d}/"
HIVE = (
    "AWSLogs/aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}/"
    "year={day:%Y}/month={day:%m}/day={day:%d}/hour={day:%H}/"
)


@pytest.fixture
def bucket(aws: str) -> Any:
    """A bucket of S3."""
    import boto3

    return boto3.resource("s3").create_bucket(Bucket=f"logs-{uuid.uuid4().hex[:12]}")


def put(
    bucket: Any, layout: str, moment: int, ports: range, *, account: str = "111122223333", region: str = "us-east-1"
) -> str:
    """One object as AWS delivers it, and its key."""
    day = datetime.fromtimestamp(moment, UTC)
    prefix = layout.format(account=account, region=region, day=day)
    key = f"{prefix}{account}_vpcflowlogs_{region}_fl-0a1b2c3d_{day:%Y%m%dT%H%M}Z_{uuid.uuid4().hex[:8]}.log.gz"
    lines = [HEADER, *(line(port, moment, moment + 30, interface=f"eni-{account[:4]}{region[-1]}") for port in ports)]
    bucket.put_object(Key=key, Body=gzip.compress(("\n".join(lines) + "\n").encode()))
    return key


def test_accounts_and_regions_in_every_layout(bucket: Any) -> None:
    for number, layout in enumerate((PLAIN, HIVE)):
        for account in ("111122223333", "444455556666"):
            for region in ("us-east-1", "eu-west-1"):
                ports = range(1024 + 10 * number, 1034 + 10 * number)
                put(bucket, layout, NOON + 600, ports, account=account, region=region)
    answer = count_connections([f"s3://{bucket.name}/AWSLogs/"])
    assert answer.to_json()["records"] == {"read": 80, "used": 80, "dropped": {}}
    assert {key.interface: key.high for key in answer.keys} == {
        f"eni-{account}{region}": 20 for account in ("1111", "4444") for region in "1"
    }


def test_only_what_the_window_needs_is_fetched(bucket: Any) -> None:
    hours = [NOON + 3600 * hour for hour in (-40, -3, 0, 3, 40)]
    keys = {put(bucket, layout, hour, range(1024, 1026)): hour for layout in (PLAIN, HIVE) for hour in hours}
    with local_copies([f"s3://{bucket.name}/AWSLogs"], (NOON, NOON + 600)) as fetched:
        assert set(fetched.names.values()) == {
            f"s3://{bucket.name}/{key}" for key, hour in keys.items() if hour == NOON
        }
        places = [Path(str(path)) for path in fetched.paths]
        assert all(place.is_dir() for place in places)
    assert not any(place.exists() for place in places)


def test_an_object_that_cannot_be_had_among_many(bucket: Any) -> None:
    for number in range(60):
        put(bucket, PLAIN, NOON, range(1024 + number, 1025 + number))
    frozen = put(bucket, PLAIN, NOON, range(9000, 9010))
    body = bucket.Object(frozen).get()["Body"].read()
    bucket.put_object(Key=frozen, Body=body, StorageClass="GLACIER")
    broken = put(bucket, PLAIN, NOON, range(8000, 8010))
    bucket.put_object(Key=broken, Body=b"\x1f\x8b\x08 this is not gzip")
    answer = count_connections([f"s3://{bucket.name}/AWSLogs/"])
    assert answer.to_json()["records"]["used"] == 60
    (flag,) = [flag for flag in answer.quality if flag["id"] == "unreadable"]
    assert flag["text"].startswith("2 files")
    assert f"s3://{bucket.name}/{broken}" in flag["text"]
    assert f"s3://{bucket.name}/{frozen}" in flag["text"]
    assert "narrows-flowlogs-" not in flag["text"]


def test_one_object_by_its_address(bucket: Any) -> None:
    key = put(bucket, PLAIN, NOON, range(1024, 1034))
    assert count_connections([f"s3://{bucket.name}/{key}"]).to_json()["records"]["used"] == 10


@pytest.mark.parametrize(
    ("place", "message"), [("nothing/there", "holds no objects"), ("no-such-bucket-of-anyone", "AWS Error")]
)
def test_what_is_not_there(bucket: Any, place: str, message: str) -> None:
    root = place if place.startswith("no-such") else f"{bucket.name}/{place}"
    with pytest.raises(InputError, match=message) as caught:
        count_connections([f"s3://{root}"])
    assert f"s3://{root}" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2026", True),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2025", False),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2026/10", False),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2026/11/20", True),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2026/11/21/x.gz", False),
        ("b/AWSLogs/aws-account-id=1/aws-service=vpcflowlogs/aws-region=us-east-1/year=2026/month=11/day=19", False),
        ("b/AWSLogs/aws-account-id=1/aws-service=vpcflowlogs/aws-region=us-east-1/year=2026/month=11/day=20", True),
        ("2019/01/02/AWSLogs/1/vpcflowlogs/us-east-1/2026/11/20/1_vpcflowlogs_r_f_20261120T1155Z_a.gz", True),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2026/11/20/1_vpcflowlogs_r_f_20261120T0755Z_a.gz", False),
        ("b/AWSLogs/1/vpcflowlogs/us-east-1/2026/11/20/1_vpcflowlogs_r_f_20269920T9955Z_a.gz", True),
        ("b/exported/somewhere/000000.gz", True),
    ],
)  # fmt: skip
def test_what_is_wanted_of_a_window(path: str, wanted: bool) -> None:
    assert is_wanted(path, (NOON, NOON + 600)) is wanted
    assert is_wanted(path, None)


def test_a_window_without_an_end(bucket: Any) -> None:
    put(bucket, PLAIN, NOON, range(1024, 1034))
    answer = count_connections([f"s3://{bucket.name}/AWSLogs/"], window=(NOON - 60, 253_402_300_799))
    assert answer.to_json()["records"]["used"] == 10
