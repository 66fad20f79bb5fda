"""What a source of cases (the simulator, the lab) recorded of a run, second by second.

It is neutral: the case writer makes AWS's own shapes of it and does not know who recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, TypedDict

from narrows.assumptions import Assumptions, PrintedAssumption
from narrows.network import EniKey, Network

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray


class Outcome(IntEnum):
    """How a connection attempt, or an open connection, ended for its caller."""

    ESTABLISHED = 0
    TIMED_OUT = 1
    """No answer within the connect timeout."""
    REFUSED = 2
    """RST in answer to the SYN."""
    RESET = 3
    """An established connection was answered with RST when it was used again after the idle timeout."""
    NO_DESCRIPTOR = 4
    """EMFILE: the execution environment had no file descriptor left; no SYN was sent."""
    NO_NAME = 5
    """The name was not resolved; no SYN was sent."""


@dataclass(frozen=True)
class FunctionSeries:
    """One function, or one other client. Every array has one number for each second."""

    environments: NDArray[np.int64]
    """Execution environments alive at the end of the second, the frozen ones included."""
    busy: NDArray[np.int64]
    """Those that process an invocation: what ``ConcurrentExecutions`` counts."""
    invocations: NDArray[np.int64]
    throttles: NDArray[np.int64]
    attempted: NDArray[np.int64]
    """Connection attempts of callers: a SYN that is sent again is still the same attempt."""
    outcomes: NDArray[np.int64]
    """Shape (seconds, 6): ended attempts by ``Outcome``."""
    open: NDArray[np.int64]
    """Established connections as the callers see them, at the end of the second."""
    abandoned: NDArray[np.int64]
    """Attempts whose execution environment was recycled before they ended."""

    def __add__(self, other: FunctionSeries) -> FunctionSeries:
        """Both together."""
        return FunctionSeries(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        )


@dataclass(frozen=True)
class TableSeries:
    """One table of connections: of a Hyperplane ENI, of a NAT gateway address and unique destination, of a destination
    address."""

    kind: str
    """``hyperplane-eni``, ``nat-address`` or ``destination``."""
    resource: str
    """The ENI key, the NAT gateway, or the destination."""
    capacity: int | None
    """None where no limit is known."""
    occupied: NDArray[np.int64]
    """The most entries within each second: half-open and closing ones included."""
    dropped: NDArray[np.int64]
    """SYNs that found no room, each second."""
    index: int = 0
    """Which ENI of the key (once Lambda has scaled out), or which address of the NAT gateway or destination."""
    az: str | None = None
    """Of a regional NAT gateway."""
    eni: EniKey | None = None
    destination: str | None = None
    """The destination's name, for a table that is per unique destination."""
    destination_address: str | None = None
    destination_port: int | None = None


@dataclass(frozen=True)
class NatSeries:
    """One NAT gateway, with CloudWatch's own meanings. Every array has one number for each second."""

    active: NDArray[np.int64]
    """The most established TCP connections within the second, over all destinations."""
    attempts: NDArray[np.int64]
    """First SYNs."""
    established: NDArray[np.int64]
    """Established connections, each counted once for every SYN that it took."""
    port_allocation_errors: NDArray[np.int64]
    """SYNs for which no port was free."""
    idle_timeouts: NDArray[np.int64]
    bytes_out: NDArray[np.int64]
    """To the destinations; as many come back."""
    packets_out: NDArray[np.int64]
    packets_dropped: NDArray[np.int64]


@dataclass(frozen=True)
class DestinationSeries:
    """One destination, over all its addresses."""

    open: NDArray[np.int64]
    accepted: NDArray[np.int64]
    refused: NDArray[np.int64]
    ignored: NDArray[np.int64]
    """SYNs that it did not answer."""


@dataclass(frozen=True)
class Outcomes:
    """Every ended attempt, in order of its end; one row each."""

    ended: NDArray[np.int64]
    """Microseconds from the start."""
    client: NDArray[np.uint16]
    """Index into ``clients``."""
    environment: NDArray[np.int32]
    destination: NDArray[np.uint16]
    """Index into ``destinations``."""
    outcome: NDArray[np.uint8]
    """An ``Outcome``."""
    seconds: NDArray[np.float32]
    """From the planned connect to the outcome; for RESET: since the connection was last used."""
    clients: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recording:
    """One run."""

    network: Network
    start: datetime
    """Of second 0, in UTC."""
    seconds: int
    """Length of every series."""
    functions: Mapping[str, FunctionSeries]
    others: Mapping[str, FunctionSeries]
    tables: tuple[TableSeries, ...]
    nat_gateways: Mapping[str, NatSeries]
    destinations: Mapping[str, DestinationSeries]
    outcomes: Outcomes
    assumptions: Assumptions
    wall_seconds: float
    """How long the run took."""
    events: int = 0
    name: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)
    """More of the truth, for ``truth.json`` only."""

    def ended(self, outcome: Outcome) -> int:
        """The functions' attempts and connections that ended so."""
        return sum(int(one.outcomes[:, outcome].sum()) for one in self.functions.values())

    def __repr__(self) -> str:
        from narrows.recording_notebook import short

        return short(self)

    def _repr_html_(self) -> str:
        from narrows.recording_notebook import html

        return html(self)

    def to_arrow(self, rows: str = "outcomes") -> pa.Table:
        """Rows of the run: ``outcomes`` (one for each ended attempt), or one for each second of each of ``functions``
        (and other clients), ``tables``, ``nat_gateways`` or ``destinations``."""
        from narrows.recording_notebook import arrow

        return arrow(self, rows)

    def to_pandas(self, rows: str = "outcomes") -> pd.DataFrame:
        """The same as a data frame. Raises ``MachineError`` where pandas is not installed."""
        from narrows.frames import pandas_of

        return pandas_of(self.to_arrow(rows))


class TableSummary(TypedDict):
    """A table in the answer of ``simulate --json``."""

    kind: str
    resource: str
    destination: str | None
    capacity: int | None
    peak: int
    dropped: int


class RunSummary(TypedDict):
    """The answer of ``simulate --json`` and ``lab --json``."""

    attempted: int
    established_peak: int
    timed_out: int
    refused: int
    reset: int
    error_port_allocation: int
    tables: list[TableSummary]
    seconds: float
    assumptions: list[PrintedAssumption]


def numbered(table: TableSeries) -> str:
    """The resource, and which of its tables it is where it has several: ``nat-a#2``, ``nat-a/us-east-1b#2``."""
    name = table.resource if table.az is None else f"{table.resource}/{table.az}"
    return name if table.index == 0 else f"{name}#{table.index + 1}"


def destination_of(table: TableSeries) -> str | None:
    """The unique destination of a table that is counted by it: ``203.0.113.10:443``."""
    return None if table.destination_address is None else f"{table.destination_address}:{table.destination_port}"


def summarize(recording: Recording) -> RunSummary:
    """The figures of a run. ``established_peak`` and the outcomes are those of the functions, not of other clients."""
    import numpy as np

    functions = list(recording.functions.values())
    opened = np.sum([one.open for one in functions], axis=0) if functions else np.zeros(1, np.int64)
    ended = np.sum([one.outcomes.sum(axis=0) for one in functions], axis=0) if functions else np.zeros(6, np.int64)
    tables = [
        TableSummary(
            kind=table.kind,
            resource=numbered(table),
            destination=destination_of(table),
            capacity=table.capacity,
            peak=int(table.occupied.max(initial=0)),
            dropped=int(table.dropped.sum()),
        )
        for table in recording.tables
    ]
    return RunSummary(
        attempted=int(sum(one.attempted.sum() for one in functions)),
        established_peak=int(opened.max(initial=0)),
        timed_out=int(ended[Outcome.TIMED_OUT]),
        refused=int(ended[Outcome.REFUSED]),
        reset=int(ended[Outcome.RESET]),
        error_port_allocation=int(sum(one.port_allocation_errors.sum() for one in recording.nat_gateways.values())),
        tables=tables,
        seconds=round(recording.wall_seconds, 3),
        assumptions=recording.assumptions.printed(),
    )
