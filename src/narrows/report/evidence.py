"""The evidence table: every cause with its status, its numbers, and what speaks for and against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from narrows.case.model import Case
from narrows.report.words import cause_title, count, figure, resource_name

Json = Mapping[str, Any]

STATUSES = ("confirmed", "likely", "possible", "unknown", "ruled-out")
"""From surest to excluded."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence."""

    supports: bool
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One cause."""

    id: str
    title: str
    status: str
    mechanism: str
    resource: str
    observed: str
    limit: str
    binds: bool
    evidence: tuple[Piece, ...]


def cause_rows(case: Case, diagnosis: Json) -> tuple[CauseRow, ...]:
    """Every cause of a diagnosis (its JSON answer), the surest first."""
    rows = [_row(case, cause, diagnosis["narrows"]) for cause in diagnosis["causes"]]
    order = {status: place for place, status in enumerate(STATUSES)}
    return tuple(sorted(rows, key=lambda row: (not row.binds, order.get(row.status, len(order)))))


def _row(case: Case, cause: Json, narrows: str | None) -> CauseRow:
    observed, limit = cause["observed"], cause["limit"]
    return CauseRow(
        id=cause["id"],
        title=cause_title(cause["id"]),
        status=cause["status"],
        mechanism=cause["mechanism"] or "",
        resource=resource_name(case, cause["resource"]) if cause["resource"] else "",
        observed=f"{figure(observed['low'], observed['high'])} {observed['unit']}" if observed else "",
        limit=f"{count(limit['value'])} ({limit['certainty']})" if limit else "",
        binds=cause["id"] == narrows,
        evidence=tuple(Piece(one["supports"], one["text"], one["source"]) for one in cause["evidence"]),
    )
