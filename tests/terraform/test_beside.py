"""A plan whose resources are in no file becomes a module of its own, which the real Terraform takes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from narrows.demo.acts import ACTS, scenario_file
from narrows.patch.model import write
from narrows.patch.terraform import patch_terraform
from narrows.plan import make_plan
from narrows.scenario import load_scenario
from tests.terraform import terraform

_ASKED = {
    "vpc_id": "vpc-1",
    "private_a_route_table_id": "rtb-1",
    "private_a_2_cidr_block": "10.0.32.0/20",
    "nat_a_id": "nat-1",
}


@pytest.mark.parametrize("others", ["", 'resource "aws_vpc" "other" {\n  cidr_block = "10.9.0.0/16"\n}\n'])
def test_a_module_asks_for_the_ids_that_no_file_has(others: str, tmp_path: Path) -> None:
    if others:
        (tmp_path / "main.tf").write_text(others)
    plan = make_plan(load_scenario(scenario_file(ACTS[0].scenario)))
    patch = patch_terraform(plan, tmp_path)
    write(patch, str(tmp_path))
    assert patch.outputs == ("nat_a_more_addresses",)
    told = [one.text for one in patch.todo]
    assert any(one.startswith("raise quota L-5F53652F") for one in told)
    assert any("give storefront subnets private-a, private-a-2" in one for one in told)
    module = terraform(tmp_path / "narrows")
    assert not module.fmt_check()
    assert not module.validate()
    created = Counter(one["type"] for one in module.plan_json(**_ASKED)["resource_changes"])
    assert created == {
        "aws_subnet": 1,
        "aws_route_table_association": 1,
        "aws_eip": 2,
        "aws_nat_gateway_eip_association": 2,
        "aws_cloudwatch_metric_alarm": 3,
    }
