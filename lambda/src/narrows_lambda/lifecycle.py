"""When invocations begin and end: the one place that touches the runtime, for the guard and the sensor alike.

``awslambdaric`` calls a handler as it is; ``hook_runtime`` has it call the same handler with what is listed here before
and after, at once, whether the handler's module is still to be imported, is being imported, or was long ago. Nothing
that is called here can fail the function: what raises is dropped, and left out from then on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

Handler = Callable[..., Any]


class Clock(Protocol):
    """Where the time comes from; injected, so that a test can stall or turn one back."""

    def wall(self) -> float:
        """Seconds since 1970."""

    def monotonic(self) -> float:
        """Seconds since some moment; whether a freeze counts differs from machine to machine."""


class SystemClock:
    """The machine's own clocks."""

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()


class Invocation:
    """One invocation, from its beginning on."""

    __slots__ = ("began_monotonic", "began_wall", "context", "gap", "number", "request_id")

    def __init__(self, number: int, context: object, began_wall: float, began_monotonic: float, gap: float) -> None:
        self.number = number
        """1 for the first of this process."""
        self.context = context
        """What the runtime gave to the handler: ``get_remaining_time_in_millis`` is its, where there is one."""
        self.request_id = str(getattr(context, "aws_request_id", ""))
        self.began_wall, self.began_monotonic = began_wall, began_monotonic
        self.gap = gap
        """Seconds since the last one ended, for the first since the process began, by the clock that saw more: between
        initialization and the first invocation can be hours (provisioned concurrency). Never negative."""

    def remaining(self) -> float | None:
        """Seconds until the function is ended; None where the context does not tell."""
        ask = getattr(self.context, "get_remaining_time_in_millis", None)
        try:
            return None if ask is None else float(ask()) / 1_000
        except Exception:
            return None


Callback = Callable[[Invocation], None]


class Lifecycle:
    """The invocations of this process, and who wants to know of them."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.current: Invocation | None = None
        """The one that goes on now."""
        self._starts: list[Callback] = []
        self._ends: list[Callback] = []
        self._number = 0
        self._ended = self.clock.wall(), self.clock.monotonic()

    def on_start(self, callback: Callback) -> None:
        """Call it before the handler, in the order of these calls; once, however often it is given."""
        if callback not in self._starts:
            self._starts.append(callback)

    def on_end(self, callback: Callback) -> None:
        """Call it after the handler, whether it returned or raised."""
        if callback not in self._ends:
            self._ends.append(callback)

    def start(self, context: object = None) -> Invocation:
        """An invocation begins."""
        wall, monotonic = self.clock.wall(), self.clock.monotonic()
        gap = max(0.0, wall - self._ended[0], monotonic - self._ended[1])
        self._number += 1
        invocation = Invocation(self._number, context, wall, monotonic, gap)
        self.current = invocation
        _tell(self._starts, invocation)
        return invocation

    def end(self, invocation: Invocation) -> None:
        """It is over."""
        _tell(self._ends, invocation)
        self.current = None
        self._ended = self.clock.wall(), self.clock.monotonic()

    def wrap(self, handler: Handler, filename: str | None = None) -> Handler:
        """A handler that does the same, with what is listed here before and after.

        Args:
            handler: the user's.
            filename: the file that its own frame in tracebacks is to belong to: the runtime leaves out its own.
        """
        if getattr(handler, _WRAPPED, None) is self:
            return handler

        def narrows_handler(*arguments: Any, **named: Any) -> Any:
            invocation = self.start(arguments[1] if len(arguments) > 1 else None)
            try:
                return handler(*arguments, **named)
            finally:
                self.end(invocation)

        if filename is not None:
            narrows_handler.__code__ = narrows_handler.__code__.replace(co_filename=filename)
        setattr(narrows_handler, _WRAPPED, self)
        return narrows_handler


_WRAPPED = "__narrows_lifecycle__"


def _tell(callbacks: list[Callback], invocation: Invocation) -> None:
    for callback in tuple(callbacks):
        try:
            callback(invocation)
        except Exception:  # noqa: PERF203 - one that fails leaves the others be
            # It would fail again at every invocation. The function never pays for it.
            callbacks.remove(callback)


LIFECYCLE = Lifecycle()
"""That of this process."""


def hook_runtime(lifecycle: Lifecycle = LIFECYCLE) -> bool:
    """Have the runtime of this process call its handler through ``wrap``; doing it twice is doing it once.

    Returns:
        Whether there is a runtime here that can be told; in a test or a script there is none, and nothing is done.
    """
    bootstrap = sys.modules.get("awslambdaric.bootstrap")
    handle = getattr(bootstrap, "handle_event_request", None)
    if bootstrap is None or handle is None:
        return False
    if getattr(handle, _WRAPPED, None) is lifecycle:
        return True
    wrapped: dict[int, Handler] = {}

    def handle_with_callbacks(client: Any, handler: Handler, *rest: Any, **named: Any) -> Any:
        if id(handler) not in wrapped:
            wrapped[id(handler)] = lifecycle.wrap(handler, bootstrap.__file__)
        return handle(client, wrapped[id(handler)], *rest, **named)

    setattr(handle_with_callbacks, _WRAPPED, lifecycle)
    bootstrap.handle_event_request = handle_with_callbacks  # type: ignore[attr-defined]
    return True
