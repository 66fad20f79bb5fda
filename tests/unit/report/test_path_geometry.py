"""Whatever the network, its picture reads: no text on another, none over the edge, and no more than a screen of it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from narrows.network import HopKind
from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.report.path.grouping import MOST_PIPES, grouped
from narrows.report.path.model import Mark, Pipe, Route, Source, Spill, Stage, Table
from narrows.report.path.picture import draw
from narrows.report.path.planned import planned_section
from narrows.report.path.portrait import draw_portrait
from oracles.networks import random_network
from tests.unit.report.drawn_texts import drawn_texts, view_box

_HIGHEST = {"landscape": 900.0, "portrait": 1250.0}
"""About a screen: 1,120 pixels wide, and 328 on a phone."""

names = st.one_of(
    st.sampled_from(["cache", "private-a", "nat-a"]),
    st.builds(
        lambda words, number: "-".join((*words, str(number))),
        st.lists(st.sampled_from(["acme", "prod", "eu-central-1", "payments", "WORKER", "mmm"]), max_size=12),
        st.integers(0, 10**6),
    ),
    st.text(max_size=120),
)
shares = st.none() | st.tuples(st.floats(0, 1.5), st.floats(0, 0.2))


@st.composite
def pipes(draw_one: st.DrawFn, kind: HopKind) -> Pipe:
    """A pipe with tables of one size, as full as they happen to be."""
    capacity = draw_one(st.sampled_from([55_000, 65_000, 165_000, None]))
    tables = []
    for _ in range(draw_one(st.sampled_from([1, 1, 2, 3, 8, 17, 40]))):
        share = draw_one(shares)
        size = capacity or 60_000
        low, high = (None, None) if share is None else (share[0] * size, (share[0] + share[1]) * size)
        tables.append(Table(draw_one(names), capacity, low, high, draw_one(st.booleans()), draw_one(st.booleans())))
    note = draw_one(st.text(max_size=120))
    mark = draw_one(st.sampled_from([None, None, None, *Mark]))
    return Pipe(kind, draw_one(names), tuple(tables), draw_one(names), note, mark, draw_one(st.booleans()))


@st.composite
def whole_routes(draw_one: st.DrawFn) -> Route:
    """A route with a lane for each way out, up to very many."""
    lanes = draw_one(st.sampled_from([0, 1, 1, 2, 3, 6, 9]))
    enis = tuple(draw_one(pipes(HopKind.HYPERPLANE_ENI)) for _ in range(lanes))
    stages = [Stage("Hyperplane ENI", "65,000 connections each", enis)] if lanes else []
    blocked = draw_one(st.none() | st.text(min_size=1, max_size=150)) if lanes else None
    if lanes and not blocked and draw_one(st.booleans()):
        nats = tuple(draw_one(pipes(HopKind.NAT_GATEWAY)) for _ in range(lanes))
        stages.append(Stage("Regional NAT gateway", "55,000 per address and unique destination", nats))
    counts = st.none() | st.integers(0, 10**6)
    figures = st.sampled_from(["", "9,000 busy at once", "1,234,567 environments"])
    sources = st.lists(st.builds(Source, names, counts, figures), min_size=1, max_size=9)
    others = st.lists(st.builds(Source, names, note=st.text(max_size=120), leads_to=st.just(0)), max_size=5)
    return Route(
        tuple(draw_one(sources)),
        tuple(stages),
        draw_one(pipes(HopKind.DESTINATION)),
        tuple((0, lane, lane) for lane in range(lanes)) if len(stages) == 2 else (),
        tuple(draw_one(others)) if len(stages) == 2 else (),
        blocked,
        draw_one(st.none() | st.builds(Spill, st.floats(0, 1e6), names)),
        bool(lanes),
    )


def assert_it_reads(svg: str, shape: str) -> None:
    """No text on another, none over the edge, no more than a screen."""
    width, height = view_box(svg)
    assert height <= _HIGHEST[shape]
    texts = list(drawn_texts(svg))
    for text in texts:
        assert text.left >= -0.5, text
        assert text.right <= width + 0.5, text
        assert text.top >= 0, text
        assert text.bottom <= height, text
    for text, other in combinations(texts, 2):
        assert not text.overlaps(other), (text, other)


@settings(max_examples=60, deadline=None)
@given(whole_routes())
def test_whatever_the_network_it_reads(shown: Route) -> None:
    assert_it_reads(draw(shown, "key"), "landscape")
    assert_it_reads(draw_portrait(shown, "tall"), "portrait")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
@example(3)
def test_a_scenario_as_people_have_it_reads_at_each_move(seed: int) -> None:
    scenario = random_network(seed)
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    tables = all_tables(scenario.network, peak, scenario.assumptions, Routing())
    for picture in planned_section(scenario, peak, tables).pictures:
        assert_it_reads(picture.svg, "landscape")
        assert_it_reads(picture.portrait, "portrait")


def uneven(count: int) -> Pipe:
    """So many subnets, each fuller than the one before."""
    tables = [Table(f"private-{n:02d}", 65_000, 600.0 * n, 600.0 * n) for n in range(count)]
    return Pipe(HopKind.HYPERPLANE_ENI, f"{count} Hyperplane ENIs", tuple(tables))


def test_of_thirty_subnets_the_fullest_are_named_and_the_rest_counted() -> None:
    cache = Pipe(HopKind.DESTINATION, "cache", (Table("cache", None),))
    route = Route((Source("app"),), (Stage("Hyperplane ENI", "", (uneven(30),)),), cache)
    (pipe,) = grouped(route).route.stages[0].pipes
    assert [table.label for table in pipe.tables[:3]] == ["private-29", "private-28", "private-27"]
    (rest,) = [table for table in pipe.tables if table.stands_for > 1]
    assert rest.stands_for == 30 - (len(pipe.tables) - 1)
    assert rest.label == f"and {rest.stands_for} more subnets, none fuller than 15 %"
    assert (pipe.capacity, pipe.total) == (30 * 65_000, (261_000, 261_000))


@pytest.mark.parametrize("count", [MOST_PIPES, MOST_PIPES + 1, 40])
def test_what_binds_is_drawn_and_no_connection_is_lost_where_pipes_are_grouped(count: int) -> None:
    gateways = [
        Pipe(HopKind.NAT_GATEWAY, f"nat-{n:02d}", (Table("address 1", 55_000, 900.0 * n, 900.0 * n),))
        for n in range(count)
    ]
    bound = Pipe(HopKind.NAT_GATEWAY, "bound", (Table("address 1", 55_000, 10, 10, binds=True),), mark=Mark.NARROWS)
    cache = Pipe(HopKind.DESTINATION, "cache", (Table("cache", None),))
    route = Route((Source("app"),), (Stage("NAT gateway", "", (*gateways, bound)),), cache)
    pipes = grouped(route).route.stages[0].pipes
    assert len(pipes) == MOST_PIPES
    assert pipes[0].label == "bound"
    assert pipes[-1].label == f"{count + 1 - (MOST_PIPES - 1)} more NAT gateways"
    whole = sum(900 * n for n in range(count)) + 10
    assert sum(pipe.total[0] for pipe in pipes if pipe.total) == pytest.approx(whole)
