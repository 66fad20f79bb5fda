"""Random scenarios that the lab and the simulator both play: written at full size, played at a hundredth of it."""

from __future__ import annotations

import random

from narrows.scenario import Scenario, parse_scenario

SCALE = 0.01


def random_incident(seed: int) -> Scenario:
    """A scenario of a few seconds. Its counts do not depend on what is drawn while it runs."""
    rng = random.Random(seed)
    # Where SYNs stay unanswered, half-open entries would fight with others for the last places of a full table, and
    # microseconds decide who gets them. So it is either those, or a demand that fills an ENI.
    unanswered = rng.random() < 0.3
    subnets = rng.randint(1, 3)
    gateways = rng.randint(1, 2)
    destinations = rng.randint(1, 2)
    lines = [f"name: incident-{seed}", "vpc:", "  subnets:"]
    for number in range(subnets):
        route = f"nat-{number % gateways}"
        lines.append(f"    subnet-{number}: {{az: us-east-1a, route: {route}}}")
    lines.append("  nat_gateways:")
    lines += [f"    nat-{number}: {{addresses: {rng.choice((1, 1, 2, 4))}}}" for number in range(gateways)]
    if rng.random() < 0.3:
        lines.append("  endpoints: {link: {kind: interface, to: [d0]}}")
    lines.append("destinations:")
    for number in range(destinations):
        limit = rng.choice(("", "", ", max_connections: 40000"))
        answers = rng.choice(("yes", "yes", "yes", "refuses")) if number else "yes"
        if unanswered:
            limit = rng.choice(("", ", max_connections: 10000, when_full: ignore"))
            answers = "no" if number else "yes"
        addresses = rng.choice((1, 1, 2))
        lines.append(f"  d{number}: {{port: {6379 + number}, addresses: {addresses}, answers: '{answers}'{limit}}}")
    functions = rng.randint(1, 2)
    lines.append("functions:")
    for number in range(functions):
        own = rng.sample(range(subnets), rng.randint(1, subnets))
        group = rng.choice(("sg-a", f"sg-{number}"))
        names = ", ".join(f"subnet-{one}" for one in sorted(own))
        lines += [f"  f{number}:", f"    subnets: [{names}]", f"    security_groups: [{group}]", "    connections:"]
        for destination in rng.sample(range(destinations), rng.randint(1, destinations)):
            lines.append(
                f"      - {{to: d{destination}, per_environment: {rng.choice((5, 10, 20))}, "
                f"hold: until_recycled, connect_timeout: {rng.choice((2, 4, 6))}s}}"
            )
    lines.append("demand:")
    for number in range(functions):
        most = rng.randrange(500, 1_500, 100) if unanswered else rng.randrange(2_000, 9_000, 100)
        lines.append(f"  f{number}: {{environments: {{from: 0, to: {most}, over: 4s}}}}")
    lines += ["duration: 12s", f"seed: {seed}"]
    lines += ["assumptions: {address_choice: first, account_concurrency: unlimited, eni_half_open_hold: 800ms}"]
    return parse_scenario("\n".join(lines) + "\n", f"incident {seed}")
