"""The expressions of Terraform's language, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a string without parts, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Template:
    """A string with parts that are worked out."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """``{ key = value }``."""

    items: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """``name(arguments)``."""

    name: str
    arguments: tuple[Expression, ...]
    spread: bool = False
    """The last argument is a list of the rest: ``f(xs...)``."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? yes : no``."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    """One operator; ``left`` is None where it has but one side."""

    operator: str
    left: Expression | None
    right: Expression


@dataclass(frozen=True, slots=True)
class For:
    """``[for value in of : each if only]``, or ``{for key, value in of : key_each => each}``."""

    names: tuple[str, ...]
    of: Expression
    key_each: Expression | None
    each: Expression
    only: Expression | None
    grouped: bool


@dataclass(frozen=True, slots=True)
class Name:
    """The first word of a reference: ``var``, ``aws_vpc``, the name in a ``for``."""

    name: str


@dataclass(frozen=True, slots=True)
class Get:
    """``of.name``."""

    of: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``of[key]``."""

    of: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class Splat:
    """``of[*].a.b``: ``each`` is what is made of each item, which is called ``EACH`` in it."""

    of: Expression
    each: Expression


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that is not read."""

    why: str


EACH = "*"
"""The name of the item that a splat is at: no name in a file is that."""


Expression = (
    Literal | Template | Several | Members | Call | Conditional | Operation | For | Name | Get | Index | Splat | Opaque
)
