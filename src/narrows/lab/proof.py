"""The proof of a plan with real packets: the peak runs through the widened network in the lab."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from narrows.lab.options import Options
from narrows.units import format_duration

if TYPE_CHECKING:
    from narrows.lab.run import Watch
    from narrows.plan.model import Plan, Proof


def prove_in_lab(plan: Plan, options: Options | None = None, *, watch: Watch | None = None) -> Proof:
    """Play the peak in the network of a plan (in today's, where that fits) with real packets.

    Args:
        plan: what to prove.
        options: at which scale and speed; at full size and ten times as quick when left out.
        watch: called some times a second while it lasts.

    Returns:
        The same shape as the simulated proof, for the report to show the two side by side. At a smaller scale
        ``wanted`` is scaled too, and a note says so.

    Raises:
        InputError: the plan has something that the lab cannot play.
        LabError: the machine does not let the lab run at this scale.
    """
    from narrows.lab.run import run_lab
    from narrows.plan.proof import playable_at_its_worst, proof_of, until_the_peak
    from narrows.scenario.model import with_example_addresses
    from narrows.scenario.writing import in_question

    options = options or Options(speed=10.0)
    scenario, peak = (plan.today, plan.peak) if plan.best is None else (plan.best.scenario, plan.best.peak)
    played = playable_at_its_worst(scenario, peak)
    played = replace(played, network=with_example_addresses(played.network))
    recording = run_lab(until_the_peak(in_question(played)), options, watch=watch)
    if recording.extra.get("interrupted"):
        # What was played until then proves nothing of the peak.
        raise KeyboardInterrupt
    late = float(str(recording.extra["latest_connect_seconds"]))
    notes = [f"played with real packets; the latest connect came {format_duration(round(late, 3))} late"]
    if options.scale != 1.0:
        notes.append(f"every table and all demand at {options.scale:g} of its size")
    return proof_of(recording, peak, float(recording.seconds), tuple(notes), options.scale)
