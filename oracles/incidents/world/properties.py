"""What a diagnosis must not change by, or must lose by: alterations of an incident, and what breaks of them.

Each property takes an incident and gives its violations: none where it holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from narrows.case import read_case
from narrows.diagnose import Diagnosis, Status, diagnose
from oracles.incidents.world.alter import (
    Files,
    renamed,
    values_of,
    window_of,
    with_metrics_moved,
    with_noise,
    with_window,
    without_file,
    without_metrics,
    write,
)
from oracles.incidents.world.expert import Incident
from oracles.incidents.world.neighbours import Shares, with_neighbour

SEEDS = (1, 5, 7)
"""Of noise; the bench takes more."""
APART = timedelta(minutes=40)
"""Between an event that was moved and the window: no cause reaches as far."""

RESTS_ON = {
    "nat-port-exhaustion": ("ErrorPortAllocation",),
    "nat-bandwidth": ("PacketsDropCount", "PeakBytesPerSecond", "PeakPacketsPerSecond"),
    "lambda-throttling": ("Throttles",),
    "destination-connection-limit": ("CurrConnections", "RejectedConnectionCount", "DatabaseConnections"),
    "hyperplane-eni-exhaustion": ("ActiveConnectionCount",),
}
"""The metrics that may prove a cause."""

AT_CAPACITY = {
    "one_eni_is_full": "the ENI stood flat at 65,000",
    "one_eni_is_full_behind_a_regional_gateway": "the ENI stood flat at 65,000",
    "two_enis_are_full_behind_two_gateways": "each ENI stood flat at 65,000",
    "connections_stand_flat_while_concurrency_grows": "the database's connections stood flat",
    "a_neighbour_fills_the_shared_eni": "the ENI stood flat at 65,000",
    "one_eni_is_full_before_a_load_balancer": "the ENI stood flat at 65,000",
}
"""Incidents whose name rests on connections that stand flat at a capacity: under noise they may lose it."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A property that does not hold of an incident."""

    property: str
    incident: str
    how: str
    """What was altered."""
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.property}: {self.incident} ({self.how}): {self.before} -> {self.after}"


def diagnosed(files: Files) -> Diagnosis:
    """What narrows says of these files."""
    with tempfile.TemporaryDirectory(prefix="narrows-world-") as folder:
        return diagnose(read_case(write(files, Path(folder))))


@cache
def _whole(incident: Incident) -> tuple[Files, Diagnosis]:
    files = incident.case().contents()
    return files, diagnosed(files)


def something_failed(files: Files, diagnosis: Diagnosis) -> bool:
    """Whether anything but a throttled invocation failed, by lines or by ``Errors``."""
    return bool(diagnosis.failures) or any(values_of(files, "Errors"))


def statuses(diagnosis: Diagnosis) -> dict[str, Status]:
    """Of each cause."""
    return {one.id: one.status for one in diagnosis.causes}


def _name(diagnosis: Diagnosis) -> str:
    return diagnosis.narrows or "none"


def moved_out_of_time(incident: Incident) -> Iterator[Violation]:
    """A metric that proves the named cause, moved to before the window, proves it no longer.

    Where the window stays, and where it grows so that the metric is inside it and the failures are far behind.
    """
    files, before = _whole(incident)
    name = before.narrows or ""
    metrics = RESTS_ON.get(name, ())
    if not metrics or not something_failed(files, before):
        return
    if diagnosed(without_metrics(files, metrics)).narrows == name:
        return  # it rests on something else
    start, end = window_of(files)
    by = -(end - start + APART)
    altered = with_metrics_moved(files, metrics, by)
    for how, case in (
        ("moved before the window", altered),
        ("moved, in a longer window", with_window(altered, start + by, end)),
    ):
        after = diagnosed(case)
        if after.narrows == name or after.cause(name).status is Status.CONFIRMED:
            now = f"{_name(after)}, {name} {after.cause(name).status}"
            yield Violation("moved", incident.name, f"{', '.join(metrics)} {how}", name, now)


def keeps_its_name_under_noise(incident: Incident, seeds: Sequence[int] = SEEDS) -> Iterator[Violation]:
    """Noise of 10 % on every datapoint changes no name."""
    files, before = _whole(incident)
    for seed in seeds:
        after = diagnosed(with_noise(files, seed))
        if after.narrows != before.narrows and not (after.narrows is None and incident.name in AT_CAPACITY):
            yield Violation("noise", incident.name, f"seed {seed}", _name(before), _name(after))


def names_no_other_with_a_file_less(incident: Incident) -> Iterator[Violation]:
    """Less evidence gives the same name, none, or one that the expert accepts as well."""
    files, before = _whole(incident)
    for path in files:
        if path != "case.yaml":
            after = diagnosed(without_file(files, path))
            if after.narrows not in (None, before.narrows, *incident.expert.names):
                yield Violation("file", incident.name, f"without {path}", _name(before), _name(after))


def is_the_same_in_other_words(incident: Incident) -> Iterator[Violation]:
    """Names say nothing."""
    files, before = _whole(incident)
    yield from _same("renamed", incident, "all names", before, diagnosed(renamed(files)))


def is_the_same_beside_a_neighbour(incident: Incident) -> Iterator[Violation]:
    """A function that works, and is not in question, says nothing."""
    files, before = _whole(incident)
    for shares in Shares:
        yield from _same("neighbour", incident, shares, before, diagnosed(with_neighbour(files, shares)))


def is_not_misled_by_a_function_that_works(incident: Incident) -> Iterator[Violation]:
    """One in question that works may make a diagnosis less sure, never another."""
    files, before = _whole(incident)
    for shares in Shares:
        after = diagnosed(with_neighbour(files, shares, asked=True))
        if after.narrows not in (None, before.narrows, *incident.expert.names):
            yield Violation("working", incident.name, shares, _name(before), _name(after))
        for one in after.causes:
            sure = one.status is Status.CONFIRMED and before.cause(one.id).status is not Status.CONFIRMED
            if sure and one.id not in incident.expert.true:
                was = f"{one.id} {before.cause(one.id).status}"
                yield Violation("working", incident.name, shares, was, f"{one.id} {one.status}")


def _same(property: str, incident: Incident, how: str, before: Diagnosis, after: Diagnosis) -> Iterator[Violation]:
    if after.narrows != before.narrows:
        yield Violation(property, incident.name, how, _name(before), _name(after))
    was, now = statuses(before), statuses(after)
    changed = [one for one in was if was[one] is not now[one]]
    if changed:
        yield Violation(
            property, incident.name, how,
            ", ".join(f"{one} {was[one]}" for one in changed), ", ".join(f"{one} {now[one]}" for one in changed),
        )  # fmt: skip


PROPERTIES: dict[str, Callable[[Incident], Iterator[Violation]]] = {
    "moved": moved_out_of_time,
    "noise": keeps_its_name_under_noise,
    "file": names_no_other_with_a_file_less,
    "renamed": is_the_same_in_other_words,
    "neighbour": is_the_same_beside_a_neighbour,
    "working": is_not_misled_by_a_function_that_works,
}
