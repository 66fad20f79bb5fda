"""YAML with the line of every key, and CloudFormation's short forms written out.

PyYAML's events are read, not its nodes: an alias stays one node, and its parser in C is ten times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from narrows.bounds import TEMPLATE_DEPTH
from narrows.declared.cloudformation.nodes import Builder, Node, Scalar
from narrows.errors import InputError, one_line, shown

_CORE = "tag:yaml.org,2002:"
_TYPES = ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge", "value")
_LARGEST_NUMBER = 2**63 - 1
_ADVICE = {
    "mapping values are not allowed": "put text that holds ': ' in quotes",
    "cannot start any token": "indent with spaces, and put text that begins with %, @ or ` in quotes",
}
"""What to do about some of the parser's problems."""


def yaml_nodes(text: str, file: str) -> Node | None:
    """The value that YAML text holds; None where it holds none.

    Raises:
        InputError: it is not valid YAML, holds a key twice or contains itself.
    """
    import yaml

    try:
        return _Reader(text, file).whole()
    except yaml.MarkedYAMLError as error:
        problem = one_line(error.problem or str(error), 200).removeprefix("but ")
        advice = next((known for part, known in _ADVICE.items() if part in problem), None)
        mark = error.problem_mark or error.context_mark
        line: int | None = None if mark is None else mark.line + 1
        raise Builder(file).error(f"is not valid YAML: {problem}", line, advice) from None
    except yaml.reader.ReaderError as error:
        problem = "is not valid YAML: it holds a control character"
        raise Builder(file).error(problem, _line_of_control(text)) from error
    except yaml.YAMLError as error:
        raise InputError(f"is not valid YAML: {one_line(str(error), 200)}", file=file) from None


def _line_of_control(text: str) -> int | None:
    from yaml.reader import Reader

    control = Reader.NON_PRINTABLE.search(text)
    return text.count("\n", 0, control.start()) + 1 if control else None


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = yaml.parse(text, Loader=loader)
        self.yaml = yaml
        self.resolver = yaml.resolver.Resolver()
        self.scalars = yaml.constructor.SafeConstructor()
        self.make = Builder(file)
        self.named: dict[str, Node | None] = {}

    def whole(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, self.yaml.DocumentStartEvent):
                if root is not None:
                    raise self.make.error("holds more than one document", _line(event), "split the file")
                root = self.value(next(self.events), 0)
        return root

    def value(self, event: Any, depth: int) -> Node:
        line = _line(event)
        if depth > TEMPLATE_DEPTH:
            raise self.make.error("is nested too deeply", line)
        if isinstance(event, self.yaml.AliasEvent):
            return self.alias(event.anchor, line)
        if event.anchor is not None:
            self.named[event.anchor] = None
        if isinstance(event, self.yaml.ScalarEvent):
            node = self.scalar(event, line)
        elif isinstance(event, self.yaml.SequenceStartEvent):
            node = self.tagged(event.tag, self.sequence(line, depth), line)
        else:
            node = self.tagged(event.tag, self.mapping(line, depth), line)
        if event.anchor is not None:
            self.named[event.anchor] = node
        return node

    def alias(self, name: Any, line: int) -> Node:
        if name not in self.named:
            raise self.make.error(f"no anchor {shown(name)} stands above this alias", line)
        node = self.named[name]
        if node is None:
            raise self.make.error("contains itself", line, "remove the alias")
        return node.at(line)

    def sequence(self, line: int, depth: int) -> Node:
        elements: list[Node] = []
        while not isinstance(event := next(self.events), self.yaml.SequenceEndEvent):
            elements.append(self.value(event, depth + 1))
        return self.make.sequence(elements, line)

    def mapping(self, line: int, depth: int) -> Node:
        members: dict[str, Node] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self.events), self.yaml.MappingEndEvent):
            key_line = _line(event)
            if isinstance(event, self.yaml.AliasEvent):
                key = self.alias(event.anchor, key_line).text
            else:
                key = event.value if isinstance(event, self.yaml.ScalarEvent) else None
            if key is None:
                in_braces = isinstance(event, self.yaml.MappingStartEvent) and key_line == line
                advice = "put {{ ... }} in quotes, or fill it in first" if in_braces else None
                raise self.make.error("a key must be plain text", key_line, advice)
            self.check_whole(key, key_line)
            value = self.value(next(self.events), depth + 1).at(key_line)
            if key == "<<" and event.implicit[0]:
                merged += value.items or [value]
                continue
            if key in members:
                raise self.make.twice(key, key_line, members[key].line)
            members[key] = value
        for mapping in merged:
            for key, value in mapping.mapping.items():
                members.setdefault(key, value)
        return self.make.mapping(members, line)

    def scalar(self, event: Any, line: int) -> Node:
        text: str = event.value
        self.check_whole(text, line)
        if event.tag is not None and not event.tag.startswith(_CORE) and event.tag != "!":
            return self.tagged(event.tag, self.make.scalar(text, line), line)
        tag: str = event.tag if event.tag not in (None, "!") else ""
        if not tag:
            tag = f"{_CORE}str"
            if event.tag is None and event.implicit[0]:
                resolve: Any = self.resolver.resolve
                tag = resolve(self.yaml.ScalarNode, text, (True, False))
        return self.make.scalar(self.typed(tag.removeprefix(_CORE), text, line), line)

    def typed(self, kind: str, text: str, line: int) -> Scalar:
        if kind not in _TYPES:
            raise self.make.error(f"the tag {shown('!!' + kind)} is none that CloudFormation takes", line)
        # A Version of a policy is a date to YAML 1.1, and 22:22 a number; CloudFormation takes both for text.
        if kind in ("str", "timestamp", "merge", "value", "map", "seq") or (kind in ("int", "float") and ":" in text):
            return text
        try:
            value: Scalar = self.scalars.construct_object(self.yaml.ScalarNode(_CORE + kind, text))
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError):
            raise self.make.error(f"{shown(text)} is not a valid {kind}", line) from None
        if isinstance(value, (int, float)) and not abs(value) <= _LARGEST_NUMBER:
            return text
        return value

    def tagged(self, tag: str | None, node: Node, line: int) -> Node:
        """``!Sub x`` as ``{"Fn::Sub": x}``."""
        if tag is None or tag == "!" or tag.startswith(_CORE):
            if tag is not None and tag.removeprefix(_CORE) not in ("!", "map", "seq"):
                shown_tag = shown("!!" + tag.removeprefix(_CORE))
                raise self.make.error(f"the tag {shown_tag} is none that CloudFormation takes", line)
            return node
        name = tag.removeprefix("!")
        if name == "GetAtt" and node.text is not None:
            parts = [self.make.scalar(part, line) for part in node.text.split(".", 1)]
            node = self.make.sequence(parts, line)
        key = name if name in ("Ref", "Condition") or name.startswith("Fn::") else f"Fn::{name}"
        return self.make.mapping({key: node}, line)

    def check_whole(self, text: str, line: int) -> None:
        """An escape may write one half of a pair, which is no character and can be printed nowhere."""
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise self.make.error(f"{shown(text)} holds half a character", line)
