"""Comments that should silence a rule, and do not."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(_subject: Subject) -> Iterator[Found]:
    """Which comments did something is known only when all rules have looked: ``narrows.lint.run`` says the rest."""
    return iter(())


RULE = Rule(
    "ignore",
    Severity.WARNING,
    "A comment ignores a rule that is not there, gives no reason, or ignores nothing.",
    "It hides from the next reader what is looked after and what is not.",
    "Write # narrows: ignore RULE reason, and delete it when it has nothing to ignore.",
    check,
)
