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
from narrows.declared.cloudformation.template import resources_of
from narrows.declared.cloudformation.untranslated import without_translator
from narrows.errors import one_line, shown
from narrows.packages import need

_TRANSFORM = "AWS::Serverless-"
_OWN = "AWS::Serverless::"
_FUNCTION = "AWS::Serverless::Function"
_APPLICATION = "AWS::Serverless::Application"
_ANY_REGION = "us-east-1"
"""Where the Region is not known: the translator asks it for the partition alone."""
_MACRO = "Fn::Transform"
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
        MissingPackageError: the translator is not installed.
    """
    need("samtranslator", "a template of SAM", file=file)
    given = _uploaded(root)
    faults = []
    try:
        plain = _translate(given, dict(parameters), region or _ANY_REGION)
    except _RefusedError as refused:
        known = resources_of(root)
        for owner, message in refused.causes:
            line = known[owner].line if owner in known else _line_of_section(message, root)
            faults.append((line, f"SAM's translator refuses it: {message}"))
        return Translated(without_translator(root), tuple(faults))
    translation = _with_lines(plain, root)
    for name, node in resources_of(translation).items():
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
    """The template with places in S3 for what stands in the user's files, without nested applications and without
    macros, which run before the translator."""
    plain = root.plain()
    assert isinstance(plain, dict)
    resources = plain.get("Resources")
    shared = _member(plain, "Globals", "Function")
    if isinstance(resources, dict):
        for name, resource in list(resources.items()):
            kind = resource.get("Type") if isinstance(resource, dict) else None
            if name.startswith("Fn::"):
                del resources[name]
            elif kind == _APPLICATION:
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
    properties.pop(_MACRO, None)
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


def _with_lines(translation: dict[str, Plain], root: Node) -> Node:
    sections: dict[str, Node] = {}
    before = resources_of(root)
    shared = root.get("Globals", "Function")
    for section, plain in translation.items():
        original = root.get(section)
        line = original.line if original is not None else root.line
        if section == "Resources" and isinstance(plain, dict):
            resources = {name: _resource(name, resource, before, shared, line) for name, resource in plain.items()}
            macros = {name: node for name, node in before.items() if name.startswith("Fn::")}
            sections[section] = Node({**resources, **macros}, line)
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
        macro = original.get("Properties", _MACRO)
        if macro is not None:
            plain = {**plain, "Properties": {**properties, _MACRO: macro.plain()}}
        if _BUCKET in str(properties.get("Code")):
            # Nobody wrote that.
            kept = {key: value for key, value in _member(plain, "Properties").items() if key != "Code"}
            plain = {**plain, "Properties": kept}
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
