"""The answer as Markdown to paste: what it says, that it fits one message, and that no name in it does anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from narrows.cli import main
from narrows.plan import make_plan, prove
from narrows.report.answer import Answer, PlanAnswer, Step, reported
from narrows.report.markdown import MOST, as_markdown
from narrows.scenario import parse_scenario
from narrows.words import Fact
from tests.unit.output.test_markdown import EVIL, FORGE
from tests.unit.report.samples import first_act, make_case
from tests.unit.report.test_page import SCENARIO

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
CASE = Path(__file__).parents[3] / "examples" / "cases" / "eni-full-no-metric"
MADE_AT = datetime(2026, 12, 1, 17, tzinfo=UTC)
HARMLESS = {"text", "softbreak", "strong_open", "strong_close", "code_inline"}
BLOCKS = {"paragraph_open", "ordered_list_open", "bullet_list_open", "list_item_open", "inline"}


@cache
def act() -> Answer:
    """The answer of the first act, its plan played through the simulator."""
    plan = prove(make_plan(parse_scenario(SCENARIO)), alternatives=False)
    return reported(make_case(), first_act(), PlanAnswer(plan), MADE_AT).answer


def named(answer: Answer, name: str) -> Answer:
    """The answer with a name of a stranger wherever there can be one."""
    return replace(
        answer,
        verdict=replace(answer.verdict, sentence=name, facts=(Fact(name, name, name),)),
        lead=name,
        steps=(Step(name, "$7.30"), Step(f"Add 1 subnet for {name}")),
        needs=(name,),
        plan=replace(answer.plan, next=name, risks_in_short=(name,)),
        missing=tuple(replace(gap, evidence=name) for gap in answer.missing),
        assumptions=tuple({**assumption, "value": name} for assumption in answer.assumptions),
        made=replace(answer.made, case=name, argument=name, window=name),
    )


def check_inert(text: str) -> None:
    """Only lists, paragraphs, what is bold and code; no mention, issue, address or pictogram in what is no code."""
    tokens = PARSER.parse(text)
    assert {token.type for token in tokens if not token.type.endswith("_close")} <= BLOCKS
    inside = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inside} <= HARMLESS
    assert not any(FORGE.search(child.content) for child in inside if child.type != "code_inline")
    assert len(text) <= MOST


def test_it_says_what_is_wrong_what_to_do_its_price_its_risk_its_proof_and_what_is_left() -> None:
    text = as_markdown(act())
    said = [
        "**NAT gateway nat-a has no source ports left: 55,000 of 55,000 connections.**",
        "confirmed",
        "- Observed: 55,000 connections",
        "- Limit: 55,000 documented",
        "**Do this**",
        "1. Have this quota raised: L-5F53652F",
        "2. Add 1 subnet",
        "3. Add 2 Elastic IP addresses to nat-a (then 3) ($7.30 a month)",
        "- In all: $7.30 a month; 31 % of the tightest table stays free",
        "- Simulated: 90,000 of 90,000 connections open, none failed.",
        "- Binds next: Hyperplane ENI full",
        "- Risk: New egress addresses",
        "**Left to collect**",
        "1. VPC flow logs of the Hyperplane ENIs",
        "`nat_connections_per_address=55,000`",
        "Made 2026-12-01 17:00:00Z by narrows",
        "`narrows plan launch-day --prove`",
    ]
    places = [text.index(part) for part in said]
    assert places == sorted(places)
    assert all(len(line) <= 80 for line in text.splitlines())
    check_inert(text)


def test_without_steps_it_says_what_to_collect() -> None:
    answer = reported(make_case(), replace(first_act(), narrows=None), PlanAnswer(why_not="no demand"), MADE_AT).answer
    text = as_markdown(answer)
    assert "**Collect this**" in text
    assert "**To collect**" in text
    assert "Do this" not in text


@pytest.mark.parametrize("name", [*EVIL, "<!channel> <@U123>", "[x]: http://x.example", "a\n\n# b", ":-", "1. 2. 3."])
def test_a_strangers_name_is_text(name: str) -> None:
    check_inert(as_markdown(named(act(), name)))


MIXED = st.lists(st.sampled_from([*EVIL, "\n", " ", "\u202e", "x", "word " * 20]), max_size=6).map("".join)


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | MIXED)
def test_any_name_is_text_wherever_a_line_breaks(name: str) -> None:
    check_inert(as_markdown(named(act(), name)))


@pytest.mark.parametrize("letter", ["x", "@x ", "<", "word "])
def test_of_names_without_end_it_tells_what_one_message_takes(letter: str) -> None:
    long = named(act(), letter * 5_000)
    text = as_markdown(replace(long, steps=long.steps * 40, missing=long.missing * 40, assumptions=act().assumptions))
    assert len(text) <= MOST
    assert "more" in text
    check_inert(text)


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (0, None)
    return capsys.readouterr().out


@pytest.mark.slow
def test_text_page_diagnosis_and_plan_say_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    output(capsys, "report", str(CASE), "--no-proof", "--out", str(page))
    document = page.read_text(encoding="utf-8")
    text = " ".join(output(capsys, "report", str(CASE), "--no-proof", "--format", "markdown").split())
    found = json.loads(output(capsys, "diagnose", str(CASE), "--json"))
    plan = json.loads(output(capsys, "plan", str(CASE), "--json"))
    (binding,) = [cause for cause in found["causes"] if cause["id"] == found["narrows"]]
    numbers = [
        f"{binding['observed']['low']:,.0f}",
        f"{binding['limit']['value']:,}",
        f"{found['next_narrows']['at_connections']:,}",
        f"{plan['next_narrows']['at_connections']:,}",
        f"{plan['headroom'] * 100:.0f} % of the tightest table",
        f"${plan['monthly_usd']:.2f}" if plan["monthly_usd"] else "$0",
    ]
    first = document[: document.index('<section id="path"')]
    for number in numbers:
        assert number in text
        assert number in first
    sentence = re.sub(r"\W+", " ", output(capsys, "diagnose", str(CASE)).split(".")[0])
    assert sentence in re.sub(r"\W+", " ", text)


@pytest.mark.slow
def test_the_page_holds_the_same_text_to_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, file = tmp_path / "report.html", tmp_path / "answer.md"
    output(capsys, "report", str(CASE), "--no-proof", "--out", str(page))
    output(capsys, "report", str(CASE), "--no-proof", "--format", "markdown", "--out", str(file))

    def timeless(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.startswith("Made ")]

    held = re.search(r'class="paste">.*?<code>(.*?)</code>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert held is not None
    assert timeless(unescape(held[1])) == timeless(file.read_text(encoding="utf-8"))[:-1]


def test_only_an_own_text_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "answer.md"
    arguments = ("report", str(CASE), "--no-proof", "--format", "markdown", "--out", str(file))
    output(capsys, *arguments)
    output(capsys, *arguments)
    changed = file.read_bytes().replace(b"Do this", b"Do that")
    file.write_bytes(changed)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "is not what this command writes" in capsys.readouterr().err
    assert file.read_bytes() == changed


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--format", "pdf"), "choose from html, markdown"), (("--format", "markdown", "--open"), "--open")],
)
def test_a_format_that_is_none_is_one_clear_line(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(("report", str(CASE), *options))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
