"""Retries that go on for as long as the fault does: each opens a connection, in every environment at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.calls import keyword, number, unpacks
from narrows_lambda.lint.constructors import AWS_SETTINGS
from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.names import is_none
from narrows_lambda.lint.rule import Subject, rule

_MOST = 10
"""Attempts past which a retry is a load of its own."""
_OF_DATA = {
    "KeyError",
    "ValueError",
    "IndexError",
    "TypeError",
    "AttributeError",
    "LookupError",
    "StopIteration",
    "EOFError",
    "Empty",
    "UnicodeDecodeError",
    "UnicodeError",
    "JSONDecodeError",
    "InterruptedError",
    "BlockingIOError",
    "NameError",
    "ImportError",
}
"""Errors that no connection raises."""
_STOPS = {"tenacity.retry": "stop", "tenacity.Retrying": "stop", "tenacity.AsyncRetrying": "stop"}
_TENACITY = "tenacity tries for ever without stop=: give stop=stop_after_attempt(3)"
_BACKOFF = ("backoff.on_exception", "backoff.on_predicate")
_URLLIB3 = (
    "urllib3.Retry",
    "urllib3.util.Retry",
    "urllib3.util.retry.Retry",
    "requests.packages.urllib3.util.retry.Retry",
)


@rule(
    "retry-without-bound",
    "A retry has no bound, or one far too high.",
    "https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/",
)
def retry_without_bound(subject: Subject) -> Iterator[Report]:
    """Loops that swallow every failure, and retry settings without an end."""
    module = subject.module
    for node, meaning in subject.calls:
        if not unpacks(node) and (message := _setting(meaning, node)):
            yield Report(node, message)
    for place in module.nodes:
        if isinstance(place, ast.While) and subject.invocations.runs(place) and _endless(place):
            for one in _swallowing(place):
                yield Report(
                    one, "this loop tries again for as long as it fails: count the attempts, or raise in the end"
                )
        elif isinstance(place, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in place.decorator_list:
                if module.meaning(decorator) == "tenacity.retry":
                    yield Report(decorator, _TENACITY)


def _setting(meaning: str, call: ast.Call) -> str:
    if meaning in _STOPS and keyword(call, "stop") is None and not (meaning != "tenacity.retry" and len(call.args) > 1):
        return _TENACITY
    if meaning in _BACKOFF and keyword(call, "max_tries") is None and keyword(call, "max_time") is None:
        return "backoff tries for ever without max_tries= or max_time=: give max_tries=3"
    if meaning in _URLLIB3:
        total = keyword(call, "total") or (call.args[0] if call.args else None)
        others = [keyword(call, one) for one in ("connect", "read")]
        if is_none(total) and any(one is None or is_none(one) for one in others):
            return "Retry(total=None) has no bound of its own: give total=2"
        return _too_many(total, "urllib3")
    if meaning in AWS_SETTINGS:
        retries = keyword(call, "retries")
        if isinstance(retries, ast.Dict):
            for key, value in zip(retries.keys, retries.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in ("max_attempts", "total_max_attempts"):
                    return _too_many(value, "botocore")
    if meaning in ("redis.retry.Retry", "redis.asyncio.retry.Retry"):
        retries = keyword(call, "retries") or (call.args[1] if len(call.args) > 1 else None)
        count = number(retries)
        if count is not None and count < 0:
            return "a negative number of retries is one without bound: give 1"
        return _too_many(retries, "redis-py")
    return ""


def _too_many(node: ast.AST | None, whose: str) -> str:
    count = number(node)
    if count is not None and count > _MOST:
        return f"{whose} tries {count:,.0f} times, in every environment at once: 2 or 3 are enough"
    return ""


def _endless(loop: ast.While) -> bool:
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value)


def _swallowing(loop: ast.While) -> Iterator[ast.ExceptHandler]:
    """Handlers of the loop's own tries after which it goes on, in a loop that nothing else ends."""
    tries = [one for one in loop.body if isinstance(one, ast.Try)]
    tried = {inner for one in tries for statement in (*one.body, *one.orelse) for inner in ast.walk(statement)}
    if any(isinstance(one, (ast.Raise, ast.Return, ast.Break)) and one not in tried for one in ast.walk(loop)):
        return
    for one in tries:
        calls = any(isinstance(inner, ast.Call) for statement in one.body for inner in ast.walk(statement))
        ends = any(isinstance(inner, (ast.Return, ast.Break)) for inner in tried)
        if calls and ends:
            yield from (handler for handler in one.handlers if not _of_data(handler.type))


def _of_data(caught: ast.expr | None) -> bool:
    every = caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught is not None else []
    names = [one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in every]
    return bool(names) and all(name in _OF_DATA for name in names)
