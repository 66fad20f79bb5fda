"""Both distributions, built from this tree once for all tests that look at them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"


def uv(*arguments: str | Path, cwd: Path | None = None) -> str:
    """What a command of uv prints."""
    ran = subprocess.run([UV, *arguments], capture_output=True, text=True, cwd=cwd, check=False, timeout=500)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def build(source: Path, to: Path, *kind: str) -> None:
    """Build with the pinned hatchling that is installed beside the tests."""
    uv("build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", to, *kind, source)


@cache
def source_tree(room: Path) -> Path:
    """What is committed, or would be: a copy in which nothing of this clone lies about."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    tree = room / "tree"
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, tree / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return tree


def members(archive: Path) -> dict[str, bytes]:
    """The files in a wheel or an sdist, those of an sdist without its folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(archive) as sdist:
        files = [(one.name.partition("/")[2], sdist.extractfile(one)) for one in sdist.getmembers() if one.isfile()]
        return {name: file.read() for name, file in files if file is not None}


def unpack(archive: Path, to: Path) -> Path:
    """An sdist's own folder, unpacked."""
    with tarfile.open(archive) as sdist:
        sdist.extractall(to, filter="data")
    [folder] = to.iterdir()
    return folder


def clean_environment() -> dict[str, str]:
    """The environment of somebody who has nothing to do with this clone, and with no account."""
    gone = ("AWS_", "PYTHON", "VIRTUAL_ENV", "COLUMNS")
    return {name: value for name, value in os.environ.items() if not name.startswith(gone)}


def python_of(version: str) -> Path | None:
    """An interpreter of that version: on the PATH, or among those of pyenv."""
    named = shutil.which(f"python{version}")
    kept = Path.home().glob(f".pyenv/versions/{version}.*/bin/python")
    for candidate in [*([Path(named)] if named else []), *sorted(kept)]:
        told = subprocess.run(
            [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if told.stdout.strip() == version:
            return candidate
    return None
