"""Lambda's own lines around an invocation, as text and as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

REQUEST = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
"""A request id."""
_OWN = re.compile(r"(START|END|REPORT) RequestId:|INIT_START|(?:INIT_REPORT|RESTORE_\w+) ")
_TASK_TIMED_OUT = re.compile(r"Task timed out after \d")
_REPORT_TIMED_OUT = re.compile(r"REPORT RequestId:.*\bStatus: timeout\b")
_REPORT_FAILED = re.compile(r"\bStatus: (?:error|timeout|failure)\b")
_PLATFORM_EVENT = re.compile(r"\"platform\.(\w+)\"")
_STATUS_TIMEOUT = re.compile(r"\"status\":\s*\"timeout\"")
_STATUS_FAILED = re.compile(r"\"status\":\s*\"(?:error|timeout|failure)\"")
_HEAD = 400
"""Characters of a line within which a platform event says that it is one."""


class Event(Enum):
    """What such a line says of an invocation."""

    STARTED = auto()
    TIMED_OUT = auto()
    """It ran into its timeout; Lambda says so in several lines with the same request id."""
    REPORTED = auto()
    """It ended, and this is the last line of it."""
    RESTORED = auto()
    """The execution environment comes out of a snapshot: what was connected in it is long gone."""
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """One of Lambda's own lines."""

    event: Event
    request: str | None
    failed: bool = False
    """The invocation ended in an error or in its timeout."""
    reported: bool = False
    """It is the last line of its invocation, whatever else it says."""


def platform_line(text: str) -> PlatformLine | None:
    """A line as one of Lambda's own; None where it is none."""
    own = _OWN.match(text)
    if own is not None:
        request = request_of(text)
        if own.group(1) == "REPORT":
            failed = _REPORT_FAILED.search(text) is not None
            event = Event.TIMED_OUT if failed and _REPORT_TIMED_OUT.match(text) else Event.REPORTED
            return PlatformLine(event, request, failed, reported=True)
        if text.startswith("RESTORE_"):
            return PlatformLine(Event.RESTORED, request)
        return PlatformLine(Event.STARTED if own.group(1) == "START" else Event.OTHER, request)
    if "imed out after" in text and _TASK_TIMED_OUT.search(text):
        return PlatformLine(Event.TIMED_OUT, request_of(text), failed=True)
    if text[:1] == "{" and '"platform.' in text[:_HEAD]:
        return _platform_event(text)
    return None


def _platform_event(text: str) -> PlatformLine | None:
    found = _PLATFORM_EVENT.search(text, 0, _HEAD)
    if found is None:
        return None
    name, request = found.group(1), request_of(text)
    if name.startswith("restore"):
        return PlatformLine(Event.RESTORED, request)
    if name == "start":
        return PlatformLine(Event.STARTED, request)
    if name in ("report", "runtimeDone"):
        failed = _STATUS_FAILED.search(text) is not None
        reported = name == "report"
        if failed and _STATUS_TIMEOUT.search(text):
            return PlatformLine(Event.TIMED_OUT, request, failed=True, reported=reported)
        return PlatformLine(Event.REPORTED if reported else Event.OTHER, request, failed, reported)
    return PlatformLine(Event.OTHER, request)


def invocation_timed_out(line: str) -> bool:
    """Whether Lambda says that an invocation ran into its timeout, as text or as JSON."""
    if _TASK_TIMED_OUT.search(line) or _REPORT_TIMED_OUT.match(line):
        return True
    # One after the other: a pattern of both would look for the second from every place where the first is.
    event = _PLATFORM_EVENT.search(line)
    return event is not None and _STATUS_TIMEOUT.search(line, event.end()) is not None


def request_of(text: str) -> str | None:
    """The request id that stands first in a line."""
    found = REQUEST.search(text)
    return found.group() if found is not None else None
