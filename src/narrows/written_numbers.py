"""Numbers as people write them on a command line: ``90k``, ``1.5M``, ``65,000``, ``30%``, ``2x``.

Never a wrong number: what can be read in two ways, or is not whole where a whole number is wanted, is an error.
"""

from __future__ import annotations

import re
from decimal import Decimal

from narrows import units
from narrows.errors import shown

_SIGNED = re.compile(r"[+-]?[^+-].*", re.DOTALL).fullmatch
_NUMBER = re.compile(r"([+-]?)(\d+|\d{1,3}(?:_\d{3})+|\d*\.\d+|\d+\.)(?:\s?([kKM%xX])|([eE][+-]?\d{1,4}))?", re.ASCII)
_TIMES = {"": Decimal(1), "k": Decimal(1000), "m": Decimal(1_000_000), "%": Decimal("0.01"), "x": Decimal(1)}
_LONGEST = 60
"""Characters of a number: the longest float that Python writes has fewer."""


def parse_count(text: str) -> int:
    """A whole number: ``90000``, ``90k``, ``1.5M``, ``12_000``, ``12,000``.

    Raises:
        ValueError: it is none.
    """
    plain = text.strip()
    number = units.parse_count(plain.lstrip("+-")) if len(plain) <= _LONGEST and _SIGNED(plain) else None
    # 90.0 is written by who thinks of a share or a factor.
    if isinstance(number, int) and not re.fullmatch(r".*\.\d+", plain):
        return -number if plain.startswith("-") else number
    raise ValueError(f"{shown(text)} is not a whole number: write 90000, 90k or 1.5M")


def parse_number(text: str) -> float:
    """A number, a share or a factor: ``0.3``, ``30%``, ``2x``, ``1.5k``, ``1e-3``. No comma: some write 0.3 with one.

    Raises:
        ValueError: it is none.
    """
    plain = text.strip()
    match = _NUMBER.fullmatch(plain) if len(plain) <= _LONGEST else None
    if match is None:
        if plain.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            return float(plain)  # Whoever takes it says that it must be finite.
        raise ValueError(f"{shown(text)} is not a number: write 0.3, 30% or 2x")
    sign, digits, unit, exponent = match.groups()
    if exponent:
        return float(plain.replace("_", ""))
    value = float(Decimal(digits.replace("_", "")) * _TIMES[(unit or "").lower()])
    return -value if sign == "-" else value
