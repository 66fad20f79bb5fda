"""The clients of a module's own level: what is made twice alike is made once, under one name."""

from __future__ import annotations

import ast

from narrows_lambda.lint.finding import Edit
from narrows_lambda.lint.module import Module

_ENDS = {"close", "aclose", "clear", "disconnect", "quit", "shutdown"}

STATE = {"headers", "cookies", "auth", "params", "mount", "verify", "cert", "proxies"}
"""What a call that sets it leaves behind for the next invocation, which may be another user's."""


class Shared:
    """The names of clients at module level: those that stand there, and those that fixes put there.

    Ask in the order of the source: a client that is shared is made before the first place that uses it.
    """

    def __init__(self, module: Module) -> None:
        self._module = module
        self._taken = set(module.words)
        self._put: dict[bytes, tuple[str, Edit]] = {}

    def name(self, wish: str, text: bytes, place: int) -> tuple[str, tuple[Edit, ...]]:
        """The name to use for a client that ``text`` makes, and the edit, at ``place`` or before, that makes it.

        Two fixes that share a client hold the same edit, so that one waits until the other is done.
        """
        standing = self._standing(text, place)
        if standing is not None:
            return standing, ()
        if text not in self._put:
            name = self._fresh(wish)
            self._put[text] = name, Edit(place, place, name.encode() + b" = " + text + self._module.newline * 3)
        name, edit = self._put[text]
        return name, (edit,)

    def _standing(self, text: bytes, place: int) -> str | None:
        """The name of what the module itself makes so, once, before a place, and closes nowhere."""
        for statement in self._module.tree.body:
            if self._module.span(statement)[0] >= place:
                return None
            if isinstance(statement, ast.Assign) and self._module.text(statement.value) == text:
                target = statement.targets[0]
                if isinstance(target, ast.Name) and self._module.bound_once(target) is statement.value:
                    return target.id if self._plain(target.id) else None
        return None

    def _plain(self, name: str) -> bool:
        """Whether the module leaves a client as it was made: it sets nothing, hands it on nowhere, and ends none."""
        module = self._module
        handed_on = any(
            isinstance(node, ast.Name) and node.id == name and isinstance(module.parents.get(node), ast.Call)
            for node in module.nodes
        )
        state = any(isinstance(node, ast.Attribute) and node.attr in STATE for node in module.nodes)
        return not (handed_on or state or ends_anywhere(module))

    def _fresh(self, wish: str) -> str:
        name, number = wish, 2
        while name in self._taken:
            name, number = f"{wish}_{number}", number + 1
        self._taken.add(name)
        return name


def ends(attribute: str) -> bool:
    """Whether a method of that name ends a client."""
    return attribute in _ENDS


def ends_anywhere(module: Module) -> bool:
    """Whether something in the module may end a client."""
    return (
        any(isinstance(node, ast.Attribute) and ends(node.attr) for node in module.nodes) or "closing" in module.words
    )
