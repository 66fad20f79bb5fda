"""From log lines to failures: each is counted once, however many lines tell of it."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from dataclasses import dataclass

from narrows.aws_ids import FUNCTION
from narrows.bounds import LOG_STREAM_CHARACTERS, LOG_STREAMS
from narrows.case.model import CallerOutcome, Told
from narrows.case.reading.log_failures import (
    ERROR_CHARACTERS,
    Failure,
    begins_traceback,
    goes_on,
    is_bare_timeout,
    names_its_exception,
)
from narrows.case.reading.log_guesses import guess
from narrows.case.reading.log_levels import How, Severity, level_of
from narrows.case.reading.log_lines import Said, could_be_error, read_line
from narrows.case.reading.log_platform import Event, PlatformLine, platform_line
from narrows.case.reading.log_requests import Requests
from narrows.case.reading.log_words import outcome_of
from narrows.case.reading.mentions import Mentions
from narrows.case.reading.moments import epoch_seconds
from narrows.case.reading.tally import Tally
from narrows.case.reading.unknown_errors import UnknownErrors

_MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_PREFIX = re.compile(rf"({_MOMENT})(?:[ \t]+(\d{{4}}/\d\d/\d\d/[^\s\[]*\[[^\]\s]+\][0-9a-f]+))?[ \t]?")
_INSIDE = re.compile(rf"\[[A-Z]+\]\s+({_MOMENT})|\"(?:time|timestamp)\":\s*\"({_MOMENT})\"")
_STREAM_FUNCTION = re.compile(r"\d{4}/\d\d/\d\d/([^\[\s]+)\[")
_HEADER = 200
"""Characters of a line that are kept for its level."""


@dataclass(slots=True)
class _Stream:
    """One log stream: an execution environment, whose invocations come one after the other."""

    function: str | None
    failure: Failure | None = None
    request: str | None = None
    """That of the invocation whose lines these are, as its START line says."""
    header: str = ""
    """The last line that began an event: the lines that go on with it are of its level."""
    said: tuple[CallerOutcome, str | None] | None = None
    """The last failure that the handler itself logged as an error since the invocation started, and its request."""
    said_unknown: bool = False
    """It logged an error that no outcome is known for."""
    restored: bool = False
    """It came out of a snapshot since its last invocation."""
    ended: float | None = None
    """When its last invocation ended."""
    pause: float | None = None
    """Seconds between the end of the invocation before and the start of this one, as far as both are in the log."""
    found_reset: float | None = None
    """The pause before this invocation, where it met a reset after one that met none."""
    before: float | None = None
    """The same of the invocation before: what is reset right after it is that connection once more."""


class LogReader:
    """Reads the lines of one log file or answer, in their order."""

    def __init__(self, tally: Tally, unknown: UnknownErrors, mentions: Mentions, function: str | None) -> None:
        self._tally = tally
        self._unknown = unknown
        self._mentions = mentions
        self._function = function
        self._requests = Requests(tally)
        self._streams: OrderedDict[str | None, _Stream] = OrderedDict()
        self._seconds: float | None = None
        """Some moment of the minute of the last line that had a time."""
        self._minute = ("", "")
        self._stream: str | None = None
        """The log stream of the last line that had one in front."""
        self._functions: dict[str, str | None] = {}
        self.deadlines = 0
        """Deadlines of which the line does not say whether the connect or the answer was late."""
        self.has_more_streams = False
        """There are more log streams than are told apart."""

    @property
    def environments(self) -> dict[str, int]:
        """Distinct log streams of each function that is known: one is one execution environment."""
        found: dict[str, int] = {}
        for function in self._functions.values():
            if function is not None:
                found[function] = found.get(function, 0) + 1
        return found

    def line(self, text: str, source: str) -> None:
        """One line as ``aws logs tail`` or a file prints it, with or without time and log stream in front.

        ``aws logs tail`` puts them in front of an event, not of each of its lines: a line without a log stream goes
        on with the event above it.
        """
        prefix = _PREFIX.match(text)
        if prefix is not None:
            self._set_time(prefix.group(1))
            self._stream = (prefix.group(2) or self._stream or "")[:LOG_STREAM_CHARACTERS] or None
            self.message(text[prefix.end() :], self._stream, self._seconds, source, begins=True)
            return
        if text[:1] in ("[", "{"):
            inside = _INSIDE.search(text, 0, 1000)
            if inside is not None:
                self._set_time(inside.group(1) or inside.group(2))
        self.message(text, self._stream, self._seconds, source, begins=None if self._stream is None else False)

    def message(
        self, text: str, stream: str | None, seconds: float | None, source: str, *, begins: bool | None = True
    ) -> None:
        """One line of a message of a log stream; ``begins`` says whether it is the first, None where that is open."""
        if not text or text.isspace():
            self._meet(stream)
            return
        own = self._stream_of(stream)
        platform = platform_line(text)
        if platform is not None:
            self._flush(own)
            self._on_platform(platform, own, seconds, source)
            return
        failure = own.failure
        if failure is not None and (failure.in_traceback or failure.headed) and text[0].isspace():
            failure.see_frame(text)
            if failure.in_traceback:
                return
        if failure is not None and failure.continues(text, begins):
            failure.take(text, seconds, source)
            if failure.outcome is not None:
                self._set_place(failure, text)
            return
        if begins_traceback(text):
            self._flush(own)
            how = How.at(self._level_above(text, own, begins))
            own.failure = Failure(None, how, seconds, source=source, request=own.request, in_traceback=True)
            return
        self._begin(text, own, seconds, source, begins)

    def end(self) -> None:
        """Count what is still open."""
        for own in self._streams.values():
            self._flush(own)
        self._streams.clear()
        self._requests.end()

    def _begin(self, text: str, own: _Stream, seconds: float | None, source: str, begins: bool | None) -> None:
        """A line that goes on with nothing, and may tell of something itself."""
        outcome = outcome_of(text)
        if outcome is None and not could_be_error(text):
            self._flush(own)
            if self._is_header(text, begins):
                own.header = text[:_HEADER]
            named = self._mentions.address(text)
            if named is not None:
                self._tally.add_address(seconds, named, None)
            return
        above = self._level_above(text, own, begins)
        if self._is_header(text, begins):
            own.header = text[:_HEADER]
        said = read_line(text, above, own.request)
        self._flush(own)
        request = said.request or own.request
        if said.is_uncaught:
            self._requests.fail(request, seconds, own.function)
        outcome = self._unless_said(said, own, request)
        if outcome is None and said.error is None:
            if said.is_uncaught:
                own.failure = Failure(None, source=source, request=request, headed=True)
            return
        own.failure = Failure(
            outcome,
            said.how,
            seconds,
            source=source,
            request=request,
            error=said.error[:ERROR_CHARACTERS] if outcome is None and said.error is not None else None,
            headed=said.is_uncaught,
            awaits_exception=(said.has_level and not said.is_uncaught) or names_its_exception(text),
            bare_timeout=outcome is CallerOutcome.ANSWER_TIMED_OUT and is_bare_timeout(text),
        )
        if outcome is not None:
            self._set_place(own.failure, text)
        self.deadlines += said.is_deadline and outcome is not None

    def _unless_said(self, said: Said, own: _Stream, request: str | None) -> CallerOutcome | None:
        """The outcome that a line tells of, unless it is the last word of a failure that was logged before."""
        outcome = said.outcome
        before = own.said
        if said.is_uncaught:
            of_it = before is not None and (None in (before[1], said.request) or before[1] == said.request)
            own.said, known = None, own.said_unknown
            own.said_unknown = False
            if before is not None and of_it and outcome in (before[0], None):
                said.error = None
                return None
            if outcome is None and known:
                said.error = None
        elif said.how is How.ERROR and outcome is not None:
            own.said = (outcome, said.request)
        elif said.error is not None:
            own.said_unknown = True
        return outcome

    def _level_above(self, text: str, own: _Stream, begins: bool | None) -> Severity | None:
        """The level of the event that a line goes on with; None where it begins one, or has no level."""
        if begins or not own.header or self._is_header(text, begins):
            return None
        level = level_of(own.header)
        return level.severity if level is not None else None

    def _is_header(self, text: str, begins: bool | None) -> bool:
        """Whether a line begins an event, or its level is its own."""
        if begins is not None:
            return begins or level_of(text) is not None
        return not goes_on(text) or level_of(text) is not None

    def _on_platform(self, line: PlatformLine, own: _Stream, seconds: float | None, source: str) -> None:
        """One of Lambda's own lines."""
        own.said, own.said_unknown, own.header = None, False, ""
        if line.event is Event.STARTED:
            own.request = line.request
            own.pause = None if own.ended is None or seconds is None else seconds - own.ended
            if own.restored:
                own.pause, own.restored = math.inf, False
            own.before, own.found_reset = own.found_reset, None
            if own.pause is not None:
                self._tally.add_start(seconds, own.function, own.pause)
        elif line.event is Event.RESTORED:
            own.restored = True
        elif line.event is Event.TIMED_OUT and self._requests.times_out(line.request, seconds, own.function):
            self._tally.add(seconds, own.function, None, CallerOutcome.INVOCATION_TIMED_OUT, source)
        if line.failed:
            self._requests.fail(line.request, seconds, own.function)
        if line.reported:
            own.ended = seconds
            self._requests.report(line.request, seconds, own.function, line.failed)

    def _flush(self, own: _Stream) -> None:
        """Count what the last lines told of."""
        failure, own.failure = own.failure, None
        if failure is None:
            return
        outcome = failure.what()
        if outcome is None and failure.error is not None and failure.how is How.ERROR:
            outcome = guess(failure.error)
            if outcome is None:
                self._unknown.add(failure.seconds, own.function, failure.said() or failure.error, failure.source)
                return
            self._set_place(failure, failure.error)
        if outcome is None:
            return
        function, elsewhere = own.function, None if failure.destination else failure.elsewhere
        pause = own.pause if failure.silent is None else max(failure.silent, own.pause or 0.0)
        if outcome is CallerOutcome.RESET and failure.how is How.ERROR:
            if own.before is None:
                own.found_reset = pause
            else:
                pause = max(own.before, pause or 0.0)

        def counts(failed: bool) -> None:
            told = Told.ERROR if failed else failure.how.told
            self._tally.add(
                failure.seconds, function, failure.destination, outcome, failure.source, 1, told, elsewhere, pause
            )

        if failure.address is not None and failure.how is How.ERROR:
            self._tally.add_address(failure.seconds, failure.address, outcome)
        if failure.how.is_open:
            self._requests.hold(failure.request, counts)
        else:
            counts(False)

    def _set_place(self, failure: Failure, text: str) -> None:
        """Take from a line what the failure is of, unless a line before has said it."""
        failure.destination = failure.destination or self._mentions.find(text)
        failure.elsewhere = failure.elsewhere or self._mentions.elsewhere(text)
        failure.address = failure.address or self._mentions.address(text)

    def _stream_of(self, stream: str | None) -> _Stream:
        own = self._streams.get(stream)
        if own is None:
            self._meet(stream)
            if len(self._streams) >= LOG_STREAMS:
                self._flush(self._streams.popitem(last=False)[1])
            function = self._function if stream is None else self._functions.get(stream, self._function)
            own = self._streams[stream] = _Stream(function)
        return own

    def _meet(self, stream: str | None) -> None:
        """See a log stream, maybe for the first time."""
        if stream is None or stream in self._functions:
            return
        if len(self._functions) >= LOG_STREAMS:
            self.has_more_streams = True
            return
        named = _STREAM_FUNCTION.match(stream)
        of_its_name = named is not None and FUNCTION.fits(named.group(1))
        self._functions[stream] = named.group(1) if named is not None and of_its_name else self._function

    def _set_time(self, text: str) -> None:
        minute = (text[:16], text[-6:])  # up to the minute, and the offset: most lines share both with the one before
        if minute == self._minute:
            return
        try:
            self._seconds = epoch_seconds(text.replace(",", "."))
            self._minute = minute
        except (ValueError, OverflowError):
            return
