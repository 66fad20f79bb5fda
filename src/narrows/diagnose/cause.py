"""What every cause is made of: all that other rooms ask about it stands in its own file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from narrows.case.model import CallerOutcome
from narrows.diagnose.model import Need
from narrows.diagnose.weighing import Examination
from narrows.evidence.facts import Facts
from narrows.evidence.paths import Ways
from narrows.network import HopKind, Resource


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way in which a cause comes about, where it has more than one."""

    id: str
    clause: str = ""
    """What it adds to the sentence of the verdict."""
    remedy: str = ""
    """What to do about it, where that is not what helps in general."""
    closed_count: bool = False
    """Whether closed connections hold a table's entries, so that those open are not to be held against what it takes:
    the interval observed then is from those open to all that hold an entry."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A metric that counts what failed of a cause."""

    metric: str
    what: str
    """What it counts, in words that follow a number."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: its name, what is to be known of it, and the rules that examine a case for it."""

    id: str
    """Its file is called so too, with ``_`` for ``-``."""
    title: str
    """What it is, in a few words."""
    sentence: str
    """The verdict when it binds; ``{resource}`` stands for where."""
    noun: str = field(default="", kw_only=True)
    """What stands before a resource's name in the sentence, with a space behind it: ``destination ``."""
    nameless: str = field(default="the path", kw_only=True)
    """What stands for the resource where it is not known."""
    remedy: str
    """What to do about it, in one sentence; its page says more."""
    place: int
    """Where a connection meets it: causes are looked at in this order. Tens apart, so that one fits in between."""
    examine: Callable[[Facts], Examination]
    explains: tuple[CallerOutcome, ...]
    """What callers can see of it, the likeliest first; nothing of one that holds invocations back, which is no answer
    to why connects fail. Causes that explain connects that time out are rivals."""
    needs: tuple[Need, ...]
    """The kinds of evidence that it may ask for."""
    table: HopKind | None = None
    """The hop whose table of connections is full, where it is that."""
    capacity: Callable[[Ways, Resource, int], int | None] = lambda _ways, _resource, _each: None
    """What a resource takes in all, given its limit, in the unit of what is observed; None where that is not known."""
    rarity: int = field(default=0, kw_only=True)
    """Of causes for which equally much speaks the commoner stands first: 0 for what happens at any load."""
    mechanisms: tuple[Mechanism, ...] = ()
    counter: Counter | None = None

    @property
    def fails_connects(self) -> bool:
        """Whether connects fail of it."""
        return bool(self.explains)

    @property
    def explains_timeouts(self) -> bool:
        """Whether connect timeouts are what callers see."""
        return CallerOutcome.TIMED_OUT in self.explains

    @property
    def page(self) -> str:
        """Its page of the documentation, as the command that shows it."""
        return f"narrows explain {self.id}"

    def mechanism(self, id: str | None) -> Mechanism:
        """One of its mechanisms; a plain one where there is none of that name."""
        return next((one for one in self.mechanisms if one.id == id), Mechanism(id or ""))
