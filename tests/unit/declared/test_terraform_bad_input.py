"""Files that are broken, of another kind, or made to exhaust the machine: one line, or a fault with its place."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.declared.model import Declared, Reference, Unknown
from narrows.declared.terraform import places_of, read, read_terraform_folder, read_terraform_json
from narrows.errors import InputError

VPC = 'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\n'


INSTEAD = "give the plan's JSON: terraform show -json"
OUTSIDE = "stands outside the folder, and no Git work tree is around both; give the plan's JSON: terraform show -json"


def folder_of(folder: Path, **files: str) -> Path:
    """A folder of files; ``__`` in a name is a slash, ``_tf`` at its end ``.tf``."""
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_tf", ".tf")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def faults(declared: Declared) -> list[str]:
    return [f"{one.place}: {one.text}" for one in declared.faults]


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as raised:
        read(path)
    text = str(raised.value)
    assert "\n" not in text
    return text.replace(str(path), "FILE")


def of_json(folder: Path, document: Any) -> Path:
    file = folder / "plan.json"
    file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return file


STATE = {"version": 4, "terraform_version": "1.9.0", "resources": []}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"serial": 1, "encrypted_data": "", "encryption_version": "v0"}, "is an encrypted state or plan; write it"),
        ({"version": 3, "backend": {"type": "s3"}}, "says where the state is kept, and is not the state; write it"),
        ({"version": 3, "modules": []}, "a state of version '3', where 4 is read; run terraform show -json"),
        ({"format_version": "0.1", "planned_values": {}}, "a plan with format_version '0.1', where 1.x is read"),
        ({"format_version": "2.0", "values": {}}, "a state with format_version '2.0', where 1.x is read"),
        ({"planned_values": {}}, "a plan with no format_version, where 1.x is read"),
        ({"Reservations": []}, "is neither a plan nor a state of Terraform; write it with: terraform show -json"),
        ([1, 2], "is neither a plan nor a state of Terraform"),
        (b"hello", "is not valid JSON"),
        (b"", "is empty"),
        (b"PK\x03\x04 and more", "is a plan file, not JSON; write it with: terraform show -json FILE"),
        (b'{"@level":"info"}\n{"@level":"info"}\n', "is what terraform plan -json prints on its way"),
        (b'{"format_version": "1.2", "planned_values": {', "it ends in the middle"),
        (b"[" * 100_000, "is nested too deeply"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plan_says_so_in_a_line(tmp_path: Path, document: Any, says: str) -> None:
    assert says in error_of(of_json(tmp_path, document))


def test_a_plan_of_another_provider_has_nothing_and_says_so(tmp_path: Path) -> None:
    resource = {"address": "azurerm_subnet.a", "mode": "managed", "type": "azurerm_subnet", "name": "a", "values": {}}
    plan = {"format_version": "1.2", "planned_values": {"root_module": {"resources": [resource]}}}
    for document in (plan, STATE, {"format_version": "1.0"}):
        declared = read(of_json(tmp_path, document))
        assert not declared.resources
        assert "no resource of a VPC, of Lambda or of their alarms is in it" in faults(declared)[0]


def test_what_is_sensitive_is_not_read(tmp_path: Path) -> None:
    secret = {"function_name": "hidden-name", "handler": "shown", "environment": [{"variables": {"A": "hidden-value"}}]}
    resource: dict[str, Any] = {"address": "aws_lambda_function.f", "mode": "managed", "type": "aws_lambda_function"}
    resource |= {"name": "f", "values": secret, "sensitive_values": {"function_name": True}}
    shown = read(of_json(tmp_path, {"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}}))
    instance = {"attributes": secret, "sensitive_attributes": [[{"type": "get_attr", "value": "function_name"}]]}
    resources = [{"mode": "managed", "type": "aws_lambda_function", "name": "f", "instances": [instance]}]
    raw = read(of_json(tmp_path, {**STATE, "resources": resources}))
    for declared in (shown, raw):
        (function,) = declared.resources
        assert function.properties["FunctionName"] == Unknown("sensitive")
        assert function.properties["Handler"] == "shown"
        assert "hidden" not in repr(declared)


@pytest.mark.slow
def test_a_file_of_50_mb_is_read_in_time(tmp_path: Path) -> None:
    one = {"mode": "managed", "type": "aws_iam_policy", "name": "p", "values": {"policy": "x" * 5_000}}
    many = [{**one, "address": f"aws_iam_policy.p[{place}]"} for place in range(10_000)]
    vpc = {"address": "aws_vpc.v", "mode": "managed", "type": "aws_vpc", "name": "v", "values": {"id": "vpc-1"}}
    file = of_json(tmp_path, {"format_version": "1.0", "values": {"root_module": {"resources": [*many, vpc]}}})
    assert file.stat().st_size > 50_000_000
    assert [one.id for one in read(file).resources] == ["vpc-1"]


def test_more_resources_than_are_read_is_an_error(tmp_path: Path) -> None:
    many = [{"address": f"a.b[{place}]"} for place in range(20_001)]
    file = of_json(tmp_path, {"format_version": "1.0", "values": {"root_module": {"resources": many}}})
    assert error_of(file) == "FILE: more than 20,000 resources"


def test_broken_syntax_is_a_fault_with_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    broken = 'resource "aws_eip" "a" {\n}\n\nresource "aws_eip" "b" {\n  domain = = "vpc"\n}\n'
    declared = read(folder_of(tmp_path, a_tf=broken, b_tf=VPC))
    assert faults(declared) == ["a.tf:5: the syntax is broken: the block around it is not read"]
    assert [one.address for one in declared.resources] == ["aws_eip.a", "aws_vpc.v"]


def test_a_brace_that_is_not_closed_leaves_the_other_files(tmp_path: Path) -> None:
    declared = read(folder_of(tmp_path, a_tf='resource "aws_eip" "a" {\n', b_tf=VPC))
    assert len(declared.faults) == 1
    assert [one.address for one in declared.resources] == ["aws_vpc.v"]


def test_marks_comments_and_line_ends_of_other_systems(tmp_path: Path) -> None:
    text = '\ufeff# one\r\n// two\r\n/* three\r\n*/\r\nresource "aws_vpc" "v" { # four\r\n'
    text += '  cidr_block = "10.0.0.0/16"\r\n}\r\n'
    (tmp_path / "a.tf").write_bytes(text.encode())
    (tmp_path / "b.tf").write_bytes(b'resource "aws_eip" "\xff" {}\n')
    (tmp_path / "c.tf").write_bytes(b"")
    declared = read(tmp_path)
    assert faults(declared) == ["b.tf:1: is not read: it is not UTF-8 text; save it as UTF-8"]
    (vpc,) = declared.resources
    assert (str(vpc.place), vpc.properties["CidrBlock"]) == ("a.tf:5", "10.0.0.0/16")


def test_locals_that_need_each_other_are_unknown(tmp_path: Path) -> None:
    text = 'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_vpc" "v" {\n  cidr_block = local.a\n}\n'
    declared = read(folder_of(tmp_path, a_tf=text))
    assert declared.resources[0].properties["CidrBlock"] == Unknown("it needs itself")
    assert faults(declared) == ["a.tf:2: 'local.a' needs itself"]
    own = 'resource "aws_vpc" "v" {\n  cidr_block = aws_vpc.v.cidr_block\n  count = length(aws_vpc.v)\n}\n'
    assert len(read(folder_of(tmp_path, a_tf=own)).faults) == 1


def test_a_count_that_is_not_known_is_one_that_may_not_be_there(tmp_path: Path) -> None:
    text = (
        'variable "many" {}\nresource "aws_eip" "a" {\n  count = var.many\n}\n'
        'resource "aws_nat_gateway" "n" {\n  allocation_id = aws_eip.a[0].id\n  subnet_id = one(aws_eip.a[*].id)\n}\n'
    )
    declared = read(folder_of(tmp_path, a_tf=text))
    eip, gateway = declared.resources
    assert (eip.address, eip.conditional) == ("aws_eip.a", "count: variable many has no default")
    assert declared.referred(gateway.properties["AllocationId"]) == eip
    assert gateway.properties["SubnetId"] == Unknown("count: variable many has no default")


def test_files_of_variables_in_terraforms_order(tmp_path: Path) -> None:
    text = 'variable "cidr" {}\nresource "aws_vpc" "v" {\n  cidr_block = var.cidr\n}\n'
    folder_of(tmp_path, a_tf=text)
    (tmp_path / "prod.tfvars").write_text('cidr = "10.1.0.0/16"\n')
    (tmp_path / "test.tfvars").write_text('cidr = "10.2.0.0/16"\n')
    declared = read(tmp_path)
    assert declared.resources[0].properties["CidrBlock"] == Unknown("variable cidr has no default", "${var.cidr}")
    assert faults(declared) == [
        "a.tf:1: variable cidr has no value here; Terraform reads 'prod.tfvars', 'test.tfvars' only with -var-file"
    ]
    with_file = read_terraform_folder(tmp_path, var_files=[tmp_path / "test.tfvars"])
    assert with_file.resources[0].properties["CidrBlock"] == "10.2.0.0/16"
    for name, last in (("terraform.tfvars", 3), ("b.auto.tfvars", 4), ("a.auto.tfvars", 4)):
        (tmp_path / name).write_text(f'cidr = "10.{last if name[0] != "a" else 9}.0.0/16"\n')
        declared = read(tmp_path)
        assert declared.resources[0].properties["CidrBlock"] == f"10.{last}.0.0/16"
        assert not declared.faults


def test_modules_that_are_not_there(tmp_path: Path) -> None:
    text = (
        'module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'
        'module "gone" {\n  source = "./gone"\n}\nmodule "up" {\n  source = "../outside"\n}\n'
        'module "self" {\n  source = "./"\n}\n'
        'resource "aws_subnet" "s" {\n  vpc_id = module.vpc.vpc_id\n}\n'
    )
    (tmp_path / "outside").mkdir()
    declared = read(folder_of(tmp_path, root__a_tf=text) / "root")
    assert faults(declared) == [
        f"a.tf:1: module vpc is not in these files ('terraform-aws-modules/vpc/aws'); run terraform get, or {INSTEAD}",
        "a.tf:4: module gone: there is no folder './gone'",
        f"a.tf:7: module up {OUTSIDE}",
        "a.tf:10: module self stands within itself, or too deep",
    ]
    assert declared.resources[0].properties["VpcId"] == Unknown("module vpc is not in these files")


def test_a_module_that_init_fetched_is_read(tmp_path: Path) -> None:
    folder_of(tmp_path, a_tf='module "vpc" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n')
    fetched = tmp_path / ".terraform" / "modules"
    folder_of(fetched, vpc__main_tf=VPC)
    modules = [{"Key": "", "Dir": "."}, {"Key": "vpc", "Dir": ".terraform/modules/vpc"}]
    (fetched / "modules.json").write_text(json.dumps({"Modules": modules}))
    declared = read(tmp_path)
    assert not declared.faults
    assert [one.address for one in declared.resources] == ["module.vpc.aws_vpc.v"]


def test_links_lead_nowhere_outside(tmp_path: Path) -> None:
    secret = folder_of(tmp_path, outside__a_tf=VPC) / "outside"
    root = folder_of(tmp_path, root__a_tf='module "m" {\n  source = "./linked"\n}\n') / "root"
    (root / "b.tf").symlink_to(secret / "a.tf")
    (root / "linked").symlink_to(secret)
    os.mkfifo(root / "c.tf")
    declared = read(root)
    assert not declared.resources
    assert faults(declared) == [
        "b.tf: is not read: a link leads outside the folder",
        "c.tf: is not read: is a pipe, not a file",
        f"a.tf:1: module m {OUTSIDE}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "locals {\n"
        + "".join(f'  l{n} = "${{local.l{n + 1}}}${{local.l{n + 1}}}"\n' for n in range(60))
        + '  l60 = "xx"\n}\n',
        "locals {\n" + "".join(f"  l{n} = [local.l{n + 1}, local.l{n + 1}]\n" for n in range(60)) + "  l60 = []\n}\n",
        "locals {\n  l0 = [for a in range(5000) : [for b in range(5000) : b]]\n}\n",
        "locals {\n  l0 = " + "[" * 5_000 + "]" * 5_000 + "\n}\n",
        "locals {\n  l0 = " + "1 + " * 5_000 + "1\n}\n",
        "locals {\n  l0 = range(100000000)\n}\n",
        'locals {\n  l0 = format("%999999999s", "x")\n}\n',
        "locals {\n" + "".join(f"  l{n} = local.l{n + 1}\n" for n in range(5_000)) + "}\n",
    ],
    ids=["text", "lists", "loops", "nested", "sum", "range", "format", "chain"],
)
@pytest.mark.slow
def test_what_is_made_to_exhaust_the_machine_is_not_worked_out(tmp_path: Path, text: str) -> None:
    subnet = 'resource "aws_vpc_endpoint" "e" {\n  subnet_ids = local.l0\n  vpc_id = aws_vpc.v.id\n}\n'
    folder_of(tmp_path, a_tf=text + subnet + VPC)
    try:
        vpc = read(tmp_path).resources[0].properties["VpcId"]
        said = ""
    except InputError as error:
        vpc, said = None, str(error)
    assert vpc == Reference("aws_vpc.v") or "steps to work out" in said


def test_more_instances_than_are_read_is_an_error(tmp_path: Path) -> None:
    text = 'resource "aws_eip" "a" {\n  count = 1000000\n}\n'
    assert "count and for_each make more than 20,000 instances" in error_of(folder_of(tmp_path, a_tf=text))


@pytest.mark.slow
def test_a_file_of_one_block_again_and_again_is_read_in_time(tmp_path: Path) -> None:
    declared = read(folder_of(tmp_path, a_tf='resource "aws_eip" "a" {\n}\n' * 70_000))
    assert (len(declared.resources), len(declared.faults)) == (1, 2_000)


def test_files_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    folder_of(tmp_path, a_tf=VPC, b_tf="#" * (2 * 2**20 + 1))
    assert faults(read(tmp_path)) == ["b.tf: is not read: is larger than 2 MiB, the most that is read"]
    for number in range(9):
        folder_of(tmp_path, **{f"c{number}_tf": "#" * (2 * 2**20 - 10)})
    assert "c8.tf: is not read: with it there are more than 16 MiB" in faults(read(tmp_path))


def test_a_folder_without_terraform(tmp_path: Path) -> None:
    assert error_of(tmp_path) == "FILE: holds no Terraform files (*.tf); name the folder of the root module"
    assert "no such file" in error_of(tmp_path / "absent")


def test_json_is_read_as_the_language_is(tmp_path: Path) -> None:
    document = {
        "locals": {"zones": ["a", "b"]},
        "resource": {
            "aws_vpc": {"v": {"cidr_block": "10.0.0.0/16", "tags": {"Name": "${upper(\"main\")}"}}},
            "aws_subnet": {
                "s": [
                    {
                        "count": "${length(local.zones)}", "vpc_id": "${aws_vpc.v.id}",
                        "cidr_block": "${cidrsubnet(aws_vpc.v.cidr_block, 8, count.index)}",
                    }
                ]
            },
            "aws_lambda_function": {
                "f": {"vpc_config": {"subnet_ids": "${aws_subnet.s[*].id}", "security_group_ids": []}}
            },
        },
    }  # fmt: skip
    (tmp_path / "cdk.tf.json").write_text(json.dumps(document))
    declared = read(tmp_path)
    assert not declared.faults
    vpc, first, second, function = declared.resources
    assert (vpc.name, str(vpc.place)) == ("MAIN", "cdk.tf.json")
    assert [one.properties["CidrBlock"] for one in (first, second)] == ["10.0.0.0/24", "10.0.1.0/24"]
    assert function.properties["VpcConfig"] == {"SubnetIds": [Reference(first.address), Reference(second.address)]}


def test_properties_have_lines(tmp_path: Path) -> None:
    text = (
        'resource "aws_lambda_function" "f" {\n  function_name = "f"\n\n  timeout = 9\n'
        "  vpc_config {\n    subnet_ids = []\n    security_group_ids = [aws_security_group.g.id]\n  }\n}\n"
        'resource "aws_security_group" "g" {\n  dynamic "egress" {\n    for_each = [1]\n    content {}\n  }\n}\n'
        'resource "aws_nat_gateway" "n" {\n  availability_zone_address {\n    allocation_ids = []\n  }\n'
        '  availability_zone_address {\n    allocation_ids = ["eipalloc-1"]\n  }\n}\n'
    )
    function, group, gateway = read(folder_of(tmp_path, a_tf=text)).resources
    assert str(function.place_of("Timeout")) == "a.tf:4"
    assert str(function.place_of("VpcConfig")) == "a.tf:5"
    assert str(function.place_of("VpcConfig", "SecurityGroupIds", 0)) == "a.tf:7"
    assert str(function.place_of("MemorySize")) == "a.tf:1"
    assert str(group.place_of("SecurityGroupEgress", 0)) == "a.tf:11"
    assert str(gateway.place_of("AvailabilityZoneAddresses", 1, "AllocationIds")) == "a.tf:21"


def test_an_address_names_the_table_and_not_its_routes(tmp_path: Path) -> None:
    text = 'resource "aws_route_table" "r" {\n  route {\n    cidr_block = "0.0.0.0/0"\n  }\n}\n'
    declared = read(folder_of(tmp_path, a_tf=text))
    assert [one.type for one in declared.resources] == ["AWS::EC2::RouteTable", "AWS::EC2::Route"]
    assert declared.by_address["aws_route_table.r"].type == "AWS::EC2::RouteTable"


def test_what_stands_twice_is_a_fault(tmp_path: Path) -> None:
    declared = read(folder_of(tmp_path, a_tf=VPC, b_tf=VPC, c_override_tf=VPC))
    assert len(declared.resources) == 1
    assert faults(declared) == [
        "b.tf:1: 'aws_vpc.v' stands at a.tf:1 already",
        f"c_override.tf:1: an override file is not read: it changes resource.aws_vpc.v; {INSTEAD}",
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=12,
)
WORDS = [
    "format_version",
    "planned_values",
    "root_module",
    "resources",
    "child_modules",
    "address",
    "mode",
    "type",
    "name",
    "values",
    "index",
    "resource_changes",
    "change",
    "actions",
    "after",
    "after_unknown",
    "after_sensitive",
    "configuration",
    "expressions",
    "references",
    "constant_value",
    "module_calls",
    "module",
    "outputs",
    "expression",
    "for_each_expression",
    "version",
    "instances",
    "attributes",
    "sensitive_attributes",
    "provider_config",
    "aws",
    "vpc_id",
    "subnet_ids",
    "route",
    "ingress",
    "tags",
    "tags_all",
]
TEXTS = [
    "1.2",
    "managed",
    "aws_vpc",
    "aws_subnet",
    "aws_route_table",
    "aws_security_group",
    "module.m",
    "module.m[0]",
    "aws_vpc.a",
    "aws_vpc.a[0]",
    "each.value.id",
    "var.x",
    "module.m.out",
    "local.x",
    'aws_vpc.a["k"]',
]
plan_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | st.sampled_from(TEXTS),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(WORDS), below, max_size=6),
    max_leaves=40,
)

plans = plan_values.map(
    lambda one: {
        "format_version": "1.2", "planned_values": one, "configuration": {"root_module": one}, "resource_changes": one,
    }
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.one_of(json_values, plan_values, plans))
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, document: Any) -> None:
    file = of_json(tmp_path_factory.mktemp("any"), document)
    with suppress(InputError):
        read_terraform_json(file)


WORDS_OF_HCL = """resource "aws_vpc" "aws_subnet" "a" { } [ ] ( ) = count for_each local . var x 1 "${ }" " ${ %{ if in
: ? => ... * [*] module source "./" locals each value aws_vpc cidr_block dynamic content # /* */ - \\ for"""
TOKENS = st.lists(
    st.sampled_from([*WORDS_OF_HCL.split(), "\n", "<<E\n", "E\n", "\x00", "é", "\r\n"]),
    max_size=60,
)


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(st.one_of(st.text(max_size=80), TOKENS.map(" ".join), TOKENS.map("".join)))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.tf").write_bytes(text.encode("utf-8", "replace"))
    with suppress(InputError):
        read_terraform_folder(folder)
        places_of(folder)
