"""``narrows report``: one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrows.cli.own_prices import OwnPrices, own_prices
from narrows.gate import complain, say


def report(
    case: Annotated[Path, typer.Argument(help="Folder of a case.", show_default=False)],
    out: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("report.html"),
    peak: Annotated[
        int | None,
        typer.Option(help="Open connections to plan for.", show_default="estimated from the case"),
    ] = None,
    prices: OwnPrices = None,
    proof: Annotated[bool, typer.Option(help="Play the plan through the simulator.")] = True,
    lab: Annotated[bool, typer.Option("--lab", help="Play the plan with real packets too.")] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Verdict, picture of the path, charts, evidence, plan and proof of a case: one HTML file that makes no request."""
    from narrows.case import read_case
    from narrows.report import write_report

    own = own_prices(prices)
    read = read_case(case)
    plan = None
    if lab:
        from narrows.cli.lab_proof import with_lab_proof
        from narrows.plan import make_plan, prove

        plan = make_plan(read, peak=peak, prices=own)
        plan = with_lab_proof(prove(plan, alternatives=False) if proof else plan)
    written = write_report(read, out, plan=plan, peak=peak, prove=proof, prices=own)
    say(str(written))
    if open_ and typer.launch(written.resolve().as_uri()) != 0:
        complain("no browser could be opened")
