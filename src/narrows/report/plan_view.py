"""The plan, its alternatives and its proof as the report shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrows.case.model import Case
from narrows.diagnose.causes import cause_of_full
from narrows.listing import MOST_LINES, first_lines
from narrows.plan.actions import Change
from narrows.plan.model import Estimate, Option, Plan, Proof, Verdict
from narrows.plan.quotas import CURRENT, QuotaNeed
from narrows.plan.steps import Steps
from narrows.printable import printable
from narrows.tables import Table
from narrows.words import Fact, count, interval, resource_name, sentence_case, short_name, usd, with_names


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change."""

    action: str
    what: str
    resource: str
    monthly: str
    mind: tuple[str, ...]
    """What must hold, and what to know."""
    run: str = ""
    """What is run for it."""
    undo: str = ""
    """What takes it back."""
    marks: tuple[str, ...] = ()
    """What to know before it is run, in a word each."""


@dataclass(frozen=True, slots=True)
class OptionRow:
    """The plan, or an alternative to it, as one row of the table that compares them."""

    strategy: str
    changes: tuple[str, ...]
    monthly: str
    headroom: str
    risks: tuple[str, ...]
    needs: tuple[str, ...]
    next: str
    proof: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class PlanView:
    """The section about the plan."""

    why_not: str = ""
    """Why there is none."""
    lead: str = ""
    changes: tuple[ChangeRow, ...] = ()
    monthly: str = ""
    headroom: str = ""
    next: str = ""
    """What binds after the changes."""
    risks: tuple[str, ...] = ()
    """The heaviest first."""
    risks_in_short: tuple[str, ...] = ()
    """The same; those that weigh nothing in a few words."""
    quotas: tuple[str, ...] = ()
    quotas_run: str = ""
    """What is run to ask for them."""
    options: tuple[OptionRow, ...] = ()
    notes: tuple[str, ...] = ()
    estimates: tuple[tuple[str, str], ...] = ()
    """What the peak was estimated from: a sentence, and its place in the case."""

    @property
    def proven(self) -> bool:
        """Whether the alternatives were played through the simulator as well."""
        return any(option.proof for option in self.options if not option.chosen)


@dataclass(frozen=True, slots=True)
class ProofView:
    """The section about the proof."""

    line: str = ""
    """In one line; empty where there is none."""
    sentence: str = ""
    holds: bool = False
    figures: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    absent: str = ""
    """Why there is none."""


def plan_view(case: Case, plan: Plan) -> PlanView:
    """What the report shows of a plan."""
    best = plan.best
    risks = sorted(best.risks, key=lambda risk: -risk.weight) if best else []
    return PlanView(
        lead=_lead(plan),
        changes=_changes(case, plan),
        monthly=_monthly(plan.monthly_usd),
        headroom=_share(plan.headroom),
        next=_next(case, best) if best else "",
        risks=tuple(sentence_case(risk.text) for risk in risks),
        risks_in_short=tuple(sentence_case(risk.text if risk.weight else risk.short) for risk in risks),
        quotas=tuple(_quota(case, quota) for quota in best.quotas) if best else (),
        quotas_run=best.quota_steps.text if best and best.quota_steps and best.quota_steps.commands else "",
        options=_options(case, plan),
        notes=tuple(map(sentence_case, first_lines((*plan.unknown, *plan.notes)))),
        estimates=_estimates(plan.estimates),
    )


def _estimates(estimates: Sequence[Estimate]) -> tuple[tuple[str, str], ...]:
    left = len(estimates) - MOST_LINES
    shown = tuple((estimate.text, estimate.source) for estimate in estimates[:MOST_LINES])
    return shown if left <= 0 else (*shown, (f"and {left:,} more", "narrows plan --json"))


def proof_view(plan: Plan | None, absent: str) -> ProofView:
    """What the report shows of the simulated proof; ``absent`` says why there is none, if there is none."""
    proof = None if plan is None else plan.proof if plan.best is None else plan.best.proof
    if plan is None or proof is None:
        return ProofView(absent=absent)
    how = "through the simulator at the peak, connection by connection"
    return _proof_view(plan, proof, how, played="Simulated", title="Simulated")


def lab_proof_view(plan: Plan | None) -> ProofView:
    """What the report shows of the proof with real packets."""
    if plan is None or plan.lab_proof is None:
        return ProofView(absent="Not asked for: narrows report --lab plays the plan with real packets.")
    how = "with real TCP through real kernel tables at the peak"
    return _proof_view(plan, plan.lab_proof, how, played="Played", title="In the lab")


def _proof_view(plan: Plan, proof: Proof, how: str, *, played: str, title: str) -> ProofView:
    subject = "The changed network" if plan.changes else "Today's network"
    said = "Every connection was established." if proof["holds"] else "It does not hold."
    figures = [
        Fact("Open at once", count(proof["established"]), f"of {count(proof['wanted'])} wanted"),
        Fact("Timed out", count(proof["timeouts"])),
        Fact("ErrorPortAllocation", count(proof["error_port_allocation"])),
    ]
    if proof["simulated_seconds"]:
        figures.append(Fact(played, f"{count(proof['simulated_seconds'])} s", f"in {proof['seconds']:.2g} s"))
    notes = tuple(sentence_case(note) for note in proof["notes"])
    line = f"{title}: {count(proof['established'])} of {count(proof['wanted'])} connections open, {_failed(proof)}."
    return ProofView(line, f"{subject} was played {how}. {said}", proof["holds"], tuple(figures), notes)


def _failed(proof: Proof) -> str:
    if proof["holds"]:
        return "none failed"
    counts = [(proof["timeouts"], "timed out"), (proof["refused"], "refused"), (proof["reset"], "reset")]
    return ", ".join(f"{count(number)} {how}" for number, how in counts if number) or "and it does not hold"


def _lead(plan: Plan) -> str:
    peak = interval(plan.at_least, plan.peak.connections)
    spare = f" with {_share(plan.headroom_wanted)} of every table left free" if plan.headroom_wanted else ""
    if plan.fits:
        return f"Nothing needs to change: today's network holds the peak of {peak} connections{spare}."
    holds_not = "does not hold" if plan.verdict is Verdict.FAILS else "may not hold"
    if plan.best is not None and plan.best.quotas and not plan.changes:
        return f"Today's network has room for the peak of {peak} connections{spare}, once the quotas below are raised."
    if plan.best is None or not plan.changes:
        return (
            f"Today's network {holds_not} the peak of {peak} connections{spare}, and no change that narrows knows "
            "makes it hold."
        )
    open_ended = ": that depends on what the evidence leaves open" if plan.verdict is Verdict.UNKNOWN else ""
    return f"Today's network {holds_not} the peak of {peak} connections{spare}{open_ended}."


def _next(case: Case, option: Option) -> str:
    after = option.next_narrows
    if after is None:
        return "nothing known"
    title = cause_of_full(after.table.kind).title
    return f"{title} ({_binds(case, after.table)}) at {count(after.at_connections)} connections"


def _binds(case: Case, table: Table) -> str:
    name = resource_name(case, table.resource)
    return name if table.id.zone is None else f"{name} in {table.id.zone}"


def _changes(case: Case, plan: Plan) -> tuple[ChangeRow, ...]:
    steps = plan.best.steps if plan.best is not None and plan.best.steps else [Steps()] * len(plan.changes)
    return tuple(_change(case, change, run) for change, run in zip(plan.changes, steps, strict=True))


def _change(case: Case, change: Change, steps: Steps) -> ChangeRow:
    mind = [*(f"needs {need}" for need in change.needs), *change.notes]
    return ChangeRow(
        action=change.action.id,
        what=_what(case, change),
        resource=resource_name(case, change.resource),
        monthly=_monthly(change.monthly_cents / 100),
        mind=tuple(map(sentence_case, mind)),
        run=printable(steps.text),
        undo=printable(steps.undo_text),
        marks=tuple(mark.value for mark in steps.marks),
    )


def _what(case: Case, change: Change) -> str:
    return sentence_case(with_names(case, change.what))


def _quota(case: Case, quota: QuotaNeed) -> str:
    least = "at least " if quota.at_least else ""
    return (
        f"{quota.limit.quota_code} ({quota.limit.unit}, {short_name(case, quota.resource)}): "
        f"from {count(quota.current)} {CURRENT[quota.current_is]} to {least}{count(quota.needed)}"
    )


def _options(case: Case, plan: Plan) -> tuple[OptionRow, ...]:
    """The plan and its alternatives; nothing where there is nothing to compare it with."""
    if not plan.alternatives:
        return ()
    own = [_option(case, plan.best, chosen=True)] if plan.best is not None and plan.changes else []
    return (*own, *(_option(case, option) for option in plan.alternatives))


def _option(case: Case, option: Option, *, chosen: bool = False) -> OptionRow:
    after = option.next_narrows
    return OptionRow(
        strategy="The plan" if chosen else option.strategy,
        changes=tuple(_what(case, change) for change in option.changes),
        monthly=_monthly(option.monthly_cents / 100),
        headroom=_share(option.headroom),
        risks=tuple(risk.short for risk in option.risks),
        needs=option.needs,
        next=f"{cause_of_full(after.table.kind).title}, at {count(after.at_connections)}" if after else "none",
        proof=_proved(option.proof),
        chosen=chosen,
    )


def _proved(proof: Proof | None) -> str:
    if proof is None:
        return ""
    return "holds" if proof["holds"] else f"{count(proof['timeouts'])} timed out"


def _monthly(value: float) -> str:
    return "$0" if not value else usd(value)


def _share(value: float) -> str:
    return f"{value * 100:.0f} %"
