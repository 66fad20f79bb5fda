"""Which files of a case are redacted, how each is read, and what its image is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from narrows.case.reading.alarms import FILE as ALARMS
from narrows.case.reading.alarms import HEAD as ALARMS_HEAD
from narrows.case.reading.aws_files import AWS_FILES, CONCURRENCY, kind_in
from narrows.case.reading.aws_json import load_json
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.owned import PARAMETERS, is_read
from narrows.case.reading.sensor import FOLDER as SENSOR
from narrows.redact.redactor import Redactor

_FIXED = frozenset(("case.yaml", ALARMS, *(one.path for one in AWS_FILES.values())))
_QUOTAS = "service-quotas"
_SUFFIXES = re.compile(
    r"(?P<stem>.*?)(?P<suffix>(?:\.(?:queries|results|json|jsonl|log|txt|parquet|gz|snappy|csv))*)", re.IGNORECASE
)


class How(Enum):
    """How a file is read."""

    CASE = auto()
    JSON = auto()
    LOG_LINES = auto()
    LOG_EVENTS = auto()
    OUTCOMES = auto()
    FLOW_LOGS = auto()


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the case."""

    file: Path
    name: str
    """Its path in the case, with ``/``."""
    how: How | None
    """None for one that is not carried over."""
    why_not: str = ""


def find_files(folder: CaseFolder) -> Iterator[Found]:
    """Every file of a case, the names of things before what is said of them.

    Hidden files are none of it.
    """
    found = [_found(folder, file) for file in folder.files("", deep=True)]
    order = list(How)
    yield from sorted(found, key=lambda one: (order.index(one.how) if one.how else -1, one.name))


def _found(folder: CaseFolder, file: Path) -> Found:
    name = folder.source(file)
    place, _, rest = name.partition("/")
    lowered = name.lower()
    if name == "case.yaml":
        return Found(file, name, How.CASE)
    if name in ("truth.json", "written.json"):
        return Found(file, name, None, "no evidence: nothing that diagnoses reads it")
    if place == "flow-logs" and rest:
        return Found(file, name, How.FLOW_LOGS)
    if "/" in rest or not rest:
        if not rest and name.startswith(_QUOTAS) and lowered.endswith(".json"):
            return Found(file, name, How.JSON)
        return Found(file, name, None, "not a file that narrows reads")
    if place == SENSOR:
        how = next((how for suffix, how in _SENSOR.items() if lowered.endswith(suffix)), None)
        return Found(file, name, how, "" if how else "packed, or not a file that narrows reads: unpack it")
    if place == "callers":
        how = next((how for suffix, how in _CALLERS.items() if lowered.endswith(suffix)), None)
        return Found(file, name, how, "" if how else "not a file that narrows reads")
    if place == "lambda" and rest.startswith(CONCURRENCY) and lowered.endswith(".json"):
        # Of a function without any reserved concurrency AWS's command line writes an empty file.
        return Found(file, name, How.JSON if file.stat().st_size else None, "is empty")
    if lowered.endswith(".json") and (
        place == "cloudwatch"
        or name in _FIXED
        or (place in ("elasticache", "rds") and is_read(load_json(folder, file)))
        or (place in ("lambda", "ec2") and kind_in(load_json(folder, file)))
    ):
        return Found(file, name, How.JSON)
    return Found(file, name, None, "not a file that narrows reads")


_HEADS = {
    "": (_QUOTAS,),
    "lambda": (CONCURRENCY,),
    "cloudwatch": (ALARMS_HEAD,),
    "elasticache": ("replication-group-",),
    "rds": ("db-instances-", PARAMETERS),
}
"""What names of files begin with, by their folder, that says what they hold."""
_CALLERS = {
    ".log": How.LOG_LINES, ".txt": How.LOG_LINES, ".json": How.LOG_EVENTS, ".parquet": How.OUTCOMES,
}  # fmt: skip
_SENSOR = {
    ".jsonl": How.LOG_LINES, ".log": How.LOG_LINES, ".txt": How.LOG_LINES, ".json": How.LOG_EVENTS,
}  # fmt: skip


def image_of(name: str, redactor: Redactor) -> str:
    """What a file is called in the redacted case: where it stands and its suffix stay."""
    if name in _FIXED:
        return name
    place, _, rest = name.rpartition("/")
    match = _SUFFIXES.fullmatch(rest)
    stem, suffix = (match["stem"], match["suffix"]) if match else (rest, "")
    head = next((one for one in _HEADS.get(place, ()) if stem.startswith(one)), "")
    image = f"{head}{redactor.path(stem[len(head) :])}{suffix}"
    room, *below = place.split("/") if place else ("",)
    return "/".join(filter(None, (room, *map(redactor.path, below), image)))
