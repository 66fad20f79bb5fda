"""A subject by what people see of it."""

from __future__ import annotations

import re
from functools import cache

from narrows.errors import InputError, nearest, shown
from narrows.explain.documents import documents
from narrows.explain.numbers import assumptions, limits
from narrows.explain.subject import Group, Subject

_APART = re.compile(r"[\s_/-]+")
_QUOTES = " \t`'\"[]"
"""What people copy with a name."""
_MOST_GUESSES = 6


@cache
def subjects() -> tuple[Subject, ...]:
    """Everything that can be explained, by group."""
    order = list(Group)
    return tuple(sorted((*documents(), *limits(), *assumptions()), key=lambda one: order.index(one.group)))


def find(asked: str) -> tuple[Subject, ...]:
    """What somebody asks for: by its name, its title, the path of its page, or the code of its quota.

    Returns:
        One subject; several where a limit and a cause have one name.

    Raises:
        InputError: nothing is called so; with what may be meant.
    """
    known = subjects()
    wanted = _plain(asked)
    by_name = tuple(one for one in known if _plain(one.name) == wanted)
    found = by_name or tuple(one for one in known if wanted in map(_plain, one.aliases))
    if not found:
        raise InputError(f"nothing is called {shown(asked)}", advice=_advice(wanted, known))
    return found


def _plain(word: str) -> str:
    return _APART.sub("-", word.strip(_QUOTES).lower().removeprefix("./").removesuffix(".md"))


def _advice(wanted: str, known: tuple[Subject, ...]) -> str:
    """The nearest name, and those that hold what was written as words of theirs."""
    names = {_plain(one.name): one.name for one in known}
    words = wanted.replace("-", "")
    begin = [name for plain, name in names.items() if words and plain.replace("-", "").startswith(words)]
    hold = [name for plain, name in names.items() if f"-{wanted}-" in f"-{plain}-"]
    guess = nearest(wanted, list(names))
    guesses = list(dict.fromkeys([*begin, *hold, *([names[guess]] if guess else [])]))[:_MOST_GUESSES]
    if not guesses:
        return "narrows explain lists what there is"
    return f"did you mean {' or '.join(filter(None, (', '.join(guesses[:-1]), guesses[-1])))}?"
