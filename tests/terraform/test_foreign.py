"""Configurations as other people write them: what the real Terraform makes of their patches."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from narrows.patch.model import Patch, write
from narrows.patch.terraform import patch_terraform
from narrows.plan import Plan, make_plan
from narrows.scenario import load_scenario
from tests.terraform import Folder, terraform

_FOREIGN = Path(__file__).with_name("foreign")


def _folder(name: str, tmp_path: Path) -> Folder:
    folder = tmp_path / name
    shutil.copytree(_FOREIGN / name, folder)
    if (folder / "dot-terraform").exists():
        (folder / "dot-terraform").rename(folder / ".terraform")
    found = terraform(folder)
    if name == "modular":
        found.get()
    assert not found.validate()
    found.apply()
    return found


def _plan(tmp_path: Path, strategy: str, subnets: dict[str, Any], gateways: dict[str, int], **functions: Any) -> Plan:
    scenario = {
        "name": "foreign",
        "region": next(iter(subnets.values()))["az"][:-1],
        "vpc": {"subnets": subnets, "nat_gateways": {name: {"addresses": n} for name, n in gateways.items()}},
        "destinations": {"cache": {"addresses": 1, "port": 6379}},
        "functions": {
            name: {
                "subnets": list(subnets),
                "security_groups": [group],
                "connections": [{"to": "cache", "per_environment": 10, "hold": "until_recycled"}],
            }
            for name, (group, _) in functions.items()
        },
        "demand": {name: {"environments": count} for name, (_, count) in functions.items()},
        "duration": "5m",
    }
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(scenario))
    plan = make_plan(load_scenario(file))
    if strategy == "cheapest":
        return plan
    return replace(plan, best=next(one for one in plan.alternatives if one.strategy == strategy))


def _patched(found: Folder, plan: Plan, formatted: bool = True) -> tuple[Patch, Counter[str]]:
    """The patch, written, and what the plan of the real Terraform does: ``create aws_eip`` by its count."""
    patch = patch_terraform(plan, found.path)
    write(patch, str(found.path))
    if formatted:
        assert not found.fmt_check()
    assert not found.validate()
    counted: Counter[str] = Counter()
    for one in found.plan_json()["resource_changes"]:
        actions = one["change"]["actions"]
        assert "delete" not in actions, (one["address"], one["change"].get("replace_paths"))
        if actions != ["no-op"] and one["type"] != "aws_cloudwatch_metric_alarm":
            counted[f"{actions[0]} {one['type']}"] += 1
    return patch, counted


_TUTORIAL = {
    f"shop-private-{n}": {"az": f"us-east-1{z}", "route": f"shop-nat-{n}"} for n, z in ((1, "a"), (2, "b"), (3, "c"))
}
_SHOP = {f"shop-nat-{n}": 1 for n in (1, 2, 3)}


def test_a_tutorials_vpc_of_lists(tmp_path: Path) -> None:
    found = _folder("tutorial", tmp_path)
    plan = _plan(tmp_path, "cheapest", _TUTORIAL, _SHOP, **{"shop-checkout": ("shop-lambda", 18000)})
    patch, does = _patched(found, plan)
    assert does == {
        "create aws_eip": 3,
        "create aws_nat_gateway_eip_association": 3,
        "create aws_subnet": 3,
        "create aws_route_table_association": 3,
        "update aws_lambda_function": 1,
    }
    assert any("does not say which" in one.text for one in patch.todo)
    text = (found.path / "lambda.tf").read_text()
    assert "concat(aws_subnet.private[*].id, [aws_subnet.private_2.id, " in text


def test_a_tutorials_vpc_with_a_regional_gateway(tmp_path: Path) -> None:
    found = _folder("tutorial", tmp_path)
    plan = _plan(tmp_path, "use-regional-nat-gateway", _TUTORIAL, _SHOP, **{"shop-checkout": ("shop-lambda", 18000)})
    _, does = _patched(found, plan)
    assert does["create aws_nat_gateway"] == does["update aws_route"] > 0


def test_maps_of_zones(tmp_path: Path) -> None:
    found = _folder("keyed", tmp_path)
    subnets = {f"orders-private-{z}": {"az": f"us-east-1{z}", "route": f"orders-nat-{z}"} for z in "ab"}
    functions = dict.fromkeys(("orders-read", "orders-write"), ("orders-fn", 6000))
    patch, does = _patched(
        found, _plan(tmp_path, "cheapest", subnets, {"orders-nat-a": 1, "orders-nat-b": 1}, **functions)
    )
    assert does["update aws_lambda_function"] == 2
    assert does["create aws_eip"] == does["create aws_nat_gateway_eip_association"] == 2
    assert does["create aws_subnet"] == does["create aws_route_table_association"] == 2
    assert not any("left to you" in one.text for one in patch.todo)


@pytest.mark.parametrize("strategy", ["cheapest", "add-nat-gateway", "use-regional-nat-gateway"])
def test_a_network_that_is_a_module_of_ones_own(tmp_path: Path, strategy: str) -> None:
    found = _folder("modular", tmp_path)
    subnets = {f"ledger-app-{n}": {"az": f"us-east-1{z}", "route": "ledger-egress"} for n, z in ((1, "a"), (2, "b"))}
    plan = _plan(tmp_path, strategy, subnets, {"ledger-egress": 1}, ledger=("ledger-fn", 13000))
    _, does = _patched(found, plan)
    assert does["update aws_lambda_function"] == 1
    assert does["create aws_subnet"] == 1
    text = (found.path / "main.tf").read_text()
    assert "concat(module.network.private_subnet_ids, [module.network.narrows_" in text
    assert "# both zones" in text


def test_a_dense_file_whose_gateway_lists_its_addresses(tmp_path: Path) -> None:
    found = _folder("dense", tmp_path)
    before = (found.path / "infra.tf").read_text()
    subnets = {"bank-lambda": {"az": "us-west-2b", "route": "bank-egress"}}
    plan = _plan(tmp_path, "cheapest", subnets, {"bank-egress": 2}, pay=("bank-lambda", 11000))
    _, does = _patched(found, plan, formatted=False)
    assert does["update aws_nat_gateway"] == 1
    assert does["create aws_nat_gateway_eip_association"] == 0
    assert does["update aws_network_acl"] == 1
    gone = set(before.splitlines()) - set((found.path / "infra.tf").read_text().splitlines())
    assert len(gone) == 3, gone  # The list of addresses, the functions' subnets, the network ACL's.


def test_the_example_of_the_registrys_vpc_module(tmp_path: Path) -> None:
    found = _folder("registry", tmp_path)
    subnets = {
        f"ex-simple-private-eu-west-1{z}": {"az": f"eu-west-1{z}", "route": "ex-simple-eu-west-1a"} for z in "abc"
    }
    plan = _plan(
        tmp_path, "cheapest", subnets, {"ex-simple-eu-west-1a": 1}, **{"ex-simple-api": ("ex-simple-lambda", 18000)}
    )
    patch, does = _patched(found, plan)
    assert does["update aws_lambda_function"] == 1
    assert does["create aws_eip"] == does["create aws_nat_gateway_eip_association"] > 0
    assert does["create aws_subnet"] == does["create aws_route_table_association"] > 0
    assert "natgw_ids[0]" in (found.path / "narrows.tf").read_text()
    assert [one.path for one in patch.files] == ["main.tf", "narrows.tf"]


def test_a_plan_of_ids_with_the_state_that_has_them(tmp_path: Path) -> None:
    found = _folder("registry", tmp_path)
    state = tmp_path / "state.json"
    document = found.state_json()
    state.write_text(json.dumps(document))
    shutil.rmtree(found.path / ".terraform")
    every = [*document["values"]["root_module"]["resources"]]
    every += document["values"]["root_module"]["child_modules"][0]["resources"]
    ids = {one["address"]: one["values"].get("id") for one in every}
    gateway = ids["module.vpc.aws_nat_gateway.this[0]"]
    subnets = {
        ids[f"module.vpc.aws_subnet.private[{n}]"]: {"az": f"eu-west-1{z}", "route": gateway}
        for n, z in enumerate("abc")
    }
    group = ids["aws_security_group.lambda"]
    plan = _plan(tmp_path, "cheapest", subnets, {gateway: 1}, **{"ex-simple-api": (group, 18000)})
    patch = patch_terraform(plan, found.path, state=state)
    text = {one.path: one.after.decode() for one in patch.files}
    assert "concat(module.vpc.private_subnets, [aws_subnet." in text["main.tf"]
    assert "nat_gateway_id = module.vpc.natgw_ids[0]" in text["narrows.tf"]
    assert not any("is in no file" in one.text for one in patch.todo), patch.todo
