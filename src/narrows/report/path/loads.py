"""How full each table on the path got, as far as the case tells: the numbers behind the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from narrows.case.model import Case
from narrows.diagnose.causes import CAUSES
from narrows.diagnose.model import Status
from narrows.evidence.facts import Facts
from narrows.evidence.metrics import PEAK
from narrows.evidence.paths import Ways
from narrows.evidence.tables import NO_METRIC, Seen, seen_at_destination, seen_on_eni, seen_ports
from narrows.network import Destination, EniKey, HopKind, Resource

if TYPE_CHECKING:
    from narrows.diagnose.model import CauseResult, Diagnosis


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
    busy_words: str
    """What a number of ``busy`` environments is called."""

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

    def destination_limit(self, destination: Destination, *, bound: bool) -> int | None:
        """What a destination takes, where that is known; ``bound``: it is what is full."""


def _load(seen: Seen) -> Load:
    return Load(seen.low, seen.high, seen.text, seen.assumed)


class CaseLoads:
    """The loads of one case. What the diagnosis observed of a resource goes before what is worked out here."""

    busy_words = "busy at once"

    def __init__(self, case: Case, diagnosis: Diagnosis, facts: Facts | None = None) -> None:
        self._case = case
        self._facts = facts or Facts(case, case.assumptions)
        self._busy: dict[str, int | None] = {}
        self._full: dict[HopKind, CauseResult] = {
            table: one for one in diagnosis.causes if (table := CAUSES[one.id].table) is not None
        }
        self.nat_each = self._facts.assumptions.nat_connections_per_address
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
        seen = seen_ports(self._facts, gateway, zone or None, destination.name)
        return Load(note="ActiveConnectionCount is not in the case") if seen is None else _load(seen)

    def eni(self, key: EniKey) -> Load:
        """Connections of the ENIs of a key."""
        seen = seen_on_eni(self._facts, key)
        return Load(note=f"{NO_METRIC}, and nothing in the case that would tell") if seen is None else _load(seen)

    def enis(self, keys: Sequence[EniKey]) -> Load:
        """Connections of several ENIs together."""
        loads = [self.eni(key) for key in keys]
        known = [load.known for load in loads]
        if not known or None in known:
            return Load(note=loads[0].note if loads else "")
        return Load(sum(one[0] for one in known if one), sum(one[1] for one in known if one), loads[0].note)

    def destination(self, destination: Destination) -> Load:
        """Connections open to a destination."""
        observed = self._observed(HopKind.DESTINATION, destination.name)
        if observed is not None:
            return Load(observed[0], observed[0] if observed[1] is None else observed[1])
        seen = seen_at_destination(self._facts, destination.name)
        return Load() if seen is None else _load(seen)

    def destination_limit(self, destination: Destination, *, bound: bool) -> int | None:
        """What a destination takes, where the diagnosis names it as full."""
        if not bound:
            return None
        cause = self._full.get(HopKind.DESTINATION)
        return None if cause is None or cause.limit is None else cause.limit.value

    def _observed(self, table: HopKind, resource: Resource) -> tuple[float, float | None] | None:
        found = self._full.get(table)
        # What only may be full is drawn as what it was seen to hold.
        if found is None or not found.status.reaches(Status.LIKELY):
            return None
        if found.resource != resource or found.observed is None:
            return None
        if found.observed.unit != "connections":
            return None
        return found.observed.low, found.observed.high
