"""What one line of a log says, and how: as text, or as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.case.reading.log_json import JsonLine, json_line
from narrows.case.reading.log_levels import How, Level, Severity, how_told, is_exception, level_of
from narrows.case.reading.log_platform import request_of
from narrows.case.reading.log_words import Found, find_outcome

_UNCAUGHT = re.compile(
    r"\[ERROR\] [\w.]+(?::|$)|(?:[^\t]*\t){0,3}(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection)\b"
    r"|RequestId: [0-9a-f-]{36} (?:Error: |Process exited)"
)
"""What the runtime says of an exception that left the handler; the handler may have logged it before."""
_MESSAGE = re.compile(r"\s*\"errorMessage\":\s*\"")
"""What Lambda's runtime for Ruby prints of such an exception, over several lines."""
_SIGNS = (
    "ERR",
    "rror",
    "xception",
    "FATAL",
    "SEVERE",
    "CRIT",
    "crit:",
    "fail:",
    "\tcrit",
    "\tfail",
    "panic",
    "EMERG",
    "Uncaught",
    "FAIL",
)
"""One of these is in every line that is an error by its level or its shape; most lines hold none."""
_DEADLINE = re.compile(
    r"DEADLINE_EXCEEDED|[Dd]eadline [Ee]xceeded|DeadlineExceeded"
    r"|[Cc]onnection timed out after \d+ ?ms|timed out after \d+ ms of inactivity|a request has exceeded the configured"
)
"""What gRPC and the AWS SDK for JavaScript say of a call that took too long, whether its connect or its answer did."""
_PINO_ERROR = re.compile(r"\"level\":\s?[56]0\b")


@dataclass(slots=True)
class Said:
    """What a line says."""

    outcome: CallerOutcome | None
    how: How
    error: str | None
    """Its head, where it is an error of which no outcome is known."""
    request: str | None
    has_level: bool
    """It is text that begins with a level: the head of an exception may follow below it."""
    is_uncaught: bool
    """The runtime says it of an exception that left the handler."""
    is_deadline: bool
    """A call took too long, whether its connect or its answer did."""


def could_be_error(text: str) -> bool:
    """Whether a line in which no outcome is found is worth being read all the same."""
    return any(sign in text for sign in _SIGNS) or _PINO_ERROR.search(text, 0, 500) is not None


def read_line(text: str, above: Severity | None, invocation: str | None) -> Said:
    """What a line says.

    ``above`` is the level of the event that it goes on with, None where that is open;
    ``invocation`` the request whose lines these are, as far as known.
    """
    level = level_of(text)
    structured = json_line(text)
    of_ruby = _MESSAGE.match(text)
    is_uncaught = of_ruby is not None or _UNCAUGHT.match(text) is not None
    if of_ruby is not None and structured is None:
        text = text[of_ruby.end() :]
    if structured is None:
        return _of_text(text, level, above, is_uncaught)
    return _of_json(text, structured, level, is_uncaught, invocation)


def _of_text(text: str, level: Level | None, above: Severity | None, is_uncaught: bool) -> Said:
    found = find_outcome(text)
    severity = level.severity if level is not None else above
    if found is not None:
        how = how_told(text, severity, level.end if level is not None else 0, found.start, found.end)
        return _said(found, how, None, request_of(text), level is not None, is_uncaught, text)
    is_error = is_uncaught or (
        level.severity is Severity.ERROR
        if level is not None
        else above in (None, Severity.ERROR) and is_exception(text)
    )
    how = How.ERROR if is_error else How.ASIDE
    return _said(None, how, text if is_error else None, request_of(text), level is not None, is_uncaught, text)


def _of_json(text: str, line: JsonLine, level: Level | None, is_uncaught: bool, invocation: str | None) -> Said:
    """An error's own keys first, then the message or what stands before the object, then whatever else it holds."""
    severity = line.level if line.level is not None else level.severity if level is not None else None
    is_high = severity is Severity.ERROR
    request = line.request or request_of(text) or invocation
    # Its shape alone does not tell: a library's error may be printed in the same.
    is_uncaught = is_uncaught or (line.is_uncaught and (is_high or severity is None) and request is not None)
    found = find_outcome(line.error) if line.error else None
    how = How.at(severity)
    if found is None:
        message, after = line.message, 0
        if not message:
            message, after = text[: text.find("{")], level.end if level is not None else 0
        found = find_outcome(message)
        how = how_told(message, severity, after, found.start, found.end) if found is not None else how
    if found is None and not (is_high or line.error):
        found, how = find_outcome(text), How.ASIDE
    is_error = is_uncaught or is_high or (severity is None and bool(line.error))
    error = (line.error.partition("; ")[0] or line.message or text) if found is None and is_error else None
    if found is None:
        how = How.ERROR if is_error else How.ASIDE
    return _said(found, how, error, request, False, is_uncaught, text)


def _said(
    found: Found | None,
    how: How,
    error: str | None,
    request: str | None,
    has_level: bool,
    is_uncaught: bool,
    text: str,
) -> Said:
    outcome = found.outcome if found is not None else None
    is_deadline = outcome is CallerOutcome.ANSWER_TIMED_OUT and _DEADLINE.search(text) is not None
    return Said(outcome, how, error, request, has_level, is_uncaught, is_deadline)
