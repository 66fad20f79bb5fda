"""Functions with real clients, each made, used and closed in one way: at module level, in the handler, five at once.

Before a source stands what ``where`` says: HOST, PORT and URL of the server, TLS or not, and its CERTIFICATE.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.servers import HOST


@dataclass(frozen=True)
class Client:
    """One library."""

    server: str
    source: str
    """Defines ``make()``, ``use(client)`` and ``close(client)``."""
    named: str | None
    """``client`` in the sensor's line; None where it opens its connections past Python."""


def where(port: int, tls: bool, certificate: Path) -> str:
    """The first lines of a function."""
    url = f"{'https' if tls else 'http'}://{HOST}:{port}/"
    return f"HOST, PORT, URL, TLS, CERTIFICATE = {(HOST, port, url, tls, str(certificate))!r}\n"


_LOOP = "import asyncio\nloop = asyncio.new_event_loop()\nrun = loop.run_until_complete\n"
_TRUSTED = "import ssl\ntrusted = ssl.create_default_context(cafile=CERTIFICATE) if TLS else {plain}\n"
CLIENTS = {
    "socket": Client(
        "echo",
        _TRUSTED.format(plain=None)
        + """
import socket
def make():
    one = socket.create_connection((HOST, PORT))
    return trusted.wrap_socket(one, server_hostname=HOST) if TLS else one
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
        _TRUSTED.format(plain=False)
        + """
import httpx
make = lambda: httpx.Client(trust_env=False, verify=trusted)
use = lambda client: client.get(URL)
close = lambda client: client.close()
""",
        "httpx",
    ),
    "urllib3": Client(
        "http",
        """
import urllib3
make = lambda: urllib3.PoolManager(ca_certs=CERTIFICATE)
use = lambda client: client.request("GET", URL).data
close = lambda client: client.clear()
""",
        "urllib3",
    ),
    "requests": Client(
        "http",
        """
import requests
make = requests.Session
use = lambda client: client.get(URL, verify=CERTIFICATE)
close = lambda client: client.close()
""",
        "requests",
    ),
    "boto3": Client(
        "http",
        """
import boto3
make = lambda: boto3.client("dynamodb", endpoint_url=URL, region_name="us-east-1", verify=CERTIFICATE,
                            aws_access_key_id="a", aws_secret_access_key="b")
use = lambda client: client.list_tables()
close = lambda client: client.close()
""",
        "botocore",
    ),
    "redis": Client(
        "redis",
        """
import redis
make = lambda: redis.Redis(port=PORT, ssl=TLS, **({"ssl_ca_certs": CERTIFICATE} if TLS else {}))
use = lambda client: client.ping()
close = lambda client: client.close()
""",
        "redis",
    ),
    "grpc": Client(
        "grpc",
        """
import grpc
def make():
    options = [("grpc.use_local_subchannel_pool", 1)]
    if not TLS:
        return grpc.insecure_channel(f"{HOST}:{PORT}", options=options)
    with open(CERTIFICATE, "rb") as trusted:
        return grpc.secure_channel(f"{HOST}:{PORT}", grpc.ssl_channel_credentials(trusted.read()), options=options)
def use(client):
    client.unary_unary("/echo.Echo/Say")(b"x", timeout=5)
close = lambda client: client.close()
""",
        None,
    ),
    "momento": Client(
        "cache",
        """
from datetime import timedelta
from pathlib import Path
from momento import CacheClient, Configurations, CredentialProvider
def make():
    configuration = Configurations.Lambda.latest()
    if TLS:
        configuration = configuration.with_root_certificates_pem(Path(CERTIFICATE))
    credentials = CredentialProvider.for_momento_local(HOST, PORT)
    return CacheClient(configuration, credentials, timedelta(seconds=60))
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
        + _TRUSTED.format(plain=True)
        + """
import aiohttp
async def open_one():
    return aiohttp.ClientSession()
async def get(client):
    async with client.get(URL, ssl=trusted) as answer:
        await answer.read()
make, use, close = lambda: run(open_one()), lambda client: run(get(client)), lambda client: run(client.close())
""",
        "aiohttp",
    ),
    "psycopg": Client(
        "postgres",
        """
import psycopg
mode = "require" if TLS else "disable"
make = lambda: psycopg.connect(f"host={HOST} port={PORT} user=f dbname=postgres sslmode={mode}", autocommit=True)
use = lambda client: client.execute("select 1").fetchall()
close = lambda client: client.close()
""",
        None,
    ),
    "asyncpg": Client(
        "postgres",
        _LOOP
        + _TRUSTED.format(plain=False)
        + """
import asyncpg
make = lambda: run(asyncpg.connect(host=HOST, port=PORT, user="f", database="postgres", ssl=trusted))
use = lambda client: run(client.fetch("select 1"))
close = lambda client: run(client.close())
""",
        "asyncpg",
    ),
    "uvloop": Client(
        "echo",
        _TRUSTED.format(plain=None)
        + """
import asyncio, uvloop
loop = uvloop.new_event_loop()
run = loop.run_until_complete
async def open_one():
    return await asyncio.open_connection(HOST, PORT, ssl=trusted)
async def say(client):
    client[1].write(b"x")
    await client[0].read(1)
async def end(client):
    client[1].close()
    await client[1].wait_closed()
make, use, close = lambda: run(open_one()), lambda client: run(say(client)), lambda client: run(end(client))
""",
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
