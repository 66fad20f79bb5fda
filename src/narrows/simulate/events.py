"""What the event log of a run tells apart. Kernel and twin write the same."""

from __future__ import annotations

from enum import IntEnum


class Logged(IntEnum):
    """One kind of entry in the event log."""

    ATTEMPT = 0
    """Detail: use | execution environment << 16."""
    NO_DESCRIPTOR = 1
    NO_NAME = 2
    DROPPED_BY_RULE = 3
    DROPPED_BY_ENI = 4
    DROPPED_BY_NAT = 5
    DROPPED_BY_BANDWIDTH = 6
    UNANSWERED = 7
    REFUSES = 8
    """The RST is on its way. Detail: as for ACCEPTED."""
    ACCEPTED = 9
    """The SYN-ACK is on its way. Detail: ENI | NAT table << 16 | unique destination << 32."""
    ESTABLISHED = 10
    CLOSES = 11
    RELEASED = 12
    """A hold after close is over."""
    FORGOTTEN = 13
    """An idle timeout. Detail: which kind of table."""
    GAVE_UP = 14
    REFUSED = 15
    RESET = 16
    ABANDONED = 17
    """Its environment was recycled. Detail: 1 while it was still connecting."""
    ENI_ADDED = 18
