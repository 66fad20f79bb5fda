"""The texts of a picture and where they stand, read out of its SVG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from narrows.report.text_width import text_width

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class DrawnText:
    """One line of text, and the rectangle that it takes."""

    words: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: DrawnText) -> bool:
        """Whether some of it stands on the other."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.5 and down > 0.5


def drawn_texts(svg: str) -> Iterator[DrawnText]:
    """Every text, as wide as it is in the widest of the usual fonts."""
    for node in ElementTree.fromstring(svg).iter(f"{_SVG}text"):
        size = float(node.get("font-size", "0"))
        parts = [(node.text or "", node.get("class", ""), 0.0)]
        for part in node.iter(f"{_SVG}tspan"):
            parts.append((part.text or "", part.get("class", ""), float(part.get("dx", "0"))))
        width = sum(space + text_width(words, size, css) for words, css, space in parts)
        x, y = float(node.get("x", "0")), float(node.get("y", "0"))
        left = x - {"middle": width / 2, "end": width}.get(node.get("text-anchor", "start"), 0.0)
        words = "".join(words for words, _, _ in parts)
        if words.strip():
            yield DrawnText(words, left, y - size * 0.75, left + width, y + size * 0.2)


def view_box(svg: str) -> tuple[float, float]:
    """Width and height of a picture."""
    _, _, width, height = ElementTree.fromstring(svg).get("viewBox", "").split()
    return float(width), float(height)
