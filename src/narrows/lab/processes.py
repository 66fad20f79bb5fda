"""The lab's processes: each a fork in one network namespace, gone when the director is gone."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

from narrows.lab.namespaces import LabError, Namespace


def spawn(namespace: Namespace, work: Callable[[], None]) -> int:
    """Run ``work`` in a process of its own inside a network namespace; gives its process id."""
    gc.freeze()
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        # Nothing here makes cycles, and looking for them among all connections takes longer with each.
        gc.disable()
        # Nobody is pushed off a core by an answer that comes: taking many at a time is cheaper.
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        namespace.enter()
        work()
        status = 0
    except LabError as error:
        print(error, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def ended() -> dict[int, int]:
    """Exit codes of the children that ended since the last call, by process id."""
    found: dict[int, int] = {}
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if process == 0:
            return found
        found[process] = os.waitstatus_to_exitcode(status)
