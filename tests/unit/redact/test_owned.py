"""Files of destinations that the account owns: their names are gone, and the diagnosis is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.limits import ELASTICACHE_CONNECTIONS
from oracles.redaction import compare, said_by_diagnosis
from tests.aws.owned_accounts import POSTGRES, REDIS, account, cache, count, databases, instance

INSTANCES = {
    "DBInstances": [
        instance("orders", "orders-pg16") | {"Endpoint": {"Address": POSTGRES, "Port": 5432}, "DBName": "zebra"}
    ]
}


def with_destination(folder: Path, host: str, port: int) -> Path:
    about = (folder / "case.yaml").read_text()
    (folder / "case.yaml").write_text(f"{about}destinations:\n  own: {{name: {host}, port: {port}}}\n")
    return folder


@pytest.mark.parametrize("value", ["100", "LEAST({DBInstanceClassMemory/9531392},5000)"], ids=["number", "formula"])
def test_a_database_says_the_same_under_another_name(tmp_path: Path, value: str) -> None:
    files = databases(value) | {"rds/db-instances-orders.json": INSTANCES}
    files["rds/db-parameters-orders-pg16.json"] = files.pop("rds/parameters.json")
    files["rds/instances.json"] = {"DBProxies": [{"DBProxyName": "orders"}]}
    case = with_destination(account(tmp_path / "case", POSTGRES, files, count(100)), POSTGRES, 5432)
    found = compare(case, tmp_path / "out")
    assert (found.different, found.leaks) == ([], [])
    assert said_by_diagnosis(case)["narrows"] == ("destination-connection-limit" if value == "100" else None)
    names = sorted(one.name for one in (tmp_path / "out" / "rds").iterdir())
    # A file that narrows does not read is left out.
    assert [one.rpartition("-")[0].startswith(("db-instances", "db-parameters-")) for one in names] == [True, True]
    everything = "".join(one.read_text() for one in (tmp_path / "out").rglob("*.json")) + "".join(names)
    for word in ("orders", "wumpus", "zebra", "c1a2b3d4e5f6"):
        assert word not in everything
    (name,) = read_case(tmp_path / "out").owned.databases
    assert read_case(tmp_path / "out").owned.databases[name].max_connections == (100 if value == "100" else None)


def test_the_nodes_of_a_cache_stay_those_of_its_group(tmp_path: Path) -> None:
    groups, counts = cache(ELASTICACHE_CONNECTIONS.value)
    files = {"elasticache/replication-group-sessions.json": groups["elasticache/groups.json"]}
    case = with_destination(account(tmp_path / "case", REDIS, files, counts), REDIS, 6379)
    found = compare(case, tmp_path / "out")
    assert (found.different, found.leaks) == ([], [])
    ((group, nodes),) = read_case(tmp_path / "out").owned.nodes.items()
    assert nodes == (f"{group}-001", f"{group}-002")
    (file,) = (tmp_path / "out" / "elasticache").iterdir()
    assert file.name == f"replication-group-{group}.json"
    assert "sessions" not in file.read_text()
