"""Durations as people write them (``30s``, ``5m``, ``1h30m``, ``250ms``) and numbers as people read them."""

from __future__ import annotations

import math
import re

MICROSECONDS = 1_000_000
"""Microseconds in a second: the resolution of every simulated moment."""

_UNIT_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:us|ms|s|m|h|d))+")


def parse_duration(text: str | int | float) -> float:
    """Seconds in a duration such as ``30s``, ``1h30m``, ``250ms`` or a plain number of seconds.

    Raises:
        ValueError: the text is no duration, or it is negative, infinite or not a number.
    """
    if isinstance(text, bool):
        raise ValueError("a duration is a number with a unit, such as 30s")
    if isinstance(text, int | float):
        seconds = float(text)
    else:
        plain = text.strip().lower().replace(" ", "")
        if _WHOLE.fullmatch(plain):
            seconds = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _PART.findall(plain))
        else:
            try:
                seconds = float(plain)
            except ValueError:
                raise ValueError(
                    f"'{text}' is no duration: write a number with us, ms, s, m, h or d, such as 30s or 1h30m"
                ) from None
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"'{text}' is no duration: it must be zero or more, and finite")
    return seconds


def format_duration(seconds: float) -> str:
    """A duration as people write it: ``90`` gives ``1m30s``, ``0.25`` gives ``250ms``."""
    if seconds < 0:
        return f"-{format_duration(-seconds)}"
    if seconds == 0:
        return "0s"
    if seconds < 1:
        milliseconds = seconds * 1000
        return f"{milliseconds:g}ms" if milliseconds >= 1 else f"{seconds * 1e6:g}us"
    whole = round(seconds, 3)
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{int(count)}{unit}")
    whole = round(whole, 3)
    if whole:
        parts.append(f"{whole:g}s")
    return "".join(parts)


def microseconds(seconds: float) -> int:
    """Seconds as whole microseconds, rounded to the nearest."""
    return round(seconds * MICROSECONDS)
