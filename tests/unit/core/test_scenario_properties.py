"""Whatever is written, a scenario loads or its error is one line."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrows.errors import InputError
from narrows.scenario import Scenario, parse_scenario
from narrows.simulate.compile import compile_scenario
from tests.simulate.random_scenarios import documents
from tests.unit.core.scenarios import INCIDENT

WORDS = st.sampled_from(
    """never unlimited until_recycled invocation 30s -1s 1e9d none local nat-0 cache orders subnet-0 function-0 yes null
    regional proxy constant full first .nan .inf 1e308 4096 65536 -1 us-east-1a <<: *a &a !!int [ ] { } ' "
    """.split()  # noqa: SIM905
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 70_000),
    st.floats(),
    st.text(max_size=20),
    WORDS,
    st.dates(),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | WORDS, inner, max_size=3)
)
TOLERANT = settings(max_examples=80, suppress_health_check=list(HealthCheck))


def loads_or_says_why(text: str) -> Scenario | None:
    """The scenario; None after an error that is one line and names the file first."""
    try:
        return parse_scenario(text, "s.yaml")
    except InputError as error:
        line = str(error)
    assert line.startswith("s.yaml: ")
    assert line.isprintable()
    assert len(line) <= 400
    number = re.match(r"s\.yaml: line (\d+)", line)
    assert number is None or 1 <= int(number.group(1)) <= len(text.splitlines()) + 1
    return None


@pytest.mark.slow
@TOLERANT
@given(st.text())
def test_any_text(text: str) -> None:
    loads_or_says_why(text)


@TOLERANT
@given(st.data())
def test_the_incident_with_any_line_broken(data: st.DataObject) -> None:
    lines = INCIDENT.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    line = lines[number]
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    lines[number] = line[:start] + data.draw(st.one_of(WORDS, st.text(max_size=5))) + line[end:]
    loads_or_says_why("\n".join(lines))


@TOLERANT
@given(st.dictionaries(st.text(max_size=10) | WORDS, VALUES, max_size=5))
def test_any_document(document: dict[str, Any]) -> None:
    loads_or_says_why(yaml.safe_dump(document, allow_unicode=True))


@pytest.mark.slow
@TOLERANT
@given(documents(), st.data())
def test_a_valid_document_with_anything_somewhere_in_it(document: dict[str, Any], data: st.DataObject) -> None:
    assert parse_scenario(yaml.safe_dump(document)).network.functions
    changed = json.loads(json.dumps(document))
    for _ in range(data.draw(st.integers(1, 3))):
        change_somewhere(changed, data)
    found = loads_or_says_why(yaml.safe_dump(changed, allow_unicode=True))
    if found is not None:
        compiles_or_says_why(found)


def change_somewhere(document: Any, data: st.DataObject) -> None:
    """Replace, remove, move or add something at a random place."""
    places = [place for place in all_places(document) if place]
    if not places:
        return
    *above, last = data.draw(st.sampled_from(places))
    inside = document
    for part in above:
        inside = inside[part]
    what = data.draw(st.sampled_from(["replace", "replace", "remove", "rename", "copy"]))
    if what == "remove":
        del inside[last]
    elif what == "copy":
        inside[last] = copy.deepcopy(at(document, data.draw(st.sampled_from(places))))
    elif what == "rename" and isinstance(inside, dict):
        inside[data.draw(st.text(max_size=8) | WORDS)] = inside.pop(last)
    else:
        inside[last] = data.draw(VALUES)


def at(document: Any, place: tuple[Any, ...]) -> Any:
    for part in place:
        document = document[part]
    return document


def all_places(document: Any) -> list[tuple[Any, ...]]:
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [(), *((key, *rest) for key, value in parts for rest in all_places(value))]


def compiles_or_says_why(scenario: Scenario) -> None:
    try:
        model = compile_scenario(scenario)
    except InputError as error:
        assert str(error).isprintable()  # noqa: PT017
        return
    assert all(0 <= delay < 2**39 for delay in model.delays)


@settings(TOLERANT, max_examples=40)
@given(documents(), st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=12), st.data())
def test_an_unknown_key_is_named_with_its_line(document: dict[str, Any], word: str, data: st.DataObject) -> None:
    """Wherever a key does not belong, the error names it and the line that it stands on."""
    key = f"x{word}x"
    sections = [place for place in all_places(document) if isinstance(at(document, place), dict) and fixed_keys(place)]
    place = data.draw(st.sampled_from(sections))
    at(document, place)[key] = 1
    text = yaml.safe_dump(document, sort_keys=False)
    try:
        parse_scenario(text, "s.yaml")
    except InputError as error:
        found = str(error)
    else:
        raise AssertionError(f"{key} was taken")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if each.strip(" -") == f"{key}: 1")
    assert found.startswith(f"s.yaml: line {line}, ")
    assert f"unknown {'assumption' if place == ('assumptions',) else 'key'} '{key}'" in found


def fixed_keys(place: tuple[Any, ...]) -> bool:
    """Whether the keys there are the scenario's own, not names that people give."""
    named = {
        ("functions",), ("destinations",), ("others",), ("demand",),
        ("vpc", "subnets"), ("vpc", "nat_gateways"), ("vpc", "security_groups"), ("vpc", "endpoints"),
    }  # fmt: skip
    return place not in named
