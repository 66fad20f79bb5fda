"""The SQL, which stands in the ``.sql`` files of this room, in DuckDB's dialect.

Each file is one SELECT over the tables that the files before it make. Its parameters (``$idle_timeout``) become plain
numbers here. Other engines get the same statements from sqlglot.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from narrows.assumptions import Assumptions
from narrows.bounds import LAST_MOMENT
from narrows.packages import need

GROUPINGS = ("key", "eni", "nat", "destination", "nat-address")
"""``key`` is one for each interface and unique destination."""

_ASSUMED = (
    "eni_idle_timeout", "eni_half_open_hold", "eni_hold_after_close", "nat_hold_after_close", "nat_half_open_hold",
    "syn_retransmits",
)  # fmt: skip

SHORT_INTERVAL, LONG_INTERVAL = 60, 600
"""The aggregation intervals that AWS offers, in seconds."""

SLOT = 300
"""Seconds of records that AWS delivers together."""

_NEVER = 1_000_000

_PATIENCE = 130
"""Seconds within which SYNs of one five-tuple may be the same attempt: Linux gives up after 127."""


def assumptions_used(*, flagged: bool) -> tuple[str, ...]:
    """The assumptions that the bounds depend on, where every TCP record has tcp-flags or where some have none."""
    return _ASSUMED if flagged else (*_ASSUMED, "port_rest")


def settings(by: str, assumed: Assumptions, window: tuple[int, int] | None = None) -> dict[str, Value]:
    """The parameters of the statements.

    Args:
        by: one of ``GROUPINGS``.
        window: of which the answer is to tell, seconds since 1970: records that end before it have been left out.
    """
    moments = (0, *(round(one) for one in assumed.syn_retransmits))
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    return {
        "by": by,
        "begin": 0 if window is None else max(0, window[0]),
        "end": 0 if window is None or window[1] > LAST_MOMENT else window[1],
        "forever": LAST_MOMENT,
        "short_interval": SHORT_INTERVAL,
        "long_interval": LONG_INTERVAL,
        "idle_timeout": round(assumed.eni_idle_timeout),
        # Times are cut to whole seconds, so a timer that is a little late can show as one more.
        "retransmit_gaps": tuple(sorted({gap + late for gap in gaps for late in (0, 1)})),
        "nat_hold": round(assumed.nat_hold_after_close),
        "eni_hold": round(assumed.eni_hold_after_close),
        "nat_half_open": round(assumed.nat_half_open_hold),
        "eni_half_open": round(assumed.eni_half_open_hold),
        "port_rest": round(assumed.port_rest),
        "late_packets": 2,
        "moments": moments,
        "patience": _PATIENCE,
        "slot": SLOT,
        "longest_patience": SLOT + LONG_INTERVAL,
        "schedule": tuple(zip(moments, (*moments[1:], _NEVER), strict=True)),
    }


STAGES = (
    "pairs", "bounds", "owners", "directed", "interfaces", "legs", "flows", "logged", "flagless", "blind", "seen",
    "sided", "tuples", "timeline", "segments", "habits", "spans", "sure", "tries", "ways", "watched", "unanswered",
    "entering", "leaving", "losses", "groups", "margins", "steps", "levels", "minutes", "peaks",
)  # fmt: skip
"""The stages in the order in which they build on each other; the first builds on ``records`` and ``known``."""

GROUPED = STAGES[STAGES.index("groups") :]
"""Those that depend on what is counted together."""

Value = int | float | str | tuple[int, ...] | tuple[tuple[int, ...], ...]
"""A tuple becomes a list in brackets, a tuple of tuples the rows of VALUES."""


@cache
def text_of(stage: str) -> str:
    """The statement of a stage as it stands in its file."""
    return files("narrows.flowlogs").joinpath("sql", f"{stage}.sql").read_text(encoding="utf-8")


def statement(stage: str, settings: Mapping[str, Value]) -> str:
    """A stage's statement in DuckDB's dialect, every parameter replaced by its value.

    Raises:
        KeyError: a parameter has no value.
    """
    import re

    def value(match: re.Match[str]) -> str:
        return _sql(settings[match[1]])

    return re.sub(r"\$([a-z_]+)", value, text_of(stage))


def _sql(value: Value) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if not isinstance(value, tuple):
        return str(value)
    if value and isinstance(value[0], tuple):
        return ", ".join(_sql(row) for row in value)
    return "(" + ", ".join(str(one) for one in value) + ")"


def in_dialect(sql: str, dialect: str) -> str:
    """A statement of DuckDB's dialect in another engine's (``spark``, ``athena``, ``trino``)."""
    need("sqlglot", f"SQL for {dialect}")
    import sqlglot

    return sqlglot.transpile(sql, read="duckdb", write=dialect, pretty=True)[0]


def statements(settings: Mapping[str, Value], dialect: str | None = None) -> Iterator[tuple[str, str]]:
    """(stage, statement) of every stage in order."""
    for stage in STAGES:
        sql = statement(stage, settings)
        yield stage, sql if dialect is None else in_dialect(sql, dialect)
