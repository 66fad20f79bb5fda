"""The choice among plans: the cheapest that surely is possible, and for every other strategy its cheapest plan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from narrows.limits import CONCURRENT_EXECUTIONS
from narrows.network import HopKind
from narrows.plan.actions import Action, Change, Shaped
from narrows.plan.changes import ACTIONS, add_nat_gateway, use_regional_nat_gateway
from narrows.plan.changes.traffic import processed_for
from narrows.plan.enis import Widened
from narrows.plan.model import Estimate, Option, Plan, Verdict
from narrows.plan.nat import with_more_subnets
from narrows.plan.notes import notes_of, unreachable_from
from narrows.plan.peak import Peak, measure
from narrows.plan.quotas import QuotaNeed, needed_quotas
from narrows.plan.solve import Solution, solve, widen_enis
from narrows.plan.sparing import with_fewer_subnets
from narrows.plan.tables import WIDENED, all_tables, next_narrows, within_reach
from narrows.plan.terms import Terms
from narrows.plan.trouble import Trouble
from narrows.scenario import Scenario

ASSUMED = (
    "eni_scale_out_delay",
    "eni_hold_after_close",
    "nat_connections_per_address",
    "nat_hold_after_close",
    "nat_address_selection",
    "address_choice",
    "environment_placement",
    "environment_idle_lifetime",
    "recycled_environment_closes",
    "account_concurrency",
)
"""The assumptions that a plan depends on."""


def assumed_of(scenario: Scenario) -> tuple[str, ...]:
    """Those that the plan of a scenario depends on."""
    uses = [use for asked in scenario.demand.functions.values() for use in asked.connections]
    carries = bool(scenario.demand.carried) or any(use.bytes_per_second > 0 for use in uses)
    return (*ASSUMED, "month_as_mean") if carries else ASSUMED


class Planner:
    def __init__(self, scenario: Scenario, peak: Peak, terms: Terms, applied: Mapping[str, float]) -> None:
        self.scenario, self.peak, self.terms, self.applied = scenario, peak, terms, applied
        self.tables = all_tables(scenario.network, peak, scenario.assumptions, terms.routing)

    def plan(
        self,
        growth: float,
        wanted: Mapping[Action, set[str] | None],
        estimates: tuple[Estimate, ...],
        known_notes: tuple[str, ...],
    ) -> Plan:
        unreachable = tuple(unreachable_from(self.scenario, self.terms.routing))
        roomy = all(table.fits(self.terms.headroom) for table in self.tables)
        too_few = tuple(self.concurrency(self.peak))
        best, alternatives = (None, []) if roomy else self._solve(wanted)
        if roomy and too_few and not unreachable:
            # Every table has room, and the account does not let the environments run that would need it.
            best = self._as_it_is(too_few)
        options = [one for one in (best, *alternatives) if one is not None]
        used = {price for option in options for change in option.changes for price in change.prices}
        prices = self.terms.prices
        processed = processed_for(self.scenario, prices)
        return Plan(
            verdict=Verdict.HOLDS if roomy and not too_few and not unreachable else Verdict.FAILS,
            today=self.scenario,
            peak=self.peak,
            headroom_wanted=self.terms.headroom,
            tables=self.tables,
            best=best,
            alternatives=tuple(alternatives),
            growth=growth,
            prices=tuple(prices.printed(used)),
            prices_region=prices.region or prices.stand_in,
            processed=processed,
            assumptions=tuple(self.scenario.assumptions.printed(assumed_of(self.scenario))),
            estimates=estimates,
            unreachable=unreachable,
            notes=(*known_notes, *unreachable, *notes_of(self.scenario, options, self.tables, self.terms, processed)),
        )

    def _solve(self, wanted: Mapping[Action, set[str] | None]) -> tuple[Option | None, list[Option]]:
        self.trouble = Trouble(self.scenario, self.peak, self.terms)
        self.enis = widen_enis(self.scenario, self.peak, self.terms)
        self.trouble_of_nats: Trouble | None = None
        candidates = [found for chosen in _subsets(wanted) if (found := self._with(chosen, wanted)) is not None]
        # What changes nothing leaves the tables that do not hold as they are.
        candidates = [self._pruned(one) for one in candidates if one.changes]
        best = min(candidates, key=lambda one: one.score, default=None)
        alternatives = self._alternatives(best)
        if best is None:
            # Nothing that is surely possible helps: the cheapest that is possible under a condition is the answer.
            best = min(alternatives.values(), key=lambda one: one.score, default=None)
        if best is None:
            return None, []
        listed: list[Option] = []
        seen = {_shape(best)}
        for action, found in sorted(alternatives.items(), key=lambda item: item[1].score):
            if action in found.actions and _shape(found) not in seen:
                seen.add(_shape(found))
                listed.append(self._option(action.id, found))
        return self._option("cheapest", best), listed

    def _with(self, chosen: Sequence[Action], wanted: Mapping[Action, set[str] | None]) -> Solution | None:
        """The cheapest plan that takes these conditional actions first."""
        today = self.scenario.network
        if not chosen:
            return self._plain()
        if all(action.past_nat for action in chosen):
            return self._past_nat(chosen, wanted)
        shaped = self._shape(self.trouble, chosen, wanted)
        if shaped is None:
            return None
        return solve(shaped.scenario, self._peak(shaped.scenario), self.terms, before=shaped.changes, today=today)

    def _plain(self) -> Solution | None:
        """The cheapest plan that takes no conditional action."""
        if self.enis is None:
            return None
        found = solve(self.scenario, self.peak, self.terms, enis=self.enis)
        divided = {add_nat_gateway.ACTION, use_regional_nat_gateway.ACTION}
        if not self.trouble.gateways or (found is not None and (found.exact or not found.actions & divided)):
            return found
        # Subnets are free: with more of them, what is behind a NAT gateway may be divided for less money.
        tried = [found, *self._with_more_subnets(None)]
        return min((one for one in tried if one is not None), key=lambda one: one.score, default=None)

    def _past_nat(self, chosen: Sequence[Action], wanted: Mapping[Action, set[str] | None]) -> Solution | None:
        """The same for actions that leave the ENIs as they are: the ENI stage is done already."""
        if self.enis is None:
            return None
        scenario = self.enis.scenario
        if self.trouble_of_nats is None:
            self.trouble_of_nats = Trouble(scenario, self._peak(scenario), self.terms)
        shaped = self._shape(self.trouble_of_nats, chosen, wanted)
        if shaped is None:
            return None
        return solve(
            shaped.scenario,
            self._peak(scenario),
            self.terms,
            before=(*shaped.changes, *self.enis.changes),
            today=self.scenario.network,
            enis=Widened(shaped.scenario, (), self.enis.exact),
        )

    def _shape(
        self, trouble: Trouble, chosen: Sequence[Action], wanted: Mapping[Action, set[str] | None]
    ) -> Shaped | None:
        scenario, changes = trouble.scenario, list[Change]()
        for action in sorted(chosen, key=lambda action: action.place):
            if scenario is not trouble.scenario:
                trouble = Trouble(scenario, self._peak(scenario), self.terms)
            assert action.shape is not None, action.id
            shaped = action.shape(trouble, wanted.get(action))
            if shaped is None:
                return None
            scenario = shaped.scenario
            changes += shaped.changes
        return Shaped(scenario, tuple(changes))

    def _peak(self, scenario: Scenario) -> Peak:
        """Only a change of the demand changes the peak."""
        if scenario.demand is self.scenario.demand:
            return self.peak
        return measure(scenario.network, scenario.demand, scenario.assumptions, self.terms.measured)

    def _alternatives(self, best: Solution | None) -> dict[Action, Solution]:
        """For each action that the best plan does not take, the cheapest plan that takes it wherever it helps."""
        found: dict[Action, Solution] = {}
        taken = best.actions if best is not None else frozenset()
        for action in ACTIONS.values():
            if action in taken and not action.conditional:
                continue
            one = self._with((action,), {}) if action.conditional else self._preferring(action)
            if one is not None and one.changes:
                found[action] = self._pruned(one)
        if best is not None and any(action.conditional for action in taken):
            plain = self._with((), {})
            if plain is not None:
                found.update({action: plain for action in plain.actions if action not in found})
        return found

    def _pruned(self, found: Solution) -> Solution:
        """Without endpoints and proxies that nothing needs once the rest is done."""
        assumed, routing = found.scenario.assumptions, self.terms.routing
        for change in found.changes:
            if not change.action.adds_endpoints:
                continue
            network = found.scenario.network
            left = {name: one for name, one in network.endpoints.items() if name not in change.new}
            without = replace(network, endpoints=left)
            tables = all_tables(without, found.peak, assumed, routing)
            if all(table.fits(self.terms.headroom) for table in tables if table.kind in WIDENED):
                changes = tuple(one for one in found.changes if one is not change)
                scenario = replace(found.scenario, network=without)
                found = replace(found, scenario=scenario, changes=changes, tables=tables)
        return found

    def _preferring(self, action: Action) -> Solution | None:
        """The cheapest plan that takes this action in its stage, where that stage has anything to do."""
        today = self.scenario.network
        if action.widens is HopKind.HYPERPLANE_ENI:
            if not self.trouble.enis:
                return None
            return solve(self.scenario, self.peak, self.terms, prefer=action, today=today)
        if not self.trouble.gateways or self.enis is None:
            return None
        found = solve(self.scenario, self.peak, self.terms, prefer=action, today=today, enis=self.enis)
        if action is add_nat_gateway.ACTION and (found is None or action not in found.actions):
            more = self._with_more_subnets(action)
            return next((one for one in more if action in one.actions), None)
        return found

    def _with_more_subnets(self, prefer: Action | None) -> Iterator[Solution]:
        """Plans with more subnets than the ENIs need, so that there is more to divide among several NAT gateways."""
        for rounds in (1, 2, 3):
            grown = with_more_subnets(self.trouble, self.peak, rounds)
            if grown is None:
                return
            scenario, changes = grown
            today = self.scenario.network
            found = solve(scenario, self.peak, self.terms, before=changes, prefer=prefer, today=today)
            if found is not None:
                yield replace(with_fewer_subnets(found, today, self.terms), exact=False)

    def _option(self, strategy: str, found: Solution) -> Option:
        quotas = (
            *needed_quotas(self.scenario.network, found.scenario.network, self.applied),
            *self.concurrency(found.peak),
        )
        return Option(
            strategy,
            _raised(found.scenario, quotas),
            found.peak,
            found.changes,
            found.tables,
            quotas,
            next_narrows(within_reach(found.tables), found.peak.connections),
            found.score[0],
            found.exact,
        )

    def _as_it_is(self, quotas: tuple[QuotaNeed, ...]) -> Option:
        """Today's network, for which only quotas are to be raised."""
        binds = next_narrows(within_reach(self.tables), self.peak.connections)
        return Option("cheapest", _raised(self.scenario, quotas), self.peak, (), self.tables, quotas, binds, 0)

    def concurrency(self, peak: Peak) -> Iterator[QuotaNeed]:
        """The concurrent executions of the account, where it is known how many it has."""
        allowed = self.applied.get(str(CONCURRENT_EXECUTIONS.quota_code), self.scenario.assumptions.account_concurrency)
        needed = sum(peak.environments().values())
        if allowed is not None and needed > allowed:
            yield QuotaNeed(CONCURRENT_EXECUTIONS, "the account", math.floor(allowed), True, needed, True)


def _raised(scenario: Scenario, quotas: Iterable[QuotaNeed]) -> Scenario:
    """The scenario once its account runs as many environments as it needs: the plan says to ask for that first."""
    needed = [need.needed for need in quotas if need.limit is CONCURRENT_EXECUTIONS]
    if not needed or scenario.assumptions.account_concurrency is None:
        return scenario
    return replace(scenario, assumptions=replace(scenario.assumptions, account_concurrency=needed[0]))


def _subsets(wanted: Mapping[Action, set[str] | None]) -> Iterable[tuple[Action, ...]]:
    for size in range(len(wanted) + 1):
        yield from combinations(wanted, size)


def _shape(found: Solution) -> tuple[tuple[str, str, int, int], ...]:
    """What tells two plans apart for a reader."""
    return tuple((one.action.id, one.resource, one.count, one.monthly_cents) for one in found.changes)
