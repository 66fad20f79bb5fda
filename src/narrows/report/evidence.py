"""The evidence table: every cause with its status, its numbers, and what speaks for and against it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from narrows.case.model import Case
from narrows.diagnose.causes import cause_title
from narrows.diagnose.model import BoundLimit, CauseResult, Diagnosis, Evidence, Observed
from narrows.errors import one_line
from narrows.limits import LIMITS
from narrows.listing import MOST_LINES
from narrows.printable import printable
from narrows.words import readable, resource_name

_LONGEST = 1000
"""Characters of a sentence: names in it come from outside, and may be any length."""


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


def cause_rows(case: Case, diagnosis: Diagnosis) -> tuple[CauseRow, ...]:
    """Every cause of a diagnosis, the one that binds first, then the surest."""
    ordered = sorted(diagnosis.causes, key=lambda cause: (cause.id != diagnosis.narrows, cause.status.rank))
    return tuple(_row(case, cause, diagnosis.narrows) for cause in ordered)


def _row(case: Case, cause: CauseResult, narrows: str | None) -> CauseRow:
    observed, limit = cause.observed, cause.limit
    return CauseRow(
        id=cause.id,
        title=cause_title(cause.id),
        status=cause.status.value,
        mechanism=cause.mechanism or "",
        resource=resource_name(case, cause.resource) if cause.resource else "",
        observed=" ".join(readable(observed.low, observed.high, observed.unit)) if observed else "",
        limit=_limit(limit, observed) if limit else "",
        binds=cause.id == narrows,
        evidence=_pieces(cause.evidence),
    )


def _pieces(evidence: Sequence[Evidence]) -> tuple[Piece, ...]:
    """The strongest come first; of very many the rest is counted."""
    shown = tuple(
        Piece(one.supports, one_line(one.text, _LONGEST), one_line(one.source, _LONGEST))
        for one in evidence[:MOST_LINES]
    )
    left = len(evidence) - MOST_LINES
    return shown if left <= 0 else (*shown, Piece(False, f"And {left:,} more.", "narrows diagnose --json"))


def _limit(limit: BoundLimit, observed: Observed | None) -> str:
    known = LIMITS.get(limit.id)
    unit = known.unit if known else ""
    per = ""
    if known and (not observed or observed.unit == unit):
        # What it is counted over, without what explains that.
        per = f" per {re.split(r' [(]|[,;:]', known.scope)[0]}"
    return f"{' '.join(readable(limit.value, limit.value, unit)).strip()}{per} ({limit.certainty.value})"


@dataclass(frozen=True, slots=True)
class MissingRow:
    """Evidence that would make the answer surer."""

    evidence: str
    note: str
    """Why what the case holds of it does not do, where it holds some."""
    why: tuple[tuple[str, str], ...]
    """The cause that it would judge, and how."""
    how: str
    """The command that collects it."""


def missing_rows(diagnosis: Diagnosis) -> tuple[MissingRow, ...]:
    """What to collect."""
    return tuple(
        MissingRow(
            one_line(one.evidence, _LONGEST),
            one_line(one.note, _LONGEST),
            tuple((cause_title(reason.cause), one_line(reason.text, _LONGEST)) for reason in one.reasons),
            _command(one.how),
        )
        for one in diagnosis.asked
    )


def _command(how: str) -> Markup:
    """A command as it can be copied, with nothing added to what is printable in it."""
    return escape(printable(how))
