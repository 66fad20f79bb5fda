"""How full databases of RDS were by their own count, where their parameter groups say what they take."""

from __future__ import annotations

from dataclasses import dataclass

from narrows.evidence.destinations import database_of, is_database, readings_of
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import PEAK, Reading


@dataclass(frozen=True, slots=True)
class DatabaseRoom:
    """The instances that a destination is, or that stand behind the name of its cluster."""

    readings: tuple[tuple[Reading, int], ...]
    """``DatabaseConnections`` of each, with its ``max_connections``."""
    source: str
    """The file that says the first of these."""
    is_whole: bool
    """Whether they are all instances that the name may lead to, as far as the case knows them."""


@once
def database_room(facts: Facts, destination: str | None) -> DatabaseRoom | None:
    """What a destination's instances hold and take; None where no ``max_connections`` of one is known."""
    about = facts.case.destinations.get(destination or "")
    of = database_of(about.host) if about is not None else None
    if about is None or of is None:
        return None
    owned = facts.case.owned
    instances = {one.id.lower(): one for one in owned.members(of[1])} if of[0] == "DBClusterIdentifier" else (
        {of[1]: owned.databases[of[1]]} if of[0] == "DBInstanceIdentifier" and of[1] in owned.databases else {}
    )  # fmt: skip
    found, sources = [], []
    for dimensions, reading in readings_of(facts, "AWS/RDS", "DatabaseConnections", (*PEAK, "Average")):
        one = instances.get(dimensions.get("DBInstanceIdentifier", "").lower())
        if one is not None and one.max_connections is not None and is_database(facts, dimensions, about.host):
            found.append((reading, one.max_connections))
            sources.append(one.source)
    return DatabaseRoom(tuple(found), sources[0], len(found) == len(instances)) if found else None
