"""Which functions run in each invocation, and which in the init phase: handlers, and what they call in the module."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property

from narrows_lambda.lint.entries import entries, routes
from narrows_lambda.lint.module import FUNCTIONS, Function, Module
from narrows_lambda.lint.names import children

_MADE_ONCE = {
    "functools.lru_cache",
    "functools.cache",
    "functools.cached_property",
    "functools.lru_cache()",
    "cachetools.cached()",
}


class Invocations:
    """The functions of a module that run in each invocation.

    ``wanted``: ``module.function`` as ``--handler`` and templates write it, or None for those found by what they are.
    """

    def __init__(self, module: Module, wanted: str | None = None) -> None:
        self.module = module
        self._wanted = wanted
        self._leads: dict[ast.AST, list[ast.AST]] = {}

    @cached_property
    def handlers(self) -> dict[str, Function]:
        """The handlers by name."""
        return entries(self.module, self._wanted)

    @cached_property
    def per_invocation(self) -> set[ast.AST]:
        """Handlers, and every function of the module that they lead to, but for those that are cached."""
        return self._reached(self._entered, cached=False)

    @cached_property
    def per_environment(self) -> set[ast.AST]:
        """The functions of the module that run as it is imported."""
        return self._reached(self._at_import, cached=True)

    @cached_property
    def _ever(self) -> set[ast.AST]:
        return self._reached([*self._entered, *self._at_import], cached=True)

    @cached_property
    def _entered(self) -> list[ast.AST]:
        return [*self.handlers.values(), *routes(self.module, self.handlers)]

    @cached_property
    def _at_import(self) -> list[ast.AST]:
        calls = (node for node in self.module.nodes if isinstance(node, ast.Call) and self._outside(node))
        return [target for node in calls for target in self._led_to(self.module.meaning(node.func))]

    def runs(self, node: ast.AST) -> bool:
        """Whether a node runs in each invocation."""
        around = self.module.function_around(node)
        return around is not None and around in self.per_invocation and not self._is_default(node, around)

    def at_init(self, node: ast.AST) -> bool:
        """Whether a node runs as the module is imported, in the init phase."""
        return self._outside(node) or self.module.function_around(node) in self.per_environment

    def ever(self, node: ast.AST) -> bool:
        """Whether a node runs at all under Lambda: in each invocation, in the init phase, or once behind a cache."""
        return self._outside(node) or self.module.function_around(node) in self._ever

    @cached_property
    def concurrent(self) -> bool:
        """Whether an invocation may do several things at once: it has threads, or an event loop."""
        words = self.module.words
        return bool(words & {"asyncio", "threading", "ThreadPoolExecutor", "ThreadPool", "gevent", "anyio", "async"})

    def _outside(self, node: ast.AST) -> bool:
        """At module level, but not in what runs only where the file is the program: ``if __name__ == ...``."""
        return self.module.function_around(node) is None and not any(
            isinstance(one, ast.If)
            and any(isinstance(name, ast.Name) and name.id == "__name__" for name in ast.walk(one.test))
            for one in self.module.ancestors(node)
        )

    def _reached(self, first: Iterable[ast.AST], *, cached: bool) -> set[ast.AST]:
        """Those functions and all that they lead to; through those that are cached only where that is said."""
        found: set[ast.AST] = set()
        waiting = list(first)
        while waiting:
            function = waiting.pop()
            if function in found or (not cached and self._made_once(function)):
                continue
            found.add(function)
            waiting += self._leads_to(function)
        return found

    def _leads_to(self, function: ast.AST) -> list[ast.AST]:
        """The functions that one defines in itself or names."""
        if function not in self._leads:
            found = self._leads[function] = []
            waiting = [function]
            while waiting:
                for node in children(waiting.pop()):
                    waiting.append(node)
                    if isinstance(node, FUNCTIONS):
                        found.append(node)
                    elif isinstance(node, (ast.Name, ast.Attribute)):
                        found += self._led_to(self.module.meaning(node)) or self._in_table(node)
        return self._leads[function]

    def _is_default(self, node: ast.AST, around: Function) -> bool:
        """Decorators and defaults run where the function is defined."""
        below = node
        for parent in self.module.ancestors(node):
            if parent is around:
                outside = below in getattr(around, "decorator_list", []) or below is around.args
                return outside and self.module.function_around(around) is None
            below = parent
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

    def _in_table(self, node: ast.AST) -> list[ast.AST]:
        """The functions that a table of the module's holds: ``ACTIONS = {"create": create}``."""
        if not isinstance(node, ast.Name) or node.id not in self._tables:
            return []
        table = self.module.bound_once(node)
        named = ast.walk(table) if table is self._tables[node.id] and table is not None else ()
        return [
            target for one in named if isinstance(one, ast.Name) for target in self._led_to(self.module.meaning(one))
        ]

    @cached_property
    def _tables(self) -> dict[str, ast.expr]:
        return {
            target.id: statement.value
            for statement in self.module.tree.body
            if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.Dict, ast.List, ast.Tuple))
            for target in statement.targets
            if isinstance(target, ast.Name)
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
