"""CloudWatch Logs: a log group for each function that the case has a log of, and for its flow logs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.aws.account import Account, moment, objects
from tests.aws.asked import Asked, Handler
from tests.aws.errors import AwsError
from tests.aws.functions import functions
from tests.aws.log_filter import predicate

_EVENTS = 10_000
"""Of one answer at most."""
_BYTES = 1_048_576
"""Of the events that one answer looks through."""
_DESCRIBED = 50
"""Log groups and streams of one answer at most."""
_TAILED = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\S+) (?P<stream>\S+) (?P<message>.*)", re.DOTALL)


@dataclass(frozen=True)
class Event:
    """A line of a log."""

    timestamp: int
    """Milliseconds since 1970."""
    stream: str
    message: str
    ingested: int
    id: str

    def answer(self) -> dict[str, Any]:
        """As FilterLogEvents answers it."""
        return {
            "logStreamName": self.stream,
            "timestamp": self.timestamp,
            "message": self.message,
            "ingestionTime": self.ingested,
            "eventId": self.id,
        }


def groups(account: Account) -> dict[str, list[Event]]:
    """Events by log group, in order of time."""
    return account.once("log groups", lambda: _read(account))


def _read(account: Account) -> dict[str, list[Event]]:
    names = {
        one["FunctionName"]: one.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{one['FunctionName']}"
        for one in functions(account)
    }
    found: dict[str, list[Event]] = {}
    for file in (
        *account.files("callers", ".json"),
        *account.files("callers", ".log"),
        *account.files("sensor", ".json"),
    ):
        function = _function(file.stem, names)
        found.setdefault(names.get(function, f"/aws/lambda/{function}"), []).extend(_events(file))
    for one in account.ec2["FlowLogs"]:
        if one.get("LogDestinationType") == "cloud-watch-logs" and "LogGroupName" in one:
            texts = [file for file in account.files("flow-logs", "") if file.suffix in {".log", ".txt"}]
            found[one["LogGroupName"]] = [event for file in texts for event in _flows(file)]
    return {name: sorted(events, key=lambda one: one.timestamp) for name, events in found.items()}


def _function(stem: str, names: Mapping[str, str]) -> str:
    """The function that a file is of: the longest whose name it begins with, or what it is called itself."""
    known = [name for name in names if stem == name or stem.startswith((f"{name}-", f"{name}."))]
    return max(known, key=len, default=stem)


def _events(file: Path) -> Iterator[Event]:
    return _answered(file) if file.suffix == ".json" else _tailed(file)


def _answered(file: Path) -> Iterator[Event]:
    """The events in an answer of FilterLogEvents."""
    for page in objects(file):
        # A page, or one event of a list that --query left bare.
        for index, one in enumerate([page] if "message" in page else page.get("events") or ()):
            time = int(one["timestamp"])
            stream = one.get("logStreamName", "stream")
            yield Event(
                time, stream, one["message"], one.get("ingestionTime", time), one.get("eventId") or _id(time, index)
            )


def _tailed(file: Path) -> Iterator[Event]:
    """The events that ``aws logs tail`` printed; a line that begins with no time goes on with the one before."""
    lines: list[list[str]] = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if _TAILED.match(line):
            lines.append([line])
        elif lines:
            lines[-1].append(line)
    for index, parts in enumerate(lines):
        match = _TAILED.match("\n".join(parts))
        assert match is not None
        time = round(moment(match["time"]).timestamp() * 1000)
        yield Event(time, match["stream"], match["message"], time, _id(time, index))


def _flows(file: Path) -> Iterator[Event]:
    """The records of a flow log in AWS's default format, a line each."""
    for index, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        words = line.split()
        if len(words) >= 14 and words[11].isdigit():
            time = int(words[10]) * 1000
            yield Event(time, f"{words[2]}-all", line, time, _id(time, index))


def _id(time: int, index: int) -> str:
    return f"3{time:020d}{index:035d}"


def _asked_group(asked: Asked) -> tuple[str, list[Event]]:
    """The log group in question. Raises ``AwsError`` where there is none of its name."""
    given = asked.parameters
    name = given.get("logGroupName") or str(given.get("logGroupIdentifier", "")).removesuffix(":*").rpartition(":")[2]
    known = groups(asked.account)
    if name not in known:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return name, known[name]


def _size(asked: Asked, most: int) -> int:
    size = asked.parameters.get("limit", most)
    if not 1 <= size <= most:
        message = (
            f"1 validation error detected: Value '{size}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
        raise AwsError("InvalidParameterException", message)
    return int(size)


def _filter_log_events(asked: Asked) -> dict[str, Any]:
    """A page ends with so many events or so many bytes looked through, whatever of them passes the filter."""
    given = asked.parameters
    _, events = _asked_group(asked)
    if "logStreamNames" in given and "logStreamNamePrefix" in given:
        message = "A request must not contain both logStreamNames and logStreamNamePrefix."
        raise AwsError("InvalidParameterException", message)
    size, passes = _size(asked, _EVENTS), predicate(given.get("filterPattern", ""))
    first, last = given.get("startTime", 0), given.get("endTime")
    streams, prefix = given.get("logStreamNames"), given.get("logStreamNamePrefix", "")
    events = [
        one
        for one in events
        if first <= one.timestamp
        and (last is None or one.timestamp <= last)
        and (streams is None or one.stream in streams)
        and one.stream.startswith(prefix)
    ]
    token = given.get("nextToken")
    start = 0 if token is None or asked.repeats else asked.position(token)
    found, end = _looked_through(events, start, size, asked.page, passes)
    following = asked.token(0) if asked.repeats else asked.token(end) if end < len(events) else None
    return {"events": [one.answer() for one in found], "searchedLogStreams": [], "nextToken": following}


def _looked_through(
    events: Sequence[Event], start: int, size: int, page: int | None, passes: Callable[[str], bool]
) -> tuple[list[Event], int]:
    """The events of a page that pass, and where the next one begins."""
    found: list[Event] = []
    position, left = start, _BYTES
    while position < len(events) and len(found) < size and (page is None or position - start < page):
        left -= len(events[position].message.encode()) + 26
        if left < 0 and position > start:
            break
        if passes(events[position].message):
            found.append(events[position])
        position += 1
    return found, position


def _describe_log_groups(asked: Asked) -> dict[str, Any]:
    given, account = asked.parameters, asked.account
    prefix, held = given.get("logGroupNamePrefix"), given.get("logGroupNamePattern")
    if prefix is not None and held is not None:
        raise AwsError(
            "InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive."
        )
    arn = f"arn:aws:logs:{account.region}:{account.id}:log-group:"
    found = [
        {
            "logGroupName": name,
            "creationTime": events[0].timestamp if events else _milliseconds(asked.now),
            "metricFilterCount": 0,
            "arn": f"{arn}{name}:*",
            "storedBytes": sum(len(one.message.encode()) for one in events),
            "logGroupClass": "STANDARD",
            "logGroupArn": f"{arn}{name}",
        }
        for name, events in sorted(groups(account).items())
        if name.startswith(prefix or "") and (held or "").lower() in name.lower()
    ]
    part, following = asked.cut(found, given.get("nextToken"), _size(asked, _DESCRIBED))
    return {"logGroups": list(part), "nextToken": following}


def _describe_log_streams(asked: Asked) -> dict[str, Any]:
    given, account = asked.parameters, asked.account
    name, events = _asked_group(asked)
    by_time = given.get("orderBy") == "LastEventTime"
    if by_time and "logStreamNamePrefix" in given:
        raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
    times: dict[str, list[int]] = {}
    for one in events:
        if one.stream.startswith(given.get("logStreamNamePrefix", "")):
            times.setdefault(one.stream, []).append(one.timestamp)
    found = [
        {
            "logStreamName": stream,
            "creationTime": own[0],
            "firstEventTimestamp": own[0],
            "lastEventTimestamp": own[-1],
            "lastIngestionTime": own[-1],
            "uploadSequenceToken": "0",
            "arn": f"arn:aws:logs:{account.region}:{account.id}:log-group:{name}:log-stream:{stream}",
            "storedBytes": 0,
        }
        for stream, own in times.items()
    ]
    found.sort(
        key=lambda one: one["lastEventTimestamp" if by_time else "logStreamName"],  # type: ignore[arg-type, return-value]
        reverse=bool(given.get("descending")),
    )
    part, following = asked.cut(found, given.get("nextToken"), _size(asked, _DESCRIBED))
    return {"logStreams": list(part), "nextToken": following}


def _milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)


OPERATIONS: Mapping[str, Handler] = {
    "DescribeLogGroups": _describe_log_groups,
    "DescribeLogStreams": _describe_log_streams,
    "FilterLogEvents": _filter_log_events,
}
