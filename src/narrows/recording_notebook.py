"""A recording in a notebook: one line, a small page, and its attempts and series as rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from narrows.errors import one_line
from narrows.frames import arrow_of_columns, check_rows, moment, number, text, whole
from narrows.html_table import HtmlTable, html_page
from narrows.listing import counted
from narrows.recording import Outcome, Recording, TableSummary, destination_of, numbered, summarize
from narrows.units import MICROSECONDS
from narrows.words import percent

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from narrows.recording import FunctionSeries

_Series = TypeVar("_Series")

ROWS = ("outcomes", "functions", "tables", "nat_gateways", "destinations")
"""What a recording has rows of."""
_OF_NAT = {
    "active": "connections",
    "attempts": "SYNs",
    "established": "connections",
    "port_allocation_errors": "SYNs",
    "idle_timeouts": "connections",
    "bytes_out": "bytes",
    "packets_out": "packets",
    "packets_dropped": "packets",
}
_OF_DESTINATION = {"open": "connections", "accepted": "connections", "refused": "SYNs", "ignored": "SYNs"}
_OF_FUNCTION = {
    "environments": "execution environments",
    "busy": "execution environments",
    "invocations": "invocations",
    "throttles": "invocations",
    "attempted": "attempts",
    "open": "connections",
    "abandoned": "attempts",
}


def short(recording: Recording) -> str:
    """``Recording(launch-load-test: 300 s, 90,000 attempts; 35,000 timed out; full: nat-a)``"""
    return one_line(f"Recording({_headline(recording)})", 300)


def html(recording: Recording) -> str:
    """How attempts ended, and the tables with the fullest first."""
    tables = sorted(summarize(recording)["tables"], key=_share, reverse=True)
    seen = [one for one in Outcome if one is Outcome.ESTABLISHED or recording.ended(one)]
    functions = HtmlTable(
        ("function", "most environments", "attempts", *(_words(one) for one in seen)),
        (
            (
                name,
                int(its.environments.max(initial=0)),
                int(its.attempted.sum()),
                *(int(its.outcomes[:, one].sum()) for one in seen),
            )
            for name, its in recording.functions.items()
        ),
        len(recording.functions),
    )
    filled = HtmlTable(
        ("table", "to", "most entries", "holds", "full", "SYNs without room"),
        (
            (
                f"{one['kind']} {one['resource']}",
                one["destination"],
                one["peak"],
                one["capacity"],
                percent(_share(one)) if one["capacity"] else None,
                one["dropped"],
            )
            for one in tables
        ),
        len(tables),
    )
    note = f"Starts at {recording.start:%Y-%m-%d %H:%M:%S}Z; simulated in {recording.wall_seconds:.2f} s."
    return html_page(_headline(recording), (functions, filled), (note,))


def arrow(recording: Recording, rows: str) -> pa.Table:
    """The rows of that name: one for each ended attempt, or one for each second and what it is a series of."""
    check_rows(rows, ROWS)
    if rows == "outcomes":
        return _outcomes(recording)
    if rows == "functions":
        return _functions(recording)
    if rows == "tables":
        return _tables(recording)
    if rows == "nat_gateways":
        return _series(recording, "nat_gateway", recording.nat_gateways, _OF_NAT)
    return _series(recording, "destination", recording.destinations, _OF_DESTINATION)


def _headline(recording: Recording) -> str:
    functions = recording.functions.values()
    attempted = sum(int(one.attempted.sum()) for one in functions)
    parts = [f"{recording.name or 'unnamed'}: {recording.seconds:,} s, {counted(attempted, 'attempt')}"]
    failed = [(one, recording.ended(one)) for one in Outcome if one is not Outcome.ESTABLISHED]
    parts += [f"{count:,} {_words(one)}" for one, count in failed if count]
    if len(parts) == 1:
        parts.append("none failed")
    full = dict.fromkeys(table.resource for table in recording.tables if table.dropped.any())
    if full:
        parts.append(f"full: {', '.join([*full][:3])}" + (f" and {len(full) - 3:,} more" if len(full) > 3 else ""))
    return "; ".join(parts)


def _words(outcome: Outcome) -> str:
    return outcome.name.lower().replace("_", " ")


def _share(table: TableSummary) -> float:
    return table["peak"] / table["capacity"] if table["capacity"] else 0.0


def _microseconds(recording: Recording) -> int:
    return round(recording.start.timestamp()) * MICROSECONDS


def _outcomes(recording: Recording) -> pa.Table:
    its = recording.outcomes
    columns = (
        moment("time"),
        text("client"),
        whole("environment"),
        text("destination"),
        text("outcome"),
        number("seconds", "s"),
    )
    return arrow_of_columns(
        columns,
        (
            its.ended + _microseconds(recording),
            _named(its.client, its.clients),
            its.environment,
            _named(its.destination, its.destinations),
            _named(its.outcome, [one.name.lower() for one in Outcome]),
            its.seconds,
        ),
    )


def _named(indices: NDArray[np.integer], names: Sequence[str]) -> pa.Array:
    """Names by index, as texts."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(names, pa.string()))


def _functions(recording: Recording) -> pa.Table:
    of_outcome = {one.name.lower(): one for one in Outcome}
    units = {**_OF_FUNCTION, **dict.fromkeys(of_outcome, "attempts")}

    def array(its: FunctionSeries, column: str) -> NDArray[np.int64]:
        found: NDArray[np.int64] = its.outcomes[:, of_outcome[column]] if column in of_outcome else getattr(its, column)
        return found

    return _series(recording, "client", {**recording.functions, **recording.others}, units, array)


def _series(
    recording: Recording,
    what: str,
    series: Mapping[str, _Series],
    units: Mapping[str, str],
    array: Callable[[_Series, str], NDArray[np.int64]] = getattr,
) -> pa.Table:
    """One row for each of a kind and second."""
    columns = (moment("time"), text(what), *(whole(name, unit) for name, unit in units.items()))
    index, seconds = _each_second(recording, len(series))
    values = [_joined([array(its, column) for its in series.values()]) for column in units]
    return arrow_of_columns(columns, (seconds, _named(index, list(series)), *values))


def _each_second(recording: Recording, count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Of so many series one after the other: which one it is, and the moment."""
    import numpy as np

    seconds = np.arange(recording.seconds, dtype=np.int64) * MICROSECONDS + _microseconds(recording)
    return np.repeat(np.arange(count, dtype=np.int32), recording.seconds), np.tile(seconds, count)


def _joined(arrays: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    import numpy as np

    return np.concatenate(arrays) if arrays else np.empty(0, np.int64)


def _tables(recording: Recording) -> pa.Table:
    import pyarrow as pa

    columns = (
        moment("time"),
        text("kind"),
        text("resource"),
        text("destination"),
        whole("capacity", "connections"),
        whole("occupied", "connections"),
        whole("dropped", "SYNs"),
    )
    tables = recording.tables
    index, seconds = _each_second(recording, len(tables))

    def repeated(values: Sequence[str | int | None], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind).take(pa.array(index))

    return arrow_of_columns(
        columns,
        (
            seconds,
            repeated([one.kind for one in tables], pa.string()),
            repeated([numbered(one) for one in tables], pa.string()),
            repeated([destination_of(one) for one in tables], pa.string()),
            repeated([one.capacity for one in tables], pa.int64()),
            _joined([one.occupied for one in tables]),
            _joined([one.dropped for one in tables]),
        ),
    )
