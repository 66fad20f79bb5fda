"""The charts' data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from narrows.case.model import CallerCount, CallerOutcome, Callers, Case, Metrics, Series
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION
from narrows.report.panel_model import MOST_SERIES, ChartSeries, Panel, Point, Shape
from narrows.report.panels import extent, panels
from narrows.report.thinning import MOST_POINTS, thin
from tests.unit.report.samples import FIRST, MINUTES, START, make_case, network, ramp, series


def panel(case: Case, key: str) -> Panel:
    """The panel of that key."""
    return next(one for one in panels(case) if one.key == key)


def test_every_question_has_its_panel() -> None:
    assert [one.key for one in panels(make_case())] == [
        "active",
        "attempts",
        "port-errors",
        "outcomes",
        "environments",
    ]


def test_active_connections_stand_against_the_limits_of_addresses_and_enis() -> None:
    shown = panel(make_case(network(subnets=2, addresses=8)), "active")
    assert [limit.value for limit in shown.limits] == [
        2 * HYPERPLANE_ENI_CONNECTIONS.value,
        8 * NAT_CONNECTIONS_PER_DESTINATION.value,
    ]
    (one,) = shown.series
    assert one.label == "nat-a"
    assert one.largest == 55_000
    assert one.points[0] == Point(FIRST, FIRST + 60, 0.0)


def test_outcomes_are_stacked_and_what_has_no_time_is_counted() -> None:
    case = make_case()
    lost = CallerCount(-1, None, None, CallerOutcome.TIMED_OUT, 7, "callers/app.log:3")
    case = replace(case, callers=Callers((*case.callers.counts, lost), ("callers/app.log",)))
    shown = panel(case, "outcomes")
    assert shown.shape is Shape.BARS
    assert {one.label: one.total for one in shown.series} == {"established": 55_000, "connect timed out": 35_000}
    assert "7 more carry no time" in shown.note
    assert "logged" in shown.reading


def test_rare_metrics_only_where_they_are_not_zero() -> None:
    case = make_case()
    quiet = series("IdleTimeoutCount", "nat-0a1b2c3d", [0] * MINUTES)
    loud = series("Throttles", "storefront", [0, 5, 0])
    case = replace(case, metrics=Metrics((*case.metrics.series, quiet, loud)))
    assert [one.key for one in panels(case)][5:] == ["throttles"]


def test_zero_throughout_is_evidence_and_shown_as_such() -> None:
    assert panel(make_case(errors=(0, 0, 0)), "port-errors").flat_zero
    assert not panel(make_case(), "port-errors").flat_zero


def test_missing_metrics_say_so() -> None:
    case = replace(make_case(), metrics=Metrics(), callers=Callers())
    for one in panels(case):
        assert not one.series
        assert one.absent


def test_gaps_partial_answers_and_other_statistics_are_told() -> None:
    whole = series("ActiveConnectionCount", "nat-0a1b2c3d", ramp(100))
    holes = Series(
        whole.namespace,
        whole.metric,
        whole.dimensions,
        "Average",
        300,
        np.array([FIRST, FIRST + 300, FIRST + 1200], dtype=np.int64),
        np.array([1.0, 2.0, 3.0]),
        whole.source,
        partial=True,
    )
    # The window is longer than the holes.
    case = replace(make_case(), metrics=Metrics((holes,)), window=(START, START + timedelta(minutes=30)))
    note = panel(case, "active").note
    assert "2 datapoints are missing" in note
    assert "not complete" in note
    assert "Average" in note
    assert "300 s" in note


def test_of_many_resources_the_highest_are_drawn() -> None:
    many = Metrics(tuple(series("ActiveConnectionCount", f"nat-{n:02}", [float(n)]) for n in range(20)))
    shown = panel(replace(make_case(), metrics=many), "active")
    assert [one.label for one in shown.series] == [f"nat-{n:02}" for n in range(19, 19 - MOST_SERIES, -1)]
    assert f"{20 - MOST_SERIES} more" in shown.note


def test_charts_span_the_window_or_what_there_is() -> None:
    case = make_case()
    assert extent(case, panels(case)) == (FIRST, FIRST + 60 * MINUTES)
    case = replace(case, window=None)
    assert extent(case, panels(case)) == (FIRST, FIRST + 60 * MINUTES)
    nothing = replace(case, metrics=Metrics(), callers=Callers())
    assert extent(nothing, panels(nothing)) is None


@pytest.mark.parametrize("shape", list(Shape))
def test_long_series_are_thinned_without_losing_peaks_or_counts(shape: Shape) -> None:
    values = [float(n % 997) for n in range(20_160)]
    points = tuple(Point(FIRST + 60 * n, FIRST + 60 * n + 60, value) for n, value in enumerate(values))
    panel = Panel("key", "title", "source", "reading", shape, (ChartSeries("one", "--chart-1", points),))
    shown = thin(panel)
    (one,) = shown.series
    assert len(one.points) <= MOST_POINTS + 1
    assert "periods of 60 s" in shown.note
    if shape is Shape.BARS:
        assert one.total == sum(values)
    else:
        assert one.largest == max(values)
    assert one.points[0].begin == points[0].begin
    assert one.points[-1].end == points[-1].end
    assert thin(shown).series == shown.series


def test_short_series_are_left_alone() -> None:
    shown = panel(make_case(), "active")
    assert thin(shown) is shown
