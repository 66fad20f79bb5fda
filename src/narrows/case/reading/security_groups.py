"""What security groups let out, as far as it matters to the destinations of a case.

A rule that cannot be judged (a prefix list, another security group) is taken to let out: a rule is never blamed without
proof.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from narrows.case.reading.addresses import Block, address
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.protocols import ANY_PROTOCOL, PROTOCOL_NAMES
from narrows.network import Destination, SecurityGroup

_RULES = "IpPermissionsEgress"


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule for what leaves."""

    protocol: str
    ports: range | None
    """None for all."""
    blocks: tuple[Block, ...]
    unjudged: bool
    """It also names prefix lists or security groups."""

    @property
    def lets_out_everything(self) -> bool:
        return self.protocol == ANY_PROTOCOL and any(one.version == 4 and one.prefix == 0 for one in self.blocks)

    def lets_out(self, destination: Destination) -> bool:
        """Whether it lets out connections to any address of a destination."""
        if self.protocol not in (ANY_PROTOCOL, *PROTOCOL_NAMES[destination.protocol]):
            return False
        if self.ports is not None and destination.port and destination.port not in self.ports:
            return False
        if self.unjudged or not destination.addresses:
            return self.unjudged or bool(self.blocks)
        return any(block.holds(one) for one in map(address, destination.addresses) for block in self.blocks)


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
    if any(rule.lets_out_everything for rule in rules):
        return SecurityGroup(name)
    out = {one.name for one in destinations if any(rule.lets_out(one) for rule in rules)}
    ports = frozenset(one.port for one in destinations if one.name in out)
    kept_in = sorted(one.name for one in destinations if one.port in ports and one.name not in out)
    if kept_in:
        folder.note(record.file, f"{name} lets out their port, but not to {', '.join(kept_in)}")
    return SecurityGroup(name, ports)


def _rule(record: Record) -> _Rule:
    low, high = record.whole("FromPort"), record.whole("ToPort")
    blocks = [one.block("CidrIp") for one in record.records("IpRanges")]
    blocks += [one.block("CidrIpv6") for one in record.records("Ipv6Ranges")]
    return _Rule(
        record.text("IpProtocol") or ANY_PROTOCOL,
        None if low is None or high is None or low == -1 else range(low, high + 1),
        tuple(one for one in blocks if one is not None),
        bool(record.records("PrefixListIds") or record.records("UserIdGroupPairs")),
    )
