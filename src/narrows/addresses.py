"""Addresses and blocks of them, parsed once and compared as numbers: an account has thousands of rules."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import NamedTuple


class Address(NamedTuple):
    """An IP address."""

    version: int
    value: int


class Block(NamedTuple):
    """A CIDR block."""

    version: int
    first: int
    last: int
    prefix: int
    """Length in bits."""

    def __str__(self) -> str:
        kind = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address
        return f"{kind(self.first)}/{self.prefix}"

    @classmethod
    def of(cls, address: Address) -> Block:
        """The block of one address."""
        return cls(address.version, address.value, address.value, 32 if address.version == 4 else 128)

    def holds(self, address: Address) -> bool:
        """Whether an address is inside."""
        return address.version == self.version and self.first <= address.value <= self.last


@lru_cache(maxsize=1 << 16)
def address(text: str) -> Address:
    """An address. Raises ``ValueError`` when it is none."""
    one = ipaddress.ip_address(text)
    return Address(one.version, int(one))


@lru_cache(maxsize=1 << 16)
def block(text: str) -> Block:
    """A block. Raises ``ValueError`` when it is none."""
    one = ipaddress.ip_network(text, strict=False)
    return Block(one.version, int(one.network_address), int(one.broadcast_address), one.prefixlen)


_PRIVATE = tuple(
    map(block, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7"))
)
"""What no internet gateway carries."""


def is_private(asked: Block) -> bool:
    """Whether no internet gateway carries packets to it."""
    return any(one.version == asked.version and one.first <= asked.first and asked.last <= one.last for one in _PRIVATE)


def is_public(text: str) -> bool:
    """Whether an address is one that the internet carries. Raises ``ValueError`` when it is none."""
    return not is_private(block(text)) and not ipaddress.ip_address(text).is_loopback
