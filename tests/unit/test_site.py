"""The documentation: every link leads somewhere, every page is found, and the site is built of it."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

from tools import site_source

ROOT = site_source.ROOT
PAGES = sorted(path for path in site_source.sources() if path.endswith(".md"))
LISTED_ELSEWHERE = re.compile(r"lint/(infrastructure|handlers)/[a-z-]+\.md")
"""A page for each rule of the lint: the pages of the lint list them."""


def anchors(text: str) -> set[str]:
    """What a heading can be led to by, as GitHub and the site name it."""
    tokens = MarkdownIt().parse(text)
    heads = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", head)).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for _, target in site_source.links(text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            assert target.startswith(("https://", "mailto:")), target
            continue
        file = ROOT / site_source.target_of(page, target) if path else ROOT / page
        assert file.exists(), f"{page}: {target}"
        assert file.is_relative_to(ROOT)
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file.read_text()), f"{page}: {target}"


def test_links_in_code_are_none() -> None:
    text = '[a](b.md) `[c](d.md)`\n\n```\n[e](f.md)\n```\n<img src="g.png">\n'
    assert [target for _, target in site_source.links(text)] == ["b.md", "g.png"]


def test_a_link_out_of_the_site_is_told_as_a_name() -> None:
    staged = {"docs/words.md": "words.md", "docs/lint/x.md": "lint/x.md", "README.md": "index.md"}
    text = (
        "[the words](../src/words.toml), [`src/words.toml`](../src/words.toml), [x](lint/x.md#y), [home](../README.md)"
    )
    assert site_source.on_site("docs/words.md", text, staged) == (
        "the words (`src/words.toml`), `src/words.toml`, [x](lint/x.md#y), [home](index.md)"
    )
    assert site_source.on_site("docs/lint/x.md", "[w](../words.md)", staged) == "[w](../words.md)"
    assert site_source.on_site("README.md", '<img src="docs/words.md">', staged) == '<img src="words.md">'


def test_every_page_is_in_the_navigation_once() -> None:
    listed = site_source.navigation()
    staged = [place for place in (*site_source.sources().values(), *site_source.MADE) if place.endswith(".md")]
    assert len(listed) == len(set(listed))
    assert {*listed} == {place for place in staged if not LISTED_ELSEWHERE.fullmatch(place)}


def test_the_pages_of_limits_and_assumptions_have_each_of_them() -> None:
    from narrows.assumptions import Assumptions
    from narrows.limits import LIMITS
    from narrows.scenario.unsaid import every_default

    limits, assumptions = site_source.limits_page(), site_source.assumptions_page()
    for limit in LIMITS.values():
        assert f"| `{limit.id}` | {limit.value:,} |" in limits
    for assumption in (*Assumptions().printed(), *every_default()):
        assert f"| `{assumption['id']}` | {assumption['default']} |" in assumptions
    # A line for each, and no cell that breaks out of its row.
    for page in (limits, assumptions):
        rows = [line for line in page.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


class Page(HTMLParser):
    """The links and ids of a page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.asked: list[str] = []
        """What a browser asks for by itself."""
        self.ids: set[str] = set()
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.targets.append(given["href"])
        if tag in ("script", "img", "iframe", "source") or (tag == "link" and "canonical" not in given.get("rel", "")):
            self.asked += [given[name] for name in ("src", "href", "srcset") if name in given]


@pytest.mark.slow
def test_the_site_is_built_and_every_link_in_it_leads_somewhere(tmp_path: Path) -> None:
    site_source.write(tmp_path / "site-source")
    config = (ROOT / "zensical.toml").read_text().replace('"dist/site', '"site')
    (tmp_path / "zensical.toml").write_text(config.replace('paths = ["src"]', f'paths = ["{ROOT / "src"}"]'))
    zensical = Path(sys.executable).with_name("zensical")
    built = subprocess.run(
        [zensical, "build", "--strict", "-f", tmp_path / "zensical.toml"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    site = tmp_path / "site"
    pages = {file: Page(file) for file in site.rglob("*.html")}
    assert len(pages) > len(site_source.navigation())
    for file, page in pages.items():
        if file.name == "404.html":
            continue
        for target in [*page.targets, *page.asked]:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                assert target not in page.asked, f"{file}: asks {target}"
                continue
            there = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            there = there / "index.html" if there.is_dir() else there
            assert there.exists(), f"{file.relative_to(site)}: {target}"
            if parts.fragment and there in pages:
                assert unquote(parts.fragment) in pages[there].ids, f"{file.relative_to(site)}: {target}"
