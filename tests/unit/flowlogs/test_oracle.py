"""Reading, held against flowlogs-reader: the same text gives the same records, field by field."""

from __future__ import annotations

import calendar
import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flowlogs_reader import FlowRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrows.case.flow_log_fields import fields_up_to
from narrows.flowlogs.engine_duckdb import DuckDbEngine
from narrows.flowlogs.sources import find_sources

# Its FlowRecord makes naive datetimes, of which Python 3.12 and later warn.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp")

PORT = st.integers(0, 65_535).map(str)
ADDRESS = st.one_of(
    st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), st.sampled_from(["10.0.0.1", "10.0.0.2"])
)
SECOND = st.integers(1_400_000_000, 1_900_000_000)
NOTHING = st.sampled_from(["-", "None"])
VALUES: dict[str, st.SearchStrategy[str]] = {
    "interface-id": st.sampled_from(["eni-1", "eni-2", "-"]),
    "srcaddr": ADDRESS,
    "dstaddr": ADDRESS,
    "pkt-srcaddr": ADDRESS,
    "pkt-dstaddr": ADDRESS,
    "srcport": PORT,
    "dstport": PORT,
    "protocol": st.sampled_from(["1", "6", "17", "47"]),
    "tcp-flags": st.integers(0, 31).map(str),
    "action": st.sampled_from(["ACCEPT", "REJECT"]),
    "log-status": st.sampled_from(["OK", "NODATA", "SKIPDATA"]),
    "instance-id": st.sampled_from(["i-1", "i-2"]),
    "flow-direction": st.sampled_from(["ingress", "egress"]),
    "packets": st.integers(1, 10**9).map(str),
    "bytes": st.integers(40, 10**12).map(str),
    "traffic-path": st.integers(1, 8).map(str),
}
"""The fields that are compared; the others must only not get in the way."""
GAPS = st.sampled_from([" ", " ", " ", "  "])


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[str], list[list[str]], list[str]]:
    """A header, records, and the lines that hold them."""
    version = draw(st.integers(2, 5))
    header = draw(st.permutations(fields_up_to(version)))
    in_milliseconds = draw(st.booleans())
    records = []
    for _ in range(draw(st.integers(1, 12))):
        start = draw(SECOND)
        moments = {"start": start, "end": start + draw(st.integers(-5, 600))}
        record = []
        for name in header:
            if name in moments:
                record.append(str(moments[name] * 1000 + 7 if in_milliseconds else moments[name]))
            elif name == "version":
                record.append(str(version))
            elif name in VALUES:
                record.append(draw(st.one_of(VALUES[name], VALUES[name], VALUES[name], NOTHING)))
            else:
                record.append(draw(st.sampled_from(["-", "vpc-1", "17", "S3"])))
        records.append(record)
    return header, records, [draw(GAPS).join(record) for record in records]


def expected(record: FlowRecord) -> tuple[Any, ...]:
    def text(value: str | None) -> str:
        return value or "-"

    return (
        text(record.interface_id), text(record.srcaddr), text(record.dstaddr), text(record.pkt_srcaddr),
        text(record.pkt_dstaddr), record.srcport, record.dstport, record.protocol,
        calendar.timegm(record.start.timetuple()), calendar.timegm(record.end.timetuple()), record.bytes,
        record.tcp_flags,
        text(record.flow_direction), text(record.instance_id), reason(record),
    )  # fmt: skip


def reason(record: FlowRecord) -> str:
    """What becomes of a record, in the order in which the answer names it."""
    if record.log_status == "SKIPDATA":
        return "skipdata"
    if record.end < record.start:
        return "end-before-start"
    if record.log_status == "NODATA":
        return "nodata"
    if record.interface_id is None:
        return "no-interface"
    if record.srcaddr is None or record.dstaddr is None:
        return "no-address"
    if record.protocol not in (6, 17) or record.srcport is None or record.dstport is None:
        return "no-ports"
    return "rejected" if record.action == "REJECT" else "used"


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(logs(), st.booleans())
def test_records_are_those_of_flowlogs_reader(
    tmp_path_factory: pytest.TempPathFactory, log: tuple[list[str], list[list[str]], list[str]], packed: bool
) -> None:
    header, records, lines = log
    text = "\n".join([" ".join(header), *lines]) + "\n"
    file: Path = tmp_path_factory.mktemp("oracle") / ("a.log.gz" if packed else "a.log")
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    single = [" ".join(record) for record in records]
    oracle = csv.DictReader(single, [name.replace("-", "_") for name in header], delimiter=" ")
    with DuckDbEngine() as engine:
        engine.read(find_sources([file]))
        found = engine.rows("SELECT * EXCLUDE (interface_type) FROM records")
        assert not engine.rejected
    assert Counter(tuple(row.values()) for row in found) == Counter(expected(FlowRecord(one)) for one in oracle)
