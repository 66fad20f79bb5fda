"""S3: the buckets that flow logs are delivered to, with the files of ``flow-logs/`` under AWS's own keys."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.aws.account import Account, Record
from tests.aws.asked import Asked, Handler, Raw
from tests.aws.ec2 import flow_logs
from tests.aws.errors import AwsError

_KEYS = 1000
"""Of one answer at most."""
_PACKED = (".gz", ".parquet")
_BUCKET = "arn:aws:s3:::"
_FLOW_LOG = re.compile(r"fl-[0-9a-f]+")
_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")
_START = 10
"""Position of a record's start in AWS's default format."""


@dataclass(frozen=True)
class Stored:
    """An object."""

    key: str
    body: bytes

    @property
    def tag(self) -> str:
        """Its ETag."""
        return f'"{hashlib.md5(self.body).hexdigest()}"'


def _packed(file: Path) -> bytes:
    """A file's bytes, packed with gzip as AWS does with text."""
    raw = file.read_bytes()
    return raw if file.name.endswith(_PACKED) else gzip.compress(raw, mtime=0)


def buckets(account: Account) -> dict[str, list[Stored]]:
    """Objects by bucket, in order of their keys."""
    return account.once("buckets", lambda: _read(account))


def _read(account: Account) -> dict[str, list[Stored]]:
    logs = [one for one in flow_logs(account) if str(one.get("LogDestination")).startswith(_BUCKET)]
    found: dict[str, list[Stored]] = {_place(one)[0]: [] for one in logs}
    for file in account.files("flow-logs", "") if logs else ():
        named = _FLOW_LOG.search(file.name)
        log = next((one for one in logs if named and one.get("FlowLogId") == named[0]), logs[0])
        bucket, prefix = _place(log)
        found[bucket].append(Stored(prefix + _key(account, log, file), _packed(file)))
    return {bucket: sorted(objects, key=lambda one: one.key) for bucket, objects in found.items()}


def _place(log: Record) -> tuple[str, str]:
    bucket, _, prefix = str(log["LogDestination"]).removeprefix(_BUCKET).partition("/")
    return bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""


def _key(account: Account, log: Record, file: Path) -> str:
    """Where AWS would have put a file: below ``AWSLogs/``, where it does not stand below one already."""
    own = file.relative_to(account.folder / "flow-logs").as_posix()
    if "AWSLogs/" in own:
        return own[own.index("AWSLogs/") :]
    moment = _delivered(account, file)
    name = f"{account.id}_vpcflowlogs_{account.region}_{log.get('FlowLogId')}_{moment:%Y%m%dT%H%M}Z"
    ending = ".log.parquet" if file.suffix == ".parquet" else ".log.gz"
    unique = hashlib.sha256(own.encode()).hexdigest()[:8]
    return f"AWSLogs/{account.id}/vpcflowlogs/{account.region}/{moment:%Y/%m/%d}/{name}_{unique}{ending}"


def _delivered(account: Account, file: Path) -> datetime:
    """The five minutes of a file's first record; of the case's end where it is no text."""
    if file.name.endswith(_PACKED[1]):
        moment = account.end
    else:
        raw = gzip.decompress(_packed(file))
        lines = raw[:65_536].decode("utf-8", errors="replace").splitlines()
        header = lines[0].split() if lines else []
        column = header.index("start") if "start" in header else _START
        starts = (words[column] for words in map(str.split, lines) if len(words) > column)
        start = next((int(one) for one in starts if one.isdigit()), None)
        moment = account.end if start is None else datetime.fromtimestamp(start, UTC) + timedelta(minutes=5)
    return moment.replace(minute=moment.minute // 5 * 5, second=0)


def _bucket(asked: Asked) -> list[Stored]:
    """The objects of the bucket in question. Raises ``AwsError`` where there is none of its name."""
    name = asked.parameters["Bucket"]
    known = buckets(asked.account)
    if name not in known:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": name})
    return known[name]


def _list_objects(asked: Asked) -> dict[str, Any]:
    """Keys in order, those that go on behind a delimiter together as a common prefix."""
    given = asked.parameters
    prefix, delimiter, start = given.get("Prefix", ""), given.get("Delimiter", ""), given.get("StartAfter", "")
    entries: dict[str, Stored | None] = {}
    for one in _bucket(asked):
        if one.key.startswith(prefix) and one.key > start:
            head, mark, _ = one.key[len(prefix) :].partition(delimiter) if delimiter else (one.key, "", "")
            entries.setdefault(prefix + head + mark if mark else one.key, None if mark else one)
    part, following = asked.cut(
        list(entries.items()), given.get("ContinuationToken"), min(given.get("MaxKeys", _KEYS), _KEYS)
    )
    is_quoted = given.get("EncodingType") == "url"
    written = quote if is_quoted else str
    return {
        "Name": given["Bucket"],
        "Prefix": written(prefix),
        "Delimiter": written(delimiter) if delimiter else None,
        "StartAfter": written(start) if start else None,
        "EncodingType": "url" if is_quoted else None,
        "MaxKeys": given.get("MaxKeys", _KEYS),
        "KeyCount": len(part),
        "IsTruncated": following is not None,
        "ContinuationToken": given.get("ContinuationToken"),
        "NextContinuationToken": following,
        "Contents": [
            {
                "Key": written(key),
                "LastModified": _modified(asked),
                "ETag": one.tag,
                "Size": len(one.body),
                "StorageClass": "STANDARD",
            }
            for key, one in part
            if one is not None
        ],
        "CommonPrefixes": [{"Prefix": written(key)} for key, one in part if one is None],
    }


def _modified(asked: Asked) -> datetime:
    return asked.account.end.replace(microsecond=0)


def _get_object(asked: Asked) -> Raw:
    """The object, or the bytes of it that a range names; HTTP leaves the body of HeadObject out."""
    key = asked.parameters["Key"]
    found = next((one for one in _bucket(asked) if one.key == key), None)
    if found is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})
    body = found.body
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
        "ETag": found.tag,
        "Last-Modified": f"{_modified(asked):%a, %d %b %Y %H:%M:%S GMT}",
    }
    wanted = _RANGE.fullmatch(asked.parameters.get("Range", ""))
    if wanted is None:
        return Raw(200, {**headers, "Content-Length": str(len(body))}, body)
    first, last = _span(wanted, len(body))
    if first >= len(body) or first > last:
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416)
    part = body[first : last + 1]
    span = {"Content-Range": f"bytes {first}-{last}/{len(body)}", "Content-Length": str(len(part))}
    return Raw(206, {**headers, **span}, part)


def _span(wanted: re.Match[str], length: int) -> tuple[int, int]:
    """First and last byte of a range: ``5-9``, ``5-`` or the last ones, ``-5``."""
    if not wanted["first"]:
        return max(0, length - int(wanted["last"] or 0)), length - 1
    return int(wanted["first"]), min(int(wanted["last"] or length), length - 1)


def _head_bucket(asked: Asked) -> Raw:
    _bucket(asked)
    return Raw(200, {"x-amz-bucket-region": asked.account.region, "Content-Length": "0"}, b"")


OPERATIONS: Mapping[str, Handler] = {
    "GetObject": _get_object,
    "HeadBucket": _head_bucket,
    "HeadObject": _get_object,
    "ListObjectsV2": _list_objects,
}
