"""The datapoints of a case's CloudWatch files, and what coarser periods make of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.aws.account import Account, moment, objects

Name = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, metric and dimensions."""

_ASKED, _ANSWERED = ".queries.json", ".results.json"
_WEIGHT = "SampleCount"


@dataclass
class Series:
    """A metric of one resource."""

    label: str
    points: dict[tuple[str, int], dict[int, float]] = field(default_factory=dict)
    """Values by their time (seconds since 1970), of each statistic and period (seconds)."""

    @property
    def last(self) -> int:
        """Time of the last datapoint; 0 where there is none."""
        return max((time for points in self.points.values() for time in points), default=0)

    def holds(self, stat: str) -> bool:
        """Whether the case has this statistic of it."""
        return any(name == stat for name, _ in self.points)

    def by(self, stat: str, period: int, start: int) -> Iterator[tuple[int, float]]:
        """The datapoints of a statistic by periods of ``period`` from ``start`` on, as far as the case holds it.

        Periods are counted from ``start``: CloudWatch does so, where a client asks from within one.
        """
        held = sorted((own for name, own in self.points if name == stat and period % own == 0), reverse=True)
        if not held:
            return
        own = self.points[stat, held[0]]
        if held[0] == period:
            yield from own.items()
            return
        buckets: dict[int, list[int]] = {}
        for time in own:
            if time >= start:
                buckets.setdefault(start + (time - start) // period * period, []).append(time)
        for bucket, times in buckets.items():
            value = self._together(stat, held[0], times)
            if value is not None:
                yield bucket, value

    def _together(self, stat: str, period: int, times: list[int]) -> float | None:
        """One value of several; None for a percentile, which cannot be made of others."""
        values = [self.points[stat, period][time] for time in times]
        match stat:
            case "Sum" | "SampleCount":
                return sum(values)
            case "Maximum":
                return max(values)
            case "Minimum":
                return min(values)
            case "Average":
                weights = [self.points.get((_WEIGHT, period), {}).get(time, 1.0) for time in times]
                return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)
        return None


def series_of(account: Account) -> dict[Name, Series]:
    """Every metric of a case."""
    return {} if account.is_empty else account.once("series", lambda: _read(account.folder))


def _read(folder: Path) -> dict[Name, Series]:
    found: dict[Name, Series] = {}
    for file in sorted((folder / "cloudwatch").glob(f"*{_ASKED}")):
        answer = file.with_name(file.name.removesuffix(_ASKED) + _ANSWERED)
        if not answer.is_file():
            continue
        asked = {query["Id"]: query["MetricStat"] for query in _queries(file) if "MetricStat" in query}
        for result in (one for page in objects(answer) for one in page.get("MetricDataResults", ())):
            if result["Id"] in asked:
                _take(found, asked[result["Id"]], result)
    return found


def _queries(file: Path) -> Iterator[dict[str, Any]]:
    for one in objects(file):
        yield from one.get("MetricDataQueries", [one])


def _take(found: dict[Name, Series], stat: dict[str, Any], result: dict[str, Any]) -> None:
    metric = stat["Metric"]
    dimensions = frozenset((one["Name"], one["Value"]) for one in metric.get("Dimensions") or ())
    name = (metric["Namespace"], metric["MetricName"], dimensions)
    series = found.setdefault(name, Series(result.get("Label") or metric["MetricName"]))
    points = series.points.setdefault((stat["Stat"], stat["Period"]), {})
    for time, value in zip(result["Timestamps"], result["Values"], strict=True):
        points.setdefault(int(moment(time).timestamp()), float(value))
