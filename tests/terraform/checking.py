"""A random plan as a patch of random Terraform, held to what the real Terraform and the reader of its files say."""

from __future__ import annotations

import difflib
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from narrows.declared.model import Declared, Resource
from narrows.declared.terraform import read_terraform_folder
from narrows.network import HopKind, NatKind, Network
from narrows.patch.model import write
from narrows.patch.terraform import patch_terraform
from narrows.plan import Plan, make_plan
from narrows.plan.edits import (
    ByHand,
    MoreAddresses,
    NewEndpoint,
    NewNatGateway,
    NewSecurityGroup,
    NewSubnet,
    SecondVersion,
    edits_of,
)
from narrows.scenario import load_scenario
from tests.terraform import terraform
from tests.terraform.networks import Drawn, draw

_IN_PLACE = {
    "aws_lambda_function",
    "aws_nat_gateway",
    "aws_network_acl",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_vpc_endpoint",
}
_CHANGED_LINES = ("subnet_ids", "nat_gateway_id", "route_table_id", "secondary_allocation_ids", "security_group_ids")


def _planned(file: Path, chance: random.Random) -> Plan | None:
    plan = make_plan(load_scenario(file))
    if plan.best is None:
        return None
    # The plan itself as often as all others together.
    options = [plan.best, *plan.alternatives]
    return replace(plan, best=chance.choice([plan.best, chance.choice(options)]))


def check(seed: int, folder: Path) -> str:
    """The strategy that was patched; empty where there was no plan."""
    drawn = draw(seed)
    plan = _planned(drawn.write(folder), random.Random(seed))
    if plan is None or plan.best is None:
        return ""
    real = terraform(folder)
    if not drawn.style["odd"]:
        real.fmt()
    assert not real.validate()
    real.apply()
    before = {one.name: one.read_text() for one in folder.glob("*.tf")}
    patch = patch_terraform(plan, folder)
    write(patch, str(folder))
    assert drawn.style["odd"] or not real.fmt_check()
    assert not real.validate(), real.validate()
    _check_lines(before, folder)
    _check_plan(plan, real.plan_json(**_asked(folder)))
    _check_network(plan, read_terraform_folder(folder), drawn)
    return plan.best.strategy


def _asked(folder: Path) -> dict[str, str]:
    """A value for each variable that the patch asks for."""
    text = (folder / "narrows.tf").read_text()
    names = [line.split('"')[1] for line in text.splitlines() if line.startswith("variable ")]
    return {name: "asked" for name in names if name != "narrows_alarm_actions"}


def _check_lines(before: dict[str, str], folder: Path) -> None:
    for name, text in before.items():
        after = (folder / name).read_text().splitlines()
        gone = [line[2:] for line in difflib.ndiff(text.splitlines(), after) if line.startswith("- ")]
        inside = "vpc_config" in "".join(gone)  # A function that leaves the VPC.
        assert inside or all(any(word in one for word in _CHANGED_LINES) or one.strip() == "}" for one in gone), gone


def _check_plan(plan: Plan, found: dict[str, Any]) -> None:
    assert plan.best is not None
    edits = [edit for one in edits_of(plan.today.network, plan.best) for edit in one.edits]
    created: Counter[str] = Counter()
    for one in found["resource_changes"]:
        actions = one["change"]["actions"]
        assert "delete" not in actions, (one["address"], one["change"].get("replace_paths"))
        if actions == ["create"]:
            created[one["type"]] += 1
        elif actions == ["update"]:
            assert one["type"] in _IN_PLACE, one["address"]
    new = [one for one in edits if isinstance(one, NewNatGateway)]
    endpoints = [one for one in edits if isinstance(one, NewEndpoint) and one.endpoint.kind is not HopKind.PROXY]
    assert created["aws_nat_gateway"] == len(new)
    assert created["aws_subnet"] == sum(isinstance(one, NewSubnet) for one in edits)
    assert created["aws_vpc_endpoint"] == len(endpoints)
    interfaces = [one for one in endpoints if one.endpoint.kind is HopKind.INTERFACE_ENDPOINT]
    groups = sum(isinstance(one, NewSecurityGroup) for one in edits)
    assert created["aws_security_group"] == groups + len(interfaces)
    addresses = sum(one.more for one in edits if isinstance(one, MoreAddresses))
    addresses += sum(one.gateway.addresses * max(1, len(one.zones)) for one in new)
    assert created["aws_eip"] == addresses


def _check_network(plan: Plan, declared: Declared, drawn: Drawn) -> None:
    """The files, read again, are the network of the plan."""
    after: Network = plan.network
    assert plan.best is not None
    by_name = {(one.type, one.name): one for one in declared.resources if one.name}
    edits = [edit for one in edits_of(plan.today.network, plan.best) for edit in one.edits]
    by_hand = any(isinstance(one, ByHand | SecondVersion) for one in edits)
    for name, gateway in after.nat_gateways.items():
        resource = by_name["AWS::EC2::NatGateway", name]
        zones = next((one.zones for one in edits if isinstance(one, NewNatGateway) and one.gateway.name == name), ())
        wanted = gateway.addresses * (len(zones) if gateway.kind is NatKind.REGIONAL else 1)
        assert _addresses(declared, resource) == wanted, name
    for name, subnet in after.subnets.items():
        resource = by_name["AWS::EC2::Subnet", name]
        assert _route(declared, resource) == subnet.route, name
        assert resource.properties["AvailabilityZone"] == subnet.az
    blocks = [str(one.properties["CidrBlock"]) for one in declared.of("AWS::EC2::Subnet")]
    assert len(set(blocks)) == len(blocks)
    for name, function in after.functions.items():
        if by_hand and name not in plan.today.network.functions:
            continue
        config = by_name["AWS::Lambda::Function", name].properties.get("VpcConfig") or {}
        assert isinstance(config, dict)
        for key, wanted_names in (("SubnetIds", function.subnets), ("SecurityGroupIds", function.security_groups)):
            values = config.get(key) or ()
            assert isinstance(values, list | tuple)
            found = {one.name for value in values if (one := declared.referred(value)) is not None}
            assert found == set(wanted_names), (name, key)


def _addresses(declared: Declared, gateway: Resource) -> int:
    blocks = gateway.properties.get("AvailabilityZoneAddresses")
    if isinstance(blocks, list | tuple):
        return sum(len(one["AllocationIds"]) for one in blocks if isinstance(one, dict))
    secondary = gateway.properties.get("SecondaryAllocationIds") or ()
    assert isinstance(secondary, list | tuple)
    found = set(map(str, secondary))
    for one in declared.of("AWS::EC2::NatGatewayEipAssociation"):
        if (at := declared.referred(one.properties["NatGatewayId"])) is not None and at.address == gateway.address:
            found.add(str(one.properties["AllocationId"]))
    return 1 + len(found)


def _route(declared: Declared, subnet: Resource) -> str | None:
    for one in declared.of("AWS::EC2::SubnetRouteTableAssociation"):
        if declared.referred(one.properties["SubnetId"]) == subnet:
            table = declared.referred(one.properties["RouteTableId"])
            for route in declared.of("AWS::EC2::Route"):
                if declared.referred(route.properties["RouteTableId"]) == table:
                    gateway = declared.referred(route.properties.get("NatGatewayId"))
                    return None if gateway is None else gateway.name
    return None
