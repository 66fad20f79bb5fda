"""Whatever stands in a file of a case, it is read or refused with one line; nothing else happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from narrows.bounds import LOG_LINE_CHARACTERS
from narrows.case import read_case, write_case
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.lines import read_lines
from narrows.errors import InputError
from tests.unit.case.cases import query, result
from tests.unit.case.log_lines import LINES
from tests.unit.case.recordings import EVERYTHING, recording_of
from tests.unit.case.test_reading_logs import EVENTS, PYTHON_CHAIN, PYTHON_UNHANDLED

MANY = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["", "0.0.0.0/0", "::/0", "subnet-1", "nat-1", "$LATEST", "available", "2026-11-20T12:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with something in every kind of file."""
    place = tmp_path_factory.mktemp("cases") / "case"
    write_case(recording_of(EVERYTHING, seconds=61), place)
    for name in ("nat-gateways", "functions"):
        (place / "cloudwatch" / f"{name}.queries.json").unlink()
        (place / "cloudwatch" / f"{name}.results.json").unlink()
    (place / "cloudwatch" / "small.queries.json").write_text(json.dumps([query()]), encoding="utf-8")
    small = {"MetricDataResults": [result()], "Messages": []}
    (place / "cloudwatch" / "small.results.json").write_text(json.dumps(small), encoding="utf-8")
    statistics = {"Label": "Throttles", "Datapoints": [{"Timestamp": "2026-11-20T12:00:00Z", "Sum": 1.0}]}
    (place / "cloudwatch" / "batch-throttles.json").write_text(json.dumps(statistics), encoding="utf-8")
    (place / "callers" / "batch.json").write_text(json.dumps({"events": EVENTS}), encoding="utf-8")
    (place / "callers" / "batch.log").write_text(PYTHON_UNHANDLED, encoding="utf-8")
    return place


JSON_FILES = [
    "lambda/functions.json", "lambda/function-states.json", "ec2/vpcs.json", "ec2/subnets.json",
    "ec2/security-groups.json",
    "ec2/network-interfaces.json", "ec2/route-tables.json", "ec2/network-acls.json", "ec2/nat-gateways.json",
    "ec2/addresses.json", "ec2/vpc-endpoints.json", "service-quotas.json", "cloudwatch/small.queries.json",
    "cloudwatch/small.results.json", "cloudwatch/batch-throttles.json", "callers/batch.json",
]  # fmt: skip
FILES = [*JSON_FILES, "case.yaml", "callers/batch.log", "callers/outcomes.parquet"]


def read_with(folder: Path, name: str, content: bytes) -> None:
    """Read the case with one file replaced; only an InputError of one line may come of it."""
    file = folder / name
    before = file.read_bytes()
    file.write_bytes(content)
    try:
        read_case(folder)
    except InputError as error:
        text = str(error)
        assert text.isprintable()
        assert str(folder) in text
    finally:
        file.write_bytes(before)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from places(one, (*path, index))


def changed(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy in which ``change`` was done to the container at the end of a path."""
    fresh = copy.deepcopy(value)
    inner = fresh
    for part in path[:-1]:
        inner = inner[part]
    change(inner, path[-1])
    return fresh


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@MANY
@given(content=st.binary(max_size=200))
@example(content=b"")
@example(content=b"\xff\xfe")
@example(content=b"\x00")
def test_random_bytes(folder: Path, name: str, content: bytes) -> None:
    read_with(folder, name, content)


@pytest.mark.parametrize("name", JSON_FILES)
@MANY
@given(content=json_values)
def test_random_json(folder: Path, name: str, content: Any) -> None:
    read_with(folder, name, json.dumps(content).encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", JSON_FILES)
@MANY
@given(data=st.data())
def test_one_value_changed(folder: Path, name: str, data: st.DataObject) -> None:
    whole = json.loads((folder / name).read_bytes())
    path = data.draw(st.sampled_from([one for one in places(whole) if one]))
    fresh = data.draw(json_values)

    def put(inner: Any, key: Any) -> None:
        inner[key] = fresh

    def drop(inner: Any, key: Any) -> None:
        del inner[key]

    change = data.draw(st.sampled_from([put, drop]))
    read_with(folder, name, json.dumps(changed(whole, path, change)).encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@MANY
@given(data=st.data())
def test_half_a_file_or_a_flipped_byte(folder: Path, name: str, data: st.DataObject) -> None:
    whole = (folder / name).read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    read_with(folder, name, whole[:cut])
    spot = data.draw(st.integers(0, len(whole) - 1))
    read_with(folder, name, whole[:spot] + bytes([data.draw(st.integers(0, 255))]) + whole[spot + 1 :])


about_keys = st.sampled_from(["schema", "region", "window", "functions", "destinations", "reported", "written_by", "x"])


@MANY
@given(content=st.dictionaries(about_keys, json_values))
def test_any_case_yaml(folder: Path, content: dict[str, Any]) -> None:
    read_with(folder, "case.yaml", yaml.safe_dump({"schema": 1, **content}).encode("utf-8", "replace"))


@MANY
@given(text=st.text(alphabet="ab:-[]{}!&*?|>'\"%@`,# \n0129.T~<", max_size=60))
@example(text='schema: !!int ""')
@example(text='schema: !!float ""')
@example(text="schema: !!bool x")
@example(text="schema: !!timestamp x")
@example(text="schema: !!binary é")
@example(text="window: [2026-99-99, 0001-01-01T00:00:00+23:59]")
@example(text="? [a]: b")
@example(text="<<: [a]")
def test_any_yaml(folder: Path, text: str) -> None:
    read_with(folder, "case.yaml", text.encode())
    read_with(folder, "case.yaml", b"schema: 1\nregion: us-east-1\n" + text.encode())


parts = st.sampled_from(
    [
        *PYTHON_UNHANDLED.splitlines(keepends=True), *PYTHON_CHAIN.splitlines(keepends=True),
        *(f"{line}\n" for line, _ in LINES), "\n", "\r", " ", "}\n", "\x00", "\u2028", "é",
        "9999-99-99T99:99:99 x\n", "2026-11-20T12:00:00+99:99 x\n", "Caused by: ", "START RequestId: x\n",
    ]
)  # fmt: skip


@MANY
@given(text=st.lists(parts, max_size=30).map("".join))
def test_any_log(folder: Path, text: str) -> None:
    read_with(folder, "callers/batch.log", text.encode("utf-8", "surrogatepass"))
    event = {"events": [{"message": text, "timestamp": 0, "logStreamName": "x"}]}
    read_with(folder, "callers/batch.json", json.dumps(event).encode())


@given(st.lists(st.text(alphabet="ab\r\n\u2028é", max_size=12), max_size=6).map("".join), st.integers(1, 7))
def test_lines_are_the_same_whatever_the_chunks(text: str, size: int) -> None:
    expected = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    expected = expected if expected[-1] else expected[:-1]
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr("narrows.case.reading.lines._CHUNK", size)
        file = Path(place) / "x.log"
        file.write_bytes(text.encode())
        assert [line for _, line, _ in read_lines(CaseFolder(place), file)] == expected
        assert [number for number, _, _ in read_lines(CaseFolder(place), file)] == list(range(1, len(expected) + 1))


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(1, 9), st.integers(1, 20))
def test_long_lines_are_cut_at_the_same_place(lengths: list[int], size: int, longest: int) -> None:
    assert LOG_LINE_CHARACTERS == 2**20
    lines = ["abcdefghij" * 4] * len(lengths)
    lines = [line[:length] for line, length in zip(lines, lengths, strict=True)]
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr("narrows.case.reading.lines._CHUNK", size)
        patch.setattr("narrows.case.reading.lines.LOG_LINE_CHARACTERS", longest)
        file = Path(place) / "x.log"
        file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        found = [(line, cut) for _, line, cut in read_lines(CaseFolder(place), file)]
    assert found == [(line[:longest], len(line) > longest) for line in lines]
