"""The JSON Schema of scenarios takes what narrows takes, and refuses what is misspelt or of the wrong shape."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # there are no stubs among the pins
import pytest
from hypothesis import HealthCheck, given, settings

from narrows.scenario import parse_scenario, scenario_yaml
from narrows.scenario.json_schema import BEGINNING, FILE, as_text, make_schema, read_schema
from narrows.yaml_source import parse_yaml, read_yaml
from tests.simulate.random_scenarios import scenarios
from tests.unit.core.faults import FAULTS, Change
from tests.unit.core.scenarios import INCIDENT, changed

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))
VALIDATOR = jsonschema.Draft7Validator(read_schema())


def as_json(data: Any) -> Any:
    """What an editor would see: YAML's times are text to it."""

    def text(value: object) -> str:
        assert isinstance(value, date | datetime)
        return value.isoformat()

    return json.loads(json.dumps(data, default=text))


def test_the_file_that_ships_is_what_the_table_of_fields_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == as_text(make_schema())
    assert FILE.read_bytes().startswith(BEGINNING)


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(read_schema())


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_examples_are_valid(file: Path) -> None:
    VALIDATOR.validate(as_json(read_yaml(file).data))


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(scenarios())
def test_what_narrows_writes_is_valid_and_loads(drawn: Any) -> None:
    text = scenario_yaml(drawn)
    parse_scenario(text)
    VALIDATOR.validate(as_json(parse_yaml(text, "written").data))


OF_SHAPE = (
    "unknown key",
    "unknown assumption",
    "is missing",
    "is none of",
    "is out of range",
    "is not a whole number",
    "is neither true nor false",
    "where keys and values",
    "where a list belongs",
    "the list is empty",
)
"""What messages say of faults that a schema can see; others take names, files or sums."""
REFUSED = [
    pytest.param(change, id=f"{line} {place}")
    for change, line, place, problem in FAULTS
    if any(said in problem for said in OF_SHAPE)
]


@pytest.mark.parametrize("change", REFUSED)
def test_faults_of_shape_are_refused(change: Change) -> None:
    assert list(VALIDATOR.iter_errors(as_json(parse_yaml(changed(change), "s.yaml").data)))


def test_there_are_such_faults() -> None:
    assert len(REFUSED) > 25


@pytest.mark.parametrize("written", ["90k", "9_000", "90,000", "1.5M", 9000, "250 k"])
def test_numbers_as_people_write_them(written: object) -> None:
    data = as_json(parse_yaml(INCIDENT, "s.yaml").data)
    data["demand"]["storefront"]["environments"] = written
    VALIDATOR.validate(data)
    parse_scenario(json.dumps(data))


@pytest.mark.parametrize("written", ["ninety", "90x", "30%", "-5", "1..5"])
def test_what_is_no_number_is_refused_by_both(written: str) -> None:
    data = as_json(parse_yaml(INCIDENT, "s.yaml").data)
    data["demand"]["storefront"]["environments"] = written
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(Exception, match=r"line 1, demand\.storefront\.environments"):
        parse_scenario(json.dumps(data))


def test_every_key_is_described_and_says_its_default_or_an_example() -> None:
    schema = read_schema()
    for part in (schema, *schema["definitions"].values()):
        assert part["additionalProperties"] is False
        for key, its in part["properties"].items():
            assert its["description"].endswith("."), f"{part['title']}: {key}"
            section = {"additionalProperties", "allOf"} & set(its)
            assert "examples" in its or section, f"{part['title']}: {key} has no example"
