"""Gzip that breaks off, is damaged, goes on, or unpacks to far more than it is."""

from __future__ import annotations

import gzip
import random
import zlib
from functools import cache

from tests.fuzz import mutate_bytes

_BOMB = 1 << 24


def packed(rng: random.Random, data: bytes) -> bytes:
    """``data`` compressed; most of the time something is wrong with it."""
    found = gzip.compress(data, compresslevel=1, mtime=0)
    kind = rng.random()
    if kind < 0.35:
        return found
    if kind < 0.5:
        return found[: rng.randrange(len(found))]
    if kind < 0.65:
        return mutate_bytes.mutated(rng, found, data)
    if kind < 0.72:
        return found + found
    if kind < 0.79:
        return found + data[:200]
    if kind < 0.84:
        return found[:2] + data
    if kind < 0.89:
        return zlib.compress(data, wbits=rng.choice((-15, 15)))
    if kind < 0.94:
        return gzip.compress(found, mtime=0)
    if kind < 0.99:
        return found[:-4] + rng.randbytes(4)
    return found + _bomb(rng.choice((b"\0", b"\n", b"x", b"[", b'{"message":"')))


@cache
def _bomb(piece: bytes) -> bytes:
    return gzip.compress(piece * (_BOMB // len(piece)), mtime=0)
