"""DescribeSecurityGroups and DescribeNetworkAcls of what is declared."""

from __future__ import annotations

from narrows.declared import resource_types
from narrows.declared.described.told import Book, Shape, Told, present
from narrows.declared.described.vpc import vpc_of
from narrows.declared.ids import DEFAULT_ACL, DEFAULT_GROUP, default_of, made_up

_ANY = "-1"
_LAST_ENTRY = 32767
"""The number under which AWS lists an ACL's last entry, which nobody writes: deny the rest."""
_NOWHERE = ("127.0.0.1/32", "255.255.255.255/32")
_EVERYWHERE: Shape = {
    "IpProtocol": _ANY,
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
    "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
    "UserIdGroupPairs": [],
    "PrefixListIds": [],
}


def security_groups(book: Book) -> list[Shape]:
    """DescribeSecurityGroups: those that are declared, and the default one of each declared VPC."""
    groups: list[Shape] = []
    out = _rules_apart(book, resource_types.SECURITY_GROUP_EGRESS)
    into = _rules_apart(book, resource_types.SECURITY_GROUP_INGRESS)
    for id, told in book.all(resource_types.SECURITY_GROUP):
        egress = _egress(book, told, out.get(id, []))
        group = present(
            GroupId=id,
            GroupName=told.text("GroupName") if told.known("GroupName") else None,
            VpcId=vpc_of(told),
            Tags=told.tags(),
            IpPermissions=[_permission(rule, "Source") for rule in told.parts("SecurityGroupIngress") or []]
            + [_permission(rule, "Source") for rule in into.get(id, [])],
            IpPermissionsEgress=egress,
        )
        groups.append(group)
    for vpc, _ in book.all(resource_types.VPC):
        id = default_of(vpc, DEFAULT_GROUP)
        if all(group["GroupId"] != id for group in groups):
            groups.append(_default_group(id, vpc, out.get(id, []), into.get(id, [])))
    return groups


def _egress(book: Book, told: Told, apart: list[Told]) -> list[Shape] | None:
    """What a group lets out; None where the files do not say.

    A group of a template for which nobody says any rule has AWS's: everything out. AWS CloudFormation takes that one
    away as soon as any other is there, in the group or on its own.
    """
    if "SecurityGroupEgress" in told and not told.known("SecurityGroupEgress"):
        told.value("SecurityGroupEgress")
        return None
    rules = [*(told.parts("SecurityGroupEgress") or []), *apart]
    if not rules and book.declared.source == "cloudformation":
        return [_EVERYWHERE]
    return [_permission(rule, "Destination") for rule in rules if not _leads_nowhere(rule)]


def _leads_nowhere(rule: Told) -> bool:
    """A rule that is only there so that AWS's own goes away, as its user guide and CDK write it."""
    return rule.known("CidrIp") and rule.text("CidrIp") in _NOWHERE


def _default_group(id: str, vpc: str, out: list[Told], into: list[Told]) -> Shape:
    """As AWS makes it with the VPC: in from itself, out to everywhere."""
    itself = {"IpProtocol": _ANY, "UserIdGroupPairs": [{"GroupId": id}]}
    return {
        "GroupId": id,
        "GroupName": "default",
        "VpcId": vpc,
        "IpPermissions": [itself, *(_permission(rule, "Source") for rule in into)],
        "IpPermissionsEgress": [_EVERYWHERE, *(_permission(rule, "Destination") for rule in out)],
    }


def _rules_apart(book: Book, kind: str) -> dict[str, list[Told]]:
    """Rules that are resources of their own, by the group that they are of."""
    rules: dict[str, list[Told]] = {}
    for _, told in book.all(kind):
        group = told.text("GroupId")
        if group is not None:
            rules.setdefault(group, []).append(told)
    return rules


def _permission(rule: Told, side: str) -> Shape:
    """A rule. Of one whose other side is not known, nobody can tell what it lets through."""
    protocol = rule.text("IpProtocol") or _ANY
    low, high = rule.whole("FromPort"), rule.whole("ToPort")
    group, listed = f"{side}SecurityGroupId", f"{side}PrefixListId"
    four = [{"CidrIp": rule.text("CidrIp")}] if rule.known("CidrIp") else []
    six = [{"CidrIpv6": rule.text("CidrIpv6")}] if rule.known("CidrIpv6") else []
    pairs = [present(GroupId=rule.text(group) if rule.known(group) else None)] if group in rule else []
    lists = [present(PrefixListId=rule.text(listed) if rule.known(listed) else None)] if listed in rule else []
    if not (four or six or pairs or lists):
        for key in ("CidrIp", "CidrIpv6"):
            if key in rule:
                rule.value(key)
        lists = [{"PrefixListId": made_up("pl", f"unknown side of a rule of {rule.resource.address}")}]
    ports = {} if protocol == _ANY or low is None or high is None else {"FromPort": low, "ToPort": high}
    return {
        "IpProtocol": protocol, **ports,
        "IpRanges": four, "Ipv6Ranges": six, "UserIdGroupPairs": pairs, "PrefixListIds": lists,
    }  # fmt: skip


def network_acls(book: Book) -> list[Shape]:
    """DescribeNetworkAcls: those that are declared, and the default one of each declared VPC."""
    acls: dict[str, Shape] = {}
    entries: dict[str, list[Shape]] = {}
    associations: dict[str, list[Shape]] = {}

    def add(id: str, vpc: str | None, default: bool, own: list[Shape], tags: list[Shape]) -> None:
        entries[id], associations[id] = own, []
        acls[id] = present(
            NetworkAclId=id, VpcId=vpc, IsDefault=default, Tags=tags,
            Entries=entries[id], Associations=associations[id],
        )  # fmt: skip

    for own, _ in book.all(resource_types.VPC):
        add(default_of(own, DEFAULT_ACL), own, True, [*_open(True), *_open(False)], [])
    for id, told in book.all(resource_types.NETWORK_ACL):
        add(id, vpc_of(told), False, [], told.tags())
    for _, told in book.all(resource_types.NETWORK_ACL_ENTRY):
        of, entry = told.text("NetworkAclId"), _entry(told)
        if of in entries and entry is not None:
            entries[of].append(entry)
    for id in entries:
        entries[id] += _deny_the_rest()
    placed = _associate(book, associations)
    for id, told in book.all(resource_types.SUBNET):
        vpc = vpc_of(told)
        default = None if vpc is None else default_of(vpc, DEFAULT_ACL)
        if id not in placed and default in associations:
            associations[default].append({"NetworkAclId": default, "SubnetId": id})
    return list(acls.values())


def _associate(book: Book, associations: dict[str, list[Shape]]) -> set[str]:
    placed = set()
    for _, told in book.all(resource_types.NETWORK_ACL_ASSOCIATION):
        subnet, acl = told.text("SubnetId"), told.text("NetworkAclId")
        if subnet is not None:
            placed.add(subnet)
            if acl in associations:
                associations[acl].append({"NetworkAclId": acl, "SubnetId": subnet})
    return placed


def _entry(told: Told) -> Shape | None:
    """An entry; None where its addresses, its number or what it does are not known."""
    block = told.text("CidrBlock") if told.known("CidrBlock") else None
    six = told.text("Ipv6CidrBlock") if told.known("Ipv6CidrBlock") else None
    number, action = told.whole("RuleNumber"), told.text("RuleAction")
    if (block is None and six is None) or number is None or action is None:
        told.ask("CidrBlock" if number is not None and action is not None else "RuleNumber", "the rule is left out")
        return None
    ports = told.part("PortRange")
    low, high = (None, None) if ports is None else (ports.whole("From"), ports.whole("To"))
    spread = None if low is None or high is None else {"From": low, "To": high}
    return present(
        RuleNumber=number,
        Egress=told.flag("Egress") or False,
        RuleAction=action,
        Protocol=told.text("Protocol") or _ANY,
        CidrBlock=block,
        Ipv6CidrBlock=six,
        PortRange=spread,
    )


def _open(egress: bool) -> list[Shape]:
    return [
        {"RuleNumber": number, "Egress": egress, "RuleAction": "allow", "Protocol": _ANY, key: block}
        for number, key, block in ((100, "CidrBlock", "0.0.0.0/0"), (101, "Ipv6CidrBlock", "::/0"))
    ]


def _deny_the_rest() -> list[Shape]:
    return [
        {"RuleNumber": number, "Egress": egress, "RuleAction": "deny", "Protocol": _ANY, key: block}
        for egress in (True, False)
        for number, key, block in (
            (_LAST_ENTRY, "CidrBlock", "0.0.0.0/0"),
            (_LAST_ENTRY + 1, "Ipv6CidrBlock", "::/0"),
        )
    ]
