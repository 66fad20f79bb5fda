"""Durations as people write them (``30s``, ``5m``, ``1h30m``, ``250ms``) and numbers as people read them."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from narrows.errors import shown

MICROSECONDS = 1_000_000
"""Microseconds in a second: the resolution of every simulated moment."""

_UNIT_SECONDS = {
    "us": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_SIZE_UNITS = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30,
}  # fmt: skip
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?b|[kmg]ib|)", re.IGNORECASE)
# A small m is that of minutes.
_COUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,3}(?:_\d{3})+|\d{1,18})(\.\d{1,9})?\s*([kKM]?)", re.ASCII)
_COUNT_UNITS = {"": 1, "k": 10**3, "m": 10**6}
COUNT_AS_TEXT = r"^ *([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3}(_[0-9]{3})+|[0-9]{1,18})(\.[0-9]{1,9})? *[kKM]? *$"
"""What ``parse_count`` takes, as a pattern of JSON Schema."""
DURATION_AS_TEXT = r"^ *(([0-9]+(\.[0-9]+)? *([uUmM]?[sS]|[mMhHdD]) *)+|[0-9]{1,18}(\.[0-9]+)? *)$"
"""What ``parse_duration`` takes, as a pattern of JSON Schema."""
_WORDS = {
    "milliseconds": "ms", "millisecond": "ms", "msecs": "ms", "msec": "ms", "seconds": "s", "second": "s", "secs": "s",
    "sec": "s", "minutes": "m", "minute": "m", "mins": "m", "min": "m", "hours": "h", "hour": "h", "hrs": "h",
    "hr": "h", "days": "d", "day": "d",
}  # fmt: skip
_IN_WORDS = re.compile(rf"(?:\d+(?:\.\d+)?(?:{'|'.join(_WORDS)}|us|ms|s|m|h|d))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:us|ms|s|m|h|d))+")


def parse_duration(text: object) -> float:
    """Seconds in a duration such as ``30s``, ``1h30m``, ``250ms`` or a plain number of seconds.

    Raises:
        ValueError: the text is not a duration, or it is negative, infinite or not a number.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError("write a duration, such as 30s or 1h30m")
    plain = text.strip().lower().replace(" ", "") if isinstance(text, str) else text
    try:
        if isinstance(plain, str) and _WHOLE.fullmatch(plain):
            seconds = float(sum(Decimal(number) * _UNIT_SECONDS[unit] for number, unit in _PART.findall(plain)))
        else:
            seconds = float(plain)
    except ValueError:
        if isinstance(plain, str) and _WHOLE.fullmatch(plain.removeprefix("-")):
            raise ValueError(f"{shown(text)} is not a duration: it must not be negative") from None
        if (short := with_short_units(text)) is not None:
            raise ValueError(f"{shown(text)} is not a duration: write {short}") from None
        raise ValueError(
            f"{shown(text)} is not a duration: write a number with us, ms, s, m, h or d, such as 30s or 1h30m"
        ) from None
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{shown(text)} is not a duration: it must be zero or more, and finite")
    return seconds


def with_short_units(written: object) -> str | None:
    """A duration with units in words, such as ``90 seconds``, as ``parse_duration`` reads it; None for others."""
    plain = written.strip().lower().replace(" ", "") if isinstance(written, str) else ""
    if not _IN_WORDS.fullmatch(plain):
        return None
    short = re.sub("[a-z]+", lambda unit: _WORDS.get(unit[0], unit[0]), plain)
    return None if short == plain else short


def parse_count(written: object) -> object:
    """The number in a text such as ``90k``, ``1.5M`` or ``90,000``; whatever else is written comes back as it is."""
    match = _COUNT.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        return written
    number = Decimal(match[1].replace(",", "").replace("_", "") + (match[2] or "")) * _COUNT_UNITS[match[3].lower()]
    return int(number) if number == int(number) else float(number)


def parse_size(text: str) -> int:
    """Bytes in a size such as ``200MB``, ``2GB``, ``512KiB`` or a plain number of bytes.

    Raises:
        ValueError: the text is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{shown(text)} is not a size: write a number with KB, MB or GB, such as 200MB")
    return int(Decimal(match[1]) * _SIZE_UNITS[match[2].lower()])


def format_duration(seconds: float) -> str:
    """A duration as people write it, to the microsecond: ``90`` gives ``1m30s``, ``0.25`` gives ``250ms``."""
    if seconds < 0:
        return f"-{format_duration(-seconds)}"
    left = microseconds(seconds)
    if left == 0:
        return "0s"
    for unit, size in (("us", 1), ("ms", 1000)):
        if left < 1000 * size:
            return f"{_decimal(left, size)}{unit}"
    text = ""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        count, left = divmod(left, length * MICROSECONDS)
        if count:
            text += f"{count}{unit}"
    return f"{text}{_decimal(left, MICROSECONDS)}s" if left else text


def _decimal(count: int, size: int) -> str:
    """``count / size`` in full, for a power of ten."""
    digits = len(str(size)) - 1
    return f"{count // size}.{count % size:0{digits}d}".rstrip("0").rstrip(".") if count % size else str(count // size)


def microseconds(seconds: float) -> int:
    """Seconds as whole microseconds, rounded to the nearest."""
    return round(seconds * MICROSECONDS)
