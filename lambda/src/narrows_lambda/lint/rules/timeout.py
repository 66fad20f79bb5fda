"""Timeouts that are missing, or longer than the function may run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.limits import FUNCTION_TIMEOUT
from narrows_lambda.lint.calls import keyword, number, text, to_itself, unpacks
from narrows_lambda.lint.constructors import AWS_CLIENTS, AWS_SETTINGS, METHODS, ONE_SHOT
from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.module import Module
from narrows_lambda.lint.names import is_none
from narrows_lambda.lint.rule import Subject, rule

_BOTOCORE = 60
"""Seconds that botocore waits by default, to connect and to read, each."""
_WAITS_FOR_EVER = {
    **{
        f"{base}.{one}": "timeout"
        for base in ("requests", "requests.Session()", "requests.session()")
        for one in METHODS
    },
    "urllib.request.urlopen": "timeout",
    "urllib3.request": "timeout",
    "http.client.HTTPConnection": "timeout",
    "http.client.HTTPSConnection": "timeout",
    "socket.create_connection": "timeout",
    "smtplib.SMTP": "timeout",
    "smtplib.SMTP_SSL": "timeout",
    "pg8000.connect": "timeout",
    "pg8000.dbapi.connect": "timeout",
    "pg8000.native.Connection": "timeout",
    "redshift_connector.connect": "timeout",
    "psycopg.connect": "connect_timeout",
    "psycopg.Connection.connect": "connect_timeout",
    "psycopg2.connect": "connect_timeout",
}
"""Calls that wait without end unless told, and the argument that tells them."""
_POSITION = {
    "smtplib.SMTP": 3,
    "urllib.request.urlopen": 2,
    "socket.create_connection": 1,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": 2,
}
_WITH_A_DEFAULT = {
    *(one for one in ONE_SHOT if one.startswith("httpx.")),
    *(f"{base}().{one}" for base in ("httpx.Client", "httpx.AsyncClient") for one in METHODS),
    "httpx.Client",
    "httpx.AsyncClient",
    "httpx.Timeout",
    "aiohttp.ClientSession",
    "aiohttp.ClientTimeout",
    "urllib3.PoolManager",
    "redis.Redis",
    "redis.StrictRedis",
    "redis.from_url",
    "redis.Redis.from_url",
    "redis.ConnectionPool",
    "pymysql.connect",
    *AWS_SETTINGS,
    "asyncpg.connect",
    "asyncpg.create_pool",
    "elasticsearch.Elasticsearch",
    "opensearchpy.OpenSearch",
    "grpc.channel_ready_future().result",
}
"""Calls that have a timeout of their own: only a longer one, or None, is told of."""
_NAMES = (
    "timeout",
    "connect_timeout",
    "read_timeout",
    "socket_timeout",
    "socket_connect_timeout",
    "command_timeout",
    "total",
    "connect",
    "read",
    "sock_connect",
    "sock_read",
)
_OF_A_POOL = {
    f"{pool}().{method}"
    for pool in ("urllib3.PoolManager", "urllib3.ProxyManager", "urllib3.HTTPSConnectionPool")
    for method in ("request", "urlopen", "request_encode_body", "request_encode_url")
}
"""Calls that wait as long as their pool says: without end, unless it says so."""


@rule(
    "timeout",
    "A timeout is missing, or longer than the function's.",
    "https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/",
)
def timeout(subject: Subject) -> Iterator[Report]:
    """Calls in each invocation, and clients that the module makes."""
    module = subject.module
    for node, meaning in subject.calls:
        if not subject.invocations.ever(node):
            continue
        if meaning in AWS_CLIENTS:
            if not unpacks(node) and _waits_as_botocore_does(module, node):
                yield Report(
                    node,
                    f"without Config(connect_timeout=, read_timeout=) botocore waits {_BOTOCORE} s each, and tries"
                    f" again{_ends(subject, _BOTOCORE)}",
                )
        elif meaning in _WAITS_FOR_EVER:
            name = _WAITS_FOR_EVER[meaning]
            position = _POSITION.get(meaning, 99)
            given = keyword(node, name) or (node.args[position] if len(node.args) > position else None)
            if given is None and not (unpacks(node) or _in_text(node, name) or to_itself(module, node)):
                yield Report(node, f"{meaning}() has no {name}: it waits until the function is ended")
            elif given is not None:
                yield from _looked_at(subject, name, given)
        elif meaning in _OF_A_POOL:
            given = keyword(node, "timeout")
            if given is not None:
                yield from _looked_at(subject, "timeout", given)
            elif not unpacks(node) and _pool_without(module, node):
                yield Report(node, "neither this call nor its pool has a timeout: it waits until the function is ended")
        elif meaning in _WITH_A_DEFAULT:
            for one in node.keywords:
                if one.arg in _NAMES and (one.arg != "total" or meaning.startswith("aiohttp")):
                    yield from _looked_at(subject, one.arg, one.value)
            if meaning == "httpx.Timeout" and node.args:
                yield from _looked_at(subject, "timeout", node.args[0])


def _waits_as_botocore_does(module: Module, client: ast.Call) -> bool:
    """Whether the client has no configuration, or one that says nothing of timeouts."""
    given = keyword(client, "config")
    if given is None:
        return True
    made = module.made(given)
    return (
        made is not None
        and module.meaning(made.func) in AWS_SETTINGS
        and not unpacks(made)
        and not made.args
        and all(keyword(made, one) is None for one in ("connect_timeout", "read_timeout"))
    )


def _pool_without(module: Module, call: ast.Call) -> bool:
    """Whether the pool whose method is called is one of this module's, and has no timeout either."""
    made = module.made(call.func.value) if isinstance(call.func, ast.Attribute) else None
    return made is not None and not unpacks(made) and keyword(made, "timeout") is None


def _looked_at(subject: Subject, name: str, given: ast.expr) -> Iterator[Report]:
    limit = subject.timeout or FUNCTION_TIMEOUT
    if is_none(given):
        yield Report(given, f"{name}=None waits until the function is ended")
        return
    for one in given.elts if isinstance(given, ast.Tuple) else [given]:
        seconds = number(one)
        if is_none(one):
            yield Report(one, f"{name} holds None, which waits until the function is ended")
        elif seconds is not None and seconds > limit:
            whose = "this function's" if subject.timeout else "any function's"
            yield Report(
                one,
                f"{name}={seconds:g} s is longer than {whose} {limit:g} s: the function ends first",
            )


def _ends(subject: Subject, seconds: float) -> str:
    return (
        f"; this function is ended after {subject.timeout:g} s" if subject.timeout and subject.timeout < seconds else ""
    )


def _in_text(call: ast.Call, name: str) -> bool:
    """Whether a connection string says it, or cannot be read from here."""
    first = call.args[0] if call.args else None
    if name != "connect_timeout" or first is None:
        return False
    written = text(first)
    return not written or name in written
