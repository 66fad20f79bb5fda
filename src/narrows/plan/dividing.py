"""More subnets than the ENIs need, so that there is something to divide among several NAT gateways."""

from __future__ import annotations

from narrows.plan.actions import Change
from narrows.plan.changes import add_subnets
from narrows.plan.changes.add_subnets import most_rounds, round_of
from narrows.plan.conditional import Trouble
from narrows.plan.enis import add_enough_subnets, attachments
from narrows.plan.peak import Peak
from narrows.scenario import Scenario


def with_more_subnets(trouble: Trouble, peak: Peak, rounds: int) -> tuple[Scenario, tuple[Change, ...]] | None:
    """As many subnets as the ENIs need, and ``rounds`` more for all that fills a NAT gateway too far.

    None where a function cannot have so many.
    """
    scenario, terms = trouble.scenario, trouble.terms
    widened, _ = add_enough_subnets(scenario, peak, terms)
    functions = list(dict.fromkeys(use.function for use in trouble.through_nat()))
    changes: list[Change] = []
    for one in attachments(scenario.network, functions):
        size = len(round_of(scenario.network, one.subnets))
        present = len(widened.scenario.network.functions[one.functions[0]].subnets)
        wanted = rounds + ((present - len(one.subnets)) // size if size else 0)
        if wanted > most_rounds(scenario.network, one.subnets):
            return None
        step = add_subnets(scenario, one.functions, wanted, terms.prices)
        scenario = step.scenario
        changes.append(step.change)
    return (scenario, tuple(changes)) if changes else None
