"""The reference of every key of a scenario, as a page of Markdown out of the JSON Schema.

``python -m narrows.scenario.reference`` prints it; ``docs/scenario.md`` is what it prints, which a test holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from narrows.assumptions import OF_CASES
from narrows.scenario.commented import flow
from narrows.scenario.json_schema import Schema, read_schema

_HEAD = """\
# A scenario, key by key

Made of the table of fields by `python -m narrows.scenario.reference`; a test holds it to that.

A scenario is a YAML file: a network, what is asked of it, for how long, and what is assumed. `narrows simulate`,
`narrows plan`, `narrows lab` and `narrows lint` read it. `narrows init > scenario.yaml` prints one to start from, with
every key; `narrows init --from CASE` prints the one that a plan makes of a case; `narrows import` makes one of
Terraform, CloudFormation, SAM and CDK.

- **Durations** are written as `250ms`, `30s`, `5m`, `1h30m`, or as a number of seconds.
- **Numbers** are written as `9000`, `9_000`, `90k` or `1.5M`.
- **Names** are yours. Those under `destinations`, `functions` and in `vpc` are what other keys refer to.
- A key that is not in these tables is an error that names the line, and the key that was most likely meant.
- What a scenario leaves unsaid has its default. Where a default decides what comes out, every answer says so under
  "Assumed", with the key that says it.
- What is written and has no effect is said in a line on stderr, or under `no_effect` in JSON.

**In an editor:** `narrows init --schema scenario.schema.json` writes the JSON Schema
([scenario.schema.json](../src/narrows/scenario/scenario.schema.json)) beside the scenario, whose first line points at
it:

    # yaml-language-server: $schema=scenario.schema.json

Editors with the YAML language server (Red Hat's extension of VS Code, Neovim, Helix, Emacs) then complete keys, show
what each means, and mark what is misspelt or out of range. PyCharm takes the file under "JSON Schema Mappings".

"required" stands where there is no default; "-" where nothing is the default.
"""
_ASSUMPTIONS = """\
## assumptions

What AWS does not document. The default is what is known best; every answer prints those that it depends on.
`narrows simulate` with another value shows how much depends on one.

| key | default | what it is | how sure, from where |
|---|---|---|---|
"""


def reference() -> str:
    """The page."""
    schema = read_schema()
    lines = [_HEAD]
    for part in (schema, *_in_order(schema)):
        title = part["title"] if part is not schema else "The whole file"
        lines.append(f"## {_code(title)}\n")
        if part["description"]:
            lines.append(f"{part['description']}\n".replace("``", "`"))
        lines.append("| key | what stands there | default | example | what it means |\n|---|---|---|---|---|")
        required = part.get("required", ())
        lines += [f"{_row(key, its, required=key in required)}" for key, its in part["properties"].items()]
        lines.append("")
    about = schema["properties"]["assumptions"]["properties"]
    lines.append(_ASSUMPTIONS + "\n".join(_assumption(name, its) for name, its in about.items()))
    return "\n".join(lines).rstrip("\n") + "\n"


def _in_order(schema: Schema) -> Iterator[Schema]:
    """Every part, each after the one that it is in."""
    definitions: Schema = schema["definitions"]
    seen: dict[str, None] = {}

    def walk(part: Schema) -> None:
        for its in part["properties"].values():
            for name in _references(its):
                if name not in seen:
                    seen[name] = None
                    walk(definitions[name])

    walk(schema)
    return (definitions[name] for name in seen)


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for key in ("allOf", "anyOf", "items", "additionalProperties"):
            yield from _references(schema.get(key))
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _row(key: str, its: Schema, *, required: bool) -> str:
    default = "required" if required else f"`{flow(its['default'])}`" if "default" in its else "-"
    example = f"`{flow(its['examples'][0])}`" if "examples" in its else ""
    others = [f"`{flow(other)}`" for other in its.get("examples", ())[1:]]
    text = its["description"].replace("``", "`")
    example = "<br>".join([example, *others])
    return f"| `{key}` | {_words(its)} | {default} | {example} | {text} |".replace("|  |", "| |")


def _words(its: Schema) -> str:
    """What may stand there."""
    if "enum" in its:
        return " or ".join(f"`{choice}`" for choice in its["enum"])
    if "additionalProperties" in its:
        return "names, each with keys" if its["additionalProperties"] else "keys"
    return ", or ".join(dict.fromkeys(_forms(its)))


def _forms(its: Schema) -> Iterator[str]:
    unit = f" {its['x-unit']}" if its.get("x-unit", "").partition(" ")[0].endswith("s") else ""
    if its.get("x-kind") == "duration":
        yield "a duration"
    elif its.get("x-kind") == "number":
        yield f"{_number(its['anyOf'][0])}{unit}"
    elif "anyOf" in its:
        for form in its["anyOf"]:
            yield from _forms({"x-unit": its.get("x-unit", "")} | form)
    elif "allOf" in its:
        yield "keys"
    elif "$ref" in its:
        name = its["$ref"].rpartition("/")[2].removesuffix("Part").lower()
        yield {"hold": "a time that is drawn"}.get(name, f"{name}" if name in ("steps", "points") else f"a {name}")
    elif its.get("enum"):
        yield " or ".join(f"`{choice}`" for choice in its["enum"])
    elif its.get("type") == "array":
        inner = its.get("items", {})
        yield "a list" if "type" not in inner or inner["type"] == "array" else f"a list of {_plural(inner)}"
    elif its.get("type") == "string":
        yield "a duration" if "pattern" in its else "a time" if its.get("format") == "date-time" else "text"
    elif its.get("type") in ("integer", "number"):
        yield f"{_number(its)}{unit}" if "maximum" in its or its["type"] == "integer" else "a duration"
    elif its.get("type") == "boolean":
        yield "`true` or `false`"


def _plural(inner: Schema) -> str:
    return {"integer": "whole numbers", "string": "texts"}.get(inner["type"], "them")


def _number(its: Schema) -> str:
    kind = "a whole number" if its["type"] == "integer" else "a number"
    low = its.get("minimum", its.get("exclusiveMinimum"))
    high = its.get("maximum")
    above = "more than " if "exclusiveMinimum" in its else ""
    bounds = "" if low is None else f", {above}{low:,}" + (f" to {high:,.0f}" if high is not None else " or more")
    return kind + ("" if above and high is None and low is None else bounds)


def _code(title: str) -> str:
    return f"`{title}`" if "." in title or title in ("vpc", "hold") else title


def _assumption(name: str, its: Schema) -> str:
    meaning, _, sure = its["description"].rpartition(". ")
    for word in ("Documented", "Reported", "Inferred", "Unverified"):
        before, found, after = its["description"].rpartition(f". {word}: ")
        if found:
            meaning, sure = before, f"{word.lower()}: {after.removesuffix('.')}"
    only = " Only for what is read of a case." if name in OF_CASES else ""
    return f"| `{name}` | `{flow(its['default'])}` | {meaning}.{only} | {sure} |"


if __name__ == "__main__":
    from narrows.gate import say

    say(reference().rstrip("\n"))
