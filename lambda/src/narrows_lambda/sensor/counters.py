"""How many: the kernel's own counters of TCP, which miss no connection, whoever opened it and however short it lived.

They belong to the network namespace, not to the process: what extensions and child processes open is in them too.
"""

from __future__ import annotations

import errno
import os

_SNMP, _NETSTAT = "/proc/self/net/snmp", "/proc/self/net/netstat"
_MOST_BYTES = 16_384
"""Of one of these files; they have four thousand."""
_WANTED = (b"ActiveOpens", b"PassiveOpens", b"AttemptFails", b"RetransSegs")


class Counts:
    """What the kernel has counted since the namespace began."""

    __slots__ = ("accepted", "attempts", "failed", "syn_retransmits")

    def __init__(self, attempts: int, accepted: int, failed: int, syn_retransmits: int | None) -> None:
        self.attempts = attempts
        """``ActiveOpens``: connections that were begun, whatever became of them."""
        self.accepted = accepted
        """``PassiveOpens``: connections that were accepted."""
        self.failed = failed
        """``AttemptFails``: of those, refused, or given up by the kernel. What the client gave up is not in it."""
        self.syn_retransmits = syn_retransmits
        """``TCPSynRetrans``; None where the kernel does not tell."""


class KernelCounters:
    """Reads them, and no more than is needed: the second file costs four times the first."""

    def __init__(self) -> None:
        self._retransmitted: int | None = None
        self._syn_retransmits: int | None = None
        self._names = b""
        self._places = 0, 0, 0, 0

    def read(self) -> Counts | None:
        """The counters now; None where they cannot be read, which is not the same as 0."""
        try:
            names, numbers = table(_KEPT.read(), b"Tcp")
            if names != self._names:
                at = names.split()
                self._places = at.index(_WANTED[0]), at.index(_WANTED[1]), at.index(_WANTED[2]), at.index(_WANTED[3])
                self._names = names
            values = numbers.split()
            attempts, accepted, failed, retransmitted = [int(values[place]) for place in self._places]
        except (OSError, ValueError, IndexError):
            return None
        # A SYN that is sent again is a segment that is sent again.
        if retransmitted != self._retransmitted:
            try:
                names, numbers = table(_read(_NETSTAT), b"TcpExt")
                self._syn_retransmits = int(numbers.split()[names.split().index(b"TCPSynRetrans")])
            except (OSError, ValueError, IndexError):
                self._syn_retransmits = None
            self._retransmitted = retransmitted
        return Counts(attempts, accepted, failed, self._syn_retransmits)


class KeptFile:
    """A file of /proc that is opened once: to open it takes longer than to read it.

    The function may close any descriptor, and its number is then another's. So a duplicate is looked at, which nobody
    else has: if that is another file, it is not read and the kept one not closed; it is opened anew.
    """

    def __init__(self, path: str) -> None:
        """Nothing is opened yet."""
        self._path = path
        self._descriptor = -1
        self._is: tuple[int, int] | None = None

    def read(self) -> bytes:
        """What stands in it now.

        Raises:
            OSError: it cannot be read.
        """
        if self._is is not None:
            try:
                own = os.dup(self._descriptor)
            except OSError as error:
                if error.errno != errno.EBADF:
                    raise
                self._is = None
                return self.read()
            try:
                if _identity(own) == self._is:
                    # At its beginning, wherever a parent or child that shares it is.
                    return os.pread(own, _MOST_BYTES, 0)
            finally:
                os.close(own)
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        self._is = _identity(self._descriptor)
        return os.pread(self._descriptor, _MOST_BYTES, 0)


_KEPT = KeptFile(_SNMP)
"""That of this process."""


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)


def table(text: bytes, name: bytes) -> tuple[bytes, bytes]:
    """One table of such a file: its line of names, and its line of numbers.

    Raises:
        ValueError: there is no such table in it, or it is not of that form.
    """
    _, names, numbers = (b"\n" + text).split(b"\n" + name + b": ", 2)
    return names, numbers.partition(b"\n")[0]
