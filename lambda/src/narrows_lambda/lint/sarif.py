"""Findings as a SARIF 2.1.0 log, as code scanning reads it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import narrows_lambda
from narrows_lambda.lint.finding import Finding
from narrows_lambda.lint.rule import RULES, Rule

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
"""What code scanning takes for the root of the repository."""
FINGERPRINT = "narrowsLines/v1"
"""A name of our own: code scanning reckons ``primaryLocationLineHash`` itself, and tells of one that differs."""


def as_sarif(
    found: Iterable[tuple[Path, bytes, Finding]],
    faults: Iterable[tuple[Path, int, str]],
    root: Path | None = None,
) -> str:
    """The log. ``root``: the folder that files are named from; default: the one that this runs in."""
    root = (root or Path.cwd()).absolute()
    names, seen = list(RULES), Counter[str]()
    results = [_result(root, file, text, one, names.index(one.rule), seen) for file, text, one in found]
    driver = {
        "name": "narrows-lambda",
        "version": narrows_lambda.__version__,
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    return json.dumps(log(driver, results, faults, root), indent=2)


def log(
    driver: dict[str, Any], results: list[dict[str, Any]], faults: Iterable[tuple[Path, int, str]], root: Path
) -> dict[str, Any]:
    """A log of one run, of any lint of narrows.

    Args:
        faults: file, line (0 where none is known) and what is wrong.
        root: the folder that files are named from, absolute.
    """
    told = [
        {
            "level": "error",
            "message": {"text": message},
            "locations": [location(root, file, {"startLine": max(line, 1)})],
        }
        for file, line, message in faults
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not told, "toolExecutionNotifications": told}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that the lint was run in."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": f"{rule.summary} What it costs, and what to write instead: narrows explain {rule.name}"},
        "helpUri": rule.more,
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["aws-lambda", "connections"], "precision": "high"},
    }


def _result(root: Path, file: Path, text: bytes, one: Finding, index: int, seen: Counter[str]) -> dict[str, Any]:
    region = {
        "startLine": one.line,
        "startColumn": one.column,
        "endLine": one.end_line,
        "endColumn": one.end_column,
    }
    place = location(root, file, region)
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": "warning",
        "message": {"text": one.message},
        "locations": [place],
        "partialFingerprints": {FINGERPRINT: _fingerprint(place, text, one, seen)},
    }


def _fingerprint(place: dict[str, Any], text: bytes, one: Finding, seen: Counter[str]) -> str:
    """The same for the same code wherever it moves in its file: of the rule, the lines, and how many came before."""
    lines = text.decode("utf-8").splitlines()[one.line - 1 : one.end_line]
    uri = place["physicalLocation"]["artifactLocation"]["uri"]
    digest = hashlib.sha256("\0".join([one.rule, uri, *map(str.strip, lines)]).encode()).hexdigest()[:32]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"


def location(root: Path, file: Path, region: dict[str, int]) -> dict[str, Any]:
    """A place in a file, named from the root where it is below it."""
    whole = Path(*_plain(file.absolute().parts))
    if whole.is_relative_to(root):
        artifact = {"uri": _quoted(whole.relative_to(root)), "uriBaseId": _ROOT}
    else:
        artifact = {"uri": f"file://{_quoted(whole)}"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _plain(parts: Iterable[str]) -> list[str]:
    """Without ``..``, as it is written: a link stays what it is called."""
    found: list[str] = []
    for one in parts:
        if one == ".." and len(found) > 1:
            found.pop()
        else:
            found.append(one)
    return found


def _quoted(path: Path) -> str:
    return quote(path.as_posix().encode("utf-8", "surrogateescape"))
