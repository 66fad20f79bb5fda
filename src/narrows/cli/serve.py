"""``narrows serve``: what-if in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from narrows.serve.served import Served


def serve(
    source: Annotated[
        Path, typer.Argument(metavar="SCENARIO|CASE", help="A scenario file, or a case folder.", show_default=False)
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="On loopback; 0 takes one that is free.")] = 0,
    headroom: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Part of every table that is to stay free at the peak.")
    ] = 0.3,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """What-if in the browser: move environments, connections, addresses, subnets, and see at once what holds.

    It listens on 127.0.0.1 alone, answers only to who has the address that it prints, and asks nobody for anything.
    """
    from narrows.errors import InputError

    try:
        from narrows.serve.run import serve as serve_it
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn", "anyio", "h11"):
            raise
        raise InputError(f"what-if needs {error.name}: pip install 'narrows[serve]'") from None
    serve_it(_load(source, headroom), port=port, ready=lambda address: _ready(address, open_=open_))


def _load(source: Path, headroom: float) -> Served:
    from narrows.opening import is_folder
    from narrows.serve.served import scenario_of, served_scenario

    if is_folder(source):
        from narrows.case import read_case
        from narrows.cli.exhausted import check_address_space_for_a_case

        check_address_space_for_a_case()
        scenario, notes = scenario_of(read_case(source))
        return served_scenario(scenario, headroom, notes)
    from narrows.scenario import load_scenario

    return served_scenario(load_scenario(source), headroom)


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
