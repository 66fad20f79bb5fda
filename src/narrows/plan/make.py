"""``make_plan``: from a scenario or a case to the cheapest changes that fit, and the alternatives."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from narrows.errors import InputError, nearest
from narrows.given import given_source
from narrows.plan.actions import Action
from narrows.plan.changes import CONDITIONAL
from narrows.plan.model import Plan, Verdict
from narrows.plan.names import names_after
from narrows.plan.peak import Peak, measure, scaled
from narrows.plan.planner import Planner, assumed_of
from narrows.plan.terms import PROXY_REUSE, Terms
from narrows.prices import Price, load_prices
from narrows.scenario import Scenario

if TYPE_CHECKING:
    from narrows.case.model import Case
    from narrows.evidence.facts import Facts
    from narrows.plan.estimate import Estimated

_MOST_HEADROOM = 0.9
_MOST_GROWTH = 1000.0
_MOST_CONNECTIONS = 100_000_000
_MOST_COMPARED = 64
"""Of more uses what is open is not planned a second time as if it were known."""
_CLOSE_TO = 0.005
"""Ends of an interval that differ by less are one number."""
_SAME = 1e-9


def make_plan(
    source: Scenario | Case | str | os.PathLike[str],
    *,
    peak: int | None = None,
    growth: float = 1.0,
    headroom: float = 0.3,
    possible: Iterable[str] = (),
    proxy_reuse: int = PROXY_REUSE,
    facts: Facts | None = None,
    prices: Mapping[str, Price] | None = None,
) -> Plan:
    """The cheapest changes under which the peak fits every table, and the alternatives.

    Args:
        source: a scenario, or a case: its demand is then estimated from the evidence. Or the path of either.
        peak: open connections of all functions together at the peak; the demand is scaled to it.
        growth: scales the demand of the functions instead.
        headroom: part of every table that must stay free at the peak, 0 to 0.9.
        possible: conditional actions that are possible here, so that they may be chosen: ``use-interface-endpoint``,
            or ``use-interface-endpoint=cache`` for one destination (for ``leave-vpc`` and ``reuse-connections``: one
            function).
        facts: what the case shows, where it has been read.
        prices: of the user's own, by id (``read_own_prices``); all others are those of the Region.
        proxy_reuse: connections of functions that an egress proxy would carry over one of its own.

    Raises:
        InputError: an argument is out of range, or there is no demand, or a case does not show any.
    """
    source = given_source(source, "make_plan")
    _check(peak, growth, headroom, proxy_reuse)
    of_case = None if isinstance(source, Scenario) else _estimated(source, peak, facts)
    scenario = source if isinstance(source, Scenario) else of_case.scenario  # type: ignore[union-attr]
    applied = {} if isinstance(source, Scenario) else source.quotas
    wanted = _parse_possible(scenario, possible)
    terms = Terms(headroom, load_prices(scenario.network.region).with_own(prices or {}), proxy_reuse)
    now = measure(scenario.network, scenario.demand, scenario.assumptions, terms.measured)
    if not now.connections:
        raise InputError(
            "asks for no connection: no function has environments and connections",
            file=scenario.file,
            advice="write 'demand:' and 'connections:'",
        )
    if peak is not None:
        scenario, growth, now = _scaled_to(scenario, now, peak)
    elif growth != 1.0:
        asked = now.connections * growth
        scenario = replace(scenario, demand=scaled(scenario.demand, growth))
        now = measure(scenario.network, scenario.demand, scenario.assumptions, terms.measured)
        if any(one.reserved_concurrency is not None for one in scenario.network.functions.values()):
            _check_reached(now, asked, "--growth")
    planner = Planner(scenario, now, terms, applied)
    if of_case is None:
        return planner.plan(growth, wanted, (), ())
    found = planner.plan(growth, wanted, of_case.estimates, of_case.notes)
    return _as_known(
        found,
        of_case,
        Planner(*_least(scenario, of_case, growth, terms), terms, applied),
        wanted,
        given=peak is not None,
    )


def _estimated(case: Case, peak: int | None, facts: Facts | None) -> Estimated:
    from narrows.plan.estimate import estimate

    return estimate(case, peak=peak, facts=facts)


def _least(scenario: Scenario, of_case: Estimated, growth: float, terms: Terms) -> tuple[Scenario, Peak]:
    """The scenario with what was wanted for certain, and its peak."""
    least = replace(scenario, demand=scaled(of_case.least, growth))
    return least, measure(least.network, least.demand, least.assumptions, terms.measured)


def _as_known(
    found: Plan, of_case: Estimated, at_least: Planner, wanted: Mapping[Action, set[str] | None], *, given: bool
) -> Plan:
    """The plan of a case, with what its evidence leaves open; ``given``: but the peak, which the user said."""
    growth, headroom = found.growth, found.headroom_wanted
    verdict = found.verdict
    fails_at_least = not all(table.fits(headroom) for table in at_least.tables)
    if of_case.full and abs(growth - 1.0) < _SAME:
        # A table that was full does not hold what filled it.
        verdict = Verdict.FAILS
    elif found.verdict is Verdict.HOLDS:
        verdict = Verdict.UNKNOWN if of_case.unknown else Verdict.HOLDS
    elif of_case.intervals and not found.unreachable and not _all_fit(found) and not fails_at_least:
        verdict = Verdict.UNKNOWN
    finite = [(low, high) for low, high in of_case.intervals.values() if not math.isinf(high)]
    open_ended = any(high - low > _CLOSE_TO * high for low, high in finite)
    if_known = None
    if found.best is not None and open_ended and len(of_case.intervals) <= _MOST_COMPARED:
        cheapest = at_least.plan(growth, wanted, (), ())
        if_known = (0 if cheapest.best is None else cheapest.best.monthly_cents), found.best.monthly_cents
    return replace(
        found,
        verdict=verdict,
        wanted={use: (low * growth, high * growth) for use, (low, high) in of_case.intervals.items()},
        wanted_at_least=None if given or not of_case.intervals else of_case.at_least * growth,
        assumptions=tuple(found.today.assumptions.printed((*assumed_of(found.today), *of_case.assumed))),
        names=names_after(found, of_case.names),
        unknown=of_case.unknown,
        missing=of_case.missing,
        if_known=if_known,
    )


def _all_fit(found: Plan) -> bool:
    return all(table.fits(found.headroom_wanted) for table in found.tables)


def _check(peak: int | None, growth: float, headroom: float, proxy_reuse: int) -> None:
    if peak is not None and growth != 1.0:
        raise InputError(
            "a peak and a growth contradict each other", place="--peak, --growth", advice="give one of them"
        )
    if peak is not None and not 1 <= peak <= _MOST_CONNECTIONS:
        raise InputError(
            f"{peak} is not a valid peak", place="--peak", advice=f"1 to {_MOST_CONNECTIONS:,} connections"
        )
    if not 0 < growth <= _MOST_GROWTH:
        raise InputError(
            f"{growth:g} is not a valid growth factor", place="--growth", advice="write a factor such as 2x or 1.5x"
        )
    if not 0 <= headroom <= _MOST_HEADROOM:
        raise InputError(
            f"{headroom:g} is not a valid headroom", place="--headroom", advice=f"0 to {_MOST_HEADROOM:g}, such as 0.3"
        )
    if not 1 <= proxy_reuse <= 10_000:
        raise InputError(f"{proxy_reuse} is not a valid reuse factor", place="--proxy-reuse", advice="1 to 10000")


def _scaled_to(scenario: Scenario, now: Peak, peak: int) -> tuple[Scenario, float, Peak]:
    factor = peak / now.connections
    after, reached = scenario, now
    for _ in range(4):
        after = replace(scenario, demand=scaled(scenario.demand, factor))
        reached = measure(after.network, after.demand, after.assumptions)
        if reached.connections == peak or not reached.connections:
            break
        factor *= peak / reached.connections
    _check_reached(reached, peak, "--peak")
    return after, factor, reached


def _check_reached(reached: Peak, asked: float, place: str) -> None:
    if reached.connections < asked * 0.9:
        raise InputError(
            f"reserved concurrency stops the functions at {reached.connections:,} connections, short of {asked:,.0f}",
            place=place,
        )


def _parse_possible(scenario: Scenario, written: Iterable[str]) -> dict[Action, set[str] | None]:
    found: dict[Action, set[str] | None] = {}
    for one in written:
        name, _, resource = one.partition("=")
        if name not in CONDITIONAL:
            guess = nearest(name, list(CONDITIONAL))
            advice = f"did you mean '{guess}'?" if guess else f"write one of {', '.join(CONDITIONAL)}"
            raise InputError(f"'{name}' is not a conditional action", place="--can", advice=advice)
        action = CONDITIONAL[name]
        if not resource:
            found[action] = None
            continue
        network = scenario.network
        there = network.functions if action.names == "function" else network.destinations
        if resource not in there:
            guess = nearest(resource, list(there))
            advice = f"did you mean '{guess}'?" if guess else f"known: {', '.join(sorted(there))}"
            raise InputError(f"there is no {action.names} '{resource}'", place="--can", advice=advice)
        names = found.setdefault(action, set())
        if names is not None:
            names.add(resource)
    return found
