"""Templates of the Serverless Application Model, by the model's own translator, without AWS.

The translator takes and gives templates without lines. What it gives gets the lines of what it was made from: a
function keeps its logical id, and what is made for a function begins with the function's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from narrows.declared.cloudformation.nodes import Node, Plain, node_of
from narrows.errors import InputError, one_line, shown

_TRANSFORM = "AWS::Serverless-"
_OWN = "AWS::Serverless::"
_FUNCTION = "AWS::Serverless::Function"
_APPLICATION = "AWS::Serverless::Application"
_ANY_REGION = "us-east-1"
"""Where the Region is not known: the translator asks it for the partition alone."""
_BUCKET = "not-uploaded-yet"
_S3 = f"s3://{_BUCKET}/key"
_IMAGE = f"111111111111.dkr.ecr.us-east-1.amazonaws.com/{_BUCKET}"
_UPLOADED = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
}
"""What stands in the user's files, and is in S3 when the translator sees it."""
_AS_THEY_ARE = (
    "Description", "Environment", "FunctionName", "Layers", "MemorySize", "ReservedConcurrentExecutions", "Runtime",
    "Timeout", "VpcConfig",
)  # fmt: skip
"""Properties that a function of both models has."""


@dataclass(frozen=True)
class Translated:
    """A template in CloudFormation's own types."""

    root: Node
    faults: tuple[tuple[int, str], ...] = ()
    """With their lines."""


def is_serverless(root: Node) -> bool:
    """Whether a template asks for SAM's transform."""
    transform = root.get("Transform")
    if transform is None:
        return False
    return any((entry.text or "").startswith(_TRANSFORM) for entry in transform.items or [transform])


def translated(root: Node, parameters: Mapping[str, Plain], region: str | None, file: str) -> Translated:
    """A SAM template as CloudFormation runs it. What the translator refuses is read as far as can be without it.

    Args:
        root: the template.
        parameters: values of them that are known.
        region: where it is deployed.
        file: to name in errors.

    Raises:
        InputError: the translator is not installed.
    """
    try:
        import samtranslator.translator.translator  # noqa: F401
    except ImportError:
        advice = "pip install 'narrows[sam]'"
        raise InputError("is a template of SAM, whose translator is missing", file=file, advice=advice) from None
    given = _uploaded(root)
    faults = []
    try:
        plain = _translate(given, dict(parameters), region or _ANY_REGION)
    except _RefusedError as refused:
        known = _resources(root)
        for owner, message in refused.causes:
            line = known[owner].line if owner in known else _line_of_section(message, root)
            faults.append((line, f"SAM's translator refuses it: {message}"))
        return Translated(_without_translator(root), tuple(faults))
    translation = _with_lines(plain, root)
    for name, node in _resources(translation).items():
        kind = node.get("Type")
        if kind is not None and (kind.text or "").startswith(_OWN) and kind.text != _APPLICATION:
            faults.append((node.line, f"{shown(name)} is not seen: {shown(kind.text)} is no type of SAM's"))
    return Translated(translation, tuple(faults))


def _line_of_section(message: str, root: Node) -> int:
    """Where the section is that a message is about."""
    shared = root.get("Globals")
    return root.line if shared is None or "'Globals'" not in message else shared.line


class _RefusedError(Exception):
    def __init__(self, causes: list[tuple[str, str]]) -> None:
        self.causes = causes
        """Logical ids with what is wrong with them."""


def _translate(template: dict[str, Plain], parameters: dict[str, Plain], region: str) -> dict[str, Plain]:
    from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    logging.getLogger("samtranslator").addHandler(logging.NullHandler())
    logging.getLogger("samtranslator").propagate = False
    session: Any = SimpleNamespace(region_name=region)
    translator = Translator(None, Parser(), boto_session=session)
    try:
        plain: dict[str, Plain] = translator.translate(
            template, parameters, passthrough_metadata=True, get_managed_policy_map=dict
        )
    except InvalidDocumentException as error:
        causes = [(str(getattr(cause, "_logical_id", "")), _words(cause.message)) for cause in error.causes]
        raise _RefusedError(causes or [("", "it does not say why")]) from None
    except ExceptionWithMessage as error:
        raise _RefusedError([("", _words(error.message))]) from None
    except Exception as error:  # It was made for what AWS lets through, and fails at the rest in any way.
        raise _RefusedError([("", f"it fails with {type(error).__name__}")]) from None
    return plain


def _words(message: str) -> str:
    return one_line(message, 240).rstrip(".")


def _uploaded(root: Node) -> dict[str, Plain]:
    """The template with places in S3 for what stands in the user's files, and without nested applications."""
    plain = root.plain()
    assert isinstance(plain, dict)
    resources = plain.get("Resources")
    shared = _member(plain, "Globals", "Function")
    if isinstance(resources, dict):
        for name, resource in list(resources.items()):
            kind = resource.get("Type") if isinstance(resource, dict) else None
            if kind == _APPLICATION or (isinstance(kind, str) and name.startswith("Fn::")):
                # It stays what it is: its template is read as a nested stack.
                resources[name] = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": _S3}}
            elif isinstance(resource, dict) and isinstance(kind, str) and kind in _UPLOADED:
                _upload(resource, kind, shared)
    for section in ("CodeUri", "ImageUri"):
        shared.pop(section, None)
    return plain


def _upload(resource: dict[str, Plain], kind: str, shared: Mapping[str, Plain]) -> None:
    properties = resource.setdefault("Properties", {})
    if not isinstance(properties, dict):
        return
    name = _UPLOADED[kind]
    if kind != _FUNCTION:
        if isinstance(properties.get(name), str):
            properties[name] = _S3
        return
    if properties.get("PackageType", shared.get("PackageType")) == "Image":
        if not isinstance(properties.get("ImageUri"), dict):
            properties["ImageUri"] = _IMAGE
    elif not isinstance(properties.get(name), dict) and "InlineCode" not in properties:
        properties[name] = _S3


def _member(plain: Mapping[str, Plain], *names: str) -> dict[str, Plain]:
    member: Plain = dict(plain)
    for name in names:
        member = member.get(name) if isinstance(member, dict) else None
    return member if isinstance(member, dict) else {}


def _resources(root: Node) -> Mapping[str, Node]:
    resources = root.get("Resources")
    return {} if resources is None else resources.mapping


def _with_lines(translation: dict[str, Plain], root: Node) -> Node:
    sections: dict[str, Node] = {}
    before = _resources(root)
    shared = root.get("Globals", "Function")
    for section, plain in translation.items():
        original = root.get(section)
        line = original.line if original is not None else root.line
        if section == "Resources" and isinstance(plain, dict):
            resources = {name: _resource(name, resource, before, shared, line) for name, resource in plain.items()}
            sections[section] = Node(resources, line)
        else:
            sections[section] = _lined(plain, original, None, line)
    return Node(sections, root.line)


def _resource(name: str, plain: Plain, before: Mapping[str, Node], shared: Node | None, line: int) -> Node:
    original = before.get(name)
    if original is None:
        owner = max((logical_id for logical_id in before if name.startswith(logical_id)), key=len, default=None)
        return node_of(plain, line if owner is None else before[owner].line)
    kind = original.get("Type")
    if kind is not None and kind.text == _APPLICATION:
        return original
    if isinstance(plain, dict):
        properties = _member(plain, "Properties")
        if _BUCKET in str(properties.get("Code")):
            # Nobody wrote that.
            plain = {**plain, "Properties": {key: value for key, value in properties.items() if key != "Code"}}
    is_function = kind is not None and kind.text == _FUNCTION
    return _lined(
        plain, original, Node({"Properties": shared}, line) if is_function and shared else None, original.line
    )


def _lined(plain: Plain, original: Node | None, shared: Node | None, line: int) -> Node:
    """What was translated, with the lines of what stands in the same place of the template, or of its Globals."""
    if isinstance(plain, dict):
        members: dict[str, Node] = {}
        for key, value in plain.items():
            own = original.mapping.get(key) if original is not None else None
            general = shared.mapping.get(key) if shared is not None else None
            source = own or general
            members[key] = _lined(value, own, general, line if source is None else source.line)
        return Node(members, line)
    if isinstance(plain, list):
        items = (original or shared or Node(None, line)).items
        return Node(
            [_lined(element, items[at] if at < len(items) else None, None, items[at].line if at < len(items) else line)
             for at, element in enumerate(plain)],
            line,
        )  # fmt: skip
    return Node(plain, line)


def _without_translator(root: Node) -> Node:
    """The functions alone, with what Globals give them; other resources of SAM's stay what they are."""
    shared = root.get("Globals", "Function")
    resources: dict[str, Node] = {}
    for name, node in _resources(root).items():
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
        key: Node({"Type": Node(kind, alias.line), "Properties": properties, **members}, alias.line)
        for key, (kind, properties) in made.items()
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
