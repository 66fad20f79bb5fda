"""A subnet gets to a transit gateway where its VPC's attachment has a subnet in its Availability Zone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.reachability import Answer, Obstacle, Reach
from tests.unit.case.cases import TO_NAT, nat_gateway, route_table, subnet
from tests.unit.case.ways import answer, tables

TO_TRANSIT = {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1", "State": "active"}
BEYOND = Answer(Reach.BEYOND, None, "tgw-1")


def attachments(*subnets: str, **more: Any) -> dict[str, Any]:
    one = {
        "TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "VpcId": "vpc-1",
        "VpcOwnerId": "111122223333", "State": "available", "SubnetIds": list(subnets), **more,
    }  # fmt: skip
    return {"ec2/transit-gateway-attachments.json": {"TransitGatewayVpcAttachments": [one]}}


def places(**more: Any) -> dict[str, Any]:
    """The function's subnet in us-east-1a; one for the attachment in the same zone, one in another."""
    return {
        "ec2/subnets.json": {
            "Subnets": [
                subnet(**more),
                subnet("subnet-a", CidrBlock="10.0.32.0/28"),
                subnet("subnet-b", CidrBlock="10.0.32.16/28", AvailabilityZone="us-east-1b"),
                subnet("subnet-public", CidrBlock="10.0.16.0/24", AvailabilityZone="us-east-1b"),
            ]
        }
    }


def over_transit(folder: Path, *parts: dict[str, Any], **more: Any) -> Answer:
    return answer(folder, places(**more), tables(route_table(TO_TRANSIT)), *parts)


def test_without_the_file_it_is_beyond(tmp_path: Path) -> None:
    assert over_transit(tmp_path) == BEYOND


def test_another_subnet_of_the_same_zone_will_do(tmp_path: Path) -> None:
    assert over_transit(tmp_path, attachments("subnet-a", "subnet-b")) == BEYOND


def test_a_zone_without_a_subnet_of_the_attachment(tmp_path: Path) -> None:
    found = over_transit(tmp_path, attachments("subnet-b"))
    assert found.block is not None
    assert (found.reach, found.block.kind, found.block.resource, found.block.said_by) == (
        Reach.BLOCKED, Obstacle.TRANSIT_GATEWAY, "tgw-attach-1", "transit-gateway-attachments",
    )  # fmt: skip
    assert str(found.block) == "tgw-attach-1 has no subnet in us-east-1a"


@pytest.mark.parametrize("state", ["pendingAcceptance", "rejected", "failed", "deleting", "deleted", "initiating"])
def test_an_attachment_that_does_not_work(tmp_path: Path, state: str) -> None:
    found = over_transit(tmp_path, attachments("subnet-a", State=state))
    assert str(found.block) == f"tgw-attach-1, which attaches vpc-1 to tgw-1, is {state}"


def test_one_that_is_being_modified_works(tmp_path: Path) -> None:
    assert over_transit(tmp_path, attachments("subnet-a", State="modifying")) == BEYOND


@pytest.mark.parametrize("other", [{"VpcId": "vpc-2"}, {"TransitGatewayId": "tgw-2"}])
def test_no_attachment_of_that_vpc(tmp_path: Path, other: dict[str, Any]) -> None:
    assert str(over_transit(tmp_path, attachments("subnet-a", **other)).block) == "vpc-1 has no attachment to tgw-1"


def test_the_attachment_of_a_shared_vpc_is_seen_by_its_owner_only(tmp_path: Path) -> None:
    none: dict[str, Any] = {"ec2/transit-gateway-attachments.json": {"TransitGatewayVpcAttachments": []}}
    assert over_transit(tmp_path / "shared", none, OwnerId="999988887777") == BEYOND
    assert over_transit(tmp_path / "own", none, OwnerId="111122223333").reach is Reach.BLOCKED


def test_a_subnet_of_the_attachment_that_is_not_described(tmp_path: Path) -> None:
    found = over_transit(tmp_path, attachments("subnet-c"))
    assert (found.reach, set(found.missing)) == (Reach.UNKNOWN, {"subnets"})


def test_a_local_zone_uses_its_parents_attachment(tmp_path: Path) -> None:
    assert over_transit(tmp_path, attachments("subnet-b"), AvailabilityZone="us-east-1-bos-1a") == BEYOND


def test_behind_a_nat_gateway_its_own_zone_counts(tmp_path: Path) -> None:
    way = tables(route_table(TO_NAT), route_table(TO_TRANSIT, subnet="subnet-public"))
    nat = {"ec2/nat-gateways.json": {"NatGateways": [nat_gateway(ConnectivityType="private")]}}
    assert answer(tmp_path / "there", places(), way, nat, attachments("subnet-b")) == BEYOND
    found = answer(tmp_path / "absent", places(), way, nat, attachments("subnet-a"))
    assert str(found.block) == "tgw-attach-1 has no subnet in us-east-1b"
