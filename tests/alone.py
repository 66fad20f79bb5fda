"""Commands that each have a network namespace that is theirs alone, and that end with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress

_NAMESPACE = ("unshare", "--net", "--map-root-user")
"""An ordinary user needs a user namespace for one of networks; root has no need of it, and PostgreSQL none of that."""
_ENDS = ("setpriv", "--pdeathsig", "TERM")
_running: set[subprocess.Popen[str]] = set()


def alone(command: Sequence[str], *, before: str = "true", seconds: float = 500.0) -> str:
    """What a command prints in a network namespace that is its alone.

    Args:
        command: that. It gets SIGTERM where this process ends.
        before: what the shell runs first, once loopback is there.
        seconds: it may take.

    Raises:
        RuntimeError: the namespace could not be made, or the command failed.
    """
    namespace = _NAMESPACE[:2] if os.geteuid() == 0 else _NAMESPACE
    shell = ("sh", "-c", f'ip link set lo up && {before} && exec "$@"', "sh")
    # Ctrl-C is for this process; it ends the others in good order, once.
    with subprocess.Popen(
        [*namespace, *shell, *_ENDS, *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        _running.add(process)
        try:
            said, complained = process.communicate(timeout=seconds)
        except BaseException:
            process.terminate()
            raise
        finally:
            _running.discard(process)
    if process.returncode:
        raise RuntimeError(f"{command[-1]}: {complained[-3_000:]}")
    return said


def each_alone(
    commands: Mapping[str, Sequence[str]], *, at_once: int = 2, told: Callable[[str], None] = lambda _: None
) -> list[str]:
    """What each command prints, some at a time, each in a network namespace of its own.

    Args:
        commands: by name.
        at_once: so many at a time.
        told: called with the name of each that is done.

    Raises:
        RuntimeError: as ``alone``.
    """
    with ThreadPoolExecutor(at_once) as pool:
        names = {pool.submit(alone, command): name for name, command in commands.items()}
        try:
            for done in as_completed(names):
                done.result()
                told(names[done])
        except BaseException:
            for one in names:
                one.cancel()
            for process in tuple(_running):
                with suppress(ProcessLookupError):
                    process.terminate()
            raise
    return [done.result() for done in names]


def end_in_order() -> None:
    """Let SIGTERM undo what was begun, as Ctrl-C does: for a command that runs alone."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))


def why_not_alone(command: Sequence[str] = ("true",)) -> str | None:
    """Why a command cannot run in a network namespace of its own; None where it can."""
    try:
        alone(command)
    except (OSError, RuntimeError) as error:
        return f"no network namespace here: {error}"
    return None
