"""SVG as text: elements whose attributes and contents are always escaped, and the shapes the picture is made of."""

from __future__ import annotations

from markupsafe import Markup, escape

from narrows.errors import one_line
from narrows.gate import in_page
from narrows.report.text_width import fit


def element(name: str, *content: str, **attributes: str | float | None) -> Markup:
    """``<name attributes>content</name>``; content that is not ``Markup`` is escaped.

    A trailing ``_`` of an attribute is dropped and other ``_`` become ``-`` (``class_``, ``text_anchor``);
    attributes that are None are left out, and numbers lose what no screen can show. What is not
    printable, and so what XML does not know, is written out.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is not None:
            shown = number(value) if isinstance(value, int | float) else _escaped(value)
            parts.append(f' {key.rstrip("_").replace("_", "-")}="{shown}"')
    parts.append(">")
    parts += [_escaped(one) for one in content]
    parts.append(f"</{name}>")
    return Markup("".join(parts))


def _escaped(content: str) -> str:
    return content if isinstance(content, Markup) else escape(in_page(content))


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
    css = str(attributes.get("class_", ""))
    whole = one_line(content)
    return named_text(x, y, whole, whole if width is None else fit(whole, width, size, css), size, **attributes)


def named_text(
    x: float, y: float, whole: str, shown: str, size: float = 12, **attributes: str | float | None
) -> Markup:
    """A ``<text>`` that shows something for a name; the whole of it stands in its ``<title>``."""
    inner: tuple[str, ...] = (shown,) if shown == whole else (shown, element("title", whole))
    return element("text", *inner, x=x, y=y, font_size=size, **attributes)


def ribbon(x0: float, top0: float, bottom0: float, x1: float, top1: float, bottom1: float) -> str:
    """Path data of a band that flows from a vertical edge to another, its ends horizontal."""
    middle = (x0 + x1) / 2
    a, b, c = number(x0), number(middle), number(x1)
    return (
        f"M{a},{number(top0)}C{b},{number(top0)} {b},{number(top1)} {c},{number(top1)}"
        f"L{c},{number(bottom1)}C{b},{number(bottom1)} {b},{number(bottom0)} {a},{number(bottom0)}Z"
    )
