"""JSON documents with members swapped, gone, twice, of another type, or too deep: still JSON, most of the time."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.fuzz import hostile

_MARK = "\x7fraw-{}\x7f"
"""Stands in a document for text that no JSON writer would write, until it is written."""


class JsonSeed:
    """A document to change, with the paths of everything in it found out once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.paths = list(_paths(json.loads(text), ()))


def mutated(rng: random.Random, seed: JsonSeed, others: list[JsonSeed]) -> bytes:
    """A document with one to five changes; ``others`` are what a part may be taken from."""
    document = json.loads(seed.text)
    raw: list[str] = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 5))):
        document = _changed(rng, document, rng.choice(seed.paths), others, raw)
    text = json.dumps(document, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, None, None, 2)))
    for index, piece in enumerate(raw):
        text = text.replace(json.dumps(_MARK.format(index)), piece, 1)
    if rng.random() < 0.03:
        text = rng.choice(
            (text + text, text + "\n" + rng.choice(others).text, "[" + text + "]", "\ufeff" + text, text[:-1])
        )
    encoding = rng.choice(("utf-16", "utf-16-be", "utf-32", "latin-1")) if rng.random() < 0.01 else "utf-8"
    return text.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")


def _paths(value: Any, path: tuple[Any, ...]) -> Any:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in members:
        yield from _paths(one, (*path, key))


def _changed(rng: random.Random, document: Any, path: tuple[Any, ...], others: list[JsonSeed], raw: list[str]) -> Any:
    if not path:
        return _value(rng, document, others, raw) if rng.random() < 0.3 else document
    inner = document
    try:
        for key in path[:-1]:
            inner = inner[key]
        value = inner[path[-1]]
    except (LookupError, TypeError):
        return document  # an earlier change took it away
    if not isinstance(inner, dict | list):
        return document  # or put text in its place
    key = path[-1]
    kind = rng.random()
    if kind < 0.12:
        del inner[key]
    elif kind < 0.2 and isinstance(inner, dict):
        raw.append(json.dumps(key))
        inner[_MARK.format(len(raw) - 1)] = _value(rng, value, others, raw)
    elif kind < 0.25 and isinstance(inner, dict):
        inner[rng.choice((hostile.word(rng), str(key).lower(), "Tags", "NextToken"))] = inner.pop(key)
    elif kind < 0.33 and isinstance(inner, list):
        inner[:] = inner * rng.choice((2, 3, 50)) if len(inner) < 50 else inner[:1]
    elif kind < 0.38 and isinstance(inner, list):
        rng.shuffle(inner)
    else:
        inner[key] = _value(rng, value, others, raw)
    return document


def _value(rng: random.Random, value: Any, others: list[JsonSeed], raw: list[str]) -> Any:
    """What stands in place of a value."""
    kind = rng.random()
    if kind < 0.3:
        return hostile.word(rng)
    if kind < 0.5:
        return hostile.number(rng)
    if kind < 0.6:
        return rng.choice((None, True, False, [], {}, [None], [[]], {"": None}, [{}], "1", 1.5))
    if kind < 0.68:
        return [value] if rng.random() < 0.5 else {"Value": value}
    if kind < 0.74:
        return [value] * rng.choice((2, 40))
    if kind < 0.8 and isinstance(value, str):
        return rng.choice((value + hostile.word(rng), hostile.word(rng) + value, value[:-1], value.upper(), value * 50))
    if kind < 0.92:
        return _part(rng, rng.choice(others))
    depth = rng.choice((50, 900, 5_000, 100_000))
    raw.append(
        rng.choice(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "9" * depth, f"1e{depth}",
        f"-0.{'1' * depth}",
                    '"\\ud83d"', '"\\u0000"', "'x'", "01", "+1", "NaN", "Infinity", "tru", "1,,2", "[1,]"))
    )  # fmt: skip
    return _MARK.format(len(raw) - 1)


def _part(rng: random.Random, other: JsonSeed) -> Any:
    part = json.loads(other.text)
    for key in rng.choice(other.paths):
        part = part[key]
    return part
