"""Planning: the cheapest changes under which the peak fits every table. Names are loaded when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.plan.actions import Action as Action
    from narrows.plan.actions import Change as Change
    from narrows.plan.actions import Risk as Risk
    from narrows.plan.make import make_plan as make_plan
    from narrows.plan.model import Option as Option
    from narrows.plan.model import Plan as Plan
    from narrows.plan.model import Proof as Proof
    from narrows.plan.proof import prove as prove
    from narrows.scenario.writing import scenario_yaml as scenario_yaml
    from narrows.scenario.writing import write_scenario as write_scenario

_HOME_OF = {
    "Action": "narrows.plan.actions",
    "Change": "narrows.plan.actions",
    "Risk": "narrows.plan.actions",
    "make_plan": "narrows.plan.make",
    "Option": "narrows.plan.model",
    "Plan": "narrows.plan.model",
    "Proof": "narrows.plan.model",
    "prove": "narrows.plan.proof",
    "scenario_yaml": "narrows.scenario.writing",
    "write_scenario": "narrows.scenario.writing",
}

__all__ = list(_HOME_OF)


__getattr__ = loading(__name__, _HOME_OF)
