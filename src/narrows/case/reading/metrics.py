"""CloudWatch: each ``NAME.results.json`` beside the ``NAME.queries.json`` that says what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrows.aws_ids import DIMENSION, METRIC, PATTERNS
from narrows.bounds import DATAPOINTS
from narrows.case.cloudwatch_names import ANSWERED, ASKED, NAT_NAMESPACE
from narrows.case.model import Metrics, Series
from narrows.case.reading.alarms import is_file_of_alarms
from narrows.case.reading.aws_files import what_is
from narrows.case.reading.aws_json import Record, load_json
from narrows.case.reading.datapoints import left_out, points
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.statistics import read_statistics
from narrows.errors import InputError
from narrows.network import Network

_MEMBERS = {"MetricDataQueries": ASKED, "MetricDataResults": ANSWERED}
_OTHERS = {"MetricDataQueries": {"Timestamps", "Values"}, "MetricDataResults": {"MetricStat", "Expression"}}
"""What shows that an object is of the other member."""

_LONGEST_PERIOD = 455 * 86_400
"""Seconds; CloudWatch keeps no metric for longer."""


@dataclass(frozen=True, slots=True)
class _Query:
    """One of the metrics that were asked for."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    stat: str
    period: int


def read_metrics(folder: CaseFolder, network: Network) -> Metrics:
    """Every series in ``cloudwatch/``.

    Raises:
        InputError: a file cannot be read, or holds something else than its name says.
    """
    series: list[Series] = []
    for file in folder.files("cloudwatch", ".json"):
        if is_file_of_alarms(file.name):
            continue
        if file.name.lower().endswith(ASKED):
            if not folder.exists(_beside(file, ASKED, ANSWERED)):
                folder.note(file, f"was asked, but there is no {_beside(file, ASKED, ANSWERED).name}")
            continue
        answer = load_json(folder, file)
        if file.name.lower().endswith(ANSWERED):
            asked = _beside(file, ANSWERED, ASKED)
            if not folder.exists(asked):
                results = _records(answer, file, "MetricDataResults")
                text = f"{len(results)} results passed over: {asked.name} is missing, which says what they are"
                folder.note(file, text)
                continue
            queries = _queries(folder, asked)
            series += _series(folder, file, _records(answer, file, "MetricDataResults"), queries)
        else:
            series += read_statistics(folder, file, answer, network)
        del answer
        if sum(len(one.times) for one in series) > DATAPOINTS:
            problem = f"with it there are more than {DATAPOINTS:,} datapoints in cloudwatch/"
            raise InputError(problem, file=file, advice="ask for a shorter time, or for fewer metrics")
    return Metrics(tuple(series))


def _beside(file: Path, ending: str, other: str) -> Path:
    return file.with_name(file.name[: -len(ending)] + other)


def _records(answer: Any, file: Path, member: str) -> list[Record]:
    """The objects in that member of an answer, in all its pages; or of the bare list."""
    pages = answer if isinstance(answer, list) else [answer]
    found: list[Record] = []
    for index, page in enumerate(pages):
        record = Record.of(page, file, f"[{index}]" if isinstance(answer, list) else "")
        if member in record.data:
            found += record.records(member)
        elif record.text("Id") is not None and not _OTHERS[member].intersection(record.data):
            found.append(record)
        else:
            other = what_is(record.data)
            problem = f"holds {other}" if other else f"holds no {member}"
            advice = f"{_MEMBERS[member][1:]} files hold {member}"
            raise InputError(problem, file=file, place=record.place or None, advice=advice)
    return found


def _queries(folder: CaseFolder, file: Path) -> dict[str, _Query | None]:
    """What was asked, by Id; None for what is computed from other metrics."""
    queries: dict[str, _Query | None] = {}
    for record in _records(load_json(folder, file), file, "MetricDataQueries"):
        name, asked = record.need("Id"), record.record("MetricStat")
        if asked is None:
            folder.note(file, f"{name} is an expression, not a metric: passed over")
            queries[name] = None
            continue
        metric = asked.record("Metric")
        if metric is None:
            raise asked.error("has no Metric")
        period = asked.whole("Period")
        if period is None or not 1 <= period <= _LONGEST_PERIOD:
            raise asked.error(f"has no Period of 1 to {_LONGEST_PERIOD:,} seconds")
        dimensions = dict(map(_dimension, metric.records("Dimensions")))
        queries[name] = _Query(
            metric.text("Namespace") or "", metric.need("MetricName"), dimensions, asked.need("Stat"), period
        )
    return queries


def _dimension(record: Record) -> tuple[str, str]:
    name = record.need("Name", METRIC)
    return name, record.need("Value", PATTERNS.get(name, DIMENSION))


def _series(
    folder: CaseFolder, file: Path, results: list[Record], queries: Mapping[str, _Query | None]
) -> list[Series]:
    pages: dict[str, list[Record]] = {}
    for record in results:
        pages.setdefault(record.need("Id"), []).append(record)
    found: list[Series] = []
    for name, parts in pages.items():
        if name not in queries:
            folder.note(file, f"{name} passed over: the queries beside it do not ask for it")
            continue
        query = queries[name]
        if query is None:
            continue
        # Of an answer in pages all but the last say PartialData.
        status = parts[-1].text("StatusCode")
        partial = status not in (None, "Complete")
        times, values, strange = points(parts, "Timestamps", "Values")
        one = Series(
            query.namespace, query.metric, query.dimensions, query.stat, query.period, times, values,
            f"{folder.source(file)}, {name}", partial,
        )  # fmt: skip
        of = ", ".join([query.metric, *query.dimensions.values()])
        if strange:
            folder.note(file, f"{name} ({of}): {left_out(strange)}")
        if partial:
            messages = "; ".join(message.text("Value") or "" for part in parts for message in part.records("Messages"))
            folder.note(file, f"{name} ({of}): CloudWatch answered {status}{messages and f': {messages}'}")
        # Lambda reports nothing for a minute without invocations; a NAT gateway reports every minute.
        if one.missing() and one.namespace == NAT_NAMESPACE:
            folder.note(file, f"{name} ({of}): {one.missing()} periods of {query.period} s have no datapoint")
        found.append(one)
    for name, query in queries.items():
        if query is not None and name not in pages:
            folder.note(file, f"{name} ({query.metric}) was asked, but has no answer")
    return found
