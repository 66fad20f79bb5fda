"""The ``narrows`` command itself, whose subcommands are imported only when they run."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

import narrows
from narrows.cli.commands import COMMANDS
from narrows.cli.exhausted import check_address_space
from narrows.errors import InputError


def load(name: str) -> Any:
    """The command ``name``, made by typer from the function in its module."""
    attribute = name.replace("-", "_")
    function = getattr(import_module(f"narrows.cli.{attribute}"), attribute)
    app = typer.Typer(add_completion=False)
    app.command(name)(function)
    return typer.main.get_command(app)


class LazyGroup(typer.core.TyperGroup):
    """A group that lists its commands from the table and imports only the one that is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Enough for the help, for completion and for "did you mean"; resolve_command loads the real one.
        for name, short_help in COMMANDS.items():
            self.add_command(typer.core.TyperCommand(name, help=short_help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Replace the listed command by the real one."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is None:
            return name, command, rest
        check_address_space(name)
        command = load(name)
        rewrite = getattr(import_module(f"narrows.cli.{name.replace('-', '_')}"), "rewrite", None)
        return name, command, rest if rewrite is None else rewrite(rest)

    def invoke(self, ctx: Any) -> Any:
        """Run, and turn the errors that a user can cause into one line and an exit code."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            complain(str(error))
            raise typer.Exit(2) from error
        except KeyboardInterrupt as error:
            complain("interrupted")
            raise typer.Exit(130) from error


def complain(line: str) -> None:
    """One line on stderr, after what stdout still holds."""
    sys.stdout.flush()
    print(f"narrows: {line}", file=sys.stderr)


def build() -> Any:
    """The command, ready to be called with its arguments."""
    app = typer.Typer(cls=LazyGroup, no_args_is_help=True)
    app.callback()(root)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"narrows {narrows.__version__}")
        raise typer.Exit


def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find, prove and widen the narrow places between AWS Lambda functions in a VPC and what they call."""
