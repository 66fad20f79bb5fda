"""A free block of addresses for a new subnet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from narrows.addresses import Block


def free_block(within: Sequence[Block], taken: Iterable[Block], size: int, version: int = 4) -> Block | None:
    """The first block with a prefix of ``size`` bits in one of several that overlaps nothing; None where none is left.

    Args:
        within: the blocks of a VPC.
        taken: those of its subnets, as far as they are known.
    """
    bits = 32 if version == 4 else 128
    step = 1 << (bits - size)
    busy = sorted((block.first, block.last) for block in taken if block.version == version)
    for whole in within:
        if whole.version != version or whole.prefix > size:
            continue
        first = whole.first
        for begin, end in busy:
            if end < first:
                continue
            if begin >= first + step:
                break
            first = (end // step + 1) * step
        if first + step - 1 <= whole.last:
            return Block(version, first, first + step - 1, size)
    return None
