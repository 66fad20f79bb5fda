"""``narrows report``: one HTML file, or its answer as a text to paste."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrows.cli.own_prices import OwnPrices, own_prices
from narrows.gate import complain, say

_PAGE = "report.html"


def report(
    case: Annotated[Path, typer.Argument(help="Folder of a case.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="File to write.", show_default=f"{_PAGE}; markdown is printed")
    ] = None,
    peak: Annotated[
        int | None,
        typer.Option(help="Open connections to plan for.", show_default="estimated from the case"),
    ] = None,
    prices: OwnPrices = None,
    proof: Annotated[bool, typer.Option(help="Play the plan through the simulator.")] = True,
    lab: Annotated[bool, typer.Option("--lab", help="Play the plan with real packets too.")] = False,
    format_: Annotated[
        str, typer.Option("--format", help="html, or markdown: the answer in short, for a ticket or a chat.")
    ] = "html",
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Verdict, what to do, picture of the path, charts, evidence and plan of a case: one HTML file, no request."""
    from narrows.case import read_case
    from narrows.report import markdown_report, write_markdown, write_report

    _check(format_, open_=open_)
    own = own_prices(prices)
    read = read_case(case)
    plan = None
    if lab:
        from narrows.cli.lab_proof import with_lab_proof
        from narrows.plan import make_plan, prove

        plan = make_plan(read, peak=peak, prices=own)
        plan = with_lab_proof(prove(plan, alternatives=False) if proof else plan)
    if format_ == "markdown":

        def text() -> str:
            return markdown_report(read, plan=plan, peak=peak, prove=proof, prices=own)

        say(text() if out is None else str(write_markdown(out, text)))
        return
    written = write_report(read, out or Path(_PAGE), plan=plan, peak=peak, prove=proof, prices=own)
    say(str(written))
    if open_ and typer.launch(written.resolve().as_uri()) != 0:
        complain("no browser could be opened")


def _check(format_: str, *, open_: bool) -> None:
    from narrows.errors import InputError, shown

    if format_ not in ("html", "markdown"):
        raise InputError(f"is {shown(format_)}", place="--format", advice="choose from html, markdown")
    if open_ and format_ != "html":
        raise InputError("is for --format html alone", place="--open")
