"""What is known of the way to a destination: that no rule blocks it, that its NAT gateways had room."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.diagnose.facts import Facts

RULES = ("functions", "subnets", "route-tables", "security-groups", "network-acls")
"""Everything that can keep a SYN from getting through."""


_ABOUT = 0.05
"""How far two numbers lie apart that are the same but for the edges of the window."""


def way_is_open(facts: Facts) -> bool:
    """Whether every route and rule is known, and none blocks."""
    return not unknown_rules(facts) and facts.ways.complete and not facts.ways.blocked


def unknown_rules(facts: Facts) -> tuple[str, ...]:
    """Kinds of rules that the case does not hold."""
    return tuple(kind for kind in RULES if kind not in facts.case.topology.known)


def nat_port_errors(facts: Facts) -> float | None:
    """``ErrorPortAllocation`` over all gateways on the way; 0 where there is none; None where it is not known."""
    if not facts.ways.complete:
        return None
    spans = facts.spans_of_failure()
    total = 0.0
    for gateway in facts.ways.gateways:
        nat = facts.nat(gateway)
        errors = nat.port_errors
        if errors is None or (errors.total == 0 and not nat.errors_zero(spans)):
            return None
        total += errors.total
    return total


def gateway_may_refuse(facts: Facts) -> bool:
    """Whether NAT gateways that answer for want of a port, instead of dropping, can be what refused the connects.

    AWS documents neither. One that answers does so once for each connect: it counts as many errors as it refuses.
    """
    errors = nat_port_errors(facts)
    refused = facts.symptoms.total(CallerOutcome.REFUSED)
    if errors is None:
        return bool(facts.ways.gateways) or not facts.ways.complete
    if errors < (1 - _ABOUT) * refused:
        return False
    alone = facts.symptoms.complete and all(facts.ways.strangers(gateway) == () for gateway in facts.ways.gateways)
    return not alone or errors <= (1 + _ABOUT) * refused
