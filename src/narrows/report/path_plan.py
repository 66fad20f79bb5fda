"""How full each table will be at the peak that a plan is for: the numbers behind the picture after the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from narrows.network import Destination, EniKey, HopKind
from narrows.report.path_loads import Load

if TYPE_CHECKING:
    from narrows.plan.model import Plan


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
        peak = next((t.peak for t in self._tables if t.kind is HopKind.HYPERPLANE_ENI and t.resource == str(key)), None)
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
