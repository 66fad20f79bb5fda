"""The errors that a user can cause, each of them one line that says where and what to do."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable

from narrows.printable import printable

_MOST_COMPARED = 400
"""Words that an unknown one is compared with, letter by letter; of more only those next to it in the alphabet."""
_LONGEST_WORD = 200
_LONGEST_LINE = 400
"""Characters of a message that are shown; what comes from outside may be any length."""


class NarrowsError(Exception):
    """Anything narrows raises on purpose."""


class InputError(NarrowsError):
    """Input that cannot be used.

    ``str(error)`` is one line: *file*, *place* in it, *problem*, *advice*. The command line prints it and
    exits with code 2.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | os.PathLike[str] | None = None,
        place: str | None = None,
        advice: str | None = None,
    ) -> None:
        self.file = None if file is None else os.fspath(file)
        """The file that holds the bad input, as the user named it."""
        self.place = place
        """Where in the file: ``line 12``, ``line 12, functions.app.subnets`` or a JSON path."""
        self.problem = problem
        """What is wrong."""
        self.advice = advice
        """What to do about it."""
        where = ": ".join(part for part in (self.file, self.place) if part)
        text = f"{where}: {problem}" if where else problem
        if advice:
            text = f"{text}; {advice}"
        super().__init__(one_line(text))


class MachineError(InputError):
    """The machine lacks what the work needs (disk, memory, a package): no fault of the input, so nothing is concluded
    from it."""


def one_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """``text`` on one line, cut to ``longest`` characters; what is not printable is written out (``\\x1b``)."""
    flat = printable("".join(" " if char.isspace() else char for char in text[: longest + 1]))
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def shown(value: object, longest: int = 60) -> str:
    """A value from outside as messages show it: quoted, on one line and not too long."""
    try:
        return f"'{one_line(str(value), longest)}'"
    except ValueError:  # Python prints no whole number of more than 4,300 digits.
        return "a number of thousands of digits"


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "known") -> str:
    """The known word that was most likely meant, as advice, or all of them."""
    words = sorted(known)
    guess = nearest(word, words)
    return f"did you mean {shown(guess)}?" if guess else f"{otherwise}: {', '.join(words) or 'none'}"


def nearest(word: str, known: list[str] | tuple[str, ...] | set[str] | frozenset[str]) -> str | None:
    """The known word that ``word`` was most likely meant to be, or None."""
    from difflib import get_close_matches

    words = sorted(known)
    if len(words) > _MOST_COMPARED:
        words = _near(word, words)
    found = get_close_matches(word[:_LONGEST_WORD], words, n=1, cutoff=0.6)
    return found[0] if found else None


def _near(word: str, words: list[str]) -> list[str]:
    """Of very many words in order those that begin like ``word``, and those that end like it."""
    half = _MOST_COMPARED // 2
    backwards = sorted(one[::-1] for one in words)
    ends = [one[::-1] for one in _around(word[::-1], backwards, half)]
    return sorted({*_around(word, words, half), *ends})


def _around(word: str, words: list[str], count: int) -> list[str]:
    place = bisect_left(words, word)
    return words[max(0, place - count // 2) : place + count // 2]
