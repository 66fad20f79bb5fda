"""A case folder in AWS's own shapes: what an incident's writer fills."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from oracles.incidents.world.functions import Functions
from oracles.incidents.world.ids import ACCOUNT, Known, Record, id_of
from oracles.incidents.world.log import Log
from oracles.incidents.world.measured import Values

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""Of every window that an incident does not set itself."""


class CaseFolder(Functions):
    """A case that is being put together; ``write`` puts it on disk."""

    def __init__(self) -> None:
        super().__init__()
        self.start = START
        self.minutes = 60
        """Of the window: set both before anything that has a time."""
        self.about: Record = {}
        self.files: dict[str, Any] = {}
        """Further files by their path: JSON, text or bytes."""
        self._without: list[str] = []
        self._metrics: dict[str, list[tuple[Record, Record]]] = {}
        self._logs: dict[str, Log] = {}

    def yaml(self, **keys: Any) -> None:
        """Keys of ``case.yaml``: functions, destinations, reported; window and region are there anyway.

        A key that is None is left out.
        """
        self.about |= keys

    def file(self, path: str, content: Any) -> None:
        """A file as it stands: JSON, text or bytes; in place of what the builder would write there."""
        self.files[path] = content

    def without(self, *beginnings: str) -> None:
        """Leave files out, by how their paths begin: ``ec2/network-acls``, ``lambda``, ``cloudwatch/nat``."""
        self._without += beginnings

    def quotas(self, service: str = "vpc", **codes: float) -> None:
        """Applied quotas: ``quotas("vpc", **{"L-DF5E4CA3": 5000})``."""
        listed = [
            {
                "ServiceCode": service,
                "QuotaArn": f"arn:aws:servicequotas:{self.region}:{ACCOUNT}:{service}/{code}",
                "QuotaCode": code,
                "Value": float(value),
                "Unit": "None",
                "Adjustable": True,
                "GlobalQuota": False,
            }
            for code, value in codes.items()
        ]
        self.files[f"service-quotas-{service}.json" if service != "vpc" else "service-quotas.json"] = {"Quotas": listed}

    def metric(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        values: Values,
        *,
        stat: str = "Sum",
        period: int = 60,
        first: int = 0,
        file: str | None = None,
    ) -> None:
        """A metric with one value each ``period`` seconds from minute ``first`` on; None: no datapoint.

        As CloudWatch answers unless asked otherwise, the latest stands first.
        """
        resource = list(dimensions.values())[-1] if dimensions else namespace
        pairs = self._metrics.setdefault(file or resource.replace("/", "-"), [])
        id = f"m{len(pairs) + 1}"
        about = {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        query = {"Id": id, "MetricStat": {"Metric": about, "Period": period, "Stat": stat}, "ReturnData": True}
        began = self.start + timedelta(minutes=first)
        points = [
            ((began + timedelta(seconds=index * period)).isoformat(), float(value))
            for index, value in enumerate(values)
            if value is not None
        ][::-1]
        result = {
            "Id": id,
            "Label": f"{resource} {name}",
            "Timestamps": [time for time, _ in points],
            "Values": [value for _, value in points],
            "StatusCode": "Complete",
        }
        pairs.append((query, result))

    def function_metrics(self, name: str, *, period: int = 60, first: int = 0, **series: Values) -> None:
        """Metrics of a function: invocations, errors, throttles, duration (Maximum), average, concurrent."""
        known = {
            "invocations": ("Invocations", "Sum"),
            "errors": ("Errors", "Sum"),
            "throttles": ("Throttles", "Sum"),
            "duration": ("Duration", "Maximum"),
            "average": ("Duration", "Average"),
            "concurrent": ("ConcurrentExecutions", "Maximum"),
        }
        for key, values in series.items():
            metric, stat = known[key]
            self.metric(
                "AWS/Lambda", metric, {"FunctionName": name}, values, stat=stat, period=period, first=first
            )  # fmt: skip

    def nat_metrics(self, nat: Known, *, period: int = 60, first: int = 0, **series: Values) -> None:
        """Metrics of a NAT gateway: errors, active, attempts, established, idle, drops, packets_out, packets_in,
        bytes_out, bytes_in, peak_bytes, peak_packets."""
        known = {
            "errors": ("ErrorPortAllocation", "Sum"),
            "active": ("ActiveConnectionCount", "Maximum"),
            "attempts": ("ConnectionAttemptCount", "Sum"),
            "established": ("ConnectionEstablishedCount", "Sum"),
            "idle": ("IdleTimeoutCount", "Sum"),
            "drops": ("PacketsDropCount", "Sum"),
            "packets_out": ("PacketsInFromSource", "Sum"),
            "packets_in": ("PacketsInFromDestination", "Sum"),
            "bytes_out": ("BytesInFromSource", "Sum"),
            "bytes_in": ("BytesInFromDestination", "Sum"),
            "peak_bytes": ("PeakBytesPerSecond", "Maximum"),
            "peak_packets": ("PeakPacketsPerSecond", "Maximum"),
        }
        for key, values in series.items():
            metric, stat = known[key]
            self.metric(
                "AWS/NATGateway", metric, {"NatGatewayId": id_of(nat)}, values, stat=stat, period=period, first=first
            )

    def log(self, function: str, *, tail: bool = False, file: str | None = None) -> Log:
        """The log of a function: as ``aws logs filter-log-events`` answers, or as ``aws logs tail`` prints it."""
        path = file or f"callers/{function}.{'log' if tail else 'json'}"
        if path not in self._logs:
            self._logs[path] = Log(function, self.start, tail)
        return self._logs[path]

    def contents(self) -> dict[str, Any]:
        """Every file by its path."""
        found: dict[str, Any] = {"case.yaml": self._case_yaml(), **self.answers()}
        if self.functions:
            found["lambda/functions.json"] = {"Functions": self.functions}
        for name, configuration in self.configurations.items():
            found[f"lambda/function-{name}.json"] = configuration
        for name, pairs in self._metrics.items():
            found[f"cloudwatch/{name}.queries.json"] = [query for query, _ in pairs]
            found[f"cloudwatch/{name}.results.json"] = {
                "MetricDataResults": [result for _, result in pairs],
                "Messages": [],
            }
        found |= {path: log.content() for path, log in self._logs.items()}
        found |= self.files
        return {path: content for path, content in found.items() if not path.startswith(tuple(self._without))}

    def _case_yaml(self) -> str:
        end = self.start + timedelta(minutes=self.minutes)
        window = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (self.start, end)]
        about = {"schema": 1, "region": self.region, "window": window, **self.about}
        return yaml.safe_dump({key: value for key, value in about.items() if value is not None}, sort_keys=False)

    def write(self, folder: Path) -> Path:
        """Write the case to a folder."""
        for path, content in self.contents().items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            else:
                # Python writes what is indented ten times as slowly, and logs are most of a case.
                indent = None if path in self._logs else 4
                text = content if isinstance(content, str) else json.dumps(content, indent=indent)
                file.write_text(text, encoding="utf-8")
        return folder
