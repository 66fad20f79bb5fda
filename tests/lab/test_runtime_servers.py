"""The examples' functions, as they are often written and with their fix, in real runtimes against real servers."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.lab import Options
from narrows.lab.doctor import is_possible
from narrows.lab.run import play
from narrows.lab.runtimes.interpreter import interpreter_for
from narrows.lab.runtimes.plan import Function
from narrows.scenario import Scenario

_EXAMPLES = Path(__file__).parents[2] / "examples" / "functions"
_RUNTIMES = 2
_POSTGRES = (("PGUSER", "postgres"), ("PGDATABASE", "postgres"), ("PGSSLMODE", "disable"))
_SERVERS = {
    "redis": (6379, shutil.which("redis-server") is not None),
    "https": (443, shutil.which("openssl") is not None),
    "postgres": (5432, bool(list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))),
    "momento": (8080, True),
    "echo": (8081, True),
}
"""Each server's port, and whether it is on this machine."""
_CLIENTS = {
    "aiohttp": "https",
    "asyncpg": "postgres",
    "boto3": "https",
    "grpc": "echo",
    "httpx": "https",
    "momento": "momento",
    "psycopg": "postgres",
    "redis": "redis",
    "requests": "https",
    "urllib3": "https",
}
"""The servers that the clients talk to."""
_ECHO = """
import grpc
from concurrent.futures import ThreadPoolExecutor
server = grpc.server(ThreadPoolExecutor(4))
say = grpc.unary_unary_rpc_method_handler(lambda request, context: request)
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo.Echo", {"Say": say})])
server.add_insecure_port("0.0.0.0:8081")
server.start()
server.wait_for_termination()
"""

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("awslambdaric") is None, reason="not installed: awslambdaric"),
]


def test_every_example_is_tried() -> None:
    named = {one.name.partition("-")[0] for one in _EXAMPLES.iterdir() if one.is_dir()}
    assert named == set(_CLIENTS)


@pytest.mark.parametrize("how", ["naive", "reuse"])
@pytest.mark.parametrize("client", _CLIENTS)
def test_an_example_opens_a_connection_for_each_invocation_or_one_for_each_environment(
    client: str, how: str, small: Callable[..., Scenario]
) -> None:
    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")
    server = _CLIENTS[client]
    port, is_there = _SERVERS[server]
    if not is_there or importlib.util.find_spec(client) is None:
        pytest.skip(f"{server} or {client} is not installed")
    scenario = small(
        connections="per_environment: 1, hold: invocation, connect_timeout: 5s",
        demand=f"environments: {{from: 0, to: {_RUNTIMES}, over: 1s}}",
        destination=f"port: {port}, host: cache.example.com",
        duration="5s",
    )
    function = Function(str(_EXAMPLES / f"{client}-{how}"), timeout=10.0, every=0.5, variables=_POSTGRES)
    run = play(scenario, Options(serve=_echo() if server == "echo" else (server,), function=function))
    assert run.account is not None
    summary = run.account.summary()
    said = [one["log"][2] for one in map(json.loads, run.journal.splitlines()) if "log" in one]
    assert summary["errors"] == summary["timeouts"] == 0, said
    assert summary["invocations"] > 2 * _RUNTIMES
    opened = summary["connections_opened"]
    if how == "reuse":
        assert opened == summary["connections_held"] == _RUNTIMES
    else:
        # One that is under way when the run ends has opened its own.
        assert summary["invocations"] <= opened <= summary["invocations"] + _RUNTIMES


def _echo() -> tuple[str, ...]:
    python = interpreter_for("grpc", extra="grpcio")
    return ("env", f"PYTHONPATH={os.pathsep.join(python.packages)}", python.program, "-c", _ECHO)
