"""What really happened."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import InputError
from narrows.report.focus import TimeSpan
from narrows.report.page import PlanAnswer, render
from narrows.report.truth import truth_section
from narrows.report.truth_file import read_truth
from tests.unit.report.samples import FIRST, first_act, make_case

SPAN = TimeSpan.whole(FIRST, FIRST + 900)
MADE_AT = datetime(2026, 11, 21, tzinfo=UTC)


def table(kind: str, resource: str, peak: int, **more: Any) -> dict[str, Any]:
    """One table, as the simulator writes it."""
    return {
        "kind": kind,
        "resource": resource,
        "index": 0,
        "capacity": 65_000,
        "peak": peak,
        "dropped": 0,
        "occupied_by_minute": [peak // 2, peak],
        **more,
    }


def write(folder: Path, document: object) -> Path:
    """A folder with this truth."""
    (folder / "truth.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_no_truth_no_section(tmp_path: Path) -> None:
    assert truth_section(make_case(folder=tmp_path), SPAN) is None


def test_true_occupancy_against_the_limit(tmp_path: Path) -> None:
    cache = {"destination_address": "203.0.113.10", "destination_port": 443}
    document = {
        "schema": 1,
        "minutes": [FIRST, FIRST + 60],
        "functions": {
            "storefront": {
                "open": [30_000, 65_000],
                "attempted": [60_000, 90_000],
                "established": [1, 65_000],
                "timed_out": [0, 25_000],
            }
        },
        "tables": [
            table("nat-address", "nat-a", 8_000, capacity=55_000, **cache),
            table("hyperplane-eni", "private-a/sg-app", 65_000, dropped=99),
            table("destination", "cache", 65_000, capacity=None),
        ],
    }
    section = truth_section(make_case(folder=write(tmp_path, document)), SPAN)
    assert section is not None
    assert {fact.label: fact.value for fact in section.facts} == {
        "Connects attempted": "90,000",
        "Established": "65,000",
        "Timed out": "25,000",
        "SYNs that found a full table": "99",
    }
    assert [(row.resource, row.used, row.full) for row in section.rows] == [
        ("private-a/sg-app", "100 %", True),
        ("nat-a address 1", "15 %", False),
        ("cache", "", False),
    ]
    first, second = section.charts
    assert first.key == "truth-hyperplane-eni"
    assert "65,000" in first.svg
    assert first.readout["series"] == [[(0, 60, 32_500), (60, 120, 65_000)]]
    assert second.key == "truth-nat-address"


def test_many_tables_are_counted(tmp_path: Path) -> None:
    document = {"minutes": [FIRST], "tables": [table("hyperplane-eni", f"eni-{n}", n) for n in range(100)]}
    section = truth_section(make_case(folder=write(tmp_path, document)), SPAN)
    assert section is not None
    assert len(section.rows) == 24
    assert section.more.startswith("76 more")
    assert section.rows[0].resource == "eni-99"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{", "it ends in the middle"),
        ("[]", "object"),
        ('{"tables": [{"kind": "hyperplane-eni"}]}', "tables.0.resource"),
        ('{"tables": [{"kind": "a", "resource": "b", "capacity": -1, "peak": 0, "dropped": 0}]}', "tables.0.capacity"),
        ('{"minutes": ["x"]}', "minutes.0"),
        (f'{{"minutes": [{10**400}]}}', "minutes.0"),
        ('{"minutes": [], "minutes": []}', "an object holds the key 'minutes' twice"),
    ],
)
def test_a_broken_truth_is_one_clear_line(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "truth.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_truth(make_case(folder=tmp_path))
    line = str(caught.value)
    assert "truth.json" in line
    assert said in line
    assert "\n" not in line


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["schema", "minutes", "tables", "functions", "kind", "capacity", "peak"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(junk)
def test_any_json_is_read_or_refused(document: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        case = replace(make_case(), folder=write(Path(folder), document))
        with suppress(InputError):
            truth_section(case, SPAN)


def test_nothing_but_its_own_section_reads_the_truth(tmp_path: Path) -> None:
    case = make_case(folder=tmp_path)
    answer = PlanAnswer(why_not="no demand is known", no_proof="There is no plan to prove.")
    without = render(case, first_act(), answer, made_at=MADE_AT)
    write(tmp_path, {"minutes": [FIRST], "tables": [table("hyperplane-eni", "private-a/sg-app", 64_321)]})
    shown = render(case, first_act(), answer, made_at=MADE_AT)
    assert "64,321" in shown
    assert without_truth(shown) == without_truth(without)
    assert "64,321" not in without_truth(shown)


def without_truth(document: str) -> str:
    """A report without its fold of the truth and its charts' data."""
    document = re.sub(r'<details class="fold" id="truth">.*?</details>\s*', "", document, flags=re.DOTALL)
    before, data, after = re.split(r'(?<=id="charts-data">)(.*?)(?=</script>)', document, maxsplit=1)
    charts = json.loads(data)
    charts["charts"] = {key: chart for key, chart in charts["charts"].items() if not key.startswith("truth-")}
    return re.sub(r"\s+", " ", before) + json.dumps(charts) + after
