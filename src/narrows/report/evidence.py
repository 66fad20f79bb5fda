"""The evidence table: every cause with its status, its numbers, and what speaks for and against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from narrows.case.model import Case
from narrows.diagnose.causes import CAUSES
from narrows.errors import one_line
from narrows.limits import LIMITS
from narrows.listing import MOST_LINES
from narrows.printable import printable
from narrows.words import cause_title, readable, resource_name

Json = Mapping[str, Any]

_LONGEST = 1000
"""Characters of a sentence: names in it come from outside, and may be any length."""
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
        observed=" ".join(readable(observed["low"], observed["high"], observed["unit"])) if observed else "",
        limit=_limit(limit, observed) if limit else "",
        binds=cause["id"] == narrows,
        evidence=_pieces(cause["evidence"]),
    )


def _pieces(evidence: Sequence[Json]) -> tuple[Piece, ...]:
    """The strongest come first; of very many the rest is counted."""
    shown = tuple(
        Piece(one["supports"], one_line(one["text"], _LONGEST), one_line(one["source"], _LONGEST))
        for one in evidence[:MOST_LINES]
    )
    left = len(evidence) - MOST_LINES
    return shown if left <= 0 else (*shown, Piece(False, f"And {left:,} more.", "narrows diagnose --json"))


def _limit(limit: Json, observed: Json | None) -> str:
    known = LIMITS.get(limit["id"])
    unit = known.unit if known else ""
    per = ""
    if known and (not observed or observed["unit"] == unit):
        # What it is counted over, without what explains that.
        per = f" per {re.split(r' [(]|[,;:]', known.scope)[0]}"
    return f"{' '.join(readable(limit['value'], limit['value'], unit)).strip()}{per} ({limit['certainty']})"


@dataclass(frozen=True, slots=True)
class MissingRow:
    """Evidence that would make the answer surer."""

    evidence: str
    why: tuple[tuple[str, str], ...]
    """The cause that it would judge (empty where none is named), and how."""
    how: str
    """The command that collects it."""


def missing_rows(diagnosis: Json) -> tuple[MissingRow, ...]:
    """What to collect."""
    return tuple(
        MissingRow(
            one_line(one["evidence"], _LONGEST),
            tuple(_reasons(one_line(one["why"], _LONGEST))),
            _command(one["how"]),
        )
        for one in diagnosis["missing"]
    )


def _reasons(why: str) -> Iterator[tuple[str, str]]:
    """``cause: reason; cause: reason`` as pairs of the cause's title and the reason."""
    known = "|".join(map(re.escape, CAUSES))
    for part in re.split(rf"; (?=(?:{known}): )", why):
        cause, colon, reason = part.partition(": ")
        yield (cause_title(cause), reason) if colon and cause in CAUSES else ("", part)


def _command(how: str) -> Markup:
    """A command as it can be copied, with nothing added to what is printable in it."""
    return escape(printable(how))
