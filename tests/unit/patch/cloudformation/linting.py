"""What the real cfn-lint says of a template, and what its schemas say of a resource type."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


def errors(file: Path) -> Counter[str]:
    """Errors of every rule in us-east-1, by rule and text."""
    config = import_module("cfnlint.config").ManualArgs(regions=["us-east-1"], include_checks=["I", "W", "E"])
    found = import_module("cfnlint.api").lint(file.read_text(encoding="utf-8-sig"), config=config)
    return Counter(f"{one.rule.id} {one.message}" for one in found if one.rule.id.startswith("E"))


def decoded(file: Path) -> dict[str, Any]:
    """The template as cfn-lint reads it: not by the code that is tested."""
    template, problems = import_module("cfnlint.decode").decode(str(file))
    assert not problems, problems
    plain: dict[str, Any] = json.loads(json.dumps(template, default=str))
    return plain


@cache
def create_only(kind: str) -> frozenset[str]:
    """Properties of a type whose change replaces the resource."""
    if kind.startswith("AWS::Serverless::"):
        kind = "AWS::Lambda::Function"
    manager = import_module("cfnlint.schema.manager").PROVIDER_SCHEMA_MANAGER
    schema = manager.get_resource_schema("us-east-1", kind).schema
    return frozenset(one.removeprefix("/properties/").split("/")[0] for one in schema.get("createOnlyProperties", ()))
