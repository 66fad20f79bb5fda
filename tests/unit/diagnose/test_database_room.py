"""A database of RDS beside the ``max_connections`` that its parameter group says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.diagnose import CauseResult
from tests.unit.diagnose.by_hand import ABOUT, MINUTES, bare, cause_of, log, metrics

HOST = "orders.c1a2b3d4e5f6.us-east-1.rds.amazonaws.com"
TIMEOUT = f"ConnectTimeoutError: Connection to {HOST} timed out. (connect timeout=30)"
OF_ORDERS = "AWS/RDS", "DBInstanceIdentifier", "orders"
GROUP = {"DBParameterGroupName": "pg", "ParameterApplyStatus": "in-sync"}


def room(most: str) -> dict[str, Any]:
    """What RDS says."""
    return {
        "rds/a.json": {"DBInstances": [{"DBInstanceIdentifier": "orders", "DBParameterGroups": [GROUP]}]},
        "rds/b.json": {
            "DBParameterGroupName": "pg",
            "Parameters": [{"ParameterName": "max_connections", "ParameterValue": most}],
        },
    }


def full(folder: Path, values: list[float], most: str = "100", stat: str = "Maximum") -> CauseResult:
    """What is said of a database with so many connections, minute by minute; connects to it fail in minute 5."""
    own = metrics(OF_ORDERS, {("DatabaseConnections", stat): values})
    about = ABOUT.replace("cache.example.com", HOST)
    return cause_of(bare(folder, log(*[TIMEOUT] * 9), own, room(most), about=about), "destination-connection-limit")


def against(cause: CauseResult) -> bool:
    return any(one.weight < 0 and "peaked at" in one.text for one in cause.evidence)


def test_at_its_limit_it_is_confirmed(tmp_path: Path) -> None:
    found = full(tmp_path, [100.0] * MINUTES)
    assert found.status == "confirmed"
    assert found.limit is not None
    assert (found.limit.id, found.limit.value) == ("rds-max-connections", 100)
    assert found.evidence[0].source.endswith("; rds/b.json")


def test_far_below_speaks_against(tmp_path: Path) -> None:
    assert against(full(tmp_path, [40.0] * MINUTES))


@pytest.mark.parametrize("peak", [95.0, 97.0])
def test_where_only_what_an_engine_keeps_for_itself_is_free_nothing_is_sure(tmp_path: Path, peak: float) -> None:
    found = full(tmp_path, [peak] * MINUTES)
    assert found.status != "confirmed"
    assert not against(found)
    assert any("may keep some" in one.text for one in found.evidence)


def test_an_average_below_its_limit_says_nothing(tmp_path: Path) -> None:
    assert not against(full(tmp_path, [40.0] * MINUTES, stat="Average"))


def test_full_at_another_time_proves_nothing(tmp_path: Path) -> None:
    found = full(tmp_path, [10.0] * 11 + [100.0] * (MINUTES - 11))
    assert found.status != "confirmed"
    assert any("when no connect to it failed" in one.text for one in found.evidence)
