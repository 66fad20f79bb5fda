"""From a case and its diagnosis to the picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrows.case.model import Case, Metrics
from narrows.diagnose.model import Diagnosis, NextNarrows
from narrows.evidence.paths import read_ways
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION
from narrows.network import (
    Destination,
    Endpoint,
    Function,
    HopKind,
    NatGateway,
    NatKind,
    OtherClient,
    SecurityGroup,
    Subnet,
)
from narrows.report.path.loads import CaseLoads
from narrows.report.path.marks import Marks
from narrows.report.path.model import Level, Mark, Route
from narrows.report.path.routes import routes
from narrows.report.path.section import MOST_PICTURES, path_section
from narrows.tables import Table, TableId
from tests.unit.report.samples import cause, first_act, make_case, make_diagnosis, network, ramp, series

ENI, NAT = HYPERPLANE_ENI_CONNECTIONS.value, NAT_CONNECTIONS_PER_DESTINATION.value
NOTHING = make_diagnosis()


def routes_of(case: Case, diagnosis: Diagnosis = NOTHING) -> tuple[Route, ...]:
    """The routes of a case."""
    ways = read_ways(case)
    return routes(case, ways, CaseLoads(case, diagnosis), Marks.of(diagnosis))


def test_first_act() -> None:
    (route,) = routes_of(make_case(), first_act())
    (eni,), (nat,) = (stage.pipes for stage in route.stages)
    assert route.title == "storefront → cache"
    assert route.sources[0].environments == 9000
    assert (eni.label, eni.mark, eni.capacity) == ("private-a / sg-app", Mark.NEXT, ENI)
    assert eni.total == (55_000, 55_000)
    assert "no metric shows this" in eni.note
    assert (nat.label, nat.id, nat.mark, nat.level) == ("nat-a", "nat-0a1b2c3d", Mark.NARROWS, Level.FULL)
    assert nat.total == (55_000, 55_000)
    assert route.links == ((0, 0, 0),)
    assert route.spill is not None
    assert (route.spill.count, route.spill.label) == (35_000, "35,000 connects timed out")


def test_enis_behind_one_gateway_share_what_passed_it_evenly_and_that_is_assumed() -> None:
    (route,) = routes_of(make_case(network(subnets=2, addresses=8), active=90_000))
    eni, nat = (stage.pipes[0] for stage in route.stages)
    assert [(table.label, table.low, table.high, table.assumed) for table in eni.tables] == [
        ("private-a", 44_100, 45_900, True),
        ("private-b", 44_100, 45_900, True),
    ]
    assert "assumed" in eni.note
    assert len(nat.tables) == 8
    assert nat.capacity == 8 * NAT
    assert nat.tables[0].low == 90_000 / 8


def test_without_a_metric_nothing_is_known() -> None:
    case = replace(make_case(active=None), callers=replace(make_case().callers, complete=False))
    (route,) = routes_of(case)
    eni, nat = (stage.pipes[0] for stage in route.stages)
    assert eni.total is None
    assert eni.level is Level.UNKNOWN
    assert not eni.measured
    assert nat.total is None
    assert "not in the case" in nat.note


@pytest.mark.parametrize("complete", [True, False], ids=["every attempt known", "only failures known"])
def test_several_destinations_share_the_number_of_a_gateway(complete: bool) -> None:
    built = network()
    more = {**built.destinations, "queue": Destination("queue", 5672, ("203.0.113.77", "203.0.113.78"))}
    case = make_case(replace(built, destinations=more))
    case = replace(case, callers=replace(case.callers, complete=complete))
    nats = {route.destination.label: route.stages[1].pipes[0] for route in routes_of(case)}
    assert nats["queue"].capacity == 2 * NAT
    if complete:
        assert nats["cache"].total == (55_000, 55_000)
        assert nats["queue"].total == (0, 0)
    else:
        assert nats["cache"].total == nats["queue"].total == (0, 55_000)
        assert "at most" in nats["queue"].note


def test_a_gateway_that_would_fill_first_does_so_to_one_destination() -> None:
    built = network()
    addresses = tuple(f"203.0.113.{last}" for last in range(70, 75))
    case = make_case(
        replace(built, destinations={**built.destinations, "queue": Destination("queue", 5672, addresses)})
    )
    ways = read_ways(case)
    full = Table(TableId(HopKind.NAT_GATEWAY, "nat-0a1b2c3d", None, "203.0.113.72:5672"), NAT, 9)
    marks = Marks.planned(None, full)
    drawn = {route.destination.label: route for route in routes(case, ways, CaseLoads(case, NOTHING), marks)}
    assert drawn["queue"].stages[1].pipes[0].mark is Mark.FIRST
    assert drawn["cache"].stages[1].pipes[0].mark is None
    assert "and 4 more" in drawn["queue"].destination.note


def test_a_destination_that_no_one_named() -> None:
    case = make_case()
    topology = replace(case.topology, network=replace(network(), destinations={}))
    (route,) = routes_of(replace(case, destinations={}, topology=topology))
    assert route.destination.label == "destination not named"
    assert route.stages[1].pipes[0].total == (0, 55_000)


def test_functions_outside_a_vpc_go_straight() -> None:
    built = network()
    outside = replace(built, functions={"storefront": Function("storefront")})
    (route,) = routes_of(make_case(outside))
    assert not route.in_vpc
    assert route.stages == ()


def test_an_endpoint_stands_in_place_of_the_gateway() -> None:
    built = replace(network(), endpoints={"vpce-1": Endpoint("vpce-1", HopKind.INTERFACE_ENDPOINT, ("cache",))})
    (route,) = routes_of(make_case(built))
    assert route.stages[1].heading == "Interface endpoint"
    (pipe,) = route.stages[1].pipes
    assert (pipe.kind, pipe.label, pipe.capacity) == (HopKind.INTERFACE_ENDPOINT, "vpce-1", None)


def test_a_rule_that_blocks_ends_the_way() -> None:
    built = replace(network(), security_groups={"sg-app": SecurityGroup("sg-app", frozenset({80}))})
    (route,) = routes_of(make_case(built))
    assert len(route.stages) == 1
    assert route.blocked is not None
    assert "443" in route.blocked


def test_zones_of_a_regional_gateway_have_addresses_of_their_own() -> None:
    built = network(subnets=3)
    regional = replace(built, nat_gateways={"nat-0a1b2c3d": NatGateway("nat-0a1b2c3d", NatKind.REGIONAL, addresses=4)})
    (route,) = routes_of(make_case(regional))
    enis, nats = (stage.pipes for stage in route.stages)
    assert route.stages[1].heading == "Regional NAT gateway"
    assert [pipe.label for pipe in nats] == ["nat-a us-east-1a", "nat-a us-east-1b", "nat-a us-east-1c"]
    assert len(enis) == 3
    assert {pipe.capacity for pipe in nats} == {4 * NAT}
    assert {pipe.total for pipe in nats} == {(0.0, 55_000.0)}


def test_each_subnet_leads_to_its_own_gateway() -> None:
    built = network(subnets=2)
    two = replace(
        built,
        subnets={**built.subnets, "subnet-b": Subnet("subnet-b", "us-east-1b", "nat-b")},
        nat_gateways={**built.nat_gateways, "nat-b": NatGateway("nat-b", addresses=2)},
    )
    case = make_case(two)
    metrics = [one for one in case.metrics.series if one.dimensions.get("NatGatewayId") != "nat-b"]
    case = replace(case, metrics=Metrics((*metrics, series("ActiveConnectionCount", "nat-b", ramp(20_000)))))
    (route,) = routes_of(case)
    enis, nats = (stage.pipes for stage in route.stages)
    assert [pipe.label for pipe in enis] == ["private-a / sg-app", "private-b / sg-app"]
    assert [pipe.label for pipe in nats] == ["nat-a", "nat-b"]
    assert [pipe.total for pipe in enis] == [(55_000, 55_000), (20_000, 20_000)]
    assert route.links == ((0, 0, 0), (0, 1, 1))


def test_others_behind_the_gateway_are_shown_beside_it() -> None:
    built = replace(network(), others={"batch": OtherClient("batch", "nat-0a1b2c3d", kind="containers")})
    (route,) = routes_of(make_case(built))
    assert [(other.label, other.leads_to) for other in route.others] == [("batch", 0)]
    assert "containers" in route.others[0].note
    assert route.stages[1].pipes[0].total == (0, 55_000)


def test_an_unknown_number_of_addresses_is_no_limit() -> None:
    built = replace(network(), nat_gateways={"nat-0a1b2c3d": NatGateway("nat-0a1b2c3d", addresses=0)})
    (route,) = routes_of(make_case(built))
    (nat,) = route.stages[1].pipes
    assert nat.capacity is None
    assert "not known" in nat.note


def test_what_binds_comes_first_and_many_routes_are_counted() -> None:
    built = network()
    many = {f"d{n}": Destination(f"d{n}", 443, (f"203.0.113.{n}",)) for n in range(7)}
    diagnosis = make_diagnosis(
        cause("destination-connection-limit", "confirmed", resource="d5", limit="elasticache-connections"),
        narrows="destination-connection-limit",
    )
    case = make_case(replace(built, destinations=many))
    found = routes_of(case, diagnosis)
    assert found[0].destination.label == "d5"
    assert found[0].destination.mark is Mark.NARROWS
    section = path_section(case, diagnosis)
    assert len(section.pictures) == MOST_PICTURES
    assert section.more.startswith("3 more paths")
    assert any(row.binds for row in section.pictures[0].rows)


@pytest.mark.parametrize(("status", "mark"), [("confirmed", Mark.NARROWS), ("likely", Mark.LIKELY), ("possible", None)])
def test_only_a_sure_narrows_is_flagged(status: str, mark: Mark | None) -> None:
    diagnosis = make_diagnosis(
        cause("nat-port-exhaustion", status, resource="nat-0a1b2c3d"), narrows="nat-port-exhaustion"
    )
    (route,) = routes_of(make_case(), diagnosis)
    assert route.stages[1].pipes[0].mark is mark


def test_where_nothing_binds_the_next_would_be_the_first() -> None:
    following = NextNarrows("nat-port-exhaustion", "nat-0a1b2c3d", 110_000)
    (route,) = routes_of(make_case(active=9_000), make_diagnosis(next_narrows=following))
    assert route.stages[1].pipes[0].mark is Mark.FIRST
    assert route.spill is None
