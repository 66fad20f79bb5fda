"""Caches that take no more clients."""

from __future__ import annotations

from oracles.incidents.world import CaseFolder, incident
from oracles.incidents.world.seen.second.logs import Log
from oracles.incidents.world.seen.second.metrics import Metrics, calls, steps
from oracles.incidents.world.seen.second.shapes import Net, about, rule
from oracles.incidents.world.seen.second.verdicts import FULL, named


@incident(
    source="quangpao-dev.pages.dev: ElastiCache singleton, 65,000 connections from Lambda",
    expert=named(
        FULL,
        "Redis says max number of clients reached and the node's CurrConnections stand at 65,000; the "
        "function's own connections (six subnets) are spread over six interfaces",
    ),
)
def the_cache_node_is_at_65000(case: CaseFolder) -> None:
    net = Net("arcade", "us-west-2", "10.20.0.0/16")
    for at, zone in enumerate("abcdef"):
        net.subnet(f"fn-{zone}", f"10.20.{at * 16}.0/20", "abc"[at % 3], free=4000)
    net.table("inner", [], [f"fn-{zone}" for zone in "abcdef"], main=True)
    net.group("app")
    net.group("cache", into=[rule(6379, net["app"])])
    net.interface("fn-a", "10.20.4.4", "ElastiCache scores-001", ["cache"])
    net.function("score", [f"fn-{zone}" for zone in "abcdef"], runtime="provided.al2023", timeout=5)
    for at, zone in enumerate("abcdef"):
        net.interface(f"fn-{zone}", f"10.20.{at * 16}.77", "AWS Lambda VPC ENI-score-77aa", ["app"], kind="lambda")
    net.write(case)
    about(
        case,
        "us-west-2",
        ("2026-11-21T20:00", "2026-11-21T20:30"),
        ["score"],
        scores="name: scores.abc.0001.usw2.cache.amazonaws.com, port: 6379, addresses: [10.20.4.4]",
    )
    cache = Metrics("2026-11-21T20:00")
    cache.add(
        "AWS/ElastiCache",
        "CurrConnections",
        {"CacheClusterId": "scores-001", "CacheNodeId": "0001"},
        "Maximum",
        steps("s", (4, 30_000), (3, 52_000)) + [65_000] * 23,
    )
    cache.write(case, "cache")
    calls(case, "2026-11-21T20:00", "score", 30, 300_000, (7, 0.0), (23, 0.12), failing_ms=600, ms=30, busy=6_200)
    log = Log("score", "2026-11-21T20:00", memory=256)
    log.every(430, 1790, 11, "<g> redis: get scores: ERR max number of clients reached\n", ms=21, envs=90)
    log.events(case)
