"""Functions with real clients, each made, used and closed in one way: at module level, in the handler, five at once."""

from __future__ import annotations

from dataclasses import dataclass

from tests.sensor.servers import CACHE, ECHO, GRPC, HTTP, HTTPS, POSTGRES, REDIS


@dataclass(frozen=True)
class Client:
    """One library."""

    server: str
    source: str
    """Defines ``make()``, ``use(client)`` and ``close(client)``."""
    named: str | None
    """``client`` in the sensor's line; None where it opens its connections past Python."""


_LOOP = "import asyncio\nloop = asyncio.new_event_loop()\nrun = loop.run_until_complete\n"
_STREAMS = f"""
async def open_one():
    return await asyncio.open_connection("127.0.0.1", {ECHO})
async def say(client):
    client[1].write(b"x")
    await client[0].read(1)
async def end(client):
    client[1].close()
    await client[1].wait_closed()
make, use, close = lambda: run(open_one()), lambda client: run(say(client)), lambda client: run(end(client))
"""
CLIENTS = {
    "socket": Client(
        "echo",
        f"""
import socket
def make():
    return socket.create_connection(("127.0.0.1", {ECHO}))
def use(client):
    client.sendall(b"x")
    client.recv(1)
def close(client):
    client.close()
""",
        "socket",
    ),
    "httpx": Client(
        "http",
        f"""
import httpx
make = lambda: httpx.Client(trust_env=False, verify=False)
use = lambda client: client.get("http://127.0.0.1:{HTTP}/")
close = lambda client: client.close()
""",
        "httpx",
    ),
    "requests": Client(
        "http",
        f"""
import requests
make = requests.Session
use = lambda client: client.get("http://127.0.0.1:{HTTP}/")
close = lambda client: client.close()
""",
        "requests",
    ),
    "boto3": Client(
        "http",
        f"""
import boto3
make = lambda: boto3.client("dynamodb", endpoint_url="http://127.0.0.1:{HTTP}", region_name="us-east-1",
                            aws_access_key_id="a", aws_secret_access_key="b")
use = lambda client: client.list_tables()
close = lambda client: client.close()
""",
        "botocore",
    ),
    "redis": Client(
        "redis",
        f"""
import redis
make = lambda: redis.Redis(port={REDIS})
use = lambda client: client.ping()
close = lambda client: client.close()
""",
        "redis",
    ),
    "grpc": Client(
        "grpc",
        f"""
import grpc
def make():
    return grpc.insecure_channel("127.0.0.1:{GRPC}", options=[("grpc.use_local_subchannel_pool", 1)])
def use(client):
    client.unary_unary("/echo.Echo/Say")(b"x", timeout=5)
close = lambda client: client.close()
""",
        None,
    ),
    "momento": Client(
        "cache",
        f"""
from datetime import timedelta
from momento import CacheClient, Configurations, CredentialProvider
def make():
    credentials = CredentialProvider.for_momento_local(port={CACHE})
    return CacheClient(Configurations.Lambda.latest(), credentials, timedelta(seconds=60))
def use(client):
    found = client.get("cache", "key")
    assert "Error" not in type(found).__name__, found
close = lambda client: client.__exit__(None, None, None)
""",
        None,
    ),
    "aiohttp": Client(
        "http",
        _LOOP
        + f"""
import aiohttp
async def open_one():
    return aiohttp.ClientSession()
async def get(client):
    async with client.get("http://127.0.0.1:{HTTP}/") as answer:
        await answer.read()
make, use, close = lambda: run(open_one()), lambda client: run(get(client)), lambda client: run(client.close())
""",
        "aiohttp",
    ),
    "requests, TLS": Client(
        "https",
        f"""
import requests, warnings
warnings.simplefilter("ignore")
make = requests.Session
use = lambda client: client.get("https://localhost:{HTTPS}/", verify=False)
close = lambda client: client.close()
""",
        "requests",
    ),
    "aiohttp, TLS": Client(
        "https",
        _LOOP
        + f"""
import aiohttp
async def open_one():
    return aiohttp.ClientSession()
async def get(client):
    async with client.get("https://localhost:{HTTPS}/", ssl=False) as answer:
        await answer.read()
make, use, close = lambda: run(open_one()), lambda client: run(get(client)), lambda client: run(client.close())
""",
        "aiohttp",
    ),
    "psycopg": Client(
        "postgres",
        f"""
import psycopg
make = lambda: psycopg.connect("host=127.0.0.1 port={POSTGRES} user=f dbname=postgres sslmode=disable", autocommit=True)
use = lambda client: client.execute("select 1").fetchall()
close = lambda client: client.close()
""",
        None,
    ),
    "asyncpg": Client(
        "postgres",
        _LOOP
        + f"""
import asyncpg
make = lambda: run(asyncpg.connect(host="127.0.0.1", port={POSTGRES}, user="f", database="postgres", ssl=False))
use = lambda client: run(client.fetch("select 1"))
close = lambda client: run(client.close())
""",
        "asyncpg",
    ),
    "uvloop": Client(
        "echo",
        "import asyncio, uvloop\nloop = uvloop.new_event_loop()\nrun = loop.run_until_complete\n" + _STREAMS,
        None,
    ),
}
SHAPES = {
    "at module level": "client = make()\nuse(client)\ndef handler(event, context):\n    use(client)\n",
    "in the handler": "def handler(event, context):\n    client = make()\n    use(client)\n    close(client)\n",
    "five at module level": (
        "clients = [make() for _ in range(5)]\nfor client in clients:\n    use(client)\n"
        "def handler(event, context):\n    for client in clients:\n        use(client)\n"
    ),
}
