"""Values of files that declare resources, as far as they are known: None for whatever is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from narrows.addresses import Block
from narrows.addresses import block as parsed
from narrows.declared.model import Unknown, Value


def is_list(value: Value) -> bool:
    """Whether it is a list that the files say."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def items(value: Value) -> Sequence[Value]:
    """The members of a list; none where it is none, or not known."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def flat(value: Value) -> Iterator[Value]:
    """The members of a list, and of those inside of it: what splats make of one before Terraform 0.12."""
    for member in items(value):
        yield from flat(member) if is_list(member) else (member,)


def text(value: Value) -> str | None:
    """A text that the files say."""
    return value if isinstance(value, str) else None


def known_text(value: Value) -> str | None:
    """A text, or what is known of it."""
    return value.text or None if isinstance(value, Unknown) else text(value)


def number(value: Value) -> float | None:
    """A number, in quotes too; None where it is none, or not known."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def whole(value: Value) -> int | None:
    """A whole number, in quotes too."""
    figure = number(value)
    return int(figure) if figure is not None and figure.is_integer() else None


def flag(value: Value) -> bool | None:
    """True or false, in quotes too."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


def block(value: Value) -> Block | None:
    """A block of addresses."""
    try:
        return parsed(value) if isinstance(value, str) else None
    except ValueError:
        return None
