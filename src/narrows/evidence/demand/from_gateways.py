"""What the metrics of NAT gateways say of demand: of all that passes one together."""

from __future__ import annotations

import math
from collections.abc import Mapping

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import AMBIGUOUS, FAILURES, NEVER_OPENED
from narrows.evidence.demand.draft import Draft
from narrows.evidence.demand.model import CLOSING, LIVE, OTHERS, UNEVEN, Figure, Unknown
from narrows.evidence.metrics import NatEvidence, Reading, most_within
from narrows.evidence.polytope import Bound
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.listing import named
from narrows.network import NatKind

FLAT_TOP = 0.97
"""Active connections at this share of what the ENIs hold are taken to be cut off by them."""
_CHURNS = 2.0
"""Connections opened for each that was open at the most: more than this, and they are closed and opened again."""
_WHOLE = 1e-9
_HIDDEN = "active connections stand at what the Hyperplane ENIs hold, and what was wanted above that leaves no trace"


def by_gateway(draft: Draft, gateway: str) -> None:
    """Bounds from a NAT gateway's metrics."""
    nat, label = draft.facts.nat(gateway), draft.facts.label(gateway)
    active, attempts = draft.active(gateway), nat.attempts
    if active is None:
        if attempts is not None and draft.whole(attempts):
            _closing_by_attempts(draft, gateway, attempts)
        if nat.active is not None:
            text = f"{nat.active.largest:,.0f} active connections of {label} at the peak"
            draft.readings.append(_read(nat.active, text))
        draft.missing[gateway] = None
        draft.unbounded[f"ActiveConnectionCount of {label} is not in the case for all of its time"] = None
        return
    draft.readings.append(_read(active, f"{active.largest:,.0f} active connections of {label} at the peak"))
    opened = _opened(draft, gateway, nat)
    churning = opened > _CHURNS * active.largest
    refused = _refused(draft, gateway, nat)
    live = _passing(draft, gateway, LIVE)
    if math.isfinite(refused):
        text = f"{label}: {active.largest:,.0f} connections active at the peak"
        text += f", and {refused:,.0f} attempts that failed" if refused else ""
        _at_most(draft, gateway, live, active.largest + refused, text, active.source)
    _closing(draft, gateway, nat, refused, churning=churning)
    by_attempts = not (draft.seen or draft.symptoms.complete or _hidden(draft, gateway))
    if attempts is not None and draft.whole(attempts) and by_attempts:
        first = draft.open_before(gateway)
        text = f"{label}: {attempts.total:,.0f} first SYNs"
        draft.readings.append(_read(attempts, f"{attempts.total:,.0f} first SYNs at {label}, refused ones included"))
        if not draft.symptoms.total(*NEVER_OPENED) or (nat.port_errors is not None and nat.port_errors.total > 0):
            _at_most(draft, gateway, live, first + attempts.total, text, attempts.source)
    if churning and attempts is not None:
        _by_rate(draft, gateway, nat, opened, refused)
    errors = nat.port_errors
    if errors is not None and errors.total == 0 and draft.whole(errors) and not refused:
        _never_full(draft, gateway, errors)
    using = list(draft.behind[gateway])
    if len(using) == 1 and gateway not in draft.others and using[0] in draft.surely_passing:
        draft.at_least(using[0], active.largest, f"{label}: {active.largest:,.0f} connections active", active.source)


def together(draft: Draft) -> None:
    """What passes all gateways together: however unevenly a function's connections are spread over them."""
    if len(draft.passed) < 2:
        return
    terms: dict[Unknown, float] = {}
    for use, passing in draft.shares.items():
        share = sum(part for gateway, part in passing.items() if gateway in draft.passed)
        if share and use in draft.surely_passing:
            terms[Unknown(LIVE, *use)] = share if share >= 1.0 - _WHOLE else share * (1.0 - UNEVEN)
    for gateway in draft.passed:
        if gateway in draft.others:
            terms |= {Unknown(OTHERS, gateway, to): 1.0 for to in draft.destinations_behind(gateway)}
    most = sum(most for most, _ in draft.passed.values())
    text = f"{named([draft.facts.label(name) for name in draft.passed], 3)}: {most:,.0f} together, failed ones included"
    source = ", ".join(dict.fromkeys(source for _, source in draft.passed.values()))
    draft.bounds.append(Bound(terms, most, text, source))


def least_in_all(draft: Draft) -> float:
    """The most that was active at once on gateways that nobody else uses."""
    together: dict[int, float] = {}
    for gateway in draft.gateways:
        active = draft.facts.nat(gateway).active
        for moment, value in () if active is None or gateway in draft.others else active.points:
            together[moment] = together.get(moment, 0.0) + value
    return max(together.values(), default=0.0)


def _passing(draft: Draft, gateway: str, kind: str) -> dict[Unknown, float]:
    """What surely passes a gateway: of each use a little less than its even share, so that the bound holds."""
    terms = {
        Unknown(kind, *use): share * (1.0 if share >= 1.0 - _WHOLE else 1.0 - UNEVEN)
        for use, share in draft.behind[gateway].items()
        if use in draft.surely_passing
    }
    if kind == LIVE and gateway in draft.others:
        terms |= {Unknown(OTHERS, gateway, to): 1.0 for to in draft.destinations_behind(gateway)}
    return terms


def _at_most(draft: Draft, gateway: str, live: Mapping[Unknown, float], most: float, text: str, source: str) -> None:
    if not live:
        return
    draft.bounds.append(Bound(live, most, text, source))
    if gateway not in draft.passed or most < draft.passed[gateway][0]:
        draft.passed[gateway] = most, source


def _opened(draft: Draft, gateway: str, nat: NatEvidence) -> float:
    """Connections that a gateway let through, at least."""
    established = _established(draft, gateway)
    if nat.attempts is None:
        return established
    errors = 0.0 if nat.port_errors is None else nat.port_errors.total
    through = nat.attempts.total - errors
    if nat.established is not None:
        # Attempts that the destination did not answer, or refused, were never open.
        through = min(through, nat.established.total)
    return max(established, through)


def _established(draft: Draft, gateway: str) -> float:
    """Connections through a gateway that callers tell of: what stays inside the VPC did not pass it."""
    passing = [
        use for use, share in draft.behind[gateway].items() if share >= 1.0 - _WHOLE and use in draft.surely_passing
    ]
    if len(passing) == len(draft.uses):
        # Also those that name no function or destination.
        return float(draft.symptoms.total(CallerOutcome.ESTABLISHED))
    return float(sum(draft.total((CallerOutcome.ESTABLISHED,), *use) for use in passing))


def _refused(draft: Draft, gateway: str, nat: NatEvidence) -> float:
    """Connections that were wanted through a gateway and did not become one, at most."""
    if draft.seen:
        return 0.0
    if draft.symptoms.complete:
        uses = draft.behind[gateway]
        failed = sum(draft.total(draft.failed, function, to) for function, to in uses)
        return float(failed + draft.nowhere(draft.failed))
    errors, label = nat.port_errors, draft.facts.label(gateway)
    if errors is None or not draft.whole(errors) or errors.stat != "Sum":
        draft.missing[gateway] = None
        draft.unbounded[f"nothing says whether {label} refused connections (ErrorPortAllocation)"] = None
        return math.inf
    if _hidden(draft, gateway):
        draft.unbounded[_HIDDEN] = None
        return math.inf
    failed = draft.symptoms.total(*FAILURES, *AMBIGUOUS) or (CallerOutcome.TIMED_OUT in draft.symptoms.reported)
    if failed and not errors.total:
        draft.unbounded[
            "callers failed before the NAT gateway, and their log does not show how many connections they wanted"
        ] = None
        return math.inf
    return max(errors.total, nat.unanswered or 0)


def _hidden(draft: Draft, gateway: str) -> bool:
    """Whether the ENIs before a gateway may have been full: what they drop is in no metric of it."""
    active = draft.facts.nat(gateway).active
    room = len(draft.enis_before[gateway]) * HYPERPLANE_ENI_CONNECTIONS.value
    return active is not None and bool(room) and active.largest >= FLAT_TOP * room


def _closing(draft: Draft, gateway: str, nat: NatEvidence, refused: float, *, churning: bool) -> None:
    """What closed keeps its port for a while: at most so much of both together, and so many a second."""
    active = nat.active
    assert active is not None
    hold = draft.facts.assume("nat_hold_after_close")
    seconds = hold or active.period
    closed = nat.closed_within(seconds)
    fastest = max(closed.values(), default=0.0) / seconds
    if refused and churning and nat.attempts is not None:
        # What was refused would have been closed in its turn.
        fastest = max(fastest, max(value for _, value in nat.attempts.points) / nat.attempts.period)
    closing = _passing(draft, gateway, CLOSING)
    label = draft.facts.label(gateway)
    if not closing:
        return
    draft.bounds.append(Bound(closing, fastest, f"{label}: {fastest:,.0f} closed a second", active.source))
    if hold <= 0:
        return
    together = max(value + closed.get(moment, 0.0) for moment, value in active.points)
    terms = _passing(draft, gateway, LIVE) | {name: hold * factor for name, factor in closing.items()}
    if math.isfinite(refused) and (not refused or not churning):
        together += refused
        draft.bounds.append(Bound(terms, together, f"{label}: {together:,.0f} ports taken", active.source))


def _closing_by_attempts(draft: Draft, gateway: str, attempts: Reading) -> None:
    """As fast as connections are opened they are closed, at the most, where nothing says how many stayed open."""
    closing = _passing(draft, gateway, CLOSING)
    if closing:
        seconds = draft.facts.assume("nat_hold_after_close") or attempts.period
        fastest = max(most_within([value for _, value in attempts.points], attempts.period, seconds)) / seconds
        text = f"{draft.facts.label(gateway)}: {fastest:,.0f} first SYNs a second"
        draft.bounds.append(Bound(closing, fastest, text, attempts.source))


def _kind(draft: Draft, gateway: str) -> NatKind | None:
    nat = draft.facts.ways.network.nat_gateways.get(gateway)
    return None if nat is None else nat.kind


def _by_rate(draft: Draft, gateway: str, nat: NatEvidence, opened: float, refused: float) -> None:
    """Connections that come and go: no more at once than come in the time that one is held (Little's law)."""
    active, attempts = nat.active, nat.attempts
    assert active is not None
    assert attempts is not None
    hold = sum(value for _, value in active.points) * active.period / max(1.0, opened)
    fastest = max(value for _, value in attempts.points) / attempts.period
    label = draft.facts.label(gateway)
    text = f"{label}: {fastest:,.3g} attempts a second, each held for {hold:.3g} s (Little's law)"
    if refused:
        _at_most(
            draft, gateway, _passing(draft, gateway, LIVE), max(active.largest, fastest * hold), text, active.source
        )
    draft.readings.append(_read(active, text))


def _never_full(draft: Draft, gateway: str, errors: Reading) -> None:
    """Ports were there for every SYN: no unique destination was at its limit."""
    # Of a regional one there are so many in each zone, and nothing says how much of it is in which.
    zones = draft.facts.ways.zones_of.get(gateway, frozenset())
    regional = _kind(draft, gateway) is NatKind.REGIONAL
    addresses = draft.facts.ways.addresses(gateway) * (len(zones) if regional else 1)
    each = draft.facts.assume("nat_connections_per_address")
    live = _passing(draft, gateway, LIVE)
    for to in draft.destinations_behind(gateway) if addresses else ():
        destination = draft.facts.ways.network.destinations[to]
        unique = len(destination.addresses)
        terms = {name: factor for name, factor in live.items() if name.destination == to}
        if unique and terms:
            text = f"{draft.facts.label(gateway)}: ErrorPortAllocation 0, so never full to {to}"
            draft.bounds.append(Bound(terms, addresses * each * unique, text, errors.source))


def _read(reading: Reading, text: str) -> Figure:
    return Figure(reading.largest, reading.largest, text, reading.source)
