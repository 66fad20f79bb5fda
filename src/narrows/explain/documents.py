"""The pages of the documentation, each under the name of what it explains, with links that lead somewhere here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from narrows.errors import NarrowsError
from narrows.explain.subject import Group, Subject
from narrows.shipped import shipped

_FOLDER = "docs"
_GROUPS = {
    "causes": Group.CAUSE,
    "lint/infrastructure": Group.RULE,
    "lint/handlers": Group.HANDLER_RULE,
}
"""By the folder of a page; the others are guides."""
_INDEX = ("README", "index")
"""Pages that speak of their whole folder."""
_LINK = re.compile(r"\[(?P<words>[^\[\]]+)\]\((?P<target>[^()\s]+)\)")
_PICTURE = re.compile(r"!\[(?P<words>[^\[\]]*)\]\([^()\s]+\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s")


def documents() -> Iterator[Subject]:
    """Every page that ships.

    Raises:
        NarrowsError: none does.
    """
    folder = shipped(_FOLDER)
    if folder is None:
        raise NarrowsError("the pages of the documentation are not installed")
    for file in sorted(folder.rglob("*.md")):
        page = file.relative_to(folder).as_posix()
        name = name_of(page)
        if name:
            lines = file.read_text(encoding="utf-8").splitlines()
            title = _title(lines, name)
            path = f"{_FOLDER}/{page}"
            yield Subject(name, _group(page), title, partial(_text, file, page, folder), (title, path))


def name_of(page: str) -> str:
    """What a page explains, by its path in the documentation; empty for the page of everything."""
    path = Path(page)
    folder = path.parent.as_posix()
    if path.stem in _INDEX:
        return "" if folder == "." else folder.replace("/", "-")
    return path.stem if folder == "." or folder in _GROUPS else f"{folder}-{path.stem}".replace("/", "-")


def _group(page: str) -> Group:
    path = Path(page)
    return Group.GUIDE if path.stem in _INDEX else _GROUPS.get(path.parent.as_posix(), Group.GUIDE)


def _title(lines: list[str], name: str) -> str:
    """The heading without the name; of a page whose heading is the name, its first sentence."""
    heading = lines[0].lstrip("# ").replace("`", "") if lines else name
    if heading != name:
        title = heading.removeprefix(f"{name}: ")
        return title[:1].upper() + title[1:]
    first = next((line for line in lines[1:] if line), name)
    return _SENTENCE.split(first)[0].rstrip(".")


def _text(file: Path, page: str, folder: Path) -> str:
    text = file.read_text(encoding="utf-8")
    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(text):
        parts += [_linked(text[end : fence.start()], page, folder), fence[0]]
        end = fence.end()
    return "".join([*parts, _linked(text[end:], page, folder)])


def _linked(text: str, page: str, folder: Path) -> str:
    """Links to pages that ship become the command that shows them, those to other files become their words."""

    def replaced(link: re.Match[str]) -> str:
        words, target = link["words"], link["target"].partition("#")[0]
        if "://" in target:
            return link[0]
        to = posixpath.normpath(posixpath.join(posixpath.dirname(page), target)) if target else page
        if (folder / to).is_dir():
            to = next((f"{to}/{index}.md" for index in _INDEX if (folder / to / f"{index}.md").is_file()), to)
        if to == page or not (to.endswith(".md") and (folder / to).is_file()):
            return words
        name = name_of(to)
        return words if not name or words.strip("`") == name else f"{words} (`narrows explain {name}`)"

    return _LINK.sub(replaced, _PICTURE.sub(lambda picture: picture["words"], text))
