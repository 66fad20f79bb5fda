"""The JSON Schema of a scenario file, out of its table of fields: for editors, the reference of keys, ``narrows init``.

A file of it ships with the package (``scenario.schema.json``), so that no command has to make it; a test holds it to
this. ``python -m narrows.scenario.json_schema`` prints it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from narrows.assumptions import Assumptions
from narrows.units import format_duration

if TYPE_CHECKING:
    from narrows.scenario.fields import Part

Schema = dict[str, Any]

FILE = Path(__file__).with_name("scenario.schema.json")
"""Where it ships."""
_DIALECT = "http://json-schema.org/draft-07/schema#"
"""The newest that the YAML language server of editors reads in full."""
_TITLE = "A scenario of narrows"
BEGINNING = f'{{\n "$schema": "{_DIALECT}",\n "title": "{_TITLE}",\n'.encode()
"""Of the file, by which one that narrows wrote is known."""


def make_schema() -> Schema:
    """The schema of a scenario.

    Beside what JSON Schema knows it holds, for the other two: ``x-unit``, what a number counts; ``x-kind``, what a
    value is that may be written as text too; ``x-others``, what each further example means.
    """
    from pydantic.json_schema import GenerateJsonSchema
    from pydantic_core import core_schema

    from narrows.scenario.shape import ScenarioPart

    class Generator(GenerateJsonSchema):
        def sort(self, value: Schema, parent_key: str | None = None) -> Schema:
            """Leave keys in the order of the table of fields, and examples as people write them."""
            return value

        def tuple_schema(self, schema: core_schema.TupleSchema) -> Schema:
            """As this dialect has one of a fixed length."""
            found = super().tuple_schema(schema)
            if "prefixItems" in found:
                found["items"] = found.pop("prefixItems")
            return found

    schema = ScenarioPart.model_json_schema(ref_template="#/definitions/{model}", schema_generator=Generator)
    definitions = schema.pop("$defs")
    for part in parts():
        its = schema if part is ScenarioPart else definitions[part.__name__]
        _describe(its, part, definitions)
    schema["properties"]["assumptions"] |= assumptions_schema()
    definitions = {name: its for name, its in definitions.items() if "enum" not in its}
    return {"$schema": _DIALECT, "title": _TITLE} | schema | {"title": _TITLE, "definitions": definitions}


def read_schema() -> Schema:
    """The schema as it ships."""
    found: Schema = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def as_text(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def parts() -> tuple[type[Part], ...]:
    """Every part of the table of fields, each before those in it."""
    from narrows.scenario.shape import ScenarioPart

    return tuple(dict.fromkeys(_parts_in(ScenarioPart)))


def _parts_in(form: Any) -> Iterator[type[Part]]:
    from narrows.scenario.fields import Part, WrittenAs

    if isinstance(form, WrittenAs):
        yield from _parts_in(form.form)
    elif isinstance(form, type) and issubclass(form, Part):
        yield form
        for info in form.model_fields.values():
            for inner in (info.annotation, *info.metadata):
                yield from _parts_in(inner)
    else:
        for inner in get_args(form):
            yield from _parts_in(inner)


def _describe(schema: Schema, part: type[Part], definitions: Schema) -> None:
    """Descriptions from the docstrings, defaults as a file would have them, and no titles that repeat the keys."""
    title, _, text = cleandoc(part.__doc__ or "").partition("\n\n")
    schema |= {"title": title, "description": " ".join(text.split())}
    texts = _field_docstrings(part)
    for name, info in part.model_fields.items():
        its = schema["properties"][info.alias or name]
        its.pop("title", None)
        if "$ref" in its:
            # Whatever stands beside a reference is not read in this dialect.
            reference = its.pop("$ref")
            choices = definitions[reference.rpartition("/")[2]].get("enum")
            its |= {"allOf": [{"$ref": reference}]} if choices is None else {"enum": choices}
        its["description"] = texts[name]
        its.pop("default", None)
        if not info.is_required() and (default := _default(part, name, its)) is not None:
            its["default"] = default


def _default(part: type[Part], name: str, schema: Schema) -> Any:
    """The default of a field as it would be written; None where it says that there is nothing."""
    from pydantic import TypeAdapter

    from narrows.scenario.fields import Part

    info = part.model_fields[name]
    default = info.get_default(call_default_factory=True)
    if default in (None, {}, ()) or isinstance(default, Part):
        return None
    if name == "invocation_duration":
        return {"duration": format_duration(default)}
    if schema.get("x-kind") == "duration":
        return format_duration(default)
    if isinstance(default, bool | int | float):
        return int(default) if default == int(default) and not isinstance(default, bool) else default
    alone = part.model_construct(**{name: default})
    written = TypeAdapter(part).dump_python(alone, mode="json", by_alias=True, warnings=False)[info.alias or name]
    return None if written in ({}, []) else written


def _field_docstrings(part: type[Part]) -> dict[str, str]:
    """The docstring under each field. (pydantic would read them too, each time the module is loaded.)"""
    import ast
    import inspect

    tree = ast.parse(inspect.getsource(inspect.getmodule(part)))  # type: ignore[arg-type]
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == part.__name__)
    found = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            assert isinstance(text.value, ast.Constant)
            found[field.target.id] = " ".join(str(text.value.value).split())
    return found


def assumptions_schema() -> Schema:
    """What may stand under ``assumptions``."""
    about = Assumptions.about()
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {
                **one.kind.schema,
                "description": f"{one.meaning[:1].upper()}{one.meaning[1:]}. {one.certainty.value.capitalize()}: "
                f"{one.source}.",
                "default": one.written(getattr(Assumptions(), name)),
            }
            for name, one in about.items()
        },
    }


if __name__ == "__main__":
    from narrows.gate import say

    say(as_text(make_schema()).rstrip("\n"))
