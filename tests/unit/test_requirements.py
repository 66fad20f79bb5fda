"""What gets installed: each file that pip may take is known by its hash, wherever it comes from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OWN = {"narrows", "narrows-lambda"}
"""Both distributions of this repository, which are installed from it."""
FILES = ("run", "dev", "install", "sbom")
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9a-z.+!]+)(?: ; [^\\]+)? \\\n(?P<hashes>(?:    --hash=.*\n)+)")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def pins(*files: str) -> set[str]:
    """The names pinned in these files of requirements/."""
    return {pin["name"] for file in files for pin in PIN.finditer(text(file))}


def text(file: str) -> str:
    return (ROOT / "requirements" / f"{file}.txt").read_text()


def closure(*wanted: str) -> set[str]:
    """The names of what ``wanted`` needs here, as far as it is installed, and of all that this needs in turn."""
    found: dict[tuple[str, str], None] = {}
    _follow(map(Requirement, wanted), found)
    return {name for name, _ in found}


def _follow(needed: Iterable[Requirement], found: dict[tuple[str, str], None]) -> None:
    for one in needed:
        name = canonicalize_name(one.name)
        for extra in ("", *one.extras):
            if (name, extra) in found:
                continue
            found[name, extra] = None
            if name == "narrows":
                # An extra that is made of others: as the file has it now, which may not be what is installed.
                _follow(map(Requirement, PYPROJECT["project"]["optional-dependencies"].get(extra, ())), found)
                continue
            try:
                lines = requires(name) or []
            except PackageNotFoundError:
                continue
            in_turn = map(Requirement, lines)
            _follow((each for each in in_turn if each.marker is None or each.marker.evaluate({"extra": extra})), found)


def test_everything_that_a_run_needs_is_pinned_with_its_hashes() -> None:
    assert closure(*PYPROJECT["project"]["dependencies"]) - OWN <= pins("run")


def test_what_runs_inside_a_function_needs_nothing() -> None:
    assert tomllib.loads((ROOT / "lambda" / "pyproject.toml").read_text())["project"]["dependencies"] == []
    assert closure("narrows-lambda") == {"narrows-lambda"}


@pytest.mark.parametrize(
    ("extra", "brings"),
    [
        ("aws", {"boto3", "botocore"}),
        ("flowlogs", {"duckdb", "ijson", "sqlglot"}),
        ("sam", {"aws-sam-translator"}),
        ("serve", {"starlette", "uvicorn"}),
        ("simulate", {"llvmlite", "numba"}),
    ],
)
def test_what_an_extra_brings_is_pinned_with_what_a_run_needs(extra: str, brings: set[str]) -> None:
    """``make setup`` brings all of them; who installs the package alone asks for ``narrows[aws]``."""
    assert brings <= closure(*PYPROJECT["project"]["optional-dependencies"][extra]) <= pins("run")
    assert not brings & {canonicalize_name(Requirement(one).name) for one in PYPROJECT["project"]["dependencies"]}


def test_everything_that_tests_and_benches_need_is_pinned_with_its_hashes() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]

    assert closure(*(one for extra in extras.values() for one in extra)) - OWN <= pins("run", "dev")


def test_pip_and_what_builds_are_pinned_with_their_hashes() -> None:
    building = [*PYPROJECT["build-system"]["requires"], *PYPROJECT["dependency-groups"]["install"]]

    assert closure(*building) <= pins("install")
    assert {"pip", "setuptools", "hatchling"} <= pins("install")


def test_nothing_of_the_tests_makes_a_report_slower_to_load_than_for_its_users() -> None:
    """jsonschema takes two seconds more where rfc3987-syntax is installed, which only lists of components need."""
    assert "rfc3987-syntax" not in pins("run", "dev")
    assert "cyclonedx-bom" in pins("sbom")


def test_a_run_installs_nothing_of_the_tests() -> None:
    everywhere = {pin["name"] for pin in PIN.finditer(text("run")) if "platform" not in pin[0]}

    assert not everywhere & pins("dev")
    assert not pins("run") & {"pytest", "moto", "pyspark", "awscli"}


@pytest.mark.parametrize("file", FILES)
def test_the_files_hold_pins_with_hashes_and_nothing_else(file: str) -> None:
    """No address, no path and no option: where packages come from is the machine's own business."""
    left = PIN.sub("", text(file)).splitlines()

    assert pins(file)
    assert [line for line in left if line and not line.startswith("#")] == []
    for pin in PIN.finditer(text(file)):
        assert [line for line in pin["hashes"].splitlines() if not HASH.fullmatch(line)] == [], pin["name"]
    assert not re.search(r"[@/]", text(file))


def test_the_makefile_installs_by_hash_or_the_project_alone() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installs = re.findall(r"^\t@?(?:\$\(PIP\)|\$\(INSTALL\)|tools/install-pinned) (.*)", makefile, re.MULTILINE)

    assert len(installs) >= 4
    for line in installs:
        assert line == "--no-deps --no-build-isolation -e lambda -e ." or re.search(
            r"requirements/\w+\.txt$|\$<$", line
        )
    assert " pip install" not in makefile.replace("PIP := $(BIN)/python -m pip", "")
    assert "hashed=(--require-hashes --only-binary :all:" in (ROOT / "tools" / "install-pinned").read_text()
