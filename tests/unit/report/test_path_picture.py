"""The picture of the path: every shape of network, drawn within its frame."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.limits import HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION
from narrows.network import HopKind
from narrows.report.path.grouping import MOST_ALIKE, grouped
from narrows.report.path.layout import WIDTH, Box, lay_out
from narrows.report.path.model import Level, Mark, Pipe, Route, Source, Spill, Stage, Table
from narrows.report.path.picture import draw
from narrows.report.path.pipes import figures
from narrows.report.path.portrait import draw_portrait
from tests.unit.report.samples import EVIL

_SVG = "{http://www.w3.org/2000/svg}"
ENI, NAT = HYPERPLANE_ENI_CONNECTIONS.value, NAT_CONNECTIONS_PER_DESTINATION.value


def enis(count: int, low: float | None, high: float | None = None, mark: Mark | None = None) -> Pipe:
    """So many ENIs, each as full as the others."""
    binds = mark in (Mark.NARROWS, Mark.LIKELY)
    tables = tuple(Table(f"private-{n}", ENI, low, low if high is None else high, binds) for n in range(count))
    return Pipe(HopKind.HYPERPLANE_ENI, "private / sg-app", tables, mark=mark, measured=False)


def nat(count: int, peak: float | None, mark: Mark | None = None) -> Pipe:
    """A NAT gateway with so many addresses, each as full as the others."""
    binds = mark in (Mark.NARROWS, Mark.LIKELY)
    tables = tuple(Table(f"address {n}", NAT, peak, peak, binds) for n in range(count))
    return Pipe(HopKind.NAT_GATEWAY, "nat-a", tables, id="nat-0a1b", mark=mark)


def end(peak: float | None = None, name: str = "cache") -> Pipe:
    """A destination."""
    return Pipe(HopKind.DESTINATION, name, (Table(name, None, peak, peak),), note="cache.example.com:443\n203.0.113.10")


def route(*pipes: Pipe, destination: Pipe | None = None, **more: object) -> Route:
    """A function behind one pipe in each stage."""
    stages = tuple(Stage(f"stage {n}", "so many", (pipe,)) for n, pipe in enumerate(pipes))
    links = tuple((n, 0, 0) for n in range(len(pipes) - 1))
    whole = Route((Source("storefront", 9000, "9,000 busy"),), stages, destination or end(), links)
    return replace(whole, **more)  # type: ignore[arg-type]


SHAPES = {
    "act 1": route(
        enis(1, 55_000, mark=Mark.NEXT), nat(1, 55_000, Mark.NARROWS), spill=Spill(35_000, "35,000 timed out")
    ),
    "act 2": route(enis(1, 64_000, 65_000, Mark.LIKELY), nat(8, 8_125), spill=Spill(25_000, "25,000 timed out")),
    "act 3": route(enis(2, 45_000), nat(2, 45_000)),
    "16 ENIs": route(enis(16, 20_000, 30_000), nat(8, 50_000)),
    "regional": route(enis(3, None), nat(32, 4_000)),
    "no NAT": route(enis(1, 10), Pipe(HopKind.INTERFACE_ENDPOINT, "vpce-1", (Table("vpce-1", None, 10, 20),))),
    "no VPC": replace(route(destination=end(9_000)), in_vpc=False),
    "nothing known": route(enis(1, None), nat(1, None)),
    "blocked": route(enis(1, None), blocked="no security group lets out port 443"),
    "idle": route(enis(1, 0), nat(1, 0), destination=end(0)),
    "no limit, no load": route(enis(1, 0), Pipe(HopKind.LOCAL, "peering", (Table("peering", None),))),
    "several": Route(
        tuple(Source(f"function-{n}", n * 100 or None) for n in range(9)),
        (Stage("a", "b", (enis(1, 9), enis(2, 64_999))), Stage("c", "d", (nat(1, 9), nat(3, 43_000)))),
        end(130_000),
        ((0, 0, 0), (0, 1, 1)),
        (Source("batch", note="containers behind nat-a", leads_to=0),),
    ),
    "evil": route(
        replace(enis(1, 5), label=EVIL, note=EVIL),
        replace(nat(2, 5), label=EVIL, id=EVIL),
        destination=replace(end(5, EVIL), note=EVIL),
        sources=(Source(EVIL, 1, EVIL, EVIL),),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("tall", [False, True], ids=["landscape", "portrait"])
def test_every_shape_is_drawn_well_formed_and_for_screen_readers(name: str, tall: bool) -> None:
    shown = SHAPES[name]
    root = ElementTree.fromstring(str((draw_portrait if tall else draw)(shown, "key")))
    assert root.get("role") == "img"
    described = {node.get("id") for node in root if node.tag in (f"{_SVG}title", f"{_SVG}desc")}
    assert set((root.get("aria-labelledby") or "").split()) == described
    assert not list(root.iter(f"{_SVG}script"))
    allowed = {"svg", "g", "title", "desc", "defs", "pattern", "path", "rect", "text", "tspan", "circle"}
    assert {node.tag.removeprefix(_SVG) for node in root.iter()} <= allowed
    attributes = {attribute for node in root.iter() for attribute in node.attrib}
    assert not any(attribute.startswith("on") or attribute == "style" for attribute in attributes)
    everything = "".join(root.itertext())
    for pipe in (pipe for stage in shown.stages for pipe in stage.pipes):
        assert pipe.label in everything


def words(shown: Route) -> str:
    """All visible text of the picture."""
    root = ElementTree.fromstring(str(draw(shown, "key")))
    return " | ".join("".join(node.itertext()) for node in root.iter(f"{_SVG}text"))


def css(shown: Route) -> list[str]:
    """The classes of all shapes."""
    return [node.get("class", "") for node in ElementTree.fromstring(str(draw(shown, "key"))).iter()]


def test_the_narrows_is_seen_by_colour_flag_and_number() -> None:
    shown = SHAPES["act 1"]
    assert "THE NARROWS" in words(shown)
    assert "55,000 of 55,000" in words(shown)
    assert "100 %" in words(shown)
    assert "35,000 timed out" in words(shown)
    assert "BINDS NEXT" in words(shown)
    assert css(shown).count("fill full") == 1


def test_a_likely_narrows_says_so_and_the_other_tables_show_their_room() -> None:
    shown = SHAPES["act 2"]
    assert "LIKELY THE NARROWS" in words(shown)
    assert "98–100 %" in words(shown)
    assert css(shown).count("fill full") == 1
    assert css(shown).count("fill free") == 8


def test_width_is_capacity_and_fill_is_peak_on_one_scale() -> None:
    layout = lay_out(SHAPES["act 2"])
    eni, gateway = (column.pipes[0] for column in layout.columns)
    assert eni.tables[0].height == pytest.approx(ENI * layout.scale)
    assert gateway.tables[0].height == pytest.approx(NAT * layout.scale)
    root = ElementTree.fromstring(str(draw(SHAPES["act 2"], "key")))
    fills = [node for node in root.iter(f"{_SVG}rect") if node.get("class") == "fill free"]
    assert float(fills[0].get("height", 0)) == pytest.approx(8_125 * layout.scale, abs=0.06)


def test_an_estimate_is_hatched_and_what_nothing_shows_says_so() -> None:
    estimated = str(draw(SHAPES["16 ENIs"], "key"))
    assert 'fill="url(#key-free)"' in estimated
    unknown = SHAPES["nothing known"]
    assert 'fill="url(#key-unknown)"' in str(draw(unknown, "key"))
    assert "no metric shows this" in words(unknown)
    assert "not in this case" in words(unknown)
    assert "peak unknown, of 65,000" in words(unknown)


def test_an_estimate_that_is_full_where_nothing_binds_is_possibly_full() -> None:
    assert "POSSIBLY FULL" in words(route(enis(1, 65_000, mark=Mark.FIRST), nat(8, 8_125)))
    assert "WOULD FILL FIRST" in words(route(enis(1, 9_000, mark=Mark.FIRST), nat(8, 8_125)))


def test_dns_goes_past_every_table_of_a_vpc() -> None:
    assert "DNS goes another way" in words(SHAPES["act 1"])
    assert "DNS" not in words(SHAPES["no VPC"])
    assert "not in a VPC" in words(SHAPES["no VPC"])


def test_a_blocked_way_says_why_and_nothing_flows_on() -> None:
    assert "no security group" in words(SHAPES["blocked"])
    assert "stop" in css(SHAPES["blocked"])


def test_very_many_tables_that_are_as_full_are_drawn_as_one() -> None:
    (pipe,) = grouped(route(nat(MOST_ALIKE + 1, 100))).route.stages[0].pipes
    (one,) = pipe.tables
    assert one.capacity == NAT * (MOST_ALIKE + 1)
    assert (one.low, one.high) == (100 * (MOST_ALIKE + 1), 100 * (MOST_ALIKE + 1))
    (pipe,) = grouped(route(nat(MOST_ALIKE, 100))).route.stages[0].pipes
    assert len(pipe.tables) == MOST_ALIKE


@pytest.mark.parametrize(
    ("low", "high", "binds", "level"),
    [
        (None, None, False, Level.UNKNOWN),
        (0, 0, False, Level.FREE),
        (0.69, 0.69, False, Level.FREE),
        (0.7, 0.7, False, Level.FILLING),
        (0.5, 1.0, False, Level.FILLING),
        (0.9, 0.9, False, Level.FULL),
        (0.2, 0.4, True, Level.FULL),
    ],
)
def test_levels(low: float | None, high: float | None, binds: bool, level: Level) -> None:
    table = Table("t", 100, None if low is None else low * 100, None if high is None else high * 100, binds)
    assert table.level is level
    assert Pipe(HopKind.NAT_GATEWAY, "n", (Table("u", 100, 0, 0), table)).level in (level, Level.FREE)


def test_figures_in_words() -> None:
    assert figures(nat(8, 8_125)) == "65,000 of 440,000"
    assert figures(enis(1, 60_000, 65_000)) == "60,000–65,000 of 65,000"
    assert figures(end(9)) == "9 connections"
    assert figures(end()) == "no limit known"


peaks = st.none() | st.floats(0, 5e6)
tables = st.builds(
    lambda capacity, a, b, binds: Table(
        "table",
        capacity,
        None if a is None or b is None else min(a, b),
        None if a is None or b is None else max(a, b),
        binds,
    ),
    st.none() | st.integers(1, 2_000_000),
    peaks,
    peaks,
    st.booleans(),
)
pipes = st.builds(
    lambda inside, mark, label, note: Pipe(HopKind.NAT_GATEWAY, label, tuple(inside), note=note, mark=mark),
    st.lists(tables, min_size=1, max_size=40),
    st.none() | st.sampled_from(Mark),
    st.text(max_size=60),
    st.text(max_size=200),
)


@st.composite
def routes(draw_one: st.DrawFn) -> Route:
    """Any route, likely or not."""
    sources = draw_one(
        st.lists(
            st.builds(Source, st.text(max_size=80), st.none() | st.integers(0, 10**6), st.text(max_size=20)),
            min_size=1,
            max_size=9,
        )
    )
    firsts = draw_one(st.lists(pipes, max_size=4))
    seconds = draw_one(st.lists(pipes, max_size=4)) if firsts else []
    stages = [Stage("first", "limit", tuple(firsts))] if firsts else []
    links: list[tuple[int, int, int]] = []
    if seconds:
        stages.append(Stage("second", "limit", tuple(seconds)))
        places = st.tuples(st.just(0), st.integers(0, len(firsts) - 1), st.integers(0, len(seconds) - 1))
        links = draw_one(st.lists(places, max_size=6))
    others = draw_one(st.lists(st.builds(Source, st.text(max_size=40), note=st.text(max_size=90)), max_size=7))
    spill = draw_one(st.none() | st.builds(Spill, st.floats(0, 1e6), st.text(max_size=40)))
    return Route(
        tuple(sources),
        tuple(stages),
        draw_one(pipes),
        tuple(links),
        tuple(others) if seconds else (),
        draw_one(st.none() | st.text(min_size=1, max_size=90)),
        spill,
        bool(firsts),
    )


@settings(max_examples=40)
@given(routes())
def test_whatever_the_network_it_is_drawn_within_its_frame_and_nothing_overlaps(shown: Route) -> None:
    layout = lay_out(shown)
    boxes = [box for _, box in (*layout.sources, *layout.others)]
    boxes += [placed.box for column in layout.columns for placed in column.pipes]
    boxes.append(layout.destination.box)
    for box in boxes:
        assert box.y >= 0
        assert box.bottom <= layout.height
        assert box.x >= 0
        assert box.right <= WIDTH
    for column in layout.columns:
        for upper, lower in pairwise(column.pipes):
            assert upper.box.bottom < lower.box.y
        for placed in column.pipes:
            assert_stacked(placed.tables, placed.box)
    for picture in (draw(shown, "key"), draw_portrait(shown, "tall")):
        root = ElementTree.fromstring(str(picture))
        for node in root.iter(f"{_SVG}rect"):
            assert float(node.get("width", -1)) >= 0
            assert float(node.get("height", -1)) >= 0


def assert_stacked(inside: tuple[Box, ...], around: Box) -> None:
    """The boxes stand below each other and fill what is around them."""
    assert inside[0].y == pytest.approx(around.y)
    assert inside[-1].bottom == pytest.approx(around.bottom)
    for upper, lower in pairwise(inside):
        assert upper.bottom <= lower.y
