"""Prices by Region: what the data says, and what stands in where it says nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any

import botocore
import pytest

from narrows.errors import InputError
from narrows.limits import Certainty
from narrows.own_prices import read_own_prices
from narrows.prices import Price, Prices, commercial_regions, load_prices, price_ids

DATA: dict[str, Any] = json.loads(resources.files("narrows").joinpath("prices.json").read_text(encoding="utf-8"))
DATE = re.compile(r"20\d\d(-\d\d(-\d\d)?)?")
KNOWN = [(name, one) for name, about in DATA["prices"].items() for one in about["known"]]


def test_the_regions_are_those_that_botocore_knows() -> None:
    endpoints = json.loads((Path(botocore.__file__).parent / "data" / "endpoints.json").read_text(encoding="utf-8"))
    commercial = next(one for one in endpoints["partitions"] if one["partition"] == "aws")
    assert list(commercial_regions()) == sorted(commercial["regions"])


@pytest.mark.parametrize(("name", "one"), KNOWN, ids=[f"{name}-{place}" for place, (name, _) in enumerate(KNOWN)])
def test_each_price_has_a_source_a_date_and_a_certainty(name: str, one: dict[str, Any]) -> None:
    assert DATE.fullmatch(one["date"])
    assert one["date"] <= DATA["checked"] + "-31"
    assert len(DATA["sources"].get(one["source"], one["source"])) >= 20
    assert Certainty(one["certainty"]) is not Certainty.UNVERIFIED
    assert 0 <= one["usd"] < 1
    assert one["regions"] == "all" or set(one["regions"]) <= set(commercial_regions())


@pytest.mark.parametrize("name", price_ids())
def test_no_region_has_a_price_twice(name: str) -> None:
    regions = [one["regions"] for one in DATA["prices"][name]["known"]]
    if "all" in regions:
        assert len(regions) == 1
    assert all(count == 1 for count in Counter(name for some in regions if some != "all" for name in some).values())


def test_every_region_has_every_price_or_says_that_it_has_none() -> None:
    stand_in = load_prices()
    for region in commercial_regions():
        prices = load_prices(region)
        assert list(prices.prices) == list(price_ids())
        for name, price in prices.prices.items():
            assert price.region == (DATA["stand_in"] if name in prices.stand_ins else region)
            if name in prices.stand_ins:
                assert price == stand_in.prices[name]
    assert not stand_in.stand_ins


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "eu-central-9", ""])
def test_other_partitions_have_no_prices(region: str) -> None:
    assert load_prices(region).stand_ins == set(price_ids())


@pytest.mark.parametrize(
    ("region", "price", "usd"),
    [
        # As the AWS price lists of 2026 have them that the sources quote.
        ("ap-southeast-1", "nat-gateway-hour", 0.059),
        ("ap-southeast-1", "interface-endpoint-hour", 0.013),
        ("ap-northeast-1", "nat-gateway-gigabyte", 0.062),
        ("ap-northeast-1", "interface-endpoint-hour", 0.014),
        ("eu-west-1", "nat-gateway-gigabyte", 0.048),
        ("eu-central-1", "regional-nat-gateway-az-hour", 0.052),
        ("sa-east-1", "regional-nat-gateway-az-hour", 0.093),
        ("ap-southeast-5", "interface-endpoint-hour", 0.0117),
        ("mx-central-1", "public-ipv4-hour", 0.005),
    ],
)
def test_some_prices_as_their_sources_have_them(region: str, price: str, usd: float) -> None:
    prices = load_prices(region)
    assert prices.prices[price].usd == usd
    assert price not in prices.stand_ins


def test_a_price_taken_from_another_is_inferred_and_no_newer() -> None:
    prices = load_prices("sa-east-1").prices
    regional, zonal = prices["regional-nat-gateway-az-hour"], prices["nat-gateway-hour"]
    assert regional.usd == zonal.usd
    assert regional.certainty is Certainty.INFERRED
    assert regional.date == zonal.date
    assert "nat-gateway-hour" in regional.source
    # In Frankfurt it was seen itself.
    assert load_prices("eu-central-1").prices["regional-nat-gateway-az-hour"].certainty is Certainty.REPORTED


@pytest.mark.parametrize(
    ("gigabytes", "dollars"),
    [
        (1_000, 10.0),
        (1_048_576, 10_485.76),  # 1 PB in GB
        (2_000_000, 10_485.76 + (2_000_000 - 1_048_576) * 0.006),
        (6_000_000, 10_485.76 + 4 * 1_048_576 * 0.006 + (6_000_000 - 5_242_880) * 0.004),
    ],
)
def test_an_interface_endpoint_has_tiers(gigabytes: int, dollars: float) -> None:
    assert load_prices().gigabytes("interface-endpoint-gigabyte", gigabytes) == round(dollars * 100)


def own(folder: Path, text: str, name: str = "own.yaml") -> dict[str, Price]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return dict(read_own_prices(file))


def test_own_prices_stand_in_the_place_of_those_of_the_region(tmp_path: Path) -> None:
    text = (
        "nat-gateway-hour: 0.03\n"
        "interface-endpoint-gigabyte: {usd: 0, source: 'our contract', date: 2026-05-01}\n"
    )  # fmt: skip
    before = load_prices("me-central-1")
    after = before.with_own(own(tmp_path, text))
    assert after.hourly("nat-gateway-hour") == 2190
    assert after.gigabytes("interface-endpoint-gigabyte", 5e6) == 0
    assert before.stand_ins - after.stand_ins == {"nat-gateway-hour"}
    hour, gigabyte = (after.prices[name] for name in ("nat-gateway-hour", "interface-endpoint-gigabyte"))
    assert (hour.certainty, hour.source, hour.region) == ("yours", "--prices", "me-central-1")
    assert (gigabyte.source, gigabyte.date, gigabyte.tiers) == ("our contract", "2026-05-01", ())
    assert after.prices["public-ipv4-hour"] == before.prices["public-ipv4-hour"]


@pytest.mark.parametrize("text", ['{"nat-gateway-hour": 0.03}', '\n{\n\t"nat-gateway-hour":\t{"usd": 3e-2}\n}\n'])
def test_own_prices_may_be_json(tmp_path: Path, text: str) -> None:
    assert own(tmp_path, text, "own.json")["nat-gateway-hour"].usd == 0.03


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nat-gateway-hours: 0.03", "'nat-gateway-hours' is not a price; did you mean 'nat-gateway-hour'?"),
        ("a: 1\nnat-gateway-hour: 1", "line 1, a: 'a' is not a price; known: cloudwatch-"),
        ("nat-gateway-hour: $0.03", "line 1, nat-gateway-hour: '$0.03' is not a price; write dollars"),
        ("nat-gateway-hour: -0.03", "'-0.03' is not a price of 0 to 10,000 dollars; write dollars"),
        ("nat-gateway-hour: .nan", "'nan' is not a price; write"),
        ("nat-gateway-hour: true", "'True' is not a price; write"),
        ("nat-gateway-hour: [0.03]", "'[0.03]' is not a price; write"),
        ("nat-gateway-hour:\n  usdd: 0.03", "line 2, nat-gateway-hour.usdd: 'usdd' is not a key"),
        ("nat-gateway-hour:\n  source: us", "line 1, nat-gateway-hour: has no 'usd'; write the dollars for one unit"),
        ("nat-gateway-hour: {usd: 0.03, date: soon}", "date: 'soon' is not a date; write a year, a month"),
        ("nat-gateway-hour: {usd: 0.03, source: 7}", "nat-gateway-hour.source: '7' is not text; write where"),
        ("nat-gateway-hour: 1\nnat-gateway-hour: 2", "twice"),
        ("", "is empty"),
        ("- 0.03", "holds no mapping"),
        ('{"nat-gateway-hour": 0.03', "is not valid JSON"),
        ('{"nat-gateway-hour": 1, "nat-gateway-hour": 2}', "the key 'nat-gateway-hour' stands there twice"),
        ('{"nat-gateway-hour": NaN}', "nat-gateway-hour: 'nan' is not a price"),
        ("{" * 100_000, "is not valid JSON"),
        ('{"\\u001b[31m": 1}', "'\\x1b[31m' is not a price"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_own_prices_is_one_line(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(InputError) as raised:
        own(tmp_path, text)
    assert error in str(raised.value)
    assert str(raised.value).startswith(str(tmp_path / "own.yaml"))
    assert "\n" not in str(raised.value)


def test_own_prices_that_are_not_there(tmp_path: Path) -> None:
    for place in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(InputError) as raised:
            read_own_prices(place)
        assert str(place) in str(raised.value)


def test_money_is_whole_cents() -> None:
    prices: Prices = load_prices("ap-southeast-5")
    # 3 x 730 x 0.0117 = 25.623
    assert prices.hourly("interface-endpoint-hour", 3) == 2562
