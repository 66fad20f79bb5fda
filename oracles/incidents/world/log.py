"""A function's log, event by event, with Lambda's own lines around each invocation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from oracles.incidents.world.ids import Record, digits, request_id

_DECIMAL = str.maketrans("abcdef", "012345")


class Moment(NamedTuple):
    """Where and when a line is written."""

    time: str
    """``2026-11-20T12:03:04.123Z``"""
    request: str


Line = str | Callable[[Moment], str]
"""Text, or what makes it for a moment; ``log_lines`` has one for each runtime."""


class Log:
    """The events of one function; times are in seconds after the start of the window (before it: negative)."""

    def __init__(self, function: str, start: datetime, tail: bool = False) -> None:
        self.function = function
        self._start = start
        self._tail = tail
        self._events: list[tuple[float, str, str]] = []
        self._requests = 0

    def say(self, at: float, text: Line, stream: int = 0, request: str = "") -> None:
        """One event."""
        written = text if isinstance(text, str) else text(Moment(self._time(at), request))
        self._events.append((at, self._stream(stream), written))

    def invocation(
        self,
        at: float,
        *lines: Line,
        seconds: float = 0.2,
        stream: int = 0,
        cold: float | None = None,
        timeout: float | None = None,
        memory: int = 512,
        used: int = 92,
        report: bool = True,
        status: str = "",
    ) -> str:
        """An invocation: START, these lines near its end, END and REPORT. Gives back its request id.

        Args:
            seconds: how long it took.
            cold: seconds of an Init Duration.
            timeout: it ran into this timeout, in seconds: it took as long, and the line says so.
            report: whether START, END and REPORT are in this answer; a filter pattern leaves them out.
            status: further words of the REPORT line, such as ``Status: error\\tError Type: Runtime.ExitError``.
        """
        self._requests += 1
        request = request_id(self.function, self._requests)
        took = seconds if timeout is None else timeout
        if report:
            self.say(at, f"START RequestId: {request} Version: $LATEST\n", stream)
        end = at + took
        for index, line in enumerate(lines):
            self.say(end - 0.002 * (len(lines) - index), line, stream, request)
        if timeout is not None:
            self.say(end, f"{self._time(end)} {request} Task timed out after {timeout:.2f} seconds\n\n", stream)
            status = status or "Status: timeout"
        if report:
            self.say(end + 0.001, f"END RequestId: {request}\n", stream)
            billed = -(-took * 1000 // 1)
            init = "" if cold is None else f"Init Duration: {cold * 1000:.2f} ms\t"
            ending = f"{status}\t" if status else ""
            self.say(
                end + 0.001,
                f"REPORT RequestId: {request}\tDuration: {took * 1000:.2f} ms\tBilled Duration: {billed:.0f} ms\t"
                f"Memory Size: {memory} MB\tMax Memory Used: {used} MB\t{init}{ending}\n",
                stream,
            )
        return request

    def content(self) -> Any:
        """The whole file, in order of time."""
        events = sorted(self._events, key=lambda one: one[0])
        if self._tail:
            return "".join(self._printed(*one) for one in events)
        return {"events": [self._event(index, *one) for index, one in enumerate(events)], "searchedLogStreams": []}

    def _event(self, index: int, at: float, stream: str, text: str) -> Record:
        written = self._milliseconds(at)
        return {
            "logStreamName": stream,
            "timestamp": written,
            "message": text,
            "ingestionTime": written + 4127,
            "eventId": "3" + digits("event", index, length=55).translate(_DECIMAL),
        }

    def _printed(self, at: float, stream: str, text: str) -> str:
        moment = self._start + timedelta(milliseconds=round(at * 1000))
        ending = "" if text.endswith("\n") else "\n"
        return f"{moment.strftime('%Y-%m-%dT%H:%M:%S.%f')}+00:00 {stream} {text}{ending}"

    def _milliseconds(self, at: float) -> int:
        return round((self._start.timestamp() + at) * 1000)

    def _time(self, at: float) -> str:
        moment = self._start + timedelta(milliseconds=round(at * 1000))
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def _stream(self, number: int) -> str:
        day = self._start.strftime("%Y/%m/%d")
        return f"{day}/[$LATEST]{digits('stream', self.function, number, length=32)}"
