"""The files that inputs are made from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

Files = dict[str, bytes]
"""Contents by name, relative to a folder; a name that is no UTF-8 holds surrogates, as ``os.fsdecode`` makes them."""

CORPUS = Path(__file__).with_name("corpus")
FOUND = CORPUS / "found"


@cache
def text(name: str) -> str:
    """A file of the corpus."""
    return (CORPUS / name).read_text(encoding="utf-8")


@cache
def texts(folder: str, *suffixes: str) -> tuple[str, ...]:
    """The files of a folder of the corpus, by name."""
    files = sorted(file for file in (CORPUS / folder).iterdir() if file.suffix in suffixes)
    return tuple(file.read_text(encoding="utf-8") for file in files)


def beside(*parts: str) -> Files:
    """A ``case.yaml`` that is soon read, and what lies in those folders of the small case or has those names."""
    found = files_below(CORPUS / "case", parts) if parts else {}
    return {**found, "case.yaml": b"schema: 1\nfunctions: [app]\n"}


def case() -> Files:
    """The small case, whole."""
    return files_below(CORPUS / "case")


def files_below(folder: Path, parts: tuple[str, ...] = ("",)) -> Files:
    """What lies below a folder, where its name begins with one of ``parts``."""
    found = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and name.startswith(parts):
            found[name] = file.read_bytes()
    return found


def found(reader: str) -> dict[str, Files]:
    """The inputs on which a reader once failed, by name."""
    folder = FOUND / reader
    return {one.name: files_below(one) for one in sorted(folder.iterdir())} if folder.is_dir() else {}
