"""What ``git apply`` makes of a patch's diff: the real git, on texts of every shape."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.patch.model import FileChange, Patch, as_diff


def _apply(patch: Patch, folder: Path) -> None:
    for one in patch.files:
        file = folder / one.path
        file.parent.mkdir(parents=True, exist_ok=True)
        if one.before is not None:
            file.write_bytes(one.before)
    text = as_diff(patch).encode("utf-8", "surrogateescape")
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder, input=text, check=True)


_LINES = st.sampled_from(
    [b"a", b"b", b"}", b"", b"  x = 1", b"\t-", b"+", b"\\", b"@@ -1 +1 @@", b"\xc3\xa9", b"\xff", b"\r"]
)
_TEXTS = st.builds(
    lambda lines, end, ending: end.join(lines) + (end if ending else b""),
    st.lists(_LINES, max_size=30),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)
_PATHS = st.sampled_from(
    ["main.tf", "a b.tf", "net/main.tf", 'q"uote.tf', "schön.tf", "tab\there.tf", "back\\slash.tf"]
)


@settings(deadline=None, max_examples=20)
@given(_PATHS, st.none() | _TEXTS, _TEXTS)
def test_git_makes_of_a_diff_the_bytes_that_are_meant(path: str, before: bytes | None, after: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        patch = Patch((FileChange(path, before, after),))
        if not as_diff(patch):
            assert before == after
            return
        _apply(patch, Path(name))
        assert (Path(name) / path).read_bytes() == after


@settings(deadline=None, max_examples=10)
@given(st.lists(st.integers(0, 199), max_size=4), st.booleans())
def test_far_apart_changes_of_a_long_file_are_hunks_of_their_own(places: list[int], inserted: bool) -> None:
    lines = [f"line {number % 7}" for number in range(200)]
    changed = list(lines)
    for place in sorted(set(places), reverse=True):
        changed[place : place + (not inserted)] = ["something new"]
    before, after = ("\n".join(one).encode() for one in (lines, changed))
    with tempfile.TemporaryDirectory() as name:
        patch = Patch((FileChange("long.tf", before, after), FileChange("new.tf", None, b"x\n")))
        _apply(patch, Path(name))
        assert (Path(name) / "long.tf").read_bytes() == after
        assert (Path(name) / "new.tf").read_bytes() == b"x\n"


def test_a_diff_reads_as_gits_own() -> None:
    patch = Patch((FileChange("main.tf", b"a\nb\nc\nd\ne", b"a\nb\nx\nd\ne"),))
    assert as_diff(patch) == (
        "diff --git a/main.tf b/main.tf\n--- a/main.tf\n+++ b/main.tf\n@@ -1,5 +1,5 @@\n"
        " a\n b\n-c\n+x\n d\n e\n\\ No newline at end of file\n"
    )


def test_no_change_is_no_diff() -> None:
    assert as_diff(Patch((FileChange("main.tf", b"a\n", b"a\n"),))) == ""


@pytest.mark.parametrize("where", [".", "infrastructure"])
def test_a_diff_applies_anywhere_in_a_repository(tmp_path: Path, where: str) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    folder = tmp_path / "infrastructure"
    folder.mkdir()
    (folder / "main.tf").write_bytes(b"a\n")
    patch = Patch((FileChange("main.tf", b"a\n", b"b\n"), FileChange("narrows.tf", None, b"c\n")))
    text = as_diff(patch, "infrastructure").encode()
    subprocess.run(["git", "apply", "-"], cwd=tmp_path / where, input=text, check=True)
    assert (folder / "main.tf").read_bytes() == b"b\n"
    assert (folder / "narrows.tf").read_bytes() == b"c\n"


@pytest.mark.parametrize("content", [b"", b"\n", b"x", b"\r\n"])
def test_new_files_of_next_to_nothing(tmp_path: Path, content: bytes) -> None:
    _apply(Patch((FileChange("new.tf", None, content),)), tmp_path)
    assert (tmp_path / "new.tf").read_bytes() == content
