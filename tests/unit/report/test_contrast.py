"""Text on its ground: WCAG 2 AA, in light and in dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from narrows.case.outcomes import CallerOutcome
from narrows.report.colours import BAD, GOOD, LIGHT, LIMIT, QUIET, RESOURCES

_CSS = files("narrows.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
_SMALL_TEXT, _GRAPHICS = 4.5, 3.0


def palette(dark: bool) -> dict[str, str]:
    """The colours of one scheme: those of the dark one stand upon the light ones."""
    light, rest = re.split(r"@media screen and \(prefers-color-scheme: dark\)", _CSS, maxsplit=1)
    colours = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", light))
    if dark:
        block = rest[: rest.index("\n}\n")]
        colours |= dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", block))
    return colours


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = [
    ("--text", "--page"),
    ("--text", "--raised"),
    ("--text", "--wall"),
    ("--muted", "--page"),
    ("--muted", "--raised"),
    ("--muted", "--tint-plain"),
    ("--link", "--page"),
    ("--link", "--raised"),
    ("--full-text", "--page"),
    ("--full-text", "--tint-bad"),
    ("--filling-text", "--page"),
    ("--filling-text", "--tint-warn"),
    ("--good-text", "--tint-good"),
    ("--text", "--tint-good"),
    ("--muted", "--tint-good"),
    ("--on-fill", "--free"),
    ("--on-fill", "--full"),
    ("--on-filling", "--filling"),
    ("--chart-limit", "--page"),
]
GRAPHICS = [
    ("--free", "--page"),
    ("--full", "--page"),
    ("--unknown", "--page"),
    *((f"--chart-{key}", "--page") for key in (*range(1, 14), "bad")),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_readable(text: str, ground: str, dark: bool) -> None:
    colours = palette(dark)
    assert contrast(colours[text], colours[ground]) >= _SMALL_TEXT


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), GRAPHICS)
def test_shapes_are_seen(shape: str, ground: str, dark: bool) -> None:
    colours = palette(dark)
    assert contrast(colours[shape], colours[ground]) >= _GRAPHICS


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_picture_that_stands_alone_has_the_colours_of_the_page() -> None:
    page = palette(dark=False)
    assert {name: page[name] for name in LIGHT} == LIGHT


def test_a_resource_has_no_colour_that_means_something() -> None:
    assert not {GOOD, BAD, LIMIT, QUIET} & set(RESOURCES)
    assert CallerOutcome.ESTABLISHED.about.colour == GOOD
    assert CallerOutcome.TIMED_OUT.about.colour == BAD
    colours = [outcome.about.colour for outcome in CallerOutcome]
    assert len(set(colours)) == len(colours)
