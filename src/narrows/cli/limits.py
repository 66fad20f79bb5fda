"""``narrows limits``: the table of limits."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.cli.wide import Wide
from narrows.gate import console, print_json

if TYPE_CHECKING:
    from narrows.limits import Limit


def limits(
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON with every field.")] = False,
) -> None:
    """Every limit on the path that narrows knows, and how sure it is. The sources are in the JSON."""
    from narrows.limits import LIMITS

    if json:
        print_json({"limits": [asdict(limit) for limit in LIMITS.values()]})
        return

    from narrows.terminal_table import Column, Row, print_table

    columns = (
        Column("limit"),
        Column("value", right=True),
        Column("sure"),
        Column("what is counted, over what", below=""),
    )
    rows = [
        Row((limit.id, f"{limit.value:,}", limit.certainty.value, _counted(limit)), styles={0: "bold", 3: "dim"})
        for limit in LIMITS.values()
    ]
    print_table(console(), columns, rows, wide=wide)


def _counted(limit: Limit) -> str:
    raised = f"; raised with {limit.quota_code or 'a request'}" if limit.adjustable else ""
    return f"{limit.unit} per {limit.scope}{raised}"
