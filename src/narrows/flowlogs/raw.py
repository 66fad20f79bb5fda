"""What an engine answers, and the questions that it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from narrows.errors import InputError
from narrows.flowlogs.sources import Sources
from narrows.flowlogs.statements import SHORT_INTERVAL

BLIND = "SELECT interface, from_s, to_s, until_s FROM blind"
"""When records of an interface are missing."""


@dataclass(frozen=True)
class Raw:
    """What an engine answers, before names and limits are put to it."""

    peaks: list[dict[str, Any]]
    minutes: list[dict[str, Any]]
    interfaces: list[dict[str, Any]]
    reasons: dict[str, int]
    """Records by what became of them; ``used`` and why not."""
    bounds: dict[str, Any]
    """The time that the logs cover; None where nothing does."""
    interval: int
    skipped: list[dict[str, Any]]
    """Interfaces with SKIPDATA records."""
    reused: int
    connections: int
    unflagged: int
    """TCP records used without tcp-flags."""
    losses: list[dict[str, Any]] = field(default_factory=list)
    """Unanswered attempts by hop, next hop and what became of them (losses.sql)."""
    blind: list[dict[str, Any]] = field(default_factory=list)
    """Stretches of time in which records of an interface are missing (blind.sql)."""
    sources: Sources = field(default_factory=Sources)


def check_any_used(raw: Raw) -> None:
    """Raises ``InputError`` where no record at all says anything of connections."""
    if raw.bounds["begin_s"] is None:
        raise none_used(raw.reasons)


def none_used(reasons: Mapping[str, int]) -> InputError:
    """What is said where no record can be used, by what became of them."""
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items())) or "none at all"
    advice = "name flow logs of the time in question"
    if reasons.get("wrong-number-of-fields"):
        advice = "name the fields of text without a header with --format"
    return InputError(f"no record can be used: {dropped}", advice=advice)


class Engine(Protocol):
    """What has run every stage and can be asked for rows."""

    @property
    def rejected(self) -> dict[str, int]:
        """Lines that are no records, by reason."""

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query in DuckDB's dialect, by column."""


def reasons_of(engine: Engine) -> dict[str, int]:
    """Records by what became of them; lines that are no records, too."""
    reasons = {
        row["reason"]: int(row["records"])
        for row in engine.rows("SELECT reason, SUM(records) AS records FROM pairs GROUP BY reason")
    }
    for reason, count in engine.rejected.items():
        reasons[reason] = reasons.get(reason, 0) + count
    return reasons


def collect(engine: Engine, sources: Sources) -> Raw:
    """Everything that an answer is made of."""
    bounds = engine.rows("SELECT * FROM bounds")[0]
    return Raw(
        peaks=engine.rows("SELECT * FROM peaks"),
        minutes=engine.rows("SELECT * FROM minutes ORDER BY grouping_id, port, minute"),
        interfaces=engine.rows("SELECT * FROM interfaces ORDER BY interface"),
        reasons=reasons_of(engine),
        bounds=bounds,
        interval=int(bounds["interval_s"] or SHORT_INTERVAL),
        skipped=engine.rows(
            "SELECT interface, SUM(records) AS records, MIN(first_s) AS first_s, MAX(last_s) AS last_s"
            " FROM pairs WHERE reason = 'skipdata' GROUP BY interface ORDER BY interface"
        ),
        **engine.rows(
            "SELECT CAST(COALESCE(SUM(reused), 0) AS BIGINT) AS reused, CAST(COALESCE(SUM(connections), 0) AS BIGINT)"
            " AS connections FROM habits"
        )[0],
        unflagged=int(
            engine.rows(
                "SELECT COALESCE(SUM(records), 0) AS n FROM pairs"
                " WHERE reason = 'used' AND protocol = 6 AND flagged = 0"
            )[0]["n"]
        ),
        losses=engine.rows("SELECT * FROM losses ORDER BY after_hop, before_hop, outcome"),
        blind=engine.rows(BLIND),
        sources=sources,
    )
