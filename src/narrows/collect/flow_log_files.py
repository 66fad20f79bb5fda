"""Flow logs of the time in question: which there are, how large their files are, and the files themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from narrows.aws.questions import case_file, last_moment
from narrows.aws.requests import Request
from narrows.case.collected import ANSWERED
from narrows.case.reading.aws_json import Record
from narrows.collect.asking import Asking, made
from narrows.collect.problems import CallError
from narrows.collect.wanted import Wanted

UNASKED = 200 * 2**20
"""Bytes that are fetched without asking."""
MOST_OBJECTS = 100_000
"""That are listed of one case."""
_BEFORE, _AFTER = 900, 3_600
"""Seconds around the window in which files with its records are delivered: their names carry the time of delivery."""
_BUCKET = re.compile(r"arn:aws[a-z-]*:s3:::([a-z0-9.-]{3,63})/?([\w!.*'()/=-]*)$")
_NAME = re.compile(r"_vpcflowlogs_[a-z0-9-]+_(fl-[0-9a-zA-Z]+)_(\d{8}T\d{4})Z_")
_FIELDS = re.compile(r"(\$\{[a-z0-9-]+\}\s*)+")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of flow logs in S3."""

    bucket: str
    key: str
    size: int
    """Bytes."""

    @property
    def path(self) -> str:
        """Where it stands in a case: as AWS lays it out, without what is outside of ``vpcflowlogs``."""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", self.key.rpartition("/")[2]).lstrip(".-")
        return f"flow-logs/{name}"


@dataclass(frozen=True, slots=True)
class FlowLog:
    """A flow log, as DescribeFlowLogs lists it."""

    id: str
    bucket: str | None
    prefix: str
    log_group: str | None
    fields: str | None
    hive: bool
    hourly: bool


def flow_logs_of(records: Iterable[Record]) -> list[FlowLog]:
    """The flow logs whose records can be fetched."""
    found = []
    for one in records:
        place = _BUCKET.fullmatch(one.text("LogDestination") or "")
        group = one.text("LogGroupName")
        options = one.record("DestinationOptions")
        if place is None and group is None:
            continue
        found.append(
            FlowLog(
                one.need("FlowLogId"),
                place[1] if place else None,
                place[2].strip("/") if place else "",
                None if place else group,
                one.text("LogFormat"),
                bool(options and options.flag("HiveCompatiblePartitions")),
                bool(options and options.flag("PerHourPartition")),
            )
        )
    return found


def stored_files(asking: Asking, logs: Sequence[FlowLog], wanted: Wanted, account: str, region: str) -> list[Stored]:
    """The files of these flow logs that hold records of the time in question."""
    found: dict[str, Stored] = {}
    for log in logs:
        if log.bucket is None:
            continue
        for prefix in _prefixes(log, wanted, account, region):
            request = Request("s3", "ListObjectsV2", {"Bucket": log.bucket, "Prefix": prefix}, None)
            try:
                for page in asking.account.pages(request):
                    for one in page.get("Contents", []):
                        if _is_of(one["Key"], log, wanted) and len(found) < MOST_OBJECTS:
                            found[one["Key"]] = Stored(log.bucket, one["Key"], int(one["Size"]))
            except CallError as error:
                asking.fails(request, error)
                break
    return list(found.values())


def _prefixes(log: FlowLog, wanted: Wanted, account: str, region: str) -> Iterator[str]:
    """Where AWS puts the files of each day (Amazon VPC User Guide, Flow log files)."""
    above = f"{log.prefix}/" if log.prefix else ""
    day = datetime.fromtimestamp(wanted.start - _BEFORE, UTC).replace(hour=0, minute=0, second=0)
    last = datetime.fromtimestamp(wanted.end + _AFTER, UTC)
    while day <= last:
        if log.hive:
            folder = (
                f"{above}AWSLogs/aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}/"
                f"{day:year=%Y/month=%m/day=%d}/"
            )
        else:
            folder = f"{above}AWSLogs/{account}/vpcflowlogs/{region}/{day:%Y/%m/%d}/"
        # Those of other flow logs into the same bucket are not even listed; by the hour they stand a folder deeper.
        yield folder if log.hourly else f"{folder}{account}_vpcflowlogs_{region}_{log.id}_"
        day += timedelta(days=1)


def _is_of(key: str, log: FlowLog, wanted: Wanted) -> bool:
    name = _NAME.search(key)
    if name is None or name[1] != log.id:
        return False
    at = datetime.strptime(name[2], "%Y%m%dT%H%M").replace(tzinfo=UTC).timestamp()
    return wanted.start - _BEFORE <= at <= wanted.end + _AFTER


def fetch(asking: Asking, files: Sequence[Stored]) -> None:
    """Put files into the case that are not there yet. Raises ``InputError`` as ``Asking.ask`` does."""

    def one(file: Stored) -> None:
        request = Request("s3", "GetObject", {"Bucket": file.bucket, "Key": file.key}, file.path)
        try:
            with asking.target.writing(file.path) as stream:
                asking.account.read(file.bucket, file.key, stream.write)
        except CallError as error:
            asking.fails(request, error)
            return
        asking.target.log(made(request, ANSWERED))

    asking.run([lambda file=file: one(file) for file in files if not asking.target.has(file.path)])  # type: ignore[misc]


def from_log_groups(logs: Sequence[FlowLog], wanted: Wanted, region: str) -> list[Request]:
    """The requests for the records that flow logs keep in CloudWatch Logs."""
    return [
        Request(
            "logs",
            "FilterLogEvents",
            {"logGroupName": log.log_group, "startTime": wanted.start * 1000, "endTime": last_moment(wanted.end)},
            case_file("flow-logs", log.id, ".json"),
            region,
        )
        for log in logs
        if log.log_group is not None
    ]


def headless_format(logs: Sequence[FlowLog]) -> str | None:
    """The fields of records without a header, as CloudWatch Logs keeps them; None where not all have the same."""
    formats = {log.fields for log in logs if log.log_group is not None and log.fields}
    text = next(iter(formats)) if len(formats) == 1 else None
    return text if text and _FIELDS.fullmatch(text.strip()) else None
