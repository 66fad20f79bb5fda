"""On random networks and VPCs each rule finds what a look at the plain data says, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from narrows.lint.run import lint
from oracles.networks.scenario import random_document
from oracles.vpcs import MEMBERS, Shape, World, draw

pytestmark = pytest.mark.slow
SEEDS = range(60)
DEFAULT = "0.0.0.0/0"


def found(path: Path) -> dict[str, set[str]]:
    """Names at the beginning of what each rule says."""
    by_rule: dict[str, set[str]] = {}
    for one in lint([path]).findings:
        by_rule.setdefault(one.rule, set()).add(one.what.split()[0])
    return by_rule


def naive(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a scenario's own words say."""
    subnets, gateways = document["vpc"]["subnets"], document["vpc"].get("nat_gateways", {})
    zones: dict[str, set[str]] = {}
    for name, function in document["functions"].items():
        its = function.get("subnets", [])
        if len(set(its)) == 1:
            yield "one-subnet", name
        if any(subnets[one]["route"] == "internet-gateway" for one in its) and not function.get("dual_stack"):
            yield "function-in-public-subnet", name
        for one in its:
            zones.setdefault(subnets[one]["route"], set()).add(subnets[one]["az"])
    for name, gateway in gateways.items():
        if gateway.get("kind", "zonal") == "zonal" and gateway.get("addresses", 1) == 1 and name in zones:
            yield "one-address", name
        if gateway.get("kind", "zonal") != "regional" and len(zones.get(name, ())) > 1:
            yield "one-nat-gateway", name


RULES = ("one-subnet", "function-in-public-subnet", "one-address", "one-nat-gateway")


def test_scenarios(tmp_path: Path) -> None:
    counts = dict.fromkeys(RULES, 0)
    for seed in SEEDS:
        document = random_document(seed)
        file = tmp_path / f"{seed}.yaml"
        file.write_text(yaml.safe_dump(document))
        said = found(file)
        expected: dict[str, set[str]] = {}
        for rule, name in naive(document):
            expected.setdefault(rule, set()).add(name)
            counts[rule] += 1
        assert {rule: said.get(rule, set()) for rule in RULES} == {rule: expected.get(rule, set()) for rule in RULES}
    assert all(counts[rule] for rule in ("one-subnet", "one-address", "one-nat-gateway")), counts


def write(world: World, folder: Path) -> None:
    folder.mkdir()
    (folder / "case.yaml").write_text("schema: 1\nregion: us-east-1\nfunctions: [app]\n")
    for name, resources in world.files.items():
        place = folder / ("lambda" if name == "functions" else "ec2")
        place.mkdir(exist_ok=True)
        member = MEMBERS.get(name, name)
        (place / f"{name}.json").write_text(json.dumps({member: resources}))


def default_route(world: World, subnet: str) -> Shape | None:
    """The default route of a subnet: its own table's, else the main one's."""
    tables = [one for one in world.files["route-tables"] if one["VpcId"] == "vpc-a"]
    own = [one for one in tables if any(its.get("SubnetId") == subnet for its in one["Associations"])]
    main = [one for one in tables if any(its.get("Main") for its in one["Associations"])]
    routes = (own or main)[0]["Routes"]
    return next((one for one in routes if one.get("DestinationCidrBlock") == DEFAULT), None)


def takes(rule: Shape) -> bool:
    """Whether a rule is for TCP port 443."""
    every = rule["IpProtocol"] == "-1"
    return every or (rule["IpProtocol"] in ("tcp", "6") and rule.get("FromPort", 0) <= 443 <= rule.get("ToPort", 65535))


def in_vpc(world: World) -> Iterator[tuple[str, str]]:
    function = world.files["functions"][0]["VpcConfig"]
    if len(function["SubnetIds"]) == 1:
        yield "one-subnet", "app"
    routes = [default_route(world, one) for one in function["SubnetIds"]]
    if not function["Ipv6AllowedForDualStack"] and any(
        (one or {}).get("GatewayId", "").startswith("igw-") for one in routes
    ):
        yield "function-in-public-subnet", "app"
    for nat in world.files["nat-gateways"]:
        route = default_route(world, nat["SubnetId"])
        if (
            nat["State"] in ("available", "pending")
            and nat["ConnectivityType"] == "public"
            and (route is None or "NatGatewayId" in route)
        ):
            yield "nat-without-internet", nat["NatGatewayId"]
    for one in world.files["vpc-endpoints"]:
        own = [group for group in world.files["security-groups"] if group["GroupId"] == "sg-endpoint"]
        if one["VpcEndpointType"] == "Interface" and not any(map(takes, own[0]["IpPermissions"])):
            yield "endpoint-lets-nobody-in", "no"


VPC_RULES = ("one-subnet", "function-in-public-subnet", "nat-without-internet")


def test_vpcs(tmp_path: Path) -> None:
    counts = dict.fromkeys((*VPC_RULES, "endpoint-lets-nobody-in"), 0)
    for seed in SEEDS:
        world = draw(seed)
        write(world, tmp_path / str(seed))
        said = found(tmp_path / str(seed))
        expected: dict[str, set[str]] = {}
        for rule, name in in_vpc(world):
            expected.setdefault(rule, set()).add(name)
            counts[rule] += 1
        for rule in VPC_RULES:
            assert said.get(rule, set()) == expected.get(rule, set()), (seed, rule)
        shut = {one for one in said.get("endpoint-lets-nobody-in", ()) if one == "no"}
        assert shut == expected.get("endpoint-lets-nobody-in", set()), seed
    assert all(counts.values()), counts
