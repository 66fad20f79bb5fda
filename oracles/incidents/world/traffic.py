"""Invocations of a function, from which its log and its metrics are both written, so that neither contradicts."""

from __future__ import annotations

from dataclasses import dataclass

from oracles.incidents.world.folder import CaseFolder
from oracles.incidents.world.log import Line
from oracles.incidents.world.measured import every, times, unsaid_zeros


@dataclass(frozen=True, slots=True)
class _Invocation:
    at: float
    lines: tuple[Line, ...]
    seconds: float
    timeout: float | None
    error: bool
    logged: bool
    status: str


class Traffic:
    """What a function was asked for in the window; ``write`` puts its log and its metrics into the case.

    An environment takes one invocation at a time, and the one that was used last is used again.
    """

    def __init__(self, case: CaseFolder, function: str) -> None:
        self._case = case
        self._function = function
        self._invocations: list[_Invocation] = []

    def good(
        self, count: int, first: float, last: float, *lines: Line, seconds: float = 0.18, logged: bool = True
    ) -> None:
        """So many that end well, between two minutes; with ``logged=False`` a filter left them out of the log."""
        self._add(count, first, last, lines, seconds, None, False, logged, "")

    def bad(
        self,
        count: int,
        first: float,
        last: float,
        *lines: Line,
        seconds: float = 10.1,
        timeout: float | None = None,
        error: bool = True,
        logged: bool = True,
        status: str = "",
    ) -> None:
        """So many that fail; where the handler catches what it logs, ``error=False``: no error of the function."""
        self._add(count, first, last, lines, seconds if timeout is None else timeout, timeout, error, logged, status)

    def _add(
        self,
        count: int,
        first: float,
        last: float,
        lines: tuple[Line, ...],
        seconds: float,
        timeout: float | None,
        error: bool,
        logged: bool,
        status: str,
    ) -> None:
        for at in times(count, first, last, seed=len(self._invocations)):
            # Unevenly long, but never longer than a timeout.
            took = seconds if timeout else seconds * (1 + (at % 7 - 3) / 100)
            self._invocations.append(_Invocation(at, lines, took, timeout, error, logged, status))

    def write(
        self, *, log: bool = True, tail: bool = False, metrics: bool = True, period: int = 60, zeros: bool = True,
        report: bool = True, memory: int = 512, json: bool = False,
    ) -> None:  # fmt: skip
        """Write the log and the metrics (``zeros=False``: without datapoints of 0)."""
        ordered = sorted(self._invocations, key=lambda one: one.at)
        if log:
            self._write_log(ordered, tail, report and not json, memory)
        if metrics:
            self._write_metrics(ordered, period, zeros)

    def _write_log(self, ordered: list[_Invocation], tail: bool, report: bool, memory: int) -> None:
        written = self._case.log(self._function, tail=tail)
        free_from: list[float] = []
        for one in ordered:
            free = [(ends, number) for number, ends in enumerate(free_from) if ends <= one.at]
            number = max(free)[1] if free else len(free_from)
            if not free:
                free_from.append(0.0)
            free_from[number] = one.at + one.seconds + 0.01
            if one.logged:
                written.invocation(
                    one.at, *one.lines, seconds=one.seconds, timeout=one.timeout, stream=number, report=report,
                    cold=None if free else 0.412, memory=memory, status=one.status,
                )  # fmt: skip

    def _write_metrics(self, ordered: list[_Invocation], period: int, zeros: bool) -> None:
        minutes = self._case.minutes
        invocations, errors = [0.0] * minutes, [0.0] * minutes
        longest, concurrent = [0.0] * minutes, [0.0] * minutes
        for one in ordered:
            minute = int(one.at // 60)
            if 0 <= minute < minutes:
                invocations[minute] += 1
                errors[minute] += one.error
                longest[minute] = max(longest[minute], one.seconds * 1000)
        steps = sorted([(one.at, 1) for one in ordered] + [(one.at + one.seconds, -1) for one in ordered])
        running = 0
        for at, step in steps:
            running += step
            minute = int(at // 60)
            if 0 <= minute < minutes:
                concurrent[minute] = max(concurrent[minute], running, 1)
        width = period // 60
        peaks = [[max(series[at : at + width]) for at in range(0, minutes, width)] for series in (longest, concurrent)]
        failed = every(errors, width)
        self._case.function_metrics(
            self._function,
            period=period,
            invocations=unsaid_zeros(every(invocations, width)),
            errors=failed if zeros else unsaid_zeros(failed),
            duration=unsaid_zeros(peaks[0]),
            concurrent=unsaid_zeros(peaks[1]),
        )
