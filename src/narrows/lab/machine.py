"""What this machine gives the lab: descriptors, memory, connections that the kernel tracks, cores."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path

_MOST_DESCRIPTORS = 1_000_000
_USUAL_CONNTRACK_MAX = 262_144
"""Where nothing says: the kernel's default for machines with more than 4 GB. The doctor measures it."""


@dataclass(frozen=True)
class Machine:
    """What there is."""

    descriptors: int
    """Open files that one process may have."""
    conntrack_max: int
    """Connections that the kernel tracks in one network namespace."""
    memory: int
    """Bytes that are available."""
    cores: int


def look_around() -> Machine:
    """What this machine gives. Raises this process's own limit on open files as far as it may."""
    return Machine(raise_descriptors(), _conntrack_max(), _memory(), os.cpu_count() or 1)


def raise_descriptors() -> int:
    """Raise this process's own limit on open files as far as it may; gives what it is then."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
    if os.geteuid() == 0:
        try:
            ceiling = int(Path("/proc/sys/fs/nr_open").read_text())
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(_MOST_DESCRIPTORS, ceiling),) * 2)
        except (OSError, ValueError):
            pass
        else:
            return min(_MOST_DESCRIPTORS, ceiling)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def _conntrack_max() -> int:
    try:
        return int(Path("/proc/sys/net/netfilter/nf_conntrack_max").read_text())
    except (OSError, ValueError):
        return _USUAL_CONNTRACK_MAX


def _memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
