"""Incidents that others wrote, with a function more that works: it is a neighbour exactly where it shares something."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from narrows.case import read_case
from narrows.fullest import Fullest, fullest_tables
from narrows.network import EniKey, HopKind
from oracles.incidents.world import Incident, incidents
from oracles.incidents.world.alter import about_of, write, yaml_of
from oracles.incidents.world.neighbours import NEIGHBOUR, Shares, with_neighbour

SEEN = [one for one in incidents("seen") if "." not in one.family]
SAMPLE = [one for one in SEEN if crc32(one.name.encode()) % 6 == 0]
FILLS_THE_ENI = next(one for one in SEEN if one.name == "a_neighbour_fills_the_shared_eni")
RUNS_OUT_OF_PORTS = next(one for one in SEEN if one.name == "ports_run_out_by_concurrency")


def found_in(files: Mapping[str, Any], folder: Path) -> Fullest:
    return fullest_tables(read_case(write(dict(files), folder)))


def with_it(found: Fullest, kind: HopKind) -> set[object]:
    """The resources of one kind that the neighbour shares."""
    return {
        one.id.resource
        for one in found.tables
        if one.id.kind is kind and NEIGHBOUR in {sharer.function for sharer in one.functions}
    }


def configured(files: Mapping[str, Any], function: str) -> set[object]:
    """The ENIs that a function's VPC configuration has, read from AWS's own JSON."""
    listed = files.get("lambda/functions.json", {}).get("Functions", [])
    config = next((one.get("VpcConfig") or {} for one in listed if one["FunctionName"] == function), {})
    groups = tuple(sorted(config.get("SecurityGroupIds", ())))
    return {EniKey(subnet, groups) for subnet in config.get("SubnetIds", ())}


def led_to(files: Mapping[str, Any], keys: set[object]) -> set[object]:
    """The NAT gateways that the default routes of these ENIs' subnets lead to, read from AWS's own JSON."""
    subnets = {one.subnet for one in keys if isinstance(one, EniKey)}
    return {
        route["NatGatewayId"]
        for table in files.get("ec2/route-tables.json", {}).get("RouteTables", ())
        if subnets & {one.get("SubnetId") for one in table["Associations"]}
        for route in table["Routes"]
        if route.get("NatGatewayId") and route.get("DestinationCidrBlock") == "0.0.0.0/0"
    }


@pytest.mark.parametrize("shares", Shares)
@pytest.mark.parametrize("one", SAMPLE, ids=lambda one: one.name)
def test_a_neighbour_is_on_what_it_shares_and_on_nothing_else(one: Incident, shares: Shares, tmp_path: Path) -> None:
    files = with_neighbour(one.case().contents(), shares)
    found = found_in(files, tmp_path)

    asked = set().union(*(configured(files, name) for name in about_of(files)["functions"]))
    mine = configured(files, NEIGHBOUR)
    assert with_it(found, HopKind.HYPERPLANE_ENI) == mine
    for table in found.tables:
        if table.key in mine & asked:
            assert any(sharer.in_question for sharer in table.functions)
    if shares is not Shares.SUBNETS and "ec2/subnets.json" in files:
        assert not mine & asked
    shared = with_it(found, HopKind.NAT_GATEWAY)
    if shares is Shares.SUBNETS:
        # What firewalls and main route tables do is read elsewhere: what an explicit default route says, holds.
        assert shared >= led_to(files, mine) & {table.id.resource for table in found.tables}


def test_the_sample_has_neighbours_on_enis_and_behind_gateways(tmp_path: Path) -> None:
    kinds: set[HopKind] = set()
    for number, one in enumerate(SAMPLE):
        found = found_in(with_neighbour(one.case().contents(), Shares.SUBNETS), tmp_path / str(number))
        kinds |= {kind for kind in HopKind if with_it(found, kind)}
    assert kinds == {HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY}


def test_a_neighbour_that_shares_the_route_table_alone_is_behind_the_gateway_and_on_no_eni_in_question(
    tmp_path: Path,
) -> None:
    found = found_in(with_neighbour(RUNS_OUT_OF_PORTS.case().contents(), Shares.ROUTES), tmp_path)
    behind = with_it(found, HopKind.NAT_GATEWAY)
    assert behind
    for table in found.tables:
        if table.id.resource in behind:
            assert any(sharer.in_question for sharer in table.functions)
        elif NEIGHBOUR in {sharer.function for sharer in table.functions}:
            assert len(table.functions) == 1


def test_what_a_neighbour_fills_is_never_said_to_be_of_the_functions_in_question(tmp_path: Path) -> None:
    """The writer's crawler holds nearly all of the 65,000; asked is about charge alone, which holds some 200."""
    files = FILLS_THE_ENI.case().contents()
    files["case.yaml"] = yaml_of({**about_of(files), "functions": ["charge"]})
    found = found_in(files, tmp_path)
    shared = next(one for one in found.tables if one.key is not None)
    assert [(one.function, one.in_question) for one in shared.functions] == [("charge", True), ("crawler", False)]
    # All of the gateway's connections came by the only ENI before it, whoever's they are, ...
    assert shared.seen is not None
    assert shared.seen.low == 65_000
    # ... but not all need be to the destination of the functions in question.
    towards = next(one for one in found.tables if one.id.kind is HopKind.NAT_GATEWAY)
    assert towards.seen is not None
    assert towards.seen.low == 0
