"""What connection reuse costs: the import, and the guard after five minutes of idleness (its truth: ``truth``)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Any

from bench._imports import import_milliseconds

_CONNECTIONS = (0, 1, 5, 50)
_GOAL = 0.4
"""Milliseconds of the guard after idleness, whatever is held."""
_IMPORT_GOAL = 12
_SWEEPS = """
import json, os, socket, sys, time
from narrows_lambda.lifecycle import Lifecycle, SystemClock
from narrows_lambda.reuse.guard import Guard
class Later(SystemClock):
    by = 0.0
    def wall(self):
        return time.time() + self.by
connections = int(sys.argv[1])
server = socket.create_server(("127.0.0.1", 0), backlog=1024)
address = server.getsockname()
peer = os.fork()
if not peer:
    held = []
    while True:
        held.append(server.accept()[0])
        if len(held) > connections:
            held.pop(0).close()
server.close()
clock = Later()
lifecycle = Lifecycle(clock)
guard = Guard(240.0, lifecycle, {})
lifecycle.on_start(guard.start)
def held():
    made = [socket.create_connection(address) for _ in range(connections)]
    # As after a freeze: the caches have gone cold.
    time.sleep(0.01)
    return made
def sweep(gap):
    clock.by += gap
    began = time.perf_counter()
    invocation = lifecycle.start()
    taken = time.perf_counter() - began
    lifecycle.end(invocation)
    return taken
def limit(made):
    calls = [(one.fileno(), one.getsockopt, one.shutdown) for one in made]
    began = time.perf_counter()
    os.listdir("/proc/self/fd")
    [os.fstat(number) for number, _, _ in calls]
    [ask(6, 11, 160) for _, ask, _ in calls]
    [end(2) for _, _, end in calls]
    return time.perf_counter() - began
taken = []
try:
    for _ in range(40):
        made = held()
        guard.ended = 0
        times = [sweep(1.0), sweep(300.0)]
        assert guard.ended == connections, guard.ended
        again = held()
        taken.append([1_000 * one for one in (*times, limit(again))])
        for one in made + again:
            one.close()
finally:
    os.kill(peer, 9)
    os.waitpid(peer, 0)
print(json.dumps(taken))
"""
_GRPC_SWEEPS = """
import json, os, sys, time
from concurrent.futures import ThreadPoolExecutor
from narrows_lambda.lifecycle import Lifecycle, SystemClock
from narrows_lambda.reuse.guard import Guard
connections = int(sys.argv[1])
told, tell = os.pipe()
peer = os.fork()
import grpc
if not peer:
    class Echo(grpc.GenericRpcHandler):
        def service(self, called):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request)
    server = grpc.server(ThreadPoolExecutor(4), handlers=(Echo(),))
    os.write(tell, b"%d" % server.add_insecure_port("127.0.0.1:0"))
    server.start()
    server.wait_for_termination()
port = int(os.read(told, 16))
class Later(SystemClock):
    by = 0.0
    def wall(self):
        return time.time() + self.by
clock = Later()
lifecycle = Lifecycle(clock)
guard = Guard(240.0, lifecycle, {})
lifecycle.on_start(guard.start)
apart = [("grpc.use_local_subchannel_pool", 1)]
calls = [grpc.insecure_channel(f"127.0.0.1:{port}", apart).unary_unary("/a/b") for _ in range(connections)]
taken, lost = [], 0
try:
    for _ in range(100):
        for call in calls:
            try:
                call(b"x", timeout=5)
            except grpc.RpcError:
                lost += 1
                call(b"x", timeout=5)
        time.sleep(0.01)
        clock.by += 300.0
        guard.ended = 0
        began = time.perf_counter()
        invocation = lifecycle.start()
        taken.append((time.perf_counter() - began) * 1_000)
        lifecycle.end(invocation)
        assert guard.ended == connections, guard.ended
    print(json.dumps([taken, lost]), flush=True)
finally:
    os.kill(peer, 9)
    os.waitpid(peer, 0)
    os._exit(0)
"""


def main() -> None:
    """Print what it costs."""
    milliseconds = import_milliseconds("import narrows_lambda.reuse")
    print(f"Import, ms of processor time over a bare Python (median of 15; the goal is {_IMPORT_GOAL}):")
    print(f"  {'narrows_lambda.reuse':42}{milliseconds:8.1f}")
    print("\nThe guard at the start of an invocation, ms (median of 40):")
    print(f"  {'connections held':42}" + "".join(f"{count:>8}" for count in _CONNECTIONS))
    sweeps = [_said(_SWEEPS, count) for count in _CONNECTIONS]
    for at, name in enumerate(("after a second", "after five minutes", "limit: list, fstat, TCP_INFO, shutdown")):
        values = (statistics.median(times[at] for times in taken) for taken in sweeps)
        print(f"  {name:42}" + "".join(f"{value:8.3f}" for value in values))
    print(f"  {'goal after five minutes':42}" + f"{_GOAL:8}" * len(_CONNECTIONS))
    for count in _CONNECTIONS[1:3]:
        taken, lost = _said(_GRPC_SWEEPS, count)
        print(f"  gRPC, {count} held, until it has seen the end: {statistics.median(taken):.3f} (median of 100); "
              f"{lost} of {100 * count} calls lost")  # fmt: skip


def _said(program: str, connections: int) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(connections)], check=True, capture_output=True, text=True, timeout=120,
        env=os.environ | {"GRPC_ENABLE_FORK_SUPPORT": "0"},
    )  # fmt: skip
    found: list[Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
