"""How many: the kernel's own counters of TCP, which miss no connection, whoever opened it and however short it lived.

They belong to the network namespace, not to the process: what extensions and child processes open is in them too.
"""

from __future__ import annotations

import os

_SNMP, _NETSTAT = "/proc/self/net/snmp", "/proc/self/net/netstat"
_MOST_BYTES = 16_384
"""Of one of these files; they have four thousand."""
_WANTED = (b"ActiveOpens", b"AttemptFails", b"RetransSegs")


class Counts:
    """What the kernel has counted since the namespace began."""

    __slots__ = ("attempts", "failed", "syn_retransmits")

    def __init__(self, attempts: int, failed: int, syn_retransmits: int | None) -> None:
        self.attempts = attempts
        """``ActiveOpens``: connections that were begun, whatever became of them."""
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
        self._places = 0, 0, 0

    def read(self) -> Counts | None:
        """The counters now; None where they cannot be read, which is not the same as 0."""
        try:
            names, numbers = table(_SNMP, b"Tcp")
            if names != self._names:
                at = names.split()
                self._places = at.index(_WANTED[0]), at.index(_WANTED[1]), at.index(_WANTED[2])
                self._names = names
            values = numbers.split()
            attempts, failed, retransmitted = [int(values[place]) for place in self._places]
        except (OSError, ValueError, IndexError):
            return None
        # A SYN that is sent again is a segment that is sent again.
        if retransmitted != self._retransmitted:
            try:
                names, numbers = table(_NETSTAT, b"TcpExt")
                self._syn_retransmits = int(numbers.split()[names.split().index(b"TCPSynRetrans")])
            except (OSError, ValueError, IndexError):
                self._syn_retransmits = None
            self._retransmitted = retransmitted
        return Counts(attempts, failed, self._syn_retransmits)


def table(path: str, name: bytes) -> tuple[bytes, bytes]:
    """One table of such a file: its line of names, and its line of numbers.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no such table in it, or it is not of that form.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        text = b"\n" + os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)
    _, names, numbers = text.split(b"\n" + name + b": ", 2)
    return names, numbers.partition(b"\n")[0]
