"""Random networks with Terraform for them, in the styles in which people write it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
_HEAD = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.24"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}
"""


@dataclass
class Drawn:
    """A network as a scenario, and the text of its files."""

    scenario: dict[str, Any]
    files: dict[str, str]
    style: dict[str, bool] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """The files into a folder, and the scenario beside it; gives the scenario's file."""
        folder.mkdir()
        for name, text in self.files.items():
            (folder / name).write_text(text)
        file = folder.with_suffix(".yaml")
        file.write_text(json.dumps(self.scenario))
        return file


def draw(seed: int) -> Drawn:
    """A network in which the peak does not fit, as a rule."""
    chance = random.Random(seed)
    names = ("several", "each", "inline_routes", "secondary", "note", "acl", "endpoint", "one_gateway", "one_table")
    style = {name: chance.random() < 0.4 for name in (*names, "odd")}
    zones = _ZONES[: chance.randint(1, 3)]
    gateways = {f"nat-{zone[-1]}": chance.randint(1, 3) for zone in (zones[:1] if style["one_gateway"] else zones)}
    of_zone = {zone: f"nat-{(zones[0] if style['one_gateway'] else zone)[-1]}" for zone in zones}
    subnets = {f"private-{zone[-1]}": zone for zone in zones}
    writer = _Writer(chance, style, zones, gateways, of_zone)
    parts = [
        writer.public(),
        *(writer.gateway(name, count) for name, count in gateways.items()),
        writer.private(),
        writer.tables(),
        writer.others(),
    ]
    functions: dict[str, Any] = {}
    demand: dict[str, Any] = {}
    for number in range(chance.randint(1, 3)):
        used = sorted(chance.sample(sorted(subnets), chance.randint(1, len(subnets))))
        groups = [f"sg-{chance.randint(1, 2)}"]
        name = f"worker-{number}"
        functions[name] = {
            "subnets": used,
            "security_groups": groups,
            "connections": [{"to": chance.choice(["cache", "api"]), "per_environment": 10, "hold": "until_recycled"}],
        }
        demand[name] = {"environments": chance.choice([3000, 6000, 9000, 15000])}
        parts.append(writer.function(name, used, groups))
    text = [writer.noted(part) for part in parts]
    at = chance.randint(1, len(text))
    files = {"main.tf": _HEAD + "\n" + "\n".join(text[:at])}
    if text[at:]:
        files["more.tf"] = "\n".join(text[at:])
    scenario = {
        "name": f"drawn-{seed}",
        "region": "us-east-1",
        "vpc": {
            "subnets": {name: {"az": zone, "route": of_zone[zone]} for name, zone in subnets.items()},
            "nat_gateways": {name: {"addresses": count} for name, count in gateways.items()},
        },
        "destinations": {"cache": {"addresses": 1, "port": 6379}, "api": {"addresses": 2, "port": 443}},
        "functions": functions,
        "demand": demand,
        "duration": "5m",
    }
    return Drawn(scenario, files, style)


class _Writer:
    def __init__(
        self,
        chance: random.Random,
        style: dict[str, bool],
        zones: tuple[str, ...],
        gateways: dict[str, int],
        of_zone: dict[str, str],
    ) -> None:
        self.chance, self.style, self.zones, self.gateways, self.of_zone = chance, style, zones, gateways, of_zone

    def noted(self, text: str) -> str:
        """With comments here and there, and oddly laid out where the style says so."""
        if self.style["note"]:
            text = text.replace("  vpc_id ", "  # of the VPC\n  vpc_id ", 1).replace("}\n\nr", "} # done\n\nr", 1)
        if self.style["odd"]:
            text = text.replace(" = ", "   = ", 3).replace("  domain", "      domain")
        return text

    def public(self) -> str:
        blocks = []
        for number, zone in enumerate(self.zones):
            blocks.append(
                f'resource "aws_subnet" "public_{zone[-1]}" {{\n'
                f"  vpc_id            = aws_vpc.main.id\n"
                f'  cidr_block        = "10.0.{number}.0/24"\n'
                f'  availability_zone = "{zone}"\n\n'
                f'  tags = {{\n    Name = "public-{zone[-1]}"\n  }}\n}}\n'
            )
        return "\n".join(blocks)

    def gateway(self, name: str, count: int) -> str:
        zone = name[-1]
        blocks = [f'resource "aws_eip" "nat_{zone}" {{\n  domain = "vpc"\n\n  tags = {{ Name = "{name}" }}\n}}\n']
        more = ""
        for number in range(1, count):
            blocks.append(f'resource "aws_eip" "nat_{zone}_{number}" {{\n  domain = "vpc"\n}}\n')
            if not self.style["secondary"]:
                blocks.append(
                    f'resource "aws_nat_gateway_eip_association" "nat_{zone}_{number}" {{\n'
                    f"  allocation_id  = aws_eip.nat_{zone}_{number}.id\n"
                    f"  nat_gateway_id = aws_nat_gateway.{zone}.id\n}}\n"
                )
        if self.style["secondary"] and count > 1:
            listed = ", ".join(f"aws_eip.nat_{zone}_{number}.id" for number in range(1, count))
            more = f"  secondary_allocation_ids = [{listed}]\n"
        width = 24 if more else 13
        blocks.append(
            f'resource "aws_nat_gateway" "{zone}" {{\n'
            f"  {'allocation_id':<{width}} = aws_eip.nat_{zone}.id\n"
            f"  {'subnet_id':<{width}} = aws_subnet.public_{zone}.id\n{more}\n"
            f'  tags = {{\n    Name = "{name}"\n  }}\n\n  depends_on = [aws_internet_gateway.main]\n}}\n'
        )
        return "\n".join(blocks)

    def _key(self, zone: str) -> str:
        if self.style["several"]:
            return f"[{self.zones.index(zone)}]"
        return f'["{zone[-1]}"]' if self.style["each"] else ""

    def subnet(self, zone: str) -> str:
        """What refers to a private subnet."""
        key = self._key(zone)
        return f"aws_subnet.private{key}.id" if key else f"aws_subnet.private_{zone[-1]}.id"

    def private(self) -> str:
        if self.style["several"]:
            letters = ", ".join(f'"{zone[-1]}"' for zone in self.zones)
            return (
                f"locals {{\n  letters = [{letters}]\n}}\n\n"
                'resource "aws_subnet" "private" {\n  count = length(local.letters)\n\n'
                "  vpc_id            = aws_vpc.main.id\n"
                "  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 4, count.index + 1)\n"
                '  availability_zone = "us-east-1${local.letters[count.index]}"\n\n'
                '  tags = {\n    Name = "private-${local.letters[count.index]}"\n  }\n}\n'
            )
        if self.style["each"]:
            lines = "\n".join(f'    {z[-1]} = "10.0.{16 * (n + 1)}.0/20"' for n, z in enumerate(self.zones))
            return (
                f"locals {{\n  private = {{\n{lines}\n  }}\n}}\n\n"
                'resource "aws_subnet" "private" {\n  for_each = local.private\n\n'
                "  vpc_id            = aws_vpc.main.id\n  cidr_block        = each.value\n"
                '  availability_zone = "us-east-1${each.key}"\n\n'
                '  tags = {\n    Name = "private-${each.key}"\n  }\n}\n'
            )
        return "\n".join(
            f'resource "aws_subnet" "private_{zone[-1]}" {{\n'
            f"  vpc_id            = aws_vpc.main.id\n"
            f'  cidr_block        = "10.0.{16 * (number + 1)}.0/20"\n'
            f'  availability_zone = "{zone}" # {zone[-1]}\n\n'
            f'  tags = {{\n    Name = "private-{zone[-1]}"\n  }}\n}}\n'
            for number, zone in enumerate(self.zones)
        )

    def tables(self) -> str:
        if self.style["one_table"] and self.style["one_gateway"]:
            gateway = self.of_zone[self.zones[0]]
            return (
                self._table("private", gateway) + "\n" + "\n".join(self._associated(z, "private") for z in self.zones)
            )
        blocks = []
        for zone in self.zones:
            blocks.append(self._table(f"private_{zone[-1]}", self.of_zone[zone]))
            blocks.append(self._associated(zone, f"private_{zone[-1]}"))
        return "\n".join(blocks)

    def _table(self, label: str, gateway: str) -> str:
        target = f"aws_nat_gateway.{gateway[-1]}.id"
        if self.style["inline_routes"]:
            return (
                f'resource "aws_route_table" "{label}" {{\n  vpc_id = aws_vpc.main.id\n\n  route {{\n'
                f'    cidr_block     = "0.0.0.0/0"\n    nat_gateway_id = {target}\n  }}\n}}\n'
            )
        return (
            f'resource "aws_route_table" "{label}" {{\n  vpc_id = aws_vpc.main.id\n}}\n\n'
            f'resource "aws_route" "{label}" {{\n  route_table_id         = aws_route_table.{label}.id\n'
            f'  destination_cidr_block = "0.0.0.0/0"\n  nat_gateway_id         = {target}\n}}\n'
        )

    def _associated(self, zone: str, table: str) -> str:
        return (
            f'resource "aws_route_table_association" "private_{zone[-1]}" {{\n'
            f"  subnet_id      = {self.subnet(zone)}\n  route_table_id = aws_route_table.{table}.id\n}}\n"
        )

    def others(self) -> str:
        blocks = []
        if self.style["acl"]:
            every = "".join(f"    {self.subnet(zone)},\n" for zone in self.zones)
            blocks.append(
                'resource "aws_network_acl" "private" {\n  vpc_id = aws_vpc.main.id\n'
                f"  subnet_ids = [\n{every}  ]\n\n  egress {{\n    rule_no    = 100\n"
                '    action     = "allow"\n    protocol   = "-1"\n    cidr_block = "0.0.0.0/0"\n'
                "    from_port  = 0\n    to_port    = 0\n  }\n}\n"
            )
        if self.style["endpoint"]:
            same = self.style["one_table"] and self.style["one_gateway"]
            tables = ["private"] if same else [f"private_{zone[-1]}" for zone in self.zones]
            listed = ", ".join(f"aws_route_table.{one}.id" for one in tables)
            blocks.append(
                'resource "aws_vpc_endpoint" "s3" {\n  vpc_id          = aws_vpc.main.id\n'
                f'  service_name    = "com.amazonaws.us-east-1.s3"\n  route_table_ids = [{listed}]\n}}\n'
            )
        for number in (1, 2):
            blocks.append(
                f'resource "aws_security_group" "sg_{number}" {{\n  name   = "sg-{number}"\n'
                f'  vpc_id = aws_vpc.main.id\n\n  tags = {{\n    Name = "sg-{number}"\n  }}\n}}\n'
            )
            blocks.append(
                f'resource "aws_vpc_security_group_egress_rule" "sg_{number}" {{\n'
                f"  security_group_id = aws_security_group.sg_{number}.id\n"
                '  ip_protocol       = "-1"\n  cidr_ipv4         = "0.0.0.0/0"\n}\n'
            )
        return "\n".join(blocks)

    def function(self, name: str, subnets: list[str], groups: list[str]) -> str:
        zones = [f"us-east-1{one[-1]}" for one in subnets]
        whole = len(zones) == len(self.zones) and self.chance.random() < 0.6
        if whole and self.style["several"]:
            listed = "aws_subnet.private[*].id"
        elif whole and self.style["each"]:
            listed = "[for one in aws_subnet.private : one.id]"
        elif self.chance.random() < 0.5:
            listed = "[\n" + "".join(f"      {self.subnet(zone)},\n" for zone in zones) + "    ]"
        else:
            listed = f"[{', '.join(self.subnet(zone) for zone in zones)}]"
        width = 10 if "\n" in listed else 18
        chosen = ", ".join(f"aws_security_group.{one.replace('-', '_')}.id" for one in groups)
        return (
            f'resource "aws_lambda_function" "{name.replace("-", "_")}" {{\n  function_name = "{name}"\n'
            '  role          = "arn:aws:iam::123456789012:role/worker"\n  runtime       = "python3.13"\n'
            '  handler       = "app.handler"\n  filename      = "worker.zip"\n\n  vpc_config {\n'
            f"    {'subnet_ids':<{width}} = {listed}\n    security_group_ids = [{chosen}]\n  }}\n}}\n"
        )
