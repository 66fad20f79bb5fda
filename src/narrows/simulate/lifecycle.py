"""What happens to execution environments during a run, as ``lifecycle_plan.py`` works it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from narrows.demand import Curve


class Change(IntEnum):
    """What happens to an execution environment. At one moment they happen in this order."""

    END = 0
    EXPIRE = 1
    """The tables forget its idle connections."""
    FREEZE = 2
    THAW = 3
    START = 4
    ARRIVAL = 5
    """Not of an environment: a connection of a client that opens them at random moments."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one client needs of environments."""

    curve: Curve
    most: int | None = None
    """Reserved concurrency: that many, and out of a pool of its own."""
    scales_freely: bool = False
    """Not a Lambda function: no scale-up rate, nothing is frozen."""


@dataclass(slots=True)
class Lifecycle:
    """Every change of every environment, and the demand that was not met."""

    changes: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(microseconds, ``Change``, environment, mask of tables for EXPIRE), not sorted."""
    clients: list[int] = field(default_factory=list)
    """The client of each environment."""
    ordinals: list[int] = field(default_factory=list)
    """Which one of its client's environments it is, from 0."""
    throttled: list[tuple[int, int, int]] = field(default_factory=list)
    """(client, from, to) in microseconds: one environment was needed and not allowed."""


EXPIRE_ENI, EXPIRE_NAT = 1, 2
