"""``--prices FILE``, of every command that makes a plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from narrows.prices import Price

OwnPrices = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="Prices of your own, in YAML or JSON: ids as the plan's JSON has them, and dollars.",
        show_default=False,
    ),
]


def own_prices(file: Path | None) -> Mapping[str, Price]:
    """The prices in the file; none without one."""
    if file is None:
        return {}
    from narrows.own_prices import read_own_prices

    return read_own_prices(file)
