"""Where Lambda enters a module: its handlers, and the routes of the application that a handler hands its event to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.module import Function, Module

_HANDLER_DECORATORS = (
    "inject_lambda_context",
    "capture_lambda_handler",
    "log_metrics",
    "event_source",
    "event_parser",
    "lambda_handler_decorator",
    "idempotent",
    "lambda_handler",
    "datadog_lambda_wrapper",
)
_APPLICATIONS = {"chalice.Chalice()", "mangum.Mangum"}
"""What Lambda enters without a handler of the module's own: the application itself, or what is wrapped around it."""
_ONCE = {"on_event", "on_startup", "lifespan"}
"""Decorators of an application whose functions run as it starts."""


def entries(module: Module, wanted: str | None = None) -> dict[str, Function]:
    """The handlers by name. ``wanted``: ``module.function`` as ``--handler`` has it; None: found by what they are."""
    candidates = _candidates(module)
    if wanted is not None:
        stem, _, name = wanted.rpartition(".")
        if stem.replace("/", ".").rpartition(".")[2] not in ("", module.stem):
            return {}
        return {one: function for one, function in candidates.items() if one == name}
    found = {name: one for name, one in candidates.items() if _named_so(name, one) or _decorated_so(one)}
    by_signature = {name: one for name, one in candidates.items() if name not in found and _takes_an_invocation(one)}
    steps = _named_in_functions(module) if by_signature else set()
    found |= {name: one for name, one in by_signature.items() if name not in steps}
    applications = set(_applications(module))
    return found | {name: one for name, one in candidates.items() if _routed(one, applications)}


def routes(module: Module, handlers: dict[str, Function]) -> list[Function]:
    """The functions that are registered with what a handler hands its event to: ``app.resolve(event, context)``."""
    handed_to: set[str] = set()
    for function in handlers.values():
        event = _arguments(function)[0].arg if _arguments(function) else ""
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and any(isinstance(one, ast.Name) and one.id == event for one in node.args):
                handed_to.add(_root(node.func))
    handed_to -= {"", *handlers}
    return [
        node
        for node in module.nodes
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _routed(node, handed_to)
    ]


def _candidates(module: Module) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for statement in module.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[statement.name] = statement
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
            while isinstance(value, ast.Call) and value.args:
                # A wrapper around the handler.
                value = value.args[0]
            if isinstance(target, ast.Name) and isinstance(value, ast.Lambda):
                found[target.id] = value
            elif isinstance(target, ast.Name) and isinstance(value, ast.Name) and value.id in found:
                found[target.id] = found[value.id]
    return found


def _applications(module: Module) -> Iterator[str]:
    """The names of applications that Lambda enters."""
    for statement in module.tree.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
            continue
        made = module.meaning(statement.value.func) or ""
        if f"{made}()" in _APPLICATIONS:
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
        elif made in _APPLICATIONS and statement.value.args and isinstance(statement.value.args[0], ast.Name):
            yield statement.value.args[0].id


def _routed(function: Function, registers: set[str]) -> bool:
    for one in getattr(function, "decorator_list", []):
        called = one.func if isinstance(one, ast.Call) else one
        if isinstance(called, ast.Attribute) and called.attr not in _ONCE and _root(called) in registers:
            return True
    return False


def _root(node: ast.AST) -> str:
    """The name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _decorated_so(function: Function) -> bool:
    for one in getattr(function, "decorator_list", []):
        called = one.func if isinstance(one, ast.Call) else one
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if name in _HANDLER_DECORATORS and len(function.args.args) >= 2:
            return True
    return False


def _arguments(function: Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args]


def _two(function: Function) -> tuple[str, str] | None:
    """The names of the two arguments that Lambda gives; None where it cannot give just two."""
    arguments = _arguments(function)
    if len(arguments) < 2 or len(arguments) - len(function.args.defaults) > 2:
        return None
    return arguments[0].arg.lower(), arguments[1].arg.lower()


def _named_so(name: str, function: Function) -> bool:
    two = _two(function)
    if two is None:
        return False
    if name == "lambda_handler":
        return True
    event, context = two
    return (
        name.endswith("handler")
        and ("event" in event or event in ("_", "e", "evt"))
        and ("context" in context or context.strip("_") in ("", "ctx", "c", "unused"))
    )


def _takes_an_invocation(function: Function) -> bool:
    """Any name at all, but the arguments that only Lambda gives: ``def hello(event, context)``."""
    two = _two(function)
    return (
        two is not None
        and two[0].strip("_") in ("event", "evt", "events")
        and two[1].strip("_") in ("context", "ctx", "lambda_context")
    )


def _named_in_functions(module: Module) -> set[str]:
    """The names that functions use: what is among them is a step of a handler, not one."""
    return {node.id for node in module.nodes if isinstance(node, ast.Name) and module.function_around(node) is not None}
