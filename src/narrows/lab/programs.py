"""Which programs a run starts, and whether they are there: on this machine, and inside the lab."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

from narrows.isolation import system_program_path
from narrows.lab.namespaces import LabError, hidden_folder
from narrows.lab.options import Options

PROGRAMS = ("nft", "ip")
"""What the lab itself runs."""


def find(program: str) -> str | None:
    """The whole path of a program, from the folder where the user stands: the lab's own processes stand elsewhere.

    A link stays one: some programs look at the name that they were called by.
    """
    found = shutil.which(program, path=system_program_path())
    return None if found is None else os.path.abspath(found)  # noqa: PTH100 - Path.absolute leaves '..' there


def with_whole_paths(options: Options) -> Options:
    """The same options, each command with the whole path of its program.

    Raises:
        LabError: a program that is to run is not there, or would not be inside the lab.
    """
    for program in PROGRAMS:
        if find(program) is None:
            raise LabError(f"there is no '{program}' here; 'narrows lab doctor' says how to install it")
    return replace(options, serve=_with_whole_path(options.serve), serve_client=_with_whole_path(options.serve_client))


def _with_whole_path(command: tuple[str, ...]) -> tuple[str, ...]:
    if not command:
        return command
    wrong = what_is_wrong(command[0])
    if wrong is not None:
        raise LabError(wrong)
    return (find(command[0]) or command[0], *command[1:])


def what_is_wrong(program: str) -> str | None:
    """Why the program of a user's command cannot run in the lab, as far as can be seen before; None where it can."""
    found = find(program)
    if found is None:
        return f"there is no '{program}' here"
    folder = hidden_folder()
    hidden = folder, os.path.realpath(folder)
    if any(Path(way).is_relative_to(one) for way in (found, os.path.realpath(found)) for one in hidden):
        return f"'{program}' is not there inside the lab, whose own folder takes the place of {folder}"
    return None
