"""The folder that each fault has a copy of."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.commands import Command, Ran, prepare, run


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inputs, and older targets."""
    return prepare(tmp_path_factory.mktemp("faults") / "prepared")


@pytest.fixture
def place(prepared: Path, tmp_path: Path) -> Path:
    """A copy of them for one test to break."""
    return Path(shutil.copytree(prepared, tmp_path / "place"))


@pytest.fixture(scope="session")
def sound(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Command], Ran]:
    """What a command leaves behind when nothing fails."""
    known: dict[str, Ran] = {}

    def run_once(command: Command) -> Ran:
        if command.name not in known:
            folder = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("sound") / "place"))
            known[command.name] = run(command, folder)
            assert known[command.name].code == 0, known[command.name].err
        return known[command.name]

    return run_once
