"""``narrows import``: a scenario out of infrastructure as code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from narrows.declared.model import Declared

_Out = Annotated[Path | None, typer.Option(help="Write the scenario to this file.", show_default=False)]
_Answers = Annotated[
    Path | None,
    typer.Option(
        metavar="SCENARIO",
        help="A scenario that was imported before and filled in: what no file says is taken from it.",
        show_default=False,
    ),
]
_Region = Annotated[str | None, typer.Option(help="Where the files name none.", show_default=False)]

import_ = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="A scenario out of Terraform, CloudFormation, SAM or CDK: what is known filled in, the rest as questions.",
)


@import_.command()
def terraform(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|FOLDER",
            help="What 'terraform show -json' prints of a plan or a state, a state file, or a folder of .tf files.",
            show_default=False,
        ),
    ],
    out: _Out = None,
    answers: _Answers = None,
    region: _Region = None,
) -> None:
    """From .tf files, a plan or a state."""

    def read() -> Declared:
        from narrows.declared import terraform as reader

        declared: Declared = reader.read(source)
        return declared

    _import(read, source, out, answers, region)


@import_.command()
def cloudformation(
    template: Annotated[
        Path,
        typer.Argument(metavar="TEMPLATE", help="A template of CloudFormation, SAM or CDK.", show_default=False),
    ],
    parameters: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE|FILE", help="Values of its parameters. Repeatable.", show_default=False),
    ] = None,
    out: _Out = None,
    answers: _Answers = None,
    region: _Region = None,
) -> None:
    """From a template, of SAM or CDK too."""

    def read() -> Declared:
        from narrows.declared import cloudformation as reader

        given = reader.read_parameters(parameters or [])
        declared: Declared = reader.read(template, given if region is None else {"AWS::Region": region, **given})
        return declared

    _import(read, template, out, answers, region)


def _import(
    read: Callable[[], Declared], source: Path, out: Path | None, answers: Path | None, region: str | None
) -> None:
    from narrows.aws_ids import REGION
    from narrows.declared.imported import import_scenario
    from narrows.errors import InputError, shown
    from narrows.gate import complain, say
    from narrows.scenario import load_scenario
    from narrows.scenario.writing import new_text_file

    if region is not None and not REGION.fits(region):
        raise InputError(f"{shown(region)} is not {REGION.what}", place="--region", advice=f"write one {REGION.rule}")
    answered = None if answers is None else load_scenario(answers)
    with nullcontext() if out is None else new_text_file(out, "import") as write:
        imported = import_scenario(read(), answered, region, _name_of(source))
        if write is not None:
            write(imported.text)
    for line in imported.told:
        complain(f"{answers}: {line}")
    if out is None:
        say(imported.text.rstrip("\n"))
    elif imported.questions:
        many = "1 question" if imported.questions == 1 else f"{imported.questions} questions"
        say(f"{out}: {many} in it, each behind '# ?'")


def _name_of(source: Path) -> str:
    """What the scenario is called: as its file or folder."""
    from narrows.errors import one_line

    name = source.absolute().name or "imported"
    return one_line(name.partition(".")[0] or name, 100)
