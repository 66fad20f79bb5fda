"""The colours of charts: one home, and one colour for one meaning in every chart.

A colour is a CSS variable of the page, so that one picture serves light, dark and paper; where a picture stands without
the page (a notebook, a file of its own) its light value is taken.
"""

from __future__ import annotations

GOOD = "--chart-3"
"""A connection was established; and of a limit, that it was never reached."""
BAD = "--chart-bad"
"""A connection failed for want of room: a time-out, a port allocation error."""
TRIED = "--chart-1"
"""A connection was attempted, however it ended."""
LIMIT = "--chart-limit"
"""A capacity: whoever comes after it is turned away."""
QUIET = "--muted"
"""A number to compare with that turns nobody away."""
RESOURCES = ("--chart-1", "--chart-4", "--chart-2", "--chart-8", "--chart-11", "--chart-10")
"""Of gateways, interfaces and functions side by side, in order; none of them red or green, which mean something."""

LIGHT = {
    "--page": "#ffffff",
    "--text": "#17202b",
    "--muted": "#56636f",
    "--strong-line": "#b9c3cd",
    "--grid": "#e8ecf0",
    "--chart-1": "#2f7ebd",
    "--chart-2": "#c9731a",
    "--chart-3": "#3a8f6b",
    "--chart-4": "#8b62b5",
    "--chart-5": "#b0892c",
    "--chart-6": "#6c7a88",
    "--chart-7": "#b8528f",
    "--chart-8": "#1f8390",
    "--chart-9": "#7d7f1f",
    "--chart-10": "#8a5a44",
    "--chart-11": "#4a5fb0",
    "--chart-12": "#8f6d00",
    "--chart-13": "#5d6b2f",
    "--chart-bad": "#d33f2f",
    "--chart-limit": "#b3261a",
}
"""What each variable is in light; the page's own style says the same, and what it is in dark."""

_SHADES = (1.0, 0.55, 0.8, 0.35, 0.68, 0.25)


def paint(variable: str) -> str:
    """A colour for ``fill`` or ``stroke``; a text on any ground keeps the colour that stands around it."""
    if variable == "--text":
        return "var(--text, currentColor)"
    return f"var({variable}, {LIGHT[variable]})"


def shade(number: int) -> float:
    """How opaque the series of this number is, where several share one meaning and so one colour."""
    return _SHADES[number % len(_SHADES)]
