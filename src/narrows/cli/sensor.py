"""``narrows sensor``: the connections that functions really hold, from the lines of the sensor inside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrows.cli.wide import Wide
from narrows.errors import InputError
from narrows.gate import complain, console, print_json, say


def sensor(
    logs: Annotated[
        list[Path] | None,
        typer.Argument(help="Logs that hold its lines, as CloudWatch Logs gives them.", show_default=False),
    ] = None,
    case: Annotated[
        Path | None,
        typer.Option(
            help="Write the lines into this case, and tell the Hyperplane ENIs; without LOGS what it has is summed.",
            show_default=False,
        ),
    ] = None,
    query: Annotated[bool, typer.Option("--query", help="Print a query that does the same in the console.")] = False,
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with every minute.")] = False,
) -> None:
    """How many connections functions held at each destination and ENI: the metric that AWS does not have.

    narrows-lambda prints a line for each invocation. CloudWatch's Sum of them counts invocations; this counts
    connections: the latest line of each environment, for as long as its connections keep their entries.
    """
    from narrows.sensor import answer_of, keep_in_case, kept_before, read_logs

    if query:
        from narrows.sensor.insights import NOTE
        from narrows.sensor.insights import query as insights_query

        say(insights_query())
        complain(NOTE)
        return
    if case is None:
        if not logs:
            raise InputError("no logs are named", place="LOGS", advice="name files that hold lines of the sensor")
        found = answer_of(read_logs(logs))
    else:
        from narrows.case import read_case
        from narrows.evidence.facts import Facts

        read_case(case)
        if logs:
            with keep_in_case(case) as keep:
                read_logs([*kept_before(case), *logs], keep)
        read = read_case(case)
        if not read.sensor:
            raise InputError("has no lines of the sensor", file=case, advice="name the logs that hold them")
        found = answer_of(read.sensor, Facts(read, read.assumptions))
    if json:
        print_json(found.to_json())
    else:
        from narrows.sensor.show import show

        show(found, console(), wide=wide)
