"""Copies of security groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from narrows.aws.requests import Variable
from narrows.aws_ids import SECURITY_GROUP
from narrows.commands.context import Context
from narrows.plan.edits import NewSecurityGroup

Rule = Mapping[str, object]
_EVERYTHING: Rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_EVERYTHING_6: Rule = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
"""What every new security group lets out, of IPv6 where the VPC has it."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 200
"""Characters; AWS takes 255."""
_ID = "sg-"
"""What the name of a group must not begin with."""


def new_group(context: Context, edit: NewSecurityGroup) -> None:
    """A security group with the rules of another."""
    known, recorder = context.known, context.recorder
    wired = known.wiring.groups.get(edit.copy_of)
    name = group_name(context, edit.name)
    made = create_group(
        context, edit.name, name, f"narrows: as {_plain(edit.copy_of)}", [edit.copy_of],
        "Lambda gives its network interfaces back up to 20 minutes after their last function",
    )  # fmt: skip
    if wired is None:
        recorder.by_hand(f"give {name} the rules of {edit.copy_of}: a new group lets everything out and nothing in")
        return
    own = list(_born_with(context, wired.vpc))
    _change(context, made, "ec2 RevokeSecurityGroupEgress", [rule for rule in own if rule not in wired.egress],
            "let out no more than the original does")  # fmt: skip
    _change(context, made, "ec2 AuthorizeSecurityGroupEgress", [rule for rule in wired.egress if rule not in own],
            "let out what the original does")  # fmt: skip
    _change(context, made, "ec2 AuthorizeSecurityGroupIngress", wired.ingress, "let in what the original does")
    for id, group in known.wiring.groups.items():
        for way, rules in (("Ingress", group.ingress), ("Egress", group.egress)):
            naming = [rule for rule in rules if rule.get("UserIdGroupPairs") == [{"GroupId": edit.copy_of}]]
            if naming:
                _let_in_too(context, id, way, naming, made, edit)


def create_group(context: Context, key: str, name: str, why: str, beside: Sequence[str], until: str) -> Variable:
    """A security group, with the undo; AWS deletes none that a network interface has: ``until`` says when none does."""
    recorder, made = context.recorder, context.known.made(SECURITY_GROUP, key, name)
    parameters = {"GroupName": name, "Description": why, "VpcId": context.known.vpc(groups=beside)}
    recorder.run(
        recorder.make(
            f"create security group {name}",
            "ec2 CreateSecurityGroup",
            parameters,
            keeps=made,
            query="GroupId",
            makes=key,
        ),
        recorder.make(f"delete {name}: {until}", "ec2 DeleteSecurityGroup", {"GroupId": made}),
    )
    return made


def group_name(context: Context, new: str) -> str:
    """A name for a group that no known group has."""
    name = _plain(context.name(new).removeprefix(_ID))
    taken = {group.name for group in context.known.wiring.groups.values()}
    while name in taken:
        name += "-narrows"
    return name


def _plain(name: str) -> str:
    """What AWS takes in the name and in the description of a group, and no command line takes for an option."""
    return _NOT_PLAIN.sub("-", name).strip("-.")[:_LONGEST] or "copy"


def _born_with(context: Context, vpc: str | None) -> Iterator[Rule]:
    yield _EVERYTHING
    wired = context.known.wiring.vpcs.get(vpc or "")
    if wired is not None and any(block.version == 6 for block in wired.blocks):
        yield _EVERYTHING_6


def _change(context: Context, group: Variable, call: str, rules: Sequence[Rule], what: str) -> None:
    if rules:
        recorder = context.recorder
        recorder.run(recorder.make(what, call, {"GroupId": group, "IpPermissions": [dict(rule) for rule in rules]}))


def _let_in_too(
    context: Context, group: str, way: str, rules: Sequence[Rule], made: Variable, edit: NewSecurityGroup
) -> None:
    """Rules of a group that name the original name the copy too."""
    recorder = context.recorder
    for rule in rules:
        parameters = {
            "GroupId": group,
            "IpPermissions": [{**rule, "UserIdGroupPairs": [{"GroupId": made}]}],
        }
        recorder.run(
            recorder.make(
                f"what {group} lets to or from {edit.copy_of} is for its copy too",
                f"ec2 AuthorizeSecurityGroup{way}", parameters,
            ),
            recorder.make(f"{group} names the copy no more", f"ec2 RevokeSecurityGroup{way}", parameters),
        )  # fmt: skip
