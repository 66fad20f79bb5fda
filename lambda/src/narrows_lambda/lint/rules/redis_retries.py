"""redis-py retries by itself, and each retry is a new connection."""

from __future__ import annotations

from collections.abc import Iterator

from narrows_lambda.lint.calls import keyword, unpacks
from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.rule import Subject, rule

_CLIENTS = {
    one
    for base in ("redis.Redis", "redis.StrictRedis", "redis.asyncio.Redis", "redis.client.Redis")
    for one in (base, f"{base}.from_url")
} | {"redis.from_url", "redis.asyncio.from_url"}


@rule(
    "redis-retries",
    "redis-py's default retries open a new connection each.",
    "https://redis.readthedocs.io/en/stable/retry.html",
)
def redis_retries(subject: Subject) -> Iterator[Report]:
    """A client without ``retry``, which says how many there may be."""
    for node, meaning in subject.calls:
        if meaning in _CLIENTS and not unpacks(node):
            pool = keyword(node, "connection_pool")
            if keyword(node, "retry") is None and pool is None:
                yield Report(
                    node,
                    "redis-py's default retries turn one failing command into as many as 11 connects, in every"
                    " environment at once: give retry=Retry(NoBackoff(), 1)",
                )
