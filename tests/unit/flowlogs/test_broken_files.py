"""Files that break while they are read: each is named, what can be read of it counts, and the others lose nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrows.case.flow_log_fields import DEFAULT_FORMAT
from narrows.errors import InputError
from narrows.flowlogs import Answer, count_connections
from tests.unit.flowlogs.test_bad_input import HEADER, LINES, line

TEXT = "\n".join([HEADER, *LINES]) + "\n"


def used(answer: Answer) -> int:
    return answer.to_json()["records"]["used"]


def said(answer: Answer, kind: str) -> str:
    return next((flag["text"] for flag in answer.quality if flag["id"] == kind), "")


def parquet(file: Path, count: int) -> None:
    numbers = {"srcport": 1024, "dstport": 443, "protocol": 6, "start": 1_700_000_000, "end": 1_700_000_030}
    columns: dict[str, pa.Array] = {name: pa.array([value] * count, pa.int64()) for name, value in numbers.items()}
    columns["srcport"] = pa.array([1024 + k % 60_000 for k in range(count)], pa.int64())
    texts = {"interface_id": "eni-1", "srcaddr": "10.0.0.1", "dstaddr": "10.0.9.9"}
    columns |= {name: pa.array([value] * count) for name, value in texts.items()}
    pq.write_table(pa.table(columns), file, use_dictionary=False)


@pytest.mark.parametrize("place", [0.05, 0.3, 0.6])
def test_parquet_whose_pages_are_broken(tmp_path: Path, place: float) -> None:
    """Its footer is whole, so that nothing shows before the pages are read."""
    for name in ("a", "b", "c"):
        parquet(tmp_path / f"{name}.parquet", 1000)
    data = bytearray((tmp_path / "b.parquet").read_bytes())
    begin = int(len(data) * place)
    data[begin : begin + 500] = b"\xff" * 500
    (tmp_path / "b.parquet").write_bytes(data)
    answer = count_connections([tmp_path])
    assert "b.parquet" in said(answer, "unreadable")
    assert "a.parquet" not in said(answer, "unreadable")
    assert used(answer) == 2000


def test_parquet_whose_broken_page_its_own_statistics_make_needless(tmp_path: Path) -> None:
    """Alone, the column with the broken page is not read: its statistics say that it never has SKIPDATA."""
    for name in ("a", "b"):
        parquet(tmp_path / f"{name}.parquet", 1000)
        table = pq.read_table(tmp_path / f"{name}.parquet").append_column("log_status", pa.array(["OK"] * 1000))
        pq.write_table(table, tmp_path / f"{name}.parquet", use_dictionary=False)
    (tmp_path / "c.log").write_text(TEXT)
    group = pq.read_metadata(tmp_path / "b.parquet").row_group(0)
    begin = next(
        column.data_page_offset for k in range(20) if (column := group.column(k)).path_in_schema == "log_status"
    )
    data = bytearray((tmp_path / "b.parquet").read_bytes())
    data[begin : begin + 20] = b"\xff" * 20
    (tmp_path / "b.parquet").write_bytes(data)
    answer = count_connections([tmp_path], window=(1_600_000_000, 1_800_000_000))
    assert "b.parquet" in said(answer, "unreadable")
    assert "a.parquet" not in said(answer, "unreadable")
    assert used(answer) == 1000 + len(LINES)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_gzip_cut_off_anywhere(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("cut")
    many = [line(port) for port in range(1024, 2024)]
    whole = gzip.compress(("\n".join([HEADER, *many]) + "\n").encode())
    cut = data.draw(st.integers(1, len(whole) - 1))
    (folder / "cut.log.gz").write_bytes(whole[:cut])
    (folder / "whole.log.gz").write_bytes(gzip.compress(TEXT.encode()))
    answer = count_connections([folder])
    assert "cut.log.gz" in said(answer, "unreadable")
    assert len(LINES) <= used(answer) <= len(LINES) + len(many)
    assert not answer.to_json()["records"]["dropped"]


def test_gzip_in_several_members_and_with_something_behind(tmp_path: Path) -> None:
    """CloudWatch Logs and Firehose append members; a line may go on in the next."""
    data = TEXT.encode()
    (tmp_path / "members.log.gz").write_bytes(gzip.compress(data[:333]) + gzip.compress(data[333:]))
    assert used(count_connections([tmp_path])) == len(LINES)
    (tmp_path / "members.log.gz").write_bytes(gzip.compress(data) + b"something else")
    answer = count_connections([tmp_path])
    assert used(answer) == len(LINES)
    assert "members.log.gz" in said(answer, "unreadable")


@pytest.mark.parametrize("broken", [b'{"message": "\xc0"}', b'{"a": ' + b"9" * 5_000 + b"}"], ids=["bytes", "digits"])
def test_cloudwatch_json_that_no_parser_takes(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "sound.log").write_text("\n".join([HEADER, *LINES]) + "\n")
    (tmp_path / "a.json").write_bytes(json.dumps({"message": LINES[0]}).encode() + broken)
    answer = count_connections([tmp_path])
    assert "a.json" in said(answer, "unreadable")


def test_cloudwatch_json_that_breaks_off(tmp_path: Path) -> None:
    document = json.dumps({"messageType": "DATA_MESSAGE", "logEvents": [{"message": one} for one in LINES]})
    control = json.dumps({"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "Checking health"}]})
    whole = gzip.compress((control + document + document).encode())
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) - 12])
    answer = count_connections([tmp_path])
    assert len(LINES) < used(answer) < 2 * len(LINES), "the events before the break count"
    assert not answer.to_json()["records"]["dropped"]
    assert "cut.gz" in said(answer, "unreadable")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    assert "nested" in said(count_connections([tmp_path]), "unreadable")


def test_what_aws_logs_tail_prints(tmp_path: Path) -> None:
    stamps = [f"2023-11-14T22:13:20.000000+00:00 eni-0a1b2c3d-all {one}" for one in LINES]
    (tmp_path / "tail.log").write_text("\n".join(stamps) + "\n")
    assert used(count_connections([tmp_path])) == len(LINES)


def test_text_in_a_format_that_nobody_declared_is_named(tmp_path: Path) -> None:
    records = [f"eni-1 10.0.0.1 {port} 10.0.9.9 443 6 1700000000 1700000030 2" for port in range(1024, 1074)]
    (tmp_path / "custom.log").write_text("\n".join(records) + "\n")
    with pytest.raises(InputError, match=r"custom\.log: has no header.*--format"):
        count_connections([tmp_path])
    fields = ["interface-id", "srcaddr", "srcport", "dstaddr", "dstport", "protocol", "start", "end", "tcp-flags"]
    assert used(count_connections([tmp_path], declared=fields)) == len(records)
    (tmp_path / "whole.log").write_text(TEXT)
    answer = count_connections([tmp_path])
    assert used(answer) == len(LINES)
    assert "custom.log" in said(answer, "unreadable")


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n\nnothing of interest\n")
    (tmp_path / "table.csv").write_text("a,b,c\n1,2,3\n")
    (tmp_path / "settings.json").write_text('{"a": 1}')
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        count_connections([tmp_path])
    for kind in (".md", ".csv", ".json", "empty"):
        assert f"1 {kind}" in str(caught.value)
    (tmp_path / "flow.log").write_text(TEXT)
    answer = count_connections([tmp_path])
    assert used(answer) == len(LINES)
    assert "1 .json" in said(answer, "other-files")


def test_memory_that_is_not_enough_or_no_size(tmp_path: Path) -> None:
    (tmp_path / "flow.log").write_text(TEXT)
    for size in ("1MB", "plenty"):
        with pytest.raises(InputError, match="--memory-limit"):
            count_connections([tmp_path], memory_limit=size)


def test_files_of_several_formats_put_together(tmp_path: Path) -> None:
    """``zcat *.gz > all.log`` over two flow logs: the second header is another one."""
    other = [f"eni-9 {port} 10.0.9.9 10.0.0.9 443 6 2 1700000000 1700000030" for port in range(5000, 5020)]
    swapped = (*DEFAULT_FORMAT[:3], "dstaddr", "srcaddr", "dstport", "srcport", *DEFAULT_FORMAT[7:])
    same_width = [
        " ".join(
            dict(zip(DEFAULT_FORMAT, line(port, interface="eni-8").split(), strict=True))[name] for name in swapped
        )
        for port in range(6000, 6005)
    ]
    parts = [
        HEADER, *LINES, HEADER, *LINES[:3],
        "interface-id srcport dstaddr srcaddr dstport protocol tcp-flags start end", *other,
        " ".join(swapped), *same_width, HEADER, LINES[0],
    ]  # fmt: skip
    (tmp_path / "all.log.gz").write_bytes(gzip.compress(("\n".join(parts) + "\n").encode()))
    (tmp_path / "plain.log").write_text(f"{HEADER}\n{line(7000, interface='eni-7')}\n")
    answer = count_connections([tmp_path])
    assert used(answer) == len(LINES) + 3 + 20 + 5 + 1 + 1
    assert set(answer.to_json()["records"]["dropped"]) <= {"header"}
    keys = {key.interface: (key.destination, key.port, key.high) for key in answer.keys}
    assert keys["eni-9"] == ("10.0.9.9", 443, 20)
    assert keys["eni-1"] == ("10.0.9.9", 443, 10)
    assert keys["eni-8"] == ("10.0.9.9", 443, 5)
    assert keys["eni-7"] == ("10.0.9.9", 443, 1)


@pytest.mark.parametrize("broken", ["a", "b"])
def test_a_copy_that_broke_off_does_not_stand_for_the_whole_one(tmp_path: Path, broken: str) -> None:
    name = "111122223333_vpcflowlogs_us-east-1_fl-0f1e2d3c4b5a69788_20231114T2215Z_95f7d3dc.log"
    whole = gzip.compress(TEXT.encode())
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.gz").write_bytes(whole[:40] if folder == broken else whole)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / f"{name}.gz").write_bytes(b"")
    assert used(count_connections([tmp_path])) == len(LINES)
    (tmp_path / "a" / name).write_text(TEXT)  # gunzip -k
    assert used(count_connections([tmp_path])) == len(LINES)


def test_a_file_that_stands_there_twice_counts_once(tmp_path: Path) -> None:
    """Named twice, or copied: AWS gives a name to one file only."""
    name = "111122223333_vpcflowlogs_us-east-1_fl-0f1e2d3c4b5a69788_20231114T2215Z_95f7d3dc.log.gz"
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / name).write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "own.log").write_text(f"{HEADER}\n{line(50000)}\n")
    (tmp_path / "link.log").symlink_to(tmp_path / "own.log")
    answer = count_connections([tmp_path, tmp_path / "own.log"])
    assert used(answer) == len(LINES) + 1
    assert said(answer, "duplicates").startswith("3 copies")
    assert answer.keys[0].high == len(LINES) + 1


def test_whole_parquet_of_something_else_is_no_broken_file(tmp_path: Path) -> None:
    """As a case's callers/outcomes.parquet, where the whole case is named."""
    pq.write_table(pa.table({"time": [1.0], "outcome": ["timed-out"]}), tmp_path / "outcomes.parquet")
    (tmp_path / "flow.log").write_text(TEXT)
    answer = count_connections([tmp_path])
    assert said(answer, "unreadable") == ""
    assert "1 .parquet" in said(answer, "other-files")
