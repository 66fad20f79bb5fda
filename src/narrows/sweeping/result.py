"""What a sweep gives: a row for each run, as Arrow and pandas, and a small page with a chart in a notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.frames import Column, arrow_of_rows, check_rows, flag, number, text, whole
from narrows.listing import counted
from narrows.network import HopKind
from narrows.sweeping.work import Ran

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from narrows.recording import TableSummary

ROWS = ("runs", "tables")
"""What a sweep has rows of."""
_FIGURES = (
    whole("run"),
    whole("attempts", "attempts"),
    whole("established", "connections"),
    whole("timed_out", "attempts"),
    whole("refused", "attempts"),
    whole("reset", "connections"),
    whole("not_sent", "attempts"),
    whole("error_port_allocation", "SYNs"),
    text("fullest"),
    whole("fullest_peak", "connections"),
    whole("fullest_capacity", "connections"),
    text("binds"),
    text("binds_at"),
)
_TABLES = (
    whole("run"),
    text("kind"),
    text("resource"),
    text("destination"),
    whole("capacity", "connections"),
    whole("peak", "connections"),
    whole("dropped", "SYNs"),
)
_KINDS = {
    "hyperplane-eni": HopKind.HYPERPLANE_ENI,
    "nat-address": HopKind.NAT_GATEWAY,
    "destination": HopKind.DESTINATION,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One run of one point."""

    values: tuple[object, ...]
    """Of the point, in the order of the paths."""
    run: int
    ran: Ran

    @property
    def failed(self) -> int:
        """Attempts and connections of functions that did not end well."""
        its = self.ran
        return its.timed_out + its.refused + its.reset + its.not_sent

    @property
    def fullest(self) -> TableSummary | None:
        """The table with the least room; None where no limit is known."""
        limited = [one for one in self.ran.tables if one["capacity"]]
        return max(limited, key=lambda one: one["peak"] / (one["capacity"] or 1), default=None)

    @property
    def binding(self) -> TableSummary | None:
        """The table that most SYNs found full; None where none was."""
        most = max(self.ran.tables, key=lambda one: one["dropped"], default=None)
        return most if most is not None and most["dropped"] else None

    @property
    def binds(self) -> str | None:
        """The cause that it is."""
        from narrows.diagnose.causes import cause_of_full

        table = self.binding
        return None if table is None else cause_of_full(_KINDS[table["kind"]]).id


@dataclass(frozen=True)
class Sweep:
    """Every combination of values, each run several times."""

    name: str
    """Of the scenario."""
    paths: tuple[str, ...]
    """What was changed, in the order in which it was given."""
    rows: tuple[Row, ...]
    """Points in the order of their values, the runs of each one after the other."""
    seconds: float
    """How long it all took."""

    def points(self) -> dict[tuple[object, ...], tuple[Row, ...]]:
        """The runs of each point."""
        runs = 1 + max(row.run for row in self.rows)
        # By place: values may be lists, which are no keys.
        parts = [self.rows[first : first + runs] for first in range(0, len(self.rows), runs)]
        return {tuple(map(_key, rows[0].values)): rows for rows in parts}

    def to_arrow(self, rows: str = "runs") -> pa.Table:
        """One row for each of the ``runs``, or for each run and of its ``tables``; the values of the point first."""
        check_rows(rows, ROWS)
        axes = [self._axis(place) for place in range(len(self.paths))]
        if rows == "tables":
            return arrow_of_rows((*axes, *_TABLES), _table_rows(self.rows, axes))
        measured = dict.fromkeys(name for row in self.rows for name, _ in row.ran.measured)
        return arrow_of_rows(
            (*axes, *_FIGURES, *map(number, measured)),
            (
                (*_written(row.values, axes), *_figures(row), *map(dict(row.ran.measured).get, measured))
                for row in self.rows
            ),
        )

    def to_pandas(self, rows: str = "runs") -> pd.DataFrame:
        """The same as a data frame. Raises ``MachineError`` where pandas is not installed."""
        from narrows.frames import pandas_of

        return pandas_of(self.to_arrow(rows))

    def __repr__(self) -> str:
        return one_line(f"Sweep({self.headline})", 300)

    def _repr_html_(self) -> str:
        from narrows.sweeping.notebook import html

        return html(self)

    @property
    def headline(self) -> str:
        """In one line: how much was run, at how many points something failed, and what bound."""
        points = self.points()
        failing = [rows for rows in points.values() if any(row.failed for row in rows)]
        causes = Counter(row.binds for row in self.rows if row.binds)
        runs = len(self.rows) // len(points)
        said = f"{one_line(self.name, 80)}: {counted(len(points), 'point')}, {counted(runs, 'run')} each; "
        said += f"connections fail at {len(failing):,}" if failing else "none fails at any"
        return f"{said} ({', '.join(cause for cause, _ in causes.most_common())})" if causes else said

    def _axis(self, place: int) -> Column:
        path, values = self.paths[place], [row.values[place] for row in self.rows]
        if all(isinstance(one, bool) for one in values):
            return flag(path)
        if all(isinstance(one, int) and not isinstance(one, bool) for one in values):
            return whole(path)
        if all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
            return number(path)
        return text(path)


def mean(rows: Sequence[Row], figure: str) -> float:
    """The mean of one figure of the runs of a point."""
    return fmean(getattr(row, figure) if figure == "failed" else getattr(row.ran, figure) for row in rows)


def _key(value: object) -> object:
    return value if isinstance(value, int | float | str | bool) else str(value)


def _written(values: tuple[object, ...], axes: Sequence[Column]) -> Iterator[object]:
    for value, axis in zip(values, axes, strict=True):
        yield str(value) if axis.kind == "text" else value


def _figures(row: Row) -> tuple[object, ...]:
    its, fullest = row.ran, row.fullest
    return (
        row.run, its.attempts, its.established, its.timed_out, its.refused, its.reset, its.not_sent,
        its.error_port_allocation,
        None if fullest is None else fullest["resource"],
        None if fullest is None else fullest["peak"],
        None if fullest is None else fullest["capacity"],
        row.binds,
        None if row.binding is None else row.binding["resource"],
    )  # fmt: skip


def _table_rows(rows: Sequence[Row], axes: Sequence[Column]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        for one in row.ran.tables:
            yield (
                *_written(row.values, axes), row.run, one["kind"], one["resource"], one["destination"],
                one["capacity"], one["peak"], one["dropped"],
            )  # fmt: skip
