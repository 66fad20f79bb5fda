"""Folder, plan and state of one configuration say the same: the real Terraform wrote the plan and the state.

The configurations are written as people write them: lists and ``count`` as in the module that most VPCs come from,
maps and ``for_each``, a monorepo whose modules stand beside its roots.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narrows.declared.model import Declared, Reference, Unknown, Value
from narrows.declared.terraform import places_of, read, read_terraform_folder, read_terraform_json
from tests.terraform import terraform

pytestmark = pytest.mark.slow

CONFIGURATIONS = Path(__file__).with_name("configurations")
RESOURCES = {"counted": 34, "each": 44, "monorepo/live/prod": 23}
"""Each root module with how many there are, counted by hand."""

PROVIDERS = {"AvailabilityZoneId", "EnableDnsSupport", "VpcId"}
"""Properties that the provider works out where files say nothing; the stand-in makes them up."""


@pytest.fixture(params=RESOURCES)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a root module, in a work tree of Git."""
    shutil.copytree(CONFIGURATIONS, tmp_path / "all")
    (tmp_path / "all" / ".git").mkdir()
    folder: Path = tmp_path / "all" / request.param
    terraform(folder).get()
    return folder


def by_name(declared: Declared) -> dict[tuple[str, str, int], Mapping[str, Value]]:
    """Properties by type, address and number among those of the same."""
    found: dict[tuple[str, str, int], Mapping[str, Value]] = {}
    for one in declared.resources:
        number = sum(1 for type_, address, _ in found if (type_, address) == (one.type, one.address))
        found[one.type, one.address, number] = one.properties
    return found


def leaves(left: Value, right: Value, place: str) -> Iterator[tuple[str, Value, Value]]:
    """Where two values are not the same."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in {**left, **right}:
            yield from leaves(left.get(key), right.get(key), f"{place}.{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        # Terraform's sets have an order of their own.
        ordered = [sorted(one, key=str) if "Ids" in place else one for one in (left, right)]
        for number, (one, other) in enumerate(zip(*ordered, strict=True)):
            yield from leaves(one, other, f"{place}[{number}]")
    elif left != right:
        yield place, left, right


def differences(left: Declared, right: Declared) -> list[tuple[str, Value, Value]]:
    one, other = by_name(left), by_name(right)
    assert one.keys() == other.keys()
    return [found for key in one for found in leaves(one[key], other[key], f"{key[1]} {key[0]}")]


def test_a_plan_says_what_its_folder_says(root: Path, tmp_path: Path) -> None:
    plan = root / "plan.json"
    plan.write_text(json.dumps(terraform(root).plan_json()))
    folder, alone, both = read_terraform_folder(root), read(plan), read_terraform_json(plan, folder=root)
    assert not folder.faults
    assert len(folder.resources) == RESOURCES[root.relative_to(tmp_path / "all").as_posix()]
    # With the files nothing is open but what only the plan knows: there the plan knows it.
    for place, left, right in differences(folder, both):
        assert isinstance(left, Unknown), place
        assert not isinstance(right, Unknown | Reference), place
    # Alone it leaves open where the names of its references do; what it says is right.
    for place, left, right in differences(folder, alone):
        assert isinstance(left, Unknown) or isinstance(right, Unknown), (place, left, right)
    assert "do_not_print" not in repr((folder, alone, both))
    assert {str(one.place) for one in both.resources} == {str(one.place) for one in folder.resources}


def test_a_state_says_what_its_folder_says(root: Path) -> None:
    """With ids in the place of references."""
    real = terraform(root)
    real.apply()
    state, raw_state = root / "state.json", root / "terraform.tfstate"
    state.write_text(json.dumps(_as_aws(real.state_json())))
    raw_state.write_text(json.dumps(_as_aws(json.loads(raw_state.read_text()))))
    folder, shown, raw = read_terraform_folder(root), read(state), read(raw_state)
    assert not differences(shown, raw)
    named = replace(
        shown, resources=tuple(replace(one, properties=_named(one.properties, shown)) for one in shown.resources)
    )
    open_ = 0
    for place, left, right in differences(folder, named):
        open_ += 1
        if left is None and place.rsplit(".")[-1] in PROVIDERS:
            continue
        assert isinstance(left, Unknown) or (isinstance(left, Reference) and left.attribute), (place, left, right)
    assert open_ < len(shown.resources)
    assert all(one.id for one in shown.of("AWS::EC2::VPC", "AWS::EC2::NatGateway", "AWS::Lambda::Function"))


def _named(value: Any, declared: Declared) -> Any:
    """With a reference in the place of each id."""
    if isinstance(value, Mapping):
        return {key: _named(one, declared) for key, one in value.items()}
    if isinstance(value, list):
        return [_named(one, declared) for one in value]
    found = declared.referred(value)
    return value if found is None or value in (found.name, "live") else Reference(found.address)


def _as_aws(value: Any) -> Any:
    """Without the security group that the stand-in makes up for a rule of CIDR blocks."""
    if isinstance(value, list):
        return [_as_aws(one) for one in value]
    if not isinstance(value, dict):
        return value
    made_up = value.get("cidr_blocks") and "source_security_group_id" in value
    return {key: None if made_up and key == "source_security_group_id" else _as_aws(one) for key, one in value.items()}


def test_what_goes_is_not_declared_and_what_is_replaced_is(tmp_path: Path) -> None:
    main = tmp_path / "main.tf"
    eips = 'resource "aws_eip" "a" {\n  count = 2\n}\n'
    gateway = 'resource "aws_nat_gateway" "n" {\n  allocation_id = aws_eip.a[%d].id\n  subnet_id = "subnet-1"\n}\n'
    main.write_text(eips + gateway % 1 + 'resource "aws_vpc" "gone" {\n  cidr_block = "10.0.0.0/16"\n}\n')
    real = terraform(tmp_path)
    real.apply()
    main.write_text(eips + gateway % 0)
    plan: dict[str, Any] = real.plan_json()
    actions = {one["address"]: one["change"]["actions"] for one in plan["resource_changes"]}
    assert (actions["aws_nat_gateway.n"], actions["aws_vpc.gone"]) == (["delete", "create"], ["delete"])
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))
    declared = read(file)
    assert {one.address for one in declared.resources} == {"aws_eip.a[0]", "aws_eip.a[1]", "aws_nat_gateway.n"}
    (only,) = declared.of("AWS::EC2::NatGateway")
    first = declared.referred(only.properties["AllocationId"])
    assert first is not None
    assert first.address == "aws_eip.a[0]"


def test_places_are_those_of_the_blocks(root: Path) -> None:
    places = places_of(root)
    for address, place in places.items():
        assert place.line is not None
        line = (root / place.file).read_text().splitlines()[place.line - 1]
        type_, name = address.split(".")[-2:]
        assert line == f'resource "{type_}" "{name}" {{' or line == f'resource "{type_}" "{name}" {{}}'
    assert {one.place for one in read_terraform_folder(root).resources} <= set(places.values())
