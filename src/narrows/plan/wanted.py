"""How many connections a case's functions wanted at their peak, from what the evidence says.

Timeouts hide demand: what was established is then less than what was wanted. Where nothing shows how much less, the
answer is that it cannot be known.
"""

from __future__ import annotations

from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import NEVER_OPENED
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.plan.evidence import Evidence, Figure
from narrows.plan.model import Estimate

_CHURNS = 2.0
"""Connections that were opened for each one that was open at the peak: more than this, and they are taken to be closed
and opened again; fewer, and to be kept."""
_SHORTEST_HOLD = 0.001
_FLAT_TOP = 0.97
"""Active connections at this part of what the Hyperplane ENIs hold are taken to be cut off by them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Open connections at the peak, all functions together, and how long each is held."""

    connections: float
    hold: float | None
    """Seconds, where connections are closed and opened again; None where they are kept."""
    estimates: tuple[Estimate, ...]
    of_others: float = 0.0
    """Connections of others behind the same gateways that the evidence shows beside these."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why it cannot be known."""

    reason: str
    at_least: float
    estimates: tuple[Estimate, ...]


def wanted_connections(evidence: Evidence, environments: float | None) -> Wanted | Unknown:
    """The connections that the functions wanted at their peak.

    Args:
        environments: of all the functions at the peak, where they are known.
    """
    seen: list[Estimate] = []
    active, errors = evidence.active, evidence.port_errors
    if active is not None:
        seen.append(_estimate("active connections", active, "connections", "active on the NAT gateways at the peak"))
    established = evidence.callers(CallerOutcome.ESTABLISHED)
    failed = evidence.callers(*NEVER_OPENED)
    complete = evidence.case.callers.complete
    if complete or failed:
        figure = Figure(float(established + failed), evidence.callers_source)
        text = f"callers tried: {established:,} established, {failed:,} failed"
        seen.append(_estimate("attempts of callers", figure, "attempts", text))
    hold = _hold(evidence, established if complete else None)
    if hold is not None:
        return _churning(evidence, hold, seen, complete, established, failed)
    if complete and established + failed:
        return _kept(evidence, seen, established, failed, environments)
    if errors is not None and errors.value > 0 and evidence.attempts is not None:
        text = "first SYNs at the NAT gateways: the connections that were wanted, refused ones included"
        seen.append(_estimate("attempts at the NAT gateways", evidence.attempts, "attempts", text))
        return Wanted(max(evidence.attempts.value, active.value if active else 0.0), None, tuple(seen))
    hidden = active is not None and active.value >= _FLAT_TOP * _eni_room(evidence)
    if active is not None and active.value > 0 and not (failed or hidden) and errors is not None and errors.value == 0:
        return Wanted(active.value, None, tuple(seen))
    return _unknown(evidence, seen, active, failed, hidden)


def _eni_room(evidence: Evidence) -> int:
    """What the Hyperplane ENIs of the functions hold together."""
    network = evidence.case.topology.network
    keys = {network.eni_key(name, subnet) for name in evidence.functions for subnet in network.functions[name].subnets}
    return len(keys) * HYPERPLANE_ENI_CONNECTIONS.value


def _estimate(what: str, figure: Figure, unit: str, text: str) -> Estimate:
    return Estimate(what, figure.value, unit, f"{figure.value:,.0f} {text}", figure.source)


def _hold(evidence: Evidence, established: int | None) -> float | None:
    """Seconds that a connection is held (Little's law), where connections are closed and opened again."""
    active, attempts, errors = evidence.active, evidence.attempts, evidence.port_errors
    if active is None or active.value <= 0:
        return None
    opened = float(established or 0)
    if attempts is not None:
        opened = max(opened, attempts.value - (errors.value if errors is not None else 0.0))
    if opened <= _CHURNS * active.value:
        return None
    return max(_SHORTEST_HOLD, evidence.active_seconds / opened)


def _churning(
    evidence: Evidence, hold: float, seen: list[Estimate], complete: bool, established: int, failed: int
) -> Wanted | Unknown:
    rate, active = evidence.attempts_per_second, evidence.active
    assert active is not None
    if rate is None or rate.value <= 0:
        return Unknown("the rate of attempts is not measured (ConnectionAttemptCount)", active.value, tuple(seen))
    errors = evidence.port_errors
    if failed and not complete and not (errors is not None and errors.value > 0):
        return Unknown("attempts that failed before the NAT gateway are not counted", active.value, tuple(seen))
    refused = errors is not None and errors.value > 0
    # First SYNs at the NAT gateway count what it refused, and do not count what never came so far.
    factor = (established + failed) / established if complete and established and failed and not refused else 1.0
    per_second = rate.value * factor
    if not (refused or failed):
        # Nothing was cut off: as many as were active were wanted, and they changed as fast as attempts came.
        hold = max(_SHORTEST_HOLD, active.value / per_second)
    text = f"{hold:.3g} s that a connection is held, from active connections and attempts (Little's law)"
    seen += [
        Estimate("rate of attempts", per_second, "connections/s", f"{per_second:,.3g} attempts a second", rate.source),
        Estimate("hold", hold, "s", text, active.source),
    ]
    return Wanted(max(per_second * hold, 0.0 if refused else active.value, 1.0), hold, tuple(seen))


def _kept(
    evidence: Evidence, seen: list[Estimate], established: int, failed: int, environments: float | None
) -> Wanted:
    connections = float(established + failed)
    clean = evidence.before_trouble
    if failed and clean is not None and environments:
        minute, opened = clean
        there = sum(_environments_at(evidence, name, minute) for name in evidence.functions)
        if there:
            each = opened / there
            figure = Figure(min(connections, each * environments), evidence.callers_source)
            text = f"wanted: {each:.2f} for each environment before the first failure, times {environments:,.0f}"
            seen.append(Estimate("connections wanted", figure.value, "connections", text, figure.source))
            connections = figure.value
    elif failed:
        text = "connections wanted: every attempt, and so at most as many, where some of them are retries"
        seen.append(
            Estimate(
                "connections wanted", connections, "connections", f"{connections:,.0f} {text}", evidence.callers_source
            )
        )
    active, errors = evidence.active, evidence.port_errors
    others = 0.0
    if active is not None and errors is not None and errors.value > 0:
        others = active.value - established
        if others > 0.05 * active.value:
            text = f"{others:,.0f} of the active connections are not these callers': others fill the NAT gateway too"
            seen.append(Estimate("connections of others", others, "connections", text, active.source))
        else:
            others = 0.0
    return Wanted(connections, None, tuple(seen), others)


def _environments_at(evidence: Evidence, function: str, minute: int) -> float:
    series = evidence.concurrency(function)
    if series is None:
        return 0.0
    return max(
        (v for t, v in zip(series.times.tolist(), series.values.tolist(), strict=True) if t <= minute), default=0.0
    )


def _unknown(evidence: Evidence, seen: list[Estimate], active: Figure | None, failed: int, hidden: bool) -> Unknown:
    at_least = (0.0 if active is None else active.value) + failed
    if active is None and not evidence.case.callers.complete:
        reason = (
            "neither ActiveConnectionCount of the NAT gateway nor all attempts of callers (callers/*.parquet) are there"
        )
    elif hidden:
        reason = (
            "active connections stand at what the Hyperplane ENIs hold, and what was wanted above that leaves no trace"
        )
    elif failed:
        reason = "callers failed before the NAT gateway, and their log does not show how many connections they wanted"
    elif evidence.port_errors is None:
        reason = "nothing says whether the NAT gateway refused connections (ErrorPortAllocation)"
    else:
        reason = "the NAT gateway refused connections, and nothing says how many (ConnectionAttemptCount)"
    return Unknown(reason, at_least, tuple(seen))
