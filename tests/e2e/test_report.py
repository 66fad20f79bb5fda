"""The report in a real browser: no complaint, no request, the pictures are there, hostile names do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrows.case import read_case, write_case
from narrows.report import write_report
from narrows.scenario import load_scenario
from narrows.simulate import simulate_scenario, simulate_with_log
from narrows.writing.flow_logs import FlowLogOptions, write_simulated
from tests.e2e.chromium import CHROMIUM, Page, open_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]

SCENARIOS = Path(__file__).parents[2] / "examples" / "scenarios"
ACTS = ("launch-load-test", "eight-addresses", "second-subnet")
EVIL = "<script>alert(1)</script>"
TURNED = "</script>\u202edatum.value + signal('x') \u2066שלום"
"""Ends a script, turns text around, reads as an expression, and is read from right to left."""
READY = "document.documentElement.dataset.charts === 'ready'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cases and reports of the three acts, and of the first one with hostile names."""
    place = tmp_path_factory.mktemp("report")
    for act in ACTS:
        write_case(simulate_scenario(load_scenario(SCENARIOS / f"{act}.yaml")), place / act)
        write_report(read_case(place / act), place / f"{act}.html")
    recording, log = simulate_with_log(load_scenario(SCENARIOS / f"{ACTS[1]}.yaml"))
    with_logs = place / "flow-logs"
    options = FlowLogOptions(idle_gap=60.0)
    write_case(recording, with_logs, more=lambda inside: write_simulated(inside / "flow-logs", recording, log, options))
    write_report(read_case(with_logs), place / "flow-logs.html", prove=False)
    for name, evil in (("hostile", EVIL), ("turned", TURNED)):
        hostile = place / name
        write_case(simulate_scenario(load_scenario(SCENARIOS / f"{ACTS[0]}.yaml")), hostile, reported=evil)
        poison(hostile, evil)
        write_report(read_case(hostile), place / f"{name}.html", prove=name == "hostile")
    return place


def poison(case: Path, evil: str) -> None:
    """Give everything that has a name in AWS's answers the name of a script."""
    escaped = evil.replace("/", "\\u002f") + "\\u2028"
    for file in (case / "ec2").glob("*.json"):
        text = file.read_text(encoding="utf-8")
        for name in ("sg-app", "nat-a", "private-a"):
            text = text.replace(f'"{name}"', f'"{escaped}"')
        file.write_text(text, encoding="utf-8")
    truth = case / "truth.json"
    truth.write_text(truth.read_text(encoding="utf-8").replace("private-a/sg-app", escaped), encoding="utf-8")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page in a browser for all tests of this file."""
    with open_page() as opened:
        yield opened


def show(page: Page, file: Path, *, dark: bool = False, width: int = 1280) -> None:
    """Open a report and wait until its charts stand."""
    page.resize(width)
    page.prefer(dark=dark)
    page.open(file)
    page.until(READY)


def texts(selector: str) -> str:
    """JavaScript for the texts of everything that a selector finds."""
    return f"[...document.querySelectorAll('{selector}')].map((one) => one.textContent)"


def assert_quiet(page: Page, file: Path) -> None:
    """The page asked for nothing but itself, and nobody complained."""
    assert page.requests == [file.as_uri()]
    assert page.complaints == []
    assert page.dialogs == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", [*ACTS, "hostile"])
def test_no_complaint_no_request_and_the_pictures_are_there(page: Page, folder: Path, name: str, dark: bool) -> None:
    file = folder / f"{name}.html"
    show(page, file, dark=dark)
    charts = page.value("[...document.querySelectorAll('figure[data-chart]')].map((one) => one.dataset.chart)")
    assert set(charts[:5]) == {"active", "attempts", "port-errors", "outcomes", "environments"}
    assert "truth-hyperplane-eni" in charts
    for chart in charts:
        drawn = f"#chart-{chart} .plot-area"
        assert page.value(f"document.querySelector('{drawn}').getBoundingClientRect().height") > 30
        assert page.value(f"document.querySelectorAll('{drawn} .marks path').length") >= 1
    picture = "document.querySelector('#path svg.landscape')"
    assert page.value(f"{picture}.getBoundingClientRect().width") > 1000
    assert page.value(f"{picture}.querySelectorAll('rect.wall').length") >= 2
    assert_quiet(page, file)


@pytest.mark.parametrize(
    ("name", "sentence", "flag"),
    [
        (ACTS[0], "has no source ports left: 55,000 of 55,000 connections at 12:01.", "THE NARROWS"),
        (ACTS[1], "is full: 65,000 of 65,000 connections.", "LIKELY THE NARROWS"),
        (ACTS[2], "Nothing on this path was full or blocked.", "WOULD FILL FIRST"),
    ],
)
def test_each_act_shows_its_narrows(page: Page, folder: Path, name: str, sentence: str, flag: str) -> None:
    show(page, folder / f"{name}.html")
    assert sentence in page.value("document.querySelector('h1').textContent")
    flags = page.value(texts("#path svg.landscape .badge-text"))
    assert flag in flags
    full = page.value("document.querySelectorAll('#path svg.landscape .fill.full').length")
    assert full == (0 if name == ACTS[2] else 1)


def test_a_hostile_name_is_text_everywhere(page: Page, folder: Path) -> None:
    show(page, folder / "hostile.html")
    assert page.value("document.scripts.length") == 3
    places = ["h1", "#path svg.landscape", "#chart-active figcaption", "#chart-truth-hyperplane-eni figcaption"]
    for place in places:
        assert EVIL in page.value(f"document.querySelector('{place}').textContent"), place
    assert page.dialogs == []


def test_a_name_that_turns_text_around_turns_nothing(page: Page, folder: Path) -> None:
    file = folder / "turned.html"
    show(page, file)
    assert_quiet(page, file)
    whole = page.value("document.title + document.documentElement.outerHTML")
    assert not any(turns in whole for turns in "\u202a\u202b\u202d\u202e\u2066\u2067")
    visible = TURNED.replace("\u202e", r"\u202e").replace("\u2066", r"\u2066").replace("שלום", "\u2068שלום\u2069")
    for place in ("h1", "#path svg.landscape", "#chart-active .chart-legend"):
        assert visible in page.value(f"document.querySelector('{place}').textContent"), place


def test_the_policy_stops_what_would_get_past_the_escaping(page: Page, folder: Path) -> None:
    file = folder / f"{ACTS[0]}.html"
    broken = folder / "broken.html"
    smuggled = "<script>document.title='run'</script><img src='https://example.com/x.png'><p style='color:red'>x</p>"
    broken.write_text(file.read_text(encoding="utf-8").replace("<main", f"{smuggled}<main", 1), encoding="utf-8")
    show(page, broken)
    assert page.value("document.title") != "run"
    assert not any("example.com" in event["params"]["response"]["url"] for event in page.responses)
    assert any("Content Security Policy" in complaint for complaint in page.complaints)


RANGE = "document.querySelector('.chart-toolbar output').textContent"
SEEN = "document.querySelector('#chart-outcomes .marks').getAttribute('viewBox')"
TIMES = "#chart-outcomes .x-axis text"


def frame_of(page: Page, chart: str) -> list[float]:
    """Where the plot of a chart is on the screen, after it was brought there: x, y, width, height."""
    page.value(f"document.querySelector('#chart-{chart}').scrollIntoView({{block: 'center', behavior: 'instant'}})")
    frame: list[float] = page.value(
        "(({x, y, width, height}) => [x, y, width, height])"
        f"(document.querySelector('#chart-{chart} .plot-area').getBoundingClientRect())"
    )
    return frame


def test_dragging_over_one_chart_zooms_all_and_a_double_click_goes_back(page: Page, folder: Path) -> None:
    show(page, folder / f"{ACTS[1]}.html")
    at_first, seen, times = page.value(RANGE), page.value(SEEN), page.value(texts(TIMES))
    frame = frame_of(page, "active")
    y = frame[1] + frame[3] / 2
    start, end = frame[0] + frame[2] * 0.3, frame[0] + frame[2] * 0.7
    page.mouse("mousePressed", start, y, button="left", clickCount=1)
    page.mouse("mouseMoved", end, y, button="left", buttons=1)
    page.mouse("mouseReleased", end, y, button="left", clickCount=1)
    page.until(f"{RANGE} !== '{at_first}'")
    assert page.value(SEEN) != seen
    assert page.value(texts(TIMES)) != times
    # Pointing at one chart reads all of them.
    page.mouse("mouseMoved", (start + end) / 2, y)
    clocks = page.value(texts(".chart-clock"))
    assert len(set(clocks)) == 1
    assert clocks[0].endswith(" UTC")
    for count in (1, 2):
        page.mouse("mousePressed", start, y, button="left", clickCount=count)
        page.mouse("mouseReleased", start, y, button="left", clickCount=count)
    page.until(f"{RANGE} === '{at_first}'")
    assert page.value(SEEN) == seen
    assert page.complaints == []


def test_pointing_says_what_the_case_says(page: Page, folder: Path) -> None:
    show(page, folder / f"{ACTS[0]}.html")
    frame = frame_of(page, "outcomes")
    # A thousand connects a second, from the first on: the ramp is there, second by second.
    page.mouse("mouseMoved", frame[0] + frame[2] * 20.5 / 180, frame[1] + 20)
    assert page.value(texts("#chart-outcomes .chart-legend output")) == ["1,000", "0"]
    assert page.value(texts("#chart-environments .chart-legend output")) == ["6,000", "2,100"]
    assert page.value(texts("#chart-active .chart-clock")) == ["12:00:20 UTC"]
    page.mouse("mouseMoved", 2, frame[1])
    assert "in all" in page.value(texts("#chart-outcomes .chart-legend output"))[0]


def test_the_arrow_keys_read_and_zoom(page: Page, folder: Path) -> None:
    show(page, folder / f"{ACTS[0]}.html")
    page.value("document.querySelector('#chart-active .plot-area').focus()")
    for key, clock in (("ArrowRight", "12:00:00"), ("ArrowRight", "12:01:00"), ("ArrowLeft", "12:00:00")):
        page.value(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '" + key + "', bubbles: true}))"
        )
        assert page.value(texts("#chart-active .chart-clock")) == [f"{clock} UTC"]
    before = page.value(SEEN)
    page.value("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: '+', bubbles: true}))")
    assert page.value(SEEN) != before


def test_the_toolbar_zooms_without_a_mouse(page: Page, folder: Path) -> None:
    show(page, folder / f"{ACTS[0]}.html")
    # Nothing happens after 12:03, so that is where the charts end before anybody zooms.
    assert page.value(RANGE) == "12:00:00 to 12:03:00 UTC"
    steps = {
        "whole": "12:00:00 to 12:05:00",
        "in": "12:01:15 to 12:03:45",
        "later": "12:02:30 to 12:05:00",
        "earlier": "12:01:15 to 12:03:45",
    }
    for button, expected in steps.items():
        page.value(f"document.querySelector('[data-zoom={button}]').click()")
        page.until(f"{RANGE} === '{expected} UTC'")
    page.value("document.querySelector('[data-zoom=whole]').click()")
    assert page.value("document.querySelector('[data-zoom=whole]').disabled") is True


def test_without_scripts_the_page_is_whole(folder: Path) -> None:
    with open_page() as page:
        page.forbid_scripts()
        page.open(folder / f"{ACTS[0]}.html")
        assert page.value("document.querySelector('#chart-active .plot-area').getBoundingClientRect().height") > 100
        assert page.value("document.querySelectorAll('#chart-active .marks path').length") >= 1
        assert page.value("getComputedStyle(document.querySelector('.chart-toolbar')).display") == "none"
        assert page.requests == [(folder / f"{ACTS[0]}.html").as_uri()]


def test_on_paper_it_is_light_still_and_whole(page: Page, folder: Path, tmp_path: Path) -> None:
    file = folder / f"{ACTS[0]}.html"
    show(page, file, dark=True)
    page.value("document.querySelector('[data-zoom=in]').click()")
    page.prefer(dark=True, media="print")
    assert page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.value("getComputedStyle(document.querySelector('.chart-toolbar')).display") == "none"
    seen = page.value(SEEN)
    page.value("dispatchEvent(new Event('beforeprint'))")
    assert page.value(SEEN).startswith("0 0 180 ")
    page.value("dispatchEvent(new Event('afterprint'))")
    assert page.value(SEEN) == seen
    page.pdf(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert_quiet(page, file)


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1280, 2)])
def test_no_label_of_a_chart_is_cut_or_upon_another(page: Page, folder: Path, width: int, columns: int) -> None:
    show(page, folder / f"{ACTS[0]}.html", width=width)
    lefts = page.value(
        "[...document.querySelectorAll('#charts figure')].map((one) => one.getBoundingClientRect().left)"
    )
    assert len(set(lefts)) == columns
    charts = page.value(
        "[...document.querySelectorAll('.plot')].map((plot) => [...plot.querySelectorAll('text')].map((one) => "
        "(({left, top, right, bottom}) => [left, top, right, bottom])(one.getBoundingClientRect())))"
    )
    for boxes in charts:
        for at, (left, top, right, bottom) in enumerate(boxes):
            assert left >= 0
            assert right <= width
            for left_2, top_2, right_2, bottom_2 in boxes[at + 1 :]:
                # Boxes of a text are as high as its line, which may touch the next.
                assert right <= left_2 or right_2 <= left or bottom <= top_2 + 4 or bottom_2 <= top + 4


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_nothing_is_wider_than_the_window(page: Page, folder: Path, width: int) -> None:
    show(page, folder / f"{ACTS[1]}.html", width=width)
    assert page.value("document.documentElement.scrollWidth") == width
    tall = page.value("getComputedStyle(document.querySelector('#path svg.portrait')).display") != "none"
    assert tall == (width <= 760)


def test_a_report_is_small(folder: Path) -> None:
    assert all((folder / f"{act}.html").stat().st_size < 300_000 for act in ACTS)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_open_connections_from_flow_logs_stand_as_a_band_against_the_limit(
    page: Page, folder: Path, dark: bool
) -> None:
    file = folder / "flow-logs.html"
    show(page, file, dark=dark)
    assert_quiet(page, file)
    (legend,) = page.value(texts("#chart-flow-enis .chart-legend output"))
    assert legend == "peak 65,000"
    assert page.value(texts("#chart-flow-enis .rule-label")) == ["65,000"]
    # Pointed at, it says what was open at that moment, both ends where they differ.
    frame = frame_of(page, "flow-enis")
    for place, text in ((0.9, "65,000"), (0.1, "–")):
        page.mouse("mouseMoved", frame[0] + frame[2] * place, frame[1] + frame[3] / 2)
        (reading,) = page.value(texts("#chart-flow-enis .chart-legend output"))
        assert text in reading
        assert "peak" not in reading
