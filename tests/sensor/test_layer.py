"""The layer as it is built: the same bytes each time, small, and all that a function needs of it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.runtimes import RuntimeApi, runtime
from tests.sensor.conftest import BUILD, unpacked


def build(folder: Path, *more: str) -> tuple[Path, str]:
    """The zip, and what was printed."""
    done = subprocess.run([sys.executable, BUILD, "--to", folder, *more], check=True, capture_output=True, text=True)
    return next(folder.glob("*.zip")), done.stdout


@pytest.mark.parametrize("more", [(), ("--bytecode", sys.executable)])
def test_it_is_the_same_byte_for_byte_and_small(tmp_path: Path, more: tuple[str, ...]) -> None:
    first, second = (build(tmp_path / name, *more)[0].read_bytes() for name in ("a", "b"))
    assert first == second
    assert len(first) < 200_000


def test_it_holds_what_a_function_needs_and_no_more(tmp_path: Path) -> None:
    archive, said = build(tmp_path)
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        assert opened.getinfo("narrows").external_attr >> 16 & 0o111
    assert names == sorted(names)
    assert {"narrows", "narrows-lambda/startup/sitecustomize.py", "python/narrows_lambda/auto.py"} <= set(names)
    assert not [name for name in names if "lint" in name or name.endswith(".pyc")]
    assert "--compatible-architectures x86_64 arm64" in said
    assert f"fileb://{archive}" in said


def test_its_bytecode_is_what_runs(tmp_path: Path, api: RuntimeApi) -> None:
    wrapper = unpacked(tmp_path, "--bytecode", sys.executable)
    # Sources that would fail: they are not looked at.
    for source in (wrapper.parent / "python").rglob("*.py"):
        source.write_text("raise SystemError\n", encoding="utf-8")
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n", encoding="utf-8")
    with runtime(api, tmp_path, wrapper=wrapper) as one:
        assert one.invoke().body == b"1"
        assert len(one.lines()) == 1


def test_a_command_that_is_no_python_is_left_as_it_is(wrapper: Path) -> None:
    environ = {"PATH": "/usr/bin:/bin", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
    done = subprocess.run([wrapper, "env"], env=environ, capture_output=True, text=True, check=True)
    assert "PYTHONPATH" not in done.stdout
    assert "NODE_OPTIONS" not in done.stdout
    failed = subprocess.run([wrapper, "sh", "-c", "exit 7"], env=environ, check=False)
    assert failed.returncode == 7


def test_node_gets_its_own_part_where_the_layer_has_one(tmp_path: Path) -> None:
    wrapper = unpacked(tmp_path)
    (tmp_path / "node").write_text('#!/bin/sh\nprintf %s "$NODE_OPTIONS"\n', encoding="utf-8")
    (tmp_path / "node").chmod(0o755)
    register = wrapper.parent / "nodejs" / "narrows-lambda" / "register.mjs"
    register.parent.mkdir(parents=True, exist_ok=True)
    register.write_text("", encoding="utf-8")
    environ = {"PATH": "/usr/bin:/bin", "NODE_OPTIONS": "--max-old-space-size=100"}
    said = subprocess.run([wrapper, tmp_path / "node"], env=environ, capture_output=True, text=True, check=True).stdout
    assert said == f"--import {register} --max-old-space-size=100"
    register.unlink()
    said = subprocess.run([wrapper, tmp_path / "node"], env=environ, capture_output=True, text=True, check=True).stdout
    assert said == "--max-old-space-size=100"


def test_another_sitecustomize_runs_as_without_us(tmp_path: Path, wrapper: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.theirs = __file__\n", encoding="utf-8")
    program = "import json, os, sys; print(json.dumps([sys.theirs, sys.path, os.environ['PYTHONPATH']]))"
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path), "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
    without, with_us = (
        subprocess.run([*before, sys.executable, "-c", program], env=environ, capture_output=True, check=True).stdout
        for before in ((), (wrapper,))
    )
    assert with_us == without
    assert json.loads(with_us)[0] == str(tmp_path / "sitecustomize.py")
