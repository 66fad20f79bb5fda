"""What the table of fields in ``shape.py`` is made of: its parts, read and written by one rule, and kinds of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from narrows.aws_ids import FUNCTION, REGION, ZONE, Pattern
from narrows.bounds import SCENARIO_DAYS
from narrows.errors import shown
from narrows.units import COUNT_AS_TEXT, DURATION_AS_TEXT, parse_count, parse_duration

_Made = TypeVar("_Made")

LONGEST_SECONDS = SCENARIO_DAYS * 86400.0


class Part(BaseModel):
    """A mapping of the file. Each field has the name of the attribute that it becomes; its key in the file is the same,
    or the field's alias.

    The docstring of a part begins with its place in the file. The one under a field says what it means, the shortest
    first: ``narrows init``, the reference of keys and the JSON Schema are made of them, by ``json_schema.py``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def of(cls, thing: object, **more: Any) -> Self:
        """The part that stands for a thing: the thing's attributes, unless ``more`` has them. Nothing is checked."""
        return cls.model_construct(
            **{name: more[name] if name in more else getattr(thing, name) for name in cls.model_fields}
        )

    def written(self) -> dict[str, Any]:
        """As the file has it, without what has its default value."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def made(part: Part, kind: type[_Made], **more: Any) -> _Made:
    """The dataclass that a part stands for: the part's fields, as far as ``kind`` has them, and ``more``."""
    attributes: Mapping[str, object] = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return kind(**{name: value for name, value in part if name in attributes} | more)


@dataclass(frozen=True)
class WrittenAs:
    """How a field is written that is written as something else than it is."""

    form: Any
    """The type of what stands in the file."""
    read: Callable[[Any], Any]
    """From that to the value."""
    write: Callable[[Any], Any]
    """From the value to plain data."""
    also: tuple[Mapping[str, Any], ...] = ()
    """What else may stand in the file, in JSON Schema: what a validator of ``form`` turns into it."""

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Called by pydantic."""
        return core_schema.no_info_after_validator_function(
            self.read,
            handler.generate_schema(self.form),
            serialization=core_schema.plain_serializer_function_ser_schema(self.write),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Called by pydantic."""
        found = handler(schema)
        return {"anyOf": [*found["anyOf"], *map(dict, self.also)]} if self.also else found


@dataclass(frozen=True)
class Example:
    """What a field may hold, for who writes one for the first time."""

    value: Any
    """As the file has it."""
    unit: str = ""
    """What a number counts."""
    others: tuple[tuple[Any, str], ...] = ()
    """Values of other forms, each with what it means in a few words."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Called by pydantic."""
        found = handler(schema)
        found["examples"] = [self.value, *(value for value, _ in self.others)]
        found |= {"x-unit": self.unit} if self.unit else {}
        return found | ({"x-others": [words for _, words in self.others]} if self.others else {})


@dataclass(frozen=True)
class AsText:
    """A number that may also be written as text, such as ``90k`` or ``1m30s``."""

    read: Callable[[Any], Any]
    pattern: str
    """Of the text, as JSON Schema has it."""
    kind: str
    """What it is, in words."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Called by pydantic."""
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Called by pydantic."""
        number = handler(schema)
        return {"anyOf": [number, {"type": "string", "pattern": self.pattern}], "x-kind": self.kind}


def as_part(part: type[Part], kind: type) -> WrittenAs:
    """One of ``kind``, written as a part."""
    return WrittenAs(part, lambda written: made(written, kind), lambda thing: part.of(thing).written())


def by_name(part: type[Part], kind: type) -> WrittenAs:
    """A mapping from names to those of ``kind``, each of which holds its name, too."""
    return WrittenAs(
        dict[Name, part],  # type: ignore[valid-type]  # mypy takes no type from an argument
        lambda written: {name: made(each, kind, name=name) for name, each in written.items()},
        lambda things: {name: part.of(thing).written() for name, thing in things.items()},
    )


def positive(seconds: float) -> float:
    """The same, if it is more than zero."""
    if seconds <= 0:
        raise ValueError("it must be more than zero")
    return seconds


def _bounded(seconds: float) -> float:
    if seconds > LONGEST_SECONDS:
        raise ValueError(f"longer than the {SCENARIO_DAYS} days that a scenario may take")
    return seconds


def _name(text: Any) -> str:
    if isinstance(text, int | float | date):
        raise ValueError(f"{shown(text)} is not a name as it stands: put it in quotes")
    if not isinstance(text, str) or not text.strip() or len(text) > 128 or not text.isprintable():
        raise ValueError("a name is printable text of 1 to 128 characters")
    return text


def _fitting(pattern: Pattern) -> AfterValidator:
    """What a simulation writes into a case, which reads only what AWS gives."""

    def check(text: str) -> str:
        if not pattern.fits(text):
            raise ValueError(f"{shown(text)} is not {pattern.what}; {pattern.rule}")
        return text

    return AfterValidator(check)


AS_COUNT = AsText(parse_count, COUNT_AS_TEXT, "number")
_DURATION = AsText(parse_duration, DURATION_AS_TEXT, "duration")

Duration = Annotated[float, Field(ge=0), _DURATION, AfterValidator(_bounded)]
PositiveDuration = Annotated[Duration, AfterValidator(positive)]
Name = Annotated[str, BeforeValidator(_name), Field(min_length=1, max_length=128)]
Names = tuple[Name, ...]
FunctionName = Annotated[Name, _fitting(FUNCTION)]
RegionName = Annotated[Name, _fitting(REGION)]
Zone = Annotated[Name, _fitting(ZONE)]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Ports = Annotated[frozenset[Port], PlainSerializer(sorted)]
Count = Annotated[int, Field(ge=1, le=10_000_000, strict=True), AS_COUNT]
NoneOrMore = Annotated[int, Field(ge=0, strict=True), AS_COUNT]
Level = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False, strict=True), AS_COUNT]
ByteRate = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, strict=True), AS_COUNT]
