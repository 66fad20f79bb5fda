"""What the flow logs of a case say about its tables: what a diagnosis weighs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.aws_ids import ADDRESS
from narrows.evidence.facts import clock
from narrows.evidence.metrics import window_of
from narrows.flowlogs.answer import answer
from narrows.flowlogs.engine_duckdb import DuckDbEngine
from narrows.flowlogs.keys import Key, merged
from narrows.flowlogs.known import KnownInterface, known_interfaces
from narrows.flowlogs.lost import Lost, where_lost
from narrows.flowlogs.raw import check_any_used, collect
from narrows.flowlogs.sources import find_sources
from narrows.flowlogs.statements import settings

if TYPE_CHECKING:
    from narrows.assumptions import Assumptions
    from narrows.case.model import Case

FLAT = 0.01
"""A minute belongs to a flat top where its lower bound is this close to the peak's."""


@dataclass(frozen=True)
class Rejected:
    """Records that a security group or network ACL denied, from one address to another at an interface."""

    interface: str
    source: str
    target: str
    syns: int
    """Records with a SYN."""
    answers: int
    """Records with a SYN-ACK."""
    records: int = 0
    """All of them, whatever flags they carry or do not show."""


@dataclass(frozen=True, slots=True)
class Volume:
    """What TCP and UDP records of an interface say of the bytes to one port of an address, and back."""

    name: str
    """The ENI key; of records on the outside of a NAT gateway, the gateway."""
    port: int | None
    """None where several cannot be told apart."""
    low: float
    high: float
    """Infinite where a record does not say its bytes."""


@dataclass(frozen=True)
class FlowLogEvidence:
    """Open connections of the case's interfaces, and where its SYNs vanish."""

    source: str
    """Where in the case."""
    window: tuple[int, int]
    """The time that they cover, seconds since 1970."""
    interval: int
    """Seconds that a record may be aggregated over."""
    enis: tuple[Key, ...]
    """Each Hyperplane ENI of the case over all destinations, the fullest first; ``resource`` is its key."""
    eni_destinations: tuple[Key, ...]
    """As above, each unique destination by itself."""
    nats: tuple[Key, ...]
    """Each NAT gateway of the case and unique destination, the fullest first; ``resource`` is the gateway."""
    nat_addresses: tuple[Key, ...]
    """As above, each address by itself, where the format tells them apart."""
    lost: Lost
    rejected: tuple[Rejected, ...]
    """What rules denied of beginnings of connections: no late packets."""
    silent: frozenset[str]
    """Interfaces that were logged, and had no traffic (NODATA)."""
    skipped: frozenset[str]
    """Interfaces with SKIPDATA: what is said of them is too low."""
    has_flags: bool
    blind: Mapping[str, tuple[tuple[int, int], ...]]
    """When records of an interface are missing: from and to, seconds since 1970. One that lacks none is not in it."""
    unreadable: tuple[str, ...]
    """Files that could not be read whole."""
    logged: frozenset[str] = frozenset()
    """Interfaces that have records."""
    volumes: Mapping[str, tuple[Volume, ...]] = field(default_factory=dict)
    """By each address of a destination of the case the bytes of each Hyperplane ENI, and of the outside of each NAT
    gateway, to it and back."""

    def missing(self, within: tuple[int, int] | None, interfaces: Iterable[str] | None = None) -> str | None:
        """What is missing of a time, in words; None where nothing is known to be.

        Args:
            interfaces: of which something would be missing; of any when left out.
        """
        if self.unreadable:
            return f"{len(self.unreadable):,} of their files cannot be read whole: {self.unreadable[0]}"
        for interface in self.blind if interfaces is None else interfaces:
            spans = [
                (begin, end)
                for begin, end in self.blind.get(interface, ())
                if within is None or (begin < within[1] and end > within[0])
            ]
            if spans:
                return f"records of {interface} are missing between {clock(spans[0][0])} and {clock(spans[-1][1])}"
        return None

    def whole(self, key: Key) -> bool:
        """Whether no record of what a key counts is known to be missing."""
        return self.missing(None, (str(key.interface), *key.replaced)) is None

    def flat_minutes(self, key: Key) -> int:
        """Minutes in which a key stood at its peak for certain."""
        moments = [minute for minute, low, _ in key.band(*self.window) if low >= (1 - FLAT) * key.low]
        return 0 if not moments else (max(moments) - min(moments)) // 60 + 1


def flow_log_evidence(case: Case, assumed: Assumptions) -> FlowLogEvidence | None:
    """What the flow logs of a case say; None where it has none that can be read.

    Raises:
        InputError: none of the files can be read.
    """
    if not case.flow_logs:
        return None
    known = known_interfaces(case)
    of_destinations = [one.addresses for one in case.topology.network.destinations.values()]
    addresses = tuple(sorted({address for some in of_destinations for address in some}))
    asked = (tuple(map(_state, case.flow_logs)), case.window, known, assumed, addresses)
    if asked not in _KEPT:
        _KEPT.clear()
        _KEPT[asked] = _read(case, known, assumed, addresses)
    return _KEPT[asked]


_KEPT: dict[object, FlowLogEvidence] = {}
"""The last answer: diagnosis, plan and report of a case ask for the same, and it takes seconds."""


def _state(file: Path) -> tuple[str, int, int]:
    """What changes with a file."""
    try:
        about = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), about.st_size, about.st_mtime_ns


def _read(
    case: Case, known: tuple[KnownInterface, ...], assumed: Assumptions, addresses: tuple[str, ...]
) -> FlowLogEvidence:
    sources = find_sources(case.flow_logs, case.flow_log_format)
    with DuckDbEngine() as engine:
        engine.read(sources, window_of(case))
        engine.run(settings("key", assumed, window_of(case)), known)
        by_key = collect(engine, sources)
        check_any_used(by_key)
        volumes = _volumes(engine, addresses)
        engine.regroup(settings("eni", assumed, window_of(case)))
        by_eni = collect(engine, sources)
        engine.regroup(settings("nat-address", assumed, window_of(case)))
        by_address = collect(engine, sources)
        rejected = engine.rows(
            "SELECT interface, srcaddr AS source, dstaddr AS target, CAST(SUM(syns) AS BIGINT) AS syns,"
            " CAST(SUM(syn_acks) AS BIGINT) AS answers, CAST(SUM(records) AS BIGINT) AS records FROM pairs"
            " WHERE reason = 'rejected' AND (syns + syn_acks > 0 OR flagged = 0) GROUP BY interface, srcaddr, dstaddr"
        )
        silent = engine.rows(
            "SELECT interface FROM pairs GROUP BY interface"
            " HAVING SUM(CASE WHEN reason = 'nodata' THEN 1 ELSE 0 END) = COUNT(*)"
        )
    keys, whole = answer(by_key, "key", known, assumed), answer(by_eni, "eni", known, assumed)
    return FlowLogEvidence(
        source="flow-logs",
        window=keys.window,
        interval=by_key.interval,
        enis=tuple(one for one in whole.keys if one.kind == "hyperplane-eni" and one.resource),
        eni_destinations=tuple(one for one in keys.keys if one.kind == "hyperplane-eni" and one.resource),
        nats=tuple(one for one in keys.keys if one.kind.endswith("nat-gateway") and one.resource),
        nat_addresses=tuple(one for one in answer(by_address, "nat-address", known, assumed).keys if one.resource),
        lost=where_lost(by_key),
        rejected=tuple(Rejected(**row) for row in rejected),
        silent=frozenset(row["interface"] for row in silent),
        skipped=frozenset(row["interface"] for row in by_key.skipped),
        has_flags=by_key.unflagged == 0,
        blind=_by_interface(by_key.blind),
        logged=frozenset(row["interface"] for row in by_key.interfaces),
        volumes=volumes,
        unreadable=tuple(line.replace(f"{case.folder}/", "") for line in sources.unreadable_lines()),
    )


_VOLUMES = """
    SELECT
        interfaces.name AS name, legs.destination AS destination, legs.protocol AS protocol, legs.flagged AS flagged,
        CASE
            WHEN legs.forward AND pairs.least_dstport = pairs.most_dstport THEN pairs.least_dstport
            WHEN NOT legs.forward AND pairs.least_srcport = pairs.most_srcport THEN pairs.least_srcport
        END AS port,
        SUM(pairs.octets) AS octets, CAST(SUM(pairs.records - pairs.measured) AS BIGINT) AS silent
    FROM legs
    INNER JOIN interfaces ON interfaces.interface = legs.interface
    INNER JOIN pairs
        ON pairs.interface = legs.interface
        AND pairs.srcaddr = legs.srcaddr
        AND pairs.dstaddr = legs.dstaddr
        AND pairs.pkt_srcaddr = legs.pkt_srcaddr
        AND pairs.pkt_dstaddr = legs.pkt_dstaddr
        AND pairs.protocol = legs.protocol
        AND pairs.flagged = legs.flagged
    WHERE
        pairs.reason = 'used'
        AND legs.destination IN ({})
        AND interfaces.name IS NOT NULL
        AND (interfaces.kind = 'hyperplane-eni' OR legs.leg = 'nat-outside')
    GROUP BY ALL
    ORDER BY ALL
"""


def _volumes(engine: DuckDbEngine, addresses: Iterable[str]) -> dict[str, tuple[Volume, ...]]:
    """Records with tcp-flags and those without may be the same, of two flow logs: at least the more of them count."""
    plain = [address for address in addresses if ADDRESS.fits(address)]
    if not plain:
        return {}
    rows = engine.rows(_VOLUMES.format(", ".join(f"'{address}'" for address in plain)))
    found: dict[str, list[Volume]] = {}
    together: dict[tuple[str, str, int | None], dict[tuple[int, int], tuple[float, bool]]] = {}
    for row in rows:
        of_kind = together.setdefault((row["name"], row["destination"], row["port"]), {})
        of_kind[row["protocol"], row["flagged"]] = float(row["octets"] or 0.0), row["silent"] > 0
    for (name, destination, port), of_kind in together.items():
        protocols = {protocol for protocol, _ in of_kind}
        low = sum(max(octets for (one, _), (octets, _) in of_kind.items() if one == each) for each in protocols)
        high = math.inf if any(silent for _, silent in of_kind.values()) else sum(each for each, _ in of_kind.values())
        found.setdefault(destination, []).append(Volume(name, port, low, high))
    return {destination: tuple(some) for destination, some in found.items()}


def _by_interface(missing: Iterable[dict[str, Any]]) -> dict[str, tuple[tuple[int, int], ...]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for row in missing:
        found.setdefault(str(row["interface"]), []).append((int(row["from_s"]), int(row["to_s"])))
    return {interface: merged(spans) for interface, spans in found.items()}
