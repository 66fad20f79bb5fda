"""How many connections were wanted, as far as the evidence says: bounds of sums over functions and destinations.

The unknowns are, for each function and destination, the connections that it wanted open at once and those that it
closed a second; and for each NAT gateway and destination those that others behind the gateway had open. Every source
speaks of sums of them: callers' outcomes of one function and destination, metrics of all that passes a gateway, flow
logs of all that leaves by an ENI for a destination. A sum is bounded as it was at its highest, whenever that was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from narrows.case.model import CallerOutcome, EachEnvironment
from narrows.case.outcomes import AMBIGUOUS, FAILURES, NEVER_OPENED
from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import PEAK, NatEvidence, Reading
from narrows.evidence.paths import UNNAMED
from narrows.evidence.polytope import Bound, Polytope
from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS
from narrows.listing import counted, named
from narrows.network import EniKey, HopKind, NatKind

if TYPE_CHECKING:
    from narrows.evidence.flow_logs import FlowLogEvidence
    from narrows.flowlogs.keys import Key

LIVE, CLOSING, OTHERS = "live", "closing", "others"


class Unknown(NamedTuple):
    """Something that the evidence bounds."""

    kind: str
    """``LIVE``: connections wanted open at once. ``CLOSING``: closed a second. ``OTHERS``: others' open connections."""
    who: str
    """A function in question; of ``OTHERS`` a NAT gateway."""
    destination: str


@dataclass(frozen=True, slots=True)
class Figure:
    """An interval, and what says so."""

    low: float
    high: float
    """Infinite where nothing bounds it."""
    text: str = ""
    source: str = ""


WANTED = (CallerOutcome.ESTABLISHED, *NEVER_OPENED)
"""What an attempt ends in that was one wanted connection at most. A reset ends one that was established before."""
_FLAT_TOP = 0.97
"""Active connections at this share of what the ENIs hold are taken to be cut off by them."""
_CHURNS = 2.0
"""Connections opened for each that was open at the most: more than this, and they are closed and opened again."""
_WHOLE = 1e-9
_HARDLY = 0.02
"""A share that is next to none."""
_UNEVEN = 0.02
"""How much less than its even share of a function's connections may leave by a subnet."""


@dataclass(frozen=True)
class Demand:
    """What the evidence says of the demand of the functions in question."""

    uses: tuple[tuple[str, str], ...]
    """(Function, destination) of each way that is not blocked."""
    environments: Mapping[str, Figure]
    """Execution environments that each function had at once, at its peak."""
    possible: Polytope[Unknown]
    least: Mapping[tuple[str, str], Figure]
    """Connections that were wanted open at once of each use, at least; no figure where nothing says so."""
    passing: Mapping[tuple[str, str], Mapping[str, float]]
    """For each use the share of its connections that passes each NAT gateway."""
    behind: Mapping[str, Mapping[tuple[str, str], float]]
    """For each NAT gateway the uses that pass it, each with that share."""
    on_eni: Mapping[EniKey, Mapping[tuple[str, str], float]]
    """For each Hyperplane ENI the uses that leave by it, each with the share of its connections that does."""
    open: tuple[tuple[str, str], ...]
    """Uses of which nothing says how many connections they want at the most, but that an environment has no more file
    descriptors."""
    least_in_all: float
    """Connections wanted open at once of all uses together, at least."""
    unbounded: tuple[str, ...]
    """Why something has no upper bound."""
    missing_for: tuple[str, ...]
    """NAT gateways whose metrics would bound it."""
    readings: tuple[Figure, ...] = field(default=())
    """What was read, for people: each with its place in the case."""

    @cached_property
    def alone(self) -> dict[tuple[str, str], float]:
        """Connections of each use open at once, at the most, by what tells of that use alone; infinite where nothing
        does. No spread over subnets is assumed in it."""
        found = dict.fromkeys(self.uses, math.inf)
        for bound in self.possible.bounds:
            for name, factor in bound.terms.items() if len(bound.terms) == 1 else ():
                use = name.who, name.destination
                if name.kind == LIVE and factor == 1.0 and use not in self.open:
                    found[use] = min(found[use], bound.most)
        return found

    @cached_property
    def alone_behind(self) -> dict[str, float]:
        """The sum of ``alone`` over the uses that pass each NAT gateway."""
        return {gateway: sum(self.alone[use] for use in uses) for gateway, uses in self.behind.items()}

    @cached_property
    def live(self) -> dict[tuple[str, str], Figure]:
        """Connections wanted open at once, of each use."""
        found = {}
        for use in self.uses:
            name = Unknown(LIVE, *use)
            bound = self.possible.what_bounds(name)
            high = self.possible.highest[name]
            low = self.least.get(use, Figure(0.0, math.inf))
            said = " and ".join(dict.fromkeys(text for text in (low.text, bound.text if bound else "") if text))
            source = ", ".join(dict.fromkeys(one for one in (low.source, bound.source if bound else "") if one))
            found[use] = Figure(min(low.low, high), high, said, source)
        return found


@once
def read_demand(facts: Facts, *, seen: bool = False) -> Demand:
    """Everything that bounds the demand of the functions in question.

    Args:
        seen: of what became a connection, and not of all that was wanted.
    """
    return _Reader(facts, seen).run()


class _Reader:
    def __init__(self, facts: Facts, seen: bool) -> None:
        self.facts, self.seen = facts, seen
        self.counted = (CallerOutcome.ESTABLISHED,) if seen else WANTED
        self.failed = () if seen else NEVER_OPENED
        self.symptoms = facts.symptoms
        self.shares: dict[tuple[str, str], dict[str, float]] = {}
        """For each use the share of its connections that passes each NAT gateway."""
        self.on_eni: dict[EniKey, dict[tuple[str, str], float]] = {}
        """For each ENI the uses that leave by it, each with the share of its connections that does."""
        ways = [way for way in facts.ways.ways if way.subnet is not None and not way.blocked]
        for way in ways:
            use = way.function, way.destination
            passing = self.shares.setdefault(use, {})
            if way.kind is HopKind.NAT_GATEWAY and way.resource:
                passing[way.resource] = passing.get(way.resource, 0.0) + way.share
            if way.eni is not None:
                uses = self.on_eni.setdefault(way.eni, {})
                uses[use] = uses.get(use, 0.0) + way.share
        self.uses = tuple(self.shares)
        self.behind: dict[str, dict[tuple[str, str], float]] = {}
        """For each NAT gateway the uses that pass it, each with the share of its connections that does."""
        self.uses_of: dict[str, list[tuple[str, str]]] = {}
        for use, passing in self.shares.items():
            self.uses_of.setdefault(use[0], []).append(use)
            for gateway, share in passing.items():
                self.behind.setdefault(gateway, {})[use] = share
        self.enis_before: dict[str, set[EniKey]] = {}
        for way in ways:
            if way.kind is HopKind.NAT_GATEWAY and way.resource and way.eni is not None:
                self.enis_before.setdefault(way.resource, set()).add(way.eni)
        self.gateways = tuple(self.behind)
        self.others = {name for name in self.gateways if facts.ways.strangers(name) != ()}
        self.bounds: list[Bound[Unknown]] = []
        self.passed: dict[str, tuple[float, str]] = {}
        """Of each NAT gateway the connections that were wanted through it, at most, and the metric's place."""
        self.least: dict[tuple[str, str], Figure] = {}
        self.unbounded: dict[str, None] = {}
        self.missing: dict[str, None] = {}
        self.readings: list[Figure] = []

    def run(self) -> Demand:
        environments = {name: self._environments(name) for name in dict.fromkeys(function for function, _ in self.uses)}
        self.environments = environments
        if self.symptoms.complete:
            self._by_callers()
        for gateway in self.gateways:
            self._by_gateway(gateway)
        self._together()
        self._by_flow_logs()
        if self.symptoms.complete:
            self._least_by_gateways()
        told = {name for bound in self.bounds for name in bound.terms}
        for function, figure in environments.items():
            self._by_descriptors(function, figure)
        closing = {name for bound in self.bounds for name in bound.terms if name.kind == CLOSING}
        for use in self.uses:
            if Unknown(CLOSING, *use) not in closing:
                # No metric says how fast its connections are closed: they are taken to be kept.
                self.bounds.append(Bound({Unknown(CLOSING, *use): 1.0}, 0.0, "", ""))
        unknowns = [Unknown(kind, *use) for use in self.uses for kind in (LIVE, CLOSING)]
        unknowns += [
            Unknown(OTHERS, name, to) for name in self.gateways if name in self.others for to in self._behind(name)
        ]
        possible = Polytope(tuple(unknowns), tuple(self.bounds))
        return Demand(
            self.uses,
            environments,
            possible,
            self.least,
            self.shares,
            self.behind,
            self.on_eni,
            tuple(use for use in self.uses if Unknown(LIVE, *use) not in told),
            self._least_in_all(),
            tuple(self.unbounded),
            tuple(self.missing),
            tuple(self.readings),
        )

    def _total(self, outcomes: Sequence[CallerOutcome], function: str, destination: str) -> int:
        """Outcomes of a use: of any destination, where the case names none."""
        to = None if destination == UNNAMED else destination
        return self.symptoms.total(*outcomes, function=function, destination=to) if outcomes else 0

    # ---- execution environments

    def _environments(self, function: str) -> Figure:
        """Alive at once at the peak: those that were busy, and at most those that were ever seen."""
        reading = self.facts.function_metric("ConcurrentExecutions", function, PEAK)
        seen = self.symptoms.environments.get(function) if self.symptoms.complete else None
        busy = 0.0 if reading is None else reading.largest
        if reading is None and seen is None:
            return Figure(0.0, math.inf)
        if seen is not None:
            text = f"{function}: {counted(seen, 'execution environment')} that callers name"
            figure = Figure(min(busy, float(seen)), max(busy, float(seen)), text, self.symptoms.source())
            if busy >= seen and reading is not None:
                figure = Figure(busy, busy, f"{function}: {busy:,.0f} {_CONCURRENT}", reading.source)
        else:
            assert reading is not None
            most = busy if self.facts.holds("frozen_environments_reused") else math.inf
            figure = Figure(busy, most, f"{function}: {busy:,.0f} {_CONCURRENT}", reading.source)
        self.readings.append(figure)
        return figure

    # ---- what callers saw

    def _by_callers(self) -> None:
        """Every attempt is one wanted connection at most; and environments of a function are alike."""
        source = self.symptoms.source()
        nowhere = self._nowhere(self.counted)
        for use in self.uses:
            function, to = use
            established = self._total((CallerOutcome.ESTABLISHED,), function, to)
            tried = self._total(self.counted, function, to)
            name = Unknown(LIVE, *use)
            text = f"{function} to {to}: {counted(tried, 'attempt')}, {tried - established:,} of them failed"
            if self.seen:
                text = f"{function} to {to}: {established:,} established"
            # What was open before the first outcome is in none of them.
            before = sum(self._open_before(gateway) for gateway in self.shares[use])
            text += f", and {before:,.0f} open before" if before else ""
            # What names no function or destination may be of any.
            self.bounds.append(Bound({name: 1.0}, tried + nowhere + before, text, source))
            each, alive = self._each(function, to), self.environments[function].high
            if each is None or not tried or nowhere or before or math.isinf(alive):
                continue
            if self.facts.holds("environments_alike"):
                most = each.most if each.unfailing else each.most_tried
                text = f"{function} to {to}: {most:,} in each of {alive:,.0f} execution environments"
                self.bounds.append(Bound({name: 1.0}, most * alive, text, source))

    @property
    def _unnamed(self) -> bool:
        """The case names no destination: what callers saw is of the one that stands in for it."""
        return UNNAMED in self.facts.ways.network.destinations

    def _nowhere(self, outcomes: Sequence[CallerOutcome]) -> int:
        """Outcomes that name no function, or no destination where the case names some: they may be of any."""
        return sum(
            one.count
            for one in self.symptoms.counts
            if one.outcome in outcomes and not (one.function and (one.destination or self._unnamed))
        )

    def _each(self, function: str, destination: str) -> EachEnvironment | None:
        each = self.facts.case.callers.each_environment
        only_function = len(self.facts.case.functions) == 1
        only_destination = len(self.facts.case.destinations) <= 1
        for key in (
            (function, destination),
            (None if only_function else function, None if only_destination else destination),
            (function, None if only_destination else destination),
            (None if only_function else function, destination),
        ):
            if key in each:
                return each[key]
        return None

    def _least_by_gateways(self) -> None:
        """What was active on a use's gateways and cannot have been another use's, as callers established no more."""
        established = {
            use: float(self._total((CallerOutcome.ESTABLISHED,), *use) + self._nowhere((CallerOutcome.ESTABLISHED,)))
            for use in self.uses
        }
        behind = {gateway: sum(established[use] for use in uses) for gateway, uses in self.behind.items()}
        for gateway in self.gateways:
            active = self.facts.nat(gateway).active
            if active is None or gateway in self.others:
                continue
            for use in self.behind[gateway]:
                low = active.largest - (behind[gateway] - established[use]) - self._open_before(gateway)
                text = f"{use[0]} to {use[1]}: {low:,.0f} of the connections active on {self.facts.label(gateway)}"
                self._at_least(use, low, text, active.source)

    def _open_before(self, gateway: str) -> float:
        """Connections through a gateway that the first period cannot account for, as nothing was tried then."""
        nat = self.facts.nat(gateway)
        if nat.active is None:
            return 0.0
        start, first = nat.active.points[0]
        if nat.attempts is not None:
            begun = nat.attempts.at(start) or 0.0
        else:
            minutes = self.symptoms.by_minute(CallerOutcome.ESTABLISHED)
            begun = float(sum(count for minute, count in minutes.items() if minute < start + nat.active.period))
        return max(0.0, first - begun)

    def _by_descriptors(self, function: str, alive: Figure) -> None:
        if math.isfinite(alive.high):
            terms = {Unknown(LIVE, *use): 1.0 for use in self.uses_of[function]}
            text = (
                f"{function}: {alive.high:,.0f} execution environments of {FILE_DESCRIPTORS.value:,} file descriptors"
            )
            self.bounds.append(Bound(terms, FILE_DESCRIPTORS.value * alive.high, text, alive.source))

    # ---- what passes NAT gateways

    def _least_in_all(self) -> float:
        """The most that was active at once on gateways that nobody else uses."""
        together: dict[int, float] = {}
        for gateway in self.gateways:
            active = self.facts.nat(gateway).active
            for moment, value in () if active is None or gateway in self.others else active.points:
                together[moment] = together.get(moment, 0.0) + value
        return max(together.values(), default=0.0)

    def _behind(self, gateway: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(to for _, to in self.behind[gateway]))

    def _surely_passes(self, use: tuple[str, str]) -> bool:
        """Whether a use passes the NAT gateways that its subnets lead to: one to a destination of unknown addresses may
        stay inside the VPC. The only destination that there is does not, where a gateway has connections."""
        destination = self.facts.ways.network.destinations[use[1]]
        if destination.addresses or destination.name == UNNAMED:
            return True
        return all(to == use[1] for gateway in self.shares[use] for _, to in self.behind[gateway])

    def _passing(self, gateway: str, kind: str) -> dict[Unknown, float]:
        """What surely passes a gateway: of each use a little less than its even share, so that the bound holds."""
        terms = {
            Unknown(kind, *use): share * (1.0 if share >= 1.0 - _WHOLE else 1.0 - _UNEVEN)
            for use, share in self.behind[gateway].items()
            if self._surely_passes(use)
        }
        if kind == LIVE and gateway in self.others:
            terms |= {Unknown(OTHERS, gateway, to): 1.0 for to in self._behind(gateway)}
        return terms

    def _by_gateway(self, gateway: str) -> None:
        """Bounds from a NAT gateway's metrics."""
        nat, label = self.facts.nat(gateway), self.facts.label(gateway)
        active, attempts = nat.active, nat.attempts
        if active is None or not self._whole(active):
            if active is not None:
                self.readings.append(_read(active, f"{active.largest:,.0f} active connections of {label} at the peak"))
            self.missing[gateway] = None
            self.unbounded[f"ActiveConnectionCount of {label} is not in the case for all of its time"] = None
            return
        self.readings.append(_read(active, f"{active.largest:,.0f} active connections of {label} at the peak"))
        opened = self._opened(nat)
        churning = opened > _CHURNS * active.largest
        refused = self._refused(gateway, nat)
        live = self._passing(gateway, LIVE)
        if math.isfinite(refused):
            text = f"{label}: {active.largest:,.0f} connections active at the peak"
            text += f", and {refused:,.0f} attempts that failed" if refused else ""
            self._at_most(gateway, live, active.largest + refused, text, active.source)
            self._closing(gateway, nat, refused, churning=churning)
        by_attempts = not (self.seen or self.symptoms.complete or self._hidden(gateway))
        if attempts is not None and self._whole(attempts) and by_attempts:
            first = self._open_before(gateway)
            text = f"{label}: {attempts.total:,.0f} first SYNs"
            self.readings.append(_read(attempts, f"{attempts.total:,.0f} first SYNs at {label}, refused ones included"))
            if not self.symptoms.total(*NEVER_OPENED) or (nat.port_errors is not None and nat.port_errors.total > 0):
                self._at_most(gateway, live, first + attempts.total, text, attempts.source)
        if churning and attempts is not None:
            self._by_rate(gateway, nat, opened, refused)
        errors = nat.port_errors
        if errors is not None and errors.total == 0 and self._whole(errors) and not refused:
            self._never_full(gateway, errors)
        using = list(self.behind[gateway])
        if len(using) == 1 and gateway not in self.others and self._surely_passes(using[0]):
            self._at_least(
                using[0], active.largest, f"{label}: {active.largest:,.0f} connections active", active.source
            )

    def _at_most(self, gateway: str, live: Mapping[Unknown, float], most: float, text: str, source: str) -> None:
        if not live:
            return
        self.bounds.append(Bound(live, most, text, source))
        if gateway not in self.passed or most < self.passed[gateway][0]:
            self.passed[gateway] = most, source

    def _together(self) -> None:
        """What passes all gateways together: however unevenly a function's connections are spread over them."""
        if len(self.passed) < 2:
            return
        terms: dict[Unknown, float] = {}
        for use, passing in self.shares.items():
            share = sum(part for gateway, part in passing.items() if gateway in self.passed)
            if share and self._surely_passes(use):
                terms[Unknown(LIVE, *use)] = share if share >= 1.0 - _WHOLE else share * (1.0 - _UNEVEN)
        for gateway in self.passed:
            if gateway in self.others:
                terms |= {Unknown(OTHERS, gateway, to): 1.0 for to in self._behind(gateway)}
        most = sum(most for most, _ in self.passed.values())
        text = (
            f"{named([self.facts.label(name) for name in self.passed], 3)}: {most:,.0f} together, failed ones included"
        )
        source = ", ".join(dict.fromkeys(source for _, source in self.passed.values()))
        self.bounds.append(Bound(terms, most, text, source))

    def _opened(self, nat: NatEvidence) -> float:
        """Connections that a gateway let through, at least."""
        established = float(self.symptoms.total(CallerOutcome.ESTABLISHED)) if len(self.gateways) == 1 else 0.0
        if nat.attempts is None:
            return established
        errors = 0.0 if nat.port_errors is None else nat.port_errors.total
        through = nat.attempts.total - errors
        if nat.established is not None:
            # Attempts that the destination did not answer, or refused, were never open.
            through = min(through, nat.established.total)
        return max(established, through)

    def _refused(self, gateway: str, nat: NatEvidence) -> float:
        """Connections that were wanted through a gateway and did not become one, at most."""
        if self.seen:
            return 0.0
        if self.symptoms.complete:
            uses = self.behind[gateway]
            failed = sum(self._total(self.failed, function, to) for function, to in uses)
            return float(failed + self._nowhere(self.failed))
        errors, label = nat.port_errors, self.facts.label(gateway)
        if errors is None or not self._whole(errors) or errors.stat != "Sum":
            self.missing[gateway] = None
            self.unbounded[f"nothing says whether {label} refused connections (ErrorPortAllocation)"] = None
            return math.inf
        if self._hidden(gateway):
            self.unbounded[_HIDDEN] = None
            return math.inf
        failed = self.symptoms.total(*FAILURES, *AMBIGUOUS) or (CallerOutcome.TIMED_OUT in self.symptoms.reported)
        if failed and not errors.total:
            self.unbounded[
                "callers failed before the NAT gateway, and their log does not show how many connections they wanted"
            ] = None
            return math.inf
        return errors.total

    def _hidden(self, gateway: str) -> bool:
        """Whether the ENIs before a gateway may have been full: what they drop is in no metric of it."""
        active = self.facts.nat(gateway).active
        room = len(self.enis_before[gateway]) * HYPERPLANE_ENI_CONNECTIONS.value
        return active is not None and bool(room) and active.largest >= _FLAT_TOP * room

    def _closing(self, gateway: str, nat: NatEvidence, refused: float, *, churning: bool) -> None:
        """What closed keeps its port for a while: at most so much of both together, and so many a second."""
        active = nat.active
        assert active is not None
        hold = self.facts.assume("nat_hold_after_close")
        # Of the first period nobody knows how many were open before it.
        rates = {moment: nat.close_rate(moment) or 0.0 for moment, _ in active.points[1:]}
        fastest = max(rates.values(), default=0.0)
        if refused and churning and nat.attempts is not None:
            # What was refused would have been closed in its turn.
            fastest = max(fastest, max(value for _, value in nat.attempts.points) / nat.attempts.period)
        closing = self._passing(gateway, CLOSING)
        label = self.facts.label(gateway)
        if not closing:
            return
        self.bounds.append(Bound(closing, fastest, f"{label}: {fastest:,.0f} closed a second", active.source))
        if hold <= 0:
            return
        together = max(value + hold * rates.get(moment, 0.0) for moment, value in active.points)
        terms = self._passing(gateway, LIVE) | {name: hold * factor for name, factor in closing.items()}
        if not refused or not churning:
            together += refused
            self.bounds.append(Bound(terms, together, f"{label}: {together:,.0f} ports taken", active.source))

    def _kind(self, gateway: str) -> NatKind | None:
        nat = self.facts.ways.network.nat_gateways.get(gateway)
        return None if nat is None else nat.kind

    def _by_rate(self, gateway: str, nat: NatEvidence, opened: float, refused: float) -> None:
        """Connections that come and go: no more at once than come in the time that one is held (Little's law)."""
        active, attempts = nat.active, nat.attempts
        assert active is not None
        assert attempts is not None
        hold = sum(value for _, value in active.points) * active.period / max(1.0, opened)
        fastest = max(value for _, value in attempts.points) / attempts.period
        label = self.facts.label(gateway)
        text = f"{label}: {fastest:,.3g} attempts a second, each held for {hold:.3g} s (Little's law)"
        if refused:
            self._at_most(
                gateway, self._passing(gateway, LIVE), max(active.largest, fastest * hold), text, active.source
            )
        self.readings.append(_read(active, text))

    def _never_full(self, gateway: str, errors: Reading) -> None:
        """Ports were there for every SYN: no unique destination was at its limit."""
        # Of a regional one there are so many in each zone, and nothing says how much of it is in which.
        zones = self.facts.ways.zones_of.get(gateway, frozenset())
        regional = self._kind(gateway) is NatKind.REGIONAL
        addresses = self.facts.ways.addresses(gateway) * (len(zones) if regional else 1)
        each = self.facts.assume("nat_connections_per_address")
        live = self._passing(gateway, LIVE)
        for to in self._behind(gateway) if addresses else ():
            destination = self.facts.ways.network.destinations[to]
            unique = len(destination.addresses)
            terms = {name: factor for name, factor in live.items() if name.destination == to}
            if unique and terms:
                text = f"{self.facts.label(gateway)}: ErrorPortAllocation 0, so never full to {to}"
                self.bounds.append(Bound(terms, addresses * each * unique, text, errors.source))

    # ---- flow logs

    def _by_flow_logs(self) -> None:
        """What leaves by each ENI for each destination, in what both directions of it wrote."""
        logs = self.facts.flow_logs
        if logs is None or logs.missing(self.facts.window) is not None:
            return
        network = self.facts.ways.network
        names = {
            (address, destination.port): destination.name
            for destination in network.destinations.values()
            for address in destination.addresses
        }
        found: dict[str, dict[EniKey, list[Key]]] = {}
        whole: dict[EniKey, list[Key]] = {}
        for key in self.on_eni:
            keys = self._logged(logs, key)
            if keys is None:
                continue
            whole[key] = [one for one in logs.enis if str(one.resource) == str(key)]
            for to in dict.fromkeys(to for _, to in self.on_eni[key]):
                if network.destinations[to].addresses:
                    here = [one for one in keys if names.get((str(one.destination), int(one.port or 0))) == to]
                    found.setdefault(to, {})[key] = here
        for to, logged in found.items():
            self._least_by_flow_logs(logs, to, logged)
        if logs.begins_late(self.facts.window):
            return
        for to, logged in found.items():
            for enis in self._sharing(to):
                if all(key in logged for key in enis):
                    self._by_enis(logs, to, {key: logged[key] for key in enis})
        for enis in self._sharing(None):
            if all(key in whole for key in enis):
                self._by_enis(logs, None, {key: whole[key] for key in enis})

    def _logged(self, logs: FlowLogEvidence, key: EniKey) -> list[Key] | None:
        """What flow logs say of an ENI, by unique destination; None where they do not show all of it."""
        enis = {one.id for one in self.facts.case.topology.enis if one.key == key}
        keys = [one for one in logs.eni_destinations if str(one.resource) == str(key)]
        seen = {name for one in keys for name in (str(one.interface), *one.replaced)} | logs.silent
        return keys if enis and enis <= seen and not enis & logs.skipped else None

    def _sharing(self, to: str | None) -> list[list[EniKey]]:
        """The ENIs that lead to a destination (to any, for None), those together that functions share."""
        groups: list[tuple[set[EniKey], set[str]]] = []
        for key, uses in self.on_eni.items():
            functions = {function for function, name in uses if to in (None, name)}
            if not functions:
                continue
            keys = {key}
            for one in [one for one in groups if one[1] & functions]:
                groups.remove(one)
                keys |= one[0]
                functions |= one[1]
            groups.append((keys, functions))
        return [sorted(keys) for keys, _ in groups]

    def _by_enis(self, logs: FlowLogEvidence, to: str | None, logged: Mapping[EniKey, list[Key]]) -> None:
        """All that some functions wanted of a destination (of any, for None) left by these ENIs."""
        uses = list(dict.fromkeys(use for key in logged for use in self.on_eni[key] if to in (None, use[1])))
        high = sum(one.high for keys in logged.values() for one in keys)
        failed = self._failed_behind(logs, uses, logged)
        if math.isinf(failed):
            return
        tail = f", and {failed:,.0f} attempts that failed" if failed else ""
        where = "" if to is None else f" to {to}"
        text = f"{named([str(key) for key in logged], 2)}{where}: at most {high:,} open in flow logs{tail}"
        self.bounds.append(Bound({Unknown(LIVE, *use): 1.0 for use in uses}, high + failed, text, logs.source))

    def _failed_behind(
        self, logs: FlowLogEvidence, uses: Sequence[tuple[str, str]], logged: Mapping[EniKey, list[Key]]
    ) -> float:
        """Connections wanted through ENIs that did not become one, at most."""
        if self.seen:
            return 0.0
        if self.symptoms.complete:
            return float(sum(self._total(self.failed, function, to) for function, to in uses))
        names = {str(key) for key in logged}
        full = [one for one in logs.enis if str(one.resource) in names and one.limit and one.high >= one.limit[1]]
        if full:
            self.unbounded[
                f"{full[0].resource} may have been full, and a full Hyperplane ENI drops SYNs without a trace"
            ] = None
            return math.inf
        if not any(one.unanswered for keys in logged.values() for one in keys) and not self._failures_told(uses):
            return 0.0
        errors = [self.facts.nat(name).port_errors for name in {one for use in uses for one in self.shares[use]}]
        counts = [one.total for one in errors if one is not None and self._whole(one) and one.stat == "Sum"]
        # Each attempt that a NAT gateway had no port for cost it one error at least.
        return sum(counts) if counts and len(counts) == len(errors) and all(counts) else math.inf

    def _failures_told(self, uses: Sequence[tuple[str, str]]) -> bool:
        """Whether callers tell of failures that may be of these uses: what nobody logs may have been wanted."""
        kinds = (*FAILURES, *AMBIGUOUS)
        named = any(self._total(kinds, function, to) for function, to in uses)
        return named or bool(self._nowhere(kinds)) or bool(self.symptoms.reported)

    def _least_by_flow_logs(self, logs: FlowLogEvidence, to: str, logged: Mapping[EniKey, list[Key]]) -> None:
        """Of an ENI that one function has for itself, what was open for certain."""
        if not logs.has_flags:
            return
        minutes: dict[tuple[str, str], dict[int, int]] = {}
        opened: dict[tuple[str, str], int] = {}
        for key, keys in logged.items():
            uses = [use for use in self.on_eni[key] if use[1] == to]
            if len(uses) == 1 and self.facts.asked.issuperset(self.facts.ways.users(key)):
                sums = minutes.setdefault(uses[0], {})
                answered = sum(one.opened - one.unanswered for one in keys)
                opened[uses[0]] = opened.get(uses[0], 0) + answered
                for one in keys:
                    for minute, low, _ in one.band(*logs.window):
                        sums[minute] = sums.get(minute, 0) + low
        for use, sums in minutes.items():
            low = max(sums.values(), default=0)
            if opened[use] > (1 + _HARDLY) * low:
                # Opened again and again: within one record a port that is given out anew looks like one connection.
                continue
            self._at_least(use, low, f"{use[0]} to {to}: {low:,} open in flow logs", logs.source)

    # ---- what all share

    def _whole(self, reading: Reading) -> bool:
        """Whether a metric has a datapoint for every period of the window; without a window, from its first on."""
        span = self.facts.window or (reading.points[0][0], reading.points[-1][0] + reading.period)
        return reading.covers(span)

    def _at_least(self, use: tuple[str, str], low: float, text: str, source: str) -> None:
        before = self.least.get(use)
        if low > 0 and (before is None or low > before.low):
            self.least[use] = Figure(low, math.inf, text, source)


_HIDDEN = "active connections stand at what the Hyperplane ENIs hold, and what was wanted above that leaves no trace"
_CONCURRENT = "ConcurrentExecutions at the peak"


def _read(reading: Reading, text: str) -> Figure:
    return Figure(reading.largest, reading.largest, text, reading.source)
