"""Findings as text and JSON. Names and sources are strangers': what is not printable is written out."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path

from narrows_lambda.lint.finding import Finding, apply


def safe(text: str) -> str:
    """The text, with what could do more than be read written as Python writes it."""
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)


def as_text(file: Path, source: bytes, finding: Finding) -> str:
    """``file:line:column rule message`` and, below it, the fix as a unified diff."""
    name = one_line(str(file))
    head = f"{name}:{finding.line}:{finding.column} {finding.rule} {one_line(finding.message)}"
    return head if not finding.edits else f"{head}\n{diff(name, source, apply(source, [finding.edits]))}"


def one_line(text: str) -> str:
    """``safe``, without ends of lines."""
    return safe(text).replace("\n", r"\n").replace("\t", r"\t")


def diff(name: str, before: bytes, after: bytes) -> str:
    """A unified diff of two sources, to be read."""
    lines = (one.decode("utf-8", "replace").split("\n") for one in (before, after))
    old, new = ([line.removesuffix("\r") for line in one] for one in lines)
    return safe("\n".join(difflib.unified_diff(old, new, name, name, n=2, lineterm="")))


def as_json(found: Iterable[tuple[Path, bytes, Finding]], faults: Iterable[tuple[Path, int, str]]) -> str:
    """One document: ``findings`` and ``unreadable``."""
    return json.dumps(
        {
            "findings": [
                {
                    "file": str(file),
                    "line": one.line,
                    "column": one.column,
                    "end_line": one.end_line,
                    "end_column": one.end_column,
                    "rule": one.rule,
                    "message": one.message,
                    "fix": diff(one_line(str(file)), source, apply(source, [one.edits])) if one.edits else None,
                }
                for file, source, one in found
            ],
            "unreadable": [{"file": str(file), "line": line, "message": message} for file, line, message in faults],
        },
        indent=2,
    )
