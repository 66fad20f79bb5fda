"""JSON with the line of every key: the standard library's reader keeps none."""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder

from narrows.bounds import TEMPLATE_DEPTH
from narrows.declared.cloudformation.nodes import Builder, Node, Scalar
from narrows.errors import shown

_STRINGS = JSONDecoder(strict=False)
_COMMENTS = ("//", "/*", "#")
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?(?![\w.])", re.ASCII)
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_WORD = re.compile("true|false|null")


def json_nodes(text: str, file: str) -> Node:
    """The value that JSON text holds.

    Raises:
        InputError: it is not valid JSON, or holds a key twice.
    """
    return _Reader(text, file).whole()


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.make = Builder(file)
        self.line, self.counted = 1, 0

    def whole(self) -> Node:
        root, end = self.value(self.space(0), 0)
        end = self.space(end)
        if end < len(self.text):
            raise self.wrong("more follows after its end", end)
        return root

    def value(self, start: int, depth: int) -> tuple[Node, int]:
        text = self.text
        first = text[start : start + 1]
        line = self.line_at(start)
        if depth > TEMPLATE_DEPTH:
            raise self.make.error("is nested too deeply", line)
        if first == "{":
            return self.object(start, line, depth)
        if first == "[":
            return self.array(start, line, depth)
        if first == '"':
            string, end = self.string(start)
            return self.make.scalar(string, line), end
        if match := _NUMBER.match(text, start):
            digits = match.group()
            number = int(digits) if digits.lstrip("-").isdigit() else float(digits)
            return self.make.scalar(number, line), match.end()
        if match := _WORD.match(text, start):
            return self.make.scalar(_WORDS[match.group()], line), match.end()
        raise self.wrong("a value is missing" if not first else f"{shown(first)} begins no value", start)

    def object(self, start: int, line: int, depth: int) -> tuple[Node, int]:
        members: dict[str, Node] = {}
        lines: dict[str, int] = {}
        place = self.space(start + 1)
        if self.text.startswith("}", place):
            return self.make.mapping(members, line), place + 1
        while True:
            if not self.text.startswith('"', place):
                raise self.wrong("a key in quotes is missing", place)
            key_line = self.line_at(place)
            key, end = self.string(place)
            if key in members:
                raise self.make.twice(key, key_line, lines[key])
            place = self.space(end)
            if not self.text.startswith(":", place):
                raise self.wrong("a ':' is missing", place)
            value, end = self.value(self.space(place + 1), depth + 1)
            members[key], lines[key] = value.at(key_line), key_line
            place = self.space(end)
            if self.text.startswith("}", place):
                return self.make.mapping(members, line), place + 1
            if not self.text.startswith(",", place):
                raise self.wrong("a ',' or '}' is missing", place)
            place = self.after_comma(place, "}")

    def array(self, start: int, line: int, depth: int) -> tuple[Node, int]:
        elements: list[Node] = []
        place = self.space(start + 1)
        if self.text.startswith("]", place):
            return self.make.sequence(elements, line), place + 1
        while True:
            value, end = self.value(place, depth + 1)
            elements.append(value)
            place = self.space(end)
            if self.text.startswith("]", place):
                return self.make.sequence(elements, line), place + 1
            if not self.text.startswith(",", place):
                raise self.wrong("a ',' or ']' is missing", place)
            place = self.after_comma(place, "]")

    def after_comma(self, comma: int, end: str) -> int:
        """Where what follows a comma begins."""
        place = self.space(comma + 1)
        if self.text.startswith(end, place):
            raise self.wrong(f"a ',' stands before '{end}'", comma)
        return place

    def string(self, start: int) -> tuple[str, int]:
        string: str
        try:
            string, end = _STRINGS.raw_decode(self.text, start)
        except JSONDecodeError as error:
            raise self.wrong(error.msg.rstrip(" :").lower().removesuffix(" at"), start) from None
        if not string.isascii() and any("\ud800" <= char <= "\udfff" for char in string):
            raise self.wrong(f"{shown(string)} holds half a character", start)
        return string, end

    def space(self, start: int) -> int:
        match = _SPACE.match(self.text, start)
        end = match.end() if match else start
        if self.text.startswith(_COMMENTS, end):
            raise self.wrong("it takes no comments", end)
        return end

    def line_at(self, place: int) -> int:
        """The line of a place; asked for in order, so that each line is counted once."""
        self.line += self.text.count("\n", self.counted, place)
        self.counted = max(self.counted, place)
        return self.line

    def wrong(self, problem: str, place: int) -> Exception:
        return self.make.error(f"is not valid JSON: {problem}", self.text.count("\n", 0, place) + 1)
