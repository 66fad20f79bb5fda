"""What a run of the peak proves, in the simulator and in the lab alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from narrows.plan.model import Proof
from narrows.plan.peak import Peak
from narrows.recording import Outcome, summarize

if TYPE_CHECKING:
    from narrows.recording import Recording

_NEARLY = 0.98
"""Part of the peak wanted that a run reaches although it has a margin for chance."""
_NEVER_SENT = {Outcome.NO_NAME: "found no name (DNS)", Outcome.NO_DESCRIPTOR: "found no free file descriptor"}


def proof_of(
    recording: Recording, peak: Peak, simulated_seconds: float, notes: tuple[str, ...], scale: float = 1.0
) -> Proof:
    """The proof that a run is.

    Args:
        peak: what the plan is for.
        simulated_seconds: of the scenario.
        notes: what is to be said of the run besides what it shows itself.
        scale: of the run; the peak is for 1.
    """
    wanted = round(peak.connections * scale)
    summary = summarize(recording)
    reached = summary["established_peak"]
    failed = summary["timed_out"] + summary["refused"] + summary["reset"] + summary["error_port_allocation"]
    dropped = sum(table["dropped"] for table in summary["tables"])
    unsent = list(_unsent(recording))
    held_back = list(_held_back(recording, peak, scale))
    if reached < wanted * _NEARLY and not (unsent or failed or held_back):
        notes += ("the peak of the plan, which has a margin for chance, was not reached in this run",)
    return Proof(
        holds=not (failed or dropped or unsent or held_back),
        timeouts=summary["timed_out"],
        established=reached,
        wanted=wanted,
        refused=summary["refused"],
        reset=summary["reset"],
        error_port_allocation=summary["error_port_allocation"],
        tables=summary["tables"],
        seconds=summary["seconds"],
        simulated_seconds=simulated_seconds,
        notes=[*held_back, *unsent, *notes],
    )


def _unsent(recording: Recording) -> Iterator[str]:
    """Attempts that failed before their first SYN."""
    for outcome, what in _NEVER_SENT.items():
        count = recording.ended(outcome)
        if count:
            yield f"{count:,} connection attempts {what}"


def _held_back(recording: Recording, peak: Peak, scale: float) -> Iterator[str]:
    """Functions of which Lambda never ran as many environments as the peak has."""
    for name, wanted in peak.environments().items():
        one = recording.functions[name]
        ran = int(one.environments.max(initial=0))
        if one.throttles.sum() and ran < wanted * scale * _NEARLY:
            most = round(wanted * scale)
            yield f"Lambda's concurrency or scale-up rate held {name} to {ran:,} of {most:,} environments"
