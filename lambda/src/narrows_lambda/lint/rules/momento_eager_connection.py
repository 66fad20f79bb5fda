"""``CacheClient.create(eager_connection_timeout=0)`` fails, although its documentation tells to write it so."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.calls import keyword, number
from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.rule import Subject, rule

_CREATE = {"momento.CacheClient.create", "momento.CacheClientAsync.create"}


@rule(
    "momento-eager-connection",
    "CacheClient.create fails with an eager_connection_timeout of 0.",
    "https://github.com/momentohq/client-sdk-python",
)
def momento_eager_connection(subject: Subject) -> Iterator[Report]:
    """A literal 0, or a ``timedelta`` of it."""
    for node, meaning in subject.calls:
        if meaning in _CREATE:
            eager = keyword(node, "eager_connection_timeout") or (node.args[3] if len(node.args) > 3 else None)
            if eager is not None and _is_zero(eager):
                yield Report(
                    node,
                    "create() with an eager_connection_timeout of 0 raises UnboundLocalError (momento 1.29): call the"
                    " class itself, which connects at the first request",
                )


def _is_zero(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        given = [*node.args, *(one.value for one in node.keywords)]
        named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return named == "timedelta" and all(number(one) == 0 for one in given)
    return number(node) == 0
