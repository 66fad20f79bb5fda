"""Addresses under a keyed permutation that keeps prefixes: what shared a subnet before shares one afterwards.

The idea is Crypto-PAn's: whether a bit is flipped depends on the key and on the bits before it, and on nothing else. So
two addresses have as many leading bits in common afterwards as before, and no two become one.

Some bits are never flipped:

- on the way to a special-purpose block, so that private addresses stay private and no public address becomes one;
- inside a block of the case (a VPC, a subnet) on the way to its first four addresses and its last: the network, the
  router, the VPC resolver at base + 2, and the broadcast address stay at their offsets.

A public address that is near a special-purpose block keeps the bits that they share: 172.32.0.1 stays next to
172.16.0.0/12. The order of addresses is not kept: nothing that narrows says depends on it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_Node = tuple[int, int, int]
"""(Version, bits that are behind, those bits as a number)."""
_WHOLE = tuple(map(ip_network, (
    "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
    "::/127", "fe80::/10", "ff00::/8", "fd00:ec2::/32",
)))  # fmt: skip
"""Blocks whose addresses mean the same everywhere, those of AWS's own services on every host among them."""
_INSIDE = tuple(map(ip_network, (
    "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "fc00::/7", "2000::/3", "2001:db8::/32",
)))  # fmt: skip
"""Blocks that stay what they are, and whose addresses change places inside."""
_EMBEDDING = tuple(map(IPv6Network, ("64:ff9b::/96", "::ffff:0:0/96")))
"""Blocks of IPv6 that hold an IPv4 address in their last 32 bits: NAT64's, and that of sockets."""
_RESERVED_BITS = 2
"""The first four addresses of a subnet are AWS's."""
_MOST_BLOCKS = 20_000
"""Blocks whose offsets are kept; an account has 5 VPCs of 5 blocks, and 200 subnets in each."""


class Addresses:
    """The permutation under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._still: set[_Node] = set()
        self.blocks: dict[str, None] = {}
        """The blocks whose offsets are kept, each once."""
        for block in (*_WHOLE, *_INSIDE, *_EMBEDDING):
            self._keep(block, 0, block.prefixlen, int(block.network_address))
        self._flips = lru_cache(maxsize=1 << 16)(self._drawn)
        self._of = lru_cache(maxsize=1 << 18)(self._image)

    def keep_offsets(self, text: str) -> None:
        """Keep the first four addresses of a block and its last at their offsets. A text that is no block is none."""
        block = parsed_block(text)
        if block is None or str(block) in self.blocks or len(self.blocks) >= _MOST_BLOCKS:
            return
        self.blocks[str(block)] = None
        self._of.cache_clear()
        first, last = int(block.network_address), int(block.broadcast_address)
        self._keep(block, block.prefixlen, block.max_prefixlen, last)
        self._keep(block, block.prefixlen, block.max_prefixlen - _RESERVED_BITS, first)
        for offset in range(1 << _RESERVED_BITS):
            self._keep(block, max(block.prefixlen, block.max_prefixlen - _RESERVED_BITS), block.max_prefixlen,
                       first + offset)  # fmt: skip

    def address(self, text: str) -> str:
        """The image of an address, or the block of one (``10.0.0.0/16``), in the spelling that Python gives it.

        Raises:
            ValueError: it is neither.
        """
        return self._of(text)

    def _image(self, text: str) -> str:
        plain, slash, length = text.partition("/")
        address = ip_address(plain)
        if slash:
            block = ip_network(text, strict=False)
            if address == block.network_address:
                rest = block.max_prefixlen - block.prefixlen
                first = int(self._permuted(address)) >> rest << rest
                return f"{type(address)(first)}/{length}"
        return f"{self._permuted(address)}{slash}{length}"

    def _permuted(self, address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
        if any(address in block for block in _WHOLE if block.version == address.version):
            return address
        if isinstance(address, IPv6Address):
            for block in _EMBEDDING:
                if address in block:
                    embedded = self._permuted(IPv4Address(int(address) & 0xFFFFFFFF))
                    return IPv6Address(int(block.network_address) | int(embedded))
        version, bits, value = address.version, address.max_prefixlen, int(address)
        image = 0
        for depth in range(0, bits, 8):
            before = value >> (bits - depth)
            flips = self._flips(version, depth, before)
            byte, node = value >> (bits - depth - 8) & 0xFF, 1
            for place in range(8):
                bit = byte >> (7 - place) & 1
                behind = before << place | byte >> (8 - place)
                still = (version, depth + place, behind) in self._still
                image = image << 1 | (bit if still else bit ^ (flips >> node & 1))
                node = node << 1 | bit
        return ip_address(image) if version == 4 else IPv6Address(image)

    def _drawn(self, version: int, depth: int, before: int) -> int:
        """A bit for each of the 255 ways to go on within the next byte."""
        text = b"%d/%d/%d" % (version, depth, before)
        return int.from_bytes(blake2b(text, key=self._key, digest_size=32, person=b"addresses").digest(), "big")

    def _keep(self, block: IPv4Network | IPv6Network, begin: int, end: int, address: int) -> None:
        """Flip nothing on the way to an address, from one depth to another."""
        for depth in range(begin, end):
            self._still.add((block.version, depth, address >> (block.max_prefixlen - depth)))


def parsed_block(text: str) -> IPv4Network | IPv6Network | None:
    """A CIDR block, or None."""
    try:
        return ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None
