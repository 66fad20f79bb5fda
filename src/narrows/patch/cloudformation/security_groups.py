"""Copies of security groups, with the rules of their own and those of others that name the one that is copied."""

from __future__ import annotations

import copy

from narrows.patch.cloudformation.making import Making, another, carry_over, number_of, planned_number, tags_like
from narrows.patch.cloudformation.nodes import Json, same
from narrows.patch.cloudformation.templates import Found, Object
from narrows.plan.edits import NewSecurityGroup

_RULES = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
_PEERS = ("SourceSecurityGroupId", "DestinationSecurityGroupId")
_INLINE = ("SecurityGroupIngress", "SecurityGroupEgress")


def new_security_group(making: Making, edit: NewSecurityGroup) -> None:
    """Add a security group with the same rules as another."""
    copied = making.finder.security_group(edit.copy_of)
    if copied is None:
        new = making.module.add(edit.name, {"Type": "AWS::EC2::SecurityGroup"})
        description = f"As {edit.copy_of}, for functions with Hyperplane ENIs of their own"
        new.resource["Properties"] = {
            "GroupDescription": description,
            "VpcId": making.vpc_of(making.module, edit.copy_of),
        }
        making.finder.made[edit.name] = new
        text = f"no template declares the security group {edit.copy_of}: give {new.name} its rules"
        making.ask(text, making.module.path)
        return
    template = copied.template
    like = carry_over(copied.resource, "Condition", "DependsOn")
    base = another(copied.name, planned_number(edit.name, edit.copy_of))
    earlier = template.earlier(base, copied.type)
    if earlier is not None and _says_all_of(earlier.known, _copied(copied, number_of(earlier.name))):
        making.keep(earlier)
        making.finder.made[edit.name] = earlier
        return
    new = template.add(base, {"Type": copied.type, **like})
    making.finder.made[edit.name] = new
    new.resource["Properties"] = _copied(copied, number_of(new.name))
    _rules_of_their_own(making, copied, new)
    _rules_in_others(making, copied, new)


def _copied(copied: Found, suffix: str) -> Object:
    """The properties of a security group for its copy."""
    properties = copy.deepcopy(copied.known)
    name = properties.get("GroupName")
    if isinstance(name, str):
        properties["GroupName"] = f"{name}-{suffix}"
    elif name is not None:
        properties["GroupName"] = {"Fn::Join": ["-", [name, suffix]]}
    if "Tags" in properties:
        properties["Tags"] = tags_like(copied.known, suffix)
    return properties


def _says_all_of(known: Object, wanted: Object) -> bool:
    """Whether a security group is that copy; it may have more rules."""
    if known.keys() | set(_INLINE) != wanted.keys() | set(_INLINE):
        return False
    for key, value in wanted.items():
        own = known.get(key)
        if key in _INLINE and isinstance(value, list) and isinstance(own, list):
            if not all(any(same(rule, known_rule) for known_rule in own) for rule in value):
                return False
        elif not same(own, value):
            return False
    return True


def _rules_of_their_own(making: Making, copied: Found, new: Found) -> None:
    """Copy the rules that are resources: those of the group, and those of others that let it in."""
    for rule in list(making.folder.of(*_RULES)):
        named = [
            key for key in ("GroupId", *_PEERS) if making.folder.resolved(rule.template, rule.known.get(key)) == copied
        ]
        if not named:
            continue
        copy_of_rule = copy.deepcopy(rule.resource)
        copy_of_rule.pop("Metadata", None)
        properties = copy_of_rule["Properties"]
        assert isinstance(properties, dict)
        for key in named:
            is_ref = isinstance(value := properties[key], dict) and "Ref" in value
            properties[key] = making.carried(new, rule.template, "" if is_ref else "GroupId")
        rule.template.add(another(rule.name), copy_of_rule)
        if "GroupId" in named and len(named) > 1:
            text = f"{rule.name} lets members of {copied.name} reach each other: {new.name} and {copied.name} do not"
            making.ask(f"{text}, until a rule says so", rule.place)


def _rules_in_others(making: Making, copied: Found, new: Found) -> None:
    for group in list(making.folder.of("AWS::EC2::SecurityGroup")):
        if group in (copied, new):
            continue
        for key in _INLINE:
            rules = group.known.get(key)
            if not isinstance(rules, list):
                continue
            more: list[Json] = []
            for rule in rules:
                for peer in _PEERS if isinstance(rule, dict) else ():
                    if isinstance(rule, dict) and making.folder.resolved(group.template, rule.get(peer)) == copied:
                        is_ref = isinstance(value := rule[peer], dict) and "Ref" in value
                        named = making.carried(new, group.template, "" if is_ref else "GroupId")
                        more.append({**copy.deepcopy(rule), peer: named})
            more = [new_rule for new_rule in more if not any(same(new_rule, rule) for rule in rules)]
            if more:
                group.properties[key] = [*rules, *more]
