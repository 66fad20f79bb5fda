"""Text that does nothing but be read: what is not printable in it is written out."""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""What Unicode calls printable and nobody can see: fillers, variation selectors, tags."""


def printable(text: str) -> str:
    """The text with all that is not printable written out; line breaks stay."""
    if text.replace("\n", "").isprintable() and (text.isascii() or not _UNSEEN.search(text)):
        return text
    return "".join(char if char == "\n" else _seen(char) for char in text)


def _seen(char: str) -> str:
    if char.isprintable() and not _UNSEEN.match(char):
        return char
    return ascii(char)[1:-1]
