"""What the callers logged: text line by line, and answers of CloudWatch Logs event by event, of any size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.hosts import hosts_in
from narrows.case.reading.lines import read_lines
from narrows.case.reading.log_events import events_of
from narrows.redact.documents import Documents
from narrows.redact.redactor import Redactor

_NOT_TEXT = ("@ptr", "@log", "@logStream", "@timestamp", "@ingestionTime", "@requestId")
"""Fields of CloudWatch Logs Insights that hold no words of a program."""


class Logs:
    """Replaces in logs."""

    def __init__(self, redactor: Redactor, folder: CaseFolder) -> None:
        self._redactor, self._folder = redactor, folder
        self._documents = Documents(redactor)

    def lines(self, file: Path) -> Iterator[str]:
        """The lines of a text file, each with its end."""
        for _, line, _ in read_lines(self._folder, file):
            yield self.line(line) + "\n"

    def events(self, file: Path) -> Iterator[str]:
        """Pieces of a JSON document with the events of a file, each on a line of its own."""
        sign = None
        for event in events_of(self._folder, file):
            if sign is None:
                yield '{"results": [\n' if isinstance(event, list) else '{"events": [\n'
            else:
                yield ",\n"
            sign = True
            yield json.dumps(self._event(event))
        yield '{"events": []}\n' if sign is None else "\n]}\n"

    def line(self, line: str) -> str:
        """One line, or a message of several."""
        if self._redactor.learning:
            for one in line.splitlines():
                for host in hosts_in(one):
                    if not host.is_address and "." in host.name:
                        self._redactor.known_host(host.name)
        return self._redactor.text(line)

    def _event(self, event: Any) -> Any:
        if isinstance(event, dict):
            return {self._documents.key(key): self._member(key, value) for key, value in event.items()}
        if isinstance(event, list):
            return [self._field(one) for one in event]
        return self._documents.image(event)

    def _member(self, key: str, value: Any) -> Any:
        if key == "message" and isinstance(value, str):
            return self.line(value)
        if isinstance(value, str):
            # A log stream, an event's id: what stands in them and has no shape is somebody's name.
            return self._redactor.text(value) if key == "logStreamName" else self._redactor.value(value)
        return self._documents.image(value)

    def _field(self, field: Any) -> Any:
        """A field of a row: its name and its value."""
        if not isinstance(field, dict) or not isinstance(field.get("value"), str):
            return self._documents.image(field)
        name = field.get("field")
        value = self._redactor.value(field["value"]) if name in _NOT_TEXT else self.line(field["value"])
        return {**{key: self._documents.image(one) for key, one in field.items()},
                "field": self._redactor.value(name) if isinstance(name, str) else name, "value": value}  # fmt: skip
