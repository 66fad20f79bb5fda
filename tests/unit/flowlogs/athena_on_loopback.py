"""Athena for tests: moto speaks its protocol, DuckDB runs the statements, read back from Athena's dialect.

So the client, the order of the statements, the partitions, the types and what is left behind are proved; that Athena's
own engine takes every function as sqlglot writes it is not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import sqlglot

_TYPES = {"HUGEINT": "bigint", "BIGINT": "bigint", "INTEGER": "integer", "DOUBLE": "double", "BOOLEAN": "boolean"}


@dataclass
class LoopbackAthena:
    """What stands behind moto's protocol.

    Args:
        folder: the flow logs, in the hive-compatible layout.
        bucket: where statements leave their files.
    """

    folder: Path
    bucket: Any
    scans: int = 0
    """Bytes that each statement says it scanned."""
    asked: list[str] = field(default_factory=list)
    manifests: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.db = duckdb.connect()
        self.db.execute('CREATE SCHEMA "default"')

    def run(self, query: str, number: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Rows and columns of a statement, as moto keeps them."""
        self.asked.append(query)
        if query.startswith("CREATE EXTERNAL TABLE"):
            self.db.execute(
                'CREATE OR REPLACE VIEW "default".narrows_flow_logs AS SELECT * FROM'
                f" read_parquet('{self.folder}/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)"
            )
            return [], []
        found = self.db.execute(sqlglot.transpile(query, read="athena", write="duckdb")[0])
        if query.startswith("CREATE TABLE"):
            self.bucket.put_object(Key=f"tables/{number}/part-0", Body=b"rows")
            listed = f"s3://{self.bucket.name}/tables/{number}/part-0\n"
            self.bucket.put_object(Key=f"tables/{number}-manifest.csv", Body=listed.encode())
            self.manifests[number] = f"s3://{self.bucket.name}/tables/{number}-manifest.csv"
        if not query.startswith("WITH"):
            return [], []
        columns = [
            {
                "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name,
                "Type": _TYPES.get(str(kind), "varchar"), "Precision": 19, "Scale": 0, "Nullable": "UNKNOWN",
                "CaseSensitive": False,
            }
            for name, kind in ((one[0], one[1]) for one in found.description or ())
        ]  # fmt: skip
        rows = [[column["Name"] for column in columns], *found.fetchall()]
        return [{"Data": [{} if one is None else {"VarCharValue": str(one)} for one in row]} for row in rows], columns

    def statistics(self, answer: str) -> str:
        """moto's answer to GetQueryExecution, with what it leaves out."""
        document = json.loads(answer)
        about = document["QueryExecution"]
        about["Statistics"]["DataScannedInBytes"] = self.scans
        if about["QueryExecutionId"] in self.manifests:
            about["Statistics"]["DataManifestLocation"] = self.manifests[about["QueryExecutionId"]]
        return json.dumps(document)


def install(monkeypatch: Any, loopback: LoopbackAthena) -> None:
    """Put it behind moto's protocol."""
    from moto.athena.models import AthenaBackend, QueryResults
    from moto.athena.responses import AthenaResponse

    start, about = AthenaBackend.start_query_execution, AthenaResponse.get_query_execution

    def start_query_execution(self: Any, query: str, *args: Any, **named: Any) -> str:
        number = str(start(self, query, *args, **named))
        rows, columns = loopback.run(query.strip(), number)
        self.query_results[number] = QueryResults(rows=rows, column_info=columns)
        return number

    monkeypatch.setattr(AthenaBackend, "start_query_execution", start_query_execution)
    monkeypatch.setattr(AthenaResponse, "get_query_execution", lambda self: loopback.statistics(about(self)))
