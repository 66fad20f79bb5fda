"""Functions with other subnets and security groups, or outside of the VPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from narrows.declared.model import Value
from narrows.patch.terraform.editing import attribute_value, list_items
from narrows.patch.terraform.work import Site, Work
from narrows.plan.edits import Placed

if TYPE_CHECKING:
    from narrows.declared.terraform.hcl import Block

_SUBNETS = "AWS::EC2::Subnet"
_GROUPS = "AWS::EC2::SecurityGroup"


def place(work: Work, edit: Placed, what: str, together: Sequence[Placed]) -> None:
    """A function's VPC configuration as the plan has it.

    Args:
        together: every such edit of the plan: those whose functions one block makes may be one change.
    """
    site = work.find("AWS::Lambda::Function", edit.function)
    if site is None or not work.editable(site, what):
        return
    config = next((one for one in site.placed.block.blocks if one.type == "vpc_config"), None)
    if config is None:
        work.say(f"{what}: the VPC configuration of {edit.function} is no block vpc_config", site.place)
        return
    others = _of_this_block(work, site)
    same = [one for one in together if one.function in others and _after(one) == _after(edit)]
    if len(others) > 1 and len(same) < len(others):
        work.say(f"{what}: its block makes {len(others)} functions, of which only {len(same)} change", site.place)
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
    given = site.resource.properties.get("VpcConfig")
    values = given if isinstance(given, dict) else {}
    _list(work, site, config, "subnet_ids", _SUBNETS, edit.subnets_before, edit.subnets, values.get("SubnetIds"), what)
    _list(
        work,
        site,
        config,
        "security_group_ids",
        _GROUPS,
        edit.security_groups_before,
        edit.security_groups,
        values.get("SecurityGroupIds"),
        what,
    )
    if edit.dual_stack and attribute_value(config, "ipv6_allowed_for_dual_stack") is None:
        site.edited.add_attribute(config, "ipv6_allowed_for_dual_stack", "true")


def _after(edit: Placed) -> tuple[object, ...]:
    return edit.subnets, edit.security_groups, edit.dual_stack


def _of_this_block(work: Work, site: Site) -> set[str]:
    """The plan's functions that one block makes."""
    found = set()
    for name in work.plan.today.network.functions:
        resource = work.resource("AWS::Lambda::Function", name)
        other = None if resource is None else work.site(resource)
        if other is not None and other.placed == site.placed:
            found.add(name)
    return found


def _list(
    work: Work,
    site: Site,
    config: Block,
    attribute: str,
    type: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
    declared: Value,
    what: str,
) -> None:
    if set(before) == set(after):
        return
    value = attribute_value(config, attribute)
    added, removed = [one for one in after if one not in before], [one for one in before if one not in after]
    news = [work.reference(site.module, one, type) for one in added]
    if value is None or any(one is None for one in news):
        work.say(f"{what}: set {attribute} of {site.expression} to {', '.join(after)}", site.place)
        return
    there = {one.address for value_ in _values(declared) if (one := work.declared.referred(value_)) is not None}
    texts = [
        text
        for name, text in zip(added, news, strict=True)
        if text is not None and ((one := work.resource(type, name)) is None or one.address not in there)
    ]
    if not removed:
        site.edited.extend(value, texts)
        return
    items = list_items(value)
    places = [_place_of(work, type, one, declared) for one in removed]
    if items is not None and isinstance(declared, list | tuple) and len(items) == len(declared) and None not in places:
        spare = list(texts)
        for at in places:
            if at is not None and spare:
                site.edited.set_value(items[at], spare.pop(0))
                continue
            places = [None]
        if None not in places:
            if spare:
                site.edited.extend(value, spare)
            return
    every = [work.reference(site.module, one, type) for one in after]
    if any(one is None for one in every):
        work.say(f"{what}: set {attribute} of {site.expression} to {', '.join(after)}", site.place)
        return
    site.edited.forget(value)
    site.edited.set_value(value, f"[{', '.join(one for one in every if one is not None)}]")


def _values(declared: Value) -> list[Value]:
    return list(declared) if isinstance(declared, list | tuple) else []


def _place_of(work: Work, type: str, name: str, declared: Value) -> int | None:
    found = work.resource(type, name)
    if found is None or not isinstance(declared, list | tuple):
        return None
    return next((at for at, one in enumerate(declared) if work.refers(one, found.address)), None)
