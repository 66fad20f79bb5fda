"""The evidence table: every cause with its status, its numbers, and what speaks for and against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from narrows.case.model import Case
from narrows.diagnose.causes import cause_title
from narrows.diagnose.model import BoundLimit, CauseResult, Diagnosis, Evidence, Observed, Status
from narrows.diagnose.weighing import is_needless
from narrows.errors import one_line
from narrows.limits import LIMITS
from narrows.listing import MOST_LINES, counted
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
    status: Status
    mechanism: str
    resource: str
    observed: str
    limit: str
    binds: bool
    needless: bool
    """Whether what failed is accounted for without it."""
    evidence: tuple[Piece, ...]


def cause_rows(case: Case, diagnosis: Diagnosis) -> tuple[CauseRow, ...]:
    """Every cause of a diagnosis, the one that binds first, then the surest."""
    ordered = sorted(diagnosis.causes, key=lambda cause: (cause.id != diagnosis.narrows, cause.status.rank))
    return tuple(_row(case, cause, diagnosis) for cause in ordered)


@dataclass(frozen=True, slots=True)
class CauseFold:
    """Causes that a reader opens to see: none of them is the answer."""

    title: str
    """With how many they are."""
    names: tuple[str, ...]
    """What stands on paper in their place."""
    rows: tuple[CauseRow, ...]


_FOLDS: tuple[tuple[str, Callable[[CauseRow], bool]], ...] = (
    ("not ruled out, but what failed is accounted for without {them}", lambda row: row.needless),
    ("that cannot be judged: the evidence is missing", lambda row: row.status == Status.UNKNOWN),
    ("ruled out", lambda row: row.status == Status.RULED_OUT),
)


def open_and_folded(rows: Sequence[CauseRow]) -> tuple[tuple[CauseRow, ...], tuple[CauseFold, ...]]:
    """The causes that the answer speaks of, and the others, folded by what is known of them."""
    folded: list[CauseFold] = []
    for title, belongs in _FOLDS:
        inside = tuple(row for row in rows if belongs(row) and not row.binds)
        if inside:
            said = title.replace("{them}", "it" if len(inside) == 1 else "them")
            names = tuple(row.title for row in inside)
            folded.append(CauseFold(f"{counted(len(inside), 'cause')} {said}", names, inside))
    hidden = {row.id for fold in folded for row in fold.rows}
    return tuple(row for row in rows if row.id not in hidden), tuple(folded)


def _row(case: Case, cause: CauseResult, diagnosis: Diagnosis) -> CauseRow:
    observed, limit = cause.observed, cause.limit
    return CauseRow(
        id=cause.id,
        title=cause_title(cause.id),
        status=cause.status,
        mechanism=cause.mechanism or "",
        resource=resource_name(case, cause.resource) if cause.resource else "",
        observed=" ".join(readable(observed.low, observed.high, observed.unit)) if observed else "",
        limit=_limit(limit, observed) if limit else "",
        binds=cause.id == diagnosis.narrows,
        needless=is_needless(diagnosis, cause),
        evidence=_pieces(cause.evidence),
    )


def _pieces(evidence: Sequence[Evidence]) -> tuple[Piece, ...]:
    """The strongest come first; of very many the rest is counted."""
    shown = tuple(
        Piece(piece.supports, one_line(piece.text, _LONGEST), one_line(piece.source, _LONGEST))
        for piece in evidence[:MOST_LINES]
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
            one_line(gap.evidence, _LONGEST),
            one_line(gap.note, _LONGEST),
            tuple((cause_title(reason.cause), one_line(reason.text, _LONGEST)) for reason in gap.reasons),
            _command(gap.how),
        )
        for gap in diagnosis.asked
    )


def _command(how: str) -> Markup:
    """A command as it can be copied, with nothing added to what is printable in it."""
    return escape(printable(how))
