"""The parent of workers: it sees what kills or blocks them, goes on after it, and adds up what came of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.worker import LONGEST, ROOM, WHERE, Job, State, arguments

ROOT = Path(__file__).parents[2]
_START = 60
"""Processor seconds that a worker may take to begin."""
_BLOCKED = 60
"""Seconds without any work: it waits for something that never comes. On a busy machine a while without is nothing."""
_TO_SAY_WHERE = 0.5
"""Seconds that a worker has to write its stack before it is ended."""
STOPPED = threading.Event()
"""Set where the whole run is to end: workers are ended, and what was found is told."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Finding:
    """A failure, once."""

    reader: str
    kind: str
    """``crash``, ``hang``, ``memory``, ``death``."""
    what: str
    """What makes it the same as another."""
    repeat: str
    """The command that shows it again."""
    text: str = ""
    files: dict[str, bytes] = field(default_factory=dict)

    def write(self, out: Path) -> Path:
        """Keep the input as a folder that ``--folder`` takes, and return it."""
        name = hashlib.sha256(f"{self.reader}{self.kind}{self.what}".encode()).hexdigest()[:10]
        place = out / self.reader / name
        for one, content in self.files.items():
            (place / one).parent.mkdir(parents=True, exist_ok=True)
            (place / one).write_bytes(content)
        return place


@dataclass
class Report:
    """What came of one reader's inputs."""

    reader: str
    done: int = 0
    refused: int = 0
    seconds: float = 0.0
    work: float = 0.0
    """Processor seconds, without those that a worker takes to begin."""
    began_kb: int = 0
    peak_kb: int = 0
    """Memory before the first input, and the most that any process had beyond it."""
    peak_seed: int = -1
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> bool:
        """Keep a finding; false where its like is known."""
        if any((one.kind, one.what) == (finding.kind, finding.what) for one in self.findings):
            return False
        self.findings.append(finding)
        return True

    def take(self, other: Report) -> None:
        """Add what another campaign found."""
        self.done, self.refused = self.done + other.done, self.refused + other.refused
        self.seconds, self.work = self.seconds + other.seconds, self.work + other.work
        if other.peak_kb > self.peak_kb:
            self.peak_kb, self.began_kb, self.peak_seed = other.peak_kb, other.began_kb, other.peak_seed
        for one in other.findings:
            self.add(one)


def campaign(
    reader: str, seed: int, count: int, *, seconds: float = 0.0, minimise: float = 0.0, alone: bool = False
) -> Report:
    """Give a reader that many inputs, or as many as the time allows."""
    report = Report(reader)
    began = time.monotonic()
    last, found = seed + count, True
    with tempfile.TemporaryDirectory(prefix="narrows-fuzz-", dir=_quick_folder()) as room:
        place = Path(room)
        while seed < last and not STOPPED.is_set():
            left = seconds - (time.monotonic() - began) if seconds else 0.0
            if seconds and left <= 0:
                break
            one = _Watched(report, place, Job(
                reader, seed, last - seed, alone, left, str(place / "inputs"), str(place / "state"),
                str(place / "stacks"),
                minimise, found,
            ))  # fmt: skip
            state = one.run()
            report.done += state.done
            report.refused += state.refused
            report.work += state.work_ms / 1000
            if state.peak_kb - state.began_kb > report.peak_kb - report.began_kb:
                report.peak_kb, report.began_kb, report.peak_seed = state.peak_kb, state.began_kb, state.peak_seed
            if state.finished or (state.seed < 0 and not found):
                break
            if state.seed < 0:
                found = False  # one of those ended the process: that is told, and the others have their turn
                continue
            if one.batch > 1 and not alone:
                # One of several did it: each by itself, to know which.
                report.take(
                    campaign(reader, state.seed, min(one.batch, last - state.seed), minimise=minimise, alone=True)
                )
            seed = state.seed + one.batch
    report.seconds = time.monotonic() - began
    return report


class _Watched:
    """One worker."""

    def __init__(self, report: Report, place: Path, job: Job) -> None:
        from tests.fuzz.readers import READERS

        self._report, self._place, self._job = report, place, job
        self.batch = 1 if job.alone else READERS[job.reader]().batch

    def run(self) -> State:
        """Run it until it ends or must be ended; what it had done by then."""
        state_file = Path(self._job.state)
        state_file.write_bytes(State().pack())
        shutil.rmtree(self._job.folder, ignore_errors=True)  # what the last worker died of may lie there
        Path(self._job.folder).mkdir()
        with (self._place / "errors").open("w+") as errors:
            worker = subprocess.Popen(
                arguments(self._job), cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "TMPDIR": str(self._place)},
            )  # fmt: skip
            listener = threading.Thread(target=self._listen, args=(worker,))
            listener.start()
            try:
                killed = self._watch(worker, state_file)
                if killed:
                    worker.send_signal(WHERE)
                    time.sleep(_TO_SAY_WHERE)
            finally:
                worker.kill()
                worker.wait()
                listener.join()
                if worker.stdout is not None:
                    worker.stdout.close()
            state = State.unpack(state_file.read_bytes())
            if killed:
                self._hang(state, killed)
            elif worker.returncode and not STOPPED.is_set():
                errors.seek(0)
                self._death(state, worker.returncode, errors.read()[-3000:])
        return state

    def _watch(self, worker: subprocess.Popen[str], state_file: Path) -> str:
        """Wait for its end; why it was not waited for longer."""
        seed, done, since, used = -1, 0, time.monotonic(), 0.0
        worked, last_work = since, 0.0
        while worker.poll() is None and not STOPPED.is_set():
            time.sleep(0.1)
            state = State.unpack(state_file.read_bytes())
            now, work = time.monotonic(), _cpu_seconds(worker.pid)
            if work != last_work:
                worked, last_work = now, work
            if seed >= 0 and _memory_kb(worker.pid) - state.began_kb > ROOM >> 10:
                return f"over {ROOM >> 20:,} MiB"
            if (state.seed, state.done) != (seed, done):
                seed, done, since, used = state.seed, state.done, now, work
            elif seed < 0:
                if work > _START + self._job.minimise * 5 or now - worked > _BLOCKED:
                    return f"it did not begin within {_START} s"
            elif work - used > LONGEST + self._job.minimise and now - since > LONGEST + self._job.minimise:
                return f"over {LONGEST} s"
            elif now - worked > _BLOCKED:
                return f"blocked for {_BLOCKED} s"
        return ""

    def _listen(self, worker: subprocess.Popen[str]) -> None:
        assert worker.stdout is not None
        for line in worker.stdout:
            if not line.startswith('{"kind"'):
                continue
            told: dict[str, Any] = json.loads(line)
            seed, count = told["seed"], told["count"]
            files = {name: bytes.fromhex(content) for name, content in told.get("files", {}).items()}
            repeat = (
                self._repeat(seed, count)
                if seed is not None
                else f"--reader {self._job.reader} (corpus: {told['name']})"
            )
            self._report.add(Finding(
                self._job.reader, told["kind"], told["what"], repeat, told.get("error", "") + "\n" + told.get("text",
                ""), files
            ))  # fmt: skip

    def _hang(self, state: State, why: str) -> None:
        stack = Path(self._job.stacks).read_text(encoding="utf-8", errors="replace")
        own = [line.strip() for line in stack.splitlines() if "/narrows/" in line and "/tests/" not in line]
        where = own[0].rpartition("/narrows/")[2] if own else "?"
        if self.batch == 1 or state.seed < 0:
            self._report.add(Finding(self._job.reader, "hang", f"{why} in {where}", self._repeat(state.seed, 1), stack))
        else:
            self._report.add(
                Finding(self._job.reader, "hang", f"{why} in {where}", self._repeat(state.seed, self.batch), stack)
            )

    def _death(self, state: State, code: int, text: str) -> None:
        if "MemoryError" in text or code < 0:
            self._report.add(
                Finding(self._job.reader, "death", f"exit {code}", self._repeat(state.seed, self.batch), text)
            )
        else:
            raise RuntimeError(f"the fuzzer itself failed at {self._repeat(state.seed, self.batch)}:\n{text}")

    def _repeat(self, seed: int, count: int) -> str:
        if seed < 0:
            return f"python -m tests.fuzz --reader {self._job.reader} --count 1 (an input of tests/fuzz/corpus/found)"
        return f"python -m tests.fuzz --reader {self._job.reader} --seed {seed} --count {count}"


def _cpu_seconds(process: int) -> float:
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / _TICKS


def _memory_kb(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * (os.sysconf("SC_PAGE_SIZE") // 1024)
    except (OSError, IndexError):
        return 0


def _quick_folder() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
