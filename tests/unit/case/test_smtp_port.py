"""Nothing gets out to public addresses on TCP port 25, from a VPC or without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.evidence.paths import read_ways
from narrows.reachability import Obstacle, Reach
from tests.unit.case.cases import CASE_YAML, case_at, function, route_table
from tests.unit.case.ways import INSIDE, OPEN, answer, interface, named, tables

MAIL = CASE_YAML.replace("port: 443", "port: 25")


@pytest.mark.parametrize("about", [MAIL, named("smtp.example.com", port=25)])
def test_out_of_a_vpc(tmp_path: Path, about: str) -> None:
    found = answer(tmp_path, about=about)
    assert found.block is not None
    assert (found.reach, found.block.kind) == (Reach.BLOCKED, Obstacle.PORT_25)
    assert str(found.block) == "Lambda lets nothing out on port 25 to public addresses, unless AWS has lifted that"


@pytest.mark.parametrize("port", [465, 587, 2525])
def test_other_ports_of_mail_are_open(tmp_path: Path, port: int) -> None:
    assert answer(tmp_path, about=named("smtp.example.com", port=port)).reach is Reach.OPEN


def test_udp_is_open(tmp_path: Path) -> None:
    assert answer(tmp_path, about=MAIL.replace("port: 25", "port: 25, protocol: udp")).reach is Reach.OPEN


def test_a_rule_that_blocks_it_anyway_is_the_reason(tmp_path: Path) -> None:
    found = answer(tmp_path, tables(route_table()), about=MAIL)
    assert found.block is not None
    assert found.block.kind is Obstacle.NO_ROUTE


def test_a_private_address_is_open(tmp_path: Path) -> None:
    everybody = [one | {"IpPermissions": one["IpPermissionsEgress"]}
                 for one in OPEN["ec2/security-groups.json"]["SecurityGroups"]]  # fmt: skip
    files = {"ec2/security-groups.json": {"SecurityGroups": everybody}}
    assert answer(tmp_path, interface(), files, about=INSIDE.replace("443", "25")).reach is Reach.OPEN


@pytest.mark.parametrize(("port", "reach"), [(25, Reach.BLOCKED), (587, Reach.OPEN)])
def test_without_a_vpc(tmp_path: Path, port: int, reach: Reach) -> None:
    files = {"lambda/functions.json": {"Functions": [function(VpcConfig={})]}}
    (way,) = read_ways(read_case(case_at(tmp_path, files, named("smtp.example.com", port=port)))).ways
    assert way.reach is reach
    if way.blocked is not None:
        assert (way.blocked.kind, way.blocked.resource) == (Obstacle.PORT_25, "storefront")
