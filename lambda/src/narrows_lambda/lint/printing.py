"""Findings as text, JSON and SARIF. Names and sources are strangers': what is not printable is written out."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import narrows_lambda
from narrows_lambda.lint.finding import Finding, apply
from narrows_lambda.lint.rule import RULES

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


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


def as_sarif(found: Iterable[tuple[Path, bytes, Finding]], faults: Iterable[tuple[Path, int, str]]) -> str:
    """A SARIF 2.1.0 log, as code scanning reads it."""
    rules = list(RULES.values())
    results = [_result(file, one, [rule.name for rule in rules].index(one.rule)) for file, _, one in found]
    told = [
        {"level": "error", "message": {"text": message}, "locations": [_location(file, {"startLine": max(line, 1)})]}
        for file, line, message in faults
    ]
    driver = {
        "name": "narrows-lambda",
        "version": narrows_lambda.__version__,
        "rules": [
            {"id": rule.name, "shortDescription": {"text": rule.summary}, "defaultConfiguration": {"level": "warning"}}
            for rule in rules
        ],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not told, "toolExecutionNotifications": told}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(file: Path, one: Finding, index: int) -> dict[str, Any]:
    region = {
        "startLine": one.line,
        "startColumn": one.column,
        "endLine": one.end_line,
        "endColumn": one.end_column,
    }
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": "warning",
        "message": {"text": one.message},
        "locations": [_location(file, region)],
    }


def _location(file: Path, region: dict[str, int]) -> dict[str, Any]:
    uri = quote(file.as_posix().encode("utf-8", "surrogateescape"))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
