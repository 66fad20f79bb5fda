"""Processes of this machine that do runs, each fed through its own pipes.

They are started as programs, not forked: a notebook has threads, which a fork leaves in the middle of what they did.
Unlike with ``multiprocessing``, nothing of the caller's own script is run again in them. Each ends when its pipe does,
so that none is left whatever becomes of the caller.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import IO, Any

from narrows.errors import NarrowsError
from narrows.sweeping.work import Item, Ran, run_item

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from narrows.sweeping.workers import serve; serve()"
)


class WorkerError(NarrowsError):
    """A process that did runs ended before it was told to."""


def serve() -> None:
    """What such a process does: runs from stdin, figures to stdout, until stdin ends."""
    # What anything prints goes to stderr, so that stdout holds answers only.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked = sys.stdin.buffer
    while True:
        try:
            item = pickle.load(asked)
        except EOFError:
            return
        try:
            answer: Ran | Exception = run_item(item)
        except Exception as error:
            answer = error
        try:
            told = pickle.dumps(answer)
        except Exception:
            told = pickle.dumps(WorkerError(f"{type(answer).__name__}: {answer}"))
        answers.write(told)
        answers.flush()


class _Worker:
    """One process."""

    def __init__(self) -> None:
        # In a group of its own: Ctrl-C is the caller's, who ends it.
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
        self._send(json.dumps(sys.path).encode() + b"\n")

    def run(self, item: Item) -> Ran:
        self._send(pickle.dumps(item))
        try:
            answer: Any = pickle.load(self._pipe(self._process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            raise self._gone() from None
        if isinstance(answer, Ran):
            return answer
        raise answer

    def _send(self, content: bytes) -> None:
        pipe = self._pipe(self._process.stdin)
        try:
            pipe.write(content)
            pipe.flush()
        except OSError:
            raise self._gone() from None

    def _gone(self) -> WorkerError:
        return WorkerError("a process of the sweep ended: the machine may be out of memory; try executor= with fewer")

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                self._pipe(pipe).close()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_in_processes(items: Sequence[Item], count: int) -> Iterator[tuple[int, Ran]]:
    """Each run with its place, as they are done, by so many processes. However this ends, so do they."""
    workers: list[_Worker] = []
    mine = threading.local()
    lock = threading.Lock()
    ended = False

    def run(place: int) -> tuple[int, Ran]:
        if not hasattr(mine, "worker"):
            with lock:
                if ended:
                    raise WorkerError("the sweep has ended")
                mine.worker = _Worker()
                workers.append(mine.worker)
        return place, mine.worker.run(items[place])

    pool = ThreadPoolExecutor(max_workers=count)
    try:
        waiting: set[Future[tuple[int, Ran]]] = {pool.submit(run, place) for place in range(len(items))}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from sorted(one.result() for one in done)
    finally:
        with lock:
            ended = True
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.end()
        pool.shutdown()
