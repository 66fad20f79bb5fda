"""How far a sweep is: a bar on a terminal, a line in a notebook, nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from narrows.listing import counted

Progress = Callable[[int, int], None]
"""Called with the runs done and in all."""

_PAUSE = 0.2
"""Seconds between two changes of a notebook's line."""


@contextmanager
def shown_progress(progress: Progress | bool | None) -> Iterator[Progress]:
    """What is to be called; ``None`` or ``True`` shows it where somebody looks, ``False`` nowhere."""
    notebook = _notebook()
    if callable(progress):
        yield progress
    elif progress is False:
        yield lambda _done, _total: None
    elif notebook is not None:
        with _line(notebook) as tell:
            yield tell
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield lambda _done, _total: None


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.progress import Progress as Bar

    from narrows.gate import console

    with Bar(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("sweeping")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _notebook() -> Any:
    """IPython's ``display`` where this runs in a notebook's kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display


@contextmanager
def _line(display: Any) -> Iterator[Progress]:
    began = time.monotonic()
    changed = 0.0
    handle: Any = None

    def show(text: str) -> None:
        nonlocal handle
        content = {"text/plain": text}
        if handle is None:
            handle = display(content, raw=True, display_id=True)
        else:
            handle.update(content, raw=True)

    last = (0, 0)

    def tell(done: int, total: int) -> None:
        nonlocal changed, last
        last = done, total
        now = time.monotonic()
        if now - changed < _PAUSE:
            return
        changed = now
        left = f", about {(now - began) / done * (total - done):,.0f} s left" if done else ""
        show(f"{done:,} of {counted(total, 'run')}{left}")

    yield tell
    if handle is not None:
        show(f"{counted(last[0], 'run')} in {time.monotonic() - began:,.1f} s")
