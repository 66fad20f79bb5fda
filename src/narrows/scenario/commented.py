"""YAML lines with comments behind them, no wider than a terminal of 80 columns where what they are about allows it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from narrows.errors import one_line
from narrows.scenario.writing import yaml_of

WIDTH = 80
_COLUMN = 38
"""Where comments begin."""
_LONGEST_COMMENT = 400


@dataclass(frozen=True)
class Line:
    """A line, and what is said of it."""

    text: str
    comment: str = ""


def rendered(lines: Iterable[Line]) -> str:
    """The lines as text; a long comment goes on below its line, aligned."""
    return "".join(f"{text.rstrip()}\n" for line in lines for text in _with_comment(line))


def prose(text: str, hang: str = "") -> list[Line]:
    """A comment that stands alone; ``hang`` begins each line but the first."""
    return [Line(f"# {part}") for part in _wrapped(text, WIDTH - 2, hang) or [""]]


def flow(value: object) -> str:
    """A value on one line, as YAML."""
    return yaml_of(value, width=10**9, flow=True).strip().removesuffix("\n...").strip()


def _with_comment(line: Line) -> Iterator[str]:
    said = _wrapped(line.comment, WIDTH - _COLUMN - 2)
    if said and len(line.text) < _COLUMN:
        yield f"{line.text:<{_COLUMN}}# {said.pop(0)}"
    else:
        yield line.text
    for part in said:
        yield f"{' ' * _COLUMN}# {part}"


def _wrapped(text: str, width: int, hang: str = "") -> list[str]:
    flat = one_line(text, _LONGEST_COMMENT)
    return textwrap.wrap(flat, width, subsequent_indent=hang, break_on_hyphens=False)
