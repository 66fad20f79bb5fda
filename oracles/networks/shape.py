"""What a random network is made of, before its demand is scaled to its tables."""

from __future__ import annotations

from typing import Any

from oracles.networks.dice import Dice

_ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
_FUNCTIONS = ("storefront", "checkout", "ingest", "worker", "reports")
_PUBLIC = ("pay", "search", "audit", "orders", "partner")
_CONNECT_TIMEOUTS = ("3s", "5s", "10s")
_SECONDS = ("180s", "240s", "660s")
"""Of a run: the longest has two or three files of flow logs, of which one may be missing."""


def draw_shape(dice: Dice, seed: int) -> dict[str, Any]:
    """A scenario file's mapping; every curve is written as points, every fixed hold in seconds."""
    gateways = _gateways(dice)
    subnets = _subnets(dice, list(gateways))
    destinations, endpoints = _destinations(dice, sorted({one["az"] for one in subnets.values()}))
    functions = _functions(dice, list(subnets), destinations)
    if dice.chance(0.6):
        # Most of what people run into is one client of one destination that outgrew the others.
        dice.pick(list(functions.values()))["connections"][0]["per_environment"] *= dice.whole(3, 6)
    return {
        "name": f"network-{seed}",
        "vpc": {"subnets": subnets, "nat_gateways": gateways, "endpoints": endpoints},
        "destinations": destinations,
        "functions": functions,
        "others": _others(dice, gateways, subnets, destinations),
        "demand": {name: {"environments": _curve(dice, dice.whole(100, 1500))} for name in functions},
        "duration": dice.pick(_SECONDS),
        "seed": seed,
    }


def _gateways(dice: Dice) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index in range(dice.whole(1, 2)):
        regional = dice.chance(0.15)
        place = {"kind": "regional"} if regional else {"az": _ZONES[index]}
        found[f"nat-{'abc'[index]}"] = {"addresses": dice.pick((1, 1, 1, 2, 3)), **place}
    return found


def _subnets(dice: Dice, gateways: list[str]) -> dict[str, Any]:
    """One to three in one to three zones; each leads to a gateway, as often to that of another zone as people do."""
    count = dice.whole(1, 3)
    zones = dice.some(_ZONES, dice.whole(1, count))
    return {
        f"private-{'abc'[index]}": {"az": zones[index % len(zones)], "route": dice.pick(gateways)}
        for index in range(count)
    }


def _destinations(dice: Dice, zones: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two to five, the first of them public, and the endpoints that some are reached through."""
    destinations: dict[str, Any] = {}
    endpoints: dict[str, Any] = {}
    for index in range(dice.whole(2, 5)):
        kind = "public" if index == 0 else dice.pick(("public", "public", "local", "interface", "gateway"))
        addresses = dice.pick((1, 1, 1, 2, 4))
        if kind == "local" and "redis" not in destinations:
            written = [f"10.0.250.{10 + number}" for number in range(addresses)]
            destinations["redis"] = {"port": 6379, "addresses": written, "local": True}
        elif kind == "interface" and "queue" not in destinations:
            host = "sqs.us-east-1.amazonaws.com"
            destinations["queue"] = {"port": 443, "addresses": addresses, "host": host}
            everywhere = len(zones) == 1 or dice.chance(0.7)
            endpoints["sqs"] = {"kind": "interface", "to": ["queue"], **({} if everywhere else {"azs": zones[:1]})}
        elif kind == "gateway" and "dynamodb" not in destinations:
            host = "dynamodb.us-east-1.amazonaws.com"
            destinations["dynamodb"] = {"port": 443, "addresses": addresses, "host": host}
            endpoints["ddb"] = {"kind": "gateway", "to": ["dynamodb"]}
        else:
            destinations[_PUBLIC[index]] = {"port": dice.pick((443, 443, 8443)), "addresses": addresses}
    return destinations, endpoints


def _functions(dice: Dice, subnets: list[str], destinations: dict[str, Any]) -> dict[str, Any]:
    """Two to four; the first connects to the first destination, so that something always passes a NAT gateway."""
    found: dict[str, Any] = {}
    names, first = list(destinations), next(iter(destinations))
    for index in range(dice.whole(2, 4)):
        name = _FUNCTIONS[index]
        groups = dice.pick((["sg-app"], ["sg-app"], [f"sg-{name}"], ["sg-app", f"sg-{name}"]))
        targets = dice.some(names, dice.whole(1, 3))
        if index == 0 and first not in targets:
            targets = [first, *targets]
        retries = dice.pick((0, 0, 1, 3))
        timeout = dice.pick(_CONNECT_TIMEOUTS)
        uses = []
        for target in targets:
            use = {"to": target, "per_environment": dice.whole(1, 12), "connect_timeout": timeout}
            use["hold"] = f"{dice.whole(8, 60)}s" if dice.chance(0.2) else "until_recycled"
            if retries:
                use["retries"] = {"most": retries, "backoff": dice.pick(("1s", "4s"))}
            uses.append(use)
        found[name] = {
            "subnets": dice.some(subnets, dice.whole(1, len(subnets))),
            "security_groups": groups,
            "connections": uses,
        }
    return found


def _others(
    dice: Dice, gateways: dict[str, Any], subnets: dict[str, Any], destinations: dict[str, Any]
) -> dict[str, Any]:
    """In a third of the networks something else leaves by a NAT gateway."""
    if not dice.chance(0.33):
        return {}
    route = dice.pick(sorted(gateways))
    zones = [one["az"] for one in subnets.values() if one["route"] == route] or [_ZONES[0]]
    public = [name for name, one in destinations.items() if not one.get("local") and "host" not in one]
    use = {
        "to": dice.pick(public),
        "count": _curve(dice, dice.whole(500, 6000)),
        "hold": dice.pick(("until_recycled", "30s")),
    }
    kind = dice.pick(("instances", "containers"))
    return {"batch": {"route": route, "az": dice.pick(zones), "kind": kind, "connections": [use]}}


def _curve(dice: Dice, highest: int) -> dict[str, Any]:
    """Up from nothing at a time of its own, and in a quarter of all cases down again to some part."""
    begin, rise, level = dice.whole(0, 40), dice.whole(40, 70), float(highest)
    points = [[f"{begin}s", 0.0], [f"{begin + rise}s", level]]
    falls, left, stays = dice.chance(0.25), dice.between(0.1, 0.8), dice.whole(20, 40)
    if falls:
        until = f"{begin + rise + stays}s"
        points += [[until, level], [until, float(round(level * left))]]
    return {"points": points}
