"""Rows for Parquet, and what type each column should be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from narrows.case.flow_log_fields import INT_32, INT_64, field_of
from tests.fuzz import corpus

_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

OUTCOME_TYPES: dict[str, Any] = {
    "time": pa.timestamp("us", "UTC"), "function": pa.string(), "environment": pa.int32(), "destination": pa.string(),
    "outcome": pa.string(), "seconds": pa.float32(),
}  # fmt: skip
OUTCOMES: list[dict[str, Any]] = [
    {"time": _NOON.replace(second=k), "function": "app", "environment": k % 5, "destination": "cache", "outcome": word,
     "seconds": k / 3}
    for k, word in enumerate(("established", "timed-out", "refused", "reset", "no-name", "no-descriptor", "nonsense"))
]  # fmt: skip


def _type(field: str) -> Any:
    return pa.int32() if field in INT_32 else pa.int64() if field in INT_64 else pa.string()


def _flow_rows() -> list[dict[str, Any]]:
    found = []
    header, *lines = corpus.text("flow-logs/v5.log").splitlines()
    for line in lines:
        row: dict[str, Any] = {}
        for name, word in zip(header.split(), line.split(), strict=True):
            field = field_of(name) or name
            number = field in INT_32 | INT_64
            row[field.replace("-", "_")] = None if number and word == "-" else int(word) if number else word
        found.append(row)
    return found


FLOWS = _flow_rows()
FLOW_TYPES = {name: _type(name.replace("_", "-")) for name in FLOWS[0]}
