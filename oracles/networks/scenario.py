"""A random network with its demand: several functions, gateways and destinations, some tables full and some not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import yaml

from narrows.network import HopKind
from narrows.plan.peak import measure
from narrows.plan.routing import Routing
from narrows.plan.tables import all_tables
from narrows.scenario import Scenario, parse_scenario
from narrows.tables import Table
from oracles.networks.dice import Dice
from oracles.networks.shape import draw_shape

_PURPOSE = 0x5CE2
_MOST_CONNECTIONS = 130_000
"""Of all functions and other clients at once: what keeps a simulation under a second."""
_MOST_OPENED = 150_000
"""Connections that are opened in the whole run, those that are closed and opened again included."""
_MOST_ENVIRONMENTS = 4000
"""Of one function: Lambda starts them within 40 seconds."""
_SCALED = (HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY)
"""The tables that the demand is scaled to: AWS's own, whose sizes nobody chooses."""
_HOW_FULL = ((0.15, 0.7), (0.75, 0.97), (1.03, 1.7), (1.03, 1.7))
"""What the fullest of them wants, as shares of what it holds: far from full, nearly full, and, twice as often, more."""


def random_network(seed: int) -> Scenario:
    """The scenario of a seed. It loads, and simulates in about a second at most."""
    return parse_scenario(yaml.safe_dump(random_document(seed), sort_keys=False), f"network-{seed}")


def random_document(seed: int) -> dict[str, Any]:
    """The same as a scenario file's mapping."""
    dice = Dice(seed, _PURPOSE)
    document = draw_shape(dice, seed)
    _scale(document, dice)
    _slow_down(document)
    _limit_destinations(document, dice)
    return document


def _tables(document: dict[str, Any]) -> tuple[tuple[Table, ...], int]:
    """(Every table with what it must hold, connections open at once) were nothing in the way."""
    scenario = parse_scenario(yaml.safe_dump(document, sort_keys=False))
    peak = measure(scenario.network, scenario.demand, scenario.assumptions)
    others = max((sum(one.open for one in moment.others) for moment in peak.moments), default=0.0)
    return all_tables(scenario.network, peak, scenario.assumptions, Routing()), peak.connections + math.ceil(others)


def _scale(document: dict[str, Any], dice: Dice) -> None:
    """Multiply the demand so that the fullest table wants a share of its size that is drawn."""
    wanted = dice.between(*dice.pick(_HOW_FULL))
    for _ in range(4):
        tables, connections = _tables(document)
        fullest = max((one.peak / one.capacity for one in tables if one.kind in _SCALED), default=0.0)
        factor = min(wanted / fullest if fullest else math.inf, _MOST_CONNECTIONS / connections)
        if abs(factor - 1) < 0.005:
            return
        _multiply(document, factor)


def _multiply(document: dict[str, Any], factor: float) -> None:
    for name, asked in document["demand"].items():
        highest = max(level for _, level in asked["environments"]["points"])
        more = max(1, math.ceil(highest * factor / _MOST_ENVIRONMENTS))
        for use in document["functions"][name]["connections"]:
            use["per_environment"] *= more
        for point in asked["environments"]["points"]:
            point[1] = max(1.0, round(point[1] * factor / more)) if point[1] else 0.0
    for other in document["others"].values():
        for use in other["connections"]:
            for point in use["count"]["points"]:
                point[1] = float(round(point[1] * factor))


def _slow_down(document: dict[str, Any]) -> None:
    """Hold connections longer where they come and go so fast that there would be too many."""
    seconds = float(document["duration"].removesuffix("s"))
    churning = [(use, highest) for use, highest in _uses(document) if use["hold"] != "until_recycled"]
    opened = sum(highest * seconds / float(use["hold"].removesuffix("s")) for use, highest in churning)
    if opened > _MOST_OPENED:
        for use, _ in churning:
            use["hold"] = f"{math.ceil(float(use['hold'].removesuffix('s')) * opened / _MOST_OPENED)}s"


def _uses(document: dict[str, Any]) -> Iterable[tuple[dict[str, Any], float]]:
    """(Connections, how many of them are open at most) of every function."""
    for name, function in document["functions"].items():
        highest = max(level for _, level in document["demand"][name]["environments"]["points"])
        for use in function["connections"]:
            yield use, highest * use["per_environment"]


def _limit_destinations(document: dict[str, Any], dice: Dice) -> None:
    """Some destinations take only so many connections, more or fewer than are wanted of them."""
    wanted: dict[str, float] = {}
    for use, highest in _uses(document):
        wanted[use["to"]] = wanted.get(use["to"], 0.0) + highest
    for name, destination in document["destinations"].items():
        # Drawn for each, whether or not it is used, so that one destination's limit does not move another's.
        limited, share, ignores = dice.chance(0.2), dice.between(0.5, 2.5), dice.chance(0.4)
        if limited and name in wanted:
            count = destination["addresses"]
            addresses = count if isinstance(count, int) else len(count)
            destination["max_connections"] = max(1, round(share * wanted[name] / addresses))
            destination["when_full"] = "ignore" if ignores else "refuse"
