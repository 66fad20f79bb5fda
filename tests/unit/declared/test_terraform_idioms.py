"""Ways of writing that public configurations are full of, and what they come to."""

from __future__ import annotations

from pathlib import Path

from narrows.declared.imported import import_scenario
from narrows.declared.model import Place, Reference
from narrows.declared.terraform import read
from narrows.lint.of_declared import subject_of_declared
from narrows.lint.subject import Subject, Way
from tests.unit.lint.declaring import told

NETWORK = """\
resource "aws_vpc" "shop" {
  cidr_block = "10.8.0.0/16"
}
resource "aws_internet_gateway" "out" {
  vpc_id = aws_vpc.shop.id
}
resource "aws_subnet" "inner" {
  vpc_id     = aws_vpc.shop.id
  cidr_block = "10.8.1.0/24"
}
resource "aws_nat_gateway" "egress" {
  for_each      = { a = "subnet-0a" }
  subnet_id     = each.value
  allocation_id = "eipalloc-0a"
}
resource "aws_route_table" "inner" {
  vpc_id = aws_vpc.shop.id
%s
}
resource "aws_route_table_association" "inner" {
  subnet_id      = aws_subnet.inner.id
  route_table_id = aws_route_table.inner.id
}
"""


def seen(folder: Path, text: str) -> Subject:
    (folder / "main.tf").write_text(text)
    return subject_of_declared(read(folder), Place(str(folder)))


def test_a_nat_gateway_may_be_given_as_a_gateway_id(tmp_path: Path) -> None:
    inline = '  route {\n    cidr_block = "0.0.0.0/0"\n    gateway_id = aws_nat_gateway.egress["a"].id\n  }'
    subject = seen(tmp_path, NETWORK % inline)
    subnet = subject.subnets["aws_subnet.inner"]
    assert (subnet.way, subnet.nat) == (Way.NAT, 'aws_nat_gateway.egress["a"]')
    apart = (
        'resource "aws_route" "out" {\n  route_table_id = aws_route_table.inner.id\n'
        '  destination_cidr_block = "0.0.0.0/0"\n  gateway_id = "nat-0123456789abcdef0"\n}\n'
    )
    subject = seen(tmp_path, NETWORK % "" + apart)
    assert subject.subnets["aws_subnet.inner"].nat == "nat-0123456789abcdef0"


def test_an_internet_gateway_is_none(tmp_path: Path) -> None:
    inline = '  route {\n    cidr_block = "0.0.0.0/0"\n    gateway_id = aws_internet_gateway.out.id\n  }'
    assert seen(tmp_path, NETWORK % inline).subnets["aws_subnet.inner"].way is Way.INTERNET_GATEWAY


def test_beside_a_default_route_another_to_somewhere_unknown_is_none(tmp_path: Path) -> None:
    default = '  route {\n    cidr_block = "0.0.0.0/0"\n    nat_gateway_id = aws_nat_gateway.egress["a"].id\n  }\n'
    peer = '  route {\n    cidr_block = var.peer\n    vpc_peering_connection_id = "pcx-1"\n  }'
    variable = 'variable "peer" {\n  type = string\n}\n'
    assert seen(tmp_path, variable + NETWORK % (default + peer)).subnets["aws_subnet.inner"].way is Way.NAT
    assert seen(tmp_path, variable + NETWORK % peer).subnets["aws_subnet.inner"].way is None


MAIN = """\
resource "aws_default_route_table" "main" {
  default_route_table_id = aws_vpc.shop.default_route_table_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.out.id
  }
}
resource "aws_subnet" "outer" {
  vpc_id     = aws_vpc.shop.id
  cidr_block = "10.8.2.0/24"
}
resource "aws_lambda_function" "shop" {
  function_name = "shop"
  role          = "arn:aws:iam::123456789012:role/shop"
  vpc_config {
    subnet_ids         = [aws_subnet.outer.id]
    security_group_ids = ["sg-0123456789abcdef0"]
  }
}
"""


def test_a_subnet_without_a_route_table_has_the_main_one(tmp_path: Path) -> None:
    subject = seen(tmp_path, NETWORK % "" + MAIN)
    assert subject.subnets["aws_subnet.outer"].way is Way.INTERNET_GATEWAY
    assert subject.subnets["aws_subnet.inner"].way is Way.NONE
    assert told("function-in-public-subnet", subject)


def test_the_main_table_that_aws_makes_may_have_routes(tmp_path: Path) -> None:
    route = (
        'resource "aws_route" "out" {\n  route_table_id = aws_vpc.shop.main_route_table_id\n'
        '  destination_cidr_block = "0.0.0.0/0"\n  gateway_id = aws_internet_gateway.out.id\n}\n'
    )
    outer = 'resource "aws_subnet" "outer" {\n  vpc_id = aws_vpc.shop.id\n  cidr_block = "10.8.2.0/24"\n}\n'
    assert seen(tmp_path, NETWORK % "" + outer + route).subnets["aws_subnet.outer"].way is Way.INTERNET_GATEWAY
    assert seen(tmp_path, NETWORK % "" + outer).subnets["aws_subnet.outer"].way is None


def test_unless_an_association_that_is_not_known_may_be_its(tmp_path: Path) -> None:
    unknown = (
        'variable "some" {}\nresource "aws_route_table_association" "some" {\n'
        "  subnet_id = var.some\n  route_table_id = aws_route_table.inner.id\n}\n"
    )
    subject = seen(tmp_path, NETWORK % "" + MAIN + unknown)
    assert subject.subnets["aws_subnet.outer"].way is None
    assert not told("function-in-public-subnet", subject)


def test_maps_that_are_written_as_blocks(tmp_path: Path) -> None:
    """Terraform 0.11 took them."""
    (tmp_path / "main.tf").write_text(
        'resource "aws_nat_gateway" "a" {\n  tags {\n    Name = "egress"\n  }\n}\n'
        'resource "aws_cloudwatch_metric_alarm" "a" {\n  dimensions {\n'
        '    NatGatewayId = "${aws_nat_gateway.a.id}"\n  }\n}\n'
    )
    gateway, alarm = read(tmp_path).resources
    assert gateway.name == "egress"
    assert alarm.properties["Dimensions"] == [{"Name": "NatGatewayId", "Value": Reference("aws_nat_gateway.a")}]


def test_a_name_stands_whatever_the_tags_before_it_are(tmp_path: Path) -> None:
    text = (
        'variable "tags" {}\nresource "aws_subnet" "a" {\n  tags = merge(var.tags, { Name = "inner", Tier = "x" })\n}\n'
        'resource "aws_subnet" "b" {\n  tags = merge({ Name = "outer" }, var.tags)\n}\n'
        'resource "aws_subnet" "c" {\n  tags = merge(merge(var.tags, { Name = "own" }), { Tier = "y" })\n}\n'
        'resource "aws_subnet" "d" {\n  tags = merge(var.tags, { Name = var.tags })\n}\n'
    )
    (tmp_path / "main.tf").write_text(text)
    assert [one.name for one in read(tmp_path).resources] == ["inner", None, "own", None]


FUNCTION = """\
resource "aws_security_group" "shop" {
  vpc_id = aws_vpc.shop.id
  egress {
    from_port   = %s
    to_port     = 65535
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_lambda_function" "shop" {
  function_name = "shop"
  role          = "arn:aws:iam::123456789012:role/shop"
  vpc_config {
    subnet_ids         = ["${aws_subnet.inner.*.id}"]
    security_group_ids = [aws_security_group.shop.id]
  }
}
"""


def test_a_splat_in_a_list_is_its_members(tmp_path: Path) -> None:
    """As Terraform 0.11 took it: such a function is in the VPC."""
    text = (NETWORK % "").replace('"aws_subnet" "inner" {', '"aws_subnet" "inner" {\n  count = 2')
    subject = seen(tmp_path, text + FUNCTION % 0)
    assert subject.functions[0].subnets == ("aws_subnet.inner[0]", "aws_subnet.inner[1]")
    network = import_scenario(read(tmp_path)).scenario.network
    assert len(network.functions["shop"].subnets) == 2


def test_every_port_of_tcp_is_everything(tmp_path: Path) -> None:
    for first, ports in (("0", None), ("1", None), ("444", frozenset())):
        (tmp_path / "main.tf").write_text(NETWORK % "" + FUNCTION % first)
        groups = import_scenario(read(tmp_path)).scenario.network.security_groups
        assert [one.egress_ports for one in groups.values()] == [ports]
