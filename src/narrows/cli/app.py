"""The ``narrows`` command itself, whose subcommands are imported only when they run."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, Any, cast

import typer
import typer.core
import typer.main

import narrows
from narrows.cli.commands import COMMANDS, GROUPS
from narrows.cli.exhausted import check_address_space
from narrows.errors import InputError
from narrows.gate import complain, say
from narrows.shipped import example
from narrows.written_numbers import parse_count, parse_number

_LOOK: dict[str, Any] = {
    "rich_markup_mode": None,
    "context_settings": {"max_content_width": 100, "help_option_names": ["-h", "--help"]},
}
"""Of the help. Rich takes longer to load for it than everything else together."""
_LARGEST = 10**12
"""Of any whole number on the command line: of connections, packets, gigabytes nobody has more."""
_METAVAR = re.compile("<(int|float|str|path)(?: range)?>")
_WORDS = {"int": "N", "float": "X", "str": "TEXT", "path": "PATH"}
"""What the help calls the values of options that do not say it themselves."""
_OPTION_COLUMNS = 30
"""Characters of an option's name and metavar, before its help stands on a line below."""
_PARSERS: dict[str, Callable[[str], int | float]] = {"int": parse_count, "float": parse_number}
"""What reads the numbers of an option, by the name of its type (``int range`` has the same)."""


def module_of(name: str) -> str:
    """The module of a command, and what it is called in there: ``iam_policy``; ``import_``, a word of Python's."""
    plain = name.replace("-", "_")
    return f"{plain}_" if iskeyword(plain) else plain


def load(name: str) -> Any:
    """The command ``name``, made by typer from the function, or the group of them, in its module."""
    attribute = module_of(name)
    found = getattr(import_module(f"narrows.cli.{attribute}"), attribute)
    app = found
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False, **_LOOK)
        app.command(name)(found)
    command = typer.main.get_command(app)
    for under in (command, *getattr(command, "commands", {}).values()):
        _check_parameters(under)
        under.context_settings.update(_LOOK["context_settings"])
        if not hasattr(under, "commands"):
            under.format_options = partial(_format_options, under)
    return command


def _format_options(command: Any, ctx: Any, formatter: Any) -> None:
    """Arguments, then the options under the headings that they name (``rich_help_panel``)."""
    sections: dict[str, list[Any]] = {"Arguments": [], "Options": []}
    for one in command.get_params(ctx):
        record = one.get_help_record(ctx)
        if record is not None:
            record = _METAVAR.sub(lambda found: _WORDS[found[1]], record[0]), record[1]
            heading = "Arguments" if one.param_type_name == "argument" else one.rich_help_panel or "Options"
            sections.setdefault(heading, []).append(record)
    for heading, records in sections.items():
        if records:
            with formatter.section(heading):
                formatter.write_dl(records, col_max=_OPTION_COLUMNS)


def _check_parameters(command: Any) -> None:
    for one in command.params:
        if one.type.name == "path":
            # What cannot be read is told in one line by whoever opens it.
            cast(Any, one.type).readable = False
        one.type = cast(Any, _Checked(one))


def _is_missing(path: str) -> bool:
    """Whether nothing is there, as far as one may look."""
    try:
        return not Path(path).exists()
    except OSError:
        return False


class _Checked:
    """The type of a parameter: numbers as people write them, no value that the command could only stumble over later,
    and one line for whatever is wrong."""

    def __init__(self, parameter: Any) -> None:
        self._type = parameter.type
        self._reads = parameter.param_type_name == "argument" and self._type.name == "path"
        self._place = next((name for name in parameter.opts if name.startswith("--")), parameter.human_readable_name)

    def __call__(self, value: Any, param: Any = None, ctx: Any = None) -> Any:
        if isinstance(value, str):
            if "\0" in value:
                raise InputError("holds a NUL character", place=self._place)
            if not value and self._type.name == "path":
                raise InputError("is empty", place=self._place, advice="name a file or folder")
            if self._reads and _is_missing(value) and (shipped := example(value)) is not None:
                # What the documentation calls an example is one wherever narrows is installed.
                value = str(shipped)
            value = self._number(value)
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"is {value}", place=self._place, advice="write a finite number")
        if isinstance(value, int) and abs(value) > _LARGEST:
            raise InputError(f"is beyond {_LARGEST:,}", place=self._place)
        try:
            return self._type(value, param, ctx)
        except typer.BadParameter as error:
            raise InputError(error.message.rstrip("."), place=self._place) from None

    def _number(self, text: str) -> str | int | float:
        """The number in a text, where it is to be one."""
        kind = self._type.name.partition(" ")[0]
        if kind not in _PARSERS:
            return text
        try:
            return _PARSERS[kind](text)
        except ValueError as error:
            problem, _, advice = str(error).partition(": ")
            raise InputError(problem, place=self._place, advice=advice) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._type, name)


class LazyGroup(typer.core.TyperGroup):
    """A group that lists its commands from the table and imports only the one that is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Enough for the help, for completion and for "did you mean"; resolve_command loads the real one.
        for name, short_help in COMMANDS.items():
            self.add_command(typer.core.TyperCommand(name, short_help=short_help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Replace the listed command by the real one."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is None:
            return name, command, rest
        check_address_space(name)
        command = load(name)
        rewrite = getattr(import_module(f"narrows.cli.{module_of(name)}"), "rewrite", None)
        return name, command, rest if rewrite is None else rewrite(rest)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by what somebody wants who calls them."""
        for heading, names in _grouped():
            with formatter.section(heading):
                formatter.write_dl([(name, COMMANDS[name]) for name in names])

    def invoke(self, ctx: Any) -> Any:
        """Run, and turn the errors that a user can cause into one line and an exit code."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            complain(str(error))
            raise typer.Exit(2) from error


def _grouped() -> Iterator[tuple[str, list[str]]]:
    """The commands under the headings of the help; those that no heading names come last."""
    named = {name for names in GROUPS.values() for name in names}
    rest = tuple(name for name in COMMANDS if name not in named)
    for heading, names in {**GROUPS, "More": rest}.items():
        there = [name for name in names if name in COMMANDS]
        if there:
            yield heading, there


def build() -> Any:
    """The command, ready to be called with its arguments."""
    app = typer.Typer(cls=LazyGroup, no_args_is_help=True, **_LOOK)
    app.callback()(root)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"narrows {narrows.__version__}")
        raise typer.Exit


def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find, prove and widen the narrow places between AWS Lambda functions in a VPC and what they call."""
