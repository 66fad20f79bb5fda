"""``truth.json``: what really happened, which no service of AWS shows. Nothing that diagnoses reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from narrows.recording import FunctionSeries, Outcome, Recording, TableSeries, summarize
from narrows.writing.layout import Layout
from narrows.writing.metrics import Minutes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ATTEMPT_ENDS = ("established", "timed_out", "refused", "no_descriptor", "no_name", "abandoned")
"""How an attempt ends; a reset ends a connection that was established before."""


def truth(layout: Layout, recording: Recording) -> dict[str, Any]:
    """The tables, who attempted what with which end, and the figures of the run, by the minute.

    At every minute, for each client: attempted = established + timed_out + refused + no_descriptor + no_name +
    abandoned + pending, each counted from the start.
    """
    minutes = Minutes(recording)
    figures = {key: value for key, value in summarize(recording).items() if key != "seconds"}
    return {
        "schema": 1,
        "name": recording.name,
        "summary": figures,
        "minutes": minutes.moments.tolist(),
        "functions": {name: _client(minutes, one) for name, one in recording.functions.items()},
        "others": {name: _client(minutes, one) for name, one in recording.others.items()},
        "tables": [_table(layout, minutes, one) for one in recording.tables],
        "nat_gateways": {
            name: {
                "id": layout.nats[name].id if name in layout.nats else layout.ids.of("nat", name),
                "attempts": _total(minutes, one.attempts),
                "established": _total(minutes, one.established),
                "port_allocation_errors": _total(minutes, one.port_allocation_errors),
            }
            for name, one in recording.nat_gateways.items()
        },
        "destinations": {
            name: {
                "open": _ints(minutes.largest(one.open)),
                "accepted": _total(minutes, one.accepted),
                "refused": _total(minutes, one.refused),
                "ignored": _total(minutes, one.ignored),
            }
            for name, one in recording.destinations.items()
        },
        **({"extra": dict(recording.extra)} if recording.extra else {}),
    }


def _client(minutes: Minutes, series: FunctionSeries) -> dict[str, list[int]]:
    """Counted from the start, at the end of each minute; ``open`` and ``environments`` are the most of each."""
    attempted = _total(minutes, series.attempted)
    ends = {one.name.lower(): _total(minutes, series.outcomes[:, one]) for one in Outcome}
    ends["abandoned"] = _total(minutes, series.abandoned)
    ended = [sum(ends[name][index] for name in _ATTEMPT_ENDS) for index in range(len(attempted))]
    return {
        "environments": _ints(minutes.largest(series.environments)),
        "open": _ints(minutes.largest(series.open)),
        "attempted": attempted,
        **ends,
        "pending": [asked - done for asked, done in zip(attempted, ended, strict=True)],
    }


def _table(layout: Layout, minutes: Minutes, table: TableSeries) -> dict[str, Any]:
    eni = next((one.id for one in layout.enis if one.key == table.eni and one.index == table.index), None)
    nat = layout.nats.get(table.resource) if table.kind == "nat-address" else None
    return {
        "kind": table.kind,
        "resource": table.resource,
        "id": eni or (nat.id if nat else None),
        "index": table.index,
        "az": table.az,
        "destination": table.destination,
        "destination_address": table.destination_address,
        "destination_port": table.destination_port,
        "capacity": table.capacity,
        "peak": int(table.occupied.max(initial=0)),
        "dropped": int(table.dropped.sum()),
        "occupied_by_minute": _ints(minutes.largest(table.occupied)),
        "dropped_by_minute": _ints(minutes.sum(table.dropped)),
    }


def _total(minutes: Minutes, seconds: NDArray[np.int64]) -> list[int]:
    return _ints(minutes.sum(seconds).cumsum())


def _ints(values: NDArray[np.float64]) -> list[int]:
    return [int(value) for value in values]
