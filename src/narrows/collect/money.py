"""What calls cost, before and after: GetMetricData by the metric, S3 by the request; the rest is free."""

from __future__ import annotations

from collections.abc import Sequence

from narrows.aws.requests import Request
from narrows.collect.account import Account
from narrows.prices import load_prices

_METRICS, _GETS, _LISTS = "cloudwatch-metric-thousand", "s3-get-thousand", "s3-list-thousand"
_CENT = 0.005


def spent(account: Account) -> float:
    """Dollars that the calls of a run cost."""
    prices = load_prices().prices
    calls = account.calls
    return (
        account.metrics * prices[_METRICS].usd
        + calls["s3:GetObject"] * prices[_GETS].usd
        + calls["s3:ListBucket"] * prices[_LISTS].usd
    ) / 1000


def told(requests: Sequence[Request]) -> str:
    """Requests that are about to be made, in words: ``14 calls, 1,540 metrics, $0.02``."""
    metrics = sum(_metrics_in(one) for one in requests)
    text = f"{len(requests):,} {'call' if len(requests) == 1 else 'calls'}"
    if not metrics:
        return text
    usd = metrics * load_prices().prices[_METRICS].usd / 1000
    return f"{text}, {metrics:,} {'metric' if metrics == 1 else 'metrics'}, {dollars(usd)}"


def dollars(usd: float) -> str:
    """An amount: ``$0.02``, ``less than a cent``."""
    return f"${usd:,.2f}" if usd >= _CENT else "less than a cent" if usd else "nothing"


def _metrics_in(request: Request) -> int:
    queries = request.parameters.get("MetricDataQueries")
    return len(queries) if isinstance(queries, list) else 0
