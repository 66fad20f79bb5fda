"""GetMetricStatistics: an answer that names its metric but not its resource, used where only one can be meant."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from narrows.case.cloudwatch_names import LAMBDA_METRICS, LAMBDA_NAMESPACE, NAT_METRICS, NAT_NAMESPACE
from narrows.case.model import Series
from narrows.case.reading.alarms import ALARMS, HEAD
from narrows.case.reading.aws_json import Record
from narrows.case.reading.datapoints import arrays, left_out, moment_of
from narrows.case.reading.folder import CaseFolder
from narrows.network import Network

_STATS = ("Sum", "Maximum", "Minimum", "Average", "SampleCount")
_USUAL_PERIOD = 60
"""Seconds; a single datapoint does not show its period, and both namespaces are recorded by the minute."""


def read_statistics(folder: CaseFolder, file: Path, answer: Any, network: Network) -> list[Series]:
    """The series in a file that may be an answer of GetMetricStatistics; none, and a note, where it is of no use.

    The resource is the one whose id or name stands in the file's name, else the only one there is.
    """
    pages = answer if isinstance(answer, list) else [answer]
    records = [Record.of(page, file, "") for page in pages]
    if any(ALARMS in record.data for record in records):
        folder.note(file, f"passed over: it holds alarms; call it {HEAD}NAME.json")
        return []
    if not all("Datapoints" in record.data for record in records):
        folder.note(file, "passed over: it is neither NAME.queries.json nor NAME.results.json")
        return []
    found = []
    for record in records:
        metric = record.text("Label") or ""
        where = _resource(metric, file.name, network)
        if where is None:
            folder.note(
                file, f"passed over: nothing says which resource '{metric}' is of; put its id in the file's name, or "
                "use get-metric-data with the queries beside it",
            )  # fmt: skip
            continue
        namespace, dimension, resource = where
        found += _series(folder, record, namespace, metric, {dimension: resource}, folder.source(file))
    return found


def _resource(metric: str, file: str, network: Network) -> tuple[str, str, str] | None:
    if metric in NAT_METRICS:
        namespace, dimension, names = NAT_NAMESPACE, "NatGatewayId", list(network.nat_gateways)
    elif metric in LAMBDA_METRICS:
        namespace, dimension, names = LAMBDA_NAMESPACE, "FunctionName", list(network.functions)
    else:
        return None
    named = [name for name in names if name in file]
    named = [name for name in named if not any(name != other and name in other for other in named)]
    if len(named) == 1:
        return namespace, dimension, named[0]
    return (namespace, dimension, names[0]) if len(names) == 1 and not named else None


def _series(
    folder: CaseFolder, record: Record, namespace: str, metric: str, dimensions: dict[str, str], source: str
) -> list[Series]:
    datapoints = record.records("Datapoints")
    timed = [(moment, one) for one in datapoints if (moment := moment_of(one, "Timestamp")) is not None]
    if len(timed) < len(datapoints):
        folder.note(source, left_out(len(datapoints) - len(timed)))
    found = []
    for stat in _STATS:
        values = {moment: value for moment, one in timed if (value := one.number(stat)) is not None}
        if values:
            order = sorted(values)
            gaps = [later - earlier for earlier, later in pairwise(order)]
            period = min(gaps, default=_USUAL_PERIOD)
            found.append(
                Series(namespace, metric, dimensions, stat, period, *arrays(values), f"{source}, {metric} {stat}")
            )
    return found
