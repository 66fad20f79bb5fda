"""How full each table on the path got, as far as the case tells: the numbers behind the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from narrows.assumptions import Assumptions
from narrows.case.model import CallerOutcome, Case
from narrows.diagnose.causes import CAUSES
from narrows.evidence.facts import Facts
from narrows.evidence.metrics import PEAK
from narrows.evidence.occupancy import occupancies, shares
from narrows.evidence.paths import UNNAMED, EniGroup, Ways
from narrows.network import Destination, EniKey, HopKind, Network, Resource
from narrows.words import count

if TYPE_CHECKING:
    from narrows.diagnose.model import CauseResult, Diagnosis
    from narrows.plan.model import Plan
    from narrows.plan.tables import Table


def resource_of(table: Table, network: Network) -> Resource:
    """What a table of a plan is about, in the plan's network."""
    if table.kind is not HopKind.HYPERPLANE_ENI:
        return table.resource
    return next((key for key in network.hyperplane_enis if str(key) == str(table.resource)), table.resource)


class PlanLoads:
    """The loads of a plan's own network at its peak."""

    def __init__(self, plan: Plan) -> None:
        option = plan.best
        if option is None:
            raise ValueError("a plan that changes nothing has no network of its own")
        self.nat_each = option.scenario.assumptions.nat_connections_per_address
        self._tables = option.tables
        self._loads = tuple(option.peak.largest().values())

    def busy(self, function: str) -> int | None:
        """Execution environments of a function at the peak."""
        return max((load.environments for load in self._loads if load.client == function), default=None)

    def nat(self, gateway: str, zone: str, destination: Destination) -> Load:
        """Connections through a NAT gateway to one destination: to its fullest address, times its addresses."""
        name = f"{gateway}/{zone}" if zone else gateway
        behind = {f"{address}:{destination.port}" for address in destination.addresses} or {destination.name}
        peaks = [
            table.peak
            for table in self._tables
            if table.kind is HopKind.NAT_GATEWAY and table.resource == name and _is_one_of(table.destination, behind)
        ]
        if not peaks:
            return Load(note="carries nothing to it at the peak")
        whole = float(max(peaks) * max(1, len(destination.addresses)))
        return Load(whole, whole, "at the peak to hold")

    def eni(self, key: EniKey) -> Load:
        """Connections of an ENI."""
        peak = next(
            (t.peak for t in self._tables if t.kind is HopKind.HYPERPLANE_ENI and str(t.resource) == str(key)), None
        )
        return Load() if peak is None else Load(float(peak), float(peak), "at the peak to hold")

    def enis(self, keys: Sequence[EniKey]) -> Load:
        """Connections of several ENIs together."""
        loads = [self.eni(key).low for key in keys]
        known = [low for low in loads if low is not None]
        return Load(sum(known), sum(known)) if len(known) == len(loads) else Load()

    def destination(self, destination: Destination) -> Load:
        """Connections open to a destination."""
        whole = float(sum(load.open for load in self._loads if load.destination == destination.name))
        return Load(whole, whole)

    def destination_limit(self) -> int | None:
        """Not a plan's to say."""
        return None


def _is_one_of(label: str | None, behind: set[str]) -> bool:
    return label is not None and any(label == one or one in label for one in behind)


NO_METRIC = "no metric shows this"


@dataclass(frozen=True, slots=True)
class Load:
    """The most connections at a time, as an interval; both ends None where nothing is known."""

    low: float | None = None
    high: float | None = None
    note: str = ""
    """What it rests on."""
    assumed: bool = False
    """It rests on an assumption."""

    @property
    def known(self) -> tuple[float, float] | None:
        """The interval."""
        return None if self.low is None or self.high is None else (self.low, self.high)


class Loads(Protocol):
    """Where the picture has its numbers from."""

    nat_each: int
    """Connections of one NAT gateway address to one unique destination."""

    def busy(self, function: str) -> int | None:
        """Most execution environments of a function that were busy at a time."""

    def nat(self, gateway: str, zone: str, destination: Destination) -> Load:
        """Connections through a NAT gateway (in one zone, for a regional one) to one destination."""

    def eni(self, key: EniKey) -> Load:
        """Connections of the ENIs of a key."""

    def enis(self, keys: Sequence[EniKey]) -> Load:
        """Connections of several ENIs together."""

    def destination(self, destination: Destination) -> Load:
        """Connections open to a destination."""

    def destination_limit(self) -> int | None:
        """What a destination takes, where that is known."""


class CaseLoads:
    """The loads of one case. What the diagnosis observed of a resource goes before what is worked out here."""

    def __init__(self, case: Case, diagnosis: Diagnosis) -> None:
        self._case = case
        self._facts = Facts(case, Assumptions())
        self._busy: dict[str, int | None] = {}
        self._full: dict[HopKind, CauseResult] = {
            table: one for one in diagnosis.causes if (table := CAUSES[one.id].table) is not None
        }
        self.nat_each = Assumptions().nat_connections_per_address
        """Connections of one NAT gateway address to one unique destination."""

    @property
    def ways(self) -> Ways:
        """The ways of the case."""
        return self._facts.ways

    def busy(self, function: str) -> int | None:
        """Most execution environments of a function that were busy at a time."""
        if function not in self._busy:
            reading = self._facts.function_metric("ConcurrentExecutions", function, PEAK)
            self._busy[function] = None if reading is None else round(reading.largest)
        return self._busy[function]

    def nat(self, gateway: str, zone: str, destination: Destination) -> Load:
        """Connections through a NAT gateway (in one zone, for a regional one) to one destination."""
        observed = self._observed(HopKind.NAT_GATEWAY, gateway)
        return self._through(gateway, zone, destination, observed)

    def _through(
        self, gateway: str, zone: str, destination: Destination, observed: tuple[float, float | None] | None
    ) -> Load:
        """The part of a gateway's connections that is this destination's; ``observed`` is of all of them."""
        active = self._facts.nat(gateway).active
        if active is None:
            return Load(note="ActiveConnectionCount is not in the case")
        low, high = observed or (active.largest, active.largest)
        high = low if high is None else high
        zones = self.ways.zones_of.get(gateway, frozenset())
        if zone and len(zones) > 1:
            return Load(0.0, high, f"at most: {count(high)} over all zones")
        if self.ways.strangers(gateway):
            return Load(0.0, high, f"at most: {count(high)} of all clients to all destinations")
        if destination.name == UNNAMED:
            return Load(0.0, high, f"at most: {count(high)} to all destinations")
        others = [one.name for one in self.ways.destinations() if one.name != destination.name]
        if not others:
            return Load(
                low, high, "ActiveConnectionCount" if low == high else "closed ones that keep their port included"
            )
        if not self._facts.symptoms.complete:
            return Load(0.0, high, f"at most: {count(high)} to all destinations")
        # What was never established to a destination is not open to it.
        most = min(high, self._opened(destination.name))
        least = max(0.0, low - sum(self._opened(name) for name in others))
        return Load(min(least, most), most, f"of {count(high)} to all destinations, by what callers established")

    def _opened(self, destination: str) -> float:
        return float(self._facts.symptoms.total(CallerOutcome.ESTABLISHED, destination=destination))

    def eni(self, key: EniKey) -> Load:
        """Connections of the ENIs of a key: its share of what its group had."""
        group = self._group((key,))
        whole = self.enis((key,) if group is None else group.keys)
        if group is None or whole.low is None or whole.high is None:
            return Load(note=whole.note)
        share = shares(self._facts, group)[key]
        note = whole.note if len(group.keys) == 1 else f"{whole.note}; spread evenly (assumed)"
        return Load(whole.low * share, whole.high * share, note, assumed=len(group.keys) > 1)

    def enis(self, keys: Sequence[EniKey]) -> Load:
        """Connections of several ENIs together."""
        group = self._group(keys)
        seen = occupancies(self._facts, group) if group else ()
        if not seen:
            return Load(note=f"{NO_METRIC}, and nothing in the case that would tell")
        # A number of open connections is nearer than one of all that were ever established.
        nearest = min(seen, key=lambda one: (not one.measured, one.peak))
        known = "what passed the NAT gateway, half-open ones not counted" if nearest.measured else f"the {nearest.text}"
        low = nearest.peak if nearest.at_least else 0.0
        return Load(low, nearest.peak, f"{NO_METRIC}: estimated from {known}")

    def destination(self, destination: Destination) -> Load:
        """Connections open to a destination."""
        observed = self._observed(HopKind.DESTINATION, destination.name)
        if observed is not None:
            return Load(observed[0], observed[0] if observed[1] is None else observed[1])
        mine = self.ways.of_destination.get(destination.name, ())
        gateways = {way.resource for way in mine}
        ways = {way.kind for way in mine}
        if ways == {HopKind.NAT_GATEWAY}:
            loads = [self._through(gateway, "", destination, None) for gateway in gateways if gateway]
            known = [load.known for load in loads]
            if known and all(known):
                return Load(sum(one[0] for one in known if one), sum(one[1] for one in known if one))
        opened = self._case.callers.total(CallerOutcome.ESTABLISHED, destination=destination.name)
        if self._case.callers.complete and opened:
            return Load(0.0, float(opened), "at most all that were ever established")
        return Load()

    def destination_limit(self) -> int | None:
        """What a destination takes, where the diagnosis names it."""
        cause = self._full.get(HopKind.DESTINATION)
        return None if cause is None or cause.limit is None else cause.limit.value

    def _group(self, keys: Sequence[EniKey]) -> EniGroup | None:
        groups = [self.ways.group_of.get(key) for key in keys]
        return groups[0] if groups and all(one is groups[0] for one in groups) else None

    def _observed(self, table: HopKind, resource: Resource) -> tuple[float, float | None] | None:
        found = self._full.get(table)
        if found is None or found.resource != resource or found.observed is None:
            return None
        if found.observed.unit != "connections":
            return None
        return found.observed.low, found.observed.high
