"""Whatever cannot be used is one clear line with its place; whatever is merely less stays readable."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from narrows.case import CallerOutcome, read_case, write_case
from narrows.case.reading.aws_files import AWS_FILES
from narrows.errors import InputError
from tests.unit.case.cases import CASE_YAML, case_at, function, nat_gateway, query, result, small, subnet
from tests.unit.case.recordings import recording_of


def error_of(folder: Path) -> str:
    with pytest.raises(InputError) as raised:
        read_case(folder)
    text = str(raised.value)
    assert "\n" not in text
    return text.replace(str(folder), "CASE")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    assert error_of(tmp_path / "absent") == "CASE: no such folder; name a folder that holds a case.yaml"
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert (
        error_of(tmp_path / "file") == "CASE: is a file, not the folder of a case; name a folder that holds a case.yaml"
    )


WHAT_TO_WRITE = (
    "write a file case.yaml with 'schema: 1' and, as far as known, region, window, functions and destinations"
)


def test_an_empty_folder(tmp_path: Path) -> None:
    assert error_of(tmp_path) == f"CASE: the folder holds no case.yaml; {WHAT_TO_WRITE}"
    (tmp_path / "case.yaml").write_text("\n", encoding="utf-8")
    assert error_of(tmp_path) == f"CASE/case.yaml: is empty; {WHAT_TO_WRITE}"


ABOUT = {
    "schema: 2": " line 1, schema: this is a case of schema 2; this narrows reads up to 1: upgrade narrows",
    "schema: one": " line 1, schema: 'one' is not a known schema; write schema: 1",
    "schema: 1\nfunctons: [a]": " line 2, functons: unknown key 'functons'; did you mean 'functions'?",
    "schema: 1\nregion: [a]": " line 2, region: ['a'] where text should be",
    "schema: 1\nwindow: [2026-11-20T12:00:00Z]": " line 2, window: a window is two times; write window: "
    "[2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]",
    "schema: 1\nwindow: [2026-11-20T12:00:00Z, now]": " line 2, window[1]: this is not a valid time; write window: "
    "[2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]",
    "schema: 1\nwindow: [2026-11-20T12:00:00Z, 2026-11-20T11:00:00Z]": " line 2, window: the window must end after it "
    "starts; write window: [2026-11-20T12:00:00Z, 2026-11-20T12:15:00Z]",
    "schema: 1\nfunctions: [1]": " line 2, functions[0]: 1 where a name should be",
    "schema: 1\nfunctions: {a: b}": " line 2, functions: this is a list of names; write functions: [NAME]",
    "schema: 1\ndestinations: [a]": " line 2, destinations: destinations are a mapping; write destinations: "
    "{cache: {port: 443}}",
    "schema: 1\ndestinations:\n  a: 443": " line 3, destinations.a: a destination is a mapping; write {name: ..., "
    "port: 443, addresses: [...]}",
    "schema: 1\ndestinations:\n  a:\n    port: 70000": " line 4, destinations.a.port: 70000 is not a port; write a "
    "number from 1 to 65535",
    "schema: 1\ndestinations:\n  a:\n    adresses: []": " line 4, destinations.a.adresses: unknown key 'adresses'; did "
    "you mean 'addresses'?",
    "schema: 1\ndestinations: {a: {addresses: [300.1.1.1]}}": " line 2, destinations.a.addresses[0]: '300.1.1.1' is "
    "not an IP address",
    "schema: 1\ndestinations: {a: {protocol: sctp}}": " line 2, destinations.a.protocol: 'sctp' is neither tcp nor udp",
    "- a": " holds no mapping; it should start with keys such as 'name:'",
    "schema: [1": " line 1: is not valid YAML: expected ',' or ']', but got '<stream end>'",
}


@pytest.mark.parametrize("text", ABOUT)
def test_case_yaml_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    assert error_of(case_at(tmp_path, about=text)) == f"CASE/case.yaml:{ABOUT[text]}"


def test_case_yaml_that_is_merely_odd(tmp_path: Path) -> None:
    case = read_case(case_at(tmp_path, about="ticket: 42\nwindow: ['2026-11-20 13:00:00+01:00', 2026-11-21]\n"))
    assert case.window == (datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
    assert [note.text for note in case.notes] == [
        "does not say its schema: read as schema 1",
        "unknown key 'ticket' passed over",
    ]


def test_case_yaml_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").mkdir()
    assert error_of(tmp_path) == "CASE/case.yaml: is a folder, not a file"


def with_file(folder: Path, name: str, content: Any) -> str:
    return error_of(case_at(folder, {**small(), name: content}))


@pytest.mark.parametrize("name", [*(kind.path for kind in AWS_FILES.values()), "service-quotas.json"])
def test_broken_json_names_line_and_column(tmp_path: Path, name: str) -> None:
    message = with_file(tmp_path, name, '{\n  "Subnets": [,]\n}')
    assert message == f"CASE/{name}: line 2, column 15: is not valid JSON: expecting value"


HALVES = [
    '{"Subnets": [{"SubnetId": "subnet-1"',
    '{"Subnets": [{"SubnetId": "sub',
    '{"Subnets": [',
    "[",
    '{"Subnets": ',
]


@pytest.mark.parametrize("text", HALVES)
def test_half_a_file(tmp_path: Path, text: str) -> None:
    message = with_file(tmp_path, "ec2/subnets.json", text)
    assert message.startswith("CASE/ec2/subnets.json: line 1, column ")
    assert message.endswith(
        "is not valid JSON: it ends in the middle; it is not whole: copy it, or run the command, again"
    )


def test_other_things_that_are_no_json(tmp_path: Path) -> None:
    name = "ec2/subnets.json"
    empty = "is empty; the command that wrote it failed: run it again"
    assert with_file(tmp_path, name, "") == f"CASE/{name}: {empty}"
    assert with_file(tmp_path, name, "SUBNETS\tus-east-1a\n") == (
        f"CASE/{name}: line 1, column 1: is not valid JSON: expecting value;"
        " with the AWS command line, use --output json"
    )
    assert with_file(tmp_path, name, b'{"a": "\xff\xfe"}') == f"CASE/{name}: is not JSON text (byte 7)"
    assert with_file(tmp_path, name, "[" * 100_000) == f"CASE/{name}: is nested too deeply"
    assert with_file(tmp_path, name, "9" * 5000).startswith(f"CASE/{name}: is not valid JSON: Exceeds the limit")


def test_the_answer_to_another_question(tmp_path: Path) -> None:
    advice = "write it with: aws ec2 describe-nat-gateways"
    name = "ec2/nat-gateways.json"
    wrong = "not the answer of DescribeNatGateways"
    for content, place, found in (
        ({"Subnets": []}, "", f"holds the answer of DescribeSubnets, {wrong}"),
        ([{"NatGateways": []}, {"Vpcs": []}], " [1]:", f"holds the answer of DescribeVpcs, {wrong}"),
        ([subnet()], " [0]:", f"holds Subnets (DescribeSubnets), {wrong}"),
        ({"NatGateways": [subnet()]}, " NatGateways[0]:", f"holds Subnets (DescribeSubnets), {wrong}"),
        ({"MetricDataResults": []}, "", f"holds the answer of GetMetricData, {wrong}"),
        ({"a": 1}, "", "is not an answer of DescribeNatGateways"),
    ):
        assert with_file(tmp_path, name, content) == f"CASE/{name}:{place} {found}; {advice}"
    assert with_file(tmp_path, name, "null") == f"CASE/{name}: null where an object should be"
    assert with_file(tmp_path, "lambda/functions.json", {"NatGateways": []}) == (
        "CASE/lambda/functions.json: holds the answer of DescribeNatGateways, not the answer of ListFunctions; "
        "write it with: aws lambda list-functions --function-version ALL"
    )
    assert with_file(tmp_path / "quotas", "service-quotas.json", {"Subnets": []}) == (
        "CASE/service-quotas.json: holds the answer of DescribeSubnets, not the answer of ListServiceQuotas; "
        "write it with: aws service-quotas list-service-quotas --service-code vpc"
    )


def test_wrong_types_name_their_place(tmp_path: Path) -> None:
    for change, message in (
        ({"SubnetId": 7}, "Subnets[0].SubnetId: 7 where text should be"),
        ({"CidrBlock": "10.0.0.0/99"}, "Subnets[0]: '10.0.0.0/99' is not a CIDR block"),
        ({"AvailableIpAddressCount": "many"}, "Subnets[0].AvailableIpAddressCount: 'many' where a number should be"),
        ({"AvailableIpAddressCount": 1.5}, "Subnets[0].AvailableIpAddressCount: 1.5 where a whole number should be"),
        ({"Tags": {}}, "Subnets[0].Tags: an object where a list should be"),
        ({"Tags": [1]}, "Subnets[0].Tags[0]: 1 where an object should be"),
    ):
        answer = {"Subnets": [subnet() | change]}
        assert with_file(tmp_path, "ec2/subnets.json", answer) == f"CASE/ec2/subnets.json: {message}"


ELSEWHERE = function("b", FunctionArn="arn:aws:lambda:eu-west-1:111122223333:function:b")
ADDRESSES = [{"PublicIp": "198.51.100.1"}, {"PublicIp": "198.51.100.2", "NetworkBorderGroup": "eu-west-1"}]
MIXED = {
    "ec2/subnets.json": {"Subnets": [subnet(), subnet("subnet-2", AvailabilityZone="eu-west-1a")]},
    "lambda/functions.json": {"Functions": [function(), ELSEWHERE]},
    "ec2/addresses.json": {"Addresses": ADDRESSES},
}


@pytest.mark.parametrize("name", MIXED)
@pytest.mark.parametrize("about", [CASE_YAML, "schema: 1"], ids=["stated", "not stated"])
def test_two_regions(tmp_path: Path, name: str, about: str) -> None:
    message = error_of(case_at(tmp_path, {**small(), name: MIXED[name]}, about))
    said_by = "case.yaml" if about == CASE_YAML else "lambda/functions.json"
    assert message.startswith(f"CASE/{name}: ")
    assert f"[1]: is of eu-west-1, but {said_by} is of us-east-1; a case holds one Region" in message


def test_local_zones_are_of_their_region(tmp_path: Path) -> None:
    answer = {"Subnets": [subnet(AvailabilityZone="us-east-1-bos-1a"), subnet("subnet-public")]}
    case = read_case(case_at(tmp_path, {**small(), "ec2/subnets.json": answer}, "schema: 1"))
    assert case.region == "us-east-1"


@pytest.mark.parametrize(
    "link",
    ["case.yaml", "ec2", "ec2/subnets.json", "ec2/more.json", "callers/app.log", "cloudwatch", "flow-logs/2026/x.log",
     "service-quotas.json", "lambda/functions.json"],
)  # fmt: skip
def test_nothing_leads_outside(tmp_path: Path, link: str) -> None:
    folder = case_at(tmp_path / "case", {"lambda/batch.json": function("batch")})
    outside = tmp_path / "outside"
    outside.mkdir()
    file = folder / link
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.symlink_to(outside)
    assert error_of(folder) == f"CASE/{link}: leads outside the case; copy what it points to into the case"


def test_links_inside_are_fine_and_loops_are_not_followed(tmp_path: Path) -> None:
    folder = case_at(tmp_path, {"ec2/all/subnets.json": {"Subnets": [subnet()]}, "flow-logs/a/x.log": "x"})
    (folder / "ec2" / "subnets.json").symlink_to("all/subnets.json")
    (folder / "flow-logs" / "a" / "loop").symlink_to(folder / "flow-logs")
    case = read_case(folder)
    assert set(case.topology.network.subnets) == {"subnet-1"}
    assert case.flow_logs == (folder / "flow-logs" / "a" / "x.log",)


def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    folder = case_at(tmp_path, {"callers/x.log": ""})
    os.mkfifo(folder / "callers" / "pipe.log")
    assert read_case(folder).callers.sources == ("callers/x.log",)
    os.mkfifo(folder / "service-quotas.json")
    (folder / "ec2").mkdir()
    os.mkfifo(folder / "ec2" / "subnets.json")
    assert error_of(folder) == "CASE/ec2/subnets.json: is a pipe, not a file"


def test_a_file_that_is_far_too_large(tmp_path: Path) -> None:
    folder = case_at(tmp_path, small())
    with (folder / "ec2" / "subnets.json").open("wb") as file:
        file.truncate(257 * 2**20)
    assert error_of(folder).startswith(
        "CASE/ec2/subnets.json: is larger than 256 MiB, the most that is read; ask for less"
    )


def test_the_truth_is_not_read(tmp_path: Path) -> None:
    write_case(recording_of(), tmp_path / "case")
    before = read_case(tmp_path / "case")
    (tmp_path / "case" / "truth.json").write_text("{broken", encoding="utf-8")
    broken = read_case(tmp_path / "case")
    (tmp_path / "case" / "truth.json").unlink()
    after = read_case(tmp_path / "case")
    for one in (broken, after):
        assert one.callers == before.callers
        assert one.topology == before.topology
        assert one.notes == before.notes


def rows(**columns: Any) -> pa.Table:
    return pa.table(columns)


def callers_of(folder: Path, table: pa.Table, **options: Any) -> Any:
    folder = case_at(folder)
    (folder / "callers").mkdir(exist_ok=True)
    pq.write_table(table, folder / "callers" / "outcomes.parquet", **options)
    return read_case(folder)


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_table_with_nothing_but_outcomes(tmp_path: Path) -> None:
    case = callers_of(tmp_path, rows(outcome=["timed_out", "established", "TIMED_OUT", None, "lost"]))
    assert case.callers.total(CallerOutcome.TIMED_OUT) == 2
    assert {one.minute for one in case.callers.counts} == {-1}
    assert [note.text for note in case.notes] == [
        "has no column time, function, environment, destination, seconds",
        "1 rows with the outcome 'nothing' passed over: known are " + ", ".join(CallerOutcome),
        "1 rows with the outcome 'lost' passed over: known are " + ", ".join(CallerOutcome),
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("words", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string()), pa.binary()])
def test_a_table_of_other_types(tmp_path: Path, unit: str, zone: str | None, words: pa.DataType) -> None:
    moments = [NOON.replace(tzinfo=None) + timedelta(seconds=one) for one in (0, 59, 60)]
    named = pa.array(["timed_out", "refused", "timed_out"], pa.string())
    table = rows(
        time=pa.array(moments, pa.timestamp(unit)).cast(pa.timestamp(unit, zone)),
        function=pa.array(["a", "a", None]).cast(pa.string()),
        environment=pa.array(["x", "y", "x"]),
        outcome=named if words == pa.string() else named.cast(words),
    )
    case = callers_of(tmp_path, table)
    start = int(NOON.timestamp())
    assert [(one.minute, one.function, one.outcome.value, one.count) for one in case.callers.counts] == [
        (start, "a", "refused", 1),
        (start, "a", "timed_out", 1),
        (start + 60, None, "timed_out", 1),
    ]
    assert case.callers.environments == {"a": 2}


def test_rows_without_a_time_count_without_one(tmp_path: Path) -> None:
    case = callers_of(tmp_path, rows(time=pa.array([None, NOON], pa.timestamp("us")), outcome=["reset", "reset"]))
    assert [(one.minute, one.count) for one in case.callers.counts] == [(-1, 1), (int(NOON.timestamp()), 1)]


def test_tables_that_cannot_be_used(tmp_path: Path) -> None:
    place = "CASE/callers/outcomes.parquet"
    with pytest.raises(InputError, match="has no column 'outcome'; the columns are time, function"):
        callers_of(tmp_path, rows(time=[1]))
    with pytest.raises(InputError, match="column 'time' is int64, not a timestamp; write timestamps in UTC"):
        callers_of(tmp_path, rows(time=[1], outcome=["reset"]))
    many = rows(function=[str(one) for one in range(70_000)], outcome=["reset"] * 70_000)
    with pytest.raises(InputError, match="column 'function' holds more than 65,535 different names"):
        callers_of(tmp_path, many)
    file = tmp_path / "callers" / "outcomes.parquet"
    whole = file.read_bytes()
    for content in (b"", b"PAR1", whole[: len(whole) // 2], whole[:-10] + b"\0" * 10, b"{}" * 100):
        file.write_bytes(content)
        assert error_of(tmp_path).startswith(f"{place}: is not a Parquet file that can be read: ")


def test_connections_in_a_table_are_not_counted_again_from_logs(tmp_path: Path) -> None:
    folder = case_at(
        tmp_path,
        {"callers/app.log": "connect ETIMEDOUT 203.0.113.10:443\nTask timed out after 3.00 seconds\nread ETIMEDOUT\n"},
    )
    pq.write_table(rows(outcome=["timed_out", "established"]), folder / "callers" / "outcomes.parquet")
    callers = read_case(folder).callers
    assert callers.total(CallerOutcome.TIMED_OUT) == 1
    assert callers.total(CallerOutcome.INVOCATION_TIMED_OUT) == 1
    assert callers.total(CallerOutcome.ANSWER_TIMED_OUT) == 1
    assert callers.complete
    assert callers.sources == ("callers/outcomes.parquet", "callers/app.log")


def test_names_with_control_characters_stay_on_one_line(tmp_path: Path) -> None:
    content = {"NatGateways": [nat_gateway("nat-1", 2, AvailabilityMode="regional")]}
    content["NatGateways"][0]["NatGatewayAddresses"][0]["Status"] = "failed"
    queries, results = [query("a\x1b[31m\nrm -rf")], {"MetricDataResults": [result("b")]}
    files = {"cloudwatch/x.queries.json": queries, "cloudwatch/x.results.json": results}
    case = read_case(case_at(tmp_path, {**small(), "ec2/nat-gateways.json": content, **files}))
    assert all(note.text.isprintable() for note in case.notes)
    assert r"a\x1b[31m rm -rf (ErrorPortAllocation) was asked, but has no answer" in [note.text for note in case.notes]


def test_half_a_character_in_json_is_a_question_mark(tmp_path: Path) -> None:
    subnets = {"Subnets": [subnet(Tags=[{"Key": "Name", "Value": "a\ud800"}])]}
    case = read_case(case_at(tmp_path, {**small(), "ec2/subnets.json": subnets}))
    assert case.topology.names["subnet-1"] == "a?"
