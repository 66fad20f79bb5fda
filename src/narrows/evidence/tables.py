"""How full each table on the path got: one interval for each, from the surest source that tells of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from narrows.case.outcomes import NEVER_OPENED
from narrows.evidence.demand.model import UNEVEN, Demand
from narrows.evidence.demand.read import read_demand
from narrows.evidence.facts import Facts, once
from narrows.evidence.paths import UNNAMED
from narrows.evidence.sensed import Sensed, held_on_eni, held_through_gateway
from narrows.evidence.sharing import least_of_neighbours, neighbours_of_gateway, zones_of_gateway
from narrows.network import EniKey, HopKind

if TYPE_CHECKING:
    from narrows.evidence.flow_logs import FlowLogEvidence
    from narrows.flowlogs.keys import Key

_CLOSED = 1.001
"""From this many times the open connections on, closed ones are worth a word."""
NO_METRIC = "no metric shows this"


@dataclass(frozen=True, slots=True)
class Seen:
    """The most connections that a table held at once."""

    low: float
    high: float | None
    """None where nothing says how many there were at the most."""
    text: str
    """What it rests on."""
    source: str = ""
    assumed: bool = False
    """It rests on an assumption, such as an even spread over subnets."""


@once
def seen_on_eni(facts: Facts, key: EniKey) -> Seen | None:
    """Entries of the ENIs of a key; None where nothing tells."""
    logs = facts.flow_logs
    keys = _counted_enis(facts).get(str(key), ())
    counted = None if logs is None or not keys else _of_logs(logs, keys, "flow logs")
    sensed = held_on_eni(facts, key)
    if counted is not None and counted.high is not None:
        return _beside(counted, sensed, counted=True)
    told = _no_less_than_counted(_told_of_eni(facts, key), counted)
    return _beside(told, sensed)


def _beside(seen: Seen | None, sensed: Sensed | None, *, counted: bool = False) -> Seen | None:
    """What something else tells, and what the sensor counts: both hold.

    Where they contradict each other, the sensor stands above an estimate: that knows of no connections but those to
    the destinations of the case. What was ``counted`` may be right as well: the interval takes in both.
    """
    if sensed is None:
        return seen
    if seen is None:
        return Seen(sensed.low, sensed.high, sensed.text, sensed.source, sensed.spread)
    # An estimate counts no half-open connection.
    others = seen.high if counted or sensed.high is None else None
    highs = [high for high in (others, sensed.high) if high is not None]
    low, high = max(seen.low, sensed.low), min(highs, default=None)
    source = ", ".join(dict.fromkeys(part for part in (sensed.source, seen.source) if part))
    if high is not None and low > high and not counted:
        return Seen(sensed.low, sensed.high, sensed.text, sensed.source, sensed.spread)
    if high is not None and low > high:
        text = f"{sensed.text}, and otherwise {seen.text}: they contradict each other"
        widest = None if None in (seen.high, sensed.high) else max(highs)
        return Seen(min(seen.low, sensed.low), widest, text, source, seen.assumed or sensed.spread)
    if sensed.low >= seen.low and sensed.high is not None and sensed.high == high:
        return Seen(low, high, sensed.text, sensed.source, sensed.spread)
    if sensed.low > seen.low or (sensed.high is not None and sensed.high == high):
        text = sensed.text if high is None or not seen.text else f"{sensed.text}; {seen.text}"
        return Seen(low, high, text, source, sensed.spread or seen.assumed)
    return seen


@once
def _counted_enis(facts: Facts) -> Mapping[str, Sequence[Key]]:
    """What flow logs count of each ENI key."""
    return _by_resource(() if facts.flow_logs is None else facts.flow_logs.enis)


@once
def _counted_nats(facts: Facts) -> Mapping[str, Sequence[Key]]:
    """What flow logs count of each NAT gateway, each unique destination by itself."""
    return _by_resource(() if facts.flow_logs is None else facts.flow_logs.nats)


def _by_resource(keys: Iterable[Key]) -> Mapping[str, Sequence[Key]]:
    found: dict[str, list[Key]] = {}
    for one in keys:
        found.setdefault(str(one.resource), []).append(one)
    return found


def _no_less_than_counted(told: Seen | None, counted: Seen | None) -> Seen | None:
    """What metrics and callers tell, and not less than flow logs counted that are not whole."""
    if counted is None or not counted.low or (told is not None and told.low >= counted.low):
        return told
    if told is None or told.high is None:
        return replace(counted, text=f"{counted.text}, of which records are missing")
    return replace(told, low=min(counted.low, told.high), source=f"{told.source}, {counted.source}")


def _told_of_eni(facts: Facts, key: EniKey) -> Seen | None:
    """Entries of an ENI as NAT gateways and callers tell of them."""
    demand = read_demand(facts, seen=True)
    full = _may_be_full(facts)
    dropping = {function for function, _ in demand.on_eni.get(key, {}) if full.get(function, frozenset()) - {key}}
    return _share_of_eni(facts, demand, key, dropping)


@once
def _may_be_full(facts: Facts) -> Mapping[str, frozenset[EniKey]]:
    """Of each function the ENIs on its way that may have dropped some of its connections."""
    demand = read_demand(facts, seen=True)
    found: dict[str, set[EniKey]] = {}
    for key, uses in demand.on_eni.items():
        functions = {function for function, _ in uses}
        most = _share_of_eni(facts, demand, key, functions)
        if most is not None and (most.high is None or most.high >= facts.ways.eni_capacity(key)):
            for function in functions:
                found.setdefault(function, set()).add(key)
    return {function: frozenset(keys) for function, keys in found.items()}


def _share_of_eni(facts: Facts, demand: Demand, key: EniKey, dropping: Collection[str]) -> Seen | None:
    """Entries of an ENI, by an even share of what functions have over all of theirs.

    Args:
        dropping: functions of which another ENI may have dropped some: this one has more than its share of the rest.
    """
    uses = demand.on_eni.get(key, {})
    low, high, spread = 0.0, 0.0, False
    through: dict[str, dict[tuple[str, str], float]] = {}
    for way in facts.ways.of_eni[key] if uses else ():
        use = way.function, way.destination
        if way.kind is HopKind.NAT_GATEWAY and way.resource and use in uses and use in demand.surely_passing:
            through.setdefault(way.resource, {})[use] = uses[use]
        elif use in uses:
            dropped = _failed(facts, [use]) if way.function in dropping else 0
            high += min(demand.alone[use], _largest_share(uses[use]) * (demand.alone[use] + dropped))
            spread |= uses[use] < 1
    for gateway, its in through.items():
        passed = _passed(facts, demand, key, gateway, its, dropping)
        low, high, spread = low + passed.low, high + (passed.high or 0.0), spread or passed.assumed
    told = [
        share * (1.0 - UNEVEN * (share < 1)) * demand.least[use].low
        for use, share in uses.items()
        if use in demand.least
    ]
    if not through:
        low = max(told, default=0.0)
    alone = facts.asked.issuperset(facts.ways.users(key))
    if not uses or (not low and (not alone or math.isinf(high))):
        return None
    text = f"{NO_METRIC}: estimated from what NAT gateways and callers saw, half-open ones not counted"
    if spread:
        facts.used.add("environment_placement")
        text += "; spread evenly (assumed)"
    most = high if alone and math.isfinite(high) else None
    return Seen(min(low, high) if alone else low, most, text, _sources(demand, uses), spread)


def _passed(
    facts: Facts,
    demand: Demand,
    key: EniKey,
    gateway: str,
    uses: Mapping[tuple[str, str], float],
    dropping: Collection[str],
) -> Seen:
    """What of a gateway's connections came by an ENI: an even share of those of its functions, whatever the other ENIs
    behind other gateways had."""
    behind = demand.behind.get(gateway, {})
    part = {use: share / behind[use] for use, share in uses.items() if use in behind}
    active = facts.nat(gateway).active
    callers = sum(demand.alone[use] for use in part)
    spread = any(one < 1 for one in part.values())
    if active is None or not part:
        return Seen(0.0, sum(_largest_share(uses[use]) * demand.alone[use] for use in part), "", assumed=spread)
    # Where they are all there are, no others had any: infinity less infinity is not said.
    elsewhere = 0.0 if len(part) == len(behind) else demand.alone_behind[gateway] - callers
    elsewhere = math.inf if math.isnan(elsewhere) else elsewhere
    # Whose connections they are, nobody knows: any neighbour's may be all that there are.
    least = min(min(part.values()), least_of_neighbours(facts, gateway).get(key, 1.0))
    least *= 1.0 - UNEVEN * (least < 1)
    low = least * max(0.0, active.largest - elsewhere) if facts.ways.strangers(gateway) == () else 0.0
    dropped = _failed(facts, [use for use in behind if use[0] in dropping])
    high = min(callers, active.largest, _largest_share(max(part.values())) * (active.largest + dropped))
    if neighbours_of_gateway(facts, gateway):
        # Of the functions in question there are no more, and what neighbours have is in the lower end as well.
        high = max(low, high)
    return Seen(min(low, high), high, "", active.source, spread)


def _leave_alone(facts: Facts, gateway: str) -> bool:
    """Whether nobody leaves by a gateway but the functions in question: no stranger, and no neighbour on their ENIs."""
    return facts.ways.strangers(gateway) == () and not neighbours_of_gateway(facts, gateway)


def _failed(facts: Facts, uses: Sequence[tuple[str, str]]) -> int:
    """Attempts of some uses that became no connection, and those that name no use."""
    named, nameless = _failures(facts)
    return sum(named.get(use, 0) for use in uses) + nameless if uses else 0


@once
def _failures(facts: Facts) -> tuple[Mapping[tuple[str, str], int], int]:
    """Attempts of each use that became no connection; and those that do not name their function or destination."""
    named: dict[tuple[str, str], int] = {}
    nameless = 0
    for one in facts.symptoms.counts:
        if one.outcome in NEVER_OPENED and one.function and one.destination:
            named[one.function, one.destination] = named.get((one.function, one.destination), 0) + one.count
        elif one.outcome in NEVER_OPENED:
            nameless += one.count
    return named, nameless


def _largest_share(share: float) -> float:
    """A share of a function's connections, as large as an uneven spread makes it."""
    return min(1.0, share * (1.0 + UNEVEN))


@once
def seen_ports(facts: Facts, gateway: str, zone: str | None, destination: str) -> Seen | None:
    """Ports of a NAT gateway in use towards all addresses of a destination together; None where nothing tells."""
    target = facts.ways.network.destinations[destination]
    logs = facts.flow_logs
    counted = None
    if logs is not None and target.addresses and not _is_one_of_several(facts, gateway, zone):
        its = {(address, target.port) for address in target.addresses}
        of_gateway = _counted_nats(facts).get(gateway, ())
        counted = _of_logs(logs, [one for one in of_gateway if (one.destination, one.port) in its], "flow logs")
        if of_gateway and all(map(logs.whole, of_gateway)):
            return _beside(counted, _held_ports(facts, gateway, zone, destination), counted=True)
    told = _no_less_than_counted(_told_of_ports(facts, gateway, zone, destination), counted)
    return _beside(told, _held_ports(facts, gateway, zone, destination), counted=True)


def _held_ports(facts: Facts, gateway: str, zone: str | None, destination: str) -> Sensed | None:
    """What the sensor counts towards a destination; of one of several zones it does not tell which."""
    if destination == UNNAMED or _is_one_of_several(facts, gateway, zone):
        return None
    return held_through_gateway(facts, gateway, destination)


def _told_of_ports(facts: Facts, gateway: str, zone: str | None, destination: str) -> Seen | None:
    """Ports of a NAT gateway as its metrics and callers tell of them."""
    target = facts.ways.network.destinations[destination]
    in_one_of_several = _is_one_of_several(facts, gateway, zone)
    active = facts.nat(gateway).active
    if active is None:
        return None
    demand = read_demand(facts, seen=True)
    behind = demand.behind.get(gateway, {})
    elsewhere = [use for use in behind if use[1] != destination]
    told = _leave_alone(facts, gateway)
    taken = _ports_taken(facts, gateway)
    high = taken
    if told:
        closed = taken - active.largest
        high = min(taken, closed + sum(demand.alone[use] for use in behind if use[1] == destination))
    errors = facts.nat(gateway).port_errors
    if (
        errors is not None
        and errors.total == 0
        and errors.covers(facts.window)
        and facts.ways.addresses(gateway)
        and (target.addresses or not elsewhere)
    ):
        room = facts.ways.addresses(gateway) * facts.assume("nat_connections_per_address") * target.unique
        high = min(high, max(room, active.largest if not elsewhere else 0.0))
    low = 0.0
    if told and not in_one_of_several and destination != UNNAMED:
        low = max(0.0, active.largest - sum(demand.alone[use] for use in elsewhere))
    whole = f"{active.largest:,.0f}"
    if in_one_of_several:
        text = f"at most: {whole} over all zones"
    elif not told:
        text = f"at most: {whole} of all clients to all destinations"
    elif not elsewhere:
        text = "ActiveConnectionCount"
    elif high < active.largest:
        text = f"of {whole} to all destinations, by what callers established"
    else:
        text = f"at most: {whole} to all destinations"
    if high > active.largest * _CLOSED:
        text += "; closed ones that keep their port included"
    return Seen(min(low, high), high, text, active.source)


def _is_one_of_several(facts: Facts, gateway: str, zone: str | None) -> bool:
    """Whether others leave by a regional gateway from other zones, of which its metrics and records are as well."""
    return zone is not None and len(zones_of_gateway(facts, gateway) | {zone}) > 1


@once
def seen_unnamed_ports(
    facts: Facts, gateway: str, zone: str | None, named: frozenset[str]
) -> tuple[str | None, Seen | None]:
    """(The unique destination, ports in use towards it) of a NAT gateway's fullest table towards none of the
    destinations ``named``: ``203.0.113.9:443``, or None where no flow logs tell which it is."""
    destinations = facts.ways.network.destinations
    its = {(address, destinations[name].port) for name in named for address in destinations[name].addresses}
    logs, several = facts.flow_logs, _is_one_of_several(facts, gateway, zone)
    of_gateway = _counted_nats(facts).get(gateway, ())
    keys = [one for one in of_gateway if (one.destination, one.port) not in its and one.most > 0]
    active = facts.nat(gateway).active
    whole = f"at most: {active.largest:,.0f} of all clients to all destinations" if active is not None else ""
    told = None if active is None else Seen(0.0, _ports_taken(facts, gateway), whole, active.source)
    if logs is None or not keys:
        return None, told
    fullest = max(keys, key=lambda one: (one.low, one.most))
    counted = Seen(0 if several else fullest.low, fullest.high, "flow logs", logs.source)
    seen = counted if counted.high is not None else _no_less_than_counted(told, counted)
    return f"{fullest.destination}:{fullest.port}", seen


def _ports_taken(facts: Facts, gateway: str) -> float:
    """Open connections of a gateway, and closed ones that keep their port, at the worst moment."""
    nat = facts.nat(gateway)
    assert nat.active is not None
    hold = facts.assume("nat_hold_after_close")
    closed = nat.closed_within(hold) if hold > 0 else {}
    return max(value + closed.get(moment, 0.0) for moment, value in nat.active.points)


@once
def seen_at_destination(facts: Facts, destination: str) -> Seen | None:
    """Connections of the functions in question open to a destination; None where nothing tells."""
    demand = read_demand(facts, seen=True)
    uses = [use for use in demand.uses if use[1] == destination]
    if not uses or any(use in demand.open for use in uses):
        return None
    high = sum(demand.live[use].high for use in uses)
    low = max((demand.least[use].low for use in uses if use in demand.least), default=0.0)
    source = _sources(demand, uses)
    logs, keys = facts.flow_logs, _keys_towards(facts, destination)
    if logs is not None and logs.has_flags and keys:
        # What a port is kept for after its connection is closed is in the upper end alone; what nobody answers takes a
        # port, and did not arrive.
        ports = _of_logs(logs, keys, "flow logs")
        unanswered = any(one.unanswered for one in keys)
        opened_once = sum(one.opened for one in keys) <= ports.low
        if ports.high is not None:
            high, source = min(high, ports.high), logs.source
        low = max(low, ports.low) if opened_once and not unanswered else low
    if math.isinf(high):
        return None
    return Seen(min(low, high), high, "", source)


def _keys_towards(facts: Facts, destination: str) -> list[Key]:
    """What flow logs show of all NAT gateways that lead to a destination; nothing where they do not show all of it, or
    another way leads there too."""
    logs, target = facts.flow_logs, facts.ways.network.destinations[destination]
    ways = [way for way in facts.ways.of_destination[destination] if not way.blocked]
    if logs is None or not target.addresses or any(way.kind is not HopKind.NAT_GATEWAY for way in ways):
        return []
    its = {(address, target.port) for address in target.addresses}
    found: list[Key] = []
    for gateway in dict.fromkeys(way.resource for way in ways):
        of_gateway = _counted_nats(facts).get(str(gateway), ())
        if not of_gateway or not all(map(logs.whole, of_gateway)):
            return []
        found += [one for one in of_gateway if (one.destination, one.port) in its]
    return found


def _of_logs(logs: FlowLogEvidence, keys: Sequence[Key], text: str) -> Seen:
    """What several keys had open at once: from below at the same moment, from above in the same minute."""
    if len(keys) == 1:
        return Seen(keys[0].low, keys[0].high, text, logs.source)
    lows: dict[int, int] = {}
    highs: dict[int, int] = {}
    whole = all(one.high is not None for one in keys)
    for key in keys:
        for minute, low in key.sure_at_ends(*logs.window):
            lows[minute] = lows.get(minute, 0) + low
        for minute, _, high in key.band(*logs.window):
            highs[minute] = highs.get(minute, 0) + (high or 0)
    low, high = max(lows.values(), default=0), max(highs.values(), default=0)
    return Seen(low, high if whole else None, text, logs.source)


def _sources(demand: Demand, uses: Iterable[tuple[str, str]]) -> str:
    named = (demand.live[use].source for use in uses)
    return ", ".join(dict.fromkeys(source for one in named for source in one.split(", ") if source))
