"""Running a scenario with real packets: the outside of the lab."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from narrows.gate import complain, pass_on
from narrows.isolation import python_command, system_program_path
from narrows.lab.capture import BEGINNING
from narrows.lab.drawing import Drawing, draw
from narrows.lab.fitting import check_fits
from narrows.lab.keeper import SIZES, STAYS_ROOT
from narrows.lab.machine import look_around
from narrows.lab.memory import CHANGE, ENVIRONMENT, Control, SharedMemory
from narrows.lab.namespaces import LabError
from narrows.lab.options import Options
from narrows.lab.programs import with_whole_paths
from narrows.lab.runtimes.account import Account, take_account, with_invocations, write_logs
from narrows.lab.servers.named import with_named_server
from narrows.lab.tail import Tail
from narrows.target_file import begins_with, new_file

if TYPE_CHECKING:
    from narrows.lab.blueprint import Blueprint
    from narrows.recording import Recording
    from narrows.scenario import Scenario
    from narrows.writing.flow_logs import FlowLogOptions
    from narrows.writing.flow_logs.lives import Lives

Watch = Callable[[Drawing, SharedMemory], None]
"""Called some times a second while a run lasts."""

_SEE_DOCTOR = "'narrows lab doctor' says what this machine allows"
_POLL = 0.05
_MOST_FLOWS = 2_000_000
"""Connections whose way is recorded for flow logs."""
_MUST_END = 30.0
"""Seconds to end in good order, once asked to; the director's own patience with its workers is shorter."""


@dataclass(frozen=True)
class Run:
    """What came of a run."""

    recording: Recording
    drawing: Drawing
    lives: Lives | None
    """Of its connections, where flow logs are wanted."""
    account: Account | None = None
    """Of real runtimes, where there were any."""
    journal: bytes = b""
    """What the runtimes said and did (``runtimes.journal``)."""

    def write_flow_logs(self, folder: Path, options: FlowLogOptions) -> None:
        """Write the flow logs that AWS would have written of it."""
        from narrows.writing.flow_logs import write_lives

        assert self.lives is not None
        write_lives(folder, self.recording, self.drawing.model, self.lives, options)

    def write_more(self, place: Path, options: Options) -> None:
        """Write what a case has of it beside the recording: flow logs, and the log of real runtimes."""
        if options.flow_logs is not None:
            self.write_flow_logs(place / "flow-logs", options.flow_logs)
        if self.account is not None:
            if len(self.recording.outcomes.ended) == 0:
                # Real clients say what they saw in their own words, which is in the log.
                (place / "callers" / "outcomes.parquet").unlink(missing_ok=True)
            write_logs(self.journal, place / "callers" / f"{self.account.function}.json")


def run_lab(scenario: Scenario, options: Options | None = None, *, watch: Watch | None = None) -> Recording:
    """Play a scenario with real packets through real tables, and record it; arguments and errors as for ``play``."""
    return play(scenario, options, watch=watch).recording


def play(scenario: Scenario, options: Options | None = None, *, watch: Watch | None = None) -> Run:
    """Play a scenario with real packets through real tables, record it, and keep what flow logs are written from.

    Args:
        scenario: what to play.
        options: how; everything at full size and in real time when left out.
        watch: called some times a second while it lasts. When it raises KeyboardInterrupt the run ends there, and
            what was recorded so far comes back.

    Raises:
        InputError: the scenario has something that the lab cannot play.
        LabError: the machine does not let the lab do something; ``narrows lab doctor`` says what to do.
    """
    from narrows.lab.recordings import record

    began = time.perf_counter()
    options, machine = with_whole_paths(with_named_server(options or Options(), scenario)), look_around()
    drawing = draw(scenario, options, machine)
    check_fits(drawing, scenario, options, machine)
    environments = drawing.environments.astype("<i4").tobytes()
    changes = drawing.changes
    packed = b"".join(
        CHANGE.pack(*row) for row in zip(*(changes[n].tolist() for n in changes.dtype.names), strict=True)
    ) if len(changes) else b""  # fmt: skip
    packets = ways = None
    if options.capture is not None:
        packets = os.memfd_create("narrows-packets")
        drawing = replace(drawing, blueprint=replace(drawing.blueprint, capture=(packets, options.packets)))
    if options.flow_logs is not None:
        ways = os.memfd_create("narrows-ways")
        drawing = replace(drawing, blueprint=replace(drawing.blueprint, flows=(ways, _most_flows(drawing.blueprint))))
    journal = None
    if drawing.blueprint.runtime is not None:
        journal = os.memfd_create("narrows-journal")
        runtime = replace(drawing.blueprint.runtime, journal=journal)
        drawing = replace(drawing, blueprint=replace(drawing.blueprint, runtime=runtime))
    memory = SharedMemory.create(drawing.blueprint, packed, environments)
    try:
        with _new_capture(options.capture) as capture:
            _play(drawing, memory, len(packed) // CHANGE.size, len(environments) // ENVIRONMENT.size, watch)
            if packets is not None and capture is not None:
                with os.fdopen(packets, "rb", closefd=False) as captured:
                    captured.seek(0)
                    if os.fstat(packets).st_size == 0:
                        # Killed before anything was written: a capture without packets.
                        capture.write(BEGINNING)
                    shutil.copyfileobj(captured, capture)
        recording = record(drawing, memory, time.perf_counter() - began)
        lives = None if options.flow_logs is None else _lives(drawing, memory, options.flow_logs, recording.seconds)
        account = None
        if journal is not None and drawing.blueprint.runtime is not None:
            said = _whole(journal)
            account = take_account(drawing.blueprint.runtime, said)
            return Run(with_invocations(recording, account), drawing, lives, account, said)
        return Run(recording, drawing, lives)
    finally:
        for file in (memory.file, packets, ways, journal):
            if file is not None:
                os.close(file)


def _whole(file: int) -> bytes:
    with os.fdopen(file, "rb", closefd=False) as stream:
        stream.seek(0)
        return stream.read()


def _new_capture(file: str | None) -> AbstractContextManager[BinaryIO | None]:
    return nullcontext() if file is None else new_file(file, begins_with(BEGINNING))


def _most_flows(plan: Blueprint) -> int:
    return min(_MOST_FLOWS, plan.workers * plan.records)


def _lives(drawing: Drawing, memory: SharedMemory, options: FlowLogOptions, seconds: int) -> Lives:
    from narrows.lab.flow_records import take_ways
    from narrows.lab.lives import lives_of

    assert drawing.blueprint.flows is not None
    with os.fdopen(drawing.blueprint.flows[0], "rb", closefd=False) as stream:
        stream.seek(0)
        return lives_of(drawing, memory, take_ways(stream), options, seconds)


def _play(drawing: Drawing, memory: SharedMemory, changes: int, environments: int, watch: Watch | None) -> None:
    plan = drawing.blueprint
    keeper = subprocess.Popen(
        python_command("narrows.lab.keeper", str(os.getpid()), str(memory.file)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[
            memory.file,
            *(plan.capture or ())[:1],
            *(plan.flows or ())[:1],
            *(() if plan.runtime is None else (plan.runtime.journal,)),
        ],
        env={**os.environ, "PATH": system_program_path()},
        # Ctrl-C is for this process; it ends the others in good order.
        start_new_session=True,
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    assert keeper.stderr is not None
    # A command that fills the pipe would stand still, and with it what is measured.
    said = Tail(cast(BinaryIO, keeper.stderr))
    try:
        packed = pickle.dumps(plan)
        with suppress(BrokenPipeError):
            keeper.stdin.write(SIZES.pack(len(packed), changes, environments) + packed)
            keeper.stdin.flush()
        look = (lambda: None) if watch is None else (lambda: watch(drawing, memory))
        try:
            _wait_for(keeper, look, inf)
        except KeyboardInterrupt:
            if memory.control[Control.START] == 0:
                raise
            memory.control[Control.STOP] = 1
            # The next one gets through: nothing is kept then.
            if not _wait_for(keeper, look, _MUST_END):
                keeper.kill()
                keeper.wait()
                complain(f"the lab did not end {_MUST_END:g} s after it was asked to, and was killed")
                return
        _complain(keeper, keeper.stdout.read().decode(errors="replace").strip(), said.text())
    finally:
        if keeper.poll() is None:
            keeper.kill()
        for stream in (keeper.stdin, keeper.stdout):
            with suppress(BrokenPipeError):
                stream.close()
        keeper.wait()


def _wait_for(keeper: subprocess.Popen[bytes], look: Callable[[], None], seconds: float) -> bool:
    """Wait until the lab has ended, looking at it meanwhile; False where it takes longer than that."""
    until = time.monotonic() + seconds
    while keeper.poll() is None:
        if time.monotonic() > until:
            return False
        time.sleep(_POLL)
        look()
    return True


def _complain(keeper: subprocess.Popen[bytes], own: str, said: str) -> None:
    """Pass on what was said in a run that is over.

    Args:
        keeper: the process that has ended.
        own: its own lines, the last of them why it failed. They stand apart: commands write what they like to stderr.
        said: on stderr, by whatever ran in the lab.
    """
    lines = own.splitlines()
    failed = keeper.returncode != 0
    why = lines.pop() if failed and lines and lines[-1] != STAYS_ROOT else None
    for line in lines:
        complain(line)
    if failed:
        why = why or (said.splitlines() or [f"the lab was killed ({keeper.returncode})"])[-1]
        raise LabError(why, advice=_SEE_DOCTOR)
    if said:
        pass_on(said)
