"""Filter patterns of CloudWatch Logs for unstructured text (CloudWatch Logs User Guide, Filter pattern syntax)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from tests.aws.errors import AwsError

_LONGEST = 1024
"""Characters of a pattern."""
_EXPRESSIONS = 2
"""In one pattern."""
_IN_EXPRESSIONS = re.compile(r"(?:\\[!-~]|[A-Za-z0-9_#=@/;,^$?\[\]{}|*+.-])*")
"""What AWS takes in one: no space, no parentheses, nothing of several bytes."""
_TERM = re.compile(
    r'\s*(?P<sign>[-?]?)(?:%(?P<expression>(?:\\.|[^%\\])*)%|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<word>[^\s"%]+))'
)


Test = Callable[[str], bool]
"""Whether a line passes."""


@lru_cache(maxsize=64)
def predicate(pattern: str) -> Test:
    """What tells whether a line passes a pattern: every plain term, one of those with ``?``, none of those with ``-``.

    A term is a word, ``"a phrase"`` or ``%a regular expression%``; upper and lower case are different.

    Raises:
        AwsError: it is too long, not closed, or of JSON or of space-delimited events, which this server does not read.
    """
    if len(pattern) > _LONGEST:
        raise _invalid(f"Member must have length less than or equal to {_LONGEST}")
    text = pattern.strip()
    if text.startswith(("{", "[")):
        raise _invalid("Invalid filter pattern: this server reads patterns of unstructured text alone")
    required: list[Test] = []
    optional: list[Test] = []
    excluded: list[Test] = []
    position, expressions = 0, 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None:
            raise _invalid(f"Invalid filter pattern: unexpected character at {position}")
        position = match.end()
        expressions += match["expression"] is not None
        {"": required, "?": optional, "-": excluded}[match["sign"]].append(_test(match))
    if expressions > _EXPRESSIONS:
        raise _invalid(f"Invalid filter pattern: more than {_EXPRESSIONS} regular expressions")

    def passes(line: str) -> bool:
        if any(test(line) for test in excluded) or not all(test(line) for test in required):
            return False
        # Beside terms that must be there, those that may be there decide nothing.
        return bool(required) or not optional or any(test(line) for test in optional)

    return passes


def _test(match: re.Match[str]) -> Test:
    if match["expression"] is not None:
        if not _IN_EXPRESSIONS.fullmatch(match["expression"]):
            raise _invalid("Invalid filter pattern: a regular expression holds characters that are not supported")
        try:
            expression = re.compile(match["expression"])
        except re.error as error:
            raise _invalid(f"Invalid filter pattern: {error}") from None
        return lambda line: expression.search(line) is not None
    term = match["word"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
    return lambda line: term in line


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
