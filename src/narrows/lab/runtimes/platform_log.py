"""What Lambda itself writes into a function's log about its runtime."""

from __future__ import annotations

import time
from collections.abc import Iterator

from narrows.lab.runtimes.journal import Ended
from narrows.lab.runtimes.plan import Function
from narrows.lab.runtimes.process import Exit


def init_report(took: float, phase: str, status: str, error_type: str) -> str:
    """Of an initialization that came to nothing.

    Args:
        took: seconds.
        phase: ``init``, or ``invoke`` where it was part of an invocation.
        status: ``timeout`` or ``error``.
        error_type: as the runtime told it.
    """
    error = f"\tError Type: {error_type}" if status == "error" else ""
    return f"INIT_REPORT Init Duration: {took * 1000:.2f} ms\tPhase: {phase}\tStatus: {status}{error}"


def closing_lines(
    function: Function, request: str, ended: Ended, took: float, init: float, memory: int, failed: tuple[Exit, str]
) -> Iterator[str]:
    """Those at the end of an invocation.

    Args:
        function: that was invoked.
        request: its id.
        ended: how.
        took: seconds.
        init: seconds of the init phase before it; 0 where there was none.
        memory: the most that it had, MB.
        failed: how the runtime ended, and the type of its error, where ``ended`` is ``EXIT``.
    """
    status = ""
    if ended is Ended.TIMEOUT:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        status = "\tStatus: timeout"
        yield f"{moment} {request} Task timed out after {function.timeout:.2f} seconds"
    elif ended is Ended.EXIT:
        how, error_type = failed
        status = f"\tStatus: error\tError Type: {error_type}"
        yield f"RequestId: {request} Error: Runtime exited {how.words}\nRuntime.ExitError"
    yield f"END RequestId: {request}"
    parts = [
        f"REPORT RequestId: {request}",
        f"Duration: {took * 1000:.2f} ms",
        f"Billed Duration: {int(took * 1000) + 1} ms",
        f"Memory Size: {function.memory} MB",
        f"Max Memory Used: {memory} MB",
    ]
    if init:
        parts.append(f"Init Duration: {init * 1000:.2f} ms")
    yield "\t".join(parts) + status + "\t"
