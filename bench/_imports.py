"""What an import costs a process that does nothing else."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys


def import_milliseconds(statement: str, times: int = 15) -> float:
    """Of processor time, with bytecode: the median of what it takes more than a bare Python right before it."""

    def once(program: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", program], check=True, env={"PATH": ""})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1_000

    once(statement)
    return statistics.median(-(once("pass") - once(statement)) for _ in range(times))
