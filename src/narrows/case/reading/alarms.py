"""Alarms of CloudWatch: ``cloudwatch/alarms.json``, what DescribeAlarms answered.

Only the lint looks at them: a diagnosis goes by what the metrics say, and never by who was told of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrows.bounds import RESOURCES
from narrows.case.cloudwatch_names import ALARM_WORDS, ANSWERED, ASKED
from narrows.case.reading.aws_files import what_is
from narrows.case.reading.aws_json import Budget, Record, load_json
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError

FOLDER, NAME, HEAD = "cloudwatch", "alarms.json", "alarms-"
FILE = f"{FOLDER}/{NAME}"
ALARMS, COMPOSITES = "MetricAlarms", "CompositeAlarms"
"""The members of an answer of DescribeAlarms."""
TOLD_BY = ("Namespace", "MetricName", "Dimensions", "Metrics")
"""The members of an alarm that say what it looks at."""
READ = (
    "AlarmName", *TOLD_BY, "Statistic", "ExtendedStatistic", "Period", "EvaluationPeriods", "DatapointsToAlarm",
    "Threshold", "ComparisonOperator",
)  # fmt: skip
"""The members of an alarm that narrows reads. Whom it tells, and what its owner wrote about it, are none of them."""
TOKEN = "NextToken"
"""The member of an answer that says that further alarms are not in it."""
_COMMAND = "aws cloudwatch describe-alarms"


@dataclass(frozen=True, slots=True)
class Alarms:
    """The alarms of a case that look at NAT gateways and functions."""

    records: tuple[Record, ...]
    whole: bool
    """Whether the account has no others: False where an answer ends before the last page."""


def is_file_of_alarms(name: str) -> bool:
    """Whether a file of ``cloudwatch/`` holds alarms, by its name: ``alarms.json``, or ``alarms-NAME.json``."""
    lowered = name.lower()
    return (
        (lowered == NAME or lowered.startswith(HEAD))
        and lowered.endswith(".json")
        and not lowered.endswith((ASKED, ANSWERED))
    )


def read_alarms(folder: CaseFolder) -> Alarms | None:
    """Every alarm on a NAT gateway or a function; None where the case has no file of alarms.

    One that stands in two files counts once, as ``alarms.json`` says it.

    Raises:
        InputError: a file cannot be read, or holds something else.
    """
    files = [file for file in folder.files(FOLDER, ".json") if is_file_of_alarms(file.name)]
    if not files:
        return None
    files.sort(key=lambda file: (file.name != NAME, file.name))
    budget, whole = Budget(), True
    alarms: dict[str, Record] = {}
    for file in files:
        answer = load_json(folder, file, budget)
        pages = answer if isinstance(answer, list) else [answer]
        records = [Record.of(page, file, f"[{i}]" if isinstance(answer, list) else "") for i, page in enumerate(pages)]
        for record in records:
            for alarm in _alarms_in(record):
                alarms.setdefault(alarm.need("AlarmName"), alarm)
        whole &= not records or records[-1].text(TOKEN) is None
        _check_count(alarms, file)
    return Alarms(tuple(alarms.values()), whole)


def _alarms_in(page: Record) -> list[Record]:
    """The alarms in an answer, or the one that an object is, if narrows has something to say of them."""
    if ALARMS in page.data or COMPOSITES in page.data:
        found = page.records(ALARMS)
    elif "AlarmName" in page.data:
        found = [page]
    else:
        other = what_is(page.data)
        problem = f"holds {other}, not the answer of DescribeAlarms" if other else "holds no alarms"
        raise page.error(problem, f"write it with: {_COMMAND}")
    return [alarm for alarm in found if _looks_at_the_way(alarm.data)]


def _looks_at_the_way(alarm: Mapping[str, Any]) -> bool:
    """Whether an alarm may be about a NAT gateway or a function, however that is spelled in it.

    ``questions.alarms`` asks JMESPath the same.
    """
    told = json.dumps([alarm.get(member) for member in TOLD_BY])
    return any(word in told for word in ALARM_WORDS)


def _check_count(alarms: Mapping[str, Record], file: Path) -> None:
    if len(alarms) > RESOURCES:
        raise InputError(f"with it there are more than {RESOURCES:,} alarms in the case", file=file)
