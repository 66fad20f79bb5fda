"""A JSON template as nodes that know where they stand, which Python's parser does not say."""

from __future__ import annotations

import re
from bisect import bisect_right
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from narrows.bounds import JSON_DEPTH, YAML_VALUES
from narrows.errors import InputError, shown
from narrows.patch.cloudformation.nodes import Entry, Node

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_WORDS: dict[str, bool | None] = {"null": None, "true": True, "false": False}


def read_json(text: str, file: str) -> Node:
    """The root of a JSON template.

    Raises:
        InputError: it is not valid JSON, holds a name twice, or holds too much.
    """
    reader = _Reader(text, file)
    root, end = reader.node(reader.space(0), 0)
    end = reader.space(end)
    if end != len(text):
        raise reader.error("something follows the template's end", end)
    return root


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text, self.file, self.count = text, file, 0
        self.breaks = [newline.start() for newline in re.finditer("\n", text)]

    def line(self, place: int) -> int:
        return bisect_right(self.breaks, place - 1) + 1

    def space(self, place: int) -> int:
        space = _SPACE.match(self.text, place)
        return place if space is None else space.end()

    def error(self, problem: str, place: int) -> InputError:
        return InputError(f"is not valid JSON: {problem}", file=self.file, place=f"line {self.line(place)}")

    def string(self, place: int) -> tuple[str, int]:
        try:
            string: tuple[str, int] = scanstring(self.text, place + 1, True)
        except JSONDecodeError as error:
            raise self.error(error.msg[:1].lower() + error.msg[1:], error.pos) from None
        return string

    def node(self, start: int, depth: int) -> tuple[Node, int]:
        self.count += 1
        if self.count > YAML_VALUES:
            raise self.error(f"it holds more than {YAML_VALUES:,} values", start)
        if depth > JSON_DEPTH:
            raise self.error("it is nested too deeply", start)
        first = self.text[start : start + 1]
        if first == "{":
            return self._map(start, depth)
        if first == "[":
            return self._list(start, depth)
        if first == '"':
            value, end = self.string(start)
            return Node("scalar", start, end, self.line(start), scalar=value), end
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, start):
                end = start + len(word)
                return Node("scalar", start, end, self.line(start), scalar=meaning), end
        digits = _NUMBER.match(self.text, start)
        if digits is None or len(digits[0]) > 40:
            raise self.error("a value is missing" if first else "it ends too early", start)
        number = float(digits[0]) if digits[1] or digits[2] else int(digits[0])
        return Node("scalar", start, digits.end(), self.line(start), scalar=number), digits.end()

    def _map(self, start: int, depth: int) -> tuple[Node, int]:
        entries: list[Entry] = []
        keys: set[str] = set()
        place = self.space(start + 1)
        while self.text[place : place + 1] != "}":
            if entries:
                place = self._comma(place)
            if self.text[place : place + 1] != '"':
                raise self.error("a name in quotes is missing", place)
            key, end = self.string(place)
            if key in keys:
                raise InputError(f"{shown(key)} stands here twice", file=self.file, place=f"line {self.line(place)}")
            keys.add(key)
            end = self.space(end)
            if self.text[end : end + 1] != ":":
                raise self.error("a colon is missing", end)
            value, end = self.node(self.space(end + 1), depth + 1)
            entries.append(Entry(key, place, value))
            place = self.space(end)
        return Node("map", start, place + 1, self.line(start), entries=tuple(entries)), place + 1

    def _list(self, start: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        place = self.space(start + 1)
        while self.text[place : place + 1] != "]":
            if items:
                place = self._comma(place)
            value, end = self.node(place, depth + 1)
            items.append(value)
            place = self.space(end)
        return Node("list", start, place + 1, self.line(start), items=tuple(items)), place + 1

    def _comma(self, place: int) -> int:
        if self.text[place : place + 1] != ",":
            raise self.error("a comma is missing" if place < len(self.text) else "it ends too early", place)
        return self.space(place + 1)
