"""``narrows lint``: infrastructure before launch, and the code of handlers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.cli.wide import Wide

if TYPE_CHECKING:
    from narrows.lint.rule import Severity

INFRASTRUCTURE = "infrastructure"
"""The command that a path alone is for."""

lint = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="What will fail under load, before it does: in infrastructure (narrows lint PATH) and in functions' code.",
)


def rewrite(arguments: list[str]) -> list[str]:
    """``lint PATH`` is ``lint infrastructure PATH``, and ``lint infrastructure`` the folder of that name, where it is
    the only path. One that is called as the other command is ``./handlers``."""
    if arguments and arguments[0] == INFRASTRUCTURE and Path(INFRASTRUCTURE).exists():
        return arguments if any(map(os.path.exists, arguments[1:])) else [INFRASTRUCTURE, *arguments]
    known = {INFRASTRUCTURE, "handlers", "--help", "-h"}
    return arguments if not arguments or arguments[0] in known else [INFRASTRUCTURE, *arguments]


@lint.command(INFRASTRUCTURE)
def infrastructure(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Terraform folders, CloudFormation or SAM templates, cases, scenarios."),
    ],
    output: Annotated[str, typer.Option("--format", help="text, json, sarif, junit or markdown.")] = "text",
    fail_on: Annotated[str, typer.Option(help="error, warning, info or never: from there on the exit code is 1.")] = (
        "warning"
    ),
    select: Annotated[str, typer.Option(help="Only these rules, parted by commas.")] = "",
    ignore: Annotated[str, typer.Option(help="All but these rules, parted by commas.")] = "",
    parameters: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of a template. Repeatable.", show_default=False)
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also what is ignored, and what could not be checked.")] = (
        False
    ),
    wide: Wide = False,
) -> None:
    """Alarms that never fire, subnets without a way out, tables that a peak fills: found before launch.

    Exit code 0: nothing at --fail-on or above; 1: something; 2: a file cannot be read: the others are looked at all
    the same.
    """
    from narrows.errors import one_line
    from narrows.gate import columns, complain, print_json, say
    from narrows.lint.run import lint as run
    from narrows.lint.sarif import as_sarif
    from narrows.lint.show import as_json, as_junit, as_markdown, as_text

    _one_of(output, "--format", ("text", "json", "sarif", "junit", "markdown"))
    threshold = _severity(fail_on)
    result = run(paths, select=_names(select), ignore=_names(ignore), parameters=_parameters(parameters or []))
    for fault in result.faults:
        complain(one_line(f"{fault.place}: {fault.text}"))
    if output in ("json", "sarif"):
        print_json(as_json(result) if output == "json" else as_sarif(result))
    elif output == "junit":
        say(as_junit(result, threshold))
    else:
        say(
            as_markdown(result)
            if output == "markdown"
            else as_text(result, verbose=verbose, width=columns(), wide=wide)
        )
    if result.broken:
        raise typer.Exit(2)
    raise typer.Exit(0 if threshold is None or not result.at_least(threshold) else 1)


def _one_of(value: str, option: str, known: tuple[str, ...]) -> None:
    from narrows.errors import InputError, shown

    if value not in known:
        raise InputError(f"is {shown(value)}", place=option, advice=f"choose from {', '.join(known)}")


def _severity(text: str) -> Severity | None:
    from narrows.lint.rule import Severity

    _one_of(text, "--fail-on", (*(severity.value for severity in Severity), "never"))
    return None if text == "never" else Severity(text)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _parameters(pairs: list[str]) -> dict[str, str]:
    from narrows.errors import InputError, shown

    parameters = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InputError(f"is {shown(pair)}", place="--parameters", advice="write NAME=VALUE")
        parameters[name] = value
    return parameters


@lint.command()
def handlers(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Python files, or folders of them.")],
    handler: Annotated[str | None, typer.Option(help="module.function; default: found by name.")] = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="TIME", help="The function's, such as 30s; default: its template's.")
    ] = None,
    template: Annotated[Path | None, typer.Option(help="SAM or Serverless; default: the nearest.")] = None,
    select: Annotated[str, typer.Option(help="Only these rules, parted by commas.")] = "",
    ignore: Annotated[str, typer.Option(help="All but these rules, parted by commas.")] = "",
    output: Annotated[str, typer.Option("--format", help="text, json or sarif.")] = "text",
    fix: Annotated[bool, typer.Option("--fix", help="Write the fixes.")] = False,
) -> None:
    """Clients made in each invocation, work left running, retries, pools and timeouts, with their fixes.

    Exit code 1 where something is found, 2 where a file cannot be read: the others are looked at all the same.
    """
    import json

    from narrows.errors import InputError
    from narrows.gate import complain, print_json, say
    from narrows.limits import FUNCTION_TIMEOUT
    from narrows.units import parse_duration
    from narrows_lambda.lint.linting import Options
    from narrows_lambda.lint.running import FORMATS, document, fault_lines, names, run

    if output not in FORMATS:
        raise InputError(f"is {output}", place="--format", advice=f"choose from {', '.join(FORMATS)}")
    seconds = None
    try:
        seconds = None if timeout is None else parse_duration(timeout)
    except ValueError as error:
        raise InputError(str(error), place="--timeout") from None
    if seconds is not None and not 0 < seconds <= FUNCTION_TIMEOUT.value:
        advice = f"write seconds: more than 0, {FUNCTION_TIMEOUT.value} at most"
        raise InputError(f"is {seconds:g}", place="--timeout", advice=advice)
    try:
        options = Options(handler, seconds, names(select, "--select"), names(ignore, "--ignore"))
    except ValueError as error:
        raise InputError(str(error)) from error
    result = run(paths, options, template=template, fix=fix)
    for line in fault_lines(result):
        complain(line)
    text = document(result, output)
    if output != "text":
        print_json(json.loads(text))
    elif text:
        say(text)
    raise typer.Exit(result.exit_code)
