"""Every rule has a page whose bad example it finds and whose good one it leaves alone, and a row in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narrows.declared.model import Place
from narrows.declared.reading import read_declared
from narrows.lint.of_declared import subject_of_declared
from narrows.lint.of_scenario import subject_of_scenario
from narrows.lint.rules import RULES
from narrows.lint.subject import Subject
from narrows.scenario import parse_scenario
from narrows.yaml_source import parse_yaml
from tests.unit.lint.declaring import subject, told

PAGES = Path(__file__).parents[3] / "docs/lint/infrastructure"
INDEX = (PAGES.parent / "infrastructure.md").read_text(encoding="utf-8")
SKETCHED = ("eni-quota", "ignore")
"""Rules whose examples are no whole files: hundreds of functions, a comment."""
NOT_OF_FILES = {("peak-above-tables", "hcl"), ("peak-above-tables", "yaml")}
"""Rules and languages without an example: a demand is a scenario's."""
EXAMPLES = [(rule, part) for rule in RULES if rule not in SKETCHED for part in ("Bad", "Good")]


def blocks(rule: str, part: str, language: str) -> list[str]:
    page = (PAGES / f"{rule}.md").read_text(encoding="utf-8")
    section = page.partition(f"## {part}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def seen_in_yaml(text: str) -> Subject:
    """A template's subject, or a scenario's."""
    if text.startswith("Resources:"):
        return subject(re.sub("^  ", "", text.partition("\n")[2], flags=re.MULTILINE))
    return subject_of_scenario(parse_scenario(text), parse_yaml(text, "scenario"))


@pytest.mark.parametrize(("rule", "part"), EXAMPLES)
def test_a_rule_finds_the_bad_example_and_not_the_good_one(rule: str, part: str) -> None:
    (text,) = blocks(rule, part, "yaml")
    assert bool(told(rule, seen_in_yaml(text))) is (part == "Bad")


@pytest.mark.parametrize(
    ("language", "rule", "part"),
    [
        (language, rule, part)
        for language in ("hcl", "yaml")
        for rule, part in EXAMPLES
        if (rule, language) not in NOT_OF_FILES
    ],
)
def test_the_same_with_the_readers_of_files(language: str, rule: str, part: str, tmp_path: Path) -> None:
    (text,) = blocks(rule, part, language)
    path = tmp_path if language == "hcl" else tmp_path / "template.yaml"
    (tmp_path / "main.tf" if language == "hcl" else path).write_text(text)
    made = read_declared(path)
    assert not made.faults
    assert bool(told(rule, subject_of_declared(made, Place(str(path))))) is (part == "Bad")


@pytest.mark.parametrize("rule", RULES)
def test_a_page_says_what_its_rule_says(rule: str) -> None:
    text = (PAGES / f"{rule}.md").read_text(encoding="utf-8")
    one = RULES[rule]
    assert text.startswith(f"# {rule}\n\n{one.finds} Severity: {one.severity.value}.\n")
    assert one.why in text
    assert one.mend in text
    row = f"| [`{rule}`](infrastructure/{rule}.md) | {one.severity.value} | {one.finds} |"
    assert row in INDEX


def test_no_page_and_no_row_without_a_rule() -> None:
    assert {one.stem for one in PAGES.glob("*.md")} == set(RULES)
    assert set(re.findall(r"\]\(infrastructure/([\w-]+)\.md\)", INDEX)) == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_speaks_in_sentences(rule: object) -> None:
    one = RULES[getattr(rule, "id", "")]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.id)
    for text in (one.finds, one.why, one.mend):
        assert text.rstrip(")").endswith(".")
        assert text[0].isupper()
