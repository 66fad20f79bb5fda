"""Whose rights the lab's processes have on this machine, and which each of them keeps.

Root's lab has the rights of the user who asked (``sudo``), else of nobody: what runs in it can read no file of root's.
Inside, its first process may configure the lab's own network and nothing else; each process that it starts keeps only
what it needs for its work, and a user's command keeps nothing at all.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

NET_ADMIN, SYS_ADMIN, SET_FILE_CAPABILITIES = 12, 21, 31
_NOBODY = 65534
_LARGEST_ID = 2**32 - 2
_NEW_USER, _NEW_MOUNT = 0x10000000, 0x00020000
_SET_DUMPABLE, _DROP_BOUNDING, _NO_NEW_PRIVILEGES, _AMBIENT, _CLEAR_ALL = 4, 24, 38, 47, 4
_VERSION_3 = 0x20080522
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND = 1, 2, 4, 8, 32, 4096

_KEPT_VARIABLES = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "TMPDIR", "JAVA_HOME", "LD_LIBRARY_PATH")
"""Of the environment, beside the language, for a user's command: no credentials go to it by the way."""


def outside_ids() -> tuple[int, int]:
    """The user and group that the lab's processes are outside of it."""
    user, group = os.geteuid(), os.getegid()
    if user != 0:
        return user, group
    asked = _id("SUDO_UID"), _id("SUDO_GID")
    return asked if all(asked) else (_NOBODY, _NOBODY)


def _id(variable: str) -> int:
    text = os.environ.get(variable, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    return number if number <= _LARGEST_ID else 0


class OtherUser:
    """A user namespace's root that is another user outside: only a process that stays outside can write that map."""

    def __init__(self, user: int, group: int) -> None:
        """Start that process, before this one enters its user namespace."""
        wait, self._go = os.pipe()
        parent = os.getpid()
        self._writer = os.fork()
        if self._writer == 0:
            os.close(self._go)
            os._exit(_write_maps(parent, user, group) if os.read(wait, 1) else 1)
        os.close(wait)

    def become(self) -> bool:
        """Have the map written, and be that user; False, and nothing done, where this root may not (in a container)."""
        os.write(self._go, b".")
        os.close(self._go)
        _, status = os.waitpid(self._writer, 0)
        if status != 0:
            return False
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        # A process that was root hides its own /proc from whom it became.
        _libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)
        return True


def _write_maps(process: int, user: int, group: int) -> int:
    try:
        Path(f"/proc/{process}/uid_map").write_text(f"0 {user} 1")
        Path(f"/proc/{process}/gid_map").write_text(f"0 {group} 1")
    except OSError:
        return 1
    return 0


def keep_only(capabilities: Collection[int] = ()) -> None:
    """Give up all other capabilities, for this process and whatever it becomes; no program gives any back."""
    _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _libc.prctl(_AMBIENT, _CLEAR_ALL, 0, 0, 0)
    number = 0
    # The first that the kernel does not know ends it.
    while number in capabilities or _libc.prctl(_DROP_BOUNDING, number, 0, 0, 0) == 0:
        number += 1
    kept = sum(1 << one for one in capabilities)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    if _libc.capset(header, (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)) != 0:
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")


def become_a_users_command(mounting: Callable[[], None] | None = None) -> None:
    """Be an ordinary user again, in a user namespace of its own: without rights over the lab, or anything else.

    Args:
        mounting: what is done in its own mount namespace, as long as it may mount there.
    """
    user, group = _outside("uid_map"), _outside("gid_map")
    if _libc.unshare(_NEW_USER | _NEW_MOUNT) == 0:
        for name, content in (("setgroups", "deny"), ("uid_map", f"{user} 0 1"), ("gid_map", f"{group} 0 1")):
            Path("/proc/self", name).write_text(content)
    # The lab's sysctls belong to the user that this still is outside.
    safe = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC | _MS_BIND
    if _libc.mount(b"/proc/sys", b"/proc/sys", None, _MS_BIND, None) == 0:
        _libc.mount(None, b"/proc/sys", None, safe | _MS_REMOUNT | _MS_RDONLY, None)
    if mounting is not None:
        mounting()
    keep_only()


def _outside(name: str) -> int:
    return int(Path("/proc/self", name).read_text().split()[1])


def command_environment(folder: str) -> dict[str, str]:
    """The environment of a user's command; its home is the lab's own folder where it cannot enter the user's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT_VARIABLES or name in ("LANG", "LANGUAGE") or name.startswith("LC_")
    }
    with suppress(KeyError):
        if not os.access(kept["HOME"], os.X_OK):
            kept["HOME"] = folder
    return kept
