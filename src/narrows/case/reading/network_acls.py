"""Network ACLs: which connections they deny, whole or by denying their answers."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.addresses import Address, Block
from narrows.addresses import address as parsed
from narrows.case.reading.aws_json import Record
from narrows.network import Destination
from narrows.reachability.protocols import ANY_PROTOCOL
from narrows.reachability.rules import EPHEMERAL, EVERY_PORT, Acl, AclEntry


class NetworkAcl:
    """A network ACL: the first entry that matches decides, and nothing is remembered of a connection."""

    def __init__(self, record: Record) -> None:
        self.id = record.need("NetworkAclId")
        self.acl = Acl(self.id, map(_entry, record.records("Entries")))

    @property
    def is_whole(self) -> bool:
        """Whether its entries are there: AWS lists at least those that deny the rest, unless ``--query`` cut them."""
        return bool(self.acl.entries)

    def denies(self, destination: Destination) -> bool:
        """Whether no connection to any address of a destination works: its SYN or its answers are denied."""
        if not destination.addresses or not destination.port:
            return False
        port = (destination.port, destination.port)
        return all(
            self._denied(True, one, port, destination.protocol)
            or self._denied(False, one, EPHEMERAL, destination.protocol)
            for one in map(parsed, destination.addresses)
        )

    def denies_passage(self, source: Block, destination: Destination) -> bool:
        """Whether the ACL of a NAT gateway's subnet denies connections that come from another subnet."""
        if not destination.port:
            return False
        port = (destination.port, destination.port)
        one = Address(source.version, source.first)
        return self._denied(False, one, port, destination.protocol) or self._denied(
            True, one, EPHEMERAL, destination.protocol
        )

    def _denied(self, egress: bool, address: Address, ports: tuple[int, int], protocol: str) -> bool:
        """Whether the ACL denies every one of these ports of an address."""
        return not self.acl.allowed(egress, Block.of(address), ports, protocol)[1]


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


def _entry(record: Record) -> AclEntry:
    ports, block = record.record("PortRange"), record.block("CidrBlock") or record.block("Ipv6CidrBlock")
    if block is None:
        raise record.error("has no CidrBlock")
    low = ports.whole("From") if ports else None
    high = ports.whole("To") if ports else None
    return AclEntry(
        record.whole("RuleNumber") or 0,
        bool(record.flag("Egress")),
        record.text("RuleAction") == "allow",
        record.text("Protocol") or ANY_PROTOCOL,
        EVERY_PORT if low is None or high is None else (max(low, 0), min(high, EVERY_PORT[1])),
        block,
    )
