"""The patch of CloudFormation and SAM templates, in YAML and JSON, also of those that CDK makes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path

from narrows.patch.cloudformation.alarms import add_alarms
from narrows.patch.cloudformation.document import document_of
from narrows.patch.cloudformation.emitting import block
from narrows.patch.cloudformation.endpoints import dual_stack, new_endpoint
from narrows.patch.cloudformation.folder import Folder
from narrows.patch.cloudformation.functions import placed
from narrows.patch.cloudformation.gateways import more_addresses, new_gateway
from narrows.patch.cloudformation.making import Making
from narrows.patch.cloudformation.nodes import same
from narrows.patch.cloudformation.rewriting import rewritten
from narrows.patch.cloudformation.routes import rerouted
from narrows.patch.cloudformation.security_groups import new_security_group
from narrows.patch.cloudformation.sizes import say_what_is_too_large
from narrows.patch.cloudformation.subnets import new_subnet
from narrows.patch.cloudformation.templates import Template
from narrows.patch.cloudformation.versions import configurations, publish_versions
from narrows.patch.model import FileChange, Patch
from narrows.patch.told import beforehand, risks
from narrows.plan.edits import (
    ByHand,
    DualStack,
    Edit,
    MoreAddresses,
    NewEndpoint,
    NewNatGateway,
    NewSecurityGroup,
    NewSubnet,
    Placed,
    Rerouted,
    SecondVersion,
    edits_of,
)
from narrows.plan.model import Plan

__all__ = ["patch_cloudformation"]

_ORDER = (
    NewNatGateway,
    MoreAddresses,
    Rerouted,
    NewSecurityGroup,
    NewSubnet,
    DualStack,
    NewEndpoint,
    Placed,
    SecondVersion,
    ByHand,
)
"""The order of the edits: what is referred to comes before what refers to it, whichever change it belongs to."""


def patch_cloudformation(plan: Plan, path: Path, *, ids: Mapping[str, str] | None = None) -> Patch:
    """What a plan changes in a template, or in those of a folder.

    Args:
        path: the template, or the folder of templates. Where none declares what the plan is about, the patch is one
            template more.
        ids: the logical id of each physical one, as ``narrows.patch.cloudformation.stack.logical_ids`` reads it.

    Raises:
        InputError: a template cannot be used, two of its resources could be meant, or no change fits its layout.
    """
    folder = Folder(path)
    changes = () if plan.best is None else edits_of(plan.today.network, plan.best)
    making = Making(plan, folder, ids or {}, changes)
    before = configurations(making)
    for edit in sorted(making.edits(), key=lambda edit: _ORDER.index(type(edit))):
        _make(making, edit)
    for change in changes:
        if not change.edits:
            making.ask(f"by hand: {change.change.what}")
    publish_versions(making, before)
    add_alarms(making)
    files = tuple(_files(making))
    _say_what_remains(making, files)
    say_what_is_too_large(making, files)
    best = plan.best
    first = () if best is None else beforehand(best)
    risky = () if best is None else risks(best)
    return Patch(files, (*first, *making.todo), (*making.risks, *risky), tuple(making.outputs))


def _make(making: Making, edit: Edit) -> None:
    match edit:
        case MoreAddresses():
            more_addresses(making, edit)
        case NewNatGateway():
            new_gateway(making, edit)
        case NewSubnet():
            new_subnet(making, edit)
        case Rerouted():
            rerouted(making, edit)
        case NewSecurityGroup():
            new_security_group(making, edit)
        case Placed():
            placed(making, edit)
        case NewEndpoint():
            new_endpoint(making, edit)
        case DualStack():
            dual_stack(making, edit)
        case SecondVersion():
            making.ask(
                f"publish a version of {edit.function} with the security groups {', '.join(edit.security_groups)} and "
                "lead half of its alias to it: one template holds one configuration of a function at a time"
            )
        case ByHand():
            making.ask(f"by hand: {edit.what}")


def _files(making: Making) -> list[FileChange]:
    changes = []
    for template in making.folder.templates:
        if template.document is None or template.content is None:
            continue
        if not same(template.document.value, template.value):
            after = rewritten(template.content, template.document, template.value)
            changes.append(FileChange(template.path, template.content, after))
    module = making.made_module
    if module is not None and module.resources and making.earlier_module() is None:
        changes.append(FileChange(module.path, None, _written(module)))
    return changes


def _written(module: Template) -> bytes:
    """The added template as a file."""
    order = ("AWSTemplateFormatVersion", "Description", "Parameters", "Resources", "Outputs")
    like = document_of(b"Resources:\n", module.path)
    lines: list[str] = []
    for name in order:
        value = copy.deepcopy(module.value.get(name))
        if isinstance(value, str):
            lines += block(like, {name: value}, "")
        elif isinstance(value, dict) and value:
            lines += ["", f"{name}:"]
            for number, (key, entry) in enumerate(value.items()):
                lines += [*([""] if number and name == "Resources" else []), *block(like, {key: entry}, like.step)]
    return "\n".join([*lines, ""]).encode()


def _say_what_remains(making: Making, files: tuple[FileChange, ...]) -> None:
    changed = {change.path for change in files}
    earlier = making.earlier_module()
    kept = [f"{resource.name} ({resource.place})" for resource in making.kept]
    if earlier is not None:
        kept.append(f"all of {earlier.path}")
        making.speak_of(earlier.path)
    if kept:
        making.ask(
            f"import the templates again and plan again: an earlier patch has made {', '.join(kept)}, and nothing of "
            "it is made a second time"
        )
    for template in making.folder.templates:
        if template.path in changed and any(
            "aws:cdk:path" in str(resource) for resource in template.resources.values()
        ):
            making.ask(
                "CDK makes this template: the next 'cdk synth' writes over it; change the stack too", template.path
            )
    if making.made_module is not None or making.finder.missing:
        for template in making.folder.templates:
            for place in template.unread:
                making.ask("a loop or an included template, which was not looked into", place)
