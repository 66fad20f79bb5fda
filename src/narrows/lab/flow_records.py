"""What flow logs need to know of each connection: its worker's own record, and what the kernel recorded on its way."""

from __future__ import annotations

import pickle
import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from narrows.lab.blueprint import Blueprint
from narrows.lab.callers import Connection
from narrows.lab.memory import FLOW, SharedMemory
from narrows.lab.netlink import Tables

SILENT, FIN, RST = range(3)
"""How a connection ended, as ``flowlogs.writing.Ending`` has it; the lab's own processes import no NumPy."""
_NEVER = -1
_KEY = struct.Struct(">4sHxx4sHxx")
_WENT = struct.Struct(">4sHxx")


class FlowLedger:
    """One worker's record of the life of each of its connections."""

    def __init__(self, blueprint: Blueprint, memory: SharedMemory, worker: int) -> None:
        self._map = memory.map
        self._at = memory.flows_at(worker)
        self._room = blueprint.records
        self._recorded = 0

    def record(self, one: Connection, answered: float | None, ended: float | None, ending: int) -> None:
        """Record the end of a connection; ``ended`` is None for one that is there when the run ends."""
        if self._recorded < self._room and one.first_syn is not None:
            sent, port, target = one.first_syn
            FLOW.pack_into(
                self._map,
                self._at + 8 + self._recorded * FLOW.size,
                int(sent * 1e6),
                _NEVER if answered is None else int(answered * 1e6),
                _NEVER if ended is None else int(ended * 1e6),
                one.environment.number,
                socket.inet_aton(one.address),
                socket.inet_aton(target),
                port,
                one.use,
                ending,
            )
            self._recorded += 1
            struct.pack_into("<q", self._map, self._at, self._recorded)


@dataclass
class Ways:
    """What the kernel recorded of SYNs, by (caller's address, port, destination's address, port)."""

    left: dict[tuple[bytes, int, bytes, int], tuple[int, int, int]] = field(default_factory=dict)
    """Hyperplane ENI, which one of its key, and how many SYNs left it."""
    went: dict[tuple[bytes, int, bytes, int], tuple[bytes, int, int]] = field(default_factory=dict)
    """Address and port that a NAT gateway gave, and how many SYNs went on from there."""


def read_ways(enis: Tables, eni_sets: Mapping[str, tuple[int, int]], gateways: Iterable[Tables]) -> Ways:
    """Read the kernel's own records, when a run is over."""
    found = Ways()
    for name, (eni, index) in eni_sets.items():
        for key, _, count in enis.elements(name):
            found.left[_KEY.unpack(key)] = (eni, index, count)
    for one in gateways:
        counts = {key: count for key, _, count in one.elements("through")}
        for key, value, _ in one.elements("went"):
            found.went[_KEY.unpack(key)] = (*_WENT.unpack(value), counts.get(key, 1))
    return found


def keep_ways(ways: Ways, stream: BinaryIO) -> None:
    """Write them where ``take_ways`` reads them: a file in memory that only this run has."""
    pickle.dump((ways.left, ways.went), stream)


def take_ways(stream: BinaryIO) -> Ways:
    """Read what ``keep_ways`` wrote; nothing where it was not reached, or was cut off."""
    try:
        return Ways(*pickle.load(stream))
    except (EOFError, pickle.UnpicklingError):
        return Ways()
