"""The alarms of a case before the rules: which are of the case, and what each rule says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.cli import main
from narrows.lint.run import Result, lint
from tests.unit.case.alarms import alarm, metric_of, on_several
from tests.unit.case.cases import case_at, nat_gateway, small

RULES = (
    "alarm-dimension", "alarm-namespace", "alarm-threshold", "alarm-late", "alarm-statistic", "alarm-upside-down",
    "alarm-metric", "no-port-alarm",
)  # fmt: skip
HERE, ELSEWHERE = "nat-1", "nat-0fedcba9876543210"
NOT_CHECKED = "no-port-alarm", "not checked"


def linted(folder: Path, *alarms: dict[str, Any], gateways: int = 1, **more: Any) -> Result:
    """What the rules about alarms say of a case with these."""
    files = small()
    files["ec2/nat-gateways.json"] = {"NatGateways": [nat_gateway(f"nat-{n}") for n in range(1, gateways + 1)]}
    files["cloudwatch/alarms.json"] = {"MetricAlarms": list(alarms), **more}
    return lint([case_at(folder, files)], select=RULES)


def told(result: Result) -> set[tuple[str, str]]:
    """Rules with their severities, and those that could not look."""
    return {(one.rule, one.severity.value) for one in result.findings} | {
        (one.rule, "not checked") for one in result.unchecked
    }


def here(name: str = "ports", **more: Any) -> dict[str, Any]:
    return alarm(name, HERE, **more)


SILENT = "no-port-alarm", "warning"
OPEN = {"MetricName": "ActiveConnectionCount", "Statistic": "Maximum"}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (here(), set()),
        (here(Namespace="AWS/NatGateway"), {("alarm-namespace", "error")}),
        (here(MetricName="ErrorPortAllocations"), {("alarm-metric", "error"), SILENT}),
        (here(Dimensions=[]), {("alarm-dimension", "error")}),
        (here(Dimensions=[{"Name": "NatGateway", "Value": HERE}]), {("alarm-dimension", "error")}),
        (here(Threshold=100.0), {("alarm-threshold", "info")}),
        (here(**OPEN, Threshold=55_000.0), {("alarm-threshold", "info"), SILENT}),
        (here(**OPEN, Threshold=44_000.0), {SILENT}),
        (here(Period=86_400), {("alarm-late", "warning")}),
        (here(Period=300, Statistic="Minimum"), {("alarm-statistic", "warning")}),
        (here(Statistic=None, ExtendedStatistic="p99"), set()),
        (here(ComparisonOperator="LessThanThreshold"), {("alarm-upside-down", "error")}),
        (on_several("one", {"Id": "m1", "MetricStat": metric_of(HERE)}), set()),
        (
            on_several("one", {"Id": "m1", "MetricStat": metric_of(HERE, namespace="AWS/NatGateway")}),
            {("alarm-namespace", "error")},
        ),
        (alarm("function", None, Namespace="AWS/Lambda", MetricName="Errors", Period=86_400,
               Dimensions=[{"Name": "FunctionName", "Value": "storefront"}]),
         {("alarm-late", "warning"), SILENT}),
    ],
)  # fmt: skip
def test_each_rule_finds_what_it_is_there_for(
    tmp_path: Path, one: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert told(linted(tmp_path, one)) == expected


@pytest.mark.parametrize(
    "one",
    [
        alarm("other", ELSEWHERE, Statistic="SampleCount"),
        alarm("other", ELSEWHERE, Namespace="AWS/NatGateway"),
        alarm("other", None, Namespace="AWS/Lambda", MetricName="Errors", Period=86_400,
              Dimensions=[{"Name": "FunctionName", "Value": "of-another-team"}]),
        on_several("other", {"Id": "e", "Expression": "m1 / 2"}, {"Id": "m1", "MetricStat": metric_of(ELSEWHERE)}),
        on_several("bytes", {"Id": "e", "Expression": "m1 / 2"},
                   {"Id": "m1", "MetricStat": metric_of(HERE, "BytesOutToDestination")}),
    ],
)  # fmt: skip
def test_an_alarm_on_what_is_not_in_the_case_is_none_of_it(tmp_path: Path, one: dict[str, Any]) -> None:
    assert told(linted(tmp_path, one)) == {("no-port-alarm", "info")}


def test_metric_maths_watch_the_gateways_whose_ports_they_take(tmp_path: Path) -> None:
    several = on_several(
        "sum", {"Id": "e", "Expression": "m1 + m2"}, {"Id": "m1", "MetricStat": metric_of("nat-1")},
        {"Id": "m2", "MetricStat": metric_of("nat-2")},
    )  # fmt: skip
    (found,) = linted(tmp_path, several, gateways=3).findings
    assert (found.rule, found.what) == ("no-port-alarm", "nat-3 has no alarm on ErrorPortAllocation")


@pytest.mark.parametrize(
    "more",
    [
        {"one": on_several("search", {"Id": "e", "Expression": "SELECT SUM(ErrorPortAllocation)"})},
        {"one": here(MetricName="PacketsDropCount"), "NextToken": "eyJ"},
    ],
    ids=["a search", "further pages"],
)  # fmt: skip
def test_where_another_alarm_may_be_there_nothing_is_said_to_be_missing(tmp_path: Path, more: dict[str, Any]) -> None:
    assert told(linted(tmp_path, more.pop("one"), **more)) == {NOT_CHECKED}


def test_without_the_file_nothing_is_said(tmp_path: Path) -> None:
    assert told(lint([case_at(tmp_path, small())], select=RULES)) == set()


def test_the_command_line_names_the_file_the_gateway_and_how_to_mend_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    case_at(tmp_path / "case", {
        **small(), "cloudwatch/alarms.json": {"MetricAlarms": [here("ports\x1b[2J", Namespace="AWS/NatGateway")]},
    })  # fmt: skip
    with pytest.raises(SystemExit) as left:
        main(("lint", "case", "--select", "alarm-namespace"))
    out = capsys.readouterr().out
    assert left.value.code == 1
    assert "case/cloudwatch/alarms.json: error alarm-namespace: ports" in out
    assert "waits for ErrorPortAllocation in AWS/NatGateway, which is not there: it can never fire" in out
    assert "    write AWS/NATGateway\n" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "alarms.json: line 1, column 2: is not valid JSON: it ends in the middle"),
        ({"MetricAlarms": [here(Period="60")]}, "alarms.json: MetricAlarms[0].Period: '60' where a number should be"),
        ({"MetricAlarms": [here(Dimensions=[{"Value": "x"}])]}, "MetricAlarms[0].Dimensions[0]: has no Name"),
        ({"MetricAlarms": [here(Threshold=float("nan"))]}, "MetricAlarms[0].Threshold: nan where a finite number"),
    ],
)
def test_a_broken_file_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any, problem: str
) -> None:
    case = case_at(tmp_path / "case", {**small(), "cloudwatch/alarms.json": content})
    with pytest.raises(SystemExit) as left:
        main(("lint", str(case)))
    captured = capsys.readouterr()
    assert (left.value.code, captured.out) == (2, "")
    assert captured.err.count("\n") == 1
    assert problem in captured.err
