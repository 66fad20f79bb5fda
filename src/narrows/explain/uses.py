"""Who reads a limit or an assumption: asked of the code itself, so that no list of it goes stale."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOMS = {
    "simulate": "the simulator",
    "lab": "the lab",
    "evidence": "what a case shows",
    "flowlogs": "counts of connections from flow logs",
    "diagnose": "the diagnosis",
    "fullest": "how full tables are",
    "plan": "the plan",
    "lint": "the lint",
    "sensor": "the sensor's sums",
    "reachability": "whether connections get through",
    "collect": "what is collected from an account",
    "aws": "what is asked of AWS",
    "declared": "what is read from infrastructure as code",
    "patch": "patches of infrastructure as code",
    "scenario": "scenarios",
    "report": "the report",
}
"""In words. The rooms that are not here print what these make of it, or write it down."""
_LISTED = {
    "diagnose/causes": "Causes",
    "plan/changes": "Changes of a plan",
    "lint/rules": "Rules of the lint",
}
"""Folders in which a file is one thing with a name of its own, that of the file."""


def users_of(word: str) -> list[tuple[str, str]]:
    """What reads a name of ``narrows.limits`` or ``narrows.assumptions``, as rows: of what kind, and which.

    Args:
        word: ``NAT_SOURCE_PORTS``, ``nat_hold_after_close``.
    """
    mentions = re.compile(rf"\b{re.escape(word)}\b")
    listed: dict[str, list[str]] = defaultdict(list)
    rooms: set[str] = set()
    for file, text in _sources():
        if word not in text or mentions.search(text) is None:
            continue
        folder = file.parent.as_posix()
        if folder in _LISTED and not file.name.startswith("_"):
            listed[_LISTED[folder]].append(file.stem.replace("_", "-"))
        else:
            rooms.add(file.parts[0])
    rows = [(kind, ", ".join(names)) for kind, names in listed.items()]
    if rooms:
        rows.append(("Read by", ", ".join(words for room, words in ROOMS.items() if room in rooms)))
    return rows


@cache
def _sources() -> list[tuple[Path, str]]:
    """Every file of the rooms, by its path in the package, with its text."""
    package = Path(__file__).parent.parent
    files = (file for room in ROOMS for file in sorted((package / room).rglob("*.py")))
    return [(file.relative_to(package), file.read_text(encoding="utf-8")) for file in files]
