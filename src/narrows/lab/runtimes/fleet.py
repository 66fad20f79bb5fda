"""All runtimes of a run, in one process: environments come, are invoked and go as the scenario says."""

from __future__ import annotations

import asyncio
import fcntl
import resource
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import ExitStack

from narrows.lab.blueprint import Blueprint
from narrows.lab.ledger import ESTABLISHED, REFUSED, TIMED_OUT, Ledger
from narrows.lab.memory import ATTEMPTED, CHANGE, OPEN, OUTCOMES, Control, SharedMemory
from narrows.lab.namespaces import Namespace
from narrows.lab.netlink import Tables
from narrows.lab.rules import TABLE
from narrows.lab.runtimes import environments
from narrows.lab.runtimes.environment import RuntimeEnvironment
from narrows.lab.runtimes.journal import Journal
from narrows.lab.runtimes.plan import RuntimePlan

_POLL = 0.02
_COUNT_EVERY = 1.0
_WATCH_MEMORY_EVERY = 0.1
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
_ENDS = tuple(OUTCOMES + one for one in (ESTABLISHED, REFUSED, TIMED_OUT))
# Of ``lifecycle.Change``, as in the storm.
_END, _EXPIRE, _FREEZE, _THAW, _START, _ARRIVAL = range(6)


class Fleet:
    """The runtimes; made in the environments' namespace."""

    def __init__(self, blueprint: Blueprint, memory: SharedMemory, spaces: Sequence[Namespace]) -> None:
        assert blueprint.runtime is not None
        self.blueprint, self.memory, self.spaces = blueprint, memory, spaces
        self.plan: RuntimePlan = blueprint.runtime
        self.journal = Journal(self.plan.journal)
        self.ledger = Ledger(blueprint, memory, blueprint.workers - 1)
        self.began = 0.0
        self.active: dict[int, asyncio.Event] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.environments: dict[int, RuntimeEnvironment] = {}
        self.links: dict[int, str] = {}
        self.counted = dict.fromkeys((ATTEMPTED, OPEN, *_ENDS), 0)
        self._of_recycled = 0

    def run(self) -> None:
        """Play until the end."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with ExitStack() as stack:
            self.tables = stack.enter_context(Tables(TABLE))
            asyncio.run(self._play())

    async def _play(self) -> None:
        for index, (number, _) in enumerate(self.plan.environments):
            with self.spaces[index].inside():
                one = RuntimeEnvironment(self.plan, index, self.spaces[index], self.journal)
            self.environments[number] = one
            self.links[number] = environments.link_name(index)
            await one.listen()
        control = self.memory.control
        while control[Control.START] == 0:
            await asyncio.sleep(_POLL)
        self.began = control[Control.START] / 1e9
        changes = asyncio.create_task(self._changes())
        counts_at = watch_at = 0.0
        while not control[Control.OVER]:
            if (now := self._now()) >= counts_at:
                counts_at = now + _COUNT_EVERY
                self._count()
            if now >= watch_at:
                watch_at = now + _WATCH_MEMORY_EVERY
                for one in self.environments.values():
                    one.watch_memory()
            if changes.done() and changes.exception() is not None:
                break
            await asyncio.sleep(_POLL)
        self._count()
        for one in self.environments.values():
            self.journal.environment(one.figures())
        for task in (changes, *self.tasks.values()):
            task.cancel()
        ended = await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        for one in self.environments.values():
            one.close()
        if changes.done() and not changes.cancelled():
            changes.result()
        for outcome in ended:
            # Cancelled is how they end.
            if isinstance(outcome, Exception):
                raise outcome

    async def _changes(self) -> None:
        for at, kind, number, _ in CHANGE.iter_unpack(self.memory.changes):
            if number not in self.environments:
                continue
            await self._until(at / 1e6)
            if kind == _START:
                self.active[number] = asyncio.Event()
                self.active[number].set()
                self.tasks[number] = asyncio.create_task(self._live(number, at / 1e6))
            elif kind == _FREEZE:
                self.active[number].clear()
            elif kind == _THAW:
                self.active[number].set()
            elif kind == _END:
                self._recycle(number)

    async def _live(self, number: int, due: float) -> None:
        """Invoke an environment at its moments; one that is still busy at its next is invoked at the one after."""
        one, active, every = self.environments[number], self.active[number], self.plan.function.every
        while due < self.blueprint.seconds:
            if not active.is_set():
                await active.wait()
                due = self._now()
            await self._until(due)
            late = int((self._now() - due) * 1e6)
            if late > self.memory.control[Control.LATE]:
                self.memory.control[Control.LATE] = late
            await one.invoke(due)
            due += every * max(1, -int((due - self._now()) // every))

    def _recycle(self, number: int) -> None:
        """Nobody hears of it: what the runtime's kernel would send does not get out."""
        task = self.tasks.pop(number, None)
        if task is not None:
            task.cancel()
        one = self.environments.pop(number)
        figures = one.figures()
        if not self.blueprint.clients[self.plan.client].closes_at_end:
            _take_down(self.links[number])
        self._of_recycled += int(str(figures["opened"]))
        self.journal.environment({**figures, "held": 0})
        one.close()

    def _count(self) -> None:
        read = [one.counted() for one in self.environments.values()]
        attempted = sum(one.opened for one in read) + self._of_recycled
        answered = self._packets(environments.ANSWERED)
        refused = self._packets(environments.REFUSED)
        given_up = attempted - answered - refused
        held = sum(one.held for one in read)
        if given_up > self.counted[OUTCOMES + TIMED_OUT]:
            under_way = [one.under_way() for one in self.environments.values()]
            waiting, queued = (sum(one[part] for one in under_way) for part in (0, 1))
            # What the Runtime API has not taken yet looks like the function's own, at both of its ends.
            given_up -= waiting + queued
            attempted -= queued
            held -= 2 * queued
        self._set(ATTEMPTED, max(attempted, self.counted[ATTEMPTED]))
        self._set(OPEN, max(0, held))
        for field, count in zip(_ENDS, (answered, refused, given_up), strict=True):
            self._set(field, max(count, self.counted[field]))

    def _packets(self, counter: str) -> int:
        return self.tables.counters()[counter][0]

    def _set(self, field: int, value: int) -> None:
        self.ledger.add(self.plan.client, field, value - self.counted[field])
        self.counted[field] = value

    async def _until(self, moment: float) -> None:
        while (left := moment - self._now()) > 0:
            await asyncio.sleep(left)

    def _now(self) -> float:
        return time.monotonic() - self.began


def _take_down(interface: str) -> None:
    """Cut the link of a runtime's namespace, from the environments' one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = interface.encode().ljust(16, b"\0")
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, _GET_FLAGS, struct.pack("16sh", name, 0)))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", name, flags & ~_UP))
