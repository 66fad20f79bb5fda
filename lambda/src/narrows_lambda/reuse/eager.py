"""Connecting in the init phase, where the time costs no invocation: bounded, and never its downfall."""

from __future__ import annotations

import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class _TooLong(BaseException):
    """Not an Exception: clients catch those, and try again."""


def connect_early(call: Callable[[], object], seconds: float) -> bool:
    """Call something that connects, for a limited time; whatever it raises is not raised.

    It runs in this thread and is interrupted by a signal. A thread of its own would be frozen in the midst of its
    connecting when initialization ends, and go on in some later invocation.

    Args:
        call: connects, for example ``client.ping``.
        seconds: when it is interrupted.

    Returns:
        Whether it came to its end. It is not called at all outside of the main thread, where no signal interrupts it,
        nor where the process has a timer of its own.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getitimer(signal.ITIMER_REAL)[0] > 0:
        return False

    def interrupt(*_: object) -> None:
        raise _TooLong

    try:
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            # Again and again: a ``finally`` of the client's may take the first one.
            signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
            call()
            return True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)
    except (_TooLong, Exception):
        return False
