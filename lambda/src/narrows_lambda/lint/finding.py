"""What a rule says: where, what it costs, and the edits that mend it."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from narrows_lambda.lint.module import Module, Node


@dataclass(frozen=True)
class Edit:
    """Bytes ``start`` to ``end`` of the source (UTF-8, without its byte order mark) become ``text``."""

    start: int
    end: int
    text: bytes


@dataclass(frozen=True)
class Report:
    """One thing that a rule found at a node. ``edits`` mend it together or not at all; empty: by hand."""

    node: Node
    message: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A report in its file. Lines and columns count from 1; columns in characters."""

    rule: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    edits: tuple[Edit, ...] = ()


def finding(rule: str, report: Report, module: Module) -> Finding:
    """The report with its place, as people and editors count."""
    start, end = module.span(report.node)
    line, column = module.place(start)
    end_line, end_column = module.place(end)
    return Finding(rule, line, column, end_line, end_column, report.message, report.edits)


def apply(source: bytes, groups: list[tuple[Edit, ...]]) -> bytes:
    """The source with each group of edits, leaving out a group that touches what one before it edits."""
    taken: list[Edit] = []
    for group in groups:
        if not any(_overlap(one, other) for one in group for other in taken):
            taken += group
    for edit in sorted(taken, key=attrgetter("start", "end"), reverse=True):
        source = source[: edit.start] + edit.text + source[edit.end :]
    return source


def _overlap(one: Edit, other: Edit) -> bool:
    # The same text put in at the same place would stand there twice.
    return one == other or (one.start < other.end and other.start < one.end)
