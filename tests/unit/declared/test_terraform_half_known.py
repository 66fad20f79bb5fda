"""Files and plans that are right, and not all of which can be known or read: each says so, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from narrows.declared.model import Declared, Unknown
from narrows.declared.reading import read_declared
from narrows.declared.terraform import read
from narrows.errors import InputError
from narrows.lint.run import lint

VPC = 'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\n'


def faults(declared: Declared) -> list[str]:
    return [f"{fault.place}: {fault.text}" for fault in declared.faults]


def planned(address: str, actions: list[str], unknown: dict[str, Any] | None = None) -> dict[str, Any]:
    type_, name = address.split(".")
    change = {"actions": actions, "after_unknown": unknown or {}}
    return {"address": address, "mode": "managed", "type": type_, "name": name, "values": {}, "change": change}


def plan_of(folder: Path, *resources: dict[str, Any], **configuration: Any) -> Path:
    kept = [one for one in resources if one["change"]["actions"] != ["delete"]]
    document: dict[str, Any] = {"format_version": "1.2", "planned_values": {"root_module": {"resources": kept}}}
    document |= {"resource_changes": list(resources), "configuration": configuration}
    file = folder / "plan.json"
    file.write_text(json.dumps(document))
    return file


def test_what_a_plan_deletes_and_replaces_is_said(tmp_path: Path) -> None:
    gone = [planned(f"aws_lambda_function.f{number}", ["delete"]) for number in range(3)]
    file = plan_of(
        tmp_path, *gone, planned("aws_nat_gateway.n", ["delete", "create"]), planned("aws_iam_role.r", ["delete"])
    )
    declared = read(file)
    assert [one.address for one in declared.resources] == ["aws_nat_gateway.n"]
    assert faults(declared) == [
        f"{file}: the plan deletes aws_lambda_function.f0 and 2 more: what is deleted is not read",
        f"{file}: the plan replaces aws_nat_gateway.n: another id and, of a NAT gateway, open connections that drop",
    ]


def test_a_function_whose_dynamic_vpc_config_is_not_known_may_be_in_a_vpc(tmp_path: Path) -> None:
    file = plan_of(tmp_path, planned("aws_lambda_function.f", ["create"], {"arn": True, "vpc_config": True}))
    (function,) = read(file).resources
    assert function.properties == {"VpcConfig": Unknown("known after apply")}


@pytest.mark.parametrize(
    ("repeated", "why"),
    [
        ("count = -1", "count: -1 is less than 0"),
        ("count = 1\n  for_each = {}", "count: for_each stands beside it, and Terraform takes only one of them"),
    ],
)
def test_a_count_that_terraform_refuses_is_a_question(tmp_path: Path, repeated: str, why: str) -> None:
    (tmp_path / "a.tf").write_text(f'resource "aws_eip" "a" {{\n  {repeated}\n}}\n')
    (address,) = read(tmp_path).resources
    assert address.conditional == why


def test_one_line_for_all_files_that_are_too_many(tmp_path: Path) -> None:
    for number in range(2_003):
        (tmp_path / f"{number:04}.tf").write_text("" if number else VPC)
    assert faults(read(tmp_path)) == ["2000.tf: is not read, nor is any file after it: more than 2,000 files"]


def test_nothing_that_can_be_read_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_bytes(f"# café\n{VPC}".encode("utf-16"))
    with pytest.raises(InputError) as raised:
        read(tmp_path)
    assert raised.value.place == "a.tf:1"
    assert raised.value.problem == "is not read: it is not UTF-8 text; save it as UTF-8; nothing else is declared there"


def test_an_end_that_is_missing_is_on_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(VPC + 'variable "cidr" {}\n')
    (tmp_path / "terraform.tfvars").write_text('a = 1\ncidr = "10.4.0.0\n\n')
    assert faults(read(tmp_path)) == ["terraform.tfvars:2: the syntax is broken"]


def test_json_that_is_broken_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(VPC)
    (tmp_path / "b.tf.json").write_text('{\n  "resource": {,}\n}\n')
    (fault,) = read(tmp_path).faults
    assert str(fault.place) == "b.tf.json"
    assert "line 2" in fault.text


def test_a_module_that_was_fetched_and_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(VPC + 'module "m" {\n  source = "a/b/c"\n}\n')
    fetched = tmp_path / ".terraform" / "modules"
    fetched.mkdir(parents=True)
    (fetched / "modules.json").write_text(json.dumps({"Modules": [{"Key": "m", "Dir": ".terraform/modules/m"}]}))
    assert faults(read(tmp_path)) == [
        "a.tf:4: module m: there is no folder '.terraform/modules/m'; run terraform get again"
    ]


def test_outputs_and_attributes_that_need_themselves_have_their_line(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a.tf").write_text('variable "x" {}\noutput "y" {\n  value = var.x\n}\n')
    text = 'module "m" {\n  source = "./m"\n  x = module.m.y\n}\n'
    text += 'resource "aws_vpc" "v" {\n  cidr_block = module.m.y\n}\n'
    (tmp_path / "a.tf").write_text(text + 'resource "aws_subnet" "s" {\n\n  cidr_block = aws_subnet.s.cidr_block\n}\n')
    assert faults(read(tmp_path)) == [
        "m/a.tf:2: 'output.y' needs itself",
        "a.tf:10: 'aws_subnet.s.cidr_block' needs itself",
    ]


PROVIDERS = (
    'provider "aws" {\n  region = "us-east-1"\n}\nprovider "aws" {\n  alias  = "eu"\n  region = "eu-west-1"\n}\n'
)


@pytest.mark.parametrize(
    ("elsewhere", "address"),
    [
        ('resource "aws_vpc" "e" {\n  provider = aws.eu\n}\n', "aws_vpc.e"),
        ('resource "aws_vpc" "e" {\n  region = "eu-west-1"\n}\n', "aws_vpc.e"),
        ('module "m" {\n  source = "./m"\n  providers = {\n    aws = aws.eu\n  }\n}\n', "module.m.aws_vpc.v"),
        ('module "m" {\n  source = "./n"\n  providers = {\n    aws.x = aws.eu\n  }\n}\n', "module.m.aws_vpc.x"),
    ],
)
def test_what_is_in_another_region_is_said(tmp_path: Path, elsewhere: str, address: str) -> None:
    for name, text in (("m", VPC), ("n", 'resource "aws_vpc" "x" {\n  provider = aws.x\n}\n')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.tf").write_text(text)
    (tmp_path / "a.tf").write_text(PROVIDERS + VPC)
    assert not read(tmp_path).faults
    (tmp_path / "b.tf").write_text(elsewhere)
    declared = read(tmp_path)
    assert declared.region == "us-east-1"
    (fault,) = declared.faults
    assert f"of one Region, us-east-1 here, and {address} in eu-west-1: delete" in fault.text
    assert str(fault.place).startswith(("b.tf:1", "m/", "n/"))


def test_where_all_is_in_the_region_of_an_alias_that_is_the_region(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(PROVIDERS + 'resource "aws_vpc" "e" {\n  provider = aws.eu\n}\n')
    declared = read(tmp_path)
    assert (declared.region, declared.faults) == ("eu-west-1", ())


def test_a_plan_of_two_regions(tmp_path: Path) -> None:
    def provider(region: str) -> dict[str, Any]:
        return {"name": "aws", "expressions": {"region": {"constant_value": region}}}

    resources = [planned("aws_vpc.a", ["create"]), planned("aws_vpc.b", ["create"])]
    keys = {"aws_vpc.a": "aws", "aws_vpc.b": "aws.eu"}
    blocks = [{**one, "expressions": {}, "provider_config_key": keys[one["address"]]} for one in resources]
    providers = {"aws": provider("us-east-1"), "aws.eu": provider("eu-west-1")}
    file = plan_of(tmp_path, *resources, root_module={"resources": blocks}, provider_config=providers)
    declared = read(file)
    assert declared.region == "us-east-1"
    assert "us-east-1 here, and aws_vpc.b in eu-west-1" in declared.faults[0].text


def test_a_plan_file_of_any_name_is_told_from_templates_and_scenarios(tmp_path: Path) -> None:
    file = tmp_path / "tfplan"
    file.write_bytes(b"PK\x03\x04\x14\x00\x08\x00")
    for attempt in (lambda: read_declared(file), lambda: lint([file])):
        with pytest.raises(InputError) as raised:
            attempt()
        assert raised.value.problem == "is a plan file, not JSON"


def test_files_that_expressions_read(tmp_path: Path) -> None:
    module = tmp_path / "net"
    module.mkdir()
    (module / "a.tf").write_text(
        'locals {\n  net = jsondecode(file("${path.module}/net.json"))\n}\n'
        'resource "aws_subnet" "s" {\n  for_each = local.net.subnets\n  cidr_block = each.value\n}\n'
    )
    (module / "net.json").write_text('{"subnets": {"a": "10.0.1.0/24", "b": "10.0.2.0/24"}}')
    (tmp_path / "secret").write_bytes(b"\xff")
    (tmp_path / "a.tf").write_text(
        'module "net" {\n  source = "./net"\n}\n'
        'resource "aws_vpc" "gone" {\n  cidr_block = file("${path.root}/gone")\n}\n'
        'resource "aws_vpc" "bytes" {\n  cidr_block = file("secret")\n}\n'
        'resource "aws_vpc" "else" {\n  cidr_block = try(file("gone"), "10.0.0.0/16")\n}\n'
        'resource "aws_vpc" "out" {\n  cidr_block = file("/etc/hostname")\n}\n'
    )
    gone, raw, otherwise, out, first, second = read(tmp_path).resources
    assert (first.address, first.properties["CidrBlock"]) == ('module.net.aws_subnet.s["a"]', "10.0.1.0/24")
    assert second.properties["CidrBlock"] == "10.0.2.0/24"
    assert gone.properties["CidrBlock"] == Unknown("file('./gone'): no such file or directory")
    assert raw.properties["CidrBlock"] == Unknown("file('secret'): is not UTF-8 text")
    assert otherwise.properties["CidrBlock"] == "10.0.0.0/16"
    assert out.properties["CidrBlock"] == Unknown("file('/etc/hostname'): it stands outside the folder")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.auto.tfvars", b'cidr = "\xe9"\n', "a.auto.tfvars:1: is not read: it is not UTF-8 text; save it as UTF-8"),
        ("a.auto.tfvars.json", b"[]", "a.auto.tfvars.json: is not read: no object of variables is at its top"),
    ],
)
def test_files_of_variables_that_are_none(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / "a.tf").write_text('variable "cidr" {}\n' + VPC.replace('"10.0.0.0/16"', "var.cidr"))
    (tmp_path / name).write_bytes(content)
    declared = read(tmp_path)
    assert faults(declared) == [says]
    assert declared.resources[0].properties["CidrBlock"] == Unknown("variable cidr has no default", "${var.cidr}")


def test_files_that_only_open_tofu_reads(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(VPC)
    (tmp_path / "a.tofu").write_text(VPC)
    assert faults(read(tmp_path)) == ["a.tofu: is not read: only OpenTofu reads it; tofu show -json has it all"]


def test_a_module_whose_source_is_worked_out(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(VPC + 'module "m" {\n  source = "${var.base}/m"\n}\n')
    assert faults(read(tmp_path)) == [
        "a.tf:4: module m has no plain source; give the plan's JSON: terraform show -json"
    ]
