"""DescribeSecurityGroups and DescribeNetworkAcls."""

from __future__ import annotations

from collections.abc import Iterable

from narrows.network import SecurityGroup
from narrows.writing.ids import ACCOUNT, name_tag
from narrows.writing.layout import Layout
from narrows.writing.vpc import Shape

DEFAULT_GROUP = "default"
"""The VPC's own security group, for what the network names no group of."""
_TCP, _UDP, _ANY = "tcp", "udp", "-1"
_TCP_NUMBER = "6"
_LAST_RULE = 32767
"""The number that AWS lists an ACL's last entry under: deny the rest."""


def security_groups(layout: Layout) -> Shape:
    """DescribeSecurityGroups: those of the network, those that only functions name, and the VPC's default."""
    named = {name for eni in layout.network.hyperplane_enis for name in eni.security_groups}
    groups = dict(layout.network.security_groups)
    for name in sorted(named - set(groups)):
        groups[name] = SecurityGroup(name)
    groups.setdefault(DEFAULT_GROUP, SecurityGroup(DEFAULT_GROUP))
    return {"SecurityGroups": [_group(layout, one) for one in groups.values()]}


def group_name(name: str) -> str:
    """A security group's GroupName: AWS allows none that starts as an id does."""
    return name.removeprefix("sg-") or name


def _group(layout: Layout, group: SecurityGroup) -> Shape:
    udp = {one.port for one in layout.network.destinations.values() if one.protocol == _UDP}
    if group.egress_ports is None:
        egress = [_permission(_ANY)]
    else:
        ports = sorted(group.egress_ports)
        egress = [_permission(_TCP, port) for port in ports] + [
            _permission(_UDP, port) for port in ports if port in udp
        ]
    name = layout.security_group(group.name)
    return {
        "GroupId": name,
        "IpPermissionsEgress": egress,
        "Tags": name_tag(group.name),
        "VpcId": layout.vpc,
        "SecurityGroupArn": layout.ids.arn("ec2", f"security-group/{name}"),
        "OwnerId": ACCOUNT,
        "GroupName": group_name(group.name),
        "Description": f"{group_name(group.name)} security group",
        # Endpoints have it: what the network says goes through them is let in.
        "IpPermissions": [_permission(_ANY)] if group.name == DEFAULT_GROUP else [],
    }


def _permission(protocol: str, port: int | None = None) -> Shape:
    ports = {} if port is None else {"FromPort": port, "ToPort": port}
    return {
        "IpProtocol": protocol,
        **ports,
        "UserIdGroupPairs": [],
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [],
    }


def network_acls(layout: Layout) -> Shape:
    """DescribeNetworkAcls: the VPC's default one, and one for each subnet that denies ports."""
    ids = layout.ids
    default = ids.of("acl", "default", "acl")
    denying = {name: one for name, one in layout.subnets.items() if one.own is not None and one.own.denied_ports}
    rest = [one.id for name, one in layout.subnets.items() if name not in denying]
    acls = [_acl(layout, default, rest, _open_entries(layout), default=True)]
    for name, subnet in denying.items():
        ports = subnet.own.denied_ports if subnet.own else frozenset()
        denials = [_entry(True, "deny", number, *run) for number, run in enumerate(_runs(ports), start=1)]
        entries = [*_both_families(layout, denials), *_open_entries(layout, 2 * len(denials))]
        acls.append({**_acl(layout, ids.of("acl", name, "own"), [subnet.id], entries), "Tags": name_tag(name)})
    return {"NetworkAcls": acls}


def _acl(layout: Layout, name: str, subnets: list[str], entries: list[Shape], default: bool = False) -> Shape:
    return {
        "Associations": [
            {
                "NetworkAclAssociationId": layout.ids.of("aclassoc", name, subnet),
                "NetworkAclId": name,
                "SubnetId": subnet,
            }
            for subnet in subnets
        ],
        "Entries": entries,
        "IsDefault": default,
        "NetworkAclId": name,
        "Tags": [],
        "VpcId": layout.vpc,
        "OwnerId": ACCOUNT,
    }


def _entry(egress: bool, action: str, number: int, first: int | None = None, last: int | None = None) -> Shape:
    """An entry over IPv4, of all protocols or of a range of TCP ports."""
    ports = {} if first is None else {"PortRange": {"From": first, "To": last}}
    protocol = _ANY if first is None else _TCP_NUMBER
    return {
        "CidrBlock": "0.0.0.0/0",
        "Egress": egress,
        **ports,
        "Protocol": protocol,
        "RuleAction": action,
        "RuleNumber": number,
    }


def _open_entries(layout: Layout, before: int = 0) -> list[Shape]:
    """Everything is allowed, in both directions."""
    first = max(100, before + 1)
    numbers = ((first, "allow"), (_LAST_RULE, "deny"))
    return _both_families(layout, [_entry(way, action, number) for way in (True, False) for number, action in numbers])


def _both_families(layout: Layout, entries: list[Shape]) -> list[Shape]:
    """The entries, and the same over IPv6 under the next number where the VPC has IPv6."""
    if not any(one.ipv6 for one in layout.network.subnets.values()):
        return entries
    found = []
    for entry in entries:
        six = {key: value for key, value in entry.items() if key != "CidrBlock"}
        number = entry["RuleNumber"] + (1 if entry["RuleNumber"] >= 100 else 2000)
        found += [entry, {**six, "Ipv6CidrBlock": "::/0", "RuleNumber": number}]
    return found


def _runs(ports: Iterable[int]) -> list[tuple[int, int]]:
    """Ports as ranges, first and last of each."""
    runs: list[tuple[int, int]] = []
    for port in sorted(ports):
        if runs and runs[-1][1] == port - 1:
            runs[-1] = (runs[-1][0], port)
        else:
            runs.append((port, port))
    return runs
