"""Availability Zones and their Regions."""

from __future__ import annotations

import re

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")


def region_of_zone(zone: str) -> str | None:
    """``us-east-1`` of ``us-east-1a``, or of a local zone such as ``us-east-1-bos-1a``; None for another text."""
    match = _REGION.match(zone)
    return match.group() if match else None
