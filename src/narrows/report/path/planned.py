"""The picture of a network that nobody measured: a scenario's, or a plan's, by the planner's own tables at the peak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from narrows.case.model import Callers, Case, Metrics, Topology
from narrows.evidence.paths import read_ways
from narrows.network import Destination, EniKey, HopKind
from narrows.plan.tables import next_narrows
from narrows.report.path.loads import Load
from narrows.report.path.marks import Marks
from narrows.report.path.model import Spill
from narrows.report.path.routes import routes
from narrows.report.path.section import PathSection, section_of
from narrows.tables import Table
from narrows.words import count

if TYPE_CHECKING:
    from narrows.plan.model import Plan
    from narrows.plan.peak import Peak
    from narrows.scenario import Scenario

_DESCRIBED = frozenset({"functions", "subnets", "route-tables", "nat-gateways", "network-interfaces", "vpc-endpoints"})
"""A scenario says all that there is."""
_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def planned_section(
    scenario: Scenario,
    peak: Peak,
    tables: Sequence[Table],
    *,
    names: Mapping[str, str] = _NO_NAMES,
    key: str = "planned",
) -> PathSection:
    """The report's pictures of a scenario at its peak.

    What does not hold at that peak is drawn as overfull. The first of it is the narrows; where all holds, what would
    be full first is marked.

    Args:
        scenario: whose network is drawn.
        peak: of its demand, as ``narrows.plan.peak.measure`` gives it.
        tables: at that peak, as ``narrows.plan.tables.all_tables`` gives them.
        names: what resources are called in place of their ids.
        key: keeps the ids of these pictures apart from those of others on the page.
    """
    case = Case(
        folder=Path(scenario.name),
        region=scenario.network.region,
        window=None,
        functions=(),
        destinations={},
        reported="",
        topology=Topology(scenario.network, _DESCRIBED, names=names),
        quotas={},
        metrics=Metrics(()),
        callers=Callers(),
    )
    return _section(case, scenario, peak, tables, key)


def after_plan(case: Case, plan: Plan) -> PathSection | None:
    """The pictures of the network that a plan makes, at the peak that it is for; None where it changes nothing."""
    option = plan.best
    if option is None:
        return None
    topology = replace(case.topology, network=option.scenario.network, enis=())
    return _section(replace(case, topology=topology), option.scenario, option.peak, option.tables, "after")


def _section(case: Case, scenario: Scenario, peak: Peak, tables: Sequence[Table], key: str) -> PathSection:
    loads = PlanLoads(scenario, peak, tables)
    asking = tuple(dict.fromkeys(client for client, _ in loads.uses if client in scenario.network.functions))
    case = replace(case, functions=asking)
    ways = read_ways(case)
    asked = replace(ways, ways=tuple(way for way in ways.ways if (way.function, way.destination) in loads.uses))
    return section_of(routes(case, asked, loads, _marks(tables, peak)), key)


def _marks(tables: Sequence[Table], peak: Peak) -> Marks:
    """What binds is what is full first of that which does not hold; what follows is the first of the rest."""
    overfull = [table for table in tables if table.peak > table.capacity]
    first = next_narrows(overfull, peak.connections)
    if first is None:
        after = next_narrows(tables, peak.connections)
        return Marks.planned(None, after.table if after else None)
    narrows = first.table
    after = next_narrows((table for table in tables if table is not narrows), peak.connections)
    missing = narrows.peak - narrows.capacity
    spill = Spill(missing, f"{count(missing)} do not fit")
    return Marks.planned(narrows, after.table if after else None, spill)


class PlanLoads:
    """The loads of a scenario's own network at its peak."""

    busy_words = "environments"

    def __init__(self, scenario: Scenario, peak: Peak, tables: Sequence[Table]) -> None:
        self.nat_each = scenario.assumptions.nat_connections_per_address
        self._loads = peak.largest()
        self._environments: dict[str, int] = {}
        self._open: dict[str, float] = {}
        for (client, destination), load in self._loads.items():
            self._environments[client] = max(load.environments, self._environments.get(client, 0))
            self._open[destination] = self._open.get(destination, 0.0) + load.open
        self._enis: dict[EniKey, int] = {}
        self._nats: dict[str, list[Table]] = {}
        for table in tables:
            if isinstance(table.resource, EniKey):
                self._enis[table.resource] = table.peak
            elif table.kind is HopKind.NAT_GATEWAY:
                self._nats.setdefault(table.resource, []).append(table)

    @property
    def uses(self) -> frozenset[tuple[str, str]]:
        """(Client, destination) of all that is asked for."""
        return frozenset(self._loads)

    def busy(self, function: str) -> int | None:
        """Execution environments of a function at the peak."""
        return self._environments.get(function)

    def nat(self, gateway: str, zone: str, destination: Destination) -> Load:
        """Connections through a NAT gateway to one destination: to its fullest address, times its addresses."""
        peaks = [
            table.peak
            for table in self._nats.get(gateway, ())
            if table.id.zone in (None, zone) and destination.name in table.destinations
        ]
        if not peaks:
            return Load(note="carries nothing to it at the peak")
        whole = float(max(peaks) * destination.unique)
        return Load(whole, whole, "at the peak to hold")

    def eni(self, key: EniKey) -> Load:
        """Connections of an ENI."""
        peak = self._enis.get(key)
        return Load() if peak is None else Load(float(peak), float(peak), "at the peak to hold")

    def enis(self, keys: Sequence[EniKey]) -> Load:
        """Connections of several ENIs together."""
        loads = [self.eni(key).low for key in keys]
        known = [low for low in loads if low is not None]
        return Load(sum(known), sum(known)) if len(known) == len(loads) else Load()

    def destination(self, destination: Destination) -> Load:
        """Connections open to a destination."""
        whole = self._open.get(destination.name, 0.0)
        return Load(whole, whole)

    def destination_limit(self, destination: Destination, *, bound: bool) -> int | None:
        """What its addresses take together, where the scenario says it."""
        each = destination.max_connections
        return None if each is None else each * destination.unique
