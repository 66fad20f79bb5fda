"""How a line of a log tells of something: as an error, or in passing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from narrows.case.model import Told

_HIGH = "ERROR ERR FATAL SEVERE CRITICAL CRIT EMERGENCY ALERT PANIC FAIL"
_LOW = "TRACE TRCE VERBOSE FINEST FINER FINE CONFIG DEBUG DBUG DBG INFO INFORMATION INF NOTICE LOG WARN WARNING WRN"
_LEVELS = {**dict.fromkeys(_HIGH.split(), True), **dict.fromkeys(_LOW.split(), False)}
"""Whether a level is one of errors, by its name."""
_HEADER = 160
"""Characters of a line within which its level stands."""
_UPPER = re.compile(rf"(?<![\w./-])({'|'.join(sorted(_LEVELS, key=len, reverse=True))})(?![\w./=-])")
_LOWER = re.compile(
    r"(?:\[?(trace|debug|info|notice|warn|warning|error|fatal|critical|crit|fail|dbug|trce)\]?(?::|\t|\])"
    r"|(?:level|lvl|severity)[=:]\s?\"?([A-Za-z]{3,11})\b)"
)
_FIELD = re.compile(r"\b(?:level|lvl|severity)=\"?([A-Za-z]{3,11})\b")
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
    r"\bretrying\b|\bwill (?:be )?retr|\bretry(?:ing)? (?:in|after|attempt|#?\d)|\breconnecting\b", re.I
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
    LOWER = auto()
    """In words of an error, at a lower level or before a retry: an error, where its invocation failed."""
    ASIDE = auto()
    """In a list, a setting or a quoted text: whatever became of its invocation, it did not fail of this."""

    @property
    def told(self) -> Told:
        """As it is counted, unless its invocation failed."""
        return Told.ERROR if self is How.ERROR else Told.MENTIONED


@dataclass(frozen=True, slots=True)
class Level:
    """The level that a line has by its header."""

    high: bool
    """It is one of errors."""
    end: int
    """Where the header's level ends."""


def level_of(text: str) -> Level | None:
    """The level in the header of a line: ``[ERROR]``, ``ERROR:root:``, ``level=error``, ``fail:``; None without one."""
    head = text[:_HEADER]
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


def how_told(text: str, level: bool | None, after: int, start: int, end: int) -> How:
    """How a line tells of what the words from ``start`` to ``end`` mean.

    ``level`` is whether its level is one of errors, None where it has none; its header ends at ``after``.
    """
    before = text[max(after, start - _BEFORE) : start]
    if _is_element(text, before, start, end):
        return How.ASIDE
    if level:
        return How.ERROR
    if _RETRY.search(before) or _RETRY.search(text, end, end + _BEFORE):
        return How.LOWER
    if _SETTING_KEY.search(before) or not _is_of_error(text[after : after + _HEADER].lstrip(), before):
        return How.ASIDE
    return How.ERROR if level is None else How.LOWER


def _is_of_error(body: str, before: str) -> bool:
    """Whether words stand in the head or the message of an error, by what stands before them."""
    if is_exception(body) or not before.strip(" \t-([{<\"']:|"):
        return True
    if _RETOLD.match(body, 0, 80) or _RETOLD.search(before):
        return False
    return _TROUBLE.search(before) is not None or _is_short(before)


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
