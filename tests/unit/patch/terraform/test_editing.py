"""Edits of Terraform's files change the bytes that they are about and no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.declared.terraform.hcl import file_blocks
from narrows.patch.terraform.editing import Edited, attribute_value


def _extended(text: str, *items: str) -> str:
    source = f"locals {{\n  x = {text}\n}}\n"
    edited = Edited(source.encode())
    value = attribute_value(file_blocks(edited.tree)[0], "x")
    assert value is not None
    edited.extend(value, items)
    return edited.result().decode().removeprefix("locals {\n  x = ").removesuffix("\n}\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a]", "[a, b, c]"),
        ("[]", "[b, c]"),
        ("[a,]", "[a, b, c,]"),
        ("[ a ]", "[ a, b, c ]"),
        ("[\n    a,\n  ]", "[\n    a,\n    b,\n    c,\n  ]"),
        ("[\n    a\n  ]", "[\n    a,\n    b,\n    c\n  ]"),
        ("[\n    a, # why\n    # the end\n  ]", "[\n    a, # why\n    b,\n    c,\n    # the end\n  ]"),
        ("[\n    a # why\n  ]", "[\n    a, # why\n    b,\n    c\n  ]"),
        ("[\n  ]", "[\n    b,\n    c,\n  ]"),
        ("[a,\n    z]", "[a,\n    z, b, c]"),
        ("s[*].id", "concat(s[*].id, [b, c])"),
        ("[for s in x : s.id]", "concat([for s in x : s.id], [b, c])"),
        ("concat(x, [a])", "concat(x, [a, b, c])"),
        ("concat([a], x)", "concat(concat([a], x), [b, c])"),
        ("toset([a])", "toset([a, b, c])"),
        ("toset(x)", "setunion(toset(x), [b, c])"),
        ("f(x...)", "concat(f(x...), [b, c])"),
    ],
)
def test_lists_get_more_items(before: str, after: str) -> None:
    assert _extended(before, "b", "c") == after


@pytest.mark.parametrize("before", ["[a]", "[]", "[\n    a\n  ]", "[\n    a,\n  ]", "x[*].id", "concat(x, [a])"])
def test_items_asked_for_one_by_one_are_as_all_at_once(before: str) -> None:
    edited = Edited(f"locals {{\n  x = {before}\n}}\n".encode())
    value = attribute_value(file_blocks(edited.tree)[0], "x")
    assert value is not None
    edited.extend(value, ["b"])
    edited.extend(value, ["c"])
    assert edited.result().decode() == f"locals {{\n  x = {_extended(before, 'b', 'c')}\n}}\n"


def test_choices_asked_for_one_by_one_are_one_expression() -> None:
    edited = Edited(b"locals {\n  x = old # why\n}\n")
    value = attribute_value(file_blocks(edited.tree)[0], "x")
    assert value is not None
    edited.choose(value, "count.index == 0", "a")
    edited.choose(value, "count.index == 2", "b")
    found = "count.index == 0 ? a : count.index == 2 ? b : old"
    assert edited.result().decode() == f"locals {{\n  x = {found} # why\n}}\n"


_FILE = """\
# top
resource "aws_subnet" "a" { # here
  vpc_id     = 1
  cidr_block = "10.0.0.0/24" # there

  tags = {
    Name = "a"
  }
} # end

resource "aws_eip" "b" {}
"""


def _edited(change: str, *arguments: str, place: int = 0, source: str = _FILE) -> str:
    edited = Edited(source.encode())
    block = file_blocks(edited.tree)[place]
    getattr(edited, change)(block.node if change in ("insert_after", "remove") else block, *arguments)
    return edited.result().decode()


def test_blocks_come_after_a_block_and_its_comment() -> None:
    assert _edited("insert_after", "new {\n}\n") == _FILE.replace("} # end\n", "} # end\n\nnew {\n}\n")
    assert _edited("insert_after", "new {\n}\n", place=1) == f"{_FILE}\nnew {{\n}}\n"


def test_an_attribute_comes_after_the_others() -> None:
    assert _edited("add_attribute", "more", "1") == _FILE.replace("  }\n} # end", "  }\n\n  more = 1\n} # end")
    assert _edited("add_attribute", "more", "1", place=1) == _FILE.replace("{}", "{\n  more = 1\n}")


def test_a_block_comes_at_the_end_of_another() -> None:
    assert _edited("add_block", "in {\n}") == _FILE.replace("  }\n} # end", "  }\n\n  in {\n  }\n} # end")
    assert _edited("add_block", "in {\n}", place=1) == _FILE.replace("{}", "{\n  in {\n  }\n}")


def test_a_block_goes_with_its_line() -> None:
    source = "a {\n  b = 1\n\n  c {\n    d = 1\n  }\n}\n"
    edited = Edited(source.encode())
    edited.remove(file_blocks(edited.tree)[0].blocks[0].node)
    assert edited.result().decode() == "a {\n  b = 1\n}\n"


def test_line_breaks_are_those_of_the_file() -> None:
    source = _FILE.replace("\n", "\r\n")
    assert _edited("insert_after", "new {\n}", source=source) == source.replace(
        "} # end\r\n", "} # end\r\n\r\nnew {\r\n}\r\n"
    )
    assert _edited("add_attribute", "more", "1", source=source).count("\r\n") == source.count("\r\n") + 2


@given(st.text(max_size=60), st.sampled_from(["append"]))
def test_what_is_there_stays_when_something_is_appended(text: str, change: str) -> None:
    source = text.encode("utf-8", "surrogatepass")
    edited = Edited(source)
    getattr(edited, change)("new {}")
    assert edited.result().startswith(source)


_NOTES = st.sampled_from(["", " # note", " // note", " /* note */"])
_ITEMS = st.lists(st.sampled_from(["a", "aws_subnet.x.id", '"subnet-1"', "m[0].id", "f(1, 2)"]), min_size=1, max_size=4)


@given(_ITEMS, st.lists(_NOTES, min_size=4, max_size=4), st.booleans(), st.booleans())
def test_a_list_of_any_layout_keeps_what_it_has(items: list[str], notes: list[str], trailing: bool, crlf: bool) -> None:
    lines = [
        f"    {one}{',' if place < len(items) - 1 or trailing else ''}{notes[place]}" for place, one in enumerate(items)
    ]
    text = "[\n" + "\n".join(lines) + "\n  ]"
    found = _extended(text.replace("\n", "\r\n") if crlf else text, "new")
    edited = Edited(f"x = {found}".encode())
    assert not edited.tree.root_node.has_error
    rest = found.replace("new", "", 1)
    assert "".join(rest.split()).replace(",", "") == "".join(text.split()).replace(",", "")
