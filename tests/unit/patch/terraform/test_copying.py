"""Copies of blocks, and blocks laid out as ``terraform fmt`` lays them out."""

from __future__ import annotations

import pytest

from narrows.declared.terraform.hcl import file_blocks, parse
from narrows.patch.terraform import layout
from narrows.patch.terraform.copying import Instance, copied
from narrows.patch.terraform.layout import Body

_LIST = b"""\
resource "aws_subnet" "private" {
  # one in each zone
  count             = 3
  vpc_id            = aws_vpc.main.id # the one
  cidr_block        = cidrsubnet(var.cidr, 4, count.index)
  availability_zone = data.aws_availability_zones.here.names[count.index]

  tags = merge(local.tags, {
    # of people
    Name = "private-${count.index}-${var.names[count.index]}" # shown
    Tier = "private"
  })

  dynamic "more" {
    for_each = toset(["a"])
    content {
      key = more.key
    }
  }
  lifecycle {
    ignore_changes = [tags]
  }
}
"""
_COPY = """\
resource "aws_subnet" "private_2" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.9.0/24"
  availability_zone = data.aws_availability_zones.here.names[1]

  tags = merge(local.tags, {
    # of people
    Name = "private-1-${var.names[1]}-2"
    Tier = "private"
  })

  dynamic "more" {
    for_each = toset(["a"])
    content {
      key = more.key
    }
  }
  lifecycle {
    ignore_changes = [tags]
  }
}"""


def _copy(source: bytes, instance: Instance, **changes: str | None) -> str:
    body = copied(file_blocks(parse(source))[0], instance, changes=changes, suffix="-2")
    return layout.resource("aws_subnet", "private_2", body)


def test_a_copy_of_one_of_a_list_is_that_one_with_its_changes() -> None:
    assert _copy(_LIST, Instance(1), cidr_block='"10.0.9.0/24"') == _COPY
    assert _copy(_LIST.replace(b"\n", b"\r\n"), Instance(1), cidr_block='"10.0.9.0/24"') == _COPY


@pytest.mark.parametrize(
    ("for_each", "value", "tags", "copy"),
    [
        ("local.zones", "each.value.cidr", "{ Name = each.key }", 'local.zones["a"].cidr / { Name = "a-2" }'),
        ('{ a = "1" }', "each.value", '{ Name = "x" }', '({ a = "1" })["a"] / { Name = "x-2" }'),
        ('toset(["a"])', "f(each.value)", '{ Name = "x-${each.value}" }', 'f("a") / { Name = "x-a-2" }'),
        ("var.x", '"${each.key}b"', "{ Name = local.name }", '"ab" / { Name = "${local.name}-2" }'),
        ("var.x", "1", "local.tags", "1 / local.tags"),
    ],
)
def test_a_copy_of_one_of_a_map_names_its_key(for_each: str, value: str, tags: str, copy: str) -> None:
    source = (
        f'resource "aws_subnet" "a" {{\n  for_each   = {for_each}\n  cidr_block = {value}\n  tags       = {tags}\n}}\n'
    )
    block, name = copy.split(" / ")
    assert _copy(source.encode(), Instance("a", for_each)) == (
        f'resource "aws_subnet" "private_2" {{\n  cidr_block = {block}\n  tags       = {name}\n}}'
    )


def test_attributes_that_a_block_does_not_have_come_at_its_end() -> None:
    source = b'resource "aws_subnet" "a" {\n  vpc_id = 1\n}\n'
    assert _copy(source, Instance(), vpc_id=None, cidr_block="2") == (
        'resource "aws_subnet" "private_2" {\n  cidr_block = 2\n}'
    )
    assert _copy(b'resource "aws_subnet" "a" {}', Instance()) == 'resource "aws_subnet" "private_2" {}'


def test_signs_are_aligned_between_lines_that_stand_together() -> None:
    body = Body().set(a="1", long_name="2").blank().set(tags="{\n    b = 3\n  }", b="4", none=None)
    body.block("inner", Body().set(x="1", yy="2"))
    assert layout.block("outer", body) == (
        "outer {\n  a         = 1\n  long_name = 2\n\n  tags = {\n    b = 3\n  }\n  b = 4\n\n"
        "  inner {\n    x  = 1\n    yy = 2\n  }\n}"
    )


def test_a_text_holds_exactly_what_it_is_made_of() -> None:
    assert layout.text('a "b" ${c} %{d} \\ é') == '"a \\"b\\" $${c} %%{d} \\\\ é"'


def test_a_number_that_was_counted_from_the_index_is_written_as_such() -> None:
    tags = b'{\n    Name = "nat-${count.index + 1}-${var.n + 1}"\n  }'
    source = b'resource "aws_eip" "nat" {\n  count = 2\n  tags = ' + tags + b"\n}\n"
    assert 'Name = "nat-2-${var.n + 1}-2"' in _copy(source, Instance(1))
