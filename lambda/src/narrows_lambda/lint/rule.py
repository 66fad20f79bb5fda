"""Rules, each registered where it is defined."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from narrows_lambda.lint.finding import Report
from narrows_lambda.lint.handlers import Invocations
from narrows_lambda.lint.module import Module


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: a module with a handler."""

    module: Module
    invocations: Invocations
    timeout: float | None = None
    """Seconds that the function may take; None where nobody said."""

    @cached_property
    def calls(self) -> list[tuple[ast.Call, str]]:
        """Every call, the outer before the inner, and what is called, written out; empty where that cannot be told."""
        return [
            (node, self.module.meaning(node.func) or "") for node in self.module.nodes if isinstance(node, ast.Call)
        ]


Check = Callable[[Subject], Iterator[Report]]


@dataclass(frozen=True)
class Rule:
    """``name`` is what people select and ignore; its page is ``docs/lint/handlers/NAME.md``."""

    name: str
    summary: str
    more: str
    """Where the platform, or the client's maker, writes of the matter."""
    check: Check


RULES: dict[str, Rule] = {}


def rule(name: str, summary: str, more: str) -> Callable[[Check], Check]:
    """Register a check."""

    def register(check: Check) -> Check:
        RULES[name] = Rule(name, summary, more, check)
        return check

    return register
