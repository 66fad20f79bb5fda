"""Findings as a SARIF 2.1.0 log, by the writer of the lint of handlers."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import narrows
from narrows.lint.rule import Rule, Severity
from narrows.lint.rules import RULES
from narrows.lint.run import Finding, Result
from narrows.lint.show import page_of
from narrows_lambda.lint.sarif import FINGERPRINT, location, log

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_sarif(result: Result, root: Path | None = None) -> dict[str, Any]:
    """The log. ``root``: the folder that files are named from; default: the one that this runs in."""
    root = (root or Path.cwd()).absolute()
    names, seen = list(RULES), Counter[str]()
    driver = {
        "name": "narrows",
        "version": narrows.__version__,
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    results = []
    for finding in result.findings:
        place = location(root, Path(finding.place.file), {"startLine": finding.place.line or 1})
        results.append(
            {
                "ruleId": finding.rule,
                "ruleIndex": names.index(finding.rule),
                "level": _LEVELS[finding.severity],
                "message": {"text": f"{finding.what}. {finding.mend}"},
                "locations": [place],
                "partialFingerprints": {FINGERPRINT: _fingerprint(place, finding, seen)},
            }
        )
    faults = [(Path(fault.place.file), fault.place.line or 0, fault.text) for fault in result.faults]
    document = log(driver, results, faults, root)
    # What is not understood leaves findings out, and is no failure of the run.
    for invocation in document["runs"][0]["invocations"]:
        invocation["executionSuccessful"] = True
        for notification in invocation["toolExecutionNotifications"]:
            notification["level"] = "warning"
    return document


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.finds},
        "fullDescription": {"text": f"{rule.finds} {rule.why}"},
        "help": {"text": f"{rule.why} {rule.mend} More: {page_of(rule.id)}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["aws-lambda", "connections", "infrastructure"], "precision": "high"},
    }


def _fingerprint(place: dict[str, Any], finding: Finding, seen: Counter[str]) -> str:
    """The same wherever the resource moves in its file: of the rule, what it says, and how many came before."""
    uri = place["physicalLocation"]["artifactLocation"]["uri"]
    digest = hashlib.sha256("\0".join([finding.rule, uri, finding.what]).encode()).hexdigest()[:32]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
