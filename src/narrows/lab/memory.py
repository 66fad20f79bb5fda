"""The memory that all processes of a run share: what is asked, what is counted, what happened.

It is a file in memory without a name (memfd): it is gone when the last process that holds it is gone, and what was
written to it until then is there even when the lab's own processes were killed.
"""

from __future__ import annotations

import mmap
import os
import struct
from enum import IntEnum

from narrows.lab.blueprint import Blueprint

CHANGE = struct.Struct("<qiii")
"""A change of an environment: microseconds, ``Change``, environment, argument (the use, for an arrival)."""
ENVIRONMENT = struct.Struct("<iii")
"""client, place, which one of its client's."""
RECORD = struct.Struct("<qiHBxf")
"""An ended attempt: microseconds, environment, use, ``Outcome``, seconds."""

FLOW = struct.Struct("<qqqi4s4sHHB")
"""A connection, for flow logs: microseconds of its first SYN, answer (-1: never) and end (-1: still there),
environment, source address, destination address, source port, use, and how it ended."""

OPEN, ATTEMPTED, ABANDONED, OUTCOMES = 0, 1, 2, 3
COUNTS = OUTCOMES + 6
"""Numbers that each worker keeps for each client: three, and one for each ``Outcome``."""


class Control(IntEnum):
    """Numbers that the processes tell each other."""

    START = 0
    """The moment of second 0, in nanoseconds of the monotonic clock; 0 before everything is built."""
    STOP = 1
    """1: end the run now. Told to the director."""
    SAMPLED = 2
    """Whole seconds that were sampled."""
    LATE = 3
    """The most that a connect came after its planned moment, in microseconds."""
    MEMORY_BEFORE = 4
    MEMORY = 5
    """Kilobytes that the lab and the kernel use (``usage.Usage``): before it is built, and now."""
    SERVER_ENDED = 6
    """1 + how the real server at the destination ended; 0 while it runs."""
    OVER = 7
    """1: the last sample is taken. Told to the workers, whose sockets close when they end."""
    BEHIND = 8
    """Samples that were left out because the machine did not keep up."""
    WALL_CLOCK = 9
    """Second 0 by the wall clock, in whole seconds since 1970, where real runtimes say what time it is; else 0."""


def slots(blueprint: Blueprint) -> dict[str, int]:
    """Where each number stands in a second's sample. Names of tables and counters are those of the nftables rules."""
    names = [f"c{client}_{field}" for client in range(len(blueprint.clients)) for field in range(COUNTS)]
    for eni in range(len(blueprint.enis)):
        for index in range(blueprint.rules.most_enis):
            names += [f"e{eni}_{index}", f"e{eni}_{index}_dropped"]
    for table in range(blueprint.nat_tables):
        names += [f"t{table}", f"t{table}_dropped"]
    for gateway in range(len(blueprint.gateways)):
        names += [f"g{gateway}_{field}" for field in GATEWAY_FIELDS]
    for unique in range(len(blueprint.destinations)):
        names += [f"u{unique}", *(f"u{unique}_{field}" for field in DESTINATION_FIELDS)]
    return {name: index for index, name in enumerate(names)}


GATEWAY_FIELDS = ("attempts", "answered", "errors", "resets", "opened", "closed", "active", "out", "bytes")
DESTINATION_FIELDS = ("accepted", "refused", "ignored", "closed", "open")


class SharedMemory:
    """The shared file, mapped. Made by ``create``, or opened from its descriptor by ``open``."""

    def __init__(self, file: int, blueprint: Blueprint, changes: int, environments: int) -> None:
        self.file = file
        self.slots = slots(blueprint)
        self.width = len(self.slots)
        self._blueprint = blueprint
        sizes = (
            8 * len(Control),
            8 * COUNTS * max(1, len(blueprint.clients)) * blueprint.workers,
            8 * self.width * blueprint.seconds,
            CHANGE.size * changes,
            ENVIRONMENT.size * environments,
            blueprint.workers * (8 + RECORD.size * blueprint.records),
            blueprint.workers * (8 + FLOW.size * blueprint.records) if blueprint.flows else 0,
        )
        starts = [0]
        for size in sizes:
            starts.append((starts[-1] + size + 63) & ~63)
        self._starts = starts
        self.size = starts[-1]
        os.ftruncate(file, self.size)
        self.map = mmap.mmap(file, self.size)
        view = memoryview(self.map)
        self.control = view[: sizes[0]].cast("q")
        self.counts = view[starts[1] : starts[1] + sizes[1]].cast("q")
        """[worker][client][COUNTS]"""
        self.samples = view[starts[2] : starts[2] + sizes[2]].cast("q")
        """[second][slot]"""
        self.changes = view[starts[3] : starts[3] + sizes[3]]
        self.environments = view[starts[4] : starts[4] + sizes[4]]

    @classmethod
    def create(cls, blueprint: Blueprint, changes: bytes, environments: bytes) -> SharedMemory:
        """A new one, filled with what is asked."""
        file = os.memfd_create("narrows-lab")
        memory = cls(file, blueprint, len(changes) // CHANGE.size, len(environments) // ENVIRONMENT.size)
        memory.changes[:] = changes
        memory.environments[:] = environments
        return memory

    def counts_of(self, worker: int) -> memoryview:
        """One worker's own numbers."""
        size = COUNTS * max(1, len(self._blueprint.clients))
        return self.counts[worker * size : (worker + 1) * size]

    def records_at(self, worker: int) -> int:
        """Where a worker's records start in ``map``: their count (8 bytes), then the records."""
        return self._starts[5] + worker * (8 + RECORD.size * self._blueprint.records)

    def flows_at(self, worker: int) -> int:
        """Where a worker's flows start in ``map``, as for ``records_at``."""
        return self._starts[6] + worker * (8 + FLOW.size * self._blueprint.records)

    def flows_of(self, worker: int) -> bytes:
        """A worker's flows, as far as they were written."""
        at = self.flows_at(worker)
        count = min(struct.unpack_from("<q", self.map, at)[0], self._blueprint.records)
        return bytes(self.map[at + 8 : at + 8 + count * FLOW.size])

    def records_of(self, worker: int) -> bytes:
        """A worker's records, as far as they were written."""
        at = self.records_at(worker)
        count = min(struct.unpack_from("<q", self.map, at)[0], self._blueprint.records)
        return bytes(self.map[at + 8 : at + 8 + count * RECORD.size])
