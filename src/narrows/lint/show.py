"""What a run of the lint found, as text, JSON, JUnit and Markdown. All that is printed passes the gate afterwards."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from narrows.errors import one_line
from narrows.gate import in_markdown
from narrows.lint.rule import Severity
from narrows.lint.rules import RULES
from narrows.lint.run import Finding, NotChecked, Result
from narrows.listing import MOST_LINES, counted
from narrows.printable import printable

_LONGEST = 1000
"""Characters of a line: names come from outside."""
_UNDER = "    "
"""Before the further lines of a finding."""
_NEWLINE = "\n"
_LARGEST_COMMENT = 60_000
"""Characters: GitHub takes 65,536 for a comment."""


def page_of(rule: str) -> str:
    """The page of a rule, as the command that shows it."""
    return f"narrows explain {rule}"


def as_text(result: Result, *, verbose: bool, width: int | None = None, wide: bool = False) -> str:
    """By file and line: where, how bad, which rule, what; below it how to mend it.

    Args:
        result: what was found.
        verbose: also what is ignored and could not be checked.
        width: of the terminal: lines are broken between words, and each rule is named so often in a file as people
            read; None where it is none: each finding is a line, and all of them are there.
        wide: all of them on a terminal too, a line each.
    """
    width = None if wide else width
    most = MOST_LINES if width is not None else len(result.findings)
    lines: list[str] = []
    shown = Counter[tuple[str, str]]()
    file = None
    for finding in result.findings:
        of_rule = finding.place.file, finding.rule
        shown[of_rule] += 1
        if shown[of_rule] > most:
            continue
        if file is not None and file != finding.place.file:
            lines.append("")
        file = finding.place.file
        lines.append(_line(f"{finding.place}: {finding.severity.value} {finding.rule}: {finding.what}"))
        lines.append(_line(f"    {finding.mend}"))
    for (name, rule), count in shown.items():
        if count > most:
            lines.append(_line(f"{name}: {rule}: and {count - most:,} more; --wide shows all"))
    if lines:
        lines.append("")
    lines += _ending(result, verbose)
    return "\n".join(lines if width is None else chain.from_iterable(_broken(line, width) for line in lines))


def _broken(line: str, width: int) -> list[str]:
    """A line as wide as the terminal: broken between words, the rest indented below its beginning."""
    indent = " " * (len(line) - len(line.lstrip()) or len(_UNDER))
    return textwrap.wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    ) or [""]


def _ending(result: Result, verbose: bool) -> Iterator[str]:
    if verbose:
        for finding, reason in result.ignored:
            yield _line(f"{finding.place}: ignored {finding.rule}: {reason}")
        for skipped in result.unchecked:
            yield _line(f"{skipped.place}: not checked {skipped.rule}: {skipped.thing}: {skipped.why}")
    yield summary(result)
    if result.unchecked and not verbose:
        yield f"{counted(len(result.unchecked), 'thing')} could not be checked: --verbose says which, and why"


def summary(result: Result) -> str:
    """How much of each severity, in one sentence."""
    counts = Counter(finding.severity for finding in result.findings)
    parts = [counted(counts[severity], severity.value) for severity in Severity if counts[severity]]
    where = counted(len(result.files), "source")
    ignored = f"; {counted(len(result.ignored), 'finding')} ignored, with a reason" if result.ignored else ""
    return f"{', '.join(parts) or 'nothing found'} in {where}{ignored}"


def _line(text: str) -> str:
    indent = len(text) - len(text.lstrip())
    return text[:indent] + one_line(text[indent:], _LONGEST)


def as_json(result: Result) -> dict[str, object]:
    """One document. ``line`` is null where the source has none."""
    return {
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "file": finding.place.file,
                "line": finding.place.line,
                "what": finding.what,
                "why": RULES[finding.rule].why,
                "mend": finding.mend,
                "page": page_of(finding.rule),
            }
            for finding in result.findings
        ],
        "ignored": [{**_where(finding), "what": finding.what, "reason": reason} for finding, reason in result.ignored],
        "not_checked": [{**_where(skipped), "what": skipped.thing, "why": skipped.why} for skipped in result.unchecked],
        "not_understood": [
            {"file": fault.place.file, "line": fault.place.line, "what": fault.text, "broken": fault.broken}
            for fault in result.faults
        ],
        "files": result.files,
    }


def _where(entry: Finding | NotChecked) -> dict[str, object]:
    return {"rule": entry.rule, "file": entry.place.file, "line": entry.place.line}


def as_junit(result: Result, fail_on: Severity | None) -> str:
    """As CI systems take it: a test for each rule and file, which fails where the run does."""
    failing = set() if fail_on is None else set(result.at_least(fail_on))
    of_test: dict[tuple[str, str], list[Finding]] = {}
    for file in dict.fromkeys([*result.files, *(finding.place.file for finding in result.findings)]):
        for rule in RULES:
            of_test[file, rule] = []
    for finding in result.findings:
        of_test[finding.place.file, finding.rule].append(finding)
    skipped = {(left.place.file, left.rule): f"{left.thing}: {left.why}" for left in result.unchecked}
    lines: list[str] = []
    failures = left_out = 0
    for (file, rule), findings in of_test.items():
        bad = [finding for finding in findings if finding in failing]
        details = [
            _line(f"{finding.place}: {finding.severity.value}: {finding.what}; {finding.mend}") for finding in findings
        ]
        lines.append(f'    <testcase classname={_attribute(file)} name={_attribute(rule)} time="0">')
        if bad:
            failures += 1
            message = _attribute(bad[0].what if len(bad) == 1 else f"{len(bad)} findings")
            text = escape(_NEWLINE.join(details))
            lines.append(f"      <failure type={_attribute(bad[0].severity.value)} message={message}>{text}</failure>")
        elif findings:
            lines.append(f"      <system-out>{escape(_NEWLINE.join(details))}</system-out>")
        elif (file, rule) in skipped:
            left_out += 1
            lines.append(f"      <skipped message={_attribute(skipped[file, rule])}/>")
        lines.append("    </testcase>")
    counts = f'tests="{len(of_test)}" failures="{failures}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="narrows lint" {counts} time="0">',
            f'  <testsuite name="narrows lint" {counts} skipped="{left_out}" time="0">',
            *lines,
            "  </testsuite>",
            "</testsuites>",
        ]
    )


def _attribute(text: str) -> str:
    return quoteattr(one_line(printable(text), _LONGEST))


def as_markdown(result: Result) -> str:
    """A comment for a pull request: the worst first, in a table."""
    lines = [f"### narrows lint: {in_markdown(summary(result))}", ""]
    if result.findings:
        lines += ["| where | | rule | what, and what to do |", "|---|---|---|---|"]
    size = sum(map(len, lines))
    by_severity = sorted(result.findings, key=lambda finding: finding.severity.rank)
    for place, finding in enumerate(by_severity):
        cells = (
            in_markdown(str(finding.place)),
            finding.severity.value,
            f"`{finding.rule}`",
            f"{in_markdown(finding.what)}. {in_markdown(finding.mend)}",
        )
        line = f"| {' | '.join(cells)} |"
        size += len(line) + 1
        if size > _LARGEST_COMMENT:
            lines += ["", f"and {len(by_severity) - place:,} more: `narrows lint --format json` has all."]
            break
        lines.append(line)
    if result.faults:
        lines += ["", f"{counted(len(result.faults), 'place')} in the files not understood."]
    if result.unchecked:
        lines += ["", f"{counted(len(result.unchecked), 'thing')} could not be checked."]
    return "\n".join(lines)
