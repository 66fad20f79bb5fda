"""What a line of a log says about a connection, by the words that libraries use (``log_words.toml``)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from narrows.case.outcomes import CallerOutcome

NOTHING = "nothing"
"""The outcome, in the table, of words that look as if a connection failed and mean something else."""
_STEM = 4
"""Characters of the pieces of words that a line is looked through for first."""
_BEFORE = 400
_BEHIND = 1_200
"""Characters around a word that an expression looks at."""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of the table: what a library prints, and what it tells of."""

    outcome: CallerOutcome | None
    """None for what looks as if a connection failed, and means something else."""
    words: tuple[str, ...]
    library: str
    version: str
    source: str
    """The file of the library that prints it, its documentation, or that it was printed here (``tests/words``)."""
    example: str
    """A line as it is printed."""


@dataclass(frozen=True, slots=True)
class Found:
    """Words that a line holds, and where in it."""

    outcome: CallerOutcome
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Rule:
    first: str
    """In lower case: what a line must hold to be looked at."""
    second: str | None
    pattern: re.Pattern[str] | None
    outcome: CallerOutcome | None
    is_expression: bool = False
    """The pattern is of more than the word that it begins with."""


@cache
def table() -> tuple[Words, ...]:
    """The table, in the order in which it is looked through."""
    return tuple(
        Words(
            None if one["outcome"] == NOTHING else CallerOutcome(one["outcome"]),
            tuple(one["words"]),
            one["library"],
            one["version"],
            one["source"],
            one["example"],
        )
        for one in _data()["line"]
    )


@cache
def log_filter() -> str:
    """A filter pattern of CloudWatch Logs that every line which the table knows passes, and few others."""
    return f"%{'|'.join(_data()['filter'])}%"


def outcome_of(line: str) -> CallerOutcome | None:
    """The outcome of a connection that a line tells of, or None."""
    found = find_outcome(line)
    return found.outcome if found is not None else None


@lru_cache(maxsize=2)  # a line is looked through to see whether it is worth more, and again for its place
def find_outcome(line: str) -> Found | None:
    """The outcome of a connection that a line tells of, with the place of its words; None where it tells of none."""
    lowered = line.lower()
    rules, pieces = _index()
    held = [
        number for piece in pieces if piece in lowered for number in pieces[piece] if rules[number].first in lowered
    ]
    for number in sorted(held):
        rule = rules[number]
        if rule.second is not None and rule.second not in lowered:
            continue
        if rule.pattern is None:
            start = lowered.find(rule.first)
            end = start + len(rule.first)
        else:
            begin, until = 0, len(line)
            if rule.is_expression:
                # Around its word alone: an expression of two parts would look for one from every place of the other.
                begin = max(0, lowered.find(rule.first) - _BEFORE)
                until = begin + _BEFORE + _BEHIND
            match = rule.pattern.search(line[begin:until])
            if match is None:
                continue
            start, end = begin + match.start(), begin + match.end()
        return None if rule.outcome is None else Found(rule.outcome, start, end)
    return None


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "log_words.toml").read_text(encoding="utf-8"))


def _rule(words: str, outcome: CallerOutcome | None) -> _Rule:
    """``a & b`` needs both; ``a ~ b`` needs a, and the regular expression b; ``#`` is a number.

    A word in capitals or CamelCase must stand there as such, by itself; all else is compared in lower case.
    """
    first, _, expression = words.partition(" ~ ")
    if expression:
        return _Rule(first.lower(), None, re.compile(expression), outcome, is_expression=True)
    first, _, second = words.partition(" & ")
    pattern = None
    if "#" in first:
        pattern = re.compile(re.escape(first).replace(r"\#", r"\d+"), re.IGNORECASE)
    elif first != first.lower():
        # A setting, such as ConnectTimeout=5, is no failure.
        pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(first)}(?![A-Za-z0-9])(?!\s*[=:]\s*\d)")
    return _Rule(first.lower().partition("#")[0], second or None, pattern, outcome)


@cache
def _index() -> tuple[tuple[_Rule, ...], dict[str, tuple[int, ...]]]:
    """The rules in their order, and few pieces of words with the numbers of the rules that hold each.

    Every rule holds one of the pieces, and most lines hold none.
    """
    rules = tuple(_rule(text, line.outcome) for line in table() for text in line.words)
    left = set(range(len(rules)))
    found: dict[str, tuple[int, ...]] = {}
    while left:
        holding: dict[str, list[int]] = {}
        for number in left:
            first = rules[number].first
            for piece in {first[at : at + _STEM] for at in range(max(1, len(first) - _STEM + 1))}:
                holding.setdefault(piece, []).append(number)
        best = max(holding, key=lambda piece: (len(holding[piece]), piece))
        found[best] = tuple(holding[best])
        left -= set(found[best])
    return rules, found
