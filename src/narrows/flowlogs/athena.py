"""Athena: the same statements in its dialect, over a table of the flow logs with partition projection."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from narrows.assumptions import Assumptions
from narrows.errors import InputError
from narrows.flowlogs.fields import INT_32, INT_64
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.quality import WANTED
from narrows.flowlogs.records import projection
from narrows.flowlogs.settings import settings
from narrows.flowlogs.statements import STAGES, Value, in_dialect, statement

if TYPE_CHECKING:
    from narrows.flowlogs.answer import Answer

TABLE = "narrows_flow_logs"
_GB = 10**9
_RESULTS = ("peaks", "minutes", "interfaces", "reasons", "bounds", "skipped", "habits", "unflagged")
_EXTRA = {
    "reasons": "SELECT reason, SUM(records) AS records FROM pairs GROUP BY reason",
    "skipped": "SELECT interface, SUM(records) AS records, MIN(first_s) AS first_s, MAX(last_s) AS last_s FROM pairs"
    " WHERE reason = 'skipdata' GROUP BY interface",
    "unflagged": "SELECT COALESCE(SUM(records), 0) AS n FROM pairs WHERE reason = 'used' AND protocol = 6"
    " AND flagged = 0",
}
"""Answers that are no stage of their own."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where Athena runs."""

    database: str = "default"
    workgroup: str = "primary"
    results: str | None = None
    """``s3://`` place for results; the workgroup's own when left out."""
    scan_limit: int = 100
    """Gigabytes that one statement may scan."""


def script(
    paths: Sequence[str],
    *,
    by: str = "key",
    window: tuple[int, int] | None = None,
    known: Sequence[KnownInterface] = (),
    engine: str = "athena",
    database: str = "default",
    assumed: Assumptions | None = None,
) -> str:
    """Every statement, for those who paste: the table, then one statement for peaks and one for minutes.

    For another engine than Athena: the stages in its dialect, one after the other.
    """
    told = settings(by, assumed or Assumptions())
    if engine != "athena":
        dialect = None if engine == "duckdb" else engine
        parts = [statement(stage, told) if dialect is None else in_dialect(statement(stage, told), dialect)
                 for stage in STAGES]  # fmt: skip
        return "\n\n".join(
            f"-- {stage}\nCREATE TEMPORARY VIEW {stage} AS\n{part.rstrip()};"
            for stage, part in zip(STAGES, parts, strict=True)
        )
    place = paths[0] if paths else "s3://YOUR-BUCKET/AWSLogs/"
    tables = [f"-- The table, once.\n{create_table(place, database)};"]
    tables += [f"-- {result}\n{select(result, told, window, known, database)};" for result in ("peaks", "minutes")]
    return "\n\n".join(tables)


def create_table(place: str, database: str, fields: Sequence[str] = WANTED) -> str:
    """The table of Parquet flow logs with hive-compatible hourly partitions, projected so that nothing need be loaded.

    Raises:
        InputError: ``place`` is no S3 address of flow logs.
    """
    match = re.fullmatch(r"s3://([^/]+)/(.*?)/?(?:AWSLogs(?:/.*)?)?", place)
    if match is None:
        raise InputError("is no s3:// address", file=place, advice="s3://BUCKET/PREFIX as the flow log has it")
    root = f"s3://{match[1]}/" + (f"{match[2]}/" if match[2] else "")
    columns = ",\n".join(
        f"  `{name.replace('-', '_')}` {'int' if name in INT_32 else 'bigint' if name in INT_64 else 'string'}"
        for name in fields
    )
    parts = ("aws-account-id", "aws-service", "aws-region", "year", "month", "day", "hour")
    template = f"{root}AWSLogs/" + "".join(f"{part}=${{{part}}}/" for part in parts)
    projections = {
        "projection.enabled": "true",
        "projection.aws-account-id.type": "injected",
        "projection.aws-service.type": "enum",
        "projection.aws-service.values": "vpcflowlogs",
        "projection.aws-region.type": "injected",
        "projection.year.type": "integer",
        "projection.year.range": "2024,2099",
        "projection.month.type": "integer",
        "projection.month.range": "1,12",
        "projection.month.digits": "2",
        "projection.day.type": "integer",
        "projection.day.range": "1,31",
        "projection.day.digits": "2",
        "projection.hour.type": "integer",
        "projection.hour.range": "0,23",
        "projection.hour.digits": "2",
        "storage.location.template": template,
    }
    properties = ",\n".join(f"  '{name}' = '{value}'" for name, value in projections.items())
    partitions = ", ".join(f"`{part}` string" for part in parts)
    return (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS `{database}`.`{TABLE}` (\n{columns}\n)\n"
        f"PARTITIONED BY ({partitions})\nSTORED AS PARQUET\nLOCATION '{root}AWSLogs/'\n"
        f"TBLPROPERTIES (\n{properties}\n)"
    )


def select(
    result: str,
    told: dict[str, Value],
    window: tuple[int, int] | None,
    known: Sequence[KnownInterface],
    database: str,
    partitions: dict[str, str] | None = None,
) -> str:
    """One statement that gives a result, all stages before it as common table expressions, in Athena's dialect."""
    columns = {name: f'"{name.replace("-", "_")}"' for name in WANTED}
    typed = frozenset(INT_32 | INT_64) & columns.keys()
    chosen = " AND ".join(_partitions(partitions or _ACCOUNT, window))
    parts = [
        ("records", f'SELECT {projection(columns, window, typed=typed)} FROM "{database}"."{TABLE}" WHERE {chosen}'),
        ("known", _known(known)),
    ]
    needed = STAGES[: STAGES.index(result) + 1] if result in STAGES else ("pairs", "bounds")
    parts += [(stage, statement(stage, told)) for stage in needed]
    body = ", ".join(f"{name} AS ({sql})" for name, sql in parts)
    return in_dialect(f"WITH {body} {_EXTRA.get(result, f'SELECT * FROM {result}')}", "athena")


_ACCOUNT = {"aws-account-id": "YOUR-ACCOUNT", "aws-region": "YOUR-REGION"}


def _partitions(chosen: dict[str, str], window: tuple[int, int] | None) -> list[str]:
    conditions = [f"\"{name}\" = '{_plain(value)}'" for name, value in chosen.items()]
    if window is not None and window[0] > 0:
        first, last = (datetime.fromtimestamp(max(0, min(one, 4_102_444_800)), UTC) for one in window)
        hours = '"year" || "month" || "day" || "hour"'
        conditions.append(f"{hours} BETWEEN '{first:%Y%m%d%H}' AND '{last:%Y%m%d}24'")
    return conditions


def _plain(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise InputError(f"'{value}' is no name of a partition")
    return value


def _known(known: Sequence[KnownInterface]) -> str:
    def word(value: str | None) -> str:
        return "CAST(NULL AS VARCHAR)" if value is None else "'" + value.replace("'", "''") + "'"

    if not known:
        empty = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in ("interface", "kind", "name", "address"))
        return f"SELECT {empty} WHERE 1 = 0"
    rows = [
        f"SELECT {word(one.interface)} AS interface, {word(one.kind)} AS kind, {word(one.name)} AS name,"
        f" {word(one.address)} AS address"
        for one in known
    ]
    return " UNION ALL ".join(rows)


def count_with_athena(
    paths: Sequence[str],
    target: Target,
    *,
    by: str = "key",
    window: tuple[int, int] | None = None,
    known: Sequence[KnownInterface] = (),
    assumed: Assumptions | None = None,
    connection: Any = None,
) -> Answer:
    """Run the statements on Athena, with PyAthena and the user's own credentials.

    Args:
        paths: one address of flow logs with account and Region in it: ``s3://BUCKET/AWSLogs/aws-account-id=.../...``.
        connection: a DB-API connection; PyAthena's when left out.

    Raises:
        InputError: the address says too little, PyAthena is not installed, or a statement scans more than it may.
    """
    from narrows.flowlogs.answer import answer
    from narrows.flowlogs.measure import Raw

    place = paths[0]
    chosen = {
        name: match[1]
        for name in ("aws-account-id", "aws-region")
        if (match := re.search(rf"{name}=([A-Za-z0-9-]+)", place)) is not None
    }
    if len(chosen) < 2:
        raise InputError(
            "does not say the account and the Region",
            file=place,
            advice="name s3://BUCKET/AWSLogs/aws-account-id=.../aws-service=vpcflowlogs/aws-region=...",
        )
    told = settings(by, assumed or Assumptions())
    cursor = (connection or _connect(target, chosen["aws-region"])).cursor()
    cursor.execute(create_table(place, target.database))
    found: dict[str, list[dict[str, Any]]] = {}
    for result in _RESULTS:
        cursor.execute(select(result, told, window, known, target.database, chosen))
        names = [one[0] for one in cursor.description]
        found[result] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        scanned = getattr(cursor, "data_scanned_in_bytes", None) or 0
        if scanned > target.scan_limit * _GB:
            raise InputError(
                f"a statement scanned {scanned / _GB:,.0f} GB, more than the {target.scan_limit} GB it may",
                advice="name a shorter time with --from and --to, or raise --scan-limit",
            )
    bounds = found["bounds"][0]
    raw = Raw(
        peaks=found["peaks"],
        minutes=found["minutes"],
        interfaces=found["interfaces"],
        reasons={row["reason"]: int(row["records"]) for row in found["reasons"]},
        bounds=bounds,
        interval=int(bounds["interval_s"] or 60),
        skipped=found["skipped"],
        reused=sum(int(row["reused"] or 0) for row in found["habits"]),
        connections=sum(int(row["connections"] or 0) for row in found["habits"]),
        unflagged=int(found["unflagged"][0]["n"]),
    )
    return answer(raw, by, known)


def _connect(target: Target, region: str) -> Any:
    try:
        from pyathena import connect
    except ImportError:
        raise InputError("Athena needs PyAthena", advice="pip install 'narrows[athena]'") from None
    return connect(
        work_group=target.workgroup, s3_staging_dir=target.results, region_name=region, schema_name=target.database
    )
