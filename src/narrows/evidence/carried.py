"""What NAT gateways carried for the functions in question: from their metrics, and from flow logs by destination."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from narrows.case.cloudwatch_names import NAT_BILLED
from narrows.evidence.demand.model import Figure
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import Reading
from narrows.network import EniKey, HopKind
from narrows.traffic import Carried, Cell, Use
from narrows.units import format_duration

_GIGABYTE = 1e9


@dataclass(frozen=True)
class Measured:
    """What the evidence says of bytes through NAT gateways."""

    carried: tuple[Carried, ...]
    readings: tuple[Figure, ...]
    """What was read, for people: bytes a second, each with its place in the case."""


@once
def read_carried(facts: Facts) -> Measured:
    """What each NAT gateway on the path carried; one of which nothing tells is not among them."""
    behind: dict[str, dict[Use, set[EniKey]]] = {}
    for way in facts.ways.ways:
        if way.kind is HopKind.NAT_GATEWAY and way.resource and not way.blocked:
            enis = behind.setdefault(way.resource, {}).setdefault((way.function, way.destination), set())
            if way.eni is not None:
                enis.add(way.eni)
    carried, readings = [], []
    for gateway, uses in behind.items():
        strangers = facts.ways.strangers(gateway) != ()
        metered = _by_metrics(facts, gateway)
        cells = tuple(_by_flow_logs(facts, gateway, uses, strangers=strangers))
        if metered is None and not cells:
            continue
        every = frozenset(uses)
        low, high = (0.0, math.inf) if metered is None else (metered.low, metered.high)
        carried.append(Carried(gateway, Cell(every, 0.0 if strangers else low, high), cells, strangers))
        readings += [] if metered is None else [metered]
        readings += [_told(facts, gateway, cell) for cell in cells if cell.high]
    return Measured(tuple(carried), tuple(readings))


def _by_metrics(facts: Facts, gateway: str) -> Figure | None:
    """Bytes a second of everybody behind a gateway; None where no metric tells of any."""
    readings = [facts.nat(gateway).reading(name, ("Sum",)) for name in NAT_BILLED]
    known = [one for one in readings if one is not None]
    if not known:
        return None
    low = sum(one.total / _seconds(facts, one) for one in known)
    whole = len(known) == len(NAT_BILLED) and all(one.covers(facts.window or (one.start, one.end)) for one in known)
    source = ", ".join(dict.fromkeys(one.source for one in known))
    least = "" if whole else "at least "
    seconds = max(_seconds(facts, one) for one in known)
    text = f"{least}{low * seconds / _GIGABYTE:,.3g} GB through {facts.label(gateway)} in {format_duration(seconds)}"
    return Figure(low, low if whole else math.inf, text, source)


def _seconds(facts: Facts, reading: Reading) -> float:
    """The time that a metric is of: the periods of the window, those without a datapoint included."""
    there = len(reading.moments) * reading.period
    if facts.window is None:
        return float(max(there, reading.end - reading.start))
    return float(max(there, facts.window[1] - facts.window[0]))


def _by_flow_logs(facts: Facts, gateway: str, uses: Mapping[Use, set[EniKey]], *, strangers: bool) -> Iterator[Cell]:
    """What went through a gateway to each destination, by the records of ENIs, or of the gateway itself."""
    logs = facts.flow_logs
    if logs is None or logs.window[1] <= logs.window[0]:
        return
    network = facts.ways.network
    seconds = float(logs.window[1] - logs.window[0])
    for to in dict.fromkeys(to for _, to in uses):
        destination = network.destinations[to]
        if not destination.addresses:
            continue
        mine = frozenset(use for use in uses if use[1] == to)
        low, high = 0.0, math.inf
        places = [
            ({str(key) for use in mine for key in uses[use]}, not _shared(facts, uses, mine)),
            ({gateway}, not strangers),
        ]
        for names, alone in places:
            here = (one for address in destination.addresses for one in logs.volumes.get(address, ()))
            found = [one for one in here if one.name in names and one.port in (None, destination.port)]
            sure = sum(one.low for one in found if one.port is not None)
            if alone:
                low = max(low, sure / seconds)
            if names and _complete(facts, names):
                high = min(high, sum(one.high for one in found) / seconds)
        if low or math.isfinite(high):
            yield Cell(mine, min(low, high), high)


def _shared(facts: Facts, uses: Mapping[Use, set[EniKey]], mine: frozenset[Use]) -> bool:
    """Whether what leaves by the ENIs of some uses may be of a function that is not in question."""
    keys = {key for use in mine for key in uses[use]}
    return not all(facts.asked.issuperset(facts.ways.users(key)) for key in keys)


def _complete(facts: Facts, names: set[str]) -> bool:
    """Whether flow logs have every record of ENIs (by their keys), or of a NAT gateway."""
    logs, topology = facts.flow_logs, facts.case.topology
    if logs is None or logs.unreadable:
        return False
    interfaces: set[str] = set()
    for name in names:
        listed = {one.id for one in topology.enis if str(one.key) == name}
        listed |= {one.id for one in topology.nat_interfaces.get(name, ())}
        if not listed:
            return False
        interfaces |= listed
    return interfaces <= logs.logged | logs.silent and logs.missing(None, interfaces) is None


def _told(facts: Facts, gateway: str, cell: Cell) -> Figure:
    logs = facts.flow_logs
    assert logs is not None
    seconds = float(logs.window[1] - logs.window[0])
    to = next(iter(cell.uses))[1]
    amount = cell.high if math.isfinite(cell.high) else cell.low
    least = "" if cell.low == cell.high else "at most " if math.isfinite(cell.high) else "at least "
    text = f"{least}{amount * seconds / _GIGABYTE:,.3g} GB for {to} through {facts.label(gateway)}"
    return Figure(cell.low, cell.high, f"{text} in {format_duration(seconds)} of flow logs", logs.source)
