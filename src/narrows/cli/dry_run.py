"""The calls of ``narrows collect``, printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.gate import say

if TYPE_CHECKING:
    from narrows.collect.wanted import Wanted


def print_calls(
    wanted: Wanted, out: Path, functions: Sequence[str] | None, profile: str | None, region: str | None
) -> None:
    """Print them. Raises ``InputError`` where no Region is named."""
    from narrows.collect.account import Account
    from narrows.collect.dry_run import commands
    from narrows.collect.wanted import region_of

    account = Account(profile, region or region_of(functions or ()))
    for line in commands(wanted, out, account.region, datetime.now(UTC)):
        say(line)
