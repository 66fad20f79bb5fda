"""Ctrl-C during a run.

Handing a random generator to compiled code runs Python code, and numba does not expect an exception there: a
KeyboardInterrupt at that moment is a segmentation fault. So an interrupt waits until the compiled code has returned.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_wait() -> Iterator[Callable[[], None]]:
    """Within this, SIGINT waits; the function that it gives lets one happen that came."""
    previous = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(previous):
        # Handlers run in the main thread only, and without one the process just ends.
        yield lambda: None
        return
    handler = previous
    came: list[tuple[int, FrameType | None]] = []

    def happen() -> None:
        if came:
            last = came.pop()
            came.clear()
            handler(*last)

    signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    try:
        yield happen
    finally:
        signal.signal(signal.SIGINT, previous)
    happen()
