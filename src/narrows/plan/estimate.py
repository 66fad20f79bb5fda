"""A scenario of a case: its network as it is described, and every demand that its evidence leaves possible."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from narrows import demand as asked
from narrows.assumptions import Assumptions
from narrows.case.model import Case
from narrows.case.outcomes import FAILURES
from narrows.demand import Connections, Curve, Distribution, FunctionDemand, Hold, HoldKind, OtherConnections
from narrows.diagnose import Diagnosis, Missing, Status, diagnose
from narrows.diagnose.causes import CAUSES
from narrows.diagnose.collecting import flow_logs, nat_metrics
from narrows.errors import InputError
from narrows.evidence.demand import CLOSING, LIVE, OTHERS, WANTED, Figure, Unknown, read_demand
from narrows.evidence.facts import Facts
from narrows.evidence.metrics import PEAK
from narrows.evidence.paths import UNNAMED
from narrows.evidence.polytope import Bound, Polytope
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS, SCALE_UP_ENVIRONMENTS, SCALE_UP_SECONDS
from narrows.network import Egress, HopKind, NatKind, Network, OtherClient, Resource
from narrows.plan.changes.edits import home_zone, listed
from narrows.plan.model import Estimate
from narrows.plan.worlds import World, playable, worlds_of
from narrows.scenario import Scenario

_CONNECT_TIMEOUT = 10.0
_SHORTEST = 300.0
_LONGEST = 6 * 3600.0
_USUAL_ENVIRONMENTS = 1000.0
"""Where nothing says how many there are; only the shape of the proof's ramp depends on it."""
_SLOWEST = 1e-9
"""Closes a second below which connections are kept."""
_JUST_OVER = 1e-3
"""Of a full table so much more is taken to have been wanted, at the least."""
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


def full_tables(diagnosis: Diagnosis) -> tuple[str, ...]:
    """The causes of a full table on the path that a diagnosis has as confirmed or likely."""
    return tuple(
        one.id for one in diagnosis.causes if CAUSES[one.id].table is not None and one.status.reaches(Status.LIKELY)
    )


def estimate(case: Case, *, peak: int | None, facts: Facts | None = None) -> Estimated:
    """The scenario of a case.

    Args:
        peak: open connections at the peak, where the user says; without it the evidence must.
        facts: what the case shows, where it has been read.

    Raises:
        InputError: the case does not describe its functions, or does not show the demand and ``peak`` is not given.
    """
    return _Estimator(case, peak, facts or Facts(case, Assumptions())).run()


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
        self.destinations_of: dict[str, list[str]] = {}
        for function, to in self.evidence.uses:
            self.destinations_of.setdefault(function, []).append(to)

    def run(self) -> Estimated:
        evidence = self.evidence
        self.gateways = tuple(evidence.behind)
        self.estimates += [Estimate("read", one.low, "", one.text, one.source) for one in evidence.readings]
        possible, unknown = self._possible()
        given = bool(evidence.open) and not unknown
        worlds = worlds_of(evidence, possible, self.network, self.facts.assumptions)
        live = {use: figure for use, figure in evidence.live.items() if use not in evidence.open}
        if given:
            live = {}
        self._tell(live)
        diagnosis = diagnose(self.case, facts=self.facts)
        worlds += self._as_diagnosed(worlds, diagnosis)
        self._others(worlds)
        least: World = {Unknown(LIVE, *use): figure.low for use, figure in live.items()}
        certain = self._just_full(worlds, diagnosis)
        reckoned = tuple(self._reckoned(world) for world in worlds)
        demand = replace(playable(reckoned[0]), worlds=reckoned)
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
            replace(self._reckoned(least), worlds=tuple(map(self._reckoned, (least, *certain)))),
            {
                use: (figure.low, math.inf if use in evidence.open else figure.high)
                for use, figure in ({} if given else evidence.live).items()
            },
            max(evidence.least_in_all, sum(figure.low for figure in live.values())),
            tuple(self.estimates),
            tuple(dict.fromkeys(self.notes)),
            unknown,
            full_tables(diagnosis),
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
            return self._given(self.peak), ()
        if not evidence.uses or len(evidence.open) == len(evidence.uses):
            known = f"at least {at_least:,.0f} connections were wanted; " if at_least else ""
            reason = next(iter(evidence.unbounded), "") or (
                "neither ActiveConnectionCount of the NAT gateway, nor flow logs, nor all attempts of callers "
                "(callers/*.parquet) are there"
            )
            raise InputError(
                f"does not show how many connections were wanted: {known}{reason}",
                file=self.case.folder,
                advice="give --peak",
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

    def _given(self, peak: int) -> Polytope[Unknown]:
        """So many connections in all, of any function to any destination."""
        names = [Unknown(LIVE, *use) for use in self.evidence.uses]
        whole = Bound(dict.fromkeys(names, 1.0), float(peak), f"{peak:,} connections at the peak", "--peak")
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

    def _full(self, diagnosis: Diagnosis) -> Iterator[Resource]:
        """The resources that the diagnosis has a full table of."""
        for cause in diagnosis.causes:
            if cause.id in full_tables(diagnosis):
                # Each gateway counted errors of its own; of a group of ENIs one may have been full.
                several = CAUSES[cause.id].table is HopKind.NAT_GATEWAY
                yield from cause.resources if several else filter(None, (cause.resource,))

    def _as_diagnosed(self, worlds: list[World], diagnosis: Diagnosis) -> list[World]:
        """Where the diagnosis has a table full that no demand fills: one that does."""
        found: list[World] = []
        for resource in self._full(diagnosis):
            candidates = [(self._filled(resource, world), world) for world in worlds]
            share, world = max(candidates, key=lambda one: one[0])
            if 0 < share <= 1:
                found.append(_times(world, (1 + _JUST_OVER) / share))
                self.notes.append(
                    f"{self.facts.label(resource)} was full: reckoned with as many connections as fill it"
                )
        return found

    def _just_full(self, worlds: list[World], diagnosis: Diagnosis) -> list[World]:
        """For each table that was full, the smallest demand that fills it: so much was wanted for certain."""
        found = []
        for resource in self._full(diagnosis):
            filling = [(self._filled(resource, world), world) for world in worlds]
            smaller = [_times(world, (1 + _JUST_OVER) / share) for share, world in filling if share > 1]
            found += [min(smaller, key=lambda world: sum(world.values()))] if smaller else []
        return found

    def _filled(self, of: Resource, world: World) -> float:
        """The share of the fullest table of a resource that a world fills."""
        resource = str(of)
        assumed, evidence = self.facts.assumptions, self.evidence
        ports: dict[str, float] = {}
        for use, passing in evidence.passing.items():
            if resource in passing:
                live, closing = (world.get(Unknown(kind, *use), 0.0) for kind in (LIVE, CLOSING))
                load = passing[resource] * (live + assumed.nat_hold_after_close * closing)
                ports[use[1]] = ports.get(use[1], 0.0) + load / self.network.destinations[use[1]].unique
        for name, count in world.items():
            if name.kind == OTHERS and name.who == resource:
                unique = self.network.destinations[name.destination].unique
                ports[name.destination] = ports.get(name.destination, 0.0) + count / unique
        room = assumed.nat_connections_per_address * self.facts.ways.addresses(resource)
        if ports and room:
            return max(ports.values()) / room
        for key, uses in evidence.on_eni.items():
            if str(key) == resource:
                entries = sum(share * world.get(Unknown(LIVE, *use), 0.0) for use, share in uses.items())
                return entries / HYPERPLANE_ENI_CONNECTIONS.value
        return 0.0

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

    # ---- as a demand

    def _environments(self, function: str, connections: float) -> float:
        figure = self.evidence.environments[function]
        if math.isfinite(figure.high) and figure.high > 0:
            return figure.high
        return min(_USUAL_ENVIRONMENTS, max(1.0, connections))

    def _uses(self, world: World, function: str) -> list[tuple[str, float, Hold]]:
        """(Destination, connections open at once, how they are held)."""
        found = []
        for to in self.destinations_of[function]:
            live = world.get(Unknown(LIVE, function, to), 0.0)
            closing = world.get(Unknown(CLOSING, function, to), 0.0)
            kept = closing <= _SLOWEST or live <= 0
            hold = Hold() if kept else Hold(HoldKind.DURATION, live / closing, Distribution.EXPONENTIAL)
            found.append((to, live, hold))
        return found

    def _reckoned(self, world: World) -> asked.Demand:
        """A demand to reckon with: to the connection, whatever that makes of each environment."""
        functions = {}
        for name in self.evidence.environments:
            uses = self._uses(world, name)
            environments = self._environments(name, sum(live for _, live, _ in uses))
            connections = []
            for to, live, hold in uses:
                each = live / environments
                connections.append(Connections(to, max(1, round(each)), hold, _CONNECT_TIMEOUT, on_average=each))
            functions[name] = FunctionDemand(tuple(connections), self._curve(name, environments))
        return self._demand(functions, world)

    def _demand(self, functions: dict[str, FunctionDemand], world: World) -> asked.Demand:
        ends = [one.environments.points[-1][0] + 2 * _CONNECT_TIMEOUT for one in functions.values()]
        return asked.Demand(min(max(_SHORTEST, *ends), _LONGEST), functions, self._connections_of_others(world))

    def _curve(self, function: str, highest: float) -> Curve:
        """Environments over time: the shape of ConcurrentExecutions, else Lambda's own scale-up rate."""
        reading = self.facts.function_metric("ConcurrentExecutions", function, PEAK)
        if reading is None or reading.largest <= 0:
            rate = SCALE_UP_ENVIRONMENTS.value / SCALE_UP_SECONDS
            return Curve(((0.0, 0.0), (max(1.0, highest / rate), highest)))
        start = reading.points[0][0]
        if self.facts.window:
            start = min(start, self.facts.window[0])
        factor = highest / reading.largest
        # A maximum of a period is drawn at its end, where a rise has it.
        points = [(float(at - start + reading.period), value * factor) for at, value in reading.points]
        return Curve(((0.0, 0.0), *points))

    def _others(self, worlds: list[World]) -> None:
        """Others behind a gateway, where a world has any."""
        for gateway in dict.fromkeys(name.who for world in worlds for name in world if name.kind == OTHERS):
            nat = self.network.nat_gateways.get(gateway)
            az = home_zone(self.network, gateway) if nat is not None and nat.kind is NatKind.REGIONAL else None
            name = _others_behind(gateway)
            if az is not None:
                where = f"in {az}, where most of the subnets are that lead there"
                self.notes.append(f"{name} are taken to be {where}: its metrics do not say")
            other = OtherClient(name, gateway, az, kind="seen in metrics")
            self.network = replace(self.network, others={**self.network.others, name: other})

    def _connections_of_others(self, world: World) -> dict[str, tuple[OtherConnections, ...]]:
        found: dict[str, list[OtherConnections]] = {}
        for name, count in world.items():
            if name.kind == OTHERS:
                uses = found.setdefault(_others_behind(name.who), [])
                uses.append(OtherConnections(name.destination, Curve.constant(count)))
        return {name: tuple(uses) for name, uses in found.items()}

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


def _times(world: World, factor: float) -> World:
    return {name: value * factor for name, value in world.items()}


def _others_behind(gateway: str) -> str:
    return f"others behind {gateway}"
