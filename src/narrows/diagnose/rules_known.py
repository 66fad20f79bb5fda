"""What is known of the way to a destination: that no rule blocks it, that its NAT gateways had room."""

from __future__ import annotations

from narrows.diagnose.facts import Facts

RULES = ("functions", "subnets", "route-tables", "security-groups", "network-acls")
"""Everything that can keep a SYN from getting through."""


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
