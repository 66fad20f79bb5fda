"""Each cause has its page, and each page its cause."""

from __future__ import annotations

from narrows.diagnose.causes import CAUSES
from tests.unit.diagnose.conftest import ROOT

PAGES = ROOT / "docs" / "causes"
HEADINGS = ("What it is", "How it looks", "What rules it out", "What settles it", "What to do")


def test_pages_and_causes_are_the_same() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} == set(CAUSES)


def test_each_page_answers_the_same_questions_in_the_same_order() -> None:
    for cause in CAUSES.values():
        text = (ROOT / cause.page).read_text()
        assert text.startswith(f"# {cause.id}: "), cause.page
        found = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
        assert found == list(HEADINGS), cause.page


def test_the_index_links_to_each_page() -> None:
    index = (PAGES / "README.md").read_text()
    for cause in CAUSES:
        assert f"[{cause}]({cause}.md)" in index


def test_a_page_names_every_mechanism_of_its_cause() -> None:
    mechanisms = {
        "nat-port-exhaustion": ("concurrency", "churn"),
        "destination-not-answering": ("down", "accept-rate"),
        "lambda-throttling": ("reserved-concurrency", "account-concurrency", "scale-up-rate"),
        "dns-failure": ("always", "under-load"),
        "eni-quota-or-address-shortage": ("eni-quota", "addresses"),
    }
    for cause, names in mechanisms.items():
        text = (ROOT / CAUSES[cause].page).read_text()
        source = (ROOT / "src/narrows/diagnose/causes" / f"{cause.replace('-', '_')}.py").read_text()
        for name in names:
            assert f"**{name}**" in text
            assert f'"{name}"' in source
