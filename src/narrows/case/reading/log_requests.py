"""Invocations that a log shows, and what is held for each until it is known whether it failed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from narrows.bounds import LOG_HELD, LOG_REQUESTS
from narrows.case.reading.tally import Tally

Held = Callable[[bool], None]
"""Counts something that is an error where its invocation failed, which it is given."""


@dataclass(slots=True)
class _Request:
    failed_at: tuple[float | None, str | None] | None = None
    """When it failed, and of which function; None as long as it did not."""
    reported: bool = False
    timed_out: bool = False
    held: list[Held] = field(default_factory=list)


class Requests:
    """The invocations of one log, by their request ids."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._requests: OrderedDict[str, _Request] = OrderedDict()
        self._held = 0

    def hold(self, request: str | None, counts: Held) -> None:
        """Count something that is told in passing, once it is known whether its invocation failed."""
        one = self._request(request) if request is not None else None
        if one is None or one.reported:
            counts(one is not None and one.failed_at is not None)
        elif one.failed_at is not None:
            counts(True)
        elif self._held < LOG_HELD:
            self._held += 1
            one.held.append(counts)
        else:
            counts(False)

    def fail(self, request: str | None, seconds: float | None, function: str | None) -> None:
        """An invocation failed: what is held of it was told of that failure."""
        if request is None:
            return
        one = self._request(request)
        if one.failed_at is None:
            one.failed_at = (seconds, function)
        self._release(one, failed=True)

    def times_out(self, request: str | None, seconds: float | None, function: str | None) -> bool:
        """An invocation ran into its timeout; whether that is the first that is said of it."""
        if request is None:
            return True
        one = self._request(request)
        first, one.timed_out = not one.timed_out, True
        self.fail(request, seconds, function)
        return first

    def report(self, request: str | None, seconds: float | None, function: str | None, failed: bool) -> None:
        """The last line of an invocation."""
        if request is None:
            self._tally.add_invocation(seconds, function, ended=True, failed=failed)
            return
        one = self._request(request)
        if failed:
            self.fail(request, seconds, function)
        if not one.reported:
            one.reported = True
            self._tally.add_invocation(seconds, function, ended=True, failed=one.failed_at is not None)
        self._release(one, failed=False)

    def end(self) -> None:
        """Nothing more comes: what is still held is told in passing."""
        for one in self._requests.values():
            self._close(one)
        self._requests.clear()

    def _request(self, request: str) -> _Request:
        one = self._requests.get(request)
        if one is None:
            one = self._requests[request] = _Request()
            if len(self._requests) > LOG_REQUESTS:
                self._close(self._requests.popitem(last=False)[1])
        return one

    def _close(self, one: _Request) -> None:
        self._release(one, failed=False)
        if one.failed_at is not None and not one.reported:
            self._tally.add_invocation(*one.failed_at, ended=False, failed=True)

    def _release(self, one: _Request, *, failed: bool) -> None:
        held, one.held = one.held, []
        self._held -= len(held)
        for counts in held:
            counts(failed)
