"""JSON as AWS's command line and SDKs write it, read so that every error names the file, the line and the column."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from narrows.addresses import Block, block
from narrows.aws_ids import PATTERNS, Pattern
from narrows.bounds import JSON_BYTES, JSON_OBJECTS, JSON_VALUES
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.surrogates import may_hold_half, without_halves
from narrows.errors import InputError, one_line, shown

_GZIP = b"\x1f\x8b"
_SMALLER = "ask for less with --filters, or for a shorter time"


@dataclass
class Budget:
    """What may still be read of files whose content stands in memory at one time."""

    objects: int = JSON_OBJECTS
    values: int = JSON_VALUES

    def take(self, text: str, file: str | os.PathLike[str]) -> None:
        """Count the objects, lists and values in JSON text, before any of them is made.

        Each begins with a bracket or a brace, or stands behind a comma; those inside of strings count as well.
        Raises ``InputError`` where they are too many.
        """
        objects = text.count("{") + text.count("[")
        self.objects -= objects
        self.values -= objects + text.count(",")
        if self.objects < 0:
            raise InputError(
                f"with it there are more than {JSON_OBJECTS:,} objects and lists", file=file, advice=_SMALLER
            )
        if self.values < 0:
            raise InputError(f"with it there are more than {JSON_VALUES:,} values", file=file, advice=_SMALLER)


def load_json(folder: CaseFolder, file: Path, budget: Budget | None = None) -> Any:
    """What a JSON file holds; a list when it holds several documents one after the other, as a shell loop writes them.

    Args:
        budget: of the files that are kept with this one; without any it has one of its own.

    Raises:
        InputError: it cannot be read, is too large, holds a key twice, or is not valid JSON; with line and column.
    """
    return parse_json(folder.read(file, JSON_BYTES, _SMALLER), file, budget)


def parse_json(raw: bytes, file: str | os.PathLike[str], budget: Budget | None = None) -> Any:
    """As ``load_json``, of bytes in UTF-8, or in UTF-16 or UTF-32 as PowerShell writes them."""
    if not raw.strip():
        raise InputError("is empty", file=file, advice="the command that wrote it failed: run it again")
    try:
        text = raw.decode(json.detect_encoding(raw))
    except UnicodeDecodeError as error:
        packed = raw.startswith(_GZIP)
        advice = "unpack it with gunzip" if packed else None
        problem = "is packed with gzip" if packed else f"is not JSON text (byte {error.start})"
        raise InputError(problem, file=file, advice=advice) from None
    (budget or Budget()).take(text, file)
    try:
        found = _documents(text)
        return without_halves(found) if may_hold_half(text) else found
    except json.JSONDecodeError as error:
        raise _broken(error, text, file) from None
    except KeyTwiceError as error:
        raise InputError(str(error), file=file, advice=KeyTwiceError.ADVICE) from None
    except RecursionError:
        raise InputError("is nested too deeply", file=file) from None
    except ValueError as error:
        # Python refuses whole numbers of thousands of digits, which no answer of AWS holds.
        raise InputError(f"is not valid JSON: {one_line(str(error).split(';')[0], 120)}", file=file) from None


class KeyTwiceError(Exception):
    """An object has two members of one name, of which a reader would see only the last."""

    ADVICE = "AWS writes no such thing: get the file again"


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of a JSON object, as ``object_pairs_hook``. Raises ``KeyTwiceError``."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = Counter(key for key, _ in pairs)
        twice = next(key for key, count in keys.items() if count > 1)
        raise KeyTwiceError(f"an object holds the key {shown(twice)} twice")
    return found


def _documents(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data" or text[error.pos] not in "{[":
            raise
    decoder, found, position = json.JSONDecoder(object_pairs_hook=members), [], 0
    while position < len(text):
        if text[position].isspace() or text[position] == "\ufeff":
            position += 1
            continue
        document, position = decoder.raw_decode(text, position)
        found.append(document)
    return found


def _broken(error: json.JSONDecodeError, text: str, file: str | os.PathLike[str]) -> InputError:
    place = f"line {error.lineno}, column {error.colno}"
    if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
        advice = "it is not whole: copy it, or run the command, again"
        return InputError("is not valid JSON: it ends in the middle", file=file, place=place, advice=advice)
    looks_like_json = text.lstrip("\ufeff \n\r\t").startswith(("{", "["))
    return InputError(
        f"is not valid JSON: {error.msg.lower()}",
        file=file,
        place=place,
        advice=None if looks_like_json else "with the AWS command line, use --output json",
    )


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON object from outside, read member by member: what has the wrong type is an error with its place."""

    data: dict[str, Any]
    file: Path
    place: str
    """Where in the file, such as ``Subnets[3]``."""
    lent: Mapping[str, Record] = field(default_factory=dict)
    """For each member that stands only in another record of the same resource: that record."""

    def completed_by(self, other: Record) -> Record:
        """With the members of ``other`` that this one does not have; what both have stays as it is here."""
        absent = {key: value for key, value in other.data.items() if value is not None and self.data.get(key) is None}
        lent = {**self.lent, **dict.fromkeys(absent, other)}
        return Record({**self.data, **absent}, self.file, self.place, lent) if absent else self

    def home(self, key: str) -> Record:
        """The record that a member stands in: its file and place are those of the member."""
        return self.lent.get(key, self)

    @classmethod
    def of(cls, value: Any, file: Path, place: str) -> Record:
        """Raises ``InputError`` when ``value`` is no object."""
        if not isinstance(value, dict):
            raise InputError(f"{_named(value)} where an object should be", file=file, place=place)
        return cls(value, file, place)

    def text(self, key: str) -> str | None:
        """A string; None when it is absent, null or empty. An id or name of AWS's looks as AWS writes them."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(key, value, "text")
        pattern = PATTERNS.get(key)
        if value and pattern is not None and not pattern.fits(value):
            raise _unlike(value, pattern, self.home(key).file, self._at(key))
        return value or None

    def flag(self, key: str) -> bool | None:
        """A boolean; None when it is absent."""
        value = self.data.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise self._wrong(key, value, "true or false")

    def number(self, key: str) -> float | None:
        """A finite number; None when it is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, value, "a number")
        if not -1e300 < value < 1e300:
            raise self._wrong(key, value, "a finite number")
        return float(value)

    def whole(self, key: str) -> int | None:
        """A whole number; None when it is absent."""
        value = self.number(key)
        if value is not None and value != int(value):
            raise self._wrong(key, self.data[key], "a whole number")
        return None if value is None else int(value)

    def items(self, key: str) -> list[Any]:
        """A list; empty when it is absent."""
        value = self.data.get(key)
        if value is None or isinstance(value, list):
            return value or []
        raise self._wrong(key, value, "a list")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, each as ``text`` gives it; empty when it is absent."""
        found, pattern = self.items(key), PATTERNS.get(key)
        for index, one in enumerate(found):
            if not isinstance(one, str):
                raise self._wrong(f"{key}[{index}]", one, "text")
            if pattern is not None and not pattern.fits(one):
                raise _unlike(one, pattern, self.home(key).file, f"{self._at(key)}[{index}]")
        return tuple(found)

    def record(self, key: str) -> Record | None:
        """An object; None when it is absent."""
        value = self.data.get(key)
        return None if value is None else Record.of(value, self.home(key).file, self._at(key))

    def records(self, key: str) -> list[Record]:
        """A list of objects; empty when it is absent."""
        home = self.home(key)
        return [Record.of(one, home.file, home._at(f"{key}[{i}]")) for i, one in enumerate(self.items(key))]

    def tag(self, name: str, key: str = "Tags") -> str | None:
        """The value of a tag."""
        return next((tag.text("Value") for tag in self.records(key) if tag.text("Key") == name), None)

    def need(self, key: str, pattern: Pattern | None = None) -> str:
        """A string that must be there, and look like ``pattern``."""
        value = self.text(key)
        if value is None:
            raise InputError(f"has no {key}", file=self.file, place=self.place)
        if pattern is not None and not pattern.fits(value):
            raise _unlike(value, pattern, self.home(key).file, self._at(key))
        return value

    def block(self, key: str) -> Block | None:
        """A CIDR block; None when it is absent."""
        text = self.text(key)
        try:
            return None if text is None else block(text)
        except ValueError:
            raise self.error(f"'{one_line(text or '', 60)}' is not a CIDR block") from None

    def error(self, problem: str, advice: str | None = None) -> InputError:
        """An error at this place."""
        return InputError(problem, file=self.file, place=self.place, advice=advice)

    def _at(self, key: str) -> str:
        place = self.home(key).place
        return f"{place}.{key}" if place else key

    def _wrong(self, key: str, value: Any, wanted: str) -> InputError:
        file = self.home(key).file
        return InputError(f"{_named(value)} where {wanted} should be", file=file, place=self._at(key))


def _unlike(value: str, pattern: Pattern, file: Path, place: str) -> InputError:
    """The error of an id or name that AWS does not give: it is in no answer, and in no command that narrows prints."""
    advice = "get the file from AWS again" if len(value) <= pattern.longest else None
    return InputError(f"{shown(value)} is not {pattern.what}", file=file, place=place, advice=advice)


def _named(value: Any) -> str:
    """What a JSON value is, for people."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{one_line(value, 40)}'"
    if isinstance(value, int | float):
        return f"{value:.6g}" if isinstance(value, float) or abs(value) < 10**15 else "a huge number"
    return "a list" if isinstance(value, list) else "an object"
