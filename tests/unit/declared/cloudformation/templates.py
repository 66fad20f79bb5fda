"""Templates for tests, as text or as what JSON holds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from narrows.declared.cloudformation import read
from narrows.declared.model import Declared, Resource, Value

DATA = Path(__file__).parents[3] / "declared" / "data"


def declared(
    template: str | Mapping[str, Any], parameters: Mapping[str, str] | None = None, name: str = "t.yaml"
) -> Declared:
    """What a template declares, read from a file of this name."""
    text = template if isinstance(template, str) else json.dumps(template)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_text(text, encoding="utf-8")
        return read(file, parameters)


def value(expression: Any, parameters: Mapping[str, str] | None = None, **sections: Any) -> Value:
    """What an expression is worth, as the property of a resource."""
    resources = {"R": {"Type": "Test::It::Is", "Properties": {"P": expression}}, **sections.pop("Resources", {})}
    found = declared({"Resources": resources, **sections}, parameters)
    return found.by_address["R"].properties.get("P", "absent")


def faults(found: Declared) -> list[str]:
    """The faults, with lines."""
    return [f"{one.place.line}: {one.text}" for one in found.faults]


def one(found: Declared, address: str) -> Resource:
    """A resource by its address."""
    return found.by_address[address]
