"""CloudWatch: what was asked (MetricDataQueries) and what GetMetricData answered, by the minute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from narrows.case.cloudwatch_names import (
    LAMBDA_DIMENSION,
    LAMBDA_METRICS,
    LAMBDA_NAMESPACE,
    NAT_DIMENSION,
    NAT_METRICS,
    NAT_NAMESPACE,
    NAT_OPEN,
    NAT_PORT_ERRORS,
    PERIOD,
    Metric,
)
from narrows.recording import FunctionSeries, NatSeries, Recording
from narrows.writing.layout import Layout
from narrows.writing.vpc import Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_QUERIES = 500
"""Of one call of GetMetricData."""
_TEN_SECONDS = 10
"""What PeakBytesPerSecond and PeakPacketsPerSecond are averaged over."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One metric of one resource by the minute."""

    namespace: str
    dimension: tuple[str, str]
    metric: Metric
    moments: NDArray[np.int64]
    """Start of each minute, seconds since 1970."""
    values: NDArray[np.float64]


def cloudwatch_files(layout: Layout, recording: Recording) -> dict[str, Any]:
    """Content by file name, as many pairs as GetMetricData needs calls."""
    minutes = Minutes(recording)
    nat = [one for name, series in recording.nat_gateways.items() for one in _nat(layout, minutes, name, series)]
    functions = [one for name, series in recording.functions.items() for one in _function(minutes, name, series)]
    files: dict[str, Any] = {}
    for name, answers in (("nat-gateways", iter(nat)), ("functions", iter(functions))):
        number = 1
        while part := list(islice(answers, _MOST_QUERIES)):
            stem = name if number == 1 else f"{name}-{number}"
            files[f"{stem}.queries.json"] = [_query(index, one) for index, one in enumerate(part)]
            files[f"{stem}.results.json"] = {
                "MetricDataResults": [_result(index, one) for index, one in enumerate(part)],
                "Messages": [],
            }
            number += 1
    return files


class Minutes:
    """The minutes of the clock that a recording covers."""

    def __init__(self, recording: Recording) -> None:
        import numpy as np

        first = int(recording.start.timestamp())
        of_second = (first + np.arange(recording.seconds, dtype=np.int64)) // PERIOD
        self.starts: NDArray[np.intp] = np.flatnonzero(np.diff(of_second, prepend=-1))
        """The second of the recording at which each minute starts."""
        self.moments: NDArray[np.int64] = of_second[self.starts] * PERIOD

    def sum(self, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        import numpy as np

        return np.add.reduceat(seconds, self.starts).astype(np.float64)

    def largest(self, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        import numpy as np

        return np.maximum.reduceat(seconds, self.starts).astype(np.float64)

    def peak(self, seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        """The largest of the averages over ten seconds of each minute."""
        import numpy as np

        found = []
        for start, end in zip(self.starts, [*self.starts[1:], len(seconds)], strict=True):
            part = seconds[start:end]
            sums = np.add.reduceat(part, np.arange(0, len(part), _TEN_SECONDS))
            found.append(sums.max() / _TEN_SECONDS)
        return np.array(found, np.float64)


def _nat(layout: Layout, minutes: Minutes, name: str, series: NatSeries) -> Iterator[_Answer]:
    """Every metric of a NAT gateway, zeros included: AWS reports all of them for each minute."""
    packets_in = series.packets_out + series.packets_dropped
    values: Mapping[str, NDArray[np.float64]] = {
        NAT_OPEN: minutes.largest(series.active),
        "BytesInFromDestination": minutes.sum(series.bytes_out),
        "BytesInFromSource": minutes.sum(series.bytes_out),
        "BytesOutToDestination": minutes.sum(series.bytes_out),
        "BytesOutToSource": minutes.sum(series.bytes_out),
        "ConnectionAttemptCount": minutes.sum(series.attempts),
        "ConnectionEstablishedCount": minutes.sum(series.established),
        NAT_PORT_ERRORS: minutes.sum(series.port_allocation_errors),
        "IdleTimeoutCount": minutes.sum(series.idle_timeouts),
        "PacketsDropCount": minutes.sum(series.packets_dropped),
        "PacketsInFromDestination": minutes.sum(series.packets_out),
        "PacketsInFromSource": minutes.sum(packets_in),
        "PacketsOutToDestination": minutes.sum(series.packets_out),
        "PacketsOutToSource": minutes.sum(series.packets_out),
        "PeakBytesPerSecond": minutes.peak(2 * series.bytes_out),
        "PeakPacketsPerSecond": minutes.peak(packets_in + series.packets_out),
    }
    resource = layout.nats[name].id if name in layout.nats else layout.ids.of("nat", name)
    for metric in NAT_METRICS.values():
        yield _Answer(NAT_NAMESPACE, (NAT_DIMENSION, resource), metric, minutes.moments, values[metric.name])


def _function(minutes: Minutes, name: str, series: FunctionSeries) -> Iterator[_Answer]:
    """The metrics of a function. Lambda reports none for a minute in which nothing was invoked."""
    import numpy as np

    invocations, throttles = minutes.sum(series.invocations), minutes.sum(series.throttles)
    busy = minutes.largest(series.busy)
    for metric, values, there in (
        ("Invocations", invocations, invocations > 0),
        ("Throttles", throttles, (invocations > 0) | (throttles > 0)),
        ("ConcurrentExecutions", busy, busy > 0),
    ):
        kept = np.flatnonzero(there)
        dimension = (LAMBDA_DIMENSION, name)
        yield _Answer(LAMBDA_NAMESPACE, dimension, LAMBDA_METRICS[metric], minutes.moments[kept], values[kept])


def _query(index: int, answer: _Answer) -> Shape:
    name, value = answer.dimension
    return {
        "Id": f"m{index}",
        "MetricStat": {
            "Metric": {
                "Namespace": answer.namespace,
                "MetricName": answer.metric.name,
                "Dimensions": [{"Name": name, "Value": value}],
            },
            "Period": PERIOD,
            "Stat": answer.metric.stat,
        },
        "ReturnData": True,
    }


def _result(index: int, answer: _Answer) -> Shape:
    """Newest first, as GetMetricData answers when it is not asked otherwise."""
    return {
        "Id": f"m{index}",
        "Label": answer.metric.name,
        "Timestamps": [datetime.fromtimestamp(one, UTC).isoformat() for one in reversed(answer.moments.tolist())],
        "Values": answer.values[::-1].tolist(),
        "StatusCode": "Complete",
    }
