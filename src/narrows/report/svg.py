"""SVG as text: elements whose attributes and contents are always escaped, and the shapes the picture is made of."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup, escape

from narrows.errors import one_line
from narrows.gate import in_page

_WIDTH_OF_A_CHARACTER = 0.56
"""Width of an average character of a sans-serif font, in font sizes; only to decide where a text is cut."""
_WIDTH_IN_MONOSPACE = 0.61
_WIDTH_IN_BOLD = 0.66


def element(name: str, *content: str, **attributes: str | float | None) -> Markup:
    """``<name attributes>content</name>``; content that is not ``Markup`` is escaped.

    A trailing ``_`` of an attribute is dropped and other ``_`` become ``-`` (``class_``, ``text_anchor``);
    attributes that are None are left out, and numbers lose what no screen can show. What is not
    printable, and so what XML does not know, is written out.
    """
    # Joined as plain text: Markup's own formatting takes four times as long, and a picture has a thousand elements.
    shown = "".join(
        f' {_name(key)}="{number(value) if isinstance(value, int | float) else escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{_name(name)}{shown}>{''.join([escape(_plain(part)) for part in content])}</{_name(name)}>")


@cache
def _name(key: str) -> str:
    return str(escape(key.rstrip("_").replace("_", "-")))


def _plain(content: str) -> str:
    return content if isinstance(content, Markup) else in_page(content)


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{round(value, 1):g}"


def group(*content: str, **attributes: str | float | None) -> Markup:
    """A ``<g>``."""
    return element("g", *content, **attributes)


def rect(x: float, y: float, width: float, height: float, **attributes: str | float | None) -> Markup:
    """A ``<rect>``; never of negative size."""
    return element("rect", x=x, y=y, width=max(width, 0), height=max(height, 0), **attributes)


def text(
    x: float, y: float, content: str, size: float = 12, width: float | None = None, **attributes: str | float | None
) -> Markup:
    """A ``<text>`` of one line, cut to ``width`` pixels; what was cut stands in its ``<title>``."""
    css = str(attributes.get("class_", "")).split()
    each = _WIDTH_IN_MONOSPACE if "mono" in css else _WIDTH_IN_BOLD if "name" in css else _WIDTH_OF_A_CHARACTER
    whole = one_line(content)
    shown = whole if width is None else cut(whole, int(width / (size * each)))
    inner: tuple[str, ...] = (shown,) if shown == whole else (shown, element("title", whole))
    return element("text", *inner, x=x, y=y, font_size=size, **attributes)


def cut(content: str, most: int) -> str:
    """The text, its middle replaced by an ellipsis when it has more than ``most`` characters.

    The ends are kept: names and ids differ there.
    """
    most = max(3, most)
    if len(content) <= most:
        return content
    head = most // 2
    tail = most - 1 - head
    return f"{content[:head]}…{content[len(content) - tail :] if tail else ''}"


def wrap(content: str, width: float, size: float) -> list[str]:
    """The text in lines of at most about ``width`` pixels, broken at spaces."""
    from textwrap import wrap as wrap_text

    return wrap_text(one_line(content), max(8, int(width / (size * _WIDTH_OF_A_CHARACTER))))


def ribbon(x0: float, top0: float, bottom0: float, x1: float, top1: float, bottom1: float) -> str:
    """Path data of a band that flows from a vertical edge to another, its ends horizontal."""
    middle = (x0 + x1) / 2
    a, b, c = number(x0), number(middle), number(x1)
    return (
        f"M{a},{number(top0)}C{b},{number(top0)} {b},{number(top1)} {c},{number(top1)}"
        f"L{c},{number(bottom1)}C{b},{number(bottom1)} {b},{number(bottom0)} {a},{number(bottom0)}Z"
    )
