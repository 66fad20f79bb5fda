"""Values of parameters, as users give them: in the words of a command, or in files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from narrows.bounds import TEMPLATE_BYTES
from narrows.declared.cloudformation.nodes import Node
from narrows.declared.cloudformation.source import value_in
from narrows.declared.cloudformation.values import text_of
from narrows.errors import InputError, shown
from narrows.opening import read_whole

_NAME = re.compile(r"[A-Za-z0-9]+(?:::[A-Za-z0-9]+)?", re.ASCII)
"""Of a parameter (letters and digits), or of a pseudo parameter."""
_AWS_WORD = re.compile(r"ParameterKey=([^,]+),ParameterValue=(.*)", re.DOTALL)
"""As ``aws cloudformation create-stack --parameters`` takes it; a comma in the value has a backslash before it."""
_FORM = 'write [{"ParameterKey": "Name", "ParameterValue": "value"}]'
_FORMS = 'write {"Name": "value"}, or [{"ParameterKey": "Name", "ParameterValue": "value"}]'


def read_parameters(words: Sequence[str]) -> dict[str, str]:
    """Values of parameters: ``Key=Value``, ``ParameterKey=Key,ParameterValue=Value``, or the name of a file in a form
    that AWS's command line takes (``[{"ParameterKey": ..., "ParameterValue": ...}]``, ``["Key=Value"]``, CodePipeline's
    ``{"Parameters": {...}}``) or with a mapping of names to values.

    Raises:
        InputError: a word is neither, or a file cannot be read.
    """
    values: dict[str, str] = {}
    for word in words:
        pair = _pair(word)
        if pair is not None:
            values[pair[0]] = pair[1]
        elif os.path.lexists(word):
            values |= _in_file(word)
        else:
            raise InputError("no such file or directory", file=word, advice="write Key=Value, or the name of a file")
    return values


def _pair(word: str) -> tuple[str, str] | None:
    """The name and value in a word; None where it is no pair of them."""
    of_aws = _AWS_WORD.fullmatch(word)
    if of_aws is not None:
        return of_aws.group(1), of_aws.group(2).replace("\\,", ",")
    name, equals, value = word.partition("=")
    return (name, value) if equals and _NAME.fullmatch(name) else None


def _in_file(file: str) -> dict[str, str]:
    if file.endswith(".toml"):
        raise InputError("is TOML, which is not read for parameters", file=file, advice="write its values as Key=Value")
    root = value_in(read_whole(file, TEMPLATE_BYTES), file)
    wrapped = root.get("Parameters")
    if wrapped is not None and not isinstance(wrapped.value, str):
        root = wrapped
    if not isinstance(root.value, dict | list):
        raise InputError("holds no values of parameters", file=file, place=f"line {root.line}", advice=_FORMS)
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for name, value, line in _members(root) if root.mapping else _elements(root, file):
        if name in values:
            problem = f"{shown(name)} stands here twice; the first is on line {lines[name]}"
            raise InputError(problem, file=file, place=f"line {line}")
        text = value if isinstance(value, str) else _text(value)
        if text is None:
            raise InputError(f"the value of {shown(name)} is no text", file=file, place=f"line {line}", advice=_FORM)
        values[name], lines[name] = text, line
    return values


def _members(root: Node) -> Iterator[tuple[str, Node, int]]:
    """Of a mapping of names to values, each with its line."""
    for name, value in root.mapping.items():
        yield name, value, value.line


def _elements(root: Node, file: str) -> Iterator[tuple[str, Node | str, int]]:
    """Of a list of pairs, each with its line."""
    for element in root.items:
        pair = None if element.text is None else _pair(element.text)
        if pair is not None:
            yield *pair, element.line
            continue
        name, value = element.get("ParameterKey"), element.get("ParameterValue")
        if name is None or name.text is None:
            raise InputError("has no ParameterKey", file=file, place=f"line {element.line}", advice=_FORM)
        if value is not None:
            yield name.text, value, value.line
        elif element.get("UsePreviousValue") is None:
            problem = f"{shown(name.text)} has no ParameterValue"
            raise InputError(problem, file=file, place=f"line {name.line}", advice=_FORM)


def _text(value: Node) -> str | None:
    """A value as text, a list with commas between; None where it is neither."""
    elements = [text_of(element.plain()) for element in value.items] or [text_of(value.plain())]
    texts = [text for text in elements if text is not None]
    return ",".join(texts) if len(texts) == len(elements) else None
