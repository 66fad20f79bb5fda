"""``narrows init``: a commented scenario to start from, the scenario of a case, or the JSON Schema of scenarios."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

_PRINT = "-"
"""Where ``--schema`` has no file."""

_INFRASTRUCTURE = {
    ".json": "terraform",
    ".tf": "terraform",
    ".tfstate": "terraform",
    ".template": "cloudformation",
    ".yaml": "cloudformation",
    ".yml": "cloudformation",
}
"""What ``narrows import`` reads a file as, most likely."""


def init(
    case: Annotated[
        Path | None,
        typer.Option("--from", metavar="CASE", help="The scenario that a plan makes of a case.", show_default=False),
    ] = None,
    peak: Annotated[
        int | None,
        typer.Option(help="With --from: open connections at the peak, where the case shows none.", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this file.", show_default=False)] = None,
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="[FILE]",
            help="Write the JSON Schema of scenarios to this file, for editors; without one print it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print a commented scenario that loads, plans and simulates as it stands: narrows init > scenario.yaml"""
    from narrows.errors import InputError
    from narrows.gate import say

    if schema is not None:
        if case is not None or out is not None:
            raise InputError("stands alone", place="--schema", advice="leave --from and --out out")
        _schema(schema)
        return
    if peak is not None and case is None:
        raise InputError("goes with --from", place="--peak")
    from narrows.scenario.starter import MODELINE
    from narrows.scenario.writing import new_text_file

    with nullcontext() if out is None else new_text_file(out, "init", first=MODELINE) as write:
        text = _starter() if case is None else _of_case(case, peak)
        if write is not None:
            write(text)
    if out is None:
        say(text.rstrip("\n"))


def rewrite(arguments: list[str]) -> list[str]:
    """``--schema`` without a file prints: typer knows no option whose value may be left out."""
    pairs = zip(arguments, [*arguments[1:], "--"], strict=False)
    return [
        word
        for argument, after in pairs
        for word in ([argument, _PRINT] if argument == "--schema" and after.startswith("--") else [argument])
    ]


def _starter() -> str:
    from narrows.scenario.starter import starter_text

    return starter_text()


def _schema(place: str) -> None:
    from narrows.gate import say
    from narrows.scenario.json_schema import BEGINNING, FILE
    from narrows.target_file import begins_with, new_file

    content = FILE.read_bytes()
    if place == _PRINT:
        say(content.decode().rstrip("\n"))
        return
    with new_file(place, begins_with(BEGINNING)) as stream:
        stream.write(content)


def _of_case(source: Path, peak: int | None) -> str:
    from narrows.case import read_case
    from narrows.cli.exhausted import check_address_space_for_a_case
    from narrows.plan.of_case import case_text

    _check_is_case(source)
    check_address_space_for_a_case()
    return case_text(read_case(source), peak=peak)


def _check_is_case(source: Path) -> None:
    """Say what to do with infrastructure as code, which is no case."""
    from narrows.errors import InputError
    from narrows.gate import argument
    from narrows.opening import is_folder

    if is_folder(source):
        if (source / "case.yaml").exists() or not any(source.glob("*.tf*")):
            return
        kind, problem = "terraform", "is a folder of Terraform, and no case"
    elif source.suffix in _INFRASTRUCTURE and source.exists():
        kind, problem = _INFRASTRUCTURE[source.suffix], "is a file, and a case is a folder"
    else:
        return
    raise InputError(problem, file=source, place="--from", advice=f"narrows import {kind} {argument(source)}")
