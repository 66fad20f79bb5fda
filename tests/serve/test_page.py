"""The page in a real browser: what a user moves is what changes, and what is written is what ``narrows plan`` reads."""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrows.plan import make_plan
from narrows.scenario import load_scenario
from tests.serve.scenarios import ACT_1, served

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]
sync_api = pytest.importorskip("playwright.sync_api")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ENVIRONMENTS = '.control[data-path=\'["functions","storefront","environments"]\']'


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Act 1, served in a thread of this process."""
    import socket

    import uvicorn

    from narrows.serve.app import build

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        app, _ = build(served(load_scenario(ACT_1)), port=port, token="the-token")
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}/?token=the-token"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium."""
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page as it opens; at the end it has complained of nothing and asked nobody else."""
    context = browser.new_context(accept_downloads=True)
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(address)
    verdict(opened, "35,000 do not fit")
    yield opened
    context.close()
    assert said == []
    assert {re.sub(r"(://[^/]+).*", r"\1", url) for url in asked if not url.startswith(("data:", "blob:"))} == {
        address.partition("/?")[0]
    }


def verdict(page: Any, words: str) -> None:
    """Wait until the verdict has these words."""
    page.wait_for_function("words => document.getElementById('verdict').textContent.includes(words)", arg=words)


def slide(page: Any, value: int) -> None:
    """Move the slider of the environments, as a hand does: many small moves, then it is let go."""
    page.eval_on_selector(
        f"{ENVIRONMENTS} input[type=range]",
        """(slider, value) => {
            const from = Number(slider.value);
            for (let step = 1; step <= 10; step += 1) {
                slider.value = String(from + (value - from) * step / 10);
                slider.dispatchEvent(new Event("input", {bubbles: true}));
            }
            slider.dispatchEvent(new Event("change", {bubbles: true}));
        }""",
        value,
    )


def test_the_slider_moves_picture_numbers_and_the_simulator(page: Any) -> None:
    before = page.inner_html("svg.landscape")
    page.wait_for_function("() => document.getElementById('played-answer').textContent.includes('35,000 fail')")
    slide(page, 5000)
    verdict(page, "Holds without the headroom")
    assert page.input_value(f"{ENVIRONMENTS} input[type=number]") == "5000"
    assert page.inner_text("#connections") == "50,000"
    assert page.inner_html("svg.landscape") != before
    assert "5,000 environments" in page.text_content("svg.landscape")
    assert "55,000 connections" in page.inner_text("#next")
    page.wait_for_function("() => document.getElementById('played-answer').textContent.includes('Nothing fails')")


def test_addresses_cost(page: Any) -> None:
    page.fill('.control[data-path=\'["nat_gateways","nat-a"]\'] input[type=number]', "4")
    verdict(page, "25,000 do not fit in Hyperplane ENI")
    assert page.inner_text("#price") == "$47.45 a month"
    assert page.inner_text("#price-note") == "+$10.95 against what is served"


def test_undo_and_redo_by_button_and_key(page: Any) -> None:
    assert page.is_disabled("#undo")
    slide(page, 5000)
    verdict(page, "Holds")
    slide(page, 6000)
    verdict(page, "5,000 do not fit")
    page.click("#undo")
    verdict(page, "Holds")
    page.keyboard.press("Control+z")
    verdict(page, "35,000 do not fit")
    assert page.is_disabled("#undo")
    assert page.input_value(f"{ENVIRONMENTS} input[type=number]") == "9000"
    page.keyboard.press("Control+Shift+z")
    verdict(page, "Holds")
    page.click("#reset")
    verdict(page, "35,000 do not fit")


def test_the_link_holds_the_state(page: Any) -> None:
    slide(page, 5000)
    verdict(page, "Holds")
    link = page.url
    assert "token" not in link
    other = page.context.new_page()
    other.goto(link)
    verdict(other, "Holds without the headroom")
    assert other.input_value(f"{ENVIRONMENTS} input[type=number]") == "5000"
    other.close()


@pytest.mark.parametrize("fragment", ["#%", "#null", "#[1]", "#%7B%22functions%22%3A3%7D", "#" + "9" * 5000])
def test_a_link_that_is_none_opens_what_is_served(page: Any, address: str, fragment: str) -> None:
    page.goto(address.partition("?")[0] + fragment)
    verdict(page, "35,000 do not fit")


def test_keys_alone_move_it_and_the_focus_stays(page: Any) -> None:
    field = f"{ENVIRONMENTS} input[type=number]"
    page.focus(field)
    page.keyboard.press("ArrowUp")
    verdict(page, "35,010 do not fit")
    assert page.evaluate("selector => document.activeElement === document.querySelector(selector)", field)
    page.focus("#assumed summary")
    page.keyboard.press("Enter")
    page.evaluate("() => { const f = document.querySelector('[data-base=\"1\"]'); f.value = '2'; "
                  "f.dispatchEvent(new Event('input', {bubbles: true})); }")  # fmt: skip
    verdict(page, "25,0")
    assert page.evaluate("() => document.getElementById('assumed').open")
    assert page.evaluate("() => document.activeElement.parentElement.id") == "assumed"


def test_every_field_has_a_name(page: Any) -> None:
    names = page.evaluate(
        "() => [...document.querySelectorAll('#controls input')].map(field => field.ariaLabel || "
        "field.labels[0]?.textContent.trim() || '')"
    )
    assert len(names) > 8
    assert all(names)


def test_the_scenario_that_is_written_has_the_tables_of_the_page(page: Any, tmp_path: Path) -> None:
    page.fill('.control[data-path=\'["functions","storefront","subnets"]\'] input[type=number]', "3")
    page.uncheck('input[data-path=\'["functions","storefront","connections","0","reuse"]\']')
    page.fill('.control[data-path=\'["functions","storefront","connections","0","hold"]\'] input[type=number]', "45")
    slide(page, 8000)
    page.wait_for_function("() => document.getElementById('connections').textContent === '80,000'")
    rows = page.eval_on_selector_all(
        "table.tables tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    with page.expect_download() as download:
        page.click("#scenario")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    answer: Any = make_plan(load_scenario(file)).to_json()
    planned = {(f"{one['peak']:,}", f"{one['capacity']:,}") for one in answer["peak"]["tables"]}
    assert {(row[2], row[3]) for row in rows} == planned
    assert len(rows) == len(answer["peak"]["tables"])
    assert answer["verdict"] == "does-not-hold"


def test_the_report_is_downloaded(page: Any, tmp_path: Path) -> None:
    with page.expect_download(timeout=120_000) as download:
        page.click("#report")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "launch-load-test.html"
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_it_is_no_wider_than_the_screen(browser: Any, address: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    opened = context.new_page()
    opened.goto(address)
    verdict(opened, "35,000 do not fit")
    assert opened.evaluate("() => document.documentElement.scrollWidth") <= width
    shown = opened.evaluate("() => [...document.querySelectorAll('svg.path')].map(one => one.checkVisibility())")
    assert shown == ([False, True] if width < 760 else [True, False])
    context.close()


def test_what_is_out_of_bounds_is_said_and_not_asked(page: Any) -> None:
    page.fill(f"{ENVIRONMENTS} input[type=number]", "999999999")
    page.press(f"{ENVIRONMENTS} input[type=number]", "Tab")
    page.wait_for_function("() => document.getElementById('said').textContent !== ''")
    time.sleep(0.2)
    assert "35,000 do not fit" in page.inner_text("#verdict")
    assert json.loads(page.evaluate("() => JSON.stringify(document.getElementById('undo').disabled)"))
