"""A YAML template as nodes: from the events of PyYAML's parser, which say where everything stands."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from narrows.bounds import JSON_DEPTH, YAML_VALUES
from narrows.errors import InputError, one_line, shown
from narrows.patch.cloudformation.nodes import Entry, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

_INT = re.compile(r"-?(0|[1-9]\d*)$")
_FLOAT = re.compile(r"-?\d+\.\d+$")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_STANDARD = "tag:yaml.org,2002:"


def read_yaml(text: str, file: str) -> Node:
    """The root of a YAML template.

    Raises:
        InputError: it is not valid YAML, holds a key twice or a second document, or holds too much.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Reader(yaml.parse(text, Loader=loader), file, text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = one_line(error.problem or "it cannot be read", 200)
        place = f"line {mark.line + 1}" if mark else None
        advice = "indent with spaces" if "start any token" in problem and _has_tab(text, mark) else None
        raise InputError(f"is not valid YAML: {problem}", file=file, place=place, advice=advice) from None
    except yaml.YAMLError as error:
        raise InputError(f"is not valid YAML: {one_line(str(error), 200)}", file=file) from None


def _has_tab(text: str, mark: yaml.Mark | None) -> bool:
    lines = text.splitlines()
    return mark is not None and mark.line < len(lines) and "\t" in lines[mark.line]


def scalar_of(text: str) -> bool | int | float | str | None:
    """What a plain scalar says, where every parser agrees on it; else its text."""
    word = text.lower()
    if word in _WORDS:
        return _WORDS[word]
    if _INT.match(text) and len(text) < 19:
        return int(text)
    return float(text) if _FLOAT.match(text) and len(text) < 19 else text


class _Reader:
    def __init__(self, events: Iterator[Any], file: str, text: str) -> None:
        import yaml

        self.events, self.file, self.text = events, file, text
        self.yaml = yaml
        self.count, self.cost = 0, 0
        self.anchors: dict[str, Node] = {}
        self.costs: dict[int, int] = {}

    def document(self) -> Node:
        yaml = self.yaml
        event = next(self.events)
        while isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise InputError("is empty", file=self.file, advice="a template has 'Resources:'")
        root = self.node(event, 0)
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise self.error("found another document", event, "write one template to a file")
        return root

    def error(self, problem: str, event: Any, advice: str | None = None) -> InputError:
        return InputError(problem, file=self.file, place=f"line {event.start_mark.line + 1}", advice=advice)

    def node(self, event: Any, depth: int) -> Node:
        yaml = self.yaml
        before = self.count
        self.count += 1
        if self.count > YAML_VALUES:
            raise self.error(f"holds more than {YAML_VALUES:,} values", event)
        if depth > JSON_DEPTH:
            raise self.error("is nested too deeply", event)
        start, line = event.start_mark.index, event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            target = self.anchors.get(event.anchor)
            if target is None:
                raise self.error(f"there is no anchor {shown(event.anchor)} before this alias", event)
            self.count += self.costs[id(target)]
            return Node("alias", start, event.end_mark.index, line, target=target)
        tag = event.tag or ""
        tag = "" if tag.startswith(_STANDARD) or tag == "!" else tag
        if isinstance(event, yaml.ScalarEvent):
            quoted = bool(event.style) or event.tag == "!" or bool(tag)
            scalar = event.value if quoted else scalar_of(event.value)
            node = Node("scalar", start, event.end_mark.index, line, True, tag, scalar, anchored=bool(event.anchor))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(event, tag, depth)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._map(event, tag, depth)
        else:
            raise self.error("is not valid YAML", event)
        if event.anchor:
            self.anchors[event.anchor] = node
            self.costs[id(node)] = self.count - before
        return node

    def _list(self, event: Any, tag: str, depth: int) -> Node:
        items = []
        for inner in self.events:
            if isinstance(inner, self.yaml.SequenceEndEvent):
                break
            items.append(self.node(inner, depth + 1))
        mark = event.start_mark
        end, flow = inner.end_mark.index, bool(event.flow_style)
        return Node("list", mark.index, end, mark.line + 1, flow, tag, items=tuple(items), anchored=bool(event.anchor))

    def _map(self, event: Any, tag: str, depth: int) -> Node:
        entries: list[Entry] = []
        for inner in self.events:
            if isinstance(inner, self.yaml.MappingEndEvent):
                break
            if not isinstance(inner, self.yaml.ScalarEvent):
                raise self.error("a key must be plain text", inner)
            mark: Any = inner.start_mark
            entries.append(Entry(inner.value, mark.index, self.node(next(self.events), depth + 1)))
        end, flow = inner.end_mark.index, bool(event.flow_style)
        twice = [key for key, times in Counter(entry.key for entry in entries).items() if times > 1]
        if twice:
            second = [entry for entry in entries if entry.key == twice[0]][1]
            place = f"line {self.text.count(chr(10), 0, second.start) + 1}"
            raise InputError(f"{shown(twice[0])} stands here twice", file=self.file, place=place)
        start, anchored = event.start_mark, bool(event.anchor)
        return Node("map", start.index, end, start.line + 1, flow, tag, entries=tuple(entries), anchored=anchored)
