"""What things cost, from ``prices.json``: by Region, each price with a date, a source and a certainty.

Money is counted in whole cents a month, so that equal prices compare as equal.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Literal, TypedDict

from narrows.limits import Certainty

OWN: Final = "yours"
"""What stands for the certainty of a price that the user gave."""
_EVERYWHERE = "all"


@dataclass(frozen=True, slots=True)
class Tier:
    """A price that holds above an amount a month, for what is above it."""

    above: float
    """Units a month."""
    usd: float


@dataclass(frozen=True, slots=True)
class Price:
    """One price in one Region."""

    id: str
    usd: float
    """For one ``unit``."""
    unit: str
    what: str
    """What has it, as a sentence names it: ``NAT gateways``."""
    region: str
    """Whose price it is: of another Region, where it stands in for one that is not known."""
    source: str
    date: str
    """When the source said so: a year, a month or a day."""
    certainty: Certainty | Literal["yours"]
    tiers: tuple[Tier, ...] = ()
    """Lower prices for what is above an amount, in order."""

    def of(self, units: float) -> float:
        """Dollars for so many units a month."""
        total, usd, begin = 0.0, self.usd, 0.0
        for tier in self.tiers:
            total += usd * (min(units, tier.above) - begin)
            if units <= tier.above:
                return total
            usd, begin = tier.usd, tier.above
        return total + usd * (units - begin)


class PrintedPrice(TypedDict):
    """A price as an answer prints it."""

    id: str
    usd: float
    unit: str
    region: str
    source: str
    date: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Prices:
    """Every price that a plan may need, for one Region."""

    region: str
    """Empty where it is not known."""
    hours_per_month: int
    prices: Mapping[str, Price]
    stand_ins: frozenset[str] = field(default_factory=frozenset)
    """Prices that nothing here says of the Region: another Region's are in their place."""
    stand_in: str = ""
    """That Region."""

    def hourly(self, price: str, count: int = 1) -> int:
        """Cents a month for ``count`` of something that is billed by the hour."""
        return round(self.prices[price].of(self.hours_per_month * count) * 100)

    def gigabytes(self, price: str, gigabytes: float) -> int:
        """Cents a month for so many GB (10^9 bytes) a month."""
        return round(self.prices[price].of(gigabytes) * 100)

    def with_own(self, own: Mapping[str, Price]) -> Prices:
        """With prices of the user's own in the place of those that have the same id."""
        mine = {name: replace(price, region=self.region or price.region) for name, price in own.items()}
        return replace(self, prices={**self.prices, **mine}, stand_ins=self.stand_ins - own.keys())

    def printed(self, only: Collection[str]) -> list[PrintedPrice]:
        """The prices named in ``only``, in the order of the file."""
        return [
            PrintedPrice(
                id=price.id,
                usd=price.usd,
                unit=price.unit,
                region=price.region,
                source=price.source,
                date=price.date,
                certainty=str(price.certainty),
            )
            for price in self.prices.values()
            if price.id in only
        ]


def load_prices(region: str | None = None) -> Prices:
    """The prices of a Region that come with narrows.

    Those that nothing here says of the Region are those of ``stand_in``, and ``stand_ins`` names them. A Region that is
    left out is the one that stands in.
    """
    return _prices_of(_data()["stand_in"] if region is None else region)


def commercial_regions() -> tuple[str, ...]:
    """Every Region of the commercial partition, in order."""
    return tuple(_data()["regions"]["names"])


def price_ids() -> tuple[str, ...]:
    """Every price, in the order of the file."""
    return tuple(_data()["prices"])


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(resources.files("narrows").joinpath("prices.json").read_text(encoding="utf-8"))
    return data


@lru_cache(maxsize=64)
def _prices_of(region: str) -> Prices:
    stand_in = _data()["stand_in"]
    prices, missing = dict[str, Price](), set[str]()
    for name in price_ids():
        known = _known(name, region)
        if known is None:
            missing.add(name)
            known = _known(name, stand_in)
            assert known is not None, name
        prices[name] = known
    return Prices(region, _data()["hours_per_month"], prices, frozenset(missing), stand_in)


def _known(name: str, region: str) -> Price | None:
    """A price of a Region; None where nothing here says it."""
    about = _data()["prices"][name]
    inside = region in _data()["regions"]["names"]
    for said in about["known"]:
        if region in said["regions"] if said["regions"] != _EVERYWHERE else inside:
            tiers = tuple(Tier(tier["from"], tier["usd"]) for tier in said.get("tiers", ()))
            source = _data()["sources"].get(said["source"], said["source"])
            return Price(
                name, said["usd"], about["unit"], about["what"], region, source, said["date"],
                Certainty(said["certainty"]), tiers,
            )  # fmt: skip
    if "as" not in about:
        return None
    # One price for both, as far as anybody has seen.
    same = _known(about["as"], region)
    if same is None:
        return None
    return replace(
        same,
        id=name,
        unit=about["unit"],
        what=about["what"],
        source=f"as {same.id}: {about['source']}",
        date=min(same.date, about["date"]),
        certainty=Certainty.INFERRED,
    )
