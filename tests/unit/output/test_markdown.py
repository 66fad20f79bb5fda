"""Markdown for a forge: a stranger's name is read as it stands, and marks, mentions and links nothing.

Held against a parser of CommonMark with tables and strikethrough, and what a forge's own filters look for afterwards.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from narrows.gate import in_markdown
from narrows.plan import make_plan
from narrows.plan.markdown import as_markdown
from narrows.printable import printable
from narrows.scenario import parse_scenario

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
UNSEEN = "\u200b"
FORGE = re.compile(r"(?:^|\W)@\w|#\d|GH-\d|https?://|www\.|\w@\w|:[a-z+]\w*:", re.IGNORECASE)
"""What GitHub makes a mention, an issue, an address or a pictogram of."""
EVIL = [
    "<script>alert(1)</script>", "<!-- x", "@team look", "fixes #1, GH-2, gh-3", "https://x.example", "www.x.example",
    "[x](javascript:1)", "![x](http://x.example)", "**b** _i_ ~~s~~ `c`", "a|b", "# h", "- l", "+ l", "1. l", "1) l",
    "=", "> q", "&lt;b&gt; &#64;x", "a\\", "$x$", ":tada:", "x@y.example", "    code", "---", "***", "```", "|-|",
]  # fmt: skip


def words(text: str) -> tuple[set[str], str]:
    """The kinds of tokens of a paragraph, and what is read of it."""
    (block,) = (one for one in PARSER.parse(text) if one.type == "inline")
    assert block.children is not None
    return {one.type for one in block.children}, "".join(one.content for one in block.children)


def check(text: str) -> None:
    kinds, read = words(f"before {in_markdown(text)} after")
    assert kinds <= {"text"}
    flat = printable(" ".join(text.split()))
    assert read.replace(UNSEEN, "").split() == ["before", *flat.replace(UNSEEN, "").split(), "after"]
    assert not FORGE.search(read)
    # At the beginning of a line too, and in a cell of a table.
    if flat:
        assert [one.type for one in PARSER.parse(in_markdown(text))] == ["paragraph_open", "inline", "paragraph_close"]
    row = PARSER.parse(f"| a | b |\n|---|---|\n| {in_markdown(text)} | x |")
    assert sum(one.type == "td_open" for one in row) == 2
    assert [one for one in row if one.type == "inline"][-1].content == "x"


@pytest.mark.parametrize("text", EVIL)
def test_what_would_be_markup_is_text(text: str) -> None:
    check(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_text(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from([*EVIL, "\n", "\r", "\t", "\u202e", "x"]), max_size=4).map("".join))
def test_any_mixture_is_text(text: str) -> None:
    check(text)


def test_a_text_without_an_end_is_cut() -> None:
    assert len(in_markdown("x" * 10**6)) < 10_000


SCENARIO = """
name: launch
region: us-east-1
vpc:
  subnets: {"EVIL": {az: us-east-1a, route: nat-a}}
  nat_gateways: {nat-a: {addresses: 1}}
destinations: {cache: {addresses: 1, port: 443}}
functions:
  storefront: {subnets: ["EVIL"], security_groups: [sg], connections: [{to: cache, per_environment: 10}]}
demand: {storefront: {environments: COUNT}}
duration: 5m
"""


def comment(count: int, name: str = "private-a") -> str:
    return as_markdown(make_plan(parse_scenario(SCENARIO.replace("EVIL", name).replace("COUNT", str(count)))))


def test_a_plan_that_fails_says_what_changes_what_it_costs_and_what_binds_next() -> None:
    text = comment(9000)
    assert text.startswith("### narrows plan: ❌ today's network does not hold\n")
    assert "| NAT gateway nat-a to 203.0.113.10:443 | 90,000 | 55,000 | **164 %** |" in text
    assert re.search(r"\*\*What changes\*\*, for \$\d+\.\d\d more a month:\n\n1\. ", text)
    assert "**Binds next**: " in text
    assert "L-5F53652F" in text


def test_a_plan_that_saves_money_says_how_much_less() -> None:
    plan = make_plan(parse_scenario(SCENARIO.replace("EVIL", "private-a").replace("COUNT", "9000")))
    assert plan.best is not None
    text = as_markdown(replace(plan, best=replace(plan.best, monthly_cents=-365)))
    assert "**What changes**, for $3.65 less a month:" in text


def test_a_comment_says_which_scenario_it_is_of_and_its_name_is_text() -> None:
    """A pull request may have several; the name is the word of whoever opened it."""
    named = SCENARIO.replace("EVIL", "a").replace("COUNT", "10").replace("name: launch", "name: '# @team'")
    text = as_markdown(make_plan(parse_scenario(named)))
    assert re.search(r"^#&#8203; @&#8203;team: 100 connections at the peak, ", text, re.MULTILINE)
    tokens = PARSER.parse(text)
    assert sum(token.type == "heading_open" for token in tokens) == 1
    assert not any(FORGE.search(child.content) for token in tokens for child in token.children or ())


def test_a_plan_that_holds_says_so() -> None:
    text = comment(10)
    assert text.startswith("### narrows plan: ✅ today's network holds\n")
    assert "What changes" not in text


def test_a_strangers_subnet_is_a_name_in_the_comment() -> None:
    tokens = PARSER.parse(comment(9000, "<img src=x> @team | #1 [x](http://x)"))
    kinds = {child.type for one in tokens for child in one.children or ()}
    assert kinds <= {"text", "softbreak", "strong_open", "strong_close", "html_inline"}
    html = [child.content for one in tokens for child in one.children or () if child.type == "html_inline"]
    assert set(html) <= {"<sub>", "</sub>"}
    assert not any(FORGE.search(child.content) for one in tokens for child in one.children or ())
