"""A scenario in the making: recipes add functions with a trouble, confounders add what only looks like one."""

from __future__ import annotations

from typing import Any

import numpy as np


class Draft:
    """The parts of a scenario file, and the dice.

    Attributes:
        document: what is written so far, in the shape of a scenario file.
        rng: the dice.
        state_codes: ``LastUpdateStatusReasonCode`` by function, for troubles that are no connections.
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.document: dict[str, Any] = {
            "name": f"incident-{seed}",
            "vpc": {"subnets": {}, "nat_gateways": {}, "security_groups": {}, "endpoints": {}},
            "destinations": {},
            "functions": {},
            "others": {},
            "demand": {},
            "duration": "5m",
            "seed": seed,
            "assumptions": {},
        }
        self.state_codes: dict[str, str] = {}

    def between(self, low: float, high: float) -> float:
        """A number between two."""
        return float(low + (high - low) * self.rng.random())

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, *choices: Any) -> Any:
        """One of several."""
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        """True in this share of all cases."""
        return bool(self.rng.random() < share)

    def nat_gateway(self, addresses: int) -> str:
        """A NAT gateway of its own."""
        gateways = self.document["vpc"]["nat_gateways"]
        name = f"nat-{len(gateways) + 1}"
        gateways[name] = {"addresses": addresses, "az": "us-east-1a"}
        return name

    def subnets(self, count: int, route: str, **more: Any) -> list[str]:
        """Subnets of their own, with their default route."""
        subnets = self.document["vpc"]["subnets"]
        names = []
        for _ in range(count):
            name = f"subnet-{len(subnets) + 1}"
            subnets[name] = {"az": f"us-east-1{'abc'[len(subnets) % 3]}", "route": route, **more}
            names.append(name)
        return names

    def destination(self, **more: Any) -> str:
        """A destination of its own."""
        destinations = self.document["destinations"]
        name = f"{self.pick('cache', 'orders', 'billing', 'search', 'partner')}-{len(destinations) + 1}"
        destinations[name] = {"port": self.pick(443, 6379, 5432, 8443), **more}
        return name

    def function(self, subnets: list[str], demand: dict[str, Any], *connections: dict[str, Any], **more: Any) -> str:
        """A function with a security group of its own."""
        functions = self.document["functions"]
        name = f"{self.pick('storefront', 'ingest', 'worker', 'api')}-{len(functions) + 1}"
        functions[name] = {
            "subnets": subnets,
            "security_groups": [f"sg-{name}"],
            "connections": list(connections),
            **more,
        }
        self.document["demand"][name] = demand
        return name

    def ramp(self, environments: int) -> dict[str, Any]:
        """Demand that rises within Lambda's scale-up rate and stays."""
        return {"environments": {"from": 0, "to": environments, "per_10s": self.whole(400, 1000)}}

    def connect_timeout(self) -> str:
        """A connect timeout as clients have them."""
        return str(self.pick("2s", "5s", "10s", "30s"))

    def pool(self, wanted: int) -> tuple[int, int]:
        """(environments, connections each) that make about ``wanted`` connections."""
        each = self.whole(4, 40)
        return max(1, round(wanted / each)), each
