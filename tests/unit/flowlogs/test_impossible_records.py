"""Records that cannot be: each is dropped by its reason, costs nothing, and takes no other with it."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.flowlogs import count_connections
from tests.unit.flowlogs.test_bad_input import HEADER, LINES, line

BIG = 2**63 - 1
NODATA = "2 123456789012 eni-1 - - - - - - - {} {} - {}"
DAY = 86_400


def dropped(folder: Path, *lines: str) -> dict[str, int]:
    """What is dropped of these beside records that are sound, all of which must count."""
    (folder / "a.log").write_text("\n".join([HEADER, *LINES, *lines]) + "\n")
    answer = count_connections([folder])
    found = answer.to_json()["records"]
    assert found["used"] == len(LINES)
    said = " ".join(f"{flag['id']} {flag['text']}" for flag in answer.quality)
    assert all(reason in said for reason in found["dropped"] if reason != "nodata")
    assert answer.window[1] - answer.window[0] < DAY
    return found["dropped"]


@pytest.mark.parametrize(
    ("start", "end"),
    [(1_700_000_000, 99_999_999_999), (1_700_000_000, BIG), (-BIG - 1, 1_700_000_030), (0, 30), (-BIG - 1, BIG),
     (4_200_000_000, 4_200_000_030)],
)  # fmt: skip
def test_a_time_that_no_record_is_of(tmp_path: Path, start: int, end: int) -> None:
    assert dropped(tmp_path, line(1, start, end)) == {"impossible-time": 1}


def test_a_record_that_lasts_too_long_or_ends_before_it_begins(tmp_path: Path) -> None:
    long = line(1, 1_700_000_000, 1_700_000_000 + 10 * DAY)
    assert dropped(tmp_path, long, line(2, 1_700_000_030, 1_700_000_000)) == {"too-long": 1, "end-before-start": 1}


@pytest.mark.parametrize(
    "odd",
    [
        line(65_536), line(-1), line(2**31), line(BIG), line(3, dstport=str(2**40)), line(3, protocol="300"),
        line(2**31).replace(" 443 ", "  443 "), line(-5).replace(" 443 ", "  443 "),
    ],
)  # fmt: skip
def test_a_number_that_no_field_has(tmp_path: Path, odd: str) -> None:
    assert dropped(tmp_path, odd) == {"impossible-number": 1}


def test_tcp_flags_of_more_than_a_byte(tmp_path: Path) -> None:
    fields = "interface-id srcaddr dstaddr srcport dstport protocol start end tcp-flags"
    sound = "eni-1 10.0.0.1 10.0.9.9 1024 443 6 1700000000 1700000030 2"
    (tmp_path / "a.log").write_text("\n".join([fields, sound, sound.removesuffix("2") + str(2**40)]) + "\n")
    records = count_connections([tmp_path]).to_json()["records"]
    assert records == {"read": 2, "used": 1, "dropped": {"impossible-number": 1}}


@pytest.mark.parametrize(
    "times", [("1700000000", "-"), ("-", "1700000000"), ("-", "-"), ("1700000000", "x"), ("1700000000", str(BIG)),
              (str(-BIG - 1), "1700000000"), ("x", "y")],
)  # fmt: skip
@pytest.mark.parametrize("status", ["NODATA", "SKIPDATA"])
def test_no_data_with_times_that_are_none(tmp_path: Path, status: str, times: tuple[str, str]) -> None:
    assert dropped(tmp_path, NODATA.format(*times, status)) == {status.lower(): 1}


def test_lost_records_are_said_even_where_their_time_is_not(tmp_path: Path) -> None:
    dropped(tmp_path, NODATA.format("1700000000", "x", "SKIPDATA"))
    assert any(flag["id"] == "skipdata" for flag in count_connections([tmp_path]).quality)


@pytest.mark.parametrize("lines", [[NODATA.format("1700000000", "-", "NODATA")], [NODATA.format("-", "-", "-")], []])
def test_no_record_at_all(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "a.log").write_text("\n".join([HEADER, *lines]) + "\n")
    with pytest.raises(InputError, match=r"no (record can be used|flow logs can be read)"):
        count_connections([tmp_path])


def test_a_record_far_from_all_others_does_not_stretch_the_answer(tmp_path: Path) -> None:
    odd = [line(9, 1_300_000_000, 1_300_000_030), NODATA.format(2_000_000_000, 2_000_000_060, "NODATA")]
    assert dropped(tmp_path, *odd) == {"far-from-the-others": 2}
    told = [sys.executable, "-m", "narrows", "flowlogs", "--csv", str(tmp_path / "a.log")]
    out = subprocess.run(told, capture_output=True, text=True, check=True, timeout=60).stdout
    assert 2 <= len(list(csv.reader(out.splitlines()))) < 10


def test_years_of_records_ask_which_time_is_meant(tmp_path: Path) -> None:
    then = [line(port, 1_600_000_000, 1_600_000_030) for port in range(40_000, 40_010)]
    (tmp_path / "a.log").write_text("\n".join([HEADER, *LINES, *then]) + "\n")
    with pytest.raises(InputError, match=r"2020-09-13 to 2023-11-14.*--from and --to"):
        count_connections([tmp_path])
    found = count_connections([tmp_path], window=(1_600_000_000, 1_650_000_000)).to_json()["records"]
    assert found == {"read": 20, "used": 10, "dropped": {"outside-window": 10}}


@pytest.mark.parametrize("window", [(0, 253_402_300_799), (-BIG - 1, BIG), (1_700_000_000, 253_402_300_799)])
def test_a_window_of_any_size_costs_nothing(tmp_path: Path, window: tuple[int, int]) -> None:
    (tmp_path / "a.log").write_text("\n".join([HEADER, *LINES, line(1, 1_700_000_000, BIG)]) + "\n")
    answer = count_connections([tmp_path], window=window)
    assert answer.to_json()["records"]["used"] == len(LINES)
    assert len(answer.raw.blind) <= 2 * len(answer.keys)


def test_an_answer_has_no_more_minutes_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows.flowlogs.engine_duckdb.COUNTED_ROWS", 100)
    many = [line(port, 1_700_000_000 + 120 * port, 1_700_000_030 + 120 * port) for port in range(1, 201)]
    (tmp_path / "a.log").write_text("\n".join([HEADER, *many]) + "\n")
    with pytest.raises(InputError, match=r"more than 100 minutes.*--from"):
        count_connections([tmp_path])


def test_one_bad_port_costs_one_record(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.log").write_text("\n".join([HEADER, *LINES]) + "\n")
    (tmp_path / "bad.log").write_text("\n".join([HEADER, line(2**31).replace(" 443 ", "  443 ")]) + "\n")
    answer = count_connections([tmp_path])
    assert answer.to_json()["records"] == {"read": 51, "used": 50, "dropped": {"impossible-number": 1}}
    assert not any(flag["id"] == "unreadable" for flag in answer.quality)


def test_a_header_that_names_a_field_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(HEADER.replace("account-id", "srcaddr") + "\n" + LINES[0] + "\n")
    with pytest.raises(InputError, match="2 columns of srcaddr"):
        count_connections([tmp_path])
