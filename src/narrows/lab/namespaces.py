"""Namespaces: made by the process itself, held by its file descriptors, gone with it.

Nothing here leaves a name anywhere (no /var/run/netns, no bind mount), so nothing is left to clean up, not even after
``kill -9``.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from narrows.errors import InputError
from narrows.lab.privileges import OtherUser, outside_ids

_NEW_USER, _NEW_NET, _NEW_PID, _NEW_MOUNT = 0x10000000, 0x40000000, 0x20000000, 0x00020000
_PR_SET_PDEATHSIG = 1
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 0x1000, 0x4000, 1 << 18

_FOLDERS = ("/mnt", "/media", "/srv")
"""What the lab's own folder hides from the lab, and from nobody else: the first of these that is there."""

_libc = ctypes.CDLL(None, use_errno=True)


class LabError(InputError):
    """The machine does not let the lab do something that it needs; one line that says what."""


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise LabError(f"{what}: {os.strerror(number)}")


def die_with_parent(parent: int) -> None:
    """Be killed when the process ``parent``, which made this one, ends for whatever reason."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "no signal at the parent's death")
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def enter_user_namespace() -> bool:
    """Move this process into a user namespace of its own, where it may make others.

    Its user is root there, and everywhere else stays who it is; root is an ordinary user from then on. The process's
    next child is the first one of a new process namespace: when that one ends, the kernel ends everything in it.

    Gives False where root was to become another user, and may not: then it stays root outside.
    """
    outside, own = outside_ids(), (os.geteuid(), os.getegid())
    other = None if outside == own else OtherUser(*outside)
    _check(_libc.unshare(_NEW_USER), "no user namespace")
    became = other is None or other.become()
    if other is None or not became:
        _be_root_here(*own)
    # The network namespace is to come back to: the one outside belongs to another user namespace.
    _check(_libc.unshare(_NEW_MOUNT | _NEW_PID | _NEW_NET), "no mount, process and network namespace")
    return became


def _be_root_here(user: int, group: int) -> None:
    for name, content in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        try:
            Path(f"/proc/self/{name}").write_text(content)
        except OSError as error:
            raise LabError(f"the user namespace takes no {name}: {error.strerror}") from None


def hidden_folder() -> str:
    """The folder that the lab's own takes the place of, in the lab."""
    return next((one for one in _FOLDERS if Path(one).is_dir()), "/tmp")


def own_files(resolver: str) -> str:
    """Give the lab a folder of its own, in memory; its name server; and a /proc that shows its own processes.

    All for real servers and clients; the last two only where the machine allows it. Gives the folder.
    """
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "no mount namespace of its own")
    safe = _MS_NOSUID | _MS_NODEV
    folder = hidden_folder()
    made = _libc.mount(b"tmpfs", folder.encode(), b"tmpfs", safe, b"size=256m,mode=1777")
    _check(made, "no file system in memory")
    servers = Path(folder, "resolv.conf")
    servers.write_text(f"nameserver {resolver}\noptions timeout:2 attempts:2\n")
    _libc.mount(bytes(servers), b"/etc/resolv.conf", None, _MS_BIND, None)
    # In a container the old /proc may be masked, and then a new one is not allowed.
    _libc.mount(b"proc", b"/proc", b"proc", safe | _MS_NOEXEC, None)
    return folder


class Namespace:
    """One network namespace, held by an open file. A context manager: made on entry, gone on exit."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.file = -1

    def __enter__(self) -> Namespace:
        home = _open_own()
        try:
            _check(_libc.unshare(_NEW_NET), f"no network namespace for {self.name}")
            self.file = _open_own()
        finally:
            _check(_libc.setns(home, _NEW_NET), "no way back")
            os.close(home)
        with self.inside():
            self.run(["ip", "link", "set", "lo", "up"])
        return self

    def __exit__(self, *_: object) -> None:
        if self.file >= 0:
            os.close(self.file)
            self.file = -1

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Let this process (all that it opens and starts) be in the namespace for a while."""
        home = _open_own()
        try:
            self.enter()
            yield
        finally:
            _check(_libc.setns(home, _NEW_NET), "no way back")
            os.close(home)

    def enter(self) -> None:
        """Move this process into the namespace for good."""
        _check(_libc.setns(self.file, _NEW_NET), f"no way into {self.name}")

    def run(self, command: Sequence[str], text: str | None = None, pass_files: Sequence[int] = ()) -> None:
        """Run a command in this process's current namespace, with ``text`` on its stdin; a failure is a LabError."""
        done = subprocess.run(command, input=text, text=True, capture_output=True, pass_fds=pass_files, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise LabError(f"{command[0]} fails in {self.name}: {said[0] if said else done.returncode}")

    def set_sysctls(self, values: Mapping[str, int | str]) -> None:
        """Set sysctls that belong to the namespace; it must be entered. Those that the kernel lacks are passed over."""
        for name, value in values.items():
            file = Path("/proc/sys") / name
            if file.exists():
                try:
                    file.write_text(f"{value}\n")
                except OSError as error:
                    raise LabError(f"sysctl {name} cannot be set in {self.name}: {error.strerror}") from None


def _open_own() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
