"""``narrows explain``: what the tool's words mean."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from narrows.gate import console, say


def explain(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]",
            help="A cause, a limit, an assumption, a rule of the lint or a guide; all are listed without it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """What a word of an answer means and what to do about it: a cause, a limit, an assumption, a rule of the lint."""
    from narrows.explain import find, subjects
    from narrows.explain.show import show_list, show_page

    screen = console()
    if not name:
        show_list(screen, subjects())
        return
    for number, subject in enumerate(find(" ".join(name))):
        if number:
            say("")
        if sys.stdout.isatty():
            show_page(screen, subject)
        else:
            # Markdown, as it stands.
            say(subject.text().rstrip("\n"))
