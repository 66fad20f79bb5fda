"""What is made to exhaust the machine, or cannot be meant, is refused or left out, and the bound is said."""

from __future__ import annotations

import gzip
import inspect
import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from narrows import bounds
from narrows.case import CallerOutcome, Told, read_case
from narrows.case.reading.log_platform import invocation_timed_out
from narrows.errors import InputError
from tests.unit.case.cases import CASE_YAML, case_at, query, result, small, subnet, texts

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_WINDOW = re.sub(r"window:.*\n", "", CASE_YAML)
DOCS = Path(__file__).parents[3] / "docs"


def error_of(folder: Path) -> str:
    with pytest.raises(InputError) as raised:
        read_case(folder)
    return str(raised.value).replace(str(folder), "CASE")


@pytest.mark.parametrize(
    ("window", "problem"),
    [
        (
            "[2026-11-20T12:00:00Z, 2027-11-20T12:15:00Z]",
            "line 3, window: the window is longer than 63 days; write the",
        ),
        (
            "[2026-11-20T12:00:00Z, 2226-11-20T12:15:00Z]",
            "line 3, window[1]: its year is not one of 2010 to 2099; write",
        ),
        ("[0001-01-01, 2026-11-20]", "line 3, window[0]: its year is not one of 2010 to 2099"),
        ("['9999-12-31T23:59:59-23:00', 2026-11-20]", "line 3, window[0]: its year is not one of 2010 to 2099"),
    ],
)
def test_a_window_is_of_days_that_somebody_can_mean(tmp_path: Path, window: str, problem: str) -> None:
    folder = case_at(tmp_path, about=re.sub(r"window:.*", f"window: {window}", CASE_YAML))
    assert error_of(folder).startswith(f"CASE/case.yaml: {problem}")


def test_a_window_may_be_as_long_as_is_said(tmp_path: Path) -> None:
    window = "window: [2026-11-20T12:00:00Z, 2027-01-22T12:00:00Z]"
    assert read_case(case_at(tmp_path, about=re.sub(r"window:.*", window, CASE_YAML))).window is not None


def events(*moments: Any) -> dict[str, Any]:
    return {"events": [{"message": "connect ETIMEDOUT", "timestamp": one} for one in moments]}


WILD = [-1, -(2**63), 2**63, 10**300, float("nan"), float("inf"), "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]


def test_events_of_times_that_cannot_be_meant_are_left_out_and_counted(tmp_path: Path) -> None:
    inside = int(NOON.timestamp() * 1000)
    case = read_case(case_at(tmp_path, {"callers/app.json": events(inside, *WILD)}, NO_WINDOW))
    assert [(one.minute, one.count) for one in case.callers.counts] == [(inside // 1000, 1)]
    assert f"callers: {len(WILD)} outcomes outside the years 2010 to 2099 passed over" in texts(case)


def test_events_outside_the_window_are_left_out_and_counted(tmp_path: Path) -> None:
    moments = [int(NOON.timestamp() * 1000) + 60_000 * minute for minute in (-1, 0, 14, 15, 900)]
    case = read_case(case_at(tmp_path, {"callers/app.json": events(*moments)}))
    assert case.callers.total(CallerOutcome.TIMED_OUT) == 2
    assert "callers: 3 outcomes outside the window passed over" in texts(case)


def test_outcomes_of_decades_ask_for_a_window(tmp_path: Path) -> None:
    moments = [int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in range(1990, 2030)]
    folder = case_at(tmp_path, {"callers/app.json": events(*moments)}, NO_WINDOW)
    assert error_of(folder).startswith(
        "CASE/callers: the outcomes span more than 63 days, and case.yaml names no window; write the window"
    )


def test_datapoints_of_times_that_cannot_be_meant_are_left_out_and_counted(tmp_path: Path) -> None:
    times = ["2026-11-20T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", -(2**63), 2**63]
    answer = {"MetricDataResults": [result() | {"Timestamps": times, "Values": [1.0] * 5}]}
    files = {"cloudwatch/n.queries.json": [query()], "cloudwatch/n.results.json": answer}
    case = read_case(case_at(tmp_path, {**small(), **files}))
    assert case.metrics.series[0].times.tolist() == [int(NOON.timestamp())]
    expected = "m0 (ErrorPortAllocation, nat-1): 4 datapoints outside the years 2010 to 2099 passed over"
    assert f"cloudwatch/n.results.json: {expected}" in texts(case)


def test_json_is_counted_before_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows.case.reading.aws_json.Budget.__init__.__defaults__", (100, 1_000))
    folder = case_at(tmp_path, {**small(), "ec2/vpcs.json": "[" + "{}," * 200 + "{}]"})
    assert error_of(folder).startswith(
        "CASE/ec2/vpcs.json: with it there are more than 2,000,000 objects and lists; ask"
    )
    (folder / "ec2" / "vpcs.json").write_text("[" + "1," * 2_000 + "1]")
    assert error_of(folder).startswith(
        "CASE/ec2/vpcs.json: with it there are more than 20,000,000 values; ask for less"
    )


def test_all_files_that_stay_in_memory_have_one_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subnets = {f"ec2/{name}.json": {"Subnets": [subnet(f"subnet-{name}")] * 20} for name in "abc"}
    monkeypatch.setattr("narrows.case.reading.aws_json.Budget.__init__.__defaults__", (60, 10_000))
    assert error_of(case_at(tmp_path, subnets)).startswith("CASE/ec2/c.json: with it there are more than")


@pytest.mark.parametrize(
    "file", ["ec2/subnets.json", "lambda/functions.json", "service-quotas.json", "cloudwatch/x.json"]
)
def test_a_key_that_stands_twice_is_said(tmp_path: Path, file: str) -> None:
    text = '{"Label": "Throttles", "Datapoints": [], "Label": "Errors"}'
    assert error_of(case_at(tmp_path, {file: text})) == (
        f"CASE/{file}: an object holds the key 'Label' twice; AWS writes no such thing: get the file again"
    )


def test_a_key_that_stands_twice_in_a_log_event_is_said(tmp_path: Path) -> None:
    text = '{"events": [{"message": "a", "timestamp": 1, "message": "b"}]}'
    assert "an object holds the key 'message' twice" in error_of(case_at(tmp_path, {"callers/app.json": text}))


PACKED = gzip.compress(json.dumps({"MetricDataResults": [result()]}).encode())


@pytest.mark.parametrize(
    "file", ["ec2/subnets.json", "cloudwatch/n.json", "cloudwatch/n.results.json", "service-quotas.json"]
)
def test_packed_json_says_what_it_is(tmp_path: Path, file: str) -> None:
    folder = case_at(tmp_path, {file: PACKED, "cloudwatch/n.queries.json": [query()]})
    assert error_of(folder) == f"CASE/{file}: is packed with gzip; unpack it with gunzip"


def table(folder: Path, **columns: Any) -> Path:
    folder = case_at(folder, {"callers/x": ""})
    (folder / "callers" / "x").unlink()
    pq.write_table(pa.table(columns), folder / "callers" / "o.parquet", dictionary_pagesize_limit=2**30)
    return folder


@pytest.mark.parametrize("name", ["function", "environment", "destination", "outcome"])
def test_a_word_that_stands_for_a_million_rows_is_refused_before_it_is_repeated(tmp_path: Path, name: str) -> None:
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), pa.array(["x" * 100_000]))
    words = {"outcome": pa.array(["reset"] * 50_000), name: long}
    assert error_of(table(tmp_path, **words)) == (
        f"CASE/callers/o.parquet: column '{name}' holds a name of 100,000 bytes, more than 512"
    )


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"outcome": [1]}, "column 'outcome' is int64, not text; write strings"),
        ({"outcome": [["reset"]]}, "column 'outcome' is list<element: string>, not text; write strings"),
        ({"outcome": ["reset"], "environment": [1.5]}, "column 'environment' is double, not a number or text"),
        ({"outcome": ["reset"], "time": pa.array([1], pa.uint64())}, "column 'time' is uint64, not a timestamp"),
    ],
)
def test_columns_of_a_wrong_type(tmp_path: Path, columns: dict[str, Any], problem: str) -> None:
    assert error_of(table(tmp_path, **columns)).startswith(f"CASE/callers/o.parquet: {problem}")


def test_rows_and_environments_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = table(tmp_path, outcome=["reset"] * 200, environment=range(200))
    for name, words in {
        "ENVIRONMENTS": "more than 100 different environments",
        "OUTCOME_ROWS": "more than 100 rows",
    }.items():
        monkeypatch.setattr(f"narrows.case.reading.outcome_tables.{name}", 100)
        assert f"CASE/callers/o.parquet: holds {words}; write a file for each hour" in error_of(folder)


def test_rows_outside_the_window_are_left_out_and_counted(tmp_path: Path) -> None:
    seconds = [int(NOON.timestamp()), 0, -(2**40), 2**40, None]
    time = pa.array([None if one is None else one * 1000 for one in seconds], pa.timestamp("ms", "UTC"))
    case = read_case(table(tmp_path, outcome=["reset"] * 5, time=time))
    assert [one.minute for one in case.callers.counts] == [-1, seconds[0]]
    assert "callers: 3 outcomes outside the window passed over" in texts(case)


def test_a_file_whose_name_is_no_utf8_has_a_name_that_can_be_written(tmp_path: Path) -> None:
    folder = case_at(tmp_path, {"callers/app.log": "connect ETIMEDOUT\n"})
    (folder / "callers" / "app.log").rename(Path(f"{folder}/callers/app-\udcff.log"))
    case = read_case(folder)
    assert case.callers.sources == ("callers/app-\ufffd.log",)
    assert all(one.source.encode() for one in case.callers.counts)


def test_more_log_streams_than_are_told_apart_are_counted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrows.case.reading.log_reader.LOG_STREAMS", 10)
    lines = [f"2026-11-20T12:00:00Z 2026/11/20/[$LATEST]{one:032x} connect ETIMEDOUT\n" for one in range(25)]
    case = read_case(case_at(tmp_path, {"callers/storefront.log": "".join(lines)}))
    assert case.callers.total(CallerOutcome.TIMED_OUT) == 25
    assert case.callers.environments == {"storefront": 10}
    assert any("log streams: the rest are not counted as environments" in one for one in texts(case))


def test_a_line_made_to_be_searched_for_hours_is_not() -> None:
    assert not invocation_timed_out('"platform.x"' * 80_000 + " timeout")
    assert invocation_timed_out('{"type": "platform.report", "record": {"status": "timeout"}}')


NOT_OF_CASES = {
    "MIB",
    "EARLIEST_YEAR",
    "LATEST_YEAR",
    "FIRST_MOMENT",
    "LAST_MOMENT",
    "OUTCOME_NAME_BYTES",
    "PARQUET_FOOTER_BYTES",
    "LOG_STREAM_CHARACTERS",
}
"""What is no bound, or one that the page says in other words, or of names in a table."""


def bounds_in_page(page: str) -> list[str]:
    """What the tables of a page say, in their order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(r"^\| ([\d,]+(?: MiB)?) \| .+ \|$", text, re.MULTILINE)


def bounds_under(*headings: str) -> list[str]:
    """The bounds below these headings of the module, as a page says them."""
    sections = re.split(r"^# (.+)\.$", inspect.getsource(bounds), flags=re.MULTILINE)[1:]
    by_heading = dict(zip(sections[::2], sections[1::2], strict=True))
    names = [name for one in headings for name in re.findall(r"^([A-Z_]+): Final", by_heading[one], re.MULTILINE)]
    return [
        f"{getattr(bounds, name) // bounds.MIB:,} MiB" if name.endswith("_BYTES") else f"{getattr(bounds, name):,}"
        for name in names
        if name not in NOT_OF_CASES
    ]


def test_the_page_of_cases_says_every_bound_of_them() -> None:
    """A table of it: the bound, and what it is of. A bound of scenarios or of the names in a table is not in it."""
    of_cases = bounds_under(
        "A case, whatever is in it", "JSON and YAML", "Parquet", "What is read of CloudWatch and of callers"
    )
    assert sorted(bounds_in_page("case.md")) == sorted(of_cases)


def test_the_page_of_infrastructure_as_code_says_every_bound_of_its_files() -> None:
    """In the order of the module, so that no row takes another's number."""
    assert bounds_in_page("infrastructure-as-code.md") == bounds_under("Templates of CloudFormation", "Terraform")


@pytest.mark.parametrize(
    "piece",
    [
        "failed to connect ", 'Get "https://x ', "connection <monitor> to x ", "Client.Timeout exceeded ", "lookup a ",
        "can't connect to mysql server on ", "Error.Error.", "[ERROR ", "host='", "a.", "::1", "1.2.3.4",
        "{", '{"error":',
        "Command timed out ", "x://x@", "File \"", "customer ", "query", "Connect to x failed: ",
    ],
)  # fmt: skip
def test_no_line_of_a_megabyte_takes_long(tmp_path: Path, piece: str) -> None:
    line = f"ERROR {piece * (2**20 // len(piece))} timed out: EOF ConnectTimeoutException"
    began = time.process_time()
    read_case(case_at(tmp_path, {"callers/storefront.log": f"{line}\n{line[6:]}\n"}))
    assert time.process_time() - began < 5


@pytest.mark.parametrize(("bound", "value"), [("LOG_REQUESTS", 3), ("LOG_HELD", 2)])
def test_invocations_past_those_remembered_are_counted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(f"narrows.case.reading.log_requests.{bound}", value)
    ids = [f"8f1b2c3d-0000-4000-8000-{one:012d}" for one in range(20)]
    lines = [f"[WARN] 2026-11-20T12:03:05Z {one} connect ECONNREFUSED 203.0.113.10:443" for one in ids]
    reports = [f"REPORT RequestId: {one}\tDuration: 9.00 ms\tStatus: error" for one in ids]
    callers = read_case(case_at(tmp_path, {"callers/storefront.log": "\n".join([*lines, *reports])})).callers
    assert callers.total(CallerOutcome.REFUSED) == 20
    assert sum(one.count for one in callers.counts if one.told is Told.ERROR) == (0 if bound == "LOG_REQUESTS" else 2)
    assert sum(one.ended for one in callers.invocations) == sum(one.failed for one in callers.invocations) == 20


def test_hosts_past_those_told_apart_are_counted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows.case.reading.mentions.LOG_ELSEWHERE", 5)
    lines = "".join(f"Error: connect ECONNREFUSED 198.51.100.{one}:443\n" for one in range(20))
    counts = read_case(case_at(tmp_path, {"callers/storefront.log": lines})).callers.counts
    assert {one.count for one in counts if one.elsewhere != "other hosts"} == {1}
    assert [one.count for one in counts if one.elsewhere == "other hosts"] == [15]
