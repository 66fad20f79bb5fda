"""How wide a text gets in the picture, to decide where it is cut and what stands beside it.

Which font shows it is the reader's: what is reckoned with is the widest of those that are common, DejaVu Sans.
"""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import east_asian_width

from narrows.errors import one_line
from narrows.shortening import LEAST, shortened

# fmt: off
_REGULAR = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)
"""Hundredths of the font's size that each printable character of ASCII takes, from the space on."""
_BOLD = (
    35, 46, 52, 84, 70, 100, 87, 31, 46, 46, 52, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70,
    70, 70, 40, 40, 84, 84, 84, 58, 100, 77, 76, 73, 83, 68, 68, 82, 84, 37, 37, 77, 64, 100, 84, 85,
    73, 85, 77, 72, 68, 81, 77, 110, 77, 72, 73, 46, 37, 46, 84, 50, 50, 67, 72, 59, 72, 68, 44, 72,
    71, 34, 34, 67, 34, 104, 71, 69, 72, 72, 49, 60, 48, 71, 65, 92, 65, 65, 58, 71, 37, 71, 84,
)
# fmt: on
_MORE = {"…": 100, "→": 84, "–": 50, "≈": 84, "✕": 84}
_NARROW: dict[str, float] = {chr(32 + place): width / 100 for place, width in enumerate(_REGULAR)}
_NARROW |= {char: width / 100 for char, width in _MORE.items()}
_HEAVY: dict[str, float] = {chr(32 + place): width / 100 for place, width in enumerate(_BOLD)}
_HEAVY |= {char: width / 100 for char, width in _MORE.items()}
_OTHER = 0.85
_WIDE = 1.3
"""Chinese characters, emoji."""
_MONOSPACE = 0.62
_BOLD_CLASSES = frozenset({"name", "figure", "share", "heading", "badge-text", "spill-text", "blocked", "on-fill"})
"""Classes of the picture whose text is bold."""
_SPACED = {"heading": 0.07, "badge-text": 0.05}
"""Classes with space between letters, in font sizes."""


def text_width(content: str, size: float, css: str = "") -> float:
    """At most how many pixels a line takes; ``css`` are its classes."""
    classes = css.split()
    if "mono" in classes:
        each = sum(_WIDE if _is_wide(char) else _MONOSPACE for char in content)
        return each * size
    widths = _NARROW if _BOLD_CLASSES.isdisjoint(classes) else _HEAVY
    whole = sum(widths.get(char) or (_WIDE if _is_wide(char) else _OTHER) for char in content)
    return (whole + sum(_SPACED.get(name, 0.0) for name in classes) * len(content)) * size


def _is_wide(char: str) -> bool:
    return not char.isascii() and (east_asian_width(char) in "WF" or ord(char) > 0xFFFF)


def fit(content: str, width: float, size: float, css: str = "") -> str:
    """A line cut in its middle to a width, as far as ``LEAST`` characters."""
    return fit_names([content], width, size, css)[content]


def fit_names(names: Iterable[str], width: float, size: float, css: str = "") -> dict[str, str]:
    """Each name as it is shown in a width: cut in the middle so that all of them still differ."""
    lines = {name: one_line(name) for name in names}
    shown = dict(zip(lines.values(), lines.values(), strict=True))
    longest = max((len(line) for line in shown), default=0)
    limit = min(longest, max(LEAST, int(width / (size * 0.4))))
    while any(text_width(line, size, css) > width for line in shown.values()) and limit >= LEAST:
        shown = shortened(shown, limit)
        limit -= 1
    return {name: shown[line] for name, line in lines.items()}


def lines_of(content: str, width: float, size: float, most: int, css: str = "") -> list[str]:
    """A text in lines of a width, broken at spaces; where it has more than ``most``, the last says so."""
    lines: list[str] = []
    for word in one_line(content).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, css) <= width:
            lines[-1] = longer
        else:
            lines.append(fit(word, width, size, css))
    if len(lines) <= most:
        return lines
    last = f"{lines[most - 1]} …"
    while text_width(last, size, css) > width and " " in last[:-2]:
        last = f"{last[:-2].rpartition(' ')[0]} …"
    return [*lines[: most - 1], last]
