"""A module as the rules see it: its tree, the byte that each node begins at, what each name means."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from narrows_lambda.lint.names import Scope, bindings, children, is_none

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Node = ast.expr | ast.stmt | ast.excepthandler | ast.alias
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_DEEPEST_CHAIN = 40
"""Attributes and calls in one expression: past that nobody's client is meant."""


class Module:
    """One parsed file.

    ``source`` is UTF-8 without a byte order mark. Raises ``SyntaxError``, ``ValueError``, ``RecursionError`` or
    ``MemoryError`` as ``ast.parse`` does.
    """

    def __init__(self, source: bytes, stem: str = "") -> None:
        self.source = source
        self.stem = stem
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(source.decode("utf-8"))
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
        self._scopes: dict[ast.AST, Scope] = {}
        self._meanings: dict[tuple[int, str], str | None] = {}

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node, the outer before the inner."""
        return [self.tree, *self.parents]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What each node stands in, but for contexts and operators, one object for all, that mean nothing here."""
        found: dict[ast.AST, ast.AST] = {}
        level: list[ast.AST] = [self.tree]
        while level:
            below: list[ast.AST] = []
            for node in level:
                for child in children(node):
                    found[child] = node
                    below.append(child)
            level = below
        return found

    @cached_property
    def _scope_above(self) -> dict[ast.AST, ast.AST]:
        """The inmost function, or the module, around each node."""
        found: dict[ast.AST, ast.AST] = {}
        for node, parent in self.parents.items():
            found[node] = parent if isinstance(parent, (*FUNCTIONS, ast.Module)) else found[parent]
        return found

    # Places -----------------------------------------------------------------------------------------------------------

    def span(self, node: Node) -> tuple[int, int]:
        """The bytes of a node, from the first to past the last."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[end_line - 1] + end_column

    def line_start(self, line: int) -> int:
        """The first byte of a line (from 1); the end of the source past the last."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.source)

    def line(self, line: int) -> bytes:
        """A line with its end."""
        return self.source[self.line_start(line) : self.line_start(line + 1)]

    def text(self, node: Node) -> bytes:
        """The source of a node."""
        start, end = self.span(node)
        return self.source[start:end]

    def place(self, byte: int) -> tuple[int, int]:
        """Line and column, both from 1, the column in characters."""
        line = bisect_right(self._starts, byte)
        return line, len(self.source[self._starts[line - 1] : byte].decode("utf-8", "replace")) + 1

    @cached_property
    def newline(self) -> bytes:
        """The end of line that the file uses."""
        found = _LINE_END.search(self.source)
        return found[0] if found else b"\n"

    # Names ------------------------------------------------------------------------------------------------------------

    @cached_property
    def words(self) -> set[str]:
        """Every identifier of the file: what a new name may not be."""
        return {word.decode() for word in re.findall(rb"[A-Za-z_]\w*", self.source)}

    def scope(self, of: ast.AST) -> Scope:
        """What a function, or the module, binds."""
        if of not in self._scopes:
            self._scopes[of] = bindings(of, self.parents)
        return self._scopes[of]

    def scopes_around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The functions around a node, itself if it is one, from the inmost outwards; then the module."""
        around = node if isinstance(node, (*FUNCTIONS, ast.Module)) else self._scope_above.get(node)
        while around is not None:
            yield around
            around = self._scope_above.get(around)

    def function_around(self, node: ast.AST) -> Function | None:
        """The inmost function around a node, without the node itself; None at module level."""
        found = self._scope_above.get(node)
        return found if isinstance(found, FUNCTIONS) else None

    def meaning(self, node: ast.AST | None, depth: int = 0) -> str | None:
        """What an expression means, written out: ``httpx.Client().get``. None where that cannot be told.

        Imports and assigned names are followed. What the module itself defines begins with a dot: ``.helper``.
        """
        if depth > _DEEPEST_CHAIN:
            return None
        if isinstance(node, ast.Name):
            return self._meaning_of_name(node, depth)
        if isinstance(node, ast.Attribute):
            value = self.meaning(node.value, depth + 1)
            return f"{value}.{node.attr}" if value else None
        if isinstance(node, ast.Call):
            called = self.meaning(node.func, depth + 1)
            return f"{called}()" if called else None
        if isinstance(node, ast.Await):
            return self.meaning(node.value, depth + 1)
        return None

    def made(self, node: ast.AST | None) -> ast.Call | None:
        """The one call that makes what an expression stands for: itself, or what its name is bound to."""
        for _ in range(_DEEPEST_CHAIN):
            if isinstance(node, ast.Await):
                node = node.value
            elif isinstance(node, ast.Name):
                node = self.bound_once(node)
            else:
                break
        return node if isinstance(node, ast.Call) else None

    def bound_once(self, node: ast.Name) -> ast.AST | None:
        """The one expression that a name stands for, but for a None before it; None where there is not just one."""
        if node.id in self._nonlocals:
            return None
        bound = self._binding(node)
        values = [one for one in bound.names[node.id] if not is_none(one)] if bound is not None else []
        value = values[0] if len(values) == 1 else None
        return value if isinstance(value, ast.AST) and value is not node else None

    @cached_property
    def _nonlocals(self) -> set[str]:
        """Names that an inner function may bind anew."""
        return {name for node in self.nodes if isinstance(node, ast.Nonlocal) for name in node.names}

    def _binding(self, node: ast.Name) -> Scope | None:
        """The scope that binds a name where it stands."""
        for scope in self.scopes_around(node):
            bound = self.scope(scope)
            if node.id in bound.global_names:
                bound = self.scope(self.tree)
            if node.id in bound.names:
                return bound
        return None

    def _meaning_of_name(self, node: ast.Name, depth: int) -> str | None:
        bound = self._binding(node)
        if bound is None:
            return None
        key = (id(bound), node.id)
        if key not in self._meanings:
            # While it is being told: a name that is made of itself has no meaning that can be.
            self._meanings[key] = None
            meanings = {one if isinstance(one, str) else self._value(one, node, depth) for one in bound.names[node.id]}
            # None at first and made at the first call: the client is what is meant.
            meanings.discard("None")
            self._meanings[key] = meanings.pop() if len(meanings) == 1 else None
        return self._meanings[key]

    def _value(self, value: ast.AST | None, node: ast.Name, depth: int) -> str | None:
        if is_none(value):
            return "None"
        if value is node or value is None:
            return None
        return self.meaning(value, depth + 1)

    # Inside -----------------------------------------------------------------------------------------------------------

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parent, its parent, up to the module."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The inmost statement around a node."""
        while not isinstance(node, ast.stmt):
            parent = self.parents.get(node)
            if parent is None:
                return None
            node = parent
        return node
