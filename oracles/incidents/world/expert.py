"""What an expert says of an incident, and the register of incidents."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from oracles.incidents.world.folder import CaseFolder

_WORLD = "oracles.incidents.world"
HALVES = ("seen", "unseen")
"""The packages that incidents stand in: the rules are mended against the first, and measured with the second.

A package of unseen incidents moves into the first as soon as somebody who mends has looked at one of them.
"""


class Headline(StrEnum):
    """The kind of first sentence that an expert accepts."""

    NAMED = "named"
    """It names a cause."""
    OPEN = "open"
    """The evidence cannot settle it: no name, and no all-clear."""
    CLEAR = "clear"
    """Nothing on the path is wrong: an all-clear is right."""
    EITHER = "either"
    """No name; open or clear."""


@dataclass(frozen=True, slots=True)
class Expert:
    """What an expert says from exactly the evidence of a case."""

    names: tuple[str, ...]
    """The diagnosis may name any of these as what binds; where there are none, it must name none.

    Where the headline is not NAMED it may name none as well: experts differ.
    """
    true: tuple[str, ...]
    """Causes at work, as far as an expert is sure or thinks likely: never ruled out, and only these confirmed."""
    headline: Headline
    because: str
    """How the expert sees it, in a sentence."""
    says: tuple[str, ...] = ()
    """Words that the first sentence should have, whatever their case."""
    lacks: tuple[str, ...] = ()
    """Words that would mislead in the first sentence, whatever their case."""

    def __post_init__(self) -> None:
        if self.headline is Headline.NAMED and not self.names:
            raise ValueError("an expert names a cause where the headline is NAMED")
        if not set(self.names) <= set(self.true):
            raise ValueError("an expert names only what is true")


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident."""

    name: str
    """Of the function that stages it."""
    half: str
    """``seen`` or ``unseen``."""
    family: str
    """The module that it stands in, in its half."""
    source: str
    """Title or address of a public report like it; ``composed: ...`` where there is none of just this."""
    expert: Expert
    build: Callable[[CaseFolder], None]
    """Puts the evidence into a case folder."""

    def case(self) -> CaseFolder:
        """Its evidence, not yet written."""
        case = CaseFolder()
        self.build(case)
        return case


_FOUND: dict[tuple[str, str], Incident] = {}
"""By module and name."""


def incident(*, source: str, expert: Expert) -> Callable[[Callable[[CaseFolder], None]], Callable[[CaseFolder], None]]:
    """Register the function below as an incident; its name is the incident's."""

    def register(build: Callable[[CaseFolder], None]) -> Callable[[CaseFolder], None]:
        half, _, family = build.__module__.removeprefix(f"{_WORLD}.").partition(".")
        name = build.__name__
        _FOUND[build.__module__, name] = Incident(name, half, family, source, expert, build)
        return build

    return register


@cache
def _load(half: str) -> None:
    package = importlib.import_module(f"{_WORLD}.{half}")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def incidents(half: str = "both") -> list[Incident]:
    """The incidents of a half (``seen``, ``unseen`` or ``both``), by family and in the order they are written in."""
    halves = HALVES if half == "both" else (half,)
    for one in halves:
        _load(one)
    return [one for one in _FOUND.values() if one.half in halves]
