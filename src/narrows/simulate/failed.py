"""Whose connects failed in a run: of which function, to where, from when on, how many of how many, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from narrows.network import HopKind
from narrows.recording import Outcome

if TYPE_CHECKING:
    from narrows.recording import Recording

_WORDS = {
    Outcome.TIMED_OUT: "timed out",
    Outcome.REFUSED: "were refused",
    Outcome.RESET: "were reset when used again",
    Outcome.NO_DESCRIPTOR: "found no file descriptor left",
    Outcome.NO_NAME: "did not resolve the name",
}
_KINDS = {
    HopKind.HYPERPLANE_ENI: "hyperplane-eni",
    HopKind.NAT_GATEWAY: "nat-address",
    HopKind.DESTINATION: "destination",
}
"""The kinds of tables as a recording names them, by hop."""
_OF_ATTEMPTS = (Outcome.TIMED_OUT, Outcome.REFUSED, Outcome.NO_DESCRIPTOR, Outcome.NO_NAME)
"""How an attempt fails; a reset is of a connection that was established."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The connects of one function to one destination that ended in the same way."""

    client: str
    destination: str
    outcome: Outcome
    count: int
    of: int
    """Attempts of this function to this destination that ended; for resets those that were established."""
    first: datetime
    """When the first of them ended."""
    why: str
    """The table that was full; empty where none was."""

    @property
    def how(self) -> str:
        """In words: ``timed out``."""
        return _WORDS[self.outcome]


def failed_connects(recording: Recording) -> list[Failed]:
    """Who failed, the most first."""
    return sorted(_each(recording), key=lambda failed: (-failed.count, failed.client, failed.destination))


def _each(recording: Recording) -> Iterator[Failed]:
    import numpy as np

    ended = recording.outcomes
    if not len(ended.outcome):
        return
    outcomes, destinations = len(Outcome), max(len(ended.destinations), 1)
    keys = (ended.client.astype(np.int64) * destinations + ended.destination) * outcomes + ended.outcome
    found, first, counts = np.unique(keys, return_index=True, return_counts=True)
    of_key = dict(zip(found.tolist(), counts.tolist(), strict=True))
    # Rows are in order of their end, so the first of a kind is its earliest.
    for key, row in zip(found.tolist(), first.tolist(), strict=True):
        outcome = Outcome(key % outcomes)
        if outcome is Outcome.ESTABLISHED:
            continue
        pair = key - outcome
        established = of_key.get(pair + Outcome.ESTABLISHED, 0)
        attempts = established + sum(of_key.get(pair + one, 0) for one in _OF_ATTEMPTS)
        client, destination = ended.clients[ended.client[row]], ended.destinations[ended.destination[row]]
        yield Failed(
            client=client,
            destination=destination,
            outcome=outcome,
            count=of_key[key],
            of=established if outcome is Outcome.RESET else attempts,
            first=recording.start + timedelta(microseconds=int(ended.ended[row])),
            why=_why(recording, client, destination) if outcome in (Outcome.TIMED_OUT, Outcome.REFUSED) else "",
        )


def _why(recording: Recording, client: str, destination: str) -> str:
    """The table on the way that turned away the most SYNs, or what blocks the way."""
    paths = recording.network.paths(client, destination) if client in recording.network.functions else ()
    hops = {(_KINDS.get(hop.kind, ""), hop.name) for path in paths for hop in path.hops}
    passed = [
        table
        for table in recording.tables
        if (table.kind, table.resource) in hops and table.destination in (None, destination)
    ]
    full = max(passed, key=lambda table: int(table.dropped.sum()), default=None)
    if full is None or not full.dropped.any():
        return next((path.blocked for path in paths if path.blocked), "")
    if full.kind == "nat-address":
        return f"no port of {full.resource} to {full.destination_address}:{full.destination_port} was free"
    return f"{'Hyperplane ENI' if full.kind == 'hyperplane-eni' else 'destination'} {full.resource} was full"
