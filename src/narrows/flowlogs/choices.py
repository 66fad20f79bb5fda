"""What a user chose, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from narrows.assumptions import Assumptions
from narrows.case.flow_log_fields import parse_format
from narrows.errors import InputError, nearest
from narrows.flowlogs.statements import GROUPINGS

ENGINES = ("duckdb", "spark", "athena")
_LAST = 253_402_300_799
"""The end of the year 9999."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Choices that hold together."""

    window: tuple[int, int] | None
    """Seconds since 1970."""
    fields: tuple[str, ...] | None
    """Of text without a header."""
    stated: Mapping[str, object]
    """Assumptions by name."""

    def assumed(self, base: Assumptions) -> Assumptions:
        """``base`` with what the user states instead."""
        return replace(base, **self.stated)  # type: ignore[arg-type]  # each was parsed as its own kind


def choose(
    *,
    by: str,
    engine: str,
    begin: datetime | None,
    end: datetime | None,
    record_format: str | None,
    assume: Sequence[str] = (),
) -> Chosen:
    """Check what a user chose. Each of ``assume`` is an assumption as ``name=value``.

    Raises:
        InputError: an unknown word, a window that ends before it begins, a format with an unknown field, an
            assumption that there is not or that cannot be so.
    """
    for word, known, what in ((by, GROUPINGS, "--by"), (engine, ENGINES, "--engine")):
        if word not in known:
            near = nearest(word, known)
            raise InputError(
                f"'{word}' is nothing that {what} takes",
                advice=f"did you mean {near}?" if near else f"one of {', '.join(known)}",
            )
    window = None
    if begin is not None or end is not None:
        window = (_seconds(begin) if begin else 0, _seconds(end) if end else _LAST)
        if window[0] > window[1]:
            raise InputError("--to is before --from")
    fields = None
    if record_format is not None:
        try:
            fields = parse_format(record_format)
        except ValueError as error:
            raise InputError(f"--format: {error}", advice="write the fields of the flow log's own format") from None
    return Chosen(window, fields, _assumptions(assume))


def _assumptions(written: Sequence[str]) -> Mapping[str, object]:
    changed: dict[str, object] = {}
    for one in written:
        name, _, value = one.partition("=")
        if name not in Assumptions.names():
            near = nearest(name, Assumptions.names())
            raise InputError(
                f"--assume: there is no assumption '{name}'",
                advice=f"did you mean {near}?" if near else f"one of {', '.join(Assumptions.names())}",
            )
        try:
            changed[name] = Assumptions.parse(name, value)
        except ValueError as error:
            raise InputError(f"--assume {name}: {error}") from None
    return changed


def _seconds(moment: datetime) -> int:
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
