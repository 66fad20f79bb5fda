"""The report on a screen: the answer is seen without scrolling, the page is short, a phone scrolls one way only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrows.case import read_case, write_case
from narrows.report import write_report
from narrows.scenario import load_scenario
from narrows.simulate import simulate_scenario
from tests.e2e.chromium import CHROMIUM, Page, open_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]

ROOT = Path(__file__).parents[2]
DESKTOP = (1280, 800)
PHONE = (390, 844)


@pytest.fixture(scope="module")
def act(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the first act."""
    place = tmp_path_factory.mktemp("page")
    write_case(
        simulate_scenario(load_scenario(ROOT / "examples" / "scenarios" / "launch-load-test.yaml")), place / "act"
    )
    return write_report(read_case(place / "act"), place / "act.html")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page in a browser for all tests of this file."""
    with open_page() as opened:
        yield opened


def show(page: Page, file: Path, size: tuple[int, int]) -> None:
    page.resize(*size)
    page.open(file)
    page.until("document.querySelector('button.copy').hidden === false")


def bottom(page: Page, selector: str) -> float:
    """Where something ends on the page, in CSS pixels from its top."""
    place: float = page.value(f"document.querySelector('{selector}').getBoundingClientRect().bottom + scrollY")
    return place


def test_the_answer_and_the_top_of_the_picture_are_seen_without_scrolling(page: Page, act: Path) -> None:
    show(page, act, DESKTOP)
    assert bottom(page, "h1") < bottom(page, ".steps") < DESKTOP[1]
    assert bottom(page, ".terms") < DESKTOP[1]
    top = page.value("document.querySelector('#path svg.landscape').getBoundingClientRect().top + scrollY")
    assert top < DESKTOP[1] - 100
    seen = page.value("document.querySelector('#do').innerText")
    for said in (
        "Do this",
        "$7.30",
        "90,000 of 90,000 connections open, none failed",
        "130,000 connections",
        "allow-list",
    ):
        assert said in seen


def test_the_first_act_takes_no_more_than_four_screens(page: Page, act: Path) -> None:
    show(page, act, DESKTOP)
    assert page.value("document.documentElement.scrollHeight") <= 4 * DESKTOP[1]


def test_on_a_phone_it_takes_five_screens_and_scrolls_one_way(page: Page, act: Path) -> None:
    show(page, act, PHONE)
    assert page.value("document.documentElement.scrollHeight") <= 5 * PHONE[1]
    page.value("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert page.value("document.documentElement.scrollWidth") == PHONE[0]
    # The rows of the plan's tables are cards: nothing in them is to be scrolled sideways either.
    for table in ("table.options", "#assumptions table"):
        width, room = page.value(
            f"(({{scrollWidth, clientWidth}}) => [scrollWidth, clientWidth])"
            f"(document.querySelector('{table}').parentElement)"
        )
        assert width <= room, table


def test_charts_are_open_where_it_is_wide_and_folded_on_a_phone(page: Page, act: Path) -> None:
    heights = []
    for size in (DESKTOP, PHONE):
        show(page, act, size)
        heights.append(page.value("document.querySelector('#charts').getBoundingClientRect().height"))
    assert heights[1] < 120 < 500 < heights[0]


def click(page: Page, selector: str) -> None:
    """Click it as a hand does."""
    page.value(f"document.querySelector('{selector}').scrollIntoView({{block: 'center', behavior: 'instant'}})")
    x, y = page.value(
        "(({x, y, width, height}) => [x + width / 2, y + height / 2])"
        f"(document.querySelector('{selector}').getBoundingClientRect())"
    )
    for kind in ("mousePressed", "mouseReleased"):
        page.mouse(kind, x, y, button="left", clickCount=1)


def test_what_is_folded_opens_by_the_keyboard(page: Page, act: Path) -> None:
    show(page, act, DESKTOP)
    page.value("document.querySelector('.paste > summary').focus()")
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", {"type": kind, **enter})
    page.until("document.querySelector('.paste').open")
    assert page.complaints == []


def test_the_text_is_copied(page: Page, act: Path) -> None:
    show(page, act, DESKTOP)
    click(page, ".paste > summary")
    page.until("document.querySelector('.paste').open")
    click(page, ".paste .copy")
    page.until("document.querySelector('.paste .copy').textContent === 'Copied'")
    assert page.complaints == []


@pytest.mark.parametrize("known", ["schema: 1\n", "schema: 1\nregion: us-east-1\nfunctions: [checkout]\n"])
def test_where_nothing_is_known_the_first_screen_says_what_to_collect(page: Page, tmp_path: Path, known: str) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "case.yaml").write_text(known)
    file = write_report(read_case(tmp_path / "case"), tmp_path / "report.html")
    show(page, file, DESKTOP)
    seen = page.value("document.querySelector('#do').innerText")
    assert seen.startswith("Collect this")
    assert re.search(r"lambda/functions\.json", seen)
    assert bottom(page, ".steps") < DESKTOP[1]
    assert page.complaints == []


def test_on_paper_what_one_acts_on_is_open_and_what_is_not_the_answer_is_named(page: Page, act: Path) -> None:
    show(page, act, DESKTOP)
    page.prefer(media="print")
    seen = page.value("document.body.innerText")
    page.prefer()
    assert "aws ec2 allocate-address" in seen
    assert re.search(r"\d+ causes ruled out: .*Name not resolved", seen)
    assert "Text for a ticket" not in seen
