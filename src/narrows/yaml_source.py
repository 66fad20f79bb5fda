"""Reading YAML that people write: safely, and with the line of every key kept for the errors."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from narrows.bounds import YAML_BYTES, YAML_VALUES
from narrows.errors import InputError, one_line, shown
from narrows.opening import read_whole

_Place = tuple[str | int, ...]

_LARGEST_NUMBER = 2**63 - 1
_TAG = "tag:yaml.org,2002:"
EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$")
"""Numbers to everybody but YAML 1.1, which takes 1e3 for text."""
_ADVICE = {
    "mapping values are not allowed": "put text that holds ': ' in quotes",
    "found character '\\t'": "indent with spaces",
    "found another document": "write one scenario or case to a file",
}
"""What to do about some of PyYAML's problems."""


@dataclass(frozen=True)
class YamlSource:
    """A YAML file: its data, and the line of each place in it."""

    file: str
    data: dict[str, Any]
    lines: dict[tuple[str | int, ...], int]

    def line(self, place: tuple[str | int, ...]) -> int | None:
        """The line of a place, or of the nearest one above it."""
        while place not in self.lines:
            if not place:
                return None
            place = place[:-1]
        return self.lines[place]

    def error(self, place: tuple[str | int, ...], problem: str, advice: str | None = None) -> InputError:
        """An error at a place of this file."""
        return InputError(problem, file=self.file, place=where(self.line(place), place), advice=advice)


def dotted(place: tuple[str | int, ...]) -> str:
    """A place as people write it: ``functions.app.connections[0].to``."""
    text = ""
    for part in place:
        name = one_line(str(part), 80)
        text += f"[{name}]" if isinstance(part, int) else f".{name}" if text else name
    return text


def where(line: int | None, place: tuple[str | int, ...]) -> str | None:
    """A line and a place, as far as there are any: ``line 12, functions.app``."""
    return ", ".join(part for part in (f"line {line}" if line else "", dotted(place)) if part) or None


def read_yaml(file: str | os.PathLike[str]) -> YamlSource:
    """The mapping in a YAML file.

    Raises:
        InputError: it cannot be read, is not valid YAML, holds a key twice or contains itself, or is not a mapping.
    """
    return yaml_in(read_whole(file, YAML_BYTES), file)


def yaml_in(content: bytes, file: str | os.PathLike[str]) -> YamlSource:
    """The mapping in the content of a YAML file. Raises as ``read_yaml`` does."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", file=file) from None
    return parse_yaml(text, os.fspath(file))


def parse_yaml(text: str, file: str) -> YamlSource:
    """The mapping in YAML text; ``file`` is only named in errors. Raises as ``read_yaml`` does."""
    import yaml

    reader = _Reader(file)
    try:
        root = _compose(text, reader)
        data = None if root is None else reader.value(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = where(mark.line + 1, ()) if mark else None
        problem = one_line(error.problem or str(error), 200).removeprefix("but ")
        advice = next((known for text, known in _ADVICE.items() if text in problem), None)
        raise InputError(f"is not valid YAML: {problem}", file=file, place=place, advice=advice) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(
            f"is not valid YAML: it holds a control character (#x{error.character:04x})",
            file=file,
            place=where(line, ()),
        ) from None
    except yaml.YAMLError as error:
        raise InputError(f"is not valid YAML: {one_line(str(error), 200)}", file=file) from None
    except RecursionError:
        raise InputError("is nested too deeply", file=file) from None
    if root is None:
        raise InputError("is empty", file=file, advice="it should hold keys such as 'name:'")
    if not isinstance(data, dict):
        raise InputError("holds no mapping", file=file, advice="it should start with keys such as 'name:'")
    return YamlSource(file, data, reader.lines)


def _compose(text: str, reader: _Reader) -> Any:
    """The nodes of a document, but not too many of them."""
    import yaml

    class Composer(yaml.SafeLoader):
        count = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.count += 1
            if self.count > YAML_VALUES:
                line: int = self.line  # how far the file was read
                raise reader.too_many(line + 1)
            return super().compose_node(parent, index)

    return yaml.compose(text, Loader=Composer)


class _Reader:
    def __init__(self, file: str) -> None:
        import yaml

        self.file = file
        self.lines: dict[_Place, int] = {}
        self._open: set[int] = set()
        self._nodes = 0
        self._scalars = yaml.constructor.SafeConstructor()
        self._yaml = yaml

    def value(self, node: Any, place: _Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        self._nodes += 1
        if self._nodes > YAML_VALUES:
            raise self.too_many(self.lines[place[:1]], place[:1])
        if isinstance(node, self._yaml.ScalarNode):
            return self._scalar(node, place)
        if id(node) in self._open:
            raise self._error(node, place, "contains itself", "remove the alias")
        self._open.add(id(node))
        try:
            if isinstance(node, self._yaml.SequenceNode):
                return [self.value(one, (*place, index)) for index, one in enumerate(node.value)]
            return self._mapping(node, place)
        finally:
            self._open.discard(id(node))

    def too_many(self, line: int, place: _Place = ()) -> InputError:
        """The error of a file with too many values, aliases followed or not."""
        problem, advice = f"holds more than {YAML_VALUES:,} values", "write fewer, or fewer aliases"
        return InputError(problem, file=self.file, place=where(line, place), advice=advice)

    def _scalar(self, node: Any, place: _Place) -> Any:
        self._check_whole(node, place)
        kind = node.tag.removeprefix(_TAG)
        # YAML 1.1 takes yes, no, on and off for booleans and 1:30 for ninety. People mean the words, as YAML 1.2 does.
        clock = kind in ("int", "float") and ":" in node.value
        if clock or (kind == "bool" and node.value.lower() not in ("true", "false")):
            return node.value
        if kind == "str" and node.style is None and EXPONENT.fullmatch(node.value):
            return float(node.value)
        try:
            value = self._scalars.construct_object(node)
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
            raise self._error(node, place, f"{shown(node.value)} is not a valid {kind}") from None
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
            raise self._error(node, place, f"{shown(node.value)} is too large a number")
        return value

    def _check_whole(self, node: Any, place: _Place) -> None:
        """An escape may write one half of a pair (``\\ud83d``), which is no character and can be printed nowhere."""
        if not node.value.isascii() and any("\ud800" <= char <= "\udfff" for char in node.value):
            raise self._error(node, place, f"{shown(node.value)} holds half a character", own_line=True)

    def _mapping(self, node: Any, place: _Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, self._yaml.ScalarNode):
                raise self._error(key_node, place, "a key must be plain text", own_line=True)
            self._check_whole(key_node, place)
            key = str(key_node.value)
            if key_node.tag == f"{_TAG}merge":
                raise self._error(key_node, place, "merge keys (<<) are not read", "write the keys out", own_line=True)
            if key in found:
                raise self._error(key_node, (*place, key), f"{shown(key)} stands here twice", own_line=True)
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*place, key))
        return found

    def _error(
        self, node: Any, place: _Place, problem: str, advice: str | None = None, *, own_line: bool = False
    ) -> InputError:
        """An error at a place: an alias stands elsewhere than what it stands for."""
        line = node.start_mark.line + 1 if own_line or place not in self.lines else self.lines[place]
        return InputError(problem, file=self.file, place=where(line, place), advice=advice)
