"""How much of a long list people are shown: the first of it, and how many more there are. ``--json`` has all."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.case.model import Note

MOST_NAMED = 8
"""Names in a sentence."""
MOST_LINES = 20
"""Lines, sentences or rows of one kind."""
_NOTES_OF_A_FILE = 5


def named(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """Names in a sentence: ``a, b, c and 4,997 more``."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def others_named(names: Sequence[str], most: int = MOST_NAMED, thing: str = "") -> str:
    """The same as people say it: ``a and b``, ``a, b and 38 others``, or of a thing ``a and 3 other functions``."""
    left = len(names) - most
    if left <= 0:
        return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    others = f"other {thing if left == 1 else thing + 's'}" if thing else "other" if left == 1 else "others"
    return f"{', '.join(names[:most])} and {left:,} {others}"


def counted(number: float, thing: str, things: str | None = None) -> str:
    """``1 connect``, ``25,000 connects``."""
    whole = round(number)
    return f"{whole:,} {thing if whole == 1 else things or thing + 's'}"


def first_lines(lines: Sequence[str], most: int = MOST_LINES) -> list[str]:
    """The first lines, and one that says how many more there are."""
    left = len(lines) - most
    return list(lines) if left <= 0 else [*lines[:most], f"and {left:,} more"]


def first_notes(notes: Sequence[Note]) -> list[Note]:
    """The first notes of each file, with one that counts the rest of it: a file may give thousands of one kind."""
    of_file: dict[str, list[Note]] = {}
    for one in notes:
        of_file.setdefault(one.source, []).append(one)
    shown = []
    for source, its in [*of_file.items()][:MOST_LINES]:
        shown += its[:_NOTES_OF_A_FILE]
        if len(its) > _NOTES_OF_A_FILE:
            shown.append(Note(source, f"and {len(its) - _NOTES_OF_A_FILE:,} more of this file"))
    if len(of_file) > MOST_LINES:
        shown.append(Note("case", f"and something about {len(of_file) - MOST_LINES:,} more files"))
    return shown
