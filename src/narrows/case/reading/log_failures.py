"""One failure in a log, and the lines that go on with it: tracebacks, causes, codes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.case.reading.log_levels import How, Severity, how_told, is_exception, level_of
from narrows.case.reading.log_words import find_outcome
from narrows.errors import one_line

_CHAIN = ("During handling of the above exception", "The above exception was the direct cause", "Caused by:")
_GOES_ON = "for call at"
"""What @grpc/grpc-js puts between an error and its stack."""
_CAUSES = ("Caused by:", "[cause]:", "Suppressed:")
_BECAUSE = re.compile(r"\s*(?:Caused by:|\[cause\]:|-{2,3}>)\s*(\S.{0,300})")
"""What an exception came of, as Java, Node and .NET print it below."""
_TRACEBACK = "Traceback (most recent call last)"
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)")
"""The last line of a Python traceback."""
_FRAME = re.compile(r"\s+File \"[^\"]{1,400}\", line \d+, in (\w+)")
_SILENT_FOR = re.compile(r"last packet successfully received from the server was (\d[\d,]{0,20}) milliseconds ago")
"""What the drivers of MySQL and MariaDB for Java say below a broken connection."""
_HANDSHAKES = re.compile(
    r"\bdo_handshake\b|\bstartHandshake\b|readHandshakeRecord|\bonConnectSecure\b|\.\(\*Conn\)\.(?:client)?[hH]andshake"
)
_CONNECTS = re.compile(r"(?:create_connection|_?(?:sock_)?connect(?:_tcp)?|_new_conn|open_connection)$")
_NAMES_ITS_EXCEPTION = re.compile(r": (?:[a-z]\w{0,60}\.){1,12}[A-Z]\w{0,80}\s*$|^RequestId: [0-9a-f-]{36} Error: ")
"""What Lambda's runtime for Java, and Lambda itself, print above the exception: its message, and what it is."""
_BARE_TIMEOUT = re.compile(r"(?:TimeoutError|socket\.timeout|timeout): timed out\s*$")
"""What Python says of a socket, whether its connect or its answer was late; the frames of its traceback say which."""
_PACKAGE = re.compile(r"(?<![\w.])(?:[A-Za-z_]\w{0,60}\.){1,10}(?=[A-Z]\w{0,80}(?:Exception|Error)\b)")
"""What stands before an exception's own name."""
_BESIDE_A_CAUSE = 90
"""Characters of an error line that are kept where what it came of stands behind it."""
ERROR_CHARACTERS = 1_000
"""Characters of an error line that are kept for what it says."""


@dataclass(slots=True)
class Failure:
    """What the last lines of one log stream tell of: one failure, however many lines say it."""

    outcome: CallerOutcome | None = None
    how: How = How.ERROR
    seconds: float | None = None
    destination: str | None = None
    elsewhere: str | None = None
    address: tuple[str, str] | None = None
    """Which of several addresses of a destination it is of."""
    source: str = ""
    request: str | None = None
    error: str | None = None
    """The head of an error line, as long as no outcome is known for it."""
    because: str = ""
    """What it came of at last, by its own word."""
    in_traceback: bool = False
    after_traceback: bool = False
    chained: bool = False
    """The next exception is another view of the same failure."""
    headed: bool = False
    """The exception stands above its traceback, as the Python runtime prints it; none follows below."""
    awaits_exception: bool = False
    """It began with a message of a level; the head of an exception right below is what the message is of."""
    bare_timeout: bool = False
    """Its words say that something was late, and not what."""
    connecting: bool = False
    """The last frame of its traceback is in a connect."""
    silent: float | None = None
    """Seconds since the peer last sent something on the connection, where its client says so."""
    handshaking: bool = False
    """A frame of its stack is in a TLS handshake: ``ssl.py`` of Python, ``sun.security.ssl`` of Java, Node's, Go's."""

    def continues(self, text: str, begins: bool | None) -> bool:
        """Whether a line tells more of what the lines before it told of."""
        if text.startswith(_CHAIN):
            self.chained = True
            return True
        if text.startswith(_TRACEBACK):
            # A traceback belongs to the message right before it, unless that ended a traceback itself.
            same = self.chained or not self.after_traceback
            self.in_traceback, self.after_traceback, self.chained = True, False, False
            self.awaits_exception = False
            return same
        if text[0].isspace() or text[0] in "}])" or text.startswith(_GOES_ON):
            return True
        if self.in_traceback:
            self.in_traceback, self.after_traceback = False, True
            return not self.headed and _EXCEPTION.match(text) is not None
        if self.headed and not self.after_traceback and begins is not True and level_of(text) is None:
            # What left the handler may say more than a line, before its traceback.
            return True
        awaits, self.awaits_exception = self.awaits_exception, False
        # Printed by itself it is an event of its own, and one with the message above it if that told of nothing.
        if awaits and (begins is not True or self.outcome is None) and level_of(text) is None and is_exception(text):
            return True
        chained, self.chained = self.chained, False
        # A message of several lines, none of which has told of anything yet.
        same = begins is False and self.outcome is None and level_of(text) is None and not is_exception(text)
        return chained or same

    def take(self, text: str, seconds: float | None, source: str) -> None:
        """Let a line that goes on with it say more."""
        outcome = _outcome_of(text)
        because = _BECAUSE.match(text, 0, ERROR_CHARACTERS)
        if because is not None:
            self.because = because.group(1).rstrip(" {")
        silent = _SILENT_FOR.search(text, 0, ERROR_CHARACTERS)
        if silent is not None:
            self.silent = int(silent.group(1).replace(",", "")) / 1_000
        self.handshaking |= _HANDSHAKES.search(text, 0, ERROR_CHARACTERS) is not None
        if self.outcome is None and (outcome is not None or self.error is None):
            self.seconds, self.source = seconds, source
            self.outcome = outcome
            if outcome is None and self.after_traceback and not text[0].isspace():
                self.error = text[:ERROR_CHARACTERS]
        elif outcome is not None and self._leaves_open(text, outcome):
            self.outcome = outcome
        if self.outcome is not None:
            self.error = None
            self.bare_timeout |= is_bare_timeout(text)

    def said(self) -> str | None:
        """Its error line, with what it came of."""
        if self.error is None or not self.because or self.because in self.error:
            return self.error
        error, because = (_PACKAGE.sub("", one) for one in (self.error, self.because))
        return f"{one_line(error, _BESIDE_A_CAUSE)} (caused by {because})"

    def see_frame(self, text: str) -> None:
        """Note whether the last frame of its traceback is in a connect."""
        self.handshaking |= _HANDSHAKES.search(text, 0, ERROR_CHARACTERS) is not None
        frame = _FRAME.match(text, 0, 1000)
        if frame is not None:
            self.connecting = _CONNECTS.match(frame.group(1)) is not None
        elif ".connect(" in text:
            self.connecting = True

    def what(self) -> CallerOutcome | None:
        """The outcome, with what the frames tell of it."""
        if self.handshaking and self.outcome is CallerOutcome.ANSWER_TIMED_OUT:
            return CallerOutcome.TLS_TIMED_OUT
        if self.handshaking and self.outcome is CallerOutcome.RESET:
            return CallerOutcome.TLS_CUT
        return CallerOutcome.TIMED_OUT if self.bare_timeout and self.connecting else self.outcome

    def _leaves_open(self, text: str, outcome: CallerOutcome) -> bool:
        """Whether a cause says exactly what the message above it leaves open; a code, such as ETIMEDOUT, does not."""
        if self.outcome is CallerOutcome.RESET and outcome is CallerOutcome.ANSWER_TIMED_OUT:
            # Who gives up waiting closes the connection itself, and some then say no more than that it broke.
            return text.lstrip().startswith(_CAUSES)
        if self.outcome is None or not self.outcome.about.ambiguous or not outcome.about.failed:
            return False
        return self.after_traceback or text.lstrip().startswith(_CAUSES)


def is_bare_timeout(text: str) -> bool:
    """Whether a line says of a socket that it was late, as Python does of its connect and of its answer alike."""
    return _BARE_TIMEOUT.search(text) is not None


def names_its_exception(text: str) -> bool:
    """Whether a line is what Lambda's runtime for Java, or Lambda itself, prints above an exception."""
    return _NAMES_ITS_EXCEPTION.search(text) is not None


def begins_traceback(text: str) -> bool:
    """Whether a line is the first of a Python traceback."""
    return text.startswith(_TRACEBACK)


def goes_on(text: str) -> bool:
    """Whether a line looks as if it went on with the one above it, whatever that is."""
    return text[0].isspace() or text[0] in "}])" or text.startswith((_TRACEBACK, *_CHAIN)) or is_exception(text)


def _outcome_of(text: str) -> CallerOutcome | None:
    """The outcome that a line below an error tells of; none from a list, as among the settings of a client."""
    found = find_outcome(text)
    if found is None or how_told(text, Severity.ERROR, 0, found.start, found.end) is not How.ERROR:
        return None
    return found.outcome
