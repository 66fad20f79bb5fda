"""The examples of AWS's own documentation parse, each field right."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from narrows.case.flow_log_fields import (
    DEFAULT_FORMAT,
    FIELDS_OF_VERSION,
    VERSION_OF,
    field_of,
    fields_up_to,
    parse_format,
)
from narrows.flowlogs.engine_duckdb import DuckDbEngine
from narrows.flowlogs.sources import find_sources
from tests.unit.flowlogs import aws_examples as aws


def read(folder: Path, declared: tuple[str, ...] | None = None) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The rows of ``records`` in the order of their time and addresses, and the lines that are none."""
    with DuckDbEngine() as engine:
        engine.read(find_sources([folder], declared))
        rows = engine.rows("SELECT * FROM records ORDER BY first_s, interface, srcaddr, srcport, dstport, flags")
        return rows, engine.rejected


def test_version_2_without_a_header(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(aws.V2 + "\n")
    rows, rejected = read(tmp_path)
    assert not rejected
    by_reason = {row["reason"] for row in rows}
    assert by_reason == {"used", "rejected", "nodata", "skipdata", "no-ports"}
    ssh = next(row for row in rows if row["dstport"] == 22 and row["srcaddr"].startswith("172"))
    assert ssh == {
        "interface": "eni-1235b8ca123456789", "srcaddr": "172.31.16.139", "dstaddr": "172.31.16.21", "pkt_srcaddr": "-",
        "pkt_dstaddr": "-", "srcport": 20641, "dstport": 22, "protocol": 6, "first_s": 1418530010,
        "last_s": 1418530070, "octets": 4249, "flags": None, "direction": "-", "instance": "-", "interface_type": "-",
        "reason": "used",
    }  # fmt: skip
    six = next(row for row in rows if ":" in row["srcaddr"])
    assert (six["srcaddr"], six["dstaddr"]) == (
        "2001:db8:1234:a100:8d6e:3477:df66:f105",
        "2001:db8:1234:a102:3304:8879:34cf:4071",
    )
    assert six["reason"] == "used"
    assert sum(row["reason"] == "no-ports" for row in rows) == 2
    # Of the two pings one was rejected; that they have no ports is said first.
    assert next(row for row in rows if row["dstport"] == 3389)["reason"] == "rejected"


def test_version_3_with_a_double_space(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.log.gz", "wt") as out:
        out.write(f"{aws.V3_HEADER}\n{aws.V3}\n")
    rows, rejected = read(tmp_path)
    assert not rejected
    assert [(r["srcport"], r["dstport"], r["flags"]) for r in rows] == [
        (5001, 43416, 18), (5001, 43418, 18), (43416, 5001, 2), (43418, 5001, 2), (5001, 43418, 1), (43418, 5001, 1),
        (5001, 43638, 19), (43638, 5001, 3),
    ]  # fmt: skip
    assert {(r["pkt_srcaddr"], r["instance"], r["protocol"]) for r in rows} == {
        ("10.0.0.62", "i-01234567890123456", 6),
        ("52.213.180.42", "i-01234567890123456", 6),
    }


def test_version_5_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{aws.V5_HEADER}\n{aws.V5}\n")
    rows, _ = read(tmp_path)
    out, back = rows
    assert out["srcaddr"] == "10.0.0.71"
    assert (out["srcport"], out["dstport"], out["flags"], out["direction"]) == (34210, 80, 3, "egress")
    assert (back["srcport"], back["dstport"], back["flags"], back["direction"]) == (80, 34210, 19, "ingress")
    assert (out["first_s"], out["last_s"], out["interface"]) == (1616729292, 1616729349, "eni-1235b8ca123456789")


@pytest.mark.parametrize(
    ("header", "records", "count"), [(aws.NAT_HEADER, aws.NAT, 4), (aws.TRANSIT_HEADER, aws.TRANSIT, 2)]
)
def test_a_format_without_start_and_end_cannot_count(tmp_path: Path, header: str, records: str, count: int) -> None:
    (tmp_path / "a.log").write_text(f"{header}\n{records}\n")
    rows, _ = read(tmp_path)
    assert [row["reason"] for row in rows] == ["no-time"] * count
    assert {row["pkt_srcaddr"] for row in rows} <= {"10.0.1.5", "10.0.0.220", "203.0.113.5", "10.20.33.164"}


@pytest.mark.parametrize("version", [2, 3, 4, 5, 7, 8, 9, 10, 11])
def test_every_version_in_every_order(tmp_path: Path, version: int) -> None:
    fields = tuple(reversed(fields_up_to(version)))
    values = {
        "version": str(version), "interface-id": "eni-1", "srcaddr": "10.0.0.1", "dstaddr": "10.0.0.2",
        "srcport": "40000", "dstport": "443", "protocol": "6", "start": "1700000000", "end": "1700000030",
        "action": "ACCEPT", "log-status": "OK", "tcp-flags": "2", "pkt-srcaddr": "10.9.0.1", "pkt-dstaddr": "10.9.0.2",
        "flow-direction": "egress", "instance-id": "i-1", "interface-type": "nat_gateway", "packets": "3",
    }  # fmt: skip
    line = " ".join(values.get(name, "-") for name in fields)
    (tmp_path / "declared.log").write_text(line + "\n")
    (tmp_path / "headed").mkdir()
    (tmp_path / "headed" / "a.log").write_text(" ".join(fields) + "\n" + line + "\n")
    declared, _ = read(tmp_path / "declared.log", fields)
    headed, _ = read(tmp_path / "headed")
    assert declared == headed
    (row,) = headed
    assert (row["srcport"], row["dstport"], row["first_s"], row["reason"]) == (40000, 443, 1700000000, "used")
    assert row["flags"] == (2 if version >= 3 else None)
    assert row["pkt_dstaddr"] == ("10.9.0.2" if version >= 3 else "-")
    assert row["direction"] == ("egress" if version >= 5 else "-")
    assert row["interface_type"] == ("nat_gateway" if version >= 11 else "-")


def one_text(folder: Path, text: str) -> list[dict[str, Any]]:
    (folder / "a.log").write_text(text + "\n")
    rows, rejected = read(folder)
    assert not rejected
    assert len(rows) == text.count("\n")
    return rows


@pytest.mark.parametrize("text", [aws.V7, aws.V8, aws.V9, aws.V10, aws.V11])
def test_every_field_has_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.log").write_text(text + "\n")
    ((shape, _),) = find_sources([tmp_path]).files.items()
    header, *lines = [line.split() for line in text.splitlines()]
    assert shape.columns == tuple(header)
    assert {len(line) for line in lines} == {len(header)}
    versions = {int(line[0]) for line in lines}
    assert versions == {max(VERSION_OF[name] for name in header)}


def test_version_7_and_10_read_as_any_other(tmp_path: Path) -> None:
    for text in (aws.V7, aws.V10):
        (row,) = one_text(tmp_path, text)
        assert (row["interface"], row["srcaddr"], row["srcport"], row["dstaddr"], row["dstport"], row["reason"]) == (
            "eni-0a11aaaa2222bbbb3", "10.0.1.17", 41022, "10.0.2.40", 6379, "used",
        )  # fmt: skip


def test_version_8_says_what_was_rejected(tmp_path: Path) -> None:
    found = {row["srcaddr"]: row["reason"] for row in one_text(tmp_path, aws.V8)}
    assert found == {"203.0.113.12": "rejected", "10.0.1.17": "used"}


def test_version_9_names_a_regional_nat_gateway_by_its_resource(tmp_path: Path) -> None:
    rows = one_text(tmp_path, aws.V9)
    assert sorted((row["interface"], row["srcaddr"], row["direction"]) for row in rows) == [
        ("eni-0a11aaaa2222bbbb3", "10.0.1.17", "egress"),
        ("nat-0123456789abcdef0", "10.0.1.17", "ingress"),
        ("nat-0123456789abcdef0", "198.51.100.7", "egress"),
    ]


def test_version_11_says_what_an_interface_is(tmp_path: Path) -> None:
    rows = one_text(tmp_path, aws.V11)
    assert {row["interface"]: row["interface_type"] for row in rows} == {
        "eni-0a11aaaa2222bbbb3": "-",
        "eni-0c22cccc3333dddd4": "nat_gateway",
    }


def test_fields_of_each_version() -> None:
    counts = {2: 14, 3: 21, 4: 25, 5: 29, 7: 39, 8: 40, 9: 41, 10: 42, 11: 54}
    assert {version: len(fields_up_to(version)) for version in FIELDS_OF_VERSION} == counts
    assert fields_up_to(2) == DEFAULT_FORMAT
    for name in fields_up_to(11):
        assert field_of(name) == field_of(name.replace("-", "_")) == field_of(f"${{{name}}}") == name
    assert field_of("srcAddr") == "srcaddr"
    assert field_of("interfaceId") == "interface-id"
    assert field_of("nonsense") is None
    with pytest.raises(ValueError, match="not a field"):
        parse_format("version nonsense")
