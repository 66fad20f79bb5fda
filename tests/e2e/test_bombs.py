"""Cases and scenarios made to exhaust the machine: every command ends, with one line or an answer, within its memory.

``ulimit -v`` bounds the address space.
"""

from __future__ import annotations

import gzip
import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.case.cases import CASE_YAML, case_at, query, small

BUDGET = 3 * 2**30
"""Bytes."""
SECONDS = 120
"""No bomb takes more than a few, on two noisy cores."""
NO_WINDOW = re.sub(r"window:.*\n", "", CASE_YAML)
SCENARIO = Path(__file__).parents[2] / "examples" / "scenarios" / "launch-load-test.yaml"


def run(*words: str) -> tuple[int, str]:
    """Exit code of a command within the budget, and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "narrows", *words],
        capture_output=True, text=True, timeout=SECONDS, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (BUDGET, BUDGET)),
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def _many(text: str, count: int) -> str:
    return f"[{','.join([text] * count)}]"


def _window(end: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        about = re.sub(r"window:.*", f"window: [2026-11-20T12:00:00Z, {end}]", CASE_YAML)
        case_at(folder, small(), about)
        table = pa.table({"time": pa.array([1795176000], pa.timestamp("s", "UTC")), "outcome": ["established"]})
        (folder / "callers").mkdir()
        pq.write_table(table, folder / "callers" / "o.parquet")

    return make


def _file(name: str, content: Callable[[], str | bytes]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        case_at(folder, {**small(), "cloudwatch/n.queries.json": [query()], name: content()})

    return make


def _metric(moments: list[object]) -> str:
    return json.dumps({"MetricDataResults": [{"Id": "m0", "Timestamps": moments, "Values": [1.0] * len(moments)}]})


def _dictionary(folder: Path) -> None:
    """One environment of a megabyte, a million times."""
    case_at(folder, small())
    (folder / "callers").mkdir()
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), pa.array(["x" * 900_000]))
    table = pa.table({"outcome": ["reset"] * 1_000_000, "environment": words})
    pq.write_table(table, folder / "callers" / "o.parquet", compression="zstd", dictionary_pagesize_limit=2**30,
                   store_schema=False)  # fmt: skip


def _decades(folder: Path) -> None:
    """Every attempt is in the table, and no window says which of them are meant."""
    case_at(folder, small(), NO_WINDOW)
    (folder / "callers").mkdir()
    moments = pa.array([1_300_000_000, 3_900_000_000], pa.timestamp("s", "UTC"))
    pq.write_table(pa.table({"time": moments, "outcome": ["established"] * 2}), folder / "callers" / "o.parquet")


BOMBS: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "a window of seventy years": (_window("2098-11-20T12:15:00Z"), 2, "the window is longer than 63 days"),
    "a window that ends in 9999": (_window("9999-11-20T12:15:00Z"), 2, "its year is not one of 2010 to 2099"),
    "the longest window": (_window("2027-01-22T12:00:00Z"), 0, ""),
    "outcomes of eighty years": (_decades, 2, "the outcomes span more than 63 days"),
    "six million objects": (_file("ec2/vpcs.json", lambda: _many("{}", 6_000_000)), 2, "2,000,000 objects and lists"),
    "empty lists": (_file("cloudwatch/x.json", lambda: _many("[]", 20_000_000)), 2, "2,000,000 objects and lists"),
    "thirty million numbers": (_file("cloudwatch/x.json", lambda: _many("0.5", 30_000_000)), 2, "20,000,000 values"),
    "a deep list": (_file("ec2/vpcs.json", lambda: "[" * 1_000_000), 2, "is nested too deeply"),
    "packed metrics": (
        _file("cloudwatch/n.results.json", lambda: gzip.compress(_metric([0] * 1_000_000).encode(), 1)),
        2,
        "is packed with gzip",
    ),
    "wild datapoints": (
        _file("cloudwatch/n.results.json", lambda: _metric([-(2**63), 0, 2**40, 2**63, "0001-01-01", "9999-12-31"])),
        0,
        "6 datapoints outside the years 2010 to 2099 passed over",
    ),
    "a word for a million rows": (_dictionary, 2, "holds a name of 900,000 bytes"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_diagnose_ends_within_its_memory(tmp_path: Path, name: str) -> None:
    make, code, said = BOMBS[name]
    make(tmp_path / "case")
    found = run("diagnose", str(tmp_path / "case"))
    assert found[0] == code, found[1]
    assert said in found[1].replace("\n", " ").replace("  ", " ")
    assert "Traceback" not in found[1]


@pytest.mark.slow
def test_report_and_plan_end_within_their_memory_for_the_longest_window(tmp_path: Path) -> None:
    BOMBS["the longest window"][0](tmp_path / "case")
    page = tmp_path / "r.html"
    found = run("report", "--no-proof", str(tmp_path / "case"), "--out", str(page))
    assert found[0] == 0, found[1]
    assert page.stat().st_size < 2 * 2**20
    code, said = run("plan", "--check", str(tmp_path / "case"))
    assert code in (0, 1, 2, 3)
    assert "Traceback" not in said


def test_report_of_a_truth_that_is_a_bomb_is_one_line(tmp_path: Path) -> None:
    case_at(tmp_path / "case", {**small(), "truth.json": f'{{"minutes": {_many("1" * 400, 10)}, "minutes": []}}'})
    found = run("report", "--no-proof", str(tmp_path / "case"), "--out", str(tmp_path / "r.html"))
    assert found[0] == 2
    assert "truth.json: an object holds the key 'minutes' twice" in found[1]


LAUGHS = (
    "others:\n"
    + "".join(
        f"  {name}: &{name} [{', '.join([above] * 10)}]\n"
        for above, name in zip(["1", *(f"*{one}" for one in "abcde")], "abcdef", strict=True)
    )
    + "functions:"
)
"""Six lines that stand for a million values."""
SCENARIOS = {
    "to: 9000": {"to: 1e15": "at most 10,000,000", "to: .nan": "a finite number", "to: 1e999": "a finite number",
                 "to: .inf": "a finite number"},
    "duration: 5m": {"duration: 1000000000s": "longer than the 6 days", "duration: .nan": "must be zero or more"},
    "per_environment: 10": {"per_environment: 1000000000": "at most 4,096"},
    "functions:": {LAUGHS: "more than 200,000 values"},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "said"), [(old, new, said) for old, all_ in SCENARIOS.items() for new, said in all_.items()]
)
def test_simulate_says_which_number_is_too_large(tmp_path: Path, before: str, after: str, said: str) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(SCENARIO.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    code, found = run("simulate", str(file))
    assert code == 2
    assert said in found
    assert found.count("\n") == 1
