"""How the kernel lays its state out in memory: NumPy records, as small as they can be.

A live connection is one ``CONNECTION`` (20 bytes) and, while it waits for something, one 8-byte entry in a queue.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

CONNECTION = np.dtype(
    [
        ("environment", np.int32),
        ("link", np.int32),  # the next of its environment's idle connections, or the next free record
        ("use", np.uint16),
        ("unique", np.uint16),  # unique destination
        ("eni", np.uint16),
        ("table", np.uint16),  # of the NAT gateway
        ("state", np.uint8),
        ("step", np.uint8),
        ("retry", np.uint8),
        ("forwarded", np.uint8),  # SYNs that the NAT gateway passed on; SEEN when it has seen the first one
    ]
)
SEEN = 0x80


class State(IntEnum):
    """What a connection waits for."""

    FREE = 0
    STARTING = 1
    """The moment of its next attempt."""
    CONNECTING = 2
    """An answer to its SYN, or its next step."""
    LINGERING = 3
    """The caller gave up; a table still holds it."""
    ANSWERED = 4
    """The answer is under way."""
    REFUSED = 5
    """An RST is under way."""
    OPEN = 6
    """The end of its hold."""
    IDLE = 7
    """Nothing: it is open until its environment is recycled."""
    DUE = 8
    """Its hold ended while its environment was frozen."""
    EXPIRED = 9
    """The tables forgot it; the caller does not know."""
    ABANDONED = 10
    """Its environment was recycled; the tables hold it until they forget it."""
    CLOSING = 11
    """The first hold after close."""
    CLOSED = 12
    """The second hold after close."""
    FAILED = 13
    """The attempt failed; the next one comes when the hold would have ended."""


ENVIRONMENT = np.dtype(
    [
        ("client", np.uint16),
        ("place", np.uint16),
        ("state", np.uint8),
        ("expired", np.uint8),  # mask of the tables that forgot its idle connections
        ("frozen_at", np.int64),
        ("descriptors", np.int32),
        ("head", np.int32),  # its idle connections
    ],
    align=True,
)
ENVIRONMENT_ABSENT, ENVIRONMENT_ACTIVE, ENVIRONMENT_FROZEN, ENVIRONMENT_ENDED = 0, 1, 2, 3

USE = np.dtype(
    [
        ("client", np.int32),
        ("first_address", np.int32),
        ("addresses", np.int32),
        ("count", np.int32),
        ("hold", np.int32),
        ("hold_delay", np.int32),
        ("reopens", np.int32),
        ("pause", np.int32),
        ("answer_delay", np.int32),
        ("first_step", np.int32),
        ("retries", np.int32),
        ("first_backoff", np.int32),
        ("backoffs", np.int32),
        ("jitter", np.int32),
        ("hold_mean", np.float64),
        ("hold_sigma", np.float64),
        ("timeout", np.int64),
        ("round_trip", np.int64),
        ("bytes_per_second", np.float64),
    ],
    align=True,
)
STEP = np.dtype([("gap", np.int32), ("op", np.int32), ("at", np.int64)], align=True)
ROUTE = np.dtype([("combo", np.int32), ("pool", np.int32), ("blocked", np.int32)], align=True)
POOL = np.dtype([("gateway", np.int32), ("addresses", np.int32)], align=True)
CLIENT = np.dtype(
    [
        ("first_use", np.int32),
        ("uses", np.int32),
        ("descriptors", np.int32),
        ("closes_at_end", np.int32),
        ("open", np.int64),
        ("attempted", np.int64),
        ("abandoned", np.int64),
        ("outcomes", np.int64, (6,)),
    ],
    align=True,
)
TABLE = np.dtype(
    [("capacity", np.int64), ("occupied", np.int64), ("peak", np.int64), ("dropped", np.int64)], align=True
)
GATEWAY = np.dtype(
    [
        ("active", np.int64),
        ("active_peak", np.int64),
        ("attempts", np.int64),
        ("established", np.int64),
        ("errors", np.int64),
        ("idle_timeouts", np.int64),
        ("dropped", np.int64),
        ("load", np.float64),  # bytes/s of its open connections
    ],
    align=True,
)
DESTINATION = np.dtype(
    [
        ("capacity", np.int64),
        ("open", np.int64),
        ("peak", np.int64),
        ("accepts_per_second", np.int64),
        ("second", np.int64),
        ("accepted_in_second", np.int64),
        ("answers", np.int32),
        ("refuses_when_full", np.int32),
        ("accepted", np.int64),
        ("refused", np.int64),
        ("ignored", np.int64),
    ],
    align=True,
)
COMBO = np.dtype(
    [
        ("enis", np.int32),
        ("most", np.int32),
        ("scaling", np.int32),
        ("dns_used", np.int32),
        ("dns_second", np.int64),
        ("ready_at", np.int64),
    ],
    align=True,
)
QUEUE = np.dtype(
    [("first_chunk", np.int32), ("first", np.int32), ("last_chunk", np.int32), ("last", np.int32)], align=True
)
CHUNK = 128
"""Entries in a chunk of the queues' common pool."""
SLOT_BITS = 24
"""An entry of a queue is one integer: the moment in microseconds, then the connection in this many bits."""
MOST_CONNECTIONS = 2**SLOT_BITS - 2
NEVER = 2**63 - 1
LATEST = (NEVER >> SLOT_BITS) - 1
"""The last moment that an entry can hold, six days from the start; what would come later waits there, for ever."""

SCALARS = np.dtype(
    [
        ("now", np.int64),
        ("free_head", np.int32),
        ("free_tail", np.int32),
        ("free", np.int32),
        ("used", np.int32),  # records that were ever used: those after are free as well
        ("heap_size", np.int32),
        ("free_chunk", np.int32),
        ("events", np.int64),
        ("outcomes", np.int64),
        ("logged", np.int64),
        ("next_ready", np.int64),  # the earliest ENI that Lambda adds
        # the rules, which never change during a run
        ("eni_capacity", np.int64),
        ("close_first_is_eni", np.int32),
        ("close_first", np.int32),
        ("close_second", np.int32),
        ("scales_out", np.int32),
        ("scale_out_low", np.int64),
        ("scale_out_high", np.int64),
        ("resolver_budget", np.int64),
        ("random_address", np.int32),
        ("nat_choice", np.int32),
        ("exhaustion_resets", np.int32),
        ("logging", np.int32),
        ("nat_bytes_per_second", np.float64),
        ("places", np.int32),  # width of the routes
        ("uniques", np.int32),  # width of nat_first
        ("most_enis", np.int32),
    ],
    align=True,
)

OUTCOME = np.dtype(
    [
        ("ended", np.int64),
        ("environment", np.int32),
        ("seconds", np.float32),
        ("use", np.uint16),
        ("outcome", np.uint8),
    ],
    align=True,
)
LOG = np.dtype([("at", np.int64), ("event", np.int32), ("connection", np.int32), ("detail", np.int64)], align=True)
