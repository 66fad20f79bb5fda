"""Half characters: JSON may escape one half of a pair, which no file and no terminal takes."""

from __future__ import annotations

import re
from typing import Any

_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")


def may_hold_half(text: str) -> bool:
    """Whether JSON text escapes a half of a pair; most often both are there, and make one character."""
    return _ESCAPED.search(text) is not None


def without_halves(value: Any) -> Any:
    """Parsed JSON in which each half without its other half is a question mark."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [without_halves(one) for one in value]
    if isinstance(value, dict):
        return {without_halves(key): without_halves(one) for key, one in value.items()}
    return value
