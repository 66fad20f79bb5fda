"""A patch says what its plan says: the user's files, patched and imported again, are the network of the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from narrows.declared import cloudformation, terraform
from narrows.declared.imported import import_scenario
from narrows.declared.model import Declared
from narrows.network import NatKind, Network
from narrows.patch.cloudformation import patch_cloudformation
from narrows.patch.model import write
from narrows.patch.terraform import patch_terraform
from narrows.plan import Plan, make_plan
from narrows.plan.edits import ByHand, NewNatGateway, SecondVersion, edits_of
from narrows.scenario import Scenario
from oracles.infrastructure.cloudformation import template
from oracles.infrastructure.comparing import alike
from oracles.infrastructure.drawing import random_infrastructure
from oracles.infrastructure.terraform import resources
from oracles.infrastructure.terraform_text import hcl

pytestmark = pytest.mark.slow

_SEEDS = 60
_GROWTH = 20.0
"""Of what random networks are asked for, so that most need a plan."""

_VERSIONS = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.24.0"
    }
  }
}
"""


def _cloudformation(plan: Plan, folder: Path) -> Declared:
    file = folder / "template.yaml"
    file.write_text(yaml.safe_dump(template(plan.today)), encoding="utf-8")
    write(patch_cloudformation(plan, file), str(folder))
    return cloudformation.read(file)


def _terraform(plan: Plan, folder: Path) -> Declared:
    (folder / "versions.tf").write_text(_VERSIONS, encoding="utf-8")
    (folder / "main.tf").write_text(hcl(resources(plan.today)), encoding="utf-8")
    write(patch_terraform(plan, folder), str(folder))
    return terraform.read(folder)


PATCHED: Mapping[str, Callable[[Plan, Path], Declared]] = {"cloudformation": _cloudformation, "terraform": _terraform}


def check(kind: str, seed: int, folder: Path) -> bool:
    """Patch the files of a random network, import them again and compare; False where there is nothing to patch."""
    plan = _plan_of(random_infrastructure(seed))
    if plan is None or plan.best is None:
        return False
    folder.mkdir()
    found = import_scenario(PATCHED[kind](plan, folder), plan.today).scenario
    assert _compared(found.network, plan) == _compared(plan.network, plan), seed
    again = make_plan(found, headroom=plan.headroom_wanted)
    if not _replaced(plan):
        ours = {table.id: (table.peak, table.capacity) for table in plan.best.tables}
        assert {table.id: (table.peak, table.capacity) for table in again.tables} == ours, seed
    return True


@pytest.mark.parametrize("kind", PATCHED)
def test_patched_files_are_the_network_of_the_plan(kind: str, tmp_path: Path) -> None:
    assert sum(check(kind, seed, tmp_path / str(seed)) for seed in range(_SEEDS)) >= _SEEDS // 4


def _plan_of(scenario: Scenario) -> Plan | None:
    """A plan all of which can be patched: no code, no second version."""
    free = {name: replace(one, reserved_concurrency=None) for name, one in scenario.network.functions.items()}
    plan = make_plan(replace(scenario, network=replace(scenario.network, functions=free)), growth=_GROWTH)
    if plan.best is None or not plan.changes:
        return None
    edits = [edit for one in edits_of(plan.today.network, plan.best) for edit in one.edits]
    return None if any(isinstance(edit, ByHand | SecondVersion) for edit in edits) else plan


def _compared(network: Network, plan: Plan) -> Network:
    """Without what a patch leaves to people, and says so: the size of a new subnet's block, a
    zonal gateway whose traffic a regional one took over, and what of others leaves by it."""
    new = {name for name in plan.network.subnets if name not in plan.today.network.subnets}
    replaced = _replaced(plan)
    plain = alike(network)
    return replace(
        plain,
        subnets={name: replace(one, free_addresses=0) if name in new else one for name, one in plain.subnets.items()},
        nat_gateways={name: one for name, one in plain.nat_gateways.items() if name not in replaced},
        others={name: one for name, one in plain.others.items() if not replaced},
    )


def _replaced(plan: Plan) -> set[str]:
    """Zonal gateways whose traffic goes to a regional one."""
    assert plan.best is not None
    return {
        edit.beside
        for one in edits_of(plan.today.network, plan.best)
        for edit in one.edits
        if isinstance(edit, NewNatGateway) and edit.gateway.kind is NatKind.REGIONAL
    }
