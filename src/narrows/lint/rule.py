"""A rule of the lint, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from narrows.declared.model import Place
from narrows.lint.subject import Subject, Thing


class Severity(StrEnum):
    """How bad it is, the worst first."""

    ERROR = "error"
    """It does not do what it is there for."""
    WARNING = "warning"
    """It will hurt under load, or hides that it does."""
    INFO = "info"
    """Worth to know: money, evidence, a choice that has another side."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a rule found."""

    thing: Thing | Place
    """What it is about."""
    what: str
    """One sentence, without a full stop."""
    mend: str = ""
    """What to do about this one; empty for what the rule says."""
    severity: Severity | None = None
    """Where it is not the rule's."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.thing.place if isinstance(self.thing, Thing) else self.thing


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that a rule could not look at, since the source does not say enough."""

    thing: Thing
    why: str


Check = Callable[[Subject], Iterator[Found | Unchecked]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its page is ``docs/lint/infrastructure/ID.md``, which ``narrows explain ID`` shows."""

    id: str
    """What people select and ignore."""
    severity: Severity
    finds: str
    """One sentence."""
    why: str
    """What it costs; one sentence."""
    mend: str
    """What to do; one sentence, in the imperative."""
    check: Check
