"""Errors in logs that no outcome is known for, counted by what they say."""

from __future__ import annotations

import re

from narrows.bounds import UNKNOWN_ERROR_CHARACTERS, UNKNOWN_ERROR_COUNTS, UNKNOWN_ERRORS
from narrows.case.model import UnknownError
from narrows.case.reading.log_guesses import is_no_connection
from narrows.case.reading.log_levels import level_of
from narrows.case.reading.tally import NO_TIME, Tally
from narrows.errors import one_line

OTHERS = "other error lines"
"""Those whose text is one too many to be told apart."""
_LOOKED_AT = 1_000
_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=[a-z]*\d)[0-9A-Fa-f]{8,}\b|\b[A-Z0-9]{16,}\b")
_NUMBER = re.compile(r"\d+(?:[.:,]\d+)*")
_SPACE = re.compile(r"\s+")
_TIME = re.compile(r"^\s*\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*")


class UnknownErrors:
    """Counts of one source of evidence, within the window of time of its outcomes."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._counts: dict[tuple[int, str | None, str], int] = {}
        self._first: dict[tuple[int, str | None, str], str] = {}
        self._texts: set[str] = set()
        self._examples: dict[str, str] = {}

    def add(self, seconds: float | None, function: str | None, line: str, source: str) -> None:
        """Count the head of an error line."""
        minute = self._tally.minute(seconds)
        if minute is None:
            return
        text = head_of(line)
        if text not in self._texts:
            if len(self._texts) >= UNKNOWN_ERRORS:
                text = OTHERS
            else:
                self._texts.add(text)
        key = (minute, function, text)
        if key not in self._counts and len(self._counts) >= UNKNOWN_ERROR_COUNTS:
            key = (NO_TIME, None, OTHERS)
        self._counts[key] = self._counts.get(key, 0) + 1
        self._first.setdefault(key, source)
        if text is not OTHERS:
            self._examples.setdefault(text, as_it_stands(line))

    def found(self) -> tuple[UnknownError, ...]:
        """One for each minute, function and text."""
        ordered = sorted(self._counts.items(), key=lambda one: (one[0][0], one[0][1] or "", one[0][2]))
        return tuple(
            UnknownError(*key, count, self._first[key], self._examples.get(key[2], ""), is_no_connection(key[2]))
            for key, count in ordered
        )


def as_it_stands(line: str) -> str:
    """What an error line says, without its time and its level."""
    text = _TIME.sub("", line[:_LOOKED_AT])
    level = level_of(text)
    text = text[level.end :].lstrip("]:-| \t") if level is not None else text
    # A member of a JSON object that stands on a line of its own is quoted without what ends it.
    return one_line(_ID.sub("#", _TIME.sub("", text)).strip().removesuffix('",'), UNKNOWN_ERROR_CHARACTERS)


def head_of(line: str) -> str:
    """What an error line says without its time, its level, ids and numbers, so that the same error reads the same."""
    text = _TIME.sub("", line[:_LOOKED_AT])
    level = level_of(text)
    if level is not None:
        text = text[level.end :].lstrip("]:-| \t")
    text = _NUMBER.sub("#", _ID.sub("#", _TIME.sub("", text)))
    text = _SPACE.sub(" ", text).strip()
    while text.startswith("# "):
        text = text[2:]
    return one_line(text or "an error without a text", UNKNOWN_ERROR_CHARACTERS)
