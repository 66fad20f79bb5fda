"""A scenario of a case: its network as it is described, and every demand that its evidence leaves possible."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from narrows import demand as asked
from narrows.case.model import Case
from narrows.case.outcomes import FAILURES
from narrows.diagnose import Missing, diagnose
from narrows.diagnose.collecting import flow_logs, nat_metrics
from narrows.errors import InputError
from narrows.evidence.carried import read_carried
from narrows.evidence.demand.draft import WANTED
from narrows.evidence.demand.model import LIVE, OTHERS, Figure, Unknown
from narrows.evidence.demand.read import read_demand
from narrows.evidence.facts import Facts
from narrows.evidence.paths import UNNAMED
from narrows.evidence.polytope import Bound, Polytope
from narrows.network import Egress, NatKind, Network, OtherClient
from narrows.plan.changes.edits import home_zone, listed, zones
from narrows.plan.diagnosed import FullTables
from narrows.plan.model import Estimate
from narrows.plan.reckoning import Reckoning, others_behind, playable
from narrows.plan.worlds import World, worlds_of
from narrows.prices import load_prices
from narrows.scenario import Scenario
from narrows.traffic import Carried

_CLOSE_TO = 0.005
"""Ends of an interval that differ by less are said as one number."""


@dataclass(frozen=True)
class Estimated:
    """A case as a scenario."""

    scenario: Scenario
    """Its demand has ``worlds``: each is one that the evidence leaves possible."""
    least: asked.Demand
    """What was wanted for certain."""
    intervals: Mapping[tuple[str, str], tuple[float, float]]
    """Connections that each function wanted open at once to each destination, at the least and at the most."""
    at_least: float
    """Connections wanted open at once of all together, at the least."""
    estimates: tuple[Estimate, ...]
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    """What is not in the plan, because nothing says how much of it there is."""
    full: tuple[str, ...]
    """The causes, confirmed or likely, by which a table was full in the case."""
    missing: tuple[Missing, ...]
    """What would say more of the demand."""
    names: Mapping[str, str]
    """The Name tag of each resource that has one."""
    assumed: tuple[str, ...]
    """The assumptions that the demand was read with."""


def estimate(case: Case, *, peak: int | None, facts: Facts | None = None) -> Estimated:
    """The scenario of a case.

    Args:
        peak: open connections at the peak, where the user says; without it the evidence must.
        facts: what the case shows, where it has been read.

    Raises:
        InputError: the case does not describe its functions, or does not show the demand and ``peak`` is not given.
    """
    return _Estimator(case, peak, facts or Facts(case, case.assumptions)).run()


class _Estimator:
    def __init__(self, case: Case, peak: int | None, facts: Facts) -> None:
        self.case, self.peak, self.facts = case, peak, facts
        self.notes: list[str] = []
        self.estimates: list[Estimate] = []
        self.functions = self._functions()
        self.network = self._network()
        before = set(facts.used)
        facts.used.clear()
        self.evidence = read_demand(facts)
        self.assumed = tuple(sorted(facts.used))
        facts.used |= before

    def run(self) -> Estimated:
        evidence = self.evidence
        self.gateways = tuple(evidence.behind)
        self.estimates += [Estimate("read", one.low, "", one.text, one.source) for one in evidence.readings]
        possible, unknown = self._possible()
        unknown += () if self.peak is not None else tuple(self._hidden())
        given = bool(evidence.open) and not unknown
        worlds = worlds_of(evidence, possible, self.facts.assumptions)
        live = {use: figure for use, figure in evidence.live.items() if use not in evidence.open}
        if given:
            live = {}
        self._tell(live)
        diagnosis = diagnose(self.case, facts=self.facts)
        full = FullTables(self.facts, evidence, self.network, diagnosis)
        for resource, world in list(full.filled_by_none(worlds)):
            label = self.facts.label(resource)
            self.notes.append(f"{label} was full: reckoned with as many connections as fill it")
            worlds.append(world)
        carried = self._carried()
        places = self._others(worlds)
        least: World = {Unknown(LIVE, *use): figure.low for use, figure in live.items()}
        certain = full.just_filled(worlds)
        reckoning = Reckoning(self.facts, evidence)
        reckoned = tuple(reckoning.demand(world, place) for world in worlds for place in places)
        demand = replace(playable(reckoned[0]), worlds=reckoned, carried=carried)
        self.notes += self._doubts()
        start = self.case.window[0] if self.case.window else datetime.fromtimestamp(0, UTC)
        scenario = Scenario(
            self.case.folder.resolve().name or "case",
            self.network,
            demand,
            self.facts.assumptions,
            start,
            str(self.case.folder),
        )
        return Estimated(
            scenario,
            replace(
                reckoning.demand(least, places[0]),
                worlds=tuple(reckoning.demand(world, places[0]) for world in (least, *certain)),
                carried=carried,
            ),
            {
                use: (figure.low, math.inf if use in evidence.open or use in evidence.hidden else figure.high)
                for use, figure in ({} if given else evidence.live).items()
            },
            max(evidence.least_in_all, sum(figure.low for figure in live.values())),
            tuple(self.estimates),
            tuple(dict.fromkeys(self.notes)),
            unknown,
            full.causes,
            tuple(self._missing(unknown, live)),
            self.case.topology.names,
            self.assumed,
        )

    def _network(self) -> Network:
        """The case's network, with what a plan cannot do without taken for the least that it can be, and noted."""
        network = self.facts.ways.network
        destinations = dict(network.destinations)
        if UNNAMED in destinations:
            self.notes.append("the case names no destination: all connections are taken to go to one address")
        for name, one in destinations.items():
            if not one.addresses and name != UNNAMED:
                proved = f"{one.unique}, as its connections prove" if one.unique > 1 else "one, which is the worst case"
                self.notes.append(f"the addresses of {name} are not known: taken as {proved}")
            destinations[name] = one if one.port else replace(one, port=443)
        return replace(network, destinations=destinations)

    def _functions(self) -> tuple[str, ...]:
        network = self.case.topology.network
        described = [name for name in self.case.functions if name in network.functions]
        inside = tuple(name for name in described if network.functions[name].subnets)
        if inside:
            outside = sorted(set(self.case.functions) - set(inside))
            if outside:
                self.notes.append(f"{listed(outside)}: no VPC configuration is known, and so no plan")
            return inside
        if described:
            raise InputError(
                f"{listed(described)}: not in a VPC, so no Hyperplane ENI and no NAT gateway stands in the path",
                file=self.case.folder,
            )
        raise InputError(
            "does not describe the functions in question",
            file=self.case.folder,
            place="lambda/functions.json",
            advice="write it with: aws lambda list-functions",
        )

    # ---- what is possible

    def _possible(self) -> tuple[Polytope[Unknown], tuple[str, ...]]:
        """What the unknowns can be, and what of them is left out because nothing says how much there is."""
        evidence = self.evidence
        unknown = [name for name, high in evidence.possible.highest.items() if math.isinf(high)]
        if evidence.uses and not evidence.open and not unknown:
            return evidence.possible, ()
        at_least = self._seen()
        if self.peak is not None:
            if self.peak < at_least:
                self.notes.append(f"the case shows {at_least:,.0f} connections, more than the peak that was given")
            return self._given(self.peak, f"{self.peak:,} connections at the peak", "--peak"), ()
        if not evidence.uses or len(evidence.open) == len(evidence.uses):
            reason = next(iter(evidence.unbounded), "") or (
                "neither ActiveConnectionCount of the NAT gateway, nor flow logs, nor all attempts of callers "
                "(callers/*.parquet) are there"
            )
            if not evidence.uses or not at_least:
                raise InputError(
                    f"does not show how many connections were wanted: {reason}",
                    file=self.case.folder,
                    advice="give --peak",
                )
            text = f"{at_least:,.0f} connections that were open or failed"
            return self._given(round(at_least), text, ""), (
                f"how many connections were wanted is not known: {reason}; planned for those that were open or failed",
            )
        least = {use: figure.low for use, figure in evidence.least.items()}
        left_out = [
            f"nothing says how many connections {function} wants to {to}: "
            + (
                f"no more than the {least[function, to]:,.0f} that are seen are in the plan"
                if least.get((function, to))
                else "they are not in the plan"
            )
            for function, to in evidence.open
        ]
        left_out += [
            f"nothing says how many connections others have behind {name}: they are not in the plan"
            for name in dict.fromkeys(name.who for name in unknown if name.kind == OTHERS)
        ]
        out = [*(Unknown(LIVE, *use) for use in evidence.open), *unknown]
        seen = [
            Bound({name: 1.0}, least.get((name.who, name.destination), 0.0) if name.kind == LIVE else 0.0, "", "")
            for name in dict.fromkeys(out)
        ]
        return replace(evidence.possible, bounds=(*evidence.possible.bounds, *seen)), tuple(left_out)

    def _hidden(self) -> Iterator[str]:
        """Where more may have been wanted than anything shows."""
        for (function, to), key in self.evidence.hidden.items():
            yield (
                f"{function} may have wanted more connections to {to} than are in the plan: "
                f"{self.facts.label(key)} may have been full, which neither callers nor flow logs tell"
            )

    def _given(self, peak: int, text: str, source: str) -> Polytope[Unknown]:
        """So many connections in all, of any function to any destination."""
        names = [Unknown(LIVE, *use) for use in self.evidence.uses]
        whole = Bound(dict.fromkeys(names, 1.0), float(peak), text, source)
        bounds = [whole]
        callers = self.case.callers
        total = self.facts.symptoms.total
        told = {
            (function, to): total(*WANTED, function=function, destination=to) for function, to in self.evidence.uses
        }
        tried = sum(told.values())
        environments = {name: figure for name, figure in self.evidence.environments.items() if figure.low > 0}
        if callers.complete and tried:
            # As they were in the case.
            bounds += [Bound({Unknown(LIVE, *use): 1.0}, peak * count / tried, "", "") for use, count in told.items()]
        elif len(environments) == len(self.evidence.environments):
            alive = sum(figure.low for figure in environments.values())
            for function, figure in environments.items():
                its = {name: 1.0 for name in names if name.who == function}
                bounds.append(Bound(its, peak * figure.low / alive, figure.text, figure.source))
            if len(environments) > 1:
                self.notes.append("each environment of every function is taken to want as many connections")
        return Polytope(tuple(names), tuple(bounds))

    def _seen(self) -> float:
        """Connections that were open or failed, at the least."""
        readings = [self.facts.nat(name).active for name in self.gateways]
        active = sum(one.largest for one in readings if one is not None)
        return active + (0 if self.case.callers.complete else self.facts.symptoms.total(*FAILURES))

    def _tell(self, live: Mapping[tuple[str, str], Figure]) -> None:
        for (function, to), figure in live.items():
            if not figure.high:
                continue
            same = figure.high - figure.low <= _CLOSE_TO * figure.high
            ends = f"{figure.high:,.0f}" if same else f"{figure.low:,.0f} to {figure.high:,.0f}"
            text = f"{ends} connections wanted by {function} to {to}"
            self.estimates.append(Estimate("connections wanted", figure.high, "connections", text, figure.source))

    def _carried(self) -> tuple[Carried, ...]:
        """What the NAT gateways carried, told for a month."""
        if not self.facts.assumptions.month_as_mean:
            return ()
        measured = read_carried(self.facts)
        month = load_prices().hours_per_month * 3600 / 1e9
        for figure in measured.readings:
            if figure.high:
                amount = figure.high if math.isfinite(figure.high) else figure.low
                text = f"{figure.text}, that is {amount * month:,.0f} GB a month"
                self.estimates.append(Estimate("data processed", amount * month, "GB a month", text, figure.source))
        return measured.carried

    def _missing(self, unknown: tuple[str, ...], live: Mapping[tuple[str, str], Figure]) -> Iterator[Missing]:
        """What would say more, where something is left open."""
        wide = any(figure.high - figure.low > _CLOSE_TO * figure.high for figure in live.values())
        if not (wide or unknown):
            return
        asked_for = (
            nat_metrics(self.facts, self.evidence.missing_for, "they bound what passes each NAT gateway"),
            flow_logs(self.facts, "they alone show how many connections go to which destination"),
        )
        yield from (one for one in asked_for if one is not None)

    def _others(self, worlds: list[World]) -> list[Mapping[str, str]]:
        """Others behind a gateway, where a world has any; and where they may be: in each of several places the
        Availability Zone of those behind each regional gateway. In each zone they are in one place at least."""
        of_regional: dict[str, tuple[str, ...]] = {}
        for gateway in dict.fromkeys(name.who for world in worlds for name in world if name.kind == OTHERS):
            nat = self.network.nat_gateways.get(gateway)
            places: tuple[str | None, ...] = (None,)
            if nat is not None and nat.kind is NatKind.REGIONAL and (there := zones(self.network, gateway)):
                home = home_zone(self.network, gateway)
                of_regional[gateway] = tuple(sorted(there, key=lambda az: (az != home, az)))
                places = of_regional[gateway]
                if len(there) > 1:
                    name = others_behind(gateway)
                    self.notes.append(f"{name} may be in any Availability Zone: each is planned with room for them")
            new = (OtherClient(others_behind(gateway, az), gateway, az, kind="seen in metrics") for az in places)
            self.network = replace(self.network, others={**self.network.others, **{one.name: one for one in new}})
        most = max((len(there) for there in of_regional.values()), default=1)
        return [{gateway: there[turn % len(there)] for gateway, there in of_regional.items()} for turn in range(most)]

    def _doubts(self) -> Iterator[str]:
        network = self.network
        asked_for = set(self.functions)
        for eni in network.hyperplane_enis.values():
            sharing = [name for name in eni.functions if name not in asked_for]
            if sharing and asked_for & set(eni.functions):
                yield f"{listed(sharing)} use the same Hyperplane ENIs; how many connections they hold is not known"
        seen: dict[str, int] = {}
        for observed in self.case.topology.enis:
            seen[str(observed.key)] = seen.get(str(observed.key), 0) + 1
        for key, count in seen.items():
            if count > 1:
                yield f"Lambda has {count} ENIs for {key} now; planned with one, since it may take the others away"
        for name in sorted({subnet for f in self.functions for subnet in network.functions[f].subnets}):
            place = network.subnets.get(name)
            if place is None or place.route == Egress.UNKNOWN:
                yield f"nothing says where {name} leads: no NAT gateway is planned for it"
            elif place.route not in set(Egress):
                nat = network.nat_gateways.get(place.route)
                if nat is None or nat.addresses < 1:
                    yield f"nothing says how many addresses {place.route} has: its tables are not planned"
        behind = [one.name for one in self.case.topology.network.others.values() if one.route in self.gateways]
        if behind:
            yield f"{listed(behind)} share the NAT gateway; what of its connections is theirs is not known"
