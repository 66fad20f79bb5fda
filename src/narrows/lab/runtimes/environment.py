"""One execution environment: its runtime starts, is invoked, frozen, thawed and killed as on Lambda."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import time
import uuid
from contextlib import suppress

from narrows.lab.namespaces import Namespace
from narrows.lab.runtimes.api import INIT_ERROR, Answer, Event, RuntimeApi
from narrows.lab.runtimes.counters import Counted, Counters
from narrows.lab.runtimes.journal import Ended, Journal
from narrows.lab.runtimes.plan import RuntimePlan
from narrows.lab.runtimes.platform_log import closing_lines, init_report
from narrows.lab.runtimes.process import API_PORT, Exit, most_memory, start, variables
from narrows.limits import INIT_PHASE

_BACKLOG = 16
_LONGEST_LINE = 1 << 18
_MOST_READS = 16
"""At a time: a function that never stops to print does not stop the others."""


class RuntimeEnvironment:
    """An execution environment with a real runtime. Make it inside of its own network namespace."""

    def __init__(self, plan: RuntimePlan, index: int, space: Namespace, journal: Journal) -> None:
        self.plan, self.space, self.journal = plan, space, journal
        self.number, self.address = plan.environments[index]
        rng = random.Random(f"{plan.seed}/runtime/{self.number}")
        self._rng = rng
        day = time.strftime("%Y/%m/%d", time.gmtime())
        self.log_stream = f"{day}/[$LATEST]{rng.getrandbits(128):032x}"
        self.counters = Counters()
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", API_PORT))
        self._listening.listen(_BACKLOG)
        self.api = RuntimeApi(self._asks, self._answers)
        self.process = 0
        self.invocations = self.starts = 0
        self._stopped = False
        self._asking = asyncio.Event()
        self._outcome: asyncio.Future[Answer | None] | None = None
        self._gone: asyncio.Event = asyncio.Event()
        self._said = b""
        self._output = -1
        self._began_init = self._init_took = 0.0
        self._failed_with = ""
        self._exit = Exit()
        self._most_memory = 0

    async def listen(self) -> None:
        """Answer the runtime, once there is one."""
        await self.api.listen(self._listening)

    async def invoke(self, began: float) -> Ended:
        """Invoke the function once; a runtime is started first where there is none.

        Args:
            began: seconds since second 0, when the invocation was due.
        """
        cold = self.process == 0
        if self.starts == 0:
            await self._init_phase()
        request, since = self._request(), time.monotonic()
        until = since + self.plan.function.timeout
        self._log(f"START RequestId: {request} Version: $LATEST")
        ended = await self._answered(request, until)
        return self._over(request, began, ended, time.monotonic() - since, cold=cold)

    async def _answered(self, request: str, until: float) -> Ended:
        """Let the runtime have an event, and wait until it asks for the next: only then is an invocation over."""
        if self.process == 0:
            # It starts anew as part of the invocation.
            self._start()
            if not await self._first(self._asking, self._gone, until=until):
                return self._timed_out()
            if self._gone.is_set():
                self._report_init("invoke", "error")
                return Ended.EXIT
        self._thaw()
        self._asking.clear()
        self._outcome = asyncio.get_running_loop().create_future()
        deadline = int((time.time() + until - time.monotonic()) * 1000)
        self.api.hand_out(Event(request, self._arn, deadline, b"{}"))
        try:
            answer = await asyncio.wait_for(self._outcome, until - time.monotonic())
        except TimeoutError:
            return self._timed_out()
        # Lambda freezes it once it asks for the next event; until then it may do what it likes, in the same time.
        if answer is not None and not await self._first(self._asking, self._gone, until=until):
            return self._timed_out()
        if answer is None or self._gone.is_set():
            return Ended.EXIT
        self._freeze()
        return Ended.OK if answer.kind == "response" else Ended.ERROR

    def _timed_out(self) -> Ended:
        self._kill()
        return Ended.TIMEOUT

    def watch_memory(self) -> None:
        """Kill it where it takes more memory than its function has, as Lambda does; call it now and then."""
        if self.process and not self._stopped:
            self._most_memory = most_memory(self.process)
            if self._most_memory > self.plan.function.memory:
                self._signal(signal.SIGKILL)

    def close(self) -> None:
        """End it, and listen no more. Cut off its network before, and nobody hears of it, as on Lambda."""
        self._kill()
        self.api.close()
        self._listening.close()
        self.counters.close()

    def counted(self) -> Counted:
        """Its connections as the kernel counts them."""
        return self.counters.read(self.api.taken, self.api.talking)

    def under_way(self) -> tuple[int, int]:
        """As ``Counters.under_way``."""
        return self.counters.under_way(self.api.talking)

    def figures(self) -> dict[str, object]:
        """What is known of it: connections as the kernel counted them, those to the Runtime API left out."""
        now = self.counted()
        return {
            "number": self.number,
            "address": self.address,
            "stream": self.log_stream,
            "invocations": self.invocations,
            "starts": self.starts,
            "opened": now.opened,
            "failed": now.failed,
            "held": now.held,
        }

    # ---- what the runtime says

    def _asks(self) -> None:
        if not self._init_took:
            self._init_took = time.monotonic() - self._began_init
        self._asking.set()

    def _answers(self, answer: Answer) -> None:
        if answer.kind == INIT_ERROR:
            self._failed_with = answer.error_type
            self._drain()
        elif self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(answer)

    # ---- its process

    async def _init_phase(self) -> None:
        """Start the first runtime and wait until it asks for an event.

        One that fails or does not get there in time is started once more as part of the invocation: then the
        function's own timeout counts.
        """
        self._start()
        if not await self._first(self._asking, self._gone, until=self._began_init + INIT_PHASE.value):
            self._kill()
            self._report_init("init", "timeout", INIT_PHASE.value)
        elif self._gone.is_set():
            self._report_init("init", "error")

    def _report_init(self, phase: str, status: str, seconds: float | None = None) -> None:
        took = time.monotonic() - self._began_init if seconds is None else seconds
        self._log(init_report(took, phase, status, self._failed_with or "Runtime.ExitError"))

    def _start(self) -> None:
        self._asking.clear()
        self._gone.clear()
        self._began_init, self._init_took = time.monotonic(), 0.0
        self._failed_with, self._exit, self._most_memory = "", Exit(), 0
        self.starts += 1
        output, inlet = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(inlet, True)
        self.process = start(self.plan, self.space, variables(self.plan, self.log_stream), inlet)
        os.close(inlet)
        self._output, self._said, self._stopped = output, b"", False
        loop = asyncio.get_running_loop()
        loop.add_reader(output, self._drain)
        self._log(f"INIT_START Runtime Version: python (narrows lab)\tRuntime Version ARN: {self._arn}")
        watched, process = os.pidfd_open(self.process), self.process
        loop.add_reader(watched, lambda: self._ended(watched, process))

    def _ended(self, watched: int, process: int) -> None:
        asyncio.get_running_loop().remove_reader(watched)
        os.close(watched)
        # It may have left children, whose process group is its own until it is waited for.
        with suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            status = Exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
            if process == self.process:
                self._exit = status
        if process == self.process:
            self._forget()

    def _forget(self) -> None:
        self._drain()
        if self._output >= 0:
            asyncio.get_running_loop().remove_reader(self._output)
            os.close(self._output)
            self._output = -1
        self.process = 0
        self.api.forget()
        self._asking.clear()
        self._gone.set()
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(None)

    def _kill(self) -> None:
        if self.process:
            self._signal(signal.SIGKILL)
            self._forget()

    def _freeze(self) -> None:
        if self.plan.function.freezes and self.process:
            self._signal(signal.SIGSTOP)
            self._stopped = True

    def _thaw(self) -> None:
        if self._stopped:
            self._signal(signal.SIGCONT)
            self._stopped = False

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process, number)

    async def _first(self, *events: asyncio.Event, until: float) -> bool:
        """Wait until one of them is set; False where that takes longer, by the monotonic clock."""
        waiting = [asyncio.ensure_future(one.wait()) for one in events]
        try:
            left = max(0.0, until - time.monotonic())
            done, _ = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            return bool(done)
        finally:
            for one in waiting:
                one.cancel()

    # ---- its log

    def _drain(self) -> None:
        """Log the lines that it has printed."""
        for _ in range(_MOST_READS if self._output >= 0 else 0):
            try:
                some = os.read(self._output, 1 << 16)
            except BlockingIOError:
                break
            if not some:
                break
            self._said += some
        *lines, self._said = self._said.split(b"\n")
        if len(self._said) > _LONGEST_LINE:
            lines.append(self._said)
            self._said = b""
        for line in lines:
            # The runtime ends the lines of one message with CR where nothing frames it.
            self._log(line.decode(errors="replace").rstrip("\r").replace("\r", "\n"))

    def _log(self, message: str) -> None:
        self.journal.log(time.time(), self.log_stream, f"{message}\n")

    def _over(self, request: str, began: float, ended: Ended, took: float, *, cold: bool) -> Ended:
        self._drain()
        took = min(took, self.plan.function.timeout) if ended is Ended.TIMEOUT else took
        init = self._init_took if cold and self.starts == 1 else 0.0
        failed = (self._exit, self._failed_with or "Runtime.ExitError")
        for line in closing_lines(self.plan.function, request, ended, took, init, self._memory(), failed):
            self._log(line)
        self.journal.invocation(began, self.number, ended, took, cold=cold)
        self.invocations += 1
        return ended

    def _memory(self) -> int:
        now = most_memory(self.process) if self.process else 0
        return min(self.plan.function.memory, max(now, self._most_memory))

    def _request(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    @property
    def _arn(self) -> str:
        return f"arn:aws:lambda:{self.plan.region}:123456789012:function:{self.plan.function.name}"
