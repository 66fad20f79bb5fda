"""A case with the sensor's lines: some functions have it, some lines are lost, and people put the logs into it."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from narrows.demand import Curve
from narrows.scenario import Scenario
from narrows_lambda.line import BODY, METRICS, NAMESPACE, Field
from oracles.networks.dice import Dice
from oracles.networks.inside import Inside
from oracles.networks.scenario import random_network
from oracles.networks.sensor_lines import Habits, Written, write_lines
from oracles.networks.staging import Staged, stage
from oracles.networks.taking import Taken, draw_taken

_PURPOSE = 0x5E25
_FEWER = 10
_DESCRIPTORS = 900
"""Of an environment, that connections may take."""

Lost = Literal[
    "nothing", "one line in four", "some environments", "what came after the window", "what came first",
]  # fmt: skip
Form = Literal["plain", "filter-log-events", "tail", "JSON log", "export"]


@dataclass(frozen=True)
class Sensing:
    """Which lines there are, and what they stand in."""

    functions: tuple[str, ...]
    """Those with the sensor."""
    habits: Habits = field(default_factory=Habits)
    lost: Lost = "nothing"
    emf: bool = True
    form: Form = "plain"

    def words(self) -> list[str]:
        """What is not as usual."""
        found = [f"the sensor in {', '.join(self.functions)}", f"lost: {self.lost}", self.form]
        return [*found, str(self.habits)]


@dataclass(frozen=True)
class Sensed:
    """A network that was played, with the sensor's logs outside of its case."""

    staged: Staged
    sensing: Sensing
    inside: Inside
    start: float
    """Of the run, seconds since 1970."""
    lines: Sequence[Mapping[str, Any]]
    """Those that were not lost."""
    logs: tuple[Path, ...]


def draw_sensing(seed: int, functions: Sequence[str]) -> Sensing:
    """Which lines there are of the network of a seed; of three in ten all."""
    dice = Dice(seed, _PURPOSE)
    every, whole = dice.chance(0.65), dice.chance(0.45)
    some = tuple(dice.some(functions, dice.whole(1, len(functions))))
    lost: Lost = dice.pick(
        (
            "one line in four", "some environments", "what came after the window", "what came after the window",
            "what came first",
        )
    )  # fmt: skip
    habits = Habits(
        dice.pick((1, 1, 1, 2)), dice.pick((0.0, 0.3, 0.6)), dice.chance(0.7), dice.chance(0.2)
    )  # fmt: skip
    forms: tuple[Form, ...] = ("plain", "filter-log-events", "tail", "JSON log", "export")
    return Sensing(tuple(functions) if every else some, habits, "nothing" if whole else lost, dice.chance(0.5),
                   dice.pick(forms))  # fmt: skip


def stage_sensed(seed: int, folder: Path, taken: Taken | None = None, sensing: Sensing | None = None) -> Sensed:
    """Play the network of a seed, write its case to ``folder``, and the sensor's logs beside it.

    Args:
        taken: what to take away of the rest; drawn from the seed when left out.
        sensing: which lines there are; likewise.
    """
    scenario = with_fewer_environments(random_network(seed))
    taken = draw_taken(seed, scenario) if taken is None else taken
    staged = stage(seed, folder, taken, scenario)
    start = staged.recording.start.timestamp()
    if sensing is None:
        sensing = draw_sensing(seed, list(scenario.network.functions))
    inside = Inside(staged.log)
    written = write_lines(scenario, inside, start, sensing.habits, seed)
    _count_invocations(folder / "cloudwatch", written, start)
    kept = [one for one in written.lines if one[1]["FunctionName"] in sensing.functions]
    kept = _without_lost(
        sorted(kept, key=lambda one: one[0]), sensing.lost, staged.recording.seconds, Dice(seed, _PURPOSE + 1)
    )
    lines = [_spelled(one, sensing) for _, one in kept]
    return Sensed(
        staged, sensing, inside, start, lines, tuple(_write_logs(lines, folder.parent / "logs", sensing.form))
    )


def with_fewer_environments(scenario: Scenario) -> Scenario:
    """The same connections from fewer environments, each with more: a line for each invocation is what takes time."""
    functions = {}
    for name, asked in scenario.demand.functions.items():
        each = sum(use.per_environment for use in asked.connections)
        fewer = max(1, min(_FEWER, _DESCRIPTORS // each))
        points = tuple((at, float(math.ceil(level / fewer))) for at, level in asked.environments.points)
        uses = tuple(replace(use, per_environment=use.per_environment * fewer) for use in asked.connections)
        functions[name] = replace(asked, environments=Curve(points), connections=uses)
    return replace(scenario, demand=replace(scenario.demand, functions=functions))


def _without_lost(
    lines: list[tuple[float, dict[str, Any]]], lost: Lost, seconds: int, dice: Dice
) -> list[tuple[float, dict[str, Any]]]:
    if lost == "one line in four":
        return [one for one in lines if not dice.chance(0.25)]
    if lost == "what came after the window":
        return [one for one in lines if one[0] < seconds]
    if lost == "what came first":
        return [one for one in lines if one[0] >= 60]
    if lost == "nothing":
        return lines
    of_environment: dict[str, list[tuple[float, dict[str, Any]]]] = {}
    for one in lines:
        of_environment.setdefault(one[1][BODY][Field.ENVIRONMENT], []).append(one)
    kept = []
    for its in of_environment.values():
        if not dice.chance(0.2):
            kept += its
    return sorted(kept, key=lambda one: one[0])


def _spelled(one: dict[str, Any], sensing: Sensing) -> dict[str, Any]:
    if not sensing.emf:
        return one
    about = {
        "Timestamp": round(one[BODY][Field.TIME] * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [["FunctionName"]],
                "Metrics": [{"Name": metric.spelled, "Unit": metric.unit} for metric in METRICS],
            }
        ],
    }
    return {"_aws": about, **one}


def _write_logs(lines: Iterable[Mapping[str, Any]], folder: Path, form: Form) -> Iterable[Path]:
    """A file for each function, as one of CloudWatch's ways out has it."""
    folder.mkdir()
    of_function: dict[str, list[Mapping[str, Any]]] = {}
    for one in lines:
        of_function.setdefault(one["FunctionName"], []).append(one)
    for name, its in of_function.items():
        file = folder / f"{name}{'.json' if form == 'filter-log-events' else '.gz' if form == 'export' else '.log'}"
        file.write_bytes(_text(its, form))
        yield file


def _text(lines: Sequence[Mapping[str, Any]], form: Form) -> bytes:
    if form == "filter-log-events":
        events = [
            {
                "logStreamName": one[BODY][Field.ENVIRONMENT],
                "timestamp": round(one[BODY][Field.TIME] * 1000),
                "message": json.dumps(one),
            }
            for one in lines
        ]
        return json.dumps({"events": events, "searchedLogStreams": []}, indent=4).encode()
    found = []
    for one in lines:
        moment = datetime.fromtimestamp(one[BODY][Field.TIME], UTC)
        text = json.dumps(one)
        if form == "tail":
            text = f"{moment.isoformat()} {one[BODY][Field.ENVIRONMENT]} {text}"
        elif form == "JSON log":
            text = json.dumps({"timestamp": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "level": "INFO", "message": text})
        elif form == "export":
            text = f"{moment:%Y-%m-%dT%H:%M:%S}.000Z {text}"
        found.append(text)
    whole = ("\n".join(found) + "\n").encode()
    return gzip.compress(whole, 1) if form == "export" else whole


def _count_invocations(folder: Path, written: Written, start: float) -> None:
    """Have the metric count the invocations that were played: a scenario says how many environments work, and not
    what each of them does."""
    for queries in sorted(folder.glob("*.queries.json")):
        results = queries.with_name(queries.name.replace(".queries.", ".results."))
        answer = json.loads(results.read_text(encoding="utf-8"))
        about = {one["Id"]: one["MetricStat"]["Metric"] for one in json.loads(queries.read_text(encoding="utf-8"))}
        for one in answer["MetricDataResults"]:
            metric = about[one["Id"]]
            if metric["MetricName"] != "Invocations":
                continue
            minutes: dict[int, int] = {}
            for begun in written.invoked[metric["Dimensions"][0]["Value"]]:
                minute = int((start + begun) // 60) * 60
                minutes[minute] = minutes.get(minute, 0) + 1
            moments = sorted(minutes, reverse=True)
            spelled = [datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in moments]
            one["Timestamps"], one["Values"] = spelled, [float(minutes[moment]) for moment in moments]
        results.write_text(json.dumps(answer, indent=1), encoding="utf-8")
