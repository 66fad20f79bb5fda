"""Records far from all others: one with a wrong clock must not make an answer of decades, nor refuse the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from narrows.bounds import FLOW_LOG_DAYS, STRAY_RECORDS
from narrows.errors import InputError
from narrows.flowlogs.records import COLUMNS

if TYPE_CHECKING:
    from narrows.flowlogs.raw import Engine

REASON = "far-from-the-others"
"""Why a record is not used."""
_DAY = 86_400
_SPAN = FLOW_LOG_DAYS * _DAY
_COVERING = "('used', 'nodata', 'skipdata', 'rejected', 'no-ports')"
"""The records that tell which time the logs cover (bounds.sql)."""


def time_of_most(engine: Engine) -> tuple[int, int] | None:
    """The time to keep to where a few records lie far from all others; None where none does.

    Raises:
        InputError: the records span more than is counted at once, and those far away are not few.
    """
    bounds = engine.rows("SELECT begin_s, end_s FROM bounds")[0]
    if bounds["begin_s"] is None or bounds["end_s"] - bounds["begin_s"] <= _SPAN:
        return None
    days = {
        int(row["day"]): int(row["records"])
        for row in engine.rows(
            f"SELECT CAST(FLOOR(first_s / {_DAY}) AS BIGINT) AS day, COUNT(*) AS records FROM records"
            f" WHERE reason IN {_COVERING} AND first_s IS NOT NULL GROUP BY CAST(FLOOR(first_s / {_DAY}) AS BIGINT)"
        )
    }
    middle, whole = _middle(days), sum(days.values())
    begin, end = (middle - FLOW_LOG_DAYS // 2) * _DAY, (middle + FLOW_LOG_DAYS // 2) * _DAY
    kept = sum(count for day, count in days.items() if begin <= day * _DAY < end)
    stray = whole - kept
    if stray >= kept or stray > max(STRAY_RECORDS, whole // 100):
        found = " to ".join(f"{datetime.fromtimestamp(day * _DAY, UTC):%Y-%m-%d}" for day in (min(days), max(days)))
        raise InputError(
            f"the records are of {found}, and at most {FLOW_LOG_DAYS} days are counted at once",
            advice="name the time in question with --from and --to (in a case: its window)",
        )
    return begin, end


def only_within(records: str, within: tuple[int, int]) -> str:
    """The same records, with those marked that do not lie within some time."""
    kept = ", ".join(one for one in COLUMNS if one not in ("first_s", "last_s", "reason"))
    begin, end = within
    far = f"first_s < {begin} OR last_s >= {end}"
    return (
        f"SELECT {kept}, CASE WHEN {far} THEN NULL ELSE first_s END AS first_s,"
        f" CASE WHEN {far} THEN NULL ELSE last_s END AS last_s,"
        f" CASE WHEN ({far}) AND reason IN {_COVERING} THEN '{REASON}' ELSE reason END AS reason"
        f" FROM ({records}) AS every"
    )


def _middle(days: dict[int, int]) -> int:
    """The day by which half of the records have begun."""
    whole, so_far = sum(days.values()), 0
    for day, count in sorted(days.items()):
        so_far += count
        if 2 * so_far >= whole:
            return day
    return 0
