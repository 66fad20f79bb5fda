"""Metrics as the rules read them: within the window, merged, with what they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.case import Metrics, Series
from narrows.evidence.metrics import SUM, NatEvidence, most_within, read

START = 1_795_176_000
WINDOW = (START, START + 300)


def _series(values: list[float], metric: str = "ErrorPortAllocation", **more: object) -> Series:
    about = {"stat": "Sum", "period": 60, "first": START, "partial": False, "resource": "nat-1"} | more
    times = np.arange(len(values), dtype=np.int64) * int(str(about["period"])) + int(str(about["first"]))
    return Series(
        "AWS/NATGateway",
        metric,
        {"NatGatewayId": str(about["resource"])},
        str(about["stat"]),
        int(str(about["period"])),
        times,
        np.array(values, np.float64),
        "cloudwatch/x.results.json, m0",
        bool(about["partial"]),
    )


def _read(*series: Series, stats: tuple[str, ...] = SUM) -> object:
    return read(Metrics(series), "ErrorPortAllocation", stats, WINDOW, NatGatewayId="nat-1")


def test_other_resources_and_statistics_are_not_it() -> None:
    assert _read(_series([1], resource="nat-2")) is None
    assert _read(_series([1], stat="SampleCount")) is None
    assert _read(_series([], stat="Sum")) is None


def test_the_best_statistic_is_taken() -> None:
    found = read(
        Metrics((_series([3], stat="Average"), _series([180]))),
        "ErrorPortAllocation",
        SUM,
        WINDOW,
        NatGatewayId="nat-1",
    )
    assert found is not None
    assert (found.stat, found.total) == ("Sum", 180)


def test_two_files_are_merged_and_no_datapoint_counts_twice() -> None:
    found = read(
        Metrics((_series([1, 2]), _series([2, 3], first=START + 60))),
        "ErrorPortAllocation", SUM, WINDOW, NatGatewayId="nat-1",
    )  # fmt: skip
    assert found is not None
    assert [value for _, value in found.points] == [1, 2, 3]


def test_only_the_window_counts() -> None:
    found = read(
        Metrics((_series([9, 9, 1, 9], first=START - 120), _series([9], first=START + 300))),
        "ErrorPortAllocation", SUM, (START, START + 60), NatGatewayId="nat-1",
    )  # fmt: skip
    assert found is not None
    assert found.points == ((START, 1.0),)


@pytest.mark.parametrize(
    ("span", "covered"),
    [
        ((START, START + 300), True),
        ((START + 30, START + 90), True),
        ((START - 60, START + 60), False),
        ((START, START + 301), False),
        (None, False),
    ],
)
def test_coverage(span: tuple[int, int] | None, covered: bool) -> None:
    found = read(Metrics((_series([0] * 5),)), "ErrorPortAllocation", SUM, None, NatGatewayId="nat-1")
    assert found is not None
    assert found.covers(span) is covered


def test_a_partial_answer_covers_nothing() -> None:
    found = read(Metrics((_series([0] * 5, partial=True),)), "ErrorPortAllocation", SUM, WINDOW, NatGatewayId="nat-1")
    assert found is not None
    assert not found.covers(WINDOW)


def test_close_rate_is_what_was_established_less_what_stayed() -> None:
    evidence = NatEvidence(
        "nat-1",
        Metrics(
            (
                _series([600, 600, 600], "ConnectionEstablishedCount"),
                _series([100, 400, 400], "ActiveConnectionCount", stat="Maximum"),
            )
        ),
        WINDOW,
    )
    assert evidence.close_rate(START + 60) == pytest.approx(10 - 300 / 60)
    assert evidence.close_rate(START + 120) == pytest.approx(10)
    assert evidence.close_rate(START + 600) is None


@pytest.mark.parametrize(
    ("counts", "seconds", "most"),
    [
        pytest.param([600] * 5, 60, [600] * 5, id="one rate is even"),
        pytest.param([600] * 5, 90, [600, 900, 900, 900, 900], id="over more than a period"),
        pytest.param([600] * 5, 15, [150] * 5, id="over a part of one"),
        pytest.param([0, 0, 400, 200, 0, 0], 60, [0, 0, 400, 600, 200, 0], id="a wave on both sides of a border"),
        pytest.param([0, 0, 300, 600, 600], 60, [0, 0, 300, 900, 900], id="one that begins within a period"),
        pytest.param([100, 100, 500, 100, 100], 60, [100, 100, 500, 500, 100], id="one on top of what goes on"),
    ],
)
def test_what_is_counted_by_period_may_all_come_at_once(counts: list[float], seconds: float, most: list[float]) -> None:
    assert most_within(counts, 60, seconds) == pytest.approx(most)


@given(st.lists(st.integers(0, 119), max_size=40), st.integers(1, 119))
def test_no_sixty_seconds_have_more(offsets: list[int], begin: int) -> None:
    """Events in two minutes, with none in the minutes around them: any minute that overlaps them."""
    counts = [0.0, 0.0, *(float(sum(one // 60 == minute for one in offsets)) for minute in (0, 1)), 0.0, 0.0]
    inside = sum(begin - 60 < one <= begin for one in offsets)
    assert max(most_within(counts, 60, 60)) >= inside


def test_unanswered_is_never_negative() -> None:
    more = Metrics((_series([100], "ConnectionAttemptCount"), _series([140], "ConnectionEstablishedCount")))
    assert NatEvidence("nat-1", more, WINDOW).unanswered == 0
    assert NatEvidence("nat-1", Metrics(), WINDOW).unanswered is None
