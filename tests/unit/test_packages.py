"""Packages that only some commands need: each missing one is one line that says what to install."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import narrows
import narrows_lambda
from narrows.errors import NarrowsError
from narrows.packages import EXTRA_OF, MissingPackageError, is_there, need

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PYPROJECT["optional-dependencies"]
SCENARIO = str(ROOT / "examples" / "scenarios" / "launch-load-test.yaml")
ATHENA = "s3://bucket/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/"
CASES = ROOT / "examples" / "cases"
DISTRIBUTIONS = {
    "aws-sam-translator": "samtranslator",
    "jinja2": "jinja2",
    "pyyaml": "yaml",
    "narrows-lambda": "narrows_lambda",
    "tree-sitter": "tree_sitter",
    "tree-sitter-hcl": "tree_sitter_hcl",
}


def imported_by(names: list[str]) -> set[str]:
    requirements = (canonicalize_name(Requirement(one).name) for one in names)
    return {DISTRIBUTIONS.get(name, name) for name in requirements}


def without(packages: tuple[str, ...], *arguments: str, room: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A run where packages are not installed."""
    code = (
        f"import sys; sys.modules |= dict.fromkeys({packages!r}); "
        f"from narrows.cli import main; main({list(arguments)!r})"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False, cwd=room
    )


def test_each_package_is_brought_by_the_extra_that_is_named() -> None:
    for package, extra in EXTRA_OF.items():
        assert package in imported_by(EXTRAS[extra]), package


def test_all_are_in_the_extra_of_all() -> None:
    [alone] = map(Requirement, EXTRAS["all"])
    assert alone.name == "narrows"
    assert alone.extras == {"aws", "flowlogs", "sam", "serve", "simulate"}


def test_what_is_imported_is_declared() -> None:
    """By the code that runs: a package is a dependency, or one of an extra, and then ``need`` speaks of it."""
    declared = imported_by(PYPROJECT["dependencies"]) | set(EXTRA_OF) | {"markupsafe"}
    standard = sys.stdlib_module_names
    beside = {"narrows", "narrows_lambda", "botocore", "jmespath", "pydantic_core", "py4j"}
    lab = {"awslambdaric", "momento", "redis", "grpc", "momento_wire_types"}
    """What the user's own functions bring, or narrows[runtime], which the lab speaks of itself."""
    shown_in = {"pandas", "IPython"}
    """Of whoever works in a notebook: the first is asked for in one line, the second only where it runs already."""
    strange: set[tuple[str, str]] = set()
    for file in (ROOT / "src" / "narrows").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            allowed = declared | standard | beside | shown_in | (lab if "lab" in file.parts else set())
            strange |= {(name, file.name) for name in (one.partition(".")[0] for one in names) if name not in allowed}
    assert strange == set()


def test_the_second_distribution_has_the_same_version() -> None:
    assert f"narrows-lambda=={narrows.__version__}" in PYPROJECT["dependencies"]
    assert narrows_lambda.__version__ == narrows.__version__
    assert (ROOT / "LICENSE").read_text() == (ROOT / "lambda" / "LICENSE").read_text()


def test_need_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    need("numba", "simulating")
    assert is_there("numba")
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(NarrowsError) as raised:
        need("numba", "simulating")
    assert isinstance(raised.value, MissingPackageError)
    assert str(raised.value) == "simulating needs numba: pip install 'narrows[simulate]'"
    assert (raised.value.package, raised.value.extra) == ("numba", "simulate")


def test_a_package_that_is_nowhere_is_not_there() -> None:
    assert not is_there("no_such_package_anywhere")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "extra", "arguments"),
    [
        ("numba", "simulate", ("simulate", SCENARIO)),
        ("numba", "simulate", ("demo", "--out", "never-made")),
        ("numba", "simulate", ("plan", SCENARIO, "--prove")),
        ("numba", "simulate", ("lab", SCENARIO)),
        ("duckdb", "flowlogs", ("flowlogs", str(CASES))),
        ("sqlglot", "flowlogs", ("flowlogs", "--sql", "--engine", "athena", ATHENA)),
        ("boto3", "aws", ("collect", "--function", "storefront", "--out", "never-made")),
        ("boto3", "aws", ("incident", "--function", "storefront", "--out", "never-made")),
        ("samtranslator", "sam", ("lint", str(ROOT / "examples/infrastructure/act-1/sam/template.yaml"))),
        ("pyathena", "athena", ("flowlogs", "--engine", "athena", ATHENA)),
    ],
)
def test_a_command_without_its_package_ends_with_one_line(
    package: str, extra: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    ran = without((package,), *arguments, room=tmp_path)
    assert ran.returncode == 2, ran.stderr
    assert re.fullmatch(rf"narrows: .* needs .*: pip install 'narrows\[{extra}\]'\n", ran.stderr)
    assert ran.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("command", ["diagnose", "plan"])
def test_a_diagnosis_and_a_plan_need_none_of_them(command: str) -> None:
    ran = without(tuple(EXTRA_OF), command, str(CASES / "nat-churn"))
    assert ran.returncode == 0, ran.stderr


def test_the_api_raises_an_error_of_its_own() -> None:
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import narrows\n"
        "try:\n    narrows.simulate_scenario\nexcept narrows.InputError as error:\n    print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True)
    assert ran.stdout == "simulating needs numba: pip install 'narrows[simulate]'\n"
