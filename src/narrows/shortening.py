"""Long names shortened in the middle, so that those of one picture or table still differ."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from os.path import commonprefix

LEAST = 8
"""The shortest limit: below it too little is left of a name to tell it by."""
_ELLIPSIS = "…"
_SEPARATORS = frozenset("-_./: ")


def shortened(names: Iterable[str], limit: int) -> dict[str, str]:
    """Each name with what is shown for it: at most ``limit`` characters, and no two alike.

    A name that fits stays as it is. Of one that does not, the ends are kept: names differ there. Where those of
    several are alike, what is kept is the part in which these differ: ``prod-eu-…-worker-a``. Cuts are made between
    words where that costs little.

    Args:
        names: what is shown together.
        limit: ``LEAST`` or more.
    """
    if limit < LEAST:
        raise ValueError(f"a limit of {limit} characters leaves too little of a name; {LEAST} is the least")
    every = list(dict.fromkeys(names))
    found = {name: name for name in every if len(name) <= limit}
    taken = set(found)
    for name, short in _apart([name for name in every if len(name) > limit], limit).items():
        found[name] = short if short not in taken else _numbered(name, limit, taken)
        taken.add(found[name])
    return {name: found[name] for name in every}


def _apart(names: list[str], limit: int) -> dict[str, str]:
    found = {name: _ends(name, limit, limit // 2) for name in names}
    alike = _alike(names, found)
    while alike:
        group = alike.pop()
        # Whatever is alike once it shows this place has more in common: this ends.
        place = len(commonprefix(group))  # noqa: RUF071 (of names, by letters)
        for name in group:
            found[name] = _around(name, place, limit)
        alike += _alike(group, found)
    return found


def _alike(names: list[str], found: dict[str, str]) -> list[list[str]]:
    """Those for which the same would be shown."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(found[name], []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _ends(name: str, limit: int, head: int) -> str:
    """Its first and last characters; the word that a cut would break is left out where it is short."""
    first = _up_to_a_word(name[:head])
    last = name[len(name) - (limit - 1 - len(first)) :]
    for place in range(len(last) // 3):
        if last[place] in _SEPARATORS:
            return first + _ELLIPSIS + last[place:]
    return first + _ELLIPSIS + last


def _up_to_a_word(head: str) -> str:
    for end in range(len(head), len(head) * 2 // 3, -1):
        if head[end - 1] in _SEPARATORS:
            return head[:end]
    return head


def _around(name: str, place: int, limit: int) -> str:
    """Its ends, and the characters at a place."""
    outer = limit // 4
    if place < limit // 2 - 1:
        head = limit // 2 + outer
        return name[:head] + _ELLIPSIS + name[len(name) - (limit - 1 - head) :]
    if len(name) - place <= limit - 1 - outer:
        start = _start_of_word(name, place, len(name) - (limit - 1 - outer))
        return _up_to_a_word(name[: limit - 1 - (len(name) - start)]) + _ELLIPSIS + name[start:]
    size = limit // 2
    head = (limit - size - 2) // 2
    tail = limit - size - 2 - head
    start = min(_start_of_word(name, place, place - size // 3), len(name) - tail - size - 1)
    return name[:head] + _ELLIPSIS + name[start : start + size] + _ELLIPSIS + name[len(name) - tail :]


def _start_of_word(name: str, place: int, least: int) -> int:
    """Where the word at a place begins, or the separator before it; the place itself where that is too far."""
    for start in range(place, max(0, least) - 1, -1):
        if start < len(name) and name[start] in _SEPARATORS and start < place:
            return start
    return place


def _numbered(name: str, limit: int, taken: set[str]) -> str:
    """Its beginning and a number that no other has: where nothing else tells it from a name that is short already."""
    for number in count(2):
        end = f"{_ELLIPSIS}{number}"
        short = name[: limit - len(end)] + end
        if short not in taken:
            return short
    raise AssertionError("there is always another number")
