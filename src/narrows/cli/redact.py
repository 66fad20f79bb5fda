"""``narrows redact``: a case to give away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrows.gate import argument, console, print_json

_SHOWN = 20


def redact(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="The folder of a case.", show_default=False)],
    out: Annotated[Path, typer.Option(metavar="CASE2", help="A new folder for the redacted case.", show_default=False)],
    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where the mapping goes; one that is there is gone by. Default: CASE2.mapping.json.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """A case to give away: names, ids, addresses, hosts and secrets replaced, diagnosis and plan the same."""
    from narrows.cli.progress import progress_bar
    from narrows.redact import redact_case

    with progress_bar("redacting") as advance:
        done = redact_case(case, out, mapping, advance)
    if json:
        print_json(
            {
                "out": str(done.out), "mapping": str(done.mapping), "left": str(done.listed), "files": done.files,
                "replaced": dict(done.replaced.most_common()), "words": done.words, "ids": done.ids,
                "names_that_stay": list(done.names_that_stay), "unknown": dict(done.unknown.most_common()),
                "left_out": done.left_out,
            }
        )  # fmt: skip
        return
    screen = console()
    screen.print(f"{done.files:,} files written to {done.out}. Replaced:")
    for kind, count in done.replaced.most_common():
        screen.print(f"  {count:>11,}  {kind}")
    left = [
        *(f"{one}  (a name; log lines keep the word, as rules read it)" for one in done.names_that_stay),
        *(f"{word}  ({count:,} times in log lines)" for word, count in done.unknown.most_common()),
        *(f"{name}  (not carried over: {why})" for name, why in sorted(done.left_out.items())),
    ]
    if left:
        screen.print("\nNot recognised, or left out; look at these before you give the case away:", style="bold")
        for one in left[:_SHOWN]:
            screen.print(f"  {one}")
        if len(left) > _SHOWN:
            screen.print(f"  ... and {len(left) - _SHOWN:,} more in {done.listed}", soft_wrap=True)
    screen.print(
        f"\nThe mapping is {done.mapping} (mode 600). It undoes the redaction: keep it, and give it to nobody.",
        soft_wrap=True,
    )
    screen.print(f"next: narrows diagnose {argument(done.out)}", style="dim", soft_wrap=True)
