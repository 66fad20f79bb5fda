"""Two flow logs of one interface say the same thing twice: of each time one of them counts."""

from __future__ import annotations

from pathlib import Path

from narrows.flowlogs import count_connections
from oracles.traffic import random_traffic, with_options


def written(folder: Path, flow_log: str, **options: object) -> Path:
    """The records of the same traffic, as another flow log would have named its files."""
    with_options(random_traffic(2, connections=2000), **options).write(folder)
    for file in list(folder.rglob("*_fl-*")):
        file.rename(file.with_name(file.name.replace("fl-0f1e2d3c4b5a69788", flow_log)))
    return folder


def test_only_one_of_two_counts(tmp_path: Path) -> None:
    one = written(tmp_path / "one", "fl-0aaaaaaaaaaaaaaaa", version=5, format="parquet")
    expected = count_connections([one])
    for number, options in enumerate(({"version": 5, "format": "text"}, {"version": 2, "format": "parquet"})):
        other = written(tmp_path / f"other-{number}", "fl-0bbbbbbbbbbbbbbbb", **options)
        found = count_connections([one, other])
        assert found.keys == expected.keys
        records = found.to_json()["records"]
        assert records["used"] == expected.to_json()["records"]["used"]
        assert records["dropped"]["another-flow-log"] > 1000
        assert any(flag["id"] == "several-flow-logs" for flag in found.quality)


def test_one_that_follows_another_goes_on(tmp_path: Path) -> None:
    """The flow log was made anew in mid-window: half of the files are of each."""
    expected = count_connections([written(tmp_path / "whole", "fl-0aaaaaaaaaaaaaaaa", interval=60)])
    written(tmp_path / "parts", "fl-0aaaaaaaaaaaaaaaa", interval=60)
    files = sorted((tmp_path / "parts").rglob("*_fl-*"), key=lambda file: file.name)
    assert len(files) >= 2
    for file in files[len(files) // 2 :]:
        file.rename(file.with_name(file.name.replace("fl-0aaaaaaaaaaaaaaaa", "fl-0bbbbbbbbbbbbbbbb")))
    found = count_connections([tmp_path / "parts"])
    before, after = (one.to_json()["records"]["used"] for one in (expected, found))
    assert after > 0.8 * before


def by_hand(file: Path, moments: dict[int, int], *, flags: bool) -> None:
    """Connections from each of some moments on, as many as it says: open in one record of a minute."""
    header = "interface-id srcaddr dstaddr srcport dstport protocol start end log-status action"
    lines = [header + " tcp-flags" * flags]
    for begin, count in moments.items():
        for port in range(2000, 2000 + count):
            times = f"6 {begin} {begin + 50} OK ACCEPT"
            lines.append(f"eni-1 10.0.0.1 10.0.9.9 {port} 443 {times}" + " 2" * flags)
            lines.append(f"eni-1 10.0.9.9 10.0.0.1 443 {port} {times}" + " 18" * flags)
    file.write_text("\n".join(lines) + "\n")


def test_one_that_has_a_gap_leaves_the_other_to_count_there(tmp_path: Path) -> None:
    """Files of the better one are missing, or one of its records has a clock that is years behind."""
    name = "111122223333_vpcflowlogs_us-east-1_fl-{}_20231114T2215Z_95f7d3dc.log"
    noon = 1_700_000_100
    for number, others in enumerate(({noon: 300, noon + 3600: 300}, {noon - 400_000_000: 1, noon + 3600: 300})):
        folder = tmp_path / str(number)
        folder.mkdir()
        by_hand(folder / name.format("0aaaaaaaaaaaaaaaa"), others, flags=True)
        by_hand(folder / name.format("0bbbbbbbbbbbbbbbb"), {noon + 1800: 500}, flags=True)
        answer = count_connections([folder])
        assert max(minute.opened for key in answer.keys for minute in key.minutes) == 500
        assert "another-flow-log" not in answer.to_json()["records"]["dropped"]
