"""Alarms of a case: answers of DescribeAlarms as AWS writes them, and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jmespath
import pytest

from narrows.aws.questions import alarms
from narrows.case import read_case
from narrows.case.reading.alarms import Alarms, read_alarms
from narrows.case.reading.aws_json import Budget
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError
from tests.unit.case.alarms import CPU, NAT, alarm, metric_of, on_several
from tests.unit.case.cases import case_at, small, texts


def read(folder: Path, **files: Any) -> Alarms | None:
    """The alarms in files of ``cloudwatch/``, by their names without the ending."""
    named = {f"cloudwatch/{name.replace('_', '-')}.json": content for name, content in files.items()}
    return read_alarms(CaseFolder(case_at(folder, named)))


def names(alarms: Alarms | None) -> list[str]:
    assert alarms is not None
    return [record.need("AlarmName") for record in alarms.records]


def test_a_case_without_the_file_says_nothing_of_alarms(tmp_path: Path) -> None:
    assert read(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        {"MetricAlarms": [alarm("a"), CPU, alarm("b")], "CompositeAlarms": []},
        [{"MetricAlarms": [alarm("a")], "NextToken": "x"}, {"MetricAlarms": [CPU, alarm("b")]}],
        "\n".join(json.dumps({"MetricAlarms": [one]}) for one in (alarm("a"), CPU, alarm("b"))),
        [alarm("a"), CPU, alarm("b")],
        json.dumps({"MetricAlarms": [alarm("a"), alarm("b")]}).encode("utf-16"),
    ],
    ids=["one answer", "pages", "documents", "bare list", "PowerShell"],
)
def test_an_answer_in_every_form_that_people_write(tmp_path: Path, content: Any) -> None:
    found = read(tmp_path, alarms=content)
    assert names(found) == ["a", "b"]
    assert found is not None
    assert found.whole


def test_several_files_are_one_and_a_name_counts_once(tmp_path: Path) -> None:
    files = {
        "alarms": {"MetricAlarms": [alarm("a")]},
        "alarms_2": {"MetricAlarms": [alarm("a", Period=300), alarm("b")]},
    }
    found = read(tmp_path, **files)
    assert names(found) == ["a", "b"]
    assert found is not None
    assert found.records[0].whole("Period") == 60


def test_an_answer_that_ends_before_the_last_page_is_not_whole(tmp_path: Path) -> None:
    found = read(tmp_path, alarms={"MetricAlarms": [alarm("a")], "NextToken": "eyJ"})
    assert found is not None
    assert not found.whole


@pytest.mark.parametrize(
    ("one", "is_kept"),
    [
        (alarm(Namespace="AWS/NatGateway"), True),
        (alarm(Namespace="Ours", Dimensions=[]), True),
        (alarm(Namespace="AWS/EC2", MetricName="BytesOut"), True),
        (alarm(Namespace="AWS/Lambda", MetricName="Errors", Dimensions=[]), True),
        (on_several("maths", {"Id": "m1", "MetricStat": metric_of(NAT)}), True),
        (on_several("search", {"Id": "e1", "Expression": "SUM(SEARCH('ErrorPortAllocation', 'Sum', 60))"}), True),
        (CPU, False),
        (alarm(Namespace="Ours", MetricName="Größe", Dimensions=[{"Name": "Ort", "Value": "Köln"}]), False),
        (on_several("maths", {"Id": "e1", "Expression": "m1 / m2"}), False),
        (alarm(Namespace="Ours", MetricName="x", Dimensions=[], AlarmDescription="like AWS/NATGateway"), False),
    ],
)
def test_alarms_on_gateways_and_functions_are_kept_and_collected_alike(
    tmp_path: Path, one: dict[str, Any], is_kept: bool
) -> None:
    found = read(tmp_path, alarms={"MetricAlarms": [one]})
    assert names(found) == ([one["AlarmName"]] if is_kept else [])
    query = alarms("us-east-1").query
    assert query is not None
    (collected,) = jmespath.search(query, {"MetricAlarms": [one]})["MetricAlarms"] or [None]
    assert (collected is not None) is is_kept
    if is_kept:
        assert "wombat" not in json.dumps(collected).lower()
        assert {name: value for name, value in collected.items() if value is not None}.items() <= one.items()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"Subnets": []}, "CASE: holds the answer of DescribeSubnets, not the answer of DescribeAlarms; write it with"),
        ({"Label": "x", "Datapoints": []}, "CASE: holds the answer of GetMetricStatistics, not the answer of"),
        ({"Alarms": []}, "CASE: holds no alarms; write it with: aws cloudwatch describe-alarms"),
        ({"MetricAlarms": {}}, "CASE: MetricAlarms: an object where a list should be"),
        ({"MetricAlarms": ["a"]}, "CASE: MetricAlarms[0]: 'a' where an object should be"),
        ({"MetricAlarms": [alarm("a"), {"Namespace": "AWS/Lambda"}]}, "CASE: MetricAlarms[1]: has no AlarmName"),
        ([1], "CASE: [0]: 1 where an object should be"),
        ("", "CASE: is empty"),
        ('{"MetricAlarms": [', "CASE: line 1, column 19: is not valid JSON: it ends in the middle"),
        ("<html>", "CASE: line 1, column 1: is not valid JSON"),
        (b"\x1f\x8b\x08\x00", "CASE: is packed with gzip; unpack it with gunzip"),
        ('{"MetricAlarms": [], "MetricAlarms": []}', "CASE: an object holds the key 'MetricAlarms' twice"),
    ],
)
def test_what_is_no_answer_is_one_line(tmp_path: Path, content: Any, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, alarms=content)
    told = str(raised.value).replace(str(tmp_path / "cloudwatch" / "alarms.json"), "CASE")
    assert told.startswith(problem)
    assert "\n" not in told


def test_more_alarms_than_a_case_may_hold_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrows.case.reading.alarms.RESOURCES", 2)
    with pytest.raises(InputError, match="more than 2 alarms in the case"):
        read(tmp_path, alarms={"MetricAlarms": [alarm(name) for name in "abc"]})


def test_all_files_of_alarms_have_one_bound_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"alarms": {"MetricAlarms": [alarm("a")]}, "alarms_2": {"MetricAlarms": [alarm("b")]}}
    assert names(read(tmp_path, **files)) == ["a", "b"]
    monkeypatch.setattr("narrows.case.reading.alarms.Budget", lambda: Budget(objects=12))
    assert names(read(tmp_path / "one", alarms=files["alarms"])) == ["a"]
    with pytest.raises(InputError, match=r"alarms-2.json: with it there are more than [\d,]+ objects and lists"):
        read(tmp_path, **files)


def test_a_diagnosis_reads_no_alarms(tmp_path: Path) -> None:
    """They are beside the metrics, and say nothing of what happened: not even a broken file is in the way."""
    plain = texts(read_case(case_at(tmp_path / "plain", small())))
    folder = case_at(tmp_path / "more", {**small(), "cloudwatch/alarms.json": "{", "cloudwatch/alarms-2.json": "{"})
    assert texts(read_case(folder)) == plain


def test_alarms_under_the_name_of_metrics_are_told(tmp_path: Path) -> None:
    folder = case_at(tmp_path, {**small(), "cloudwatch/nat.json": {"MetricAlarms": [alarm()]}})
    assert "cloudwatch/nat.json: passed over: it holds alarms; call it alarms-NAME.json" in texts(read_case(folder))
