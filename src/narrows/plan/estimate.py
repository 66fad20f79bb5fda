"""A scenario of a case: its network as it is described, and a demand estimated from its evidence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from narrows.assumptions import Assumptions
from narrows.case.model import CallerOutcome, Case
from narrows.case.outcomes import NEVER_OPENED
from narrows.demand import Connections, Curve, Demand, Distribution, FunctionDemand, Hold, HoldKind, OtherConnections
from narrows.errors import InputError
from narrows.limits import FILE_DESCRIPTORS, SCALE_UP_ENVIRONMENTS, SCALE_UP_SECONDS
from narrows.network import Destination, Egress, NatKind, Network, OtherClient
from narrows.plan.changes.edits import home_zone, listed
from narrows.plan.evidence import Evidence, shares
from narrows.plan.model import Estimate
from narrows.plan.wanted import Unknown, Wanted, wanted_connections
from narrows.scenario import Scenario

_CONNECT_TIMEOUT = 10.0
_SHORTEST = 300.0
_LONGEST = 6 * 3600.0
_USUAL_ENVIRONMENTS = 1000.0
"""Where nothing says how many there are; only the shape of the proof's ramp depends on it."""
_EXAMPLE_ADDRESSES = "203.0.113."
_UNKNOWN_DESTINATION = "destination"


@dataclass(frozen=True)
class Estimated:
    """A case as a scenario."""

    scenario: Scenario
    estimates: tuple[Estimate, ...]
    notes: tuple[str, ...]


def estimate(case: Case, *, peak: int | None) -> Estimated:
    """The scenario of a case.

    Args:
        peak: open connections at the peak, where the user says; without it the evidence must.

    Raises:
        InputError: the case does not describe its functions, or does not show the demand and ``peak`` is not given.
    """
    return _Estimator(case, peak).run()


class _Estimator:
    def __init__(self, case: Case, peak: int | None) -> None:
        self.case, self.peak = case, peak
        self.notes: list[str] = []
        self.estimates: list[Estimate] = []
        self.network = self._network()
        self.functions = self._functions()
        self.evidence = Evidence(case, self.functions)

    def run(self) -> Estimated:
        environments = self._environments()
        wanted = self._wanted(sum(environments.values()) or None)
        demand = self._demand(wanted, environments)
        self.notes += self._doubts()
        start = self.case.window[0] if self.case.window else datetime.fromtimestamp(0, UTC)
        scenario = Scenario(
            self.case.folder.resolve().name or "case",
            self.network,
            demand,
            Assumptions(),
            start,
            str(self.case.folder),
        )
        return Estimated(scenario, tuple(self.estimates), tuple(dict.fromkeys(self.notes)))

    def _network(self) -> Network:
        """The case's network, with what a plan cannot do without made up and noted."""
        network = self.case.topology.network
        destinations = dict(network.destinations)
        if not destinations:
            self.notes.append("the case names no destination: all connections are taken to go to one address")
            destinations[_UNKNOWN_DESTINATION] = Destination(_UNKNOWN_DESTINATION, 443, ())
        for number, (name, one) in enumerate(list(destinations.items())):
            if not one.addresses:
                self.notes.append(f"the addresses of {name} are not known: taken as one, which is the worst case")
                one = replace(one, addresses=(f"{_EXAMPLE_ADDRESSES}{10 + number}",))
            destinations[name] = one if one.port else replace(one, port=443)
        return replace(network, destinations=destinations)

    def _functions(self) -> tuple[str, ...]:
        described = [name for name in self.case.functions if name in self.network.functions]
        inside = tuple(name for name in described if self.network.functions[name].subnets)
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

    def _environments(self) -> dict[str, float]:
        """Execution environments of each function at its peak, as far as they are known."""
        found: dict[str, float] = {}
        for name in self.functions:
            series = self.evidence.concurrency(name)
            seen = self.case.callers.environments.get(name)
            if series is not None and series.largest() > 0:
                value, source, text = series.largest(), series.source, "ConcurrentExecutions at the peak"
            elif seen:
                value, source, text = float(seen), self.evidence.callers_source, "environments that callers name"
            else:
                continue
            found[name] = value
            self.estimates.append(
                Estimate("environments", value, "execution environments", f"{name}: {value:,.0f} {text}", source)
            )
        return found

    def _wanted(self, environments: float | None) -> Wanted:
        wanted = wanted_connections(self.evidence, environments)
        self.estimates += wanted.estimates
        if isinstance(wanted, Wanted):
            return wanted
        return self._given(wanted)

    def _given(self, unknown: Unknown) -> Wanted:
        if self.peak is not None:
            if self.peak < unknown.at_least:
                self.notes.append(
                    f"the case shows {unknown.at_least:,.0f} connections, more than the peak that was given"
                )
            return Wanted(float(self.peak), None, ())
        known = f"at least {unknown.at_least:,.0f} connections were wanted; " if unknown.at_least else ""
        raise InputError(
            f"does not show how many connections were wanted: {known}{unknown.reason}",
            file=self.case.folder,
            advice="give --peak",
        )

    def _demand(self, wanted: Wanted, environments: dict[str, float]) -> Demand:
        of_function = self._function_shares(environments)
        hold = Hold() if wanted.hold is None else Hold(HoldKind.DURATION, wanted.hold, Distribution.EXPONENTIAL)
        functions: dict[str, FunctionDemand] = {}
        longest = _SHORTEST
        for name in self.functions:
            connections = wanted.connections * of_function[name]
            known = environments.get(name, min(_USUAL_ENVIRONMENTS, max(1.0, connections)))
            to = self._destination_shares(name)
            uses = tuple(
                Connections(one, _each(connections * share, known), hold, _CONNECT_TIMEOUT)
                for one, share in to.items()
                if share > 0
            )
            # Whole connections for each environment, and as many environments as make up the total.
            needed = connections / sum(use.per_environment for use in uses)
            curve = self._curve(name, needed)
            longest = max(longest, curve.points[-1][0] + 2 * _CONNECT_TIMEOUT)
            functions[name] = FunctionDemand(uses, curve)
        return Demand(min(longest, _LONGEST), functions, self._others(wanted))

    def _function_shares(self, environments: dict[str, float]) -> dict[str, float]:
        if self.case.callers.complete:
            weights = {
                name: float(self.evidence.callers(CallerOutcome.ESTABLISHED, *NEVER_OPENED, function=name))
                for name in self.functions
            }
            return shares(weights, self.functions)
        if len(environments) < len(self.functions):
            if len(self.functions) > 1:
                self.notes.append("nothing says which function wanted how many: all are taken to want the same")
            return shares({}, self.functions)
        return shares(environments, self.functions)

    def _destination_shares(self, function: str) -> dict[str, float]:
        names = list(self.network.destinations)
        weights = {
            name: float(
                self.evidence.callers(CallerOutcome.ESTABLISHED, *NEVER_OPENED, function=function, destination=name)
            )
            for name in names
        }
        if self.case.callers.complete and any(weights.values()):
            return shares(weights, names)
        most = max(names, key=lambda name: weights[name])
        if len(names) > 1:
            self.notes.append(
                f"nothing says how many connections go where: all are taken to go to {most}, the worst case"
            )
        return {most: 1.0}

    def _curve(self, function: str, highest: float) -> Curve:
        """Environments over time: the shape of ConcurrentExecutions, else Lambda's own scale-up rate."""
        series = self.evidence.concurrency(function)
        if series is None or series.largest() <= 0:
            rate = SCALE_UP_ENVIRONMENTS.value / SCALE_UP_SECONDS
            return Curve(((0.0, 0.0), (max(1.0, highest / rate), highest)))
        start = int(series.times[0])
        if self.case.window:
            start = min(start, int(self.case.window[0].timestamp()))
        factor = highest / series.largest()
        # A maximum of a period is drawn at its end, where a rise has it.
        points = [
            (float(at - start + series.period), value * factor)
            for at, value in zip(series.times.tolist(), series.values.tolist(), strict=True)
        ]
        return Curve(((0.0, 0.0), *points))

    def _others(self, wanted: Wanted) -> dict[str, tuple[OtherConnections, ...]]:
        if wanted.of_others <= 0 or not self.evidence.gateways:
            return {}
        gateway = self.evidence.gateways[0]
        name = f"others behind {gateway}"
        nat = self.network.nat_gateways.get(gateway)
        az = home_zone(self.network, gateway) if nat is not None and nat.kind is NatKind.REGIONAL else None
        if az is not None:
            self.notes.append(
                f"{name} are taken to be in {az}, where most of the subnets are that lead there: its metrics do not say"
            )
        other = OtherClient(name, gateway, az, kind="seen in metrics")
        self.network = replace(self.network, others={**self.network.others, name: other})
        to = max(self._destination_shares(self.functions[0]).items(), key=lambda one: one[1])[0]
        return {name: (OtherConnections(to, Curve.constant(wanted.of_others)),)}

    def _doubts(self) -> Iterator[str]:
        network = self.network
        asked = set(self.functions)
        for eni in network.hyperplane_enis.values():
            sharing = [name for name in eni.functions if name not in asked]
            if sharing and asked & set(eni.functions):
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
        behind = [one.name for one in network.others.values() if one.route in self.evidence.gateways]
        if behind:
            yield f"{listed(behind)} share the NAT gateway; what of its connections is theirs is not known"


def _each(connections: float, environments: float) -> int:
    """Whole connections to open in each environment: so many that no more environments are needed than were seen, and
    that whole environments make up the total, where a number near by does."""
    least = max(1, min(FILE_DESCRIPTORS.value, math.ceil(connections / environments - 1e-6)))
    total = round(connections)
    near = range(least, min(2 * least, FILE_DESCRIPTORS.value) + 1)
    return next((each for each in near if total % each == 0), least)
