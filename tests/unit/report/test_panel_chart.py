"""Panels as charts."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from narrows.case.model import Callers, Metrics
from narrows.report.chart_section import chart_section
from narrows.report.panel_chart import chart, describe, near_limits
from narrows.report.panel_model import ChartSeries, LimitLine, Panel, Point, Shape
from narrows.report.panels import panels
from narrows.report.scripts import static_svg
from tests.unit.report.samples import EVIL, FIRST, make_case

SPAN = (FIRST, FIRST + 900)
_SVG = "{http://www.w3.org/2000/svg}"


def points(*values: float | None) -> tuple[Point, ...]:
    """One for each minute that has a value."""
    return tuple(
        Point(FIRST + 60 * n, FIRST + 60 * n + 60, value) for n, value in enumerate(values) if value is not None
    )


def panel(shape: Shape, *series: ChartSeries, limits: tuple[LimitLine, ...] = ()) -> Panel:
    """A panel with this and nothing else."""
    return Panel("key", "Title", "source", "reading", shape, series, limits)


@pytest.mark.parametrize("key", ["active", "attempts", "port-errors", "outcomes", "environments"])
def test_every_chart_of_a_case_is_drawn_with_colours_of_the_page(key: str) -> None:
    shown = next(one for one in panels(make_case()) if one.key == key)
    svg = str(static_svg(chart(shown, SPAN), f"chart-{key}"))
    ElementTree.fromstring(svg)
    for one in shown.series:
        assert f"var({one.colour})" in svg
    assert "style=" not in svg
    assert "http://www.w3.org" in svg
    assert not re.search(r"https?://(?!www\.w3\.org)", svg)


def test_limits_near_the_data_are_lines_and_far_ones_words() -> None:
    limits = (LimitLine("near: 60", 60.0), LimitLine("far: 440", 440.0))
    shown = panel(Shape.LINE, ChartSeries("one", "--chart-1", points(0, 50, 50)), limits=limits)
    assert [limit.label for limit in near_limits(shown)] == ["near: 60"]
    svg = str(static_svg(chart(shown, SPAN), "c"))
    assert "near: 60" in svg
    assert "far: 440" not in svg


def test_a_gap_breaks_the_line() -> None:
    whole = static_svg(chart(panel(Shape.LINE, ChartSeries("one", "--chart-1", points(1, 2, 3))), SPAN), "c")
    broken = static_svg(chart(panel(Shape.LINE, ChartSeries("one", "--chart-1", points(1, None, 3))), SPAN), "c")

    def pieces(svg: str) -> int:
        root = ElementTree.fromstring(svg)
        lines = [path for path in root.iter(f"{_SVG}path") if path.get("stroke") == "var(--chart-1)"]
        return sum((path.get("d") or "").count("M") for path in lines)

    assert pieces(whole) == 1
    assert pieces(broken) == 2


def test_bars_lie_upon_each_other() -> None:
    shown = panel(
        Shape.BARS, ChartSeries("a", "--chart-1", points(3, 4)), ChartSeries("b", "--chart-bad", points(0, 5))
    )
    (values,) = chart(shown, SPAN)["datasets"].values()
    rows = [(row["series"], row["ground"], row["value"]) for row in values]
    assert rows == [("a", 0, 3), ("a", 0, 4), ("b", 4, 9)]


def test_a_name_with_markup_is_text_in_the_picture() -> None:
    shown = panel(Shape.LINE, ChartSeries(EVIL, "--chart-1", points(1, 2)), limits=(LimitLine(f"{EVIL}: 2", 2.0),))
    root = ElementTree.fromstring(str(static_svg(chart(shown, SPAN), "c")))
    assert any(EVIL in (node.text or "") for node in root.iter(f"{_SVG}text"))
    assert not list(root.iter(f"{_SVG}script"))


def test_clip_paths_of_several_charts_do_not_meet() -> None:
    specification = chart(next(iter(panels(make_case()))), SPAN)
    ids = [set(re.findall(r' id="([^"]+)"', str(static_svg(specification, key)))) for key in ("chart-one", "chart-two")]
    assert all(ids)
    assert not ids[0] & ids[1]


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
