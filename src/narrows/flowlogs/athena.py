"""Athena: runs the statements in the user's own account, with PyAthena and the user's own credentials."""

from __future__ import annotations

import contextlib
import csv
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from narrows.assumptions import Assumptions
from narrows.errors import InputError, one_line
from narrows.flowlogs.athena_sql import Reads, create_table, drop_table, results, stage_tables
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.statements import SHORT_INTERVAL, STAGES, in_dialect, settings, statement
from narrows.packages import need

if TYPE_CHECKING:
    from narrows.flowlogs.answer import Answer
    from narrows.flowlogs.progress import Progress

_GB = 10**9
_POLL = 0.3
"""Seconds between looks at whether a statement has ended."""
_PAUSE = 1.0
"""Seconds between looks at how much a statement has scanned."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where Athena runs."""

    database: str = "default"
    workgroup: str = "primary"
    results: str | None = None
    """``s3://`` place for results; the workgroup's own when left out."""
    scan_limit: int = 100
    """Gigabytes that all statements together may scan."""


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
    """Every statement, for those who paste: for Athena the table, the tables of the stages, and the questions.

    For another engine than Athena: the stages in its dialect, one after the other.
    """
    told = settings(by, assumed or Assumptions(), window)
    if engine != "athena":
        dialect = None if engine == "duckdb" else engine
        parts = [statement(stage, told) if dialect is None else in_dialect(statement(stage, told), dialect)
                 for stage in STAGES]  # fmt: skip
        return "\n\n".join(
            f"-- {stage}\nCREATE TEMPORARY VIEW {stage} AS\n{part.rstrip()};"
            for stage, part in zip(STAGES, parts, strict=True)
        )
    place = paths[0] if paths else "s3://YOUR-BUCKET/AWSLogs/"
    reads = Reads(database, _partitions_in(place), window, known)
    stages = list(stage_tables(told, reads))
    blocks = [("The table of the flow logs, once.", create_table(place, database))]
    blocks += [(f"Stage: {stage}", sql) for stage, sql in stages]
    blocks += [(f"Answer: {name}", sql) for name, sql in results(told, reads) if name in ("peaks", "minutes")]
    blocks += [(f"Afterwards: {stage}", drop_table(stage, reads)) for stage, _ in stages]
    return "\n\n".join(f"-- {title}\n{sql};" for title, sql in blocks)


def _partitions_in(place: str) -> dict[str, str] | None:
    """Account and Region of an address of flow logs; None where it does not have both."""
    found = {
        name: match[1]
        for name in ("aws-account-id", "aws-region")
        if (match := re.search(rf"{name}=([A-Za-z0-9-]+)", place)) is not None
    }
    return found if len(found) == 2 else None


def count_with_athena(
    paths: Sequence[str],
    target: Target,
    *,
    by: str = "key",
    window: tuple[int, int] | None = None,
    known: Sequence[KnownInterface] = (),
    assumed: Assumptions | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Run the statements on Athena. What they made is gone afterwards, but the table of the flow logs.

    Args:
        paths: one address of flow logs with account and Region in it: ``s3://BUCKET/AWSLogs/aws-account-id=.../...``.

    Raises:
        InputError: the address says too little, there is no PyAthena, Athena refuses, or too much is scanned.
    """
    from narrows.flowlogs.answer import answer
    from narrows.flowlogs.raw import Raw, check_any_used

    place = paths[0]
    chosen = _partitions_in(place)
    if len(paths) > 1 or chosen is None:
        raise InputError(
            "Athena reads the flow logs of one account and Region",
            file=place,
            advice="name one s3://BUCKET/AWSLogs/aws-account-id=.../aws-service=vpcflowlogs/aws-region=...",
        )
    told = settings(by, assumed or Assumptions(), window)
    reads = Reads(target.database, chosen, window, known, run=secrets.token_hex(4))
    stages = list(stage_tables(told, reads))
    found: dict[str, list[dict[str, Any]]] = {}
    with _session(target, chosen["aws-region"]) as session:
        session.run(create_table(place, target.database))
        for number, (stage, sql) in enumerate(stages):
            session.make(sql, drop_table(stage, reads))
            if progress is not None:
                progress(number + 1, len(stages) + 1)
        for result, sql in results(told, reads):
            found[result] = session.run(sql)
    bounds = found["bounds"][0]
    raw = Raw(
        peaks=found["peaks"],
        minutes=sorted(found["minutes"], key=lambda row: (row["grouping_id"], row["port"], row["minute"])),
        interfaces=sorted(found["interfaces"], key=lambda row: str(row["interface"])),
        reasons={row["reason"]: int(row["records"]) for row in found["reasons"]},
        bounds=bounds,
        interval=int(bounds["interval_s"] or SHORT_INTERVAL),
        skipped=found["skipped"],
        reused=int(found["habits"][0]["reused"]),
        connections=int(found["habits"][0]["connections"]),
        losses=sorted(found["losses"], key=lambda row: (row["after_hop"], row["before_hop"], row["outcome"])),
        unflagged=int(found["unflagged"][0]["n"]),
        blind=found["blind"],
    )
    check_any_used(raw)
    return answer(raw, by, known, assumed or Assumptions())


@dataclass
class _Session:
    """Statements one after the other, and what they leave behind."""

    cursor: Any
    limit: int
    """Bytes."""
    scanned: int = 0
    drops: list[str] = field(default_factory=list)
    """Statements that drop the tables that were made."""
    writing: list[str] = field(default_factory=list)
    """The ids of the queries that made them."""

    def run(self, sql: str, *begun: Callable[[str], None]) -> list[dict[str, Any]]:
        """The rows of a statement, by column. ``begun`` is told its id.

        Raises:
            InputError: it fails, or scans more than is left.
        """
        from pyathena.error import Error

        with self._watched() as watch:
            try:
                self.cursor.execute(sql, on_start_query_execution=lambda query: [one(query) for one in (watch, *begun)])
                rows = self.cursor.fetchall() if self.cursor.description else []
            except Error as error:
                self._check()
                raise InputError(
                    f"Athena: {one_line(str(error), 240)}", advice="check --database, --workgroup and --results"
                ) from None
        self.scanned += self.cursor.data_scanned_in_bytes or 0
        self._check()
        names = [one[0] for one in self.cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def make(self, sql: str, drop: str) -> None:
        """Run a statement that makes a table."""
        self.drops.append(drop)
        self.run(sql, self.writing.append)

    def _check(self, running: int = 0) -> None:
        if self.scanned + running > self.limit:
            raise InputError(
                f"the statements scanned {(self.scanned + running) / _GB:,.1f} GB, more than the"
                f" {self.limit / _GB:,.0f} GB they may",
                advice="name a shorter time with --from and --to, or raise --scan-limit",
            )

    @contextlib.contextmanager
    def _watched(self) -> Iterator[Callable[[str], None]]:
        """End a statement as soon as it has scanned more than it may."""
        stop = threading.Event()
        client = self.cursor.connection.client
        watchers: list[threading.Thread] = []

        def watch(query: str) -> None:
            while not stop.wait(_PAUSE):
                about = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
                running = about.get("Statistics", {}).get("DataScannedInBytes") or 0
                if self.scanned + running > self.limit:
                    client.stop_query_execution(QueryExecutionId=query)
                    self.scanned += running
                    return

        def started(query: str) -> None:
            watchers.append(threading.Thread(target=watch, args=(query,), daemon=True))
            watchers[-1].start()

        try:
            yield started
        finally:
            stop.set()
            for watcher in watchers:
                watcher.join()

    def clean(self) -> None:
        """Drop every table and delete its files."""
        from pyathena.error import Error

        client, storage = self.cursor.connection.client, self.cursor.connection.session.client("s3")
        for drop in reversed(self.drops):
            with contextlib.suppress(Error):
                self.cursor.execute(drop)
        for query in self.writing:
            about = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            manifest = about.get("Statistics", {}).get("DataManifestLocation")
            if manifest:
                _delete_listed(storage, manifest)


def _delete_listed(storage: Any, manifest: str) -> None:
    """Delete the files of a table, which its manifest lists, and the manifest."""
    from botocore.exceptions import BotoCoreError, ClientError

    def parts(address: str) -> tuple[str, str]:
        split = urlsplit(address.strip())
        return split.netloc, split.path.lstrip("/")

    with contextlib.suppress(BotoCoreError, ClientError):
        bucket, key = parts(manifest)
        text = storage.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        files = [row[0] for row in csv.reader(text.splitlines()) if row]
        for address in (*files, manifest):
            bucket, key = parts(address)
            storage.delete_object(Bucket=bucket, Key=key)


@contextlib.contextmanager
def _session(target: Target, region: str) -> Iterator[_Session]:
    need("pyathena", "--engine athena")
    from pyathena import connect
    from pyathena.error import Error

    try:
        connection = connect(
            work_group=target.workgroup, s3_staging_dir=target.results, region_name=region,
            schema_name=target.database, poll_interval=_POLL,
        )  # fmt: skip
    except Error as error:
        raise InputError(f"Athena: {one_line(str(error), 240)}", advice="check your AWS credentials") from None
    session = _Session(connection.cursor(), target.scan_limit * _GB)
    try:
        yield session
    finally:
        session.clean()
        connection.close()
