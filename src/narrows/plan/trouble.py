"""What does not hold, and whose connections fill it: what a conditional action looks at to see how far it would go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from narrows.network import EniKey, HopKind, Resource
from narrows.plan.peak import Peak
from narrows.plan.tables import all_tables
from narrows.plan.terms import Terms
from narrows.scenario import Scenario

Allowed = Collection[str] | None
"""Destinations or functions that a change may touch; None for all."""


@dataclass(frozen=True, slots=True)
class Use:
    """A function's connections to a destination."""

    function: str
    destination: str


class Trouble:
    """The tables of a scenario that do not hold, and whose connections fill them."""

    def __init__(self, scenario: Scenario, peak: Peak, terms: Terms) -> None:
        self.scenario, self.peak, self.terms = scenario, peak, terms
        tables = all_tables(scenario.network, peak, scenario.assumptions, terms.routing)
        self.tables = short = [table for table in tables if not table.fits(terms.headroom)]
        self.enis = {table.resource for table in short if table.kind is HopKind.HYPERPLANE_ENI}
        self.to: dict[str, set[str]] = {}
        """The destinations for which a NAT gateway has too few ports."""
        for table in short:
            if table.kind is HopKind.NAT_GATEWAY:
                self.to.setdefault(str(table.resource), set()).update(table.destinations)
        self.gateways = set(self.to)
        self.destinations = {
            name for table in short if table.kind is HopKind.DESTINATION for name in table.destinations
        }
        self.functions = {str(table.resource) for table in short if table.kind is HopKind.ENVIRONMENT}
        asking = {load.client for moment in peak.moments for load in moment.functions}
        self.uses = [Use(name, to) for name, to in scenario.demand.uses if name in asking]

    def through_nat(self) -> list[Use]:
        """Uses that fill a NAT gateway's table that does not hold."""
        return [use for use in self.uses if self._fills_ports(use)] if self.to else []

    def through_network(self) -> list[Use]:
        """Uses that fill a table of the network that does not hold."""
        return [use for use in self.uses if self._fills_ports(use) or self._enis(use) & self.enis]

    def through_anything(self) -> list[Use]:
        """Uses that fill any table that does not hold."""
        network = set(self.through_network())
        return [
            use
            for use in self.uses
            if use in network or use.destination in self.destinations or use.function in self.functions
        ]

    def _fills_ports(self, use: Use) -> bool:
        network = self.scenario.network
        ways = self.terms.routing.ways(network, network.functions[use.function], use.destination)
        return any(use.destination in self.to.get(gateway, ()) for gateway, _, _ in ways.through)

    def _enis(self, use: Use) -> set[Resource]:
        if not self.enis:
            return set()
        network = self.scenario.network
        function = network.functions[use.function]
        ways = self.terms.routing.ways(network, function, use.destination)
        groups = self.terms.routing.security_groups(function)
        return {EniKey(subnet, groups) for subnet in ways.open}
