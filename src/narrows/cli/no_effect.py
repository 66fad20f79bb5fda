"""What a scenario says that has no effect: a line each on stderr, or under ``no_effect`` in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from narrows.case.model import Case
    from narrows.scenario import Scenario


def say_no_effect(loaded: Scenario | Case) -> None:
    """Say it on stderr."""
    from narrows.gate import complain

    for note in _notes(loaded):
        complain(note)


def with_no_effect(document: Mapping[str, Any], loaded: Scenario | Case) -> dict[str, Any]:
    """A document with it, if there is any."""
    notes = _notes(loaded)
    return {**document, "no_effect": list(notes)} if notes else dict(document)


def _notes(loaded: Scenario | Case) -> tuple[str, ...]:
    from narrows.scenario import Scenario

    return loaded.notes if isinstance(loaded, Scenario) else ()
