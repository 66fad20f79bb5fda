"""What the sensor's lines of a random network come to, against what really was and against every other surface."""

from __future__ import annotations

import contextlib
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from narrows.assumptions import Assumptions
from narrows.case.model import Case
from narrows.cli import main
from narrows.evidence.facts import Facts
from narrows.evidence.sensed import held_by, held_on_eni, held_through_gateway
from narrows.evidence.sensor import Curve
from narrows.fullest import fullest_tables
from narrows.network import EniKey, HopKind
from narrows.sensor import answer_of
from narrows.tables import TableId
from narrows.units import MICROSECONDS
from oracles.networks import Truth
from oracles.networks.inside import Inside
from oracles.networks.sensing import Sensed, stage_sensed
from tests.agreement.contradictions import contradictions
from tests.agreement.surfaces import Surfaces, surfaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDED = 1.0


@dataclass(frozen=True)
class ComparedSensed:
    """One network's case with the sensor's lines in it."""

    seed: int
    words: tuple[str, ...]
    numbers: int
    """Intervals that were compared."""
    closed: int
    """Of the sensor's own intervals, those with an upper end."""
    lines: tuple[str, ...]
    """Every disagreement."""


def compare_sensed(seed: int, folder: Path) -> ComparedSensed:
    """Play the network of a seed, put the sensor's logs into its case as a user does, and ask every surface."""
    sensed = stage_sensed(seed, folder / "case")
    words = (*sensed.sensing.words(), *sensed.staged.taken.words())
    printed = told(sensed)
    shown = surfaces(sensed.staged.folder)
    own, truth = Own(sensed, shown.case), sensed.staged.truth
    found = {*contradictions(shown, truth), *own.untrue(), *own.differing(printed), *wrong_causes(shown, truth)}
    return ComparedSensed(seed, words, len(shown.readings) + own.numbers, own.closed, tuple(sorted(found)))


def told(sensed: Sensed) -> dict[str, Any]:
    """What ``narrows sensor LOGS --case CASE --json`` prints."""
    if not sensed.logs:
        return {"enis": [], "destinations": []}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        main(("sensor", *map(str, sensed.logs), "--case", str(sensed.staged.folder), "--json"))
    found: dict[str, Any] = json.loads(printed.getvalue())
    return found


class Own:
    """The sensor's own figures of a case."""

    def __init__(self, sensed: Sensed, case: Case) -> None:
        self.sensed, self.case = sensed, case
        self.truth = sensed.staged.truth
        self.facts = Facts(case, Assumptions())
        self.numbers = self.closed = 0

    def untrue(self) -> Iterator[str]:
        """Intervals of the sensor that do not hold the truth."""
        if not self.case.sensor:
            return
        for key, one in self.truth.tables.items():
            if isinstance(key.resource, EniKey) and key.resource in self.facts.ways.of_eni:
                yield from self._holds(f"eni {key.name}", held_on_eni(self.facts, key.resource), one.open[0],
                                       max(one.open[1], one.entries[1]))  # fmt: skip
        for key, span in self.truth.through.items():
            if key.zone is None and key.destination in self.facts.ways.of_destination:
                tables = [one for other, one in self.truth.tables.items() if self._is_part(other, key)]
                most = max(span[1], sum(one.entries[1] for one in tables))
                yield from self._holds(f"nat {key.name} to {key.destination}",
                                       held_through_gateway(self.facts, str(key.resource), str(key.destination)),
                                       span[0], most)  # fmt: skip
        for function in self.case.functions:
            for destination in self.facts.ways.of_destination:
                yield from self._by_use(function, destination)
        yield from self._curves()

    def _is_part(self, table: TableId, of_all: TableId) -> bool:
        target = self.sensed.staged.scenario.network.destinations[str(of_all.destination)]
        where = {f"{address}:{target.port}" for address in target.addresses}
        return table.kind is of_all.kind and table.resource == of_all.resource and table.destination in where

    def _by_use(self, function: str, destination: str) -> Iterator[str]:
        if destination not in self.sensed.staged.scenario.network.destinations:
            return
        begun, first, last = self.sensed.inside.held(function, destination)
        yield from self._holds(f"use {function} to {destination}", held_by(self.facts, function, destination),
                               self._most(begun, first), self._most(begun, last))  # fmt: skip

    def _most(self, begun: NDArray[np.int64], ended: NDArray[np.int64]) -> int:
        end = self.sensed.staged.recording.seconds * MICROSECONDS
        moments = np.unique(begun[begun < end])
        return int(_at(begun, ended, moments).max(initial=0))

    def _holds(self, what: str, found: Any, least: float, most: float) -> Iterator[str]:
        if found is None:
            return
        self.numbers += 1
        self.closed += found.high is not None
        high = math.inf if found.high is None else found.high
        if found.low > most + _ROUNDED:
            yield f"s low {what.split()[0]}: {what}: at least {found.low:,.0f}, truly {most:,.0f} at the most"
        if high < least - _ROUNDED:
            yield f"s high {what.split()[0]}: {what}: at most {high:,.0f}, truly {least:,.0f}"

    def _curves(self) -> Iterator[str]:
        """What is certain at each moment, to each destination of each function, without a case."""
        inside: Inside = self.sensed.inside
        network = self.sensed.staged.scenario.network
        names = {
            f"{address}:{one.port}": name for name, one in network.destinations.items() for address in one.addresses
        }
        names |= {f"{one.host}:{one.port}": name for name, one in network.destinations.items()}
        by_use: dict[tuple[str, str], list[Curve]] = {}
        for one in answer_of(self.case.sensor, self.facts).destinations:
            by_use.setdefault((one.function, names[one.place]), []).append(one.curve)
        for (function, name), curves in by_use.items():
            begun, _, last = inside.held(function, name)
            moments = np.unique(np.concatenate([one.times for one in curves]))
            sure = np.sum([_low_at(one, moments) for one in curves], axis=0)
            end = self.sensed.start + self.sensed.staged.recording.seconds
            moments, sure = moments[moments < end], sure[moments < end]
            # Of what lies within a millisecond of each other, no line tells which was first.
            micro = np.round((moments - self.sensed.start) * MICROSECONDS).astype(np.int64)
            real = np.maximum(_at(begun, last, micro - 1000), _at(begun, last, micro + 1000))
            over = sure - np.maximum(real, _at(begun, last, micro))
            self.numbers += 1
            if len(over) and over.max() > _ROUNDED:
                at = int(over.argmax())
                yield (f"s curve: {function} to {name}: {sure[at]:,.0f} certain at {micro[at] / MICROSECONDS:,.1f} s, "
                       f"truly {real[at]:,}")  # fmt: skip

    def differing(self, printed: dict[str, Any]) -> Iterator[str]:
        """The sensor's figures of an ENI, here and there."""
        fullest = {one.id.resource: one for one in fullest_tables(self.case).tables
                   if one.id.kind is HopKind.HYPERPLANE_ENI}  # fmt: skip
        said = {one["place"]: one for one in printed["enis"]}
        for key in self.facts.ways.of_eni:
            own = held_on_eni(self.facts, key) if self.case.sensor else None
            if own is None:
                continue
            one = said.get(self.facts.label(key))
            self.numbers += 1
            if one is None or (one["held"]["certain"], one["high"]) != (own.low, own.high):
                yield f"s printed: {key}: {one and (one['held'], one['high'])}, evidence {own.low} to {own.high}"
            listed = fullest.get(key)
            if listed is None or listed.seen is None:
                yield f"s fullest missing: {key}"
                continue
            seen = listed.seen
            if "contradict" in seen.text:
                yield f"s contradicts: {key}: {seen.text}"
                continue
            if seen.low < own.low - _ROUNDED:
                yield f"s fullest low: {key}: {seen.low:,.0f} there, at least {own.low:,.0f} by the sensor"
            if own.high is not None and (seen.high is None or seen.high > own.high + _ROUNDED):
                yield f"s fullest high: {key}: {seen.high} there, at most {own.high:,.0f} by the sensor"


def wrong_causes(shown: Surfaces, truth: Truth) -> Iterator[str]:
    """A table that is said to be full and is not, or the other way round."""
    kinds = {"hyperplane-eni-exhaustion": HopKind.HYPERPLANE_ENI, "nat-port-exhaustion": HopKind.NAT_GATEWAY}
    for cause in shown.causes:
        if cause.id not in kinds:
            continue
        full = [key for key in truth.full if key.kind is kinds[cause.id]]
        if cause.status in ("confirmed", "likely") and not full:
            yield f"s cause {cause.id} {cause.status}: none was full"
        if cause.status == "confirmed" and full and cause.resource not in {str(key.resource) for key in full}:
            yield f"s cause {cause.id} confirmed elsewhere: {cause.resource}"
        if cause.status == "ruled out" and full:
            yield f"s cause {cause.id} ruled out: {len(full)} were full"


def _at(begun: NDArray[np.int64], ended: NDArray[np.int64], moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many there were at each moment."""
    came = np.searchsorted(np.sort(begun), moments, "right")
    went = np.searchsorted(np.sort(ended), moments, "right")
    return np.asarray(came - went, np.int64)


def _low_at(curve: Curve, moments: NDArray[np.float64]) -> NDArray[np.float64]:
    place = np.searchsorted(curve.times, moments, "right") - 1
    return np.where(place < 0, 0.0, curve.low[np.maximum(place, 0)])
