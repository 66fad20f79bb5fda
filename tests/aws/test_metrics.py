"""CloudWatch: what is asked of it, how much an answer holds, and what is kept how long."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.aws.clients import bare, call, error_of, every, file, plain
from tests.aws.server import AwsServer, Faults

_START = datetime(2026, 11, 20, 12, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_GATEWAY = [{"Name": "NatGatewayId", "Value": "nat-0123456789abcdef0"}]
_LONG = 250
"""Datapoints of another metric."""
_STATS = ("Sum", "Maximum", "Minimum", "Average", "SampleCount", "p99")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with a metric of 90 minutes that counts up, by each statistic."""
    folder = tmp_path_factory.mktemp("aws") / "metrics"
    (folder / "cloudwatch").mkdir(parents=True)
    (folder / "case.yaml").write_text(
        "schema: 1\nregion: us-east-1\nwindow: [2026-11-20T12:00:00Z, 2026-11-20T13:30:00Z]\n"
    )
    times = [(_START + index * _MINUTE).isoformat() for index in range(90)]
    queries = [query(f"m{index}", stat) for index, stat in enumerate(_STATS)]
    results = [
        {"Id": f"m{index}", "Label": "errors", "Timestamps": times, "Values": [float(one) for one in range(90)]}
        for index, _ in enumerate(_STATS)
    ]
    queries.append(query("long", MetricName="ActiveConnectionCount"))
    times = [(_START + index * _MINUTE).isoformat() for index in range(_LONG)]
    results.append({"Id": "long", "Timestamps": times, "Values": [1.0] * _LONG})
    (folder / "cloudwatch" / "nat.queries.json").write_text(json.dumps(queries))
    (folder / "cloudwatch" / "nat.results.json").write_text(json.dumps({"MetricDataResults": results}))
    return folder


def query(id: str, stat: str = "Sum", period: int = 60, namespace: str = "AWS/NATGateway", **more: Any) -> Any:
    """A query for the metric of the case."""
    metric = {"Namespace": namespace, "MetricName": "ErrorPortAllocation", "Dimensions": _GATEWAY, **more}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}


def asked(server: AwsServer, *queries: Any, start: datetime = _START, minutes: int = 90, **more: Any) -> Any:
    """The answer of GetMetricData."""
    end = start + minutes * _MINUTE
    return call(
        server, "cloudwatch", "get_metric_data",
        MetricDataQueries=list(queries), StartTime=start, EndTime=end, **more,
    )  # fmt: skip


def values(server: AwsServer, one: Any, **more: Any) -> list[float]:
    """The values of one query, the earliest first."""
    [result] = asked(server, one, ScanBy="TimestampAscending", **more)["MetricDataResults"]
    found: list[float] = result["Values"]
    return found


def test_boto3_gets_the_results_of_a_simulated_case(simulated: Path) -> None:
    with AwsServer(simulated) as server:
        for name in ("functions", "nat-gateways"):
            answer = call(
                server, "cloudwatch", "get_metric_data", StartTime=_START, EndTime=_START + timedelta(hours=1),
                MetricDataQueries=file(simulated, f"cloudwatch/{name}.queries.json"),
            )  # fmt: skip
            assert plain(answer) == plain(file(simulated, f"cloudwatch/{name}.results.json"))


def test_the_start_is_included_and_the_end_is_not(case: Path) -> None:
    with AwsServer(case) as server:
        assert values(server, query("a"), start=_START + 3 * _MINUTE, minutes=4) == [3, 4, 5, 6]
        assert values(server, query("a"), start=_START + timedelta(seconds=200), minutes=2) == [3, 4, 5]


def test_the_latest_comes_first_unless_asked_otherwise(case: Path) -> None:
    with AwsServer(case) as server:
        [result] = asked(server, query("a"), minutes=3)["MetricDataResults"]
    assert result["Values"] == [2, 1, 0]
    assert [one.astimezone(UTC) for one in result["Timestamps"]] == [_START + one * _MINUTE for one in (2, 1, 0)]


@pytest.mark.parametrize(
    ("stat", "expected"),
    [("Sum", [10, 35]), ("Maximum", [4, 9]), ("Minimum", [0, 5]), ("SampleCount", [10, 35]), ("p99", []),
     ("p50", []), ("Average", [30 / 10, 255 / 35])],
)  # fmt: skip
def test_a_longer_period_puts_values_together(case: Path, stat: str, expected: list[float]) -> None:
    """An average weighs each minute by its samples; a percentile cannot be made of others."""
    with AwsServer(case) as server:
        assert values(server, query("a", stat, 300), minutes=10) == pytest.approx(expected)


def test_what_the_case_does_not_hold_has_no_datapoints(case: Path) -> None:
    other = [{"Name": "NatGatewayId", "Value": "nat-0"}]
    with AwsServer(case) as server:
        for one in (
            query("a", "p50"),
            query("a", period=1),
            query("a", namespace="AWS/NatGateway"),
            query("a", MetricName="errorportallocation"),
            query("a", Dimensions=other),
            query("a", Dimensions=[]),
            query("a", Dimensions=[*_GATEWAY, {"Name": "Zone", "Value": "a"}]),
        ):
            assert values(server, one) == [], one
        assert len(values(server, query("a", "p99"))) == 90


@pytest.mark.parametrize(
    ("days", "kept"),
    [(14, {60: 90, 300: 18, 3600: 2}), (16, {60: 0, 300: 18, 3600: 2}), (64, {60: 0, 300: 0, 3600: 2}),
     (456, {60: 0, 300: 0, 3600: 0})],
)  # fmt: skip
def test_what_is_old_is_kept_by_longer_periods_alone(case: Path, days: int, kept: dict[int, int]) -> None:
    with AwsServer(case, now=_START + timedelta(days=days)) as server:
        assert {period: len(values(server, query("a", period=period))) for period in kept} == kept


def test_five_hundred_queries_and_no_more(case: Path) -> None:
    with AwsServer(case) as server:
        assert len(asked(server, *(query(f"m{one}") for one in range(500)), minutes=1)["MetricDataResults"]) == 500
        parameters = {"StartTime": _START, "EndTime": _START + _MINUTE}
        for queries, words in (
            ([query(f"m{one}") for one in range(501)], "size greater than 500"),
            ([query("M1")], "not matching the expected pattern"),
            ([query("a"), query("a")], "not unique"),
            ([query("a", period=90)], "multiple of 60"),
        ):
            refused = error_of(server, "cloudwatch", "get_metric_data", MetricDataQueries=queries, **parameters)
            assert refused[0] == "ValidationError"
            assert words in refused[1]
        refused = error_of(
            server, "cloudwatch", "get_metric_data",
            MetricDataQueries=[query("a")], StartTime=_START, EndTime=_START,
        )  # fmt: skip
        assert refused == ("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")


def test_an_answer_holds_so_many_datapoints_and_says_which_metric_is_not_through(case: Path) -> None:
    queries = [query("a"), query("b", "Maximum"), query("none", "p1"), query("c", "Minimum")]
    with AwsServer(case) as server:
        whole = asked(server, *queries)
        first = asked(server, *queries, MaxDatapoints=100)
        second = asked(server, *queries, MaxDatapoints=100, NextToken=first["NextToken"])
        last = asked(server, *queries, MaxDatapoints=100, NextToken=second["NextToken"])
        server.faults = Faults(page=7)
        by_pages = every(
            server, "cloudwatch", "get_metric_data", "MetricDataResults",
            MetricDataQueries=queries, StartTime=_START, EndTime=_START + 90 * _MINUTE,
        )  # fmt: skip
    assert "NextToken" not in whole
    assert "NextToken" not in last
    assert [
        [(one["Id"], one["StatusCode"], len(one["Values"])) for one in page["MetricDataResults"]]
        for page in (first, second, last)
    ] == [
        [("a", "Complete", 90), ("b", "PartialData", 10)],
        [("b", "Complete", 80), ("none", "Complete", 0), ("c", "PartialData", 20)],
        [("c", "Complete", 70)],
    ]
    joined: dict[str, list[float]] = {}
    for one in by_pages:
        joined.setdefault(one["Id"], []).extend(one["Values"])
    assert joined == {one["Id"]: one["Values"] for one in whole["MetricDataResults"]}


def test_an_answer_never_holds_more_datapoints_than_aws_gives(case: Path) -> None:
    """Over bare HTTP: boto3 takes seconds to read so many times."""
    headers = {"X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData"}
    asks = {
        "MetricDataQueries": [query(f"m{index}", MetricName="ActiveConnectionCount") for index in range(500)],
        "StartTime": _START.timestamp(),
        "EndTime": (_START + _LONG * _MINUTE).timestamp(),
    }
    sizes = []
    with AwsServer(case, now=_START + timedelta(hours=9)) as server:
        while True:
            answer = bare(server, "monitoring", "/", headers, json.dumps(asks).encode())
            sizes.append(sum(len(one["Values"]) for one in answer["MetricDataResults"]))
            if "NextToken" not in answer:
                break
            asks["NextToken"] = answer["NextToken"]
        parameters = {"MetricDataQueries": [query("a")], "StartTime": _START, "EndTime": _START + _MINUTE}
        refused = error_of(server, "cloudwatch", "get_metric_data", MaxDatapoints=100_801, **parameters)
    assert sizes == [100_800, 500 * _LONG - 100_800]
    assert refused[0] == "ValidationError"


def test_metrics_are_listed_while_they_are_active(simulated: Path) -> None:
    with AwsServer(simulated, faults=Faults(page=4)) as server:
        listed = every(server, "cloudwatch", "list_metrics", "Metrics")
        of_function = every(
            server, "cloudwatch", "list_metrics", "Metrics",
            Namespace="AWS/Lambda", Dimensions=[{"Name": "FunctionName", "Value": "storefront"}],
        )  # fmt: skip
        end = server.account.end
    assert len(listed) == 19
    assert {one["MetricName"] for one in of_function} == {"Invocations", "Throttles", "ConcurrentExecutions"}
    with AwsServer(simulated, now=end + timedelta(hours=4)) as server:
        assert every(server, "cloudwatch", "list_metrics", "Metrics", RecentlyActive="PT3H") == []
    with AwsServer(simulated, now=end + timedelta(days=15)) as server:
        assert every(server, "cloudwatch", "list_metrics", "Metrics") == []
