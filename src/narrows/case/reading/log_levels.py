"""How a line of a log tells of something: as an error, or in passing."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
_SETTING_KEY = re.compile(r"(?:retr|ignor|handle|allow)\w*[\"']?\s*[:=]\s*[\"'\w]*$", re.I)
_BEFORE = 120
"""Characters before a word that say what it stands in."""


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


def told_by(text: str, level: bool | None, start: int, end: int) -> Told:
    """How a line tells of what the words from ``start`` to ``end`` mean.

    ``level`` is whether its level is one of errors; None where it has none.
    """
    before = text[max(0, start - _BEFORE) : start]
    if _is_element(text, before, start, end) or level is False:
        return Told.MENTIONED
    if level:
        return Told.ERROR
    if _RETRY.search(before) or _RETRY.search(text, end, end + _BEFORE) or _SETTING_KEY.search(before):
        return Told.MENTIONED
    if is_exception(text) or not before.strip(" \t-([{<\"'"):
        return Told.ERROR
    if _RETOLD.match(text, 0, 80) or _RETOLD.search(before):
        return Told.MENTIONED
    return Told.ERROR if _TROUBLE.search(before) or _is_short(before) else Told.MENTIONED


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
    return len(before.split()) <= 3 or before.rstrip().endswith(":")
