"""``narrows lint``: what code does that opens connections which it need not open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

lint = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="What a function's code does that opens connections which it need not open.",
)


@lint.callback()
def _lint() -> None:
    """Keep the group a group while it has one command."""


@lint.command()
def handlers(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Python files, or folders of them.")],
    handler: Annotated[str | None, typer.Option(help="module.function; default: found by name.")] = None,
    timeout: Annotated[float | None, typer.Option(help="The function's, in seconds; default: its template's.")] = None,
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
    from narrows_lambda.lint.linting import Options
    from narrows_lambda.lint.running import FORMATS, document, fault_lines, names, run

    if output not in FORMATS:
        raise InputError(f"is {output}", place="--format", advice=f"choose from {', '.join(FORMATS)}")
    if timeout is not None and not 0 < timeout <= FUNCTION_TIMEOUT.value:
        advice = f"write seconds: more than 0, {FUNCTION_TIMEOUT.value} at most"
        raise InputError(f"is {timeout:g}", place="--timeout", advice=advice)
    try:
        options = Options(handler, timeout, names(select, "--select"), names(ignore, "--ignore"))
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
