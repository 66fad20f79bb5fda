"""What goes with any patch of a plan: quotas to raise first, what must hold, what it risks and costs."""

from __future__ import annotations

from narrows.patch.model import ToDo
from narrows.plan.model import Option
from narrows.plan.quotas import CURRENT, QuotaNeed


def beforehand(option: Option) -> tuple[ToDo, ...]:
    """The quotas to raise, and what must hold and cannot be seen from here."""
    return (
        *(ToDo(_raised(quota)) for quota in option.quotas),
        *(ToDo(f"see that this holds: {need}") for need in option.needs),
    )


def _raised(quota: QuotaNeed) -> str:
    limit = f"{quota.limit.quota_code or quota.limit.id} ({quota.limit.unit} per {quota.limit.scope})"
    least = "at least " if quota.at_least else ""
    return f"raise quota {limit} to {least}{quota.needed:,} first: {quota.current:,} {CURRENT[quota.current_is]}"


def risks(option: Option) -> tuple[str, ...]:
    """What the changes risk and cost."""
    cost = (f"${option.monthly_cents / 100:,.2f} a month more",) if option.monthly_cents > 0 else ()
    return (*(risk.text for risk in option.risks), *cost)
