"""A progress bar on stderr for what takes long; nothing where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a job is: the function that it gives is called with what is done and how much there is in all."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True, markup=False), transient=True) as progress:
        task = progress.add_task(words, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def say_if_compiling() -> None:
    """Say on stderr why the first run of all takes longer."""
    from narrows.simulate import is_compiled

    if not is_compiled():
        print("narrows: compiling the simulator, this once (about 20 s)", file=sys.stderr, flush=True)
