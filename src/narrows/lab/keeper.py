"""A process of its own: it enters the lab's user namespace and starts the lab's first process there.

All imports come before that: root's lab goes on as an ordinary user, who may not be able to read root's library.
The blueprint comes on stdin, which stays open as long as the run is wanted. It is killed when its parent dies, and
what it started dies with it.
"""

from __future__ import annotations

import ctypes
import encodings.ascii
import encodings.idna  # noqa: F401 - as above
import os
import pickle
import signal
import struct
import sys
import traceback

from narrows.lab.blueprint import Blueprint
from narrows.lab.director import direct
from narrows.lab.memory import SharedMemory
from narrows.lab.namespaces import LabError, die_with_parent, enter_user_namespace

FAILED = 3
"""Exit code: the last line on stdout says why; stderr is also that of the commands that run in the lab."""
STAYS_ROOT = (
    "root may not become another user here (a container without CAP_SETUID?): what ran in the lab, commands of --serve "
    "and --run too, ran as root with its groups, without capabilities"
)
SIZES = struct.Struct("<qqq")
"""Before the blueprint: its length, and how many changes and environments there are."""


def main(parent_id: str, memory_file: str) -> int:
    """Run the lab; gives the exit code.

    Args:
        parent_id: the process that wants this run.
        memory_file: the descriptor of the shared memory.
    """
    parent, file = int(parent_id), int(memory_file)
    die_with_parent(parent)
    stdin = sys.stdin.fileno()
    length, changes, environments = SIZES.unpack(_exactly(stdin, SIZES.size))
    blueprint: Blueprint = pickle.loads(_exactly(stdin, length))
    memory = SharedMemory(file, blueprint, changes, environments)
    try:
        if not enter_user_namespace():
            print(STAYS_ROOT, flush=True)
        # Entering another user namespace can take the signal back.
        die_with_parent(parent)
    except LabError as error:
        print(error, flush=True)
        return FAILED
    process = os.fork()
    if process == 0:
        os._exit(_direct(blueprint, memory, stdin))
    os.close(stdin)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    return FAILED if code < 0 else code


def _direct(blueprint: Blueprint, memory: SharedMemory, stdin: int) -> int:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    try:
        direct(blueprint, memory, stdin)
    except LabError as error:
        print(error, flush=True)
        return FAILED
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _exactly(file: int, length: int) -> bytes:
    parts = b""
    while len(parts) < length:
        part = os.read(file, length - len(parts))
        if not part:
            raise SystemExit(FAILED)
        parts += part
    return parts
