"""Several flow logs of one interface (of its VPC, its subnet and itself) say the same thing more than once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

REASON = "another-flow-log"
"""Why a record is not used."""
_SLOT = 300
"""Seconds in which a flow log that has any record of an interface has all of them: AWS delivers so many together."""


def one_flow_log_each(db: duckdb.DuckDBPyConnection, parts: Sequence[tuple[str, str]]) -> list[str]:
    """The same records, but of each interface and time only those of one flow log are used: with tcp-flags, if any has
    them, else the one with the most. Where one follows another (they cannot be changed, only made anew), or has a gap,
    both count.

    Args:
        parts: (SELECT that gives records, the flow log that they are of, if it is known).
    """
    slot = f"CAST(FLOOR(first_s / {_SLOT}) AS BIGINT)"
    db.execute(
        "CREATE OR REPLACE TABLE logged (flow_log VARCHAR, interface VARCHAR, slot BIGINT, flagged BIGINT,"
        " records BIGINT)"
    )
    for sql, flow_log in parts:
        if flow_log:
            db.execute(
                f"INSERT INTO logged SELECT ?, interface, {slot}, count(flags), count(*)"
                f" FROM ({sql}) WHERE reason = 'used' GROUP BY interface, {slot}",
                [flow_log],
            )
    db.execute(
        "CREATE OR REPLACE TABLE beside AS WITH ranked AS ("
        " SELECT flow_log, interface, row_number() OVER ("
        " PARTITION BY interface ORDER BY sum(flagged) > 0 DESC, sum(records) DESC, flow_log) AS place"
        " FROM logged GROUP BY flow_log, interface"
        "), placed AS ("
        " SELECT DISTINCT flow_log, interface, slot, place FROM logged JOIN ranked USING (flow_log, interface)"
        "), best AS (SELECT interface, slot, min(place) AS place FROM placed GROUP BY interface, slot)"
        " SELECT placed.flow_log, interface, slot FROM placed JOIN best USING (interface, slot)"
        " WHERE placed.place > best.place"
    )
    found = {name for (name,) in db.execute("SELECT DISTINCT flow_log FROM beside").fetchall()}
    return [_without(sql, flow_log, slot) if flow_log in found else sql for sql, flow_log in parts]


def _without(sql: str, flow_log: str, slot: str) -> str:
    """The records with those marked that a better flow log has too."""
    return (
        f"SELECT part.* REPLACE (CASE WHEN part.reason = 'used' AND EXISTS (SELECT 1 FROM beside WHERE"
        f" beside.flow_log = '{flow_log}' AND beside.interface = part.interface AND beside.slot = {slot})"
        f" THEN '{REASON}' ELSE part.reason END AS reason) FROM ({sql}) AS part"
    )
