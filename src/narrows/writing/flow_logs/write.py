"""Writing records to files as S3 would hold them: text (gzip) or Parquet, any version, a file for each five minutes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.case.flow_log_fields import INT_32, INT_64, fields_up_to
from narrows.units import MICROSECONDS
from narrows.writing.flow_logs.flows import Flows, Interface
from narrows.writing.flow_logs.options import FlowLogOptions
from narrows.writing.flow_logs.records import RECORD, aggregate

if TYPE_CHECKING:
    import pyarrow as pa

_SLOT = 300
"""Seconds of records that one file holds, by their end."""
_OK, _SKIPDATA, _NODATA = 0, 1, 2
"""Log statuses."""
_ROWS = 2_000_000
"""Records in a file at most: AWS begins another at 75 MB."""


def write_flow_logs(
    folder: Path,
    flows: Flows,
    *,
    interfaces: Sequence[Interface],
    addresses: Sequence[str],
    outbound: Any,
    start: datetime,
    seconds: int,
    options: FlowLogOptions,
    retransmits: Sequence[float] = (1.0, 3.0, 7.0, 15.0, 31.0),
    account: str = "123456789012",
    region: str = "us-east-1",
    vpc: str = "vpc-0a1b2c3d4e5f60718",
    fields: Sequence[str] | None = None,
) -> int:
    """Write the flow logs of known connections under ``folder`` and return the number of records.

    Records are those whose interval ended within the run: a real flow log has delivered no others either.

    Args:
        outbound: for each flow, whether its client's packets leave the interface.
        fields: the format; every field up to ``options.version`` in AWS's order when left out.
    """
    rng = np.random.default_rng([options.seed, 0xF10])
    phases = -rng.integers(0, options.interval * MICROSECONDS, len(interfaces))
    records = aggregate(flows, phases, options.interval, retransmits, outbound=outbound)
    # What is cut off at the end of the run is the packets after it, not the records that began before it.
    records = records[records["first"] < seconds * MICROSECONDS]
    records["last"] = np.minimum(records["last"], seconds * MICROSECONDS - 1)
    idle = _idle(records, phases, options.interval * MICROSECONDS, seconds * MICROSECONDS)
    status = np.zeros(len(records), np.int8)
    if options.skipdata:
        records, status = _skip(records, options, rng)
    records = np.concatenate([records, idle])
    status = np.concatenate([status, np.full(len(idle), _NODATA, np.int8)])
    records = records[order := np.argsort(records["last"], kind="stable")]
    status = status[order]
    names = tuple(fields) if fields else fields_up_to(options.version)
    make = _Columns(interfaces, addresses, start, account, region, vpc, names, options.version)
    began = int(start.timestamp())
    slots = (began + records["last"] // MICROSECONDS) // _SLOT
    for slot in np.unique(slots):
        rows = np.flatnonzero(slots == slot)
        for part in range(0, len(rows), _ROWS):
            chosen = rows[part : part + _ROWS]
            table = make.table(records[chosen], status[chosen])
            delivered = datetime.fromtimestamp(int(slot) * _SLOT, UTC) + timedelta(seconds=_SLOT)
            _write(folder, table, delivered, part, account, region, options.format)
    return len(records)


def _idle(records: Any, phases: Any, width: int, end: int) -> Any:
    """A NODATA record for each interval of an interface that has no other."""
    found = []
    for number, phase in enumerate(phases.tolist()):
        windows = np.arange(-(-(end - phase) // width))
        missing = np.setdiff1d(windows, records["window"][records["interface"] == number])
        marks = np.zeros(len(missing), RECORD)
        marks["interface"], marks["window"] = number, missing
        marks["first"] = np.maximum(0, missing * width + phase)
        marks["last"] = np.minimum(end, (missing + 1) * width + phase) - 1
        found.append(marks)
    return np.concatenate(found) if found else np.zeros(0, RECORD)


def _skip(records: Any, options: FlowLogOptions, rng: np.random.Generator) -> tuple[Any, Any]:
    keys = records["interface"].astype(np.int64) << 40 | (records["window"] + 2**20)
    unique, inverse = np.unique(keys, return_inverse=True)
    skipped = rng.random(len(unique)) < options.skipdata
    lost = skipped[inverse] & (rng.random(len(records)) < 0.5)
    marks = np.zeros(int(skipped.sum()), RECORD)
    for mark, number in zip(range(len(marks)), np.flatnonzero(skipped), strict=True):
        own = records[inverse == number]
        marks[mark] = own[0]
        marks["first"][mark], marks["last"][mark] = own["first"].min(), own["last"].max()
    kept = records[~lost]
    status = np.concatenate([np.zeros(len(kept), np.int8), np.full(len(marks), _SKIPDATA, np.int8)])
    return np.concatenate([kept, marks]), status


class _Columns:
    """The Arrow columns of records, by field."""

    def __init__(
        self,
        interfaces: Sequence[Interface],
        addresses: Sequence[str],
        start: datetime,
        account: str,
        region: str,
        vpc: str,
        names: Sequence[str],
        version: int,
    ) -> None:
        self.interfaces, self.addresses = interfaces, addresses
        self.start = int(start.timestamp())
        self.names = names
        self.constants = {"account-id": account, "region": region, "vpc-id": vpc, "type": "IPv4"}
        self.version = version

    def table(self, records: Any, status: Any) -> pa.Table:
        import pyarrow as pa

        return pa.table({name: self._column(name, records, status) for name in self.names})

    def _column(self, name: str, records: Any, status: Any) -> Any:
        import pyarrow as pa

        numbers = {
            "srcport": "srcport", "dstport": "dstport", "packets": "packets", "bytes": "bytes", "tcp-flags": "flags",
        }  # fmt: skip
        skipped = status != _OK
        if name in ("start", "end"):
            moments = records["first" if name == "start" else "last"]
            return pa.array(self.start + moments // MICROSECONDS, pa.int64())
        if name == "version":
            return pa.array(np.full(len(records), self.version), pa.int32())
        if name in numbers or name in ("protocol", "traffic-path"):
            kind = pa.int32() if name in INT_32 else pa.int64() if name in INT_64 else None
            values = np.full(len(records), 6) if name == "protocol" else None
            if name == "traffic-path":
                values, skipped = np.where(records["egress"], 8, 0), skipped | ~records["egress"]
            return pa.array(records[numbers[name]] if values is None else values, kind, mask=skipped)
        return self._text(name, records, status)

    def _text(self, name: str, records: Any, status: Any) -> Any:
        import pyarrow as pa

        skipped = status != _OK
        sides = {"srcaddr": "source", "dstaddr": "target", "pkt-srcaddr": "pkt_source", "pkt-dstaddr": "pkt_target"}
        of_interface = {
            "interface-id": "id",
            "subnet-id": "subnet",
            "az-id": "az",
            "interface-type": "type",
            "resource-id": "resource",
        }
        if name in sides:
            return _coded(records[sides[name]], self.addresses, skipped)
        if name in of_interface:
            words = [getattr(one, of_interface[name]) for one in self.interfaces]
            always = name in ("interface-id", "resource-id")
            return _coded(records["interface"], words, None if always else skipped)
        if name == "next-hop-interface-id":
            return _coded(records["interface"], [one.next_hop for one in self.interfaces], skipped | ~records["egress"])
        if name == "action":
            return _coded(records["rejected"].astype(np.int32), ["ACCEPT", "REJECT"], skipped)
        if name == "flow-direction":
            return _coded(records["egress"].astype(np.int32), ["ingress", "egress"], skipped)
        if name == "log-status":
            return _coded(status.astype(np.int32), ["OK", "SKIPDATA", "NODATA"], None)
        constant = self.constants.get(name, "-")
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(records), np.int32)), pa.array([constant]))


def _coded(codes: Any, words: Sequence[str], masked: Any) -> Any:
    import pyarrow as pa

    known = [*words, "-"]
    if masked is not None:
        codes = np.where(masked, len(words), codes)
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(known))


def _write(
    folder: Path, table: pa.Table, delivered: datetime, part: int, account: str, region: str, file_format: str
) -> None:
    import pyarrow as pa

    place = folder / "AWSLogs" / account / "vpcflowlogs" / region / delivered.strftime("%Y/%m/%d")
    place.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(f"{delivered:%s}{part}{table.num_rows}".encode()).hexdigest()[:8]
    name = f"{account}_vpcflowlogs_{region}_fl-0f1e2d3c4b5a69788_{delivered:%Y%m%dT%H%MZ}_{digest}.log"
    if file_format == "parquet":
        import pyarrow.parquet as pq

        table = table.rename_columns([one.replace("-", "_") for one in table.column_names])
        plain = [
            table.schema.field(i).with_type(pa.string()) if pa.types.is_dictionary(table.schema.types[i])
            else table.schema.field(i)
            for i in range(table.num_columns)
        ]  # fmt: skip
        pq.write_table(table.cast(pa.schema(plain)), place / f"{name}.parquet", compression="snappy")
        return
    import pyarrow.compute as pc
    import pyarrow.csv as csv

    def words(column: Any) -> Any:
        return pc.fill_null(column.cast(pa.string()), "-")

    text = pa.table({one: words(table.column(one)) for one in table.column_names})
    with (
        pa.output_stream(place / f"{name}.gz", compression="gzip") as out,
    ):
        out.write((" ".join(table.column_names) + "\n").encode())
        csv.write_csv(text, out, csv.WriteOptions(include_header=False, delimiter=" ", quoting_style="none"))
