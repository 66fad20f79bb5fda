"""The sensor's lines are found in logs in every form that people have them in, and in nothing else."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from narrows.case.reading.sensor import NOT_TAKEN, OTHER_SCHEMA, TWICE, SensorReader, Unpacking
from narrows.case.sensor_lines import SensorLines
from narrows.errors import InputError
from narrows_lambda.line import BODY
from oracles.sensor import line, use

T = 1_795_176_000.0
STREAM = "2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef"
LINES = [line(T + number, use(held=3, opened=1), invocation=number + 1) for number in range(5)]


def read(folder: Path, text: str | bytes, name: str = "a.log") -> SensorLines:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    reader = SensorReader()
    reader.read(Unpacking(), file, file.name)
    return reader.lines()


def events(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "events": [
            {"logStreamName": STREAM, "timestamp": int(T * 1000), "message": text}
            for one in lines
            for text in ("START RequestId: 1 Version: $LATEST\n", json.dumps(one) + "\n", "END RequestId: 1\n")
        ]
    }


def tail(lines: list[dict[str, Any]], indent: int | None = None) -> str:
    head = f"2026-11-20T12:00:00.000000+00:00 {STREAM}"
    return "".join(f"{head} START RequestId: 1\n{head} {json.dumps(one, indent=indent)}\n" for one in lines)


def firehose(lines: list[dict[str, Any]]) -> bytes:
    """As a subscription delivers it: gzip, objects one after the other without anything between."""
    batches = [
        {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "timestamp": 1, "message": json.dumps(one)}]}
        for one in lines
    ]
    return gzip.compress("".join(json.dumps(one) for one in batches).encode())


FORMS: dict[str, Callable[[list[dict[str, Any]]], str | bytes]] = {
    "plain lines": lambda lines: "".join(json.dumps(one) + "\n" for one in lines),
    "filter-log-events": lambda lines: json.dumps(events(lines), indent=4),
    "filter-log-events in one line": lambda lines: json.dumps(events(lines)),
    "pages": lambda lines: json.dumps(events(lines[:2])) + "\n" + json.dumps(events(lines[2:])),
    "Logs Insights": lambda lines: json.dumps(
        {"results": [[{"field": "@message", "value": json.dumps(one)}] for one in lines], "status": "Complete"}
    ),
    "logs tail": tail,
    "logs tail --format json": lambda lines: tail(lines, 4),
    "logs tail --format short": lambda lines: "".join(f"2026-11-20T12:00:00 {json.dumps(one)}\n" for one in lines),
    "Firehose": firehose,
    "Telemetry API": lambda lines: "".join(
        json.dumps({"time": "2026-11-20T12:00:00Z", "type": "function", "record": json.dumps(one)}) + "\n"
        for one in lines
    ),
    "export to S3": lambda lines: gzip.compress(
        "".join(f"2026-11-20T12:00:00.000Z {json.dumps(one)}\n" for one in lines).encode()
    ),
    "Windows": lambda lines: ("\ufeff" + "".join(json.dumps(one) + "\r\n" for one in lines)).encode("utf-8"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_lines_are_read_whatever_they_are_wrapped_in(tmp_path: Path, form: str) -> None:
    found = read(tmp_path, FORMS[form](LINES))

    assert found.left_out == ()
    assert found.lines["invocation"].tolist() == [1, 2, 3, 4, 5]
    assert found.lines["held"].tolist() == [3] * 5
    assert found.uses["held"].tolist() == [3] * 5
    assert [str(one) for one in found.peers] == ["cache.example.com:443"]


def test_lines_that_are_there_twice_count_once(tmp_path: Path) -> None:
    found = read(tmp_path, FORMS["plain lines"]([*LINES, *LINES[:2]]))

    assert len(found.lines) == len(found.uses) == 5
    assert dict(found.left_out) == {TWICE: 2}


def test_another_version_and_what_is_cut_are_left_out_and_said(tmp_path: Path) -> None:
    other = {**LINES[0], BODY: {**LINES[0][BODY], "schema": 2}}
    found = read(tmp_path, f"{json.dumps(other)}\n{json.dumps(LINES[0])[:200]}\n{json.dumps(LINES[1])}\n")

    assert len(found.lines) == 1
    assert dict(found.left_out) == {OTHER_SCHEMA: 1, NOT_TAKEN: 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": 0},
        {"time": "soon"},
        {"time": True},
        {"process": -7},
        {"environment": ""},
        {"environment": "x" * 600},
        {"destinations": {}},
        {"destinations": [{"peer": "nowhere"}]},
        {"destinations": [{"peer": "1.2.3.4:99999999"}]},
        {"destinations": [{"peer": "1.2.3.4:443", "held": 1e300}]},
        {"destinations": [use()] * 51},
    ],
)
def test_a_line_that_the_sensor_would_not_write_is_left_out(tmp_path: Path, wrong: dict[str, Any]) -> None:
    bad = {**LINES[0], BODY: {**LINES[0][BODY], **wrong}}

    found = read(tmp_path, FORMS["plain lines"]([bad, LINES[1]]))

    assert len(found.lines) == 1
    assert dict(found.left_out) == {NOT_TAKEN: 1}


def test_a_log_without_the_sensor_holds_none(tmp_path: Path) -> None:
    assert not read(tmp_path, "START RequestId: 1\n[ERROR] narrows failed\nEND RequestId: 1\n")
    assert not read(tmp_path, "")


def test_a_function_of_a_hostile_name_is_left_out(tmp_path: Path) -> None:
    assert not read(tmp_path, FORMS["plain lines"]([{**LINES[0], "FunctionName": "\x1b[2J"}]))


def test_deep_nesting_is_one_line_left_out(tmp_path: Path) -> None:
    deep = '{"narrows":' + "[" * 100_000

    assert dict(read(tmp_path, f"{json.dumps(LINES[0])}\n{deep}\n").left_out) == {NOT_TAKEN: 1}


def test_gzip_that_breaks_off_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not whole gzip"):
        read(tmp_path, firehose(LINES)[:-20])


def test_gzip_that_would_fill_the_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unpacks to more than"):
        read(tmp_path, gzip.compress(b"x" * 30_000_000))
