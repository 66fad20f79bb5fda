"""What the kernel counted in the network namespace of one execution environment."""

from __future__ import annotations

import os
from dataclasses import dataclass

from narrows.lab.runtimes.process import API_PORT

_SYN_SENT, _ESTABLISHED = b"02", b"01"
_API_PORT = f":{API_PORT:04X} ".encode()


@dataclass(frozen=True)
class Counted:
    """Connections of the function, those to the Runtime API left out."""

    opened: int
    """Attempts: ``ActiveOpens``."""
    failed: int
    """``AttemptFails``: refused, or given up by the kernel; not those that the client gave up first."""
    held: int
    """Established now (or half-closed)."""


class Counters:
    """Make it inside of the namespace: its files stay those of that one."""

    def __init__(self) -> None:
        self._snmp = os.open("/proc/thread-self/net/snmp", os.O_RDONLY | os.O_CLOEXEC)
        self._tcp = os.open("/proc/thread-self/net/tcp", os.O_RDONLY | os.O_CLOEXEC)

    def read(self, taken: int, talking: int) -> Counted:
        """What is counted now, but for the connections to the Runtime API.

        Args:
            taken: so many of those since the beginning.
            talking: so many of those now.
        """
        rows = [line.split() for line in os.pread(self._snmp, 1 << 14, 0).splitlines() if line.startswith(b"Tcp:")]
        values = dict(zip(rows[0][1:], map(int, rows[1][1:]), strict=True))
        # Both ends of a connection to the Runtime API are here.
        opened = values[b"ActiveOpens"] - taken
        return Counted(max(0, opened), values[b"AttemptFails"], max(0, values[b"CurrEstab"] - 2 * talking))

    def under_way(self, talking: int) -> tuple[int, int]:
        """(connects that wait for an answer, those to the Runtime API that it has not taken yet)."""
        lines = self._lines()
        queued = sum(1 for line in lines if line[14:20] == _API_PORT and line[34:36] == _ESTABLISHED) - talking
        return sum(1 for line in lines if line[34:36] == _SYN_SENT), max(0, queued)

    def close(self) -> None:
        """Read no more."""
        os.close(self._snmp)
        os.close(self._tcp)

    def _lines(self) -> list[bytes]:
        os.lseek(self._tcp, 0, os.SEEK_SET)
        parts = []
        while part := os.read(self._tcp, 1 << 16):
            parts.append(part)
        return b"".join(parts).splitlines()[1:]
