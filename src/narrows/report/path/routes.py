"""From a case and its diagnosis to what the picture of the path shows: one route for each destination."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.case.model import Case
from narrows.case.outcomes import AMBIGUOUS
from narrows.diagnose.causes import CAUSES
from narrows.evidence.paths import UNNAMED, Way, Ways
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.network import Destination, EniKey, HopKind, NatKind, Resource
from narrows.report.path.loads import Load, Loads
from narrows.report.path.marks import Marks, names_of
from narrows.report.path.model import Mark, Pipe, Route, Source, Spill, Stage, Table
from narrows.words import count, short_name, with_names

_Exit = tuple[HopKind | None, str, str]
"""Kind, resource and Availability Zone (of a regional NAT gateway, else empty) of the hop after the ENI."""

NEXT_IN_IT = "full next: "


def routes(case: Case, ways: Ways, loads: Loads, marks: Marks) -> tuple[Route, ...]:
    """One route for each destination in question (and one more for functions in no VPC), the busiest first."""
    found: list[Route] = []
    for destination in ways.destinations():
        mine = ways.of_destination[destination.name]
        groups = [way for way in mine if way.subnet], [way for way in mine if not way.subnet]
        found += [_route(case, ways, loads, marks, destination, group) for group in groups if group]
    return tuple(sorted(found, key=_rank, reverse=True))


def _rank(route: Route) -> tuple[bool, float, float]:
    """What binds first, then what is fullest, then what carries most."""
    pipes = [*(pipe for stage in route.stages for pipe in stage.pipes), route.destination]
    bound = any(pipe.mark in (Mark.NARROWS, Mark.LIKELY) for pipe in pipes)
    shares = [pipe.fullest.used[0] for pipe in pipes if pipe.fullest and pipe.fullest.used]
    return bound or bool(route.blocked), max(shares, default=0.0), sum(s.environments or 0 for s in route.sources)


def _route(case: Case, ways: Ways, loads: Loads, marks: Marks, destination: Destination, group: Sequence[Way]) -> Route:
    sources = tuple(_source(case, loads, name) for name in dict.fromkeys(way.function for way in group))
    sources = tuple(sorted(sources, key=lambda source: -(source.environments or 0)))
    end = _destination(case, loads, marks, destination)
    if not group[0].subnet:
        return Route(sources, (), end, in_vpc=False)
    exits: dict[_Exit, list[EniKey]] = {}
    for way in group:
        if way.eni is not None:
            keys = exits.setdefault(_exit(ways, way), [])
            if way.eni not in keys:
                keys.append(way.eni)
    enis = tuple(_enis(case, ways, loads, marks, keys) for keys in exits.values())
    stages = [
        Stage(HopKind.HYPERPLANE_ENI.heading, f"{count(HYPERPLANE_ENI_CONNECTIONS.value)} connections each", enis)
    ]
    reached = [way for way in group if not way.blocked]
    blocked = None if reached else next((way.blocked for way in group if way.blocked), None)
    ways_out = [exit for exit in exits if exit[0] is not None]
    if ways_out and len(ways_out) == len(exits) and not blocked:
        stages.append(_stage_out(case, ways, loads, marks, destination, ways_out))
    links = tuple((0, index, index) for index in range(len(exits))) if len(stages) == 2 else ()
    gateways = [pipe_id for kind, pipe_id, _ in ways_out if kind is HopKind.NAT_GATEWAY]
    others = _others(case, ways, gateways) if len(stages) == 2 else ()
    why = with_names(case, blocked.text) if blocked else None
    return Route(sources, tuple(stages), end, links, others, why, _spill(case, marks))


def _exit(ways: Ways, way: Way) -> _Exit:
    if way.kind is None or way.resource is None:
        return None, "", ""
    zone = ""
    if way.kind is HopKind.NAT_GATEWAY:
        nat = ways.network.nat_gateways.get(way.resource)
        subnet = ways.network.subnets.get(way.subnet or "")
        zone = subnet.az if nat and subnet and nat.kind is NatKind.REGIONAL else ""
    return way.kind, "" if way.kind is HopKind.LOCAL else way.resource, zone


def _source(case: Case, loads: Loads, function: str) -> Source:
    busy = loads.busy(function)
    seen = case.callers.environments.get(function)
    if busy is not None:
        return Source(function, busy, f"{count(busy)} {loads.busy_words}")
    if seen is not None:
        return Source(function, seen, f"{count(seen)} seen")
    return Source(function)


def _enis(case: Case, ways: Ways, loads: Loads, marks: Marks, keys: Sequence[EniKey]) -> Pipe:
    tables = []
    notes: dict[str, None] = {}
    subnets = [case.topology.names.get(key.subnet, key.subnet) for key in keys]
    for key, subnet in zip(keys, subnets, strict=True):
        load = loads.eni(key)
        name = f"{subnet} / {_groups(case, key)}" if len(set(subnets)) < len(subnets) else subnet
        binds = marks.binds(HopKind.HYPERPLANE_ENI, key)
        tables.append(Table(name, ways.eni_capacity(key), load.low, load.high, binds, load.assumed))
        notes[load.note] = None
    notes[_next_in_it(case, marks, *keys)] = None
    whole = loads.enis(keys) if len(keys) > 1 else Load()
    groups = _groups(case, keys[0])
    same = all(key.security_groups == keys[0].security_groups for key in keys)
    label = f"{tables[0].label} / {groups}" if len(keys) == 1 else f"{len(keys)} Hyperplane ENIs"
    return Pipe(
        HopKind.HYPERPLANE_ENI,
        label,
        tuple(tables),
        id="" if len(keys) == 1 or not same else groups,
        note="; ".join(filter(None, notes)),
        mark=marks.at(*keys),
        measured=False,
        low=whole.low,
        high=whole.high,
    )


def _groups(case: Case, key: EniKey) -> str:
    return " + ".join(case.topology.names.get(group, group) for group in key.security_groups)


def _next_in_it(case: Case, marks: Marks, *resources: Resource) -> str:
    """Where one pipe stands for both: what is full, and what would be next."""
    following = marks.following
    both = following is not None and following in resources and marks.at(*resources) is marks.mark is not None
    return f"{NEXT_IN_IT}{short_name(case, following)}" if both and following is not None else ""


def _stage_out(
    case: Case, ways: Ways, loads: Loads, marks: Marks, destination: Destination, exits: Sequence[_Exit]
) -> Stage:
    pipes = []
    for kind, resource, zone in exits:
        if kind is HopKind.NAT_GATEWAY:
            pipes.append(_nat(case, ways, loads, marks, destination, resource, zone))
        elif kind is not None:
            pipes.append(_passage(case, loads, marks, kind, resource, destination))
    kinds = {kind for kind, _, _ in exits if kind is not None}
    if kinds == {HopKind.NAT_GATEWAY}:
        each = count(loads.nat_each)
        nats = [ways.network.nat_gateways.get(name) for _, name, _ in exits]
        plain = HopKind.NAT_GATEWAY.heading
        word = {NatKind.REGIONAL: "Regional NAT gateway", NatKind.PRIVATE: "Private NAT gateway"}
        kind_names = {word.get(nat.kind, plain) if nat else plain for nat in nats}
        heading = kind_names.pop() if len(kind_names) == 1 else "NAT gateways"
        return Stage(heading, f"{each} per address and unique destination", tuple(pipes))
    if len(kinds) == 1:
        kind = kinds.pop()
        return Stage(kind.heading, kind.holds, tuple(pipes))
    return Stage("Way out", "NAT gateways, endpoints and others", tuple(pipes))


def _nat(
    case: Case, ways: Ways, loads: Loads, marks: Marks, destination: Destination, resource: str, zone: str
) -> Pipe:
    addresses = ways.addresses(resource)
    behind = max(1, len(destination.addresses))
    each = loads.nat_each * behind if addresses else None
    load = loads.nat(resource, zone, destination)
    marks = marks.towards(destination, zone)
    binds = marks.binds(HopKind.NAT_GATEWAY, resource)
    tables = tuple(
        Table(
            f"address {index + 1}",
            each,
            load.low / max(1, addresses) if load.low is not None else None,
            load.high / max(1, addresses) if load.high is not None else None,
            binds,
        )
        for index in range(max(1, addresses))
    )
    notes = [
        "number of addresses not known" if not addresses else _addresses(addresses, behind, destination),
        load.note,
        _next_in_it(case, marks, resource),
    ]
    name = case.topology.names.get(resource, resource)
    return Pipe(
        HopKind.NAT_GATEWAY,
        f"{name} {zone}".strip(),
        tables,
        id=resource if name != resource else "",
        note="; ".join(filter(None, notes)),
        mark=marks.at(resource),
        low=load.low,
        high=load.high,
    )


def _addresses(addresses: int, behind: int, destination: Destination) -> str:
    own = "1 address" if addresses == 1 else f"{addresses} addresses"
    if not destination.addresses:
        return f"{own}; held against one unique destination"
    return own if behind == 1 else f"{own} to {behind} unique destinations"


def _passage(case: Case, loads: Loads, marks: Marks, kind: HopKind, resource: str, destination: Destination) -> Pipe:
    load = loads.destination(destination)
    name = case.topology.names.get(resource, resource) or kind.heading
    return Pipe(
        kind,
        name,
        (Table(name, None, load.low, load.high),),
        id=resource if resource and name != resource else "",
        note="no limit known, and no metric of connections",
        mark=marks.at(resource) if resource else None,
        measured=False,
    )


def _destination(case: Case, loads: Loads, marks: Marks, destination: Destination) -> Pipe:
    load = loads.destination(destination)
    where = destination.host or ""
    if destination.port:
        where = f"{where or 'port'}{':' if where else ' '}{destination.port}"
    addresses = destination.addresses
    lines = [where, *addresses[:2]]
    if len(addresses) > 2:
        lines[-1] = f"and {len(addresses) - 1} more"
    if not addresses:
        lines.append("addresses not known")
    names = names_of(destination)
    mark = marks.at(*names)
    bound = mark in (Mark.NARROWS, Mark.LIKELY)
    cap = loads.destination_limit(destination, bound=bound)
    binds = bound and any(marks.binds(HopKind.DESTINATION, name) for name in names)
    return Pipe(
        HopKind.DESTINATION,
        "destination not named" if destination.name == UNNAMED else destination.name,
        (Table(destination.name, cap, load.low, load.high, binds),),
        note="\n".join(filter(None, lines)),
        mark=mark,
    )


def _others(case: Case, ways: Ways, gateways: Sequence[str]) -> tuple[Source, ...]:
    found = []
    for index, gateway in enumerate(dict.fromkeys(gateways)):
        for name in ways.strangers(gateway) or ():
            other = ways.network.others.get(name)
            kind = other.kind if other else "function"
            through = short_name(case, gateway)
            found.append(Source(name, note=f"{kind} behind {through}: they share its table", leads_to=index))
    return tuple(found)


def _spill(case: Case, marks: Marks) -> Spill | None:
    """What did not get through, where something binds."""
    if marks.spill is not None:
        return marks.spill
    if marks.mark is None or marks.cause is None:
        return None
    cause = CAUSES[marks.cause.id]
    for outcome in (*cause.explains, *(AMBIGUOUS if cause.explains_timeouts else ())):
        failed = case.callers.total(outcome)
        if failed:
            return Spill(failed if case.callers.complete else 0, outcome.about.told_of(failed))
    if cause.counter is not None:
        counted = sum(one.total() for one in case.metrics.of(cause.counter.metric) if one.stat == "Sum")
        if counted:
            return Spill(0, f"{count(counted)} {cause.counter.what}")
    return Spill(0, cause.title)
