"""Random networks with everything that infrastructure as code can say of one."""

from __future__ import annotations

from typing import Any

import yaml

from narrows.scenario import Scenario, parse_scenario
from oracles.networks.dice import Dice
from oracles.networks.shape import draw_shape

_PURPOSE = 0x1AC
_ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
_FREE = (4091, 4091, 2043, 251, 11)
"""Of subnets of a /20, a /21, a /24 and a /28, from which AWS takes five addresses each."""
_SERVICES = ("kms", "sts", "secretsmanager", "ecr.api", "execute-api")
_MOST_SUBNETS = 16


def random_infrastructure(seed: int) -> Scenario:
    """The scenario of a seed."""
    return parse_scenario(yaml.safe_dump(random_document(seed), sort_keys=False), f"infrastructure-{seed}")


def random_document(seed: int) -> dict[str, Any]:
    """The same as a scenario file's mapping."""
    dice = Dice(seed, _PURPOSE)
    document = draw_shape(dice, seed)
    vpc = document["vpc"]
    _draw_gateways(dice, vpc["nat_gateways"])
    _draw_subnets(dice, document)
    _draw_functions(dice, document)
    _draw_endpoints(dice, document)
    _draw_groups(dice, document)
    return document


def _draw_gateways(dice: Dice, gateways: dict[str, Any]) -> None:
    for one in gateways.values():
        if one.get("kind") == "regional":
            one["addresses"] = dice.whole(1, 3)
        else:
            one["addresses"] = dice.whole(1, 8)
            if dice.chance(0.25):
                one["kind"] = "private"
                one["addresses"] = dice.whole(1, 8)


def _draw_subnets(dice: Dice, document: dict[str, Any]) -> None:
    """More of them, of other sizes and ways out; every one is some function's."""
    subnets: dict[str, Any] = document["vpc"]["subnets"]
    gateways = list(document["vpc"]["nat_gateways"])
    more = dice.pick((0, 0, 1, 4, _MOST_SUBNETS - len(subnets)))
    for number in range(more):
        route = dice.pick((*gateways, *gateways, *gateways, "none", "local", "internet-gateway"))
        subnets[f"extra-{number}"] = {"az": dice.pick(_ZONES), "route": route}
    ports = sorted({one["port"] for one in document["destinations"].values()} | {25, 5432})
    for one in subnets.values():
        one["free_addresses"] = dice.pick(_FREE)
        one["ipv6"] = dice.chance(0.3)
        if dice.chance(0.25):
            one["denied_ports"] = dice.some(ports, dice.whole(1, 2))
    functions = list(document["functions"].values())
    for name in subnets:
        if not any(name in one["subnets"] for one in functions):
            dice.pick(functions)["subnets"].append(name)


def _draw_functions(dice: Dice, document: dict[str, Any]) -> None:
    subnets = document["vpc"]["subnets"]
    for one in document["functions"].values():
        one["timeout"] = dice.whole(1, 900)
        if dice.chance(0.3):
            one["reserved_concurrency"] = dice.whole(0, 2000)
        one["dual_stack"] = dice.chance(0.7) and all(subnets[name]["ipv6"] for name in one["subnets"])
    first = next(iter(document["functions"].values()))
    if dice.chance(0.2):
        name = next(iter(first["subnets"]))
        first["versions"] = [{"subnets": [name], "security_groups": ["sg-before"]}]
    if dice.chance(0.4):
        uses = [{"to": next(iter(document["destinations"])), "per_environment": dice.whole(1, 5)}]
        document["functions"]["outside"] = {"timeout": 5, "connections": uses}
        document["demand"]["outside"] = {"environments": dice.whole(1, 100)}


def _draw_endpoints(dice: Dice, document: dict[str, Any]) -> None:
    """Several, each of a service of its own."""
    endpoints, destinations = document["vpc"]["endpoints"], document["destinations"]
    inside = {name for one in document["functions"].values() for name in one.get("subnets", ())}
    zones = sorted({document["vpc"]["subnets"][name]["az"] for name in inside})
    for service in dice.some(_SERVICES, dice.pick((0, 0, 1, 3))):
        host = f"{'.'.join(reversed(service.split('.')))}.us-east-1.amazonaws.com"
        name = service.replace(".", "-")
        destinations[name] = {"port": 443, "host": host}
        endpoints[f"{name}-endpoint"] = {"kind": "interface", "to": [name]}
    if dice.chance(0.3):
        destinations["bucket"] = {"port": 443, "host": "reports.s3.us-east-1.amazonaws.com", "addresses": 2}
        endpoints["s3"] = {"kind": "gateway", "to": ["bucket"]}
    for one in endpoints.values():
        if one["kind"] == "gateway" and len(zones) > 1 and dice.chance(0.4):
            one["azs"] = dice.some(zones, dice.whole(1, len(zones) - 1))
        elif "azs" in one and set(zones) <= set(one["azs"]):
            del one["azs"]


def _draw_groups(dice: Dice, document: dict[str, Any]) -> None:
    """Some let out only some ports, and one none at all."""
    ports = sorted({one["port"] for one in document["destinations"].values()} | {53, 9092})
    names = {name for one in document["functions"].values() for name in one.get("security_groups", ())}
    groups = {}
    for name in sorted(names):
        kind = dice.pick(("all", "all", "some", "none"))
        if kind == "some":
            groups[name] = {"egress_ports": dice.some(ports, dice.whole(1, len(ports)))}
        elif kind == "none" and dice.chance(0.3):
            groups[name] = {"egress_ports": []}
    document["vpc"]["security_groups"] = groups
