"""CONTRIBUTING.md sends nobody to a file, a name or a make target that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narrows.limits import LIMITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+|[\w-]+\.(?:md|py)")
NAME = re.compile(r"_?[A-Z]\w+|[a-z]+_[a-z_]+")
PATHS = sorted({one for one in QUOTED.findall(PAGE) if PATH.fullmatch(one)} - {".venv/bin/python"})
STEP = re.compile(r"^\d\. .*(?:\n   .*)*", re.MULTILINE)
STEPS = STEP.findall(PAGE.partition("## Five tasks")[2].partition("\n## ")[0])
PACKAGE = ROOT / "src/narrows"


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_there(path: str) -> None:
    """NAME stands for one that is yours to choose: its folder is there."""
    there = ROOT / path
    assert there.parent.is_dir() if "NAME" in there.name else there.exists()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.split(":")[0][:60])
def test_every_name_in_a_step_stands_in_a_file_or_folder_that_it_leads_to(step: str) -> None:
    quoted = QUOTED.findall(step)
    paths = [ROOT / one for one in quoted if PATH.fullmatch(one)]
    files = [file for path in paths for file in ([path] if path.is_file() else path.parent.glob("*.py"))]
    texts = [file.read_text(encoding="utf-8") for file in files or PACKAGE.rglob("*.py")]
    for name in (one for one in quoted if NAME.fullmatch(one)):
        assert any(re.search(rf"\b{name}\b", text) for text in texts), name


def test_the_tasks_have_steps() -> None:
    assert len(STEPS) > 15
    assert len(PATHS) > 40


def test_every_room_is_told_of() -> None:
    told = PAGE.partition("## The rooms")[2].partition("\n## ")[0]
    rooms = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}
    assert rooms == set(re.findall(r"`src/narrows/(\w+)`", told))


def test_every_make_target_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"^    make ([a-z-]+)|`make ([a-z-]+)`", PAGE, re.MULTILINE))
    assert named
    assert {one or other for one, other in named} <= targets


def test_it_states_no_limit_either() -> None:
    large = {str(limit.value) for limit in LIMITS.values() if limit.value > 1_000}
    assert not large & set(re.findall(r"\d+", PAGE.replace(",", "")))
