"""The example functions: each does the same naive and with reuse; one opens a connection each time, the other once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.reuse.clients import HOST
from tests.reuse.way import Way
from tests.servers import BY_NAME, Authority, missing

pytestmark = pytest.mark.slow

_FUNCTIONS = Path(__file__).parents[2] / "examples" / "functions"
_SERVERS = {
    "aiohttp": "http", "asyncpg": "postgres", "boto3": "http", "grpc": "grpc", "httpx": "http", "momento": "cache",
    "psycopg": "postgres", "redis": "redis", "requests": "http", "urllib3": "http",
}  # fmt: skip
_INVOCATIONS = 4
_PLAY = f"""
import os, sys, time
sys.path.insert(0, sys.argv[1])
from handler import handler
from narrows_lambda.lifecycle import LIFECYCLE
wrapped = LIFECYCLE.wrap(handler)
for _ in range({_INVOCATIONS}):
    said = wrapped({{}}, None)
    # gRPC keeps the connection of a channel that is gone for an instant, and gives it to the next one.
    time.sleep(0.2)
print(said, flush=True)
os._exit(0)
"""


def test_every_function_has_both_forms_and_is_played() -> None:
    there = {folder.name for folder in _FUNCTIONS.iterdir()}
    assert {f"{client}-{form}" for client in _SERVERS for form in ("naive", "reuse")} <= there


@pytest.mark.parametrize("client", _SERVERS)
def test_reuse_opens_one_connection_where_naive_opens_one_each_time(client: str) -> None:
    refused = missing(_SERVERS[client])
    if refused:
        pytest.skip(refused)
    opened, said = {}, {}
    with tempfile.TemporaryDirectory(prefix="reuse-") as at:
        folder = Path(at)
        with BY_NAME[_SERVERS[client]](Authority.made(folder), folder) as (port, _):
            for form in ("naive", "reuse"):
                way = Way(0, port)
                environment = {
                    "DESTINATION_HOST": HOST, "DESTINATION_PORT": str(way.port), "DESTINATION_SCHEME": "http",
                    "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                    "PGUSER": "f", "PGDATABASE": "postgres", "PGSSLMODE": "disable", "PATH": os.environ["PATH"],
                }  # fmt: skip
                done = subprocess.run(
                    [sys.executable, "-c", _PLAY, _FUNCTIONS / f"{client}-{form}"],
                    env=environment, capture_output=True, text=True, timeout=60, check=False,
                )  # fmt: skip
                opened[form] = way.opened
                said[form] = done.stdout
                way.close()
                assert done.returncode == 0, done.stderr
                assert done.stdout, done.stderr
    assert opened["reuse"] == 1
    assert opened["naive"] == _INVOCATIONS
    if client != "redis":
        assert said["naive"] == said["reuse"]
