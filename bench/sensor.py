"""What the sensor of narrows-lambda costs, beside Powertools' metrics and psutil (its truth: ``truth``).

Every figure of cost is taken in the real runtime (awslambdaric), in one run, in turns. Beside the goals stands a limit:
what the calls of the kernel alone take there that the sensor cannot do without, and nothing made of what they tell.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench._imports import import_milliseconds
from tests.alone import alone
from tests.runtimes import Runtime, RuntimeApi, runtime
from tests.sensor.conftest import unpacked

_CONNECTIONS = (0, 5, 50, 200)
_GOALS = {0: 0.1, 5: 0.1, 50: 0.5}
"""Milliseconds of an invocation, by connections held."""
_IMPORT_GOAL = 12
_ROUNDS, _EACH = 20, 25
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
_LIMIT = """
import os
from narrows_lambda.lifecycle import LIFECYCLE, hook_runtime
asked = [one.getsockopt for one in held]
counters = os.open("/proc/self/net/snmp", os.O_RDONLY)
line = b"x" * 1_000 + b"\\n"
def end(invocation):
    os.pread(counters, 16_384, 0)
    os.stat("/proc/self/fd")
    # Whether it is still the same socket (SO_COOKIE), and what went over it (TCP_INFO).
    [ask(1, 57, 8) for ask in asked]
    [ask(6, 11, 160) for ask in asked]
    os.fstat(1)
    os.write(1, line)
hook_runtime()
LIFECYCLE.on_end(end)
def handler(event, context):
    return 1
"""
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
_ALL = {"nothing": _PLAIN, "sensor": _PLAIN, "limit": _LIMIT, "Powertools metrics": _POWERTOOLS, "psutil": _PSUTIL}


def invocation_milliseconds(wrapper: Path, connections: int) -> dict[str, tuple[float, float]]:
    """(until the runtime asks for the next, the processor time of the runtime), by what measures in it.

    All runtimes live at once and are invoked in turns of some invocations each. What is told of one is its median over
    the turns of what it took more than ``nothing`` in the same turn: what else the machine does is in both.
    """
    more: dict[str, list[tuple[float, float]]] = {name: [] for name in _ALL}
    with ExitStack() as stack:
        runtimes = {name: _started(stack, name, wrapper, connections) for name in _ALL}
        for _ in range(_ROUNDS):
            bare = (0.0, 0.0)
            for name, one in runtimes.items():
                waited, worked = _turn(one)
                if name == "nothing":
                    bare = waited, worked
                    more[name].append(bare)
                else:
                    more[name].append((waited - bare[0], worked - bare[1]))
    return {
        name: (statistics.median(waited for waited, _ in turns), statistics.median(worked for _, worked in turns))
        for name, turns in more.items()
    }


def _started(stack: ExitStack, name: str, wrapper: Path, connections: int) -> Runtime:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    api = stack.enter_context(RuntimeApi())
    (folder / "app.py").write_text(_HELD.format(connections=connections) + _ALL[name], encoding="utf-8")
    one = stack.enter_context(runtime(api, folder, wrapper=wrapper if name == "sensor" else None))
    for _warm in range(10):
        one.invoke()
    return one


def _turn(one: Runtime) -> tuple[float, float]:
    """(median milliseconds until it asks for the next, processor time of each) over some invocations."""
    before = _worked(one.process.pid)
    waited = []
    for _ in range(_EACH):
        began = time.perf_counter()
        one.invoke()
        waited.append((time.perf_counter() - began) * 1_000)
    return statistics.median(waited), (_worked(one.process.pid) - before) / _EACH


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
    """Print what it costs."""
    print(alone([sys.executable, "-m", "bench.sensor", "costs"], seconds=900), end="")


def costs() -> None:
    """Print what it costs; in a network namespace of its own, as a function's is."""
    print(f"\nImport, ms of processor time over a bare Python (median of 15; the goal is {_IMPORT_GOAL}):")
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
        print(f"  {'goal':24}" + "".join(f"{_GOALS.get(count, ''):>10}" for count in _CONNECTIONS))
        for name in _ALL:
            if name != "nothing":
                print(f"  {name:24}" + "".join(f"{one[name][which]:>+10.3f}" for one in measured))
        print(f"  {'(with nothing)':24}" + "".join(f"{one['nothing'][which]:>10.3f}" for one in measured))


if __name__ == "__main__":
    costs() if sys.argv[1:] == ["costs"] else main()
