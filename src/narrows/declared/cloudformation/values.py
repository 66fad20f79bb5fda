"""What intrinsic functions work with: values of which parts are known.

Text may hold what only a deployment knows. It stays text with holes for as long as functions work on it, so that a list
of subnets that one stack joins and another splits is a list of subnets again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, TypeGuard

from narrows.bounds import TEMPLATE_TEXT
from narrows.declared.cloudformation.nodes import Scalar
from narrows.declared.model import Reference, Unknown, Value
from narrows.errors import one_line

_HOLE = "${...}"


class Absent(Enum):
    """``AWS::NoValue``: the property is not there."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Text:
    """Text with holes: two parts or more, of which one at least is not known."""

    parts: tuple[str | Reference | Unknown, ...]


@dataclass(frozen=True, slots=True)
class Zones:
    """The Availability Zones of a Region, however many there are."""

    region: str | None


Inner: TypeAlias = "Scalar | Reference | Unknown | Text | Zones | Absent | Sequence[Inner] | Mapping[str, Inner]"


def joined(values: Iterable[Inner]) -> Inner:
    """Values as one text."""
    parts: list[str | Reference | Unknown] = []
    known: list[str] = []
    length = 0
    for value in values:
        for part in value.parts if isinstance(value, Text) else (_part(value),):
            if isinstance(part, str):
                known.append(part)
                length += len(part)
            else:
                parts += ["".join(known), part] if known else [part]
                known = []
                length += len(part.text) if isinstance(part, Unknown) else len(part.address) + len(part.attribute)
            if length > TEMPLATE_TEXT:
                return Unknown(f"it is longer than {TEMPLATE_TEXT:,} characters")
    parts = [part for part in [*parts, "".join(known)] if part != ""]
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else Text(tuple(parts))


def _part(value: Inner) -> str | Reference | Unknown:
    if isinstance(value, Reference | Unknown):
        return value
    if isinstance(value, Zones):
        return Unknown("the Availability Zones of a Region", _HOLE)
    known = text_of(value)
    return Unknown("a list or mapping stands where text belongs", _HOLE) if known is None else known


def text_of(value: Inner) -> str | None:
    """A known value as CloudFormation writes it into text; None for any other."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    return "" if value is None or value is ABSENT else None


def split(value: Inner, delimiter: str) -> Inner:
    """Text at each delimiter. What is not known of it holds none, where something around it is; ids hold no comma."""
    if isinstance(value, Reference) and not value.attribute and delimiter == ",":
        return [value]
    if isinstance(value, Reference | Unknown):
        return unknown_because(value)
    if not isinstance(value, Text):
        known = text_of(value)
        return Unknown("what is split is no text") if known is None else list(known.split(delimiter))
    texts: list[list[Inner]] = [[]]
    for part in value.parts:
        pieces = part.split(delimiter) if isinstance(part, str) else [part]
        texts[-1].append(pieces[0])
        texts += [[piece] for piece in pieces[1:]]
    return [joined(text) for text in texts]


def unknown_because(value: Inner) -> Unknown:
    """Why a value is not known that a function would need. Whoever asks takes what has the same reason for the same."""
    if isinstance(value, Unknown):
        return Unknown(value.why)
    if isinstance(value, Text):
        made = f"{one_line(shape_of(value), 120)} is known once it is made"
        return Unknown(next((part.why for part in value.parts if isinstance(part, Unknown)), made))
    if isinstance(value, Reference):
        return Unknown(f"{one_line(_shown(value), 120)} is known once it is made")
    return Unknown("the Availability Zones of a Region" if isinstance(value, Zones) else "it is not what belongs there")


def first_unknown(values: Iterable[Inner]) -> Unknown:
    """Why a function of these values cannot be worked out."""
    kinds = (Unknown, Text, Reference, Zones)
    return unknown_because(next((value for value in values if isinstance(value, kinds)), None))


def is_list(value: Inner) -> TypeGuard[list[Inner]]:
    """Whether a value is a list of which each element is known, or why it is not."""
    return isinstance(value, list)


def shape_of(text: Text) -> str:
    """Text with ``${...}`` for what is not known of it."""
    return "".join(_shown(part) for part in text.parts)


def final(value: Inner) -> Value:
    """A value as resources hold it."""
    if isinstance(value, Text):
        return Unknown(unknown_because(value).why, shape_of(value))
    if isinstance(value, Zones):
        return Unknown("the Availability Zones of a Region")
    if isinstance(value, Absent):
        return None
    if isinstance(value, Mapping):
        return {key: final(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [final(element) for element in value]
    return value


def _shown(part: str | Reference | Unknown) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Unknown):
        return part.text or _HOLE
    return f"${{{part.address}.{part.attribute}}}" if part.attribute else f"${{{part.address}}}"
