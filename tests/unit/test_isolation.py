"""A command that stands in a stranger's folder runs nothing of what lies there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.isolation import cache_folder, is_trusted, program_path

_MODULES = ("numpy", "pickle", "pkgutil", "random", "sitecustomize", "struct", "typing", "usercustomize", "yaml")
_SCENARIO = """
name: small
vpc: {subnets: {a: {az: a, route: nat}}, nat_gateways: {nat: {addresses: 1}}}
destinations: {cache: {port: 443}}
functions: {f: {subnets: [a], security_groups: [sg], connections: [{to: cache}]}}
demand: {f: {environments: 2}}
duration: 1s
"""
_ENTRY = "import sys\nfrom narrows.cli import main\nsys.exit(main())\n"


@pytest.fixture
def strangers(tmp_path: Path) -> Path:
    """A folder in which everything that is run, or obeyed, leaves a line in ``ran`` above it, or fails."""
    folder = tmp_path / "case"
    (folder / "narrows").mkdir(parents=True)
    for name in (*_MODULES, "narrows/__init__", "rich", "duckdb"):
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\nraise SystemExit(9)")
    for name in ("ip", "nft", "xdg-open"):
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> {tmp_path / 'ran'}\nexit 9\n")
        (folder / name).chmod(0o755)
    (folder / ".numba_config.yaml").write_text("[not a mapping]\n")
    (folder / "scenario.yaml").write_text(_SCENARIO)
    return folder


Run = Callable[..., str]


@pytest.fixture
def run(strangers: Path, tmp_path: Path) -> Run:
    """Runs the installed command from within that folder, with an empty entry first in PATH."""
    entry = tmp_path / "bin" / "narrows"
    entry.parent.mkdir()
    entry.write_text(_ENTRY)
    source = str(Path(__file__).parents[2] / "src")

    def run_here(*arguments: str, **environment: str) -> str:
        ran = subprocess.run(
            [sys.executable, str(entry), *arguments],
            cwd=strangers,
            env={**os.environ, "PYTHONPATH": source, "PATH": f":{os.environ['PATH']}", **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert not (tmp_path / "ran").exists()
        return ran.stdout

    return run_here


def test_the_simulator_runs_nothing_and_obeys_no_settings(run: Run) -> None:
    assert "established at the peak" in run("simulate", "scenario.yaml")


@pytest.mark.slow
@pytest.mark.lab
def test_the_lab_runs_nothing(run: Run) -> None:
    from narrows.lab.doctor import is_possible

    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")
    assert "with real packets" in run("lab", "scenario.yaml")


def test_an_empty_entry_of_pythonpath_is_left_out(run: Run, strangers: Path) -> None:
    """What Python itself imports before narrows begins, nobody can keep from the current folder."""
    for name in (*_MODULES[:-1], "narrows/__init__"):
        (strangers / f"{name}.py").unlink()
    (strangers / "narrows").rmdir()
    assert "hyperplane" in run("limits", PYTHONPATH=f":{Path(__file__).parents[2] / 'src'}:")


def test_only_absolute_places_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", ":/usr/bin::bin:./bin:/bin:.")
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert program_path("/sbin", "sbin") == "/usr/bin:/bin:/sbin"
    assert cache_folder() == Path("/home/somebody/.cache/narrows")


def test_code_is_not_kept_where_others_can_write(tmp_path: Path) -> None:
    assert is_trusted(tmp_path)
    tmp_path.chmod(0o777)
    assert not is_trusted(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that are another's")
def test_code_is_not_kept_in_another_users_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    assert not is_trusted(tmp_path)
