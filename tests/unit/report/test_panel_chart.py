"""Panels as pictures: well-formed, inert, and as high as the numbers are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.case.model import Callers, Metrics
from narrows.report.chart_section import chart_section, make_figure
from narrows.report.focus import TimeSpan
from narrows.report.panel_chart import AXIS_WIDTH, chart, describe, near_limits, stacked
from narrows.report.panel_model import ChartSeries, LimitLine, Panel, Point, Shape
from narrows.report.panels import panels
from narrows.report.plot import TEXT_SIZE
from tests.unit.report.samples import EVIL, FIRST, make_case

SPAN = TimeSpan.whole(FIRST, FIRST + 900)
PHONE = 262.0
"""Pixels that a plot has on a phone 360 pixels wide, beside its values."""
_CHARACTER = 0.64 * TEXT_SIZE
"""Width of a digit in the widest of the fonts."""


def points(*values: float | None) -> tuple[Point, ...]:
    """One for each minute that has a value."""
    return tuple(
        Point(FIRST + 60 * n, FIRST + 60 * n + 60, value) for n, value in enumerate(values) if value is not None
    )


def panel(shape: Shape, *series: ChartSeries, limits: tuple[LimitLine, ...] = ()) -> Panel:
    """A panel with this and nothing else."""
    return Panel("key", "Title", "source", "reading", shape, series, limits)


def drawn(shown: Panel, span: TimeSpan = SPAN) -> tuple[Element, Element]:
    """The axis of values and the plot."""
    axis, plot = ElementTree.fromstring(f"<div>{chart(shown, span)}</div>")
    return axis, plot


def paths(plot: Element, kind: str) -> list[str]:
    """The data of every path of a kind."""
    return [path.get("d", "") for path in plot.iter("path") if path.get("class") == kind]


@pytest.mark.parametrize("key", ["active", "attempts", "port-errors", "outcomes", "environments"])
def test_every_chart_of_a_case_is_drawn_with_colours_of_the_page(key: str) -> None:
    shown = next(one for one in panels(make_case()) if one.key == key)
    svg = str(chart(shown, SPAN))
    drawn(shown)
    for one in shown.series:
        assert f"var({one.colour}, #" in svg
    assert "style=" not in svg
    assert "http" not in svg


def test_limits_near_the_data_are_lines_and_far_ones_words() -> None:
    limits = (LimitLine("near", 60.0), LimitLine("far", 440.0))
    shown = panel(Shape.LINE, ChartSeries("one", "--chart-1", points(0, 50, 50)), limits=limits)
    assert [limit.what for limit in near_limits(shown)] == ["near"]
    _, plot = drawn(shown)
    assert [text.text for text in plot.iter("text") if text.get("class") == "rule-label"] == ["60"]
    figure = make_figure(shown, SPAN)
    assert [(entry.label, entry.figure) for entry in figure.limits] == [("near", "60")]
    assert figure.far_limits == "far: 440"


def test_a_limit_that_turns_nobody_away_is_not_drawn_in_the_colour_of_one_that_does() -> None:
    for binds, colour in ((True, "--chart-limit"), (False, "--muted")):
        limits = (LimitLine("concurrency", 60.0, binds=binds),)
        shown = panel(Shape.LINE, ChartSeries("one", "--chart-1", points(0, 60)), limits=limits)
        _, plot = drawn(shown)
        (rule,) = [line for line in plot.iter("line") if line.get("class") == "rule"]
        assert f"var({colour}," in (rule.get("stroke") or "")


def test_a_gap_breaks_the_line() -> None:
    def pieces(*values: float | None) -> int:
        _, plot = drawn(panel(Shape.LINE, ChartSeries("one", "--chart-1", points(*values))))
        (data,) = paths(plot, "line")
        return data.count("M")

    assert pieces(1, 2, 3) == 1
    assert pieces(1, None, 3) == 2


def test_bars_lie_upon_each_other() -> None:
    series = (ChartSeries("a", "--chart-1", points(3, 4)), ChartSeries("b", "--chart-bad", points(0, 5)))
    boxes = [[(low, high) for _, _, low, high in part] for part in stacked(series)]
    assert boxes == [[(0, 3), (0, 4)], [(4, 9)]]


heights = st.lists(st.lists(st.integers(0, 100_000), min_size=1, max_size=15), min_size=1, max_size=4)


@given(heights)
def test_the_heights_of_bars_are_the_data(values: list[list[int]]) -> None:
    series = [ChartSeries(str(n), "--chart-1", points(*part)) for n, part in enumerate(values)]
    shown = panel(Shape.BARS, *series)
    if shown.flat_zero:
        return
    _, plot = drawn(shown)
    tops = [
        sum(part[minute] for part in values if minute < len(part))
        for minute in range(max(len(part) for part in values))
    ]
    pixels = 150 / (max(tops) * 1.12)
    total = 0.0
    for data in paths(plot, "area"):
        for low, high in re.findall(r"M[\d.]+,([\d.]+)V([\d.]+)H", data):
            total += float(low) - float(high)
    # Each end of each bar is rounded to a tenth of a pixel.
    assert total == pytest.approx(sum(tops) * pixels, abs=0.1 * sum(len(part) for part in values) + 0.1)


def boxes_of_labels(axis: Element, plot: Element, width: float) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of every text of a chart of this width, in pixels from the corner of the plot."""
    found = []
    for text in axis.iter("text"):
        length = len(text.text or "") * _CHARACTER
        right = float(text.get("x", "")) - AXIS_WIDTH
        middle = float(text.get("y", ""))
        found.append((right - length, middle - TEXT_SIZE / 2, right, middle + TEXT_SIZE / 2))
    for text in plot.iter("text"):
        length = len(text.text or "") * _CHARACTER
        x = float(text.get("x", "").rstrip("%")) / 100 * width + float(text.get("dx", "0"))
        left = x - (length if text.get("text-anchor") == "end" else length / 2)
        baseline = float(text.get("y", ""))
        found.append((left, baseline - TEXT_SIZE * 0.75, left + length, baseline))
    return found


@given(
    st.lists(st.floats(0, 2e9, allow_nan=False), min_size=1, max_size=15),
    st.lists(st.floats(1, 2e9, allow_nan=False), max_size=3),
    st.integers(60, 40 * 86_400),
    st.integers(0, 86_400),
)
def test_no_label_is_outside_and_no_two_touch(
    values: Sequence[float], limits: Sequence[float], length: int, offset: int
) -> None:
    span = TimeSpan.whole(FIRST + offset, FIRST + offset + length)
    shown = panel(
        Shape.LINE,
        ChartSeries("one", "--chart-1", points(*values)),
        limits=tuple(LimitLine(str(value), value) for value in limits),
    )
    axis, plot = drawn(shown, span)
    height = float(plot.get("height", ""))
    found = boxes_of_labels(axis, plot, PHONE)
    for left, top, right, bottom in found:
        assert left >= -AXIS_WIDTH - 0.5
        # A chart has 18 pixels of room at its right, for half of the last time.
        assert right <= PHONE + 30
        assert top >= -6.5
        assert bottom <= height - 6
    for at, (left, top, right, bottom) in enumerate(found):
        for left_2, top_2, right_2, bottom_2 in found[at + 1 :]:
            assert right <= left_2 or right_2 <= left or bottom <= top_2 + 0.5 or bottom_2 <= top + 0.5


def test_a_name_with_markup_is_text_in_the_picture_and_in_what_is_read_out() -> None:
    shown = panel(Shape.LINE, ChartSeries(EVIL, "--chart-1", points(1, 2)), limits=(LimitLine(EVIL, 2.0),))
    _, plot = drawn(shown)
    assert EVIL in (plot.get("aria-label") or "")
    assert not list(plot.iter("script"))


def test_only_what_is_in_focus_is_seen_and_the_rest_is_there() -> None:
    shown = panel(Shape.LINE, ChartSeries("one", "--chart-1", points(*range(15))))
    span = TimeSpan(FIRST, FIRST + 900, FIRST + 120, FIRST + 300)
    _, plot = drawn(shown, span)
    (marks,) = [svg for svg in plot.iter("svg") if svg.get("class") == "marks"]
    assert marks.get("viewBox") == "120 0 180 150"
    assert paths(plot, "line")[0].endswith("H900")
    times = [text.text for text in plot.iter("text")]
    assert times == ["12:02", "12:03", "12:04", "12:05"]


def test_charts_describe_themselves() -> None:
    shown = panel(Shape.BARS, ChartSeries("timed out", "--chart-bad", points(1, 2)))
    assert describe(shown) == "Title: timed out in all 3."
    assert describe(replace(shown, series=(ChartSeries("x", "--chart-1", points(0, 0)),))) == "Title: 0 throughout."


def test_a_case_without_metrics_and_window_has_no_charts() -> None:
    case = make_case()
    case = replace(case, window=None, metrics=Metrics(), callers=Callers())
    section = chart_section(case)
    assert not section.drawn
    assert section.figures == ()


def test_what_is_zero_stands_behind_what_is_not_and_what_is_missing_at_the_end() -> None:
    case = make_case(errors=(0, 0, 0))
    metrics = [one for one in case.metrics.series if one.metric != "ConcurrentExecutions"]
    section = chart_section(replace(case, metrics=Metrics(tuple(metrics))))
    assert [figure.key for figure in section.figures] == [
        "active",
        "attempts",
        "outcomes",
        "port-errors",
        "environments",
    ]
