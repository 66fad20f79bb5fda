"""Security groups and network ACLs, judged over blocks of addresses: yes, no, or (None) for some and not for others.

An address that is not known is the block that it lies in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from narrows.addresses import Block, is_private
from narrows.limits import NAT_SOURCE_PORTS
from narrows.reachability.protocols import ANY_PROTOCOL, PROTOCOL_NAMES

Ports = tuple[tuple[int, int], ...]
"""Ranges of ports, first and last of each, rising and apart."""
EVERY_PORT = (0, 65535)
EPHEMERAL = (EVERY_PORT[1] + 1 - NAT_SOURCE_PORTS.value, EVERY_PORT[1])
"""The ports that answers come back to: 1024 to 65535. AWS's guide to network ACLs gives them for NAT gateways and for
Lambda functions alike: what a Linux client picks itself (32768 to 60999) a Hyperplane ENI translates."""


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """A rule of a security group, for one direction."""

    protocol: str
    ports: tuple[int, int] | None
    """None for all."""
    blocks: tuple[Block, ...] = ()
    groups: frozenset[str] = frozenset()
    prefix_lists: frozenset[str] = frozenset()

    def takes(self, protocol: str, ports: tuple[int, int]) -> bool | None:
        """Whether it is about these ports of a protocol."""
        if self.protocol not in (ANY_PROTOCOL, *PROTOCOL_NAMES[protocol]):
            return False
        if self.protocol == ANY_PROTOCOL or self.ports is None:
            return True
        if self.ports[0] <= ports[0] and ports[1] <= self.ports[1]:
            return True
        return None if max(self.ports[0], ports[0]) <= min(self.ports[1], ports[1]) else False


@dataclass(frozen=True, slots=True)
class SecurityGroupRules:
    """What a security group lets in and out; None where the rules are not there."""

    id: str
    ingress: tuple[SecurityRule, ...] | None
    egress: tuple[SecurityRule, ...] | None


@dataclass(frozen=True, slots=True)
class AclEntry:
    """One entry of a network ACL."""

    number: int
    egress: bool
    allows: bool
    protocol: str
    ports: tuple[int, int]
    block: Block


class Acl:
    """A network ACL: the first entry that matches decides, and nothing is remembered of a connection."""

    def __init__(self, id: str, entries: Iterable[AclEntry]) -> None:
        self.id = id
        self.entries = tuple(sorted(entries, key=lambda one: one.number))
        self._found: dict[tuple[bool, Block, tuple[int, int], str, bool], tuple[Ports, Ports]] = {}

    def allowed(
        self, egress: bool, peer: Block, ports: tuple[int, int], protocol: str, public: bool = False
    ) -> tuple[Ports, Ports]:
        """The ports that it lets through for every address of a block, and those that it does for some address.

        Args:
            public: only the public addresses of the block are meant.
        """
        key = egress, peer, ports, protocol, public
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._allowed(*key)
        return found

    def _allowed(
        self, egress: bool, peer: Block, ports: tuple[int, int], protocol: str, public: bool
    ) -> tuple[Ports, Ports]:
        sure: list[tuple[int, int]] = []
        perhaps: list[tuple[int, int]] = []
        left_sure, left_perhaps = [ports], [ports]
        for entry in self.entries:
            if entry.egress is not egress or entry.protocol not in (ANY_PROTOCOL, *PROTOCOL_NAMES[protocol]):
                continue
            if public and is_private(entry.block):
                continue
            within = covers(entry.block, peer)
            if within is False:
                continue
            if entry.allows:
                perhaps += common(left_perhaps, entry.ports)
                if within:
                    sure += common(left_sure, entry.ports)
            # What may be denied is sure no more; only what is decided for all addresses is decided.
            if within or not entry.allows:
                left_sure = without(left_sure, entry.ports)
            if within:
                left_perhaps = without(left_perhaps, entry.ports)
            if not left_perhaps:
                break
        return merged(sure), merged(perhaps)


def covers(block: Block, other: Block) -> bool | None:
    """Whether a block holds all of another (True), nothing of it (False), or a part (None)."""
    if block.version != other.version or block.last < other.first or other.last < block.first:
        return False
    return True if block.first <= other.first and other.last <= block.last else None


def common(parts: Iterable[tuple[int, int]], ports: tuple[int, int]) -> list[tuple[int, int]]:
    """What of some ranges lies in another."""
    found = [(max(low, ports[0]), min(high, ports[1])) for low, high in parts]
    return [one for one in found if one[0] <= one[1]]


def without(parts: Iterable[tuple[int, int]], ports: tuple[int, int]) -> list[tuple[int, int]]:
    """What is left of some ranges. One that ends before it begins takes nothing."""
    if ports[0] > ports[1]:
        return list(parts)
    found = []
    for low, high in parts:
        found += [(low, min(high, ports[0] - 1)), (max(low, ports[1] + 1), high)]
    return [one for one in dict.fromkeys(found) if one[0] <= one[1]]


def merged(parts: Iterable[tuple[int, int]]) -> Ports:
    """Ranges in order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return tuple(found)


def crossed(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> Ports:
    """The ports in both."""
    if left == right:
        return tuple(left)
    return merged(part for one in right for part in common(left, one))
