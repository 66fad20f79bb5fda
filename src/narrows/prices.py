"""What things cost, from ``prices.json``: data with a date, a source and a certainty each.

Money is counted in whole cents a month, so that equal prices compare as equal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TypedDict

from narrows.limits import Certainty


@dataclass(frozen=True, slots=True)
class Price:
    """One price."""

    id: str
    usd: float
    """For one ``unit``."""
    unit: str
    source: str
    date: str
    """When the source said so."""
    certainty: Certainty


class PrintedPrice(TypedDict):
    """A price as an answer prints it."""

    id: str
    usd: float
    unit: str
    source: str
    date: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Prices:
    """Every price that a plan may need, for one Region."""

    region: str
    hours_per_month: int
    prices: dict[str, Price]

    def hourly(self, price: str, count: int = 1) -> int:
        """Cents a month for ``count`` of something that is billed by the hour."""
        return round(self.prices[price].usd * self.hours_per_month * count * 100)

    def gigabytes(self, price: str, gigabytes: float) -> int:
        """Cents a month for so many GB (10^9 bytes) a month."""
        return round(self.prices[price].usd * gigabytes * 100)

    def printed(self, only: tuple[str, ...]) -> list[PrintedPrice]:
        """The prices named in ``only``, in the order of the file."""
        return [
            PrintedPrice(
                id=one.id,
                usd=one.usd,
                unit=one.unit,
                source=one.source,
                date=one.date,
                certainty=one.certainty.value,
            )
            for one in self.prices.values()
            if one.id in only
        ]


@lru_cache(maxsize=1)
def load_prices() -> Prices:
    """The prices that come with narrows."""
    data = json.loads(resources.files("narrows").joinpath("prices.json").read_text(encoding="utf-8"))
    return Prices(
        data["region"],
        data["hours_per_month"],
        {
            name: Price(name, one["usd"], one["unit"], one["source"], one["date"], Certainty(one["certainty"]))
            for name, one in data["prices"].items()
        },
    )
