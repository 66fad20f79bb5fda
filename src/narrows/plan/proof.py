"""The proof of a plan: the peak runs through the widened network in the simulator, connection by connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from narrows.demand import Curve, Hold, HoldKind
from narrows.given import check_plan
from narrows.limits import SCALE_UP_ENVIRONMENTS, SCALE_UP_SECONDS
from narrows.plan.changes.edits import listed
from narrows.plan.model import Option, Plan, Proof
from narrows.plan.peak import Peak
from narrows.plan.reckoning import playable
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.recording import Outcome, summarize
from narrows.scenario import Scenario
from narrows.scenario.model import with_example_addresses
from narrows.scenario.writing import check_writable, in_question

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


Progress = Callable[[str, int, int], None]
"""Called with what is being proved, and the simulated seconds so far and in all."""

_MOST_SECONDS = 6 * 3600.0
"""Of simulated time: a ramp that Lambda's scale-up stretches beyond the scenario's own end is cut here."""


def prove(plan: Plan, *, alternatives: bool = True, progress: Progress | None = None) -> Plan:
    """Replay the peak in the network of the plan (of today, where it fits), and of each alternative.

    Args:
        plan: what to prove.
        alternatives: prove these too.
        progress: called while it simulates.

    Returns:
        The plan with its proofs.

    Raises:
        InputError: the scenario is more than the simulator can count, or a case does not describe enough of it.
    """
    check_plan(plan, "prove")
    if plan.best is None:
        return replace(plan, proof=_run("today's network", plan.today, plan.peak, (), progress))
    best = replace(plan.best, proof=_prove(plan.best, progress))
    others = [replace(one, proof=_prove(one, progress)) for one in plan.alternatives] if alternatives else []
    return replace(plan, best=best, alternatives=tuple(others) or plan.alternatives)


def _prove(option: Option, progress: Progress | None) -> Proof:
    notes = tuple(dict.fromkeys(change.not_simulated for change in option.changes if change.not_simulated))
    return _run(option.strategy, option.scenario, option.peak, notes, progress)


def _run(what: str, scenario: Scenario, peak: Peak, notes: tuple[str, ...], progress: Progress | None) -> Proof:
    from narrows.simulate import simulate_scenario

    unknown = [one.name for one in scenario.network.destinations.values() if not one.addresses]
    if unknown:
        notes += (f"the addresses of {listed(unknown)} are not known: played with as many as are proved",)
    played = playable_at_its_worst(scenario, peak)
    if len(scenario.demand.worlds) > 1:
        notes += ("of the demands that the evidence leaves possible, the one that fills a table most is played",)
    scenario = in_question(replace(played, network=with_example_addresses(scenario.network)))
    check_writable(scenario.network)  # a case that does not say enough fails here, with a sentence
    longer = until_the_peak(scenario)
    recording = simulate_scenario(
        longer, progress=None if progress is None else lambda done, total: progress(what, done, total)
    )
    proof = proof_of(recording, peak, longer.demand.duration, notes)
    # Addresses that only the run has are nobody's to print.
    made_up = {
        f"{address}:{one.port}": one.name
        for one in scenario.network.destinations.values()
        if one.name in unknown
        for address in one.addresses
    }
    for table in proof["tables"]:
        table["destination"] = made_up.get(table["destination"] or "", table["destination"])
    return proof


def playable_at_its_worst(scenario: Scenario, peak: Peak) -> Scenario:
    """The scenario with the demand, of those that its case leaves possible, that fills a table most."""
    worlds = scenario.demand.worlds
    if not worlds:
        return scenario
    routing = Routing()

    def fullest(number: int) -> float:
        tables = all_tables(scenario.network, peak.worlds[number], scenario.assumptions, routing)
        return max((table.peak / table.capacity for table in tables), default=0.0)

    worst = max(range(len(worlds)), key=fullest)
    return replace(scenario, demand=playable(worlds[worst]))


def until_the_peak(scenario: Scenario) -> Scenario:
    """The scenario, long enough for Lambda to scale up to its peak, for connections to end, and closed ones to linger.

    What the demand would become after its own duration is no part of the plan: it stays as it was at the end.
    """
    demand, assumed = scenario.demand, scenario.assumptions
    rate = SCALE_UP_ENVIRONMENTS.value / SCALE_UP_SECONDS
    after_close = max(assumed.nat_hold_after_close, assumed.eni_hold_after_close)
    needed = 0.0
    for asked in demand.functions.values():
        highest = asked.environments.largest(demand.duration)
        corners = _corners(asked.environments, demand.duration)
        reached = next((at for at, value in corners if value >= highest), demand.duration)
        cycle = max((_cycle(use.hold, asked.invocation_duration) for use in asked.connections), default=0.0)
        timeout = max((use.connect_timeout for use in asked.connections), default=0.0)
        if highest > 0:
            ends = cycle + after_close if cycle else 0.0
            needed = max(needed, max(reached, highest / rate) + ends + timeout + 1.0)
    if needed <= demand.duration:
        return scenario
    functions = {
        name: replace(asked, environments=Curve(tuple(_corners(asked.environments, demand.duration))))
        for name, asked in demand.functions.items()
    }
    duration = max(demand.duration, min(needed, _MOST_SECONDS))
    return replace(scenario, demand=replace(demand, functions=functions, duration=duration))


def _corners(curve: Curve, until: float) -> list[tuple[float, float]]:
    inside = [(at, value) for at, value in curve.points if 0.0 < at < until]
    return [(0.0, curve.at(0.0)), *inside, (until, curve.at(until))]


def _cycle(hold: Hold, invocation: float) -> float:
    """Seconds until connections that are held so have ended and come again."""
    if hold.kind is HoldKind.UNTIL_RECYCLED:
        return 0.0
    return 2.0 * (invocation if hold.kind is HoldKind.INVOCATION else hold.mean)
