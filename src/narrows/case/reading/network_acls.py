"""Network ACLs: which connections they deny, whole or by denying their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrows.case.reading.addresses import Address, Block
from narrows.case.reading.addresses import address as parsed
from narrows.case.reading.aws_json import Record
from narrows.case.reading.protocols import ANY_PROTOCOL, PROTOCOL_NAMES
from narrows.network import Destination

_PORTS = range(65536)
_REPLY_PORTS = range(1024, 65536)
"""Where the answers to a connection arrive: the ephemeral ports that AWS advises to open."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a network ACL."""

    number: int
    egress: bool
    allows: bool
    protocol: str
    ports: range
    block: Block


class NetworkAcl:
    """A network ACL: the first entry that matches decides, and nothing is remembered of a connection."""

    def __init__(self, record: Record) -> None:
        self.id = record.need("NetworkAclId")
        self._entries = sorted((_entry(one) for one in record.records("Entries")), key=lambda one: one.number)

    @property
    def is_whole(self) -> bool:
        """Whether its entries are there: AWS lists at least those that deny the rest, unless ``--query`` cut them."""
        return bool(self._entries)

    def denies(self, destination: Destination) -> bool:
        """Whether no connection to any address of a destination works: its SYN or its answers are denied."""
        if not destination.addresses or not destination.port:
            return False
        port = range(destination.port, destination.port + 1)
        return all(
            self._denied(True, one, port, destination.protocol)
            or self._denied(False, one, _REPLY_PORTS, destination.protocol)
            for one in map(parsed, destination.addresses)
        )

    def denies_passage(self, source: Block, destination: Destination) -> bool:
        """Whether the ACL of a NAT gateway's subnet denies connections that come from another subnet."""
        if not destination.port:
            return False
        port = range(destination.port, destination.port + 1)
        one = Address(source.version, source.first)
        return self._denied(False, one, port, destination.protocol) or self._denied(
            True, one, _REPLY_PORTS, destination.protocol
        )

    def _denied(self, egress: bool, address: Address, ports: range, protocol: str) -> bool:
        """Whether the ACL denies every one of these ports of an address."""
        left = [ports]
        for entry in self._entries:
            matches = entry.egress is egress and entry.block.holds(address)
            if not matches or entry.protocol not in (ANY_PROTOCOL, *PROTOCOL_NAMES[protocol]):
                continue
            if entry.allows and any(_overlap(part, entry.ports) for part in left):
                return False
            left = [rest for part in left for rest in _without(part, entry.ports)]
        return True


def acls_of_subnets(records: Sequence[Record]) -> dict[str, NetworkAcl]:
    """The network ACL of each subnet, where it is there with its entries."""
    found: dict[str, NetworkAcl] = {}
    for record in records:
        acl = NetworkAcl(record)
        if not acl.is_whole:
            continue
        for association in record.records("Associations"):
            subnet = association.text("SubnetId")
            if subnet:
                found[subnet] = acl
    return found


def _entry(record: Record) -> _Entry:
    ports, block = record.record("PortRange"), record.block("CidrBlock") or record.block("Ipv6CidrBlock")
    if block is None:
        raise record.error("has no CidrBlock")
    low = ports.whole("From") if ports else None
    high = ports.whole("To") if ports else None
    return _Entry(
        record.whole("RuleNumber") or 0,
        bool(record.flag("Egress")),
        record.text("RuleAction") == "allow",
        record.text("Protocol") or ANY_PROTOCOL,
        _PORTS if low is None or high is None else range(max(low, 0), min(high, _PORTS.stop - 1) + 1),
        block,
    )


def _overlap(left: range, right: range) -> bool:
    return max(left.start, right.start) < min(left.stop, right.stop)


def _without(part: range, taken: range) -> list[range]:
    """What is left of a range of ports."""
    if not _overlap(part, taken):
        return [part]
    rest = [range(part.start, taken.start), range(taken.stop, part.stop)]
    return [one for one in rest if len(one)]
