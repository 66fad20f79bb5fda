"""What a declared resource says, member by member, as AWS's answers have it; what it leaves open is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from narrows.addresses import block
from narrows.aws_ids import PATTERNS
from narrows.declared.ids import Ids
from narrows.declared.model import Declared, Path, Place, Resource, Unknown, Value
from narrows.errors import InputError, shown
from narrows.yaml_source import dotted

_REGION = re.compile(r"\$\{(?:AWS::Region|data\.aws_region\.[\w-]+\.(?:name|id|region))\}")
"""What stands in a text for the Region that it is deployed in."""
_BLOCKS = frozenset(
    {"CidrBlock", "Ipv6CidrBlock", "CidrIp", "CidrIpv6", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "Cidr"}
)

Shape = dict[str, object]
"""An answer of AWS, or a part of one."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the files do not say of a resource."""

    address: str
    member: str
    """The property, by CloudFormation's name: ``VpcConfig.SubnetIds``; empty for whether the resource is there."""
    why: str
    place: Place
    kind: str
    """The type of what it was read from, which may only come along with the resource of this address."""
    parts: int = 1
    """Of a list: how many of its members are not known; 1 where the whole list is not."""


@dataclass
class Book:
    """What is read from, and what is written down meanwhile."""

    declared: Declared
    ids: Ids
    region: str | None = None
    questions: dict[Question, None] = field(default_factory=dict)
    """Each once, in the order in which they came up."""

    def told(self, resource: Resource) -> Told:
        """What a resource says."""
        return Told(self, resource, resource.properties)

    def all(self, *types: str) -> Iterator[tuple[str, Told]]:
        """Each resource of these types with its id."""
        for resource in self.declared.of(*types):
            yield self.ids.of.get(resource.address, resource.address), self.told(resource)


class Told:
    """A resource, or a part of one."""

    def __init__(self, book: Book, resource: Resource, data: Mapping[str, Value], path: Path = ()) -> None:
        self.book, self.resource, self._data, self._path = book, resource, data, path

    def __contains__(self, key: str) -> bool:
        """Whether anything is said, even if it is not known what."""
        return self._data.get(key) is not None

    def value(self, key: str) -> Value:
        """The value, with a reference followed; None where it is absent or not known, which is asked."""
        value = self._resolved(key)
        if isinstance(value, Unknown):
            self.ask(key, value.why)
            return None
        return value

    def known(self, key: str) -> bool:
        """Whether it is there and known."""
        value = self._resolved(key)
        return value is not None and not isinstance(value, Unknown)

    def _resolved(self, key: str) -> Value:
        """The value; of a text in which only the Region is open, with the Region that all else is in."""
        value = self.book.ids.resolved(self._data.get(key))
        if isinstance(value, Unknown) and value.text and self.book.region is not None:
            text = _REGION.sub(self.book.region, value.text)
            return value if "${" in text else text
        return value

    def ask(self, key: str, why: str, parts: int = 1) -> None:
        """Note that a member is not known."""
        path = (*self._path, key) if key else ()
        place = self.resource.place_of(*path)
        question = Question(self.resource.address, dotted(path), why, place, self.resource.type, parts)
        self.book.questions[question] = None

    def text(self, key: str) -> str | None:
        """A string, such as AWS has there; whatever else stands there is asked."""
        return self._fitting(key, key, self.value(key))

    def whole(self, key: str) -> int | None:
        """A whole number; templates have them in quotes, too."""
        value = self.value(key)
        if isinstance(value, bool) or value is None:
            return None
        try:
            number = float(value) if isinstance(value, str | int | float) else float("nan")
        except ValueError:
            number = float("nan")
        if number != number or abs(number) > 1e15 or number != int(number):
            self.ask(key, f"{shown(value)} is not a whole number")
            return None
        return int(number)

    def flag(self, key: str) -> bool | None:
        """A boolean; templates have them in quotes, too."""
        value = self.value(key)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return value if isinstance(value, bool) else None

    def texts(self, key: str) -> list[str] | None:
        """A list of strings; None where it is absent or not known at all. Members that are not known are asked."""
        value = self.value(key)
        if value is None:
            return None
        listed: list[Value] = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        texts: list[str] = []
        missing: list[str] = []
        for member in listed:
            resolved = self.book.ids.resolved(member)
            if isinstance(resolved, str) and self._fits(key, resolved):
                texts.append(resolved)
            elif isinstance(resolved, Sequence) and not isinstance(resolved, str):
                # A list inside of a list is what ``Fn::Split`` and splats make of one: its members come next.
                listed += resolved
            else:
                missing.append(resolved.why if isinstance(resolved, Unknown) else f"{shown(resolved)} is no id")
        if missing:
            self.ask(key, missing[0], len(missing))
        return texts

    def parts(self, key: str) -> list[Told] | None:
        """A list of objects; None where it is absent or not known at all."""
        value = self.value(key)
        if value is None:
            return None
        listed = [value] if isinstance(value, Mapping) else value
        if not isinstance(listed, Sequence) or isinstance(listed, str):
            self.ask(key, f"{shown(value)} is no list of objects")
            return []
        parts = []
        for index, member in enumerate(listed):
            resolved = self.book.ids.resolved(member)
            if isinstance(resolved, Mapping):
                parts.append(Told(self.book, self.resource, resolved, (*self._path, key, index)))
            else:
                self.ask(key, resolved.why if isinstance(resolved, Unknown) else f"{shown(resolved)} is no object")
        return parts

    def part(self, key: str) -> Told | None:
        """An object; None where it is absent or not known."""
        value = self.value(key)
        if value is None or isinstance(value, Mapping):
            return None if value is None else Told(self.book, self.resource, value, (*self._path, key))
        self.ask(key, f"{shown(value)} is no object")
        return None

    def tags(self) -> list[Shape]:
        """The Name tag, as answers have it: no other is needed."""
        name = self.resource.name
        return [{"Key": "Name", "Value": name}] if name else []

    def _check_block(self, key: str, value: str) -> None:
        try:
            block(value)
        except ValueError:
            path = (*self._path, key)
            place = self.resource.place_of(*path)
            where = place.in_file(f"{self.resource.address}, {dotted(path)}")
            raise InputError(f"{shown(value)} is not a CIDR block", file=place.file, place=where) from None

    def _fits(self, key: str, text: str) -> bool:
        pattern = PATTERNS.get(key)
        return bool(text) and (pattern is None or pattern.fits(text))

    def _fitting(self, key: str, kind: str, value: Value) -> str | None:
        if value is None or value == "":
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.ask(key, f"{shown(value)} is no text")
            return None
        if key in _BLOCKS:
            self._check_block(key, value)
        if not self._fits(kind, value):
            pattern = PATTERNS[kind]
            self.ask(key, f"{shown(value)} is not {pattern.what}")
            return None
        return value


def present(**members: object) -> Shape:
    """An object of those members that are known."""
    return {key: value for key, value in members.items() if value is not None}
