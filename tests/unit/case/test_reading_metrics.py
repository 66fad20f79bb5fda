"""CloudWatch's answers and what was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from narrows.case import Case, read_case
from narrows.errors import InputError
from tests.unit.case.cases import case_at, function, nat_gateway, query, result, small

NOON = 1_795_176_000
"""2026-11-20T12:00:00Z"""


def case_with(folder: Path, **files: Any) -> Case:
    """``nat_queries`` stands for cloudwatch/nat.queries.json."""
    content = {f"cloudwatch/{name.replace('_', '.')}.json": one for name, one in files.items()}
    return read_case(case_at(folder, small() | content))


def test_newest_first_becomes_oldest_first(tmp_path: Path) -> None:
    case = case_with(tmp_path, nat_queries=[query()], nat_results={"MetricDataResults": [result(minutes=(2, 1, 0))]})
    series = case.metrics.find("ErrorPortAllocation", "Sum", NatGatewayId="nat-1")
    assert series is not None
    assert series.times.tolist() == [NOON, NOON + 60, NOON + 120]
    assert series.values.tolist() == [0.0, 1.0, 2.0]
    assert (series.namespace, series.stat, series.period) == ("AWS/NATGateway", "Sum", 60)
    assert series.source == "cloudwatch/nat.results.json, m0"
    assert (series.total(), series.largest(), series.missing(), series.partial) == (3.0, 2.0, 0, False)
    assert case.notes == ()


@pytest.mark.parametrize(
    "queries",
    [
        [query()],
        {"MetricDataQueries": [query()], "StartTime": 0, "EndTime": 1},
        [{"MetricDataQueries": [query()]}],
    ],
)
def test_queries_in_every_shape(tmp_path: Path, queries: Any) -> None:
    case = case_with(tmp_path, nat_queries=queries, nat_results={"MetricDataResults": [result()]})
    assert len(case.metrics.series) == 1


@pytest.mark.parametrize(
    "moment",
    ["2026-11-20T12:00:00+00:00", "2026-11-20T12:00:00Z", "2026-11-20 12:00:00+00:00", "2026-11-20T13:00:00+01:00",
     "2026-11-20T12:00:00", NOON, float(NOON), NOON * 1000],
)  # fmt: skip
def test_moments_in_every_spelling(tmp_path: Path, moment: Any) -> None:
    one = result() | {"Timestamps": [moment], "Values": [4]}
    case = case_with(tmp_path, nat_queries=[query()], nat_results={"MetricDataResults": [one]})
    assert case.metrics.series[0].times.tolist() == [NOON]
    assert case.metrics.series[0].values.dtype == np.float64


def test_pages_are_put_together(tmp_path: Path) -> None:
    pages = [
        {"MetricDataResults": [result(minutes=(3, 2), StatusCode="PartialData")], "NextToken": "x"},
        {"MetricDataResults": [result(minutes=(1, 0))]},
    ]
    case = case_with(tmp_path, nat_queries=[query()], nat_results=pages)
    assert case.metrics.series[0].values.tolist() == [0, 1, 2, 3]
    assert not case.metrics.series[0].partial
    assert case.notes == ()


def test_gaps_and_partial_data_are_tolerated_and_noted(tmp_path: Path) -> None:
    partial = result("m1", StatusCode="PartialData", Messages=[{"Code": "x", "Value": "too many metrics"}])
    answer = {"MetricDataResults": [result(minutes=(0, 1, 5)), partial]}
    queries = [query(), query("m1", "ActiveConnectionCount")]
    case = case_with(tmp_path, nat_queries=queries, nat_results=answer)
    assert [(one.missing(), one.partial) for one in case.metrics.series] == [(3, False), (0, True)]
    assert [note.text for note in case.notes] == [
        "m0 (ErrorPortAllocation, nat-1): 3 periods of 60 s have no datapoint",
        "m1 (ActiveConnectionCount, nat-1): CloudWatch answered PartialData: too many metrics",
    ]


def test_a_gap_of_lambda_is_no_gap(tmp_path: Path) -> None:
    one = query(metric="Invocations")
    one["MetricStat"]["Metric"] |= {
        "Namespace": "AWS/Lambda", "Dimensions": [{"Name": "FunctionName", "Value": "storefront"}],
    }  # fmt: skip
    answer = {"MetricDataResults": [result(minutes=(0, 9))]}
    assert case_with(tmp_path, nat_queries=[one], nat_results=answer).notes == ()


def test_a_metric_without_datapoints_was_asked_for(tmp_path: Path) -> None:
    case = case_with(tmp_path, nat_queries=[query()], nat_results={"MetricDataResults": [result(minutes=())]})
    assert case.metrics.series[0].times.tolist() == []
    assert (case.metrics.series[0].total(), case.metrics.series[0].largest()) == (0.0, 0.0)


def test_what_does_not_belong_together_is_noted(tmp_path: Path) -> None:
    expression = {"Id": "e1", "Expression": "m0 / 2"}
    case = case_with(
        tmp_path,
        nat_queries=[query(), expression, query("m3")],
        nat_results={"MetricDataResults": [result(), result("e1"), result("m9")]},
        alone_results={"MetricDataResults": [result(), result("m1")]},
        asked_queries=[query()],
    )
    assert len(case.metrics.series) == 1
    assert [f"{note.source}: {note.text}" for note in case.notes] == [
        "cloudwatch/alone.results.json: 2 results passed over: alone.queries.json is missing, which says what they are",
        "cloudwatch/asked.queries.json: was asked, but there is no asked.results.json",
        "cloudwatch/nat.queries.json: e1 is an expression, not a metric: passed over",
        "cloudwatch/nat.results.json: m9 passed over: the queries beside it do not ask for it",
        "cloudwatch/nat.results.json: m3 (ErrorPortAllocation) was asked, but has no answer",
    ]


STATISTICS = {
    "Label": "ErrorPortAllocation",
    "Datapoints": [
        {"Timestamp": "2026-11-20T12:05:00+00:00", "Sum": 7.0, "Maximum": 2.0, "Unit": "Count"},
        {"Timestamp": "2026-11-20T12:00:00+00:00", "Sum": 5.0, "Maximum": 1.0, "Unit": "Count"},
    ],
}


def test_statistics_of_the_only_nat_gateway(tmp_path: Path) -> None:
    case = case_with(tmp_path, epa=STATISTICS)
    total, largest = (
        case.metrics.find("ErrorPortAllocation", stat, NatGatewayId="nat-1") for stat in ("Sum", "Maximum")
    )
    assert total is not None
    assert largest is not None
    assert (total.values.tolist(), total.period) == ([5.0, 7.0], 300)
    assert largest.values.tolist() == [1.0, 2.0]
    assert total.source == "cloudwatch/epa.json, ErrorPortAllocation Sum"


def test_statistics_of_one_of_several_need_its_id_in_the_name(tmp_path: Path) -> None:
    files = small()
    files["ec2/nat-gateways.json"] = {"NatGateways": [nat_gateway("nat-1"), nat_gateway("nat-12")]}
    files["lambda/functions.json"] = {"Functions": [function(), function("batch")]}
    files["cloudwatch/epa.json"] = STATISTICS
    files["cloudwatch/nat-12-epa.json"] = STATISTICS
    files["cloudwatch/batch-throttles.json"] = STATISTICS | {"Label": "Throttles"}
    files["cloudwatch/other.json"] = STATISTICS | {"Label": "CPUUtilization"}
    case = read_case(case_at(tmp_path, files))
    assert case.metrics.resources("ErrorPortAllocation", "NatGatewayId") == ("nat-12",)
    assert case.metrics.resources("Throttles", "FunctionName") == ("batch",)
    assert sorted(note.source for note in case.notes) == ["cloudwatch/epa.json", "cloudwatch/other.json"]
    assert "nothing says which resource 'ErrorPortAllocation' is of" in case.notes[0].text


BROKEN = {
    "other lengths": (
        {"MetricDataResults": [result() | {"Values": [1]}]},
        r"results.json: MetricDataResults\[0\]: has 3 Timestamps and 1 Values",
    ),
    "no time": (
        {"MetricDataResults": [result() | {"Timestamps": ["noon"] * 3}]},
        r"Timestamps\[0\] is not a valid time",
    ),
    "no number": ({"MetricDataResults": [result() | {"Values": [1, "2", 3]}]}, r"Values\[1\] is not a number"),
    "not finite": (
        '{"MetricDataResults": [{"Id": "m0", "Timestamps": [1], "Values": [NaN]}]}',
        r"Values\[0\] is not a number",
    ),
    "something else": (
        {"Subnets": []},
        "holds the answer of DescribeSubnets; results.json files hold MetricDataResults",
    ),
    "the queries": ([query()], r"\[0\]: holds the queries for GetMetricData; results.json files hold"),
    "the queries in an object": ({"MetricDataQueries": []}, "holds the queries for GetMetricData"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_results(tmp_path: Path, name: str) -> None:
    content, message = BROKEN[name]
    with pytest.raises(InputError, match=message):
        case_with(tmp_path, nat_queries=[query()], nat_results=content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Period": 0}, r"\[0\].MetricStat: has no Period of 1 to"),
        ({"Period": 10**30}, r"\[0\].MetricStat: has no Period of 1 to"),
        ({"Period": 59.5}, r"\[0\].MetricStat.Period: 59.5 where a whole number should be"),
        ({"Stat": None}, r"\[0\].MetricStat: has no Stat"),
        ({"Metric": []}, r"\[0\].MetricStat.Metric: a list where an object should be"),
    ],
)
def test_broken_queries(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    asked = query()
    asked["MetricStat"] |= change
    with pytest.raises(InputError, match=message):
        case_with(tmp_path, nat_queries=[asked], nat_results={"MetricDataResults": [result()]})


def test_quotas_of_several_services(tmp_path: Path) -> None:
    quota = {"ServiceCode": "vpc", "QuotaCode": "L-5F53652F", "Value": 2.0}
    files = {
        "service-quotas.json": {"Quotas": [quota]},
        "service-quotas-lambda.json": [{"Quotas": [{"QuotaCode": "L-B99A9384", "Value": 1000}]}, {"Quotas": []}],
        "service-quotas-eip.json": {"Quota": {"QuotaCode": "L-0263D0A3", "Value": 5}},
        "service-quotas-raised.json": [quota | {"Value": 8.0}],
    }  # fmt: skip
    case = read_case(case_at(tmp_path, files))
    assert case.quotas == {"L-5F53652F": 8.0, "L-B99A9384": 1000.0, "L-0263D0A3": 5.0}
