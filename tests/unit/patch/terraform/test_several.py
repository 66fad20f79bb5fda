"""Blocks and modules that make several of something, or perhaps none: only what the plan changes is changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from narrows.patch.model import Patch
from narrows.patch.terraform import patch_terraform
from narrows.plan import make_plan
from narrows.scenario import load_scenario

_NETWORK = """\
resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.0.0/24"
  availability_zone = "us-east-1a"
}

resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id
}

resource "aws_subnet" "a" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.10.0/24"
  availability_zone = "us-east-1a"
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this.id
  }
}

resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.a.id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "fn" {
  vpc_id = aws_vpc.this.id
}
"""
_FUNCTION = """
resource "aws_lambda_function" "api" {
  %s
  function_name = "%s"
  role          = "arn:aws:iam::123456789012:role/x"

  vpc_config {
    subnet_ids         = [aws_subnet.a.id]
    security_group_ids = [aws_security_group.fn.id]
  }
}
"""
_DYNAMIC = """
resource "aws_lambda_function" "api" {
  for_each      = toset(["read", "write"])
  function_name = "api-${each.key}"
  role          = "arn:aws:iam::123456789012:role/x"

  dynamic "vpc_config" {
    for_each = each.key == "read" ? [1] : []
    content {
      subnet_ids         = [aws_subnet.a.id]
      security_group_ids = [aws_security_group.fn.id]
    }
  }
}
"""


def _patch(
    tmp_path: Path, files: dict[str, str], function: str = "api-read", above: str = "", index: str = ""
) -> Patch:
    """The plan for one function that fills its NAT gateway and its network interface, into these files."""
    for name, text in files.items():
        file = tmp_path / "infra" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    subnet, gateway, group = (
        f"{above}aws_subnet.a",
        f"{above}aws_nat_gateway.this{index}",
        f"{above}aws_security_group.fn",
    )
    connections = [{"to": "cache", "per_environment": 10, "hold": "until_recycled"}]
    scenario: dict[str, Any] = {
        "name": "several",
        "region": "us-east-1",
        "vpc": {
            "subnets": {subnet: {"az": "us-east-1a", "route": gateway}},
            "nat_gateways": {gateway: {"addresses": 1}},
        },
        "destinations": {"cache": {"addresses": 1, "port": 6379}},
        "functions": {function: {"subnets": [subnet], "security_groups": [group], "connections": connections}},
        "demand": {function: {"environments": 9000}},
        "duration": "5m",
    }
    (tmp_path / "scenario.json").write_text(json.dumps(scenario))
    return patch_terraform(make_plan(load_scenario(tmp_path / "scenario.json")), tmp_path / "infra")


def _added(patch: Patch) -> str:
    return "".join(file.after.decode() for file in patch.files)


def _todo(patch: Patch) -> str:
    return "\n".join(f"{todo.place}: {todo.text}" for todo in patch.todo)


def test_a_function_that_the_plan_does_not_know_keeps_its_subnets(tmp_path: Path) -> None:
    """Its block makes another one, which the scenario has left out."""
    function = _FUNCTION % ('for_each = toset(["read", "write"])', "api-${each.key}")
    patch = _patch(tmp_path, {"network.tf": _NETWORK, "function.tf": function})
    assert {file.path for file in patch.files} == {"network.tf", "narrows.tf"}
    assert "function.tf:2: add 1 subnet" in _todo(patch)
    assert 'subnet_ids = [aws_subnet.a.id, aws_subnet.a_2.id] where each.key == "read"' in _todo(patch)


def test_a_dynamic_block_is_left_alone_and_it_is_said_what_it_becomes(tmp_path: Path) -> None:
    patch = _patch(tmp_path, {"network.tf": _NETWORK, "function.tf": _DYNAMIC})
    assert {file.path for file in patch.files} == {"network.tf", "narrows.tf"}
    assert "function.tf:7: add 1 subnet" in _todo(patch)
    assert 'subnet_ids = [aws_subnet.a.id, aws_subnet.a_2.id] where each.key == "read"' in _todo(patch)


@pytest.mark.parametrize("below", ["", "inner/"])
def test_a_module_that_is_called_twice_is_not_changed_for_one_of_them(tmp_path: Path, below: str) -> None:
    """Also where the plan names one alone, and where it is a module inside of the one that is called twice."""
    function = _FUNCTION % ("", "api-${var.color}") + '\nvariable "color" {\n}\n'
    files = {
        "main.tf": "\n".join(
            f'module "{color}" {{\n  source = "./net"\n  color  = "{color}"\n}}\n' for color in ("blue", "green")
        ),
        f"net/{below}main.tf": _NETWORK + function,
    }
    above = "module.blue."
    if below:
        files["net/main.tf"] = 'variable "color" {\n}\n\nmodule "in" {\n  source = "./inner"\n  color = var.color\n}\n'
        above = "module.blue.module.in."
    patch = _patch(tmp_path, files, "api-blue", above)
    assert patch.files == ()
    assert f"net/{below}main.tf:15: add 2 Elastic IP addresses" in _todo(patch)
    assert "called more than once" in _todo(patch)


@pytest.mark.parametrize("several", ["count = var.enable ? 1 : 0", "for_each = var.enable"])
def test_nothing_refers_to_what_is_perhaps_not_there(tmp_path: Path, several: str) -> None:
    """No index is known of what a variable without a value makes: without one, terraform validate refuses it."""
    network = _NETWORK.replace('"aws_nat_gateway" "this" {', f'"aws_nat_gateway" "this" {{\n  {several}')
    function = _FUNCTION % (several, "api")
    files = {"network.tf": network, "function.tf": function, "variables.tf": 'variable "enable" {\n}\n'}
    patch = _patch(tmp_path, files, "api")
    assert "network.tf:15: add 2 Elastic IP addresses" in _todo(patch)
    assert "function.tf:2: add 1 subnet" in _todo(patch)
    own = next(file.after.decode() for file in patch.files if file.path == "narrows.tf")
    assert 'FunctionName = "api"' in own
    assert "aws_nat_gateway.this" not in own


def test_what_a_condition_makes_is_referred_to_by_its_index(tmp_path: Path) -> None:
    count = "count = var.enable ? 1 : 0"
    network = _NETWORK.replace('"aws_nat_gateway" "this" {', f'"aws_nat_gateway" "this" {{\n  {count}')
    network = network.replace("aws_nat_gateway.this.id", "aws_nat_gateway.this[0].id")
    variable = 'variable "enable" {\n  default = true\n}\n'
    files = {"network.tf": network, "function.tf": _FUNCTION % (count, "api"), "variables.tf": variable}
    patch = _patch(tmp_path, files, "api", index="[0]")
    added = _added(patch)
    assert "nat_gateway_id = aws_nat_gateway.this[0].id" in added
    assert "NatGatewayId = aws_nat_gateway.this[0].id" in added
    assert "FunctionName = aws_lambda_function.api[0].function_name" in added
    assert "[aws_subnet.a.id, aws_subnet.a_2.id]" in added
    assert (
        "network.tf:15: whether aws_nat_gateway.this[0] is there depends on a condition (var.enable ? 1 : 0)"
        in _todo(patch)
    )


def test_a_module_outside_of_the_folder_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "main.tf").write_text('resource "aws_eip" "x" {}')
    call = 'module "two" {\n  source = "../outside"\n}\n'
    patch = _patch(tmp_path, {"network.tf": _NETWORK, "main.tf": call, "function.tf": _FUNCTION % ("", "api")}, "api")
    assert [todo.place for todo in patch.todo].count("main.tf:1") == 1


def test_a_function_in_json_is_one_line_to_do_and_its_file_stays(tmp_path: Path) -> None:
    config = {"subnet_ids": ["${aws_subnet.a.id}"], "security_group_ids": ["${aws_security_group.fn.id}"]}
    function = {"function_name": "api", "role": "role", "vpc_config": config}
    text = json.dumps({"resource": {"aws_lambda_function": {"api": function}}})
    patch = _patch(tmp_path, {"network.tf": _NETWORK, "function.tf.json": text}, "api")
    assert {file.path for file in patch.files} == {"network.tf", "narrows.tf"}
    of_json = [todo for todo in patch.todo if "JSON" in todo.text]
    assert [todo.place for todo in of_json] == ["function.tf.json: resource.aws_lambda_function.api"]
    assert '"subnet_ids": ["${aws_subnet.a.id}", "${aws_subnet.a_2.id}"]' in of_json[0].text


_CALL = """
module "api" {
  source  = "terraform-aws-modules/lambda/aws"
  version = "~> 8.0"
%s
  function_name = "api" # the shop's

  vpc_subnet_ids         = [aws_subnet.a.id]
  vpc_security_group_ids = [aws_security_group.fn.id]
}
"""
_MODULE = """
variable "function_name" {}
variable "vpc_subnet_ids" {}
variable "vpc_security_group_ids" {}

resource "aws_lambda_function" "this" {
  count         = 1
  function_name = var.function_name
  role          = "role"

  dynamic "vpc_config" {
    for_each = var.vpc_subnet_ids != null ? [true] : []
    content {
      subnet_ids         = var.vpc_subnet_ids
      security_group_ids = var.vpc_security_group_ids
    }
  }
}
"""
_INSTALLED = {
    ".terraform/modules/modules.json": json.dumps(
        {"Modules": [{"Key": "api", "Source": "terraform-aws-modules/lambda/aws", "Dir": ".terraform/modules/api"}]}
    ),
    ".terraform/modules/api/main.tf": _MODULE,
}


@pytest.mark.parametrize("installed", [False, True])
def test_the_inputs_of_the_lambda_module_are_edited(tmp_path: Path, installed: bool) -> None:
    """Whether ``terraform init`` has brought the module or not."""
    files = {"network.tf": _NETWORK, "function.tf": _CALL % "", **(_INSTALLED if installed else {})}
    patch = _patch(tmp_path, files, "api")
    function = next(file.after.decode() for file in patch.files if file.path == "function.tf")
    assert function == (_CALL % "").replace("[aws_subnet.a.id]", "[aws_subnet.a.id, aws_subnet.a_2.id]")
    assert "left to you" not in _todo(patch)


def test_a_call_that_makes_several_functions_is_left_alone(tmp_path: Path) -> None:
    patch = _patch(tmp_path, {"network.tf": _NETWORK, "function.tf": _CALL % "  count = 2"}, "api")
    assert "function.tf" not in {file.path for file in patch.files}
    assert "function.tf:2: add 1 subnet" in _todo(patch)
    assert "this call has count" in _todo(patch)


def test_other_modules_of_the_lambda_repository_are_no_function(tmp_path: Path) -> None:
    call = (_CALL % "").replace("lambda/aws", "lambda/aws//modules/alias")
    patch = _patch(tmp_path, {"network.tf": _NETWORK, "function.tf": call}, "api")
    assert "function.tf" not in {file.path for file in patch.files}
    assert "function api is in no file" in _todo(patch)


def test_an_association_whose_count_is_not_known_is_not_copied(tmp_path: Path) -> None:
    """Its copy would be of no index: the new subnet is there, and its route table is left to the user."""
    head = '"aws_route_table_association" "a" {'
    network = _NETWORK.replace(head, f"{head}\n  count = var.tables")
    files = {"network.tf": network, "function.tf": _FUNCTION % ("", "api"), "v.tf": 'variable "tables" {\n}\n'}
    patch = _patch(tmp_path, files, "api")
    added = _added(patch)
    assert 'resource "aws_subnet" "a_2"' in added
    assert added.count('resource "aws_route_table_association"') == 1
    assert "associate aws_subnet.a_2 with the route table of aws_subnet.a" in _todo(patch)
