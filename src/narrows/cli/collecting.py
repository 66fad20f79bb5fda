"""What ``collect`` and ``incident`` have in common: their options, what they ask, and what they say."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.gate import complain, say_paragraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from narrows.case import Case
    from narrows.collect.run import Examined, Summary
    from narrows.collect.wanted import Wanted
    from narrows.diagnose import Diagnosis

_MOST_GAPS = 20
"""Lines about what was asked for in vain."""


def wanted_of(
    functions: Sequence[str] | None,
    vpcs: Sequence[str] | None,
    gateways: Sequence[str] | None,
    last: str | None,
    since: str | None,
    until: str | None,
    connects_to: Sequence[str] | None,
    *,
    read_environment: bool,
    flow_logs: str | None,
) -> Wanted:
    """What the options ask for. Raises ``InputError`` where they cannot be meant."""
    from narrows.aws_ids import NAT_GATEWAY, VPC
    from narrows.collect.hosts import hosts_of
    from narrows.collect.wanted import Wanted, function_names, ids, window
    from narrows.errors import InputError
    from narrows.units import parse_size

    if sum(map(bool, (functions, vpcs, gateways))) != 1:
        problem = "one of --function, --vpc and --nat says what is in question"
        raise InputError(problem, advice="write narrows collect --function NAME --last 1h --out CASE")
    start, end = window(last, since, until, datetime.now(UTC))
    try:
        size = None if flow_logs is None else parse_size(flow_logs)
    except ValueError as error:
        raise InputError(str(error), place="--flow-logs") from None
    return Wanted(
        functions=function_names(functions or ()),
        vpcs=ids(vpcs or (), VPC, "--vpc"),
        gateways=ids(gateways or (), NAT_GATEWAY, "--nat"),
        start=start,
        end=end,
        hosts=hosts_of(connects_to or ()),
        read_environment=read_environment,
        flow_log_bytes=size,
    )


class Examiner:
    """Reads and diagnoses a case, and keeps the last answer."""

    case: Case
    diagnosis: Diagnosis

    def __call__(self, folder: Path) -> Examined:
        """As ``collect`` asks for it."""
        from narrows.case import read_case
        from narrows.collect.run import Examined
        from narrows.diagnose import diagnose

        self.case = read_case(folder)
        self.diagnosis = diagnose(self.case)
        return Examined(self.case, tuple(request for one in self.diagnosis.missing for request in one.requests))


def collect_into(
    wanted: Wanted,
    out: Path,
    functions: Sequence[str] | None,
    profile: str | None,
    region: str | None,
    url: str | None,
    *,
    quiet: bool = False,
) -> Examiner:
    """Collect into the folder of a case: the case at the end. Raises ``InputError``.

    Args:
        quiet: say nothing of what goes on: what is printed then is JSON.
    """
    from narrows.cli.progress import progress_bar
    from narrows.collect.account import Account
    from narrows.collect.run import collect
    from narrows.collect.target import open_target
    from narrows.collect.wanted import region_of

    account = Account(profile, region or region_of(functions or ()), url)
    examiner = Examiner()
    with open_target(out) as target, progress_bar("asking AWS") as advance:
        summary = collect(
            account,
            target,
            wanted,
            now=datetime.now(UTC),
            examine=examiner,
            allow=lambda count, size: _allow(count, size, wanted.flow_log_bytes),
            say=_nothing if quiet else say_paragraph,
            advance=advance,
        )
    _tell(summary, _nothing if quiet else say_paragraph)
    return examiner


def _allow(count: int, size: int, most: int | None) -> bool:
    """Whether flow logs of this size are fetched: as the option says; without it, whoever sits there is asked."""
    from narrows.collect.flow_log_files import UNASKED

    if size <= (UNASKED if most is None else most):
        return True
    if most is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    import typer

    return typer.confirm(f"fetch {count:,} files of flow logs, {size / 2**20:,.0f} MiB?", default=False, err=True)


def _nothing(_line: str) -> None:
    return None


def _tell(summary: Summary, say: Callable[[str], object]) -> None:
    from narrows.collect.asking import gaps
    from narrows.collect.money import dollars

    say(f"{summary.calls:,} calls; they cost {dollars(summary.usd)}")
    lines = [*gaps(summary.missed), *summary.left_out]
    for line in lines[:_MOST_GAPS]:
        complain(f"not collected: {line}")
    if len(lines) > _MOST_GAPS:
        complain(f"and {len(lines) - _MOST_GAPS} more: they are in collected.jsonl")
