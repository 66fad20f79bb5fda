"""A case in memory: the evidence of one incident, as far as it is there.

Everything is optional but the folder and its ``case.yaml``. What is absent is None or empty, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from narrows.assumptions import Assumptions
from narrows.case.outcomes import CallerOutcome as CallerOutcome
from narrows.case.owned import Owned
from narrows.case.sensor_lines import SensorLines
from narrows.case.wiring import Wiring
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.network import EniKey, Network

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_Key = TypeVar("_Key")

SCHEMA = 1
"""The newest case schema that this version reads, and the one it writes."""


@dataclass(frozen=True, slots=True)
class KnownDestination:
    """A destination as ``case.yaml`` names it."""

    key: str
    host: str | None
    port: int | None
    addresses: tuple[str, ...]
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the evidence that makes it less than whole: a gap, a part that was passed over."""

    source: str
    """The place in the case, such as ``cloudwatch/nat.results.json``."""
    text: str


@dataclass(frozen=True, slots=True)
class ObservedEni:
    """A network interface of Lambda, as DescribeNetworkInterfaces lists it."""

    id: str
    key: EniKey
    status: str
    private_address: str | None
    description: str


@dataclass(frozen=True, slots=True)
class NatInterface:
    """A network interface of a NAT gateway, with its first private address, as DescribeNatGateways lists it."""

    id: str
    private_address: str | None


@dataclass(frozen=True, slots=True)
class FunctionState:
    """What GetFunction and GetFunctionConfiguration say of a function's state; ListFunctions says nothing of it."""

    state: str | None
    state_reason_code: str | None
    last_update_status: str | None
    last_update_reason_code: str | None
    source: str
    """The file that says it."""

    @property
    def is_known(self) -> bool:
        """Whether anything is said of it: an answer of ListFunctions leaves it open."""
        return bool(self.state or self.last_update_status)


@dataclass(frozen=True)
class Topology:
    """What is there, from ``lambda/`` and ``ec2/``. Names in ``network`` are AWS ids (and function names)."""

    network: Network
    known: frozenset[str]
    """Which files were there: ``functions``, ``subnets``, ``route-tables``, ``nat-gateways``, ..."""
    enis: tuple[ObservedEni, ...] = ()
    nat_states: Mapping[str, str] = field(default_factory=dict)
    """State of each NAT gateway, with its failure message if it has one."""
    nat_subnets: Mapping[str, str] = field(default_factory=dict)
    """The subnet that each zonal or private NAT gateway stands in."""
    nat_interfaces: Mapping[str, tuple[NatInterface, ...]] = field(default_factory=dict)
    """The interfaces of each zonal or private NAT gateway, and of no regional one."""
    nat_addresses: Mapping[str, int] = field(default_factory=dict)
    """Addresses of each NAT gateway that work; of a regional one those of all zones."""
    function_states: Mapping[str, FunctionState] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """The Name tag of each resource that has one."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """File of the case that each kind in ``known`` came from."""

    subnets_with_acl: frozenset[str] = frozenset()
    """Subnets whose network ACL is there with its entries. Each subnet has one: of the rest no rule is known."""
    interface_owners: Mapping[str, str] = field(default_factory=dict)
    """By private address, what AWS's own description says that an interface belongs to: ``ELB app/api/0123``,
    ``ElastiCache sessions-001``, ``RDSNetworkInterface``."""
    vpcs: tuple[str, ...] = ()
    """The VPCs of the functions in question, where they are stated."""
    other_addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Private addresses of each client in ``network.others``."""
    wiring: Wiring = field(default_factory=Wiring)
    """Route tables, blocks and associations, which commands that change the network are made from."""

    def label(self, resource: str) -> str:
        """``nat-0123 (nat-a)``: an id with its Name tag."""
        name = self.names.get(resource)
        return f"{resource} ({name})" if name and name != resource else resource


@dataclass(frozen=True)
class Series:
    """One metric of one resource, as GetMetricData answered."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    stat: str
    period: int
    """Seconds."""
    times: NDArray[np.int64]
    """Start of each datapoint's period, seconds since 1970, rising."""
    values: NDArray[np.float64]
    source: str
    """``cloudwatch/FILE.results.json, Id``"""
    partial: bool = False
    """The answer said that it was not complete."""

    def total(self) -> float:
        """Sum of the datapoints."""
        return float(self.values.sum())

    def largest(self) -> float:
        """Largest datapoint; 0 when there is none."""
        return float(self.values.max(initial=0.0))

    def missing(self) -> int:
        """Periods between the first and the last datapoint that have none."""
        if len(self.times) < 2:
            return 0
        return int((self.times[-1] - self.times[0]) // self.period + 1 - len(self.times))


@dataclass(frozen=True)
class Metrics:
    """Every series of the case."""

    series: tuple[Series, ...] = ()

    def find(self, metric: str, stat: str | None = None, **dimensions: str) -> Series | None:
        """The series of a metric with at least these dimensions, preferring ``stat``; None if there is none."""
        # Those that have the dimension which the fewest have; any will do where they are for one resource.
        parts = [self._with.get((metric, *one), ()) for one in dimensions.items()]
        among = min(parts, key=len, default=self.of(metric))
        found = [one for one in among if all(one.dimensions.get(key) == value for key, value in dimensions.items())]
        return next((one for one in found if one.stat == stat), None) if stat else next(iter(found), None)

    def of(self, metric: str) -> tuple[Series, ...]:
        """Every series of a metric."""
        return self._of.get(metric, ())

    def exactly(self, metric: str, dimensions: Mapping[str, str]) -> tuple[Series, ...]:
        """The series of a metric with these dimensions and no others."""
        return self._exactly.get((metric, frozenset(dimensions.items())), ())

    def having(self, dimensions: Mapping[str, str]) -> tuple[Series, ...]:
        """The series of every metric with these dimensions and no others."""
        return self._of_resource.get(frozenset(dimensions.items()), ())

    @cached_property
    def _of_resource(self) -> dict[frozenset[tuple[str, str]], tuple[Series, ...]]:
        return _grouped((frozenset(one.dimensions.items()), one) for one in self.series)

    @cached_property
    def _of(self) -> dict[str, tuple[Series, ...]]:
        return _grouped((one.metric, one) for one in self.series)

    @cached_property
    def _exactly(self) -> dict[tuple[str, frozenset[tuple[str, str]]], tuple[Series, ...]]:
        return _grouped(((one.metric, frozenset(one.dimensions.items())), one) for one in self.series)

    @cached_property
    def _with(self) -> dict[tuple[str, str, str], tuple[Series, ...]]:
        return _grouped(((one.metric, *part), one) for one in self.series for part in one.dimensions.items())

    def resources(self, metric: str, dimension: str) -> tuple[str, ...]:
        """Every value of a dimension that the metric was asked for."""
        found: Iterable[str] = (one.dimensions[dimension] for one in self.of(metric) if dimension in one.dimensions)
        return tuple(dict.fromkeys(found))


def _grouped(pairs: Iterable[tuple[_Key, Series]]) -> dict[_Key, tuple[Series, ...]]:
    """The series of each key, in their order."""
    found: dict[_Key, list[Series]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return {key: tuple(series) for key, series in found.items()}


PAUSE = 60
"""Seconds without an invocation from which on an execution environment has paused: it is frozen, and sends no
keep-alive."""

LONG_PAUSE = NAT_IDLE_TIMEOUT.value
"""Seconds after which a NAT gateway, too, has forgotten its connections."""


class Told(StrEnum):
    """How evidence tells of an outcome."""

    ERROR = "error"
    """As an error: the head of an exception, a level of ERROR and above, or a line of an invocation that failed."""
    WARNED = "warned"
    """As a warning, or before another try: it was so, and whoever says it went on."""
    MENTIONED = "mentioned"
    """In passing: at a lower level, in a list, a dump of a configuration or a quoted text."""


@dataclass(frozen=True, slots=True)
class CallerCount:
    """How many callers saw one outcome in one minute."""

    minute: int
    """Start of the minute, seconds since 1970; -1 where the evidence carries no time."""
    function: str | None
    destination: str | None
    outcome: CallerOutcome
    count: int
    source: str
    """``callers/outcomes.parquet`` or ``callers/app.log:118`` (the first such line)."""
    told: Told = Told.ERROR
    elsewhere: str | None = None
    """The host or address that the line names, where it is none of the case's destinations; ``destination`` is then
    None, and the outcome belongs to none of them."""
    after_pause: int = 0
    """Those of them before whose invocation the execution environment had done nothing for ``PAUSE`` seconds."""
    pause_known: int = 0
    """Of so many it is known whether it had."""
    after_long_pause: int = 0
    """Those of them that came after ``LONG_PAUSE`` seconds."""


@dataclass(frozen=True, slots=True)
class UnknownError:
    """Error lines of one minute that tell of no outcome that is known."""

    minute: int
    """Start of the minute, seconds since 1970; -1 where the evidence carries no time."""
    function: str | None
    text: str
    """The head of the line, printable, with ``#`` for numbers and ids, so that the same error has the same text."""
    count: int
    source: str
    """``callers/app.log:118`` (the first such line)."""
    example: str = ""
    """One of them as it stands, with its numbers."""
    of_no_connection: bool = False
    """Whether it tells that somebody was reached and answered, or of something that no connection has part in."""


@dataclass(frozen=True, slots=True)
class InvocationCount:
    """How many invocations of a function the log lines of one minute show."""

    minute: int
    """Start of the minute that they ended in, seconds since 1970; -1 where the evidence carries no time."""
    function: str | None
    ended: int
    """Those that ended: with a REPORT line or a ``platform.report`` event."""
    failed: int
    """Those of them, and of those whose report is not there, that failed: by their status, their time-out or an
    exception that left the handler."""
    after_pause: int = 0
    """Those that began after the execution environment had done nothing for ``PAUSE`` seconds."""
    pause_known: int = 0
    """Of so many it is known whether it had."""
    after_long_pause: int = 0
    """Those of them that came after ``LONG_PAUSE`` seconds."""


@dataclass(frozen=True, slots=True)
class EachEnvironment:
    """Connections of one function's execution environments to one destination, environment by environment."""

    environments: int
    """Distinct ones that tried to connect."""
    most_tried: int
    """Attempts of the one that made the most."""
    unfailing: int
    """Environments whose every attempt was established."""
    least: int
    most: int
    """Connections that one of those established, at the least and at the most; 0 where there is none."""


@dataclass(frozen=True)
class Callers:
    """What the callers saw."""

    counts: tuple[CallerCount, ...] = ()
    sources: tuple[str, ...] = ()
    complete: bool = False
    """Every attempt is there, the successful ones too (outcomes as Parquet), so that shares mean something."""
    environments: Mapping[str, int] = field(default_factory=dict)
    """Distinct execution environments (log streams) seen for each function, where known."""
    each_environment: Mapping[tuple[str | None, str | None], EachEnvironment] = field(default_factory=dict)
    """By function and destination, where every attempt names its environment."""
    unknown_errors: tuple[UnknownError, ...] = ()
    """What logs tell as an error and no outcome is known for."""
    invocations: tuple[InvocationCount, ...] = ()
    """What logs show of invocations; empty where they do not show any end."""
    addresses: Mapping[tuple[str, str, CallerOutcome | None], int] = field(default_factory=dict)
    """Log lines that name an address of a destination that has several: by destination, address, and the outcome that
    an error tells of it; None in lines that tell of none."""

    def total(self, *outcomes: CallerOutcome, function: str | None = None, destination: str | None = None) -> int:
        """How many saw one of these outcomes."""
        return sum(
            one.count
            for one in self.counts
            if one.outcome in outcomes
            and (function is None or one.function == function)
            and (destination is None or one.destination == destination)
        )

    def first(self, *outcomes: CallerOutcome) -> CallerCount | None:
        """The earliest count of one of these outcomes."""
        found = [one for one in self.counts if one.outcome in outcomes]
        return min(found, key=lambda one: one.minute) if found else None


@dataclass(frozen=True)
class Case:
    """One case, read."""

    folder: Path
    region: str | None
    window: tuple[datetime, datetime] | None
    """UTC."""
    functions: tuple[str, ...]
    """Those in question; every function of the topology when ``case.yaml`` names none."""
    destinations: Mapping[str, KnownDestination]
    reported: str
    topology: Topology
    quotas: Mapping[str, float]
    """Applied value by quota code."""
    metrics: Metrics
    callers: Callers
    flow_logs: tuple[Path, ...] = ()
    flow_log_format: tuple[str, ...] | None = None
    """The fields of those that have no header, where ``case.yaml`` says them; else AWS's default format."""
    notes: tuple[Note, ...] = ()
    owned: Owned = field(default_factory=Owned)
    """What services of AWS say of those destinations that are theirs."""
    sensor: SensorLines = field(default_factory=SensorLines)
    """What the sensor inside functions said."""
    assumptions: Assumptions = field(default_factory=Assumptions)
    """With which the case is read: the defaults, but for those that ``case.yaml`` states."""
    written_by: str | None = None
    """For people only: nothing that diagnoses may read it."""

    def __repr__(self) -> str:
        from narrows.case.notebook import short

        return short(self)

    def _repr_html_(self) -> str:
        from narrows.case.notebook import html

        return html(self)
