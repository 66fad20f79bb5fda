"""Clients that are made anew in each invocation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from narrows_lambda.lint.calls import to_itself
from narrows_lambda.lint.constructors import CONSTRUCTORS, ONE_SHOT, SESSIONS
from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.guards import made_once
from narrows_lambda.lint.module import Module
from narrows_lambda.lint.moving import move, move_one_shot
from narrows_lambda.lint.rule import Subject, rule
from narrows_lambda.lint.shared import Shared


@rule(
    "client-in-handler",
    "A client, channel or connection is made in each invocation.",
    "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html",
)
def client_in_handler(subject: Subject) -> Iterator[Report]:
    """A constructor of the table in a function that runs in each invocation, unless it runs once behind a guard."""
    module, shared = subject.module, Shared(subject.module)
    inner: set[ast.AST] = set()
    for node, meaning in sorted(subject.calls, key=partial(_order, module)):
        # Outer calls come first: what is made for a client that is itself made here is told of once.
        if node in inner or not subject.invocations.runs(node):
            continue
        if meaning in CONSTRUCTORS:
            inner.update(ast.walk(node))
            if made_once(module, node) or _told_of_its_session(subject, node):
                continue
            if meaning in SESSIONS and not _has_clients(module, node):
                continue
            made = CONSTRUCTORS[meaning]
            edits, why = move(module, node, made, shared)
            yield Report(
                node,
                f"{meaning}() makes a new {made.noun} in each invocation, and with it new connections: make it once, at"
                f" module level{'' if edits else f' (by hand: {why})'}",
                edits,
            )
        elif meaning in ONE_SHOT and not to_itself(module, node):
            client = ONE_SHOT[meaning]
            edits = move_one_shot(module, node, meaning, client, shared)
            instead = f"use one {client[:-2]} at module level" if client else "use a client that keeps connections"
            yield Report(node, f"{meaning}() opens a connection and closes it in each call: {instead}", edits)


def _order(module: Module, call: tuple[ast.Call, str]) -> tuple[int, int]:
    """As in the source, the outer before the inner."""
    start, end = module.span(call[0])
    return start, -end


def _told_of_its_session(subject: Subject, call: ast.Call) -> bool:
    """Whether the client is one of a session that is itself made in each invocation, and told of."""
    module = subject.module
    session = call.func.value if isinstance(call.func, ast.Attribute) else None
    made = module.made(session)
    return (
        made is not None
        and made is not session
        and module.meaning(made.func) in SESSIONS
        and subject.invocations.runs(made)
        and _has_clients(module, made)
    )


def _has_clients(module: Module, session: ast.Call) -> bool:
    """Whether a client is made of the session: alone, it opens no connection."""
    return any(
        isinstance(one, ast.Attribute) and one.attr in ("client", "resource") and module.made(one.value) is session
        for one in module.nodes
    )
