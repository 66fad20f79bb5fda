"""Which functions run in each invocation: the handlers of a module, and what they call in it."""

from __future__ import annotations

import ast
from functools import cached_property

from narrows_lambda.lint.module import FUNCTIONS, Function, Module

_MADE_ONCE = {
    "functools.lru_cache",
    "functools.cache",
    "functools.cached_property",
    "functools.lru_cache()",
    "cachetools.cached()",
}
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


class Invocations:
    """The functions of a module that run in each invocation.

    ``wanted``: ``module.function`` as ``--handler`` and templates write it, or None for those found by their names.
    """

    def __init__(self, module: Module, wanted: str | None = None) -> None:
        self.module = module
        self._wanted = wanted

    @cached_property
    def handlers(self) -> dict[str, Function]:
        """The handlers by name."""
        if self._wanted is not None:
            stem, _, name = self._wanted.rpartition(".")
            if stem.replace("/", ".").rpartition(".")[2] not in ("", self.module.stem):
                return {}
            return {one: function for one, function in self._candidates().items() if one == name}
        return {
            name: one for name, one in self._candidates().items() if _named_so(name, one) or self._decorated_so(one)
        }

    @cached_property
    def per_invocation(self) -> set[ast.AST]:
        """Handlers, and every function of the module that they lead to, but for those that are cached."""
        found: set[ast.AST] = set()
        waiting: list[ast.AST] = list(self.handlers.values())
        while waiting:
            function = waiting.pop()
            if function in found or self._made_once(function):
                continue
            found.add(function)
            for node in ast.walk(function):
                if isinstance(node, FUNCTIONS) and node is not function:
                    waiting.append(node)
                elif isinstance(node, (ast.Name, ast.Attribute)):
                    waiting += self._led_to(self.module.meaning(node))
        return found

    def runs(self, node: ast.AST) -> bool:
        """Whether a node runs in each invocation."""
        around = self.module.function_around(node)
        return around is not None and around in self.per_invocation and not self._is_default(node, around)

    def at_init(self, node: ast.AST) -> bool:
        """Whether a node runs as the module is imported, in the init phase."""
        return self.module.function_around(node) is None

    @cached_property
    def concurrent(self) -> bool:
        """Whether an invocation may do several things at once: it has threads, or an event loop."""
        words = self.module.words
        return bool(words & {"asyncio", "threading", "ThreadPoolExecutor", "ThreadPool", "gevent", "anyio", "async"})

    def _is_default(self, node: ast.AST, around: Function) -> bool:
        """Decorators and defaults run where the function is defined."""
        below = node
        for parent in self.module.ancestors(node):
            if parent is around:
                outside = below in getattr(around, "decorator_list", []) or below is around.args
                return outside and self.module.function_around(around) is None
            below = parent
        return False

    def _candidates(self) -> dict[str, Function]:
        found: dict[str, Function] = {}
        for statement in self.module.tree.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[statement.name] = statement
        for statement in self.module.tree.body:
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

    def _decorated_so(self, function: Function) -> bool:
        for one in getattr(function, "decorator_list", []):
            called = one.func if isinstance(one, ast.Call) else one
            name = (
                called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
            )
            if name in _HANDLER_DECORATORS and len(function.args.args) >= 2:
                return True
        return False

    def _made_once(self, function: ast.AST) -> bool:
        return any(self.module.meaning(one) in _MADE_ONCE for one in getattr(function, "decorator_list", []))

    @cached_property
    def _by_name(self) -> dict[str, ast.AST]:
        return {
            node.name: node
            for node in self.module.nodes
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and not isinstance(self.module.parents.get(node), ast.ClassDef)
        }

    def _led_to(self, meaning: str | None) -> list[ast.AST]:
        if meaning is None or not meaning.startswith("."):
            return []
        name, _, rest = meaning[1:].partition(".")
        target = self._by_name.get(name.removesuffix("()"))
        if not isinstance(target, ast.ClassDef):
            return [target] if target is not None and not rest and "(" not in name else []
        method = rest if rest else "__init__"
        return [one for one in target.body if isinstance(one, FUNCTIONS) and getattr(one, "name", "") == method]


def _named_so(name: str, function: Function) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args]
    if len(arguments) < 2 or len(arguments) - len(function.args.defaults) > 2:
        return False
    if name == "lambda_handler":
        return True
    event, context = arguments[0].arg.lower(), arguments[1].arg.lower()
    return (
        name.endswith("handler")
        and ("event" in event or event in ("_", "e", "evt"))
        and ("context" in context or context.strip("_") in ("", "ctx", "c", "unused"))
    )
