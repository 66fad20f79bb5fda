"""Bytes changed by a program that knows nothing of what they mean."""

from __future__ import annotations

import random

_ODD = (
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b"\x1a",
    b"\x80",
    b"\xc0\x80",
    b"\xed\xa0\x80",
)
_LARGEST = 1 << 18
"""Bytes of an input: what grows further is cut."""


def mutated(rng: random.Random, data: bytes, other: bytes = b"") -> bytes:
    """``data`` with one to four changes; ``other`` is what a piece may be taken from."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = _changed(rng, data, other)
    return data[:_LARGEST]


def _changed(rng: random.Random, data: bytes, other: bytes) -> bytes:
    size = len(data)
    begin = rng.randrange(size + 1)
    end = min(size, begin + rng.choice((1, 1, 2, 4, 16, 64, 256)))
    kind = rng.randrange(8)
    if kind == 0:  # flip bits
        if begin == size:
            return data
        return data[:begin] + bytes([data[begin] ^ (1 << rng.randrange(8))]) + data[begin + 1 :]
    if kind == 1:
        return data[:begin]
    if kind == 2:
        return data[:begin] + data[end:]
    if kind == 3:
        return data[:end] + data[begin:end] * rng.choice((1, 2, 30)) + data[end:]
    if kind == 4:
        return data[:begin] + rng.choice(_ODD) + data[begin:]
    if kind == 5:
        return data[:begin] + rng.randbytes(end - begin) + data[end:]
    if kind == 6:  # what stands elsewhere, or in another file
        source = other or data
        at = rng.randrange(len(source) + 1)
        return data[:begin] + source[at : at + rng.choice((4, 40, 400))] + data[end:]
    at = rng.randrange(size + 1)
    return data[:begin] + data[at : at + end - begin] + data[end:]
