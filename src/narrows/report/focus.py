"""From when to when the charts go: the window, and in it the span where something happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from narrows.report.panel_model import ChartSeries, Panel, Shape

CHANGE = 0.01
"""A line that moves by no more than this share of its peak is taken to stand still."""
_MUCH_MORE = 2
"""A window at least so many times as long as what happens in it is not shown whole at first."""
_ROOM = 0.25
"""What is shown before and after, as a share of it."""
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Times in seconds since 1970."""

    begin: int
    """Of all the evidence."""
    end: int
    shown_begin: int
    """Of what the charts show before anybody zooms."""
    shown_end: int

    @classmethod
    def whole(cls, begin: int, end: int) -> TimeSpan:
        """All of it shown."""
        return cls(begin, end, begin, end)

    @property
    def all_shown(self) -> bool:
        return (self.begin, self.end) == (self.shown_begin, self.shown_end)

    @property
    def shown(self) -> int:
        """Seconds that are shown."""
        return self.shown_end - self.shown_begin


def focus(begin: int, end: int, panels: Iterable[Panel]) -> TimeSpan:
    """The span of a window, and within it the one where something happens, with room on both sides, in whole minutes.

    Something happens where a count is above 0, and where a line moves by more than ``CHANGE`` of its peak.
    """
    times = [at for panel in panels for series in panel.series for at in _happenings(series, panel.shape)]
    times = [at for at in times if begin <= at <= end]
    whole = TimeSpan.whole(begin, end)
    if not times:
        return whole
    first, last = min(times), max(times)
    if (last - first) * _MUCH_MORE > end - begin:
        return whole
    room = max(_MINUTE, (last - first) * _ROOM)
    return TimeSpan(
        begin,
        end,
        max(begin, int((first - room) // _MINUTE) * _MINUTE),
        min(end, int(-(-(last + room) // _MINUTE)) * _MINUTE),
    )


def _happenings(series: ChartSeries, shape: Shape) -> list[int]:
    """The moments at which a series is not at rest."""
    if shape is Shape.BARS:
        return [at for point in series.points if point.value for at in (point.begin, point.end)]
    least = series.largest * CHANGE
    found = []
    for before, point in zip(series.points, series.points[1:], strict=False):
        ends = (abs(point.value - before.value), abs((point.low or 0.0) - (before.low or 0.0)))
        if max(ends) > least:
            found.append(point.begin)
    return found
