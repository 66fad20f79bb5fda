"""S3: the flow logs of a case under AWS's own keys."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from narrows.flowlogs.s3 import local_copies
from tests.aws.clients import call, client, error_of, every
from tests.aws.server import AwsServer, Faults

_NOON = 1_795_176_000
"""2026-11-20T12:00:00Z"""
_HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
_OWN = (
    "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/11/20/"
    "111122223333_vpcflowlogs_us-east-1_fl-0a_20261120T1205Z_1f.log.gz"
)


def text(moment: int) -> str:
    """A file of one record."""
    return f"{_HEADER}\n2 111122223333 eni-0a 10.0.0.4 203.0.113.9 40001 443 6 9 840 {moment} {moment + 50} ACCEPT OK\n"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case with a file as AWS delivered it, and two that somebody put there."""
    folder = tmp_path / "case"
    (folder / "flow-logs" / _OWN).parent.mkdir(parents=True)
    (folder / "flow-logs" / _OWN).write_bytes(gzip.compress(text(_NOON).encode()))
    (folder / "flow-logs" / "before.log").write_text(text(_NOON - 86_400))
    (folder / "flow-logs" / "during.log.gz").write_bytes(gzip.compress(text(_NOON + 700).encode()))
    (folder / "case.yaml").write_text("schema: 1\nwindow: [2026-11-20T12:00:00Z, 2026-11-20T12:30:00Z]\n")
    return folder


def keys(server: AwsServer, bucket: str = "narrows-flow-logs", **more: Any) -> list[str]:
    return [one["Key"] for one in every(server, "s3", "list_objects_v2", "Contents", Bucket=bucket, **more)]


def test_files_have_the_keys_that_aws_gives_them(case: Path) -> None:
    with AwsServer(case) as server:
        [log] = call(server, "ec2", "describe_flow_logs")["FlowLogs"]
        found = keys(server)
        server.faults = Faults(page=1)
        assert keys(server) == found
        assert keys(server, Prefix="AWSLogs/111122223333/") == [_OWN]
        assert keys(server, StartAfter=found[0]) == found[1:]
        folders = every(
            server, "s3", "list_objects_v2", "CommonPrefixes",
            Bucket="narrows-flow-logs", Prefix="AWSLogs/", Delimiter="/",
        )  # fmt: skip
    assert (log["LogDestinationType"], log["LogDestination"]) == ("s3", "arn:aws:s3:::narrows-flow-logs")
    place = "AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/11"
    name = f"123456789012_vpcflowlogs_us-east-1_{log['FlowLogId']}"
    assert found[0] == _OWN
    assert found[1].startswith(f"{place}/19/{name}_20261119T1205Z_")
    assert found[2].startswith(f"{place}/20/{name}_20261120T1215Z_")
    assert all(one.endswith(".log.gz") for one in found)
    assert [one["Prefix"] for one in folders] == ["AWSLogs/111122223333/", "AWSLogs/123456789012/"]


def test_the_bucket_is_the_one_that_ec2_names(case: Path) -> None:
    (case / "ec2").mkdir()
    logs = [{"FlowLogId": "fl-0a", "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::central/network/"}]
    (case / "ec2" / "flow-logs.json").write_text(json.dumps({"FlowLogs": logs}))
    with AwsServer(case) as server:
        assert call(server, "ec2", "describe_flow_logs")["FlowLogs"] == logs
        assert keys(server, "central")[0] == f"network/{_OWN}"
        assert error_of(server, "s3", "list_objects_v2", Bucket="narrows-flow-logs")[0] == "NoSuchBucket"
        assert server.calls[-1].action == "s3:ListBucket"


def test_an_object_may_be_had_in_parts(case: Path) -> None:
    whole = (case / "flow-logs" / _OWN).read_bytes()
    with AwsServer(case) as server:
        s3 = client(server, "s3")

        def part(**asks: str) -> bytes:
            return bytes(s3.get_object(Bucket="narrows-flow-logs", Key=_OWN, **asks)["Body"].read())

        assert part() == whole
        assert part(Range="bytes=0-9") + part(Range="bytes=10-") == whole
        assert part(Range="bytes=-5") == whole[-5:]
        head = call(server, "s3", "head_object", Bucket="narrows-flow-logs", Key=_OWN)
        beyond = error_of(server, "s3", "get_object", Bucket="narrows-flow-logs", Key=_OWN, Range="bytes=9999-")
        missing = error_of(server, "s3", "get_object", Bucket="narrows-flow-logs", Key="AWSLogs/nothing")
        assert server.calls[-1].action == "s3:GetObject"
    assert head["ContentLength"] == len(whole)
    assert (beyond[0], missing[0]) == ("InvalidRange", "NoSuchKey")


def test_narrows_reads_them_through_its_own_client(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with AwsServer(case) as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        with local_copies(["s3://narrows-flow-logs/AWSLogs"], (_NOON, _NOON + 1800)) as fetched:
            read = {gzip.decompress(Path(one).read_bytes()).decode() for one in fetched.names}
    assert fetched.failed == {}
    assert read == {text(_NOON), text(_NOON + 700)}, "the day before is not looked at"
