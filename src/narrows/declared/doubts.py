"""Where the network that is read from what is declared may be another once it is deployed.

AWS's answers know no condition and no parameter: what is declared is described as if all of it were there. Here is of
which subnets that leaves open where their default route leads, so that nobody takes it for a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from narrows.addresses import block
from narrows.declared import resource_types
from narrows.declared.ids import MAIN_TABLE, Ids, default_of
from narrows.declared.model import Declared, Place, Resource, Unknown, Value
from narrows.reachability.configuration import Configuration, Leads, RoutesOf

_EVERYWHERE = block("0.0.0.0/0")
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_NO_TARGETS = ("RouteTableId", *_DESTINATIONS)
"""Members of a route that say nothing of where it leads."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why it is not certain where the default route of a subnet leads."""

    why: str
    place: Place
    assumed: bool = False
    """Whether the network has what is likely: a resource with a condition is there, a VPC's main route table stays the
    main one. Else the network says nothing."""


def doubts_about_ways(declared: Declared, ids: Ids, configuration: Configuration) -> dict[str, Doubt]:
    """The subnets, by their ids, of which it is not certain where their default route leads.

    Args:
        configuration: what the reader of cases made of the answers for the same files.
    """
    ways = _Ways(declared, ids, configuration)
    subnets = {ids.of[subnet.address]: subnet for subnet in declared.of(resource_types.SUBNET)}
    doubts = {id: ways.doubt(id, configuration.places[id].vpc, subnet) for id, subnet in subnets.items()}
    return {id: doubt for id, doubt in doubts.items() if doubt is not None}


@dataclass
class _Ways:
    declared: Declared
    ids: Ids
    configuration: Configuration

    def doubt(self, subnet: str, vpc: str | None, declared: Resource) -> Doubt | None:
        """The first doubt on the way from a subnet to the target of its default route."""
        doubt = self._association(subnet, vpc)
        if doubt is not None:
            return doubt
        table = self.configuration.table_of.get(subnet)
        if table is None:
            return Doubt("no route table of it or its VPC is in these files", declared.place)
        return self._route(table)

    def _association(self, subnet: str, vpc: str | None) -> Doubt | None:
        """Whether a subnet may have another route table than it seems."""
        own = self._associations.get(subnet)
        if own is None:
            if self._anywhere is not None:
                return self._anywhere
            return None if vpc is None else self._main(vpc)
        tables = set[str]()
        for association in own:
            table = self._table_of(association)
            if isinstance(table, Unknown):
                return Doubt(f"RouteTableId: {table.why}", association.place)
            if not self._is_here(table):
                return Doubt("its route table is not in these files", association.place)
            tables.add(str(table))
        return _condition(own) or (
            Doubt("it is associated with several route tables", own[0].place, assumed=True) if len(tables) > 1 else None
        )

    def _main(self, vpc: str) -> Doubt | None:
        """Whether a subnet that is associated with no route table may have another than the main one of its VPC."""
        table = self.configuration.tables.get(default_of(vpc, MAIN_TABLE))
        moved = self._main_associations.get(vpc, ())
        if len(moved) > 1:
            return Doubt("its VPC has several main route tables", moved[0].place, assumed=True)
        for association in moved:
            if not self._is_here(self._table_of(association)):
                return Doubt("the main route table of its VPC is not in these files", association.place)
        if moved:
            return _condition(moved)
        if table is not None and all(route.leads is Leads.LOCAL for route in table.routes):
            # Nothing here uses the table that AWS makes: routes, or another table, may come from elsewhere.
            place = self.ids.resource[self.ids.address[vpc]].place if vpc in self.ids.address else None
            return Doubt("it is associated with no route table", place or Place(self.declared.source), assumed=True)
        return None

    def _route(self, table: RoutesOf) -> Doubt | None:
        """Whether a default route of a table may be another one, or be there although none is seen."""
        declared = self._tables.get(table.id)
        if declared is not None and declared.conditional:
            return Doubt(declared.conditional, declared.place, assumed=True)
        place = Place(self.declared.source) if declared is None else declared.place
        defaults = {(route.leads, route.target) for route in table.routes if route.block == _EVERYWHERE}
        if len(defaults) > 1:
            return Doubt("it has several default routes", place, assumed=True)
        if not defaults:
            return self._unseen(table, place)
        seen = [route for route in self._routes.get(table.id, ()) if self._is_default(route)]
        for route in seen:
            if (why := self._open_target(route.properties)) is not None:
                return Doubt(why, route.place)
        return _condition(seen)

    def _unseen(self, table: RoutesOf, place: Place) -> Doubt | None:
        """Why a table in which no default route is seen may have one all the same."""
        for route in self._routes.get(table.id, ()):
            if (why := self._open_destination(route.properties)) is not None:
                return Doubt(why, route.place)
        for route in self._homeless_routes:
            if self._is_default(route) or self._open_destination(route.properties) is not None:
                return Doubt("its route table is not known", route.place)
        if (why := self._open_inline(table.id)) is not None:
            return Doubt(why, place)
        for propagation in self.declared.of(resource_types.ROUTE_PROPAGATION):
            tables = self.ids.resolved(propagation.properties.get("RouteTableIds"))
            known = [self.ids.resolved(id) for id in tables] if isinstance(tables, list | tuple) else [tables]
            if table.id in known or any(isinstance(id, Unknown) for id in known):
                return Doubt("routes are propagated to it", propagation.place, assumed=True)
        if self.declared.faults:
            return Doubt("not all of these files was understood", self.declared.faults[0].place, assumed=True)
        return None

    def _open_inline(self, table: str) -> str | None:
        """Why the routes that are written in a table itself are not all known."""
        declared = self._tables.get(table)
        routes = None if declared is None else self.ids.resolved(declared.properties.get("Routes"))
        if isinstance(routes, Unknown):
            return routes.why
        for route in routes if isinstance(routes, list | tuple) else ():
            resolved = self.ids.resolved(route)
            if isinstance(resolved, Unknown):
                return resolved.why
            if isinstance(resolved, Mapping) and (why := self._open_destination(resolved)) is not None:
                return why
        return None

    def _open_destination(self, route: Mapping[str, Value]) -> str | None:
        """Why it is not known where a route is to."""
        said = [self.ids.resolved(route.get(name)) for name in _DESTINATIONS]
        if any(isinstance(destination, str) for destination in said):
            return None
        return next((destination.why for destination in said if isinstance(destination, Unknown)), None)

    def _open_target(self, route: Mapping[str, Value]) -> str | None:
        """Why it is not known what a route leads to."""
        said = [self.ids.resolved(value) for name, value in route.items() if name not in _NO_TARGETS]
        if any(isinstance(target, str) for target in said):
            return None
        return next((target.why for target in said if isinstance(target, Unknown)), None)

    def _is_default(self, route: Resource) -> bool:
        return self.ids.resolved(route.properties.get("DestinationCidrBlock")) == str(_EVERYWHERE)

    def _is_here(self, table: Value) -> bool:
        """Whether a route table is declared; whatever else stands in its place is none."""
        return isinstance(table, str) and table in self.configuration.tables

    def _table_of(self, resource: Resource) -> Value:
        return self.ids.resolved(resource.properties.get("RouteTableId"))

    @cached_property
    def _tables(self) -> dict[str, Resource]:
        return {self.ids.of[table.address]: table for table in self.declared.of(resource_types.ROUTE_TABLE)}

    @cached_property
    def _associations(self) -> dict[str, list[Resource]]:
        return self._by(resource_types.ROUTE_TABLE_ASSOCIATION, "SubnetId")

    @cached_property
    def _main_associations(self) -> dict[str, list[Resource]]:
        return self._by(resource_types.MAIN_ROUTE_TABLE_ASSOCIATION, "VpcId")

    @cached_property
    def _routes(self) -> dict[str, list[Resource]]:
        return self._by(resource_types.ROUTE, "RouteTableId")

    @cached_property
    def _homeless_routes(self) -> list[Resource]:
        return [route for route in self.declared.of(resource_types.ROUTE) if isinstance(self._table_of(route), Unknown)]

    @cached_property
    def _anywhere(self) -> Doubt | None:
        """The first association of which it is not known which subnet's it is: it may be any's that has no other."""
        for association in self.declared.of(resource_types.ROUTE_TABLE_ASSOCIATION):
            subnet = self.ids.resolved(association.properties.get("SubnetId"))
            if isinstance(subnet, Unknown):
                return Doubt(f"SubnetId: {subnet.why}", association.place)
        return None

    def _by(self, kind: str, property: str) -> dict[str, list[Resource]]:
        """The resources of a type by what one of their properties says, where that is known."""
        by: dict[str, list[Resource]] = {}
        for resource in self.declared.of(kind):
            value = self.ids.resolved(resource.properties.get(property))
            if isinstance(value, str):
                by.setdefault(value, []).append(resource)
        return by


def _condition(resources: Iterable[Resource]) -> Doubt | None:
    """The condition of the first of some resources that has one."""
    conditions: Iterator[Doubt] = (
        Doubt(resource.conditional, resource.place, assumed=True) for resource in resources if resource.conditional
    )
    return next(conditions, None)
