"""Who: which library opens a connection, by the stack at the moment when it does."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_MOST_FRAMES = 60
# fmt: off
_CLIENTS = frozenset((
    "aio_pika", "aiobotocore", "aiohttp", "aiokafka", "aiomysql", "aiormq", "asyncpg", "bmemcached", "botocore",
    "cassandra", "clickhouse_connect", "clickhouse_driver", "coredis", "elastic_transport", "elasticsearch",
    "grpclib", "httplib2", "httpx", "kafka", "ldap3", "momento", "motor", "mysql", "nats", "neo4j", "opensearchpy",
    "oracledb", "paho", "paramiko", "pg8000", "pika", "psycopg", "pymemcache", "pymongo", "pymysql", "redis",
    "requests", "snowflake", "tornado", "twisted", "valkey", "websocket", "websockets",
))
# fmt: on
_BELOW = frozenset(("aiohappyeyeballs", "anyio", "httpcore", "sniffio", "trio", "urllib3"))
"""Libraries that others open connections with."""
_BETWEEN = frozenset(
    ("aws_xray_sdk", "datadog_lambda", "ddtrace", "narrows_lambda", "newrelic", "opentelemetry", "sentry_sdk", "wrapt")
)
"""They wrap the calls of clients, and open none of those connections themselves."""
_STANDARD = {
    "asyncio": "asyncio",
    "ftplib": "ftplib",
    "http": "http.client",
    "imaplib": "imaplib",
    "poplib": "poplib",
    "smtplib": "smtplib",
    "urllib": "urllib.request",
    "xmlrpc": "xmlrpc.client",
}
_HOSTS = {("asyncio", "create_connection"), ("aiohttp", "_create_direct_connection")}
"""Coroutines that connect to an address which another thread has looked up, and hold its name in ``host``."""


def opener(frame: FrameType | None) -> tuple[str, str | None]:
    """Who opens a connection.

    Args:
        frame: the innermost frame.

    Returns:
        The import name of the library nearest to the function's own code that is known to open connections, and the
        host that it connects to where a frame on the way tells.
    """
    client, host = "socket", None
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        root = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if host is None and (root, frame.f_code.co_name) in _HOSTS:
            told = frame.f_locals.get("host")
            host = told if isinstance(told, str) else None
        if root in _CLIENTS:
            return root, host
        if root in _BELOW:
            client = root
        elif root in _STANDARD:
            if client == "socket" or root in ("urllib", "xmlrpc"):
                client = _STANDARD[root]
        elif root not in sys.stdlib_module_names and root not in _BETWEEN:
            break
        frame = frame.f_back
    return client, host
