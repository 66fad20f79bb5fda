"""A move on the page of narrows serve: milliseconds from its request to its answer, planner and picture."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from narrows.assumptions import Assumptions
from narrows.demand import Connections, Curve, Demand, FunctionDemand
from narrows.network import Destination, Function, NatGateway, Network, Subnet
from narrows.scenario import Scenario, load_scenario
from narrows.serve.app import build
from narrows.serve.served import served_scenario

BUDGET = 100.0
"""Milliseconds, for act 1."""
MOVES = 40
_ACT_1 = Path(__file__).parents[1] / "examples" / "scenarios" / "launch-load-test.yaml"
_PORT, _TOKEN = 4321, "bench"


def large(seed: int = 1) -> Scenario:
    """40 functions in 30 subnets behind 5 NAT gateways, with two of 6 destinations each."""
    rng = random.Random(seed)
    zones = [f"us-east-1{letter}" for letter in "abcde"]
    subnets = {f"private-{n}": Subnet(f"private-{n}", zones[n % 5], f"nat-{n % 5}") for n in range(30)}
    gateways = {f"nat-{n}": NatGateway(f"nat-{n}", addresses=2, az=zones[n]) for n in range(5)}
    destinations = {f"service-{n}": Destination(f"service-{n}", 443, (f"198.18.0.{n + 1}",)) for n in range(6)}
    functions, demand = {}, {}
    for number in range(40):
        name = f"worker-{number}"
        functions[name] = Function(name, tuple(rng.sample(sorted(subnets), 6)), ("sg-app",))
        uses = tuple(Connections(to, rng.randint(1, 5)) for to in rng.sample(sorted(destinations), 2))
        demand[name] = FunctionDemand(uses, Curve(((0.0, 0.0), (60.0, float(rng.randint(200, 2000))))))
    return Scenario(
        "large",
        Network("us-east-1", subnets, gateways, destinations, functions),
        Demand(120.0, demand),
        Assumptions(),
        datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


async def moves(scenario: Scenario, function: str) -> list[tuple[float, float, int]]:
    """Milliseconds, those of computing, and bytes of each of many moves, by HTTP without the socket."""
    app, _ = build(served_scenario(scenario, 0.3), port=_PORT, token=_TOKEN)
    host = f"127.0.0.1:{_PORT}"
    headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/json"}
    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://{host}") as client:
        for move in range(MOVES + 1):
            state = {"functions": {function: {"environments": 5_000 + 50 * move}}}
            began, computed = time.perf_counter(), time.process_time()
            answer = await client.post("/move", json=state, headers=headers)
            took, computing = (time.perf_counter() - began) * 1000, (time.process_time() - computed) * 1000
            answer.raise_for_status()
            found.append((took, computing, len(answer.content)))
    # The first one loads what the others find loaded, as the page itself does before anybody moves anything.
    return found[1:]


def main() -> None:
    """Both networks."""
    for name, scenario, function in (
        ("act 1", load_scenario(_ACT_1), "storefront"),
        ("40 functions, 30 subnets, 5 gateways", large(), "worker-0"),
    ):
        found = asyncio.run(moves(scenario, function))
        times, computing = sorted(took for took, _, _ in found), sorted(cpu for _, cpu, _ in found)
        middle, late = len(found) // 2, int(len(found) * 0.95)
        print(
            f"{name}: {times[middle]:.1f} ms in the middle, {times[late]:.1f} ms at the 95th percentile of {MOVES} "
            f"moves (budget {BUDGET:.0f} ms for act 1); {computing[middle]:.1f} ms of it computing; "
            f"{found[-1][2] / 1024:,.0f} KiB"
        )


if __name__ == "__main__":
    main()
