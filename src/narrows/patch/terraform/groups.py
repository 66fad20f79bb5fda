"""Copies of security groups, with the same rules."""

from __future__ import annotations

import re

from narrows.patch.terraform import layout
from narrows.patch.terraform.copying import copied
from narrows.patch.terraform.editing import attribute_value
from narrows.patch.terraform.work import Made, Site, Work, label_suffix, suffix_of
from narrows.plan.edits import NewSecurityGroup

RULES = (
    "aws_security_group_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
)


def new_security_group(work: Work, edit: NewSecurityGroup, what: str) -> None:
    """A security group after another, and a copy of each rule that stands apart."""
    site = work.find("AWS::EC2::SecurityGroup", edit.copy_of)
    if site is None or not work.editable(site, what):
        return
    suffix = suffix_of(edit.name, edit.copy_of)
    label = site.module.fresh("aws_security_group", f"{site.address.label}{label_suffix(suffix)}")
    made = Made(site.module, f"aws_security_group.{label}")
    changes: dict[str, str | None] = {}
    name = site.value("name")
    if name is not None:
        changes["name"] = f'{name[:-1]}{suffix}"' if name.endswith('"') else f'"${{{name}}}{suffix}"'
    body = copied(site.placed.block, site.instance, changes=changes, suffix=suffix)
    site.edited.insert_after(site.placed.block.node, layout.resource("aws_security_group", label, body))
    work.made[edit.name] = made
    _rules(work, site, made, label)


def _rules(work: Work, site: Site, made: Made, label: str) -> None:
    mention = re.compile(rf"(?<![\w.]){re.escape(site.expression)}(?![\w-])")
    for (type_, name), placed in list(site.module.resources.items()):
        text = (placed.block.node.text or b"").decode("utf-8", "replace")
        if placed == site.placed or not mention.search(text):
            continue
        group_id = attribute_value(placed.block, "security_group_id")
        of_this = group_id is not None and mention.search((group_id.text or b"").decode("utf-8", "replace"))
        if type_ in RULES and of_this:
            new = site.module.fresh(type_, f"{name}_{label}")
            body = copied(placed.block, site.instance, changes={"security_group_id": made.id})
            if placed.block.attribute("count") is not None or placed.block.attribute("for_each") is not None:
                work.say(f"copy this rule for {made.expression} too", placed.place)
                continue
            site.module.files[placed.file].insert_after(placed.block.node, layout.resource(type_, new, body))
        elif type_ != "aws_lambda_function":
            work.say(
                f"this names {site.expression}: let it name {made.expression} too, where it means the functions",
                placed.place,
            )
