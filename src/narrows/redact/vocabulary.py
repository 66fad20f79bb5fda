"""Which words stay: those that narrows' own rules read, those of AWS's answers, and ordinary words of log lines.

The words of the rules are taken from the rules themselves, so that a rule which learns a word keeps it here as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files

from narrows_lambda.line import METRICS, Field, Of

_RULES = (
    "hosts", "log_failures", "log_guesses", "log_json", "log_levels", "log_lines", "log_platform", "log_reader",
    "mentions", "unknown_errors",
)  # fmt: skip
"""Modules of ``narrows.case.reading`` that look for words in what people and programs wrote."""
_ESCAPES = re.compile(r"\\u[0-9a-fA-F]{4}|\\[a-zA-Z]|\(\?P?<\w+>|\(\?[a-zA-Z]+\)")
_EITHER_CASE = re.compile(r"\[([A-Za-z])([A-Za-z])\]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]")
_LEAST_PIECE = 6
"""Letters of a word of the rules that is looked for inside of others, too: ``connecttimeouterror`` has three."""

STRUCTURE = frozenset((
    "proxy", "internal", "dualstack", "master", "replica", "clustercfg", "cluster", "ro", "vpc", "vpce", "localhost",
))  # fmt: skip
"""Words of a name that the rules read: ``master.NAME...cache.amazonaws.com``, ``internal-NAME-1...elb``, a proxy."""

_GLUE = frozenset((
    "a", "all", "an", "and", "any", "are", "as", "at", "be", "by", "for", "from", "has", "in", "is", "it", "no", "not",
    "of", "off", "on", "only", "or", "out", "so", "that", "the", "this", "to", "was", "with", "true", "false", "via",
))  # fmt: skip
"""Words that make nobody's name, whatever text they stand in."""


def pieces_of(word: str) -> list[str]:
    """The words that a word in camel case is made of."""
    return _CAMEL.findall(word)


@cache
def ordinary() -> frozenset[str]:
    """Words of log lines that tell of nobody, in lower case."""
    return _listed("ordinary_words.txt") | _GLUE


@cache
def of_aws() -> frozenset[str]:
    """Words of AWS's answers, in lower case."""
    return _listed("aws_words.txt")


def _of_the_sensor() -> Iterator[str]:
    """What the sensor calls its figures: a reader that finds no name leaves the line out."""
    yield from (metric.spelled for metric in METRICS)
    for names in (Field, Of):
        yield from (value for name, value in vars(names).items() if name.isupper())


@cache
def of_rules() -> frozenset[str]:
    """Words that narrows looks for in log lines and in ``reported``, in lower case."""
    found = {piece.lower() for name in _of_the_sensor() for piece in pieces_of(name)}
    for text in _patterns():
        plain = _EITHER_CASE.sub(_same, _ESCAPES.sub(" ", text))
        for word in _LETTERS.findall(plain):
            found.add(word.lower())
            found.update(piece.lower() for piece in pieces_of(word) if len(piece) > 1)
    return frozenset(found)


@cache
def _inside() -> re.Pattern[str]:
    from narrows.case.reading.log_words import table

    words = {
        word.lower()
        for line in table()
        for text in line.words
        for word in _LETTERS.findall(_ESCAPES.sub(" ", text))
        if len(word) >= _LEAST_PIECE
    }
    return re.compile("|".join(sorted(map(re.escape, words | {"error", "exception"}), key=len, reverse=True)))


def rule_in(word: str) -> tuple[int, int] | None:
    """Where in a word in lower case one of the rules begins and ends."""
    match = _inside().search(word)
    return None if match is None else match.span()


def is_glue(word: str) -> bool:
    """Whether a word in lower case makes nobody's name."""
    return word in _GLUE


def _patterns() -> Iterator[str]:
    from narrows.case.outcomes import CallerOutcome
    from narrows.case.reading.log_words import log_filter, table

    yield log_filter()
    for line in table():
        yield from line.words
    for outcome in CallerOutcome:
        if outcome.about.words is not None:
            yield outcome.about.words.pattern
    for name in _RULES:
        module = import_module(f"narrows.case.reading.{name}")
        own = sys.modules[module.__name__]
        for key, value in vars(own).items():
            if not key.startswith("__"):
                yield from _texts(value)


def _texts(value: object) -> Iterator[str]:
    """The texts and patterns in a constant."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, re.Pattern):
        yield value.pattern
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key)
            yield from _texts(one)
    elif isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _texts(one)


def _same(pair: re.Match[str]) -> str:
    """``[Cc]`` is a c."""
    return pair[1] if pair[1].lower() == pair[2].lower() else " "


def _listed(name: str) -> frozenset[str]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return frozenset(_words(line for line in text.splitlines() if not line.startswith("#")))


def _words(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from line.split()
