"""The wheels and sdists: what is in them, and that they are made of nothing but the sources."""

from __future__ import annotations

import email
import re
import shutil
from pathlib import Path

import pytest

import narrows
from narrows.diagnose.causes import CAUSES
from narrows.lint.rules import RULES
from tests.packaging.built import ROOT, UV, build, members, source_tree, unpack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not UV.exists() or shutil.which("git") is None, reason="needs uv and git"),
]
DATA = {".css", ".j2", ".js", ".json", ".sql", ".toml", ".txt", ".yaml", ".md", ".svg", ".html"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel and sdist of both distributions."""
    room = tmp_path_factory.mktemp("dist")
    tree = source_tree(room)
    for source in (tree, tree / "lambda"):
        build(source, room / "built", "--wheel", "--sdist")
    return room / "built"


def one(dist: Path, pattern: str) -> dict[str, bytes]:
    [archive] = dist.glob(pattern)
    return members(archive)


def test_both_have_a_wheel_and_an_sdist_of_one_version(dist: Path) -> None:
    version = narrows.__version__
    assert {file.name for file in dist.iterdir() if file.name != ".gitignore"} == {
        f"narrows-{version}-py3-none-any.whl",
        f"narrows-{version}.tar.gz",
        f"narrows_lambda-{version}-py3-none-any.whl",
        f"narrows_lambda-{version}.tar.gz",
    }


def test_the_wheel_has_the_code_and_every_file_that_the_code_reads(dist: Path) -> None:
    wheel = one(dist, "narrows-*.whl")
    code = ROOT / "src" / "narrows"
    of_code = {
        f"narrows/{file.relative_to(code).as_posix()}"
        for file in code.rglob("*")
        if file.is_file()
        and "__pycache__" not in file.parts
        and (file.suffix in {".py", *DATA} or file.name == "py.typed")
    }
    assert of_code <= set(wheel)
    assert {"narrows/py.typed", "narrows/prices.json", "narrows/report/templates/report.css"} <= of_code


def test_the_wheel_has_the_pages_that_answers_name_and_the_examples(dist: Path) -> None:
    wheel = one(dist, "narrows-*.whl")
    pages = {f"narrows/docs/causes/{id}.md" for id in CAUSES} | {
        f"narrows/docs/lint/infrastructure/{id}.md" for id in RULES
    }
    pages |= {f"narrows/docs/lint/handlers/{page.name}" for page in (ROOT / "docs/lint/handlers").glob("*.md")}
    assert pages | {"narrows/docs/plan.md", "narrows/docs/reuse.md", "narrows/docs/case.md"} <= set(wheel)
    examples = [
        file for name in ("scenarios", "cases") for file in (ROOT / "examples" / name).rglob("*") if file.is_file()
    ]
    assert len(examples) > 50
    for file in examples:
        assert wheel[f"narrows/{file.relative_to(ROOT).as_posix()}"] == file.read_bytes()


def test_nothing_else_is_in_the_wheels(dist: Path) -> None:
    strange = re.compile(
        r"(^|/)(tests?|bench|oracles|lab_?tests|\..*|__pycache__|node_modules)(/|$)|\.(pyc|nbi|nbc|png)$"
    )
    for pattern, tops in (("narrows-*.whl", {"narrows"}), ("narrows_lambda-*.whl", {"narrows_lambda"})):
        names = set(one(dist, pattern))
        assert [name for name in sorted(names) if strange.search(name)] == []
        assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == tops
        assert [name for name in names if name.endswith("dist-info/licenses/LICENSE")]
    assert sum(map(len, one(dist, "narrows-*.whl").values())) < 8_000_000


def test_the_sdist_has_the_sources_the_tests_and_what_makes_them_run(dist: Path) -> None:
    sdist = one(dist, "narrows-*.tar.gz")
    for name in ("pyproject.toml", "Makefile", "tests/conftest.py", "lambda/pyproject.toml", "requirements/run.txt"):
        assert sdist[name] == (ROOT / name).read_bytes()
    assert not [name for name in sdist if "__pycache__" in name or re.match(r"\.(?!gitignore$)", name)]


def test_a_wheel_that_is_built_from_the_sdist_is_the_same(dist: Path, tmp_path: Path) -> None:
    for name in ("narrows", "narrows_lambda"):
        [sdist] = dist.glob(f"{name}-*.tar.gz")
        (tmp_path / name).mkdir()
        build(unpack(sdist, tmp_path / name), tmp_path / "built", "--wheel")
        assert one(tmp_path / "built", f"{name}-*.whl") == one(dist, f"{name}-*.whl")


def test_what_a_package_index_shows(dist: Path) -> None:
    about = email.message_from_bytes(one(dist, "narrows-*.whl")[f"narrows-{narrows.__version__}.dist-info/METADATA"])
    assert about["License-Expression"] == "Apache-2.0"
    assert about["Requires-Python"] == ">=3.11"
    assert about["Description-Content-Type"] == "text/markdown"
    assert {"simulate", "flowlogs", "aws", "sam", "serve", "all"} <= set(about.get_all("Provides-Extra", []))
    assert f"narrows-lambda=={narrows.__version__}" in about.get_all("Requires-Dist", [])
