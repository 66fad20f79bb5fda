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


def _plan(
    tmp_path: Path,
    strategy: str,
    subnets: dict[str, Any],
    gateways: dict[str, int],
    kind: Any = "zonal",
    **functions: Any,
) -> Plan:
    scenario = {
        "name": "foreign",
        "region": next(iter(subnets.values()))["az"][:-1],
        "vpc": {
            "subnets": subnets,
            "nat_gateways": {name: {"addresses": n, "kind": kind} for name, n in gateways.items()},
        },
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


def test_subnets_that_share_a_route_table_and_part(tmp_path: Path) -> None:
    found = _folder("modular", tmp_path)
    subnets = {f"ledger-app-{n}": {"az": f"us-east-1{z}", "route": "ledger-egress"} for n, z in ((1, "a"), (2, "b"))}
    plan = _plan(tmp_path, "add-nat-gateway", subnets, {"ledger-egress": 1}, ledger=("ledger-fn", 9000))
    _, does = _patched(found, plan)
    assert does == {
        "create aws_eip": 3,
        "create aws_nat_gateway": 1,
        "create aws_nat_gateway_eip_association": 2,
        "create aws_route_table": 1,
        "update aws_route_table_association": 1,
    }


@pytest.mark.parametrize(
    ("version", "patched"), [("6.14.1", True), (">= 6.11", True), ("6.10.0", False), ("~> 5.9", False), ("", False)]
)
def test_a_list_of_addresses_is_left_alone_where_the_provider_may_be_too_old(
    tmp_path: Path, version: str, patched: bool
) -> None:
    folder = tmp_path / "dense"
    shutil.copytree(_FOREIGN / "dense", folder)
    text = (folder / "infra.tf").read_text()
    (folder / "infra.tf").write_text(
        text.replace(', version = "6.14.1"', f', version = "{version}"' if version else "")
    )
    subnets = {"bank-lambda": {"az": "us-west-2b", "route": "bank-egress"}}
    patch = patch_terraform(
        _plan(tmp_path, "cheapest", subnets, {"bank-egress": 2}, pay=("bank-lambda", 11000)), folder
    )
    after = "".join(one.after.decode() for one in patch.files)
    assert ("aws_eip.e_more[0].id" in after) is patched
    assert "aws_nat_gateway_eip_association" not in after
    assert any("The gateway is left as it is" in one.text for one in patch.todo) is not patched


_KINDS = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.24"
    }
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "functions" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.16.0/20"
  availability_zone = "us-east-1a"
  tags              = { Name = "functions" }
}

%s

resource "aws_route_table" "functions" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.way.id
  }
}

resource "aws_route_table_association" "functions" {
  subnet_id      = aws_subnet.functions.id
  route_table_id = aws_route_table.functions.id
}

resource "aws_security_group" "f" {
  name   = "f"
  vpc_id = aws_vpc.main.id
}

resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  vpc_config {
    subnet_ids         = [aws_subnet.functions.id]
    security_group_ids = [aws_security_group.f.id]
  }
}
"""
_PRIVATE = """\
resource "aws_nat_gateway" "way" {
  connectivity_type = "private"
  subnet_id         = aws_subnet.functions.id # of its own, elsewhere
  tags              = { Name = "way" }
}"""
_REGIONAL = """\
resource "aws_eip" "way" {
  domain = "vpc"
}

resource "aws_nat_gateway" "way" {
  availability_mode = "regional"
  vpc_id            = aws_vpc.main.id

  availability_zone_address {
    allocation_ids    = [aws_eip.way.id]
    availability_zone = "us-east-1a"
  }

  tags = {
    Name = "way"
  }
}"""


@pytest.mark.parametrize(("kind", "gateway", "addresses"), [("private", _PRIVATE, 0), ("regional", _REGIONAL, 2)])
def test_gateways_of_other_kinds_get_addresses_in_place(
    tmp_path: Path, kind: str, gateway: str, addresses: int
) -> None:
    folder = tmp_path / kind
    folder.mkdir()
    (folder / "main.tf").write_text(_KINDS % gateway)
    found = terraform(folder)
    found.apply()
    subnets = {"functions": {"az": "us-east-1a", "route": "way"}}
    plan = _plan(tmp_path, "cheapest", subnets, {"way": 1}, kind=kind, f=("f", 9000))
    _, does = _patched(found, plan)
    assert does["update aws_nat_gateway"] == 1
    assert does["create aws_eip"] == addresses
    assert does["create aws_subnet"] == does["update aws_lambda_function"] == 1


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
