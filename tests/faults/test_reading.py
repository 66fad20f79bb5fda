"""A disk that breaks while evidence is read: an error that names the file, or an answer that says what it lacks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.commands import COMMANDS, Command, Ran, problems, run, snapshot
from tests.faults.injecting import failing_reads, why_not


@pytest.mark.parametrize(("name", "file"), [(one.name, file) for one in COMMANDS.values() for file in one.inputs])
def test_a_file_that_breaks_is_named(
    name: str, file: str, prepared: Path, tmp_path: Path, sound: Callable[[Command], Ran]
) -> None:
    if reason := why_not():
        pytest.skip(reason)
    command = COMMANDS[name]
    place = Path(shutil.copytree(prepared, tmp_path / "place"))
    ran = run(command, place, failing_reads(place / file, 1))
    assert problems(command, ran, snapshot(prepared), sound(command)) == []
    assert Path(file).name in ran.out + ran.err
