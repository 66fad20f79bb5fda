"""A disk that is full, or breaks, at the n-th call: the target is the old one or the new one, and no word says else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.commands import COMMANDS, Command, Ran, problems, run, snapshot
from tests.faults.injecting import Call, calls, failing, why_not

WRITING = [name for name, one in COMMANDS.items() if one.target is not None]

MOST = 6
"""Faults of one command: ``python -m bench faults`` goes through all of them."""


def chosen(found: list[Call]) -> list[Call]:
    """The first and the last write to a disk, and to stdout; and of every other kind of call the last."""
    writes = [call for call in found if call.name in ("write", "pwrite64")]
    disk = [call for call in writes if not call.place.startswith("pipe")]
    printed = [call for call in writes if call.place.startswith("pipe")]
    others = {call.name: call for call in found if call not in writes}
    return [*dict.fromkeys([*disk[:1], disk[-1], *printed[:1], *others.values()])][:MOST]


@pytest.mark.parametrize("name", WRITING)
def test_no_space_or_no_disk_leaves_the_old_target_or_the_new_one(
    name: str, prepared: Path, tmp_path: Path, sound: Callable[[Command], Ran]
) -> None:
    if reason := why_not():
        pytest.skip(reason)
    command = COMMANDS[name]
    watched = Path(shutil.copytree(prepared, tmp_path / "watched"))
    found = {}
    for number, call in enumerate(chosen(calls(command, watched, tmp_path / "calls"))):
        place = Path(shutil.copytree(prepared, tmp_path / f"place-{number}"))
        error = ("ENOSPC", "EIO")[number % 2]
        ran = run(command, place, failing(call, error))
        wrong = problems(command, ran, snapshot(prepared), sound(command))
        if wrong:
            found[f"{call.name} {call.number} ({Path(call.place).name}): {error}"] = wrong
    assert found == {}
