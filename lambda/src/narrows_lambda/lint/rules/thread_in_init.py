"""Threads that are started as the module is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.rule import Subject, rule


@rule(
    "thread-in-init",
    "A thread is started in the init phase, which does not wait for it.",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
)
def thread_in_init(subject: Subject) -> Iterator[Report]:
    """``Thread(...)`` at module level, where the module starts one there and joins none."""
    at_init = [(node, meaning) for node, meaning in subject.calls if subject.invocations.at_init(node)]
    called = {node.func.attr for node, _ in at_init if isinstance(node.func, ast.Attribute)}
    if "start" not in called or "join" in called:
        return
    for node, meaning in at_init:
        if meaning in ("threading.Thread", "threading.Timer"):
            yield Report(
                node,
                "the environment may freeze before this thread has connected, and its handshake is old at the thaw:"
                " connect in the init phase itself, with a timeout",
            )
