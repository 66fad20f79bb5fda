"""What of a large network is drawn one by one: the fullest. The rest of it is drawn together, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from narrows.listing import counted
from narrows.network import HopKind
from narrows.report.path.model import Pipe, Route, Source, Stage, Table
from narrows.words import percent

MOST_PIPES = 6
"""More resources in one column than this: the rest of them is drawn as one."""
MOST_ALIKE = 16
"""Tables that all are as full as each other, such as the addresses of a NAT gateway, are drawn side by side up to this
many, and without names."""
_ROWS = 14
"""Tables with names that one column has room for."""
MOST_SOURCES = 5
"""More functions in one column than this are summed up in one box."""
MOST_OTHERS = 2
"""The same for other clients of NAT gateways."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """A route as far as it is drawn."""

    route: Route
    """With its pipes by fill, the fullest first, and the tables in each."""
    more_sources: Source | None = None
    """Stands for the functions that have no box of their own."""
    more_others: int = 0
    """Other clients that have none."""

    @property
    def compact(self) -> bool:
        """Whether there are so many pipes that each gets one line of text."""
        return any(len(stage.pipes) > 2 for stage in self.route.stages)


def grouped(route: Route) -> Grouped:
    """What is drawn of a route."""
    ranks = _ranks(route)
    places: list[dict[int, int]] = []
    stages: list[Stage] = []
    for stage, rank in zip(route.stages, ranks, strict=True):
        order = sorted(range(len(stage.pipes)), key=lambda place: rank[place], reverse=True)
        most = len(order) if len(order) <= MOST_PIPES else MOST_PIPES - 1
        places.append({old: min(new, most) for new, old in enumerate(order)})
        pipes = [with_rows(stage.pipes[place], len(order)) for place in order[:most]]
        if len(order) > most:
            pipes.append(_together([stage.pipes[place] for place in order[most:]]))
        stages.append(replace(stage, pipes=tuple(pipes)))
    links = dict.fromkeys((stage, places[stage][a], places[stage + 1][b]) for stage, a, b in route.links)
    others = route.others[:MOST_OTHERS]
    if len(places) > 1:
        others = tuple(replace(other, leads_to=places[1].get(other.leads_to, 0)) for other in others)
    shown, rest = route.sources[:MOST_SOURCES], route.sources[MOST_SOURCES:]
    return Grouped(
        replace(route, sources=shown, stages=tuple(stages), links=tuple(links), others=others),
        _more_sources(rest) if rest else None,
        len(route.others) - len(others),
    )


def has_rows(pipe: Pipe) -> bool:
    """Whether each of its tables has a name of its own: those that are as full as each other need none."""
    return len({(table.capacity, table.low, table.high, table.binds) for table in pipe.tables}) > 1


def by_fill(pipes: Sequence[Pipe]) -> list[Pipe]:
    """The fullest first; what binds before all others."""
    return sorted(pipes, key=_fill, reverse=True)


def _fill(pipe: Pipe) -> tuple[bool, float]:
    fullest = pipe.fullest
    return pipe.mark is not None, fullest.used[1] if fullest and fullest.used else -1.0


def _ranks(route: Route) -> list[list[tuple[bool, float]]]:
    """Of each pipe its fill, or that of what it leads to or comes from: what is one way stays at one height."""
    own = [[_fill(pipe) for pipe in stage.pipes] for stage in route.stages]
    ranks = [list(stage) for stage in own]
    for stage, a, b in route.links:
        ranks[stage][a] = max(ranks[stage][a], own[stage + 1][b])
        ranks[stage + 1][b] = max(ranks[stage + 1][b], own[stage][a])
    return ranks


def _more_sources(rest: Sequence[Source]) -> Source:
    known = [source.environments for source in rest if source.environments is not None]
    figure = counted(sum(known), "environment") if len(known) == len(rest) else ""
    return Source(f"{len(rest):,} more functions", sum(known) if known else None, figure)


def with_rows(pipe: Pipe, pipes: int = 1) -> Pipe:
    """A pipe with its tables by fill; more than there is room for beside so many pipes are drawn as one."""
    tables = sorted(pipe.tables, key=_used, reverse=True)
    if not has_rows(pipe):
        if len(tables) <= MOST_ALIKE:
            return pipe
        low, high = pipe.total or (None, None)
        one = replace(
            tables[0], label=f"{len(tables):,} tables, each as full", capacity=pipe.capacity, low=low, high=high
        )
        return replace(pipe, tables=(replace(one, stands_for=len(tables)),), low=low, high=high)
    most = max(2, _ROWS // max(1, pipes) - 1)
    if len(tables) <= most + 1:
        return replace(pipe, tables=tuple(tables))
    return replace(pipe, tables=(*tables[:most], _rest(pipe, tables[most:])))


def _used(table: Table) -> tuple[bool, float]:
    return table.binds, table.used[1] if table.used else -1.0


def _rest(pipe: Pipe, tables: Sequence[Table]) -> Table:
    """One table that stands for many."""
    thing = "more address" if pipe.kind is HopKind.NAT_GATEWAY else "more ENI"
    if pipe.kind is HopKind.HYPERPLANE_ENI and not any(" / " in table.label for table in tables):
        thing = "more subnet"
    things = "more addresses" if thing.endswith("address") else f"{thing}s"
    return _sum(tables, f"and {counted(len(tables), thing, things)}{_none_fuller(tables)}")


def _none_fuller(tables: Sequence[Table]) -> str:
    used = [table.used[1] for table in tables if table.used]
    if len(used) < len(tables):
        return ""
    most = max(used)
    return f", none fuller than {percent(ceil(most * 100) / 100)}" if most < 1 else ""


def _sum(tables: Sequence[Table], label: str) -> Table:
    capacities = [table.capacity for table in tables if table.capacity is not None]
    lows = [table.low for table in tables if table.low is not None]
    highs = [table.high for table in tables if table.high is not None]
    known = len(lows) == len(highs) == len(tables)
    return Table(
        label,
        sum(capacities) if len(capacities) == len(tables) else None,
        sum(lows) if known else None,
        sum(highs) if known else None,
        any(table.binds for table in tables),
        any(table.assumed for table in tables),
        sum(table.stands_for for table in tables),
    )


def _together(pipes: Sequence[Pipe]) -> Pipe:
    """One pipe that stands for many."""
    tables = [table for pipe in pipes for table in pipe.tables]
    kinds = {pipe.kind for pipe in pipes}
    kind = kinds.pop() if len(kinds) == 1 else HopKind.LOCAL
    enis = kind is HopKind.HYPERPLANE_ENI
    number = len(tables) if enis else len(pipes)
    thing = "Hyperplane ENI" if enis else "NAT gateway" if kind is HopKind.NAT_GATEWAY else "way out"
    things = "ways out" if thing == "way out" else f"{thing}s"
    label = f"{number:,} more {thing if number == 1 else things}"
    totals = [pipe.total for pipe in pipes]
    known = [total for total in totals if total is not None]
    whole = len(known) == len(totals)
    table = _sum(tables, f"{label}{_none_fuller(tables)}")
    low = sum(total[0] for total in known) if whole else None
    high = sum(total[1] for total in known) if whole else None
    return Pipe(
        kind,
        label,
        (replace(table, low=low, high=high, label=label),),
        note=_none_fuller(tables).removeprefix(", "),
        measured=all(pipe.measured for pipe in pipes),
        low=low,
        high=high,
    )
