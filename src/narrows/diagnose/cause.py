"""What every cause is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: its name, and the rules that examine a case for it."""

    id: str
    title: str
    """What it is, in a few words."""
    sentence: str
    """The verdict when it binds; ``{resource}`` stands for where."""
    remedy: str
    """What to do about it, in one sentence; its page says more."""
    examine: Callable[[Facts], Examination]
    fails_connects: bool = True
    """Whether connects fail of it; one that only holds invocations back is no answer to why connects fail."""
    explains_timeouts: bool = False
    """Whether connect timeouts are what callers see: such causes are rivals."""

    @property
    def page(self) -> str:
        """Its page of the documentation."""
        return f"docs/causes/{self.id}.md"
