"""Outcomes by the second, from a file as other people write it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from narrows.case import read_case
from narrows.case.model import CallerOutcome, Case
from narrows.evidence.attempts import attempt_times
from narrows.report.finer import finer
from narrows.report.focus import TimeSpan
from narrows.report.panel_model import Panel
from narrows.report.panels import panels
from tests.unit.report.samples import FIRST, START

ROWS = [
    # Milliseconds, function, environment, outcome, seconds that it took.
    (0, "storefront", "a", "established", 0.01),
    (900, "storefront", "b", "established", 0.01),
    (1_200, "storefront", "b", "established", 0.01),
    (31_000, "storefront", "c", "TIMED_OUT", 30.0),
    (31_500, "storefront", "c", "timed_out", 30.0),
    (61_000, "storefront", None, "refused", None),
]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A case of two minutes with these attempts and nothing else."""
    (tmp_path / "callers").mkdir()
    (tmp_path / "case.yaml").write_text(
        'schema: 1\nregion: us-east-1\nwindow: ["2026-11-20T12:00:00Z", "2026-11-20T12:02:00Z"]\n'
        "functions: [storefront]\n"
    )
    columns = list(zip(*ROWS, strict=True))
    table = {
        "time": pa.array([START + timedelta(milliseconds=at) for at in columns[0]], pa.timestamp("ms", "UTC")),
        "function": pa.array(columns[1]),
        "environment": pa.array(columns[2]),
        "outcome": pa.array(columns[3]),
        "seconds": pa.array(columns[4], pa.float64()),
    }
    pq.write_table(pa.table(table), tmp_path / "callers" / "mine.parquet")
    return read_case(tmp_path)


def outcomes(shown: list[Panel]) -> Panel:
    """The panel of what the callers saw."""
    return next(panel for panel in shown if panel.key == "outcomes")


def test_each_attempt_is_counted_in_its_second(case: Case) -> None:
    shown = outcomes(finer(case, panels(case), TimeSpan.whole(FIRST, FIRST + 120)))
    assert shown.title == "What the callers saw, per second"
    assert {
        series.label: [(point.begin - FIRST, point.end - point.begin, point.value) for point in series.points]
        for series in shown.series
    } == {
        "established": [(0, 1, 2.0), (1, 1, 1.0)],
        "connect timed out": [(31, 1, 2.0)],
        "refused": [(61, 1, 1.0)],
    }


def test_an_environment_began_when_its_first_attempt_did_and_not_when_that_timed_out(case: Case) -> None:
    times = attempt_times(case, 1, (FIRST, FIRST + 120), 1000)
    assert times is not None
    begun = times.first_attempts["storefront"]
    assert {at - FIRST: many for at, many in sorted(begun.items()) if at < FIRST + 61} == {0: 2, 1: 1}


def test_a_longer_window_has_longer_steps_and_a_long_one_stays_by_the_minute(case: Case) -> None:
    by_minute = panels(case)
    assert "per 5 s" in outcomes(finer(case, by_minute, TimeSpan.whole(FIRST, FIRST + 1500))).title
    assert finer(case, by_minute, TimeSpan.whole(FIRST, FIRST + 86_400)) == by_minute


def test_what_is_not_the_same_evidence_is_not_taken_for_it(case: Case) -> None:
    span = TimeSpan.whole(FIRST, FIRST + 120)
    doubled = tuple(replace(one, count=one.count * 2) for one in case.callers.counts)
    other = replace(case, callers=replace(case.callers, counts=doubled))
    assert outcomes(finer(other, panels(other), span)).title.endswith("per minute")
    (case.folder / "callers" / "mine.parquet").write_bytes(b"PAR1 and no more")
    assert outcomes(finer(case, panels(case), span)).title.endswith("per minute")
    assert case.callers.total(CallerOutcome.TIMED_OUT) == 2
