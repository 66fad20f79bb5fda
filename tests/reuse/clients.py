"""Real clients, as people write them (made once, at module level) and by the policy; and one invocation of each.

``python -m tests.reuse.clients CLIENT HOW PORT TLS CERTIFICATE`` makes one, invokes once, says so, waits to be
told how many seconds later it is, invokes again, and says what came of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from narrows_lambda.lifecycle import LIFECYCLE, SystemClock

HOST = "127.0.0.1"
FUNCTION_TIMEOUT = 6.0
"""Seconds: that of the function."""


@dataclass(frozen=True)
class At:
    """Where the server is."""

    port: int
    tls: bool
    certificate: str

    @property
    def url(self) -> str:
        """For HTTP."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}/"


Use = Callable[[], object]


def httpx(at: At, reuse: bool) -> Use:
    import ssl

    import httpx

    from narrows_lambda.adapters import httpx as by_policy

    verify = ssl.create_default_context(cafile=at.certificate)
    client = by_policy.client(verify=verify) if reuse else httpx.Client(verify=verify)
    return lambda: client.post(at.url, content=b"{}").raise_for_status()


def httpx_async(at: At, reuse: bool) -> Use:
    import ssl

    import httpx

    from narrows_lambda.adapters import httpx as by_policy

    verify = ssl.create_default_context(cafile=at.certificate)
    client = by_policy.async_client(verify=verify) if reuse else httpx.AsyncClient(verify=verify)
    run = _loop()
    return lambda: run(client.post(at.url, content=b"{}")).raise_for_status()


def urllib3(at: At, reuse: bool) -> Use:
    import urllib3

    from narrows_lambda.adapters import urllib3 as by_policy

    make = by_policy.pool_manager if reuse else urllib3.PoolManager
    client = make(ca_certs=at.certificate)
    return lambda: client.request("POST", at.url, body=b"{}").data


def requests(at: At, reuse: bool) -> Use:
    import requests

    from narrows_lambda.adapters import requests as by_policy

    client = by_policy.session() if reuse else requests.Session()
    return lambda: client.post(at.url, data=b"{}", verify=at.certificate).raise_for_status()


def boto3(at: At, reuse: bool) -> Use:
    import boto3

    from narrows_lambda.adapters import boto3 as by_policy

    make = by_policy.client if reuse else boto3.client
    client = make(
        "dynamodb", endpoint_url=at.url, verify=at.certificate, region_name="us-east-1", aws_access_key_id="a",
        aws_secret_access_key="b",
    )  # fmt: skip
    return lambda: client.list_tables()


def redis(at: At, reuse: bool) -> Use:
    import redis

    from narrows_lambda.adapters import redis as by_policy

    make: Any = by_policy.client if reuse else redis.Redis
    client = make(host=HOST, port=at.port, ssl=at.tls, **({"ssl_ca_certs": at.certificate} if at.tls else {}))
    return lambda: client.incr("visits")


def grpc(at: At, reuse: bool) -> Use:
    import grpc

    from narrows_lambda.adapters import grpc as by_policy

    options = by_policy.options() if reuse else None
    if at.tls:
        trusted = grpc.ssl_channel_credentials(Path(at.certificate).read_bytes())
        channel = grpc.secure_channel(f"{HOST}:{at.port}", trusted, options=options)
    else:
        channel = grpc.insecure_channel(f"{HOST}:{at.port}", options=options)
    say = channel.unary_unary("/echo.Echo/Say")
    return lambda: say(b"x")


def momento(at: At, reuse: bool) -> Use:
    from momento import CacheClient, Configurations, CredentialProvider
    from momento.responses import CacheSet

    from narrows_lambda.adapters import momento as by_policy

    configuration = by_policy.configuration() if reuse else Configurations.Lambda.latest()
    if at.tls:
        configuration = configuration.with_root_certificates_pem(Path(at.certificate))
    credentials = CredentialProvider.for_momento_local(HOST, at.port)
    client = CacheClient(configuration, credentials, timedelta(minutes=5))

    def use() -> None:
        answer = client.set("cache", "key", "value")
        if isinstance(answer, CacheSet.Error):
            raise answer.inner_exception

    return use


def aiohttp(at: At, reuse: bool) -> Use:
    import ssl

    import aiohttp

    from narrows_lambda.adapters import aiohttp as by_policy

    trusted = ssl.create_default_context(cafile=at.certificate)
    run = _loop()

    async def make() -> Any:
        return await by_policy.session() if reuse else aiohttp.ClientSession()

    client = run(make())

    async def post() -> None:
        async with client.post(at.url, data=b"{}", ssl=trusted) as answer:
            await answer.read()

    return lambda: run(post())


def psycopg(at: At, reuse: bool) -> Use:
    import psycopg

    from narrows_lambda.adapters import psycopg as by_policy

    where = f"host={HOST} port={at.port} user=f dbname=postgres " + (
        f"sslmode=verify-full sslrootcert={at.certificate}" if at.tls else "sslmode=disable"
    )
    if reuse:
        database = by_policy.database(where, autocommit=True)
        return lambda: database().execute("select 1").fetchall()
    connection = psycopg.connect(where, autocommit=True)
    return lambda: connection.execute("select 1").fetchall()


def asyncpg(at: At, reuse: bool) -> Use:
    import ssl

    import asyncpg

    from narrows_lambda.adapters import asyncpg as by_policy

    run = _loop()
    where: dict[str, Any] = {"host": HOST, "port": at.port, "user": "f", "database": "postgres"}
    where["ssl"] = ssl.create_default_context(cafile=at.certificate) if at.tls else False

    async def make() -> Any:
        return await (by_policy.pool(**where) if reuse else asyncpg.create_pool(min_size=1, max_size=1, **where))

    pool = run(make())
    return lambda: run(pool.fetch("select 1"))


def _loop() -> Callable[[Any], Any]:
    return asyncio.new_event_loop().run_until_complete


CLIENTS: dict[str, tuple[str, Callable[[At, bool], Use]]] = {
    "httpx": ("http", httpx),
    "httpx, async": ("http", httpx_async),
    "urllib3": ("http", urllib3),
    "requests": ("http", requests),
    "boto3": ("http", boto3),
    "redis": ("redis", redis),
    "grpc": ("grpc", grpc),
    "momento": ("cache", momento),
    "aiohttp": ("http", aiohttp),
    "psycopg": ("postgres", psycopg),
    "asyncpg": ("postgres", asyncpg),
}
"""The server, and what makes the client."""


class _Later(SystemClock):
    """The machine's clocks, of which one can be put on: as a freeze does where the other stands still."""

    by = 0.0

    def wall(self) -> float:
        return time.time() + self.by


class _Context:
    """As the runtime gives it."""

    aws_request_id = "1"

    def __init__(self) -> None:
        self._ends = time.monotonic() + FUNCTION_TIMEOUT

    def get_remaining_time_in_millis(self) -> int:
        return round((self._ends - time.monotonic()) * 1_000)


def _invoke(use: Use) -> dict[str, Any]:
    began = time.perf_counter()
    invocation = LIFECYCLE.start(_Context())
    said = "ok"
    try:
        use()
    except Exception as error:
        said = type(error).__name__
    seconds = time.perf_counter() - began
    LIFECYCLE.end(invocation)
    return {"outcome": said, "seconds": seconds}


def main(name: str, how: str, port: str, tls: str, certificate: str) -> None:
    """Play it; see the module."""
    clock = _Later()
    LIFECYCLE.clock = clock
    use = CLIENTS[name][1](At(int(port), tls == "tls", certificate), how == "with")
    first = _invoke(use)
    print(json.dumps(first), flush=True)
    clock.by = float(sys.stdin.readline())
    print(json.dumps(_invoke(use)), flush=True)
    # Nothing is closed in order: an environment is not either.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
