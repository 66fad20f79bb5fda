"""How a line of a log tells of something: as an error, or in passing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from narrows.case.model import Told


class Severity(Enum):
    """What a level means."""

    DETAIL = auto()
    WARNING = auto()
    ERROR = auto()


_BY_SEVERITY = {
    Severity.ERROR: "ERROR ERR FATAL SEVERE CRITICAL CRIT EMERGENCY ALERT PANIC FAIL",
    Severity.WARNING: "WARN WARNING WRN",
    Severity.DETAIL: "TRACE TRCE VERBOSE FINEST FINER FINE CONFIG DEBUG DBUG DBG INFO INFORMATION INF NOTICE LOG",
}
_LEVELS = {name: severity for severity, names in _BY_SEVERITY.items() for name in names.split()}
_HEADER = 160
"""Characters of a line within which its level stands."""
_UPPER = re.compile(rf"(?<![\w./-])({'|'.join(sorted(_LEVELS, key=len, reverse=True))})(?![\w./=-])")
_LOWER = re.compile(
    r"(?:\[?(trace|debug|info|notice|warn|warning|error|fatal|critical|crit|fail|dbug|trce)\]?(?::|\t|\])"
    r"|(?:level|lvl|severity)[=:]\s?\"?([A-Za-z]{3,11})\b)"
)
_FIELD = re.compile(r"\b(?:level|lvl|severity)=\"?([A-Za-z]{3,11})\b")
_CHANNEL = re.compile(r"\[[\dT:.+ -]{10,40}\] [\w-]{1,60}\.([A-Z]{3,9}): ")
"""The header that Monolog writes, of Laravel and Symfony: ``[2026-11-20 12:05:00] production.ERROR: ``."""
_PHP = re.compile(r"NOTICE: PHP message: ")
"""What PHP-FPM, of Bref's layer, writes before each line of the application's own log."""
_COLUMN = re.compile(r"(?:\S{20,35}\t)?[0-9a-f-]{36}\t([A-Za-z]{3,11})\t")
"""The columns that Lambda's runtimes for Node.js and .NET write: the time, the request's id, the level."""
_NAMED = re.compile(r"[A-Za-z]{3,}:\s")
"""Something before a level that makes it a part of a sentence."""

_EXCEPTION = re.compile(
    r"\(?(?:[A-Za-z_][\w$]*[.:]{1,2}){0,12}[A-Za-z_]\w*(?:Error|Exception|Timeout|Failure|Disconnected|Refused|gaierror|timeout)"
    r"\w*\)?(?: \[\w+\])?\s*(?::|\(|$)"
    r"|error:|Error:|Exception in thread|panic:|Uncaught |Unhandled "
    r"|(?:[a-z_]\w*\.){1,12}[A-Z]\w*: |(?:[A-Z]\w*::){1,6}[A-Z]\w*: "
)
_TROUBLE = re.compile(
    r"fail|error|exception|could ?n[o']t|can(?:no|')t|unable|panic|lost|abort|refus|fatal|Errno|errno|E[A-Z]{4,}"
    r"|UNAVAILABLE|DEADLINE|\btimed? ?out",
    re.I,
)
_RETRY = re.compile(
    r"\bretrying\b|\bwill (?:be )?(?:retr|reconnect|try again)|\bretry(?:ing)? (?:in|after|attempt|#?\d)"
    r"|\breconnecting\b|\battempt #?(\d+)\s?(?:of|/)\s?(?!\1\b)\d",
    re.I,
)
_RETOLD = re.compile(
    r"\b(?:customer|comment|review|ticket|question|prompt|transcript|feedback|chat|says|said|wrote|writes|asked)\b(?![=/.])",
    re.I,
)
_ELEMENT_BEFORE = re.compile(r"(?:\[|,)\s*[\"']?$")
_ELEMENT_AFTER = re.compile(r"[\"']?\s*(?:,|\])")
_SETTING_KEY = re.compile(r"\b(?:retr|ignor|allow)\w*[\"']?\s*[:=]\s*[\"'\w]*$", re.I)
_WORD = re.compile(r"(?<![\w.-])[A-Za-z][A-Za-z.()]+(?![\w-])")
"""A word, and no id or time."""
_BEFORE = 120
"""Characters before a word that say what it stands in."""


class How(Enum):
    """How a line tells of an outcome."""

    ERROR = auto()
    WARNED = auto()
    """As a warning, or before another try: an error, where its invocation failed."""
    LOWER = auto()
    """In words of an error, at a level below a warning: an error, where its invocation failed."""
    ASIDE = auto()
    """In a list, a setting or a quoted text: whatever became of its invocation, it did not fail of this."""

    @property
    def told(self) -> Told:
        """As it is counted, unless its invocation failed."""
        return {How.ERROR: Told.ERROR, How.WARNED: Told.WARNED}.get(self, Told.MENTIONED)

    @property
    def is_open(self) -> bool:
        """Whether it is an error where its invocation failed, and none where not."""
        return self in (How.WARNED, How.LOWER)

    @staticmethod
    def at(severity: Severity | None) -> How:
        """How an error is told at this level; as an error where it has none."""
        if severity is None or severity is Severity.ERROR:
            return How.ERROR
        return How.WARNED if severity is Severity.WARNING else How.LOWER


@dataclass(frozen=True, slots=True)
class Level:
    """The level that a line has by its header."""

    severity: Severity
    end: int
    """Where the header's level ends."""


def level_of(text: str) -> Level | None:
    """The level in the header of a line: ``[ERROR]``, ``ERROR:root:``, ``level=error``, ``fail:``; None without one."""
    php = _PHP.match(text)
    if php is not None:
        own = level_of(text[php.end() : php.end() + _HEADER])
        return None if own is None else Level(own.severity, php.end() + own.end)
    head = text[:_HEADER]
    channel = _CHANNEL.match(head)
    if channel is not None and channel.group(1) in _LEVELS:
        return Level(_LEVELS[channel.group(1)], channel.end())
    column = _COLUMN.match(head)
    if column is not None and column.group(1).upper() in _LEVELS:
        return Level(_LEVELS[column.group(1).upper()], column.end())
    lower = _LOWER.match(head)
    found = lower or _FIELD.search(head)
    if found is not None:
        name = next(filter(None, found.groups()))
        known = _LEVELS.get(name.upper())
        if known is not None and not (lower is not None and name == "error" and found.group().endswith(":")):
            return Level(known, found.end())
    for upper in _UPPER.finditer(head):
        before = head[: upper.start()]
        if _NAMED.search(before) or before.count(" ") > 10:
            return None
        return Level(_LEVELS[upper.group(1)], upper.end())
    return None


def is_exception(text: str) -> bool:
    """Whether a line is the head of an exception, as its traceback or a library prints it."""
    return _EXCEPTION.match(text, 0, 300) is not None


def how_told(text: str, level: Severity | None, after: int, start: int, end: int) -> How:
    """How a line tells of what the words from ``start`` to ``end`` mean.

    ``level`` is None where it has none; its header ends at ``after``.
    """
    before = text[max(after, start - _BEFORE) : start]
    if _is_element(text, before, start, end):
        return How.ASIDE
    if level is Severity.ERROR:
        return How.ERROR
    is_setting = _SETTING_KEY.search(before) is not None
    body = text[after : after + _HEADER].lstrip()
    if _RETRY.search(before) or _RETRY.search(text, end, end + _BEFORE):
        return How.LOWER if is_setting or _is_retold(body, before) else How.WARNED
    return How.ASIDE if is_setting or not _is_of_error(body, before) else How.at(level)


def _is_of_error(body: str, before: str) -> bool:
    """Whether words stand in the head or the message of an error, by what stands before them."""
    if is_exception(body) or not before.strip(" \t-([{<\"']:|"):
        return True
    if _is_retold(body, before):
        return False
    return _TROUBLE.search(before) is not None or _is_short(before)


def _is_retold(body: str, before: str) -> bool:
    """Whether words stand in what somebody wrote or said."""
    return _RETOLD.match(body, 0, 80) is not None or _RETOLD.search(before) is not None


def _is_element(text: str, before: str, start: int, end: int) -> bool:
    """Whether words are by themselves an element of a list, as in the dump of a configuration."""
    quoted = before[-1:] in ("'", '"')
    return (
        (quoted or not any(map(str.isspace, text[start:end])))
        and _ELEMENT_BEFORE.search(before) is not None
        and _ELEMENT_AFTER.match(text, end) is not None
        and before.rfind("[") > before.rfind("]")
        and not re.search(r"Error \[$", before)
    )


def _is_short(before: str) -> bool:
    """Whether what stands before the words of an error only says where it was: a name, an address, a code."""
    return sum(1 for _ in _WORD.finditer(before)) <= 3 or before.rstrip().endswith(":")
