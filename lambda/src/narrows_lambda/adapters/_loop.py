"""What an event loop must have noticed before a connection of its is used."""

from __future__ import annotations

import asyncio

_TICKS = 3
"""The loop sees in one that the socket is at its end, tells its protocol in the next, and TLS takes one more."""


async def settle() -> None:
    """Let the loop see what the guard, or a peer, ended while it stood still: between invocations it does."""
    for _ in range(_TICKS):
        await asyncio.sleep(0)
