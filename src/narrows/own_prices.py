"""``--prices FILE``: prices of the user's own, in the place of those that come with narrows.

A mapping in YAML or JSON: ids of prices, each with dollars, or with ``usd``, ``source`` and ``date``.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from narrows.bounds import YAML_BYTES
from narrows.errors import InputError, did_you_mean, one_line, shown
from narrows.opening import read_whole
from narrows.prices import OWN, Price, load_prices, price_ids
from narrows.yaml_source import YamlSource, yaml_in

_KEYS = ("usd", "source", "date")
_MOST_USD = 10_000.0
"""For one unit: more is a month's bill, not a price."""
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_LONGEST = 200
"""Characters of a source."""


def read_own_prices(file: str | os.PathLike[str]) -> Mapping[str, Price]:
    """The prices in a file, by id.

    Raises:
        InputError: it cannot be read, or holds something else; with the line and the key.
    """
    source = _source(read_whole(file, YAML_BYTES, "name a file of your own prices"), file)
    return {name: _price(source, name, value) for name, value in source.data.items()}


def _source(content: bytes, file: str | os.PathLike[str]) -> YamlSource:
    if not content.lstrip().startswith(b"{"):
        return yaml_in(content, file)
    # JSON may be indented with tabs, which YAML does not take.
    try:
        data = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not valid JSON: {one_line(str(error), 100)}", file=file) from None
    return YamlSource(os.fspath(file), data, {})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {shown(twice)} stands there twice")
    return data


def _price(source: YamlSource, name: str, value: object) -> Price:
    if name not in price_ids():
        raise source.error((name,), f"{shown(name)} is not a price", did_you_mean(str(name), price_ids()))
    about = value if isinstance(value, Mapping) else {"usd": value}
    for key in about:
        if key not in _KEYS:
            raise source.error((name, key), f"{shown(key)} is not a key of a price", did_you_mean(str(key), _KEYS))
    if "usd" not in about:
        raise source.error((name,), "has no 'usd'", "write the dollars for one unit, such as usd: 0.045")
    place = (name, "usd") if isinstance(value, Mapping) else (name,)
    return replace(
        load_prices().prices[name],
        usd=_dollars(source, place, about["usd"]),
        source=_text(source, (name, "source"), about.get("source")) or "--prices",
        date=_date(source, (name, "date"), about.get("date")),
        certainty=OWN,
        tiers=(),
    )


def _dollars(source: YamlSource, place: tuple[str, ...], value: object) -> float:
    unit = load_prices().prices[place[0]].unit
    advice = f"write dollars for one {unit}, such as 0.045"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise source.error(place, f"{shown(value)} is not a price", advice)
    if not 0 <= value <= _MOST_USD:
        raise source.error(place, f"{shown(value)} is not a price of 0 to {_MOST_USD:,.0f} dollars", advice)
    return float(value)


def _text(source: YamlSource, place: tuple[str, ...], value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise source.error(place, f"{shown(value)} is not text", "write where the price is from")
    return one_line(value.strip(), _LONGEST)


def _date(source: YamlSource, place: tuple[str, ...], value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, bool) or not _DATE.fullmatch(text):
        raise source.error(place, f"{shown(value)} is not a date", "write a year, a month or a day, such as 2026-11-20")
    return text
