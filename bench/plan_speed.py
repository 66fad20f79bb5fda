"""A plan for 100 functions in 50 subnets: milliseconds, for networks of different shapes and loads."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

from narrows.assumptions import Assumptions
from narrows.demand import Connections, Curve, Demand, FunctionDemand
from narrows.network import Destination, Function, NatGateway, Network, Subnet
from narrows.plan import Plan, make_plan
from narrows.scenario import Scenario

FUNCTIONS = 100
SUBNETS = 50
GATEWAYS = 9
DESTINATIONS = 20
BUDGET = 100.0
"""Milliseconds."""
RUNS = 7


def network(shape: str, most_environments: int, seed: int = 1) -> Scenario:
    """Functions in random subnets, with two random destinations each.

    Args:
        shape: ``own groups`` (each function its own security group), ``teams`` (twelve sets of subnets and security
            groups), or ``one group`` (one security group for all, so that functions share some ENIs and not others).
        most_environments: of a function at its peak.
    """
    rng = random.Random(seed)
    zones = [f"us-east-1{letter}" for letter in "abc"]
    nats = {
        f"nat-{k}": NatGateway(f"nat-{k}", addresses=rng.choice([1, 1, 2]), az=zones[k % 3]) for k in range(GATEWAYS)
    }
    subnets = {f"subnet-{k}": Subnet(f"subnet-{k}", zones[k % 3], f"nat-{k % GATEWAYS}") for k in range(SUBNETS)}
    destinations = {
        f"service-{k}": Destination(f"service-{k}", 443, tuple(f"198.18.{k}.{n}" for n in range(1 + k % 3)))
        for k in range(DESTINATIONS)
    }
    teams = [tuple(rng.sample(sorted(subnets), rng.randint(1, 8))) for _ in range(12)]
    functions, demand = {}, {}
    for k in range(FUNCTIONS):
        name = f"function-{k}"
        attached = teams[k % 12] if shape == "teams" else tuple(rng.sample(sorted(subnets), rng.randint(1, 8)))
        group = {"own groups": f"sg-{k}", "teams": f"sg-{k % 12}", "one group": "sg"}[shape]
        functions[name] = Function(name, attached, (group,))
        uses = tuple(Connections(to, rng.randint(1, 10)) for to in rng.sample(sorted(destinations), 2))
        peak = float(rng.randint(10, most_environments))
        demand[name] = FunctionDemand(uses, Curve(((0.0, 0.0), (float(rng.randint(10, 90)), peak))))
    return Scenario(
        f"{shape}, up to {most_environments:,} environments",
        Network("us-east-1", subnets, nats, destinations, functions),
        Demand(300.0, demand),
        Assumptions(),
        datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


def fastest(scenario: Scenario) -> tuple[float, Plan]:
    """Milliseconds of the fastest of some runs, and the plan."""
    best, plan = float("inf"), make_plan(scenario)
    for _ in range(RUNS):
        began = time.perf_counter()
        plan = make_plan(scenario)
        best = min(best, (time.perf_counter() - began) * 1000.0)
    return best, plan


def main() -> None:
    """Print the table."""
    print(f"{FUNCTIONS} functions, {SUBNETS} subnets, {GATEWAYS} NAT gateways, {DESTINATIONS} destinations; "
          f"the alternatives are in the time; budget {BUDGET:.0f} ms")  # fmt: skip
    print(f"{'network':46} {'connections':>11} {'changes':>8} {'others':>7} {'ms':>7}")
    for shape in ("own groups", "teams", "one group"):
        for most_environments in (500, 2_000, 8_000):
            scenario = network(shape, most_environments)
            milliseconds, plan = fastest(scenario)
            within = "" if milliseconds < BUDGET else "  over"
            print(f"{scenario.name:46} {plan.peak.connections:>11,} {len(plan.changes):>8} "
                  f"{len(plan.alternatives):>7} {milliseconds:>7.1f}{within}")  # fmt: skip


if __name__ == "__main__":
    main()
