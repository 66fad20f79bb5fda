"""The network: which Hyperplane ENIs there are, and the path of every connection."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.limits import FILE_DESCRIPTORS, HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION
from narrows.network import (
    Egress,
    Endpoint,
    EniKey,
    Function,
    HopKind,
    Network,
    SecurityGroup,
)
from tests.unit.core.networks import CACHE, A, B, network


def kinds(found: Network, function: str = "app", subnet: str | None = None) -> list[HopKind]:
    return [hop.kind for hop in found.path(function, "cache", subnet).hops]


class TestHyperplaneEnis:
    """One for each subnet and security-group set."""

    def test_one_per_subnet(self) -> None:
        enis = network(Function("app", ("a", "b"), ("sg",))).hyperplane_enis
        assert list(enis) == [EniKey("a", ("sg",)), EniKey("b", ("sg",))]
        assert all(eni.functions == ("app",) for eni in enis.values())
        assert all(eni.limit is HYPERPLANE_ENI_CONNECTIONS for eni in enis.values())

    def test_functions_with_the_same_pair_share_it(self) -> None:
        enis = network(Function("app", ("a",), ("x", "y")), Function("job", ("a", "b"), ("y", "x"))).hyperplane_enis
        assert enis[EniKey("a", ("x", "y"))].functions == ("app", "job")
        assert enis[EniKey("b", ("x", "y"))].functions == ("job",)

    def test_another_set_has_another_one(self) -> None:
        enis = network(Function("app", ("a",), ("x",)), Function("job", ("a",), ("x", "y"))).hyperplane_enis
        assert list(enis) == [EniKey("a", ("x",)), EniKey("a", ("x", "y"))]

    def test_published_versions_count(self) -> None:
        app = Function("app", ("a",), ("new",), versions=((("a",), ("old",)), (("a",), ("new",))))
        enis = network(app).hyperplane_enis
        assert list(enis) == [EniKey("a", ("new",)), EniKey("a", ("old",))]
        assert enis[EniKey("a", ("new",))].functions == ("app",)

    def test_a_function_outside_of_a_vpc_has_none(self) -> None:
        assert network(Function("app")).hyperplane_enis == {}

    @given(st.lists(st.sampled_from("vwxyz"), min_size=1, max_size=5).flatmap(st.permutations))
    def test_order_and_repetition_of_groups_do_not_matter(self, groups: list[str]) -> None:
        enis = network(Function("app", ("a",), tuple(groups))).hyperplane_enis
        assert list(enis) == [EniKey("a", tuple(sorted(set(groups))))]

    @given(
        st.lists(
            st.tuples(
                st.lists(st.sampled_from("ab"), max_size=2, unique=True),
                st.lists(st.sampled_from("xyz"), min_size=1, max_size=3),
            ),
            max_size=5,
        )
    )
    def test_as_many_as_there_are_different_pairs(self, configurations: list[tuple[list[str], list[str]]]) -> None:
        functions = [Function(f"f{i}", tuple(s), tuple(g)) for i, (s, g) in enumerate(configurations)]
        found = replace(network(), functions={one.name: one for one in functions}).hyperplane_enis
        pairs = {(subnet, frozenset(groups)) for subnets, groups in configurations for subnet in subnets}
        assert {(key.subnet, frozenset(key.security_groups)) for key in found} == pairs
        for key, eni in found.items():
            assert set(eni.functions) == {
                one.name
                for one in functions
                if key.subnet in one.subnets and set(one.security_groups) == set(key.security_groups)
            }

    def test_its_key_reads_well(self) -> None:
        assert str(EniKey("a", ("x", "y"))) == "a/x+y"
        assert network().eni_key("app", "a") == EniKey("a", ("sg",))


class TestPaths:
    """The hops of a connection, in order."""

    def test_through_a_nat_gateway(self) -> None:
        path = network().path("app", "cache")
        assert [(hop.kind, hop.name) for hop in path.hops] == [
            (HopKind.ENVIRONMENT, "app"),
            (HopKind.HYPERPLANE_ENI, "a/sg"),
            (HopKind.NAT_GATEWAY, "nat"),
            (HopKind.DESTINATION, "cache"),
        ]
        assert [hop.limit for hop in path.hops] == [
            FILE_DESCRIPTORS,
            HYPERPLANE_ENI_CONNECTIONS,
            NAT_CONNECTIONS_PER_DESTINATION,
            None,
        ]
        assert path.blocked is None
        nat = path.hop(HopKind.NAT_GATEWAY)
        assert nat is not None
        assert nat.tables == 2
        assert path.hop(HopKind.PROXY) is None

    def test_one_path_for_each_subnet(self) -> None:
        found = network(Function("app", ("a", "b"), ("sg",)))
        assert [path.subnet for path in found.paths("app", "cache")] == ["a", "b"]
        assert found.path("app", "cache").subnet == "a"
        assert found.path("app", "cache", "b").hops[1].name == "b/sg"

    def test_outside_of_a_vpc_there_is_nothing_between(self) -> None:
        found = network(Function("app"))
        assert kinds(found) == [HopKind.ENVIRONMENT, HopKind.DESTINATION]
        assert len(found.paths("app", "cache")) == 1

    @pytest.mark.parametrize(
        ("route", "way"),
        [("nat", HopKind.NAT_GATEWAY), (Egress.LOCAL, HopKind.LOCAL), (Egress.UNKNOWN, None)],
    )
    def test_routes_that_lead_on(self, route: str, way: HopKind | None) -> None:
        found = network(subnets=(replace(A, route=route),))
        middle = [] if way is None else [way]
        assert kinds(found) == [HopKind.ENVIRONMENT, HopKind.HYPERPLANE_ENI, *middle, HopKind.DESTINATION]
        assert found.path("app", "cache").blocked is None

    @pytest.mark.parametrize(
        ("route", "why"),
        [(Egress.NONE, "a has no route to cache"), (Egress.INTERNET_GATEWAY, "internet gateway")],
    )
    def test_routes_that_lead_nowhere(self, route: str, why: str) -> None:
        path = network(subnets=(replace(A, route=route),)).path("app", "cache")
        assert [hop.kind for hop in path.hops] == [HopKind.ENVIRONMENT, HopKind.HYPERPLANE_ENI]
        assert path.blocked is not None
        assert why in path.blocked

    def test_a_nat_gateway_that_a_case_does_not_describe_has_unknown_tables(self) -> None:
        nat = network(nats=()).path("app", "cache").hop(HopKind.NAT_GATEWAY)
        assert nat is not None
        assert nat.tables == 0

    def test_a_subnet_that_a_case_does_not_describe_is_passed_over(self) -> None:
        found = network(Function("app", ("unknown",), ("sg",)))
        assert kinds(found) == [HopKind.ENVIRONMENT, HopKind.HYPERPLANE_ENI, HopKind.DESTINATION]

    @pytest.mark.parametrize("kind", [HopKind.INTERFACE_ENDPOINT, HopKind.GATEWAY_ENDPOINT, HopKind.PROXY])
    def test_endpoints_lead_past_the_nat_gateway(self, kind: HopKind) -> None:
        found = network(endpoints=(Endpoint("ep", kind, ("cache",)),))
        assert kinds(found) == [HopKind.ENVIRONMENT, HopKind.HYPERPLANE_ENI, kind, HopKind.DESTINATION]

    def test_an_endpoint_serves_its_zones_and_destinations_only(self) -> None:
        app = Function("app", ("a", "b"), ("sg",))
        in_a = Endpoint("ep", HopKind.INTERFACE_ENDPOINT, ("cache",), ("us-east-1a",))
        found = network(app, endpoints=(in_a,))
        assert kinds(found, subnet="a")[2] is HopKind.INTERFACE_ENDPOINT
        assert kinds(found, subnet="b")[2] is HopKind.NAT_GATEWAY
        assert found.endpoint("cache", "us-east-1a") is in_a
        assert found.endpoint("cache", "us-east-1b") is None
        elsewhere = network(app, endpoints=(replace(in_a, destinations=("orders",)),))
        assert kinds(elsewhere, subnet="a")[2] is HopKind.NAT_GATEWAY

    def test_local_destinations_need_no_nat_gateway(self) -> None:
        found = network(destinations=(replace(CACHE, local=True),), subnets=(replace(A, route=Egress.NONE),))
        assert kinds(found)[2] is HopKind.LOCAL
        assert found.path("app", "cache").blocked is None

    @pytest.mark.parametrize(
        ("target", "subnet", "function", "way"),
        [
            (True, True, True, HopKind.EGRESS_ONLY_GATEWAY),
            (False, True, True, HopKind.NAT_GATEWAY),
            (True, False, True, HopKind.NAT_GATEWAY),
            (True, True, False, HopKind.NAT_GATEWAY),
        ],
    )
    def test_ipv6_needs_all_three(self, target: bool, subnet: bool, function: bool, way: HopKind) -> None:
        found = network(
            Function("app", ("a",), ("sg",), dual_stack=function),
            subnets=(replace(A, ipv6=subnet),),
            destinations=(replace(CACHE, ipv6=target),),
        )
        assert kinds(found)[2] is way

    def test_a_security_group_may_block(self) -> None:
        app = Function("app", ("a",), ("web", "db"))
        web, db = SecurityGroup("web", frozenset({80})), SecurityGroup("db", frozenset({5432}))
        path = network(app, groups=(web, db)).path("app", "cache")
        assert path.blocked == "no security group of app lets out port 443"
        assert path.hops[-1].kind is HopKind.HYPERPLANE_ENI

    @pytest.mark.parametrize(
        "groups",
        [
            (SecurityGroup("web", frozenset({443})), SecurityGroup("db", frozenset())),
            (SecurityGroup("web"), SecurityGroup("db", frozenset())),
            (SecurityGroup("web", frozenset({80})),),  # nothing is known of the other one
            (),
        ],
    )
    def test_any_security_group_may_let_out(self, groups: tuple[SecurityGroup, ...]) -> None:
        assert network(Function("app", ("a",), ("web", "db")), groups=groups).path("app", "cache").blocked is None

    def test_a_network_acl_may_block(self) -> None:
        found = network(subnets=(replace(A, denied_ports=frozenset({443})), B))
        assert found.path("app", "cache").blocked == "the network ACL of a denies port 443"
        assert found.path("app", "cache", "b").blocked is None

    def test_rules_hold_for_endpoints_too(self) -> None:
        found = network(
            subnets=(replace(A, denied_ports=frozenset({443})),),
            endpoints=(Endpoint("ep", HopKind.INTERFACE_ENDPOINT, ("cache",)),),
        )
        assert found.path("app", "cache").blocked is not None

    def test_unknown_names_are_key_errors(self) -> None:
        with pytest.raises(KeyError):
            network().path("nobody", "cache")
        with pytest.raises(KeyError):
            network().path("app", "nothing")

    def test_addresses_of_a_nat_gateway(self) -> None:
        assert network().nat_addresses("nat") == 2
