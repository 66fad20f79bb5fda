"""Rules, each registered where it is defined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
