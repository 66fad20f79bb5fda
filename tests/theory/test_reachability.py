"""Ways through random VPCs, read from their cases, are what a walk packet by packet says they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.reachability import agrees, compare, contradicts, write
from narrows.case import read_case
from narrows.reachability import Obstacle
from oracles.vpcs import MEMBERS, draw

SEEDS = range(50_000, 50_300)
"""Others than those of the bench."""
NOT_DRAWN = {Obstacle.ENDPOINT_STATE, Obstacle.NO_VPC}
"""Random VPCs have only endpoints that are available, and functions in them."""


@pytest.mark.slow
def test_every_way_is_what_packets_say(tmp_path: Path) -> None:
    seen: set[tuple[str, str]] = set()
    for seed in SEEDS:
        world = draw(seed)
        for subnet, name, reach, kind, real in compare(world, read_case(write(world, tmp_path))):
            assert agrees(reach, kind, real), f"seed {seed}, {subnet} to {name}: {reach} {kind}, and it is {real}"
            seen.add((reach, kind))
    assert {"open", "beyond", "partly", "unknown"} <= {reach for reach, _ in seen}
    assert {kind for reach, kind in seen if reach == "blocked"} == set(Obstacle) - NOT_DRAWN


@pytest.mark.slow
@pytest.mark.parametrize("without", MEMBERS)
def test_with_a_file_less_an_answer_is_less_certain_and_never_wrong(tmp_path: Path, without: str) -> None:
    unknown = ways = 0
    for seed in SEEDS[:50]:
        world = draw(seed)
        for subnet, name, reach, kind, real in compare(world, read_case(write(world, tmp_path, without))):
            assert not contradicts(reach, kind, real), f"seed {seed}, {subnet} to {name}: {reach} {kind}, and {real}"
            ways += 1
            unknown += reach == "unknown"
    assert ways == 0 if without == "functions" else unknown


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        "security-groups",
        "network-acls",
        "route-tables",
        "nat-gateways",
        "subnets",
        "network-interfaces",
        "prefix-lists",
    ],
)
def test_with_a_resource_less_an_answer_is_never_wrong(tmp_path: Path, kind: str) -> None:
    """As ``--filters`` leaves some out: the file is there, and does not hold the one that matters.

    Of the route tables only the main ones: a subnet that no table names uses its VPC's main one, and where another one
    was left out nothing tells.
    """
    for seed in SEEDS[:30]:
        world = draw(seed)
        whole = dict(world.files)
        for place, left_out in enumerate(whole[kind]):
            if kind == "route-tables" and not any(one["Main"] for one in left_out["Associations"]):
                continue
            world.files[kind] = [one for index, one in enumerate(whole[kind]) if index != place]
            case = read_case(write(world, tmp_path))
            world.files[kind] = whole[kind]
            for subnet, name, reach, what, real in compare(world, case):
                assert not contradicts(reach, what, real), (
                    f"seed {seed}, {subnet} to {name}: {reach} {what}, and {real}"
                )
