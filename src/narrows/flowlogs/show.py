"""Open connections for a terminal: a row for each key, the fullest first; and where SYNs vanish, minute by minute."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.flowlogs.answer import Answer
from narrows.flowlogs.keys import Key
from narrows.flowlogs.lost import Lost
from narrows.network import EniKey, Resource
from narrows.terminal_table import Column, Row, print_table
from narrows.words import percent

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 40
"""Keys that the table shows at most on a terminal."""
_COLUMNS = (
    Column("filled", right=True),
    Column("resource", shortens=True),
    Column("destination", shortens=True),
    Column("open at the peak", right=True),
    Column("limit", right=True, gives_way=4),
    Column("at", right=True, gives_way=5),
    Column("kind", gives_way=3),
    Column("interface", gives_way=2),
    Column("address", gives_way=1),
)


def show(answer: Answer, name: Callable[[Resource], str], screen: Console, *, wide: bool = False) -> None:
    """Print it: a row for each key, the fullest first; ``name`` is how the case calls a resource."""
    document = answer.to_json()
    if answer.keys:
        keys = sorted(answer.keys, key=_fullest_first)
        clock = _clock([key.at for key in keys])
        print_table(screen, _COLUMNS, [_row(key, name, clock) for key in keys], wide=wide, most=_SHOWN)
    else:
        screen.print("no connections are to be seen")
    records = document["records"]
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in records["dropped"].items()) or "none dropped"
    screen.print(
        f"\n{records['used']:,} of {records['read']:,} records used ({dropped}), {document['interval_s']} s each, "
        f"{document['window'][0]} to {document['window'][1]}",
        style="dim",
    )
    printed = ", ".join(f"{one['id']} {one['value']}" for one in answer.assumptions)
    screen.print(f"assumed, where AWS documents nothing: {printed}", style="dim")
    _print_quality(answer, screen)


def _clock(moments: Sequence[int]) -> Callable[[int], str]:
    """Shows moments, seconds since 1970: with the day where they are of several."""
    times = {moment: datetime.fromtimestamp(moment, UTC) for moment in moments}
    form = "%H:%M:%SZ" if len({time.date() for time in times.values()}) == 1 else "%Y-%m-%d %H:%M:%SZ"
    return lambda moment: times[moment].strftime(form)


def _fullest_first(key: Key) -> tuple[float, float, int]:
    low, high = key.share or (-1.0, -1.0)
    return -low, -(math.inf if high is None else high), -key.low


def _row(key: Key, name: Callable[[Resource], str], clock: Callable[[int], str]) -> Row:
    share = key.share
    known = name(_resource(key.resource)) if key.resource else ""
    return Row(
        (
            "" if share is None else _filled(share),
            known or key.interface or key.address or "all",
            "all" if key.destination is None else f"{key.destination}:{key.port}/{key.protocol}",
            _ends(f"{key.low:,}", None if key.high is None else f"{key.high:,}"),
            "no limit" if key.limit is None else f"{key.limit[1]:,}",
            clock(key.at),
            key.kind,
            key.interface or "",
            key.address or "",
        ),
        style=_style(share) or "",
    )


def _resource(text: str) -> Resource:
    """A resource of which an ENI's key was written as text."""
    subnet, slash, groups = text.partition("/")
    return EniKey(subnet, tuple(groups.split("+"))) if slash else text


def _filled(share: tuple[float, float | None]) -> str:
    return f"at least {percent(share[0])}" if share[1] is None else percent(*share)


def _ends(low: str, high: str | None) -> str:
    if high is None:
        return f"at least {low}"
    return low if low == high else f"{low} to {high}"


def _style(share: tuple[float, float | None] | None) -> str | None:
    if share is None:
        return None
    if share[0] >= 1:
        return "red"
    return "yellow" if share[1] is None or share[1] >= 1 else None


def _print_quality(answer: Answer, screen: Console) -> None:
    for flag in answer.quality:
        screen.print(f"! {one_line(flag['text'], 1000)}", style="yellow")
        if "command" in flag:
            screen.print(f"  {flag['command']}", style="dim", soft_wrap=True)


def show_lost(lost: Lost, answer: Answer, screen: Console, *, wide: bool = False) -> None:
    """Print where attempts vanish, minute by minute."""
    if not lost.hops:
        if answer.raw.unflagged:
            unseen = "SYNs show only with tcp-flags"
        elif answer.raw.skipped:
            unseen = "AWS lost records (SKIPDATA), so that no SYN is told from one that came before"
        else:
            unseen = "no SYN was let through"
        screen.print(f"no connection attempts are to be seen: {unseen}")
        _print_quality(answer, screen)
        return
    clock = _clock(list(lost.minutes))
    columns = [Column("minute"), *(Column(hop, right=True) for hop in lost.hops)]
    rows = [
        Row((clock(minute), *(f"{counts.get(hop, 0):,}" for hop in lost.hops)))
        for minute, counts in sorted(lost.minutes.items())
    ]
    # The sum comes last and is what counts: no limit on the rows above may cut it.
    total = Row(("in all", *(f"{lost.total(hop):,}" for hop in lost.hops)), style="bold")
    print_table(screen, columns, [*rows, total], wide=wide)
    for loss in lost.losses:
        for sentence in loss.sentences():
            screen.print(sentence, style="red" if sentence.startswith("at least") else "yellow")
    _print_quality(answer, screen)
