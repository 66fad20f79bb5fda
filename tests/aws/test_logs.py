"""CloudWatch Logs: what passes a filter pattern, and pages that may be empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.case.reading.log_words import log_filter, outcome_of, table
from tests.aws.clients import call, error_of, every, file
from tests.aws.errors import AwsError
from tests.aws.log_filter import predicate
from tests.aws.server import AwsServer, Faults

_GROUP = "/aws/lambda/place-order"
_LINES = (
    "[ERROR] ConnectTimeout: connection to cache timed out",
    "[ERROR] ValueError: no such order",
    "[INFO] connected in 3 ms (a.b)",
    'START {"retry": "no"} RequestId: 42',
)


@pytest.mark.parametrize(
    ("pattern", "passing"),
    [
        ("", {0, 1, 2, 3}),
        ("ERROR", {0, 1}),
        ("error", set()),
        ("ERROR timed", {0}),
        ("?ValueError ?START", {1, 3}),
        ("?ValueError ?connected ERROR", {0, 1}),
        ("ERROR -ConnectTimeout", {1}),
        ("-ERROR", {2, 3}),
        ('"timed out"', {0}),
        ('"out timed"', set()),
        (r'"\"retry\": \"no\""', {3}),
        ('-"no such order" ERROR', {0}),
        ("%Time[a-z]+|RequestId..\\d+%", {0, 3}),
        (r"%\(a\.b\)%", {2}),
        ("?%[Cc]onnected% ?order", {1, 2}),
        ("%^\\[ERROR\\]% -%order$%", {0}),
    ],
)
def test_lines_that_pass_a_pattern(pattern: str, passing: set[int]) -> None:
    assert {index for index, line in enumerate(_LINES) if predicate(pattern)(line)} == passing


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.level = ERROR }",
        "[time, word]",
        '"open',
        "%open",
        "%[%",
        "%(a|b)%",
        "%a b%",
        "%ä%",
        "%a% %b% %c%",
        "x" * 1025,
    ],
)
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(AwsError) as raised:
        predicate(pattern)
    assert raised.value.code == "InvalidParameterException"


def test_the_pattern_that_narrows_asks_with_passes_every_line_that_it_knows() -> None:
    passes = predicate(log_filter())
    known = [one.example for one in table() if outcome_of(one.example) is not None]
    assert len(known) > 100
    assert [line for line in known if not passes(line)] == []
    assert not passes("START RequestId: 6f0c Version: $LATEST")


def test_a_log_is_served_event_by_event_whatever_the_pages(incident: Path) -> None:
    events = file(incident, "callers/place-order.json")["events"]
    with AwsServer(incident) as server:
        assert every(server, "logs", "filter_log_events", "events", logGroupName=_GROUP) == events
        limited = call(server, "logs", "filter_log_events", logGroupName=_GROUP, limit=7)
        server.faults = Faults(page=50)
        assert every(server, "logs", "filter_log_events", "events", logGroupName=_GROUP) == events
    assert limited["events"] == events[:7]
    assert "nextToken" in limited


def test_a_filter_may_leave_pages_empty(incident: Path) -> None:
    """As in AWS, where a page ends with what was looked through; its token has to be followed all the same."""
    events = file(incident, "callers/place-order.json")["events"]
    last = events[-1]
    with AwsServer(incident, faults=Faults(page=100)) as server:
        word = last["message"].split()[2]
        asks: dict[str, Any] = {"logGroupName": _GROUP, "filterPattern": f'"{word}"'}
        first = call(server, "logs", "filter_log_events", **asks)
        found = every(server, "logs", "filter_log_events", "events", **asks)
    assert first["events"] == []
    assert "nextToken" in first
    assert found == [one for one in events if word in one["message"]]


def test_a_time_has_both_its_ends(incident: Path) -> None:
    events = file(incident, "callers/place-order.json")["events"]
    first, last = events[10]["timestamp"], events[20]["timestamp"]
    stream = events[10]["logStreamName"]
    with AwsServer(incident) as server:
        found = every(server, "logs", "filter_log_events", "events", logGroupName=_GROUP, startTime=first, endTime=last)
        of_stream = every(server, "logs", "filter_log_events", "events", logGroupName=_GROUP, logStreamNames=[stream])
        groups = call(server, "logs", "describe_log_groups", logGroupNamePrefix="/aws/lambda/")["logGroups"]
        streams = every(server, "logs", "describe_log_streams", "logStreams", logGroupName=_GROUP)
    assert found == [one for one in events if first <= one["timestamp"] <= last]
    assert of_stream == [one for one in events if one["logStreamName"] == stream]
    assert [one["logGroupName"] for one in groups] == [_GROUP]
    assert [one["logStreamName"] for one in streams] == sorted({one["logStreamName"] for one in events})


def test_a_group_that_is_not_there_and_limits_that_are_none(incident: Path) -> None:
    with AwsServer(incident) as server:
        assert error_of(server, "logs", "filter_log_events", logGroupName="/aws/lambda/shop") == (
            "ResourceNotFoundException", "The specified log group does not exist."
        )  # fmt: skip
        assert error_of(server, "logs", "describe_log_streams", logGroupName="/aws/lambda/shop")[0] == (
            "ResourceNotFoundException"
        )
        assert error_of(server, "logs", "filter_log_events", logGroupName=_GROUP, limit=10_001)[0] == (
            "InvalidParameterException"
        )
        assert call(server, "logs", "describe_log_groups", logGroupNamePrefix="/aws/rds")["logGroups"] == []


def test_what_aws_logs_tail_printed_is_served_too(tmp_path: Path) -> None:
    (tmp_path / "callers").mkdir()
    (tmp_path / "case.yaml").write_text("schema: 1\n")
    (tmp_path / "callers" / "writer.log").write_text(
        "2026-11-20T12:00:01.500000+00:00 2026/11/20/[$LATEST]aa Traceback\n  File main.py\n"
        "2026-11-20T12:00:02.000000+00:00 2026/11/20/[$LATEST]bb END\n"
    )
    with AwsServer(tmp_path) as server:
        events = every(server, "logs", "filter_log_events", "events", logGroupName="/aws/lambda/writer")
    assert [(one["timestamp"], one["logStreamName"], one["message"]) for one in events] == [
        (1_795_176_001_500, "2026/11/20/[$LATEST]aa", "Traceback\n  File main.py"),
        (1_795_176_002_000, "2026/11/20/[$LATEST]bb", "END"),
    ]


def test_flow_logs_stand_in_a_log_group_where_ec2_says_so(tmp_path: Path) -> None:
    (tmp_path / "flow-logs").mkdir()
    (tmp_path / "ec2").mkdir()
    (tmp_path / "case.yaml").write_text("schema: 1\n")
    (tmp_path / "ec2" / "flow-logs.json").write_text(
        '{"FlowLogs": [{"FlowLogId": "fl-0a", "LogDestinationType": "cloud-watch-logs", "LogGroupName": "vpc"}]}'
    )
    line = "2 111122223333 eni-0a 10.0.0.4 203.0.113.9 40001 443 6 9 840 1795176000 1795176050 ACCEPT OK"
    (tmp_path / "flow-logs" / "vpc.log").write_text(f"{line}\n")
    with AwsServer(tmp_path) as server:
        [event] = every(server, "logs", "filter_log_events", "events", logGroupName="vpc", filterPattern="ACCEPT")
    assert (event["message"], event["logStreamName"], event["timestamp"]) == (line, "eni-0a-all", 1_795_176_000_000)
