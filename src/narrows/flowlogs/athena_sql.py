"""The statements for Athena: a table over the flow logs with partition projection, then a table for each stage.

Athena reads a common table expression again for each place that names it, and the stages name each other so often that
one statement would read the flow logs thousands of times. So a stage that is named more than once becomes a table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from narrows.case.flow_log_fields import INT_32, INT_64
from narrows.errors import InputError
from narrows.flowlogs.creating import WANTED
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.raw import BLIND
from narrows.flowlogs.records import projection
from narrows.flowlogs.statements import STAGES, Value, in_dialect, statement, text_of
from narrows.packages import need

TABLE = "narrows_flow_logs"
RESULTS = {
    "peaks": "SELECT * FROM peaks",
    "minutes": "SELECT * FROM minutes",
    "interfaces": "SELECT * FROM interfaces",
    "losses": "SELECT * FROM losses",
    "reasons": "SELECT reason, SUM(records) AS records FROM pairs GROUP BY reason",
    "bounds": "SELECT * FROM bounds",
    "skipped": "SELECT interface, SUM(records) AS records, MIN(first_s) AS first_s, MAX(last_s) AS last_s FROM pairs"
    " WHERE reason = 'skipdata' GROUP BY interface",
    "habits": "SELECT COALESCE(SUM(reused), 0) AS reused, COALESCE(SUM(connections), 0) AS connections FROM habits",
    "unflagged": "SELECT COALESCE(SUM(records), 0) AS n FROM pairs WHERE reason = 'used' AND protocol = 6"
    " AND flagged = 0",
    "blind": BLIND,
}
"""What an answer is made of."""
ACCOUNT = {"aws-account-id": "YOUR-ACCOUNT", "aws-region": "YOUR-REGION"}
_LATE = timedelta(hours=1)
"""Records of the end of a window are delivered in the next hour."""
_FIRST, _LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_FEW = 400
"""Hours in a window up to which its days are listed one by one."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Which flow logs the statements read."""

    database: str = "default"
    partitions: Mapping[str, str] | None = None
    window: tuple[int, int] | None = None
    known: Sequence[KnownInterface] = ()
    run: str = ""
    """Stands in the names of the tables, so that two runs do not meet."""

    def table(self, stage: str) -> str:
        """The table of a stage."""
        return f'"{self.database}"."{table_name(stage, self.run)}"'


def table_name(stage: str, run: str = "") -> str:
    """The name of the table of a stage."""
    return f"narrows_{run}_{stage}" if run else f"narrows_{stage}"


def create_table(place: str, database: str, fields: Sequence[str] = WANTED) -> str:
    """The table of Parquet flow logs with hive-compatible hourly partitions, projected so that nothing need be loaded.

    Raises:
        InputError: ``place`` is no S3 address of flow logs.
    """
    match = re.fullmatch(r"s3://([^/']+)/([^']*?)/?(?:AWSLogs(?:/[^']*)?)?", place)
    if match is None:
        raise InputError("is not an s3:// address", file=place, advice="s3://BUCKET/PREFIX as the flow log has it")
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


def stage_tables(told: Mapping[str, Value], reads: Reads) -> Iterator[tuple[str, str]]:
    """(stage, statement that makes its table), in order."""
    for stage in STAGES:
        if stage in kept_stages():
            body = _with(stage, f"SELECT * FROM {stage}", told, reads)
            yield stage, in_dialect(f"CREATE TABLE {reads.table(stage)} AS {body}", "athena")


def results(told: Mapping[str, Value], reads: Reads) -> Iterator[tuple[str, str]]:
    """(result, statement that reads it from the tables)."""
    for name, sql in RESULTS.items():
        yield name, in_dialect(_with(None, sql, told, reads), "athena")


def drop_table(stage: str, reads: Reads) -> str:
    """The statement that forgets a stage's table. Its data stays in the bucket of Athena's results."""
    return f"DROP TABLE IF EXISTS `{reads.database}`.`{table_name(stage, reads.run)}`"


@cache
def kept_stages() -> frozenset[str]:
    """The stages that are named more than once, by others or by what is asked."""
    named: Counter[str] = Counter()
    for sql in (*map(text_of, STAGES), *RESULTS.values()):
        named.update(_named(sql))
    return frozenset(stage for stage in STAGES if named[stage] > 1)


@cache
def _named(sql: str) -> Counter[str]:
    """How often a statement reads each table, its own common table expressions read again for each place."""
    need("sqlglot", "SQL for Athena")
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(re.sub(r"\$[a-z_]+", "1", sql), read="duckdb")
    own = {one.alias: one.this for one in tree.find_all(exp.CTE)}

    def count(node: exp.Expr) -> Counter[str]:
        if isinstance(node, exp.With):
            return Counter()
        if isinstance(node, exp.Table):
            return count(own[node.name]) if node.name in own else Counter({node.name: 1})
        found: Counter[str] = Counter()
        for child in node.iter_expressions():
            found.update(count(child))
        return found

    return count(tree)


def _with(stage: str | None, sql: str, told: Mapping[str, Value], reads: Reads) -> str:
    """A statement with what it names before it: the tables of stages that are kept, the others written out."""
    parts: dict[str, str] = {}

    def add(name: str, own: bool = False) -> None:
        if name in parts:
            return
        if name == "records":
            parts[name] = _records(reads)
        elif name == "known":
            parts[name] = _known(reads.known)
        elif name in STAGES and (own or name not in kept_stages()):
            for one in _named(text_of(name)):
                add(one)
            parts[name] = statement(name, told)
        elif name in STAGES:
            parts[name] = f"SELECT * FROM {reads.table(name)}"

    if stage is not None:
        add(stage, own=True)
    for one in _named(sql):
        add(one)
    return f"WITH {', '.join(f'{name} AS ({body})' for name, body in parts.items())} {sql}"


def _records(reads: Reads) -> str:
    columns = {name: f'"{name.replace("-", "_")}"' for name in WANTED}
    typed = frozenset(INT_32 | INT_64) & columns.keys()
    chosen = " AND ".join(_partitions(reads.partitions or ACCOUNT, reads.window))
    selected = projection(columns, reads.window, typed=typed)
    return f'SELECT {selected} FROM "{reads.database}"."{TABLE}" WHERE {chosen}'


def _partitions(chosen: Mapping[str, str], window: tuple[int, int] | None) -> list[str]:
    """Conditions on the partitions. Each column has its own, for only those keep Athena from listing every hour of a
    century; together they may let more through, so that the hours stand there as a whole too."""
    conditions = [f"\"{name}\" = '{_plain(value)}'" for name, value in chosen.items()]
    if window is None:
        return conditions
    first = datetime.fromtimestamp(max(window[0], int(_FIRST.timestamp())), UTC)
    last = datetime.fromtimestamp(min(window[1], int(_LAST.timestamp())), UTC) + _LATE
    listed = [("year", [f"{year}" for year in range(first.year, last.year + 1)])]
    hours = int((last - first).total_seconds()) // 3600 + 2
    if hours <= _FEW:
        moments = [min(first + timedelta(hours=hour), last) for hour in range(hours)]
        for name, pattern in (("month", "%m"), ("day", "%d"), ("hour", "%H")):
            listed.append((name, sorted({f"{moment:{pattern}}" for moment in moments})))
    conditions += [f'"{name}" IN ({", ".join(map(repr, values))})' for name, values in listed]
    whole = '"year" || "month" || "day" || "hour"'
    return [*conditions, f"{whole} BETWEEN '{first:%Y%m%d%H}' AND '{last:%Y%m%d%H}'"]


def _plain(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise InputError(f"'{value}' is not the name of a partition")
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
