"""What expressions come to: values as Terraform has them, with what only a deployment knows left open."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from narrows.bounds import TERRAFORM_STEPS, TERRAFORM_TEXT
from narrows.declared.model import Reference, Unknown, Value
from narrows.errors import InputError

AFTER_APPLY: Final = Unknown("known after apply")
SENSITIVE: Final = Unknown("sensitive")
"""What nobody may see."""
_DEEPEST: Final = 32


class Lazy(ABC):
    """Something whose members are worked out when they are asked for: ``var``, a resource, a module."""

    __slots__ = ()

    @abstractmethod
    def get(self, name: str) -> Found:
        """The member of that name. Raises ``WrongError`` where there is none."""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A block of which it is not known how many there are: whichever is meant, it is the one that stands for all."""

    one: Found
    why: str


Found = (
    None | bool | int | float | str | Reference | Unknown | Sequence["Found"] | Mapping[str, "Found"] | Lazy | Uncounted
)
"""A ``Value``, or something that has members. A list is a tuple."""


class SetOf(tuple[Found, ...]):
    """A set: each once, text in its order."""

    __slots__ = ()


class WrongError(Exception):
    """An expression that Terraform refuses, or whose meaning is not known; it says why."""


@dataclass(slots=True)
class Budget:
    """How much may still be worked out of one folder."""

    steps: int = TERRAFORM_STEPS

    def take(self, steps: int = 1) -> None:
        """Raises ``InputError`` where there is no more."""
        self.steps -= steps
        if self.steps < 0:
            raise InputError(
                f"its expressions take more than {TERRAFORM_STEPS:,} steps to work out",
                advice="give the plan's JSON: terraform show -json",
            )


def set_of(items: Sequence[Found]) -> Found:
    """A set of these."""
    if (unknown := first_unknown(items)) is not None:
        return unknown
    once: list[Found] = []
    seen: set[tuple[str, object]] = set()
    for item in items:
        if isinstance(item, str | bool | int | float | Reference) or item is None:
            key = ("number" if is_number(item) else type(item).__name__, item)
            if key in seen:
                continue
            seen.add(key)
            once.append(item)
        elif not any(is_same(item, earlier) is True for earlier in once[:1000]):
            once.append(item)
    if all(isinstance(item, str) for item in once):
        once.sort(key=str)
    elif all(is_number(item) for item in once):
        once.sort(key=lambda item: item if isinstance(item, int | float) else 0)
    return SetOf(once)


def is_number(value: Found) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_list(value: Found) -> bool:
    """Whether it is a list or a set."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def from_json(value: object) -> Found:
    """A value of JSON as one of Terraform's."""
    if isinstance(value, dict):
        return {str(key): from_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return tuple(from_json(item) for item in value)
    return value if isinstance(value, str | bool | int | float) else None


def first_unknown(values: Sequence[Found]) -> Unknown | None:
    """The first of them that is not known."""
    return next((value for value in values if isinstance(value, Unknown)), None)


def why_open(value: Unknown | Reference) -> Unknown:
    """Why something is not known: of what refers to a resource, only a deployment knows what it is."""
    return value if isinstance(value, Unknown) else AFTER_APPLY


def first_open(values: Sequence[Found]) -> Unknown | None:
    """Why the first of them is not known that is not; None where all are."""
    return next((why_open(value) for value in values if isinstance(value, Unknown | Reference)), None)


def items_of(value: Found) -> Sequence[Found]:
    """The items of a list or set. Raises ``WrongError`` where it is none."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    raise WrongError(f"{kind_of(value)} where a list should be")


def members_of(value: Found) -> Mapping[str, Found]:
    """The members of a map or object. Raises ``WrongError`` where it is none."""
    if isinstance(value, Mapping):
        return value
    raise WrongError(f"{kind_of(value)} where a map should be")


def pairs_of(value: Found) -> Iterator[tuple[Found, Found]]:
    """Each key with its value, as ``for`` goes through them; a set's items are their own keys."""
    if isinstance(value, Uncounted):
        raise WrongError(value.why)
    if isinstance(value, Mapping):
        yield from sorted(value.items())
    elif isinstance(value, SetOf):
        yield from ((item, item) for item in value)
    else:
        yield from enumerate(items_of(value))


def text(value: Found) -> str:
    """As a string holds it. Raises ``WrongError`` where it has no form as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return format(value, ".15g") if isinstance(value, float) else str(value)
    raise WrongError(f"{kind_of(value)} where text should be")


def short(written: str) -> str:
    """A text that expressions made. Raises ``WrongError`` where it is longer than anybody writes."""
    if len(written) > TERRAFORM_TEXT:
        raise WrongError(f"a text of more than {TERRAFORM_TEXT:,} characters")
    return written


def whole(value: Found) -> int:
    """A whole number, also where it is written as text. Raises ``WrongError`` where it is none."""
    number = numeric(value)
    if number != number or abs(number) > 2**53 or number != int(number):
        raise WrongError("a number that is not whole where a whole one should be")
    return int(number)


def numeric(value: Found) -> int | float:
    """A number, also where it is written as text. Raises ``WrongError`` where it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 40:
        try:
            number = float(value)
        except ValueError:
            raise WrongError("text where a number should be") from None
        return int(number) if abs(number) < 2**53 and number == int(number) else number
    raise WrongError(f"{kind_of(value)} where a number should be")


def decimal(value: int | float) -> Decimal:
    """A number as it is written: Terraform's numbers have no error in the last digit."""
    return Decimal(repr(value))


def truth(value: Found) -> bool:
    """True or false, also where it is written as text. Raises ``WrongError`` where it is neither."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise WrongError(f"{kind_of(value)} where true or false should be")


def is_same(left: Found, right: Found, depth: int = 0) -> bool | Unknown:
    """Whether two values are equal, as far as that is known."""
    for side, opposite in ((left, right), (right, left)):
        if isinstance(side, Unknown):
            return side
        if isinstance(side, Reference):
            if opposite is None:
                return False
            return True if side == opposite else AFTER_APPLY
    if depth > _DEEPEST or any(isinstance(side, Uncounted | Lazy) for side in (left, right)):
        return AFTER_APPLY
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if left.keys() != right.keys():
            return False
        return _all_same(((left[key], right[key]) for key in left), depth)
    if isinstance(left, Sequence) and isinstance(right, Sequence) and not isinstance(left, str | bytes):
        if isinstance(right, str) or len(left) != len(right):
            return False
        return _all_same(zip(left, right, strict=True), depth)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _all_same(pairs: Iterator[tuple[Found, Found]] | zip[tuple[Found, Found]], depth: int) -> bool | Unknown:
    unknown: Unknown | None = None
    for left, right in pairs:
        equal = is_same(left, right, depth + 1)
        if equal is False:
            return False
        if isinstance(equal, Unknown):
            unknown = equal
    return True if unknown is None else unknown


def kind_of(value: Found) -> str:
    """What a value is, for people; never the value itself, which may be a secret."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, Reference):
        return "an id that is known after apply"
    if isinstance(value, Unknown):
        return "something that is not known"
    if isinstance(value, Mapping):
        return "a map"
    return "a list" if isinstance(value, Sequence) else "an object"


def settled(value: Found, budget: Budget, depth: int = 0) -> Value:
    """A value with nothing left to work out in it, as a tree of its own."""
    budget.take()
    if depth > _DEEPEST:
        return Unknown("nested too deeply")
    if value is None or isinstance(value, str | bool | int | float | Reference | Unknown):
        return value
    if isinstance(value, Mapping):
        return {key: settled(member, budget, depth + 1) for key, member in value.items()}
    if isinstance(value, Sequence):
        return [settled(item, budget, depth + 1) for item in value]
    return Unknown("a whole resource or module")
