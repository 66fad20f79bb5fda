"""What a run may have left on the machine: processes with its mark, sysctls, mounts."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

MARK = "BENCH_MARK"
"""The variable of the environment that marks a run's processes."""
_MUST_BE_GONE = 10.0
_UNSTEADY = (
    "random/",
    "/dentry-state",
    "/file-nr",
    "/inode-",
    "ns_last_pid",
    "nf_conntrack_count",
    "/cad_pid",
    "pty/nr",
)
_SYSCTLS = ("net", "user", "fs", "kernel", "vm")


def processes_left(mark: str) -> list[str]:
    """The commands of the processes that carry a mark and are still there after some seconds."""
    until = time.monotonic() + _MUST_BE_GONE
    while (found := marked(mark)) and time.monotonic() < until:
        time.sleep(0.02)
    return [_command_of(process) for process in found]


def marked(mark: str) -> list[int]:
    """The processes that carry a mark."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found


def _command_of(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return str(process)


def sysctls() -> dict[str, str]:
    """Every sysctl that does not change by itself."""
    found = {}
    for part in _SYSCTLS:
        for file in Path("/proc/sys", part).rglob("*"):
            if not any(word in str(file) for word in _UNSTEADY):
                with suppress(OSError, UnicodeDecodeError):
                    if file.is_file():
                        found[str(file)] = file.read_text()
    return found


def mounts() -> str:
    """What is mounted."""
    return Path("/proc/self/mountinfo").read_text()
