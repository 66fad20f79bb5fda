"""Each cause has its page, and each page its cause."""

from __future__ import annotations

from collections.abc import Iterable

from narrows.diagnose.causes import CAUSES
from tests.unit.diagnose.conftest import ROOT

PAGES = ROOT / "docs" / "causes"
HEADINGS = ("What it is", "How it looks", "What rules it out", "What settles it", "What to do")


def without_counterpart(causes: Iterable[str]) -> set[str]:
    """Causes without a page, and pages without a cause."""
    return ({page.stem for page in PAGES.glob("*.md")} - {"README"}) ^ set(causes)


def test_pages_and_causes_are_the_same() -> None:
    assert without_counterpart(CAUSES) == set()


def test_each_page_answers_the_same_questions_in_the_same_order() -> None:
    for cause in CAUSES.values():
        text = (PAGES / f"{cause.id}.md").read_text()
        assert cause.page == f"narrows explain {cause.id}"
        assert text.startswith(f"# {cause.id}: "), cause.id
        headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
        assert headings == list(HEADINGS), cause.id


def test_the_index_links_to_each_page() -> None:
    index = (PAGES / "README.md").read_text()
    for cause in CAUSES:
        assert f"[{cause}]({cause}.md)" in index


def test_a_page_names_every_mechanism_of_its_cause() -> None:
    for cause in CAUSES.values():
        text = (PAGES / f"{cause.id}.md").read_text()
        for mechanism in cause.mechanisms:
            assert f"**{mechanism.id}**" in text, cause.id
