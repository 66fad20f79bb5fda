"""All edits of a plan, one after the other, make of today's network the plan's, and name nothing that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.network import Function, NatKind, Network
from narrows.plan import Plan, make_plan
from narrows.plan.changes.split_security_groups import SECOND_VERSION
from narrows.plan.edits import (
    ByHand,
    DualStack,
    Edit,
    MoreAddresses,
    NewEndpoint,
    NewNatGateway,
    NewSecurityGroup,
    NewSubnet,
    Placed,
    Rerouted,
    SecondVersion,
    edits_of,
)
from narrows.plan.model import Option
from narrows.scenario import Scenario
from oracles.networks import random_network
from tests.unit.plan.sites import site
from tests.unit.plan.test_every_step import sites


class Making:
    """A network while edits are made to it."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.made = set[str]()
        """New security groups."""

    def make(self, edit: Edit) -> None:
        """Make one edit. Raises ``AssertionError`` where it names what is not there."""
        now = self.network
        match edit:
            case MoreAddresses(gateway, after):
                assert gateway == now.nat_gateways[gateway.name]
                assert edit.more > 0
                gateways = {**now.nat_gateways, gateway.name: replace(gateway, addresses=after)}
                self.network = replace(now, nat_gateways=gateways)
            case NewNatGateway(gateway, beside, zones):
                self._make_gateway(edit)
                assert (gateway.kind is NatKind.REGIONAL) == bool(zones)
                assert beside in now.nat_gateways
            case NewSubnet(subnet, copy_of):
                assert subnet.name not in now.subnets
                assert copy_of in now.subnets
                self._route_exists(subnet.route)
                self.network = replace(now, subnets={**now.subnets, subnet.name: subnet})
            case Rerouted(name, before, after):
                assert now.subnets[name].route == before
                self._route_exists(after)
                subnets = {**now.subnets, name: replace(now.subnets[name], route=after)}
                self.network = replace(now, subnets=subnets)
            case NewSecurityGroup(name, copy_of):
                assert name not in self._groups()
                assert copy_of in self._groups()
                if copy_of in now.security_groups:
                    copied = replace(now.security_groups[copy_of], name=name)
                    self.network = replace(now, security_groups={**now.security_groups, name: copied})
                self.made.add(name)
            case DualStack(name):
                assert not now.subnets[name].ipv6
                self.network = replace(now, subnets={**now.subnets, name: replace(now.subnets[name], ipv6=True)})
            case NewEndpoint(endpoint, subnets, groups):
                assert endpoint.name not in now.endpoints
                self._placed_in(subnets, groups)
                self.network = replace(now, endpoints={**now.endpoints, endpoint.name: endpoint})
            case Placed():
                self._place(edit)
            case SecondVersion(name, subnets, groups):
                self._placed_in(subnets, groups)
                self._halve(now.functions[name], subnets, groups)
            case ByHand(what):
                assert what

    def _make_gateway(self, edit: NewNatGateway) -> None:
        now, gateway = self.network, edit.gateway
        assert gateway.name not in now.nat_gateways
        others = now.others
        if gateway.kind is NatKind.REGIONAL:
            home = now.nat_gateways[edit.beside].az
            others = {
                name: replace(one, route=gateway.name, az=one.az or home or edit.zones[0])
                if one.route == edit.beside
                else one
                for name, one in others.items()
            }
        else:
            assert gateway.kind is now.nat_gateways[edit.beside].kind
        self.network = replace(now, nat_gateways={**now.nat_gateways, gateway.name: gateway}, others=others)

    def _place(self, edit: Placed) -> None:
        now = self.network
        function = now.functions[edit.function]
        assert (function.subnets, function.security_groups) == (edit.subnets_before, edit.security_groups_before)
        self._placed_in(edit.subnets, edit.security_groups)
        if edit.dual_stack:
            assert all(now.subnets[name].ipv6 for name in edit.subnets if name in now.subnets)
        placed = replace(
            function, subnets=edit.subnets, security_groups=edit.security_groups, dual_stack=edit.dual_stack
        )
        self.network = replace(now, functions={**now.functions, edit.function: placed})

    def _halve(self, whole: Function, subnets: tuple[str, ...], groups: tuple[str, ...]) -> None:
        reserved = whole.reserved_concurrency
        half = replace(whole, reserved_concurrency=None if reserved is None else (reserved + 1) // 2)
        second = replace(half, name=whole.name + SECOND_VERSION, subnets=subnets, security_groups=groups)
        functions = {**self.network.functions, half.name: half, second.name: second}
        self.network = replace(self.network, functions=functions)

    def _placed_in(self, subnets: Iterable[str], groups: Iterable[str]) -> None:
        used = {one for function in self.network.functions.values() for one in function.subnets}
        assert set(subnets) <= {*self.network.subnets, *used}
        assert set(groups) <= self._groups()

    def _route_exists(self, route: str) -> None:
        used = {one.route for one in self.network.subnets.values()}
        assert route in self.network.nat_gateways or route in used

    def _groups(self) -> set[str]:
        used = {one for function in self.network.functions.values() for one in function.security_groups}
        return {*self.network.security_groups, *used, *self.made}


def made_by_edits(today: Network, option: Option) -> Network:
    """Today's network with every edit made, as the plan has it: without the gateways whose traffic a regional one
    takes over, which stay."""
    making = Making(today)
    replaced = set[str]()
    for change in edits_of(today, option):
        for edit in change.edits:
            making.make(edit)
            if isinstance(edit, NewNatGateway) and edit.gateway.kind is NatKind.REGIONAL:
                replaced.add(edit.beside)
    left = {name: one for name, one in making.network.nat_gateways.items() if name not in replaced}
    assert replaced <= making.network.nat_gateways.keys()
    return replace(making.network, nat_gateways=left)


def check(plan: Plan) -> None:
    for option in (plan.best, *plan.alternatives):
        if option is not None:
            assert made_by_edits(plan.today.network, option) == option.scenario.network
            assert [one.change for one in edits_of(plan.today.network, option)] == list(option.changes)


@settings(max_examples=10)
@given(sites(), st.sampled_from((0.0, 0.3)))
def test_edits_make_the_network_of_the_plan(scenario: Scenario, headroom: float) -> None:
    check(make_plan(scenario, headroom=headroom))


@pytest.mark.slow
@settings(max_examples=200)
@given(sites(), st.sampled_from((0.0, 0.3)))
def test_edits_make_the_network_of_the_plan_of_many(scenario: Scenario, headroom: float) -> None:
    check(make_plan(scenario, headroom=headroom))


CONDITIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("use-ipv6-egress",),
    ("use-interface-endpoint",),
    ("leave-vpc",),
    ("use-egress-proxy", "use-ipv6-egress"),
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_edits_of_networks_as_people_have_them(seed: int) -> None:
    scenario = over_ipv6(random_network(seed))
    check(make_plan(scenario, growth=(1.0, 3.0, 10.0)[seed % 3], possible=CONDITIONS[seed % len(CONDITIONS)]))


def over_ipv6(scenario: Scenario) -> Scenario:
    """The same with destinations that can be reached over IPv6."""
    destinations = {name: replace(one, ipv6=not one.local) for name, one in scenario.network.destinations.items()}
    return replace(scenario, network=replace(scenario.network, destinations=destinations))


DIVIDED = {"add-subnets", "add-nat-gateway"}


def test_a_subnet_waits_for_the_gateway_that_it_leads_to() -> None:
    """Subnets come before the NAT gateways among the changes, and some of the new ones lead to a new gateway."""
    scenario = site({"f": (["a"], 3000, 300)}, subnets={"a": "nat"}, nats={"nat": 8})
    plan = make_plan(scenario, headroom=0.0)
    assert plan.best is not None
    option = next(one for one in (plan.best, *plan.alternatives) if {c.action.id for c in one.changes} >= DIVIDED)
    by_action = {one.change.action.id: one.edits for one in edits_of(plan.today.network, option)}
    waiting = [edit for edit in by_action["add-nat-gateway"] if isinstance(edit, NewSubnet)]
    made = {edit.gateway.name for edit in by_action["add-nat-gateway"] if isinstance(edit, NewNatGateway)}
    assert waiting
    assert {edit.subnet.route for edit in waiting} <= made
    assert not any(isinstance(edit, Placed) for edit in by_action["add-subnets"])


def test_names_of_several_kinds_may_be_one_name() -> None:
    scenario = site({"a": (["a"], 1000, 200)}, subnets={"a": "a"}, nats={"a": 1}, groups={"a": "a"})
    check(make_plan(scenario, headroom=0.3))
