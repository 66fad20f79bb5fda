"""``narrows serve``: what-if in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from narrows.serve.served import Served

MOST_PEAK = 5_000_000
"""As much as a page may ask for (``narrows.serve.state``, which this must not import)."""


def serve(
    source: Annotated[
        Path, typer.Argument(metavar="SCENARIO|CASE", help="A scenario file, or a case folder.", show_default=False)
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="On loopback; 0 takes one that is free.")] = 0,
    peak: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_PEAK,
            help="Open connections of all functions to begin with.",
            show_default=False,
        ),
    ] = None,
    headroom: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Part of every table that is to stay free at the peak.")
    ] = 0.3,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """What-if in the browser: move environments, connections, addresses, subnets, and see at once what holds.

    It listens on 127.0.0.1 alone, answers only to who has the address that it prints, and asks nobody for anything.
    """
    from narrows.packages import need

    for package in ("starlette", "uvicorn"):
        need(package, "what-if")
    from narrows.serve.run import serve as serve_it

    serve_it(_load(source, headroom, peak), port=port, ready=lambda address: _ready(address, open_=open_))


def _load(source: Path, headroom: float, peak: int | None) -> Served:
    from narrows.opening import is_folder
    from narrows.serve.served import served_case, served_scenario

    if is_folder(source):
        from narrows.case import read_case
        from narrows.cli.exhausted import check_address_space_for_a_case

        check_address_space_for_a_case()
        return served_case(read_case(source), headroom, peak)
    from narrows.scenario import load_scenario

    return served_scenario(load_scenario(source), headroom, peak)


def _ready(address: str, *, open_: bool) -> None:
    import sys

    from narrows.gate import complain, say

    say(address)
    sys.stdout.flush()
    complain("what-if is served there until Ctrl-C; whoever has the address can use it")
    if open_:
        import webbrowser

        if not webbrowser.open(address):
            complain("no browser could be opened")
