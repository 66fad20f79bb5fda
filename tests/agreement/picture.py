"""The report's picture of the path as data: the number of each table that is drawn, and what is marked as next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from narrows.case.model import Case
from narrows.diagnose import Diagnosis
from narrows.network import EniKey, HopKind, NatKind
from narrows.report.path.loads import CaseLoads
from narrows.report.path.marks import Marks
from narrows.report.path.model import Mark, Pipe, Route
from narrows.report.path.routes import NEXT_IN_IT, routes
from narrows.tables import TableId

TableNumber = tuple[TableId, float, float, int | None]
"""(Table, at least, at most, what it takes)."""


@dataclass(frozen=True)
class PictureReading:
    """One route."""

    title: str
    tables: tuple[TableNumber, ...]
    following: tuple[str, ...]
    """Resources that are marked as full next, or first."""
    texts: tuple[str, ...]


def read_pictures(case: Case, found: Diagnosis) -> list[PictureReading]:
    """Every route that the report draws."""
    loads = CaseLoads(case, found)
    drawn = routes(case, loads.ways, loads, Marks.of(found))
    return [_read(case, one) for one in drawn]


def _read(case: Case, route: Route) -> PictureReading:
    pipes = [pipe for stage in route.stages for pipe in stage.pipes]
    return PictureReading(
        route.title,
        tuple(number for pipe in (*pipes, route.destination) for number in _numbers(case, route, pipe)),
        tuple(
            _resource(case, pipe)
            for pipe in (*pipes, route.destination)
            if pipe.mark in (Mark.NEXT, Mark.FIRST) or NEXT_IN_IT in pipe.note
        ),
        (route.title, *(f"{pipe.label}: {pipe.note}" for pipe in pipes)),
    )


def _resource(case: Case, pipe: Pipe) -> str:
    """The resource of a pipe as JSON names it; of several ENIs the label."""
    return pipe.id if pipe.id and pipe.kind is not HopKind.HYPERPLANE_ENI else pipe.label


def _numbers(case: Case, route: Route, pipe: Pipe) -> Iterator[TableNumber]:
    if pipe.kind is HopKind.HYPERPLANE_ENI:
        yield from _of_enis(case, route, pipe)
    elif pipe.kind is HopKind.NAT_GATEWAY and pipe.total is not None:
        yield _of_gateway(case, route, pipe, *pipe.total)
    elif pipe.kind is HopKind.DESTINATION and pipe.total is not None:
        yield TableId(HopKind.DESTINATION, route.destination.label), *pipe.total, None


def _of_enis(case: Case, route: Route, pipe: Pipe) -> Iterator[TableNumber]:
    """Each table is labelled with its subnet; which security groups, the pipe says where they are the same."""
    network, names = case.topology.network, case.topology.names
    functions = {source.label for source in route.sources}
    keys = [key for key, eni in network.hyperplane_enis.items() if functions.intersection(eni.functions)]
    said = pipe.id or pipe.label.partition(" / ")[2]
    for table in pipe.tables:
        subnet, _, groups = table.label.partition(" / ")
        mine = [
            key for key in keys if names.get(key.subnet, key.subnet) == subnet and groups in ("", _groups(key, names))
        ]
        exact = [key for key in mine if said and _groups(key, names) == said]
        fitting = exact or mine
        if len(fitting) == 1 and table.low is not None and table.high is not None:
            yield TableId(HopKind.HYPERPLANE_ENI, fitting[0]), table.low, table.high, table.capacity


def _groups(key: EniKey, names: object) -> str:
    assert hasattr(names, "get")
    return " + ".join(names.get(one, one) for one in key.security_groups)


def _of_gateway(case: Case, route: Route, pipe: Pipe, low: float, high: float) -> TableNumber:
    """Over all addresses of the route's destination: its name, or, of one with a single address, that one."""
    network = case.topology.network
    label, names = pipe.label, case.topology.names
    regional = {one.name for one in network.nat_gateways.values() if one.kind is NatKind.REGIONAL}
    own = pipe.id or next((one for one in network.nat_gateways if label.startswith(names.get(one, one))), label)
    zone = label.rpartition(" ")[2] if own in regional else None
    name = route.destination.label
    known = case.destinations.get(name)
    single = known is not None and len(known.addresses) == 1
    where = f"{known.addresses[0]}:{known.port}" if known is not None and single else name
    return TableId(HopKind.NAT_GATEWAY, own, zone, where), low, high, pipe.capacity if single else None
