"""What every change needs: a scenario with a part of its network replaced, names that are not taken, words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from narrows.network import Network, Subnet
from narrows.plan.actions import Shaped, Step
from narrows.plan.trouble import Allowed, Trouble
from narrows.scenario import Scenario


def with_network(scenario: Scenario, **parts: Any) -> Scenario:
    """The scenario with parts of its network replaced."""
    return replace(scenario, network=replace(scenario.network, **parts))


def rerouted(subnets: Mapping[str, Subnet], names: Collection[str], route: str) -> dict[str, Subnet]:
    """The subnets, those named with another default route."""
    return {name: replace(one, route=route) if name in names else one for name, one in subnets.items()}


def fresh(base: str, taken: Collection[str]) -> str:
    """``base-2``, ``base-3``, ...: the first that is not taken."""
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names for people: ``a, b and 3 more``."""
    every = list(names)
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[: most - 1])} and {len(every) - most + 1} more"


def home_zone(network: Network, gateway: str) -> str | None:
    """The Availability Zone of most of the subnets that lead to a NAT gateway: where it is, as far as one can tell.

    None where no subnet leads there.
    """
    found = [one.az for one in network.subnets.values() if one.route == gateway]
    return max(sorted(set(found)), key=found.count, default=None)


def zones(network: Network, gateway: str) -> tuple[str, ...]:
    """The Availability Zones of everything that leaves by a NAT gateway."""
    found = [one.az for one in network.subnets.values() if one.route == gateway]
    found += [one.az for one in network.others.values() if one.route == gateway and one.az is not None]
    return tuple(sorted(set(found)))


def for_each_destination(trouble: Trouble, allowed: Allowed, change: Callable[[Scenario, str], Step]) -> Shaped | None:
    """The change for each destination that may be touched and whose connections fill a NAT gateway that does not hold.

    None where there is no such destination.
    """
    scenario = trouble.scenario
    changes = []
    for name in dict.fromkeys(use.destination for use in trouble.through_nat()):
        if allowed is None or name in allowed:
            step = change(scenario, name)
            scenario = step.scenario
            changes.append(step.change)
    return Shaped(scenario, tuple(changes)) if changes else None
