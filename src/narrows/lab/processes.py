"""The lab's processes: each a fork in one network namespace, gone when the director is gone."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

from narrows.lab.namespaces import LabError, Namespace
from narrows.lab.privileges import become_a_users_command, command_environment, keep_only

CANNOT_RUN, NOT_THERE = 126, 127
"""Exit codes of a command that is there and may not be run, and of one that is not there, as shells have them."""


def spawn(namespace: Namespace, work: Callable[[], None], *, keeping: Collection[int] = ()) -> int:
    """Run ``work`` in a process of its own inside a network namespace; gives its process id.

    It keeps these capabilities and no others.
    """

    def keeping_only() -> None:
        keep_only(keeping)
        work()

    return fork_into(namespace, keeping_only)


def spawn_command(namespace: Namespace, command: Sequence[str], *, quiet: bool) -> int:
    """Run a user's command there, without any rights; ``quiet`` drops what it prints on stdout."""
    return fork_into(namespace, lambda: _become(command, quiet))


def _become(command: Sequence[str], quiet: bool) -> None:
    become_a_users_command()
    environment = command_environment(str(Path.cwd()))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing if quiet else 2, 1)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores them, and what is ignored stays so.
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(command[0], list(command), environment)
    except OSError as error:
        print(f"'{command[0]}' cannot be run by user {os.geteuid()}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(NOT_THERE if isinstance(error, FileNotFoundError) else CANNOT_RUN)


def fork_into(namespace: Namespace, work: Callable[[], None]) -> int:
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
