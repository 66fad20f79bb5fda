"""A destination with a name and no address is where AWS's descriptions of network interfaces say that it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.case import read_case
from narrows.reachability import Obstacle, Reach
from tests.unit.case.cases import case_at, route_table, small
from tests.unit.case.ways import OPEN, answer, named, tables

EFS = "fs-0123456789abcdef0.efs.us-east-1.amazonaws.com"
RDS = "orders.c0ffee.us-east-1.rds.amazonaws.com"


def eni(address: str, description: str, group: str = "sg-2", zone: str = "us-east-1a", **more: Any) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": f"eni-{address.replace('.', '-')}", "SubnetId": "subnet-public", "VpcId": "vpc-1",
        "PrivateIpAddress": address, "Description": description, "AvailabilityZone": zone,
        "Groups": [{"GroupId": group, "GroupName": group}], "InterfaceType": "interface", **more,
    }  # fmt: skip


def enis(*found: dict[str, Any]) -> dict[str, Any]:
    return {"ec2/network-interfaces.json": {"NetworkInterfaces": list(found)}}


def with_door() -> dict[str, Any]:
    """A security group more, which lets everything in; sg-2 lets nothing in."""
    door = {"GroupId": "sg-door", "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}
    return {"ec2/security-groups.json": {"SecurityGroups": [*OPEN["ec2/security-groups.json"]["SecurityGroups"], door]}}


DENIED = {"RuleNumber": 1, "Egress": False, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
PUBLIC_IP = {"Association": {"PublicIp": "198.51.100.77"}}


@pytest.mark.parametrize(
    ("host", "description", "more", "address"),
    [
        (EFS, "EFS mount target for fs-0123456789abcdef0 (fsmt-0a1b2c)", {}, "10.0.16.9"),
        (f"us-east-1a.{EFS}", "EFS mount target for fs-0123456789abcdef0 (fsmt-0a1b2c)", {}, "10.0.16.9"),
        (f"us-east-1b.{EFS}", "EFS mount target for fs-0123456789abcdef0 (fsmt-0a1b2c)", {}, None),
        (EFS, "EFS mount target for fs-ffff (fsmt-0a1b2c)", {}, None),
        (EFS.replace("east", "west"), "EFS mount target for fs-0123456789abcdef0 (fsmt-0a1b2c)", {}, None),
        ("internal-Api-1234567890.us-east-1.elb.amazonaws.com", "ELB app/Api/50dc6c495c0c9188", {}, "10.0.16.9"),
        ("internal-api-1234567890.us-east-1.elb.amazonaws.com", "ELB api", {}, "10.0.16.9"),
        ("internal-api-1234567890.us-east-1.elb.amazonaws.com", "ELB app/other/50dc6c495c0c9188", {}, None),
        ("api-1234567890.us-east-1.elb.amazonaws.com", "ELB app/api/50dc6c495c0c9188", PUBLIC_IP, "198.51.100.77"),
        ("api-1234567890.us-east-1.elb.amazonaws.com", "ELB app/api/50dc6c495c0c9188", {}, None),
        ("feed-50dc6c495c0c9188.elb.us-east-1.amazonaws.com", "ELB net/feed/50dc6c495c0c9188", {}, "10.0.16.9"),
        ("feed-50dc6c495c0c9188.elb.us-east-1.amazonaws.com", "ELB net/feed/ffff6c495c0c9188", {}, None),
        ("feed-50dc6c495c0c9188.elb.us-east-1.amazonaws.com", "ELB net/feed/50dc6c495c0c9188", PUBLIC_IP,
         "198.51.100.77"),
        ("sessions.abc123.ng.0001.use1.cache.amazonaws.com", "ElastiCache sessions-001", {}, "10.0.16.9"),
        ("sessions-ro.abc123.ng.0001.use1.cache.amazonaws.com", "ElastiCache sessions-002", {}, "10.0.16.9"),
        ("master.sessions.abc123.use1.cache.amazonaws.com", "ElastiCache sessions-001", {}, "10.0.16.9"),
        ("clustercfg.sessions.abc123.use1.cache.amazonaws.com", "ElastiCache sessions-0001-002", {}, "10.0.16.9"),
        ("sessions-001.abc123.0001.use1.cache.amazonaws.com", "ElastiCache sessions-001", {}, "10.0.16.9"),
        ("sessions.abc123.cfg.use1.cache.amazonaws.com", "ElastiCache sessions", {}, "10.0.16.9"),
        ("sessions.abc123.cfg.use1.cache.amazonaws.com", "ElastiCache sessions2-001", {}, None),
        ("vpce-0a1b-c2d3.sqs.us-east-1.vpce.amazonaws.com", "VPC Endpoint Interface vpce-0a1b", {}, "10.0.16.9"),
        ("db.example.com", "ElastiCache db-001", {}, None),
        (RDS, "RDSNetworkInterface", {}, None),
    ],
)  # fmt: skip
def test_the_addresses_of_a_name(
    tmp_path: Path, host: str, description: str, more: dict[str, Any], address: str | None
) -> None:
    files = small() | enis(eni("10.0.16.9", description, **more))
    network = read_case(case_at(tmp_path, files, named(host))).topology.network
    assert network.destinations["cache"].addresses == (() if address is None else (address,))


def test_the_whole_case_knows_it_there(tmp_path: Path) -> None:
    """So a line of a log, or of a flow log, that names the address only is about it."""
    files = small() | enis(eni("10.0.16.9", "ElastiCache sessions-001"))
    case = read_case(case_at(tmp_path, files, named("sessions-001.abc123.0001.use1.cache.amazonaws.com")))
    assert case.destinations["cache"].addresses == ("10.0.16.9",)
    assert not case.topology.network.destinations["cache"].ipv6


def test_an_address_that_case_yaml_says_counts(tmp_path: Path) -> None:
    files = small() | enis(eni("10.0.16.9", "EFS mount target for fs-0123456789abcdef0 (fsmt-0a1b2c)"))
    about = named(EFS).replace("port: 443", "port: 443, addresses: [10.0.16.77]")
    assert read_case(case_at(tmp_path, files, about)).topology.network.destinations["cache"].addresses == (
        "10.0.16.77",
    )


@pytest.mark.parametrize(("here", "there", "reach"), [
    ("sg-2", "sg-door", Reach.BLOCKED), ("sg-door", "sg-2", Reach.OPEN),
])  # fmt: skip
def test_the_mount_target_of_the_functions_own_zone_is_the_one(
    tmp_path: Path, here: str, there: str, reach: Reach
) -> None:
    text = "EFS mount target for fs-0123456789abcdef0 (fsmt-{})"
    targets = enis(eni("10.0.16.9", text.format(1), here), eni("10.0.16.10", text.format(2), there, zone="us-east-1b"))
    found = answer(tmp_path, with_door(), targets, about=named(EFS, port=2049))
    assert found.reach is reach
    if found.block is not None:
        assert (found.block.kind, found.block.resource) == (Obstacle.INGRESS, "sg-2")


class TestDatabases:
    """Their interfaces name no database."""

    def test_where_all_have_the_same_security_groups_whichever_it_is_has_them(self, tmp_path: Path) -> None:
        both = enis(*(eni(f"10.0.16.{n}", "RDSNetworkInterface") for n in (9, 10)))
        found = answer(tmp_path, both, about=named(RDS))
        assert found.block is not None
        assert (found.block.kind, found.block.resource) == (Obstacle.INGRESS, "sg-2")

    def test_where_they_let_it_in_it_is_open(self, tmp_path: Path) -> None:
        both = enis(*(eni(f"10.0.16.{n}", "RDSNetworkInterface", "sg-door") for n in (9, 10)))
        assert answer(tmp_path, with_door(), both, about=named(RDS)).reach is Reach.OPEN

    @pytest.mark.parametrize(
        "host", [RDS, RDS.replace("east", "west"), "orders.proxy-c0ffee.us-east-1.rds.amazonaws.com"]
    )
    def test_otherwise_nothing_is_known(self, tmp_path: Path, host: str) -> None:
        second = "sg-door" if host == RDS else "sg-2"
        both = enis(eni("10.0.16.9", "RDSNetworkInterface"), eni("10.0.16.10", "RDSNetworkInterface", second))
        assert answer(tmp_path, with_door(), both, about=named(host)).reach is Reach.UNKNOWN

    def test_where_their_subnets_make_a_difference_nothing_is_known(self, tmp_path: Path) -> None:
        acls = {"ec2/network-acls.json": {"NetworkAcls": [
            *OPEN["ec2/network-acls.json"]["NetworkAcls"],
            {"NetworkAclId": "acl-2", "Associations": [{"SubnetId": "subnet-db"}], "Entries": [DENIED]},
        ]}}  # fmt: skip
        places = small()["ec2/subnets.json"]["Subnets"]
        other = places[0] | {"SubnetId": "subnet-db", "CidrBlock": "10.0.17.0/24"}
        both = enis(
            eni("10.0.16.9", "RDSNetworkInterface", "sg-door"),
            eni("10.0.17.9", "RDSNetworkInterface", "sg-door", SubnetId="subnet-db"),
        )
        files = {"ec2/subnets.json": {"Subnets": [*places, other]}} | tables(route_table(subnet=None))
        found = answer(tmp_path, with_door(), acls, files, both, about=named(RDS))
        assert (found.reach, set(found.missing)) == (Reach.UNKNOWN, {"case.yaml"})
