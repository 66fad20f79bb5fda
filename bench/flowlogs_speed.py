"""Flow logs: records a second against the bare SQL and flowlogs-reader, in one run; memory and time as records grow.

``NARROWS_BENCH_RECORDS`` sets the largest number of records (50 million).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from narrows.assumptions import Assumptions
from narrows.flowlogs import count_connections
from narrows.flowlogs.engine_duckdb import KEPT, DuckDbEngine
from narrows.flowlogs.sources import find_sources
from narrows.flowlogs.statements import STAGES, settings, statement
from narrows.writing.flow_logs.flows import Flows, Interface
from narrows.writing.flow_logs.write import write_flow_logs
from oracles.traffic import START, Traffic, random_traffic

_MOST = int(os.environ.get("NARROWS_BENCH_RECORDS", "50000000"))
_SIDE_BY_SIDE = 5_000_000
_SEED = 66
"""A keep-alive model, as busy ENIs write them: ports to spare, and 21 records for each connection in version 5."""
_CONNECTIONS = 46_000
"""Of each Hyperplane ENI: more than 25,000 open at the peak, to two destinations."""
_RECORDS = 960_000
"""Of each Hyperplane ENI in version 5, both directions."""
_AT_ONCE = 10
"""Hyperplane ENIs that are written together."""

PLAIN = """
WITH steps AS (
    SELECT interface_id, dstaddr, dstport, "start" AS moment, 1 AS step FROM read_parquet('{files}') WHERE dstport = 443
    UNION ALL
    SELECT interface_id, dstaddr, dstport, "end", -1 FROM read_parquet('{files}') WHERE dstport = 443
),
seconds AS (SELECT interface_id, dstaddr, dstport, moment, SUM(step) AS step FROM steps GROUP BY ALL)
SELECT interface_id, dstaddr, MAX(level) FROM (
    SELECT *, SUM(step) OVER (PARTITION BY interface_id, dstaddr, dstport ORDER BY moment) AS level FROM seconds
) GROUP BY ALL
"""
"""The least that counts anything: every record is a connection from its start to its end."""


def write(folder: Path, records: int, version: int, file_format: str) -> int:
    """Write about so many records, of as many Hyperplane ENIs as it takes."""
    enis = max(1, round(records / _RECORDS))
    connections = min(_CONNECTIONS, max(1000, records * _CONNECTIONS // _RECORDS))
    traffic = random_traffic(_SEED, connections=connections, version=version, interval=60)
    traffic = replace(traffic, options=replace(traffic.options, format=file_format))
    return sum(
        _write(folder / f"part-{first}", traffic, range(first, min(enis, first + _AT_ONCE)))
        for first in range(0, enis, _AT_ONCE)
    )


def _write(folder: Path, traffic: Traffic, enis: range) -> int:
    """The same traffic at each of several Hyperplane ENIs."""
    parts = []
    for place in range(len(enis)):
        own = np.full(len(traffic.flows), place, np.int32)
        server = (traffic.flows.server + len(enis) - 1).astype(np.int32)
        parts.append(
            replace(traffic.flows, interface=own, client=own, pkt_client=own, server=server, pkt_server=server)
        )
    flows = Flows.together(parts)
    return write_flow_logs(
        folder,
        flows,
        interfaces=[Interface(f"eni-{eni:017x}", "subnet-0a", "use1-az1", "-") for eni in enis],
        addresses=[*(f"10.0.{eni // 200}.{eni % 200 + 4}" for eni in enis), *traffic.destinations],
        outbound=np.ones(len(flows), bool),
        start=START,
        seconds=traffic.seconds,
        options=traffic.options,
        account=f"{111_111_111_111 + enis[0]}",
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds, the better of two."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def bare(files: Path) -> None:
    """The statements as ``--sql`` prints them, in DuckDB, with nothing of narrows around them."""
    import duckdb

    with DuckDbEngine() as engine:
        engine.read(find_sources([files]))
        row = engine.db.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'records'").fetchone()
    assert row is not None
    with tempfile.TemporaryDirectory() as room, duckdb.connect() as db:
        db.execute("SET memory_limit = '1GB'")
        db.execute("SET temp_directory = ?", [room])
        db.execute("SET preserve_insertion_order = false")
        db.execute(str(row[0]))
        db.execute("CREATE TABLE known (interface VARCHAR, kind VARCHAR, name VARCHAR, address VARCHAR)")
        told = settings("key", Assumptions())
        for stage in STAGES:
            db.execute(f"CREATE {'TABLE' if stage in KEPT else 'VIEW'} {stage} AS {statement(stage, told)}")
        for result in ("peaks", "minutes", "interfaces"):
            db.execute(f"SELECT * FROM {result}").fetchall()


def plain(folder: Path) -> None:
    """The plain sweep, out of nothing."""
    import duckdb

    with duckdb.connect() as db:
        db.execute(PLAIN.format(files=folder / "**" / "*.parquet")).fetchall()


def reader(folder: Path, most: int) -> float:
    """Seconds a record with flowlogs-reader, which only iterates."""
    import gzip

    from flowlogs_reader import FlowRecord

    (file, *_) = sorted(folder.rglob("*.gz"))
    with gzip.open(file, "rt") as lines:
        fields = [name.replace("-", "_") for name in next(lines).split()]
        began = time.perf_counter()
        count = 0
        for line in lines:
            FlowRecord(dict(zip(fields, line.split(), strict=True)))
            count += 1
            if count >= most:
                break
    return (time.perf_counter() - began) / count


def side_by_side(records: int) -> None:
    """The table of engines."""
    with tempfile.TemporaryDirectory() as room:
        columnar, text = Path(room, "parquet"), Path(room, "text")
        count, in_text = write(columnar, records, 5, "parquet"), write(text, records // 2, 2, "text")
        each = {
            "narrows, Parquet v5 (bounds)": timed(lambda: count_connections([columnar])) / count,
            "its SQL, bare, same files": timed(lambda: bare(columnar)) / count,
            "plain sweep only, same files": timed(lambda: plain(columnar)) / count,
            "narrows, text.gz v2 (bounds)": timed(lambda: count_connections([text])) / in_text,
            "flowlogs-reader, text.gz v2, iterate only": reader(text, 200_000),
        }
        print(f"{'':<46}{'records/s':>12}{'of bare SQL':>14}{'x reader':>10}")
        base, peer = each["its SQL, bare, same files"], each["flowlogs-reader, text.gz v2, iterate only"]
        for name, seconds in each.items():
            print(f"{name:<46}{1 / seconds:>12,.0f}{seconds / base:>14.2f}{peer / seconds:>10.0f}")


def growth(most: int) -> None:
    """Time and memory as records grow, each in a process of its own under the default limit of 1 GB."""
    print(f"\n{'records':>12}{'seconds':>10}{'us/record':>12}{'peak MB':>10}")
    size = most
    sizes: list[int] = []
    while size >= 500_000 and len(sizes) < 5:
        sizes.append(size)
        size //= 3
    for records in reversed(sizes):
        with tempfile.TemporaryDirectory() as room:
            count = write(Path(room), records, 5, "parquet")
            out = subprocess.run(
                [sys.executable, "-m", "bench.flowlogs_speed", room], capture_output=True, text=True, check=True
            )
            seconds, megabytes, used = map(float, out.stdout.split())
            assert used == count, f"{used:,.0f} of {count:,} records were used"
            print(f"{count:>12,}{seconds:>10.1f}{1e6 * seconds / count:>12.2f}{megabytes:>10,.0f}")


def main() -> None:
    """Print the tables."""
    side_by_side(min(_MOST, _SIDE_BY_SIDE))
    growth(_MOST)


if __name__ == "__main__":
    started = time.perf_counter()
    answer = count_connections([sys.argv[1]])
    seconds = time.perf_counter() - started
    # Not getrusage: its peak is that of the process that started this one, where that was larger.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(seconds, int(status.partition("VmHWM:")[2].split()[0]) / 1024, answer.to_json()["records"]["used"])
