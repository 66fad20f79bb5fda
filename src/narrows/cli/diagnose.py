"""``narrows diagnose``: why connections fail."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from narrows.gate import console, print_json


class FailOn(StrEnum):
    """How sure a cause must be for exit code 1."""

    LIKELY = "likely"
    CONFIRMED = "confirmed"


def diagnose(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="The folder of a case.", show_default=False)],
    verbose: Annotated[bool, typer.Option("--verbose", help="Every cause, with all of its evidence.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Exit with 1 when a cause is at least so sure.", show_default=False)
    ] = None,
) -> None:
    """Why connections fail: which cause binds, the evidence for and against each, what binds next, what to collect."""
    from narrows.case import read_case
    from narrows.diagnose import Status
    from narrows.diagnose import diagnose as examine

    read = read_case(case)
    found = examine(read)
    if json:
        print_json(found.to_json())
    else:
        from narrows.diagnose.show import show

        show(read, found, console(), verbose=verbose)
    if fail_on is not None and any(one.status.reaches(Status(fail_on.value)) for one in found.causes):
        raise typer.Exit(1)
