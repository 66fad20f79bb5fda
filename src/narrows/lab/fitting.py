"""Whether a scenario fits on a machine, and at which scale it would."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from narrows.lab.blueprint import Shard
from narrows.lab.drawing import Drawing, draw
from narrows.lab.machine import Machine
from narrows.lab.namespaces import LabError
from narrows.lab.options import Options
from narrows.units import format_duration

if TYPE_CHECKING:
    from narrows.scenario import Scenario

_BYTES_PER_CONNECTION = 9_400
"""Both ends, the tables, the tracked connection, and the lab's own record; measured (bench/lab.py)."""
_BYTES_PER_WORKER = 20_000_000
_BYTES_AT_LEAST = 150_000_000
_BYTES_PER_RUNTIME = 45_000_000
"""A real runtime with the usual clients imported."""


@dataclass(frozen=True)
class Finding:
    """One check."""

    id: str
    fits: bool
    what: str
    advice: tuple[str, ...] = ()
    """What to do, a line for each kind of machine."""

    def __post_init__(self) -> None:
        """Nothing is to be done where nothing is missing."""
        if self.fits and self.advice:
            object.__setattr__(self, "advice", ())

    def printed(self) -> dict[str, object]:
        """As JSON."""
        return {"id": self.id, "ok": self.fits, "what": self.what, "advice": list(self.advice)}


def fit(drawing: Drawing, scenario: Scenario, options: Options, machine: Machine) -> list[Finding]:
    """What the scenario needs of the machine; where that is too much, the largest scale that would run."""
    findings = _checks(drawing, machine)
    if not all(finding.fits for finding in findings):
        scale = _largest_scale(scenario, options, machine)
        instead = f"or run it with --scale {scale:g}" if scale else "or simulate it: narrows simulate"
        findings = [
            finding if finding.fits else replace(finding, advice=(*finding.advice, instead)) for finding in findings
        ]
    return [*findings, Finding("duration", True, f"it takes {format_duration(drawing.blueprint.seconds)}")]


def _checks(drawing: Drawing, machine: Machine) -> list[Finding]:
    return [_room(drawing, machine), _tracked(drawing, machine), _processes(drawing, machine)]


def _room(drawing: Drawing, machine: Machine) -> Finding:
    need = _memory(drawing)
    runtime = drawing.blueprint.runtime
    runtimes = "" if runtime is None else f" and {len(runtime.environments):,} runtimes"
    wanted = f"{drawing.connections:,} connections{runtimes}"
    what = f"about {need / 1e9:.1f} GB for {wanted}; {machine.memory / 1e9:.1f} GB are free"
    return Finding("memory", need <= machine.memory, what)


def _memory(drawing: Drawing) -> int:
    plan = drawing.blueprint
    runtimes = 0 if plan.runtime is None else len(plan.runtime.environments) * _BYTES_PER_RUNTIME
    own = plan.workers * _BYTES_PER_WORKER + drawing.connections * _BYTES_PER_CONNECTION
    return _BYTES_AT_LEAST + own + runtimes


def _tracked(drawing: Drawing, machine: Machine) -> Finding:
    """Each namespace of a NAT gateway tracks its tables' connections; one address is never split."""
    plan = drawing.blueprint
    most = max((_tracked_by(shard, drawing) for shard in plan.shards), default=0)
    return Finding(
        "conntrack",
        most <= machine.conntrack_max,
        f"nf_conntrack_max is {machine.conntrack_max:,} for each namespace; the fullest tracks at most {most:,}",
        ("it cannot be raised inside; everywhere: sudo sysctl net.netfilter.nf_conntrack_max=1048576",),
    )


def _tracked_by(shard: Shard, drawing: Drawing) -> int:
    tables = sum(len(group) for group in shard.tables)
    own = [other for other in drawing.blueprint.shards if other.gateway == shard.gateway]
    return min(tables * drawing.blueprint.rules.nat_capacity, drawing.connections // len(own) + 1)


def _processes(drawing: Drawing, machine: Machine) -> Finding:
    plan = drawing.blueprint
    fits = plan.workers <= 64 * machine.cores
    return Finding(
        "workers",
        fits,
        f"{plan.workers} processes share the load at {machine.descriptors:,} open files each",
        ("everywhere: raise 'nofile' in /etc/security/limits.conf and log in again (ulimit -Hn)",),
    )


def _largest_scale(scenario: Scenario, options: Options, machine: Machine) -> float | None:
    """The largest scale at which everything fits, to two digits."""

    def fits(scale: float) -> bool:
        smaller = draw(scenario, replace(options, scale=scale), machine)
        return all(finding.fits for finding in _checks(smaller, machine))

    decade = next((scale for scale in (0.1, 0.01, 0.001) if scale < options.scale and fits(scale)), None)
    if decade is None:
        return None
    # So many hundredths of ten times that fit, and one more may not.
    most, too_many = 10, 101
    while too_many - most > 1:
        middle = (most + too_many) // 2
        if middle * decade / 10 < options.scale and fits(middle * decade / 10):
            most = middle
        else:
            too_many = middle
    return round(most * decade / 10, 5)


def check_fits(drawing: Drawing, scenario: Scenario, options: Options, machine: Machine) -> None:
    """Say before the start what would not fit.

    Args:
        scenario: as it was written, not scaled.

    Raises:
        LabError: with the largest scale that would run.
    """
    for finding in fit(drawing, scenario, options, machine):
        if not finding.fits:
            raise LabError(f"{finding.what}; {'; '.join(finding.advice)}")
