"""What a folder says beside its resources: provider, versions, tags; modules and what they hand to each other."""

from __future__ import annotations

from pathlib import Path

from narrows.declared.model import Reference, Unknown
from narrows.declared.terraform import places_of, read

PROVIDER = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.11"
    }
  }
}
variable "region" {
  default = "eu-west-1"
}
provider "aws" {
  region = var.region
  default_tags {
    tags = { Team = "shop", Name = "none" }
  }
}
provider "aws" {
  alias  = "other"
  region = "us-east-1"
  default_tags {
    tags = { Team = "other" }
  }
}
"""
LOCK = """\
provider "registry.terraform.io/hashicorp/random" {
  version = "3.0.0"
}
provider "registry.terraform.io/hashicorp/aws" {
  version     = "6.14.1"
  constraints = "~> 6.11"
}
"""


def test_the_provider_says_region_version_and_tags(tmp_path: Path) -> None:
    eips = (
        'resource "aws_eip" "a" {\n  tags = { Name = "nat" }\n}\nresource "aws_eip" "b" {\n  provider = aws.other\n}\n'
    )
    (tmp_path / "main.tf").write_text(PROVIDER + eips)
    declared = read(tmp_path)
    assert (declared.source, declared.region, declared.provider_version) == ("terraform", "eu-west-1", "~> 6.11")
    first, second = declared.resources
    assert first.properties["Tags"] == [{"Key": "Name", "Value": "nat"}, {"Key": "Team", "Value": "shop"}]
    assert second.properties["Tags"] == [{"Key": "Team", "Value": "other"}]
    (tmp_path / ".terraform.lock.hcl").write_text(LOCK)
    assert read(tmp_path).provider_version == "6.14.1"
    assert read(tmp_path).files == (".terraform.lock.hcl", "main.tf")


def test_what_is_sensitive_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "secret" {\n  default   = "hidden"\n  sensitive = true\n}\n'
        'resource "aws_lambda_function" "f" {\n  function_name = var.secret\n  handler = sensitive("hidden")\n'
        '  runtime = "x-${var.secret}"\n}\n'
    )
    declared = read(tmp_path)
    assert declared.resources[0].properties["FunctionName"] == Unknown("sensitive")
    assert declared.resources[0].properties["Handler"] == Unknown("sensitive")
    assert "hidden" not in repr(declared)


def test_the_region_that_nobody_says_is_a_hole_in_a_text(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'data "aws_region" "here" {}\nresource "aws_vpc_endpoint" "s3" {\n  vpc_id = data.aws_vpc.v.id\n'
        '  service_name = "com.amazonaws.${data.aws_region.here.region}.s3"\n}\n'
        'data "aws_vpc" "v" {\n  default = true\n}\n'
    )
    (endpoint,) = read(tmp_path).resources
    why = "no provider block says the Region"
    assert endpoint.properties["ServiceName"] == Unknown(why, "com.amazonaws.${AWS::Region}.s3")
    looked_up = "data.aws_vpc.v.id is looked up by terraform plan"
    assert endpoint.properties["VpcId"] == Unknown(looked_up, "${data.aws_vpc.v.id}")


def test_modules_within_modules(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "main.tf").write_text('module "a" {\n  source = "./a"\n  count = 2\n  base = "10.${count.index}"\n}\n')
    (tmp_path / "a" / "main.tf").write_text(
        'variable "base" {}\nresource "aws_vpc" "v" {\n  cidr_block = "${var.base}.0.0/16"\n}\n'
        'module "b" {\n  source = "./b"\n  for_each = { x = aws_vpc.v }\n  vpc = each.value\n}\n'
        'resource "aws_route_table" "r" {\n  vpc_id = module.b["x"].subnets["s"].vpc_id\n}\n'
    )
    (tmp_path / "a" / "b" / "main.tf").write_text(
        'variable "vpc" {}\nresource "aws_subnet" "s" {\n  vpc_id = var.vpc.id\n'
        '  cidr_block = cidrsubnet(var.vpc.cidr_block, 8, 1)\n}\n'
        'output "subnets" {\n  value = { s = aws_subnet.s }\n}\n'
    )
    declared = read(tmp_path)
    assert not declared.faults
    second = declared.by_address['module.a[1].module.b["x"].aws_subnet.s']
    vpc = Reference("module.a[1].aws_vpc.v")
    assert second.properties == {"CidrBlock": "10.1.1.0/24", "VpcId": vpc}
    assert declared.by_address["module.a[1].aws_route_table.r"].properties["VpcId"] == vpc
    assert {address: str(place) for address, place in places_of(tmp_path).items()} == {
        "module.a.aws_vpc.v": "a/main.tf:2",
        "module.a.aws_route_table.r": "a/main.tf:10",
        "module.a.module.b.aws_subnet.s": "a/b/main.tf:2",
    }


def test_what_may_not_be_there_says_why(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text('resource "aws_eip" "a" {}\noutput "id" {\n  value = aws_eip.a.id\n}\n')
    (tmp_path / "main.tf").write_text(
        'variable "on" {}\nmodule "m" {\n  source = "./m"\n  count = var.on ? 1 : 0\n}\n'
        'resource "aws_nat_gateway" "n" {\n  allocation_id = module.m[0].id\n}\n'
    )
    declared = read(tmp_path)
    eip = declared.by_address["module.m.aws_eip.a"]
    assert eip.conditional == "count: variable on has no default"
    assert declared.referred(declared.by_address["aws_nat_gateway.n"].properties["AllocationId"]) == eip
