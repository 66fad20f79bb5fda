"""Whatever is in a folder: counted and named, never a crash, never a silent loss."""

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
from narrows.flowlogs import count_connections

HEADER = " ".join(DEFAULT_FORMAT)


def line(
    port: int, start: int = 1_700_000_000, end: int = 1_700_000_030, *, interface: str = "eni-1", **other: str
) -> str:
    values = {
        "version": "2", "account-id": "123456789012", "interface-id": interface, "srcaddr": "10.0.0.1",
        "dstaddr": "10.0.9.9", "srcport": str(port), "dstport": "443", "protocol": "6", "packets": "3", "bytes": "300",
        "start": str(start), "end": str(end), "action": "ACCEPT", "log-status": "OK", **other,
    }  # fmt: skip
    return " ".join(values[name] for name in DEFAULT_FORMAT)


LINES = [line(port) for port in range(40000, 40010)]


def records(folder: Path) -> tuple[int, int, dict[str, int]]:
    found = count_connections([folder]).to_json()["records"]
    return found["read"], found["used"], found["dropped"]


def test_header_in_mid_file_double_spaces_and_lines_that_are_none(tmp_path: Path) -> None:
    odd = [HEADER, line(40010).replace(" 443 ", "  443 "), "half a line", line(40011) + " more", "", line(40012) + " "]
    (tmp_path / "a.log").write_text("\n".join([HEADER, *LINES, *odd]) + "\n")
    assert records(tmp_path) == (15, 12, {"header": 1, "wrong-number-of-fields": 2})


@pytest.mark.parametrize("written", ["src_addr interface_id", "srcAddr interfaceId", "${srcaddr} ${interface-id}"])
def test_a_header_in_mid_file_is_one_however_it_writes_its_fields(tmp_path: Path, written: str) -> None:
    source, interface = written.split()
    header = HEADER.replace("srcaddr", source).replace("interface-id", interface)
    (tmp_path / "a.log").write_text("\n".join([header, *LINES, header, line(40010), "half a line"]) + "\n")
    assert records(tmp_path) == (13, 11, {"header": 1, "wrong-number-of-fields": 1})


def test_any_number_of_spaces_and_a_control_character(tmp_path: Path) -> None:
    spaced = [line(40010).replace(" ", "    "), " " * 200 + line(40011), line(40012) + " " * 200, line(40013) + "\r"]
    odd = [line(40014).replace(" OK", "\x01 OK"), line(40015).replace(" OK", "  more OK"), " " * 50]
    (tmp_path / "a.log").write_text("\n".join([HEADER, *LINES, *spaced, *odd]) + "\n")
    assert records(tmp_path) == (16, 14, {"wrong-number-of-fields": 2})


def test_dash_none_and_words_for_numbers(tmp_path: Path) -> None:
    odd = [
        line(1).replace(" 1 443 ", " - 443 "),
        line(2).replace(" 2 443 ", " None 443 "),
        line(3).replace(" 3 443 ", " http 443 "),
        line(4, end=1_699_999_000),
        line(0, protocol="1"),
        line(5, interface="-"),
        line(6, srcaddr="None"),
        line(7).replace("1700000000", "-"),
    ]
    (tmp_path / "a.log").write_text("\n".join([*LINES, *odd]) + "\n")
    assert records(tmp_path) == (
        18, 10,
        {"end-before-start": 1, "no-address": 1, "no-interface": 1, "no-ports": 3, "no-time": 1, "not-a-number": 1},
    )  # fmt: skip


def test_milliseconds_and_ipv6(tmp_path: Path) -> None:
    odd = line(40010, 1_700_000_000_000, 1_700_000_030_500)
    six = line(40011, srcaddr="2001:db8::1", dstaddr="2001:db8::2", interface="eni-6")
    (tmp_path / "a.log").write_text("\n".join([*LINES, odd, six]) + "\n")
    answer = count_connections([tmp_path]).to_json()
    assert answer["records"]["used"] == 12
    assert answer["window"] == ["2023-11-14T22:13:20Z", "2023-11-14T22:13:50Z"]
    assert {key["destination"]: key["peak"]["high"] for key in answer["keys"]} == {"10.0.9.9": 11, "2001:db8::2": 1}


def test_a_truncated_gzip_gives_what_it_has(tmp_path: Path) -> None:
    many = [line(port, start=1_700_000_000 + port % 25) for port in range(1024, 30000)]
    whole = gzip.compress(("\n".join([HEADER, *many]) + "\n").encode())
    (tmp_path / "a.log.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(("\n".join([HEADER, *LINES]) + "\n").encode()))
    answer = count_connections([tmp_path])
    read = answer.to_json()["records"]
    assert 10 + len(many) // 10 < read["used"] < len(many)
    assert sum(read["dropped"].values()) <= 1
    (flag,) = [flag for flag in answer.quality if flag["id"] == "unreadable"]
    assert "a.log.gz" in flag["text"]
    assert "truncated" in flag["text"]


def test_one_unreadable_object_among_many(tmp_path: Path) -> None:
    for number in range(60):
        text = f"{HEADER}\n{line(40000 + number)}\n"
        (tmp_path / f"{number:03d}.log.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "030.log.gz").write_bytes(b"\x1f\x8b\x08 this is not gzip")
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and then nothing")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0\0\0")
    (tmp_path / "notes.md").write_text("# Notes\n\nnothing here\n")
    answer = count_connections([tmp_path])
    assert answer.to_json()["records"]["used"] == 59
    text = next(flag["text"] for flag in answer.quality if flag["id"] == "unreadable")
    assert all(name in text for name in ("030.log.gz", "x.parquet", "picture.png"))
    assert any(flag["id"] == "other-files" and ".md" in flag["text"] for flag in answer.quality)


def test_parquet_with_ports_as_strings_and_mixed_versions(tmp_path: Path) -> None:
    names = [name.replace("-", "_") for name in DEFAULT_FORMAT]
    rows = [one.split() for one in (*LINES, line(1).replace(" 1 443 ", " x 443 "))]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "strings.parquet")
    numbers = ("srcport", "dstport", "protocol", "start", "end")
    typed = {
        name: pa.array(values).cast(pa.int64()) if name in numbers else values
        for name, values in ((name, [row[k] for row in rows[:10]]) for k, name in enumerate(names))
    }
    pq.write_table(pa.table({**typed, "interface_id": ["eni-2"] * 10}), tmp_path / "typed.parquet")
    (tmp_path / "v5.log").write_text(
        "interface-id srcaddr dstaddr srcport dstport protocol tcp-flags start end\n"
        "eni-3 10.0.0.1 10.0.9.9 50000 443 6 2 1700000000 1700000030\n"
    )
    answer = count_connections([tmp_path]).to_json()
    assert answer["records"] == {"read": 22, "used": 21, "dropped": {"not-a-number": 1}}
    assert {key["interface"] for key in answer["keys"]} == {"eni-1", "eni-2", "eni-3"}


def test_cloudwatch_logs_exports_and_subscriptions(tmp_path: Path) -> None:
    stamped = "\n".join(f"2023-11-14T22:13:20.000Z {one}" for one in LINES)
    (tmp_path / "export.txt").write_text(stamped + "\n")
    events = [{"id": str(k), "timestamp": 1, "message": line(41000 + k)} for k in range(5)]
    document = {"messageType": "DATA_MESSAGE", "logGroup": "flow", "logEvents": events}
    (tmp_path / "firehose.gz").write_bytes(gzip.compress((json.dumps(document) * 2).encode()))
    (tmp_path / "filtered.json").write_text(json.dumps({"events": [{"message": line(42000)}]}, indent=2))
    (tmp_path / "broken.json").write_text('{"events": [{"message": ')
    answer = count_connections([tmp_path])
    assert answer.to_json()["records"]["used"] == 10 + 10 + 1
    assert any("broken.json" in flag["text"] for flag in answer.quality)


def test_log_lines_in_json_beside_text_of_the_same_fields(tmp_path: Path) -> None:
    """Both have no header and the default format, and belong to no flow log that is known: neither takes the other's
    place."""
    (tmp_path / "a.log").write_text("\n".join(LINES) + "\n")
    (tmp_path / "b.json").write_text(json.dumps({"events": [{"message": line(42000)}]}))
    (tmp_path / "c.log").write_text(line(43000) + "\n")
    assert count_connections([tmp_path]).to_json()["records"]["used"] == len(LINES) + 2


def test_nothing_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        count_connections([tmp_path / "nothing"])
    with pytest.raises(InputError, match="no flow logs"):
        count_connections([tmp_path])
    (tmp_path / "a.log").write_text(line(0, protocol="1") + "\n")
    (tmp_path / "b.log").write_text(line(1).replace("1700000000 1700000030", "- -") + "\n")
    with pytest.raises(InputError, match="no record can be used"):
        count_connections([tmp_path / "b.log"])


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=60), st.just(HEADER)), max_size=12))
def test_any_text_is_counted(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    text = "\n".join([HEADER, LINES[0], *(one.replace("\0", " ") for one in lines)]) + "\n"
    (folder / "a.log").write_text(text, encoding="utf-8")
    answer = count_connections([folder])
    good = sum(one in LINES for one in text.splitlines())
    assert answer.to_json()["records"]["used"] == good
