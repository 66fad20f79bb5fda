"""The sensor of narrows-lambda: is it true, and what does it cost, beside Powertools' metrics and psutil.

Every figure of cost is taken in the real runtime (awslambdaric), in one run, in turns.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.sensor.conftest import unpacked
from tests.sensor.runtime_api import RuntimeApi, runtime
from tests.sensor.truth import INVOCATIONS, Row, rows

_CONNECTIONS = (0, 5, 50, 200)
_ROUNDS, _EACH = 5, 150
_IMPORTS = {
    "narrows_lambda.sensor": "import narrows_lambda.auto, narrows_lambda.sensor",
    "psutil": "import psutil",
    "Powertools metrics": "from aws_lambda_powertools import Metrics",
}
_HELD = """
import socket
listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
held = [socket.create_connection(listening.getsockname()) for _ in range({connections})]
"""
_PLAIN = "def handler(event, context):\n    return 1\n"
_POWERTOOLS = """
from aws_lambda_powertools import Metrics
metrics = Metrics(namespace="bench", service="bench")
@metrics.log_metrics
def handler(event, context):
    metrics.add_metric(name="ConnectionsHeld", unit="Count", value=1)
    return 1
"""
_PSUTIL = """
import json, psutil
process = psutil.Process()
def handler(event, context):
    print(json.dumps({"ConnectionsHeld": len(process.net_connections("tcp")), "DescriptorsUsed": process.num_fds()}))
    return 1
"""
_ALL = {"nothing": _PLAIN, "sensor": _PLAIN, "Powertools metrics": _POWERTOOLS, "psutil": _PSUTIL}


def truth_table(found: list[Row]) -> str:
    """As the page has it."""
    head = ("client", "built", "opened", "kernel", "server", "held", "kernel", "reused", "kernel", "who", "")
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in found:
        if row.unable:
            lines.append(f"| {row.client} | {row.unable} |" + " |" * (len(head) - 2))
            continue
        who = ", ".join(name or "-" for name in row.named) or "-"
        cells = (
            row.client, row.shape, row.opened, row.opened_kernel, row.opened_server, row.held, row.held_kernel,
            row.reused, row.reused_kernel, who, "equal" if row.true else "DIFFERENT",
        )  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def import_milliseconds(statement: str, times: int = 15) -> float:
    """Of a bare Python, the median, with bytecode."""

    def once(program: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True, env={"PATH": ""})
        return (time.perf_counter() - began) * 1_000

    once(statement)
    pairs = [(once("pass"), once(statement)) for _ in range(times)]
    return statistics.median(with_it for _, with_it in pairs) - statistics.median(bare for bare, _ in pairs)


def invocation_milliseconds(wrapper: Path, connections: int) -> dict[str, float]:
    """The median of an invocation, from sending it until the runtime asks for the next, by what measures in it."""
    found: dict[str, list[float]] = {name: [] for name in _ALL}
    for _ in range(_ROUNDS):
        for name, handler in _ALL.items():
            with tempfile.TemporaryDirectory() as at, RuntimeApi() as api:
                (Path(at) / "app.py").write_text(_HELD.format(connections=connections) + handler, encoding="utf-8")
                with runtime(api, Path(at), wrapper=wrapper if name == "sensor" else None) as one:
                    for number in range(_EACH):
                        began = time.perf_counter()
                        one.invoke()
                        if number >= 10:
                            found[name].append((time.perf_counter() - began) * 1_000)
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    """Print the table of truth, and what it costs."""
    found = rows()
    print(f"Opened and reused over {INVOCATIONS} invocations and what came before them, held after the last:\n")
    print(truth_table(found))
    played = [row for row in found if not row.unable]
    print(f"\n{sum(row.true for row in played)} of {len(played)} cells equal; no client named by "
          f"{len({row.client for row in played if not any(row.named)})} clients that open past Python")  # fmt: skip
    print("\nImport, ms over a bare Python (median of 15):")
    for name, statement in _IMPORTS.items():
        print(f"  {name:24}{import_milliseconds(statement):8.1f}")
    print(f"\nOne invocation, ms more than with nothing (median of {_ROUNDS} x {_EACH - 10}):")
    print(f"  {'connections':24}" + "".join(f"{count:>10}" for count in _CONNECTIONS))
    with tempfile.TemporaryDirectory() as folder:
        wrapper = unpacked(Path(folder))
        measured = [invocation_milliseconds(wrapper, count) for count in _CONNECTIONS]
    for name in _ALL:
        if name != "nothing":
            print(f"  {name:24}" + "".join(f"{one[name] - one['nothing']:>+10.3f}" for one in measured))
    print(f"  {'(with nothing)':24}" + "".join(f"{one['nothing']:>10.3f}" for one in measured))


if __name__ == "__main__":
    main()
