"""The real Momento SDK against the lab's own cache: synchronous and asynchronous, with its preset for Lambda."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from narrows.lab.servers.momento_cache import Store

momento = pytest.importorskip("momento")


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A cache in a process of its own, and its port."""
    command = [sys.executable, "-m", "narrows.lab.servers.momento_cache", "--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"port (\d+)", process.stdout.readline())
        assert found is not None
        try:
            yield process, int(found.group(1))
        finally:
            process.kill()


def _credentials(port: int) -> object:
    return momento.CredentialProvider.for_momento_local("127.0.0.1", port)


def test_the_real_sdk_sets_gets_deletes_and_increments(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    ttl = timedelta(minutes=1)
    with momento.CacheClient(momento.Configurations.Lambda.latest(), _credentials(port), ttl) as client:
        assert type(client.create_cache("orders")).__name__ == "Success"
        assert type(client.create_cache("orders")).__name__ == "CacheAlreadyExists"
        assert [one.name for one in client.list_caches().caches] == ["orders"]
        client.set("orders", "a", "1")
        assert client.get("orders", "a").value_string == "1"
        assert client.increment("orders", "a", 4).value == 5
        client.delete("orders", "a")
        assert type(client.get("orders", "a")).__name__ == "Miss"
        assert type(client.increment("orders", "b", 1)).__name__ == "Success"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    figures = json.loads(said.partition(": ")[2])
    assert figures["requests"] == {
        "CreateCache": 2, "ListCaches": 1, "Set": 1, "Get": 2, "Increment": 2, "Delete": 1
    }  # fmt: skip
    # One for the data, one for the control plane.
    assert figures["accepted"] == 2


def test_the_asynchronous_sdk_is_served_too(server: tuple[subprocess.Popen[str], int]) -> None:
    _, port = server

    async def talk() -> str:
        configuration = momento.Configurations.Lambda.latest()
        async with momento.CacheClientAsync(configuration, _credentials(port), timedelta(minutes=1)) as client:
            await client.set("cache", "a", "1")
            return str((await client.get("cache", "a")).value_string)

    assert asyncio.run(talk()) == "1"


def test_entries_live_as_long_as_they_were_told_to() -> None:
    moment = [0.0]
    store = Store(lambda: moment[0])
    store.set("cache", b"a", b"1", 10.0)
    moment[0] = 9.9
    assert store.get("cache", b"a") == b"1"
    assert store.increment("cache", b"a", 1, 100.0) == 2
    moment[0] = 10.0
    assert store.get("cache", b"a") is None
    assert store.increment("cache", b"a", 3, 1.0) == 3


def test_a_value_that_is_no_number_is_not_incremented(server: tuple[subprocess.Popen[str], int]) -> None:
    _, port = server
    with momento.CacheClient(
        momento.Configurations.Lambda.latest(), _credentials(port), timedelta(minutes=1)
    ) as client:
        client.set("cache", "a", "word")
        assert type(client.increment("cache", "a", 1)).__name__ == "Error"
