"""Prefix lists in security groups and route tables: by what is in them, else by the service in their name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.reachability import Answer, Obstacle, Reach
from tests.unit.case.cases import CASE_YAML, PUBLIC, TO_NAT, case_at, route_table, small
from tests.unit.case.test_bad_input import error_of
from tests.unit.case.ways import INSIDE, OPEN, answer, endpoints, interface, named, tables

S3_NAME = "com.amazonaws.us-east-1.s3"
BUCKET = "mine.s3.us-east-1.amazonaws.com"
TO_LIST = {"DestinationPrefixListId": "pl-1", "TransitGatewayId": "tgw-1", "State": "active"}


def lists(name: str | None = None, *cidrs: str) -> dict[str, Any]:
    """DescribePrefixLists; without blocks, DescribeManagedPrefixLists."""
    about = {"PrefixListName": name or "our-partners", **({"Cidrs": list(cidrs)} if cidrs else {})}
    return {"ec2/prefix-lists.json": {"PrefixLists": [{"PrefixListId": "pl-1", **about}]}}


def out_to_list() -> dict[str, Any]:
    """Nothing is let out but to the list."""
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    return {"ec2/security-groups.json": {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissionsEgress": [rule]}]}}


class TestEgress:
    @pytest.mark.parametrize(("cidr", "reach"), [("203.0.113.0/24", Reach.OPEN), ("198.51.100.0/24", Reach.BLOCKED)])
    def test_by_its_blocks(self, tmp_path: Path, cidr: str, reach: Reach) -> None:
        found = answer(tmp_path, out_to_list(), lists(None, cidr))
        assert found.reach is reach
        assert found.block is None or found.block.kind is Obstacle.EGRESS

    @pytest.mark.parametrize("files", [{}, lists()])
    def test_a_list_of_which_nothing_is_known_stays_unknown(self, tmp_path: Path, files: dict[str, Any]) -> None:
        found = answer(tmp_path, out_to_list(), files)
        assert (found.reach, set(found.missing)) == (Reach.UNKNOWN, {"prefix-lists"})

    @pytest.mark.parametrize(
        ("host", "service", "reach"),
        [
            (BUCKET, "s3", Reach.OPEN),
            ("dynamodb.us-east-1.amazonaws.com", "dynamodb", Reach.OPEN),
            ("111122223333.ddb.us-east-1.amazonaws.com", "dynamodb", Reach.OPEN),
            (BUCKET, "dynamodb", Reach.BLOCKED),
            ("mine.s3.eu-west-1.amazonaws.com", "s3", Reach.BLOCKED),
            ("streams.dynamodb.us-east-1.amazonaws.com", "dynamodb", Reach.BLOCKED),
            ("sqs.us-east-1.amazonaws.com", "s3", Reach.BLOCKED),
            ("sqs.us-east-1.amazonaws.com", "vpc-lattice", Reach.BLOCKED),
            ("bank.example.com", "s3", Reach.BLOCKED),
            ("bank.example.com", "vpc-lattice", Reach.UNKNOWN),
        ],
    )  # fmt: skip
    def test_by_the_service_that_it_is_named_after(self, tmp_path: Path, host: str, service: str, reach: Reach) -> None:
        about = CASE_YAML.replace("cache.example.com", host)
        assert answer(tmp_path, out_to_list(), lists(f"com.amazonaws.us-east-1.{service}"), about=about).reach is reach

    def test_the_name_counts_where_the_address_is_an_old_one(self, tmp_path: Path) -> None:
        about = CASE_YAML.replace("cache.example.com", BUCKET)
        assert answer(tmp_path, out_to_list(), lists(S3_NAME, "52.216.0.0/15"), about=about).reach is Reach.OPEN

    def test_ingress_by_its_blocks(self, tmp_path: Path) -> None:
        for cidr, reach in (("10.0.0.0/16", Reach.OPEN), ("10.9.0.0/16", Reach.BLOCKED)):
            rule = {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]}
            files = {"ec2/security-groups.json": {"SecurityGroups": [
                OPEN["ec2/security-groups.json"]["SecurityGroups"][0], {"GroupId": "sg-2", "IpPermissions": [rule]},
            ]}}  # fmt: skip
            found = answer(tmp_path / reach, interface(), files, lists(None, cidr), about=INSIDE)
            assert found.reach is reach


class TestRoutes:
    def way(self, folder: Path, *cidrs: str, also: tuple[dict[str, Any], ...] = (TO_NAT,)) -> Answer:
        return answer(folder, tables(route_table(*also, TO_LIST), PUBLIC), lists(None, *cidrs))

    def test_what_is_in_it_goes_there(self, tmp_path: Path) -> None:
        assert self.way(tmp_path, "203.0.113.0/24") == Answer(Reach.BEYOND, None, "tgw-1")

    def test_what_is_not_goes_elsewhere(self, tmp_path: Path) -> None:
        assert self.way(tmp_path, "198.51.100.0/24") == Answer(Reach.OPEN)

    def test_of_one_length_a_static_route_goes_first_and_a_propagated_one_last(self, tmp_path: Path) -> None:
        static = {"DestinationCidrBlock": "203.0.113.0/24", "NatGatewayId": "nat-1", "State": "active"}
        learnt = {
            "DestinationCidrBlock": "203.0.113.0/24", "GatewayId": "vgw-1", "State": "active",
            "Origin": "EnableVgwRoutePropagation",
        }  # fmt: skip
        assert self.way(tmp_path / "static", "203.0.113.0/24", also=(static,)).reach is Reach.OPEN
        assert self.way(tmp_path / "longer", "203.0.113.0/28", also=(static,)).beyond == "tgw-1"
        assert self.way(tmp_path / "learnt", "203.0.113.0/24", also=(learnt,)).beyond == "tgw-1"

    @pytest.mark.parametrize("order", [1, -1])
    def test_of_two_lists_the_one_with_the_longer_prefix_counts(self, tmp_path: Path, order: int) -> None:
        second = {"DestinationPrefixListId": "pl-2", "NatGatewayId": "nat-1", "State": "active"}
        way = tables(route_table(*[TO_LIST, second][::order]), PUBLIC)

        def both(prefix: int) -> dict[str, Any]:
            blocks = {"pl-1": "203.0.113.0/24", "pl-2": f"203.0.113.0/{prefix}"}
            found = [{"PrefixListId": name, "Cidrs": [block]} for name, block in blocks.items()]
            return {"ec2/prefix-lists.json": {"PrefixLists": found}}

        assert answer(tmp_path / "longer", way, both(28)).reach is Reach.OPEN
        assert answer(tmp_path / "shorter", way, both(20)).reach is Reach.BEYOND
        assert answer(tmp_path / "alike", way, both(24)).reach is Reach.UNKNOWN

    def test_addresses_of_a_gateway_endpoint_go_through_it_whatever_the_name(self, tmp_path: Path) -> None:
        s3 = {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway", "ServiceName": S3_NAME}
        to_s3 = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}
        way = tables(route_table(to_s3))
        assert answer(tmp_path / "in", endpoints(s3), way, lists(S3_NAME, "203.0.113.0/24")).reach is Reach.OPEN
        assert answer(tmp_path / "out", endpoints(s3), way, lists(S3_NAME, "52.216.0.0/15")).reach is Reach.BLOCKED

    @pytest.mark.parametrize(
        ("host", "reach"), [(BUCKET, Reach.OPEN), ("mine.s3.eu-west-1.amazonaws.com", Reach.BLOCKED)]
    )
    def test_a_bucket_of_another_region_does_not_go_through_it(self, tmp_path: Path, host: str, reach: Reach) -> None:
        s3 = {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Gateway", "ServiceName": S3_NAME}
        to_s3 = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}
        found = answer(tmp_path, endpoints(s3), tables(route_table(to_s3)), about=named(host))
        assert found.reach is reach
        assert found.block is None or found.block.kind is Obstacle.NO_ROUTE


def test_a_block_that_is_none(tmp_path: Path) -> None:
    message = error_of(case_at(tmp_path, small() | lists(None, "10.0.0.0/99")))
    assert message == "CASE/ec2/prefix-lists.json: PrefixLists[0]: holds a CIDR block that is none"
