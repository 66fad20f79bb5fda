"""What people do after ``pip install narrows``, in an environment and a folder that know nothing of this clone."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import narrows
from tests.packaging.built import UV, build, clean_environment, python_of, source_tree, uv

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not UV.exists() or shutil.which("git") is None, reason="needs uv and git"),
]
PYTHONS = ("3.11", "3.12", "3.13")
SCENARIO = "examples/scenarios/launch-load-test.yaml"
CASE = "examples/cases/nat-churn"
RECORD = "2 123456789012 eni-0a1b2c3d4e5f60718 10.0.1.5 203.0.113.9 40000 443 6 9 840 1795000000 1795000060 ACCEPT OK\n"


@dataclass(frozen=True)
class Installed:
    """An environment with narrows in it."""

    environment: Path
    room: Path
    """The folder in which commands run: nothing is in it but a flow log."""

    def run(self, *arguments: str, code: int = 0, says: str = "") -> str:
        """What a command prints; ``says`` must stand on stderr."""
        ran = subprocess.run(
            [self.environment / "bin" / "narrows", *arguments], cwd=self.room, env=clean_environment(),
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert ran.returncode == code, f"{arguments}: {ran.stderr}"
        assert says in ran.stderr
        return ran.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both wheels."""
    room = tmp_path_factory.mktemp("wheels")
    tree = source_tree(room)
    for source in (tree, tree / "lambda"):
        build(source, room / "built", "--wheel")
    return room / "built"


@pytest.fixture(scope="module")
def install(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Installed]:
    """Install the wheel for a Python, with an extra or without; skips where that Python is not."""
    made: dict[tuple[str, str], Installed] = {}

    def installed(python: str, extra: str) -> Installed:
        if (python, extra) not in made:
            room = tmp_path_factory.mktemp(f"python-{python}-{extra or 'alone'}")
            found = python_of(python)
            if found is None:
                pytest.skip(f"there is no Python {python} here")
            uv("venv", "--quiet", "--python", found, room / "environment")
            [wheel] = wheels.glob("narrows-*.whl")
            wanted = f"narrows[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
            asked: list[str | Path] = [
                UV,
                "pip",
                "install",
                "--quiet",
                "--python",
                room / "environment" / "bin" / "python",
            ]
            ran = subprocess.run(
                [*asked, "--find-links", wheels, wanted], capture_output=True, text=True, timeout=500, check=False
            )
            if ran.returncode:
                pytest.skip(f"its dependencies cannot be had here: {ran.stderr.strip()[:300]}")
            (room / "empty").mkdir()
            (room / "empty" / "flow.log").write_text(RECORD, encoding="utf-8")
            made[python, extra] = Installed(room / "environment", room / "empty")
        return made[python, extra]

    return installed


@pytest.mark.parametrize("python", PYTHONS)
def test_without_extras_the_evidence_is_diagnosed_planned_and_reported(
    install: Callable[[str, str], Installed], python: str
) -> None:
    on = install(python, "")
    assert on.run("--version") == f"narrows {narrows.__version__}\n"
    assert "nat-port-exhaustion" in on.run("diagnose", CASE)
    assert json.loads(on.run("plan", CASE, "--json"))
    assert json.loads(on.run("plan", SCENARIO, "--json"))
    assert "hyperplane-eni-connections" in on.run("limits")
    assert json.loads(on.run("iam-policy"))
    on.run("fullest", CASE)
    on.run("redact", CASE, "--out", "given-away")
    on.run("report", CASE, "--out", "report.html")
    page = (on.room / "report.html").read_text(encoding="utf-8")
    assert "pip install" in page
    assert "narrows[simulate]" in page.replace("&#39;", "'")


@pytest.mark.parametrize("python", PYTHONS)
def test_without_extras_each_page_is_shown(install: Callable[[str, str], Installed], python: str) -> None:
    on = install(python, "")
    names = re.findall(r"^  (\S+)", on.run("explain"), re.MULTILINE)
    assert len(names) > 100
    for name in (
        "nat-port-exhaustion",
        "NAT gateway out of source ports",
        "nat_hold_after_close",
        "one-address",
        "plan",
    ):
        assert on.run("explain", *name.split()).startswith("# ")


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (("simulate", SCENARIO), "simulate"),
        (("demo",), "simulate"),
        (("plan", SCENARIO, "--prove"), "simulate"),
        (("flowlogs", "flow.log"), "flowlogs"),
        (("collect", "--function", "storefront", "--out", "made"), "aws"),
    ],
)
def test_without_its_extra_a_command_says_what_to_install(
    install: Callable[[str, str], Installed], arguments: tuple[str, ...], extra: str
) -> None:
    on = install(PYTHONS[0], "")
    before = sorted(on.room.iterdir())
    assert on.run(*arguments, code=2, says=f"pip install 'narrows[{extra}]'\n") == ""
    assert sorted(on.room.iterdir()) == before


@pytest.mark.parametrize("python", PYTHONS)
def test_with_all_the_incident_is_played_diagnosed_and_proved(
    install: Callable[[str, str], Installed], python: str
) -> None:
    on = install(python, "all")
    on.run("simulate", SCENARIO, "--flow-logs", "v5", "--out", "played")
    assert "nat-port-exhaustion" in on.run("diagnose", "played", "--json")
    assert "nat-a" in on.run("flowlogs", "--case", "played", "--by", "nat")
    on.run("report", "played", "--out", "played.html")
    assert "pip install" not in (on.room / "played.html").read_text(encoding="utf-8")
    told = on.run("demo", "--out", "demo")
    for act in (1, 2, 3):
        assert f"Act {act}" in told
        assert (on.room / "demo" / f"act-{act}.html").stat().st_size > 50_000


def test_it_is_small_and_quick_to_start(install: Callable[[str, str], Installed]) -> None:
    on = install(PYTHONS[0], "")
    size = sum(file.stat().st_size for file in on.environment.rglob("*") if file.is_file() and not file.is_symlink())
    assert size < 450 * 2**20
    on.run("--help")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    on.run("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Seconds of a core: 0.2 on a machine that does nothing else.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5
