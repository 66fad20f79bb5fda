"""Functions with other subnets and security groups, or outside of the VPC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrows.declared.model import Value
from narrows.declared.terraform.hcl import Block
from narrows.patch.terraform.editing import Edited, attribute_value, list_items
from narrows.patch.terraform.files import Module, parsed
from narrows.patch.terraform.files import Placed as PlacedBlock
from narrows.patch.terraform.registry import is_lambda
from narrows.patch.terraform.work import Site, Work
from narrows.plan.edits import Placed

_SUBNETS = "AWS::EC2::Subnet"
_GROUPS = "AWS::EC2::SecurityGroup"


@dataclass(frozen=True, slots=True)
class _Config:
    """Where the lists of a function's VPC configuration stand."""

    module: Module
    edited: Edited
    block: Block
    owner: str
    """As messages name it: ``aws_lambda_function.api``."""
    place: str
    subnet_ids: str = "subnet_ids"
    security_group_ids: str = "security_group_ids"


def place(work: Work, edit: Placed, what: str, together: Sequence[Placed]) -> None:
    """A function's VPC configuration as the plan has it.

    Args:
        together: every such edit of the plan: those whose functions one block makes may be one change.
    """
    if (call := _call_of(work, edit.function)) is not None:
        work.found += 1
        _place_by_call(work, edit, *call, what)
        return
    if _is_in_json(work, edit, what):
        return
    site = work.find("AWS::Lambda::Function", edit.function)
    if site is None or not work.editable(site, what):
        return
    config = next((block for block in site.placed.block.blocks if block.type == "vpc_config"), None)
    if config is None:
        work.say(
            f"{what}: the VPC configuration of {edit.function} is no plain block vpc_config: "
            f"{_by_hand(work, edit, site.module, site.condition)}",
            next(
                (
                    f"{site.placed.file}:{block.line}"
                    for block in site.placed.block.blocks
                    if block.labels == ("vpc_config",)
                ),
                site.place,
            ),
        )
        return
    count, names = _of_this_block(work, site)
    alike = [sibling for sibling in together if sibling.function in names and _after(sibling) == _after(edit)]
    if len(alike) < count:
        work.say(
            f"{what}: its block makes {count} functions, and others of them stay as they are: "
            f"{_by_hand(work, edit, site.module, site.condition)}",
            site.place,
        )
        return
    if site.placed.block.node.start_byte in work.done.setdefault(site.placed.file, set()):
        return
    work.done[site.placed.file].add(site.placed.block.node.start_byte)
    if not edit.subnets:
        site.edited.remove(config.node)
        work.say(
            f"{edit.function} leaves the VPC: its role may lose AWSLambdaVPCAccessExecutionRole, a security group that "
            "nothing else has can go",
            site.place,
        )
        return
    lists = _Config(site.module, site.edited, config, site.expression, site.place)
    _lists(work, edit, lists, site.resource.properties.get("VpcConfig"), what)
    if edit.dual_stack and attribute_value(config, "ipv6_allowed_for_dual_stack") is None:
        site.edited.add_attribute(config, "ipv6_allowed_for_dual_stack", "true")


def _call_of(work: Work, function: str) -> tuple[Module, PlacedBlock, Value] | None:
    """The call of terraform-aws-modules/lambda that makes a function, and its VPC configuration where it is known."""
    resource = work.resource("AWS::Lambda::Function", function)
    if resource is not None:
        address = parsed(resource.address)
        called = None if address is None or not address.names else work.files.call(address.names)
        if called is None or not is_lambda(called[1].block):
            return None
        return (*called, resource.properties.get("VpcConfig"))
    calls = []
    for module in work.files.modules():
        for placed in module.calls.values():
            name = attribute_value(placed.block, "function_name")
            if is_lambda(placed.block) and name is not None and name.text == f'"{function}"'.encode():
                calls.append((module, placed, None))
    return calls[0] if len(calls) == 1 else None


def _place_by_call(work: Work, edit: Placed, module: Module, call: PlacedBlock, config: Value, what: str) -> None:
    """The inputs of a call of terraform-aws-modules/lambda."""
    several = next((name for name in ("count", "for_each") if call.block.attribute(name) is not None), "")
    if several or module.several:
        work.say(f"{what}: {module.several or f'this call has {several}'}: {_by_hand(work, edit, module)}", call.place)
        return
    if not edit.subnets:
        work.say(f"{what}: take vpc_subnet_ids and vpc_security_group_ids out of this call", call.place)
        return
    owner = f"module.{call.block.labels[0]}"
    lists = _Config(
        module, module.files[call.file], call.block, owner, call.place, "vpc_subnet_ids", "vpc_security_group_ids"
    )
    _lists(work, edit, lists, config, what)
    if edit.dual_stack:
        work.say(f"{what}: {owner} has to set ipv6_allowed_for_dual_stack", call.place)


def _is_in_json(work: Work, edit: Placed, what: str) -> bool:
    """Whether a function is written in Terraform's JSON, which is not edited: what to write there is said."""
    resource = work.resource("AWS::Lambda::Function", edit.function)
    address = None if resource is None else parsed(resource.address)
    module = None if address is None else work.files.module(address.names)
    if resource is None or address is None or module is None or not resource.place.file.endswith(".json"):
        return False
    work.found += 1
    work.say(
        f"{what}: {resource.address} is written in JSON, which is read and not edited: "
        f"{_by_hand(work, edit, module, in_json=True)}",
        f"{resource.place}: resource.{address.type}.{address.label}",
    )
    return True


def _after(edit: Placed) -> tuple[object, ...]:
    return edit.subnets, edit.security_groups, edit.dual_stack


def _by_hand(work: Work, edit: Placed, module: Module, condition: str = "", in_json: bool = False) -> str:
    """What its VPC configuration becomes, as far as it can be written in the function's module."""
    condition = f" where {condition}" if condition else ""
    if not edit.subnets:
        return f"leave its vpc_config out{condition}"
    changed = []
    for attribute, type, before, after in (
        ("subnet_ids", _SUBNETS, edit.subnets_before, edit.subnets),
        ("security_group_ids", _GROUPS, edit.security_groups_before, edit.security_groups),
    ):
        if set(before) != set(after):
            references = [work.reference(module, name, type) or name for name in after]
            if in_json:
                items = ", ".join(f'"${{{reference}}}"' for reference in references)
                changed.append(f'"{attribute}": [{items}]')
            else:
                changed.append(f"{attribute} = [{', '.join(references)}]")
    if edit.dual_stack:
        name = "ipv6_allowed_for_dual_stack"
        changed.append(f'"{name}": true' if in_json else f"{name} = true")
    return f"{' and '.join(changed)}{condition}"


def _of_this_block(work: Work, site: Site) -> tuple[int, set[str]]:
    """(How many functions the block of this one makes, which of them the plan knows)."""
    functions = work.declared.of("AWS::Lambda::Function")
    count = sum(
        1
        for function in functions
        if (function_site := work.site(function)) is not None and function_site.placed == site.placed
    )
    names = set()
    for name in work.plan.today.network.functions:
        resource = work.resource("AWS::Lambda::Function", name)
        function_site = None if resource is None else work.site(resource)
        if function_site is not None and function_site.placed == site.placed:
            names.add(name)
    return count, names


def _lists(work: Work, edit: Placed, config: _Config, declared: Value, what: str) -> None:
    values = declared if isinstance(declared, dict) else {}
    before, after = edit.subnets_before, edit.subnets
    _list(work, config, config.subnet_ids, _SUBNETS, before, after, values.get("SubnetIds"), what)
    before, after = edit.security_groups_before, edit.security_groups
    _list(work, config, config.security_group_ids, _GROUPS, before, after, values.get("SecurityGroupIds"), what)


def _list(
    work: Work,
    config: _Config,
    attribute: str,
    type: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
    declared: Value,
    what: str,
) -> None:
    if set(before) == set(after):
        return
    value = attribute_value(config.block, attribute)
    added, removed = [name for name in after if name not in before], [name for name in before if name not in after]
    new = [work.reference(config.module, name, type) for name in added]
    if value is None or None in new:
        work.say(f"{what}: set {attribute} of {config.owner} to {', '.join(after)}", config.place)
        return
    items_declared = declared if isinstance(declared, list | tuple) else ()
    addresses = {resource.address for item in items_declared if (resource := work.declared.referred(item)) is not None}
    texts = [
        text
        for name, text in zip(added, new, strict=True)
        if text is not None and ((resource := work.resource(type, name)) is None or resource.address not in addresses)
    ]
    if not removed:
        config.edited.extend(value, texts)
        return
    items = list_items(value)
    places = [_place_of(work, type, name, declared) for name in removed]
    if items is not None and isinstance(declared, list | tuple) and len(items) == len(declared) and None not in places:
        spare = list(texts)
        for at in places:
            if at is not None and spare:
                config.edited.set_value(items[at], spare.pop(0))
                continue
            places = [None]
        if None not in places:
            if spare:
                config.edited.extend(value, spare)
            return
    references = [work.reference(config.module, name, type) for name in after]
    if None in references:
        work.say(f"{what}: set {attribute} of {config.owner} to {', '.join(after)}", config.place)
        return
    config.edited.forget(value)
    config.edited.set_value(value, f"[{', '.join(reference for reference in references if reference is not None)}]")


def _place_of(work: Work, type: str, name: str, declared: Value) -> int | None:
    resource = work.resource(type, name)
    if resource is None or not isinstance(declared, list | tuple):
        return None
    return next((at for at, item in enumerate(declared) if work.refers(item, resource.address)), None)
