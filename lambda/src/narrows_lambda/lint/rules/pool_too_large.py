"""Pools that hold more connections than one invocation can use, in an environment that serves one at a time."""

from __future__ import annotations

from collections.abc import Iterator

from narrows_lambda.lint.calls import keyword, number, unpacks
from narrows_lambda.lint.constructors import AWS_SETTINGS
from narrows_lambda.lint.finding import Edit, Report
from narrows_lambda.lint.rule import Subject, rule

_OPENED_AT_ONCE: dict[str, tuple[str, int]] = {
    "asyncpg.create_pool": ("min_size", 10),
    "psycopg_pool.ConnectionPool": ("min_size", 4),
    "psycopg_pool.AsyncConnectionPool": ("min_size", 4),
    "psycopg_pool.NullConnectionPool": ("min_size", 0),
    "pymongo.MongoClient": ("minPoolSize", 0),
    "psycopg2.pool.SimpleConnectionPool": ("minconn", 0),
    "psycopg2.pool.ThreadedConnectionPool": ("minconn", 0),
}
"""What a pool opens before anyone asks: the argument, and its default."""
_OPENED_WHEN_ASKED: dict[str, tuple[str, ...]] = {
    "httpx.Limits": ("max_connections", "max_keepalive_connections"),
    "redis.ConnectionPool": ("max_connections",),
    "redis.ConnectionPool.from_url": ("max_connections",),
    "redis.BlockingConnectionPool": ("max_connections",),
    "redis.Redis": ("max_connections",),
    "redis.StrictRedis": ("max_connections",),
    "redis.from_url": ("max_connections",),
    "redis.Redis.from_url": ("max_connections",),
    "requests.adapters.HTTPAdapter": ("pool_maxsize",),
    "urllib3.PoolManager": ("maxsize",),
    **dict.fromkeys(AWS_SETTINGS, ("max_pool_connections",)),
    "psycopg_pool.ConnectionPool": ("max_size",),
    "sqlalchemy.create_engine": ("pool_size", "max_overflow"),
    "pymongo.MongoClient": ("maxPoolSize",),
}


@rule(
    "pool-too-large",
    "A pool holds more connections than one invocation can use.",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html",
)
def pool_too_large(subject: Subject) -> Iterator[Report]:
    """Without threads and event loop one invocation uses 1 connection; with a pool of workers, as many as those."""
    module = subject.module
    used = _used(subject)
    for node, meaning in subject.calls:
        if unpacks(node):
            continue
        if meaning in _OPENED_AT_ONCE:
            name, default = _OPENED_AT_ONCE[meaning]
            given = keyword(node, name)
            count = number(given) if given is not None else float(default)
            if count is not None and count > (used or 1):
                edits = (Edit(*module.span(given), str(used or 1).encode()),) if given is not None else ()
                stated = f"{name}={count:g}" if given is not None else f"{name}, {count:g} by default,"
                yield Report(
                    given or node,
                    f"{stated} opens {count:g} connections in every environment, and one invocation uses {used or 1}",
                    edits,
                )
        for name in _OPENED_WHEN_ASKED.get(meaning, ()):
            given = keyword(node, name)
            count = number(given)
            if given is not None and used is not None and count is not None and count > used and count != float("inf"):
                yield Report(given, f"{name}={count:g} connections, and one invocation uses {used}")


def _used(subject: Subject) -> int | None:
    """The connections to one destination that an invocation can use at once; None where that cannot be told."""
    if not subject.invocations.concurrent:
        return 1
    workers = [
        number(keyword(node, "max_workers") or (node.args[0] if node.args else None))
        for node, meaning in subject.calls
        if meaning.endswith("ThreadPoolExecutor")
    ]
    if workers and not subject.module.words & {"asyncio", "threading", "async", "gevent"}:
        known = [one for one in workers if one is not None]
        return int(max(known)) if len(known) == len(workers) else None
    return None
