"""What one worker counts and records, in the memory that all processes share."""

from __future__ import annotations

import struct

from narrows.lab.blueprint import Blueprint
from narrows.lab.memory import COUNTS, OUTCOMES, RECORD, SharedMemory

# Of ``recording.Outcome``; the lab's own processes import no NumPy.
ESTABLISHED, TIMED_OUT, REFUSED, RESET, NO_DESCRIPTOR, NO_NAME = range(6)


class Ledger:
    """One worker's counts and its record of every ended attempt."""

    def __init__(self, blueprint: Blueprint, memory: SharedMemory, worker: int) -> None:
        self._counts = memory.counts_of(worker)
        self._map = memory.map
        self._at = memory.records_at(worker)
        self._room = blueprint.records
        self._recorded = 0

    def add(self, client: int, field: int, number: int = 1) -> None:
        """Count something of a client."""
        self._counts[client * COUNTS + field] += number

    def record(self, now: float, client: int, environment: int, use: int, outcome: int, seconds: float) -> None:
        """Record the end of an attempt, or of an open connection."""
        self._counts[client * COUNTS + OUTCOMES + outcome] += 1
        if self._recorded < self._room:
            at = self._at + 8 + self._recorded * RECORD.size
            RECORD.pack_into(self._map, at, int(now * 1e6), environment, use, outcome, seconds)
            self._recorded += 1
            struct.pack_into("<q", self._map, self._at, self._recorded)
