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
from pathlib import Path

from narrows.lab.namespaces import Namespace
from narrows.lab.runtimes.api import Answer, Event, RuntimeApi
from narrows.lab.runtimes.counters import Counted, Counters
from narrows.lab.runtimes.journal import Ended, Journal
from narrows.lab.runtimes.plan import RuntimePlan
from narrows.lab.runtimes.process import API_PORT, start, variables
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
        self.api = RuntimeApi(self._asks, self._answers, self._fails)
        self.process = 0
        self.invocations = self.starts = 0
        self._stopped = False
        self._asking = asyncio.Event()
        self._outcome: asyncio.Future[Answer | None] | None = None
        self._gone: asyncio.Event = asyncio.Event()
        self._said = b""
        self._output = -1
        self._began_init = self._init_took = 0.0
        self._report = ""

    async def listen(self) -> None:
        """Answer the runtime, once there is one."""
        await self.api.listen(self._listening)

    async def invoke(self, began: float) -> Ended:
        """Invoke the function once; a runtime is started first where there is none.

        Args:
            began: seconds since second 0, when the invocation was due.
        """
        cold, timeout = self.process == 0, self.plan.function.timeout
        spent = await self._init() if cold else 0.0
        request = self._request()
        if spent >= timeout:
            self._kill()
            self._log(f"START RequestId: {request} Version: $LATEST")
            return self._over(request, began, Ended.TIMEOUT, timeout, cold=cold)
        if self._gone.is_set() or not self._asking.is_set():
            return self._over(request, began, Ended.EXIT, 0.0, cold=cold)
        self._thaw()
        self._asking.clear()
        self._outcome = asyncio.get_running_loop().create_future()
        self._log(f"START RequestId: {request} Version: $LATEST")
        since = time.monotonic() - spent
        deadline = int((time.time() + timeout - spent) * 1000)
        self.api.hand_out(Event(request, self._arn, deadline, b"{}"))
        try:
            answer = await asyncio.wait_for(self._outcome, timeout - spent)
        except TimeoutError:
            self._kill()
            return self._over(request, began, Ended.TIMEOUT, time.monotonic() - since, cold=cold)
        took = time.monotonic() - since
        ended = Ended.EXIT if answer is None else Ended.ERROR if answer.failed else Ended.OK
        over = self._over(request, began, ended, took, cold=cold)
        if answer is not None:
            # Lambda freezes it once it asks for the next event; until then it may do what it likes.
            await self._first(self._asking, self._gone)
            if not self._gone.is_set():
                self._freeze()
        return over

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
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(answer)

    def _fails(self, _: bytes) -> None:
        self._drain()

    # ---- its process

    async def _init(self) -> float:
        """Start a runtime and wait until it asks for an event, or is gone; gives the invocation's seconds it took.

        One that does not get there within the init phase is started once more as part of the invocation: from then on
        the function's own timeout counts.
        """
        self._start()
        if await self._first(self._asking, self._gone, within=INIT_PHASE.value):
            return 0.0
        self._kill()
        self._log(f"INIT_REPORT Init Duration: {INIT_PHASE.value * 1000:.2f} ms\tPhase: init\tStatus: timeout")
        self._start()
        timeout = self.plan.function.timeout
        if not await self._first(self._asking, self._gone, within=timeout):
            return timeout
        return min(timeout, time.monotonic() - self._began_init)

    def _start(self) -> None:
        self._asking.clear()
        self._gone.clear()
        self._began_init, self._init_took = time.monotonic(), 0.0
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
        with suppress(ChildProcessError):
            os.waitpid(process, 0)
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

    async def _first(self, *events: asyncio.Event, within: float | None = None) -> bool:
        """Wait until one of them is set; False where that takes longer than so many seconds."""
        waiting = [asyncio.ensure_future(one.wait()) for one in events]
        try:
            done, _ = await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
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
        timeout = self.plan.function.timeout
        if ended is Ended.TIMEOUT:
            moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            self._log(f"{moment} {request} Task timed out after {timeout:.2f} seconds")
            took = timeout
        elif ended is Ended.EXIT:
            self._log(f"RequestId: {request} Error: Runtime exited\nRuntime.ExitError")
        self._log(f"END RequestId: {request}")
        status = {Ended.TIMEOUT: "\tStatus: timeout", Ended.EXIT: "\tStatus: error\tError Type: Runtime.ExitError"}
        parts = [
            f"REPORT RequestId: {request}",
            f"Duration: {took * 1000:.2f} ms",
            f"Billed Duration: {int(took * 1000) + 1} ms",
            f"Memory Size: {self.plan.function.memory} MB",
            f"Max Memory Used: {self._most_memory()} MB",
        ]
        if cold and self._init_took:
            parts.append(f"Init Duration: {self._init_took * 1000:.2f} ms")
        self._log("\t".join(parts) + status.get(ended, "") + "\t")
        self.journal.invocation(began, self.number, ended, took, cold=cold)
        self.invocations += 1
        return ended

    def _most_memory(self) -> int:
        with suppress(OSError):
            for line in Path(f"/proc/{self.process}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) // 2**10
        return 0

    def _request(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    @property
    def _arn(self) -> str:
        return f"arn:aws:lambda:{self.plan.region}:123456789012:function:{self.plan.function.name}"
