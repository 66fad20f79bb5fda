"""One process that reads one input after the other, within limits: its parent watches it, and outlives it.

What it does at the moment stands in a file that both have mapped, so that the parent knows it also when this process
hangs, is killed by the kernel, or dies of a fault in a library.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import mmap
import random
import resource
import signal
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from narrows.errors import InputError
from tests.fuzz import corpus
from tests.fuzz.corpus import Files

ROOM = 2 << 30
"""Bytes of address space beyond what the process has when it begins: malloc fails after that."""
BUDGET = 512 << 20
"""Bytes of memory that one input may take; the largest is a quarter of a MiB, or 16 MiB unpacked."""
WHERE = signal.SIGUSR1
"""Asks a worker to write its stack."""
_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""
LONGEST = 10
"""Seconds that one input, or one batch, may take."""


@dataclass
class State:
    """What the parent sees of a worker."""

    seed: int = -1
    """Of the input, or of the first of the batch, that is read now; -1 before the first."""
    done: int = 0
    refused: int = 0
    """Inputs that ended in ``InputError``."""
    began_kb: int = 0
    peak_kb: int = 0
    """Memory before the first input, and the most until now."""
    peak_seed: int = -1
    work_ms: int = 0
    """Processor time since the first input."""
    finished: int = 0

    _FORM = struct.Struct("<8q")
    SIZE = 8 * 8

    def pack(self) -> bytes:
        """As the file holds it."""
        return self._FORM.pack(*(getattr(self, one.name) for one in fields(self)))

    @classmethod
    def unpack(cls, data: bytes) -> State:
        """From the file."""
        return cls(*cls._FORM.unpack(data))


@dataclass(frozen=True)
class Job:
    """What a worker is told."""

    reader: str
    first: int
    """The seed of the first input; each further one has the next."""
    count: int
    alone: bool
    """Each input by itself, also where the reader takes several together."""
    seconds: float
    """Stop after this time; 0 for never."""
    folder: str
    state: str
    """The mapped file."""
    stacks: str
    """The file for the stack of what takes too long."""
    minimise: float
    """Seconds to spend on making each failing input smaller."""
    found: bool = True
    """Begin with the inputs that failed once."""


class Place:
    """The folder that inputs lie in."""

    def __init__(self, folder: Path, base: Files) -> None:
        self._folder, self._base = folder, base
        self._write(base)

    @contextmanager
    def holding(self, files: Files) -> Iterator[None]:
        """With those files over the others; afterwards as before."""
        self._write(files)
        try:
            yield
        finally:
            for name in files:
                if name in self._base:
                    self._write({name: self._base[name]})
                else:
                    (self._folder / name).unlink(missing_ok=True)

    def _write(self, files: Files) -> None:
        for name, content in files.items():
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(content)


def signature(error: BaseException) -> str:
    """What makes two failures the same: the type, and the last place in narrows itself."""
    if isinstance(error, AssertionError) and error.__cause__ is not None:
        return f"{signature(error.__cause__)}, which should not be"
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if "/narrows/" in one.filename and "/tests/" not in one.filename]
    last = own[-1] if own else frames[-1]
    return f"{type(error).__name__} in {'/'.join(last.filename.split('/')[-3:])}:{last.name}"


class Worker:
    """Runs a job."""

    def __init__(self, job: Job, shared: mmap.mmap) -> None:
        from tests.fuzz.readers import READERS

        self._job, self._shared = job, shared
        self._reader = READERS[job.reader]()
        self._folder = Path(job.folder)
        self._place = Place(self._folder, self._reader.base)
        self._state = State()
        self._known: set[str] = set()
        self._began_work = 0.0
        self._stacks = Path(job.stacks).open("w", encoding="utf-8")  # noqa: SIM115 (for as long as the process lives)
        # The thread that reads writes its own stack, when the parent asks: a watchdog thread that walks the stack of
        # one that runs may fall over it, and the process with it.
        faulthandler.register(WHERE, file=self._stacks, all_threads=False)

    def run(self) -> None:
        """Every input of the job, after those that failed once."""
        for name, files in corpus.found(self._job.reader).items() if self._job.found else ():
            self._input(files, None, f"found/{self._job.reader}/{name}")
        self._input({}, None, "the corpus as it is")
        self._state.began_kb = self._state.peak_kb = _peak_kb()
        if not self._reader.draws:
            _limit()
        began, self._began_work = time.monotonic(), time.process_time()
        size = 1 if self._job.alone else self._reader.batch
        for first in range(self._job.first, self._job.first + self._job.count, size):
            seeds = range(first, min(first + size, self._job.first + self._job.count))
            self._batch(seeds)
            if self._job.seconds and time.monotonic() - began > self._job.seconds:
                break
        self._state.finished = 1
        self._share()

    def _batch(self, seeds: range) -> None:
        inputs = [self._reader.make(random.Random(f"{self._job.reader}/{seed}")) for seed in seeds]
        self._state.seed = seeds[0]
        self._share()
        if len(inputs) == 1:
            self._input(inputs[0], seeds[0], None)
        else:
            together: Files = {}
            for one in inputs:
                together |= one
            error = self._read(together)
            if error is not None and not isinstance(error, InputError):
                before = len(self._known)
                for seed, one in zip(seeds, inputs, strict=True):
                    self._state.seed = seed
                    self._share()
                    self._input(one, seed, None)
                if len(self._known) == before and signature(error) not in self._known:
                    self._tell(error, together, seeds[0], None, len(seeds))
        self._state.done += len(inputs)
        peak = _peak_kb()
        if peak > self._state.peak_kb:
            if (peak - max(self._state.peak_kb, _now_kb())) * 1024 > BUDGET:
                self._say({"kind": "memory", "what": f"{peak // 1024:,} MiB", "seed": seeds[0], "count": len(seeds)})
            self._state.peak_kb, self._state.peak_seed = peak, seeds[0]
        self._share()

    def _input(self, files: Files, seed: int | None, name: str | None) -> None:
        error = self._read(files)
        if isinstance(error, InputError):
            self._state.refused += 1
            if str(error).isprintable() and str(error):
                return
            error = AssertionError(f"the message cannot be printed: {str(error)!r}")
        if error is not None:
            self._tell(error, files, seed, name, 1)

    def _read(self, files: Files) -> BaseException | None:
        """What reading an input raised."""
        with self._place.holding(files):
            try:
                self._reader.read(self._folder)
            except BaseException as error:
                return error
        return None

    def _tell(self, error: BaseException, files: Files, seed: int | None, name: str | None, count: int) -> None:
        what = signature(error)
        if what in self._known:
            return
        self._known.add(what)
        text = "".join(traceback.format_exception(error))[-4000:]
        if self._job.minimise and not isinstance(error, MemoryError):
            from tests.fuzz.minimise import minimised

            def fails(some: Files) -> bool:
                found = self._read(some)
                return found is not None and signature(found) == what

            files = minimised(files, fails, self._job.minimise)
        self._say(
            {"kind": "crash", "what": what, "seed": seed, "name": name, "count": count, "text": text,
            "error": str(error)[:300],
             "files": {one: content.hex() for one, content in files.items()}}
        )  # fmt: skip

    def _say(self, finding: dict[str, Any]) -> None:
        print(json.dumps(finding), flush=True)

    def _share(self) -> None:
        self._state.work_ms = round(1000 * (time.process_time() - self._began_work))
        self._shared[: State.SIZE] = self._state.pack()


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _now_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def main() -> None:
    """Run the job on the command line."""
    job = Job(**json.loads(sys.argv[1]))
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process, and an interrupt is one of its faults
    with Path(job.state).open("r+b") as file:
        Worker(job, mmap.mmap(file.fileno(), State.SIZE)).run()


def _end_with_parent() -> None:
    """Be killed when the parent is gone, however it went."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def arguments(job: Job) -> list[str]:
    """The command that runs a job."""
    return [sys.executable, "-m", "tests.fuzz.worker", json.dumps(asdict(job))]


if __name__ == "__main__":
    main()
