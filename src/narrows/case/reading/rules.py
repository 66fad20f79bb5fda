"""What security groups and network ACLs let out, as far as it matters to the destinations of a case.

A rule that cannot be judged (a prefix list, another security group) is taken to let through: a rule is never blamed
without proof.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from narrows.case.reading.aws_json import Record
from narrows.network import Destination, SecurityGroup

_PROTOCOL_NUMBERS = {"tcp": ("tcp", "6"), "udp": ("udp", "17")}
_ANY_PROTOCOL = "-1"
_PORTS = range(65536)
_REPLY_PORTS = range(1024, 65536)
"""Where the answers to a connection arrive: the ephemeral ports that AWS advises to open."""

_Block = ipaddress.IPv4Network | ipaddress.IPv6Network


def security_group(record: Record, destinations: Iterable[Destination]) -> SecurityGroup:
    """A security group, with the destination ports that it lets out; all of them when it lets out everything."""
    rules = record.records("IpPermissionsEgress")
    name = record.need("GroupId")
    if any(_lets_out_everything(rule) for rule in rules):
        return SecurityGroup(name)
    return SecurityGroup(
        name,
        frozenset(one.port for one in destinations if any(_lets_out(rule, one) for rule in rules)),
    )


def _lets_out_everything(rule: Record) -> bool:
    anywhere = any(one.text("CidrIp") == "0.0.0.0/0" for one in rule.records("IpRanges"))
    return rule.text("IpProtocol") == _ANY_PROTOCOL and anywhere


def _lets_out(rule: Record, destination: Destination) -> bool:
    protocol = rule.text("IpProtocol")
    if protocol != _ANY_PROTOCOL:
        if protocol not in _PROTOCOL_NUMBERS[destination.protocol]:
            return False
        low, high = rule.whole("FromPort"), rule.whole("ToPort")
        everything = low is None or high is None or low == -1
        if destination.port and not everything and not (low or 0) <= destination.port <= (high or 0):
            return False
    if rule.records("PrefixListIds") or rule.records("UserIdGroupPairs"):
        return True
    blocks = [_block(one, "CidrIp") for one in rule.records("IpRanges")]
    blocks += [_block(one, "CidrIpv6") for one in rule.records("Ipv6Ranges")]
    if not destination.addresses:
        return bool(blocks)
    return any(ipaddress.ip_address(address) in block for address in destination.addresses for block in blocks)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a network ACL."""

    number: int
    egress: bool
    allows: bool
    protocol: str
    ports: range
    block: _Block


class NetworkAcl:
    """A network ACL: the first entry that matches decides, and nothing is remembered of a connection."""

    def __init__(self, record: Record) -> None:
        self.id = record.need("NetworkAclId")
        self._entries = sorted((_entry(one) for one in record.records("Entries")), key=lambda one: one.number)

    def denies(self, destination: Destination) -> bool:
        """Whether no connection to any address of a destination works: its SYN or its answers are denied."""
        if not destination.addresses or not destination.port:
            return False
        port = range(destination.port, destination.port + 1)
        return all(
            self._denied(True, address, port, destination.protocol)
            or self._denied(False, address, _REPLY_PORTS, destination.protocol)
            for address in destination.addresses
        )

    def denies_passage(self, source: ipaddress.IPv4Network, destination: Destination) -> bool:
        """Whether the ACL of a NAT gateway's subnet denies connections that come from another subnet."""
        if not destination.port:
            return False
        address = str(source.network_address)
        port = range(destination.port, destination.port + 1)
        return self._denied(False, address, port, destination.protocol) or self._denied(
            True, address, _REPLY_PORTS, destination.protocol
        )

    def _denied(self, egress: bool, address: str, ports: range, protocol: str) -> bool:
        """Whether the ACL denies every one of these ports of an address."""
        if not self._entries:
            return False  # AWS lists at least the entries that deny the rest: this answer was cut
        left = [ports]
        one = ipaddress.ip_address(address)
        for entry in self._entries:
            matches = entry.egress is egress and one in entry.block
            if not matches or entry.protocol not in (_ANY_PROTOCOL, *_PROTOCOL_NUMBERS[protocol]):
                continue
            if entry.allows and any(_overlap(part, entry.ports) for part in left):
                return False
            left = [rest for part in left for rest in _without(part, entry.ports)]
        return True


def acls_of_subnets(records: Sequence[Record]) -> dict[str, NetworkAcl]:
    """The network ACL of each subnet that is associated with one."""
    found: dict[str, NetworkAcl] = {}
    for record in records:
        acl = NetworkAcl(record)
        for association in record.records("Associations"):
            subnet = association.text("SubnetId")
            if subnet:
                found[subnet] = acl
    return found


def _entry(record: Record) -> _Entry:
    ports = record.record("PortRange")
    low = ports.whole("From") if ports else None
    high = ports.whole("To") if ports else None
    return _Entry(
        record.whole("RuleNumber") or 0,
        bool(record.flag("Egress")),
        record.text("RuleAction") == "allow",
        record.text("Protocol") or _ANY_PROTOCOL,
        _PORTS if low is None or high is None else range(max(low, 0), min(high, _PORTS.stop - 1) + 1),
        _block(record, "CidrBlock") if record.text("CidrBlock") else _block(record, "Ipv6CidrBlock"),
    )


def _overlap(left: range, right: range) -> bool:
    return max(left.start, right.start) < min(left.stop, right.stop)


def _without(part: range, taken: range) -> list[range]:
    """What is left of a range of ports."""
    if not _overlap(part, taken):
        return [part]
    rest = [range(part.start, taken.start), range(taken.stop, part.stop)]
    return [one for one in rest if len(one)]


def _block(record: Record, key: str) -> _Block:
    text = record.need(key)
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise record.error(f"'{text}' is no CIDR block") from None
