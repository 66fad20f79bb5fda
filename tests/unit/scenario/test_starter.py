"""The scenario that ``narrows init`` prints: it runs, it has every key, and whatever is commented out may be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrows.scenario import load_scenario, parse_scenario
from narrows.scenario.json_schema import read_schema
from narrows.scenario.starter import MODELINE, starter_text

TEXT = starter_text()
_CODE = re.compile(r"^(?P<space> *)# (?P<inside> *(?:- )?)(?P<key>[a-z0-9_-]+):(?P<value>.*)$")


def _blocks() -> Iterator[tuple[int, int]]:
    """The first and last line of what is commented out, each block alone: its lines are deeper than its first."""
    lines = TEXT.splitlines()
    number = 0
    while number < len(lines):
        first = _CODE.match(lines[number])
        if first is None or first["inside"] or "yaml-language-server" in lines[number] or number < _HEAD:
            number += 1
            continue
        last = number
        for after in range(number + 1, len(lines)):
            deeper = lines[after].startswith(f"{first['space']}#  ")
            if not deeper and not re.match(r"^ {38}# ", lines[after]):
                break
            if deeper:
                last = after
        yield number, last
        number = last + 1


_HEAD = TEXT.splitlines().index("")
BLOCKS = list(_blocks())


def used(first: int, last: int) -> str:
    """The text with one block no longer commented out; what it stands in for goes."""
    lines = TEXT.splitlines()
    found = _CODE.match(lines[first])
    assert found is not None
    space, key = found["space"], found["key"]
    fresh = [re.sub(rf"^{space}# ", space, line) if number <= last else line for number, line in enumerate(lines)]
    result = [*lines[:first], *fresh[first : last + 1], *lines[last + 1 :]]
    # The live line of the same key just above it, in the same part: a key stands only once.
    for number in range(first - 1, -1, -1):
        indent = len(result[number]) - len(result[number].lstrip())
        plain = result[number].lstrip().removeprefix("- ")
        if (
            not result[number].lstrip().startswith("#")
            and indent < len(space)
            and not result[number].startswith(" " * (len(space) - 2) + "- ")
        ):
            break
        if plain.startswith(f"{key}:") and not result[number].lstrip().startswith("#"):
            result[number] = ""
    return "\n".join(result)


def test_it_loads_and_nothing_in_it_is_without_effect() -> None:
    assert parse_scenario(TEXT).notes == ()


def test_no_line_is_wider_than_a_terminal() -> None:
    assert max(map(len, TEXT.splitlines())) <= 80


def test_the_first_line_points_editors_at_the_schema() -> None:
    assert TEXT.splitlines()[0] == MODELINE


def _keys(schema: Any) -> Iterator[str]:
    for name, part in {"": schema, **schema["definitions"]}.items():
        # Forms of one value: they stand in examples.
        if name not in ("HoldPart", "RampPart", "StepPart", "StepsPart", "PointsPart", "TracePart"):
            yield from part["properties"]


@pytest.mark.parametrize("key", sorted(set(_keys(read_schema()))))
def test_every_key_of_the_model_is_in_it(key: str) -> None:
    assert re.search(rf"^[ #-]*{key}:", TEXT, re.MULTILINE)


@pytest.mark.parametrize("form", ["mean", "distribution", "from", "over", "steps", "points", "trace"])
def test_every_form_of_a_value_is_shown(form: str) -> None:
    assert re.search(rf"[{{ ]{form}: ", TEXT)


def test_blocks_are_found() -> None:
    assert len(BLOCKS) > 40


@pytest.mark.parametrize(("first", "last"), BLOCKS, ids=lambda line: str(line + 1))
def test_what_is_commented_out_may_be_used(first: int, last: int, tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text("seconds,environments\n0,0\n60,5\n", encoding="utf-8")
    file = tmp_path / "scenario.yaml"
    file.write_text(used(first, last), encoding="utf-8")
    load_scenario(file)
