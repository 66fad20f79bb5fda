"""The memory that a run uses: its own processes', and the kernel's for sockets, tables and tracked connections.

The kernel's is only known for the whole machine; what others' processes take and give back is not in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_OF_THE_KERNEL = ("Slab", "VmallocUsed", "Percpu", "PageTables", "KernelStack")
_EVERY = 2.0
"""Seconds from one look at each process to the next: it takes the kernel a while to add up their pages."""


class Usage:
    """Memory in kilobytes. Made by the first process of the lab, whose /proc shows the lab's processes only."""

    def __init__(self, shared: int) -> None:
        self._shared = shared
        self._looked = -_EVERY
        self._processes = 0
        # In a container the machine's own /proc may be all there is, with other numbers.
        self._own = str(Path("/proc/self").readlink()) == str(os.getpid())

    def kilobytes(self, now: float) -> int:
        """What is in use at ``now`` seconds."""
        values = dict(_memory(Path("/proc/meminfo")))
        if not self._own:
            return values["MemTotal"] - values["MemAvailable"]
        if now >= self._looked + _EVERY:
            self._looked = now
            self._processes = sum(_private(one) for one in Path("/proc").iterdir() if one.name.isdigit())
        kernel = sum(values.get(name, 0) for name in _OF_THE_KERNEL)
        return kernel + self._processes + os.fstat(self._shared).st_blocks // 2


def _private(process: Path) -> int:
    """Pages of a process that it shares with no other, and its part of those that it shares with its fork."""
    with suppress(OSError):
        values = dict(_memory(process / "smaps_rollup"))
        return values.get("Pss_Anon", values.get("Pss", 0))
    return 0


def _memory(path: Path) -> Iterator[tuple[str, int]]:
    with path.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            name, _, rest = line.partition(":")
            if rest.endswith("kB\n"):
                yield name, int(rest.split()[0])
