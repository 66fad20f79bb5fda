"""The reference of keys: the page is what the table of fields makes, and what it shows as an example can be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from narrows.scenario.fields import Example, Part
from narrows.scenario.json_schema import parts
from narrows.scenario.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "scenario.md"
FIELDS = [(part, name) for part in parts() for name in part.model_fields]


def test_the_page_is_what_the_table_of_fields_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "python -m narrows.scenario.reference > docs/scenario.md"


@pytest.mark.parametrize(("part", "name"), FIELDS, ids=lambda of: of if isinstance(of, str) else of.__name__)
def test_every_key_has_a_row(part: type[Part], name: str) -> None:
    key = part.model_fields[name].alias or name
    title = (part.__doc__ or "").partition("\n")[0]
    section = PAGE.read_text(encoding="utf-8").partition(f"{title}`\n" if "." in title else f"{title}\n")[2]
    assert f"| `{key}` |" in section or part.__name__ in ("ScenarioPart", "VpcPart", "HoldPart", "StepPart")


def _examples() -> list[Any]:
    found = []
    for part, name in FIELDS:
        info = part.model_fields[name]
        for example in (one for one in info.metadata if isinstance(one, Example)):
            found += [
                pytest.param(part, info.alias or name, value, id=f"{part.__name__}.{name}={value}"[:60])
                for value in (example.value, *(value for value, _ in example.others))
            ]
    return found


@pytest.mark.parametrize(("part", "key", "value"), _examples())
def test_each_example_parses(part: type[Part], key: str, value: object) -> None:
    """Beside the first examples of all that must be there, too."""
    needed = {
        info.alias or name: next(one.value for one in info.metadata if isinstance(one, Example))
        for name, info in part.model_fields.items()
        if info.is_required() and any(isinstance(one, Example) for one in info.metadata)
    }
    rest: dict[str, object] = {"destinations": {}} if part.__name__ == "ScenarioPart" else {}
    TypeAdapter(part).validate_python(needed | rest | {key: value})
