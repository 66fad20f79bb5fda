"""How full tables were by the sensor inside the functions: connections counted where they are held."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from narrows.case.model import CallerCount, CallerOutcome
from narrows.case.outcomes import NEVER_OPENED
from narrows.case.sensor_lines import Peer
from narrows.evidence.demand.model import UNEVEN
from narrows.evidence.facts import Facts, clock, once
from narrows.evidence.metrics import PEAK, Reading
from narrows.evidence.sensor import LONGEST, MINUTE, Curve, Weigh, is_one_of, stays_inside
from narrows.listing import counted
from narrows.network import EniKey

_DEVIATIONS = 4.0
"""Standard deviations that a spread by chance differs from an even one at the most."""


@dataclass(frozen=True)
class Sensed:
    """Connections held through one table, of those functions that have the sensor."""

    low: float
    """Held at once, at least."""
    high: float | None
    """Entries at the most, those of closed connections included; None where others have some, or lines are missing."""
    curve: Curve
    source: str
    missing: tuple[str, ...]
    """Why there is no ``high``, or why ``low`` may be too low."""
    spread: bool
    """Rests on environments being spread evenly over subnets."""

    @property
    def text(self) -> str:
        """What it rests on."""
        return "the sensor inside the functions" + ("; spread evenly (assumed)" if self.spread else "")


@once
def held_on_eni(facts: Facts, key: EniKey) -> Sensed | None:
    """What functions with the sensor held through the ENIs of a key; None where none of them has one."""
    shares: dict[str, float] = {}
    for way in facts.ways.of_eni.get(key, ()):
        shares[way.function] = max(shares.get(way.function, 0.0), way.share)

    def weigh(function: str, peer: Peer) -> float:
        return 0.0 if stays_inside(peer) else shares.get(function, 0.0)

    users = frozenset(facts.ways.users(key))
    kept = facts.assume("eni_hold_after_close") if facts.case.sensor else 0.0
    return _sensed(facts, shares, weigh, users, kept)


@once
def held_through_gateway(facts: Facts, gateway: str, destination: str) -> Sensed | None:
    """What they held through a NAT gateway to a destination; None where none of those that do has the sensor."""
    shares: dict[str, float] = {}
    for way in facts.ways.of_destination.get(destination, ()):
        if way.resource == gateway and not way.blocked:
            shares[way.function] = shares.get(way.function, 0.0) + way.share
    of_it = partial(is_destination, facts, destination)

    def weigh(function: str, peer: Peer) -> float:
        return shares.get(function, 0.0) if of_it(peer) else 0.0

    strangers = facts.ways.strangers(gateway)
    # Others behind the gateway are asked for nothing here: without a sensor there is no upper end.
    users = frozenset(shares) | (frozenset(strangers) if strangers is not None else frozenset({""}))
    kept = facts.assume("nat_hold_after_close") if facts.case.sensor else 0.0
    return _sensed(facts, shares, weigh, users, kept, destination=destination)


@once
def held_by(facts: Facts, function: str, destination: str) -> Sensed | None:
    """What a function held to a destination, whatever its ways; its ``high`` is of held ones alone."""
    of_it = partial(is_destination, facts, destination)

    def weigh(name: str, peer: Peer) -> float:
        return 1.0 if name == function and of_it(peer) else 0.0

    users = frozenset({function})
    return _sensed(facts, {function: 1.0}, weigh, users, 0.0, pending=False, destination=destination)


@once
def _strays(facts: Facts) -> tuple[tuple[str, Peer], ...]:
    """Functions with the peers of theirs that are no destination of the case, as far as name and address tell."""
    known = facts.ways.network.destinations
    sensor = facts.case.sensor
    loose = [
        number
        for number, peer in enumerate(sensor.peers)
        if not stays_inside(peer) and not any(is_destination(facts, name, peer) for name in known)
    ]
    its = sensor.uses[np.isin(sensor.uses["destination"], loose)]
    pairs = np.unique(np.stack((sensor.lines["process"][its["line"]], its["destination"])), axis=1)
    found = ((sensor.processes[process].function, sensor.peers[peer]) for process, peer in pairs.T.tolist())
    return tuple(dict.fromkeys(found))


def _unclear(facts: Facts, functions: Iterable[str], destination: str) -> str | None:
    """Why some connections of functions may be to a destination that nothing tells apart; None where there are none."""
    target = facts.ways.network.destinations[destination]
    its = frozenset(functions)
    if target.addresses or not facts.case.sensor:
        return None
    may_be = any(name in its and not peer.name and target.port in (None, peer.port) for name, peer in _strays(facts))
    return f"the addresses of {destination}, which some connections may be to" if may_be else None


def is_destination(facts: Facts, destination: str, peer: Peer) -> bool:
    """Whether a peer is a destination of the case."""
    target = facts.ways.network.destinations[destination]
    known = facts.case.destinations.get(destination)
    host = known.host if known is not None else None
    return is_one_of(peer, target.addresses, host, target.port)


def _sensed(
    facts: Facts,
    shares: dict[str, float],
    weigh: Weigh,
    users: frozenset[str],
    kept: float,
    *,
    pending: bool = True,
    destination: str | None = None,
) -> Sensed | None:
    held = facts.held
    if held is None or not set(shares) & set(facts.case.sensor.functions):
        return None
    curve = held.curve(weigh)
    if facts.window is not None:
        curve = curve.within(*facts.window)
    missing = list(dict.fromkeys(_missing(facts, users)))
    if destination is not None and (unclear := _unclear(facts, shares, destination)) is not None:
        missing.append(unclear)
    if not curve.whole:
        missing.append(f"{counted(held.missing, 'line')} of it missing" if held.missing else "lines that are not whole")
    parts = {name: share for name, share in shares.items() if 0 < share < 1}
    if parts:
        facts.used.add("environment_placement")
    uneven = max((_uneven(facts, name, share, whole=not missing) for name, share in parts.items()), default=0.0)
    low = curve.least * max(0.0, 1.0 - uneven)
    # What found no room in one subnet is missing there alone: the others hold more than their share of the rest.
    dropped = sum((1.0 - share) * failed_of(facts, name, destination) for name, share in parts.items())
    low = max(0.0, low - dropped) if curve.gapless or not dropped else 0.0
    high = None
    if not missing:
        # A SYN that nobody answered may have left an entry, which no process holds.
        unanswered = sum(failed_of(facts, name) for name in shares) if pending else 0
        high = unanswered + max(curve.peak, held.ports(weigh, kept)) * (1.0 + uneven)
    return Sensed(math.floor(low), None if high is None else math.ceil(high), curve, facts.case.sensor.source,
                  tuple(missing), bool(parts))  # fmt: skip


def _uneven(facts: Facts, function: str, share: float, *, whole: bool) -> float:
    """By how much of their share the connections of a function in one subnet may differ from it.

    Environments are whole ones; and those of which something is known are spread as chance has it.
    """
    told = facts.case.sensor.environments.get(function, 0)
    if not told:
        return UNEVEN
    chance = 0.0 if whole else _DEVIATIONS * math.sqrt(told * share * (1.0 - share))
    return UNEVEN + (1.0 + chance) / (told * share)


def failed_of(facts: Facts, function: str, destination: str | None = None) -> int:
    """Attempts of a function that came to nothing, to a destination (to any, for None): by its sensor, or by what
    callers tell where that is more. Those that name no function or destination may be of this one."""
    assert facts.held is not None
    of_it = None if destination is None else partial(is_destination, facts, destination)
    told = sum(one.count for one in _told_of(facts, function, destination))
    return max(facts.held.totals(function, of_it).failed, told)


def closed_by_minute(facts: Facts, function: str, destination: str, curve: Curve, *, seen: bool) -> dict[int, float]:
    """Connections of a function to a destination that were closed in each minute, at the most; those that failed would
    have been too.

    Args:
        curve: what it held.
        seen: without those that failed.
    """
    assert facts.held is not None

    def weigh(name: str, peer: Peer) -> float:
        return float(name == function and is_destination(facts, destination, peer))

    opened = facts.held.by_minute("opened", weigh)
    failed: dict[int, float] = {}
    told: dict[int, float] = {}
    undated = 0.0
    if not seen:
        failed = facts.held.by_minute("failed", weigh)
        for one in _told_of(facts, function, destination):
            if one.minute < 0:
                undated += one.count
            else:
                told[one.minute] = told.get(one.minute, 0.0) + one.count
    return {
        minute: max(0.0, curve.at(minute)[1] + opened.get(minute, 0.0) - curve.at(minute + MINUTE)[1])
        + max(failed.get(minute, 0.0), told.get(minute, 0.0) + undated)
        for minute in {**opened, **failed, **told}
    }


def _told_of(facts: Facts, function: str, destination: str | None) -> Iterable[CallerCount]:
    for one in facts.symptoms.counts:
        of_it = destination is None or one.destination in (destination, None)
        if of_it and one.outcome in NEVER_OPENED and one.function in (function, None):
            yield one


def _missing(facts: Facts, users: Iterable[str]) -> Iterable[str]:
    """Who else may hold connections there, and which environments say nothing."""
    told = facts.case.sensor.environments
    for name in sorted(users):
        if name not in told:
            yield f"{name or 'others'} without the sensor"
            continue
        running = facts.function_metric("ConcurrentExecutions", name, PEAK)
        if running is None:
            yield f"ConcurrentExecutions of {name}, which tells whether every environment says something"
        elif (silent := _silent(facts, name, running)) > 0:
            yield f"lines of {silent:,.0f} environments of {name}"
        if facts.symptoms.total(CallerOutcome.INVOCATION_TIMED_OUT, function=name):
            yield f"lines of invocations of {name} that were ended by their timeout"
        if facts.window is not None and not _are_over(facts, name, *facts.window):
            longest = facts.longest(name) or LONGEST
            until = clock(math.ceil((facts.window[1] + longest) / MINUTE) * MINUTE)
            yield f"lines of {name} until {until}, when every invocation of the window has its own"


def _silent(facts: Facts, function: str, running: Reading) -> float:
    """Environments that ran at once and wrote no line: those that wrote theirs before, or came later, do not stand in
    for them."""
    assert facts.held is not None
    begins, values = zip(*running.points, strict=True)
    ends = [moment + running.period + (facts.longest(function) or LONGEST) for moment in begins]
    told = facts.held.environments_between(function, begins, ends)
    return float((np.array(values) - told).max())


def _are_over(facts: Facts, function: str, begin: int, end: int) -> bool:
    """Whether every invocation of the window has ended when the last line was written, so that each has its own."""
    assert facts.held is not None
    until = facts.held.written_until(function)
    if until >= end + (facts.longest(function) or LONGEST):
        return True
    running = facts.function_metric("ConcurrentExecutions", function, PEAK)
    # Lambda has no datapoint of a minute in which nothing ran.
    busy = [moment + running.period for moment, value in running.points if value > 0] if running is not None else []
    return running is not None and bool(busy) and begin < max(busy) < min(end, until + running.period)
