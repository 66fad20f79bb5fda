"""Connection reuse in Lambda: what becomes of an invocation that finds its connection dead, without it and with it.

And what it costs: the import, and the guard after five minutes of idleness.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from tests.reuse.clients import FUNCTION_TIMEOUT
from tests.reuse.truth import FAULTS, HOW, NO_ANSWER, TLS, Row, rows

_NAMES = {"plain": "", "tls": ", TLS"}
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


def table(found: list[Row]) -> str:
    """As the page has it."""
    cells = {(row.client, row.tls, row.fault, row.how): row for row in found}
    heads = [f"{text}, {how}" for text in FAULTS.values() for how in HOW]
    lines = ["| client | " + " | ".join(heads) + " |", "|---" * (1 + len(heads)) + "|"]
    for client in dict.fromkeys(row.client for row in found):
        unable = next((row.unable for row in found if row.client == client and row.unable), "")
        if unable:
            lines.append(f"| {client} | {unable} |" + " |" * (len(heads) - 1))
            continue
        for tls in TLS:
            shown = [_shown(cells[client, tls, fault, how]) for fault in FAULTS for how in HOW]
            lines.append(f"| {client}{_NAMES[tls]} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def _shown(row: Row) -> str:
    opened = f"{row.opened} opened" if row.opened else "none opened"
    said = {"ok": "ok", NO_ANSWER: "**no answer**"}.get(row.outcome, f"**{row.outcome}**")
    return f"{said}, {opened}, {row.seconds:.2f} s"


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
    """Print the table of truth, and what it costs."""
    found = rows()
    print(f"Outcome, connections opened (by the kernel), seconds; the function ends after {FUNCTION_TIMEOUT:g} s:\n")
    print(table(found))
    played = [row for row in found if not row.unable]
    for how in HOW:
        mine = [row for row in played if row.how == how]
        living = [row for row in mine if row.fault not in ("gone", "soon")]
        gone = [row for row in mine if row.fault == "gone"]
        served = sum(row.outcome == "ok" for row in living)
        in_time = sum(row.outcome != NO_ANSWER for row in gone)
        print(f"\n{how} reuse: {served} of {len(living)} invocations ok where the peer lives; where it is gone,")
        print(f"{in_time} of {len(gone)} say so in time, {max((row.seconds for row in gone), default=0):.2f} s at most")
    milliseconds = import_milliseconds("import narrows_lambda.reuse")
    print(f"\nImport of narrows_lambda.reuse: {milliseconds:.1f} ms (median of 15)")
    print("\nThe guard at the start of an invocation, ms (median of 40):")
    print(f"  {'connections held':28}" + "".join(f"{count:>8}" for count in _CONNECTIONS))
    sweeps = []
    for count in _CONNECTIONS:
        done = subprocess.run([sys.executable, "-c", _SWEEPS, str(count)], check=True, capture_output=True, text=True)
        sweeps.append(json.loads(done.stdout))
    for at, name in enumerate(("after a second", "after five minutes")):
        values = (statistics.median(times[at] for times in taken) for taken in sweeps)
        print(f"  {name:28}" + "".join(f"{value:8.3f}" for value in values))
