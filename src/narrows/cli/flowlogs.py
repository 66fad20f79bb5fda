"""``narrows flowlogs``: open connections per hop from VPC flow logs."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrows.errors import one_line
from narrows.gate import console, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from narrows.flowlogs import Answer, KnownInterface, Lost


_SHOWN = 40
"""Keys that the table shows at most."""


def flowlogs(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders as AWS delivers them, s3:// addresses.", show_default=False),
    ] = None,
    begin: Annotated[datetime | None, typer.Option("--from", help="UTC.", show_default=False)] = None,
    end: Annotated[datetime | None, typer.Option("--to", help="UTC.", show_default=False)] = None,
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
    memory_limit: Annotated[str, typer.Option(help="What DuckDB may use before it spills to disk.")] = "1GB",
    sql: Annotated[bool, typer.Option("--sql", help="Print the statements and run nothing.")] = False,
    database: Annotated[str, typer.Option(help="Athena: database.")] = "default",
    workgroup: Annotated[str, typer.Option(help="Athena: workgroup.")] = "primary",
    results: Annotated[str | None, typer.Option(help="Athena: s3:// place for results.", show_default=False)] = None,
    scan_limit: Annotated[int, typer.Option(help="Athena: GB that may be scanned in all.", min=1)] = 100,
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
    chosen = choose(by=by, engine=engine, begin=begin, end=end, record_format=record_format, assume=assume or ())
    known: tuple[KnownInterface, ...] = ()
    declared, assumed = chosen.fields, chosen.assumed(Assumptions())
    name: Callable[[str], str] = str
    window = chosen.window
    read_from: list[str] = list(paths or [])
    if case is not None:
        from functools import partial

        from narrows.case import read_case
        from narrows.evidence.metrics import window_of
        from narrows.words import short_name

        read = read_case(case)
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
        print_json(lost.to_json()) if json else _print_lost(lost, answer)
    elif json:
        print_json(answer.to_json())
    elif csv:
        print_csv(answer)
    else:
        _print(answer, name)


def _print(answer: Answer, name: Callable[[str], str]) -> None:
    from rich.table import Table

    from narrows.flowlogs import clock

    screen = console()
    document = answer.to_json()
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("interface", overflow="fold")
    table.add_column("kind", no_wrap=True)
    table.add_column("destination", no_wrap=True)
    for title in ("open at the peak", "at", "limit", "filled"):
        table.add_column(title, justify="right", no_wrap=True)
    for key in answer.keys[:_SHOWN]:
        share = key.share
        names = (key.interface, name(key.resource or ""), key.address)
        table.add_row(
            "\n".join(dict.fromkeys(one_line(one, 200) for one in names if one)) or "all",
            key.kind,
            "all" if key.destination is None else one_line(f"{key.destination}:{key.port}/{key.protocol}", 100),
            _ends(f"{key.low:,}", None if key.high is None else f"{key.high:,}"),
            clock(key.at),
            "no limit" if key.limit is None else f"{key.limit[1]:,}",
            "" if share is None else _ends(f"{share[0]:.0%}", None if share[1] is None else f"{share[1]:.0%}"),
            style=_style(share),
        )
    screen.print(table if answer.keys else "no connections are to be seen")
    if len(answer.keys) > _SHOWN:
        screen.print(f"and {len(answer.keys) - _SHOWN:,} more; --json has them all", style="dim")
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


def _print_lost(lost: Lost, answer: Answer) -> None:
    from rich.table import Table

    from narrows.flowlogs import clock

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
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("minute")
    for hop in lost.hops:
        table.add_column(hop, justify="right")
    for minute, counts in sorted(lost.minutes.items()):
        table.add_row(clock(minute), *(f"{counts.get(hop, 0):,}" for hop in lost.hops))
    table.add_row("in all", *(f"{lost.total(hop):,}" for hop in lost.hops), style="bold")
    screen.print(table)
    for loss in lost.losses:
        for sentence in loss.sentences():
            screen.print(sentence, style="red" if sentence.startswith("at least") else "yellow")
    _print_quality(answer)
