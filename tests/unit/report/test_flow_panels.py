"""The charts of open connections from flow logs: a band that holds the truth, against the limit of each table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from narrows.case import Case, read_case, write_case
from narrows.report.chart_section import make_figure
from narrows.report.flow_panels import flow_panels
from narrows.report.focus import TimeSpan
from narrows.report.panel_chart import chart, describe
from narrows.report.panel_model import ChartSeries, Panel, Point, Shape
from narrows.report.thinning import MOST_POINTS, thin
from narrows.scenario import load_scenario
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated

SCENARIOS = Path(__file__).parents[3] / "examples" / "scenarios"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Act 2 at a hundredth of its size: the ENI holds 650."""
    folder = tmp_path_factory.mktemp("act") / "case"
    recording, log = simulate_with_log(load_scenario(SCENARIOS / "eight-addresses.yaml"), scale=0.01)
    options = FlowLogOptions(idle_gap=20.0)
    write_case(recording, folder, more=lambda place: write_simulated(place / "flow-logs", recording, log, options))
    return read_case(folder)


def test_the_band_holds_the_truth_of_every_minute(case: Case) -> None:
    enis, nats = flow_panels(case)
    truth = json.loads((case.folder / "truth.json").read_text(encoding="utf-8"))
    (table,) = [one for one in truth["tables"] if one["kind"] == "hyperplane-eni"]
    (series,) = enis.series
    assert series.label.startswith("private-a / sg-app (eni-")
    assert len(series.points) == len(table["occupied_by_minute"]) == 5
    for point, true in zip(series.points, table["occupied_by_minute"], strict=True):
        assert point.low is not None
        assert point.low <= true <= point.value
    assert [limit.value for limit in enis.limits] == [65_000]
    assert [one.label for one in nats.series] == ["nat-a to cache:443"]
    assert [limit.value for limit in nats.limits] == [8 * 55_000]


def test_without_flow_logs_there_is_no_such_chart(tmp_path: Path) -> None:
    recording, _ = simulate_with_log(load_scenario(SCENARIOS / "eight-addresses.yaml"), scale=0.01)
    write_case(recording, tmp_path / "case")
    assert flow_panels(read_case(tmp_path / "case")) == []


def band(*ends: tuple[float, float]) -> Panel:
    points = tuple(Point(60 * at, 60 * at + 60, high, low) for at, (low, high) in enumerate(ends))
    return Panel("band", "Open", "flow-logs/", "", Shape.BAND, (ChartSeries("eni", "--chart-1", points),))


def test_a_band_is_drawn_between_its_ends() -> None:
    panel = band((10, 40), (20, 30))
    room, most, least = marks(panel)
    # 40 is near the top: the chart has a little room above it.
    heights = {value: 150 * (1 - value / (40 * 1.12)) for value in (10, 20, 30, 40)}
    assert numbers(room) == pytest.approx(
        [0, *(heights[v] for v in (10, 40)), 60, heights[10], 60, heights[20], heights[30], 120, heights[20]], abs=0.06
    )
    assert numbers(most) == pytest.approx([0, heights[40], 60, heights[30], 120], abs=0.06)
    assert numbers(least) == pytest.approx([0, heights[10], 60, heights[20], 120], abs=0.06)
    assert describe(panel) == "Open: eni largest 20–40."


def marks(panel: Panel) -> list[str]:
    """The path data of everything that is drawn of the series."""
    root = ElementTree.fromstring(f"<div>{chart(panel, TimeSpan.whole(0, 120))}</div>")
    return [path.get("d", "") for path in root.iter("path")]


def numbers(data: str) -> list[float]:
    """Every number of path data."""
    return [float(one) for one in re.findall(r"[\d.]+", data)]


def test_many_minutes_become_one_that_holds_them() -> None:
    thinned = thin(band(*((at % 7, at % 7 + 5) for at in range(3 * MOST_POINTS))))
    (series,) = thinned.series
    assert len(series.points) <= MOST_POINTS
    assert {(point.low, point.value) for point in series.points[1:-1]} <= {(low, low + 5) for low in range(2, 7)}


def test_where_records_are_missing_a_band_has_no_upper_line() -> None:
    points = (Point(0, 60, 40.0, 10.0), Point(60, 120, 20.0, 20.0, open_above=True))
    panel = Panel("band", "Open", "flow-logs/", "", Shape.BAND, (ChartSeries("eni", "--chart-1", points),))
    assert panel.series[0].peak == "at least 20"
    room, most, least = marks(panel)
    assert max(numbers(most)[::2]) == max(numbers(room)[::3]) == 60
    assert least.endswith("H120")
    figure = make_figure(panel, TimeSpan.whole(0, 120))
    assert figure.readout["series"][0][1] == (60, 120, None, 20)  # type: ignore[index]
    assert figure.legend[0].figure == "peak at least 20"
