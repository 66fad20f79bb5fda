"""``narrows fullest``: who shares each Hyperplane ENI and NAT gateway, and how full it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrows.gate import console, print_json


def fullest(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="The folder of a case.", show_default=False)],
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with every table and function.")] = False,
    top: Annotated[
        int | None,
        typer.Option(
            help="Tables to print, the fullest; 10, and all as JSON, when left out.", min=1, show_default=False
        ),
    ] = None,
) -> None:
    """Which functions share each Hyperplane ENI and NAT gateway, and how full each table is, the fullest first.

    How full is an interval: sorted by its lower end, then by its upper one; what nothing tells of comes last.
    """
    from narrows.case import read_case
    from narrows.fullest import fullest_tables

    found = fullest_tables(read_case(case))
    if json:
        print_json(found.to_json(top))
    else:
        from narrows.fullest.show import MOST_TABLES, show

        show(found, console(), top or MOST_TABLES)
