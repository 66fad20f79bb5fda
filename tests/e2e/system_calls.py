"""What a command and all that it starts asks of the kernel, by ``strace``: which files, programs and addresses."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TRACED = (
    "execve,execveat,?open,?creat,openat,openat2,truncate,"
    "?mkdir,mkdirat,?rmdir,?unlink,unlinkat,?rename,renameat,renameat2,?link,linkat,?symlink,symlinkat,"
    "connect,bind,sendto,sendmsg,sendmmsg,clone,clone3,?fork,?vfork,unshare,setns"
)
_LINE = re.compile(r"(?P<process>\d+) +(?P<name>\w+)\((?P<rest>.*)")
_RESUMED = re.compile(r"(?P<process>\d+) +<\.\.\. \w+ resumed>(?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_ARGUMENT = re.compile(r'(?:AT_FDCWD|\d+)<(?P<file>[^>]*)>|"(?P<text>(?:[^"\\]|\\.)*)"')
_RESULT = re.compile(r"\) += (?P<number>-?\d+|\?)(?:<(?P<file>[^>]*)>)?(?: /\* (?P<outer>\d+) in strace's PID NS \*/)?")
_STARTS = ("clone", "clone3", "fork", "vfork")
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
_FAMILY = re.compile(r"sa_family=(\w+)")


@dataclass(frozen=True)
class Call:
    """One system call."""

    name: str
    paths: tuple[Path, ...]
    """The absolute paths that it names, links not followed; of ``execve`` only the program."""
    opened: Path | None
    """What an open led to, links followed."""
    writes: bool
    """Whether it makes, changes or removes what it names."""
    failed: bool
    family: str | None
    """Of the address that it is sent or bound to: ``AF_INET``; None where it has none."""
    in_own_network: bool
    """Whether the process was in a network namespace that the command had made."""
    line: str
    """As strace shows it."""


def why_not_traced() -> str | None:
    """Why no command can be traced here, or None."""
    if shutil.which("strace") is None:
        return "there is no strace here"
    tried = subprocess.run(["strace", "-f", "--seccomp-bpf", "-qq", "-o", os.devnull, "true"], capture_output=True)
    return None if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.decode()[:200]}"


def traced(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], trace: Path, until: Path | None = None
) -> tuple[subprocess.CompletedProcess[str], list[Call]]:
    """Run a command in a folder, and give what it printed and what it asked of the kernel.

    Args:
        trace: the file that strace writes.
        until: a file; when it is there, the command is interrupted as Ctrl-C does.
    """
    strace = ["strace", "-f", "--seccomp-bpf", "--decode-pids=pidns", "-qq", "-y", "-s", "4096", "-o", str(trace)]
    line = [*strace, "-e", f"trace={_TRACED}", *command]
    with subprocess.Popen(
        line,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as running:
        while until is not None and not until.exists() and running.poll() is None:
            time.sleep(0.1)
        if until is not None and running.poll() is None:
            # To all of them, as a terminal does; strace itself lets it pass.
            os.killpg(running.pid, signal.SIGINT)
        printed, complained = running.communicate()
    done = subprocess.CompletedProcess(line, running.returncode, printed, complained)
    with trace.open(errors="replace") as lines:
        return done, list(_calls(list(_whole(line.rstrip("\n") for line in lines)), folder))


def _whole(lines: Iterator[str]) -> Iterator[str]:
    """Each call in one line, in the order in which they began: one that another process came between has two."""
    found: list[str] = []
    waiting: dict[str, int] = {}
    for line in lines:
        resumed = _RESUMED.match(line)
        if resumed is None:
            if line.endswith(_UNFINISHED):
                waiting[line.split(maxsplit=1)[0]] = len(found)
                line = line.removesuffix(_UNFINISHED)
            found.append(line)
        elif resumed["process"] in waiting:
            found[waiting.pop(resumed["process"])] += resumed["rest"]
    return iter(found)


def _calls(lines: Sequence[str], folder: Path) -> Iterator[Call]:
    networks = _Networks(lines)
    for index, line in enumerate(lines):
        parts = _LINE.match(line)
        if parts is None or parts["name"] in (*_STARTS, "unshare", "setns"):
            continue
        name, rest = parts["name"], parts["rest"]
        result = _RESULT.search(rest)
        opens = name.startswith(("open", "creat"))
        family = _FAMILY.search(rest)
        paths = () if family or name.startswith("send") else tuple(_paths(rest, folder))
        yield Call(
            name,
            paths[:1] if name.startswith("exec") else paths,
            Path(result["file"]) if opens and result and result["file"] else None,
            name == "creat" or bool(_WRITES.search(rest)) if opens else not family and not name.startswith("exec"),
            result is None or result["number"].startswith("-"),
            family[1] if family else None,
            networks.is_own(parts["process"], index),
            line,
        )


def _paths(rest: str, folder: Path) -> Iterator[Path]:
    """A path is below the folder whose descriptor stands before it, or below the current one."""
    below = folder
    for argument in _ARGUMENT.finditer(rest.partition(", [")[0]):
        if argument["file"] is not None:
            below = Path(_plain(argument["file"]))
        else:
            yield Path(os.path.normpath(below / _plain(argument["text"])))
            below = folder


def _plain(escaped: str) -> str:
    return escaped.encode("latin-1", "replace").decode("unicode_escape")


class _Networks:
    """Which processes are in a network namespace of the command's own: those that made one, and their children."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.entered: dict[str, int] = {}
        self.born: dict[str, tuple[str, int]] = {}
        for index, line in enumerate(lines):
            parts = _LINE.match(line)
            result = _RESULT.search(line)
            if parts is None or result is None:
                continue
            if parts["name"] in _STARTS:
                self.born[result["outer"] or result["number"]] = (parts["process"], index)
            elif parts["name"] == "unshare" and "CLONE_NEWNET" in line and result["number"] == "0":
                self.entered.setdefault(parts["process"], index)

    def is_own(self, process: str, index: int) -> bool:
        """Whether the process was in one at the time of this line."""
        if self.entered.get(process, index) < index:
            return True
        return process in self.born and self.is_own(*self.born[process])
