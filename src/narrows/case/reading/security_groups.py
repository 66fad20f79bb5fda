"""What security groups let out, as far as it matters to the destinations of a case.

A rule that cannot be judged (a prefix list, another security group) is taken to let out: a rule is never blamed without
proof.
"""

from __future__ import annotations

from collections.abc import Collection

from narrows.addresses import address
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.network import Destination, SecurityGroup
from narrows.reachability.protocols import ANY_PROTOCOL, PROTOCOL_NAMES
from narrows.reachability.rules import SecurityGroupRules, SecurityRule

_RULES = "IpPermissionsEgress"


_PORTS = (1, 65535)


def _lets_out_everything(rule: SecurityRule, destinations: Collection[Destination]) -> bool:
    """Every port of every protocol that is used, to everywhere: people also write it as TCP from 0 to 65535."""
    if not any(one.version == 4 and one.prefix == 0 for one in rule.blocks):
        return False
    if rule.protocol == ANY_PROTOCOL:
        return True
    every_port = rule.ports is None or (rule.ports[0] <= _PORTS[0] and rule.ports[1] >= _PORTS[1])
    used = {one.protocol for one in destinations}
    return every_port and bool(used) and all(rule.protocol in PROTOCOL_NAMES[one] for one in used)


def _lets_out(rule: SecurityRule, destination: Destination) -> bool:
    """Whether a rule lets out connections to any address of a destination."""
    if rule.protocol not in (ANY_PROTOCOL, *PROTOCOL_NAMES[destination.protocol]):
        return False
    if rule.ports is not None and destination.port and not rule.ports[0] <= destination.port <= rule.ports[1]:
        return False
    unjudged = bool(rule.groups or rule.prefix_lists)
    if unjudged or not destination.addresses:
        return unjudged or bool(rule.blocks)
    return any(block.holds(one) for one in map(address, destination.addresses) for block in rule.blocks)


def security_rules(record: Record) -> SecurityGroupRules:
    """A security group with all its rules, as far as they are in the record."""
    ingress, egress = (
        tuple(map(_rule, record.records(key))) if key in record.data else None for key in ("IpPermissions", _RULES)
    )
    return SecurityGroupRules(record.need("GroupId"), ingress, egress)


def security_group(folder: CaseFolder, record: Record, destinations: Collection[Destination]) -> SecurityGroup | None:
    """A security group with the destination ports that it lets out; None, for all, when nothing is kept in.

    No group at all where its rules are not in the record: what it lets out is not known then.

    A port counts when any destination with that port is let out; where only some are, a note says so.
    """
    name = record.need("GroupId")
    if _RULES not in record.data:
        folder.note(record.file, f"{name} is listed without its {_RULES}: what it lets out is not known")
        return None
    rules = [_rule(one) for one in record.records(_RULES)]
    if any(_lets_out_everything(one, destinations) for one in rules):
        return SecurityGroup(name)
    out = {one.name for one in destinations if any(_lets_out(rule, one) for rule in rules)}
    ports = frozenset(one.port for one in destinations if one.name in out)
    kept_in = sorted(one.name for one in destinations if one.port in ports and one.name not in out)
    if kept_in:
        folder.note(record.file, f"{name} lets out their port, but not to {', '.join(kept_in)}")
    return SecurityGroup(name, ports)


def _rule(record: Record) -> SecurityRule:
    low, high = record.whole("FromPort"), record.whole("ToPort")
    blocks = [one.block("CidrIp") for one in record.records("IpRanges")]
    blocks += [one.block("CidrIpv6") for one in record.records("Ipv6Ranges")]
    groups = (one.text("GroupId") for one in record.records("UserIdGroupPairs"))
    lists = (one.text("PrefixListId") for one in record.records("PrefixListIds"))
    return SecurityRule(
        record.text("IpProtocol") or ANY_PROTOCOL,
        None if low is None or high is None or low == -1 else (low, high),
        tuple(one for one in blocks if one is not None),
        frozenset(one or "" for one in groups),
        frozenset(one or "" for one in lists),
    )
