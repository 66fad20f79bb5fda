"""Patches of random plans in templates of random layouts, held to the real cfn-lint and its schemas."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narrows.network import NatKind
from narrows.patch.cloudformation import patch_cloudformation
from narrows.patch.model import Patch
from narrows.plan import make_plan
from narrows.plan.changes import CONDITIONAL
from narrows.plan.edits import MoreAddresses, NewEndpoint, NewNatGateway, NewSecurityGroup, NewSubnet, edits_of
from narrows.plan.model import Plan
from oracles.networks import random_network
from tests.unit.patch.cloudformation.linting import create_only, decoded, errors
from tests.unit.patch.cloudformation.written import camel, style_of, template_of, text_of

_MAY_CHANGE = re.compile(
    r"RouteTableId|NatGatewayId|SubnetIds|SecurityGroupIds|DependsOn|SecondaryPrivateIpAddressCount|AllocationIds|"
    r'RouteTableIds|VpcConfig|- |^\s*[{[]$|^\s*"\w+"$|!Ref|Ref|GetAtt|GroupId|[\]})]'
)
"""Lines of the user's that a patch may write anew: they hold what is asked to change."""


def plan_of(seed: int) -> Plan | None:
    """One of the options of a random plan."""
    dice = random.Random(seed)
    growth = dice.choice([1.5, 3.0, 6.0, 12.0])
    scenario = random_network(seed)
    if dice.random() < 0.25:
        gateways = {
            name: replace(one, kind=NatKind.PRIVATE) if one.kind is NatKind.ZONAL else one
            for name, one in scenario.network.nat_gateways.items()
        }
        scenario = replace(scenario, network=replace(scenario.network, nat_gateways=gateways))
    plan = make_plan(scenario, growth=growth, possible=dice.sample(sorted(CONDITIONAL), 2))
    options = [one for one in (plan.best, *plan.alternatives) if one is not None]
    return replace(plan, best=dice.choice(options)) if options else None


def expected(plan: Plan) -> Counter[str]:
    """How many resources of each type a plan adds, as far as its edits say."""
    assert plan.best is not None
    found: Counter[str] = Counter()
    for change in edits_of(plan.today.network, plan.best):
        for edit in change.edits:
            match edit:
                case MoreAddresses(gateway=gateway) if gateway.kind is NatKind.ZONAL:
                    found["AWS::EC2::EIP"] += edit.more
                case MoreAddresses(gateway=gateway) if gateway.kind is NatKind.REGIONAL:
                    zones = {one.az for one in plan.today.network.subnets.values() if one.route == gateway.name}
                    found["AWS::EC2::EIP"] += edit.more * max(1, len(zones))
                case NewNatGateway(gateway=gateway):
                    found["AWS::EC2::NatGateway"] += 1
                    if gateway.kind is not NatKind.PRIVATE:
                        found["AWS::EC2::EIP"] += gateway.addresses * max(1, len(edit.zones))
                case NewSubnet():
                    found["AWS::EC2::Subnet"] += 1
                    found["AWS::EC2::SubnetRouteTableAssociation"] += 1
                case NewSecurityGroup():
                    found["AWS::EC2::SecurityGroup"] += 1
                case NewEndpoint(endpoint=endpoint) if endpoint.kind != "proxy":
                    found["AWS::EC2::VPCEndpoint"] += 1
                    found["AWS::EC2::SecurityGroup"] += endpoint.kind == "interface-endpoint"
                case _:
                    pass
    return +found


def check_lines(before: bytes, after: bytes) -> None:
    """Every line of the user's stands where it did, but for those that hold what changes."""
    old, new = before.decode().split("\n"), after.decode().split("\n")
    rest = iter([line.rstrip("\r").rstrip(",") for line in new])
    for line in (line.rstrip("\r").rstrip(",") for line in old):
        if line.strip() and not _MAY_CHANGE.search(line):
            assert line in rest, line
    assert (b"\r\n" in before) == (b"\r\n" in after)
    assert before.count(b"\r\n") != before.count(b"\n") or after.count(b"\r\n") == after.count(b"\n")
    assert before.endswith(b"\n") == after.endswith(b"\n")


def check_create_only(before: dict[str, Any], after: dict[str, Any], patch: Patch) -> None:
    for name, one in before["Resources"].items():
        then = after["Resources"][name]
        assert one["Type"] == then["Type"]
        for key in create_only(one["Type"]):
            old, new = one.get("Properties", {}).get(key), then.get("Properties", {}).get(key)
            if one["Type"] == "AWS::EC2::SubnetRouteTableAssociation" and key == "RouteTableId" and old != new:
                assert any(f"its association {name} is replaced" in risk for risk in patch.risks)
                continue
            assert old == new, (name, key)


def check_network(plan: Plan, after: dict[str, Any]) -> None:
    """The template that comes out declares the plan's network."""
    resources, network = after["Resources"], plan.network
    gateways: dict[str, int] = {}
    for name, one in resources.items():
        if one["Type"] != "AWS::EC2::NatGateway":
            continue
        said = one["Properties"]
        if said.get("AvailabilityMode") == "regional":
            gateways[name] = min(len(zone["AllocationIds"]) for zone in said["AvailabilityZoneAddresses"])
        elif said.get("ConnectivityType") == "private":
            gateways[name] = 1 + said.get("SecondaryPrivateIpAddressCount", 0)
        else:
            ids = [said["AllocationId"], *said.get("SecondaryAllocationIds", [])]
            assert len({json.dumps(one) for one in ids}) == len(ids)
            gateways[name] = len(ids)
    for name, one in plan.today.network.nat_gateways.items():
        # One that a regional one takes over from stays as it is.
        assert gateways.pop(camel(name)) == network.nat_gateways.get(name, one).addresses
    new = [one for name, one in network.nat_gateways.items() if name not in plan.today.network.nat_gateways]
    assert sorted(gateways.values()) == sorted(one.addresses for one in new)
    shared = after.get("Globals", {}).get("Function", {}).get("VpcConfig", {})
    for name in plan.today.network.functions:
        own = resources[f"{camel(name)}Function"]["Properties"].get("VpcConfig", {})
        subnets = [*shared.get("SubnetIds", []), *own.get("SubnetIds", [])]
        wanted = network.functions[name]
        if shared and not wanted.subnets:
            continue
        assert len({json.dumps(one) for one in subnets}) == len(subnets) == len(wanted.subnets), name
        ways = Counter(_gateway_of(resources, one["Ref"]) for one in subnets)
        assert sorted(ways.values()) == sorted(Counter(network.subnets[one].route for one in wanted.subnets).values())


def _gateway_of(resources: dict[str, Any], subnet: str) -> str:
    """The NAT gateway that a subnet's default route leads to."""
    tables = [
        one["Properties"]["RouteTableId"]["Ref"]
        for one in resources.values()
        if one["Type"] == "AWS::EC2::SubnetRouteTableAssociation" and one["Properties"]["SubnetId"] == {"Ref": subnet}
    ]
    assert len(tables) == 1, subnet
    ways = [
        one["Properties"]["NatGatewayId"]["Ref"]
        for one in resources.values()
        if one["Type"] == "AWS::EC2::Route"
        and one["Properties"]["RouteTableId"] == {"Ref": tables[0]}
        and "NatGatewayId" in one["Properties"]
    ]
    assert len(ways) <= 1
    return str(ways[0] if ways else tables[0])


def patched(seed: int, folder: Path, *, lint: bool = True) -> Iterator[str]:
    """Patch a random plan's template and check all of it; yields the kinds of its edits."""
    plan = plan_of(seed)
    if plan is None:
        return
    assert plan.best is not None
    dice = random.Random(seed + 1_000_000)
    style = style_of(dice)
    file = folder / f"template{style.suffix}"
    before_bytes = text_of(template_of(plan.today.network, style, dice), style, dice)
    file.write_bytes(before_bytes)
    patch = patch_cloudformation(plan, file)
    before = decoded(file)
    errors_before = errors(file) if lint else Counter()
    assert [one.path for one in patch.files] == [file.name]
    assert patch.files[0].before == before_bytes
    file.write_bytes(patch.files[0].after)
    after = decoded(file)
    assert not lint or not errors(file) - errors_before
    check_lines(before_bytes, patch.files[0].after)
    check_create_only(before, after, patch)
    check_network(plan, after)
    added = Counter(one["Type"] for name, one in after["Resources"].items() if name not in before["Resources"])
    wanted = expected(plan)
    for kind in ("EIP", "NatGateway", "Subnet", "SecurityGroup", "VPCEndpoint"):
        assert added[f"AWS::EC2::{kind}"] == wanted[f"AWS::EC2::{kind}"], kind
    assert set(patch.outputs) <= set(after.get("Outputs", {}))
    eips = {name for name, one in after["Resources"].items() if one["Type"] == "AWS::EC2::EIP"}
    assert len(patch.outputs) == len(eips - set(before["Resources"]))
    again = patch_cloudformation(plan, file)
    assert not again.files, "what the patch made is not made a second time"
    yield from (type(edit).__name__ for change in edits_of(plan.today.network, plan.best) for edit in change.edits)


@pytest.mark.parametrize("seed", range(5))
def test_a_few_random_plans(seed: int, tmp_path: Path) -> None:
    """What cfn-lint says of them takes seconds: it is asked for each of a hundred."""
    list(patched(seed, tmp_path, lint=False))


@pytest.mark.slow
@pytest.mark.parametrize("decade", range(10))
def test_a_hundred_random_plans(decade: int, tmp_path: Path) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(11 * decade, 11 * decade + 11):
        folder = tmp_path / str(seed)
        folder.mkdir()
        kinds.update(patched(seed, folder))
    assert {"NewSubnet", "Placed"} <= set(kinds)
