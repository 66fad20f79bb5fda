"""The adapters: what they set is on the sockets, what the user sets stays, and the budget holds."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrows_lambda.adapters import grpc as grpc_adapter
from narrows_lambda.adapters import httpx as httpx_adapter
from narrows_lambda.adapters import momento as momento_adapter
from narrows_lambda.adapters import psycopg as psycopg_adapter
from narrows_lambda.adapters import redis as redis_adapter
from narrows_lambda.adapters import requests as requests_adapter
from narrows_lambda.reuse import Policy, install
from tests.reuse.clients import CLIENTS
from tests.servers import BY_NAME, Authority, missing


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A budget and a bucket of the test's own."""
    install(Policy(max_idle=239))
    install(Policy())
    yield
    install(Policy(max_idle=239))


@pytest.mark.slow
@pytest.mark.parametrize("client", CLIENTS)
def test_bytes_that_nobody_acknowledges_end_the_connection_of_every_client(client: str) -> None:
    """TCP_USER_TIMEOUT, as the kernel has it for each socket that is open to the server."""
    name = CLIENTS[client][0]
    if missing(name):
        pytest.skip(str(missing(name)))
    with tempfile.TemporaryDirectory(prefix="reuse-") as at:
        folder = Path(at)
        authority = Authority.made(folder)
        with BY_NAME[name](authority, folder) as (port, _):
            told = subprocess.run(
                [sys.executable, "-c", _TOLD, client, str(port), str(authority.certificate)],
                capture_output=True, text=True, check=False, timeout=60, cwd=Path(__file__).parents[2],
            )  # fmt: skip
            assert told.stdout.split() == ["1000" if name in ("grpc", "cache") else "2000"], told.stderr


_TOLD = """
import os, socket, sys
from narrows_lambda.sockets import Borrowed, descriptors
from tests.reuse.clients import CLIENTS, At
port = int(sys.argv[2])
use = CLIENTS[sys.argv[1]][1](At(port, False, sys.argv[3]), True)
use()
for descriptor in descriptors():
    try:
        connection = Borrowed(descriptor)
        if connection.getpeername()[:2] in (("127.0.0.1", port), ("::ffff:127.0.0.1", port)):
            print(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT), flush=True)
    except OSError:
        continue
os._exit(0)
"""


def test_what_the_user_gives_stays() -> None:
    client = redis_adapter.client(host="203.0.113.1", socket_connect_timeout=0.7, max_connections=3, db=4)
    options = client.connection_pool.connection_kwargs
    assert (options["socket_connect_timeout"], options["db"], client.connection_pool.max_connections) == (0.7, 4, 3)
    client.close()
    import httpx

    with httpx_adapter.client(timeout=9, base_url="http://203.0.113.1", policy=Policy(max_idle=100)) as web:
        assert isinstance(web, httpx.Client)
        assert web.timeout == httpx.Timeout(9)


def test_a_clients_own_class_comes_back() -> None:
    import redis
    import requests

    client = redis_adapter.client(host="203.0.113.1")
    assert type(client) is redis.Redis
    client.close()
    with requests_adapter.session() as session:
        assert type(session) is requests.Session


def test_pools_to_one_destination_share_its_budget() -> None:
    sizes = []
    for _ in range(3):
        client = redis_adapter.client(host="203.0.113.1")
        sizes.append(client.connection_pool.max_connections)
        client.close()
    other = redis_adapter.client(host="203.0.113.2")
    assert (sizes, other.connection_pool.max_connections) == ([10, 1, 1], 10)
    other.close()
    for _ in range(10):
        psycopg_adapter.database("host=203.0.113.1")
    with pytest.raises(RuntimeError, match="make one, at module level"):
        psycopg_adapter.database("host=203.0.113.1")


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    names = ("aiohttp", "asyncpg", "boto3", "grpc", "httpx", "momento", "psycopg", "redis", "requests", "urllib3")
    program = (
        "import sys\n"
        + "".join(f"import narrows_lambda.adapters.{name}\n" for name in names)
        + f"print([name for name in {(*names, 'botocore', 'asyncio', 'socket', 'dataclasses')} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_momentos_configuration_keeps_its_dead_peer_detector_and_never_pings() -> None:
    """``with_client_timeout`` of the SDK's own turns its pings on."""
    from datetime import timedelta

    configuration = momento_adapter.configuration().with_client_timeout(timedelta(seconds=3))
    options = configuration.get_transport_strategy().get_grpc_configuration()
    assert options.get_deadline() == timedelta(seconds=3)
    assert options.get_keepalive_time() == timedelta(milliseconds=grpc_adapter.NO_PINGS)
    assert options.get_keepalive_timeout() == timedelta(seconds=1)
    assert options.get_keepalive_permit_without_calls() == 0
    with pytest.raises(ValueError, match="deadline_ms is 0"):
        momento_adapter.configuration(deadline_ms=0)


def test_a_redis_that_refuses_gets_no_storm() -> None:
    """redis-py's own retries make eleven connects of one failing command, and more of a nested one."""
    import redis

    with socket.socket() as refuses:
        refuses.bind(("127.0.0.1", 0))
        client = redis_adapter.client(host="127.0.0.1", port=refuses.getsockname()[1])
        bucket = install().retries._bucket
        for _ in range(8):
            with pytest.raises(redis.ConnectionError):
                client.ping()
        assert bucket.left < 1
        client.close()
