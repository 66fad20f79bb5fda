"""The layer as it is published, unpacked; and a Runtime API."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtimes import RuntimeApi

BUILD = Path(__file__).parents[2] / "lambda" / "layer" / "build.py"


@pytest.fixture(scope="session")
def wrapper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``AWS_LAMBDA_EXEC_WRAPPER`` points to, in a folder that has what /opt would have."""
    return unpacked(tmp_path_factory.mktemp("layer"))


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi() as served:
        yield served


def unpacked(folder: Path, *more: str) -> Path:
    """Build the layer, unpack it as Lambda does, and say where its wrapper is."""
    subprocess.run([sys.executable, BUILD, "--to", folder / "dist", *more], check=True, capture_output=True)
    opt = folder / "opt"
    with zipfile.ZipFile(next((folder / "dist").glob("*.zip"))) as archive:
        for entry in archive.infolist():
            Path(archive.extract(entry, opt)).chmod(entry.external_attr >> 16 & 0o777)
    return opt / "narrows"
