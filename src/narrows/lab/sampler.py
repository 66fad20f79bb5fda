"""Sampling the kernel's own counters while a run lasts: every tenth of a second, kept by the second."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Mapping
from contextlib import ExitStack

from narrows.lab.blueprint import Blueprint
from narrows.lab.flow_records import keep_ways, read_ways
from narrows.lab.memory import COUNTS, Control, SharedMemory
from narrows.lab.namespaces import Namespace
from narrows.lab.netlink import Tables
from narrows.lab.rules import TABLE
from narrows.lab.rules_eni import widened
from narrows.lab.usage import Usage
from narrows.lab.wiring import DESTINATIONS, ENIS, shard_name

_A_LITTLE = 0.05
_IS_LEVEL = re.compile(r"[etu]\d+(_\d+)?|g\d+_active|u\d+_open")
"""Names of what goes up and down: how full tables are, and connections that are open. All others only rise."""


class Sampler:
    """Reads every namespace's counters and writes each second's sample. A context manager: it owns sockets."""

    def __init__(self, blueprint: Blueprint, memory: SharedMemory, namespaces: Mapping[str, Namespace]) -> None:
        self.blueprint, self.memory, self.namespaces = blueprint, memory, namespaces
        self.levels = {slot for name, slot in memory.slots.items() if _IS_LEVEL.fullmatch(name)}
        self.readers: list[Tables] = []
        self.second = -1
        self.usage = Usage(memory.file)
        self.scale_out = _ScaleOut(blueprint, namespaces[ENIS])
        self._stack = ExitStack()

    def __enter__(self) -> Sampler:
        names = [ENIS, DESTINATIONS, *map(shard_name, range(len(self.blueprint.shards)))]
        for name in names:
            with self.namespaces[name].inside():
                self.readers.append(self._stack.enter_context(Tables(TABLE)))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def sample(self, now: float) -> None:
        """Take a sample at ``now`` seconds after second 0."""
        # A sample at the very end of a second, or a little after, belongs to it.
        second = min(max(0, int(now - _A_LITTLE)), self.blueprint.seconds - 1)
        values = self._read()
        width = self.memory.width
        for passed in range(self.second + 1, second):
            # The machine did not keep up: what is known of that second is what is there after it.
            self._write(passed * width, values, fresh=True)
            self.memory.control[Control.BEHIND] += 1
        self._write(second * width, values, fresh=second > self.second)
        self.second = max(self.second, second)
        self.memory.control[Control.SAMPLED] = second
        self.memory.control[Control.MEMORY] = self.usage.kilobytes(now)
        self.scale_out.look(now, values, self.memory.slots)

    def keep_ways(self, file: int) -> None:
        """Write what the kernel recorded of SYNs, which flow logs need, to a file."""
        plan = self.blueprint
        own = {f"left{n}_{k}": (n, k) for n in range(len(plan.enis)) for k in range(plan.rules.most_enis)}
        with os.fdopen(file, "wb", closefd=False) as stream:
            keep_ways(read_ways(self.readers[0], own, self.readers[2:]), stream)

    def _write(self, row: int, values: list[int], *, fresh: bool) -> None:
        samples = self.memory.samples
        for slot, value in enumerate(values):
            if fresh or slot not in self.levels or value > samples[row + slot]:
                samples[row + slot] = value

    def _read(self) -> list[int]:
        values = [0] * self.memory.width
        slots = self.memory.slots
        for reader in self.readers:
            for name, (packets, size) in reader.counters().items():
                slot = slots.get(name)
                if slot is not None:
                    values[slot] += packets
                    if name.endswith("_out"):
                        values[slots[f"{name[:-4]}_bytes"]] += size
            for name, count in reader.set_sizes(slots).items():
                slot = slots.get(name)
                if slot is not None:
                    values[slot] += count
        for gateway in range(len(self.blueprint.gateways)):
            opened, closed = (values[slots[f"g{gateway}_{field}"]] for field in ("opened", "closed"))
            values[slots[f"g{gateway}_active"]] = max(0, opened - closed)
        for one in self.blueprint.destinations:
            accepted, closed = (values[slots[f"u{one.number}_{field}"]] for field in ("accepted", "closed"))
            values[slots[f"u{one.number}_open"]] = max(0, accepted - closed)
        counts, width = self.memory.counts, COUNTS * len(self.blueprint.clients)
        for worker in range(self.blueprint.workers):
            for index in range(width):
                values[index] += counts[worker * width + index]
        return values


class _ScaleOut:
    """Lambda adds a Hyperplane ENI some time after one is full."""

    def __init__(self, blueprint: Blueprint, enis: Namespace) -> None:
        self.blueprint, self.enis = blueprint, enis
        self.rng = random.Random(blueprint.seed)
        self.count = [1] * len(blueprint.enis)
        self.ready: list[float | None] = [None] * len(blueprint.enis)

    def look(self, now: float, values: list[int], slots: Mapping[str, int]) -> None:
        """Start to wait where SYNs were dropped, and add the ENIs that are due."""
        delay = self.blueprint.rules.scale_out
        if delay is None:
            return
        for eni, count in enumerate(self.count):
            due = self.ready[eni]
            if due is None:
                if count < self.blueprint.rules.most_enis and values[slots[f"e{eni}_{count - 1}_dropped"]]:
                    self.ready[eni] = now + self.rng.uniform(*delay)
            elif due <= now:
                self.ready[eni] = None
                self.count[eni] += 1
                with self.enis.inside():
                    self.enis.run(["nft", "-f", "-"], widened(self.blueprint, eni, self.count[eni]))
