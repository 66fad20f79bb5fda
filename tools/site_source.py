"""The sources of the documentation as a site: the Markdown that is there, and pages made of what the code states.

``make site`` writes them to ``dist/site-source`` and lets zensical build ``dist/site`` of them. The pages stay readable
where they are: what a site needs else (links that lead out of it, the pages of limits, assumptions and the API) is made
here, and kept nowhere.
"""

from __future__ import annotations

import html
import posixpath
import re
import shutil
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "dist" / "site-source"
LINK = re.compile(r"(?P<text>!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<to>[^()\s]+)\)")
_REFERENCE = re.compile(r'(?P<before>(?:src|srcset|href)=")(?P<to>[^"]+)(?=")')
_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)\s*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "lambda/README.md": "narrows-lambda.md",
    "src/narrows/scenario/scenario.schema.json": "scenario.schema.json",
}
"""What stands elsewhere than in docs/, and what it is called on the site."""


def sources() -> dict[str, str]:
    """Every page and picture of the site that is a file here: its path in the repository -> its path on the site."""
    found = dict(PAGES)
    for folder, kinds in (("docs", ("*.md", "*.png")), ("examples", ("README.md",))):
        for kind in kinds:
            for file in sorted((ROOT / folder).rglob(kind)):
                path = file.relative_to(ROOT).as_posix()
                inside = path.removeprefix("docs/")
                found[path] = re.sub(r"README\.md$", "index.md", inside)
    return found


def links(text: str) -> Iterator[tuple[int, str]]:
    """Where a page leads to: (place of the link in the text, where to). What stands in code is no link."""
    quoted = [match.span() for pattern in (_FENCE, _CODE) for match in pattern.finditer(text)]
    for pattern in (LINK, _REFERENCE):
        for match in pattern.finditer(text):
            if not any(start <= match.start() < end for start, end in quoted):
                yield match.start(), match["to"]


def is_outside(target: str) -> bool:
    """Whether a link leads to the network or to a place on the same page."""
    return bool(re.match(r"[a-z]+:|#", target))


def target_of(page: str, target: str) -> str:
    """The file or folder in the repository that a relative link of a page leads to, without its anchor."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target.partition("#")[0]))


def on_site(page: str, text: str, staged: dict[str, str]) -> str:
    """A page as the site has it: links to pages lead to them, those to files that no site has are told as names."""

    def moved(target: str) -> str | None:
        path = target_of(page, target)
        for candidate in (path, f"{path}/README.md"):
            if candidate in staged:
                anchor = target.partition("#")
                there = posixpath.relpath(staged[candidate], posixpath.dirname(staged[page]) or ".")
                return there + anchor[1] + anchor[2]
        return None

    def link(match: re.Match[str]) -> str:
        target = match["to"]
        if is_outside(target):
            return match[0]
        there = moved(target)
        if there is not None:
            return f"{match['text']}({there})"
        plain, path = match["text"][1:-1], target_of(page, target)
        return plain if path in plain else f"{plain} (`{path}`)"

    def reference(match: re.Match[str]) -> str:
        there = None if is_outside(match["to"]) else moved(match["to"])
        return match[0] if there is None else match["before"] + there

    parts, done = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_REFERENCE.sub(reference, LINK.sub(link, text[done : fence.start()])), fence[0]]
        done = fence.end()
    parts.append(_REFERENCE.sub(reference, LINK.sub(link, text[done:])))
    return "".join(parts)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(heads), []]
    lines[1] = ["---"] * len(lines[0])
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def limits_page() -> str:
    """Every limit, as ``narrows limits`` knows it."""
    from narrows.limits import LIMITS

    rows = (
        (
            f"`{limit.id}`",
            f"{limit.value:,}",
            limit.unit,
            html.escape(limit.scope, quote=False),
            f"{limit.certainty.value}; {limit.source}"
            + (f"; raised with {limit.quota_code}" if limit.quota_code else ""),
        )
        for limit in LIMITS.values()
    )
    return (
        "# Limits\n\nEvery limit on the path that narrows knows, once: `narrows limits`, and `--json` for every field. "
        "*Documented* is what AWS or the vendor documents, *reported* what users or third parties report, *inferred* "
        "what follows from both.\n\n"
        + _table(("limit", "value", "unit", "over what", "how sure, and the source"), rows)
    )


def assumptions_page() -> str:
    """Every named assumption, with its default."""
    from narrows.assumptions import Assumptions, PrintedAssumption
    from narrows.scenario.unsaid import every_default

    def table(assumptions: Iterable[PrintedAssumption]) -> str:
        rows = (
            (
                f"`{one['id']}`",
                one["default"],
                html.escape(one["meaning"], quote=False),
                f"{one['certainty']}; {one['source']}",
            )
            for one in assumptions
        )
        return _table(("assumption", "default", "what is assumed", "how sure, and the source"), rows)

    return (
        "# Assumptions\n\nWhat AWS does not document, each with a default that a scenario can change under "
        "`assumptions:`. Every answer prints those that it used.\n\n"
        f"{table(Assumptions().printed())}\n## Defaults of a scenario\n\n"
        "What a scenario leaves unsaid, and what can decide what comes out, is printed with the key that says it.\n\n"
        f"{table(every_default())}"
    )


def api_page() -> str:
    """The Python API, by its own docstrings."""
    import narrows

    names = "\n".join(f"::: {narrows._HOME_OF[name]}.{name}" for name in narrows.__all__ if name in narrows._HOME_OF)
    return (
        "# Python API\n\nThe names below are importable from `narrows` itself: `from narrows import read_case`. The "
        "command line is a thin layer over them.\n\n" + names + "\n"
    )


MADE = {"limits.md": limits_page, "assumptions.md": assumptions_page, "api.md": api_page}


def navigation() -> list[str]:
    """The pages in the order of the site's navigation."""

    def inside(part: object) -> Iterator[str]:
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            for piece in part:
                yield from inside(piece)
        elif isinstance(part, dict):
            for piece in part.values():
                yield from inside(piece)

    return [*inside(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])]


def write(folder: Path) -> None:
    """Write the sources of the site into a folder, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    staged = sources()
    for page, place in staged.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        if page.endswith(".md"):
            file.write_text(on_site(page, (ROOT / page).read_text(), staged))
        else:
            shutil.copyfile(ROOT / page, file)
    for place, make in MADE.items():
        (folder / place).write_text(make())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if sys.argv[1:] else SOURCE)
