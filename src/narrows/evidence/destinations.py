"""What a destination's own CloudWatch metrics say, where the destination is a service of AWS and the case has them."""

from __future__ import annotations

from narrows.evidence.facts import Facts, once
from narrows.evidence.metrics import PEAK, Reading, read

_CACHE = ("AWS/ElastiCache", "CurrConnections")
_LOAD_BALANCER = ("AWS/ApplicationELB", "RejectedConnectionCount")


def is_cache(host: str | None) -> bool:
    """Whether a DNS name is one of ElastiCache's."""
    name = (host or "").lower().rstrip(".").removesuffix(".cn")
    return ".cache." in f".{name}" and name.endswith(".amazonaws.com")


@once
def cache_connections(facts: Facts) -> Reading | None:
    """``CurrConnections`` of the cache node that has the most."""
    found = _readings(facts, *_CACHE, stats=PEAK)
    return max(found, key=lambda one: one.largest, default=None)


@once
def rejected_by_load_balancer(facts: Facts) -> Reading | None:
    """``RejectedConnectionCount`` of the Application Load Balancer that rejected the most, if any did."""
    found = [one for one in _readings(facts, *_LOAD_BALANCER, stats=("Sum", "Maximum")) if one.total > 0]
    return max(found, key=lambda one: one.total, default=None)


def _readings(facts: Facts, namespace: str, metric: str, stats: tuple[str, ...]) -> list[Reading]:
    metrics = facts.case.metrics
    asked = {tuple(sorted(one.dimensions.items())) for one in metrics.of(metric) if one.namespace == namespace}
    found = [read(metrics, metric, stats, facts.window, **dict(dimensions)) for dimensions in sorted(asked)]
    return [one for one in found if one is not None]
