"""What ``narrows collect`` asked for a case, and what came of it: ``collected.jsonl``, a line for each request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FILE = "collected.jsonl"
_INSIDE = re.compile(r"(?:[\w-]+/)?[\w-][\w.-]*", re.ASCII)
"""A file of a case, as narrows names it."""
ANSWERED = "answered"
"""The outcome of a request whose answer is in the case."""


@dataclass(frozen=True, slots=True)
class Collected:
    """One request that was made."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str | None
    file: str | None
    """Of the case, that its answer is in or would be in."""
    outcome: str
    """``answered``, or what was in the way: ``denied``, ``absent``, ``failed``."""
    at: str
    """When, ISO 8601 in UTC."""
    text: str = ""
    """What is to be said of it."""
    permission: str | None = None
    """The IAM action that was missing."""

    @property
    def key(self) -> str:
        """The same for two requests that ask for the same."""
        return key_of(self.service, self.operation, self.parameters, self.region)

    def line(self) -> str:
        """As it stands in the file."""
        content = {
            "at": self.at,
            "outcome": self.outcome,
            "text": self.text,
            "permission": self.permission,
            "file": self.file,
            "service": self.service,
            "operation": self.operation,
            "region": self.region,
            "parameters": self.parameters,
        }
        return json.dumps({name: value for name, value in content.items() if value not in (None, "")}) + "\n"


def key_of(service: str, operation: str, parameters: Mapping[str, Any], region: str | None) -> str:
    """What tells requests apart."""
    return json.dumps([service, operation, parameters, region], sort_keys=True)


def read_lines(content: bytes) -> Iterator[Collected]:
    """The requests in a ``collected.jsonl``. A line that is not whole, as a run that was killed leaves it, is left out.

    Nothing here is evidence: a line of another make is left out as well.
    """
    for line in content.splitlines():
        try:
            told: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        one = _read(told) if isinstance(told, dict) else None
        if one is not None:
            yield one


def _read(told: Mapping[str, Any]) -> Collected | None:
    needed = [told.get(name) for name in ("service", "operation", "outcome", "at")]
    others = [told.get(name) for name in ("region", "file", "permission")]
    parameters, text = told.get("parameters"), told.get("text", "")
    if not all(isinstance(value, str) for value in (*needed, text)) or not isinstance(parameters, dict):
        return None
    if not all(value is None or isinstance(value, str) for value in others):
        return None
    service, operation, outcome, at = map(str, needed)
    region, file, permission = (None if value is None else str(value) for value in others)
    if file is not None and not _INSIDE.fullmatch(file):
        return None
    return Collected(service, operation, parameters, region, file, outcome, at, str(text), permission)
