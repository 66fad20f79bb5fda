"""Clients that are made anew in each invocation."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.constructors import CONSTRUCTORS, ONE_SHOT
from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.moving import move, move_one_shot
from narrows_lambda.lint.rule import Subject, rule


@rule("client-in-handler", "A client, channel or connection is made in each invocation.")
def client_in_handler(subject: Subject) -> Iterator[Report]:
    """A constructor of the table in a function that runs in each invocation, unless it runs once behind a guard."""
    module, taken = subject.module, set(subject.module.words)
    inner: set[ast.AST] = set()
    for node in module.nodes:
        # Outer calls come first: what is made for a client that is itself made here is told of once.
        if not isinstance(node, ast.Call) or node in inner or not subject.invocations.runs(node):
            continue
        meaning = module.meaning(node.func) or ""
        if meaning in CONSTRUCTORS:
            inner.update(ast.walk(node))
            if _guarded(subject, node):
                continue
            made = CONSTRUCTORS[meaning]
            edits, why = move(module, node, made, taken)
            yield Report(
                node,
                f"{meaning}() makes a new {made.noun} in each invocation, and with it new connections: make it once, at"
                f" module level{'' if edits else f' (by hand: {why})'}",
                edits,
            )
        elif meaning in ONE_SHOT:
            client = ONE_SHOT[meaning]
            edits = move_one_shot(module, node, meaning, client, taken)
            instead = f"use one {client[:-2]} at module level" if client else "use a client that keeps connections"
            yield Report(node, f"{meaning}() opens a connection and closes it in each call: {instead}", edits)


def _guarded(subject: Subject, call: ast.Call) -> bool:
    """Whether the call fills a name that outlives the invocation, behind an ``if``, ``or`` or ``except``."""
    module = subject.module
    statement = module.statement(call)
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return False
    condition = any(
        isinstance(one, (ast.If, ast.IfExp, ast.BoolOp, ast.ExceptHandler)) for one in module.ancestors(call)
    )
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return condition and any(_outlives(subject, target) for target in targets)


def _outlives(subject: Subject, target: ast.expr) -> bool:
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    if not isinstance(target, ast.Name):
        return False
    module = subject.module
    around = module.function_around(target)
    if around is None or target.id in module.scope(around).global_names:
        return True
    bound = module.scope(around).names.get(target.id)
    return bound is None or target.id in ("cls", "self")
