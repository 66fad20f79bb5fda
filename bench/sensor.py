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

from tests.runtimes import RuntimeApi, runtime
from tests.sensor.conftest import unpacked
from tests.sensor.truth import INVOCATIONS, Row, alone, rows

_CONNECTIONS = (0, 5, 50, 200)
_ROUNDS, _EACH = 3, 150
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


def invocation_milliseconds(wrapper: Path, connections: int) -> dict[str, tuple[float, float]]:
    """(the median until the runtime asks for the next, the processor time of the runtime), by what measures in it."""
    waited: dict[str, list[float]] = {name: [] for name in _ALL}
    worked: dict[str, list[float]] = {name: [] for name in _ALL}
    for _ in range(_ROUNDS):
        for name, handler in _ALL.items():
            with tempfile.TemporaryDirectory() as at, RuntimeApi() as api:
                (Path(at) / "app.py").write_text(_HELD.format(connections=connections) + handler, encoding="utf-8")
                with runtime(api, Path(at), wrapper=wrapper if name == "sensor" else None) as one:
                    for _warm in range(10):
                        one.invoke()
                    worked_before = _worked(one.process.pid)
                    for _invocation in range(_EACH):
                        began = time.perf_counter()
                        one.invoke()
                        waited[name].append((time.perf_counter() - began) * 1_000)
                    worked[name].append((_worked(one.process.pid) - worked_before) / _EACH)
    return {name: (statistics.median(waited[name]), statistics.median(worked[name])) for name in _ALL}


def _worked(process: int) -> float:
    """Milliseconds that a process had a processor: what else runs on the machine is not in it."""
    return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6


def cold_start_milliseconds(layers: dict[str, Path | None], times: int = 9) -> dict[str, float]:
    """The median from the start of the runtime to its first question for an invocation, by layer."""
    found: dict[str, list[float]] = {name: [] for name in layers}
    for _ in range(times):
        for name, wrapper in layers.items():
            with tempfile.TemporaryDirectory() as at, RuntimeApi() as api:
                (Path(at) / "app.py").write_text(_PLAIN, encoding="utf-8")
                began = time.perf_counter()
                with runtime(api, Path(at), wrapper=wrapper):
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
    print(alone([sys.executable, "-m", "bench.sensor", "costs"], seconds=900), end="")


def costs() -> None:
    """Print what it costs; in a network namespace of its own, as a function's is."""
    print("\nImport, ms over a bare Python (median of 15):")
    for name, statement in _IMPORTS.items():
        print(f"  {name:24}{import_milliseconds(statement):8.1f}")
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as compiled:
        layers = {"nothing": None, "layer": unpacked(Path(plain)),
                  "layer with bytecode": unpacked(Path(compiled), "--bytecode", sys.executable)}  # fmt: skip
        starts = cold_start_milliseconds(layers)
    print("\nCold start of the runtime, ms until it asks for an invocation (median of 9):")
    for name, value in starts.items():
        print(f"  {name:24}{value:8.1f}{value - starts['nothing']:>+10.1f}")
    with tempfile.TemporaryDirectory() as folder:
        wrapper = unpacked(Path(folder))
        measured = [invocation_milliseconds(wrapper, count) for count in _CONNECTIONS]
    for which, title in enumerate(("until the runtime asks for the next", "of processor time")):
        print(f"\nOne invocation, ms {title}, more than with nothing ({_ROUNDS} x {_EACH}):")
        print(f"  {'connections':24}" + "".join(f"{count:>10}" for count in _CONNECTIONS))
        for name in _ALL:
            if name != "nothing":
                print(
                    f"  {name:24}" + "".join(f"{one[name][which] - one['nothing'][which]:>+10.3f}" for one in measured)
                )
        print(f"  {'(with nothing)':24}" + "".join(f"{one['nothing'][which]:>10.3f}" for one in measured))


if __name__ == "__main__":
    costs() if sys.argv[1:] == ["costs"] else main()
