"""``aws logs filter-log-events`` (or ``get-query-results``) as JSON of any size, event by event through a window."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from narrows.bounds import LOG_EVENT_CHARACTERS
from narrows.case.reading.aws_files import what_is
from narrows.case.reading.aws_json import KeyTwiceError, Record, members
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.lines import Place, read_text
from narrows.case.reading.log_reader import LogReader
from narrows.case.reading.moments import epoch_seconds
from narrows.case.reading.surrogates import may_hold_half, without_halves
from narrows.errors import InputError, one_line

_BREAK = re.compile(r"\r\n|\n|\r")
_CHUNK = 2**20
_SPACE = re.compile(r"[\s\ufeff]*")
_ANSWER = re.compile(
    r'\{\s*"(?:events|results|queryLanguage|statistics|searchedLogStreams|next\w*Token|ResponseMetadata)"'
)
_COMMAND = "aws logs filter-log-events --log-group-name /aws/lambda/NAME"


def read_events(folder: CaseFolder, file: Path, reader: LogReader) -> None:
    """Read the events of a file: of one answer or several, or a bare list of events.

    Raises:
        InputError: it is not valid JSON, holds something else, or an event that is too large; with the place.
    """
    source = folder.source(file)
    count = 0
    for event in events_of(folder, file):
        count += 1
        place = f"events[{count - 1}]"
        record = Record.of(_of_insights(event), file, place)
        message = record.text("message")
        if message is None:
            if "message" in record.data:
                continue
            found = what_is(record.data)
            raise record.error(
                f"holds {found}, not log events" if found else "is not a log event: it has no message",
                f"write it with: {_COMMAND}",
            )
        try:
            seconds = epoch_seconds(record.data["timestamp"]) if "timestamp" in record.data else None
        except (ValueError, OverflowError):
            raise record.error("timestamp is not a valid time") from None
        stream = record.text("logStreamName")
        for number, line in enumerate(_BREAK.split(message)):
            reader.message(line, stream, seconds, f"{source}:{place}", begins=not number)


def events_of(folder: Place, file: Path) -> Iterator[Any]:
    """Every event of a file as it stands there: an object, or a list of fields. Raises as ``read_events`` does."""
    return _Window(folder, file).events()


def _of_insights(event: Any) -> Any:
    """A row of GetQueryResults (CloudWatch Logs Insights) as an event; anything else as it is."""
    if not isinstance(event, list) or not all(isinstance(one, dict) for one in event):
        return event
    fields = {one.get("field"): one.get("value") for one in event if isinstance(one.get("field"), str)}
    named = {"@message": "message", "@timestamp": "timestamp", "@logStream": "logStreamName"}
    return {own: fields[field] for field, own in named.items() if field in fields}


class _Window:
    """Parses JSON from a file through a window of bounded size."""

    def __init__(self, folder: Place, file: Path) -> None:
        self._folder = folder
        self._file = file
        self._decoder = json.JSONDecoder(object_pairs_hook=members)
        self._text = ""
        self._at = 0
        self._lines = 0
        self._more: Iterator[str] = iter(())

    def events(self) -> Iterator[Any]:
        """Every event."""
        self._more = read_text(self._folder, self._file)
        if not self._skip_space():
            raise InputError("is empty", file=self._file, advice="the command that wrote it failed: run it again")
        while self._skip_space():
            if self._peek() == "[":
                yield from self._list(pages=True)
            else:
                yield from self._value(pages=True)

    def _list(self, pages: bool) -> Iterator[Any]:
        """The members of a list; where they are answers themselves, their events."""
        self._at += 1
        first = True
        while True:
            self._need_more("a list")
            if self._peek() == "]":
                self._at += 1
                return
            if not first:
                self._expect(",")
                self._need_more("a list")
            first = False
            yield from self._value(pages)

    def _value(self, pages: bool) -> Iterator[Any]:
        """One value: an answer's events when it is an answer, else itself."""
        if pages and self._peek() == "{" and self._is_answer():
            yield from self._answer()
        else:
            yield self._decode()

    def _is_answer(self) -> bool:
        """Whether an object's first member is one that only an answer has."""
        self._fill(self._at + 200)
        return _ANSWER.match(self._text, self._at) is not None

    def _answer(self) -> Iterator[Any]:
        self._at += 1
        while True:
            self._need_more("an object")
            if self._peek() == "}":
                self._at += 1
                return
            if self._peek() == ",":
                self._at += 1
                self._need_more("an object")
            key = self._decode()
            self._need_more("an object")
            self._expect(":")
            self._need_more("an object")
            if key in ("events", "results") and self._peek() == "[":
                yield from self._list(pages=False)
            else:
                self._decode()

    def _decode(self) -> Any:
        """The value that starts here."""
        wanted = _CHUNK
        while True:
            whole = self._fill(self._at + wanted)
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not whole:
                    raise self._broken(error) from None
                if wanted >= LOG_EVENT_CHARACTERS:
                    text = f"a value is longer than {LOG_EVENT_CHARACTERS:,} characters: no log event is"
                    raise InputError(text, file=self._file, place=self._place()) from None
                wanted *= 2
                continue
            except KeyTwiceError as error:
                raise InputError(str(error), file=self._file, place=self._place(), advice=error.ADVICE) from None
            except RecursionError:
                raise InputError("is nested too deeply", file=self._file, place=self._place()) from None
            except ValueError as error:
                text = f"is not valid JSON: {one_line(str(error), 120)}"
                raise InputError(text, file=self._file, place=self._place()) from None
            if end == len(self._text) and whole:
                wanted *= 2  # a number could go on
                continue
            began, self._at = self._at, end
            return without_halves(value) if may_hold_half(self._text[began:end]) else value

    def _fill(self, end: int) -> bool:
        """Read until the window reaches ``end``, if the file does; whether it may go on."""
        while len(self._text) < end:
            chunk = next(self._more, None)
            if chunk is None:
                return False
            if self._at > _CHUNK:
                self._lines += self._text.count("\n", 0, self._at)
                self._text, end, self._at = self._text[self._at :], end - self._at, 0
            self._text += chunk
        return True

    def _skip_space(self) -> bool:
        """Go to the next thing; whether there is one."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return True
            if not self._fill(self._at + 1):
                return False

    def _peek(self) -> str:
        return self._text[self._at]

    def _need_more(self, what: str) -> None:
        if not self._skip_space():
            raise InputError(
                f"is not valid JSON: it ends inside {what}", file=self._file, place=self._place(),
                advice="it is not whole: copy it, or run the command, again",
            )  # fmt: skip

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            raise InputError(f"is not valid JSON: expecting '{char}'", file=self._file, place=self._place())
        self._at += 1

    def _broken(self, error: json.JSONDecodeError) -> InputError:
        half = not self._text[error.pos :].strip() or error.msg.startswith("Unterminated string")
        problem = "it ends in the middle" if half else error.msg.lower()
        advice = "it is not whole: copy it, or run the command, again" if half else None
        return InputError(f"is not valid JSON: {problem}", file=self._file, place=self._place(error.pos), advice=advice)

    def _place(self, position: int | None = None) -> str:
        at = self._at if position is None else position
        line = self._lines + self._text.count("\n", 0, at) + 1
        column = at - self._text.rfind("\n", 0, at)
        return f"line {line}, column {column}"
