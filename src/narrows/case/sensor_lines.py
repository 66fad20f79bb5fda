"""What the sensor inside functions said, column by column: a million lines are a few arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABSENT = -1
"""Where the sensor could not read a figure: it is not 0."""

LINE = np.dtype(
    [
        ("time", "f8"),
        ("process", "i4"),
        ("invocation", "i8"),
        ("opened", "i8"),
        ("held", "i8"),
        ("reused", "i8"),
        ("failed", "i8"),
        ("retransmits", "i8"),
        ("descriptors", "i8"),
        ("more", "i8"),
        ("unattributed", "i8"),
    ]
)
"""One line: the sums over all destinations. ``time`` in seconds since 1970."""
USE = np.dtype(
    [
        ("line", "i8"),
        ("destination", "i4"),
        ("opened", "i8"),
        ("held", "i8"),
        ("stale", "i8"),
        ("reused", "i8"),
        ("failed", "i8"),
        ("oldest_idle", "f8"),
    ]
)
"""What one line says of one destination. ``oldest_idle`` in seconds."""


class Process(NamedTuple):
    """One process of one execution environment."""

    function: str
    environment: str
    number: int


class Peer(NamedTuple):
    """A destination as a process sees it."""

    address: str
    port: int
    name: str
    """Empty where nobody saw a name being looked up."""

    def __str__(self) -> str:
        return f"{self.name or self.address}:{self.port}"


@dataclass(frozen=True)
class SensorLines:
    """Every line, each process's in the order of time."""

    processes: tuple[Process, ...] = ()
    peers: tuple[Peer, ...] = ()
    lines: NDArray[Any] = field(default_factory=lambda: np.empty(0, LINE))
    """Sorted by process, then time; of two of one invocation one is kept."""
    uses: NDArray[Any] = field(default_factory=lambda: np.empty(0, USE))
    sources: tuple[str, ...] = ()
    """The files that they came from."""
    left_out: tuple[tuple[str, int], ...] = ()
    """What was passed over, in words, and how many lines of each."""

    def __bool__(self) -> bool:
        return len(self.lines) > 0

    @property
    def source(self) -> str:
        """The files, as evidence names them."""
        return ", ".join(self.sources[:3]) + (f" and {len(self.sources) - 3} more" if len(self.sources) > 3 else "")

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """Those that said anything."""
        return tuple(sorted({one.function for one in self.processes}))

    @cached_property
    def environments(self) -> dict[str, int]:
        """How many execution environments of each function said anything."""
        distinct = {(one.function, one.environment) for one in self.processes}
        found: dict[str, int] = {}
        for function, _ in sorted(distinct):
            found[function] = found.get(function, 0) + 1
        return found

    def of(self, function: str) -> NDArray[np.bool_]:
        """Which lines are a function's."""
        its = np.fromiter((one.function == function for one in self.processes), bool, len(self.processes))
        return np.asarray(its[self.lines["process"]])
