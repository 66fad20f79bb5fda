"""``narrows limits``: the table of limits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from narrows.gate import console, print_json


def limits(
    json: Annotated[bool, typer.Option("--json", help="Print JSON with every field.")] = False,
) -> None:
    """Every limit on the path that narrows knows, and how sure it is. The sources are in the JSON."""
    from narrows.limits import LIMITS

    if json:
        print_json({"limits": [asdict(limit) for limit in LIMITS.values()]})
        return

    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("limit", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("what is counted, over what")
    table.add_column("sure", no_wrap=True)
    for limit in LIMITS.values():
        raised = f"; raised with {limit.quota_code or 'a request'}" if limit.adjustable else ""
        table.add_row(limit.id, f"{limit.value:,}", f"{limit.unit} per {limit.scope}{raised}", limit.certainty.value)
    console().print(table)
