"""Functions of the Serverless Application Model in a template that its translator refuses: as far as they say it."""

from __future__ import annotations

from collections.abc import Mapping

from narrows.declared.cloudformation.nodes import Node, Plain, node_of
from narrows.declared.cloudformation.template import resources_of

_FUNCTION = "AWS::Serverless::Function"
_AS_THEY_ARE = (
    "Description", "Environment", "Fn::Transform", "FunctionName", "Layers", "MemorySize",
    "ReservedConcurrentExecutions", "Runtime", "Timeout", "VpcConfig",
)  # fmt: skip
"""Properties that a function of both models has."""


def without_translator(root: Node) -> Node:
    """The functions alone, with what Globals give them; other resources of SAM's stay what they are."""
    shared = root.get("Globals", "Function")
    resources: dict[str, Node] = {}
    for name, node in resources_of(root).items():
        kind = node.get("Type")
        resources[name] = node
        if kind is None or kind.text != _FUNCTION:
            continue
        own = node.get("Properties")
        merged = _merged(shared, own) or Node({}, node.line)
        properties = {key: value for key, value in merged.mapping.items() if key in _AS_THEY_ARE}
        members = {key: value for key, value in node.mapping.items() if key in ("Condition", "Metadata")}
        made = {"Type": Node("AWS::Lambda::Function", kind.line), "Properties": Node(properties, merged.line)}
        resources[name] = Node({**made, **members}, node.line)
        alias = merged.mapping.get("AutoPublishAlias")
        if alias is not None and alias.text is not None and alias.text.isalnum():
            resources |= _published(name, alias, merged, members)
    declared = root.get("Resources")
    line = root.line if declared is None else declared.line
    return Node({**root.mapping, "Resources": Node(resources, line)}, root.line)


def _published(name: str, alias: Node, function: Node, members: Mapping[str, Node]) -> dict[str, Node]:
    reference: dict[str, Plain] = {"Ref": name}
    version: dict[str, Plain] = {"Fn::GetAtt": [f"{name}Version", "Version"]}
    properties = {
        "Name": alias,
        "FunctionName": node_of(reference, alias.line),
        "FunctionVersion": node_of(version, alias.line),
    }
    provisioned = function.mapping.get("ProvisionedConcurrencyConfig")
    if provisioned is not None:
        properties["ProvisionedConcurrencyConfig"] = provisioned
    of_version: dict[str, Plain] = {"FunctionName": reference}
    made = {
        f"{name}Version": ("AWS::Lambda::Version", node_of(of_version, alias.line)),
        f"{name}Alias{alias.text}": ("AWS::Lambda::Alias", Node(properties, alias.line)),
    }
    return {
        key: Node({"Type": Node(kind, alias.line), "Properties": node, **members}, alias.line)
        for key, (kind, node) in made.items()
    }


def _merged(shared: Node | None, own: Node | None) -> Node | None:
    """As Globals are merged: mappings by their keys, lists one after the other, else a function's own value."""
    if shared is None or own is None:
        return own or shared
    if isinstance(shared.value, dict) and isinstance(own.value, dict):
        if any(key == "Ref" or key.startswith("Fn::") for key in (*shared.value, *own.value)):
            return own
        keys = dict.fromkeys((*shared.value, *own.value))
        merged = {key: _merged(shared.value.get(key), own.value.get(key)) for key in keys}
        return Node({key: member for key, member in merged.items() if member is not None}, own.line)
    if isinstance(shared.value, list) and isinstance(own.value, list):
        return Node([*shared.value, *own.value], own.line)
    return own
