"""When invocations begin and end: the one place that touches the runtime, for the guard and the sensor alike.

``awslambdaric`` calls a handler as it is; ``hook_runtime`` has it tell before and after, at once, whether the handler's
module is still to be imported, is being imported, or was long ago. Nothing that is called here can fail the function:
what raises is dropped, and left out from then on.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    Handler = Callable[..., Any]
    Callback = Callable[["Invocation"], None]

    class Clock(Protocol):
        """Where the time comes from; injected, so that a test can stall or turn one back."""

        def wall(self) -> float:
            """Seconds since 1970."""

        def monotonic(self) -> float:
            """Seconds since some moment; whether a freeze counts differs from machine to machine."""

else:
    # typing alone would cost a cold start 4 ms.
    Handler = Callback = Clock = object


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

    def wrap(self, handler: Handler) -> Handler:
        """A handler that does the same, with what is listed here before and after: where no runtime can be told."""
        if getattr(handler, _WRAPPED, None) is self:
            return handler

        def narrows_handler(*arguments: Any, **named: Any) -> Any:
            invocation = self.start(arguments[1] if len(arguments) > 1 else None)
            try:
                return handler(*arguments, **named)
            finally:
                self.end(invocation)

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
    """Have the runtime of this process tell when invocations begin and end; doing it twice is doing it once.

    An invocation begins when the runtime has made its context, and ends when it turns to the next: its response or
    error is posted by then, and nobody waits for what is done here. Neither the handler nor what calls it is wrapped: a
    frame of ours would stand in their stack traces. One that ends the process has no end.

    Returns:
        Whether there is a runtime here that can be told; in a test or a script there is none, and nothing is done.
    """
    bootstrap = sys.modules.get("awslambdaric.bootstrap")
    make_context = getattr(bootstrap, "create_lambda_context", None)
    clients = _clients()
    if bootstrap is None or make_context is None or not clients:
        return False
    if getattr(make_context, _WRAPPED, None) is lifecycle:
        return True

    def create_lambda_context(*arguments: Any, **named: Any) -> Any:
        context = make_context(*arguments, **named)
        lifecycle.start(context)
        return context

    setattr(create_lambda_context, _WRAPPED, lifecycle)
    bootstrap.create_lambda_context = create_lambda_context  # type: ignore[attr-defined]
    for client in clients:
        setattr(client, _NEXT, _Next(lifecycle, vars(client)[_NEXT]))
    return True


_NEXT = "wait_next_invocation"


def _clients() -> list[type]:
    """The classes of the runtime's client that can ask for an invocation."""
    module = sys.modules.get("awslambdaric.lambda_runtime_client")
    found = vars(module).values() if module is not None else ()
    return [one for one in found if isinstance(one, type) and _NEXT in vars(one)]


class _Next:
    """The runtime's method; to reach for it ends the invocation that goes on. It is called without a frame of ours."""

    def __init__(self, lifecycle: Lifecycle, method: Any) -> None:
        self._lifecycle = lifecycle
        self._method = method

    def __get__(self, client: object, owner: type | None = None) -> Any:
        if client is not None and self._lifecycle.current is not None:
            self._lifecycle.end(self._lifecycle.current)
        return self._method.__get__(client, owner)
