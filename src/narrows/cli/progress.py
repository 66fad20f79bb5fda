"""A progress bar on stderr for what takes long; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from narrows.errors import one_line
from narrows.gate import complain, console

_LONGEST = 40
"""Characters of what is being done, so that the bar has room in a narrow terminal."""


class Advance(Protocol):
    """Takes what is done, how much there is in all, and how many records that is, for a job that counts any."""

    def __call__(self, done: int, total: int, records: int = 0, /) -> None: ...


@contextmanager
def progress_bar(words: str) -> Iterator[Advance]:
    """Show how far a job is: the function that it gives is called with what is done and how much there is in all."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _records=0, /: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(one_line(words, _LONGEST), total=None, rate="")

        def advance(done: int, total: int, records: int = 0, /) -> None:
            elapsed = progress.tasks[0].elapsed
            rate = f"{records * done / total / elapsed:,.0f} records/s" if records and total and elapsed else ""
            progress.update(task, completed=done, total=total, rate=rate)

        yield advance


def say_if_compiling() -> None:
    """Say on stderr why the first run of all takes longer."""
    from narrows.simulate import is_compiled, keeps_compiled

    if not is_compiled():
        how_often = (
            "this once" if keeps_compiled else "each time: no cache folder can be written to, see XDG_CACHE_HOME"
        )
        complain(f"compiling the simulator, {how_often} (about 20 s)")
