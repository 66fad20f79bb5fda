"""The scenario that ``narrows init`` prints: a small one that runs, and every other key commented out, with examples.

Keys, their order, comments and examples come from the JSON Schema, which comes from the table of fields; only the names
of things and the figures of the example are told here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from narrows.assumptions import OF_CASES
from narrows.scenario.commented import WIDTH, Line, flow, prose, rendered
from narrows.scenario.json_schema import Schema, read_schema

SCHEMA_NAME = "scenario.schema.json"
MODELINE = f"# yaml-language-server: $schema={SCHEMA_NAME}"
"""A file beside the scenario, which ``narrows init --schema scenario.schema.json`` writes."""

_HEAD = f"""\
A scenario: what is there, what is asked of it, for how long. It runs as it stands: narrows simulate, narrows plan,
narrows lab. Whatever is commented out is optional and shows an example; take away '# ' to use it.

Durations: 250ms, 30s, 5m, 1h30m. Numbers: 9000, 90k, 1.5M. An editor that knows the YAML language server completes and
checks keys with the file that 'narrows init --schema {SCHEMA_NAME}' writes."""
_STARTER: Mapping[str, Any] = {
    "name": "my-launch",
    "region": "us-east-1",
    "vpc": {
        "subnets": {"private-a": {"az": "us-east-1a", "route": "nat-a"}},
        "nat_gateways": {"nat-a": {"addresses": 1}},
    },
    "destinations": {"cache": {"port": 6379, "addresses": 1}},
    "functions": {
        "storefront": {
            "subnets": ["private-a"],
            "security_groups": ["sg-app"],
            "connections": [
                {"to": "cache", "per_environment": 10, "hold": "until_recycled", "connect_timeout": "10s"},
            ],
        }
    },
    "demand": {"storefront": {"environments": {"from": 0, "to": 6000, "over": "60s"}}},
    "duration": "3m",
    "seed": 7,
}
"""What is not commented out: 60,000 connections, where one NAT gateway address takes 55,000."""
_MORE: Mapping[tuple[str, ...], Sequence[tuple[str, Mapping[str, Any], str]]] = {
    ("vpc", "subnets"): (
        ("private-b", {"az": "us-east-1b", "route": "nat-a"}, "a second subnet: a second Hyperplane ENI"),
        ("private-c", {"az": "us-east-1c", "route": "nat-a", "ipv6": True}, "one for dual_stack functions"),
    ),
    ("vpc", "nat_gateways"): (
        ("nat-8", {"addresses": 8}, "one with eight addresses"),
        ("nat-r", {"kind": "regional", "addresses": 1}, "a regional one"),
    ),
    ("destinations",): (
        ("database", {"port": 5432, "max_connections": 5000}, "one that takes so many at once"),
        ("api", {"port": 443, "addresses": 3}, "one with three addresses"),
    ),
    ("functions",): (("worker", {"subnets": ["private-a"], "security_groups": ["sg-app"]}, "a second function"),),
}
"""Further entries, each on a line of its own, commented out, with what it is."""
_SECTIONS: Mapping[tuple[str, ...], Mapping[str, Any]] = {
    ("vpc", "security_groups"): {"sg-app": {"egress_ports": [443, 6379]}},
    ("vpc", "endpoints"): {"vpce-cache": {"kind": "interface", "to": ["cache"]}},
    ("others",): {"fleet": {"route": "nat-a", "connections": [{"to": "cache", "count": 2000}]}},
}
"""Whole sections that are commented out."""


def starter_text() -> str:
    """The text of the scenario, with the address of the schema in its first line."""
    schema = read_schema()
    head = [Line(MODELINE), *(line for text in _HEAD.split("\n\n") for line in prose(text)), Line("")]
    return rendered([*head, *_Starter(schema).keys(schema, _STARTER, (), "")])


class _Starter:
    def __init__(self, schema: Schema) -> None:
        self._definitions: Schema = schema["definitions"]

    def keys(self, part: Schema, data: Mapping[str, Any], path: tuple[str, ...], start: str) -> Iterator[Line]:
        """Every key of a part: those in ``data`` as they are, the others commented out. ``start`` begins each line."""
        for key, schema in part["properties"].items():
            here = (*path, key)
            if key in data:
                yield from self._key(key, schema, data[key], here, start)
            elif here in _SECTIONS:
                yield from self._key(key, schema, _SECTIONS[here], here, f"{start}# ")
            elif key == "assumptions":
                yield from self._assumptions(schema, start)
            else:
                yield from self._key(key, schema, schema["examples"][0], here, f"{start}# ")

    def _key(self, key: str, schema: Schema, value: Any, path: tuple[str, ...], start: str) -> Iterator[Line]:
        inner = self._inside(schema)
        if "additionalProperties" in schema and inner is not None:
            yield Line(f"{start}{key}:", _brief(schema))
            yield from self._named(inner, value, path, f"{start}  ")
        elif schema.get("type") == "array" and inner is not None:
            yield Line(f"{start}{key}:", _brief(schema))
            for item in value:
                yield from self._item(inner, item, path, f"{start}  ")
        elif inner is not None and not schema.get("x-others"):
            yield Line(f"{start}{key}:", _brief(schema))
            yield from self.keys(inner, value, path, f"{start}  ")
        else:
            yield Line(f"{start}{key}: {flow(value)}", _said(schema, value))
            if start.endswith("# "):
                return
            for other, words in zip(schema.get("examples", [])[1:], schema.get("x-others", ()), strict=False):
                yield Line(f"{start}# {key}: {flow(other)}", words)

    def _named(self, inner: Schema, things: Mapping[str, Any], path: tuple[str, ...], start: str) -> Iterator[Line]:
        for name, thing in things.items():
            yield Line(f"{start}{name}:")
            yield from self.keys(inner, thing, (*path, name), f"{start}  ")
        for name, thing, words in _MORE.get(path, ()):
            yield Line(f"{start}# {name}: {flow(thing)}", words)

    def _item(self, inner: Schema, item: Mapping[str, Any], path: tuple[str, ...], start: str) -> Iterator[Line]:
        lines = list(self.keys(inner, item, path, f"{start}  "))
        first = lines[0].text[len(start) + 2 :]
        yield Line(f"{start}- {first}", lines[0].comment)
        yield from lines[1:]

    def _assumptions(self, schema: Schema, start: str) -> Iterator[Line]:
        yield Line(f"{start}# assumptions:", _brief(schema))
        for name, about in schema["properties"].items():
            if name not in OF_CASES:
                meaning = about["description"].partition(".")[0].partition(";")[0]
                yield Line(f"{start}#   {name}: {flow(about['default'])}", meaning)

    def _inside(self, schema: Schema) -> Schema | None:
        """The part that a field is made of, if it is made of one."""
        for form in (schema, schema.get("items", {}), schema.get("additionalProperties") or {}):
            for reference in (form, *form.get("allOf", ())) if isinstance(form, dict) else ():
                found = self._definitions.get(reference.get("$ref", "").rpartition("/")[2])
                if found is not None and "properties" in found:
                    result: Schema = found
                    return result
        return None


def _brief(schema: Schema) -> str:
    """The first sentence of what a field means, without its full stop."""
    text: str = schema["description"]
    return text.partition(". ")[0].removesuffix(".")


def _said(schema: Schema, value: Any) -> str:
    """What a field means, its unit and its default."""
    said = _brief(schema)
    unit = schema.get("x-unit", "")
    if unit and unit.split()[0].lower() not in said.lower():
        said += f", in {unit}"
    choices: Sequence[str] = schema.get("enum", ())
    if choices and not all(choice in said for choice in choices):
        said += f": {', '.join(map(str, choices))}"
    if "default" in schema:
        default = schema["default"]
        said += " (default)" if default == value else f" (default: {_default(default)})"
    return said


def _default(value: Any) -> str:
    text = flow(value)
    return text if len(text) < WIDTH // 2 else "as above"
