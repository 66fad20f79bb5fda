"""What expressions come to, held to the real Terraform: each is an output of one plan, without any resource."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform.configuration import Reading
from narrows.declared.terraform.scopes import Module
from narrows.declared.terraform.values import settled
from narrows.declared.terraform.world import World
from tests.terraform import terraform

LOCALS = """\
variable "given" {
  type    = object({ name = string, size = optional(number, 3), zones = optional(set(string), ["b", "a", "b"]) })
  default = { name = "x" }
}
variable "texts" {
  type    = list(string)
  default = [1, true, "c"]
}
locals {
  name  = "app"
  zones = ["a", "b", "c"]
  ports = { http = 80, https = 443 }
  deep  = { one = { cidr = "10.1.0.0/16", tags = ["x", "y"] }, two = { cidr = "10.2.0.0/16", tags = [] } }
  mixed = [[1, 2], [], [3, [4, 5]]]
  no    = null
  is    = true
}
"""

EXPRESSIONS = [
    '"${local.name}-${local.ports["http"]}"',
    '"%{ if local.is }yes%{ else }no%{ endif }-${!local.is}"',
    '"$${name} \\u00e9 \\t \\"q\\" %%{x}"',
    "local.is ? 1 : 2",
    "1 + 2 * 3 - 4 / 8",
    "-(7 % 3) < 0 && 2 >= 2 || false",
    '"1" + 1',
    "0.1 + 0.2",
    "1 == 1.0",
    '1 == "1"',
    "local.no == null",
    "[1, 2] == [1, 2]",
    "local.zones[1]",
    "local.zones.2",
    "local.zones[*]",
    "local.no[*]",
    "local.name[*]",
    "values(local.deep)[*].cidr",
    "values(local.deep).*.tags[0]",
    "local.deep.one.tags[1]",
    'local.deep["two"].cidr',
    "[for z in local.zones : upper(z)]",
    "[for i, z in local.zones : \"${i}${z}\" if z != \"b\"]",
    "{ for k, v in local.ports : v => k }",
    "{ for z in local.zones : (z == \"a\" ? \"first\" : \"rest\") => z... }",
    "[for k, v in local.deep : v.cidr]",
    "{ (local.name) = 1, \"b c\" = 2, d : 3 }",
    "var.given",
    "var.texts",
    "abs(-3.5)",
    "alltrue([true, \"true\"])",
    "anytrue([false])",
    "ceil(1.2)",
    "floor(-1.2)",
    "chunklist(local.zones, 2)",
    'cidrhost("10.0.0.0/16", 5)',
    'cidrhost("10.0.0.0/16", -2)',
    'cidrnetmask("10.0.0.0/20")',
    'cidrsubnet("10.0.0.0/16", 8, 3)',
    'cidrsubnet("2001:db8::/56", 8, 255)',
    'cidrsubnets("10.0.0.0/16", 4, 4, 8, 4)',
    'coalesce("", null, "z")',
    "coalescelist([], [1])",
    'compact(["a", "", null, "b"])',
    "concat(local.zones, [1])",
    'contains(local.zones, "b")',
    'distinct(["a", "b", "a"])',
    "element(local.zones, 4)",
    'endswith("abc", "bc")',
    "flatten(local.mixed)",
    'format("%s-%03d-%5.1f|%-4s|%4s|%q %v %t %x %%", "a", 7, 1.25, "b", "c", "d", 1.5, true, 255)',
    'format("%[2]s %[1]s", "a", "b")',
    'formatlist("%s-%s", local.zones, "x")',
    'index(local.zones, "c")',
    'join(", ", local.zones)',
    'jsondecode("{\\"a\\": [1, null, true]}")',
    "jsonencode({ b = [1, \"<x>\"], a = null, c = 1.5 })",
    "keys(local.deep)",
    "length(local.ports)",
    'length("héllo")',
    'lookup(local.ports, "ssh", 22)',
    'lower("ABC")',
    'matchkeys(["i-1", "i-2"], ["a", "b"], ["b"])',
    'matchkeys(["i-1", "i-2", "i-3"], ["0", "1", "2"], range(1, 3))',
    'matchkeys(["i-1", "i-2"], [1, 2], [2])',
    "max(1, 5, 3)",
    "min(2, 1)",
    "merge(local.ports, { http = 8080 }, null)",
    "one([])",
    "one([local.name])",
    'parseint("ff", 16)',
    "range(3)",
    "range(1, 6, 2)",
    "range(3, 0)",
    'regexall("^[a-z]{2}-", "eu-west-1a")',
    'length(regexall("^[a-z]{2}-", "1a")) > 0',
    'replace("a.b.c", ".", "-")',
    "reverse(local.zones)",
    'setintersection(["a", "b"], ["b", "c"])',
    'setproduct(["a", "b"], [1, 2])',
    'setsubtract(["a", "b"], ["b"])',
    'setunion(["b"], ["a", "b"])',
    "slice(local.zones, 0, 2)",
    'sort(["c", "a", "B"])',
    'split(",", "a,b,")',
    'startswith("abc", "ab")',
    'strrev("abc")',
    'substr("hello", -3, 2)',
    "sum([1, 2.5])",
    'title("hello world")',
    'tobool("true")',
    'tolist(toset(["b", "a"]))',
    "tomap({ a = 1 })",
    'tonumber("5")',
    'toset(["c", "a", "c"])',
    "tostring(1.5)",
    'trim("?!hello?!", "!?")',
    'trimprefix("helloworld", "hello")',
    'trimspace("  a\\n")',
    'trimsuffix("a.b", ".b")',
    "try(local.deep.three.cidr, local.ports[\"x\"], \"otherwise\")",
    "can(local.deep.three)",
    "can(local.deep.one)",
    'upper("é")',
    "values(local.ports)",
    "zipmap(local.zones, [1, 2, 3])",
    "max([1, 9, 4]...)",
    "length(local.no == null ? [] : [1])",
    "flatten([for k, v in local.deep : [for t in v.tags : { key = k, tag = t }]])",
    "merge([for k in local.zones : { (k) = 1 }]...)",
    "[for s in cidrsubnets(\"10.0.0.0/16\", [for i in range(3) : 4]...) : s]",
    "<<EOT\n  a ${local.name}\nb\nEOT\n",
    "<<-EOT\n    a ${local.name}\n      b\n\n    ${local.name} c\n  EOT\n",
    "<<-EOT\n  plain \"quoted\" $${x}\n  EOT\n",
    "100000000",
    '"${0.5} ${3}"',
    "(1 + 2)",
    "!true",
    "[] == []",
    "{}",
    "local.zones[length(local.zones) - 1]",
    'lookup({ a = "x" }, "a")',
]  # fmt: skip


@pytest.mark.slow
def test_every_expression_comes_to_what_terraform_says(tmp_path: Path) -> None:
    lines = [f'output "o{place}" {{\n  value = {one}\n}}\n' for place, one in enumerate(EXPRESSIONS)]
    (tmp_path / "main.tf").write_text(LOCALS + "".join(lines))
    real = terraform(tmp_path).plan_json()["planned_values"]["outputs"]
    wrong = {}
    for place, (expression, found) in enumerate(zip(EXPRESSIONS, worked_out(tmp_path), strict=True)):
        truth = real[f"o{place}"].get("value")
        if json.dumps(found, sort_keys=True) != json.dumps(truth, sort_keys=True):
            wrong[expression] = (found, truth)
    assert not wrong


def worked_out(folder: Path) -> list[Any]:
    reading = Reading(folder, folder)
    world = World(reading)
    root = Module(world, reading.configuration(folder))
    assert not reading.faults
    outputs = reading.configuration(folder).outputs.values()
    return [_json(settled(root.find(one.body.attributes["value"], {}), world.budget)) for one in outputs]


def _json(value: Any) -> Any:
    if isinstance(value, Unknown | Reference):
        return str(value)
    if isinstance(value, dict):
        return {key: _json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    return int(value) if isinstance(value, float) and value == int(value) else value


OPEN = """\
resource "aws_subnet" "a" {
  count      = 2
  vpc_id     = "vpc-1"
  cidr_block = "10.0.${count.index}.0/24"
}
variable "open" {}
data "aws_availability_zones" "z" {}
"""

NO_DEFAULT = Unknown("variable open has no default", "${var.open}")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("aws_subnet.a[1].id", Reference("aws_subnet.a[1]", "id")),
        ("aws_subnet.a[1].cidr_block", "10.0.1.0/24"),
        ("aws_subnet.a[*].id", [Reference("aws_subnet.a[0]", "id"), Reference("aws_subnet.a[1]", "id")]),
        ("element(aws_subnet.a[*].id, 3)", Reference("aws_subnet.a[1]", "id")),
        ('"${aws_subnet.a[0].id}"', Reference("aws_subnet.a[0]", "id")),
        ('"x-${aws_subnet.a[0].id}"', Unknown("known after apply", "x-${aws_subnet.a[0].id}")),
        ("length(aws_subnet.a)", 2),
        ("aws_subnet.a[2].id", Unknown("a list of 2 has no index 2")),
        ("compact([aws_subnet.a[0].id, null])", [Reference("aws_subnet.a[0]", "id")]),
        ("aws_subnet.a[0].id == null ? 1 : 2", 2),
        ("coalesce(null, aws_subnet.a[0].id)", Reference("aws_subnet.a[0]", "id")),
        ("{ for s in aws_subnet.a : s.cidr_block => s.id }", {
            "10.0.0.0/24": Reference("aws_subnet.a[0]", "id"), "10.0.1.0/24": Reference("aws_subnet.a[1]", "id"),
        }),
        ("var.open", NO_DEFAULT),
        ('"com.${var.open}.s3"', Unknown("variable open has no default", "com.${var.open}.s3")),
        ("var.open ? 1 : 1", 1),
        ("var.open ? 1 : 2", NO_DEFAULT),
        ("var.open && false", False),
        ("[var.open, 1]", [NO_DEFAULT, 1]),
        ("var.absent", Unknown("variable absent is not declared")),
        ("length(slice(data.aws_availability_zones.z.names, 0, 3))", 3),
        ("filebase64(\"x\")", Unknown("filebase64() is not worked out")),
        ("concat(aws_subnet.a[*].id, [var.open])", [
            Reference("aws_subnet.a[0]", "id"), Reference("aws_subnet.a[1]", "id"),
            NO_DEFAULT,
        ]),
        ("sort([var.open, \"a\"])", NO_DEFAULT),
        ("{ a = var.open, b = 1 }.b", 1),
        ("path.cwd", Unknown("path.cwd is not known")),
    ],
)  # fmt: skip
def test_what_is_open_stays_open_and_the_rest_does_not(tmp_path: Path, expression: str, expected: Any) -> None:
    (tmp_path / "main.tf").write_text(f'{OPEN}output "o" {{\n  value = {expression}\n}}\n')
    reading = Reading(tmp_path, tmp_path)
    world = World(reading)
    root = Module(world, reading.configuration(tmp_path))
    value = root.configuration.outputs["o"].body.attributes["value"]
    assert settled(root.find(value, {}), world.budget) == expected
