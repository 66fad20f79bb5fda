"""``narrows flowlogs``: open connections per hop from VPC flow logs."""

from __future__ import annotations

import math
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.cli.wide import Wide
from narrows.errors import one_line
from narrows.gate import console, print_json, say
from narrows.network import EniKey, Resource
from narrows.terminal_table import Column, Row
from narrows.words import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from narrows.case import Case
    from narrows.flowlogs import Answer, Key, KnownInterface, Lost


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


def flowlogs(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders as AWS delivers them, s3:// addresses.", show_default=False),
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="2026-11-20T12:01Z, 12:01 or -1h.", show_default=False)
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Likewise.", show_default=False)] = None,
    by: Annotated[str, typer.Option(help="key, eni, nat, destination or nat-address.")] = "key",
    engine: Annotated[str, typer.Option(help="duckdb, spark or athena.")] = "duckdb",
    case: Annotated[Path | None, typer.Option(help="A case that names the interfaces.", show_default=False)] = None,
    where_lost: Annotated[bool, typer.Option("--where-lost", help="Where SYNs vanish, hop by hop.")] = False,
    record_format: Annotated[
        str | None, typer.Option("--format", help="Fields of text without a header.", show_default=False)
    ] = None,
    assume: Annotated[
        list[str] | None, typer.Option(help="An assumption, as NAME=VALUE: port_rest=0s.", show_default=False)
    ] = None,
    memory_limit: Annotated[str, typer.Option(help="What DuckDB may use before it spills.")] = "1GB",
    sql: Annotated[bool, typer.Option("--sql", help="Print the statements and run nothing.")] = False,
    database: Annotated[str, typer.Option(help="Database.", rich_help_panel="Athena")] = "default",
    workgroup: Annotated[str, typer.Option(help="Workgroup.", rich_help_panel="Athena")] = "primary",
    results: Annotated[
        str | None, typer.Option(help="An s3:// place for results.", rich_help_panel="Athena", show_default=False)
    ] = None,
    scan_limit: Annotated[
        int, typer.Option(help="GB that may be scanned in all.", rich_help_panel="Athena", min=1)
    ] = 100,
    wide: Wide = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print every minute as CSV.")] = False,
    parquet: Annotated[
        Path | None, typer.Option(help="Write every minute to a Parquet file.", show_default=False)
    ] = None,
) -> None:
    """Open connections over time at each hop, as an interval that holds the truth, with the distance to the limit.

    AWS publishes no such number. With tcp-flags in the log format the interval is narrow; without, the answer says
    which flow log would narrow it.
    """
    from narrows.assumptions import Assumptions
    from narrows.cli.progress import progress_bar
    from narrows.errors import InputError
    from narrows.flowlogs import athena, choose, count_connections, known_interfaces, new_parquet, print_csv
    from narrows.flowlogs import where_lost as lost_in

    if where_lost:
        by = "key"  # The hops are told by destination.
    read = None
    if case is not None:
        from narrows.case import read_case

        read = read_case(case)
    chosen = choose(
        by=by, engine=engine, begin=_moment(begin, "--from", read), end=_moment(end, "--to", read),
        record_format=record_format, assume=assume or (),
    )  # fmt: skip
    known: tuple[KnownInterface, ...] = ()
    declared, assumed = chosen.fields, chosen.assumed(Assumptions())
    name: Callable[[Resource], str] = str
    window = chosen.window
    read_from: list[str] = list(paths or [])
    if read is not None:
        from functools import partial

        from narrows.evidence.metrics import window_of
        from narrows.words import short_name

        assumed = chosen.assumed(read.assumptions)
        known, name = known_interfaces(read), partial(short_name, read)
        if not read_from:
            read_from = [str(path) for path in read.flow_logs]
            declared = declared or read.flow_log_format
            # As the diagnosis of the case counts, and the report.
            window = window or window_of(read)
    if sql:
        script = athena.script(
            list(paths or ()), by=by, window=window, known=known, assumed=assumed, engine=engine,
            database=database,
        )  # fmt: skip
        say(script)
        return
    if not read_from:
        raise InputError("no flow logs are named", advice="name files, folders or s3:// addresses")
    with nullcontext() if parquet is None else new_parquet(parquet) as write:
        if engine == "athena":
            target = athena.Target(database, workgroup, results, scan_limit)
            with progress_bar("Athena") as advance:
                answer = athena.count_with_athena(
                    read_from, target, by=by, window=window, known=known, assumed=assumed,
                    progress=advance,
                )  # fmt: skip
        else:
            with progress_bar("counting connections") as advance:
                answer = count_connections(
                    read_from, by=by, window=window, known=known, declared=declared, engine=engine,
                    assumed=assumed, memory_limit=memory_limit, progress=advance,
                )  # fmt: skip
        if write is not None:
            write(answer)
    if where_lost:
        lost = lost_in(answer.raw)
        print_json(lost.to_json()) if json else _print_lost(lost, answer, wide=wide)
    elif json:
        print_json(answer.to_json())
    elif csv:
        print_csv(answer)
    else:
        _print(answer, name, wide=wide)


def _moment(text: str | None, place: str, case: Case | None) -> datetime | None:
    from narrows.written_times import parse_time

    within = None if case is None else case.window
    return None if text is None else parse_time(text, place, datetime.now(UTC), within)


def _print(answer: Answer, name: Callable[[Resource], str], *, wide: bool) -> None:
    from narrows.terminal_table import print_table

    screen = console()
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
    _print_quality(answer)


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


def _print_quality(answer: Answer) -> None:
    screen = console()
    for flag in answer.quality:
        screen.print(f"! {one_line(flag['text'], 1000)}", style="yellow")
        if "command" in flag:
            screen.print(f"  {flag['command']}", style="dim", soft_wrap=True)


def _print_lost(lost: Lost, answer: Answer, *, wide: bool) -> None:
    from narrows.terminal_table import print_table

    screen = console()
    if not lost.hops:
        if answer.raw.unflagged:
            unseen = "SYNs show only with tcp-flags"
        elif answer.raw.skipped:
            unseen = "AWS lost records (SKIPDATA), so that no SYN is told from one that came before"
        else:
            unseen = "no SYN was let through"
        screen.print(f"no connection attempts are to be seen: {unseen}")
        _print_quality(answer)
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
    _print_quality(answer)
