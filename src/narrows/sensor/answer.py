"""What the lines of the sensor come to: for each destination of a function, and for each ENI where a case tells it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from narrows.case.reading.sensor import SensorReader, Unpacking
from narrows.case.sensor_lines import Peer, SensorLines
from narrows.errors import InputError
from narrows.evidence.sensor import Curve, Held, Totals, stays_inside
from narrows.listing import counted

if TYPE_CHECKING:
    from narrows.evidence.facts import Facts

_ADVICE = "print them with: aws logs filter-log-events --filter-pattern '{ $.narrows.schema = 1 }'"
Keep: TypeAlias = "Callable[[dict[str, Any]], None]"


@dataclass(frozen=True)
class HeldAt:
    """Connections held in one place."""

    place: str
    """A destination as the functions see it, or a Hyperplane ENI."""
    function: str
    """Whose they are; of an ENI all that are on it."""
    curve: Curve
    totals: Totals | None
    capacity: int | None = None
    """Of an ENI."""
    low: float | None = None
    """Where an ENI's share rests on an even spread, less than the curve's."""
    high: float | None = None
    """Entries at the most; None where something is missing."""
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Counts of connections; times in seconds since 1970."""
        found: dict[str, object] = {
            "place": self.place,
            "function": self.function,
            "held": {"peak": round(self.curve.peak), "at": self.curve.peak_at, "certain": round(self._certain)},
            "by_minute": [{"minute": minute, "held": round(most)} for minute, most in self.curve.by_minute()],
        }
        if self.totals is not None:
            found |= {
                "opened": self.totals.opened,
                "reused": self.totals.reused,
                "failed": self.totals.failed,
                "reuse": self.totals.reuse,
                "oldest_idle": self.totals.oldest_idle,
            }
        if self.capacity is not None:
            high = None if self.high is None else round(self.high)
            found |= {"capacity": self.capacity, "high": high, "missing": list(self.missing)}
        return found

    @property
    def _certain(self) -> float:
        return self.curve.least if self.low is None else self.low


@dataclass(frozen=True)
class Answer:
    """All of it."""

    lines: SensorLines
    destinations: tuple[HeldAt, ...]
    """Of each function, the most held first."""
    enis: tuple[HeldAt, ...]
    """Empty without a case that tells the functions' subnets and security groups."""
    missing: int
    """Lines that are known to be missing."""
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """What ``--json`` prints."""
        its = self.lines.lines
        return {
            "lines": len(its),
            "from": float(its["time"].min()) if len(its) else None,
            "to": float(its["time"].max()) if len(its) else None,
            "environments": self.lines.environments,
            "missing_lines": self.missing,
            "left_out": dict(self.lines.left_out),
            "destinations": [one.to_json() for one in self.destinations],
            "enis": [one.to_json() for one in self.enis],
            "notes": list(self.notes),
        }


def read_logs(files: Sequence[Path], keep: Keep | None = None) -> SensorLines:
    """The sensor's lines of log files, in any form that CloudWatch Logs gives them.

    Args:
        files: their names.
        keep: called with each line that is taken.

    Raises:
        InputError: one cannot be read, or none holds a line of the sensor.
    """
    reader = SensorReader()
    for file in files:
        reader.read(Unpacking(), file, file.name, keep)
    found = reader.lines()
    if not found:
        other = "; ".join(f"{count:,} {text}" for text, count in found.left_out)
        raise InputError(
            f"no line of the sensor is in {counted(len(files), 'file')}" + (f" ({other} left out)" if other else ""),
            file=files[0],
            advice=_ADVICE,
        )
    return found


def answer_of(lines: SensorLines, facts: Facts | None = None) -> Answer:
    """Sum them.

    Args:
        lines: those of the sensor.
        facts: of the case whose lines they are, which tells where the functions are attached.
    """
    held = Held(lines)
    pairs = _pairs(lines)
    destinations = []
    for function, peers in pairs:
        its = frozenset(peers)

        def weigh(name: str, peer: Peer, function: str = function, its: frozenset[Peer] = its) -> float:
            return 1.0 if name == function and peer in its else 0.0

        destinations.append(HeldAt(str(peers[0]), function, held.curve(weigh), held.totals(function, its.__contains__)))
    destinations.sort(key=lambda one: (-one.curve.peak, one.function, one.place))
    notes = [f"left out: {count:,} {text}" for text, count in lines.left_out]
    for function in lines.functions:
        nowhere = held.totals(function).opened - sum(
            one.totals.opened for one in destinations if one.function == function and one.totals is not None
        )
        if nowhere > 0:
            text = "opened and closed within one invocation, where only the kernel counted them"
            notes.append(f"{function}: {counted(nowhere, 'connection')} more {text}: to whom is not known")
    if held.missing:
        notes.append(f"{counted(held.missing, 'line')} missing, by the numbers of invocations: figures are at least so")
    return Answer(lines, tuple(destinations), () if facts is None else _enis(facts), held.missing, tuple(notes))


def _pairs(lines: SensorLines) -> list[tuple[str, list[Peer]]]:
    """Each function with the peers of one destination: those of one name and port are one."""
    functions = {number: one.function for number, one in enumerate(lines.processes)}
    seen = {
        (functions[process], int(peer))
        for process, peer in zip(
            lines.lines["process"][lines.uses["line"]].tolist(), lines.uses["destination"].tolist(), strict=True
        )
    }
    found: dict[tuple[str, str], list[Peer]] = {}
    for function, number in sorted(seen):
        peer = lines.peers[number]
        if not stays_inside(peer):
            found.setdefault((function, str(peer)), []).append(peer)
    return [(function, peers) for (function, _), peers in found.items()]


def _enis(facts: Facts) -> tuple[HeldAt, ...]:
    from narrows.evidence.sensed import held_on_eni

    found = []
    for key in facts.ways.of_eni:
        sensed = held_on_eni(facts, key)
        if sensed is not None:
            users = ", ".join(sorted(facts.ways.users(key)))
            capacity = facts.ways.eni_capacity(key)
            found.append(
                HeldAt(
                    facts.label(key), users, sensed.curve, None, capacity, sensed.low, sensed.high, sensed.missing
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.curve.peak, one.place)))
