"""The resolution that the evidence has: what callers saw by the second, where each attempt carries its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from narrows.case.model import CallerOutcome, Case
from narrows.evidence.attempts import attempt_times
from narrows.report.focus import TimeSpan
from narrows.report.panel_model import ChartSeries, Panel, Point
from narrows.report.panels import labels_of, outcome_series
from narrows.report.thinning import MOST_POINTS

_MOST_STEPS = 300
"""Bars in what is shown at first: about one for each two pixels of a chart in two columns."""
_STEPS = (1, 2, 5, 10, 15, 30, 60)
"""Seconds; each divides a minute."""
_MOST_RAMPS = 2
"""Functions of which it is drawn when their environments came: of more, the lines would hide each other."""
_MINUTE = 60
_MOST_COUNTS = MOST_POINTS * len(CallerOutcome)


def finer(case: Case, panels: Sequence[Panel], span: TimeSpan) -> list[Panel]:
    """The panels, those of callers and of environments in steps of seconds where the case has each attempt."""
    step = next((step for step in _STEPS if span.shown <= step * _MOST_STEPS), _MINUTE)
    if step == _MINUTE:
        return list(panels)
    begin, end = span.begin // _MINUTE * _MINUTE, -(-span.end // _MINUTE) * _MINUTE
    times = attempt_times(case, step, (begin, end), _MOST_COUNTS)
    if times is None:
        return list(panels)
    words = "per second" if step == 1 else f"per {step} s"
    return [
        replace(panel, title=f"What the callers saw, {words}", series=outcome_series(times.counts, step))
        if panel.key == "outcomes"
        else _with_ramp(case, panel, times.first_attempts, step, span)
        if panel.key == "environments"
        else panel
        for panel in panels
    ]


def _with_ramp(
    case: Case, panel: Panel, first_attempts: Mapping[str, Mapping[int, int]], step: int, span: TimeSpan
) -> Panel:
    """The environments at work, and beside them how many had begun to connect so far."""
    names = list(first_attempts)
    by_label = dict(zip(labels_of(case, names), names, strict=True))
    ramps = [
        ChartSeries(
            _so_far_label(panel, series),
            series.colour,
            _so_far(first_attempts[by_label[series.label]], step, span),
            dashed=True,
        )
        for series in panel.series
        if series.label in by_label and len(panel.series) <= _MOST_RAMPS
    ]
    if not ramps:
        return panel
    note = "Dashed: those that had begun to connect by then."
    return replace(panel, series=(*panel.series, *ramps), note=" ".join(filter(None, (panel.note, note))))


def _so_far_label(panel: Panel, series: ChartSeries) -> str:
    return "had begun to connect" if len(panel.series) == 1 else f"{series.label}: had begun to connect"


def _so_far(firsts: Mapping[int, int], step: int, span: TimeSpan) -> tuple[Point, ...]:
    """Steps upwards, from the beginning of what is shown to its end."""
    points, total = [], 0
    moments = sorted(firsts)
    for at, after in zip(moments, [*moments[1:], max(span.end, moments[-1] + step)], strict=True):
        total += firsts[at]
        points.append(Point(at, after, float(total)))
    return tuple(points)
