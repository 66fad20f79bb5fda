"""From log lines to failures: each is counted once, however many lines tell of it."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from narrows.aws_ids import FUNCTION
from narrows.bounds import LOG_STREAM_CHARACTERS, LOG_STREAMS
from narrows.case.model import CallerOutcome
from narrows.case.reading.log_words import DEADLINE, REQUEST, invocation_timed_out, outcome_of
from narrows.case.reading.mentions import Mentions
from narrows.case.reading.moments import epoch_seconds
from narrows.case.reading.tally import Tally

_MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_PREFIX = re.compile(rf"({_MOMENT})(?:[ \t]+(\d{{4}}/\d\d/\d\d/[^\s\[]*\[[^\]\s]+\][0-9a-f]+))?[ \t]?")
_INSIDE = re.compile(rf"\[[A-Z]+\]\s+({_MOMENT})|\"(?:time|timestamp)\":\s*\"({_MOMENT})\"")
_STREAM_FUNCTION = re.compile(r"\d{4}/\d\d/\d\d/([^\[\s]+)\[")
_CHAIN = ("During handling of the above exception", "The above exception was the direct cause", "Caused by:")
_TRACEBACK = "Traceback (most recent call last)"
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
"""The last line of a Python traceback."""
_PLATFORM = re.compile(r"(?:START|END|REPORT) RequestId:|INIT_START|(?:INIT_REPORT|RESTORE_\w+) ")
"""Lambda's own lines around an invocation."""
_LAST_WORD = re.compile(r"\[ERROR\] [\w.]+(?::|$)|(?:[^\t]*\t){0,3}Invoke Error\b")
"""What the runtime says of an exception that left the handler; the handler may have logged it before."""
_REMEMBERED_REQUESTS = 100_000


@dataclass(slots=True)
class _State:
    """What the last lines of one log stream told of."""

    outcome: CallerOutcome | None = None
    seconds: float | None = None
    destination: str | None = None
    source: str = ""
    in_traceback: bool = False
    after_traceback: bool = False
    chained: bool = False
    """The next exception is another view of the same failure."""
    headed: bool = False
    """The exception stands above its traceback, as the Python runtime prints it; none follows below."""
    said: tuple[CallerOutcome, str | None] | None = None
    """The last failure that the handler itself logged since the invocation started, and the request it named."""


class LogReader:
    """Reads the lines of one log file or answer, in their order."""

    def __init__(self, tally: Tally, mentions: Mentions, function: str | None) -> None:
        self._tally = tally
        self._mentions = mentions
        self._function = function
        self._states: OrderedDict[str | None, _State] = OrderedDict()
        self._timed_out: OrderedDict[str, None] = OrderedDict()
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
            self.message(text[prefix.end() :], self._stream, self._seconds, source)
            return
        if text[:1] in ("[", "{"):
            inside = _INSIDE.search(text, 0, 1000)
            if inside is not None:
                self._set_time(inside.group(1) or inside.group(2))
        self.message(text, self._stream, self._seconds, source)

    def message(self, text: str, stream: str | None, seconds: float | None, source: str) -> None:
        """One line of a message of a log stream."""
        if stream is not None and stream not in self._functions:
            self._meet(stream)
        if not text or text.isspace():
            return
        state = self._states.get(stream)
        if self._invocation_timed_out(text, stream, seconds, source) or _PLATFORM.match(text):
            if state is not None:
                self._count(stream, state)
                del self._states[stream]
            return
        if state is not None and state.in_traceback and text[0].isspace():
            return
        if state is not None and self._continues(text, state):
            if state.outcome is None:
                state.outcome, state.seconds, state.source = outcome_of(text), seconds, source
            if state.outcome is not None and state.destination is None:
                state.destination = self._mentions.find(text)
            return
        outcome = outcome_of(text)
        if state is not None:
            self._count(stream, state)
        elif outcome is None and not text.startswith(_TRACEBACK):
            return
        said = state.said if state is not None else None
        last_word = _LAST_WORD.match(text) is not None
        request = _request(text) if outcome is not None else None
        if last_word and said is not None and said[0] is outcome and (None in (said[1], request) or said[1] == request):
            outcome = said = None
        elif outcome is not None:
            said = None if last_word else (outcome, request)
        destination = self._mentions.find(text) if outcome is not None else None
        if stream not in self._states and len(self._states) >= LOG_STREAMS:
            self._count(*self._states.popitem(last=False))
        self._states[stream] = _State(
            outcome, seconds, destination, source, text.startswith(_TRACEBACK), headed=last_word, said=said
        )
        if outcome is CallerOutcome.ANSWER_TIMED_OUT and DEADLINE.search(text):
            self.deadlines += 1

    def _meet(self, stream: str) -> None:
        """See a log stream for the first time."""
        if len(self._functions) >= LOG_STREAMS:
            self.has_more_streams = True
            return
        named = _STREAM_FUNCTION.match(stream)
        of_its_name = named is not None and FUNCTION.fits(named.group(1))
        self._functions[stream] = named.group(1) if named is not None and of_its_name else self._function

    def end(self) -> None:
        """Count what is still open."""
        for stream, state in self._states.items():
            self._count(stream, state)
        self._states.clear()

    def _continues(self, text: str, state: _State) -> bool:
        """Whether a line tells more of what the lines before it told of."""
        if text.startswith(_CHAIN):
            state.chained = True
            return True
        if text.startswith(_TRACEBACK):
            # A traceback belongs to the message right before it, unless that ended a traceback itself.
            same = state.chained or not state.after_traceback
            state.in_traceback, state.after_traceback, state.chained = True, False, False
            return same
        if text[0].isspace() or text[0] in "}])":
            return True
        if state.in_traceback:
            state.in_traceback, state.after_traceback = False, True
            return not state.headed and _EXCEPTION.match(text) is not None
        chained, state.chained = state.chained, False
        return chained

    def _count(self, stream: str | None, state: _State) -> None:
        if state.outcome is not None:
            function = self._functions.get(stream, self._function) if stream is not None else self._function
            self._tally.add(state.seconds, function, state.destination, state.outcome, state.source)
            state.outcome = None

    def _invocation_timed_out(self, text: str, stream: str | None, seconds: float | None, source: str) -> bool:
        """Count an invocation that ran into its timeout; Lambda says so in two lines, with the same request id."""
        if "imed out after" not in text and "timeout" not in text:
            return False
        if not invocation_timed_out(text):
            return False
        request = _request(text)
        if request is not None:
            if request in self._timed_out:
                return True
            self._timed_out[request] = None
            if len(self._timed_out) > _REMEMBERED_REQUESTS:
                self._timed_out.popitem(last=False)
        function = self._functions.get(stream, self._function) if stream is not None else self._function
        self._tally.add(seconds, function, None, CallerOutcome.INVOCATION_TIMED_OUT, source)
        return True

    def _set_time(self, text: str) -> None:
        minute = (text[:16], text[-6:])  # up to the minute, and the offset: most lines share both with the one before
        if minute == self._minute:
            return
        try:
            self._seconds = epoch_seconds(text.replace(",", "."))
            self._minute = minute
        except (ValueError, OverflowError):
            return


def _request(text: str) -> str | None:
    """The request id that stands first in a line."""
    found = REQUEST.search(text)
    return found.group() if found is not None else None
