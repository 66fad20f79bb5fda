"""What the names of one scope are bound to."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

Meaning = str | ast.AST | None
"""A dotted name, an expression still to be looked at, or None for what cannot be told."""

_SHARED = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
"""Nodes of which Python has one object for all places."""


@dataclass
class Scope:
    """Names of a function or module: each with every meaning that it is given there."""

    names: dict[str, list[Meaning]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """The first line that binds the name."""
    global_names: set[str] = field(default_factory=set)

    def bind(self, name: str, meaning: Meaning, line: int) -> None:
        """One more meaning."""
        self.names.setdefault(name, []).append(meaning)
        self.lines.setdefault(name, line)


def bindings(of: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Scope:
    """The scope of a function, lambda or module, without that of the functions in it."""
    scope = Scope()
    if isinstance(of, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        _bind_arguments(of, scope, parents)
    for node in own_nodes(of):
        if isinstance(node, ast.Global):
            scope.global_names.update(node.names)
        _bind(node, scope)
    for name in scope.global_names:
        scope.names.pop(name, None)
    if isinstance(of, ast.Module):
        _bind_globals(scope, parents)
    return scope


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes right inside of a node, without contexts and operators."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            for one in value:
                if isinstance(one, ast.AST) and not isinstance(one, _SHARED):
                    yield one
        elif isinstance(value, ast.AST) and not isinstance(value, _SHARED):
            yield value


def own_nodes(of: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope in the order of the source, without what functions and classes in it hold."""
    waiting = list(children(of))[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += list(children(node))[::-1]


def _bind_globals(scope: Scope, every: Collection[ast.AST]) -> None:
    """What functions assign to names that they declare global."""
    if not any(isinstance(node, ast.Global) for node in every):
        return
    for function in every:
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            nodes = list(own_nodes(function))
            names = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
            for node in nodes if names else ():
                assigned = Scope()
                _bind(node, assigned)
                for name in names & assigned.names.keys():
                    scope.names.setdefault(name, []).extend(assigned.names[name])


def _bind_arguments(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope, parents: Mapping[ast.AST, ast.AST]
) -> None:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    around = parents.get(function)
    for position, one in enumerate(every):
        own = position == 0 and isinstance(around, ast.ClassDef)
        scope.bind(one.arg, f".{around.name}()" if own and isinstance(around, ast.ClassDef) else None, one.lineno)


def _bind(node: ast.AST, scope: Scope) -> None:
    if isinstance(node, ast.Import):
        for one in node.names:
            scope.bind(
                one.asname or one.name.partition(".")[0],
                one.name if one.asname else one.name.partition(".")[0],
                node.lineno,
            )
    elif isinstance(node, ast.ImportFrom):
        for one in node.names:
            whole = f"{node.module}.{one.name}" if node.module and not node.level else None
            scope.bind(one.asname or one.name, whole, node.lineno)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        scope.bind(node.name, f".{node.name}", node.lineno)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            _bind_target(target, node.value, scope)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        if node.value is not None:
            _bind_target(node.target, node.value, scope)
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.AugAssign, ast.comprehension)):
        _bind_target(node.target, None, scope)
    elif isinstance(node, ast.withitem):
        if node.optional_vars is not None:
            _bind_target(node.optional_vars, node.context_expr, scope)
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        scope.bind(node.name, None, node.lineno)
    elif isinstance(node, ast.MatchMapping) and node.rest:
        scope.bind(node.rest, None, node.lineno)


def _bind_target(target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, value, target.lineno)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                scope.bind(node.id, None, node.lineno)


def is_none(node: object) -> bool:
    """Whether a literal None stands there."""
    return isinstance(node, ast.Constant) and node.value is None
