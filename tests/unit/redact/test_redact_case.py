"""A case to give away: every file of it, what is left out, and the mapping that stays."""

from __future__ import annotations

import gzip
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from narrows.case import read_case
from narrows.errors import InputError
from narrows.redact import redact_case
from tests.unit.case.cases import case_at, function, subnet

HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
RECORD = "2 111122223333 eni-0a1b2c3d4e5f60718 10.0.0.77 54.12.33.7 40001 443 6 10 840 1795176000 1795176060 ACCEPT OK"
DELIVERED = "111122223333_vpcflowlogs_us-east-1_fl-0a1b2c3d4e5f60718_20261120T1200Z_0a1b2c3d.log.gz"
LOG = """\
2026-11-20T12:03:00.000Z 2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef [ERROR] ConnectTimeoutError: acmecorp.com
2026-11-20T12:03:01.000Z 2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef done for Wumpus of storefront
"""
ABOUT = """\
schema: 1
# Wumpus wrote this
region: us-east-1
window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]
functions: [storefront]
destinations:
  cache: {name: cache.acmecorp.com, port: 443, addresses: [54.12.33.7]}
reported: Wumpus sees connect timeouts since 12:03 under load
"""


def whole_case(folder: Path) -> Path:
    """A case with a file of every kind."""
    files = {
        "lambda/functions.json": {"Functions": [function(Environment={"Variables": {"WUMPUS": "4711"}})]},
        "lambda/function-storefront.json": function(State="Active"),
        "ec2/subnets.json": {"Subnets": [subnet(Tags=[{"Key": "Name", "Value": "acmecorp-a"}])]},
        "ec2/own.json": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}]},
        "ec2/other.json": {"Reservations": [{"Instances": ["acmecorp"]}]},
        "service-quotas-wumpus.json": {"Quotas": [{"QuotaCode": "L-B99A9384", "Value": 1000.0}]},
        "callers/storefront.log": LOG,
        "callers/notes.docx": "acmecorp",
        "flow-logs/AWSLogs/111122223333/a.log": f"{HEADER}\n{RECORD}\nacmecorp broken\n",
        f"flow-logs/{DELIVERED}": gzip.compress(f"{HEADER}\n{RECORD}\n".encode()),
        "flow-logs/junk.bin": b"\0acmecorp",
        "README.md": "acmecorp",
        "truth.json": {"who": "acmecorp"},
    }
    case_at(folder, files, ABOUT)
    words = dict(zip(HEADER.split(), RECORD.split(), strict=True))
    numbers = {"version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end"}
    columns = {
        name.replace("-", "_"): pa.array([int(word) if name in numbers else word]) for name, word in words.items()
    }
    pq.write_table(pa.table({**columns, "acmecorp_note": pa.array(["acmecorp"])}), folder / "flow-logs" / "b.parquet")
    table = pa.table({
        "time": pa.array([1_795_176_000_000_000], pa.timestamp("us", tz="UTC")),
        "function": pa.array(["storefront"]).dictionary_encode(), "environment": pa.array([7], pa.int32()),
        "destination": pa.array(["cache"]), "outcome": pa.array(["timed_out"]),
        "seconds": pa.array([30.0], pa.float32()),
        "odd": pa.array([["acmecorp"]]),
    })  # fmt: skip
    pq.write_table(table, folder / "callers" / "outcomes.parquet")
    return folder


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("redact")
    redact_case(whole_case(folder / "case"), folder / "out")
    return folder


def every_text(folder: Path) -> str:
    """Everything in a folder, unpacked, with the names of its files."""
    parts = []
    for file in sorted(folder.rglob("*")):
        parts.append(str(file.relative_to(folder)))
        if file.suffix == ".parquet":
            parts.append(str(pq.read_table(file).to_pydict()) + str(pq.read_metadata(file).metadata))
            parts.append(file.read_bytes().decode("latin-1"))
        elif file.is_file():
            raw = file.read_bytes()
            parts.append((gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("latin-1"))
    return "\n".join(parts)


@pytest.mark.parametrize("word", [
    "storefront", "acmecorp", "wumpus", "111122223333", "54.12.33.7", "0a1b2c3d4e5f60718", "subnet-1", "vpc-1", "4711",
    "0123456789abcdef",
])  # fmt: skip
def test_nothing_that_tells_whose_it_is_stands_anywhere_in_it(done: Path, word: str) -> None:
    assert word in every_text(done / "case").lower(), "else the test looks for nothing"
    assert word not in every_text(done / "out").lower()


def test_every_file_is_of_the_kind_that_it_was(done: Path) -> None:
    out = done / "out"
    record = (out / "flow-logs" / "AWSLogs").rglob("*.log").__next__().read_text().splitlines()
    assert record[0] == HEADER
    was, now = RECORD.split(), record[1].split()
    kept = [place for place, (one, other) in enumerate(zip(was, now, strict=True)) if one == other]
    assert kept == [0, 5, 6, 7, 8, 9, 10, 11, 12, 13], "numbers, times, action and status"
    packed = next((out / "flow-logs").glob("*_vpcflowlogs_us-east-1_fl-*_20261120T1200Z_*.log.gz"))
    assert gzip.decompress(packed.read_bytes()).decode().splitlines() == record[:2]
    table = pq.read_table(next((out / "flow-logs").glob("*.parquet")))
    was_table = pq.read_table(done / "case" / "flow-logs" / "b.parquet")
    assert table.schema.types == was_table.schema.types
    assert table.schema.names[:-1] == was_table.schema.names[:-1]
    assert [str(one) for one in table.to_pylist()[0].values()][:-1] == now
    outcomes = pq.read_table(out / "callers" / "outcomes.parquet")
    assert outcomes.schema.names == ["time", "function", "environment", "destination", "outcome", "seconds"]
    assert outcomes.column("outcome").to_pylist() == ["timed_out"]


def test_names_are_the_same_in_every_file(done: Path) -> None:
    read = read_case(done / "out")
    name = read.functions[0]
    assert list(read.topology.network.functions) == [name]
    assert (done / "out" / "callers" / f"{name}.log").is_file()
    assert (done / "out" / "lambda" / f"function-{name}.json").is_file()
    assert pq.read_table(done / "out" / "callers" / "outcomes.parquet").column("function").to_pylist() == [name]
    assert pq.read_table(done / "out" / "callers" / "outcomes.parquet").column("destination").to_pylist() == [
        next(iter(read.destinations))
    ]


def test_what_is_not_carried_over_is_listed(done: Path) -> None:
    listed = (done / "out.mapping.left.txt").read_text()
    for name in ("README.md", "callers/notes.docx", "ec2/other.json", "flow-logs/junk.bin", "truth.json", "odd"):
        assert f"\n{name}: " in listed
    assert not (done / "out" / "truth.json").exists()


def test_the_mapping_and_the_list_are_their_owners_alone_and_not_in_the_case(done: Path) -> None:
    for name in ("out.mapping.json", "out.mapping.left.txt"):
        assert stat.S_IMODE((done / name).stat().st_mode) == 0o600
    mapping = json.loads((done / "out.mapping.json").read_text())
    assert mapping["words"]["storefront"] in every_text(done / "out")
    assert mapping["key"] not in every_text(done / "out")


def test_a_second_case_by_the_same_mapping_has_the_same_pseudonyms(tmp_path: Path) -> None:
    one = case_at(tmp_path / "one", {"lambda/functions.json": {"Functions": [function()]}})
    two = case_at(tmp_path / "two", {"lambda/functions.json": {"Functions": [function("another"), function()]}})
    mapping = tmp_path / "both.json"
    redact_case(one, tmp_path / "out-one", mapping)
    redact_case(two, tmp_path / "out-two", mapping)
    first, second = read_case(tmp_path / "out-one"), read_case(tmp_path / "out-two")
    assert first.functions == second.functions
    assert first.destinations == second.destinations
    assert set(first.topology.network.functions) < set(second.topology.network.functions)
    assert stat.S_IMODE(mapping.stat().st_mode) == 0o600


def test_without_a_mapping_two_runs_differ(tmp_path: Path) -> None:
    case = whole_case(tmp_path / "case")
    redact_case(case, tmp_path / "one")
    redact_case(case, tmp_path / "two")
    assert read_case(tmp_path / "one").destinations != read_case(tmp_path / "two").destinations


@pytest.mark.parametrize(("out", "mapping", "problem"), [
    ("case/out", None, "is inside of the case"), (".", None, "holds the case"), ("case", None, "is inside of the case"),
    ("out", "out/m.json", "would be given away"), ("out", "case/m.json", "would be given away"),
    ("full", None, "is not empty"), ("out", "none/m.json", "its folder is not there"),
    ("out", "full/file", "is not the mapping of a redaction"),
])  # fmt: skip
def test_places_that_would_give_something_away_are_refused(
    tmp_path: Path, out: str, mapping: str | None, problem: str
) -> None:
    case_at(tmp_path / "case")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("{}")
    (tmp_path / "full" / "file").chmod(0o600)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=problem):
        redact_case(tmp_path / "case", tmp_path / out, None if mapping is None else tmp_path / mapping)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_mapping_that_others_can_read_is_refused(tmp_path: Path) -> None:
    case_at(tmp_path / "case")
    redact_case(tmp_path / "case", tmp_path / "one")
    mapping = tmp_path / "one.mapping.json"
    mapping.chmod(0o644)
    with pytest.raises(InputError, match="others can read it"):
        redact_case(tmp_path / "case", tmp_path / "two", mapping)


@pytest.mark.parametrize("change", [
    {"key": "zz"}, {"key": 7}, {"words": {"alpha": "beta"}}, {"words": ["alpha"]}, {"ids": {"vpc-1": "vpc-\x1b"}},
    {"words": {"alpha": "kakaka", "beta": "kakaka"}}, {"narrows_redaction": 2},
])  # fmt: skip
def test_a_mapping_that_narrows_did_not_write_is_one_line(tmp_path: Path, change: dict[str, object]) -> None:
    case_at(tmp_path / "case")
    redact_case(tmp_path / "case", tmp_path / "one")
    mapping = tmp_path / "one.mapping.json"
    mapping.write_text(json.dumps({**json.loads(mapping.read_text()), **change}))
    with pytest.raises(InputError, match=r"mapping|pseudonym"):
        redact_case(tmp_path / "case", tmp_path / "two", mapping)
    assert not (tmp_path / "two").exists()


def test_a_mapping_of_an_earlier_run_is_not_written_over(tmp_path: Path) -> None:
    case_at(tmp_path / "case")
    redact_case(tmp_path / "case", tmp_path / "one")
    (tmp_path / "one").rename(tmp_path / "moved")
    with pytest.raises(InputError, match="is there already"):
        redact_case(tmp_path / "case", tmp_path / "one")


@pytest.mark.parametrize("name", [".*", "a|b", "[x]", "a(b", "$(rm)", "..", "-rf", "a\nb", "\x1b[31m", "{{x}}", "%s"])
def test_names_that_mean_something_to_somebody_else_are_names(tmp_path: Path, name: str) -> None:
    tags = [{"Key": "Name", "Value": f"globex{name}"}, {"Key": name, "Value": name}]
    case_at(tmp_path / "case", {"ec2/subnets.json": {"Subnets": [subnet(Tags=tags)]}, "callers/a.log": f"x {name} y\n"})
    redact_case(tmp_path / "case", tmp_path / "out")
    assert "globex" not in every_text(tmp_path / "out")


def test_a_case_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    case_at(tmp_path / "case", {"ec2/subnets.json": '{"Subnets": ['})
    with pytest.raises(InputError, match=r"subnets\.json"):
        redact_case(tmp_path / "case", tmp_path / "out")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["case"]


def test_a_run_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    case = case_at(tmp_path / "case", {"flow-logs/a.log": HEADER + "\n" + (RECORD + "\n") * 600_000})
    run = subprocess.Popen(
        [sys.executable, "-m", "narrows", "redact", str(case), "--out", str(tmp_path / "out")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    while not any(one.name.startswith(".narrows-") for one in tmp_path.iterdir()):
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate()
    assert run.returncode == 130, said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["case"]
