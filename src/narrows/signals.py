"""What ends a command (Ctrl-C, SIGTERM, SIGHUP), and the blocks that must not be interrupted by it.

Each unwinds the stack as ``KeyboardInterrupt`` does, so that whatever was begun is undone on the way. Only the command
line installs handlers; the Python API leaves the process's own alone, and ``held`` respects whatever they are.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}
"""The signals that end a command, and how it says so."""
_AT_ONCE = 1.0
"""Seconds to unwind in. What is deep in a library's own code then (a compiler, a renderer) ends where it is."""
_TICK = 0.1
_AGAIN = 0.02
_Handler = Callable[[int, FrameType | None], Any] | int | None


class Ended(KeyboardInterrupt):
    """One of these signals came."""


class Ending:
    """Whether a signal came that ends the command."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.patience = 0
        """Above 0 while the command may take longer than a moment to end in good order."""
        self.again = False
        """Whether it was ended once more meanwhile, so that it may not any longer."""
        self._last = 0.0

    @property
    def code(self) -> int:
        """The exit code, as shells have it for the signal; Ctrl-C's where none came."""
        return 128 + (self.number or signal.SIGINT)

    @property
    def word(self) -> str:
        """How the command says that it was ended."""
        return WORDS[signal.Signals(self.number or signal.SIGINT)]

    def come(self, number: int, _frame: FrameType | None = None) -> None:
        """The handler: unwind.

        A terminal that closes sends two of them, an orchestrator may send its own twice: the first one ends the
        command, and the others do not cut off its clearing up. A second Ctrl-C does; and where a command may take its
        time to end in good order, one of the others that comes a while later: then somebody has waited enough.
        """
        now = time.monotonic()
        if self.number is not None:
            waited = self.patience > 0 and now - self._last >= _AT_ONCE
            if number in (signal.SIGTERM, signal.SIGHUP) and not waited:
                return
            self.again = True
        self._last = now
        self.number = self.number or number
        raise Ended


_ending = Ending()


@contextmanager
def handled(last_act: Callable[[], object] = lambda: None) -> Iterator[Ending]:
    """Within this, SIGINT, SIGTERM and SIGHUP end the command, in two seconds at the latest.

    What was ignored before stays ignored: SIGHUP under ``nohup``, SIGINT of a job in the background.

    Args:
        last_act: called in a thread when the stack did not unwind in time, before the process ends where it is.
    """
    global _ending
    ending = _ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    usual = (signal.SIG_DFL, signal.default_int_handler)
    before: dict[int, _Handler] = {n: signal.getsignal(n) for n in WORDS if signal.getsignal(n) in usual}
    # The kernel's word of a signal reaches this pipe also while the interpreter is in somebody else's code.
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    woken = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    unraisable = sys.unraisablehook
    alarm = signal.getsignal(signal.SIGALRM)
    sys.unraisablehook = lambda seen: _raise_again(seen, unraisable)
    threading.Thread(target=_end_in_time, args=(ending, read_end, frozenset(before), last_act), daemon=True).start()
    for number in before:
        signal.signal(number, ending.come)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGALRM, alarm)
        sys.unraisablehook = unraisable
        signal.set_wakeup_fd(woken)
        os.close(write_end)


def _raise_again(seen: Any, otherwise: Callable[[Any], object]) -> None:
    """An interrupt that came while a finaliser or a callback ran was dropped by the interpreter: have it once more."""
    if isinstance(seen.exc_value, KeyboardInterrupt):
        signal.signal(signal.SIGALRM, _ending.come)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
    else:
        otherwise(seen)


def _end_in_time(ending: Ending, read_end: int, numbers: frozenset[int], last_act: Callable[[], object]) -> None:
    with os.fdopen(read_end, "rb", buffering=0) as pipe:
        number = 0
        while number not in numbers:
            came = pipe.read(1)
            if not came:
                return
            number = came[0]
        until = time.monotonic() + _AT_ONCE
        while time.monotonic() < until:
            if select.select([pipe], [], [], _TICK)[0] and not pipe.read(4096):
                return
            if ending.patience and not ending.again:
                until = time.monotonic() + _AT_ONCE
    ending.number = ending.number or number
    try:
        last_act()
        os.write(2, f"narrows: {ending.word}\n".encode())
    finally:
        os._exit(ending.code)


@contextmanager
def in_good_order() -> Iterator[None]:
    """Within this, a command that is ended may take longer than two seconds, for it keeps what it has."""
    _ending.patience += 1
    try:
        yield
    finally:
        _ending.patience -= 1


@contextmanager
def held() -> Iterator[Callable[[], None]]:
    """Within this, signals that end a command wait; the function that it gives lets one happen that came.

    One that came happens at the end of the block at the latest, unless an error goes before it.
    """
    if threading.current_thread() is not threading.main_thread():
        # Handlers run in the main thread only.
        yield lambda: None
        return
    came: list[tuple[int, FrameType | None]] = []
    before: dict[int, _Handler] = {
        number: handler
        for number in WORDS
        if (handler := signal.getsignal(number)) is not None and handler is not signal.SIG_IGN
    }

    def happen() -> None:
        if came:
            number, frame = came[0]
            came.clear()
            _deliver(number, frame, before[number])

    for number in before:
        signal.signal(number, lambda number, frame: came.append((number, frame)))
    try:
        yield happen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    happen()


def _deliver(number: int, frame: FrameType | None, handler: _Handler) -> None:
    if callable(handler):
        handler(number, frame)
    else:
        signal.signal(number, handler)
        signal.raise_signal(number)
