"""Lines of a log in JSON: what in them is said of an error, and what else they hold."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from narrows.case.reading.log_levels import Severity, level_of

_LEVEL_KEYS = ("level", "log_level", "loglevel", "severity", "severitytext", "levelname", "lvl", "@l", "log.level")
_MESSAGE_KEYS = ("message", "msg", "@m", "@mt", "errormessage", "text")
_REQUEST_KEYS = ("requestid", "awsrequestid", "functionrequestid")
_ERROR_KEYS = frozenset((
    "error", "err", "errors", "errormessage", "errortype", "errormsg", "errorcode", "code", "exception",
    "exceptionname", "exceptionmessage", "exceptiontype", "cause", "causes", "thrown", "stack", "stacktrace", "trace",
    "errorstack", "errorverbose", "reason", "@x", "innererror", "innerexception", "originalerror", "lasterror",
    "excinfo",
))  # fmt: skip
_WRAPPING = frozenset(("message", "msg", "fields", "record", "data", "event", "detail", "details", "context", "extra",
                       "attributes", "log", "meta", "metadata", "0"))  # fmt: skip
_TYPE_FIRST = ("errortype", "type", "name", "exceptionname", "exceptiontype", "class", "errormessage", "message", "msg")
_NAMES = ("errortype", "exceptionname", "exceptiontype", "type", "name")
_TEXTS = ("errormessage", "exceptionmessage", "message", "msg", "exception")
_ERROR_FROM, _WARNING_FROM = 50, 40
"""The numbers from which pino and bunyan call a level one of errors, and a warning."""
_MOST_VALUES = 2_000
_DEEPEST = 12
_LONGEST_VALUE = 4_096


@dataclass(frozen=True, slots=True)
class JsonLine:
    """A line, or the end of one, that is a JSON object."""

    level: Severity | None
    error: str
    """What it says under keys that only errors have, type and message first."""
    message: str
    request: str | None
    is_uncaught: bool
    """It has the shape in which a runtime says what left the handler."""


def json_line(text: str) -> JsonLine | None:
    """The object that a line is, or that stands behind its header; None where there is none, or it is broken."""
    start = text.find("{")
    if start < 0 or (start > 0 and text[start - 1] not in " \t"):
        return None
    end = len(text.rstrip())
    if text[end - 1] != "}":
        return None
    try:
        data = json.loads(text[start:end])
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not data:
        return None
    keys = {_plain(key): value for key, value in data.items()}
    message = next((keys[key] for key in _MESSAGE_KEYS if isinstance(keys.get(key), str)), "")
    parts = list(_parts(data))
    request = next(
        (keys[key] for key in ("requestid", "awsrequestid", "functionrequestid") if isinstance(keys.get(key), str)),
        None,
    )
    return JsonLine(
        _level(keys), "; ".join(dict.fromkeys(parts)), message[:_LONGEST_VALUE], request, _is_uncaught(keys)
    )


def _plain(key: str) -> str:
    """A key in lower case, without what separates its words: errorType, error_type and error.type are one."""
    lowered = key.lower()
    return lowered if lowered in _LEVEL_KEYS else lowered.replace("_", "").replace(".", "").replace("-", "")


def _level(keys: dict[str, Any]) -> Severity | None:
    for key in _LEVEL_KEYS:
        value = keys.get(key, keys.get(key.replace("_", "").replace(".", "")))
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int | float):
            if value < 10:
                return None
            if value >= _ERROR_FROM:
                return Severity.ERROR
            return Severity.WARNING if value >= _WARNING_FROM else Severity.DETAIL
        if isinstance(value, str):
            found = level_of(value.strip()[:20].upper())
            return found.severity if found is not None else None
    return None


def _is_uncaught(keys: dict[str, Any]) -> bool:
    """Whether the runtime wrote it: those of Python, Node.js and Go all name the error's type and message."""
    found = keys.get("message") if isinstance(keys.get("message"), dict) else keys
    plain = {_plain(key) for key in found} if found is not keys and isinstance(found, dict) else set(keys)
    return {"errortype", "errormessage"} <= plain


def _parts(data: dict[str, Any]) -> Iterator[str]:
    """What stands under keys of errors, in the order type, message, rest; a bounded number of values."""
    left = _MOST_VALUES
    waiting: deque[tuple[Any, bool, int]] = deque([(data, False, 0)])
    while waiting and left > 0:
        value, told, depth = waiting.popleft()
        left -= 1
        if isinstance(value, dict) and depth < _DEEPEST:
            ranked = sorted(value.items(), key=lambda item: _rank(_plain(item[0])))
            head = _head(value) if told or "errormessage" in {_plain(key) for key in value} else ""
            if head:
                yield head
            for key, one in ranked:
                plain = _plain(key)
                if told or plain in _ERROR_KEYS:
                    waiting.append((one, True, depth + 1))
                elif plain in _WRAPPING and isinstance(one, dict):
                    waiting.append((one, False, depth + 1))
        elif isinstance(value, list) and told and depth < _DEEPEST:
            waiting.extend((one, True, depth + 1) for one in value[:_DEEPEST])
        elif isinstance(value, str) and told and value:
            yield value[:_LONGEST_VALUE]


def _rank(plain: str) -> int:
    return _TYPE_FIRST.index(plain) if plain in _TYPE_FIRST else len(_TYPE_FIRST)


def _head(value: dict[str, Any]) -> str:
    """``Type: message``, as an error prints itself."""
    own = {_plain(key): one for key, one in value.items() if isinstance(one, str)}
    kind = next((own[key] for key in ("errortype", "exceptionname", "exceptiontype", "type", "name") if key in own), "")
    said = next(
        (own[key] for key in ("errormessage", "exceptionmessage", "message", "msg", "exception") if key in own), ""
    )
    return f"{kind}: {said}"[:_LONGEST_VALUE] if kind and said else ""
