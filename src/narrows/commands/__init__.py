"""Every step of a plan as commands of AWS's command line, with what takes each back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from narrows.case import Case
    from narrows.plan import Plan

__all__ = ["with_commands"]


def with_commands(plan: Plan, case: Case | None = None) -> Plan:
    """The plan, each of its changes and those of its alternatives with what is run for it.

    Args:
        case: that the plan was made of: its ids stand in the commands as they are. Without one, names are a
            scenario's, and variables of the shell stand for what they are called in the account.
    """
    from narrows.commands.make import option_with_steps

    wiring, region = (None, None) if case is None else (case.topology.wiring, case.region)
    today, names = plan.today.network, plan.names
    best = None if plan.best is None else option_with_steps(today, plan.best, wiring, region, names)
    others = tuple(option_with_steps(today, one, wiring, region, names) for one in plan.alternatives)
    return replace(plan, best=best, alternatives=others)
