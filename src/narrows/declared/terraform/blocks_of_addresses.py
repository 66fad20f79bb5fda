"""The functions of Terraform's language that cut blocks of addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from narrows.declared.terraform.values import WrongError

_Network = IPv4Network | IPv6Network


def cidrsubnet(of: str, more: int, number: int) -> str:
    """A block ``more`` bits smaller, the one of that number. Raises ``WrongError`` where there is none."""
    block = _block(of)
    length = block.prefixlen + more
    if more < 0 or length > block.max_prefixlen:
        raise WrongError("cidrsubnet() of a block that has no such bits")
    if not 0 <= number < 2**more:
        raise WrongError("cidrsubnet() of a block that has no such number")
    first = int(block.network_address) + (number << (block.max_prefixlen - length))
    return f"{_address(block, first)}/{length}"


def cidrsubnets(of: str, more: Sequence[int]) -> Iterator[str]:
    """Blocks one after the other, each so many bits smaller. Raises ``WrongError`` where they do not fit."""
    block = _block(of)
    at = int(block.network_address)
    end = at + block.num_addresses
    for bits in more:
        length = block.prefixlen + bits
        if bits < 0 or length > block.max_prefixlen:
            raise WrongError("cidrsubnets() of a block that has no such bits")
        size = 1 << (block.max_prefixlen - length)
        at = -(-at // size) * size
        if at + size > end:
            raise WrongError("cidrsubnets() of a block that is too small")
        yield f"{_address(block, at)}/{length}"
        at += size


def cidrhost(of: str, number: int) -> str:
    """The address of that number in a block, from its end where the number is negative."""
    block = _block(of)
    at = number if number >= 0 else block.num_addresses + number
    if not 0 <= at < block.num_addresses:
        raise WrongError("cidrhost() of a block that has no such number")
    return _address(block, int(block.network_address) + at)


def cidrnetmask(of: str) -> str:
    """The mask of a block of IPv4."""
    return str(_block(of).netmask)


def _block(text: str) -> _Network:
    try:
        return ip_network(text[:60], strict=False)
    except ValueError:
        raise WrongError("text where a block of addresses should be") from None


def _address(block: _Network, number: int) -> str:
    return str(type(block.network_address)(number))
