"""The plan, its alternatives and its proof as the report shows them, from the plan's JSON answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from narrows.case.model import Case
from narrows.listing import MOST_LINES, first_lines
from narrows.plan.actions import Risk
from narrows.plan.quotas import CURRENT
from narrows.words import Fact, cause_title, count, resource_name, sentence_case, usd, with_names

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change."""

    action: str
    what: str
    resource: str
    monthly: str
    mind: tuple[str, ...]
    """What must hold, and what to know."""


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
    peak: tuple[Fact, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    monthly: str = ""
    headroom: str = ""
    risks: tuple[str, ...] = ()
    quotas: tuple[str, ...] = ()
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

    sentence: str = ""
    holds: bool = False
    figures: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    absent: str = ""
    """Why there is none."""


def with_names_of_new(case: Case, plan: Json) -> Case:
    """The case with names for what the plan adds.

    A plan calls a copy of ``subnet-1`` ``subnet-1-2``; where people know that as ``private-a``, it is ``private-a-2``.
    """
    names = dict(case.topology.names)
    options = (plan, *plan["alternatives"])
    for one in (new for option in options for change in option["changes"] for new in change.get("new", ())):
        first, _, last = one.rpartition("-")
        if first in names:
            names.setdefault(one, f"{names[first]}-{last}")
    return replace(case, topology=replace(case.topology, names=names))


def plan_view(case: Case, plan: Json) -> PlanView:
    """What the report shows of a plan (its JSON answer)."""
    changes: Sequence[Json] = plan["changes"]
    return PlanView(
        lead=_lead(case, plan),
        peak=_peak(plan),
        changes=tuple(_change(case, change) for change in changes),
        monthly=_monthly(plan["monthly_usd"]),
        headroom=_share(plan["headroom"]),
        risks=tuple(sentence_case(risk["text"]) for risk in plan.get("risks", ())),
        quotas=tuple(_quota(case, quota) for quota in plan.get("quotas", ())),
        options=_options(case, plan),
        notes=tuple(map(sentence_case, first_lines(plan.get("notes", ())))),
        estimates=_estimates(plan["peak"].get("estimated_from", ())),
    )


def _estimates(found: Sequence[Json]) -> tuple[tuple[str, str], ...]:
    left = len(found) - MOST_LINES
    shown = tuple((one["text"], one["source"]) for one in found[:MOST_LINES])
    return shown if left <= 0 else (*shown, (f"and {left:,} more", "narrows plan --json"))


def proof_view(plan: Json | None, absent: str) -> ProofView:
    """What the report shows of the simulated proof; ``absent`` says why there is none, if there is none."""
    proof = plan.get("proof") if plan else None
    if not plan or not proof:
        return ProofView(absent=absent)
    return _proof_view(plan, proof, "through the simulator at the peak, connection by connection", "Simulated")


def lab_proof_view(plan: Json | None) -> ProofView:
    """What the report shows of the proof with real packets."""
    proof = plan.get("lab_proof") if plan else None
    if not plan or not proof:
        return ProofView(absent="Not asked for: narrows report --lab plays the plan with real packets.")
    return _proof_view(plan, proof, "with real TCP through real kernel tables at the peak", "Played")


def _proof_view(plan: Json, proof: Json, how: str, played: str) -> ProofView:
    failed = proof["timeouts"] + proof.get("refused", 0) + proof.get("reset", 0)
    holds = bool(proof.get("holds", not failed))
    subject = "The changed network" if plan["changes"] else "Today's network"
    sentence = f"{subject} was played {how}. " + ("Every connection was established." if holds else "It does not hold.")
    figures = [
        Fact(
            "Open at once",
            count(proof["established"]),
            f"of {count(proof['wanted'])} wanted" if "wanted" in proof else "",
        ),
        Fact("Timed out", count(proof["timeouts"])),
    ]
    if "error_port_allocation" in proof:
        figures.append(Fact("ErrorPortAllocation", count(proof["error_port_allocation"])))
    if proof.get("simulated_seconds"):
        figures.append(Fact(played, f"{count(proof['simulated_seconds'])} s", f"in {proof['seconds']:.2g} s"))
    return ProofView(sentence, holds, tuple(figures), tuple(sentence_case(note) for note in proof.get("notes", ())))


def _lead(case: Case, plan: Json) -> str:
    peak = count(plan["peak"]["connections"])
    wanted = plan.get("headroom_wanted")
    spare = f" with {_share(wanted)} of every table left free" if wanted else ""
    if plan["fits"]:
        return f"Nothing needs to change: today's network holds the peak of {peak} connections{spare}."
    if not plan["changes"] and plan.get("quotas"):
        return f"Today's network has room for the peak of {peak} connections{spare}, once the quotas below are raised."
    if not plan["changes"]:
        return (
            f"Today's network does not hold the peak of {peak} connections{spare}, and no change that narrows knows "
            "makes it hold."
        )
    price = "costs nothing" if not plan["monthly_usd"] else f"costs {usd(plan['monthly_usd'])} a month more"
    after = plan.get("next_narrows")
    then = (
        f" What binds then: {resource_name(case, after['resource'])}, at {count(after['at_connections'])} connections."
        if after
        else ""
    )
    return (
        f"Today's network does not hold the peak of {peak} connections{spare}. The cheapest change that does "
        f"{price}, and leaves {_share(plan['headroom'])} of the tightest table free.{then}"
    )


def _peak(plan: Json) -> tuple[Fact, ...]:
    peak = plan["peak"]
    facts = [Fact("Peak to hold", count(peak["connections"]), "connections of the functions")]
    facts += [
        Fact(f"{one['client']} → {one['destination']}", count(one["open"]), _environments(one))
        for one in sorted(peak.get("of", ()), key=lambda one: -one["open"])[:4]
    ]
    return tuple(facts) if len(facts) > 2 else tuple(facts[:1]) + tuple(facts[1:2])


def _environments(load: Json) -> str:
    environments = load.get("environments")
    return f"from {count(environments)} environments" if environments else ("others" if load.get("other") else "")


def _change(case: Case, change: Json) -> ChangeRow:
    mind = [f"needs {need}" for need in change.get("needs", ())] + list(change.get("notes", ()))
    return ChangeRow(
        action=change["action"],
        what=_what(case, change),
        resource=resource_name(case, change["resource"]),
        monthly=_monthly(change["monthly_usd"]),
        mind=tuple(sentence_case(one) for one in mind),
    )


def _what(case: Case, change: Json) -> str:
    return sentence_case(with_names(case, change.get("what") or f"{change['action']}: {change['count']}"))


def _quota(case: Case, quota: Json) -> str:
    least = "at least " if quota.get("at_least") else ""
    return (
        f"{quota['code']} ({quota['unit']}, {resource_name(case, quota['resource'])}): from {count(quota['current'])} "
        f"{CURRENT[quota['current_is']]} to {least}{count(quota['needed'])}"
    )


def _options(case: Case, plan: Json) -> tuple[OptionRow, ...]:
    alternatives: Sequence[Json] = plan["alternatives"]
    if not alternatives:
        return ()
    own = [_option(case, {**plan, "strategy": "cheapest"}, chosen=True)] if plan["changes"] else []
    return (*own, *(_option(case, one) for one in alternatives))


def _option(case: Case, option: Json, *, chosen: bool = False) -> OptionRow:
    after = option.get("next_narrows")
    proof = option.get("proof")
    proven = (
        ""
        if not proof
        else "holds"
        if proof.get("holds", not proof["timeouts"])
        else f"{count(proof['timeouts'])} time out"
    )
    return OptionRow(
        strategy="The plan" if chosen else option["strategy"],
        changes=tuple(_what(case, change) for change in option["changes"]),
        monthly=_monthly(option["monthly_usd"]),
        headroom=_share(option["headroom"]),
        risks=tuple(_short(risk) for risk in option.get("risks", ())),
        needs=tuple(option.get("needs", ())),
        next=f"{cause_title(after['id'])}, at {count(after['at_connections'])}" if after else "none",
        proof=proven,
        chosen=chosen,
    )


def _short(risk: Json) -> str:
    """A risk in a few words, where the plan has them."""
    known = {one.value: one.short for one in Risk}
    return known.get(risk["id"]) or str(risk["text"])


def _monthly(value: float) -> str:
    return "$0" if not value else usd(value)


def _share(value: float) -> str:
    return f"{value * 100:.0f} %"
