"""Playing a plan in the lab, shown while it lasts: what ``plan``, ``report`` and ``demo`` share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from narrows.plan import Plan


def with_lab_proof(plan: Plan) -> Plan:
    """The plan with its proof by real packets. Raises ``LabError`` where this machine cannot play it."""
    from narrows.lab.proof import prove_in_lab
    from narrows.lab.show import live_view

    with live_view("the plan") as watch:
        return replace(plan, lab_proof=prove_in_lab(plan, watch=watch))
