"""Whether what makes a client runs once in an environment: behind a test of a name that outlives the invocation."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.module import Function, Module

_Assigning = ast.Assign | ast.AnnAssign | ast.NamedExpr


def made_once(module: Module, call: ast.Call) -> bool:
    """Whether the call fills such a name behind an ``if``, ``or`` or ``except``, or stands where only that is done."""
    around = module.function_around(call)
    if around is None:
        return False
    filled = {
        _written(target): one
        for one in ast.walk(around)
        if isinstance(one, (ast.Assign, ast.AnnAssign, ast.NamedExpr))
        for target in _targets(one)
        if _outlives(module, target)
    }
    return (
        _fills_behind_a_condition(module, call, filled)
        or any(_tests(one, filled) for one in _conditions_around(module, call, around, filled))
        or any(_tests(one.test, filled) for one in _left_early(module, call, around))
    )


def _fills_behind_a_condition(module: Module, call: ast.Call, filled: dict[str, _Assigning]) -> bool:
    statement = module.statement(call)
    conditional = any(
        isinstance(one, (ast.If, ast.IfExp, ast.BoolOp, ast.ExceptHandler)) for one in module.ancestors(call)
    )
    return conditional and any(statement is one for one in filled.values())


def _conditions_around(
    module: Module, call: ast.Call, around: Function, filled: dict[str, _Assigning]
) -> Iterator[ast.expr]:
    """The tests of the ``if`` statements around the call that fill a name: ``if client is None: ...; client = ...``."""
    for one in module.ancestors(call):
        if one is around:
            return
        if isinstance(one, ast.If) and any(inner in filled.values() for inner in ast.walk(one)):
            yield one.test


def _left_early(module: Module, call: ast.Call, around: Function) -> Iterator[ast.If]:
    """The ``if`` statements before the call that leave with what is there: ``if client: return client``."""
    path = {*module.ancestors(call), call}
    body = getattr(around, "body", [])
    for statement in body if isinstance(body, list) else []:
        if statement in path:
            return
        if isinstance(statement, ast.If) and any(
            isinstance(one, ast.Return) and one.value for one in ast.walk(statement)
        ):
            yield statement


def _tests(test: ast.expr, filled: dict[str, _Assigning]) -> bool:
    return any(isinstance(one, (ast.Name, ast.Attribute)) and _written(one) in filled for one in ast.walk(test))


def _written(node: ast.expr) -> str:
    """A name or attribute as it is written; of ``clients[key]``, ``clients``."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Attribute):
        return f"{_written(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _targets(one: _Assigning) -> list[ast.expr]:
    return one.targets if isinstance(one, ast.Assign) else [one.target]


def _outlives(module: Module, target: ast.expr) -> bool:
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    if not isinstance(target, ast.Name):
        return False
    around = module.function_around(target)
    if around is None or target.id in module.scope(around).global_names:
        return True
    return module.scope(around).names.get(target.id) is None or target.id in ("cls", "self")
