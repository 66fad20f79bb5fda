"""The SQL, which stands in the ``.sql`` files of this room, in DuckDB's dialect.

Each file is one SELECT over the tables that the files before it make. Its parameters (``$idle_timeout``) become plain
numbers here. Other engines get the same statements from sqlglot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

STAGES = (
    "pairs", "bounds", "owners", "directed", "interfaces", "legs", "sided", "tuples", "timeline", "segments", "habits",
    "spans", "sure", "groups", "steps", "levels", "minutes", "peaks",
)  # fmt: skip
"""The stages in the order in which they build on each other; the first builds on ``records`` and ``known``."""

GROUPED = STAGES[STAGES.index("groups") :]
"""Those that depend on what is counted together."""

Value = int | float | str


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
        found = settings[match[1]]
        return str(found) if isinstance(found, int | float) else "'" + found.replace("'", "''") + "'"

    return re.sub(r"\$([a-z_]+)", value, text_of(stage))


def in_dialect(sql: str, dialect: str) -> str:
    """A statement of DuckDB's dialect in another engine's (``spark``, ``athena``, ``trino``)."""
    import sqlglot

    return sqlglot.transpile(sql, read="duckdb", write=dialect, pretty=True)[0]


def statements(settings: Mapping[str, Value], dialect: str | None = None) -> Iterator[tuple[str, str]]:
    """(stage, statement) of every stage in order."""
    for stage in STAGES:
        sql = statement(stage, settings)
        yield stage, sql if dialect is None else in_dialect(sql, dialect)
