"""What connection reuse costs: the import, and the guard after five minutes of idleness (its truth: ``truth``)."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

_CONNECTIONS = (0, 1, 5, 50)
_SWEEPS = """
import json, socket, sys, time
from narrows_lambda.lifecycle import Lifecycle, SystemClock
from narrows_lambda.reuse.guard import Guard
class Later(SystemClock):
    by = 0.0
    def wall(self):
        return time.time() + self.by
server = socket.create_server(("127.0.0.1", 0), backlog=1024)
clock = Later()
lifecycle = Lifecycle(clock)
guard = Guard(240.0, lifecycle, {})
lifecycle.on_start(guard.start)
taken = []
for _ in range(40):
    # The other ends are inherited, as it were: another process would hold them.
    pairs = [(socket.create_connection(server.getsockname()), server.accept()[0]) for _ in range(int(sys.argv[1]))]
    guard.ended = 0
    times = []
    for gap in (1.0, 300.0):
        clock.by += gap
        began = time.perf_counter()
        invocation = lifecycle.start()
        times.append((time.perf_counter() - began) * 1_000)
        lifecycle.end(invocation)
    assert guard.ended == len(pairs), guard.ended
    taken.append(times)
    for pair in pairs:
        for one in pair:
            one.close()
print(json.dumps(taken))
"""


def import_milliseconds(statement: str, times: int = 15) -> float:
    """Of a bare Python, the median, with bytecode."""
    taken = []
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", statement], check=True, capture_output=True, text=True
        )
        last = done.stderr.strip().splitlines()[-1]
        taken.append(int(last.split("|")[1]) / 1_000)
    return statistics.median(taken)


def main() -> None:
    """Print what it costs."""
    milliseconds = import_milliseconds("import narrows_lambda.reuse")
    print(f"Import of narrows_lambda.reuse: {milliseconds:.1f} ms (median of 15)")
    print("\nThe guard at the start of an invocation, ms (median of 40):")
    print(f"  {'connections held':28}" + "".join(f"{count:>8}" for count in _CONNECTIONS))
    sweeps = []
    for count in _CONNECTIONS:
        done = subprocess.run([sys.executable, "-c", _SWEEPS, str(count)], check=True, capture_output=True, text=True)
        sweeps.append(json.loads(done.stdout))
    for at, name in enumerate(("after a second", "after five minutes")):
        values = (statistics.median(times[at] for times in taken) for taken in sweeps)
        print(f"  {name:28}" + "".join(f"{value:8.3f}" for value in values))
