"""Reading YAML that people write: safely, and with the line of every key kept for the errors."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrows.errors import InputError, one_line

_Place = tuple[str | int, ...]

_LARGEST_BYTES = 16 * 1024 * 1024
"""More than this is no file that a person wrote."""
_MOST_NODES = 500_000
"""Aliases can make a small file large: this many values are read, no more."""


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
        line, path = self.line(place), dotted(place)
        where = ", ".join(part for part in (f"line {line}" if line else "", path) if part)
        return InputError(problem, file=self.file, place=where or None, advice=advice)


def dotted(place: tuple[str | int, ...]) -> str:
    """A place as people write it: ``functions.app.connections[0].to``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_yaml(file: str | os.PathLike[str]) -> YamlSource:
    """The mapping in a YAML file.

    Raises:
        InputError: it cannot be read, is no YAML, holds a key twice or contains itself, or is no mapping.
    """
    path = Path(file)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"larger than {_LARGEST_BYTES // 2**20} MiB: this is no file that people write", file=path)
        text = path.read_bytes().decode("utf-8")
    except IsADirectoryError:
        raise InputError("is a folder, not a file", file=path) from None
    except OSError as error:
        raise InputError((error.strerror or "cannot be read").lower(), file=path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", file=path) from None
    return parse_yaml(text, os.fspath(file))


def parse_yaml(text: str, file: str) -> YamlSource:
    """The mapping in YAML text; ``file`` is only named in errors. Raises as ``read_yaml`` does."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        reader = _Reader(file)
        data = reader.value(root, ()) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}" if mark else None
        raise InputError(f"is no YAML: {one_line(error.problem or str(error), 200)}", file=file, place=place) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"is no YAML: {one_line(str(error), 200)}", file=file) from None
    except RecursionError:
        raise InputError("is nested too deeply", file=file) from None
    if not isinstance(data, dict):
        raise InputError("holds no mapping", file=file, advice="it should start with keys such as 'name:'")
    return YamlSource(file, data, reader.lines)


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
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise InputError(f"holds more than {_MOST_NODES:,} values", file=self.file, place=f"line {line}")
        if isinstance(node, self._yaml.ScalarNode):
            try:
                return self._scalars.construct_object(node)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                # PyYAML trusts a tag such as !!int to stand before a number, and a date to exist.
                text = one_line(node.value, 40)
                raise InputError(f"'{text}' is no value", file=self.file, place=f"line {line}") from None
        if id(node) in self._open:
            raise InputError("contains itself", file=self.file, place=f"line {line}", advice="remove the alias")
        self._open.add(id(node))
        try:
            if isinstance(node, self._yaml.SequenceNode):
                return [self.value(one, (*place, index)) for index, one in enumerate(node.value)]
            return self._mapping(node, place)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, place: _Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, self._yaml.ScalarNode):
                raise InputError("a key must be plain text", file=self.file, place=f"line {line}")
            key = str(key_node.value)
            if key in found:
                raise InputError(f"'{one_line(key, 80)}' stands here twice", file=self.file, place=f"line {line}")
            self.lines[(*place, key)] = line
            found[key] = self.value(value_node, (*place, key))
        return found
