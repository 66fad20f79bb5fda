"""A simulated case as a live account holds it: log lines and Lambda's ``Errors`` in place of a table of outcomes."""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow.parquet
import yaml

ACCOUNT = "123456789012"
"""Whose it is."""
_LINES = {
    "timed_out": "Connection to {host} timed out. (connect timeout={seconds})",
    "refused": "[Errno 111] Connection refused: {host}",
    "reset": "[Errno 104] Connection reset by peer: {host}",
    "no_descriptor": "OSError: [Errno 24] Too many open files: {host}",
    "no_name": "[Errno -2] Name or service not known: {host}",
    "destination_full": "ERR max number of clients reached: {host}",
    "tls_timed_out": "_ssl.c:1015: The handshake operation timed out: {host}",
    "tls_cut": "EOF occurred in violation of protocol (_ssl.c:1016): {host}",
    "unreachable": "[Errno 113] No route to host: {host}",
    "invocation_timed_out": "Task timed out after {seconds} seconds",
}
"""As clients in Python print each outcome. What is not here fails nothing."""


def as_account(folder: Path) -> None:
    """Change a case in place. One without a table of outcomes stays as it is."""
    _own_flow_logs(folder)
    table = folder / "callers" / "outcomes.parquet"
    for name in ("truth.json", "written.json"):
        (folder / name).unlink(missing_ok=True)
    if not table.is_file():
        return
    rows = pyarrow.parquet.read_table(table).to_pylist()
    table.unlink()
    about = yaml.safe_load((folder / "case.yaml").read_text())
    hosts = {key: one.get("name", key) for key, one in (about.get("destinations") or {}).items()}
    # A function of which nothing failed has a log all the same, in which no line tells of a failure.
    events: dict[str, list[dict[str, Any]]] = {name: [] for name in about.get("functions") or ()}
    failed: Counter[tuple[str, int]] = Counter()
    for number, row in enumerate(rows):
        line = _LINES.get(row["outcome"])
        if line is None:
            continue
        at = int((row["time"].replace(tzinfo=UTC).timestamp() + row["seconds"]) * 1000)
        text = line.format(host=hosts.get(row["destination"], row["destination"]), seconds=f"{row['seconds']:.2f}")
        stream = f"2026/11/20/[$LATEST]{zlib.crc32(str(row['environment']).encode()):032x}"
        events.setdefault(row["function"], []).append(
            {
                "logStreamName": stream,
                "timestamp": at,
                "message": f"[ERROR]\t{_iso(at)}\t{number:08x}-0000-4000-8000-{number:012x}\t{text}\n",
                "ingestionTime": at + 1000,
                "eventId": f"{at:017d}{number:039d}",
            }
        )
        failed[row["function"], at // 60_000 * 60] += 1
    for function, said in events.items():
        said.sort(key=lambda one: (one["timestamp"], one["eventId"]))
        _write(folder / "callers" / f"{function}.json", {"events": said, "searchedLogStreams": []})
    _add_errors(folder / "cloudwatch", failed)


def _own_flow_logs(folder: Path) -> None:
    """Flow logs as S3 holds them: of the account itself, and of the flow log that DescribeFlowLogs tells of."""
    for file in sorted((folder / "flow-logs").rglob("*_vpcflowlogs_*")):
        _, _, region, flow_log, *_ = file.name.split("_")
        name = "_".join([ACCOUNT, *file.name.split("_")[1:]])
        day = file.parent.relative_to(folder / "flow-logs").parts[-3:]
        place = folder / "flow-logs" / "AWSLogs" / ACCOUNT / "vpcflowlogs" / region / Path(*day)
        place.mkdir(parents=True, exist_ok=True)
        file.rename(place / name)
        listed = folder / "ec2" / "flow-logs.json"
        if not listed.exists():
            vpc = json.loads((folder / "ec2" / "vpcs.json").read_text())["Vpcs"][0]["VpcId"]
            about = {
                "FlowLogId": flow_log,
                "ResourceId": vpc,
                "FlowLogStatus": "ACTIVE",
                "TrafficType": "ALL",
                "LogDestinationType": "s3",
                "LogDestination": "arn:aws:s3:::flow-logs-of-ours",
                "MaxAggregationInterval": 60,
            }
            _write(listed, {"FlowLogs": [about]})


def _iso(milliseconds: int) -> str:
    from datetime import datetime

    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def _add_errors(folder: Path, failed: Counter[tuple[str, int]]) -> None:
    """``Errors`` and ``Duration`` beside the metrics of functions: each failure is of an invocation of its minute."""
    asked, answered = folder / "functions.queries.json", folder / "functions.results.json"
    if not answered.is_file():
        return
    queries = json.loads(asked.read_text())
    results = json.loads(answered.read_text())
    listed = queries["MetricDataQueries"] if isinstance(queries, dict) else queries
    values = {one["Id"]: one for one in results["MetricDataResults"]}
    for query in list(listed):
        metric = query["MetricStat"]["Metric"]
        if metric["MetricName"] != "Invocations":
            continue
        function = metric["Dimensions"][0]["Value"]
        invocations = values[query["Id"]]
        minutes = [_seconds(moment) for moment in invocations["Timestamps"]]
        for name, stat, points in (
            (
                "Errors",
                "Sum",
                [
                    float(min(failed[function, minute], count))
                    for minute, count in zip(minutes, invocations["Values"], strict=True)
                ],
            ),
            ("Duration", "Maximum", [30_000.0 if failed[function, minute] else 20.0 for minute in minutes]),
        ):
            id = f"x{len(listed)}"
            listed.append(
                {
                    "Id": id,
                    "MetricStat": {**query["MetricStat"], "Metric": {**metric, "MetricName": name}, "Stat": stat},
                }
            )
            results["MetricDataResults"].append(
                {
                    "Id": id,
                    "Label": name,
                    "Timestamps": invocations["Timestamps"],
                    "Values": points,
                    "StatusCode": "Complete",
                }
            )
    _write(asked, queries)
    _write(answered, results)


def _seconds(moment: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(moment).timestamp())


def _write(file: Path, content: object) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    as_account(Path(sys.argv[1]))
