"""Several flow logs of one interface (of its VPC, its subnet and itself) say the same thing more than once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

REASON = "another-flow-log"
"""Why a record is not used."""


def one_flow_log_each(db: duckdb.DuckDBPyConnection, parts: Sequence[tuple[str, str]]) -> list[str]:
    """The same records, but of each interface and time only those of one flow log are used: with tcp-flags, if any has
    them, else the one with the most. Where one follows another (they cannot be changed, only made anew), both count.

    Args:
        parts: (SELECT that gives records, the flow log that they are of, if it is known).
    """
    db.execute(
        "CREATE OR REPLACE TABLE logged (flow_log VARCHAR, interface VARCHAR, flagged BIGINT, records BIGINT,"
        " first_s BIGINT, last_s BIGINT)"
    )
    for sql, flow_log in parts:
        if flow_log:
            db.execute(
                "INSERT INTO logged SELECT ?, interface, count(flags), count(*), min(first_s), max(last_s)"
                f" FROM ({sql}) WHERE reason = 'used' GROUP BY interface",
                [flow_log],
            )
    db.execute(
        "CREATE OR REPLACE TABLE beside AS WITH whole AS ("
        " SELECT flow_log, interface, sum(flagged) AS flagged, sum(records) AS records, min(first_s) AS first_s,"
        " max(last_s) AS last_s FROM logged GROUP BY flow_log, interface"
        "), ranked AS ("
        " SELECT whole.*, row_number() OVER ("
        " PARTITION BY interface ORDER BY flagged > 0 DESC, records DESC, flow_log) AS place FROM whole)"
        " SELECT worse.flow_log, worse.interface, better.first_s, better.last_s FROM ranked AS worse"
        " JOIN ranked AS better ON better.interface = worse.interface AND better.place < worse.place"
        " AND better.first_s <= worse.last_s AND worse.first_s <= better.last_s"
    )
    found = [name for (name,) in db.execute("SELECT DISTINCT flow_log FROM beside").fetchall()]
    return [_without(sql, flow_log) if flow_log in found else sql for sql, flow_log in parts]


def _without(sql: str, flow_log: str) -> str:
    """The records with those marked that a better flow log has too."""
    return (
        f"SELECT part.* REPLACE (CASE WHEN part.reason = 'used' AND EXISTS (SELECT 1 FROM beside WHERE"
        f" beside.flow_log = '{flow_log}' AND beside.interface = part.interface AND beside.first_s <= part.last_s"
        f" AND part.first_s <= beside.last_s) THEN '{REASON}' ELSE part.reason END AS reason) FROM ({sql}) AS part"
    )
