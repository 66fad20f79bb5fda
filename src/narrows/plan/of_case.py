"""The scenario that a plan makes of a case, as text for people to go on with: what was measured, estimated, assumed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from narrows.plan.make import make_plan
from narrows.scenario.commented import WIDTH, Line, flow, prose, rendered
from narrows.scenario.starter import MODELINE
from narrows.scenario.writing import in_question, scenario_data

if TYPE_CHECKING:
    from narrows.case.model import Case
    from narrows.plan.model import Plan

_Path = tuple[str | int, ...]
_MOST_LINES = 40
"""Of each list in the head."""


def case_text(case: Case, *, peak: int | None = None) -> str:
    """The scenario of a case as commented YAML, which loads.

    Args:
        case: whose network and demand it has.
        peak: open connections of all functions at the peak, where the case does not show them.

    Raises:
        InputError: the case does not describe its functions, or shows no demand.
    """
    plan = make_plan(case, peak=peak)
    data = _plain(scenario_data(in_question(plan.today)))
    assert isinstance(data, dict)
    return rendered([*_head(case, plan, given=peak is not None), *_Text(_remarks(plan, data)).mapping(data, (), 0)])


def _head(case: Case, plan: Plan, *, given: bool) -> Iterator[Line]:
    yield Line(MODELINE)
    yield from prose(f"The scenario of the case {case.folder.resolve().name}, as 'narrows plan' reckons with it.")
    yield from prose(
        "Measured: the network is as AWS described it; figures behind a comment are intervals of the case."
    )
    if given:
        yield from prose("Given: the connections at the peak, by --peak.")
    for title, lines in (
        ("Estimated from the case:", [f"{one.text} ({one.source})" for one in plan.estimates]),
        ("Not settled:", [*plan.unknown, *plan.notes]),
        ("Assumed:", [f"{one['id']}: {one['value']}" for one in plan.assumptions]),
    ):
        if lines:
            yield from prose(title)
            yield from (line for text in lines[:_MOST_LINES] for line in prose(f"- {text}", hang="  "))
        if len(lines) > _MOST_LINES:
            yield from prose(f"- and {len(lines) - _MOST_LINES:,} more, in 'narrows plan --json'")
    yield Line("")


def _remarks(plan: Plan, data: Mapping[str, object]) -> dict[_Path, str]:
    """What is said of each connection: how many were wanted open at once in the case."""
    remarks: dict[_Path, str] = {}
    functions = data.get("functions")
    assert isinstance(functions, dict)
    for name, function in functions.items():
        for index, use in enumerate(function.get("connections", ())):
            interval = plan.wanted.get((name, use["to"]))
            if interval is not None:
                remarks["functions", name, "connections", index] = f"open at once: {_interval(*interval)}"
    return remarks


def _plain(data: object) -> object:
    """The data with whole numbers as people write them: 60 for 60.0."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data


def _interval(low: float, high: float) -> str:
    if math.isinf(high):
        return f"at least {low:,.0f}"
    return f"{low:,.0f}" if round(low) == round(high) else f"{low:,.0f} to {high:,.0f}"


class _Text:
    """Data as lines of YAML, in blocks down to what fits a line, with remarks behind."""

    def __init__(self, remarks: Mapping[_Path, str]) -> None:
        self._remarks = remarks
        self._above = {path[:length] for path in remarks for length in range(len(path))}

    def mapping(self, data: Mapping[str, object], path: _Path, indent: int) -> Iterator[Line]:
        for key, value in data.items():
            here = (*path, key)
            head = f"{' ' * indent}{flow(key)}:"
            one_line = f"{head} {flow(value)}"
            if not value or not isinstance(value, dict | list) or self._fits(one_line, here):
                yield Line(one_line, self._remarks.get(here, ""))
            elif isinstance(value, dict):
                yield Line(head, self._remarks.get(here, ""))
                yield from self.mapping(value, here, indent + 2)
            else:
                yield Line(head, self._remarks.get(here, ""))
                for index, item in enumerate(value):
                    yield from self._item(item, (*here, index), indent + 2)

    def _item(self, item: object, path: _Path, indent: int) -> Iterator[Line]:
        one_line = f"{' ' * indent}- {flow(item)}"
        if not isinstance(item, dict) or not item or len(one_line) <= WIDTH:
            yield Line(one_line, self._remarks.get(path, ""))
            return
        lines = list(self.mapping(item, path, indent + 2))
        yield Line(f"{' ' * indent}- {lines[0].text.lstrip()}", self._remarks.get(path, ""))
        yield from lines[1:]

    def _fits(self, one_line: str, path: _Path) -> bool:
        deep = len(path) > (2 if path[0] == "vpc" else 1)
        return deep and path not in self._above and len(one_line) <= WIDTH
