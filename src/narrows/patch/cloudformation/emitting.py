"""Values as a template's own writer would have written them: YAML in block or flow style, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from narrows.patch.cloudformation.nodes import Document, Json, is_intrinsic
from narrows.patch.cloudformation.yaml_reading import scalar_of

_PLAIN = re.compile(r"[A-Za-z0-9_./]([A-Za-z0-9_./:@+-]*[A-Za-z0-9_./+-])?$")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def block(document: Document, values: Mapping[str, Json], indent: str) -> list[str]:
    """The lines of a YAML mapping's entries."""
    lines: list[str] = []
    for key, value in values.items():
        head = f"{indent}{_text(document, key)}:"
        if _short(document, value):
            lines.append(f"{head} {flow(document, value)}")
        elif isinstance(value, dict):
            lines += [head, *block(document, value, indent + document.step)]
        elif isinstance(value, list):
            lines += [head, *items(document, value, indent + " " * document.dash)]
    return lines


def items(document: Document, values: list[Json], indent: str, gap: str = " ") -> list[str]:
    """The lines of a YAML list's items, with ``gap`` after each dash."""
    lines: list[str] = []
    for value in values:
        if isinstance(value, dict) and not _short(document, value):
            inner = block(document, value, f"{indent} {gap}")
            lines += [f"{indent}-{gap}{inner[0].strip()}", *inner[1:]]
        else:
            lines.append(f"{indent}-{gap}{flow(document, value)}")
    return lines


def _short(document: Document, value: Json) -> bool:
    """Whether a value stands on the line of its key."""
    if is_intrinsic(value) and document.short:
        return True
    return not isinstance(value, (dict, list)) or not value


def flow(document: Document, value: Json) -> str:
    """A YAML value on one line."""
    if isinstance(value, dict):
        if document.short and is_intrinsic(value):
            short = _tagged(document, value)
            if short is not None:
                return short
        return "{" + ", ".join(f"{_text(document, key)}: {flow(document, inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(document, item) for item in value) + "]"
    return value_text(document, value)


def _tagged(document: Document, value: dict[str, Json]) -> str | None:
    """An intrinsic function as a tag; None where only its long form can be written."""
    ((name, inner),) = value.items()
    tag = "!" + name.removeprefix("Fn::")
    if name == "Fn::GetAtt" and isinstance(inner, list):
        if not all(isinstance(part, str) for part in inner):
            return None
        return f"{tag} {_text(document, '.'.join(str(part) for part in inner))}"
    if name in ("Fn::Transform", "Fn::ForEach") or (isinstance(inner, dict) and not is_intrinsic(inner)):
        return None
    if isinstance(inner, dict):
        # Two tags in a row are not YAML: the inner one is written out.
        ((key, argument),) = inner.items()
        return f"{tag} {{{_text(document, key)}: {flow(document, argument)}}}"
    return f"{tag} {flow(document, inner)}"


def value_text(document: Document, value: Json) -> str:
    """A scalar in YAML."""
    if isinstance(value, str):
        return _text(document, value)
    return "null" if value is None else json.dumps(value)


@cache
def _is_plain(text: str) -> bool:
    """Whether every parser takes a plain scalar for this text."""
    import yaml

    if not _PLAIN.match(text) or text.lower() in _WORDS or not isinstance(scalar_of(text), str):
        return False
    resolver: Any = yaml.resolver.Resolver()
    return bool(resolver.resolve(yaml.ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str")


def _text(document: Document, text: str) -> str:
    if _is_plain(text):
        return text
    if text.isprintable() and text.isascii():
        if document.quote == '"' and not set(text) & set('"\\'):
            return f'"{text}"'
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    """A character between double quotes: JSON's pairs of surrogates are not YAML."""
    if char.isprintable() and char not in '"\\':
        return char
    return json.dumps(char)[1:-1] if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def json_text(document: Document, value: Json, indent: str) -> str:
    """A value in JSON, on as many lines as the document's writer would use."""
    if not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    deeper = indent + document.step
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key)}{document.colon}{json_text(document, inner, deeper)}" for key, inner in value.items()
        ]
        opening, closing = "{", "}"
    else:
        parts = [json_text(document, item, deeper) for item in value]
        opening, closing = "[", "]"
    if not document.step:
        return opening + ("," if document.colon == ":" else ", ").join(parts) + closing
    line = document.newline
    return f"{opening}{line}{deeper}{f',{line}{deeper}'.join(parts)}{line}{indent}{closing}"
